//! What an editor asks for, one function a request: the compiler answers, here the answer gets the
//! protocol's form.

use lsp_server::{ErrorCode, ResponseError};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CompletionItem,
    CompletionItemKind, CompletionParams, CompletionResponse, CompletionTextEdit,
    DocumentFormattingParams, DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse,
    GotoDefinitionParams, GotoDefinitionResponse, Hover, HoverContents, HoverParams, Location,
    MarkupContent, MarkupKind, Position, PrepareRenameResponse, Range, ReferenceParams,
    RenameParams, TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};
use weir_compiler::ide::{self, Completion, CompletionKind, Place, Symbol, SymbolKind};
use weir_grammar::{ast, native};
use weir_ir::diagnostic::{Edit, FileId, Span};

use super::diagnostics::Places;
use super::position::Lines;
use super::workspace::Workspace;

/// An answer, or why there is none.
pub(super) type Answer<T> = Result<T, ResponseError>;

pub(super) fn refused(code: ErrorCode, message: impl Into<String>) -> ResponseError {
    ResponseError {
        code: code as i32,
        message: message.into(),
        data: None,
    }
}

/// A text that is asked about, and the files that belong together with it.
struct Text<'w> {
    file: FileId,
    text: &'w str,
    lines: Lines<'w>,
    files: &'w [ast::File],
}

impl<'w> Text<'w> {
    /// The text of that name; nothing for one that is open and no business of ours.
    fn find(workspace: &'w Workspace, uri: &Uri) -> Answer<Option<Self>> {
        let file = workspace.file(uri);
        let Some((file, source)) = file.and_then(|id| Some((id, workspace.sources().get(id)?)))
        else {
            if workspace.is_open(uri) {
                return Ok(None);
            }
            let message = format!("`{}` is not open", uri.as_str());
            return Err(refused(ErrorCode::InvalidParams, message));
        };
        Ok(Some(Self {
            file,
            text: &source.text,
            lines: Lines::new(&source.text, workspace.encoding),
            files: workspace.scope(file),
        }))
    }

    fn place(&self, position: Position) -> Place {
        let at = self.lines.byte(position);
        Place {
            file: self.file,
            at: u32::try_from(at).unwrap_or(u32::MAX),
        }
    }

    fn edit(&self, edit: &Edit) -> TextEdit {
        TextEdit::new(self.lines.range(edit.span), edit.replacement.clone())
    }
}

pub(super) fn hover(workspace: &Workspace, params: HoverParams) -> Answer<Option<Hover>> {
    let asked = params.text_document_position_params;
    let Some(text) = Text::find(workspace, &asked.text_document.uri)? else {
        return Ok(None);
    };
    let place = text.place(asked.position);
    let schema = &workspace.metadata.schema;
    let found = ide::hover(schema, text.files, text.text, place);
    Ok(found.map(|found| Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: found.text,
        }),
        range: Some(text.lines.range(found.span)),
    }))
}

pub(super) fn definition(
    workspace: &Workspace,
    params: GotoDefinitionParams,
) -> Answer<Option<GotoDefinitionResponse>> {
    let asked = params.text_document_position_params;
    let Some(text) = Text::find(workspace, &asked.text_document.uri)? else {
        return Ok(None);
    };
    let place = text.place(asked.position);
    let metadata = &workspace.metadata;
    let span = ide::definition(text.files, place, ide::collation(text.files)).or_else(|| {
        let thing = ide::declared(&metadata.schema, text.files, place)?;
        metadata.places.of(thing)
    });
    let location = span.and_then(|span| Places::new(workspace).location(span));
    Ok(location.map(GotoDefinitionResponse::Scalar))
}

