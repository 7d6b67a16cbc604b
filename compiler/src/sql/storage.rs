//! The storage convention (DESIGN §5): which tables and columns hold an entity's rows, which texts
//! and numbers hold their values, and the statements that write them.
//!
//! Invariant: within one column, stored values order and compare as the values do: GUIDs, dates and
//! datetimes as texts, whole numbers and booleans as numbers, decimals by their collation.

use sea_query::{Alias, ColumnDef, Expr, ExprTrait, OnConflict, Query, SqliteQueryBuilder, Table};
use weir_ir::schema::{AttrId, AttributeType, Behavior, Entity, EntityId, Family, Schema};
use weir_ir::time::{Day, Instant, WallClock};
use weir_ir::value::Value;
use weir_ir::window;

use super::{Dialect, ParameterType, ParameterValue, SqlError, template};
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

/// The stored form of a value; none for a date beyond the years 0000 to 9999.
#[must_use]
pub fn stored(value: &Value) -> Option<ParameterValue> {
    let day = match value {
        Value::Instant(Instant(ms)) | Value::WallClock(WallClock(ms)) => WallClock(*ms).day(),
        Value::Day(day) => *day,
        _ => DAYS.0,
    };
    (DAYS.0..=DAYS.1).contains(&day).then(|| operand(value).1)
}

/// A value as it is compared with stored ones. A date beyond the years 0000 to 9999 equals none of
/// them and stands in its place in their order.
pub(super) fn operand(value: &Value) -> (ParameterType, ParameterValue) {
    let text = |ty, text: String| (ty, ParameterValue::Text(text));
    match value {
        Value::Null => (ParameterType::Text, ParameterValue::Null),
        Value::Bool(value) => (
            ParameterType::Boolean,
            ParameterValue::Integer(i64::from(*value)),
        ),
        Value::Int(value) => (ParameterType::Integer, ParameterValue::Integer(*value)),
        Value::Decimal(value) => text(ParameterType::Decimal, value.to_string()),
        Value::Text(value) => text(ParameterType::Text, value.to_string()),
        Value::Guid(value) => text(ParameterType::Guid, value.to_string()),
        Value::Instant(Instant(ms)) => {
            text(ParameterType::Datetime, moment(Behavior::UserLocal, *ms))
        }
        Value::WallClock(WallClock(ms)) => text(
            ParameterType::Datetime,
            moment(Behavior::TimeZoneIndependent, *ms),
        ),
        Value::Day(Day(days)) => text(
            ParameterType::Date,
            moment(Behavior::DateOnly, i64::from(*days)),
        ),
        Value::Choices(values) => text(ParameterType::Json, serde_json::json!(values).to_string()),
    }
}

/// A datetime, as its behaviour numbers it, in the storage form. Before the year 0 it is a text
/// before all others, after 9999 one after them.
pub(super) fn moment(behavior: Behavior, number: i64) -> String {
    let day = window::day_of(behavior, number);
    if day < DAYS.0 {
        return String::new();
    }
    if day > DAYS.1 {
        return "~".to_owned();
    }
    match behavior {
        Behavior::UserLocal => Instant(number).storage_text(),
        Behavior::TimeZoneIndependent => WallClock(number).storage_text(),
        Behavior::DateOnly => day.to_string(),
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
        match found.family() {
            Family::Bool => definition.custom("integer"),
            Family::Number if found.is_whole() => definition.custom("integer"),
            Family::Number => definition.custom("text").extra(template::COLLATE_DECIMAL),
            _ => definition.custom("text"),
        };
        if attribute == entity.primary_id {
            definition.not_null().primary_key();
        }
        table.col(&mut definition);
    }
    match dialect {
        Dialect::Sqlite => Ok(table.to_string(SqliteQueryBuilder)),
    }
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
    let id = name(entity.primary_id)?;
    let named: Vec<Alias> = attributes
        .iter()
        .map(|attribute| name(*attribute))
        .collect::<Result<_, _>>()?;
    let mut conflict = OnConflict::column(id.clone());
    if named.is_empty() {
        conflict.do_nothing();
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
        .to_owned();
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
        .to_owned();
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
        .to_owned();
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
            let unit = if behavior == Behavior::DateOnly {
                1
            } else {
                86_400_000
            };
            let (first, end) = (i64::from(DAYS.0.0) * unit, i64::from(DAYS.1.0 + 1) * unit);
            let edges = [i64::MIN, first - 1, first, -1, 0, end - 1, end, i64::MAX];
            let texts = edges.map(|edge| moment(behavior, edge));
            assert!(texts.is_sorted(), "{texts:?}");
            assert_eq!(texts[1], "");
            assert!(texts[2].starts_with("0000-01-01"), "{texts:?}");
            assert!(texts[5].starts_with("9999-12-31"), "{texts:?}");
            assert_eq!(texts[6], "~");
        }
        let late = Value::Day(DAYS.1.plus(1));
        assert_eq!(stored(&late), None);
    }
}
