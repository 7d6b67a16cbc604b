//! `weir sql`: the statements of a plan, with the values of their parameters as far as they are
//! known: the user's with `--user`, the clock's with `--at`.

use std::collections::BTreeSet;

use weir_compiler::sql::partition::{changes, partition};
use weir_compiler::sql::{self, Context, Dialect, Kind, ParameterValue, Query, Statement};
use weir_ir::time::Instant;
use weir_ir::value::Guid;

use super::advise;
use crate::arguments::{DialectArg, KindArg, Sql};
use crate::database::Database;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::people::People;
use crate::replay::{Setup, instant};
use crate::report;
use crate::target::Target;

pub(crate) fn run(args: &Sql, output: &mut Output) -> Outcome {
    let at = instant("--at", args.at.as_deref())?;
    let setup = Setup::read(&args.plan, output)?;
    let (schema, plan) = (&*setup.schema, &*setup.plan);
    let dialect = dialect(args)?;
    let database = match &args.db {
        Some(target) => Some(target.open(&setup.schema, args.r#try)?),
        None => None,
    };
    if args.advise {
        return advise::run(args, &setup, (dialect, database.as_ref()), output);
    }
    let kind = args.kind.unwrap_or(match args.user {
        Some(_) => KindArg::Rows,
        None => KindArg::Map,
    });
    if args.together && !matches!(kind, KindArg::Rows | KindArg::Map) {
        return Err(Failure::usage(
            "`--together` is of `rows` and `map`".to_owned(),
            "leave `--together` out",
        ));
    }
    let statements = match kind {
        KindArg::Install => sql::install(dialect, plan.settings.collation),
        KindArg::Uninstall => sql::uninstall(dialect),
        KindArg::Map if args.user.is_some() => {
            return Err(Failure::usage(
                "`--kind map` is of all users".to_owned(),
                "leave `--user` out, or ask for `--kind rows`",
            ));
        }
        KindArg::Partition if args.user.is_some() || args.entity.is_some() => {
            return Err(Failure::usage(
                "the partition tables are of all users and entities".to_owned(),
                "leave `--user` and `--entity` out",
            ));
        }
        KindArg::Rows | KindArg::Map => {
            let queries = match (args.together, kind) {
                (true, KindArg::Rows) => sql::together(schema, plan, Kind::Rows, dialect)?,
                (true, _) => sql::together(schema, plan, Kind::Map, dialect)?,
                (false, KindArg::Rows) => sql::rows(schema, plan, dialect)?,
                (false, _) => sql::map(schema, plan, dialect)?,
            };
            bound(args, &setup, database.as_ref(), &queries, at)?
        }
        KindArg::Partition => {
            let made = partition(schema, plan, dialect)?;
            let steps = [made.create, made.refresh, made.forget].concat();
            bound(args, &setup, database.as_ref(), &steps, at)?
        }
        KindArg::Changes => bound(args, &setup, database.as_ref(), &[changes(dialect)], at)?,
    };
    for statement in statements {
        output.line(&shown(&statement, output.json())?)?;
    }
    output.flush()?;
    report::security(plan, output)
}

/// The dialect that is named, or else that of the database.
fn dialect(args: &Sql) -> Outcome<Dialect> {
    let named = args.dialect.map(|named| match named {
        DialectArg::Sqlite => Dialect::Sqlite,
        DialectArg::Postgres => Dialect::Postgres,
        DialectArg::Mariadb => Dialect::MariaDb,
        DialectArg::Tsql => Dialect::Tsql,
    });
    let spoken = args.db.as_ref().map(Target::dialect);
    match (named, spoken) {
        (Some(named), Some(spoken)) if args.advise && named != spoken => Err(Failure::usage(
            format!(
                "the database speaks {}, not {}",
                spoken.name(),
                named.name()
            ),
            "leave `--dialect` out, or `--db`",
        )),
        (named, spoken) => Ok(named.or(spoken).unwrap_or(Dialect::Sqlite)),
    }
}

/// Queries with the values of user and clock, as far as they are given.
fn bound(
    args: &Sql,
    setup: &Setup,
    database: Option<&Database>,
    queries: &[Query],
    at: Option<Instant>,
) -> Outcome<Vec<Statement>> {
    let schema = &*setup.schema;
    let entity = match &args.entity {
        Some(name) => Some(schema.find(name).ok_or_else(|| {
            Failure::usage(
                format!("the metadata has no entity `{name}`"),
                "name an entity by its logical name",
            )
        })?),
        None => None,
    };
    let zones = match database {
        Some(database) => database.zones()?,
        None => Vec::new(),
    };
    let clock = at.map(|at| (at, &zones[..]));
    let keep = instant("--keep", args.keep.as_deref())?;
    let users: Vec<Option<Guid>> = match &args.user {
        None => vec![None],
        Some(name) => user(setup, database, name)?.into_iter().map(Some).collect(),
    };
    let asked =
        |query: &&Query| entity.is_none() || query.entity.is_none() || query.entity == entity;
    let queries: Vec<_> = queries.iter().filter(asked).collect();
    let recurring = queries.iter().flat_map(|query| query.recurring.iter());
    let recurring: BTreeSet<_> = recurring.copied().collect();
    let days = match database {
        Some(database) if !recurring.is_empty() => database.days(&recurring)?,
        _ => None,
    };
    let statements = users.into_iter().flat_map(|user| {
        let context = Context {
            user,
            clock,
            days,
            since: args.since,
            keep,
        };
        queries.iter().map(move |query| query.statement(context))
    });
    Ok(statements.collect())
}

/// The users that a name means.
pub(super) fn user(setup: &Setup, database: Option<&Database>, name: &str) -> Outcome<Vec<Guid>> {
    let people = match database {
        Some(database) => People::of_database(database)?,
        None if Guid::parse(name).is_none() => {
            return Err(Failure::usage(
                format!("`{name}` is no GUID, and names are looked up in data"),
                "give the user's GUID, or the data with `--db`",
            ));
        }
        None => People::default(),
    };
    people.find(name, setup.plan.settings.collation)
}

/// A statement as JSON, or as SQL with its parameters in comments.
fn shown(statement: &Statement, json: bool) -> Outcome<String> {
    if json {
        return serde_json::to_string(statement)
            .map_err(|error| Failure::Internal(error.to_string()));
    }
    let what = match statement.kind {
        Kind::Rows => "the rows of one user",
        Kind::Map => "every row with every user that receives it",
        Kind::Partition => "keeps the partition tables",
        Kind::Changes => "what changed for a user since a version",
        Kind::Install => "once, before the others",
        Kind::Uninstall => "takes away what was installed",
    };
    let of = statement.entity.as_deref().unwrap_or("all");
    let mut text = format!("-- {of}: {what}\n{};\n", statement.sql);
    for (at, parameter) in statement.parameters.iter().enumerate() {
        let value = match &parameter.value {
            ParameterValue::Null => "open".to_owned(),
            ParameterValue::Integer(value) => value.to_string(),
            // A line break in a value would end the comment.
            ParameterValue::Text(value) => format!("{value:?}"),
        };
        text += &format!("-- ?{} {} = {value}\n", at + 1, parameter.name);
    }
    Ok(text)
}
