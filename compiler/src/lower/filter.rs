//! Filters as nodes. Audiences are two-valued, so negation is exact; what was left out is false
//! where it stands positively and true under `not any`, and so never enlarges a set.

use weir_grammar::ast::GroupKind;
use weir_ir::fold::fold;
use weir_ir::operators::{Condition, Operands, Operator, Relation, ancestry, relation};
use weir_ir::plan::{NodeId, Nodes, Origin};
use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::settings::{ClockZone, HierarchyOperators, Settings};
use weir_ir::value::Value;

use crate::owner::{self, Derived};
use crate::typed::{Filter, Leaf, Related, Test, value_order};

/// What filters are lowered with.
pub(super) struct Filters<'a> {
    pub(super) schema: &'a Schema,
    pub(super) settings: &'a Settings,
    pub(super) nodes: &'a mut Nodes,
    /// Whose days its clock operators count.
    pub(super) zone: ClockZone,
    /// The part that the nodes come from; each gets its own place.
    pub(super) origin: Origin,
}

impl Filters<'_> {
    /// The audience that a filter gives the rows of an entity.
    pub(super) fn root(&mut self, entity: EntityId, filter: &Filter) -> NodeId {
        self.filter(entity, filter, true)
    }

    fn filter(&mut self, entity: EntityId, filter: &Filter, positive: bool) -> NodeId {
        let node = match filter {
            Filter::LeftOut { .. } => self.nodes.constant(!positive),
            Filter::Group { kind, children, .. } => {
                let children: Vec<NodeId> = children
                    .iter()
                    .map(|child| self.filter(entity, child, positive))
                    .collect();
                match kind {
                    GroupKind::And => self.nodes.and(children),
                    GroupKind::Or => self.nodes.or(children),
                }
            }
            Filter::Leaf(leaf) => self.leaf(entity, leaf),
            Filter::Related(related) => self.related(entity, related, positive),
        };
        let span = Some(filter.span());
        self.nodes.note(
            node,
            Origin {
                span,
                ..self.origin
            },
        );
        node
    }

    fn related(&mut self, entity: EntityId, related: &Related, positive: bool) -> NodeId {
        let child = match &related.filter {
            Some(inner) => self.filter(related.link.entity(), inner, positive != related.negated),
            None => self.nodes.all(),
        };
        let any = owner::exists(self.nodes, self.schema, entity, related.link, child);
        if !related.negated {
            return any;
        }
        let span = Some(related.span);
        self.nodes.note(
            any,
            Origin {
                span,
                ..self.origin
            },
        );
        self.nodes.not(any)
    }

    /// A condition. Over attributes that follow from `ownerid` it is asked of `ownerid` where they
    /// have a value, and where they have none its NULL rule answers.
    fn leaf(&mut self, entity: EntityId, leaf: &Leaf) -> NodeId {
        let of = self.schema.entity(entity);
        let other = match &leaf.test {
            Test::Row(Operands::Attribute(other)) => owner::derived(of, *other),
            _ => None,
        };
        let own = owner::derived(of, leaf.attribute);
        let derived: Vec<Derived> = own.into_iter().chain(other).collect();
        if derived.is_empty() {
            return self.plain(entity, leaf.attribute, leaf, None);
        }
        let present: Vec<NodeId> = derived
            .into_iter()
            .map(|derived| owner::present(self.nodes, self.schema, entity, derived))
            .collect();
        let present = self.nodes.and(present);
        let absent = self.nodes.not(present);
        match leaf.operator {
            Operator::Null => absent,
            Operator::NotNull => present,
            operator => {
                let ownerid = own.and_then(|own| own.ownerid);
                let attribute = ownerid.unwrap_or(leaf.attribute);
                let asked = self.plain(
                    entity,
                    attribute,
                    leaf,
                    other.and_then(|other| other.ownerid),
                );
                let held = self.nodes.and([present, asked]);
                if self.settings.on_null(operator) {
                    self.nodes.or([held, absent])
                } else {
                    held
                }
            }
        }
    }

    /// A condition on a stored attribute, compared with `other` if that is given.
    fn plain(
        &mut self,
        entity: EntityId,
        attribute: AttrId,
        leaf: &Leaf,
        other: Option<AttrId>,
    ) -> NodeId {
        match &leaf.test {
            Test::Clock(window) => self.nodes.window(entity, attribute, *window, self.zone),
            Test::User => self.user(entity, attribute, leaf.operator),
            Test::Tree(hierarchy, id) => {
                let Some((above, inclusive, negated)) = ancestry(leaf.operator) else {
                    return self.nodes.none();
                };
                let ways = (above, inclusive);
                let found = self
                    .nodes
                    .ancestry(entity, attribute, *hierarchy, *id, ways);
                if negated {
                    self.negated(entity, attribute, leaf.operator, found)
                } else {
                    found
                }
            }
            Test::Row(operands) => {
                let operands = match (other, operands) {
                    (Some(other), _) => Operands::Attribute(other),
                    (None, Operands::Values(values)) => {
                        Operands::Values(self.values(leaf.operator, values))
                    }
                    (None, operands) => operands.clone(),
                };
                let condition = Condition {
                    attribute,
                    operator: leaf.operator,
                    operands,
                    on_null: self.settings.on_null(leaf.operator),
                };
                self.nodes.rows(entity, condition)
            }
        }
    }

    fn user(&mut self, entity: EntityId, attribute: AttrId, operator: Operator) -> NodeId {
        let Some((relation, negated)) = relation(operator) else {
            return self.nodes.none();
        };
        let relation = self.acting(relation);
        let matched = self.nodes.user_match(entity, attribute, relation);
        match negated {
            true => self.negated(entity, attribute, operator, matched),
            false => matched,
        }
    }

    /// The complement of a node that is nobody where the attribute is NULL.
    fn negated(
        &mut self,
        entity: EntityId,
        attribute: AttrId,
        operator: Operator,
        matched: NodeId,
    ) -> NodeId {
        // The complement of nobody is everyone: the rule where NULL matches.
        let not = self.nodes.not(matched);
        if self.settings.on_null(operator) {
            return not;
        }
        let condition = Condition {
            attribute,
            operator: Operator::NotNull,
            operands: Operands::None,
            on_null: false,
        };
        let known = self.nodes.rows(entity, condition);
        self.nodes.and([not, known])
    }

    /// While hierarchy security is off, `hierarchy-operators with-security` knows the user alone.
    fn acting(&self, relation: Relation) -> Relation {
        let alone = self.settings.hierarchy_operators == HierarchyOperators::WithSecurity
            && !self.settings.hierarchy_security;
        match relation {
            Relation::Hierarchy if alone => Relation::Itself,
            Relation::HierarchyAndTeams if alone => Relation::SelfOrTeam,
            other => other,
        }
    }

    /// Values as they are compared: texts folded, and in a list ascending, each once.
    fn values(&self, operator: Operator, values: &[Value]) -> Box<[Value]> {
        let mut values: Vec<Value> = values
            .iter()
            .map(|value| match value {
                Value::Text(text) => Value::Text(fold(text, self.settings.collation).into()),
                Value::Decimal(number) => Value::Decimal(number.normalize()),
                other => other.clone(),
            })
            .collect();
        if matches!(operator, Operator::In | Operator::NotIn) {
            values.sort_by(value_order);
            values.dedup();
        }
        values.into()
    }
}
