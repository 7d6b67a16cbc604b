//! The rows of a node's audience as a `SELECT`, in branches that each begin where few rows are.
//!
//! A disjunction leaves a database nothing to begin with but the whole table. So it becomes a `UNION`
//! of branches: what stands beside it is repeated in each, and each has a term that leads to its
//! rows by an index (a driver). Where one user is asked for, a branch without a driver reads the
//! table anyway, and the disjunction stays whole. Where all are, every branch stands for itself, and
//! its driver is a table in `FROM`: what links rows and users is joined, never searched pair by
//! pair. For one user, what leads nowhere but asks for a linked row by its id looks that row up, and
//! doesn't gather all rows that could be linked. Disjunctions stay whole too where the
//! statement would else be too large. No pair comes twice: `UNION` sees to it, and drivers hold a
//! pair once or are `DISTINCT`.
//! Cost of the text: that of the node's terms, times [`MOST_BRANCHES`] at most.

use sea_query::{Alias, Expr, ExprTrait, Query as Sea, SelectStatement, TableRef, UnionType};
use weir_ir::operators::Relation;
use weir_ir::plan::{Node, NodeId};
use weir_ir::schema::{AttrId, EntityId};

use super::emit::{Emitter, OTHER, ROW, Table, USER, named};
use super::predicate::Predicate;
use super::{Kind, SqlError};

/// More of them are cheaper as one pass over the table, and as a text.
const MOST_BRANCHES: usize = 8;
/// Alias of the table that leads to the rows of a branch.
const DRIVER: &str = "d";

/// How few rows a driver leads to, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Those of a user.
    User,
    /// Those of a user's unit, or of a window.
    Range,
    /// Those that are linked, whoever asks.
    Linked,
    /// All of the table.
    Table,
}

/// Terms, all of which hold; one may lead to the rows.
#[derive(Clone, Debug)]
struct Branch {
    driver: Option<NodeId>,
    rank: Rank,
    terms: Vec<NodeId>,
}

/// A table that leads to the rows and users of a node.
pub(super) struct Driver {
    table: Table,
    /// Its column, beside `user`.
    column: &'static str,
    /// The row's value that the column holds.
    value: Expr,
}

impl Driver {
    /// Whether it may give a pair twice: managers' trees do, once a depth.
    pub(super) fn repeats(&self) -> bool {
        self.table == Table::Below
    }

    /// That it leads to the row and the user.
    pub(super) fn leads(&self) -> Predicate {
        Predicate::all([
            Predicate::leaf(self.value.clone().eq(named(DRIVER, self.column))),
            Predicate::leaf(named(DRIVER, "user").eq(named(USER, "user"))),
        ])
    }
}

impl Branch {
    fn of(id: NodeId, rank: Rank) -> Self {
        Self {
            driver: (rank != Rank::Table).then_some(id),
            rank,
            terms: vec![id],
        }
    }
}

/// What a `SELECT` gives.
pub(super) struct Asked {
    /// The node whose audience it is.
    pub(super) node: NodeId,
    /// The column of `r`, or of the pairs, that it gives.
    pub(super) column: Option<Expr>,
    /// The entity of `r`.
    pub(super) entity: Option<EntityId>,
    /// An intersect entity that pairs the rows, by that attribute; alias `x`.
    pub(super) pairs: Option<(EntityId, AttrId)>,
    /// Whether users matter.
    pub(super) user: bool,
    /// Whether nothing may come twice.
    pub(super) distinct: bool,
    /// Whether the node is written out here, even if it stands elsewhere by name.
    pub(super) written: bool,
    /// The name of the entity, if it gives that too.
    pub(super) name: Option<Expr>,
    /// What else must hold.
    pub(super) also: Predicate,
}

/// A statement in branches; whole, where that is more than the dialect takes.
pub(super) fn fitting<T>(emit: impl Fn(bool) -> Result<T, SqlError>) -> Result<T, SqlError> {
    match emit(true) {
        Err(SqlError::TooLarge { .. }) => emit(false),
        done => done,
    }
}

