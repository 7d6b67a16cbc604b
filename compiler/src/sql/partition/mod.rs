//! Partition tables (DESIGN §5): for each (row, audience) and each (audience, user) the version at
//! which it came and the one at which it went, and what changed for a user since a version, read
//! from them. A refresh is a version: whatever made a difference, a change of a related row, of a
//! team, a share, the profiles or the clock, is one of tables.
//!
//! An audience is a part of a root (`factor`) with the values that it looks at. All statements are
//! set-wise; a refresh computes what should be and writes what differs.

mod changes;
mod factor;
mod tables;

use sea_query::{
    Alias, Expr, ExprTrait, IntoIden, JoinType, Query as Sea, SelectStatement, TableRef,
};
use weir_ir::plan::{Node, NodeId, Plan, Root};
use weir_ir::schema::{AttrId, AttributeType, EntityId, Schema};

use self::factor::Part;
use super::branches::fitting;
use super::emit::{Emitter, ROW, USER, aliased, named};
use super::predicate::Predicate;
use super::scope::Shape;
use super::{Dialect, Kind, ParameterType, ParameterValue, Query, SqlError, storage};

pub use self::changes::{Changes, ChangesError};
pub(super) use self::tables::drop;

/// What columns of ours beside those of a row begin with.
const OWN: &str = "weir:";
/// The key of a row's audience.
const KEY: &str = "weir:key";

/// The statements of partition tables. Each list is in order; all that is run of them at a time
/// belongs into one transaction.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Make the tables; twice changes nothing.
    pub create: Vec<Query>,
    /// Begin a version and write what differs from the one before.
    pub refresh: Vec<Query>,
    /// Forget versions before [`super::Context::keep`], and what only they could ask for.
    pub forget: Vec<Query>,
    /// What changed for one user since a version: `change`, `entity`, `row`, `version`. One line says
    /// `since`, or `start-over` where that version isn't kept, and the version that the others lead
    /// to; they say `put` or `remove`. After `start-over` every row that the user has is a `put`.
    pub changes: Query,
}

/// The statements that keep the partition tables of a plan. The server needs what
/// [`super::install()`] gives.
///
/// # Errors
/// A name or the size of a statement is beyond the dialect, or a table or a column bears a name of
/// ours.
pub fn partition(schema: &Schema, plan: &Plan, dialect: Dialect) -> Result<Partition, SqlError> {
    check_names(schema, plan, dialect)?;
    let maker = Maker {
        schema,
        plan,
        dialect,
        split: true,
    };
    let parts: Vec<(&Root, Vec<Part>)> = plan
        .roots
        .iter()
        .map(|root| {
            let parts = factor::parts(schema, plan, root.entity, root.audience);
            (root, parts)
        })
        .collect();
    let each = |make: for<'m> fn(&Maker<'m>, &Root, usize, &Part) -> Result<Query, SqlError>| {
        let steps = parts.iter().flat_map(|(root, parts)| {
            let numbered = parts.iter().enumerate();
            numbered.map(|(number, part)| {
                fitting(|split| make(&Maker { split, ..maker }, root, number, part))
            })
        });
        steps.collect::<Result<Vec<Query>, SqlError>>()
    };
    let mut refresh = tables::clear(dialect);
    refresh.push(tables::begin(dialect));
    refresh.extend(each(|maker, root, number, part| {
        maker.users(root, number, part)
    })?);
    refresh.extend(tables::users(dialect));
    refresh.extend(each(|maker, root, number, part| {
        maker.rows(root, number, part)
    })?);
    refresh.extend(tables::rows(dialect));
    for root in &plan.roots {
        refresh.extend(maker.contents(root)?);
    }
    refresh.extend(maker.members()?);
    refresh.extend(tables::rest(dialect));
    refresh.extend(tables::clear(dialect));
    Ok(Partition {
        create: tables::create(dialect),
        refresh,
        forget: tables::forget(dialect),
        changes: tables::changes(dialect),
    })
}

/// What changed for one user since a version, whatever the plan.
#[must_use]
pub fn changes(dialect: Dialect) -> Query {
    tables::changes(dialect)
}

