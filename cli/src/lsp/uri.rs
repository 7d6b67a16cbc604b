//! Files as the protocol names them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;

/// The path of a file; none for what is no file.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    // Between the slashes a host may be named, which can only be this one.
    let rest = &rest[rest.find('/')?..];
    let mut bytes = Vec::new();
    let mut chars = rest.split('%');
    bytes.extend(chars.next().unwrap_or_default().bytes());
    for part in chars {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(part[2..].bytes());
    }
    let text = String::from_utf8(bytes).ok()?;
    // `/c:/folder` is a path of Windows behind its slash.
    let drive = cfg!(windows) && text.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(if drive { &text[1..] } else { &text }))
}

/// The name of a file, by its absolute path.
pub(super) fn of(path: &Path) -> Option<Uri> {
    let mut text = "file://".to_owned();
    let path = path.to_str()?;
    if cfg!(windows) {
        text.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            b'\\' if cfg!(windows) => text.push('/'),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    Uri::from_str(&text).ok()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back() {
        for name in ["/a/b.weir", "/Größe 1%/\u{1f600}#?.weir"] {
            let uri = of(Path::new(name));
            let back = uri.as_ref().and_then(path);
            assert_eq!(back.as_deref(), Some(Path::new(name)), "{uri:?}");
        }
    }

    #[test]
    fn other_names_are_no_paths() {
        for name in ["untitled:Untitled-1", "git:/a.weir", "file:///a%zz"] {
            let uri = Uri::from_str(name);
            assert_eq!(uri.ok().as_ref().and_then(path), None, "{name}");
        }
    }
}
