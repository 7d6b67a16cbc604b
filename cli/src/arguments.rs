//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::target::Target;

/// Decides which rows flow to which device: mobile offline profiles checked, compiled, run and
/// explained.
#[derive(Debug, Parser)]
#[command(name = "weir", version, propagate_version = true)]
pub(crate) struct Program {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check profiles: syntax and, with metadata, names, types and every rule
    Check(Check),
    /// Convert filters between native text and FetchXML
    Convert(Convert),
    /// Show what is in a solution, and what its profiles need that it lacks
    Inspect(Inspect),
    /// Write a solution as native files and metadata JSON
    Import(Import),
    /// Write native profiles as the files of an unpacked solution
    Export(Export),
    /// Lay native files out in the one way that there is; comments stay
    Fmt(Fmt),
    /// Serve an editor: findings, explanations, completion and more, over standard input and output
    Lsp(Lsp),
    /// Print the SQL of a set of profiles
    Sql(Sql),
    /// Run a stream of changes: what each device gains, updates and loses
    Run(Run),
    /// Show what devices hold at the end of a stream, or in a database
    Rows(Rows),
    /// Say why a row is on a user's devices, or why it isn't
    Why(Why),
    /// Show what publishing other profiles would do to the rows that devices hold
    Diff(Diff),
    /// Write a commented starter: organization, metadata, a profile and a few changes
    Init(Init),
    /// Show it all on a small organisation and a day of its changes
    Demo(Demo),
}

impl Command {
    /// The form that its output has.
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::Check(args) => args.format.format,
            Self::Convert(args) => args.format.format,
            Self::Inspect(args) => args.format.format,
            Self::Import(args) => args.format.format,
            Self::Export(args) => args.format.format,
            Self::Fmt(args) => args.format.format,
            Self::Lsp(args) => args.format.format,
            Self::Sql(args) => args.format.format,
            Self::Run(args) => args.format.format,
            Self::Rows(args) => args.format.format,
            Self::Why(args) => args.format.format,
            Self::Diff(args) => args.format.format,
            Self::Init(args) => args.format.format,
            Self::Demo(args) => args.format.format,
        }
    }
}

/// The form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// JSON, one object a line
    Json,
}

/// `--format`.
#[derive(Debug, Args)]
pub(crate) struct FormatArgs {
    /// Form of what is printed, findings included
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// What a plan is compiled from.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Metadata: a JSON file, a solution folder or its zip, a `$metadata` (CSDL), a `.sql` script or an
    /// SQLite file; later ones add or override
    #[arg(long, short, required = true, num_args = 1.., value_name = "PATH")]
    pub(crate) metadata: Vec<PathBuf>,
    /// Profiles: native files, a folder of `.weir` files, a MobileOfflineProfile XML, or a solution
    #[arg(long, short, required = true, num_args = 1.., value_name = "PATH")]
    pub(crate) profile: Vec<PathBuf>,
    /// Leave out, and report, what refers to metadata that isn't there; never enlarges a set
    #[arg(long)]
    pub(crate) lenient: bool,
}

/// How a stream is read.
#[derive(Debug, Args)]
pub(crate) struct StreamArgs {
    /// The change stream, JSON Lines; `-` is standard input
    #[arg(long, short, value_name = "FILE")]
    pub(crate) changes: Option<PathBuf>,
    /// Go on to this instant after the last change, as in `2026-03-02T08:00:00Z`
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<String>,
    /// Count and skip entities and attributes that the metadata lacks
    #[arg(long)]
    pub(crate) ignore_unknown: bool,
}

/// `weir check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Native files, folders of `.weir` files, MobileOfflineProfile XMLs, or solutions
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Metadata: a JSON file or an unpacked solution folder; without it only the syntax is checked
    #[arg(long, short, value_name = "PATH")]
    pub(crate) metadata: Vec<PathBuf>,
    /// Leave out, and report, what refers to metadata that isn't there; never enlarges a set
    #[arg(long)]
    pub(crate) lenient: bool,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// A language of filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// weir's own
    Native,
    /// FetchXML
    Fetchxml,
}