/// Tables and columns that would be taken for ours.
fn check_names(schema: &Schema, plan: &Plan, dialect: Dialect) -> Result<(), SqlError> {
    let taken = |name: &str, prefix: &str| SqlError::Name {
        name: name.to_owned(),
        dialect: dialect.name(),
        reason: format!("`{prefix}` is reserved where there are partition tables"),
    };
    let (own_schema, prefix) = dialect.own_table("");
    for (_, entity) in schema.entities() {
        let begin = entity.table().get(..prefix.len());
        if own_schema.is_none() && begin.is_some_and(|begin| begin.eq_ignore_ascii_case(&prefix)) {
            return Err(taken(entity.table(), &prefix));
        }
    }
    for root in &plan.roots {
        let entity = schema.entity(root.entity);
        for attribute in stored(schema, root.entity) {
            let column = storage::column(entity, attribute, dialect)?;
            if column.starts_with(OWN) {
                return Err(taken(column, OWN));
            }
        }
    }
    Ok(())
}

/// The attributes of an entity that have a column, ascending.
fn stored(schema: &Schema, entity: EntityId) -> impl Iterator<Item = AttrId> {
    let found = schema.entity(entity);
    let ids = (0..).map(AttrId).take(found.attributes.len());
    ids.filter(|attribute| storage::is_stored(found, *attribute))
}

/// Makes the statements that a plan decides.
#[derive(Clone, Copy)]
struct Maker<'a> {
    schema: &'a Schema,
    plan: &'a Plan,
    dialect: Dialect,
    /// Whether disjunctions become branches.
    split: bool,
}

