//! The zip of an exported solution: the files wanted of it, as bytes. Nothing is ever written to
//! where a zip says.
//!
//! Invariant: a zip that is damaged, or that could do harm to whoever unpacks it, is refused whole:
//! paths that lead out of it, links, two entries of one name, more entries or bytes than the limits,
//! contents that unpack to far more than they are. Sizes are counted while unpacking, whatever the
//! zip claims. Cost: its entries, and the bytes of those wanted.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use weir_ir::diagnostic::{Code, Diagnostic, FileId, Sources, Span};
use weir_ir::limits;
use zip::ZipArchive;

use crate::codes;

/// A file of a zip: its path, and its bytes.
pub type Entry = (String, Vec<u8>);

/// Reads what is wanted of a zip, sorted by path. `sources` gains the list of its entries, a line
/// each, under the zip's name: findings point into it.
///
/// # Errors
/// Why the zip is refused.
pub fn read(
    sources: &mut Sources,
    name: &str,
    bytes: &[u8],
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Entry>, Box<Diagnostic>> {
    if bytes.len() > limits::ZIP_BYTES {
        let message = format!("`{name}` has more than {} bytes", limits::ZIP_BYTES);
        return Err(refused(
            codes::ZIP_LIMIT,
            None,
            message,
            "unpack it, and give the folder",
        ));
    }
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(name, None, &error))?;
    if archive.len() > limits::ZIP_ENTRIES {
        let message = format!("`{name}` has more than {} entries", limits::ZIP_ENTRIES);
        return Err(refused(
            codes::ZIP_LIMIT,
            None,
            message,
            "unpack it, and give the folder",
        ));
    }
    let mut names = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|error| damaged(name, None, &error))?;
        let entry_name = entry.name().map_err(|error| damaged(name, None, &error))?;
        names.push((
            entry_name.replace(['\n', '\r'], "\u{fffd}"),
            entry.is_symlink(),
        ));
    }
    let listing: String = names.iter().map(|(name, _)| format!("{name}\n")).collect();
    let file = sources.add(name, listing);
    let spans = check(file, &names)?;
    if archive.has_duplicate_names() {
        let message = format!("two entries of `{name}` have one name");
        return Err(refused(codes::ZIP_TWICE, None, message, REPACK));
    }
    let mut found = Vec::new();
    let mut left = limits::ZIP_BYTES as u64;
    for (index, (entry_name, _)) in names.into_iter().enumerate() {
        if wanted(&entry_name) {
            let content = unpack(&mut archive, name, index, spans[index], left)?;
            left = left.saturating_sub(content.len() as u64);
            found.push((entry_name, content));
        }
    }
    found.sort();
    Ok(found)
}

/// What to do about a zip that no exporter writes.
const REPACK: &str = "export the solution again, or unpack it and give the folder";

/// Bytes that an entry may unpack to whatever its ratio.
const SMALL_BYTES: u64 = 1 << 20;

/// Where the names stand in the list, if all of them are harmless.
fn check(file: FileId, names: &[(String, bool)]) -> Result<Vec<Span>, Box<Diagnostic>> {
    let mut spans = Vec::with_capacity(names.len());
    let mut seen = BTreeSet::new();
    let mut start = 0;
    for (name, link) in names {
        let span = Span::new(file, start, start + name.len());
        start += name.len() + 1;
        spans.push(span);
        let mut parts = name.split(['/', '\\']);
        if name.starts_with(['/', '\\'])
            || name.contains([':', '\0'])
            || parts.any(|part| part == "..")
        {
            let message = format!("the entry `{name}` leads out of the zip");
            return Err(refused(codes::ZIP_PATH, Some(span), message, REPACK));
        }
        if *link {
            let message = format!("the entry `{name}` is a link");
            return Err(refused(codes::ZIP_LINK, Some(span), message, REPACK));
        }
        if !seen.insert(name.replace('\\', "/").to_lowercase()) {
            let message = format!("two entries have the name `{name}`");
            return Err(refused(codes::ZIP_TWICE, Some(span), message, REPACK));
        }
    }
    Ok(spans)
}

/// The bytes of an entry, of which there may be `left`.
fn unpack(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
    index: usize,
    span: Span,
    left: u64,
) -> Result<Vec<u8>, Box<Diagnostic>> {
    let entry = archive
        .by_index(index)
        .map_err(|error| damaged(name, Some(span), &error))?;
    let by_ratio = entry.compressed_size().saturating_mul(limits::ZIP_RATIO);
    let most = left.min(by_ratio.max(SMALL_BYTES));
    let mut content = Vec::new();
    entry
        .take(most + 1)
        .read_to_end(&mut content)
        .map_err(|error| damaged(name, Some(span), &error))?;
    if content.len() as u64 > most {
        let message = if most == left {
            format!("`{name}` unpacks to more than {} bytes", limits::ZIP_BYTES)
        } else {
            format!(
                "the entry unpacks to more than {} times its size",
                limits::ZIP_RATIO
            )
        };
        return Err(refused(
            codes::ZIP_LIMIT,
            Some(span),
            message,
            "no export does; it may be made to do harm",
        ));
    }
    Ok(content)
}

fn damaged(name: &str, span: Option<Span>, error: &dyn std::fmt::Display) -> Box<Diagnostic> {
    let message = format!(
        "`{name}` can't be unpacked: {}",
        error.to_string().to_lowercase()
    );
    refused(codes::ZIP_DAMAGED, span, message, REPACK)
}

fn refused(code: Code, span: Option<Span>, message: String, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(code, span, message).help(help))
}
