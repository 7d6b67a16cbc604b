//! `weir lsp`: the language server protocol over standard input and output.
//!
//! One thread reads, one answers, in the order of the messages; findings are published once nothing
//! more waits, so that a burst of keys costs one compilation.

mod diagnostics;
mod features;
mod metadata;
mod position;
mod requests;
mod uri;
mod wire;
mod workspace;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Exit, LogMessage, Notification as _, PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{Initialize, RegisterCapability, Request as _, Shutdown};
use lsp_types::{
    InitializeParams, LogMessageParams, MessageType, PublishDiagnosticsParams, ShowMessageParams,
};
use serde::Deserialize;

use self::features::{Answer, refused};
use self::position::Encoding;
use self::wire::{Next, Queue};
use self::workspace::{Wanted, Workspace};
use crate::arguments::Lsp;
use crate::failure::{Failure, Outcome};

/// Serves until the client says `exit`.
pub(crate) fn run(args: &Lsp) -> Outcome {
    let absolute =
        |paths: &[PathBuf]| -> io::Result<_> { paths.iter().map(std::path::absolute).collect() };
    let unknown = |error: io::Error| Failure::Internal(format!("no current folder: {error}"));
    let mut server = Server {
        metadata: absolute(&args.metadata).map_err(unknown)?,
        profiles: absolute(&args.profile).map_err(unknown)?,
        phase: Phase::Fresh,
        watches: false,
        published: BTreeMap::new(),
        said: Vec::new(),
    };
    let mut queue = Queue::standard_input();
    loop {
        match queue.next() {
            Next::Message(Message::Notification(it)) if it.method == Exit::METHOD => {
                return match server.phase {
                    Phase::ShutDown => Ok(()),
                    _ => Err(Failure::Reported),
                };
            }
            Next::Message(message) => server.message(message)?,
            Next::Cancelled(response) => send(response)?,
            Next::Idle => {
                server.settle()?;
                queue.wait();
            }
            Next::End(Ok(())) => {
                return match server.phase {
                    Phase::ShutDown => Ok(()),
                    _ => Err(Failure::Input(
                        "the input has ended without `shutdown` and `exit`".to_owned(),
                        "start `weir lsp` from an editor".to_owned(),
                    )),
                };
            }
            Next::End(Err(reason)) => {
                return Err(Failure::Input(
                    format!("the client's messages can't be read on: {reason}"),
                    "a message is `Content-Length: N`, an empty line, and N bytes of JSON"
                        .to_owned(),
                ));
            }
        }
    }
}

/// How far the conversation is.
enum Phase {
    /// Before `initialize`.
    Fresh,
    Running(Box<Workspace>),
    /// After `shutdown`.
    ShutDown,
}

struct Server {
    metadata: Vec<PathBuf>,
    profiles: Vec<PathBuf>,
    phase: Phase,
    /// Whether the client watches files when it is asked to.
    watches: bool,
    /// What has been published of each text.
    published: BTreeMap<String, PublishDiagnosticsParams>,
    /// What was last said of metadata that can't be read.
    said: Vec<String>,
}

/// What a client may configure.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Configured {
    /// Paths, from the first folder of the workspace on.
    metadata: Vec<PathBuf>,
    profiles: Vec<PathBuf>,
}

