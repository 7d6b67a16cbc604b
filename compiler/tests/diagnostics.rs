//! Every finding of the compiler, as `tests/diagnostics/*.txt` has it: severity, code, underlined
//! text, message; then labels, help and edit.

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use weir_compiler::{Options, codes};
use weir_grammar::ast::Dialect;

#[test]
fn findings_are_as_written() {
    let schema = common::schema(common::METADATA);
    let (mut cases, mut reached) = (0, BTreeSet::new());
    common::fixtures("diagnostics", |head, texts| {
        let flag = |name: &str| head.contains(&format!("[{name}]"));
        let dialect = if flag("solution") {
            Dialect::Solution
        } else {
            Dialect::Native
        };
        let options = Options {
            lenient: flag("lenient"),
        };
        let case = common::compile_texts(&schema, texts, dialect, options);
        let compiled = &case.compiled;
        reached.extend(compiled.diagnostics.iter().map(|found| found.code.id));
        cases += 1;
        let mut text = case.findings();
        if options.lenient {
            let (left_out, conditions) = (compiled.left_out, compiled.conditions);
            let _ = writeln!(text, "{left_out} of {conditions} conditions left out");
        }
        text
    });
    assert!(cases >= 60, "{cases} cases");
    // Those that native text of a sensible size can't cause; `imports.rs`, `limits.rs` and the
    // program's tests do.
    let elsewhere = [
        codes::VALUE_NUL,
        codes::UNKNOWN_SETTING,
        codes::SECURITY_DIFFERS,
        codes::EXPORT_LACKS,
        codes::OFFLINE_UNKNOWN,
        codes::MANY_RELATIONSHIPS,
        codes::NO_FLAG,
        codes::NO_CONDITION,
        codes::UNUSABLE_RELATIONSHIP,
        codes::TOO_MANY_VALUES,
        codes::TOO_MANY_CONDITIONS,
        codes::MANY_ITEMS,
        codes::PLAN_TOO_LARGE,
        codes::MORE_FINDINGS,
    ]
    .map(|code| code.id);
    let missing: Vec<&str> = codes::ALL
        .iter()
        .map(|code| code.id)
        .filter(|id| !reached.contains(id) && !elsewhere.contains(id))
        .collect();
    assert!(missing.is_empty(), "no case reaches {missing:?}");
}