pub(super) fn references(
    workspace: &Workspace,
    params: ReferenceParams,
) -> Answer<Option<Vec<Location>>> {
    let asked = params.text_document_position;
    let Some(text) = Text::find(workspace, &asked.text_document.uri)? else {
        return Ok(None);
    };
    let place = text.place(asked.position);
    let collation = ide::collation(text.files);
    let mut spans = ide::references(text.files, place, collation);
    if !params.context.include_declaration {
        // What is defined elsewhere is no declaration.
        let defined = |span: &Span| {
            let (file, at) = (span.file, span.start);
            ide::definition(text.files, Place { file, at }, collation)
        };
        spans.retain(|span| defined(span).is_some_and(|defined| defined != *span));
    }
    let mut places = Places::new(workspace);
    let locations = spans.into_iter().filter_map(|span| places.location(span));
    Ok(Some(locations.collect()))
}

pub(super) fn prepare_rename(
    workspace: &Workspace,
    asked: TextDocumentPositionParams,
) -> Answer<Option<PrepareRenameResponse>> {
    let Some(text) = Text::find(workspace, &asked.text_document.uri)? else {
        return Ok(None);
    };
    let name = ide::renamed(text.files, text.place(asked.position));
    Ok(
        name.map(|name| PrepareRenameResponse::RangeWithPlaceholder {
            range: text.lines.range(name.span),
            placeholder: name.text.to_string(),
        }),
    )
}

pub(super) fn rename(workspace: &Workspace, params: RenameParams) -> Answer<Option<WorkspaceEdit>> {
    let asked = params.text_document_position;
    let Some(text) = Text::find(workspace, &asked.text_document.uri)? else {
        return Ok(None);
    };
    let (place, collation) = (text.place(asked.position), ide::collation(text.files));
    let edits = ide::rename(text.files, place, &params.new_name, collation)
        .map_err(|refusal| refused(ErrorCode::RequestFailed, refusal.to_string()))?;
    let mut places = Places::new(workspace);
    let located = edits.into_iter().filter_map(|edit| {
        let location = places.location(edit.span)?;
        Some((
            location.uri,
            TextEdit::new(location.range, edit.replacement),
        ))
    });
    Ok(Some(workspace_edit(located)))
}

/// Edits by their texts.
fn workspace_edit(edits: impl IntoIterator<Item = (Uri, TextEdit)>) -> WorkspaceEdit {
    let mut changes = WorkspaceEdit::new(Default::default());
    for (uri, edit) in edits {
        let of_text = changes.changes.get_or_insert_default().entry(uri);
        of_text.or_default().push(edit);
    }
    changes
}

/// Lays a text out as `weir fmt` does; nothing where it has mistakes, of which the findings tell.
pub(super) fn formatting(
    workspace: &Workspace,
    params: DocumentFormattingParams,
) -> Answer<Option<Vec<TextEdit>>> {
    let Some(text) = Text::find(workspace, &params.text_document.uri)? else {
        return Ok(None);
    };
    let Ok(after) = native::format(text.file, text.text) else {
        return Ok(None);
    };
    if after == text.text {
        return Ok(Some(Vec::new()));
    }
    let all = Range::new(Position::new(0, 0), text.lines.position(text.text.len()));
    Ok(Some(vec![TextEdit::new(all, after)]))
}

pub(super) fn completion(
    workspace: &Workspace,
    params: CompletionParams,
) -> Answer<Option<CompletionResponse>> {
    let asked = params.text_document_position;
    let Some(text) = Text::find(workspace, &asked.text_document.uri)? else {
        return Ok(None);
    };
    let place = text.place(asked.position);
    let found = ide::complete(&workspace.metadata.schema, text.files, text.text, place);
    let items = (0..).zip(&found).map(|(at, found)| item(&text, found, at));
    Ok(Some(CompletionResponse::Array(items.collect())))
}

