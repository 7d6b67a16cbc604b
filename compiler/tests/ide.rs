//! What an editor is told of a word, also while the text around it is unfinished.

#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

mod common;

use weir_compiler::ide::{Place, definition, hover, rename};
use weir_grammar::native;
use weir_ir::diagnostic::{FileId, Sources};
use weir_ir::fold::Collation;

const TEXT: &str = r#"profile "Field" {
  item account {
    download where revenue gt 5 and industrycode eq 1
    columns name
    include contact via contact_customer_accounts where fullname not-like "x%"
  }
  item contact { download related }
  item task { download where any account on accountid = regardingobjectid (telephone1 null) and
}
app "App" { profiles "FIELD" }
organization { entity account { filter score ge 2 } }
"#;

/// The place in the middle of a word.
fn at(text: &str, word: &str) -> Place {
    let start = text.find(word).expect("the word is there");
    Place {
        file: FileId(0),
        at: u32::try_from(start + word.len() / 2).expect("short"),
    }
}

#[test]
fn words_are_explained() {
    let schema = common::schema(common::METADATA);
    let parsed = native::parse(FileId(0), TEXT);
    assert!(!parsed.diagnostics.is_empty(), "it is unfinished");
    for (word, expected) in [
        (
            "revenue",
            "`account.revenue`: money; it takes a number of at most 28 digits",
        ),
        (
            "industrycode",
            "`account.industrycode`: choice; it takes a whole number\n- 1: Steel\n- 2: Paper",
        ),
        (
            "gt",
            "`gt` holds where the attribute is greater than the value; it takes one value, on numbers, money, datetimes and strings; without a value it does not hold",
        ),
        (
            "not-like",
            "`not-like` holds where the attribute does not match the pattern; it takes one value, on strings and memos; without a value it holds, unless `null-matches` says otherwise",
        ),
        (
            "contact_customer_accounts",
            "relationship `contact_customer_accounts`: one `account` to many `contact`, through `contact.parentcustomerid`",
        ),
        (
            "fullname",
            "`contact.fullname`: string; it takes a text in quotes",
        ),
        (
            "telephone1",
            "`account.telephone1`: string; it takes a text in quotes",
        ),
        (
            "score",
            "`account.score`: decimal; it takes a number of at most 28 digits",
        ),
    ] {
        let found = hover(&schema, &parsed.file, at(TEXT, word)).expect(word);
        assert_eq!(found.text, expected);
        assert_eq!(
            &TEXT[found.span.start as usize..found.span.end as usize],
            word
        );
    }
    let entity = hover(&schema, &parsed.file, at(TEXT, "account")).expect("an entity");
    assert!(
        entity
            .text
            .starts_with("entity `account`: ownership user-or-team, mobile offline on, "),
        "{}",
        entity.text
    );
    assert_eq!(hover(&schema, &parsed.file, at(TEXT, "download")), None);
}

/// Wherever the text ends and wherever one asks, there is an answer or none.
#[test]
fn every_place_of_every_beginning_may_be_asked() {
    let schema = common::schema(common::METADATA);
    for end in 0..=TEXT.len() {
        let text = &TEXT[..end];
        let file = native::parse(FileId(0), text).file;
        for asked in [end.saturating_sub(3), end] {
            let place = Place {
                file: FileId(0),
                at: u32::try_from(asked).expect("short"),
            };
            if let Some(found) = hover(&schema, &file, place) {
                assert!(
                    text.get(found.span.start as usize..found.span.end as usize)
                        .is_some()
                );
            }
            let _ = definition(std::slice::from_ref(&file), place, Collation::CiAi);
        }
    }
}

#[test]
fn definitions_and_renames_go_over_files() {
    let mut sources = Sources::default();
    let texts = [
        TEXT,
        "members \"field\" { user \"a\" }\nprofile \"Other\" {}",
    ];
    let files: Vec<_> = texts
        .iter()
        .map(|text| native::parse(sources.add("a.weir", *text), text).file)
        .collect();
    let of = |word| definition(&files, at(TEXT, word), Collation::CiAi);
    let profile = of("\"FIELD\"").expect("a profile");
    assert_eq!((sources.slice(profile), profile.start), ("\"Field\"", 8));
    let item = of("contact via").map(|span| (sources.slice(span), sources.position(span)));
    assert_eq!(item, Some(("contact", (7, 8))));
    assert_eq!(of("revenue"), None);

    let edits =
        rename(&files, at(TEXT, "\"FIELD\""), "a \"b\"", Collation::CiAi).expect("a profile");
    let places: Vec<&str> = edits.iter().map(|edit| sources.slice(edit.span)).collect();
    assert_eq!(places, ["\"Field\"", "\"FIELD\"", "\"field\""]);
    assert!(
        edits
            .iter()
            .all(|edit| edit.replacement == "\"a \"\"b\"\"\"")
    );
    assert_eq!(
        rename(&files, at(TEXT, "revenue"), "x", Collation::CiAi),
        None
    );
}
