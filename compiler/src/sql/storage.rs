//! The storage convention (DESIGN §5): which tables and columns hold an entity's rows, which texts
//! and numbers hold their values, and the statements that write them.
//!
//! Invariant: within one column, stored values order and compare as the values do: GUIDs, dates and
//! datetimes as texts, whole numbers and booleans as numbers, decimals by their collation.

use sea_query::{Alias, ColumnDef, Expr, ExprTrait, OnConflict, Query, Table};
use weir_ir::schema::{AttrId, AttributeType, Behavior, Entity, EntityId, Family, Schema};
use weir_ir::time::{Day, Instant, WallClock};
use weir_ir::value::Value;

use super::{Dialect, ParameterType, ParameterValue, SqlError};
use crate::owner;

/// First and last day that a date holds as text in order: 0000-01-01 and 9999-12-31.
pub(super) const DAYS: (Day, Day) = (Day(-719_528), Day(2_932_896));

/// Whether an attribute has a column: not what can't be filtered, nor what follows from `ownerid`.
#[must_use]
pub fn is_stored(entity: &Entity, attribute: AttrId) -> bool {
    entity.attribute(attribute).ty.family() != Family::Opaque
        && owner::derived(entity, attribute).is_none()
}

/// The column of an attribute, its name and encoding checked.
///
/// # Errors
/// The name can't be quoted, or the metadata name an encoding, of which there is none but the
/// convention's.
pub fn column(entity: &Entity, attribute: AttrId, dialect: Dialect) -> Result<&str, SqlError> {
    let found = entity.attribute(attribute);
    if let Some(encoding) = &found.encoding {
        return Err(SqlError::Encoding {
            entity: entity.name.to_string(),
            attribute: found.name.to_string(),
            encoding: encoding.to_string(),
        });
    }
    let name = found.column.as_ref().unwrap_or(&found.name);
    dialect.check_name(name)?;
    Ok(name)
}

/// The stored form of a value; none where no column holds it: a date beyond the years 0000 to 9999,
/// and what the dialect has no room for.
#[must_use]
pub fn stored(value: &Value, dialect: Dialect) -> Option<ParameterValue> {
    match operand(value, dialect) {
        Operand::Stored(_, stored) => dialect.answers().stores(value).then_some(stored),
        Operand::Before | Operand::After | Operand::Unknown => None,
    }
}

/// The first and the last datetime of the dialect, in the years 0000 to 9999, as the behaviour numbers them.
pub(super) fn range(behavior: Behavior, dialect: Dialect) -> (i64, i64) {
    let first = dialect.answers().first_day();
    match behavior {
        Behavior::DateOnly => (i64::from(first.0), i64::from(DAYS.1.0)),
        Behavior::UserLocal | Behavior::TimeZoneIndependent => {
            (first.midnight().0, DAYS.1.plus(1).midnight().0 - 1)
        }
    }
}

/// A value beside those of a column.
pub(super) enum Operand {
    /// One that the column can hold.
    Stored(ParameterType, ParameterValue),
    /// A date before all of them.
    Before,
    /// A date after all of them.
    After,
    /// Equal to none of them; its place in their order can't be told.
    Unknown,
}

/// A value as it is compared with stored ones.
pub(super) fn operand(value: &Value, dialect: Dialect) -> Operand {
    if let Some((behavior, number)) = moment(value) {
        let (first, last) = range(behavior, dialect);
        return if number < first {
            Operand::Before
        } else if number > last {
            Operand::After
        } else {
            let text = dialect.answers().moment_text(behavior, number);
            Operand::Stored(ParameterType::moment(behavior), ParameterValue::Text(text))
        };
    }
    if !dialect.answers().binds(value) {
        return Operand::Unknown;
    }
    let (ty, value) = plain(value, dialect);
    Operand::Stored(ty, value)
}

/// A datetime with its behaviour, as that numbers it.
fn moment(value: &Value) -> Option<(Behavior, i64)> {
    match value {
        Value::Instant(Instant(ms)) => Some((Behavior::UserLocal, *ms)),
        Value::WallClock(WallClock(ms)) => Some((Behavior::TimeZoneIndependent, *ms)),
        Value::Day(Day(days)) => Some((Behavior::DateOnly, i64::from(*days))),
        _ => None,
    }
}

/// A value that is no datetime.
fn plain(value: &Value, dialect: Dialect) -> (ParameterType, ParameterValue) {
    let text = |ty, text: String| (ty, ParameterValue::Text(text));
    match value {
        Value::Bool(value) => (
            ParameterType::Boolean,
            ParameterValue::Integer(i64::from(*value)),
        ),
        Value::Int(value) => (ParameterType::Integer, ParameterValue::Integer(*value)),
        Value::Decimal(value) => text(ParameterType::Decimal, value.to_string()),
        Value::Text(value) => text(ParameterType::Text, value.to_string()),
        Value::Guid(value) => text(ParameterType::Guid, value.to_string()),
        Value::Choices(choices) => text(
            ParameterType::Choices,
            dialect.answers().choices_text(choices),
        ),
        Value::Null | Value::Instant(_) | Value::WallClock(_) | Value::Day(_) => {
            (ParameterType::Text, ParameterValue::Null)
        }
    }
}

/// The statement that creates an entity's table.
///
/// # Errors
/// A name can't be quoted.
pub fn create_table(entity: &Entity, dialect: Dialect) -> Result<String, SqlError> {
    dialect.check_name(entity.table())?;
    let mut table = Table::create();
    table.table(Alias::new(entity.table().as_str()));
    for (attribute, found) in ids(entity) {
        if !is_stored(entity, attribute) {
            continue;
        }
        let mut definition = ColumnDef::new(Alias::new(column(entity, attribute, dialect)?));
        definition.custom(dialect.answers().column_type(found));
        if attribute == entity.primary_id {
            definition.not_null().primary_key();
        }
        table.col(&mut definition);
    }
    Ok(dialect.create(&table))
}

