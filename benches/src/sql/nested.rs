//! The peer: what a straightforward converter of FetchXML emits. One statement an item, each
//! related-row condition and each association nested where it stands, nothing shared; the user, the
//! unit, the edges of windows and membership are known beforehand and stand in the text.
//!
//! In three forms, all of which databases may plan as they like.

use weir_compiler::sql::{Dialect, ParameterValue, storage};
use weir_ir::operators::{Condition, Operands, Operator, Relation};
use weir_ir::plan::{Link, Node, NodeId, Plan, Root, UserSet};
use weir_ir::schema::{AttrId, AttributeType, EntityId, Schema};
use weir_ir::settings::ClockZone;
use weir_ir::time::{Instant, WallClock, Zone};
use weir_ir::value::{Guid, Value};
use weir_ir::window::day_of;

/// How a related row is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `EXISTS (SELECT 1 …)`, correlated.
    Exists,
    /// `key IN (SELECT key …)`.
    In,
    /// `JOIN`s and `DISTINCT` where all must hold; `EXISTS` elsewhere.
    Join,
}

impl Form {
    /// All.
    pub const ALL: [Self; 3] = [Self::Exists, Self::In, Self::Join];
}

/// What is known of the user.
#[derive(Clone, Debug)]
pub struct User {
    /// The user.
    pub id: Guid,
    /// Their unit.
    pub unit: Guid,
    /// Their zone.
    pub zone: Zone,
}

/// Writes the statements.
pub struct Nested<'a> {
    /// The schema.
    pub schema: &'a Schema,
    /// The plan, as a tree.
    pub plan: &'a Plan,
    /// The dialect.
    pub dialect: Dialect,
    /// The form.
    pub form: Form,
    /// The user.
    pub user: User,
    /// The instant.
    pub now: Instant,
    /// Aliases so far.
    aliases: usize,
}

/// The tables of a link, how each is found, and both sides of the first comparison.
type Linked = (Vec<String>, Vec<String>, (String, String));
/// What it can't write, in words.
type Result<T> = std::result::Result<T, String>;

impl<'a> Nested<'a> {
    /// A writer.
    #[must_use]
    pub fn new(
        (schema, plan): (&'a Schema, &'a Plan),
        dialect: Dialect,
        form: Form,
        user: User,
        now: Instant,
    ) -> Self {
        Self {
            schema,
            plan,
            dialect,
            form,
            user,
            now,
            aliases: 0,
        }
    }

