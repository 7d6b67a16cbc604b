//! The tables of an SQLite file, as the statements that made them: metadata of a live database. The
//! file is opened to read alone, and nothing of its rows is read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use weir_ir::limits;

use crate::failure::{Failure, Outcome};

/// What every SQLite file begins with.
const HEADER: &[u8] = b"SQLite format 3\0";

/// Whether a file is an SQLite database, by its first bytes.
pub(crate) fn is_sqlite(path: &Path) -> Outcome<bool> {
    let unreadable = |error| Failure::unreadable(path, &error);
    let mut begin = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let length = HEADER.len() as u64;
    file.take(length)
        .read_to_end(&mut begin)
        .map_err(unreadable)?;
    Ok(begin == HEADER)
}

/// The script that makes the tables of an SQLite file, in the order in which they were made.
pub(crate) fn tables(path: &Path) -> Outcome<String> {
    script(path).map_err(|error| {
        Failure::Input(
            format!("can't read the tables of `{}`: {error}", path.display()),
            "give a whole SQLite file that nothing locks".to_owned(),
        )
    })?
}

fn script(path: &Path) -> rusqlite::Result<Outcome<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let mut statement = connection.prepare(
        "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY rowid",
    )?;
    let mut script = "-- dialect: sqlite\n".to_owned();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        script.push_str(row.get_ref(0)?.as_str()?);
        // The statement may end in a comment.
        script.push_str("\n;\n");
        if script.len() > limits::SOURCE_BYTES {
            return Ok(Err(Failure::usage(
                format!(
                    "the tables of `{}` take more than {} bytes",
                    path.display(),
                    limits::SOURCE_BYTES
                ),
                "give the part that profiles need, as a `.sql` file",
            )));
        }
    }
    Ok(Ok(script))
}