/// The statement that writes a row: its primary id and those attributes, in that order, are the
/// parameters. In a row that exists it changes those attributes alone.
///
/// # Errors
/// A name can't be quoted.
pub fn upsert(
    entity: &Entity,
    attributes: &[AttrId],
    dialect: Dialect,
) -> Result<String, SqlError> {
    dialect.check_name(entity.table())?;
    let name = |attribute| column(entity, attribute, dialect).map(Alias::new);
    let all = std::iter::once(&entity.primary_id).chain(attributes);
    let all = all.map(|attribute| column(entity, *attribute, dialect));
    if let Some(merge) = dialect.merge(entity.table(), &all.collect::<Result<Vec<_>, _>>()?) {
        return Ok(merge);
    }
    let id = name(entity.primary_id)?;
    let named: Vec<Alias> = attributes
        .iter()
        .map(|attribute| name(*attribute))
        .collect::<Result<_, _>>()?;
    let mut conflict = OnConflict::column(id.clone());
    if named.is_empty() {
        // The one way to do nothing that all dialects have.
        conflict.update_column(id.clone());
    } else {
        conflict.update_columns(named.iter().cloned());
    }
    let columns: Vec<Alias> = std::iter::once(id).chain(named).collect();
    let mut insert = Query::insert();
    insert
        .into_table(Alias::new(entity.table().as_str()))
        .on_conflict(conflict);
    // As many values as columns: the builder has nothing to refuse.
    let values = columns.iter().map(|_| Expr::val(0));
    let _ = insert.columns(columns.clone()).values(values);
    Ok(dialect.build(&insert).0)
}

/// The statement that removes the row of a primary id.
///
/// # Errors
/// A name can't be quoted.
pub fn delete(entity: &Entity, dialect: Dialect) -> Result<String, SqlError> {
    dialect.check_name(entity.table())?;
    let id = Alias::new(column(entity, entity.primary_id, dialect)?);
    let statement = Query::delete()
        .from_table(Alias::new(entity.table().as_str()))
        .and_where(Expr::col(id).eq(0))
        .take();
    Ok(dialect.build(&statement).0)
}

/// The statement that gives the distinct values of an attribute that aren't NULL.
///
/// # Errors
/// A name can't be quoted.
pub fn distinct(
    schema: &Schema,
    entity: EntityId,
    attribute: AttrId,
    dialect: Dialect,
) -> Result<String, SqlError> {
    let found = schema.entity(entity);
    dialect.check_name(found.table())?;
    let column = Alias::new(column(found, attribute, dialect)?);
    let statement = Query::select()
        .distinct()
        .column(column.clone())
        .from(Alias::new(found.table().as_str()))
        .and_where(Expr::col(column).is_not_null())
        .take();
    Ok(dialect.build(&statement).0)
}

/// The statement that gives some attributes of every row, in that order.
///
/// # Errors
/// A name can't be quoted.
pub fn listing(
    schema: &Schema,
    entity: EntityId,
    attributes: &[AttrId],
    dialect: Dialect,
) -> Result<String, SqlError> {
    let found = schema.entity(entity);
    dialect.check_name(found.table())?;
    let columns = attributes.iter();
    let columns = columns.map(|attribute| column(found, *attribute, dialect).map(Alias::new));
    let statement = Query::select()
        .columns(columns.collect::<Result<Vec<_>, _>>()?)
        .from(Alias::new(found.table().as_str()))
        .take();
    Ok(dialect.build(&statement).0)
}

/// The statement that gives the least and the greatest value of an attribute; NULL without any.
///
/// # Errors
/// A name can't be quoted.
pub fn extent(
    schema: &Schema,
    entity: EntityId,
    attribute: AttrId,
    dialect: Dialect,
) -> Result<String, SqlError> {
    let found = schema.entity(entity);
    dialect.check_name(found.table())?;
    let column = Expr::col(Alias::new(column(found, attribute, dialect)?));
    let statement = Query::select()
        .expr(column.clone().min())
        .expr(column.max())
        .from(Alias::new(found.table().as_str()))
        .take();
    Ok(dialect.build(&statement).0)
}

fn ids(entity: &Entity) -> impl Iterator<Item = (AttrId, AttributeType)> {
    (0..)
        .map(AttrId)
        .zip(entity.attributes.values().map(|attribute| attribute.ty))
}

#[cfg(test)]
mod tests {
    use weir_ir::time::IsoText;

    use super::*;

    #[test]
    fn dates_order_as_texts_at_the_edges() {
        let day = |text: &str| IsoText::parse(text).expect("a day").day;
        assert_eq!(day("0000-01-01"), DAYS.0);
        assert_eq!(day("9999-12-31"), DAYS.1);
        for behavior in [
            Behavior::UserLocal,
            Behavior::DateOnly,
            Behavior::TimeZoneIndependent,
        ] {
            let (first, last) = range(behavior, Dialect::Sqlite);
            let text = |number| Dialect::Sqlite.answers().moment_text(behavior, number);
            let texts = [first, -1, 0, last].map(text);
            assert!(texts.is_sorted(), "{texts:?}");
            assert!(texts[0].starts_with("0000-01-01"), "{texts:?}");
            assert!(texts[3].starts_with("9999-12-31"), "{texts:?}");
        }
        let late = Value::Day(DAYS.1.plus(1));
        for dialect in Dialect::ALL {
            assert_eq!(stored(&late, dialect), None);
            assert!(matches!(operand(&late, dialect), Operand::After));
        }
    }
}
