//! From the roots of one entity, or several, to their statement.
//!
//! A node is a predicate over a row `r` and a user `u`. The audience of linked rows is a common
//! table expression of (key, user), asked by the linking value; where no user decides, or one user
//! is asked for, the users are left out of it, and the question is an `IN` that stands for itself,
//! which an index can answer. Groups that are written in several places stand once, by name.
//! `users` holds the one user, or every active one; the one is a parameter and never joined.
//! [`super::branches`] makes `SELECT`s of nodes.
//! Cost of the text: linear in the nodes that the root reaches.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use sea_query::{
    Alias, CommonTableExpression, Expr, IntoIden, SchemaName, SelectStatement, TableName, TableRef,
    UnionType, WithClause,
};
use weir_ir::plan::{Hierarchy, Node, NodeId, Plan, Root};
use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::settings::ClockZone;
use weir_ir::value::Guid;

use super::branches::{Asked, fitting};
use super::dialect::{Insert, with_query};
use super::members::Way;
use super::predicate::Predicate;
use super::scope::Shape;
use super::slot::Slots;
use super::{Dialect, Kind, Query, SqlError, layout, storage};

/// Alias of the row that is judged.
pub(super) const ROW: &str = "r";
/// Alias of the user.
pub(super) const USER: &str = "u";
/// Alias of what an `EXISTS` looks at.
pub(super) const OTHER: &str = "x";

/// What a common table expression holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    /// Active users, or the one asked about: user, and unit and position where they matter.
    Users,
    /// Active users with all that matters of them: also profile, language, zone, and the bounds of
    /// windows, low and high by number.
    People,
    /// The names that profiles give their members in one of four ways: profile, name.
    Names(Way),
    /// The profile of each member: user, profile.
    Members,
    /// What counts of users' settings: user, language, zone.
    Settings,
    /// Bounds of windows by zone: zone, window, low, high.
    Windows,
    /// The same of those that don't recur, a zone in one row: zone, and low and high by number.
    Zones,
    /// user, team.
    Teams,
    /// Positions below the users' own, and theirs: user, top, position, depth.
    Positions,
    /// Users and those below them: user, principal.
    Below,
    /// Teams of users and of those below them: user, principal, team.
    BelowTeams,
    /// Users and their teams: user, principal.
    Principals,
    /// Users, those below them, and the teams of all of these: user, principal.
    BelowPrincipals,
    /// Bounds of a numbered window that does not recur, for the one user or by UTC: low, high.
    Bounds(i64, ClockZone),
    /// Read privileges: user, entity, depth, and the unit that they came by where it matters.
    Grants,
    /// Units that users read an entity in: user, unit.
    Units(EntityId),
    /// The row of that id and those below it in a hierarchy, or above: id, depth.
    Tree(Hierarchy, Guid, bool),
    /// Rows of an entity that are shared to users: row, user.
    Shares(EntityId),
    /// Who is in the audience of rows linked by a value: key, and user if users matter.
    Link(NodeId),
    /// A shared group: row and user, as far as they matter.
    Group(NodeId),
}

impl Table {
    fn prefix(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::People => "people",
            Self::Names(_) => "names",
            Self::Members => "members",
            Self::Settings => "settings",
            Self::Windows => "windows",
            Self::Zones => "zones",
            Self::Teams => "teams",
            Self::Positions => "positions",
            Self::Below => "below",
            Self::BelowTeams => "below_teams",
            Self::Principals => "principals",
            Self::BelowPrincipals => "below_principals",
            Self::Bounds(..) => "bounds",
            Self::Grants => "grants",
            Self::Units(_) => "units",
            Self::Tree(..) => "tree",
            Self::Shares(_) => "shares",
            Self::Link(_) => "link",
            Self::Group(_) => "group",
        }
    }
}

/// A common table expression, ready.
#[derive(Debug)]
struct Common {
    name: String,
    expression: CommonTableExpression,
    size: Size,
}

