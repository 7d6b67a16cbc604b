//! Random filters as native text, by the types that SEMANTICS §5 gives each operator.

use std::collections::BTreeMap;

use weir_ir::schema::{
    Attribute, AttributeType, Behavior, EntityId, Family, Ownership, RelationshipKind, Schema,
};
use weir_ir::time::Instant;
use weir_ir::value::Value;

use super::domain;
use super::rng::Rng;

/// The operators on a hierarchy.
const TREE: [&str; 5] = ["above", "eq-or-above", "under", "eq-or-under", "not-under"];

/// The operators of the `modern` limit set alone, but for those on the clock and on a hierarchy.
const MODERN: [&str; 4] = [
    "between",
    "not-between",
    "contain-values",
    "not-contain-values",
];

/// The entity in whose hierarchy an attribute names rows.
fn tree_of(schema: &Schema, entity: EntityId, attribute: &Attribute) -> Option<EntityId> {
    let all = if attribute.name == primary_id(schema, entity) {
        vec![entity]
    } else {
        targets(schema, attribute)
    };
    let is_tree = |id: &EntityId| {
        let declared = schema.relationships().any(|r| {
            matches!(
                r.kind,
                RelationshipKind::OneToMany {
                    hierarchical: true,
                    ..
                }
            ) && r.kind.ends() == (*id, *id)
        });
        declared || [schema.system.systemuser, schema.system.businessunit].contains(id)
    };
    let trees: Vec<EntityId> = all.into_iter().filter(is_tree).collect();
    (trees.len() == 1).then(|| trees[0])
}

/// The operators on the clock.
const CLOCK: [&str; 48] = [
    "last-x-days",
    "next-x-days",
    "today",
    "yesterday",
    "tomorrow",
    "last-seven-days",
    "next-seven-days",
    "on-or-after",
    "last-x-hours",
    "last-x-weeks",
    "last-x-months",
    "last-x-years",
    "next-x-hours",
    "next-x-weeks",
    "next-x-months",
    "next-x-years",
    "this-week",
    "last-week",
    "next-week",
    "this-month",
    "last-month",
    "next-month",
    "this-year",
    "last-year",
    "next-year",
    "olderthan-x-minutes",
    "olderthan-x-hours",
    "olderthan-x-days",
    "olderthan-x-weeks",
    "olderthan-x-months",
    "olderthan-x-years",
    "on",
    "on-or-before",
    "this-fiscal-year",
    "last-fiscal-year",
    "next-fiscal-year",
    "this-fiscal-period",
    "last-fiscal-period",
    "next-fiscal-period",
    "last-x-fiscal-years",
    "last-x-fiscal-periods",
    "next-x-fiscal-years",
    "next-x-fiscal-periods",
    "in-fiscal-year",
    "in-fiscal-period",
    "in-fiscal-period-and-year",
    "in-or-before-fiscal-period-and-year",
    "in-or-after-fiscal-period-and-year",
];

/// The operators that SEMANTICS §5 allows for an attribute, of those that this version knows.
#[must_use]
pub fn operators(schema: &Schema, entity: EntityId, attribute: &Attribute) -> Vec<&'static str> {
    use AttributeType as Type;
    let mut all = Vec::new();
    let ty = attribute.ty;
    if matches!(ty, Type::Virtual | Type::Image | Type::File) {
        return all;
    }
    all.extend(["null", "not-null"]);
    all.extend(["eq", "ne", "neq"]);
    if ty == Type::Multichoice {
        all.extend(["contain-values", "not-contain-values"]);
    }
    if tree_of(schema, entity, attribute).is_some() {
        all.extend(TREE);
    }
    let number = matches!(
        ty,
        Type::Integer | Type::Bigint | Type::Decimal | Type::Double
    );
    let text = matches!(ty, Type::String | Type::Memo);
    let datetime = matches!(ty, Type::Datetime(_));
    if number || datetime || matches!(ty, Type::Money | Type::String) {
        all.extend(["gt", "ge", "lt", "le", "between", "not-between"]);
    }
    let id = ty.family() == Family::Guid;
    if number || text || id || ty == Type::Boolean || is_choice(ty) {
        all.extend(["in", "not-in"]);
    }
    if text {
        all.extend(["like", "not-like", "begins-with", "not-begin-with"]);
        all.extend(["ends-with", "not-end-with"]);
    }
    all.extend(user_operators(attribute));
    if datetime {
        all.extend(CLOCK);
    }
    all
}

/// Whether an operator is of the `modern` limit set alone.
fn is_modern(token: &str) -> bool {
    CLOCK.contains(&token) && token != "last-x-days"
        || TREE.contains(&token)
        || MODERN.contains(&token)
}

