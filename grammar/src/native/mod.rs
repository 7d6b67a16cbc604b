//! weir's own language: reader and printer. `native.ebnf` says which texts belong to it, and
//! `docs/language.md` what they mean.
//!
//! Text becomes tokens (`token`), tokens become the tree (`profile`, `organization`, `filter`, from
//! the parsers of `combine`), and mistakes are survived in `block` and `filter` and put into words in `explain`. Reading is linear in
//! the text and bounded in depth. The tree has no comments; `layout` keeps them.

mod block;
mod combine;
mod expect;
mod explain;
mod filter;
mod input;
mod layout;
mod organization;
pub(crate) mod print;
mod profile;
pub(crate) mod report;
mod shape;
mod token;
mod vocabulary;

use std::cell::{Cell, RefCell};

use weir_ir::diagnostic::{Diagnostic, FileId, Span};
use weir_ir::limits;

use self::input::{Context, Failure, Tokens};
use self::report::Report;
use crate::ast::{Block, Dialect, Filter, Parsed};
use crate::codes;

pub use self::expect::{
    Awaited, Expectation, Expectations, Role, Scope, expectations, filter_expectations,
};
pub use self::print::filter::kind_by_looks;
pub use self::print::text::{name, quoted};
pub use self::print::{print, print_filter};

/// Reads a file. What can't be read is reported and missing in the tree.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    let (blocks, diagnostics) = read(file, text, blocks);
    Parsed::new(Dialect::Native, blocks, diagnostics)
}

/// Reads a filter that stands alone; none where nothing of it could be read.
#[must_use]
pub fn parse_filter(file: FileId, text: &str) -> (Option<Filter>, Vec<Diagnostic>) {
    read(file, text, filter::lone)
}

/// Lays a file out: every token and comment stays, in its order; white space and the kind of quotes
/// become the one way that there is. A second time changes nothing.
///
/// # Errors
/// What keeps the text from being read; it is not laid out then.
pub fn format(file: FileId, text: &str) -> Result<String, Vec<Diagnostic>> {
    laid_out(file, text, |input| {
        blocks(input);
    })
}

/// Lays out what a parser takes.
fn laid_out(
    file: FileId,
    text: &str,
    parser: impl FnOnce(Tokens<'_>),
) -> Result<String, Vec<Diagnostic>> {
    let (laid_out, diagnostics) = read(file, text, |input| {
        parser(input);
        let readable = input.context.report.borrow().is_empty();
        readable.then(|| layout::lay_out(input.context))
    });
    laid_out.ok_or(diagnostics)
}

/// Reads a text with a parser of all its tokens.
fn read<T: Default>(
    file: FileId,
    text: &str,
    parser: impl FnOnce(Tokens<'_>) -> T,
) -> (T, Vec<Diagnostic>) {
    if text.len() > limits::SOURCE_BYTES {
        let message = format!("the text is longer than {} bytes", limits::SOURCE_BYTES);
        let found = Diagnostic::new(codes::SOURCE_TOO_LONG, Span::new(file, 0, 0), message)
            .help("split it into several files");
        return (T::default(), vec![found]);
    }
    let mut report = Report::default();
    let tokens = token::tokens(file, text, &mut report);
    let unclosed_text = report.has(codes::UNCLOSED_TEXT);
    let context = Context {
        file,
        text,
        tokens,
        report: RefCell::new(report),
        optional: RefCell::new(Failure {
            at: usize::MAX,
            expected: Vec::new(),
        }),
        told_at: Cell::new(None),
        // The closing brace may stand in the text.
        unclosed_told: Cell::new(unclosed_text),
        notes: expect::Notes::default(),
        depth: Cell::new(0),
        marks: RefCell::new(Vec::new()),
    };
    let tree = parser(Tokens::all(&context));
    (tree, context.report.into_inner().finish())
}

/// The blocks of a file.
fn blocks(input: Tokens<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    block::clauses(input, &shape::FILE, |word, allows, input| {
        let mut allows = || std::mem::take(allows);
        let answer = match word {
            "profile" => {
                profile::profile(input, allows()).map(|(rest, it)| (rest, Block::Profile(it)))
            }
            "members" => {
                profile::members(input, allows()).map(|(rest, it)| (rest, Block::Members(it)))
            }
            "app" => organization::app(input, allows()).map(|(rest, it)| (rest, Block::App(it))),
            "organization" => organization::organization(input, allows())
                .map(|(rest, it)| (rest, Block::Organization(it))),
            _ => return None,
        };
        Some(answer.map(|(rest, block)| (rest, blocks.push(block))))
    });
    blocks
}
