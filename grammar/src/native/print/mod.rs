//! The tree as text, in the one layout (`native::layout`) that it has: printing depends on the tree alone, spans aside,
//! and reading what was printed gives the tree again.
//!
//! What only an import can hold has no native text and is left out: a download choice of no flag or
//! of an empty filter (an error in an import too), and groups without conditions.

pub(crate) mod filter;
pub(super) mod text;

use weir_ir::diagnostic::FileId;

use self::text::Printer;
use super::input::Tokens;
use crate::ast::{
    Allow, App, Block, Choice, Download, EntitySetting, Extras, File, Filter, Include, Item,
    LimitSet, Member, MemberKind, Members, Organization, Owned, Profile, Setting, Stored,
};

/// Prints a file.
#[must_use]
pub fn print(file: &File) -> String {
    let mut printer = Printer::default();
    for block in &file.blocks {
        match block {
            Block::Profile(profile) => printer.profile(profile),
            Block::Members(members) => printer.members_of(members),
            Block::App(app) => printer.app(app),
            Block::Organization(organization) => printer.organization(organization),
        }
    }
    laid_out(printer.finish(), |input| {
        super::blocks(input);
    })
}

/// Prints a filter on lines of its own, without a line break at the end.
#[must_use]
pub fn print_filter(filter: &Filter) -> String {
    let flat = filter::simplified(filter).map_or_else(String::new, filter::flat);
    let text = laid_out(flat, |input| {
        super::filter::lone(input);
    });
    text.trim_end_matches('\n').to_owned()
}

