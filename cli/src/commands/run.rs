//! `weir run`: a stream of changes in, what each device gains, updates and loses out, in the fixed
//! form. Streamed: memory follows the rows, not the stream's length.

use weir_ir::wire;
use weir_runtime::{Deltas, Engine, Options};

use crate::arguments::Run;
use crate::failure::Outcome;
use crate::output::Output;
use crate::replay::{Feed, Setup, changes, drive, instant};
use crate::report;

pub(crate) fn run(args: &Run, output: &mut Output) -> Outcome {
    let until = instant("--until", args.stream.until.as_deref())?;
    let path = changes(args.stream.changes.as_deref())?;
    let mut setup = Setup::read(&args.plan, output)?;
    let schema = setup.schema.clone();
    let mut engine = Engine::new(schema.clone(), Options::default());
    engine.publish(setup.plan.clone())?;
    let mut feed = Feed::open(&mut setup, path, args.stream.ignore_unknown)?;
    let listener = &mut |engine: &mut Engine, deltas: &Deltas, output: &mut Output| {
        for told in engine.expand(deltas) {
            let line = wire::delta(&schema, deltas.at, told.user, &told.put, &told.remove);
            output.line(&line)?;
        }
        report::notices(engine, output)
    };
    drive(&mut engine, &mut feed, until, output, &mut |_| {}, listener)?;
    output.flush()?;
    report::closing(&engine, feed.skipped(), output)
}
