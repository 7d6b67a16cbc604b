//! `weir init`: a commented starter that checks clean and runs. Nothing is ever overwritten.

use std::fs;
use std::path::Path;

use crate::arguments::Init;
use crate::failure::{Failure, Outcome, reason};
use crate::output::Output;

/// What is written, by its path in the folder.
const FILES: [(&str, &str); 4] = [
    (
        "organization.weir",
        include_str!("../init/organization.weir"),
    ),
    ("metadata.json", include_str!("../init/metadata.json")),
    (
        "profiles/field.weir",
        include_str!("../init/profiles/field.weir"),
    ),
    ("changes.jsonl", include_str!("../init/changes.jsonl")),
];

pub(crate) fn run(args: &Init, output: &mut Output) -> Outcome {
    let folder = &args.folder;
    for (name, _) in FILES {
        let path = folder.join(name);
        // A dangling link is in the way too.
        if path.symlink_metadata().is_ok() {
            return Err(Failure::usage(
                format!("`{}` exists already", path.display()),
                "choose another folder; nothing has been written",
            ));
        }
    }
    for (name, text) in FILES {
        write(&folder.join(name), text)?;
    }
    if output.json() {
        let names = FILES.map(|(name, _)| name);
        return output.line(
            &serde_json::json!({ "folder": folder.display().to_string(), "files": names })
                .to_string(),
        );
    }
    for (name, _) in FILES {
        output.line(&format!("wrote {}", folder.join(name).display()))?;
    }
    output.line(&next(folder))
}

/// Writes a file that isn't there, and the folders that it lies in.
pub(crate) fn write(path: &Path, text: &str) -> Outcome {
    let fails = |error| {
        Failure::usage(
            format!("can't write `{}`: {}", path.display(), reason(&error)),
            "choose a folder that can be written to",
        )
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(fails)?;
    }
    fs::write(path, text).map_err(fails)
}

/// The commands to type next.
fn next(folder: &Path) -> String {
    let quoted = |name: &str| {
        let path = folder.join(name).display().to_string();
        match path.contains(|c: char| c.is_whitespace() || "'\"$`\\&;|<>()*?".contains(c)) {
            true => format!("'{}'", path.replace('\'', "'\\''")),
            false => path,
        }
    };
    let [organization, metadata, profiles, changes] = [
        "organization.weir",
        "metadata.json",
        "profiles",
        "changes.jsonl",
    ]
    .map(quoted);
    let plan = format!("--metadata {metadata} --profile {organization} {profiles}");
    format!(
        "\nnext:\n  weir check {organization} {profiles} --metadata {metadata}\n  \
         weir run  {plan} --changes {changes}\n  \
         weir rows {plan} --changes {changes} --all-users\n  \
         weir sql  {plan} --dialect sqlite"
    )
}
