//! What an editor works on: the texts that it has open, the files of its workspace, the metadata, and
//! what the compiler says of them all.
//!
//! The profiles that belong together (those of `--profile`, else all below the folders) are compiled
//! as one set; any other text that is open stands alone. Every change compiles the set anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri};
use weir_compiler::{Options, compile};
use weir_grammar::ast;
use weir_ir::diagnostic::{Diagnostic, FileId, Sources};

use super::metadata::{self, Metadata};
use super::position::{Encoding, Lines};
use super::uri;
use crate::database;
use crate::input::{Input, entries, has_extension, weir_files};
use crate::solution::is_zip;

/// How deep profiles are looked for below a folder, and in how many folders: a workspace may be the
/// whole disk.
const LEVELS: usize = 16;
const FOLDERS: usize = 10_000;

/// What the command and the client ask for, by absolute paths.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) metadata: Vec<PathBuf>,
    pub(super) profiles: Vec<PathBuf>,
    pub(super) folders: Vec<PathBuf>,
}

/// An open text.
pub(super) struct Document {
    pub(super) uri: Uri,
    pub(super) version: i32,
    pub(super) text: String,
    native: bool,
}

/// All of it.
pub(super) struct Workspace {
    pub(super) encoding: Encoding,
    wanted: Wanted,
    /// By path, or by name for what is no file.
    documents: BTreeMap<PathBuf, Document>,
    pub(super) metadata: Metadata,
    /// The profiles on disk that belong together.
    paths: Vec<PathBuf>,
    analysis: Analysis,
    /// Whether something has changed since the analysis.
    stale: bool,
}

/// What the compiler says of the texts as they are.
#[derive(Default)]
struct Analysis {
    sources: Sources,
    /// The numbers of profile files.
    ids: BTreeMap<PathBuf, FileId>,
    set: Vec<ast::File>,
    alone: Vec<(FileId, ast::File)>,
    found: Vec<Diagnostic>,
}

impl Workspace {
    pub(super) fn new(wanted: Wanted, encoding: Encoding) -> Self {
        let mut workspace = Self {
            encoding,
            wanted,
            documents: BTreeMap::new(),
            metadata: Metadata::read(Vec::new(), BTreeMap::new()),
            paths: Vec::new(),
            analysis: Analysis::default(),
            stale: true,
        };
        workspace.reread();
        workspace
    }

    /// Looks at the disk again, metadata and all.
    pub(super) fn reread(&mut self) {
        let folders = &self.wanted.folders;
        let paths = match &self.wanted.metadata[..] {
            [] => folders
                .iter()
                .flat_map(|f| metadata::of_folder(f))
                .collect(),
            given => given.to_vec(),
        };
        self.metadata = Metadata::read(paths, self.texts());
        self.paths = match &self.wanted.profiles[..] {
            [] => below(folders),
            given => given.iter().flat_map(|path| files_of(path)).collect(),
        };
        self.stale = true;
    }

    fn texts(&self) -> BTreeMap<PathBuf, String> {
        let documents = self.documents.iter();
        documents
            .map(|(path, document)| (path.clone(), document.text.clone()))
            .collect()
    }

    /// Takes in a text that is opened.
    pub(super) fn open(&mut self, item: TextDocumentItem) {
        let path = key(&item.uri);
        let native = item.language_id == "weir" || has_extension(&path, "weir");
        let document = Document {
            uri: item.uri,
            version: item.version,
            text: item.text,
            native,
        };
        self.documents.insert(path.clone(), document);
        self.changed(&path);
    }

    /// Lets go of a text that is closed; its file counts again.
    pub(super) fn close(&mut self, uri: &Uri) {
        let path = key(uri);
        self.documents.remove(&path);
        self.changed(&path);
    }

