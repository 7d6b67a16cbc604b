//! A folder of one test's own, the program run in it, and what came of it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use weir::database::Database;
use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::Sources;
use weir_ir::schema::Schema;
use weir_ir::transaction::Change;
use weir_ir::wire::Decoder;

/// Users, a team, accounts and tasks by their last digits.
pub(crate) const NORA: &str = "00000000-0000-0000-0000-000000000001";
pub(crate) const EMIL: &str = "00000000-0000-0000-0000-000000000002";
pub(crate) const ACCOUNT: &str = "00000000-0000-0000-0000-0000000000a1";
pub(crate) const TASK: &str = "00000000-0000-0000-0000-0000000000b1";

pub(crate) const METADATA: &str = r#"{"entities":[
  {"name":"account","ownership":"user-or-team","attributes":[{"name":"name","type":"string"},{"name":"revenue","type":"money"}]},
  {"name":"task","ownership":"user-or-team","activity":true,"attributes":[{"name":"due","type":"datetime"}]}],
 "relationships":[{"name":"Account_Tasks","kind":"1:N","referenced":"account","referencing":"task","lookup":"regardingobjectid"}]}"#;

/// Accounts that are the user's own, with their open tasks.
pub(crate) const PROFILE: &str = r#"profile "Field" {
  members { user "nora@example.com"  user "emil@example.com" }
  item account { download mine  include task via Account_Tasks where statecode eq 0 }
  item task { download related }
}
"#;

/// Two users.
pub(crate) fn people() -> String {
    format!(
        r#"{{"at":"2026-03-02T08:00:00Z","changes":[{{"op":"upsert","entity":"systemuser","id":"{NORA}","values":{{"domainname":"nora@example.com"}}}},{{"op":"upsert","entity":"systemuser","id":"{EMIL}","values":{{"internalemailaddress":"emil@example.com"}}}}]}}"#
    )
}

/// A line with one upsert.
pub(crate) fn upsert(at: &str, entity: &str, id: &str, values: &str) -> String {
    format!(
        r#"{{"at":"{at}","changes":[{{"op":"upsert","entity":"{entity}","id":"{id}","values":{{{values}}}}}]}}"#
    )
}

/// A line with one delete.
pub(crate) fn delete(at: &str, entity: &str, id: &str) -> String {
    format!(r#"{{"at":"{at}","changes":[{{"op":"delete","entity":"{entity}","id":"{id}"}}]}}"#)
}

/// A folder with metadata `m.json` and profile `p.weir`.
pub(crate) struct Desk {
    pub(crate) folder: PathBuf,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("weir-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder of our own");
        let desk = Self { folder };
        desk.put("m.json", METADATA);
        desk.put("p.weir", PROFILE);
        desk
    }

    pub(crate) fn put(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().expect("in the folder")).expect("writable");
        fs::write(path, text).expect("writable");
    }

    /// Writes a stream of those lines.
    pub(crate) fn stream(&self, lines: &[String]) {
        self.put("s.jsonl", lines.join("\n") + "\n");
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).expect("it was put there")
    }

    /// The schema of `m.json`.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        let mut sources = Sources::default();
        let file = sources.add("m.json", self.text("m.json"));
        let mut builder = Builder::new();
        assert_eq!(builder.json(&sources, file), []);
        Arc::new(builder.finish().0)
    }

    /// Hands over the changes of each line of `s.jsonl`.
    pub(crate) fn each_line(&self, schema: &Schema, mut each: impl FnMut(&[Change])) {
        let stream = self.text("s.jsonl");
        let file = Sources::default().add("s.jsonl", stream.as_str());
        let mut decoder = Decoder::new(schema, false);
        for line in stream.lines() {
            let line = decoder.line(file, line.as_bytes()).expect("a line");
            each(&line.transaction.changes);
        }
    }

    /// Writes the stream into `x.db`.
    pub(crate) fn stored(&self) {
        let schema = self.schema();
        let created = Database::create(&self.folder.join("x.db"), schema.clone());
        let mut database = created.expect("a new file");
        self.each_line(&schema, |changes| database.write(changes).expect("written"));
    }

    pub(crate) fn weir(&self, typed: &str) -> Ran {
        self.weir_with(typed, b"")
    }

    /// Runs the program with that on its standard input.
    pub(crate) fn weir_with(&self, typed: &str, input: &[u8]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
            .args(typed.split_whitespace())
            .current_dir(&self.folder)
            .env_remove("NO_COLOR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut stdin = child.stdin.take().expect("piped");
        // A program that fails early need not read all of it.
        let _ = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        Ran {
            status: output.status.code().expect("no signal"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// `weir run` over `s.jsonl`.
    pub(crate) fn run(&self, more: &str) -> Ran {
        self.weir(&format!("run -m m.json -p p.weir -c s.jsonl {more}"))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A line of the delta stream; rows by entity and last two digits.
pub(crate) fn delta(at: &str, user: &str, put: &[(&str, &str)], remove: &[(&str, &str)]) -> String {
    let rows = |rows: &[(&str, &str)]| {
        let rows: Vec<String> = rows
            .iter()
            .map(|(entity, id)| format!(r#"["{entity}","{id}"]"#))
            .collect();
        rows.join(",")
    };
    format!(
        "{{\"at\":\"{at}\",\"user\":\"{user}\",\"put\":[{}],\"remove\":[{}]}}\n",
        rows(put),
        rows(remove)
    )
}
