//! What the conditions on one attribute say of its values: values of which all say the same are one
//! class, and a row keeps the class instead of the value.
//!
//! Where all conditions compare, the values that they compare with part all others into gaps, and a
//! value's class is found by a search among them, however many conditions there are. Else each is
//! asked, once for each of a bounded number of values. Cost: logarithmic in the conditions, or linear.

use std::cmp::Ordering;

use weir_ir::fold::{Collation, fold};
use weir_ir::operators::{Condition, Matcher, Operands, Operator};
use weir_ir::plan::NodeId;
use weir_ir::value::Value;

use crate::maps::{Map, Seed};

/// Most values whose class is remembered where conditions don't just compare.
const REMEMBERED: usize = 4_096;

/// The conditions on one attribute, and the classes of its values.
pub(crate) struct Classes {
    collation: Collation,
    /// Ascending.
    conditions: Vec<(NodeId, Matcher)>,
    /// The values that conditions compare with, ascending, and the class of each and of each gap,
    /// once met: gap, value, gap, …
    bounds: Option<(Vec<Value>, Vec<Option<u32>>)>,
    null: Option<u32>,
    remembered: Map<Value, u32>,
    /// By class: which conditions hold.
    masks: Vec<Box<[u64]>>,
    numbers: Map<Box<[u64]>, u32>,
}

impl Classes {
    pub(crate) fn new(
        conditions: &[(NodeId, &Condition)],
        collation: Collation,
        seed: Seed,
    ) -> Self {
        let ready =
            |(id, condition): &(NodeId, &Condition)| (*id, Matcher::new(condition, collation));
        let bounds = bounds(conditions.iter().map(|(_, condition)| *condition));
        Self {
            collation,
            conditions: conditions.iter().map(ready).collect(),
            bounds: bounds.map(|bounds| {
                let classes = vec![None; 2 * bounds.len() + 1];
                (bounds, classes)
            }),
            null: None,
            remembered: seed.map(),
            masks: Vec::new(),
            numbers: seed.map(),
        }
    }

    /// The class of a value.
    pub(crate) fn class(&mut self, value: &Value) -> u32 {
        if value.is_null() {
            let known = self.null.unwrap_or_else(|| self.judge(value));
            self.null = Some(known);
            return known;
        }
        let place = self.bounds.as_ref().and_then(|(bounds, classes)| {
            let place = place(bounds, value, self.collation)?;
            Some((place, classes[place]))
        });
        if let Some((place, known)) = place {
            return known.unwrap_or_else(|| {
                let class = self.judge(value);
                if let Some((_, classes)) = &mut self.bounds {
                    classes[place] = Some(class);
                }
                class
            });
        }
        if let Some(known) = self.remembered.get(value) {
            return *known;
        }
        let class = self.judge(value);
        if self.remembered.len() < REMEMBERED {
            self.remembered.insert(value.clone(), class);
        }
        class
    }

    /// Asks every condition.
    fn judge(&mut self, value: &Value) -> u32 {
        let mut mask = vec![0_u64; self.conditions.len().div_ceil(64)].into_boxed_slice();
        for (at, (_, matcher)) in self.conditions.iter().enumerate() {
            if matcher.holds(|_| value) {
                mask[at / 64] |= 1 << (at % 64);
            }
        }
        if let Some(known) = self.numbers.get(&mask) {
            return *known;
        }
        let class = u32::try_from(self.masks.len()).unwrap_or(u32::MAX);
        self.masks.push(mask.clone());
        self.numbers.insert(mask, class);
        class
    }

    /// Whether a condition holds of a class's values.
    pub(crate) fn holds(&self, class: u32, node: NodeId) -> bool {
        let at = self.conditions.binary_search_by_key(&node, |(id, _)| *id);
        at.is_ok_and(|at| self.masks[class as usize][at / 64] >> (at % 64) & 1 == 1)
    }
}

/// The values that conditions compare with, ascending; none where one does anything else.
fn bounds<'c>(conditions: impl Iterator<Item = &'c Condition>) -> Option<Vec<Value>> {
    let mut all: Vec<Value> = Vec::new();
    for condition in conditions {
        match (condition.operator, &condition.operands) {
            (Operator::Null | Operator::NotNull, _) => {}
            (
                Operator::Eq
                | Operator::Ne
                | Operator::Gt
                | Operator::Ge
                | Operator::Lt
                | Operator::Le
                | Operator::In
                | Operator::NotIn
                | Operator::Between
                | Operator::NotBetween,
                Operands::Values(values),
            ) => all.extend(values.iter().cloned()),
            _ => return None,
        }
    }
    let ordered = |value: &Value| all.first()?.order(value);
    if !all.iter().all(|value| ordered(value).is_some()) {
        return None;
    }
    all.sort_by(|a, b| a.order(b).unwrap_or(Ordering::Equal));
    all.dedup_by(|a, b| a.order(b) == Some(Ordering::Equal));
    Some(all)
}

/// Where a value lies among bounds: an even number for a gap; none where it has no order with them.
fn place(bounds: &[Value], value: &Value, collation: Collation) -> Option<usize> {
    let folded;
    let value = match value {
        Value::Text(text) => {
            folded = Value::Text(fold(text, collation).into());
            &folded
        }
        value => value,
    };
    if let Some(bound) = bounds.first() {
        bound.order(value)?;
    }
    let found = bounds.binary_search_by(|bound| bound.order(value).unwrap_or(Ordering::Equal));
    Some(match found {
        Ok(at) => 2 * at + 1,
        Err(at) => 2 * at,
    })
}