    /// The statement of a root.
    ///
    /// # Errors
    /// It has a condition that this peer doesn't know; in words.
    pub fn root(&mut self, root: &Root) -> Result<String> {
        let alias = self.alias();
        let id = self.column(
            &alias,
            root.entity,
            self.schema.entity(root.entity).primary_id,
        )?;
        let (mut from, mut terms) = (self.table(root.entity, &alias), Vec::new());
        let joined = self.conjunction(&alias, root.audience, &mut from, &mut terms)?;
        let distinct = if joined { "DISTINCT " } else { "" };
        let filter = and(&terms);
        Ok(format!("SELECT {distinct}{id} FROM {from} WHERE {filter}"))
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    fn table(&self, entity: EntityId, alias: &str) -> String {
        format!("\"{}\" AS {alias}", self.schema.entity(entity).table())
    }

    fn column(&self, alias: &str, entity: EntityId, attribute: AttrId) -> Result<String> {
        let found = self.schema.entity(entity);
        let name = storage::column(found, attribute, self.dialect).map_err(|e| e.to_string())?;
        Ok(format!("{alias}.\"{name}\""))
    }

    fn literal(&self, value: &Value) -> Result<String> {
        match storage::stored(value, self.dialect) {
            Some(ParameterValue::Integer(number)) if matches!(value, Value::Bool(_)) => {
                Ok(match self.dialect {
                    Dialect::Postgres => (number != 0).to_string(),
                    _ => number.to_string(),
                })
            }
            Some(ParameterValue::Integer(number)) => Ok(number.to_string()),
            Some(ParameterValue::Text(text)) => Ok(format!("'{}'", text.replace('\'', "''"))),
            _ => Err(format!("no literal of {value}")),
        }
    }

    /// Terms of a node that must all hold; joins those that it can. Says whether it joined.
    fn conjunction(
        &mut self,
        alias: &str,
        id: NodeId,
        from: &mut String,
        terms: &mut Vec<String>,
    ) -> Result<bool> {
        match self.plan.nodes.get(id) {
            Node::And(children) if self.form == Form::Join => {
                let mut joined = false;
                for child in children {
                    joined |= self.conjunction(alias, *child, from, terms)?;
                }
                Ok(joined)
            }
            Node::Exists(link, child) if self.form == Form::Join => {
                let Some(entity) = self.plan.nodes.entity(id) else {
                    return Err("a link of nothing".into());
                };
                let other = self.alias();
                let (tables, on, _) = self.linked((alias, entity), *link, &other)?;
                for (table, on) in tables.iter().zip(&on) {
                    from.push_str(&format!(" JOIN {table} ON {on}"));
                }
                self.conjunction(&other, *child, from, terms)?;
                Ok(true)
            }
            _ => {
                terms.push(self.predicate(alias, id)?);
                Ok(false)
            }
        }
    }

    fn linked(
        &mut self,
        (alias, entity): (&str, EntityId),
        link: Link,
        other: &str,
    ) -> Result<Linked> {
        Ok(match link {
            Link::Attributes {
                from,
                entity: linked,
                to,
            } => {
                let (here, there) = (
                    self.column(alias, entity, from)?,
                    self.column(other, linked, to)?,
                );
                let on = format!("{there} = {here}");
                (vec![self.table(linked, other)], vec![on], (here, there))
            }
            Link::Through {
                intersect,
                near,
                far,
                entity: linked,
            } => {
                let primary = |entity: EntityId| self.schema.entity(entity).primary_id;
                let here = self.column(alias, entity, primary(entity))?;
                let between = self.alias();
                let near = self.column(&between, intersect, near)?;
                let far = self.column(&between, intersect, far)?;
                let there = self.column(other, linked, primary(linked))?;
                (
                    vec![self.table(intersect, &between), self.table(linked, other)],
                    vec![format!("{near} = {here}"), format!("{there} = {far}")],
                    (here, near),
                )
            }
        })
    }

    fn predicate(&mut self, alias: &str, id: NodeId) -> Result<String> {
        let plan = self.plan;
        let entity = || plan.nodes.entity(id).ok_or("a condition of nothing");
        Ok(match plan.nodes.get(id) {
            Node::All | Node::Users(UserSet::Active | UserSet::Member(_)) => "1 = 1".into(),
            Node::None => "1 = 0".into(),
            Node::And(children) => and(&self.each(alias, children)?),
            Node::Or(children) => format!("({})", self.each(alias, children)?.join(" OR ")),
            Node::Not(child) => format!("NOT ({})", self.predicate(alias, *child)?),
            Node::Rows(condition) => self.condition(alias, entity()?, condition)?,
            Node::UserMatch(attribute, relation) => {
                let column = self.column(alias, entity()?, *attribute)?;
                let user = self.user.id;
                match relation {
                    Relation::Itself => format!("{column} = '{user}'"),
                    Relation::BusinessUnit => format!("{column} = '{}'", self.user.unit),
                    Relation::Team => format!(
                        "{column} IN (SELECT teamid FROM teammembership WHERE systemuserid = '{user}')"
                    ),
                    other => return Err(format!("{other:?}")),
                }
            }
            Node::Window(attribute, window, zone) => {
                let entity = entity()?;
                let column = self.column(alias, entity, *attribute)?;
                let AttributeType::Datetime(behavior) =
                    self.schema.attribute(entity, *attribute).ty
                else {
                    return Err("a window of no datetime".into());
                };
                let zone = match zone {
                    ClockZone::User => self.user.zone.clone(),
                    ClockZone::Utc => Zone::UTC,
                };
                let bounds = window.bounds(behavior, &zone, self.now);
                let edge = |number: i64| match behavior {
                    weir_ir::schema::Behavior::UserLocal => Value::Instant(Instant(number)),
                    weir_ir::schema::Behavior::DateOnly => Value::Day(day_of(behavior, number)),
                    weir_ir::schema::Behavior::TimeZoneIndependent => {
                        Value::WallClock(WallClock(number))
                    }
                };
                let (low, high) = (
                    self.literal(&edge(bounds.low))?,
                    self.literal(&edge(bounds.high))?,
                );
                format!("{column} BETWEEN {low} AND {high}")
            }
            Node::Exists(link, child) => {
                let entity = entity()?;
                let other = self.alias();
                let (tables, on, (here, there)) = self.linked((alias, entity), *link, &other)?;
                let judged = self.predicate(&other, *child)?;
                let from = tables.join(", ");
                if self.form == Form::In {
                    let rest: String = on[1..].iter().map(|on| format!("{on} AND ")).collect();
                    format!("{here} IN (SELECT {there} FROM {from} WHERE {rest}{judged})")
                } else {
                    let on = on.join(" AND ");
                    format!("EXISTS (SELECT 1 FROM {from} WHERE {on} AND {judged})")
                }
            }
            other => return Err(format!("{other:?}")),
        })
    }

    fn each(&mut self, alias: &str, ids: &[NodeId]) -> Result<Vec<String>> {
        ids.iter().map(|id| self.predicate(alias, *id)).collect()
    }

    fn condition(&self, alias: &str, entity: EntityId, condition: &Condition) -> Result<String> {
        let column = self.column(alias, entity, condition.attribute)?;
        let values = match &condition.operands {
            Operands::Values(values) => {
                let values = values.iter().map(|value| self.literal(value));
                values.collect::<Result<Vec<_>>>()?.join(", ")
            }
            Operands::None => String::new(),
            Operands::Attribute(_) => return Err("two attributes".into()),
        };
        // Texts of the organisation that is generated are lower-case already.
        Ok(match condition.operator {
            Operator::Eq | Operator::In => format!("{column} IN ({values})"),
            Operator::Ne | Operator::NotIn if condition.on_null => {
                format!("({column} IS NULL OR {column} NOT IN ({values}))")
            }
            Operator::Ne | Operator::NotIn => format!("{column} NOT IN ({values})"),
            Operator::Null => format!("{column} IS NULL"),
            Operator::NotNull => format!("{column} IS NOT NULL"),
            Operator::Gt => format!("{column} > {values}"),
            Operator::Ge => format!("{column} >= {values}"),
            Operator::Lt => format!("{column} < {values}"),
            Operator::Le => format!("{column} <= {values}"),
            other => return Err(format!("{other:?}")),
        })
    }
}

fn and(terms: &[String]) -> String {
    match terms {
        [] => "1 = 1".into(),
        terms => terms.join(" AND "),
    }
}