/// What a `SELECT` reads, everything counted wherever it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    /// Tables.
    tables: usize,
    /// Height of the deepest chain of expressions.
    depth: usize,
    /// Height of the deepest expression of one `SELECT`.
    height: usize,
}

impl Size {
    /// Counts what is read beside.
    fn beside(&mut self, other: Self) {
        self.tables = self.tables.saturating_add(other.tables);
        self.depth = self.depth.max(other.depth);
        self.height = self.height.max(other.height);
    }

    /// Counts the condition of a `SELECT`, after all that it reads.
    pub(super) fn condition(&mut self, height: usize) {
        self.depth += height;
        self.height = self.height.max(height);
    }
}

/// The body of a common table expression.
pub(super) struct Body {
    /// Its columns.
    pub(super) columns: Vec<Cow<'static, str>>,
    /// Its rows.
    pub(super) select: SelectStatement,
    /// The height of its condition.
    pub(super) height: usize,
    /// Whether it reads itself.
    pub(super) recursive: bool,
}

/// The emitter of one statement.
pub(super) struct Emitter<'a> {
    pub(super) schema: &'a Schema,
    pub(super) plan: &'a Plan,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    pub(super) slots: Slots,
    pub(super) dialect: Dialect,
    /// Whether disjunctions become branches.
    pub(super) split: bool,
    /// Whether rows are judged one by one, and linked ones looked up for each.
    pub(super) probing: bool,
    /// Whether the `SELECT` in the making asks for more of its users than `users` has.
    pub(super) more: bool,
    /// In the order in which they must stand.
    commons: Vec<Common>,
    known: BTreeMap<Table, usize>,
    recursive: bool,
    /// Of the `SELECT` in the making.
    pub(super) size: Size,
    reads: BTreeSet<(EntityId, AttrId)>,
}

/// The statement of a root.
pub(super) fn query(
    schema: &Schema,
    plan: &Plan,
    root: &Root,
    kind: Kind,
    dialect: Dialect,
) -> Result<Query, SqlError> {
    fitting(|split| {
        let shape = Shape::of(schema, plan, &[root.audience]);
        let mut emitter = Emitter::new(schema, plan, kind, dialect, shape);
        emitter.split = split;
        emitter.prepare(&[root.audience])?;
        let select = emitter.root(root, None)?;
        emitter.finish(Some(root.entity), select, None)
    })
}

/// The statements of roots, as few as the dialect takes: what they have in common is written once.
/// One that is left alone has a statement of its own.
pub(super) fn together(
    schema: &Schema,
    plan: &Plan,
    roots: &[Root],
    kind: Kind,
    dialect: Dialect,
) -> Result<Vec<Query>, SqlError> {
    let (first, rest) = match roots {
        [] => return Ok(Vec::new()),
        [root] => return Ok(vec![query(schema, plan, root, kind, dialect)?]),
        _ if roots.len() > dialect.limits().together => roots.split_at(roots.len() / 2),
        _ => match whole(schema, plan, roots, kind, dialect) {
            Err(SqlError::TooLarge { .. }) => roots.split_at(roots.len() / 2),
            done => return Ok(vec![done?]),
        },
    };
    let mut queries = together(schema, plan, first, kind, dialect)?;
    queries.extend(together(schema, plan, rest, kind, dialect)?);
    Ok(queries)
}

/// The statement of all of these roots.
fn whole(
    schema: &Schema,
    plan: &Plan,
    roots: &[Root],
    kind: Kind,
    dialect: Dialect,
) -> Result<Query, SqlError> {
    let audiences: Vec<NodeId> = roots.iter().map(|root| root.audience).collect();
    let shape = Shape::of(schema, plan, &audiences);
    let mut emitter = Emitter::new(schema, plan, kind, dialect, shape);
    emitter.prepare(&[])?;
    let mut size = Size::default();
    let mut selects = Vec::new();
    for root in roots {
        let name = &schema.entity(root.entity).name;
        let name = emitter.slots.text("entity", name);
        selects.push((UnionType::All, emitter.root(root, Some(name))?));
        size.beside(std::mem::take(&mut emitter.size));
    }
    emitter.size = size;
    let mut selects = selects.into_iter();
    let mut all = selects.next().map(|(_, first)| first).unwrap_or_default();
    all.unions(selects);
    emitter.finish(None, all, None)
}

