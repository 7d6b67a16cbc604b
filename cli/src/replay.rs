//! From what was typed to a plan, and from a stream to decoded steps: the way that all commands
//! with data share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_compiler::codes::MEMBER_OF_TWO;
use weir_grammar::ast;
use weir_ir::diagnostic::{Diagnostic, FileId, Span};
use weir_ir::plan::Plan;
use weir_ir::schema::Schema;
use weir_ir::time::Instant;
use weir_ir::transaction::Transaction;
use weir_ir::wire::{Decoder, PublishedPath, Skipped};
use weir_runtime::{ApplyError, Deltas, Engine, Named, NamedTwice, Options};

use crate::arguments::{PlanArgs, StreamArgs};
use crate::codes;
use crate::failure::{Failure, Outcome};
use crate::input::Input;
use crate::output::Output;
use crate::report;
use crate::stream::Lines;

/// What a command works with: the texts, the schema, and the plan to begin with.
pub(crate) struct Setup {
    pub(crate) input: Input,
    pub(crate) schema: Arc<Schema>,
    pub(crate) plan: Arc<Plan>,
    lenient: bool,
}

impl Setup {
    /// Reads and compiles; findings go to standard error, and errors end the command.
    pub(crate) fn read(args: &PlanArgs, output: &mut Output) -> Outcome<Self> {
        let mut input = Input::default();
        let schema = input.metadata(&args.metadata)?;
        let files = input.profiles(&args.profile)?;
        let Some(schema) = schema.map(Arc::new) else {
            let found = input.found();
            output.findings(&input.sources, &found)?;
            return Err(Failure::Reported);
        };
        let plan = compiled(&mut input, &schema, &files, args.lenient, output)?;
        let plan = plan.ok_or(Failure::Reported)?;
        Ok(Self {
            input,
            schema,
            plan,
            lenient: args.lenient,
        })
    }

    /// Compiles another set against the same metadata; its errors end the command.
    pub(crate) fn other_set(
        &mut self,
        profiles: &[PathBuf],
        output: &mut Output,
    ) -> Outcome<Arc<Plan>> {
        let files = self.input.profiles(profiles)?;
        let plan = compiled(&mut self.input, &self.schema, &files, self.lenient, output)?;
        plan.ok_or(Failure::Reported)
    }
}

/// The stream's path, which the commands of an engine can't be without.
pub(crate) fn changes(path: Option<&Path>) -> Outcome<&Path> {
    path.ok_or_else(|| {
        Failure::usage(
            "`--changes` is missing",
            "name the stream, or `-` for standard input",
        )
    })
}

/// An engine at the end of a stream; what comes up on the way, and the counts at its end, are said.
pub(crate) fn replayed(
    setup: &mut Setup,
    args: &StreamArgs,
    until: Option<Instant>,
    observe: &mut dyn FnMut(&Schema, &Transaction),
    output: &mut Output,
) -> Outcome<Engine> {
    let path = changes(args.changes.as_deref())?;
    let schema = setup.schema.clone();
    let mut engine = Engine::new(schema.clone(), Options::default());
    engine.publish(setup.plan.clone())?;
    let mut feed = Feed::open(setup, path, args.ignore_unknown)?;
    let mut last = None;
    drive(
        &mut engine,
        &mut feed,
        until,
        output,
        &mut |transaction| {
            last = Some(transaction.at);
            observe(&schema, transaction);
        },
        &mut |engine, _, output| report::notices(engine, output),
    )?;
    // Between instants that move a set, conditions that decide nothing yet may change.
    if let Some(until) = until.filter(|until| last.is_none_or(|last| last < *until)) {
        engine
            .tick(until)
            .map_err(|error| Failure::Internal(error.to_string()))?;
    }
    report::tally(&engine, feed.skipped(), output)?;
    Ok(engine)
}

