//! What a filter's logic shows without looking at data: conditions that can never hold together or
//! that hold for every row, parts that change nothing, and NULL that slips through.
//!
//! Invariant: only what is certain is told. Conditions on one attribute are judged at every value
//! that they name, at every gap between those, and at NULL; a gap counts as if it had values, and what
//! can't be judged (patterns, the user, the clock) as if it could be either. Cost: one visit of each
//! part, and values × log values.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rustc_hash::FxHashMap;
use weir_grammar::ast::GroupKind;
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::fold::fold;
use weir_ir::limits;
use weir_ir::operators::{NullRule, Operands, Operator};
use weir_ir::plan::Link;
use weir_ir::schema::{AttrId, AttributeType, EntityId, Schema};
use weir_ir::settings::Settings;
use weir_ir::value::Value;

use crate::codes;
use crate::report::Report;
use crate::typed::{Filter, Leaf, Test, value_order};

/// What filters are judged with.
pub(super) struct Logic<'a> {
    pub(super) schema: &'a Schema,
    pub(super) settings: &'a Settings,
    pub(super) report: &'a mut Report,
}

/// What equal parts have in common.
#[derive(PartialEq, Eq, Hash)]
enum Key<'f> {
    Leaf(AttrId, Operator, &'f Test),
    /// A group of parts by their numbers.
    Group(GroupKind, Vec<usize>),
    Related(bool, Link, Option<usize>),
    /// Never equal to another.
    LeftOut(Span),
}

impl<'f> Key<'f> {
    fn leaf(leaf: &'f Leaf) -> Self {
        Self::Leaf(leaf.attribute, leaf.operator, &leaf.test)
    }
}

/// The parts of a filter, by numbers that equal ones share.
type Numbers<'f> = FxHashMap<Key<'f>, usize>;

/// The number of a part.
fn number<'f>(numbers: &mut Numbers<'f>, key: Key<'f>) -> usize {
    let next = numbers.len();
    *numbers.entry(key).or_insert(next)
}

