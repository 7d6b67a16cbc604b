//! The tables of what the server answers, and what it tells the client of them.

use lsp_server::ErrorCode;
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Notification,
};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentSymbolRequest, Formatting, GotoDefinition, HoverRequest,
    PrepareRenameRequest, References, Rename, Request,
};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CompletionOptions, HoverProviderCapability, OneOf,
    RenameOptions, ServerCapabilities, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions,
};
use serde_json::Value;

use super::features::{self, Answer, refused};
use super::position::Encoding;
use super::workspace::Workspace;

/// What answers a request.
type Answering = fn(&Workspace, Value) -> Answer<Value>;

/// Every request, with what answers it.
const REQUESTS: [(&str, Answering); 9] = [
    (HoverRequest::METHOD, |w, p| {
        on::<HoverRequest>(w, p, features::hover)
    }),
    (GotoDefinition::METHOD, |w, p| {
        on::<GotoDefinition>(w, p, features::definition)
    }),
    (References::METHOD, |w, p| {
        on::<References>(w, p, features::references)
    }),
    (PrepareRenameRequest::METHOD, |w, p| {
        on::<PrepareRenameRequest>(w, p, features::prepare_rename)
    }),
    (Rename::METHOD, |w, p| on::<Rename>(w, p, features::rename)),
    (Formatting::METHOD, |w, p| {
        on::<Formatting>(w, p, features::formatting)
    }),
    (Completion::METHOD, |w, p| {
        on::<Completion>(w, p, features::completion)
    }),
    (CodeActionRequest::METHOD, |w, p| {
        on::<CodeActionRequest>(w, p, features::code_action)
    }),
    (DocumentSymbolRequest::METHOD, |w, p| {
        on::<DocumentSymbolRequest>(w, p, features::document_symbol)
    }),
];

/// Nothing, or what is wrong with a notification.
type Taken = Result<(), String>;

/// What takes a notification in.
type Taking = fn(&mut Workspace, Value) -> Taken;

/// Every notification that changes something, with what takes it in.
const NOTIFICATIONS: [(&str, Taking); 5] = [
    (DidOpenTextDocument::METHOD, |w, p| {
        told::<DidOpenTextDocument>(p).map(|it| w.open(it.text_document))
    }),
    (DidChangeTextDocument::METHOD, |w, p| {
        let it = told::<DidChangeTextDocument>(p)?;
        let document = it.text_document;
        match w.change(&document.uri, document.version, it.content_changes) {
            true => Ok(()),
            false => Err(format!("`{}` is not open", document.uri.as_str())),
        }
    }),
    (DidCloseTextDocument::METHOD, |w, p| {
        told::<DidCloseTextDocument>(p).map(|it| w.close(&it.text_document.uri))
    }),
    (DidSaveTextDocument::METHOD, |w, p| {
        told::<DidSaveTextDocument>(p).map(|_| w.reread())
    }),
    (DidChangeWatchedFiles::METHOD, |w, p| {
        told::<DidChangeWatchedFiles>(p).map(|_| w.reread())
    }),
];

/// Answers a request.
pub(super) fn answer(workspace: &Workspace, method: &str, params: Value) -> Answer<Value> {
    match REQUESTS.iter().find(|(name, _)| *name == method) {
        Some((_, answer)) => answer(workspace, params),
        None => Err(refused(
            ErrorCode::MethodNotFound,
            format!("there is no request `{method}`"),
        )),
    }
}

/// Takes a notification in; one that there isn't may be passed over.
pub(super) fn notify(workspace: &mut Workspace, method: &str, params: Value) -> Taken {
    match NOTIFICATIONS.iter().find(|(name, _)| *name == method) {
        Some((_, take)) => take(workspace, params),
        None => Ok(()),
    }
}

fn on<R: Request>(
    workspace: &Workspace,
    params: Value,
    answer: fn(&Workspace, R::Params) -> Answer<R::Result>,
) -> Answer<Value> {
    let params = serde_json::from_value(params)
        .map_err(|error| refused(ErrorCode::InvalidParams, error.to_string()))?;
    serde_json::to_value(answer(workspace, params)?)
        .map_err(|error| refused(ErrorCode::InternalError, error.to_string()))
}

fn told<N: Notification>(params: Value) -> Result<N::Params, String> {
    serde_json::from_value(params).map_err(|error| error.to_string())
}

/// What the server can do.
pub(super) fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::Supported(true)),
        ..TextDocumentSyncOptions::default()
    };
    let triggers = [" ", "\"", "`"].map(str::to_owned).to_vec();
    let kinds = vec![CodeActionKind::QUICKFIX];
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(sync.into()),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(triggers),
            ..CompletionOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(
            CodeActionOptions {
                code_action_kinds: Some(kinds),
                ..CodeActionOptions::default()
            }
            .into(),
        ),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        ..ServerCapabilities::default()
    }
}
