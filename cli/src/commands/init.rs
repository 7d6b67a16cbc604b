use crate::failure::Outcome;
use crate::output::Output;
pub(crate) fn run(_a: &crate::arguments::Init, _o: &mut Output) -> Outcome {
    Ok(())
}
