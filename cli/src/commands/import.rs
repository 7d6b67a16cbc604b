//! `weir import`: a solution as native files that one can read, edit and diff. Nothing is written
//! where a file is wrong, and nothing is ever overwritten.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;
use weir_compiler::metadata::{Builder, is_profile_file, is_solution_file};
use weir_compiler::solution;
use weir_grammar::ast::{self, Block, Dialect, Member, MemberKind, Members, Name};
use weir_grammar::{native, solution as exported};
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::fold::{Collation, fold};
use weir_ir::schema::Schema;

use crate::arguments::Import;
use crate::commands::init::write;
use crate::failure::{Failure, Outcome};
use crate::input::Input;
use crate::output::Output;
use crate::solution::none;

/// What is read of a solution.
pub(crate) struct Solution {
    pub(crate) builder: Builder,
    pub(crate) profiles: Vec<ast::File>,
    /// How many files it was.
    pub(crate) files: usize,
}

pub(crate) fn run(args: &Import, output: &mut Output) -> Outcome {
    let mut input = Input::default();
    let mut solution = read(&mut input, &args.solution)?;
    let (organization, found) = solution.builder.organization(&mut input.sources);
    input.diagnostics.extend(found);
    let metadata = solution.builder.to_json();
    let (schema, found) = solution.builder.finish();
    input.diagnostics.extend(found);
    let members = members(&mut input, args, &solution.profiles)?;
    output.findings(&input.sources, &input.diagnostics)?;
    if input.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Failure::Reported);
    }
    let mut files = vec![
        ("metadata.json".to_owned(), metadata),
        ("organization.weir".to_owned(), native::print(&organization)),
    ];
    if !members.blocks.is_empty() {
        files.push(("members.weir".to_owned(), native::print(&members)));
    }
    files.extend(profiles(&schema, solution.profiles));
    written(&args.output, files, output)
}

/// Reads all of a solution.
pub(crate) fn read(input: &mut Input, path: &Path) -> Outcome<Solution> {
    let before = input.diagnostics.len();
    let wanted = |path: &str| is_solution_file(path) || is_profile_file(path);
    let files = input.solution(path, wanted)?;
    if files.is_empty() && input.diagnostics.len() == before {
        return Err(none(path));
    }
    let mut solution = Solution {
        builder: Builder::new(),
        profiles: Vec::new(),
        files: files.len(),
    };
    for (relative, file) in files {
        if is_solution_file(&relative) {
            let found = solution
                .builder
                .solution_file(&input.sources, &relative, file);
            input.diagnostics.extend(found);
        }
        if is_profile_file(&relative) {
            let text = input.sources.get(file).map_or("", |source| &source.text);
            let parsed = exported::parse(file, text);
            input.diagnostics.extend(parsed.diagnostics);
            solution.profiles.push(parsed.file);
        }
    }
    Ok(solution)
}

/// The native files of profiles, one each.
fn profiles(schema: &Schema, files: Vec<ast::File>) -> Vec<(String, String)> {
    let mut taken = BTreeSet::new();
    let mut written = Vec::new();
    for file in files {
        for block in solution::import(schema, file).blocks {
            let Block::Profile(profile) = &block else {
                continue;
            };
            let name = file_name(&profile.name.text, &mut taken);
            let file = ast::File {
                dialect: Dialect::Native,
                blocks: vec![block],
                unread: Vec::new(),
            };
            written.push((format!("profiles/{name}.weir"), native::print(&file)));
        }
    }
    written
}

/// A name that any file system takes, and that wasn't taken yet.
pub(crate) fn file_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let safe: String = name
        .chars()
        .map(|c| {
            if c.is_control() || "<>:\"/\\|?*".contains(c) {
                '_'
            } else {
                c
            }
        })
        .take(100)
        .collect();
    let safe = match safe.trim_matches([' ', '.']) {
        "" => "profile",
        safe => safe,
    };
    let mut name = safe.to_owned();
    let mut number = 2;
    while !taken.insert(name.to_lowercase()) {
        name = format!("{safe} {number}");
        number += 1;
    }
    name
}

/// The members that files and options give, for profiles of the solution.
fn members(input: &mut Input, args: &Import, profiles: &[ast::File]) -> Outcome<ast::File> {
    let mut blocks = Vec::new();
    for path in &args.members {
        let Some(file) = input.profile(path)? else {
            continue;
        };
        for block in file.blocks {
            let Block::Members(members) = block else {
                return Err(Failure::usage(
                    format!("`{}` holds more than members", path.display()),
                    "write `members \"PROFILE\" { user \"…\" }` there, and nothing else",
                ));
            };
            blocks.push(Block::Members(members));
        }
    }
    for typed in &args.member {
        let Some((profile, user)) = typed.rsplit_once('=') else {
            return Err(Failure::usage(
                format!("`{typed}` names no profile and user"),
                "write `--member 'PROFILE=USER'`",
            ));
        };
        let file = input.sources.add("--member", typed.as_str());
        let name = |text: &str, start: usize| Name {
            text: text.into(),
            span: Span::new(file, start, start + text.len()),
        };
        blocks.push(Block::Members(Members {
            allows: Vec::new(),
            profile: name(profile, 0),
            members: vec![Member {
                kind: MemberKind::User,
                name: name(user, profile.len() + 1),
            }],
            span: Span::new(file, 0, typed.len()),
        }));
    }
    let known: BTreeSet<String> = profiles
        .iter()
        .flat_map(|file| &file.blocks)
        .filter_map(|block| match block {
            Block::Profile(profile) => Some(fold(&profile.name.text, Collation::default())),
            _ => None,
        })
        .collect();
    for block in &blocks {
        if let Block::Members(members) = block
            && !known.contains(&fold(&members.profile.text, Collation::default()))
        {
            return Err(Failure::usage(
                format!("the solution has no profile `{}`", members.profile.text),
                "`weir inspect` lists its profiles",
            ));
        }
    }
    Ok(ast::File {
        dialect: Dialect::Native,
        blocks,
        unread: Vec::new(),
    })
}

/// Writes files into a folder, none of which may be there, and says so.
pub(crate) fn written(folder: &Path, files: Vec<(String, String)>, output: &mut Output) -> Outcome {
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    if let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(Failure::usage(
            format!("`{}` exists already", path.display()),
            "choose another folder; nothing has been written",
        ));
    }
    for (path, (_, text)) in paths.iter().zip(&files) {
        write(path, text)?;
    }
    if output.json() {
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        let folder = folder.display().to_string();
        return output.line(&json!({ "folder": folder, "files": names }).to_string());
    }
    for path in paths {
        output.line(&format!("wrote {}", path.display()))?;
    }
    Ok(())
}
