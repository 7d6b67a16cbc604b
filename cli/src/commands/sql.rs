use crate::failure::Outcome;
use crate::output::Output;
pub(crate) fn run(_a: &crate::arguments::Sql, _o: &mut Output) -> Outcome {
    Ok(())
}
