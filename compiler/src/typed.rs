//! Profiles with every name and literal resolved: what the checks judge and `lower` turns into the
//! plan. Each part keeps its syntax, for its place.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use weir_grammar::ast::{self, GroupKind, LimitSet, Owned};
use weir_ir::diagnostic::Span;
use weir_ir::operators::{Operands, Operator};
use weir_ir::plan::{Hierarchy, Link};
use weir_ir::schema::{AttrId, EntityId, RelationshipId, Schema};
use weir_ir::value::{Guid, Value};
use weir_ir::window::Window;

/// A filter. Groups of one child are gone, and groups in a group of the same kind are part of it.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// Children joined; two or more.
    Group {
        kind: GroupKind,
        children: Vec<Filter>,
        span: Span,
    },
    /// One condition.
    Leaf(Leaf),
    /// Rows linked.
    Related(Related),
    /// A part that refers to missing metadata, or that is wrong and has been reported.
    LeftOut { span: Span },
}

/// A condition.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) attribute: AttrId,
    pub(crate) operator: Operator,
    pub(crate) test: Test,
    pub(crate) span: Span,
}

/// What a condition asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    /// The row alone; texts not yet folded.
    Row(Operands),
    /// The user.
    User,
    /// The clock.
    Clock(Window),
    /// A hierarchy, and the row in it that the value names.
    Tree(Hierarchy, Guid),
}

/// A related-row condition.
#[derive(Clone, Debug)]
pub(crate) struct Related {
    pub(crate) negated: bool,
    pub(crate) link: Link,
    pub(crate) filter: Option<Box<Filter>>,
    /// Of the linked entity's name.
    pub(crate) entity_span: Span,
    pub(crate) span: Span,
}

impl Filter {
    /// Its place.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Group { span, .. } | Self::LeftOut { span } => *span,
            Self::Leaf(leaf) => leaf.span,
            Self::Related(related) => related.span,
        }
    }

    /// Calls `visit` for this filter and all in it, outer ones first.
    pub(crate) fn walk<'f>(&'f self, visit: &mut impl FnMut(&'f Filter)) {
        visit(self);
        match self {
            Self::Group { children, .. } => children.iter().for_each(|child| child.walk(visit)),
            Self::Related(Related {
                filter: Some(inner),
                ..
            }) => inner.walk(visit),
            _ => {}
        }
    }
}

/// What an item downloads of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Related,
    All,
    Other(BTreeSet<Owned>),
    Custom,
}

/// An association.
#[derive(Clone, Debug)]
pub(crate) struct Association<'a> {
    pub(crate) ast: &'a ast::Include,
    pub(crate) target: EntityId,
    pub(crate) relationship: RelationshipId,
    /// From the target's rows to the source's.
    pub(crate) link: Link,
    pub(crate) filter: Option<Filter>,
}

/// An item.
#[derive(Clone, Debug)]
pub(crate) struct Item<'a> {
    pub(crate) ast: &'a ast::Item,
    pub(crate) entity: EntityId,
    /// None where the item names no choice, or a wrong one; that has been reported.
    pub(crate) choice: Option<Choice>,
    pub(crate) filter: Option<Filter>,
    pub(crate) columns: Option<Box<[AttrId]>>,
    pub(crate) associations: Vec<Association<'a>>,
    /// The limit set that holds for its filters.
    pub(crate) limits: LimitSet,
}

impl Item<'_> {
    /// Its own filter, and those of its associations, which count alone.
    pub(crate) fn filters(&self) -> impl Iterator<Item = &Filter> {
        let associations = self.associations.iter();
        let theirs = associations.filter_map(|association| association.filter.as_ref());
        self.filter.iter().chain(theirs)
    }
}

/// A profile.
#[derive(Clone, Debug)]
pub(crate) struct Profile<'a> {
    pub(crate) ast: &'a ast::Profile,
    pub(crate) items: Vec<Item<'a>>,
    /// Which of the items is on an entity; each has one at most.
    places: BTreeMap<EntityId, usize>,
    /// Targets of associations that were left out.
    pub(crate) lost_targets: BTreeSet<EntityId>,
    /// Whether an association was left out whose target nobody knows.
    pub(crate) lost_anywhere: bool,
}

impl<'a> Profile<'a> {
    /// A profile without items.
    pub(crate) fn new(ast: &'a ast::Profile) -> Self {
        Self {
            ast,
            items: Vec::new(),
            places: BTreeMap::new(),
            lost_targets: BTreeSet::new(),
            lost_anywhere: false,
        }
    }

    /// Adds an item.
    pub(crate) fn push(&mut self, item: Item<'a>) {
        self.places.insert(item.entity, self.items.len());
        self.items.push(item);
    }

    /// Where the item on an entity stands.
    pub(crate) fn place(&self, entity: EntityId) -> Option<usize> {
        self.places.get(&entity).copied()
    }

    /// The item on an entity.
    pub(crate) fn item(&self, entity: EntityId) -> Option<&Item<'a>> {
        self.items.get(self.place(entity)?)
    }
}

/// The attribute that a flag of the other data filter looks at.
pub(crate) fn owner_attribute(schema: &Schema, entity: EntityId, flag: Owned) -> Option<AttrId> {
    match flag {
        Owned::Mine | Owned::Team => schema.entity(entity).find("ownerid"),
        Owned::BusinessUnit => schema.unit_attribute(entity),
    }
}

/// A total order of the values of one attribute.
pub(crate) fn value_order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Guid(a), Value::Guid(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Choices(a), Value::Choices(b)) => a.cmp(b),
        _ => a.order(b).unwrap_or(Ordering::Equal),
    }
}