/// `weir convert`.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// FetchXML files, files with a native filter, or profiles (`.weir`, MobileOfflineProfile XML)
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The language to write
    #[arg(long, value_enum)]
    pub(crate) to: Language,
    /// The entity of native filters that stand alone
    #[arg(long, value_name = "NAME")]
    pub(crate) entity: Option<String>,
    /// Metadata, for relationships that filters name and for the types of values
    #[arg(long, short, value_name = "PATH")]
    pub(crate) metadata: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// `weir inspect`.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// An unpacked solution folder, or an exported zip
    #[arg(value_name = "SOLUTION")]
    pub(crate) solution: PathBuf,
    /// More metadata, over the solution's own
    #[arg(long, short, value_name = "PATH")]
    pub(crate) metadata: Vec<PathBuf>,
    /// Write what is missing as metadata JSON to fill in
    #[arg(long, value_name = "FILE")]
    pub(crate) complete: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// `weir import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// An unpacked solution folder, or an exported zip
    #[arg(value_name = "SOLUTION")]
    pub(crate) solution: PathBuf,
    /// The folder to write; it may exist, its files are never overwritten
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// A native file of `members` blocks, for profiles of the solution
    #[arg(long, value_name = "FILE")]
    pub(crate) members: Vec<PathBuf>,
    /// A member: a profile's name, `=`, and a user's GUID, domain name or e-mail address
    #[arg(long, value_name = "PROFILE=USER")]
    pub(crate) member: Vec<String>,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// `weir export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// A folder with native files, as `weir import` writes it
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The folder to write `MobileOfflineProfiles` into; files are never overwritten
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// Metadata instead of the folder's JSON files
    #[arg(long, short, value_name = "PATH")]
    pub(crate) metadata: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// `weir fmt`.
#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Native files or folders of `.weir` files, laid out in place; `-` is standard input, laid out
    /// to standard output
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Change nothing; list the files that are laid out otherwise, and end with 1 if there are any
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// `weir lsp`.
#[derive(Debug, Args)]
pub(crate) struct Lsp {
    /// Metadata, as for other commands; else what the client's `initializationOptions` name or the
    /// workspace has
    #[arg(long, short, num_args = 1.., value_name = "PATH")]
    pub(crate) metadata: Vec<PathBuf>,
    /// The profiles that belong together, as for other commands; else every `.weir` file of the
    /// workspace
    #[arg(long, short, num_args = 1.., value_name = "PATH")]
    pub(crate) profile: Vec<PathBuf>,
    /// Standard input and output, which is all there is: for clients that always say so
    #[arg(long, hide = true)]
    pub(crate) stdio: bool,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// A dialect of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectArg {
    /// SQLite, with the functions and the collation that weir registers
    Sqlite,
    /// PostgreSQL 15 or later, with the functions of `--kind install`
    Postgres,
    /// MariaDB 10.6 or later, with the functions of `--kind install`
    Mariadb,
    /// SQL Server 2019 or later and Azure SQL, with the functions of `--kind install`
    Tsql,
}

/// What statements are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    /// The rows of one user, named with `--user` or left open
    Rows,
    /// Every row with every user that receives it
    Map,
    /// What keeps the partition tables: makes them, brings them up to date, forgets
    Partition,
    /// What changed for one user since a version, out of the partition tables
    Changes,
    /// What a server needs before it runs the others
    Install,
    /// Takes that away
    Uninstall,
}

