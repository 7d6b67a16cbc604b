//! `weir why`: the proof that a row is on a user's devices at the end of a stream, or the ways in that
//! it misses, each condition with its place in the profiles.

use std::sync::Arc;

use serde_json::{Value, json};
use weir_ir::diagnostic::{Label, Sources, Span, did_you_mean};
use weir_ir::plan::{Member, NodeId, Origin, Part, Plan, PlanProfile, ProfileId};
use weir_ir::schema::{EntityId, Schema};
use weir_ir::transaction::Transaction;
use weir_ir::value::Guid;
use weir_runtime::{Absence, Engine, Membership, Miss, Missed, Proof, Reason, Step, Unmet};

use crate::arguments::Why;
use crate::explain::{Explainer, Names};
use crate::failure::{Failure, Outcome};
use crate::names::RowNames;
use crate::output::Output;
use crate::people::People;
use crate::render;
use crate::replay::{Setup, instant, replayed};
use crate::report;

/// Most places of one condition that are shown: a condition may stand in many filters.
const PLACES_SHOWN: usize = 3;

pub(crate) fn run(args: &Why, output: &mut Output) -> Outcome {
    let until = instant("--until", args.stream.until.as_deref())?;
    let row = Guid::parse(&args.id).ok_or_else(|| {
        Failure::usage(
            format!("`{}` is no GUID", args.id),
            "give the row's id, as in `6f9619ff-8b86-d011-b42d-00c04fc964ff`",
        )
    })?;
    let mut setup = Setup::read(&args.plan, output)?;
    let schema = setup.schema.clone();
    let entity = entity(&schema, &args.entity)?;
    let mut names = Called {
        schema: &schema,
        people: People::default(),
        rows: RowNames::new(&schema),
    };
    let observe = &mut |schema: &Schema, transaction: &Transaction| {
        for change in &transaction.changes {
            names.people.observe(schema, change);
            names.rows.observe(change);
        }
    };
    let engine = replayed(&mut setup, &args.stream, until, observe, output)?;
    for user in users(&names.people, &args.user, &engine)? {
        let teller = Teller {
            explainer: Explainer {
                schema: &schema,
                plan: engine.plan(),
                names: &names,
            },
            sources: &setup.input.sources,
            user,
            called: names.anything(user),
            row: (entity, row),
        };
        if let Some(proof) = engine.explain(user, entity, row) {
            teller.held(&proof, output)?;
        } else if let Some(absence) = engine.explain_absence(user, entity, row) {
            teller.absent(&absence, output)?;
        }
    }
    output.flush()?;
    report::security(engine.plan(), output)
}

fn entity(schema: &Schema, name: &str) -> Outcome<EntityId> {
    schema.find(&name.to_lowercase()).ok_or_else(|| {
        let known = schema.entities().map(|(_, entity)| entity.name.as_str());
        let help = match did_you_mean(name, known) {
            Some(likely) => format!("did you mean `{likely}`?"),
            None => "name an entity by its logical name".to_owned(),
        };
        Failure::Input(format!("the metadata has no entity `{name}`"), help)
    })
}

/// The users that are meant, all of whom there are.
fn users(people: &People, name: &str, engine: &Engine) -> Outcome<Vec<Guid>> {
    let users = match people.find(name, engine.plan().settings.collation) {
        Err(Failure::Usage(message, help)) => return Err(Failure::Input(message, help)),
        found => found?,
    };
    match users.iter().find(|user| !people.knows(**user)) {
        None => Ok(users),
        Some(user) => Err(Failure::Input(
            format!("the data has no user {user}"),
            "`weir rows --all-users` lists all; check `--until` and the id".to_owned(),
        )),
    }
}

/// What users and rows are called.
struct Called<'s> {
    schema: &'s Arc<Schema>,
    people: People,
    rows: RowNames,
}

impl Names for Called<'_> {
    fn entity(&self, entity: EntityId) -> &str {
        &self.schema.entity(entity).name
    }

    fn row(&self, entity: EntityId, row: Guid) -> String {
        match self.people.name(row).or_else(|| self.rows.of(entity, row)) {
            Some(name) => format!("{name} ({row})"),
            None => row.to_string(),
        }
    }

    fn anything(&self, id: Guid) -> String {
        let name = self.people.name(id).or_else(|| self.rows.of_any(id));
        name.map_or_else(|| id.to_string(), str::to_owned)
    }
}

/// A condition, judged.
struct Judged<'p> {
    step: &'p Step,
    /// The rows that lead to its own, link by link.
    via: Vec<(NodeId, EntityId, Guid)>,
}