fn is_choice(ty: AttributeType) -> bool {
    matches!(
        ty,
        AttributeType::Choice | AttributeType::State | AttributeType::Status
    )
}

/// Those of them that look at the user.
fn user_operators(attribute: &Attribute) -> Vec<&'static str> {
    let mut all = Vec::new();
    let guid = attribute.ty == AttributeType::Uniqueidentifier;
    let user = attribute.may_point_to("systemuser");
    let team = attribute.may_point_to("team");
    if user || guid {
        all.extend(["eq-userid", "ne-userid"]);
    }
    if team {
        all.push("eq-userteams");
    }
    let lookup = !guid && attribute.ty.family() == Family::Guid;
    if lookup {
        all.extend(["eq-useroruserteams", "eq-useroruserhierarchyandteams"]);
    }
    if user {
        all.push("eq-useroruserhierarchy");
    }
    if attribute.may_point_to("businessunit") || guid {
        all.extend(["eq-businessid", "ne-businessid"]);
    }
    if attribute.ty == AttributeType::Integer {
        all.push("eq-userlanguage");
    }
    all
}

/// Where a filter stands: what may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The `modern` limit set.
    pub(super) modern: bool,
    /// A user's filter, not the organisation's.
    pub(super) user: bool,
    /// Group levels that are left.
    pub(super) levels: usize,
    /// Links that are left.
    pub(super) links: usize,
}

/// Writes filters.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    pub(super) schema: &'a Schema,
    /// What the organization block says of ownership.
    pub(super) overrides: BTreeMap<EntityId, Ownership>,
    pub(super) rng: &'a mut Rng,
    pub(super) now: Instant,
}