/// `weir sql`.
#[derive(Debug, Args)]
pub(crate) struct Sql {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    /// The dialect [default: that of `--db`]
    #[arg(long, value_enum, required_unless_present = "db")]
    pub(crate) dialect: Option<DialectArg>,
    /// List the indexes that the statements want, and why; with `--db` also what the database's own
    /// planner says
    #[arg(long, conflicts_with_all = ["kind", "entity"])]
    pub(crate) advise: bool,
    /// With `--advise --db`: run the statements with and without the indexes, which are created in a
    /// transaction that is rolled back; meanwhile nobody can write to their tables
    #[arg(long, requires = "advise", requires = "db")]
    pub(crate) r#try: bool,
    /// What the statements are for [default: rows with `--user`, else map]
    #[arg(long, value_enum)]
    pub(crate) kind: Option<KindArg>,
    /// The rows of this user, by GUID (with `--db` also by domain name or e-mail)
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// The statements of this entity alone
    #[arg(long, value_name = "NAME")]
    pub(crate) entity: Option<String>,
    /// One statement for all entities, or as few as the dialect takes
    #[arg(long, conflicts_with_all = ["advise", "entity"])]
    pub(crate) together: bool,
    /// The instant that windows of time are bound at
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
    /// With `--kind changes`: the version that the device has
    #[arg(long, value_name = "VERSION")]
    pub(crate) since: Option<i64>,
    /// With `--kind partition`: the instant before which versions are forgotten
    #[arg(long, value_name = "INSTANT")]
    pub(crate) keep: Option<String>,
    /// An SQLite file, or a connection string of PostgreSQL: where users are looked up and zones
    /// taken from
    #[arg(long, value_name = "DATABASE")]
    pub(crate) db: Option<Target>,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// `weir run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    #[command(flatten)]
    pub(crate) stream: StreamArgs,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Where rows are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Via {
    /// The engine
    Engine,
    /// SQL, on the database of `--db`, or on SQLite in memory
    Sql,
}

/// `weir rows`.
#[derive(Debug, Args)]
pub(crate) struct Rows {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    #[command(flatten)]
    pub(crate) stream: StreamArgs,
    /// This user: a GUID, a domain name or an e-mail address
    #[arg(long, value_name = "USER", required_unless_present = "all_users")]
    pub(crate) user: Option<String>,
    /// Every user
    #[arg(long, conflicts_with = "user")]
    pub(crate) all_users: bool,
    /// Take the rows from the engine, or from SQL
    #[arg(long, value_enum, default_value = "engine")]
    pub(crate) via: Via,
    /// With `--via sql`: an SQLite file that holds the rows, or a connection string of PostgreSQL, as
    /// in `postgres://user@host/name` or `host=/run/postgresql dbname=name`
    #[arg(long, value_name = "DATABASE")]
    pub(crate) db: Option<Target>,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// `weir why`.
#[derive(Debug, Args)]
pub(crate) struct Why {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    #[command(flatten)]
    pub(crate) stream: StreamArgs,
    /// The user: a GUID, a domain name or an e-mail address
    #[arg(long, value_name = "USER")]
    pub(crate) user: String,
    /// The row's entity, by its logical name
    #[arg(long, value_name = "NAME")]
    pub(crate) entity: String,
    /// The row's GUID
    #[arg(long, value_name = "GUID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// `weir diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The profiles that are published, and those to publish instead: each a file, a folder of
    /// `.weir` files, a MobileOfflineProfile XML, or a solution
    #[arg(num_args = 2, value_names = ["OLD", "NEW"], required_unless_present_any = ["old", "new"])]
    pub(crate) sets: Vec<PathBuf>,
    /// The published profiles, where they are several files
    #[arg(long, num_args = 1.., value_name = "PATH", requires = "new", conflicts_with = "sets")]
    pub(crate) old: Vec<PathBuf>,
    /// The profiles to publish, where they are several files
    #[arg(long, num_args = 1.., value_name = "PATH", requires = "old", conflicts_with = "sets")]
    pub(crate) new: Vec<PathBuf>,
    /// Metadata: a JSON file, a solution folder or its zip, a `$metadata` (CSDL), a `.sql` script or an
    /// SQLite file; repeats, and later ones add or override
    #[arg(long, short, required = true, value_name = "PATH")]
    pub(crate) metadata: Vec<PathBuf>,
    /// Leave out, and report, what refers to metadata that isn't there; never enlarges a set
    #[arg(long)]
    pub(crate) lenient: bool,
    #[command(flatten)]
    pub(crate) stream: StreamArgs,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// `weir init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder to write; it may exist, its files are never overwritten
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// `weir demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}
