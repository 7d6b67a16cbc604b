//! A `link-entity` inside a filter: a related-row condition. Of its link types only `any` and `not
//! any` choose rows by related rows alone.

use weir_ir::diagnostic::{Diagnostic, did_you_mean};

use super::read::Reader;
use super::vocabulary;
use crate::ast::{Link, Related};
use crate::codes;
use crate::xml::Element;

impl Reader {
    /// A related-row condition; `from` is an attribute of the linked row, `to` one of this row.
    pub(super) fn related(&mut self, element: &Element, depth: usize) -> Option<Related> {
        let negated = self.negated(element)?;
        if !self.check_attributes(element, &vocabulary::LINK) {
            return None;
        }
        let entity = self.name(element, "name");
        let linked = self.name(element, "from");
        let own = self.name(element, "to");
        let filter = self.filters(element, depth);
        Some(Related {
            negated,
            entity: entity?,
            link: Link::On {
                linked: linked?,
                own: own?,
            },
            filter: filter.map(Box::new),
            span: element.span,
        })
    }

    /// Whether the link type is `not any`; none, and a report, where it is neither that nor `any`.
    fn negated(&mut self, element: &Element) -> Option<bool> {
        let Some(value) = element.attribute("link-type") else {
            let what = "a `link-entity` without `link-type`";
            let help = "it is an inner join, and a filter joins no rows: write `any` or `not any`";
            self.refuse(what, element.name_span, help);
            return None;
        };
        let link_type = value.text();
        let span = value.span(0..link_type.len());
        let meant = match link_type {
            "any" => return Some(false),
            "not any" => return Some(true),
            "not all" | "in" | "exists" => Some("any"),
            _ if vocabulary::help_with_link_type(link_type).is_some() => None,
            _ => did_you_mean(link_type, ["any", "not any"]),
        };
        let message = format!("link-type `{link_type}` isn't supported in a filter");
        let found = Diagnostic::new(codes::FETCH_UNSUPPORTED, span, message);
        let found = match (vocabulary::help_with_link_type(link_type), meant) {
            (Some(help), _) => found.help(format!("only `any` and `not any` are possible; {help}")),
            (None, Some(name)) => found.help(format!("did you mean `{name}`?")),
            (None, None) => found.help("only `any` and `not any` are possible"),
        };
        self.report.push(match meant {
            Some(meant) => found.suggest(span, meant),
            None => found,
        });
        None
    }
}
