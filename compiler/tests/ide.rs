//! What an editor is told of a word, also while the text around it is unfinished.

#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

mod common;

use weir_compiler::ide::{
    Place, Refusal, collation, declared, definition, hover, outline, references, rename,
};
use weir_compiler::metadata::Builder;
use weir_grammar::{ast, native, solution};
use weir_ir::diagnostic::{FileId, Sources, Span};
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
    let files = [parsed.file];
    for (word, expected) in [
        (
            "revenue",
            "`account.revenue`: money; it takes a number of at most 28 digits; ownership of `account`: user-or-team",
        ),
        (
            "industrycode",
            "`account.industrycode`: choice; it takes a whole number; ownership of `account`: user-or-team\n- 1: Steel\n- 2: Paper",
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
            "`contact.fullname`: string; it takes a text in quotes; ownership of `contact`: user-or-team",
        ),
        (
            "telephone1",
            "`account.telephone1`: string; it takes a text in quotes; ownership of `account`: user-or-team",
        ),
        (
            "score",
            "`account.score`: decimal; it takes a number of at most 28 digits; ownership of `account`: user-or-team",
        ),
    ] {
        let found = hover(&schema, &files, TEXT, at(TEXT, word)).expect(word);
        assert_eq!(found.text, expected);
        assert_eq!(
            &TEXT[found.span.start as usize..found.span.end as usize],
            word
        );
    }
    let entity = hover(&schema, &files, TEXT, at(TEXT, "account")).expect("an entity");
    assert!(
        entity
            .text
            .starts_with("entity `account`: ownership user-or-team, mobile offline on, "),
        "{}",
        entity.text
    );
    let keyword = hover(&schema, &files, TEXT, at(TEXT, "download")).expect("a keyword");
    assert_eq!(
        keyword.text,
        "`download`: which rows the item has of its own"
    );
}

/// A keyword is none where it is a name, a text or part of a comment.
#[test]
fn keywords_are_told_from_other_words() {
    let schema = common::schema(common::METADATA);
    let text = "# item\nprofile \"mine\" { item `download` { download where related eq 1 } }";
    let files = [native::parse(FileId(0), text).file];
    let found = |word: &str, nth: usize| {
        let (start, _) = text.match_indices(word).nth(nth).expect("it is there");
        let at = u32::try_from(start + 1).expect("short");
        let file = FileId(0);
        hover(&schema, &files, text, Place { file, at }).map(|found| found.text)
    };
    let item = found("item", 1);
    assert_eq!(item.as_deref(), Some("`item`: the rows of an entity"));
    for (word, nth) in [("item", 0), ("mine", 0), ("download", 0), ("related", 0)] {
        assert_eq!(found(word, nth), None, "{word}");
    }
}

#[test]
fn operators_are_explained_without_metadata() {
    let (schema, _) = Builder::new().finish();
    let files = [native::parse(FileId(0), TEXT).file];
    let found = hover(&schema, &files, TEXT, at(TEXT, "gt")).expect("an operator");
    assert!(found.text.starts_with("`gt` holds where"), "{}", found.text);
    assert_eq!(hover(&schema, &files, TEXT, at(TEXT, "revenue")), None);
}