impl Server {
    fn message(&mut self, message: Message) -> Outcome {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(notification) => self.notification(notification),
            // Of the one thing that is asked of the client nothing depends on the answer.
            Message::Response(_) => Ok(()),
        }
    }

    fn request(&mut self, request: Request) -> Outcome {
        let Request { id, method, params } = request;
        let known = method == Initialize::METHOD;
        let answer = match &mut self.phase {
            Phase::Fresh if known => self.initialize(params),
            Phase::Fresh => Err(refused(
                ErrorCode::ServerNotInitialized,
                "`initialize` comes first",
            )),
            Phase::ShutDown => Err(refused(
                ErrorCode::InvalidRequest,
                "the server is shut down",
            )),
            Phase::Running(_) if known => Err(refused(
                ErrorCode::InvalidRequest,
                "the server is initialized already",
            )),
            Phase::Running(_) if method == Shutdown::METHOD => {
                self.phase = Phase::ShutDown;
                Ok(serde_json::Value::Null)
            }
            Phase::Running(_) => {
                self.settle()?;
                match &self.phase {
                    Phase::Running(workspace) => requests::answer(workspace, &method, params),
                    _ => Ok(serde_json::Value::Null),
                }
            }
        };
        send(Response {
            id,
            response_result: answer,
        })
    }

    fn notification(&mut self, notification: Notification) -> Outcome {
        let Phase::Running(workspace) = &mut self.phase else {
            return Ok(());
        };
        let Notification { method, params } = notification;
        if method == "initialized" {
            return match self.watches {
                true => self.watch(),
                false => Ok(()),
            };
        }
        match requests::notify(workspace, &method, params) {
            Ok(()) => Ok(()),
            // Nobody waits for an answer, but someone may look for the reason.
            Err(reason) => notify::<LogMessage>(LogMessageParams {
                typ: MessageType::ERROR,
                message: format!("`{method}`: {reason}"),
            }),
        }
    }

    fn initialize(&mut self, params: serde_json::Value) -> Answer<serde_json::Value> {
        let malformed =
            |error: serde_json::Error| refused(ErrorCode::InvalidParams, error.to_string());
        let params: InitializeParams = serde_json::from_value(params).map_err(malformed)?;
        let folders = folders(&params);
        let configured = match params.initialization_options {
            None | Some(serde_json::Value::Null) => Configured::default(),
            Some(options) => serde_json::from_value(options).map_err(malformed)?,
        };
        let base = folders.first().cloned().unwrap_or_default();
        let given = |typed: &[PathBuf], configured: Vec<PathBuf>| match typed {
            [] => configured.iter().map(|path| base.join(path)).collect(),
            typed => typed.to_vec(),
        };
        let wanted = Wanted {
            metadata: given(&self.metadata, configured.metadata),
            profiles: given(&self.profiles, configured.profiles),
            folders,
        };
        let general = params.capabilities.general;
        let offered = general.and_then(|general| general.position_encodings);
        let encoding = Encoding::negotiated(offered.as_deref());
        let files = params.capabilities.workspace;
        let files = files.and_then(|workspace| workspace.did_change_watched_files);
        self.watches = files.and_then(|files| files.dynamic_registration) == Some(true);
        self.phase = Phase::Running(Box::new(Workspace::new(wanted, encoding)));
        Ok(serde_json::json!({
            "capabilities": requests::capabilities(encoding),
            "serverInfo": { "name": "weir", "version": env!("CARGO_PKG_VERSION") },
        }))
    }

    /// Asks the client to tell of changes on disk.
    fn watch(&self) -> Outcome {
        let given = self.metadata.iter();
        let names = given.filter_map(|path| path.file_name()?.to_str());
        let looked_for = metadata::NAMES
            .into_iter()
            .chain(["*.weir", "Entities/**/*.xml"]);
        let globs = looked_for
            .chain(names)
            .map(|name| serde_json::json!({ "globPattern": format!("**/{name}") }));
        let watchers: Vec<serde_json::Value> = globs.collect();
        send(Request {
            id: RequestId::from("watch".to_owned()),
            method: RegisterCapability::METHOD.to_owned(),
            params: serde_json::json!({ "registrations": [{
                "id": "watch",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": watchers },
            }] }),
        })
    }

    /// Compiles what has changed and publishes what differs from before.
    fn settle(&mut self) -> Outcome {
        let Phase::Running(workspace) = &mut self.phase else {
            return Ok(());
        };
        if !workspace.settle() {
            return Ok(());
        }
        let now = diagnostics::published(workspace);
        for (name, params) in &now {
            if self.published.get(name) != Some(params) {
                notify::<PublishDiagnostics>(params.clone())?;
            }
        }
        for (name, before) in &self.published {
            if !now.contains_key(name) {
                let uri = before.uri.clone();
                let none = PublishDiagnosticsParams::new(uri, Vec::new(), None);
                notify::<PublishDiagnostics>(none)?;
            }
        }
        self.published = now;
        let mut unread = workspace.metadata.failures.clone();
        unread.extend(diagnostics::elsewhere(workspace));
        if !workspace.metadata.known && !workspace.metadata.paths.is_empty() {
            unread.push("the metadata can't be read: only the syntax is checked".to_owned());
        }
        if unread != self.said {
            if !unread.is_empty() {
                notify::<ShowMessage>(ShowMessageParams {
                    typ: MessageType::ERROR,
                    message: unread.join("\n"),
                })?;
            }
            self.said = unread;
        }
        Ok(())
    }
}

/// The folders of the client's workspace.
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    if let Some(folders) = &params.workspace_folders {
        return folders.iter().filter_map(|it| uri::path(&it.uri)).collect();
    }
    #[expect(deprecated, reason = "clients that know one folder alone say it so")]
    let (root, path) = (&params.root_uri, &params.root_path);
    let root = root.as_ref().and_then(uri::path);
    let root = root.or_else(|| path.as_deref().map(Path::new).map(Path::to_owned));
    root.into_iter().collect()
}

fn notify<N: lsp_types::notification::Notification>(params: N::Params) -> Outcome {
    send(Notification::new(N::METHOD.to_owned(), params))
}

fn send(message: impl Into<Message>) -> Outcome {
    Ok(message.into().write(&mut io::stdout().lock())?)
}
