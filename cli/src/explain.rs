//! Proofs as short sentences: why a row is on a user's devices, and what stands against one that
//! isn't.
//!
//! A sentence says what decides: how the row stands to the user, to the clock and to other rows.
//! Conditions on the row alone, privileges and the organisation's filters are said only where
//! nothing else is: they hold for everyone alike.

use weir_compiler::explain::line;
use weir_ir::plan::{Link, NodeId, Part, Plan, UserSet};
use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::time::Zone;
use weir_ir::value::{Guid, Value};
use weir_runtime::{Proof, Reason, Route, Step};

/// What rows are called.
pub(crate) trait Names {
    /// What an entity's rows are called, in the singular.
    fn entity(&self, entity: EntityId) -> &str;
    /// A row's name.
    fn row(&self, entity: EntityId, row: Guid) -> String;
    /// The name of whatever bears the id.
    fn anything(&self, id: Guid) -> String;
}

/// Makes sentences of proofs.
pub(crate) struct Explainer<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) plan: &'a Plan,
    pub(crate) names: &'a dyn Names,
}

impl Explainer<'_> {
    /// Why the row is there, without a full stop.
    pub(crate) fn why(&self, user: Guid, proof: &Proof) -> String {
        let user = self.names.anything(user);
        self.step(&user, &proof.step).unwrap_or_else(|| {
            let entity = self.names.entity(proof.item);
            format!("every {entity} comes")
        })
    }

    /// What a step without parts says of its row, whether it holds or not.
    pub(crate) fn fact(&self, user: &str, step: &Step) -> String {
        match &step.reason {
            Reason::Not(inner) => self.fact(user, inner),
            Reason::Match {
                attribute,
                value,
                route: None,
                ..
            }
            | Reason::Ancestry {
                attribute, value, ..
            } => self.condition(step.entity, *attribute, value, None),
            Reason::Window {
                attribute,
                value,
                zone,
                ..
            } if !step.holds && *value != Value::Null => {
                let zone = if zone.is_empty() { "UTC" } else { zone };
                let attribute = self.attribute(step.entity, *attribute);
                format!("{attribute} is {} in {zone}", shown_in(value, zone))
            }
            Reason::Window {
                attribute, value, ..
            } if !step.holds => self.condition(step.entity, *attribute, value, None),
            Reason::Linked {
                link,
                value,
                step: None,
                ..
            } => self.unlinked(step.entity, *link, value),
            Reason::Shared(None) => {
                format!("it is shared neither with {user} nor a team of theirs")
            }
            Reason::Users(UserSet::Active) if !step.holds => format!("{user} is disabled"),
            Reason::Users(UserSet::Reads(entity, _)) if !step.holds => {
                let entity = self.names.entity(*entity);
                format!("no role of {user}, or of a team of theirs, reads {entity} so deep")
            }
            Reason::All(_) | Reason::Any(_) if !step.holds => {
                format!("the roles of {user} don't let them read it")
            }
            Reason::All(_) | Reason::Any(_) | Reason::Users(_) => {
                format!("the roles of {user} let them read it")
            }
            Reason::Constant if !step.holds => "nothing brings it".to_owned(),
            _ => self
                .step(user, step)
                .unwrap_or_else(|| "it comes as it is".to_owned()),
        }
    }

    /// The condition that a step judges, in words.
    pub(crate) fn condition_of(&self, step: &Step) -> String {
        match &step.reason {
            Reason::All(_) | Reason::Any(_) => "read privileges".to_owned(),
            Reason::Constant => {
                "a download choice, or an association that leads to the item".to_owned()
            }
            Reason::Linked { link, .. } => format!("a {}", self.linked_by(step.entity, *link)),
            Reason::Not(inner) => match &inner.reason {
                Reason::Linked { link, .. } => {
                    format!("no {}", self.linked_by(step.entity, *link))
                }
                _ => format!("not: {}", self.condition_of(inner)),
            },
            _ => line(self.plan, self.schema, step.node),
        }
    }

    /// A row that is linked, or judged as linked, and by what.
    fn linked_by(&self, entity: EntityId, link: Link) -> String {
        let other = self.names.entity(link.entity());
        match link {
            Link::Attributes { from, to, .. } => {
                let from = self.attribute(entity, from);
                let to = self.attribute(link.entity(), to);
                format!("linked {other} as asked for, with {to} = this row's {from}")
            }
            Link::Through { intersect, .. } => {
                let pairs = self.names.entity(intersect);
                format!("linked {other} as asked for, through {pairs}")
            }
        }
    }

    /// That no row is linked to one.
    fn unlinked(&self, entity: EntityId, link: Link, value: &Value) -> String {
        let other = self.names.entity(link.entity());
        match link {
            Link::Through { .. } => format!("it is paired with no {other}"),
            Link::Attributes { from, to, .. } => {
                let from_name = self.attribute(entity, from);
                if *value == Value::Null {
                    format!("{from_name} is empty, so that no {other} is linked to it")
                } else if from == self.schema.entity(entity).primary_id {
                    let to = self.attribute(link.entity(), to);
                    format!("no {other} has it as {to}")
                } else {
                    format!("no {other} is there that its {from_name} leads to")
                }
            }
        }
    }

    /// What a step that holds has to say, if anything.
    fn step(&self, user: &str, step: &Step) -> Option<String> {
        match &step.reason {
            Reason::Constant | Reason::Users(_) | Reason::Shared(None) => None,
            Reason::Condition {
                attribute,
                value,
                other,
            } => Some(self.condition(step.entity, *attribute, value, other.as_ref())),
            Reason::Match {
                attribute,
                value,
                route,
                ..
            } => {
                let attribute = self.attribute(step.entity, *attribute);
                route
                    .as_ref()
                    .map(|route| self.route(user, attribute, value, route))
            }
            Reason::Ancestry {
                attribute,
                value,
                of,
                above,
            } => {
                let how = match above {
                    _ if *value == Value::Guid(*of) => "is",
                    true => "is above",
                    false => "is below",
                };
                let attribute = self.attribute(step.entity, *attribute);
                Some(format!(
                    "its {attribute} {how} {}",
                    self.names.anything(*of)
                ))
            }
            Reason::Window {
                attribute,
                value,
                window,
                zone,
                ..
            } => {
                let attribute = self.attribute(step.entity, *attribute);
                let zone = if zone.is_empty() { "UTC" } else { zone };
                Some(format!(
                    "its {attribute} {} is {} in {zone}",
                    shown_in(value, zone),
                    window
                ))
            }
            Reason::Shared(Some((_, route))) => Some(match route {
                Route::Team(team) => format!(
                    "it is shared with {user}'s team {}",
                    self.names.anything(*team)
                ),
                _ => format!("it is shared with {user}"),
            }),
            Reason::All(children) => self.all(user, children),
            Reason::Any(children) => children
                .iter()
                .find(|child| child.holds)
                .and_then(|child| self.step(user, child)),
            Reason::Not(inner) => self.negated(user, inner),
            Reason::Linked {
                link, step: linked, ..
            } => {
                let linked = linked.as_deref()?;
                Some(self.linked(user, step, *link, linked))
            }
        }
    }

    /// What decides, each thing once.
    fn all(&self, user: &str, children: &[Step]) -> Option<String> {
        let (mut decides, mut holds): (Vec<String>, Vec<String>) = Default::default();
        for child in children {
            let Some(words) = self.step(user, child) else {
                continue;
            };
            let into = if self.decides(child) {
                &mut decides
            } else {
                &mut holds
            };
            if !into.contains(&words) {
                into.push(words);
            }
        }
        let said = if decides.is_empty() { holds } else { decides };
        (!said.is_empty()).then(|| said.join(" and "))
    }

    /// Whether a step speaks of the user, the clock or other rows, and not only of what the
    /// organisation allows.
    fn decides(&self, step: &Step) -> bool {
        let own = match &step.reason {
            Reason::Shared(share) => return share.is_some(),
            Reason::Constant | Reason::Users(_) | Reason::Condition { .. } | Reason::Not(_) => {
                false
            }
            Reason::Match { .. }
            | Reason::Ancestry { .. }
            | Reason::Window { .. }
            | Reason::Linked { .. } => true,
            Reason::All(children) => children.iter().any(|child| self.decides(child)),
            Reason::Any(children) => {
                let first = children.iter().find(|child| child.holds);
                first.is_some_and(|child| self.decides(child))
            }
        };
        let parts = self.parts(step.node);
        let allows = |part: &Part| matches!(part, Part::Security | Part::OrganizationFilter);
        let shared = matches!(&step.reason, Reason::Any(_) | Reason::All(_)) && opened(step);
        own && (shared || parts.is_empty() || !parts.iter().all(allows))
    }

    /// Whether a node is nothing but read privileges.
    pub(crate) fn is_security(&self, node: NodeId) -> bool {
        let parts = self.parts(node);
        !parts.is_empty() && parts.iter().all(|part| *part == Part::Security)
    }

    fn parts(&self, node: NodeId) -> Vec<Part> {
        let origins = self.plan.nodes.origins(node);
        origins.iter().map(|origin| origin.part).collect()
    }

    fn condition(
        &self,
        entity: EntityId,
        attribute: AttrId,
        value: &Value,
        other: Option<&(AttrId, Value)>,
    ) -> String {
        let says = |attribute: AttrId, value: &Value| {
            let name = self.attribute(entity, attribute);
            match value {
                Value::Null => format!("{name} is empty"),
                Value::Guid(id) => format!("{name} is {}", self.names.anything(*id)),
                value => format!("{name} is {}", short(value)),
            }
        };
        let first = says(attribute, value);
        match other {
            Some((other, value)) => format!("{first} and {}", says(*other, value)),
            None => first,
        }
    }

    fn route(&self, user: &str, attribute: &str, value: &Value, route: &Route) -> String {
        let called = |id: &Guid| self.names.anything(*id);
        let is = |who: String| match attribute {
            "ownerid" => format!("{who} owns it"),
            "owningbusinessunit" => format!("it belongs to {who}"),
            _ => format!("{who} is its {attribute}"),
        };
        let below = |chain: &[Guid]| match chain {
            [below, _, ..] => format!("{}, below {user},", called(below)),
            _ => user.to_owned(),
        };
        match route {
            Route::Itself => is(user.to_owned()),
            Route::Team(team) => is(format!("{user}'s team {}", called(team))),
            Route::Below(chain) => is(below(chain)),
            Route::TeamBelow(team, chain) => match &chain[..] {
                [_, _, ..] => is(format!("team {} of {}", called(team), below(chain))),
                _ => is(format!("{user}'s team {}", called(team))),
            },
            Route::Unit(unit) => is(format!("{user}'s unit {}", called(unit))),
            Route::UnitBelow(chain) => {
                let unit = chain.first().map_or_else(|| value.to_string(), called);
                is(format!("{unit}, below {user}'s unit,"))
            }
            Route::Language(_) => format!("its {attribute} is {user}'s language"),
            Route::EveryLanguage => format!("its {attribute} stands for every language"),
        }
    }

    /// What the failure of `inner` says; many failures say nothing by themselves.
    fn negated(&self, user: &str, inner: &Step) -> Option<String> {
        match &inner.reason {
            Reason::Linked { link, .. } => {
                let entity = self.names.entity(link.entity());
                Some(format!("no {entity} stands against it"))
            }
            Reason::Match { attribute, .. } => {
                let attribute = self.attribute(inner.entity, *attribute);
                Some(format!("{user} is not its {attribute}"))
            }
            _ => None,
        }
    }

    fn linked(&self, user: &str, step: &Step, link: Link, linked: &Step) -> String {
        let own_id = self.schema.entity(step.entity).primary_id;
        let other = format!(
            "{} {}",
            self.names.entity(linked.entity),
            self.names.row(linked.entity, linked.row)
        );
        let first = match link {
            Link::Through { .. } => format!("it is paired with {other}"),
            Link::Attributes { from, .. } if from == own_id => format!("{other} refers to it"),
            Link::Attributes { .. } => format!("it refers to {other}"),
        };
        match self.step(user, linked) {
            Some(inner) => format!("{first} ({inner})"),
            None => first,
        }
    }

    fn attribute(&self, entity: EntityId, attribute: AttrId) -> &str {
        &self.schema.attribute(entity, attribute).name
    }
}

/// Whether a step holds by a share.
fn opened(step: &Step) -> bool {
    match &step.reason {
        Reason::Shared(share) => share.is_some(),
        Reason::All(children) => children.iter().any(opened),
        Reason::Any(children) => children
            .iter()
            .find(|child| child.holds)
            .is_some_and(opened),
        _ => false,
    }
}

/// A value for a sentence: an instant to the minute.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match value {
        Value::Instant(_) => format!("{}Z", text.get(..16).unwrap_or(&text).replace('T', " ")),
        _ => text,
    }
}

/// A value as a clock in the zone shows it: an instant to the minute.
fn shown_in(value: &Value, zone: &str) -> String {
    match (value, Zone::named(zone)) {
        (Value::Instant(at), Some(zone)) => {
            let text = zone.wall_clock(*at).to_string();
            text.get(..16).unwrap_or(&text).replace('T', " ")
        }
        _ => short(value),
    }
}