/// Compiles and reports; no plan where something is an error.
fn compiled(
    input: &mut Input,
    schema: &Schema,
    files: &[ast::File],
    lenient: bool,
    output: &mut Output,
) -> Outcome<Option<Arc<Plan>>> {
    let (compiled, found) = input.compile(schema, files, lenient);
    output.findings(&input.sources, &found)?;
    if lenient {
        output.note(&left_out_of(compiled.left_out, compiled.conditions))?;
    }
    let plan = compiled
        .plan
        .filter(|_| !found.iter().any(Diagnostic::is_error));
    Ok(plan.map(Arc::new))
}

/// The closing words of a lenient report.
pub(crate) fn left_out_of(left_out: usize, conditions: usize) -> String {
    format!("{left_out} of {conditions} conditions left out")
}

/// One line of a stream, decoded, its published set compiled.
pub(crate) struct Step {
    /// Its changes.
    pub(crate) transaction: Transaction,
    /// The plan that takes effect after them.
    pub(crate) publish: Option<Arc<Plan>>,
}

/// A stream that is decoded step by step.
pub(crate) struct Feed<'s> {
    input: &'s mut Input,
    schema: &'s Schema,
    lenient: bool,
    lines: Lines,
    decoder: Decoder<'s>,
    file: FileId,
}

impl<'s> Feed<'s> {
    /// Opens a stream over what a command works with.
    pub(crate) fn open(setup: &'s mut Setup, path: &Path, ignore_unknown: bool) -> Outcome<Self> {
        let lines = Lines::open(path)?;
        let file = setup.input.sources.add(lines.name.clone(), "");
        Ok(Self {
            input: &mut setup.input,
            schema: &setup.schema,
            lenient: setup.lenient,
            lines,
            decoder: Decoder::new(&setup.schema, ignore_unknown),
            file,
        })
    }

    /// The next step. Output is sent off before a wait for more input.
    pub(crate) fn next(&mut self, output: &mut Output) -> Outcome<Option<Step>> {
        if self.lines.waits() {
            output.flush()?;
        }
        let Some(bytes) = self.lines.next()? else {
            return Ok(None);
        };
        let line = match self.decoder.line(self.file, bytes) {
            Ok(line) => line,
            Err(found) => return Err(self.refuse(*found, output)?),
        };
        let publish = match &line.publish {
            Some(paths) => Some(self.publish(paths, output)?),
            None => None,
        };
        Ok(Some(Step {
            transaction: line.transaction,
            publish,
        }))
    }

    /// What a lax decoder has skipped.
    pub(crate) fn skipped(&self) -> Skipped {
        self.decoder.skipped()
    }

    /// Ends at the line last read, since the engine refuses it: it holds no more.
    pub(crate) fn refused(&self, error: &ApplyError) -> Failure {
        let Lines { name, number, .. } = &self.lines;
        Failure::Internal(format!("{name}:{number}: {error}"))
    }

    /// Reports a finding of the line last read.
    fn refuse(&mut self, mut found: Diagnostic, output: &mut Output) -> Outcome<Failure> {
        let text = String::from_utf8_lossy(self.lines.line());
        // Bytes that are no text are drawn as another character, which may be longer.
        if let Some(span) = &mut found.span {
            let end = text.ceil_char_boundary(span.end as usize);
            *span = Span::new(span.file, span.start as usize, end);
        }
        let sources = &mut self.input.sources;
        sources.set_text(self.file, text, self.lines.number);
        output.findings(sources, &[found])?;
        Ok(Failure::Reported)
    }

    /// Refuses a publish under which two profiles name one user.
    pub(crate) fn named_twice(
        &mut self,
        plan: &Plan,
        found: &NamedTwice,
        output: &mut Output,
    ) -> Outcome<Failure> {
        if let Some(twice) = member_of_two(plan, found) {
            output.findings(&self.input.sources, &[twice])?;
        }
        let line = Span::new(self.file, 0, 1);
        self.refuse(refused_set(line), output)
    }

