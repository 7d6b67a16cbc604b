//! What the database's own planner says of a plan's queries, as they are or with indexes tried.
//!
//! Without a trial nothing is run but `EXPLAIN`. A trial runs each query twice, and creates the
//! indexes between, in one transaction that is rolled back: meanwhile nobody else can write to their
//! tables.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant as Clock;

use serde::Serialize;
use serde_json::Value as Json;
use weir_compiler::sql::advice::Index;
use weir_compiler::sql::{Dialect, ParameterValue, Query};
use weir_ir::plan::Plan;
use weir_ir::schema::EntityId;
use weir_ir::time::Instant;
use weir_ir::value::Guid;

use super::connection::{Cell, Span};
use super::queries::{Grouping, Queries, values};
use super::{Database, DatabaseError};

/// A table that is read whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Scan {
    /// The table.
    pub table: String,
    /// How many rows it has; in PostgreSQL by its statistics.
    pub rows: u64,
}

/// What the planner says of a query, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Planned {
    /// The rows that the planner expects; SQLite's says no number.
    pub estimated: Option<u64>,
    /// The rows that came, if it was run.
    pub actual: Option<u64>,
    /// How long it took, if it was run.
    pub milliseconds: Option<f64>,
    /// The indexes that it uses.
    pub indexes: BTreeSet<String>,
    /// The tables that it reads whole.
    pub scans: BTreeSet<Scan>,
}

/// The plans of the queries, by entity.
type Plans = Vec<(EntityId, Planned)>;

impl Database {
    /// What the planner says of the queries of a user's rows, or of the whole map, one for each
    /// entity; nothing is run.
    ///
    /// # Errors
    /// As of [`Database::prepare`]; or the database fails, or says what can't be read.
    pub fn planned(
        &self,
        plan: &Plan,
        user: Option<Guid>,
        now: Instant,
    ) -> Result<Plans, DatabaseError> {
        let queries = self.prepare_as(plan, Grouping::Each)?;
        let work = || self.plans(&queries, user, now, false);
        self.connection.span(Span::Read, work)
    }

    /// The same, run without and with indexes, which are gone afterwards.
    ///
    /// # Errors
    /// The same.
    pub fn tried(
        &self,
        plan: &Plan,
        user: Option<Guid>,
        now: Instant,
        indexes: &[Index],
    ) -> Result<(Plans, Plans), DatabaseError> {
        let queries = self.prepare_as(plan, Grouping::Each)?;
        self.connection.span(Span::Trial, || {
            let before = self.plans(&queries, user, now, true)?;
            self.create_indexes(indexes)?;
            Ok((before, self.plans(&queries, user, now, true)?))
        })
    }