/// A text in its layout; what only an import can hold may be no text that a reader takes, and stays.
fn laid_out(text: String, parser: impl FnOnce(Tokens<'_>)) -> String {
    super::laid_out(FileId(0), &text, parser).unwrap_or(text)
}

impl Printer {
    fn profile(&mut self, profile: &Profile) {
        self.allows(&profile.extras.allows);
        self.open(&format!("profile {}", text::quoted(&profile.name.text)));
        if let Some(description) = &profile.description {
            self.line(&format!("description {}", text::quoted(&description.text)));
        }
        self.limits(profile.limits.map(|(set, _)| set));
        self.extras(&profile.extras);
        if !profile.members.is_empty() {
            self.open("members");
            self.members(&profile.members);
            self.close();
        }
        for item in &profile.items {
            self.item(item);
        }
        self.close();
    }

    fn members_of(&mut self, members: &Members) {
        self.allows(&members.allows);
        self.open(&format!("members {}", text::quoted(&members.profile.text)));
        self.members(&members.members);
        self.close();
    }

    fn members(&mut self, members: &[Member]) {
        for member in members {
            let kind = match member.kind {
                MemberKind::User => "user",
                MemberKind::Team => "team",
            };
            self.line(&format!("{kind} {}", text::quoted(&member.name.text)));
        }
    }

    fn item(&mut self, item: &Item) {
        self.allows(&item.extras.allows);
        self.open(&format!("item {}", text::name(&item.entity.text)));
        self.limits(item.limits.map(|(set, _)| set));
        if let Some(name) = &item.name {
            self.line(&format!("name {}", text::quoted(&name.text)));
        }
        if let Some(id) = &item.extras.id {
            self.line(&format!("id {}", text::quoted(&id.text)));
        }
        if let Some(download) = &item.download {
            self.download(download);
        }
        if let Some((minutes, _)) = item.sync {
            self.line(&format!("sync every {minutes} minutes"));
        }
        if let Some(columns) = &item.columns {
            let columns: Vec<String> = columns
                .iter()
                .map(|column| text::name(&column.text))
                .collect();
            self.line(&format!("columns {}", columns.join(", ")));
        }
        self.extras(&Extras {
            id: None,
            ..item.extras.clone()
        });
        for include in &item.includes {
            self.include(include);
        }
        self.close();
    }

    fn download(&mut self, download: &Download) {
        let filter = download.filter.as_ref().and_then(filter::simplified);
        let choice = match &download.choice {
            Choice::Related => "related".to_owned(),
            Choice::All => "all".to_owned(),
            Choice::Other(flags) => {
                let flags: Vec<&str> = flags.iter().map(|(flag, _)| owned(*flag)).collect();
                flags.join(", ")
            }
            Choice::Custom => String::new(),
        };
        let custom = matches!(download.choice, Choice::Custom);
        if custom && filter.is_none() || !custom && choice.is_empty() {
            return;
        }
        self.push("download");
        if !custom {
            self.push(" ");
            self.push(&choice);
        }
        if let Some(filter) = filter {
            self.push(&format!(" where {}", filter::flat(filter)));
        }
        self.end();
    }

    fn include(&mut self, include: &Include) {
        self.allows(&include.extras.allows);
        self.push("include ");
        if let Some(entity) = &include.entity {
            self.push(&text::name(&entity.text));
            self.push(" ");
        }
        self.push(&format!("via {}", text::name(&include.via.text)));
        for (key, value) in [("name", &include.name), ("id", &include.extras.id)] {
            if let Some(value) = value {
                self.push(&format!(" {key} {}", text::quoted(&value.text)));
            }
        }
        if !include.extras.stored.is_empty() {
            self.open(" stored");
            self.stored(&include.extras.stored);
            self.push("}");
        }
        if let Some(filter) = include.filter.as_ref().and_then(filter::simplified) {
            self.push(&format!(" where {}", filter::flat(filter)));
        }
        self.end();
    }

    fn allows(&mut self, allows: &[Allow]) {
        for allow in allows {
            let (code, reason) = (
                text::name(&allow.code.text),
                text::quoted(&allow.reason.text),
            );
            self.line(&format!("allow {code} {reason}"));
        }
    }

    fn limits(&mut self, limits: Option<LimitSet>) {
        match limits {
            Some(LimitSet::Classic) => self.line("limits classic"),
            Some(LimitSet::Modern) => self.line("limits modern"),
            None => {}
        }
    }

    /// Id, budget and stored values.
    fn extras(&mut self, extras: &Extras) {
        if let Some(id) = &extras.id {
            self.line(&format!("id {}", text::quoted(&id.text)));
        }
        if let Some(budget) = &extras.budget {
            let parts = [(budget.rows, "rows"), (budget.megabytes, "MB")];
            let parts: Vec<String> = parts
                .iter()
                .filter_map(|(count, unit)| Some(format!("{} {unit}", (*count)?)))
                .collect();
            if !parts.is_empty() {
                self.line(&format!("budget {}", parts.join(", ")));
            }
        }
        if !extras.stored.is_empty() {
            self.open("stored");
            self.stored(&extras.stored);
            self.close();
        }
    }

    fn stored(&mut self, entries: &[Stored]) {
        for entry in entries {
            let (key, value) = (text::name(&entry.key.text), text::quoted(&entry.value.text));
            self.line(&format!("{key} {value}"));
        }
    }

    fn app(&mut self, app: &App) {
        self.allows(&app.allows);
        self.open(&format!("app {}", text::quoted(&app.name.text)));
        if let Some(offline) = app.offline {
            self.line(&format!("offline {}", switch(offline)));
        }
        if !app.profiles.is_empty() {
            let profiles: Vec<String> = app
                .profiles
                .iter()
                .map(|profile| text::quoted(&profile.text))
                .collect();
            self.line(&format!("profiles {}", profiles.join(", ")));
        }
        self.close();
    }

    fn organization(&mut self, organization: &Organization) {
        self.allows(&organization.allows);
        self.open("organization");
        for setting in &organization.settings {
            self.setting(setting);
        }
        self.close();
    }

    fn setting(&mut self, setting: &Setting) {
        match setting {
            Setting::Plain { key, value } => self.line(&format!("{} {}", key.text, value.text)),
            Setting::Fiscal { start, periods, .. } => {
                self.open("fiscal");
                for (key, value) in [("start", start), ("periods", periods)] {
                    if let Some(value) = value {
                        self.line(&format!("{key} {}", value.text));
                    }
                }
                self.close();
            }
            Setting::NullMatches { entries, .. } => {
                self.open("null-matches");
                for (operator, on) in entries {
                    self.line(&format!("{} {}", operator.text, switch(*on)));
                }
                self.close();
            }
            Setting::Entity(entity) => self.entity(entity),
        }
    }

    fn entity(&mut self, entity: &EntitySetting) {
        self.allows(&entity.allows);
        self.open(&format!("entity {}", text::name(&entity.name.text)));
        if let Some((offline, _)) = entity.offline {
            self.line(&format!("offline {}", switch(offline)));
        }
        if let Some((ownership, _)) = entity.ownership {
            self.line(&format!("ownership {}", ownership.name()));
        }
        if let Some(filter) = entity.filter.as_ref().and_then(filter::simplified) {
            self.line(&format!("filter {}", filter::flat(filter)));
        }
        self.close();
    }
}

fn switch(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn owned(flag: Owned) -> &'static str {
    match flag {
        Owned::Mine => "mine",
        Owned::Team => "team",
        Owned::BusinessUnit => "business-unit",
    }
}
