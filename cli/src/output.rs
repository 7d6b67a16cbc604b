//! Where a command writes: results to standard output, buffered; findings and notes to standard
//! error. Colour only on a terminal, and never under `NO_COLOR`.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use weir_ir::diagnostic::{Diagnostic, Sources};

use crate::arguments::Format;
use crate::failure::Outcome;
use crate::render;

/// Both ends.
pub(crate) struct Output {
    /// The form asked for.
    pub(crate) format: Format,
    /// Whether results may have colour.
    pub(crate) colour: bool,
    findings_colour: bool,
    results: BufWriter<Stdout>,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        let allowed = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            format,
            colour: allowed && io::stdout().is_terminal(),
            findings_colour: allowed && io::stderr().is_terminal(),
            results: BufWriter::with_capacity(1 << 16, io::stdout()),
        }
    }

    /// Whether the form is JSON.
    pub(crate) fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// Writes a line of results.
    pub(crate) fn line(&mut self, line: &str) -> Outcome {
        self.results.write_all(line.as_bytes())?;
        self.results.write_all(b"\n")?;
        Ok(())
    }

    /// Sends off what is buffered.
    pub(crate) fn flush(&mut self) -> Outcome {
        Ok(self.results.flush()?)
    }

    /// Writes a finding as a result.
    pub(crate) fn finding(&mut self, sources: &Sources, diagnostic: &Diagnostic) -> Outcome {
        let text = match self.format {
            Format::Json => render::json(sources, diagnostic),
            Format::Text => render::text(sources, diagnostic, self.colour) + "\n",
        };
        self.line(&text)
    }

    /// Writes findings to standard error, after the results so far.
    pub(crate) fn findings(&mut self, sources: &Sources, diagnostics: &[Diagnostic]) -> Outcome {
        for diagnostic in diagnostics {
            let text = match self.format {
                Format::Json => render::json(sources, diagnostic),
                Format::Text => render::text(sources, diagnostic, self.findings_colour) + "\n",
            };
            self.aside(&text)?;
        }
        Ok(())
    }

    /// Writes a note, a warning or an error without a place to standard error.
    pub(crate) fn say(&mut self, severity: &str, message: &str, help: Option<&str>) -> Outcome {
        let text = match (self.format, help) {
            (Format::Json, help) => {
                serde_json::json!({ "severity": severity, "message": message, "help": help })
                    .to_string()
            }
            (Format::Text, Some(help)) => format!("{severity}: {message}; {help}"),
            (Format::Text, None) => format!("{severity}: {message}"),
        };
        self.aside(&text)
    }

    /// Writes a note to standard error.
    pub(crate) fn note(&mut self, message: &str) -> Outcome {
        self.say("note", message, None)
    }

    fn aside(&mut self, text: &str) -> Outcome {
        self.results.flush()?;
        // Who closes standard error does not want to know.
        let _ = writeln!(io::stderr(), "{text}");
        Ok(())
    }
}
