//! One mistake is one error, ten mistakes are ten, each at its place.

#![expect(
    clippy::expect_used,
    reason = "a finding without a place fails the test"
)]

use weir_grammar::native;
use weir_ir::diagnostic::FileId;

/// The texts under the findings of a text, with their codes.
fn found(text: &str) -> Vec<(&'static str, &str)> {
    let parsed = native::parse(FileId(0), text);
    let findings = parsed.diagnostics.into_iter();
    findings
        .map(|found| {
            let span = found.span.expect("a reader says where");
            (found.code.id, &text[span.start as usize..span.end as usize])
        })
        .collect()
}

#[test]
fn ten_mistakes_are_ten_errors() {
    let text = r#"
allow W0401
profile "One" {
  descripton "what"
  members { usr "alice@contoso.com"  team "Field" }
  item account { download where name contains "x" and (statecode = 0 or revenue ge ) }
  item contact { download mine team   sync every 30 minutes }
  Item task { download related }
  item lead { download all   columns name; telephone1 }
}
app "A" { offline maybe   profiles "One" }
organization { hierarchy-depth 3   entity account { offline on   filter a eq 1 and } }
"#;
    assert_eq!(
        found(text),
        [
            ("E0104", "profile"),
            ("E0105", "descripton"),
            ("E0105", "usr"),
            ("E0108", "contains"),
            ("E0108", "="),
            ("E0104", "team"),
            ("E0105", "Item"),
            ("E0101", ";"),
            ("E0104", "maybe"),
            ("E0104", "}"),
        ]
    );
}

/// Of each token taken out, doubled, or put in, the reader makes a few errors at most.
#[test]
fn a_token_more_or_less_is_a_few_errors() {
    let text = include_str!("native/complete.weir");
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let end = at + word.trim_end().len();
        if end > at {
            words.push(at..end);
        }
        at += word.len();
    }
    let (mut most, mut sum, mut cases) = (0, 0, 0);
    let mut far: Vec<String> = Vec::new();
    for word in words {
        let (before, after) = (&text[..word.start], &text[word.end..]);
        let own = &text[word.clone()];
        for changed in [
            "",
            &format!("{own} {own}"),
            &format!("{own} ,"),
            &format!("zz {own}"),
            &format!("{own} )"),
        ] {
            let count = found(&format!("{before}{changed}{after}")).len();
            // A quote taken out or doubled turns texts inside out, and a brace moves all that
            // follows into another block; all else stays near its place.
            if !own.contains(['"', '\'', '`', '#', '{', '}']) && count > 3 {
                far.push(format!(
                    "{count} errors for `{changed}` in place of `{own}`"
                ));
            }
            most = most.max(count);
            sum += count;
            cases += 1;
        }
    }
    assert!(far.is_empty(), "{far:#?}");
    assert!(most <= 12, "{most} errors for one change");
    assert!(
        sum <= cases * 3 / 2,
        "{sum} errors in {cases} cases, {most} at most"
    );
}

/// An item of every clause and every form of an include; each word is one token.
const ITEM: &str = r#"
profile "P" {
  item account {
    limits modern
    name "Accounts"
    id "1"
    download mine , team where statecode eq 0 and ( revenue ge 5 or name in ( "a" , "b" ) )
    sync every 30 minutes
    columns name , telephone1
    include contact via contact_customer_accounts name "C" id "2" stored { Order "3" Flag "4" }
      where statecode eq 0 and any task via Contact_Tasks ( subject null )
    include via Account_Tasks where not any lead on leadid = taskid ( a eq 1 ) or b not-null
    allow W0301 "reason"
    include lead via accountleads name "L"
    include `note` via Notes id "5"
    include email via Emails stored { Order "6" }
    include visit via Visits
    budget 50000 rows , 200 MB
    stored { Order "7" }
  }
  item contact { download related }
}
"#;

/// One token of an item taken out, doubled or replaced by a word is one error. A brace may move what
/// follows into another block, and of a parenthesis its partner is one too many.
#[test]
fn one_mistake_in_an_item_is_one_error() {
    let mut far: Vec<String> = Vec::new();
    let mut cases = 0;
    for word in ITEM.split_whitespace() {
        let at = word.as_ptr() as usize - ITEM.as_ptr() as usize;
        let (before, after) = (&ITEM[..at], &ITEM[at + word.len()..]);
        let most = match word {
            "{" | "}" => 8,
            "(" | ")" => 2,
            _ => 1,
        };
        for changed in [String::new(), format!("{word} {word}"), "zz".to_owned()] {
            let text = format!("{before}{changed}{after}");
            let found = found(&text);
            cases += 1;
            if found.len() > most {
                let near: Vec<&str> = after.split_whitespace().take(3).collect();
                far.push(format!(
                    "`{changed}` for `{word}` before {near:?}: {found:?}"
                ));
            }
        }
    }
    assert!(cases > 400, "{cases} cases");
    assert!(far.is_empty(), "{far:#?}");
}

#[test]
fn joints_of_other_languages_part_conditions_all_the_same() {
    for (joint, meant) in [("&&", "and"), ("||", "or"), ("AND", "and"), ("Or", "or")] {
        let text = format!("a eq 1 {joint} b eq 2 {joint} c eq 3");
        let (filter, diagnostics) = native::parse_filter(FileId(0), &text);
        let edits: Vec<&str> = diagnostics
            .iter()
            .filter_map(|found| Some(found.suggestion.as_ref()?.replacement.as_str()))
            .collect();
        assert_eq!(edits, [meant, meant], "{text}");
        let printed = filter.as_ref().map(native::print_filter);
        let expected = format!("a eq 1 {meant} b eq 2 {meant} c eq 3");
        assert_eq!(printed, Some(expected));
    }
}