    /// Changes an open text; false if it isn't open.
    pub(super) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) -> bool {
        let path = key(uri);
        let Some(document) = self.documents.get_mut(&path) else {
            return false;
        };
        for change in changes {
            match change.range {
                None => document.text = change.text,
                Some(range) => {
                    let bytes = Lines::new(&document.text, self.encoding).bytes(range);
                    document.text.replace_range(bytes, &change.text);
                }
            }
        }
        document.version = version;
        self.changed(&path);
        true
    }

    fn changed(&mut self, path: &Path) {
        let of_metadata = |source: &PathBuf| path.starts_with(source);
        if self.metadata.paths.iter().any(of_metadata) && !has_extension(path, "weir") {
            self.reread();
        }
        self.stale = true;
    }

    /// Compiles what has changed; false if nothing has.
    pub(super) fn settle(&mut self) -> bool {
        let stale = std::mem::replace(&mut self.stale, false);
        if stale {
            self.analysis = self.analysed();
        }
        stale
    }

    fn analysed(&self) -> Analysis {
        let mut input = Input {
            sources: self.metadata.sources.clone(),
            open: self.texts(),
            ..Input::default()
        };
        let natives = self.documents.iter().filter(|(_, it)| it.native);
        let (together, apart): (Vec<&PathBuf>, Vec<&PathBuf>) = natives
            .map(|(path, _)| path)
            .partition(|path| self.is_in_set(path));
        let paths: BTreeSet<&PathBuf> = self.paths.iter().chain(together).collect();
        let mut analysis = Analysis::default();
        for path in paths {
            let read = match self.documents.contains_key(path) {
                true => input.profile(path).map(|file| file.into_iter().collect()),
                false => input.profiles(std::slice::from_ref(path)),
            };
            // What has gone from the disk is no part of the set any more.
            analysis.set.extend(read.unwrap_or_default());
        }
        let mut alone = Vec::new();
        for path in apart {
            alone.extend(input.profile(path).ok().flatten().map(|file| (path, file)));
        }
        analysis.found = std::mem::take(&mut input.diagnostics);
        analysis.ids = ids(&input.sources);
        let is_metadata = |id: FileId| self.metadata.sources.get(id).is_some();
        analysis.ids.retain(|_, id| !is_metadata(*id));
        let alone = alone.into_iter().filter_map(|(path, file)| {
            let id = analysis.ids.get(path)?;
            Some((*id, file))
        });
        analysis.alone = alone.collect();
        if self.metadata.known {
            let alone = analysis.alone.iter();
            let alone = alone.map(|(_, file)| std::slice::from_ref(file));
            for files in std::iter::once(&analysis.set[..]).chain(alone) {
                let (schema, options) = (&self.metadata.schema, Options::default());
                let compiled = compile(schema, &mut input.sources, files, options);
                analysis.found.extend(compiled.diagnostics);
            }
        }
        analysis.sources = input.sources;
        analysis
    }

    /// Whether an open text belongs to the set.
    fn is_in_set(&self, path: &Path) -> bool {
        match &self.wanted.profiles[..] {
            [] => self.wanted.folders.iter().any(|it| path.starts_with(it)),
            given => given
                .iter()
                .any(|it| path == it || path.parent() == Some(it)),
        }
    }

    /// The texts as they were analysed.
    pub(super) fn sources(&self) -> &Sources {
        &self.analysis.sources
    }

    /// The number of a profile file among them.
    pub(super) fn file(&self, uri: &Uri) -> Option<FileId> {
        self.analysis.ids.get(&key(uri)).copied()
    }

    /// The files that belong together with one, itself among them.
    pub(super) fn scope(&self, file: FileId) -> &[ast::File] {
        let mut alone = self.analysis.alone.iter();
        match alone.find(|(id, _)| *id == file) {
            Some((_, file)) => std::slice::from_ref(file),
            None => &self.analysis.set,
        }
    }

    /// All findings: of the metadata, the readers and the compiler.
    pub(super) fn found(&self) -> impl Iterator<Item = &Diagnostic> {
        self.metadata.found.iter().chain(&self.analysis.found)
    }

    /// The texts that are open.
    pub(super) fn documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.values()
    }

    /// Whether that text is open.
    pub(super) fn is_open(&self, uri: &Uri) -> bool {
        self.documents.contains_key(&key(uri))
    }

    /// How the protocol names a text; nothing for what is no text file, as the entry of a zip.
    pub(super) fn uri(&self, file: FileId) -> Option<Uri> {
        let path = Path::new(&self.sources().get(file)?.name);
        if let Some(document) = self.documents.get(path) {
            return Some(document.uri.clone());
        }
        let text = path.is_file() && !is_zip(path) && !database::is_sqlite(path).unwrap_or(true);
        if text { uri::of(path) } else { None }
    }
}

/// The numbers of texts by their paths; of two readings of one, the later.
fn ids(sources: &Sources) -> BTreeMap<PathBuf, FileId> {
    let texts = (0..).map_while(|id| Some((sources.get(FileId(id))?, FileId(id))));
    texts
        .map(|(source, id)| (PathBuf::from(&source.name), id))
        .collect()
}

/// What stands for a text among paths.
fn key(uri: &Uri) -> PathBuf {
    uri::path(uri).unwrap_or_else(|| PathBuf::from(uri.as_str()))
}

/// The native files in a folder, or else what is given itself.
fn files_of(path: &Path) -> Vec<PathBuf> {
    let inside = weir_files(path).unwrap_or_default();
    match inside.is_empty() {
        true => vec![path.to_owned()],
        false => inside,
    }
}

/// The native files below folders, but for hidden ones and what tools build or fetch.
fn below(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = BTreeSet::new();
    let mut waiting: Vec<(PathBuf, usize)> = folders.iter().map(|it| (it.clone(), 0)).collect();
    let mut looked = 0;
    while let Some((folder, level)) = waiting.pop() {
        looked += 1;
        for path in entries(&folder).unwrap_or_default() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let skipped = name.starts_with('.') || name == "node_modules" || name == "target";
            let real = path.symlink_metadata().is_ok_and(|found| found.is_dir());
            if real && !skipped && level < LEVELS && looked + waiting.len() < FOLDERS {
                waiting.push((path, level + 1));
            } else if has_extension(&path, "weir") && path.is_file() {
                files.insert(path);
            }
        }
    }
    files.into_iter().collect()
}