impl<'a> Maker<'a> {
    fn emitter(&self, roots: &[NodeId]) -> Emitter<'a> {
        let shape = Shape::of(self.schema, self.plan, roots);
        let mut emitter =
            Emitter::new(self.schema, self.plan, Kind::Partition, self.dialect, shape);
        emitter.split = self.split;
        emitter
    }

    /// The users of the audiences of a part.
    fn users(&self, root: &Root, number: usize, part: &Part) -> Result<Query, SqlError> {
        let roots = [&part.rows[..], &part.users].concat();
        let mut emitter = self.emitter(&roots);
        emitter.prepare(&part.written)?;
        let mut rows = self.keyed(&mut emitter, root, number, part)?;
        rows.distinct();
        let entity = self.schema.entity(root.entity);
        for attribute in &part.values {
            let name = storage::column(entity, *attribute, self.dialect)?;
            let column = emitter.column(ROW, root.entity, *attribute)?;
            rows.expr_as(column, Alias::new(name));
        }
        for (at, test) in part.tests.iter().enumerate() {
            let test = self.tested(&mut emitter, *test)?;
            rows.expr_as(test, Alias::new(format!("{OWN}{at}")));
        }
        let driver = emitter.best_driver(&part.users)?;
        let (leading, driver) = driver.unzip();
        let judged = part.users.iter().filter(|id| leading != Some(**id));
        let judged = judged.map(|id| self.judged(&mut emitter, part, *id));
        let mut judged = judged.collect::<Result<Vec<_>, _>>()?;
        let mut select = Sea::select();
        select
            .expr(emitter.slots.text("entity", &entity.name))
            .expr(named(ROW, KEY))
            .expr(named(USER, "user"));
        let rows = TableRef::SubQuery(Box::new(rows), Alias::new(ROW).into_iden());
        match driver {
            Some(driver) => {
                judged.push(driver.leads());
                if driver.repeats() {
                    select.distinct();
                }
                emitter.lead(&mut select, &driver, [rows])?;
            }
            None => {
                select.from(rows).from(emitter.users_asked()?);
            }
        }
        self.filter(&mut emitter, &mut select, Predicate::all(judged));
        emitter.finish(Some(root.entity), select, Some(tables::NEW_USERS))
    }

    /// The rows of the audiences of a part that have a user.
    fn rows(&self, root: &Root, number: usize, part: &Part) -> Result<Query, SqlError> {
        let roots: Vec<NodeId> = part.rows.iter().chain(&part.tests).copied().collect();
        let mut emitter = self.emitter(&roots);
        emitter.prepare(&[])?;
        let mut rows = self.keyed(&mut emitter, root, number, part)?;
        let entity = self.schema.entity(root.entity);
        let id = emitter.column(ROW, root.entity, entity.primary_id)?;
        rows.expr_as(id, Alias::new("row"));
        let name = emitter.slots.text("entity", &entity.name);
        let has_user = Sea::select()
            .expr(named("u", "user"))
            .from(self.own("audience_user", "u"))
            .and_where(named("u", "audience").eq(named("a", "audience")))
            .and_where(named("u", "went").is_null())
            .take();
        let select = Sea::select()
            .expr(named("a", "audience"))
            .expr(named(ROW, "row"))
            .from_subquery(rows, ROW)
            // SQLite joins in the order that is written: an audience is looked up for a row.
            .cross_join(self.own("audience", "a"))
            .and_where(named("a", "entity").eq(name))
            .and_where(named("a", "key").eq(named(ROW, KEY)))
            .and_where(Expr::exists(has_user))
            .take();
        emitter.finish(Some(root.entity), select, Some(tables::NEW_ROWS))
    }

    /// The rows of a part, each with the key of its audience: the number of the part, its tests, its
    /// values.
    fn keyed(
        &self,
        emitter: &mut Emitter<'_>,
        root: &Root,
        number: usize,
        part: &Part,
    ) -> Result<SelectStatement, SqlError> {
        let whole = AttributeType::Integer;
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let mut items = vec![(emitter.slots.number("part", number), whole)];
        for test in &part.tests {
            items.push((self.tested(emitter, *test)?, whole));
        }
        for attribute in &part.values {
            let ty = self.schema.attribute(root.entity, *attribute).ty;
            items.push((emitter.column(ROW, root.entity, *attribute)?, ty));
        }
        let answers = self.dialect.answers();
        let key = answers.digest(answers.image(items));
        let mut rows = Sea::select();
        rows.expr_as(key, Alias::new(KEY))
            .from(emitter.table(root.entity, ROW)?);
        let all = part.rows.iter();
        let all = all.map(|id| emitter.predicate(*id));
        let all = Predicate::all(all.collect::<Result<Vec<_>, _>>()?);
        self.filter(emitter, &mut rows, all);
        Ok(rows)
    }

    /// A condition on the row alone as 0 or 1.
    fn tested(&self, emitter: &mut Emitter<'_>, id: NodeId) -> Result<Expr, SqlError> {
        let test = emitter.predicate(id)?;
        let (yes, no) = (
            emitter.slots.number("true", 1),
            emitter.slots.number("false", 0),
        );
        Ok(match test.filter(self.dialect) {
            (Some(test), height) => {
                emitter.size.condition(height);
                Expr::case(test, yes).finally(no).into()
            }
            (None, _) => yes,
        })
    }

    /// A node as a predicate on what a key is made of and a user.
    fn judged(
        &self,
        emitter: &mut Emitter<'_>,
        part: &Part,
        id: NodeId,
    ) -> Result<Predicate, SqlError> {
        if let Some(at) = part.tests.get_index_of(&id) {
            let yes = emitter.slots.number("true", 1);
            let test = named(ROW, &format!("{OWN}{at}")).eq(yes);
            return Ok(Predicate::leaf(test));
        }
        let mut each = |ids: &[NodeId]| {
            let terms = ids.iter().map(|id| self.judged(emitter, part, *id));
            terms.collect::<Result<Vec<_>, _>>()
        };
        match self.plan.nodes.get(id) {
            Node::And(children) => Ok(Predicate::all(each(children)?)),
            Node::Or(children) => Ok(Predicate::any(each(children)?)),
            Node::Not(child) => Ok(self.judged(emitter, part, *child)?.not()),
            _ => emitter.written(id),
        }
    }

    fn filter(&self, emitter: &mut Emitter<'_>, select: &mut SelectStatement, all: Predicate) {
        let (filter, height) = all.filter(self.dialect);
        emitter.size.condition(height);
        select.and_where_option(filter);
    }

    /// The contents of the rows of a root that anybody has, once for each list of columns.
    fn contents(&self, root: &Root) -> Result<Vec<Query>, SqlError> {
        let mut lists: Vec<&Option<Box<[AttrId]>>> = root.columns.iter().map(|(_, c)| c).collect();
        lists.sort_unstable();
        lists.dedup();
        let each = lists.into_iter().map(|list| self.content(root, list));
        each.collect()
    }

    fn content(&self, root: &Root, list: &Option<Box<[AttrId]>>) -> Result<Query, SqlError> {
        let entity = self.schema.entity(root.entity);
        let answers = self.dialect.answers();
        let mut emitter = self.emitter(&[]);
        let attributes: Vec<AttrId> = match list {
            Some(list) => self.of_list(root.entity, list),
            None => stored(self.schema, root.entity).collect(),
        };
        let mut items = Vec::new();
        for attribute in attributes {
            let ty = entity.attribute(attribute).ty;
            items.push((emitter.column(ROW, root.entity, attribute)?, ty));
        }
        let id = emitter.column(ROW, root.entity, entity.primary_id)?;
        let name = emitter.slots.text("entity", &entity.name);
        let columns = emitter.slots.text("columns", &self.list(root.entity, list));
        let anybody = Sea::select()
            .expr(named("n", "row"))
            .from(self.own("new_row_audience", "n"))
            .join(
                JoinType::InnerJoin,
                self.own("audience", "a"),
                named("a", "audience").eq(named("n", "audience")),
            )
            .and_where(named("a", "entity").eq(name.clone()))
            .take();
        let select = Sea::select()
            .expr(name)
            .expr(answers.digest(columns))
            .expr(id.clone())
            .expr(answers.digest(answers.image(items)))
            .from(emitter.table(root.entity, ROW)?)
            .and_where(id.in_subquery(anybody))
            .take();
        emitter.finish(Some(root.entity), select, Some(tables::NEW_CONTENTS))
    }

    /// The columns of a list that are stored; one that follows from `ownerid` is that.
    fn of_list(&self, entity: EntityId, list: &[AttrId]) -> Vec<AttrId> {
        let found = self.schema.entity(entity);
        let owner = found.find("ownerid");
        let mut all: Vec<AttrId> = list
            .iter()
            .filter_map(|attribute| match crate::owner::derived(found, *attribute) {
                Some(_) => owner,
                None => Some(*attribute),
            })
            .filter(|attribute| storage::is_stored(found, *attribute))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// A list of columns, by name.
    fn list(&self, entity: EntityId, list: &Option<Box<[AttrId]>>) -> String {
        let entity = self.schema.entity(entity);
        let name = |attribute: &AttrId| entity.attribute(*attribute).name.as_str();
        match list {
            None => "*".to_owned(),
            Some(list) => serde_json::json!(list.iter().map(name).collect::<Vec<_>>()).to_string(),
        }
    }

    /// The profile of each user, and the lists of columns of profiles.
    fn members(&self) -> Result<Vec<Query>, SqlError> {
        let answers = self.dialect.answers();
        let name = |profile: usize| {
            let profile = self.plan.profiles.get(profile);
            profile.map_or("", |profile| profile.name.as_str())
        };
        let table = |emitter: &mut Emitter<'_>,
                     name: &str,
                     rows: Vec<serde_json::Value>,
                     types: &[ParameterType]| {
            let text = ParameterValue::Text(serde_json::Value::Array(rows).to_string());
            let json = emitter.slots.value(name, ParameterType::Json, text);
            emitter.counted();
            answers.table(json, types, "j")
        };
        let text = ParameterType::Text;

        let mut emitter = self.emitter(&[]);
        let numbered = (0..self.plan.profiles.len()).map(|at| serde_json::json!([at, name(at)]));
        let types = [ParameterType::Integer, text];
        let read = table(&mut emitter, "profiles", numbered.collect(), &types);
        let [number, profile] = &read.columns[..] else {
            return Ok(Vec::new());
        };
        let mut select = Sea::select();
        select
            .expr(named(USER, "user"))
            .expr(answers.digest(profile.clone()))
            .from_function(read.from, "j");
        emitter.shape.member = true;
        emitter.more = true;
        select.from(emitter.users_asked()?);
        let same = named(USER, "profile").eq(number.clone());
        select.and_where(same);
        let members = emitter.finish(None, select, Some(tables::NEW_MEMBERS))?;

        let mut emitter = self.emitter(&[]);
        let lists = self.plan.roots.iter().flat_map(|root| {
            let entity = self.schema.entity(root.entity).name.as_str();
            root.columns.iter().map(move |(profile, list)| {
                let list = self.list(root.entity, list);
                serde_json::json!([name(profile.0 as usize), entity, list])
            })
        });
        let read = table(&mut emitter, "lists", lists.collect(), &[text, text, text]);
        let [profile, entity, list] = &read.columns[..] else {
            return Ok(Vec::new());
        };
        let select = Sea::select()
            .expr(answers.digest(profile.clone()))
            .expr(entity.clone())
            .expr(answers.digest(list.clone()))
            .from_function(read.from, "j")
            .take();
        let lists = emitter.finish(None, select, Some(tables::NEW_LISTS))?;
        Ok(vec![members, lists])
    }

    /// One of our own tables to select from.
    fn own(&self, name: &str, alias: &str) -> sea_query::TableRef {
        let (schema, name) = self.dialect.own_table(name);
        aliased(schema, &name, alias)
    }
}