impl Writer<'_> {
    /// The ownership of an entity.
    pub(super) fn ownership(&self, entity: EntityId) -> Ownership {
        let given = self.overrides.get(&entity).copied();
        let known = given.or(self.schema.entity(entity).ownership);
        known.unwrap_or_default()
    }

    /// A filter on an entity's rows.
    pub(super) fn filter(&mut self, entity: EntityId, place: Place) -> String {
        let group = place.levels > 0 && self.rng.percent(35);
        if group {
            let joint = *self.rng.pick(&[" and ", " or ", " or "]);
            let inner = Place {
                levels: place.levels - 1,
                ..place
            };
            let children: Vec<String> = (0..2 + self.rng.below(2))
                .map(|_| self.filter(entity, inner))
                .map(|child| match child.contains(' ') {
                    true => format!("({child})"),
                    false => child,
                })
                .collect();
            return children.join(joint);
        }
        if place.modern && place.user && place.links > 0 && self.rng.percent(30) {
            return self.related(entity, place);
        }
        self.condition(entity, place)
    }

    /// One condition.
    pub(super) fn condition(&mut self, entity: EntityId, place: Place) -> String {
        let attributes: Vec<&Attribute> = self.schema.entity(entity).attributes.values().collect();
        // What looks at users, clock, texts, trees or sets is rarer among attributes than it is of
        // interest.
        let kind = self.rng.weighted(&[25, 36, 11, 12, 8, 8]);
        let mut tries = 0;
        loop {
            let attribute = *self.rng.pick(&attributes);
            let on_user = user_operators(attribute);
            let datetime = matches!(attribute.ty, AttributeType::Datetime(_));
            let text = attribute.ty.family() == Family::Text;
            let in_tree = place.modern && tree_of(self.schema, entity, attribute).is_some();
            tries += 1;
            let wanted = match kind {
                _ if tries > 50 => true,
                4 => in_tree,
                5 => attribute.ty == AttributeType::Multichoice,
                0 => place.user && !on_user.is_empty(),
                1 => datetime,
                2 => text,
                _ => true,
            };
            let mut tokens = operators(self.schema, entity, attribute);
            if place.user && !on_user.is_empty() && self.rng.percent(60) {
                tokens.clone_from(&on_user);
            } else if in_tree && self.rng.percent(60) {
                tokens = TREE.to_vec();
            }
            if datetime && self.rng.percent(90) {
                tokens.retain(|token| CLOCK.contains(token));
            }
            if MODERN.iter().any(|token| tokens.contains(token)) && self.rng.percent(25) {
                tokens.retain(|token| MODERN.contains(token));
            }
            if text && self.rng.percent(60) {
                tokens.retain(|token| token.contains("with") || token.contains("like"));
            }
            tokens.retain(|token| place.user || !on_user.contains(token));
            tokens.retain(|token| place.modern || !is_modern(token));
            if attribute.ty == AttributeType::Multichoice && !place.modern {
                tokens = vec!["null", "not-null"];
            }
            if tokens.is_empty() || !wanted {
                continue;
            }
            let token = *self.rng.pick(&tokens);
            let values = match token {
                "eq" | "ne" | "gt" | "ge" | "lt" | "le" if place.modern && self.rng.percent(20) => {
                    self.other_attribute(attribute, &attributes)
                }
                _ => None,
            };
            let values = values.unwrap_or_else(|| self.values(token, entity, attribute));
            return format!("{} {token} {values}", attribute.name)
                .trim_end()
                .to_owned();
        }
    }

    /// `attribute x`, if the row has another one of the same type.
    fn other_attribute(&mut self, own: &Attribute, all: &[&Attribute]) -> Option<String> {
        let others: Vec<&&Attribute> = all
            .iter()
            .filter(|other| other.name != own.name && other.ty.family() == own.ty.family())
            .collect();
        if others.is_empty() {
            return None;
        }
        Some(format!("attribute {}", self.rng.pick(&others).name))
    }

    /// The values of a condition as written.
    fn values(&mut self, token: &str, entity: EntityId, attribute: &Attribute) -> String {
        match token {
            "null" | "not-null" => String::new(),
            "on" | "on-or-before" | "on-or-after" => {
                let day = domain::instant(self.rng, self.now).to_string();
                let timed = attribute.ty == AttributeType::Datetime(Behavior::UserLocal);
                let length = if timed && self.rng.percent(50) {
                    day.len()
                } else {
                    10
                };
                quoted(self.rng, &day[..length])
            }
            _ if CLOCK.contains(&token) => self.numbers(token),
            _ if token.contains("-user") || token.ends_with("-businessid") => String::new(),
            "like" | "not-like" => {
                let patterns = if self.rng.percent(70) {
                    &domain::PATTERNS
                } else {
                    &domain::TEXTS
                };
                let pattern = *self.rng.pick_early(patterns);
                quoted(self.rng, pattern)
            }
            "between" | "not-between" => {
                format!("({}, {})", self.literal(attribute), self.literal(attribute))
            }
            _ if TREE.contains(&token) => {
                let of = tree_of(self.schema, entity, attribute);
                let id = domain::guid(of.unwrap_or(entity).0, self.rng.below(4));
                quoted(self.rng, &id.to_string())
            }
            _ if attribute.ty == AttributeType::Multichoice || token.ends_with("in") => {
                let count = 1 + self.rng.below(3);
                let values: Vec<String> = (0..count).map(|_| self.literal(attribute)).collect();
                format!("({})", values.join(", "))
            }
            _ => self.literal(attribute),
        }
    }

    /// The numbers of a clock operator.
    fn numbers(&mut self, token: &str) -> String {
        let year = self.now.to_string()[..4].parse::<i64>().unwrap_or_default();
        let year = year - i64::from(self.rng.percent(30));
        let period = self.rng.between(1, 4);
        if token == "in-fiscal-year" {
            return year.to_string();
        }
        // Mostly the period of the present day, or one beside it, by the default calendar.
        let month = self.now.to_string()[5..7]
            .parse::<i64>()
            .unwrap_or_default();
        if token == "in-fiscal-period" {
            return match self.rng.below(3) {
                0 => period.to_string(),
                _ => ((month + 2) / 3).to_string(),
            };
        }
        if token.ends_with("-and-year") {
            return match self.rng.below(3) {
                0 => format!("({period}, {year})"),
                _ => format!(
                    "({}, {})",
                    (month + 2) / 3,
                    self.now.to_string()[..4].to_owned()
                ),
            };
        }
        let few = match token {
            "olderthan-x-minutes" => &["1", "60", "1439", "2147483647"],
            token if token.ends_with("-hours") => &["1", "5", "24", "2147483647"],
            token if token.contains("-x-") => &["1", "2", "3", "2147483647"],
            _ => return String::new(),
        };
        (*self.rng.pick_early(few)).to_owned()
    }

    /// A literal of the attribute's type, written in one of its ways.
    fn literal(&mut self, attribute: &Attribute) -> String {
        if attribute.ty.family() == Family::Guid {
            let id = self.id(attribute);
            let text = match self.rng.below(3) {
                0 => id.to_string(),
                1 => format!("{{{id}}}"),
                _ => id.to_string().to_uppercase(),
            };
            return quoted(self.rng, &text);
        }
        loop {
            match domain::value(self.rng, attribute, self.now) {
                Value::Bool(value) => {
                    let ways = if value { ["true", "1"] } else { ["false", "0"] };
                    return (*self.rng.pick(&ways)).to_owned();
                }
                Value::Int(value) => return value.to_string(),
                Value::Decimal(value) => return value.to_string(),
                Value::Text(text) => return quoted(self.rng, &text),
                Value::Instant(at) => {
                    let text = at.to_string();
                    return match self.rng.below(3) {
                        0 => quoted(self.rng, &text[..10]),
                        1 => quoted(self.rng, &text.replace('Z', "+00:00")),
                        _ => quoted(self.rng, &text),
                    };
                }
                Value::Day(day) => return quoted(self.rng, &day.to_string()),
                Value::WallClock(at) => return quoted(self.rng, &at.to_string()),
                Value::Choices(values) => return values[0].to_string(),
                Value::Null | Value::Guid(_) => {}
            }
        }
    }

    /// The id of a row that the attribute may point to.
    fn id(&mut self, attribute: &Attribute) -> weir_ir::value::Guid {
        let targets: Vec<EntityId> = targets(self.schema, attribute);
        match targets.as_slice() {
            [] => domain::guid(99, self.rng.below(2)),
            _ => {
                let target = *self.rng.pick(&targets);
                domain::guid(target.0, self.rng.below(4))
            }
        }
    }

    /// `[not] any E via R (…)` or `… on X = Y (…)`.
    fn related(&mut self, entity: EntityId, place: Place) -> String {
        let links = links(self.schema, entity);
        if links.is_empty() {
            return self.condition(entity, place);
        }
        let (linked, link) = self.rng.pick(&links).clone();
        let negation = if self.rng.percent(35) { "not " } else { "" };
        let name = &self.schema.entity(linked).name;
        let mut text = format!("{negation}any {name} {link}");
        if self.rng.percent(85) {
            let inner = Place {
                levels: place.levels.min(1),
                links: place.links - 1,
                ..place
            };
            text = format!("{text} ({})", self.filter(linked, inner));
        }
        text
    }
}