impl Logic<'_> {
    /// Judges a filter on rows of an entity.
    pub(super) fn filter(&mut self, entity: EntityId, filter: &Filter) {
        self.part(entity, filter, &BTreeSet::new(), &mut Numbers::default());
    }

    /// Judges a part, and gives its number. `told` are attributes about whose NULL the groups around
    /// speak.
    fn part<'f>(
        &mut self,
        entity: EntityId,
        part: &'f Filter,
        told: &BTreeSet<AttrId>,
        numbers: &mut Numbers<'f>,
    ) -> usize {
        let key = match part {
            Filter::Group { kind, children, .. } => {
                self.group(entity, *kind, children, told, numbers)
            }
            Filter::Leaf(leaf) => {
                self.leaf(entity, leaf, told);
                Key::leaf(leaf)
            }
            Filter::Related(related) => {
                let inner = related.filter.as_deref();
                let linked = related.link.entity();
                let inner = inner.map(|inner| self.part(linked, inner, &BTreeSet::new(), numbers));
                Key::Related(related.negated, related.link, inner)
            }
            Filter::LeftOut { span } => Key::LeftOut(*span),
        };
        number(numbers, key)
    }

    fn group<'f>(
        &mut self,
        entity: EntityId,
        kind: GroupKind,
        children: &'f [Filter],
        told: &BTreeSet<AttrId>,
        numbers: &mut Numbers<'f>,
    ) -> Key<'f> {
        let mut told = told.clone();
        let mut by_attribute: BTreeMap<AttrId, Vec<&Leaf>> = BTreeMap::new();
        for child in children {
            if let Filter::Leaf(leaf) = child {
                by_attribute.entry(leaf.attribute).or_default().push(leaf);
                if matches!(leaf.operator, Operator::Null | Operator::NotNull) {
                    told.insert(leaf.attribute);
                }
            }
        }
        for leaves in by_attribute.values().filter(|leaves| leaves.len() > 1) {
            self.together(entity, kind, leaves);
        }
        let parts: Vec<usize> = children
            .iter()
            .map(|child| self.part(entity, child, &told, numbers))
            .collect();
        self.shadowed(children, &parts, numbers);
        Key::Group(kind, parts)
    }

    /// Parts of a group that another part makes idle: its repetition, or a group in it that holds
    /// that part too. `a or (a and b)` is `a`, and so is `a and (a or b)`.
    fn shadowed(&mut self, children: &[Filter], parts: &[usize], numbers: &Numbers<'_>) {
        let mut seen: FxHashMap<usize, Span> = FxHashMap::default();
        for (child, part) in children.iter().zip(parts) {
            if let Some(first) = seen.get(part) {
                self.idle(child.span(), *first, "this says the same again");
            } else {
                seen.insert(*part, child.span());
            }
        }
        for child in children {
            let Filter::Group {
                children: inner, ..
            } = child
            else {
                continue;
            };
            // Its kind is the other one, since groups of one kind are one group.
            let first = inner.iter().find_map(|part| match part {
                Filter::Leaf(leaf) => seen.get(numbers.get(&Key::leaf(leaf))?),
                _ => None,
            });
            if let Some(first) = first {
                self.idle(child.span(), *first, "this group changes nothing");
            }
        }
    }

    fn idle(&mut self, span: Span, first: Span, message: &str) {
        self.report.push(
            Diagnostic::new(codes::SHADOWED, span, message)
                .label(first, "this decides alone")
                .help("take it out, or mend the condition that was meant to differ"),
        );
    }

    /// Conditions on one attribute that stand in one group.
    fn together(&mut self, entity: EntityId, kind: GroupKind, leaves: &[&Leaf]) {
        let (Some(first), Some(last)) = (leaves.first(), leaves.last()) else {
            return;
        };
        let span = first.span.to(last.span);
        let name = &self.schema.attribute(entity, first.attribute).name;
        self.report.push(match kind {
            GroupKind::And if Judged::everywhere(leaves, false, self.settings) => Diagnostic::new(
                codes::NEVER_HOLDS,
                span,
                format!("these conditions on `{name}` can never hold together"),
            )
            .help("no row satisfies them: join them by `or`, or mend one of them"),
            GroupKind::Or if Judged::everywhere(leaves, true, self.settings) => Diagnostic::new(
                codes::ALWAYS_HOLDS,
                span,
                format!("one of these conditions on `{name}` holds for every row"),
            )
            .help("they keep nothing out: join them by `and`, or take them out"),
            _ => return,
        });
    }

    /// One condition: its NULL, its pattern, its hierarchy.
    fn leaf(&mut self, entity: EntityId, leaf: &Leaf, told: &BTreeSet<AttrId>) {
        let attribute = self.schema.attribute(entity, leaf.attribute);
        let token = leaf.operator.token();
        let switched = matches!(leaf.operator.spec().on_null, NullRule::Switch(_));
        if switched
            && self.settings.on_null(leaf.operator)
            && !told.contains(&leaf.attribute)
            && self.may_be_null(entity, leaf.attribute)
        {
            let name = &attribute.name;
            self.report.push(
                Diagnostic::new(
                    codes::NULL_MATCHES,
                    leaf.span,
                    format!("`{token}` also holds where `{name}` has no value"),
                )
                .help(format!(
                    "to leave those rows out add `and {name} not-null`, to show that they are meant `or {name} null`"
                )),
            );
        }
        let text = match &leaf.test {
            Test::Row(operands) => operands.first().and_then(Value::text),
            _ => None,
        };
        let everything = match leaf.operator {
            Operator::BeginsWith | Operator::EndsWith => text == Some(""),
            Operator::Like => {
                text.is_some_and(|text| !text.is_empty() && text.chars().all(|c| c == '%'))
            }
            _ => false,
        };
        if everything {
            self.report.push(
                Diagnostic::new(
                    codes::ALWAYS_HOLDS,
                    leaf.span,
                    "this pattern matches every text",
                )
                .help(format!(
                    "write `{} not-null` if that is meant",
                    attribute.name
                )),
            );
        }
        let deep = self.settings.hierarchy_depth;
        let follows = matches!(
            leaf.operator,
            Operator::EqUserOrUserHierarchy | Operator::EqUserOrUserHierarchyAndTeams
        );
        if follows && deep > limits::SOFT_HIERARCHY_DEPTH {
            self.report.push(
                Diagnostic::new(
                    codes::DEEP_HIERARCHY,
                    leaf.span,
                    format!("`{token}` follows {deep} levels of the hierarchy"),
                )
                .help(format!(
                    "those at the top get the rows of all below; more than {} levels are rarely meant: lower `hierarchy-depth`",
                    limits::SOFT_HIERARCHY_DEPTH
                )),
            );
        }
    }

    /// Whether rows may lack a value: every row has its id, its state, its owner and its dates.
    fn may_be_null(&self, entity: EntityId, attribute: AttrId) -> bool {
        let of = self.schema.entity(entity);
        let known = of.attribute(attribute);
        let always = [
            "createdby",
            "createdon",
            "modifiedby",
            "modifiedon",
            "ownerid",
            "owningbusinessunit",
            "versionnumber",
            "activitytypecode",
        ];
        attribute != of.primary_id
            && !matches!(known.ty, AttributeType::State | AttributeType::Status)
            && !always.contains(&known.name.as_str())
    }
}