impl<'a> Emitter<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        plan: &'a Plan,
        kind: Kind,
        dialect: Dialect,
        shape: Shape,
    ) -> Self {
        Self {
            schema,
            plan,
            kind,
            shape,
            slots: Slots::new(dialect),
            dialect,
            split: true,
            probing: false,
            more: false,
            commons: Vec::new(),
            known: BTreeMap::new(),
            recursive: false,
            size: Size::default(),
            reads: BTreeSet::new(),
        }
    }
}

impl Emitter<'_> {
    /// Emits links and shared groups below nodes that are written out, children first, so that
    /// nothing recurses along chains.
    pub(super) fn prepare(&mut self, written: &[NodeId]) -> Result<(), SqlError> {
        for id in self.shape.reached() {
            if written.contains(&id) && !matches!(self.plan.nodes.get(id), Node::Exists(..)) {
                continue;
            }
            match self.plan.nodes.get(id) {
                Node::Exists(link, _) => {
                    if !self.may_probe(id)
                        && let Some(entity) = self.plan.nodes.entity(id)
                        && self.sides(entity, *link)?.is_some()
                    {
                        self.define(self.link(id))?;
                    }
                }
                _ if self.shape.is_shared(id) => {
                    self.define(Table::Group(id))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The rows of a root, by that name if they stand among others.
    fn root(&mut self, root: &Root, name: Option<Expr>) -> Result<SelectStatement, SqlError> {
        let id = self.schema.entity(root.entity).primary_id;
        let also = match self.is_of_one() {
            true => self.known_user()?,
            false => Predicate::Constant(true),
        };
        let asked = Asked {
            node: root.audience,
            column: Some(self.column(ROW, root.entity, id)?),
            entity: Some(root.entity),
            pairs: None,
            user: true,
            distinct: false,
            written: !self.shape.is_shared(root.audience),
            name,
            also,
        };
        let (select, height) = self.audience(&asked)?;
        self.size.condition(height);
        Ok(select)
    }

    /// The statement: a `SELECT`, or one that inserts its rows; of one entity, or of all.
    pub(super) fn finish(
        self,
        entity: Option<EntityId>,
        select: SelectStatement,
        into: Option<Insert>,
    ) -> Result<Query, SqlError> {
        let commons = self.commons.len();
        let mut with = (!self.commons.is_empty()).then(WithClause::new);
        if let Some(with) = &mut with {
            with.recursive(self.recursive);
            for common in self.commons {
                with.cte(common.expression);
            }
        }
        let (mut sql, values) = match (into, with) {
            (None, None) => self.dialect.build(&select),
            (None, Some(with)) => self.dialect.build(&with_query(with, select)),
            (Some(into), with) => self.dialect.insert(into, select, with),
        };
        if self.recursive {
            sql.push_str(self.dialect.answers().recursive_tail());
        }
        let name = entity.map(|entity| self.schema.entity(entity).name.clone());
        let limits = self.dialect.limits();
        for (what, count, limit) in [
            ("parameters", values.len(), limits.parameters),
            ("tables", self.size.tables, limits.tables),
            ("common table expressions", commons, limits.commons),
            ("levels of expressions", self.size.depth, limits.depth),
            ("levels in one expression", self.size.height, limits.height),
        ] {
            if count > limit {
                return Err(SqlError::TooLarge {
                    entity: name.map_or("all entities".to_owned(), |name| name.to_string()),
                    dialect: limits.name,
                    what,
                    count,
                    limit,
                });
            }
        }
        Ok(Query {
            kind: self.kind,
            entity,
            name,
            sql: layout::lines(&sql),
            reads: self.reads.into_iter().collect(),
            recurring: self.shape.recurring.into_iter().collect(),
            order: Slots::order(&values),
            slots: self.slots,
        })
    }

    /// Makes sure that a common table expression stands; gives its place.
    fn define(&mut self, table: Table) -> Result<usize, SqlError> {
        if let Some(known) = self.known.get(&table) {
            return Ok(*known);
        }
        let outer = std::mem::take(&mut self.size);
        let more = std::mem::take(&mut self.more);
        let body = match table {
            Table::Link(id) => self.link_body(id)?,
            Table::Group(id) => self.group_body(id)?,
            context => self.context_body(context)?,
        };
        self.size.condition(body.height);
        self.size.tables = (self.size.tables).saturating_add(usize::from(body.recursive));
        let size = std::mem::replace(&mut self.size, outer);
        self.more = more;
        let name = self.name(table);
        let mut expression = CommonTableExpression::new();
        expression
            .table_name(Alias::new(&name))
            .columns(body.columns.into_iter().map(|name| Alias::new(&*name)))
            .query(body.select);
        if table == Table::People && self.dialect.answers().keeps() {
            expression.materialized(true);
        }
        self.recursive |= body.recursive;
        let place = self.commons.len();
        self.known.insert(table, place);
        self.commons.push(Common {
            name,
            expression,
            size,
        });
        Ok(place)
    }

    /// The name of the next common table expression.
    fn name(&self, table: Table) -> String {
        let begin = self.dialect.limits().common_prefix;
        format!("{begin}{}_{}", table.prefix(), self.commons.len() + 1)
    }

    /// A common table expression to select from.
    pub(super) fn common(
        &mut self,
        table: Table,
        alias: &'static str,
    ) -> Result<TableRef, SqlError> {
        let place = self.define(table)?;
        let common = &self.commons[place];
        // A bush of links doubles with every level.
        self.size.beside(common.size);
        self.size.tables = self.size.tables.saturating_add(1);
        Ok(aliased(None, &common.name, alias))
    }

    /// The users, with all that the `SELECT` in the making asked of them.
    pub(super) fn users_asked(&mut self) -> Result<TableRef, SqlError> {
        match std::mem::take(&mut self.more) {
            true => self.common(Table::People, USER),
            false => self.common(Table::Users, USER),
        }
    }

    /// The common table expression in the making, to select from in its own body.
    pub(super) fn itself(&mut self, table: Table, alias: &'static str) -> TableRef {
        self.counted();
        // Nothing that a recursive body reads is defined after its own `SELECT` began.
        let name = self.name(table);
        aliased(None, &name, alias)
    }

    /// A table of the schema to select from.
    pub(super) fn table(
        &mut self,
        entity: EntityId,
        alias: &'static str,
    ) -> Result<TableRef, SqlError> {
        let name = self.schema.entity(entity).table();
        self.dialect.check_name(name)?;
        self.counted();
        Ok(aliased(self.dialect.limits().schema, name, alias))
    }

    /// Counts a table.
    pub(super) fn counted(&mut self) {
        self.size.tables = self.size.tables.saturating_add(1);
    }

    /// A column of a table of the schema.
    pub(super) fn column(
        &mut self,
        alias: &'static str,
        entity: EntityId,
        attribute: AttrId,
    ) -> Result<Expr, SqlError> {
        let found = self.schema.entity(entity);
        let column = storage::column(found, attribute, self.dialect)?;
        self.reads.insert((entity, attribute));
        Ok(named(alias, column))
    }
}

/// A column by its alias.
pub(super) fn named(alias: &'static str, column: &str) -> Expr {
    Expr::col((Alias::new(alias), Alias::new(column)))
}

pub(super) fn aliased(schema: Option<&str>, name: &str, alias: &str) -> TableRef {
    let schema = schema.map(|schema| SchemaName(None, Alias::new(schema).into_iden()));
    TableRef::Table(
        TableName(schema, Alias::new(name).into_iden()),
        Some(Alias::new(alias).into_iden()),
    )
}
