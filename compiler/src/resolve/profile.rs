//! A profile: its items first, since associations need to know which entities have one, then what
//! each item says.

use std::collections::{BTreeMap, BTreeSet};

use weir_grammar::ast::{self, Dialect, LimitSet};
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::settings::Settings;

use super::filter::{Filters, MODERN, conditions};
use super::{association, names};
use crate::codes;
use crate::owner;
use crate::report::Report;
use crate::typed::{Choice, Filter, Item, Profile};

/// What profiles are resolved with.
pub(crate) struct Resolver<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) report: &'a mut Report,
    /// The limit set that the organisation names.
    pub(crate) limits: Option<LimitSet>,
    pub(crate) settings: &'a Settings,
}

/// The items of a profile by entity: where they stand, and whether they were left out.
pub(super) struct Items {
    pub(super) kept: BTreeMap<EntityId, Span>,
    pub(super) lost: BTreeSet<EntityId>,
}

/// The limit set that holds for an item: its own, its profile's, the organisation's, its language's.
fn limits(
    item: &ast::Item,
    profile: &ast::Profile,
    organization: Option<LimitSet>,
    dialect: Dialect,
) -> LimitSet {
    let own = item.limits.or(profile.limits).map(|(limits, _)| limits);
    own.or(organization).unwrap_or(match dialect {
        Dialect::Native => LimitSet::Classic,
        Dialect::Solution => LimitSet::Modern,
    })
}