    fn create_indexes(&self, indexes: &[Index]) -> Result<(), DatabaseError> {
        let mut tables = BTreeSet::new();
        for index in indexes {
            let created = self.connection.batch(&index.sql);
            created.map_err(|source| DatabaseError::Index {
                name: index.name.clone(),
                source: Box::new(source),
            })?;
            tables.extend(self.schema.find(&index.entity));
        }
        if self.dialect() == Dialect::Postgres {
            // Of an expression it knows nothing before it has looked at rows; a server soon would.
            for table in tables {
                let table = quoted(self.schema.entity(table).table());
                self.connection
                    .batch(&format!(r#"ANALYZE "public".{table}"#))?;
            }
        }
        Ok(())
    }

    fn plans(
        &self,
        queries: &Queries,
        user: Option<Guid>,
        now: Instant,
        run: bool,
    ) -> Result<Plans, DatabaseError> {
        let of = match user {
            Some(_) => &queries.rows,
            None => &queries.map,
        };
        self.in_context(queries, user, now, |context| {
            let plan = |(entity, query): (EntityId, &Query)| {
                let values = values(query.bind(context));
                let planned = match self.dialect() {
                    Dialect::Postgres => self.of_postgres_planner(query, &values, run),
                    _ => self.of_sqlite_planner(query, &values, run),
                };
                Ok((entity, planned?))
            };
            let of = of.iter().filter_map(|query| Some((query.entity?, query)));
            of.map(plan).collect()
        })
    }

    fn of_postgres_planner(
        &self,
        query: &Query,
        values: &[ParameterValue],
        run: bool,
    ) -> Result<Planned, DatabaseError> {
        // The clock of each node would cost more than the node.
        let options = if run { "ANALYZE, TIMING OFF, " } else { "" };
        let sql = format!("EXPLAIN ({options}FORMAT JSON) {}", query.sql);
        let mut text = String::new();
        self.connection.run(&sql, values, |cells| {
            text.extend(cells.iter().filter_map(Cell::text));
            Ok::<_, DatabaseError>(())
        })?;
        let unread = |error| DatabaseError::Postgres(format!("a plan that can't be read: {error}"));
        let said: Json = serde_json::from_str(&text).map_err(unread)?;
        let top = &said[0]["Plan"];
        let mut planned = Planned {
            estimated: top["Plan Rows"].as_u64(),
            actual: top["Actual Rows"].as_f64().map(whole),
            milliseconds: said[0]["Execution Time"].as_f64(),
            ..Planned::default()
        };
        let mut scanned = BTreeSet::new();
        let mut open = vec![top];
        while let Some(node) = open.pop() {
            open.extend(node["Plans"].as_array().into_iter().flatten());
            let index = node["Index Name"].as_str();
            planned.indexes.extend(index.map(str::to_owned));
            // What was never begun read nothing.
            if node["Node Type"] == "Seq Scan" && node["Actual Loops"] != 0 {
                scanned.extend(node["Relation Name"].as_str());
            }
        }
        for table in scanned {
            // Of a table that was never looked at there are no statistics, but its size.
            let sql = "SELECT CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint ELSE pg_relation_size(c.oid) / 100 END FROM pg_catalog.pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = $1";
            planned
                .scans
                .insert(self.scan(sql, &[text_of(table)], table)?);
        }
        Ok(planned)
    }

    /// The bytecode says what is opened, by its root page, and what is read from its beginning.
    fn of_sqlite_planner(
        &self,
        query: &Query,
        values: &[ParameterValue],
        run: bool,
    ) -> Result<Planned, DatabaseError> {
        let mut planned = Planned::default();
        let mut pages: BTreeMap<i64, (String, Option<String>)> = BTreeMap::new();
        let sql = "SELECT rootpage, tbl_name, CASE type WHEN 'index' THEN name END FROM sqlite_schema WHERE rootpage > 0";
        self.connection.run(sql, &[], |cells| {
            if let [Cell::Integer(page), Cell::Text(table), index] = cells {
                let index = index.text().map(str::to_owned);
                pages.insert(*page, ((*table).to_owned(), index));
            }
            Ok::<_, DatabaseError>(())
        })?;
        let mut cursors: BTreeMap<i64, &str> = BTreeMap::new();
        let mut scanned = BTreeSet::new();
        let sql = format!("EXPLAIN {}", query.sql);
        let mut codes = Vec::new();
        self.connection.run(&sql, values, |cells| {
            if let [
                _,
                Cell::Text(code),
                Cell::Integer(cursor),
                Cell::Integer(page),
                ..,
            ] = cells
            {
                codes.push(((*code).to_owned(), *cursor, *page));
            }
            Ok::<_, DatabaseError>(())
        })?;
        for (code, cursor, page) in &codes {
            if matches!(code.as_str(), "OpenRead" | "ReopenIdx")
                && let Some((table, index)) = pages.get(page)
            {
                cursors.insert(*cursor, table);
                planned.indexes.extend(index.clone());
            }
        }
        for (code, cursor, _) in &codes {
            if code == "Rewind" || code == "Last" {
                scanned.extend(cursors.get(cursor).copied());
            }
        }
        for table in scanned {
            let sql = format!(r#"SELECT count(*) FROM "main".{}"#, quoted(table));
            planned.scans.insert(self.scan(&sql, &[], table)?);
        }
        if run {
            let begun = Clock::now();
            let mut rows = 0;
            self.connection.run(&query.sql, values, |_| {
                rows += 1;
                Ok::<_, DatabaseError>(())
            })?;
            planned.actual = Some(rows);
            planned.milliseconds = Some(begun.elapsed().as_secs_f64() * 1_000.0);
        }
        Ok(planned)
    }

    /// A table with the number of its rows, which a statement gives.
    fn scan(
        &self,
        sql: &str,
        values: &[ParameterValue],
        table: &str,
    ) -> Result<Scan, DatabaseError> {
        let mut rows = 0;
        self.connection.run(sql, values, |cells| {
            let number = cells.first().and_then(|cell| cell.integer());
            rows = number
                .and_then(|number| u64::try_from(number).ok())
                .unwrap_or(0);
            Ok::<_, DatabaseError>(())
        })?;
        Ok(Scan {
            table: table.to_owned(),
            rows,
        })
    }
}

/// A name as SQLite and PostgreSQL quote it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn text_of(text: &str) -> ParameterValue {
    ParameterValue::Text(text.to_owned())
}

/// A count that newer servers write with a fraction.
fn whole(rows: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of rows are positive, and far below 2^53"
    )]
    let rows = rows.round() as u64;
    rows
}