/// A completion, at its place among the others.
fn item(text: &Text<'_>, completion: &Completion, at: usize) -> CompletionItem {
    let written = &completion.edit.replacement;
    // Clients filter by what stands where the edit goes, quotes included.
    let quoted = written.starts_with(['"', '`']);
    CompletionItem {
        label: completion.label.clone(),
        kind: Some(match completion.kind {
            CompletionKind::Keyword => CompletionItemKind::KEYWORD,
            CompletionKind::Entity => CompletionItemKind::CLASS,
            CompletionKind::Attribute => CompletionItemKind::FIELD,
            CompletionKind::Operator => CompletionItemKind::OPERATOR,
            CompletionKind::Relationship => CompletionItemKind::REFERENCE,
            CompletionKind::Value => CompletionItemKind::VALUE,
            CompletionKind::Profile => CompletionItemKind::MODULE,
            CompletionKind::Code => CompletionItemKind::CONSTANT,
        }),
        detail: Some(completion.detail.clone()),
        sort_text: Some(format!("{at:05}")),
        filter_text: quoted.then(|| written.clone()),
        text_edit: Some(CompletionTextEdit::Edit(text.edit(&completion.edit))),
        ..CompletionItem::default()
    }
}

/// The edits that findings suggest in a range.
pub(super) fn code_action(
    workspace: &Workspace,
    params: CodeActionParams,
) -> Answer<Option<Vec<CodeActionOrCommand>>> {
    let uri = &params.text_document.uri;
    let Some(text) = Text::find(workspace, uri)? else {
        return Ok(None);
    };
    let wanted = |kinds: Vec<CodeActionKind>| {
        let mut kinds = kinds.into_iter();
        kinds.any(|kind| kind == CodeActionKind::EMPTY || kind == CodeActionKind::QUICKFIX)
    };
    if !params.context.only.is_none_or(wanted) {
        return Ok(Some(Vec::new()));
    }
    let asked = text.lines.bytes(params.range);
    let mut places = Places::new(workspace);
    let mut actions = Vec::new();
    for found in workspace.found() {
        let (Some(span), Some(edit)) = (found.span, &found.suggestion) else {
            continue;
        };
        let touched = span.start as usize <= asked.end && asked.start <= span.end as usize;
        let here = span.file == text.file && edit.span.file == text.file;
        if !(here && touched) {
            continue;
        }
        let Some(location) = places.location(span) else {
            continue;
        };
        let was = workspace.sources().slice(edit.span);
        let title = match (was, edit.replacement.as_str()) {
            ("", new) => format!("insert `{new}`"),
            (old, "") => format!("remove `{old}`"),
            (old, new) => format!("change `{old}` to `{new}`"),
        };
        actions.push(CodeActionOrCommand::CodeAction(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![places.found(found, &location)]),
            edit: Some(workspace_edit([(uri.clone(), text.edit(edit))])),
            is_preferred: Some(true),
            ..CodeAction::default()
        }));
    }
    Ok(Some(actions))
}

pub(super) fn document_symbol(
    workspace: &Workspace,
    params: DocumentSymbolParams,
) -> Answer<Option<DocumentSymbolResponse>> {
    let Some(text) = Text::find(workspace, &params.text_document.uri)? else {
        return Ok(None);
    };
    let parsed = native::parse(text.file, text.text);
    let symbols = ide::outline(&parsed.file);
    let symbols = symbols.into_iter().map(|found| symbol(&text, found));
    Ok(Some(DocumentSymbolResponse::Nested(symbols.collect())))
}

fn symbol(text: &Text<'_>, found: Symbol) -> DocumentSymbol {
    let (kind, word) = match found.kind {
        SymbolKind::Profile => (lsp_types::SymbolKind::MODULE, "profile"),
        SymbolKind::Item => (lsp_types::SymbolKind::CLASS, "item"),
        SymbolKind::Members => (lsp_types::SymbolKind::ARRAY, "members"),
        SymbolKind::App => (lsp_types::SymbolKind::PACKAGE, "app"),
        SymbolKind::Organization => (lsp_types::SymbolKind::NAMESPACE, "organization"),
    };
    let parts = found.parts.into_iter().map(|part| symbol(text, part));
    #[expect(deprecated, reason = "a field that has to be there")]
    DocumentSymbol {
        // Clients refuse a symbol without a name.
        name: match found.name.trim().is_empty() {
            true => word.to_owned(),
            false => found.name,
        },
        detail: Some(word.to_owned()),
        kind,
        tags: None,
        deprecated: None,
        range: text.lines.range(found.span),
        selection_range: text.lines.range(found.at),
        children: Some(parts.collect()),
    }
}