impl<'p> Judged<'p> {
    fn new(step: &'p Step, via: &[(NodeId, EntityId, Guid)]) -> Self {
        let via = via.to_vec();
        Self { step, via }
    }
}

/// Tells of one user and row.
struct Teller<'a> {
    explainer: Explainer<'a>,
    sources: &'a Sources,
    user: Guid,
    called: String,
    row: (EntityId, Guid),
}

impl Teller<'_> {
    fn plan(&self) -> &Plan {
        self.explainer.plan
    }

    fn named(&self, (entity, row): (EntityId, Guid)) -> String {
        let names = self.explainer.names;
        format!("{} {}", names.entity(entity), names.row(entity, row))
    }

    /// The object of the answer.
    fn object(&self, held: bool, profile: Option<ProfileId>, more: Value) -> String {
        let profile = profile.map(|id| self.profile(id).0);
        let mut object = json!({
            "user": self.user.to_string(),
            "entity": self.explainer.schema.entity(self.row.0).name.as_str(),
            "id": self.row.1.to_string(),
            "held": held,
            "profile": profile,
        });
        if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
            object.extend(more);
        }
        object.to_string()
    }

    fn held(&self, proof: &Proof, output: &mut Output) -> Outcome {
        let why = self.explainer.why(self.user, proof);
        let mut conditions = Vec::new();
        self.holding(&proof.step, &mut Vec::new(), &mut conditions);
        if output.json() {
            let conditions: Vec<Value> = conditions
                .iter()
                .map(|judged| self.json(judged, proof.profile))
                .collect();
            let more = json!({ "why": why, "conditions": conditions });
            return output.line(&self.object(true, Some(proof.profile), more));
        }
        let (row, user) = (self.named(self.row), &self.called);
        output.line(&format!("{row} is on the devices of {user}: {why}."))?;
        let by = self.membership(proof.profile, proof.membership);
        let item = self.explainer.names.entity(proof.item);
        output.line(&format!(
            "{by} Its item `{item}` brings the row, since all of this holds:"
        ))?;
        for judged in &conditions {
            let text = self.subject(judged) + &self.explainer.fact(&self.called, judged.step);
            self.note(&text, judged, proof.profile, output)?;
        }
        Ok(())
    }

    fn absent(&self, absence: &Absence, output: &mut Output) -> Outcome {
        let user = &self.called;
        let entity = self.explainer.names.entity(self.row.0);
        let (reason, text, profile) = match absence {
            Absence::NoUser => ("no-user", format!("there is no user {user}"), None),
            Absence::NoRow => ("no-row", format!("there is no {entity} of that id"), None),
            Absence::Disabled => {
                let text = format!("{user} is disabled, and so holds nothing");
                ("user-disabled", text, None)
            }
            Absence::NoProfile => {
                let text = format!("{user} is a member of no profile");
                ("no-profile", text, None)
            }
            Absence::NoItem { profile, .. } => {
                let (name, _) = self.profile(*profile);
                let text = format!("profile `{name}` of {user} has no item for {entity}");
                ("no-item", text, Some(*profile))
            }
            Absence::Missed(missed) => return self.missed(missed, output),
        };
        if output.json() {
            let more = json!({ "reason": reason, "text": text });
            return output.line(&self.object(false, profile, more));
        }
        let row = self.named(self.row);
        output.line(&format!("{row} is not on the devices of {user}: {text}."))?;
        match absence {
            Absence::NoItem {
                profile,
                membership,
            } => output.line(&self.membership(*profile, *membership)),
            _ => Ok(()),
        }
    }

    fn missed(&self, missed: &Missed, output: &mut Output) -> Outcome {
        let profile = missed.profile;
        if output.json() {
            let conditions = |unmet: &[Unmet]| -> Vec<Value> {
                let judged = unmet.iter().map(judged);
                judged.map(|judged| self.json(&judged, profile)).collect()
            };
            let ways: Vec<Value> = missed
                .misses
                .iter()
                .map(|miss| json!({ "conditions": conditions(&miss.unmet) }))
                .collect();
            let more = json!({
                "reason": "conditions",
                "single": missed.single().is_some(),
                "ways": missed.ways,
                "nearest": ways,
                "always": conditions(&missed.always),
                "linked_rows_not_looked_at": missed.unseen,
            });
            return output.line(&self.object(false, Some(profile), more));
        }
        let (row, user) = (self.named(self.row), &self.called);
        let item = self.explainer.names.entity(missed.item);
        output.line(&format!(
            "{row} is not on the devices of {user}: the item `{item}` doesn't bring it."
        ))?;
        output.line(&self.membership(profile, missed.membership))?;
        if let Some(only) = missed.single() {
            output.line(&format!(
                "\nOne condition alone keeps it away{}:",
                self.by(std::slice::from_ref(only), profile)
            ))?;
            return self.fails(only, profile, output);
        }
        for (at, miss) in missed.misses.iter().enumerate() {
            output.line(&self.heading(at, miss, missed))?;
            for unmet in &miss.unmet {
                self.fails(unmet, profile, output)?;
            }
        }
        let more = missed.ways.saturating_sub(missed.misses.len() as u64);
        if more > 0 {
            output.line(&format!(
                "\n… and {more} ways more that lack as much, or more"
            ))?;
        }
        if missed.unseen > 0 {
            let unseen = missed.unseen;
            output.line(&format!("{unseen} linked rows were not looked at"))?;
        }
        Ok(())
    }

    fn heading(&self, at: usize, miss: &Miss, missed: &Missed) -> String {
        let which = match (at, missed.misses.len()) {
            (_, 1) => "The way in",
            (0, _) => "The nearest way in",
            _ => "Another way in",
        };
        let by = self.by(&miss.unmet, missed.profile);
        let fails = match miss.unmet.len() {
            1 => "one condition fails".to_owned(),
            count => format!("{count} conditions fail"),
        };
        format!("\n{which}{by}; {fails}:")
    }

    /// The row that would bring this one along by an association, if something fails that is about it.
    fn by(&self, unmet: &[Unmet], profile: ProfileId) -> String {
        let mut firsts = unmet.iter().filter_map(|unmet| unmet.via.first());
        match firsts.find(|hop| self.associates(hop.node, profile)) {
            Some(hop) => {
                let parent = self.named((hop.link.entity(), hop.row));
                format!(", along with {parent}, which isn't there itself")
            }
            None => String::new(),
        }
    }

    /// Whether a link is an association of the profile.
    fn associates(&self, link: NodeId, profile: ProfileId) -> bool {
        let origins = self.plan().nodes.origins(link);
        origins.iter().any(|origin| {
            origin.profile == Some(profile) && matches!(origin.part, Part::Association(_))
        })
    }

    fn fails(&self, unmet: &Unmet, profile: ProfileId, output: &mut Output) -> Outcome {
        let judged = judged(unmet);
        let fact = self.explainer.fact(&self.called, judged.step);
        let condition = self.explainer.condition_of(judged.step);
        let must = if judged.step.holds {
            "must not"
        } else {
            "must"
        };
        let text = format!(
            "{}{fact}; what {must} hold: {condition}",
            self.subject(&judged)
        );
        self.note(&text, &judged, profile, output)
    }

    /// The conditions that a proof stands on, in its order; read privileges are one.
    fn holding<'p>(
        &self,
        step: &'p Step,
        via: &mut Vec<(NodeId, EntityId, Guid)>,
        found: &mut Vec<Judged<'p>>,
    ) {
        match &step.reason {
            _ if self.explainer.is_security(step.node) => {
                let known = found.iter().any(|judged| {
                    judged.via == *via && self.explainer.is_security(judged.step.node)
                });
                if !known {
                    found.push(Judged::new(step, via));
                }
            }
            Reason::All(steps) | Reason::Any(steps) => {
                for step in steps.iter().filter(|step| step.holds) {
                    self.holding(step, via, found);
                }
            }
            Reason::Linked {
                step: Some(linked), ..
            } if !matches!(linked.reason, Reason::Constant) => {
                via.push((step.node, linked.entity, linked.row));
                self.holding(linked, via, found);
                via.pop();
            }
            _ => found.push(Judged::new(step, via)),
        }
    }

    /// Which row a condition is about, where it is another one.
    fn subject(&self, judged: &Judged<'_>) -> String {
        match judged.via.last() {
            Some((_, entity, row)) => format!("{}: ", self.named((*entity, *row))),
            None => String::new(),
        }
    }

    fn note(
        &self,
        text: &str,
        judged: &Judged<'_>,
        profile: ProfileId,
        output: &mut Output,
    ) -> Outcome {
        let mut spans = self.spans(judged, profile).into_iter();
        let first = spans.next();
        let labels: Vec<Label> = spans
            .map(|span| Label {
                span,
                text: "it stands here too".to_owned(),
            })
            .collect();
        output.line(&render::note(
            self.sources,
            text,
            first,
            &labels,
            output.colour,
        ))
    }

    fn json(&self, judged: &Judged<'_>, profile: ProfileId) -> Value {
        let name = |entity: EntityId| self.explainer.schema.entity(entity).name.as_str();
        let via: Vec<Value> = judged
            .via
            .iter()
            .map(|(_, entity, row)| json!([name(*entity), row.to_string()]))
            .collect();
        let (entity, row) = match judged.via.last() {
            Some((_, entity, row)) => (*entity, *row),
            None => self.row,
        };
        let object = json!({
            "entity": name(entity),
            "id": row.to_string(),
            "via": via,
            "holds": judged.step.holds,
            "condition": self.explainer.condition_of(judged.step),
            "text": self.explainer.fact(&self.called, judged.step),
        });
        let span = self.spans(judged, profile).into_iter().next();
        render::placed(self.sources, span, object)
    }

    /// Where a condition stands, as far as it is the one that is meant: in the item that it belongs to,
    /// or in an association to it; else where the link to its row does, else the item. Read privileges
    /// stand in no text.
    fn spans(&self, judged: &Judged<'_>, profile: ProfileId) -> Vec<Span> {
        if self.explainer.is_security(judged.step.node) {
            return Vec::new();
        }
        let (_, found) = self.profile(profile);
        let items = found.map_or(&[][..], |found| &found.items);
        let item_of = |entity| items.iter().find(|item| item.entity == entity);
        // The item and the row's entity at each link, the condition itself last.
        let mut at = (self.row.0, self.row.0);
        let mut places = Vec::new();
        for (node, entity, _) in &judged.via {
            places.push((*node, at));
            let home = if self.associates(*node, profile) {
                *entity
            } else {
                at.0
            };
            at = (home, *entity);
        }
        places.push((judged.step.node, at));
        let spans = |(node, (home, entity)): (NodeId, (EntityId, EntityId))| -> Vec<Span> {
            let targets = |origin: &Origin, at: u32| {
                let source = item_of(origin.item);
                let found = source.and_then(|item| item.associations.get(at as usize));
                found.is_some_and(|found| found.target == entity)
            };
            let belongs = |origin: &&Origin| {
                origin.profile.is_none_or(|id| id == profile)
                    && match origin.part {
                        Part::Association(at) | Part::AssociationFilter(at) => targets(origin, at),
                        _ => origin.item == home,
                    }
            };
            let origins = self.plan().nodes.origins(node).iter().filter(belongs);
            let mut spans: Vec<Span> = origins.filter_map(|origin| origin.span).collect();
            spans.sort_unstable();
            spans.dedup();
            // Of an item, a choice and a condition in it that are one node, the condition.
            let within = |outer: Span, inner: &Span| outer != *inner && outer.to(*inner) == outer;
            let all = spans.clone();
            spans.retain(|span| !all.iter().any(|inner| within(*span, inner)));
            spans.truncate(PLACES_SHOWN);
            spans
        };
        let mut all = places.into_iter().rev().map(spans);
        all.find(|spans| !spans.is_empty()).unwrap_or_else(|| {
            let item = item_of(self.row.0);
            item.and_then(|item| item.span).into_iter().collect()
        })
    }

    /// A profile's name, and the profile.
    fn profile(&self, id: ProfileId) -> (&str, Option<&PlanProfile>) {
        let found = self.plan().profiles.get(id.0 as usize);
        (found.map_or("", |profile| &profile.name), found)
    }

    /// How the user is a member of the profile, with the place that says so.
    fn membership(&self, profile: ProfileId, membership: Membership) -> String {
        let (name, found) = self.profile(profile);
        let member = found.and_then(|profile| profile.members.get(membership.member));
        let Some(member) = member else {
            return format!("The user's profile is `{name}`.");
        };
        let kind = match member.member {
            Member::User(_) | Member::UserNamed(_) => "user",
            Member::Team(_) | Member::TeamNamed(_) => "team",
        };
        let place = member.span.and_then(|span| {
            let (line, column) = self.sources.position(span);
            let file = &self.sources.get(span.file)?.name;
            Some(format!(" ({file}:{line}:{column})"))
        });
        let (text, place) = (&member.text, place.unwrap_or_default());
        format!("The user's profile is `{name}`, by {kind} `{text}`{place}.")
    }
}

fn judged(unmet: &Unmet) -> Judged<'_> {
    let via = unmet.via.iter();
    let via = via.map(|hop| (hop.node, hop.link.entity(), hop.row));
    Judged {
        step: &unmet.step,
        via: via.collect(),
    }
}
