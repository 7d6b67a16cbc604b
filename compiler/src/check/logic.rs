//! What a filter's logic shows without looking at data: conditions that can never hold together or
//! that hold for every row, parts that change nothing, and NULL that slips through.
//!
//! Invariant: only what is certain is told. Conditions on one attribute are judged at every value
//! that they name, at every gap between those, and at NULL; a gap counts as if it had values, and what
//! can't be judged (patterns, the user, the clock) as if it could be either. Cost: in a group,
//! conditions × values, up to [`limits::LOGIC_STEPS`], beyond which nothing is told.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use weir_grammar::ast::GroupKind;
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::fold::fold;
use weir_ir::limits;
use weir_ir::operators::{NullRule, Operands, Operator};
use weir_ir::schema::{AttrId, AttributeType, EntityId, Schema};
use weir_ir::settings::Settings;
use weir_ir::value::Value;

use crate::codes;
use crate::report::Report;
use crate::typed::{Filter, Leaf, Test};

/// What filters are judged with.
pub(super) struct Logic<'a> {
    pub(super) schema: &'a Schema,
    pub(super) settings: &'a Settings,
    pub(super) report: &'a mut Report,
}

impl Logic<'_> {
    /// Judges a filter on rows of an entity.
    pub(super) fn filter(&mut self, entity: EntityId, filter: &Filter) {
        self.part(entity, filter, &BTreeSet::new());
    }

    /// Judges a part, and gives a text that equal parts share. `told` are attributes about whose NULL
    /// the groups around speak.
    fn part(&mut self, entity: EntityId, part: &Filter, told: &BTreeSet<AttrId>) -> String {
        match part {
            Filter::Group { kind, children, .. } => self.group(entity, *kind, children, told),
            Filter::Leaf(leaf) => {
                self.leaf(entity, leaf, told);
                format!("{:?}", (leaf.attribute, leaf.operator, &leaf.test))
            }
            Filter::Related(related) => {
                let inner = related.filter.as_deref();
                let inner =
                    inner.map(|inner| self.part(related.link.entity(), inner, &BTreeSet::new()));
                format!("{:?}", (related.negated, related.link, inner))
            }
            // Never equal to another.
            Filter::LeftOut { span } => format!("{span:?}"),
        }
    }

    fn group(
        &mut self,
        entity: EntityId,
        kind: GroupKind,
        children: &[Filter],
        told: &BTreeSet<AttrId>,
    ) -> String {
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
        let keys: Vec<String> = children
            .iter()
            .map(|child| self.part(entity, child, &told))
            .collect();
        self.shadowed(children, &keys);
        format!("{kind:?}({})", keys.join(";"))
    }

    /// Parts of a group that another part makes idle: its repetition, or a group in it that holds
    /// that part too. `a or (a and b)` is `a`, and so is `a and (a or b)`.
    fn shadowed(&mut self, children: &[Filter], keys: &[String]) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for (child, key) in children.iter().zip(keys) {
            if let Some(first) = seen.get(key.as_str()) {
                self.idle(child.span(), *first, "this says the same again");
            } else {
                seen.insert(key, child.span());
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
            let first = inner.iter().find_map(|part| {
                let key = match part {
                    Filter::Leaf(leaf) => {
                        format!("{:?}", (leaf.attribute, leaf.operator, &leaf.test))
                    }
                    _ => return None,
                };
                seen.get(key.as_str())
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
        let Some(table) = Table::new(leaves, self.settings) else {
            return;
        };
        let (Some(first), Some(last)) = (leaves.first(), leaves.last()) else {
            return;
        };
        let span = first.span.to(last.span);
        let name = &self.schema.attribute(entity, first.attribute).name;
        self.report.push(match kind {
            GroupKind::And if table.never(leaves) => Diagnostic::new(
                codes::NEVER_HOLDS,
                span,
                format!("these conditions on `{name}` can never hold together"),
            )
            .help("no row satisfies them: join them by `or`, or mend one of them"),
            GroupKind::Or if table.always(leaves) => Diagnostic::new(
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

/// The values that conditions on one attribute name, ascending.
struct Table<'a> {
    settings: &'a Settings,
    values: Vec<Value>,
}

/// Where conditions are judged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Null,
    /// The value of that number.
    At(usize),
    /// What is less than the value of that number, and greater than the one before.
    Below(usize),
}

impl<'a> Table<'a> {
    /// None where judging would take too long.
    fn new(leaves: &[&Leaf], settings: &'a Settings) -> Option<Self> {
        let mut values: Vec<Value> = leaves
            .iter()
            .filter_map(|leaf| named(leaf))
            .flatten()
            .map(|value| folded(value, settings))
            .collect();
        let named: usize = values.len();
        if named.saturating_mul(named + leaves.len()) > limits::LOGIC_STEPS {
            return None;
        }
        values.sort_by(order);
        values.dedup_by(|a, b| order(a, b) == Ordering::Equal);
        Some(Self { settings, values })
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        let count = self.values.len();
        let below = (0..=count).map(Place::Below);
        std::iter::once(Place::Null)
            .chain((0..count).map(Place::At))
            .chain(below)
    }

    /// Whether no value, nor NULL, satisfies all.
    fn never(&self, leaves: &[&Leaf]) -> bool {
        self.places().all(|place| {
            leaves
                .iter()
                .any(|leaf| self.says(leaf, place) == Some(false))
        })
    }

    /// Whether each value, and NULL, satisfies one.
    fn always(&self, leaves: &[&Leaf]) -> bool {
        self.places().all(|place| {
            leaves
                .iter()
                .any(|leaf| self.says(leaf, place) == Some(true))
        })
    }

    /// What a condition says at a place; none where that can't be told.
    fn says(&self, leaf: &Leaf, place: Place) -> Option<bool> {
        if place == Place::Null {
            return Some(self.settings.on_null(leaf.operator));
        }
        match leaf.operator {
            Operator::Null => return Some(false),
            Operator::NotNull => return Some(true),
            _ => {}
        }
        let mut orders = named(leaf)?.map(|value| self.place_to(place, value));
        Some(match leaf.operator {
            Operator::Eq | Operator::In => orders.any(|order| order == Ordering::Equal),
            Operator::Ne | Operator::NotIn => orders.all(|order| order != Ordering::Equal),
            Operator::Gt => orders.all(|order| order == Ordering::Greater),
            Operator::Ge => orders.all(|order| order != Ordering::Less),
            Operator::Lt => orders.all(|order| order == Ordering::Less),
            Operator::Le => orders.all(|order| order != Ordering::Greater),
            _ => return None,
        })
    }

    /// How a place stands to a value.
    fn place_to(&self, place: Place, value: &Value) -> Ordering {
        let value = folded(value, self.settings);
        let number = self
            .values
            .partition_point(|known| order(known, &value).is_lt());
        match place {
            Place::At(at) => at.cmp(&number),
            Place::Below(at) if at <= number => Ordering::Less,
            _ => Ordering::Greater,
        }
    }
}

/// The values that a condition compares its attribute with; none for other conditions.
fn named(leaf: &Leaf) -> Option<impl Iterator<Item = &Value>> {
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
        Test::Row(Operands::Values(values)) if comparing => Some(values.iter()),
        _ => None,
    }
}

fn folded(value: &Value, settings: &Settings) -> Value {
    match value {
        Value::Text(text) => Value::Text(fold(text, settings.collation).into()),
        other => other.clone(),
    }
}

/// The order of the type; types without one get some order, which only equality asks for.
fn order(a: &Value, b: &Value) -> Ordering {
    a.order(b)
        .unwrap_or_else(|| format!("{a:?}").cmp(&format!("{b:?}")))
}
