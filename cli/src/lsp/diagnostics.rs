//! Findings in the protocol's form.

use std::collections::BTreeMap;

use lsp_types::{
    Diagnostic as Found, DiagnosticRelatedInformation, DiagnosticSeverity, Location,
    NumberOrString, PublishDiagnosticsParams, Uri,
};
use weir_ir::diagnostic::{Diagnostic, FileId, Severity, Span};

use super::position::Lines;
use super::workspace::Workspace;

/// The findings of each text that is open or has some, by its name.
pub(super) fn published(workspace: &Workspace) -> BTreeMap<String, PublishDiagnosticsParams> {
    let mut places = Places::new(workspace);
    let open = workspace.documents();
    let mut all: BTreeMap<String, PublishDiagnosticsParams> = open
        .map(|document| {
            let uri = document.uri.clone();
            let version = Some(document.version);
            let name = uri.as_str().to_owned();
            (
                name,
                PublishDiagnosticsParams::new(uri, Vec::new(), version),
            )
        })
        .collect();
    for diagnostic in workspace.found() {
        // A finding about all of the input stands where the first text begins.
        let span = diagnostic.span.unwrap_or(Span::new(FileId(0), 0, 0));
        let Some(location) = places.location(span) else {
            continue;
        };
        let of_file = all
            .entry(location.uri.as_str().to_owned())
            .or_insert_with(|| {
                PublishDiagnosticsParams::new(location.uri.clone(), Vec::new(), None)
            });
        of_file
            .diagnostics
            .push(places.found(diagnostic, &location));
    }
    all
}

/// Errors that stand in no text that an editor can show, in a line each.
pub(super) fn elsewhere(workspace: &Workspace) -> Vec<String> {
    let mut places = Places::new(workspace);
    let errors = workspace.found().filter(|found| found.is_error());
    let unseen = errors.filter(|found| {
        let span = found.span.unwrap_or(Span::new(FileId(0), 0, 0));
        places.location(span).is_none()
    });
    unseen
        .map(|found| {
            let source = found
                .span
                .and_then(|span| workspace.sources().get(span.file));
            let name = source.map_or("", |source| &source.name);
            format!("{name}: {} ({})", found.message, found.code.id)
        })
        .collect()
}

/// Places of spans, each text looked at once.
pub(super) struct Places<'w> {
    workspace: &'w Workspace,
    texts: BTreeMap<FileId, Option<(Uri, Lines<'w>)>>,
}

impl<'w> Places<'w> {
    pub(super) fn new(workspace: &'w Workspace) -> Self {
        Self {
            workspace,
            texts: BTreeMap::new(),
        }
    }

    /// Where a span is; nothing in a text that an editor can't show.
    pub(super) fn location(&mut self, span: Span) -> Option<Location> {
        let workspace = self.workspace;
        let text = self.texts.entry(span.file).or_insert_with(|| {
            let source = workspace.sources().get(span.file)?;
            let lines = Lines::new(&source.text, workspace.encoding);
            Some((workspace.uri(span.file)?, lines))
        });
        let (uri, lines) = text.as_ref()?;
        Some(Location::new(uri.clone(), lines.range(span)))
    }

    /// A finding at its place, with the way out below the message.
    pub(super) fn found(&mut self, diagnostic: &Diagnostic, location: &Location) -> Found {
        let mut message = diagnostic.message.clone();
        if let Some(help) = &diagnostic.help {
            message += &format!("\nhelp: {help}");
        }
        let labels = diagnostic.labels.iter().filter_map(|label| {
            Some(DiagnosticRelatedInformation {
                location: self.location(label.span)?,
                message: label.text.clone(),
            })
        });
        let related: Vec<_> = labels.collect();
        Found {
            range: location.range,
            severity: Some(match diagnostic.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Note => DiagnosticSeverity::INFORMATION,
            }),
            code: Some(NumberOrString::String(diagnostic.code.id.to_owned())),
            source: Some("weir".to_owned()),
            message,
            related_information: (!related.is_empty()).then_some(related),
            ..Found::default()
        }
    }
}
