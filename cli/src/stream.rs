//! Lines of a change stream, one at a time: memory follows the longest line, never the stream.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use weir_ir::limits;

use crate::failure::{Failure, Outcome};

/// A stream of lines.
pub(crate) struct Lines {
    /// Its name, for messages.
    pub(crate) name: String,
    /// The folder that its paths are relative to.
    pub(crate) folder: PathBuf,
    /// The number of the line last read, from 1.
    pub(crate) number: usize,
    reader: BufReader<Box<dyn Read>>,
    line: Vec<u8>,
}

impl Lines {
    /// Opens a file; `-` is standard input, whose paths are relative to the working folder.
    pub(crate) fn open(path: &Path) -> Outcome<Self> {
        if path == Path::new("-") {
            return Ok(Self::new("<stdin>", PathBuf::new(), Box::new(io::stdin())));
        }
        let unreadable = |error| Failure::unreadable(path, &error);
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(Failure::usage(
                format!("`{}` is a folder", path.display()),
                "name the file with the changes",
            ));
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(Self::new(
            &path.display().to_string(),
            folder,
            Box::new(file),
        ))
    }

    /// A stream of that name out of a reader.
    pub(crate) fn new(name: &str, folder: PathBuf, reader: Box<dyn Read>) -> Self {
        Self {
            name: name.to_owned(),
            folder,
            number: 0,
            reader: BufReader::with_capacity(1 << 16, reader),
            line: Vec::new(),
        }
    }

    /// Reads the next line that isn't blank, without its end. A line that is too long is cut just
    /// beyond the limit, which the decoder then finds.
    pub(crate) fn next(&mut self) -> Outcome<Option<&[u8]>> {
        loop {
            self.line.clear();
            let most = limits::LINE_BYTES as u64 + 2;
            let count = (&mut self.reader)
                .take(most)
                .read_until(b'\n', &mut self.line)
                .map_err(|error| Failure::unreadable(Path::new(&self.name), &error))?;
            if count == 0 {
                return Ok(None);
            }
            self.number += 1;
            if self.line.last() == Some(&b'\n') {
                self.line.pop();
            }
            if self.number == 1 && self.line.starts_with(b"\xEF\xBB\xBF") {
                self.line.drain(..3);
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some(&self.line));
            }
        }
    }

    /// The line last read.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    /// Whether the next line has to be waited for, as far as can be seen without reading.
    pub(crate) fn waits(&self) -> bool {
        !self.reader.buffer().contains(&b'\n')
    }
}
