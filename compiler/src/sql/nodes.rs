//! Nodes as predicates on a row `r` and a user `u`, and the common table expressions that links and
//! shared groups become.

use sea_query::{Expr, ExprTrait, Query as Sea};
use weir_ir::plan::{Link, Node, NodeId, UserSet};
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::settings::ClockZone;
use weir_ir::window::Window;

use super::branches::Asked;
use super::condition::Side;
use super::context::edges;
use super::emit::{Body, Emitter, OTHER, ROW, Table, USER, named};
use super::predicate::Predicate;
use super::scope::behavior;
use super::slot::Source;
use super::{Dialect, ParameterType, SqlError};

/// Nodes of a condition that is written wherever a linked row is looked up, at most.
const PROBED_TERMS: usize = 16;

impl Emitter<'_> {
    /// The table of a link; links to the same rows by the same value have one.
    pub(super) fn link(&self, id: NodeId) -> Table {
        Table::Link(self.shape.links.get(&id).copied().unwrap_or(id))
    }

    /// Who is in the audience of the linked rows, by the value that links.
    pub(super) fn link_body(&mut self, id: NodeId) -> Result<Body, SqlError> {
        self.linked(id, true)
    }

    /// The same; `distinct`: no pair twice.
    fn linked(&mut self, id: NodeId, distinct: bool) -> Result<Body, SqlError> {
        let (Node::Exists(link, child), Some(entity)) =
            (self.plan.nodes.get(id), self.plan.nodes.entity(id))
        else {
            return Ok(empty(self.dialect));
        };
        let Some((_, key)) = self.sides(entity, *link)? else {
            return Ok(empty(self.dialect));
        };
        let pairs = match *link {
            Link::Through { intersect, far, .. } => Some((intersect, far)),
            Link::Attributes { .. } => None,
        };
        let user = self.plan.nodes.traits(*child).user && !self.is_of_one();
        self.body_of(&Asked {
            node: *child,
            also: Predicate::leaf(key.clone().is_not_null()),
            column: Some(key),
            entity: Some(link.entity()),
            pairs,
            user,
            distinct,
            written: false,
            name: None,
        })
    }

    pub(super) fn group_body(&mut self, id: NodeId) -> Result<Body, SqlError> {
        let entity = self.plan.nodes.entity(id);
        let column = entity.map(|entity| {
            let primary = self.schema.entity(entity).primary_id;
            self.column(ROW, entity, primary)
        });
        let user = self.plan.nodes.traits(id).user;
        self.body_of(&Asked {
            node: id,
            column: column.transpose()?,
            entity,
            pairs: None,
            user: user && !(self.is_of_one() && entity.is_some()),
            distinct: false,
            written: true,
            name: None,
            also: Predicate::Constant(true),
        })
    }

    fn body_of(&mut self, asked: &Asked) -> Result<Body, SqlError> {
        let (select, height) = self.audience(asked)?;
        let first = match asked.distinct {
            true => "key",
            false => "row",
        };
        let mut columns = Vec::new();
        columns.extend(asked.column.as_ref().map(|_| first.into()));
        columns.extend(asked.user.then_some("user".into()));
        Ok(Body {
            columns,
            select,
            height,
            recursive: false,
        })
    }

    /// What a link compares: this row's side and the linked row's, made comparable. None where
    /// values of the two sides are never equal.
    pub(super) fn sides(
        &mut self,
        entity: EntityId,
        link: Link,
    ) -> Result<Option<(Expr, Expr)>, SqlError> {
        match link {
            Link::Attributes {
                from,
                entity: linked,
                to,
            } => {
                let here = Side::of(self.schema, entity, from);
                let there = Side::of(self.schema, linked, to);
                let (here_column, there_column) = (
                    self.column(ROW, entity, from)?,
                    self.column(ROW, linked, to)?,
                );
                Ok(here.pair(here_column, there, there_column, self.dialect))
            }
            Link::Through {
                intersect, near, ..
            } => {
                let primary = self.schema.entity(entity).primary_id;
                let here = self.column(ROW, entity, primary)?;
                Ok(Some((here, self.column(OTHER, intersect, near)?)))
            }
        }
    }

    /// A node as a predicate on `r` and `u`.
    pub(super) fn predicate(&mut self, id: NodeId) -> Result<Predicate, SqlError> {
        if !self.shape.is_shared(id) {
            return self.written(id);
        }
        let user = self.plan.nodes.traits(id).user && !self.is_of_one();
        if let Some(entity) = self.plan.nodes.entity(id)
            && !user
        {
            let primary = self.schema.entity(entity).primary_id;
            let row = self.column(ROW, entity, primary)?;
            return self.within(row, Table::Group(id), "row", None);
        }
        let mut select = Sea::select();
        select.from(self.common(Table::Group(id), OTHER)?);
        if let Some(entity) = self.plan.nodes.entity(id) {
            let primary = self.schema.entity(entity).primary_id;
            let row = self.column(ROW, entity, primary)?;
            select
                .expr(named(OTHER, "row"))
                .and_where(named(OTHER, "row").eq(row));
        }
        if self.is_of_one() {
            select.expr(named(OTHER, "user"));
        } else if self.plan.nodes.traits(id).user {
            select
                .expr(named(OTHER, "user"))
                .and_where(named(OTHER, "user").eq(named(USER, "user")));
        }
        Ok(Predicate::leaf(Expr::exists(select)))
    }

    /// A node as a predicate, written out here.
    pub(super) fn written(&mut self, id: NodeId) -> Result<Predicate, SqlError> {
        let plan = self.plan;
        let entity = plan.nodes.entity(id);
        match (plan.nodes.get(id), entity) {
            (Node::All, _) => Ok(Predicate::Constant(true)),
            (Node::None, _) => Ok(Predicate::Constant(false)),
            (Node::And(children), _) => Ok(Predicate::all(self.each(children)?)),
            (Node::Or(children), _) => Ok(Predicate::any(self.each(children)?)),
            (Node::Not(child), _) => Ok(self.predicate(*child)?.not()),
            (Node::Users(set), _) => self.user_set(*set),
            (Node::Rows(condition), Some(entity)) => self.condition(entity, condition),
            (Node::UserMatch(attribute, relation), Some(entity)) => {
                self.user_match(entity, *attribute, *relation)
            }
            (Node::Window(attribute, window, zone), Some(entity)) => {
                self.window(entity, *attribute, *window, *zone)
            }
            (Node::Below(attribute, hierarchy, id, inclusive), Some(entity)) => {
                let table = Table::Tree(*hierarchy, *id, false);
                self.in_tree(entity, *attribute, table, (*id, *inclusive))
            }
            (Node::Above(attribute, hierarchy, id, inclusive), Some(entity)) => {
                let table = Table::Tree(*hierarchy, *id, true);
                self.in_tree(entity, *attribute, table, (*id, *inclusive))
            }
            (Node::Shared, Some(entity)) => self.shared(entity),
            (Node::Exists(link, child), Some(entity)) => {
                let user = plan.nodes.traits(*child).user;
                self.exists(entity, *link, id, user)
            }
            // These nodes always have an entity.
            (
                Node::Rows(_)
                | Node::UserMatch(..)
                | Node::Window(..)
                | Node::Below(..)
                | Node::Above(..)
                | Node::Shared
                | Node::Exists(..),
                None,
            ) => Ok(Predicate::Constant(false)),
        }
    }

    fn each(&mut self, ids: &[NodeId]) -> Result<Vec<Predicate>, SqlError> {
        ids.iter().map(|id| self.predicate(*id)).collect()
    }

    fn exists(
        &mut self,
        entity: EntityId,
        link: Link,
        id: NodeId,
        user: bool,
    ) -> Result<Predicate, SqlError> {
        let Some((here, _)) = self.sides(entity, link)? else {
            return Ok(Predicate::Constant(false));
        };
        if self.probing && self.may_probe(id) {
            let body = self.linked(id, false)?;
            let same = self
                .dialect
                .answers()
                .same_as_outer(named(OTHER, "row"), here);
            let select = Sea::select()
                .expr(named(OTHER, "row"))
                .from_subquery(body.select, OTHER)
                .and_where(same)
                .take();
            return Ok(Predicate::over(Expr::exists(select), body.height));
        }
        if !user || self.is_of_one() {
            return self.within(here, self.link(id), "key", None);
        }
        let mut select = Sea::select();
        select
            .expr(named(OTHER, "key"))
            .from(self.common(self.link(id), OTHER)?)
            .and_where(here.eq(named(OTHER, "key")))
            .and_where(named(OTHER, "user").eq(named(USER, "user")));
        Ok(Predicate::leaf(Expr::exists(select)))
    }

    /// Whether the linked row is one, by its id, and judged by itself in a few terms.
    pub(super) fn may_probe(&self, id: NodeId) -> bool {
        let Node::Exists(Link::Attributes { entity, to, .. }, child) = self.plan.nodes.get(id)
        else {
            return false;
        };
        let mut left = PROBED_TERMS;
        self.is_of_one()
            && *to == self.schema.entity(*entity).primary_id
            && self.is_plain(*child, &mut left)
    }

    /// Whether a node asks for nothing but its row, in so many nodes at most.
    fn is_plain(&self, id: NodeId, left: &mut usize) -> bool {
        let nodes = &self.plan.nodes;
        let Some(rest) = left.checked_sub(1) else {
            return false;
        };
        *left = rest;
        let plain = match nodes.get(id) {
            Node::All | Node::Rows(_) => true,
            Node::And(_) | Node::Or(_) | Node::Not(_) => !self.shape.is_shared(id),
            _ => false,
        };
        let mut children = nodes.children(id).iter();
        plain && children.all(|child| self.is_plain(*child, left))
    }

    fn user_set(&mut self, set: UserSet) -> Result<Predicate, SqlError> {
        match set {
            // `users` holds none but active ones.
            UserSet::Active => Ok(Predicate::Constant(true)),
            UserSet::Member(profile) => {
                let number = self.slots.number("profile", i64::from(profile.0));
                if self.is_of_one() {
                    let same = named(OTHER, "profile").eq(number);
                    return self.among(Table::Members, None, Some(same));
                }
                self.more = true;
                let profile = || named(USER, "profile");
                Ok(Predicate::all([
                    Predicate::leaf(profile().is_not_null()),
                    Predicate::leaf(profile().eq(number)),
                ]))
            }
            UserSet::Reads(entity, least) => self.reads(entity, least),
        }
    }

    fn window(
        &mut self,
        entity: EntityId,
        attribute: AttrId,
        window: Window,
        zone: ClockZone,
    ) -> Result<Predicate, SqlError> {
        let Some(behavior) = behavior(self.schema.attribute(entity, attribute).ty) else {
            return Ok(Predicate::Constant(false));
        };
        let column = self.column(ROW, entity, attribute)?;
        if zone == ClockZone::User || window.recurs() {
            let number = self.shape.window(window, behavior);
            if !window.recurs() {
                return match self.is_of_one() {
                    true => self.bounded(column, behavior, number, zone),
                    false => Ok(self.between_own_edges(column, number)),
                };
            }
            return self.tabled_window(column, behavior, number, zone);
        }
        let ty = ParameterType::moment(behavior);
        let low = self.slots.add("low", ty, Source::Low(window, behavior));
        let high = self.slots.add("high", ty, Source::High(window, behavior));
        Ok(Predicate::all([
            Predicate::leaf(column.clone().is_not_null()),
            Predicate::leaf(column.between(low, high)),
        ]))
    }

    /// Whether a value lies in the numbered window by the user's zone.
    fn between_own_edges(&mut self, column: Expr, number: i64) -> Predicate {
        self.more = true;
        let [low, high] = edges(number).map(|edge| named(USER, &edge));
        Predicate::all([
            Predicate::leaf(column.clone().is_not_null()),
            Predicate::leaf(low.clone().is_not_null()),
            Predicate::leaf(column.between(low, high)),
        ])
    }
}

/// No rows.
fn empty(dialect: Dialect) -> Body {
    Body {
        columns: vec!["key".into()],
        select: Sea::select()
            .expr(Expr::cust("NULL"))
            .and_where(dialect.answers().constant(false))
            .take(),
        height: 1,
        recursive: false,
    }
}