/// The entities that an attribute may point to, of those that the schema has.
pub(super) fn targets(schema: &Schema, attribute: &Attribute) -> Vec<EntityId> {
    if attribute.ty == AttributeType::Owner {
        return vec![schema.system.systemuser, schema.system.team];
    }
    let known = |name: &smol_str::SmolStr| schema.find(name);
    attribute.targets.iter().filter_map(known).collect()
}

/// How rows of other entities may be linked to an entity's rows: entity, and the link as written.
fn links(schema: &Schema, entity: EntityId) -> Vec<(EntityId, String)> {
    let mut all = Vec::new();
    for relationship in schema.relationships() {
        let (one, two) = relationship.kind.ends();
        let via = format!("via {}", relationship.name);
        if one != two && one == entity {
            all.push((two, via));
        } else if one != two && two == entity {
            all.push((one, via));
        } else if let RelationshipKind::OneToMany { lookup, .. } = relationship.kind
            && one == entity
        {
            let lookup = &schema.attribute(entity, lookup).name;
            let id = primary_id(schema, entity);
            all.push((entity, format!("on {lookup} = {id}")));
            all.push((entity, format!("on {id} = {lookup}")));
        }
        if let RelationshipKind::ManyToMany {
            intersect,
            entity1,
            attribute1,
            ..
        } = relationship.kind
            && entity1 == entity
        {
            // The pairs are rows like others.
            let end = &schema.attribute(intersect, attribute1).name;
            let id = primary_id(schema, entity);
            all.push((intersect, format!("on {end} = {id}")));
        }
    }
    let own = schema.entity(entity);
    let membership = schema.system.teammembership;
    if own.find("ownerid").is_some() {
        all.push((membership, "on systemuserid = ownerid".to_owned()));
        all.push((membership, "on teamid = owningteam".to_owned()));
        all.push((
            schema.system.systemuser,
            "on systemuserid = owninguser".to_owned(),
        ));
    }
    // Texts link folded, numbers by value, the same attribute on both sides.
    for (other, found) in schema.entities().filter(|(_, found)| !found.internal) {
        for (text, own_text) in [("name", "name"), ("alias", "name"), ("count", "rate")] {
            if other != entity && found.find(text).is_some() && own.find(own_text).is_some() {
                all.push((other, format!("on {text} = {own_text}")));
            }
        }
    }
    all
}

/// The name of an entity's primary id.
pub(super) fn primary_id(schema: &Schema, entity: EntityId) -> &str {
    let found = schema.entity(entity);
    &found.attribute(found.primary_id).name
}

/// The text in quotes of one kind or the other, its own ones doubled.
pub(super) fn quoted(rng: &mut Rng, text: &str) -> String {
    let quote = if rng.percent(80) { "\"" } else { "'" };
    format!("{quote}{}{quote}", text.replace(quote, &quote.repeat(2)))
}
