//! A diagnostic with its source lines and carets, as rustc draws them.
//!
//! Only the lines between the places of a diagnostic are handed to the drawing library, which shows
//! of a long line what stands around the place: cost does not grow with the file.

use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Message, Origin, Patch, Renderer, Snippet,
    renderer::DecorStyle,
};
use weir_ir::diagnostic::{Diagnostic, FileId, Label, Severity, Source, Sources, Span};

/// Longest text that is drawn, in bytes; of a longer one (a huge line) only the place is said.
const LONGEST_TEXT_BYTES: usize = 1 << 14;
/// Longest text that an edit is drawn in, in bytes: edits are drawn with their whole lines.
const LONGEST_EDIT_BYTES: usize = 400;

/// Draws it, without a newline at the end.
pub(crate) fn text(sources: &Sources, diagnostic: &Diagnostic, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(&diagnostic.message)
        .id(diagnostic.code.id);
    let group = title.elements(std::iter::empty::<Message<'_>>());
    let group = placed(group, sources, diagnostic.span, &diagnostic.labels);
    let mut report = Vec::new();
    match (&diagnostic.help, &diagnostic.suggestion) {
        (Some(help), Some(edit)) if drawable(sources, edit.span) => {
            let patch = cut(sources, edit.span).map(|(start, text, first_line)| {
                let span = shifted(edit.span, start);
                Snippet::source(text)
                    .line_start(first_line)
                    .patch(Patch::new(span, edit.replacement.as_str()))
            });
            report.push(group);
            report.push(Level::HELP.secondary_title(help).elements(patch));
        }
        (Some(help), _) => report.push(group.element(Level::HELP.message(help))),
        (None, _) => report.push(group),
    }
    rendered(&report, colour)
}

/// Draws what is to be said of a place, which is no finding; without a newline at the end.
pub(crate) fn note(
    sources: &Sources,
    message: &str,
    span: Option<Span>,
    labels: &[Label],
    colour: bool,
) -> String {
    let title = Level::NOTE.primary_title(message);
    let group = title.elements(std::iter::empty::<Message<'_>>());
    rendered(&[placed(group, sources, span, labels)], colour)
}

fn rendered(report: &[Group<'_>], colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.decor_style(DecorStyle::Ascii).render(report)
}

/// The group with the source lines of its places.
fn placed<'a>(
    mut group: Group<'a>,
    sources: &'a Sources,
    span: Option<Span>,
    labels: &'a [Label],
) -> Group<'a> {
    for (file, places) in by_file(span, labels) {
        if let Some(source) = sources.get(file) {
            group = draw(group, sources, source, &places);
        }
    }
    group
}

/// A place with its text; the first is the diagnostic's own.
struct Place<'a> {
    span: Span,
    label: Option<&'a str>,
    primary: bool,
}

/// The places of a diagnostic by file, its own file first.
fn by_file(span: Option<Span>, labels: &[Label]) -> Vec<(FileId, Vec<Place<'_>>)> {
    let own = span.map(|span| Place {
        span,
        label: None,
        primary: true,
    });
    let labels = labels.iter().map(|label| Place {
        span: label.span,
        label: Some(&label.text),
        primary: false,
    });
    let mut files: Vec<(FileId, Vec<Place<'_>>)> = Vec::new();
    for place in own.into_iter().chain(labels) {
        match files.iter_mut().find(|(file, _)| *file == place.span.file) {
            Some((_, places)) => places.push(place),
            None => files.push((place.span.file, vec![place])),
        }
    }
    files
}

fn draw<'a>(
    mut group: Group<'a>,
    sources: &'a Sources,
    source: &'a Source,
    places: &[Place<'a>],
) -> Group<'a> {
    let Some(first) = places.first() else {
        return group;
    };
    let all = places
        .iter()
        .fold(first.span, |all, place| all.to(place.span));
    if let Some((start, text, first_line)) = cut(sources, all)
        && text.len() <= LONGEST_TEXT_BYTES
    {
        let annotations = places.iter().map(|place| annotation(place, start));
        return group.element(
            Snippet::source(text)
                .line_start(first_line)
                .path(source.name.as_str())
                .annotations(annotations),
        );
    }
    if places.len() > 1 {
        // Far apart: each by itself.
        for place in places {
            group = draw(group, sources, source, std::slice::from_ref(place));
        }
        return group;
    }
    for place in places {
        let (line, column) = sources.position(place.span);
        group = group.element(
            Origin::path(source.name.as_str())
                .line(line)
                .char_column(column),
        );
    }
    group
}

fn annotation<'a>(place: &Place<'a>, start: usize) -> Annotation<'a> {
    let kind = if place.primary {
        AnnotationKind::Primary
    } else {
        AnnotationKind::Context
    };
    kind.span(shifted(place.span, start)).label(place.label)
}

/// Whether an edit can be shown as a patch: its lines are short.
fn drawable(sources: &Sources, span: Span) -> bool {
    cut(sources, span).is_some_and(|(_, text, _)| text.len() <= LONGEST_EDIT_BYTES)
}

/// The whole lines that a span lies in: their start, their text, the first one's number.
fn cut(sources: &Sources, span: Span) -> Option<(usize, &str, usize)> {
    let text = &sources.get(span.file)?.text;
    let (start, end) = (span.start as usize, span.end as usize);
    let before = text.get(..start)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_end = text
        .get(end..)?
        .find('\n')
        .map_or(text.len(), |at| end + at);
    let (line, _) = sources.position(span);
    Some((line_start, text.get(line_start..line_end)?, line))
}

fn shifted(span: Span, start: usize) -> Range<usize> {
    (span.start as usize).saturating_sub(start)..(span.end as usize).saturating_sub(start)
}