impl Resolver<'_> {
    /// The profile with every name and literal resolved, but for its members.
    pub(crate) fn profile<'a>(
        &mut self,
        profile: &'a ast::Profile,
        dialect: Dialect,
    ) -> Profile<'a> {
        let mut typed = Profile::new(profile);
        let mut items = Items {
            kept: BTreeMap::new(),
            lost: BTreeSet::new(),
        };
        let mut kept = Vec::new();
        for item in &profile.items {
            match self.entity(item, &mut items) {
                Some(entity) => kept.push((item, entity)),
                None => self.lose(item, &mut typed),
            }
        }
        for (item, entity) in kept {
            let limits = limits(item, profile, self.limits, dialect);
            let resolved = self.item(item, entity, dialect, limits, &items, &mut typed);
            typed.push(resolved);
        }
        typed
    }

    /// The entity of an item that stays.
    fn entity(&mut self, item: &ast::Item, items: &mut Items) -> Option<EntityId> {
        let name = &item.entity;
        let entity = names::entity(self.schema, self.report, name, "the item")?;
        if let Some(first) = items.kept.get(&entity) {
            let diagnostic = Diagnostic::new(
                codes::ITEM_TWICE,
                name.span,
                format!("`{}` has an item in this profile already", name.text),
            );
            self.report.push(
                diagnostic
                    .label(*first, "the first one")
                    .help("join the two: what an item brings is or-ed"),
            );
            return None;
        }
        if let Some(download) = &item.download
            && matches!(&download.choice, ast::Choice::Other(flags) if flags.is_empty())
        {
            let diagnostic = Diagnostic::new(
                codes::NO_FLAG,
                download.span,
                format!(
                    "the other data filter of `{}` names nobody's rows",
                    name.text
                ),
            );
            self.report.follows(
                diagnostic.help("choose `mine`, `team` or `business-unit`, one or more"),
                "the item",
                true,
            );
            items.lost.insert(entity);
            return None;
        }
        items.kept.insert(entity, name.span);
        Some(entity)
    }

    /// Counts what goes with an item that is left out, and remembers what it may have reached.
    fn lose(&mut self, item: &ast::Item, typed: &mut Profile<'_>) {
        let own = item
            .download
            .as_ref()
            .and_then(|download| download.filter.as_ref());
        let filters = own.into_iter().chain(
            item.includes
                .iter()
                .filter_map(|include| include.filter.as_ref()),
        );
        self.report.lose(filters.map(conditions).sum());
        for include in &item.includes {
            typed.lose(self.schema, include);
        }
    }

    fn item<'a>(
        &mut self,
        item: &'a ast::Item,
        entity: EntityId,
        dialect: Dialect,
        limits: LimitSet,
        items: &Items,
        typed: &mut Profile<'a>,
    ) -> Item<'a> {
        let (choice, filter) = match &item.download {
            Some(download) => self.download(item.span, download, entity, dialect, limits),
            None if self.report.is_unread(item.span) => (None, None),
            None => {
                self.report.push(
                    Diagnostic::new(
                        codes::NO_CHOICE,
                        item.entity.span,
                        format!("item `{}` doesn't say what it downloads", item.entity.text),
                    )
                    .help("add `download related`, `download all`, `download mine` or `download where …`"),
                );
                (None, None)
            }
        };
        let columns = item
            .columns
            .as_ref()
            .map(|columns| self.columns(entity, columns));
        let mut associations = Vec::new();
        let mut before = association::Before::new();
        for include in &item.includes {
            let found = association::resolve(self, include, entity, items, limits);
            match found {
                Some(found) => {
                    association::only_once(self.report, &mut before, &found);
                    associations.push(found);
                }
                None => typed.lose(self.schema, include),
            }
        }
        Item {
            ast: item,
            entity,
            choice,
            filter,
            columns,
            associations,
            limits,
        }
    }

    /// The choice and the filter that acts beside it.
    fn download(
        &mut self,
        item: Span,
        download: &ast::Download,
        entity: EntityId,
        dialect: Dialect,
        limits: LimitSet,
    ) -> (Option<Choice>, Option<Filter>) {
        let choice = match &download.choice {
            ast::Choice::Related => Choice::Related,
            ast::Choice::All => Choice::All,
            ast::Choice::Other(flags) => {
                Choice::Other(flags.iter().map(|(flag, _)| *flag).collect())
            }
            ast::Choice::Custom => Choice::Custom,
        };
        let acts = match dialect {
            Dialect::Native => !matches!(choice, Choice::Related | Choice::All),
            Dialect::Solution => choice == Choice::Custom,
        };
        let Some(filter) = download.filter.as_ref().filter(|_| acts) else {
            if let Some(idle) = &download.filter {
                self.idle_filter(idle, dialect);
            }
            if choice == Choice::Custom {
                self.no_condition(item, download.span);
            }
            return (Some(choice), None);
        };
        let mut filters = Filters {
            schema: self.schema,
            report: self.report,
            limits,
            modern: MODERN,
            settings: self.settings,
        };
        let resolved = filters.root(entity, filter);
        if resolved.is_none() && choice == Choice::Custom {
            self.no_condition(item, download.span);
        }
        (Some(choice), resolved)
    }

    fn idle_filter(&mut self, filter: &ast::Filter, dialect: Dialect) {
        let diagnostic = match dialect {
            Dialect::Native => Diagnostic::new(
                codes::FILTER_BESIDE_CHOICE,
                filter.span(),
                "`all` and `related` take no filter",
            )
            .help("write `download where …` alone for the rows that satisfy it"),
            Dialect::Solution => Diagnostic::new(
                weir_grammar::codes::INERT_FILTER,
                filter.span(),
                "the filter has no effect beside this download choice",
            )
            .help("only custom (3) uses a filter; it is kept for an export"),
        };
        self.report.push(diagnostic);
    }

    fn no_condition(&mut self, item: Span, span: Span) {
        if self.report.is_unread(item) {
            return;
        }
        self.report.push(
            Diagnostic::new(
                codes::NO_CONDITION,
                span,
                "a custom filter needs a condition",
            )
            .help("add one, or download `all`"),
        );
    }

    /// The columns with the primary id, ascending. Owner columns that follow from `ownerid` stand
    /// for it.
    fn columns(&mut self, entity: EntityId, columns: &[ast::Name]) -> Box<[AttrId]> {
        let of = self.schema.entity(entity);
        let mut seen: BTreeMap<AttrId, Span> = BTreeMap::new();
        for name in columns {
            let Some(found) =
                names::attribute(self.schema, self.report, entity, name, "the column")
            else {
                continue;
            };
            if let Some(first) = seen.insert(found, name.span) {
                self.report.push(
                    Diagnostic::new(
                        codes::COLUMN_TWICE,
                        name.span,
                        format!("column `{}` is named twice", name.text),
                    )
                    .label(first, "here already")
                    .help("take one of them out"),
                );
            }
        }
        let mut ids: Vec<AttrId> = seen
            .into_keys()
            .filter_map(|id| owner::derived(of, id).map_or(Some(id), |derived| derived.ownerid))
            .chain([of.primary_id])
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into()
    }
}