impl Emitter<'_> {
    /// Whether the statement is about one user, who is then a parameter and no table.
    pub(super) fn is_of_one(&self) -> bool {
        self.kind == Kind::Rows
    }

    /// The `SELECT` of (column, user), as far as they matter, with its height.
    pub(super) fn audience(&mut self, asked: &Asked) -> Result<(SelectStatement, usize), SqlError> {
        let joined = asked.user && !self.is_of_one();
        let branches = self.branches(asked.node, asked.written, joined);
        let alone = branches.len() == 1;
        let mut parts = Vec::new();
        let mut highest = 0;
        for branch in &branches {
            let (select, height) = self.branch(asked, branch, joined, alone)?;
            parts.push(select);
            highest = usize::max(highest, height);
        }
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        all.unions(parts.map(|part| (UnionType::Distinct, part)));
        if let Some(name) = &asked.name {
            if !alone {
                // Pairs of other entities follow, which need no comparing.
                let mut apart = Sea::select();
                apart.exprs(asked.column.as_ref().map(|_| named(DRIVER, "row")));
                apart.exprs(joined.then(|| named(DRIVER, "user")));
                all = apart.from_subquery(all, DRIVER).take();
            }
            all.expr_as(name.clone(), Alias::new("entity"));
        }
        Ok((all, highest))
    }

    fn branch(
        &mut self,
        asked: &Asked,
        branch: &Branch,
        joined: bool,
        alone: bool,
    ) -> Result<(SelectStatement, usize), SqlError> {
        let mut select = Sea::select();
        if let Some(column) = &asked.column {
            select.expr_as(column.clone(), Alias::new("row"));
        }
        // What is written out here leads nowhere yet.
        let is_other = |id: &NodeId| !(asked.written && *id == asked.node);
        let driver = match branch.driver.filter(is_other).filter(|_| joined) {
            Some(id) => self.driver(id)?,
            None => None,
        };
        let mut tables = Vec::new();
        if let Some(entity) = asked.entity {
            tables.push(self.table(entity, ROW)?);
        }
        let mut terms = vec![asked.also.clone()];
        if let (Some((pairs, far)), Some(entity)) = (asked.pairs, asked.entity) {
            tables.push(self.table(pairs, OTHER)?);
            let far = self.column(OTHER, pairs, far)?;
            let primary = self.schema.entity(entity).primary_id;
            terms.push(Predicate::leaf(far.eq(self.column(ROW, entity, primary)?)));
        }
        let repeats = driver.as_ref().is_some_and(Driver::repeats);
        let distinct = alone && (asked.distinct || repeats);
        let outer = (self.probing, std::mem::take(&mut self.more));
        for id in &branch.terms {
            self.probing = self.is_of_one() && branch.driver != Some(*id);
            terms.push(match &driver {
                Some(driver) if branch.driver == Some(*id) => driver.leads(),
                _ if asked.written && *id == asked.node => self.written(*id)?,
                _ => self.predicate(*id)?,
            });
        }
        self.probing = outer.0;
        let with_users = joined || (asked.user && asked.entity.is_none());
        match &driver {
            Some(driver) => self.lead(&mut select, driver, tables)?,
            None => {
                for table in tables {
                    select.from(table);
                }
                if with_users {
                    select.from(self.users_asked()?);
                }
            }
        }
        self.more = outer.1;
        if with_users {
            select.expr_as(self.user(), Alias::new("user"));
        }
        if distinct {
            select.distinct();
        }
        let (filter, height) = Predicate::all(terms).filter(self.dialect);
        select.and_where_option(filter);
        Ok((select, height))
    }

    /// Selects from what leads to rows, then the users, then the rows: users are looked up by what
    /// leads to rows, not for each row that it leads to. SQLite joins in the order that is written;
    /// what it has no statistics of it misjudges.
    pub(super) fn lead(
        &mut self,
        select: &mut SelectStatement,
        driver: &Driver,
        rows: impl IntoIterator<Item = TableRef>,
    ) -> Result<(), SqlError> {
        select.from(self.common(driver.table, DRIVER)?);
        select.cross_join(self.users_asked()?);
        for table in rows {
            select.cross_join(table);
        }
        Ok(())
    }

    /// Of conditions that are no groups and all hold, the one that leads to the fewest rows.
    pub(super) fn best_driver(
        &mut self,
        ids: &[NodeId],
    ) -> Result<Option<(NodeId, Driver)>, SqlError> {
        let nodes = &self.plan.nodes;
        let group =
            |id: &NodeId| matches!(nodes.get(*id), Node::And(_) | Node::Or(_) | Node::Not(_));
        let mut ids: Vec<NodeId> = ids.iter().copied().filter(|id| !group(id)).collect();
        ids.sort_by_key(|id| self.rank(*id));
        for id in ids {
            if let Some(driver) = self.driver(id)? {
                return Ok(Some((id, driver)));
            }
        }
        Ok(None)
    }

    /// What leads to the rows and users of a node; none where no user decides, or an equality does
    /// it.
    fn driver(&mut self, id: NodeId) -> Result<Option<Driver>, SqlError> {
        let nodes = &self.plan.nodes;
        let Some(entity) = nodes.entity(id).filter(|_| nodes.traits(id).user) else {
            return Ok(None);
        };
        let primary = self.schema.entity(entity).primary_id;
        let led = match nodes.get(id) {
            _ if self.shape.is_shared(id) => {
                let row = self.column(ROW, entity, primary)?;
                Some((Table::Group(id), "row", row))
            }
            Node::Exists(link, _) => self
                .sides(entity, *link)?
                .map(|(here, _)| (self.link(id), "key", here)),
            Node::Shared => {
                let row = self.column(ROW, entity, primary)?;
                Some((Table::Shares(entity), "row", row))
            }
            Node::UserMatch(attribute, relation) => {
                let value = self.column(ROW, entity, *attribute)?;
                match relation {
                    Relation::Team => Some((Table::Teams, "team", value)),
                    Relation::SelfOrTeam => Some((Table::Principals, "principal", value)),
                    Relation::Hierarchy => Some((Table::Below, "principal", value)),
                    Relation::HierarchyAndTeams => {
                        Some((Table::BelowPrincipals, "principal", value))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        Ok(led.map(|(table, column, value)| Driver {
            table,
            column,
            value,
        }))
    }

    /// The branches of a node; one at least. `each` splits disjunctions whose branches have no driver
    /// too.
    fn branches(&self, id: NodeId, written: bool, each: bool) -> Vec<Branch> {
        let nodes = &self.plan.nodes;
        if !written && self.shape.is_shared(id) {
            return vec![Branch::of(id, self.rank(id))];
        }
        match nodes.get(id) {
            Node::Or(_) if !self.split => vec![Branch::of(id, Rank::Table)],
            Node::Or(children) => {
                let mut branches = Vec::new();
                for child in children {
                    branches.extend(self.branches(*child, false, each));
                    if branches.len() > MOST_BRANCHES {
                        return vec![Branch::of(id, Rank::Table)];
                    }
                }
                let undriven = |branch: &Branch| branch.driver.is_none();
                let whole = match each {
                    true => branches.iter().all(undriven),
                    false => branches.iter().any(undriven),
                };
                if whole {
                    branches = vec![Branch::of(id, Rank::Table)];
                }
                branches
            }
            Node::And(children) => {
                let ways = children.iter().enumerate();
                let ways = ways.map(|(at, child)| (at, self.branches(*child, false, each)));
                let best = ways.min_by_key(|(_, way)| {
                    let worst = way.iter().map(|branch| branch.rank).max();
                    let undriven = worst == Some(Rank::Table);
                    // All else equal, what is already split stays so.
                    (undriven && way.len() == 1, worst, way.len())
                });
                let Some((chosen, mut way)) = best else {
                    return vec![Branch::of(id, Rank::Table)];
                };
                for branch in &mut way {
                    let others = children.iter().enumerate();
                    let others = others.filter(|(at, _)| *at != chosen);
                    let own = std::mem::take(&mut branch.terms);
                    branch.terms = others.map(|(_, id)| *id).chain(own).collect();
                }
                way
            }
            _ => vec![Branch::of(id, self.rank(id))],
        }
    }

    /// What a node that is no group leads to.
    fn rank(&self, id: NodeId) -> Rank {
        let nodes = &self.plan.nodes;
        let user = nodes.traits(id).user;
        if nodes.entity(id).is_none() {
            return Rank::Table;
        }
        match nodes.get(id) {
            Node::Shared => Rank::User,
            Node::UserMatch(_, Relation::Itself | Relation::Team | Relation::SelfOrTeam) => {
                Rank::User
            }
            Node::UserMatch(_, Relation::Hierarchy | Relation::HierarchyAndTeams) => Rank::Range,
            Node::UserMatch(_, Relation::BusinessUnit) => Rank::Range,
            Node::Window(_, window, _) if self.is_of_one() && !window.recurs() => Rank::Range,
            Node::Exists(..) if user => Rank::User,
            Node::Exists(..) => Rank::Linked,
            Node::And(_) | Node::Or(_) | Node::Not(_) if user => Rank::User,
            Node::And(_) | Node::Or(_) | Node::Not(_) => Rank::Linked,
            _ => Rank::Table,
        }
    }
}
