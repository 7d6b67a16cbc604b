//! A client of `weir lsp`: framed messages to the program, and what comes back.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::desk::Desk;

/// An editor with a folder open in it.
pub(crate) struct Editor {
    pub(crate) desk: Desk,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Notifications that nobody has looked for yet.
    told: VecDeque<Value>,
    requests: i64,
}

impl Editor {
    /// Starts the program; says nothing yet.
    pub(crate) fn started(desk: Desk, typed: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
            .arg("lsp")
            .args(typed.split_whitespace())
            .current_dir(&desk.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().expect("piped")),
            desk,
            child,
            told: VecDeque::new(),
            requests: 0,
        }
    }

    /// Starts it and introduces itself, with more of `initialize` where there is some.
    pub(crate) fn new(desk: Desk, typed: &str, more: &Value) -> (Self, Value) {
        let mut editor = Self::started(desk, typed);
        let mut params = json!({
            "processId": null,
            "capabilities": {},
            "workspaceFolders": [{ "uri": editor.uri("."), "name": "desk" }],
        });
        let all = params.as_object_mut().expect("an object");
        all.extend(more.as_object().expect("an object").clone());
        let answer = editor.ask("initialize", &params).expect("it begins");
        editor.tell("initialized", &json!({}));
        (editor, answer)
    }

    /// A file of the folder.
    pub(crate) fn uri(&self, name: &str) -> String {
        let folder = self.desk.folder.display();
        match name {
            "." => format!("file://{folder}"),
            name => format!("file://{folder}/{name}"),
        }
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("not closed");
        // A server that has ended need not read it.
        let _ = input.write_all(bytes).and_then(|()| input.flush());
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub(crate) fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks; gives the result or the error.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.read().expect("an answer");
            if message["id"] == id {
                return match message.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(message["result"].clone()),
                };
            }
            self.told.push_back(message);
        }
    }

    /// The code and the message of an error.
    pub(crate) fn refused(&mut self, method: &str, params: &Value) -> (i64, String) {
        let error = self.ask(method, params).expect_err(method);
        let message = error["message"].as_str().expect("a text");
        (
            error["code"].as_i64().expect("a number"),
            message.to_owned(),
        )
    }

    /// The next thing of a kind that the server says on its own.
    pub(crate) fn told(&mut self, method: &str) -> Value {
        let kept = self.told.iter().position(|it| it["method"] == method);
        if let Some(at) = kept {
            return self.told.remove(at).expect("it is there")["params"].clone();
        }
        loop {
            let message = self.read().expect("a notification");
            if message["method"] == method {
                return message["params"].clone();
            }
            self.told.push_back(message);
        }
    }

    /// The next findings of a file.
    pub(crate) fn findings(&mut self, name: &str) -> Vec<Value> {
        let uri = self.uri(name);
        loop {
            let published = self.told("textDocument/publishDiagnostics");
            if published["uri"] == uri {
                let found = published["diagnostics"].as_array();
                return found.expect("a list").clone();
            }
        }
    }

    fn read(&mut self) -> Option<Value> {
        let mut length = None;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).expect("text") == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some((_, value)) => length = Some(value.parse().expect("a number")),
                None => break,
            }
        }
        let mut body = vec![0; length.expect("a length")];
        self.output.read_exact(&mut body).expect("all of it");
        Some(serde_json::from_slice(&body).expect("JSON"))
    }

    pub(crate) fn open(&mut self, name: &str, text: &str) {
        let language = if name.ends_with(".weir") {
            "weir"
        } else {
            "plaintext"
        };
        let document = json!({
            "uri": self.uri(name), "languageId": language, "version": 1, "text": text,
        });
        self.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    }

    pub(crate) fn change(&mut self, name: &str, changes: &Value) {
        let document = json!({ "uri": self.uri(name), "version": 2 });
        self.tell(
            "textDocument/didChange",
            &json!({ "textDocument": document, "contentChanges": changes }),
        );
    }

    /// A place for a request.
    pub(crate) fn at(&self, name: &str, line: u32, character: u32) -> Value {
        json!({
            "textDocument": { "uri": self.uri(name) },
            "position": { "line": line, "character": character },
        })
    }

    /// Ends the input; gives the exit status and what was said of it.
    pub(crate) fn end(mut self) -> (i32, String) {
        drop(self.input.take());
        let mut said = String::new();
        let mut error = self.child.stderr.take().expect("piped");
        error.read_to_string(&mut said).expect("text");
        let status = self.child.wait().expect("it ends");
        (status.code().expect("no signal"), said)
    }

    /// Shuts down as a client should.
    pub(crate) fn close(mut self) {
        assert_eq!(self.ask("shutdown", &Value::Null), Ok(Value::Null));
        self.tell("exit", &Value::Null);
        assert_eq!(self.end(), (0, String::new()));
    }
}

/// A range as the protocol has it.
pub(crate) fn range(line: u32, from: u32, to: u32) -> Value {
    json!({
        "start": { "line": line, "character": from },
        "end": { "line": line, "character": to },
    })
}
