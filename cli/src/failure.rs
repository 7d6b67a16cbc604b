//! Why a command ends before its end, and the exit status that it ends with.

use std::io;
use std::path::Path;

use weir_compiler::sql::SqlError;
use weir_runtime::ApplyError;

use crate::database::DatabaseError;

/// Exit status: all is well.
pub(crate) const FINE: u8 = 0;
/// Exit status: the input has errors.
pub(crate) const INPUT: u8 = 1;
/// Exit status: the command was not used as it can be.
pub(crate) const USAGE: u8 = 2;
/// Exit status: a bug, or a machine that fails.
pub(crate) const INTERNAL: u8 = 3;

/// Why a command ends before its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input has errors, and they have been reported.
    Reported,
    /// The input has an error that has no place in a text: what is wrong, and the way out.
    Input(String, String),
    /// The command can't be carried out as typed: what is wrong, and the way out.
    Usage(String, String),
    /// A bug, or a machine that fails.
    Internal(String),
    /// Whoever read the output has gone.
    OutputClosed,
}

/// What a command ends with.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// A caller that feeds the engine what it refuses is a bug.
impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl Failure {
    /// A command that can't be carried out as typed.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage(message.into(), help.into())
    }

    /// A path that can't be read.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let help = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "check who may read it",
            _ => "give a file that can be read",
        };
        Self::usage(
            format!("can't read `{}`: {}", path.display(), reason(error)),
            help,
        )
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Reported | Self::Input(..) => INPUT,
            Self::Usage(..) => USAGE,
            Self::Internal(_) => INTERNAL,
            Self::OutputClosed => FINE,
        }
    }
}

/// What the system says, in the words of messages.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

impl From<io::Error> for Failure {
    /// A failure to write output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Internal(format!("can't write: {}", reason(&error))),
        }
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        let help = match &error {
            SqlError::Name { .. } => "name another in the metadata with `column`",
            SqlError::Encoding { .. } => {
                "leave `encoding` out: there is none but the storage convention"
            }
            SqlError::Pattern { .. } => "write it without sets in brackets, and shorter",
            SqlError::Value { .. } => "leave the character U+0000 out of the value",
            SqlError::TooLarge { .. } => "make the filter or the associations smaller",
        };
        Self::Input(format!("the plan has no SQL: {error}"), help.to_owned())
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Sql(error) => error.into(),
            DatabaseError::Sqlite(error) => Self::Internal(error.to_string()),
            DatabaseError::Postgres(_) | DatabaseError::Busy => Self::Internal(error.to_string()),
            DatabaseError::ConnectionString => Self::usage(
                error.to_string(),
                "write it as `postgres://user@host/name`, or `host=… user=… dbname=…`",
            ),
            DatabaseError::Connect(_) => Self::usage(
                error.to_string(),
                "check that the server runs and lets this user in without TLS",
            ),
            DatabaseError::Index { .. } => Self::Input(
                error.to_string(),
                "give a user who owns the tables and a database that can be written to, or leave `--try` out".to_owned(),
            ),
            DatabaseError::NotInstalled => Self::Input(
                error.to_string(),
                "run what `weir sql --kind install --dialect postgres` prints".to_owned(),
            ),
            other => Self::Input(
                other.to_string(),
                "the database must follow the storage convention of the metadata".to_owned(),
            ),
        }
    }
}