/// Where conditions on one attribute are judged: at each value that they name, ascending, and at
/// the gaps before, between and after those. The value of number `n` is place `2n + 1`.
struct Judged {
    /// How many conditions answer at a place, as the difference to the place before.
    answers: Vec<isize>,
}

impl Judged {
    /// Whether, wherever the attribute is, also without a value, a condition is certain to give this
    /// answer.
    fn everywhere(leaves: &[&Leaf], answer: bool, settings: &Settings) -> bool {
        if !leaves
            .iter()
            .any(|leaf| settings.on_null(leaf.operator) == answer)
        {
            return false;
        }
        let folded: Vec<Vec<Value>> = leaves.iter().map(|leaf| named(leaf, settings)).collect();
        let mut values: Vec<&Value> = folded.iter().flatten().collect();
        values.sort_by(|a, b| value_order(a, b));
        values.dedup_by(|a, b| value_order(a, b).is_eq());
        let mut judged = Self {
            answers: vec![0; 2 * values.len() + 2],
        };
        for (leaf, own) in leaves.iter().zip(&folded) {
            let mut places: Vec<usize> = own
                .iter()
                .map(|value| {
                    2 * values.partition_point(|known| value_order(known, value).is_lt()) + 1
                })
                .collect();
            places.sort_unstable();
            places.dedup();
            judged.add(leaf.operator, &places, answer);
        }
        let mut count = 0;
        let mut counts = judged.answers.iter().map(|change| {
            count += change;
            count
        });
        // The last one is behind the last place.
        counts
            .by_ref()
            .take(2 * values.len() + 1)
            .all(|count| count > 0)
    }

    /// Counts the places at which a condition on the values at `at` gives the answer.
    fn add(&mut self, operator: Operator, at: &[usize], answer: bool) {
        let end = self.answers.len() - 1;
        let (first, last) = match (at, operator) {
            (_, Operator::Null | Operator::NotNull) => (0, 0),
            ([first, .., last], _) => (*first, *last),
            ([only], _) => (*only, *only),
            ([], _) => return,
        };
        let holds = match operator {
            Operator::Null => 0..0,
            Operator::NotNull => 0..end,
            Operator::Gt => last + 1..end,
            Operator::Ge => last..end,
            Operator::Lt => 0..first,
            Operator::Le => 0..first + 1,
            Operator::Eq | Operator::In | Operator::Ne | Operator::NotIn => {
                if matches!(operator, Operator::Eq | Operator::In) == answer {
                    at.iter().for_each(|at| self.count(*at..at + 1));
                } else {
                    let ends = at.iter().copied().chain([end]);
                    let starts = [0].into_iter().chain(at.iter().map(|at| at + 1));
                    starts
                        .zip(ends)
                        .for_each(|(start, end)| self.count(start..end));
                }
                return;
            }
            _ => return,
        };
        if answer {
            self.count(holds);
        } else {
            self.count(0..holds.start);
            self.count(holds.end..end);
        }
    }

    fn count(&mut self, places: Range<usize>) {
        if places.start < places.end {
            self.answers[places.start] += 1;
            self.answers[places.end] -= 1;
        }
    }
}

/// The values that a condition compares its attribute with, as they are compared; none for other
/// conditions.
fn named(leaf: &Leaf, settings: &Settings) -> Vec<Value> {
    let comparing = matches!(
        leaf.operator,
        Operator::Eq
            | Operator::Ne
            | Operator::Gt
            | Operator::Ge
            | Operator::Lt
            | Operator::Le
            | Operator::In
            | Operator::NotIn
    );
    match &leaf.test {
        Test::Row(Operands::Values(values)) if comparing => values
            .iter()
            .map(|value| match value {
                Value::Text(text) => Value::Text(fold(text, settings.collation).into()),
                other => other.clone(),
            })
            .collect(),
        _ => Vec::new(),
    }
}
