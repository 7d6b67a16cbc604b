//! `weir lsp`: a conversation with an editor, message by message.

use std::fs;

use serde_json::{Value, json};

use crate::desk::{Desk, METADATA};
use crate::editor::{Editor, range};

const TEXT: &str = r#"profile "Field 😀 ü" { item account { download where nam eq "a" } }"#;

/// A folder whose metadata an editor finds by its name.
fn desk(files: &[(&str, &str)]) -> Desk {
    let desk = Desk::new();
    fs::remove_file(desk.folder.join("p.weir")).expect("it is there");
    desk.put("metadata.json", METADATA);
    for (name, text) in files {
        desk.put(name, text);
    }
    desk
}

fn editor(files: &[(&str, &str)]) -> Editor {
    Editor::new(desk(files), "", &json!({})).0
}

/// The text after edits that the server gives, which stand in one line each.
fn edited(text: &str, edits: &Value) -> String {
    let mut lines: Vec<Vec<u16>> = text
        .split('\n')
        .map(|line| line.encode_utf16().collect())
        .collect();
    for edit in edits.as_array().expect("edits").iter().rev() {
        let at = |end: &str, part: &str| {
            let number = edit["range"][end][part].as_u64().expect("a number");
            usize::try_from(number).expect("small")
        };
        let line = at("start", "line");
        assert_eq!(line, at("end", "line"), "one line");
        let new = edit["newText"].as_str().expect("a text");
        let bounds = at("start", "character")..at("end", "character");
        lines[line].splice(bounds, new.encode_utf16());
    }
    let lines = lines.iter().map(|line| String::from_utf16_lossy(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_mistake_is_told_at_its_place_and_cleared() {
    let mut editor = editor(&[]);
    editor.open("a.weir", TEXT);
    let found = editor.findings("a.weir");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["code"], "E0302");
    assert_eq!(found[0]["severity"], 1);
    assert_eq!(found[0]["source"], "weir");
    let message = "`account` has no attribute `nam`\nhelp: did you mean `name`?";
    assert_eq!(found[0]["message"], message);
    // The emoji counts two units, the umlaut one.
    assert_eq!(found[0]["range"], range(0, 53, 56));

    let insert = json!([{ "range": range(0, 56, 56), "text": "e" }]);
    editor.change("a.weir", &insert);
    assert_eq!(editor.findings("a.weir"), [] as [Value; 0]);
    editor.close();
}

#[test]
fn columns_are_bytes_where_the_client_counts_so() {
    let general = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
    let more = json!({ "capabilities": general });
    let (mut editor, answer) = Editor::new(desk(&[]), "", &more);
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-8");
    assert_eq!(answer["serverInfo"]["name"], "weir");
    editor.open("a.weir", TEXT);
    let at = u32::try_from(TEXT.find("nam ").expect("there")).expect("short");
    assert_eq!(editor.findings("a.weir")[0]["range"], range(0, at, at + 3));
    editor.close();
}

#[test]
fn files_belong_together_and_open_ones_override_the_disk() {
    let members = r#"members "Feld" { team "Coast" }"#;
    let mut editor = editor(&[("sub/members.weir", members), ("node_modules/x.weir", "?")]);
    let found = editor.findings("sub/members.weir");
    let message = found[0]["message"].as_str().expect("a text");
    assert!(message.contains("`Feld`"), "{message}");

    editor.open(
        "a.weir",
        r#"profile "Feld" { item account { download all } }"#,
    );
    assert_eq!(editor.findings("sub/members.weir"), [] as [Value; 0]);

    // Twice the same profile: the second place tells of the first.
    editor.open(
        "b.weir",
        r#"profile "feld" { item account { download all } }"#,
    );
    let found = editor.findings("b.weir");
    assert_eq!(found[0]["code"], "E0601");
    let related = &found[0]["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], editor.uri("a.weir"));
    assert_eq!(related["location"]["range"], range(0, 8, 14));

    let document = json!({ "textDocument": { "uri": editor.uri("b.weir") } });
    editor.tell("textDocument/didClose", &document);
    assert_eq!(editor.findings("b.weir"), [] as [Value; 0]);
    editor.close();
}

#[test]
fn words_are_explained() {
    let text = "profile \"P\" {\n  item account { download where revenue gt 5 }\n}\n";
    let mut editor = editor(&[]);
    editor.open("a.weir", text);
    for (column, at, text) in [
        (
            8,
            range(1, 7, 14),
            "entity `account`: ownership user-or-team, ",
        ),
        (32, range(1, 32, 39), "`account.revenue`: money; "),
        (
            32,
            range(1, 32, 39),
            "; ownership of `account`: user-or-team",
        ),
        (
            41,
            range(1, 40, 42),
            "`gt` holds where the attribute is greater than",
        ),
        (
            20,
            range(1, 17, 25),
            "`download`: which rows the item has of its own",
        ),
    ] {
        let asked = editor.at("a.weir", 1, column);
        let found = editor.ask("textDocument/hover", &asked).expect("an answer");
        assert_eq!(found["range"], at);
        let value = found["contents"]["value"].as_str().expect("a text");
        assert!(value.contains(text), "{value}");
    }
    let nowhere = editor.at("a.weir", 1, 2_000);
    assert_eq!(editor.ask("textDocument/hover", &nowhere), Ok(Value::Null));
    editor.close();
}

#[test]
fn definitions_lead_to_items_and_to_metadata() {
    let text = "profile \"P\" {\n item account { download mine include task via Account_Tasks }\n item task { download related }\n}\napp \"A\" { profiles \"p\" }\n";
    let mut editor = editor(&[]);
    editor.open("a.weir", text);
    let line_of = |word: &str| METADATA.lines().position(|line| line.contains(word));
    let (task, link) = (line_of(r#""name":"task""#), line_of("Account_Tasks"));
    for (line, column, file, at) in [
        (1, 40, "a.weir", range(2, 6, 10)),
        (2, 7, "metadata.json", range(2, 10, 16)),
        (1, 50, "metadata.json", range(3, 26, 41)),
        (4, 20, "a.weir", range(0, 8, 11)),
    ] {
        let asked = editor.at("a.weir", line, column);
        let found = editor
            .ask("textDocument/definition", &asked)
            .expect("an answer");
        assert_eq!(found, json!({ "uri": editor.uri(file), "range": at }));
    }
    assert_eq!((task, link), (Some(2), Some(3)), "the lines above");

    let mut asked = editor.at("a.weir", 2, 7);
    asked["context"] = json!({ "includeDeclaration": true });
    let found = editor
        .ask("textDocument/references", &asked)
        .expect("an answer");
    let ranges: Vec<&Value> = found
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| &it["range"])
        .collect();
    assert_eq!(ranges, [&range(1, 38, 42), &range(2, 6, 10)]);
    asked["context"] = json!({ "includeDeclaration": false });
    let found = editor
        .ask("textDocument/references", &asked)
        .expect("an answer");
    assert_eq!(found[0]["range"], range(1, 38, 42));
    assert_eq!(found[1], Value::Null);
    editor.close();
}

#[test]
fn a_profile_is_renamed_in_all_files() {
    let members = "members \"FIELD\" { team \"Coast\" }\n";
    let profile = "profile \"Field\" { item account { download all } }\nprofile \"Other\" {}\n";
    let mut editor = editor(&[("members.weir", members)]);
    editor.open("a.weir", profile);
    let mut asked = editor.at("a.weir", 0, 10);
    let found = editor
        .ask("textDocument/prepareRename", &asked)
        .expect("an answer");
    assert_eq!(
        found,
        json!({ "range": range(0, 8, 15), "placeholder": "Field" })
    );
    asked["newName"] = json!("Sales \"1\"");
    let found = editor.ask("textDocument/rename", &asked).expect("edits");
    let changes = &found["changes"];
    assert_eq!(changes.as_object().expect("texts").len(), 2);
    let after = edited(profile, &changes[editor.uri("a.weir")]);
    assert!(
        after.starts_with("profile \"Sales \"\"1\"\"\" {"),
        "{after}"
    );
    let after = edited(members, &changes[editor.uri("members.weir")]);
    assert!(
        after.starts_with("members \"Sales \"\"1\"\"\" {"),
        "{after}"
    );

    for (name, reason) in [
        ("", "a profile's name can't be empty"),
        ("OTHER", "profile `Other` is defined already"),
    ] {
        asked["newName"] = json!(name);
        let refused = editor.refused("textDocument/rename", &asked);
        assert_eq!(refused, (-32803, reason.to_owned()));
    }
    let elsewhere = editor.at("a.weir", 0, 24);
    let found = editor.ask("textDocument/prepareRename", &elsewhere);
    assert_eq!(found, Ok(Value::Null));
    editor.close();
}

#[test]
fn formatting_is_that_of_the_command() {
    let loose = "# Ours: ü 😀\nprofile 'P' { item account { download all } } # end";
    let mut editor = editor(&[("a.weir", loose)]);
    editor.open("a.weir", loose);
    let asked = json!({
        "textDocument": { "uri": editor.uri("a.weir") },
        "options": { "tabSize": 2, "insertSpaces": true },
    });
    let edits = editor
        .ask("textDocument/formatting", &asked)
        .expect("edits");
    let ran = editor.desk.weir_with("fmt -", loose.as_bytes());
    assert_eq!(edits[0]["newText"], ran.out);
    let last = json!({ "line": 1, "character": 51 });
    assert_eq!(
        edits[0]["range"],
        json!({ "start": { "line": 0, "character": 0 }, "end": last })
    );
    assert_eq!(edits[1], Value::Null);

    editor.change("a.weir", &json!([{ "text": ran.out }]));
    let edits = editor.ask("textDocument/formatting", &asked);
    assert_eq!(edits, Ok(json!([])), "laid out already");
    editor.change("a.weir", &json!([{ "text": "profile {" }]));
    let edits = editor.ask("textDocument/formatting", &asked);
    assert_eq!(edits, Ok(Value::Null), "a file with mistakes stays");
    editor.close();
}

#[test]
fn what_is_meant_can_be_put_in() {
    let mut editor = editor(&[]);
    editor.open("a.weir", TEXT);
    let mut asked = json!({
        "textDocument": { "uri": editor.uri("a.weir") },
        "range": range(0, 54, 54),
        "context": { "diagnostics": [] },
    });
    let found = editor
        .ask("textDocument/codeAction", &asked)
        .expect("actions");
    assert_eq!(found[0]["title"], "change `nam` to `name`");
    assert_eq!(found[0]["kind"], "quickfix");
    assert_eq!(found[0]["diagnostics"], json!(editor.findings("a.weir")));
    let edits = &found[0]["edit"]["changes"][editor.uri("a.weir")];
    assert_eq!(edited(TEXT, edits), TEXT.replace("nam ", "name "));
    for (key, value) in [
        ("range", range(0, 0, 3)),
        (
            "context",
            json!({ "diagnostics": [], "only": ["refactor"] }),
        ),
    ] {
        let before = std::mem::replace(&mut asked[key], value);
        let found = editor.ask("textDocument/codeAction", &asked);
        assert_eq!(found, Ok(json!([])), "{key}");
        asked[key] = before;
    }
    editor.close();
}

#[test]
fn words_are_completed() {
    let text = "profile \"P\" {\n  item account { download where re }\n}\n";
    let mut editor = editor(&[]);
    editor.open("a.weir", text);
    let asked = editor.at("a.weir", 1, 34);
    let found = editor
        .ask("textDocument/completion", &asked)
        .expect("items");
    let first = &found[0];
    assert_eq!(
        (&first["label"], &first["kind"]),
        (&json!("revenue"), &json!(5))
    );
    assert_eq!(
        first["textEdit"],
        json!({ "range": range(1, 32, 34), "newText": "revenue" })
    );
    let detail = first["detail"].as_str().expect("a text");
    assert!(detail.starts_with("`account.revenue`: money"), "{detail}");
    let sorted = found
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["sortText"].to_string());
    assert!(sorted.is_sorted(), "the best is first");

    let app = "app \"A\" { profiles \"\" }";
    editor.open("b.weir", app);
    let asked = editor.at("b.weir", 0, 20);
    let found = editor
        .ask("textDocument/completion", &asked)
        .expect("items");
    assert_eq!(found[0]["label"], "P");
    assert_eq!(
        found[0]["filterText"], "\"P\"",
        "as it stands where the edit goes"
    );
    assert_eq!(
        edited(app, &json!([found[0]["textEdit"]])),
        "app \"A\" { profiles \"P\" }"
    );
    editor.close();
}

#[test]
fn an_outline_is_given() {
    let mut editor = editor(&[]);
    editor.open("a.weir", "profile \"\" { item account { download all } }");
    let asked = json!({ "textDocument": { "uri": editor.uri("a.weir") } });
    let found = editor
        .ask("textDocument/documentSymbol", &asked)
        .expect("symbols");
    assert_eq!(
        (&found[0]["name"], &found[0]["detail"]),
        (&json!("profile"), &json!("profile"))
    );
    assert_eq!(found[0]["children"][0]["name"], "account");
    assert_eq!(found[0]["children"][0]["selectionRange"], range(0, 18, 25));
    editor.close();
}

#[test]
fn metadata_may_be_wrong_and_be_mended() {
    let dynamic =
        json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let desk = desk(&[("metadata.json", "{\"entities\":[}")]);
    let (mut editor, _) = Editor::new(desk, "", &json!({ "capabilities": dynamic }));
    let watched = editor.told("client/registerCapability").to_string();
    for glob in ["**/*.weir", "**/metadata.json"] {
        assert!(watched.contains(&format!("{glob:?}")), "{watched}");
    }
    let found = editor.findings("metadata.json");
    assert_eq!(found[0]["code"], "E0201");
    let said = editor.told("window/showMessage");
    let message = "the metadata can't be read: only the syntax is checked";
    assert_eq!(
        (&said["type"], &said["message"]),
        (&json!(1), &json!(message))
    );

    // Without a schema the syntax is looked at all the same.
    editor.open("a.weir", "profile \"P\" { item acount { downlaod all } }");
    let found = editor.findings("a.weir");
    assert_eq!((found.len(), &found[0]["range"]), (1, &range(0, 28, 36)));

    editor.desk.put("metadata.json", METADATA);
    let change = json!({ "changes": [{ "uri": editor.uri("metadata.json"), "type": 2 }] });
    editor.tell("workspace/didChangeWatchedFiles", &change);
    assert_eq!(
        editor.findings("a.weir").len(),
        2,
        "the entity is wrong too"
    );
    assert_eq!(editor.findings("metadata.json"), [] as [Value; 0]);
    editor.close();
}

#[test]
fn metadata_that_are_open_count_as_they_are() {
    let sql = "create table visit (visitid uniqueidentifier primary key, name int);";
    let text = "profile \"P\" { item visit { download where kind eq 1 } }";
    let mut editor = editor(&[("metadata.sql", sql)]);
    let is_unknown = |found: &Vec<Value>| found.iter().any(|found| found["code"] == "E0302");
    editor.open("a.weir", text);
    let found = editor.findings("a.weir");
    assert!(is_unknown(&found), "{found:?}");

    editor.open("metadata.sql", sql);
    let end = u32::try_from(sql.find(");").expect("there")).expect("short");
    let add = json!([{ "range": range(0, end, end), "text": ", kind int" }]);
    editor.change("metadata.sql", &add);
    // The next findings of the profile are those with the attribute.
    let found = editor.findings("a.weir");
    assert!(!is_unknown(&found), "{found:?}");
    let asked = editor.at("a.weir", 0, 43);
    let found = editor
        .ask("textDocument/definition", &asked)
        .expect("an answer");
    let place = json!({ "uri": editor.uri("metadata.sql"), "range": range(0, end + 2, end + 6) });
    assert_eq!(found, place);
    // A script has no profile's keywords.
    let name = editor.at("metadata.sql", 0, 61);
    assert_eq!(editor.ask("textDocument/hover", &name), Ok(Value::Null));
    assert_eq!(
        editor.ask("textDocument/completion", &name),
        Ok(Value::Null)
    );
    editor.close();
}

#[test]
fn metadata_and_profiles_may_be_named() {
    let text = "profile \"P\" { item acount { download all } }";
    let files = [
        ("metadata.json", "{"),
        ("a.weir", text),
        ("other/b.weir", text),
    ];
    let count = |editor: &mut Editor, name: &str| editor.findings(name).len();
    // On the command line, from the folder of the process on.
    let typed = "--stdio --metadata m.json --profile a.weir";
    let (mut editor, _) = Editor::new(desk(&files), typed, &json!({}));
    assert_eq!(
        count(&mut editor, "a.weir"),
        1,
        "the profile stands but once"
    );
    editor.open("other/b.weir", text);
    assert_eq!(
        count(&mut editor, "other/b.weir"),
        1,
        "what is apart stands alone"
    );
    editor.close();
    // By the client, from the workspace on.
    let options = json!({ "metadata": ["m.json"], "profiles": ["other"] });
    let (mut editor, _) = Editor::new(
        desk(&files),
        "",
        &json!({ "initializationOptions": options }),
    );
    assert_eq!(count(&mut editor, "other/b.weir"), 1);
    editor.close();
    // One that isn't there is said.
    let (mut editor, _) = Editor::new(desk(&files), "-m none.json", &json!({}));
    let said = editor.told("window/showMessage")["message"].to_string();
    assert!(said.contains("none.json`: there is no such file"), "{said}");
    editor.close();
}

#[test]
fn messages_out_of_turn_are_refused() {
    let mut editor = Editor::started(desk(&[]), "");
    let place = editor.at("a.weir", 0, 0);
    let refused = editor.refused("textDocument/hover", &place);
    assert_eq!(refused, (-32002, "`initialize` comes first".to_owned()));
    assert_eq!(
        editor
            .refused("initialize", &json!({ "capabilities": 1 }))
            .0,
        -32602
    );
    let options = json!({ "capabilities": {}, "initializationOptions": { "metadata": "m.json" } });
    assert_eq!(editor.refused("initialize", &options).0, -32602);
    editor
        .ask("initialize", &json!({ "capabilities": {} }))
        .expect("it begins");
    assert_eq!(
        editor
            .refused("initialize", &json!({ "capabilities": {} }))
            .0,
        -32600
    );

    assert_eq!(
        editor.refused("textDocument/fold", &place),
        (-32601, "there is no request `textDocument/fold`".to_owned())
    );
    let (code, message) = editor.refused("textDocument/hover", &json!({ "position": 7 }));
    assert_eq!(code, -32602, "{message}");
    let (code, message) = editor.refused("textDocument/hover", &place);
    assert_eq!(
        (code, message.ends_with("a.weir` is not open")),
        (-32602, true)
    );

    editor.tell("textDocument/didOpen", &json!({ "textDocument": null }));
    let said = editor.told("window/logMessage")["message"].to_string();
    assert!(said.contains("`textDocument/didOpen`: "), "{said}");
    editor.tell("textDocument/didSing", &json!({}));
    editor.tell("$/cancelRequest", &json!({ "id": 99 }));

    editor.ask("shutdown", &Value::Null).expect("it ends");
    assert_eq!(editor.refused("textDocument/hover", &place).0, -32600);
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.end(), (0, String::new()));
}

#[test]
fn the_exit_status_tells_how_it_ended() {
    let mut editor = editor(&[]);
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.end(), (1, String::new()), "without `shutdown`");

    let (status, said) = Editor::started(desk(&[]), "").end();
    let message = "error: the input has ended without `shutdown` and `exit`; start `weir lsp` from an editor\n";
    assert_eq!((status, said.as_str()), (1, message));

    for (bytes, reason) in [
        (
            "Content-Length: 7\r\n\r\n{\"id\":}",
            "not a message: expected value at line 1 column 7",
        ),
        ("Content-Length: x\r\n\r\n", "`x` is no length"),
        ("Hello\r\n\r\n", "`Hello` is no header"),
        (
            "Content-Length: 99999999999999999\r\n\r\n{}",
            "the input ends within a message of 99999999999999999 bytes",
        ),
    ] {
        let mut editor = Editor::started(desk(&[]), "");
        editor.raw(bytes.as_bytes());
        let (status, said) = editor.end();
        let message = format!("error: the client's messages can't be read on: {reason}; ");
        assert_eq!(status, 1, "{said}");
        assert!(said.starts_with(&message), "{said}");
    }
}
