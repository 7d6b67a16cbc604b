//! What emission gives: queries with open parameters, and statements with their values.
//!
//! The text of a query depends on the plan and the dialect alone. What depends on the user, the
//! clock or the data is a parameter, and [`Query::bind`] gives it its value.

use serde::{Serialize, Serializer};
use smol_str::SmolStr;
use weir_ir::schema::{AttrId, Behavior, EntityId};
use weir_ir::time::{Day, Instant};
use weir_ir::value::Guid;

use super::slot::Slots;

/// What a statement answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The rows of one user: a column `row`; of several entities also `entity`, the name.
    Rows,
    /// Every row with every user that receives it: `row` and `user`; of several entities also `entity`.
    Map,
    /// What keeps the partition tables: makes them, brings them up to date, forgets.
    Partition,
    /// What changed for one user since a version, out of the partition tables.
    Changes,
    /// What a server needs before it runs the others; nothing is selected.
    Install,
    /// Takes that away.
    Uninstall,
}

/// The type of a parameter, named independently of any dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum ParameterType {
    Boolean,
    Integer,
    Decimal,
    Text,
    Guid,
    /// An instant.
    Datetime,
    /// A wall clock's time, of no zone.
    LocalDatetime,
    Date,
    /// A set of choices, as a column of many holds it.
    Choices,
    /// A list or a table, as one JSON text.
    Json,
}

impl ParameterType {
    /// The type of datetimes of a behaviour.
    pub(super) fn moment(behavior: Behavior) -> Self {
        match behavior {
            Behavior::UserLocal => Self::Datetime,
            Behavior::TimeZoneIndependent => Self::LocalDatetime,
            Behavior::DateOnly => Self::Date,
        }
    }
}

/// The value of a parameter, in the dialect's storage form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ParameterValue {
    /// None: NULL, or not known where the statement was bound (no user, or no clock).
    Null,
    /// A whole number; booleans are 0 and 1.
    Integer(i64),
    /// Everything else.
    Text(String),
}

impl Serialize for ParameterValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// A parameter with its value; the nth belongs to the nth `?`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// What it stands for; one name may stand for several `?`, always with one value.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: ParameterType,
    /// Its value.
    pub value: ParameterValue,
}

/// A statement, ready to run (the JSON form of DESIGN §3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// What it answers.
    pub kind: Kind,
    /// The entity whose rows it gives; none is several, or all.
    pub entity: Option<String>,
    /// One `SELECT`, or one statement that installs something.
    pub sql: String,
    /// Its parameters, in the order of the `?`.
    pub parameters: Vec<Parameter>,
}

/// What parameters take their values from, beside the plan.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The user of a `rows` query.
    pub user: Option<Guid>,
    /// The instant, and the zone names that users have in the data; UTC need not be among them,
    /// and names that are no zones count as UTC.
    pub clock: Option<(Instant, &'a [String])>,
    /// The first and the last day, by UTC or the wall clock, that the data have in the attributes of
    /// [`Query::recurring`]. Without them the `windows` are laid out for ten thousand years.
    pub days: Option<(Day, Day)>,
    /// The version that a device has, for `changes`; none has none.
    pub since: Option<i64>,
    /// The instant from which on `partition` keeps what went; without one it forgets nothing.
    pub keep: Option<Instant>,
}

/// A statement with open parameters.
#[derive(Clone, Debug)]
pub struct Query {
    /// What it answers.
    pub kind: Kind,
    /// The entity whose rows it is about; none is several, or all.
    pub entity: Option<EntityId>,
    /// That entity's name.
    pub name: Option<SmolStr>,
    /// One statement, broken into lines for people.
    pub sql: String,
    /// The tables and columns of the schema that it reads, ascending, each once.
    pub reads: Vec<(EntityId, AttrId)>,
    /// The datetimes that it asks about windows that recur, ascending, each once.
    pub recurring: Vec<(EntityId, AttrId)>,
    /// Its parameters, each once.
    pub(super) slots: Slots,
    /// Which of them each `?` stands for.
    pub(super) order: Vec<usize>,
}

impl Query {
    /// The values of the parameters, in the order of the `?`.
    #[must_use]
    pub fn bind(&self, context: Context<'_>) -> Vec<Parameter> {
        self.slots.bind(&self.order, context)
    }

    /// The statement with its values.
    #[must_use]
    pub fn statement(&self, context: Context<'_>) -> Statement {
        Statement {
            kind: self.kind,
            entity: self.name.as_ref().map(ToString::to_string),
            sql: self.sql.clone(),
            parameters: self.bind(context),
        }
    }
}