#[test]
fn metadata_declare_what_a_word_means() {
    let json = r#"{"entities":[
 {"name":"account","attributes":[{"name":"revenue","type":"money"}]},
 {"name":"contact"}],
 "relationships":[{"name":"Account_Contacts","kind":"1:N","referenced":"account","referencing":"contact","lookup":"accountid"}]}"#;
    let sql = "create table Visit (VisitId uniqueidentifier primary key, Kind int);";
    let mut sources = Sources::default();
    let mut builder = Builder::new();
    let text = r#"profile "P" {
  item account { download where Revenue gt 1 and statecode eq 0  include contact via account_contacts }
  item visit { download where kind eq 1 }
}"#;
    let files = [native::parse(sources.add("p.weir", text), text).file];
    let file = sources.add("m.json", json);
    builder.json(&sources, file);
    let file = sources.add("m.sql", sql);
    builder.ddl(&sources, file);
    let places = builder.places();
    let (schema, _) = builder.finish();
    for (word, file, line, declared_as) in [
        ("account {", "m.json", 2, "\"account\""),
        ("Revenue", "m.json", 2, "\"revenue\""),
        ("statecode", "m.json", 2, "\"account\""),
        ("account_contacts", "m.json", 4, "\"Account_Contacts\""),
        ("visit", "m.sql", 1, "Visit"),
        ("kind", "m.sql", 1, "Kind"),
    ] {
        let thing = declared(&schema, &files, at(text, word)).expect(word);
        let place = places.of(thing).expect(word);
        let source = sources.get(place.file).expect("a source");
        let found = (source.name.as_str(), sources.position(place).0);
        assert_eq!((found, sources.slice(place)), ((file, line), declared_as));
    }
    assert_eq!(declared(&schema, &files, at(text, "gt")), None);
}

#[test]
fn an_outline_has_blocks_and_items() {
    let mut sources = Sources::default();
    let file = native::parse(sources.add("a.weir", TEXT), TEXT).file;
    let found: Vec<(String, &str, usize)> = outline(&file)
        .into_iter()
        .map(|found| {
            assert!(found.span.start <= found.at.start && found.at.end <= found.span.end);
            (found.name, sources.slice(found.at), found.parts.len())
        })
        .collect();
    assert_eq!(found[0], ("Field".to_owned(), "\"Field\"", 3));
    assert_eq!(found[1], ("App".to_owned(), "\"App\"", 0));
    assert_eq!((found[2].0.as_str(), found.len()), ("organization", 3));
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
            let files = std::slice::from_ref(&file);
            if let Some(found) = hover(&schema, files, text, place) {
                assert!(
                    text.get(found.span.start as usize..found.span.end as usize)
                        .is_some()
                );
            }
            let _ = definition(files, place, Collation::CiAi);
            let _ = references(files, place, Collation::CiAi);
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
    let named = |word| references(&files, at(TEXT, word), Collation::CiAi);
    let texts = |spans: Vec<Span>| -> Vec<&str> {
        spans.into_iter().map(|span| sources.slice(span)).collect()
    };
    assert_eq!(texts(named("\"FIELD\"")), places);
    let contact = named("contact {");
    assert_eq!(contact, named("contact via"));
    assert_eq!(texts(contact), ["contact", "contact"]);
    assert_eq!(named("revenue"), []);
}

#[test]
fn a_name_may_be_refused() {
    let texts = [
        TEXT,
        "profile \"Other\" {} organization { collation ci_as }",
    ];
    let mut files: Vec<ast::File> = (0..)
        .zip(texts)
        .map(|(id, text)| native::parse(FileId(id), text).file)
        .collect();
    assert_eq!(collation(&files), Collation::CiAs);
    assert_eq!(collation(&files[..1]), Collation::CiAi);
    let refused = |files: &[ast::File], word, new, collation| {
        rename(files, at(TEXT, word), new, collation).err()
    };
    for (word, new, collation, refusal) in [
        ("revenue", "x", Collation::CiAi, Some(Refusal::NoProfile)),
        ("\"Field\"", " ", Collation::CiAi, Some(Refusal::Empty)),
        (
            "\"Field\"",
            "\u{f3}THER",
            Collation::CiAi,
            Some(Refusal::Taken("Other".into())),
        ),
        ("\"Field\"", "\u{f3}THER", Collation::CiAs, None),
        ("\"Field\"", "FIELD", Collation::CiAi, None),
    ] {
        assert_eq!(refused(&files, word, new, collation), refusal, "{new}");
    }
    let xml = "<MobileOfflineProfile><Name>field</Name></MobileOfflineProfile>";
    files.push(solution::parse(FileId(9), xml).file);
    let refusal = refused(&files, "\"Field\"", "New", Collation::CiAi);
    assert_eq!(refusal, Some(Refusal::Solution));
}