    /// Compiles a published set, all of it or nothing.
    fn publish(&mut self, paths: &[PublishedPath], output: &mut Output) -> Outcome<Arc<Plan>> {
        let mut files = Vec::new();
        for published in paths {
            let path: PathBuf = self.lines.folder.join(&published.path);
            match self.input.profile(&path) {
                Ok(file) => files.extend(file),
                Err(Failure::Usage(message, help)) => {
                    let found = Diagnostic::new(codes::PUBLISH_UNREADABLE, published.span, message)
                        .help(format!("{help}; paths are relative to the stream"));
                    return Err(self.refuse(found, output)?);
                }
                Err(other) => return Err(other),
            }
        }
        let plan = compiled(self.input, self.schema, &files, self.lenient, output)?;
        match (plan, paths) {
            (Some(plan), _) => Ok(plan),
            (None, paths) => {
                let span = match paths {
                    [first, .., last] => first.span.to(last.span),
                    [only] => only.span,
                    [] => Span::new(self.file, 0, 1),
                };
                Err(self.refuse(refused_set(span), output)?)
            }
        }
    }
}

/// That two profiles name one user.
pub(crate) fn member_of_two(plan: &Plan, found: &NamedTwice) -> Option<Diagnostic> {
    let named = |(profile, at): Named| {
        let profile = plan.profiles.get(profile.0 as usize)?;
        Some((&profile.name, profile.members.get(at)?))
    };
    let ((of, first), (_, second)) = (named(found.first)?, named(found.second)?);
    let (text, user) = (&second.text, found.user);
    let message = format!("`{text}` is the user {user}, who is a member of profile `{of}` already");
    let mut twice = Diagnostic::new(MEMBER_OF_TWO, second.span, message)
        .help("a user is a member of at most one profile: take it out of one of them");
    if let Some(span) = first.span {
        twice = twice.label(span, format!("named here, in `{of}`"));
    }
    Some(twice)
}

fn refused_set(span: Span) -> Diagnostic {
    Diagnostic::new(codes::PUBLISH_REFUSED, span, "the published set has errors")
        .help("the transaction takes no effect; mend the set and publish again")
}

/// Told of everything that the engine says, in order.
pub(crate) type Listener<'l> = dyn FnMut(&mut Engine, &Deltas, &mut Output) -> Outcome + 'l;

/// Lets the clock pass every instant before `end` at which it alone may change a set.
pub(crate) fn tick_before(
    engine: &mut Engine,
    end: Instant,
    output: &mut Output,
    listener: &mut Listener<'_>,
) -> Outcome {
    while let Some(at) = engine.next_tick().filter(|at| *at < end) {
        let deltas = engine
            .tick(at)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        listener(engine, &deltas, output)?;
    }
    Ok(())
}

/// Feeds a whole stream to an engine, and lets the clock go on to `until`.
pub(crate) fn drive(
    engine: &mut Engine,
    feed: &mut Feed<'_>,
    until: Option<Instant>,
    output: &mut Output,
    observe: &mut dyn FnMut(&Transaction),
    listener: &mut Listener<'_>,
) -> Outcome {
    while let Some(step) = feed.next(output)? {
        tick_before(engine, step.transaction.at, output, listener)?;
        if let Some(plan) = &step.publish
            && let Some(found) = engine.named_twice(&step.transaction.changes, plan)
        {
            return Err(feed.named_twice(plan, &found, output)?);
        }
        match engine.apply(&step.transaction, step.publish) {
            Ok(deltas) => listener(engine, &deltas, output)?,
            Err(error) => return Err(feed.refused(&error)),
        }
        observe(&step.transaction);
    }
    if let Some(until) = until {
        // `until` itself is among the instants.
        tick_before(engine, Instant(until.0.saturating_add(1)), output, listener)?;
    }
    Ok(())
}

/// Reads an instant of an option.
pub(crate) fn instant(option: &str, text: Option<&str>) -> Outcome<Option<Instant>> {
    text.map(|text| {
        Instant::parse(text).ok_or_else(|| {
            Failure::usage(
                format!("`{text}` is no value of `{option}`"),
                "write an ISO 8601 date and time, as in `2026-03-02T08:00:00Z`",
            )
        })
    })
    .transpose()
}
