//! Random publications: profiles, members and organization blocks as native text, valid by
//! construction.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use weir_ir::schema::{EntityId, Ownership, Schema};
use weir_ir::time::Instant;

use super::domain;
use super::filter::{Place, Writer, quoted};
use super::rng::Rng;

/// Profile names, different when folded; none sorts folded as it is written.
const NAMES: [&str; 5] = ["Éclair", "alpha", "Zulu", "field", "Beta"];

/// Users by the names they may bear; each group is one name when folded without accents.
const USERS: [&[&str]; 5] = [
    &["anna", "ÄNNA", "Anna"],
    &["bob@x.y", "BOB@x.y"],
    &["clara"],
    &["Dora"],
    &["émile", "EMILE"],
];

/// A random publication: the texts of its files.
pub(super) fn publication(
    schema: &Schema,
    rng: &mut Rng,
    most: usize,
    now: Instant,
) -> Vec<String> {
    let mut writer = Writer {
        schema,
        overrides: overrides(schema, rng),
        rng,
        now,
    };
    let mut names = NAMES.to_vec();
    writer.rng.shuffle(&mut names);
    names.truncate(1 + writer.rng.below(most));
    let mut users = users(schema, writer.rng);
    let mut teams = teams(schema, writer.rng);
    let (mut profiles, mut apart) = (String::new(), String::new());
    for name in &names {
        let members = members(writer.rng, &mut users, &mut teams);
        let beside = writer.rng.percent(20);
        let within = if beside { "" } else { &members };
        profiles += &profile(&mut writer, name, within);
        if beside {
            let _ = writeln!(
                apart,
                "members {} {{ {members}}}",
                quoted(writer.rng, &name.to_lowercase())
            );
        }
    }
    let organization = organization(&mut writer);
    if writer.rng.percent(30) {
        let _ = writeln!(
            apart,
            "app \"Field\" {{ offline on profiles \"{}\" }}",
            names[0]
        );
    }
    match writer.rng.below(3) {
        0 => vec![profiles + &apart + &organization],
        1 => vec![organization, profiles + &apart],
        _ => vec![profiles, apart + &organization],
    }
}

/// A publication that is little more than one random filter: an item of an entity that downloads
/// what it says, for every user, under random switches of the organisation.
pub(super) fn filter(schema: &Schema, rng: &mut Rng, users: usize, now: Instant) -> Vec<String> {
    let mut writer = Writer {
        schema,
        overrides: overrides(schema, rng),
        rng,
        now,
    };
    let mut entities = offline(schema);
    entities.retain(|entity| writer.ownership(*entity) != Ownership::None);
    let entity = *writer.rng.pick(&entities);
    let place = Place {
        modern: true,
        user: true,
        levels: 3,
        links: 2,
    };
    let filter = writer.filter(entity, place);
    let users: String = (0..users)
        .map(|n| format!("user \"{}\" ", domain::guid(schema.system.systemuser.0, n)))
        .collect();
    let name = &schema.entity(entity).name;
    let profile = format!(
        "profile \"P\" {{\n  limits modern\n  members {{ {users}}}\n  \
         item {name} {{ download where {filter} }}\n}}\n"
    );
    vec![profile + &organization(&mut writer)]
}

/// The entities that profiles may have an item of.
fn offline(schema: &Schema) -> Vec<EntityId> {
    let entities = schema.entities();
    let usable = entities.filter(|(_, found)| !found.internal && found.offline == Some(true));
    usable.map(|(id, _)| id).collect()
}

/// The ownership of some entities that the organization says another of.
fn overrides(schema: &Schema, rng: &mut Rng) -> BTreeMap<EntityId, Ownership> {
    let mut overrides = BTreeMap::new();
    for (id, entity) in schema.entities() {
        if !entity.has_built_in_ownership() && rng.percent(20) {
            overrides.insert(id, rng.pick(Ownership::ALL).1);
        }
    }
    overrides
}

/// Every way to name a user, in random order; nobody is named twice.
fn users(schema: &Schema, rng: &mut Rng) -> Vec<String> {
    let mut all: Vec<String> = USERS
        .iter()
        .map(|group| (*rng.pick(group)).to_owned())
        .collect();
    for n in 0..3 {
        all.push(domain::guid(schema.system.systemuser.0, n).to_string());
    }
    rng.shuffle(&mut all);
    all
}

/// Every way to name a team, in random order.
fn teams(schema: &Schema, rng: &mut Rng) -> Vec<String> {
    let mut all: Vec<String> = ["FIELD", "büro", "West"].map(ToString::to_string).into();
    all.push(domain::guid(schema.system.team.0, 0).to_string());
    rng.shuffle(&mut all);
    all
}

fn members(rng: &mut Rng, users: &mut Vec<String>, teams: &mut Vec<String>) -> String {
    let mut text = String::new();
    for _ in 0..2 + rng.below(2) {
        if let Some(user) = users.pop() {
            let _ = write!(text, "user {} ", quoted(rng, &user));
        }
    }
    for _ in 0..rng.below(3) {
        if let Some(team) = teams.pop() {
            let _ = write!(text, "team {} ", quoted(rng, &team));
        }
    }
    text
}

/// An entity's item while it is being put together.
struct Item {
    entity: EntityId,
    download: String,
    /// The target's index, and the text.
    includes: Vec<(usize, String)>,
    reached: bool,
}

fn profile(writer: &mut Writer<'_>, name: &str, members: &str) -> String {
    let modern = writer.rng.percent(80);
    let mut items = items(writer, modern);
    includes(writer, &mut items, modern);
    let mut text = format!("profile {} {{\n", quoted(writer.rng, name));
    if modern {
        text += "  limits modern\n";
    }
    if !members.is_empty() {
        let _ = writeln!(text, "  members {{ {members}}}");
    }
    for at in 0..items.len() {
        let (_, later) = items.split_at_mut(at);
        let Some((item, later)) = later.split_first_mut() else {
            break;
        };
        // A related-only item that nothing reaches has nothing to pass on.
        if item.download == "related" && !item.reached {
            match writer.ownership(item.entity) {
                Ownership::None => item.includes.clear(),
                _ if item.includes.is_empty() => {}
                _ => item.download = "all".to_owned(),
            }
        }
        for (target, _) in &item.includes {
            later[target - at - 1].reached = true;
        }
        let found = writer.schema.entity(item.entity);
        let _ = writeln!(
            text,
            "  item {} {{\n    download {}",
            found.name, item.download
        );
        if writer.rng.percent(25) {
            let all: Vec<&str> = found.attributes.keys().map(|name| name.as_str()).collect();
            let columns: BTreeSet<&str> = (0..1 + writer.rng.below(4))
                .map(|_| *writer.rng.pick(&all))
                .collect();
            let columns: Vec<&str> = columns.into_iter().collect();
            let _ = writeln!(text, "    columns {}", columns.join(", "));
        }
        for (_, include) in &item.includes {
            let _ = writeln!(text, "    {include}");
        }
        text += "  }\n";
    }
    text + "}\n"
}

/// Items with their download choices; the order is that of the associations.
fn items(writer: &mut Writer<'_>, modern: bool) -> Vec<Item> {
    let system = &writer.schema.system;
    let contextual = [
        system.systemuser,
        system.team,
        system.businessunit,
        system.position,
    ];
    let mut entities = offline(writer.schema);
    writer.rng.shuffle(&mut entities);
    // The context's own entities are items too, but fewer of them.
    let mut left = 1 + writer.rng.below(2);
    entities.retain(|entity| {
        let keep = !contextual.contains(entity) || left > 0;
        left -= usize::from(keep && contextual.contains(entity));
        keep
    });
    entities.truncate(3 + writer.rng.below(4));
    let mut items = Vec::new();
    for entity in entities {
        let download = download(writer, entity, modern);
        items.push(Item {
            entity,
            download,
            includes: Vec::new(),
            reached: false,
        });
    }
    items
}

fn download(writer: &mut Writer<'_>, entity: EntityId, modern: bool) -> String {
    let mut weights = match writer.ownership(entity) {
        Ownership::UserOrTeam => [15, 10, 40, 35],
        Ownership::Organization => [25, 35, 0, 40],
        Ownership::Business => [15, 15, 35, 35],
        Ownership::None => [1, 0, 0, 0],
    };
    let mut flags = flags(writer, entity);
    if flags.is_empty() {
        weights[2] = 0;
    }
    let place = Place {
        modern,
        user: true,
        levels: 3,
        links: 2,
    };
    let choice = writer.rng.weighted(&weights);
    writer.rng.shuffle(&mut flags);
    flags.truncate(1 + writer.rng.below(2));
    match choice {
        0 => "related".to_owned(),
        1 => "all".to_owned(),
        2 if writer.rng.percent(70) => flags.join(", "),
        2 => format!(
            "{} where {}",
            flags.join(", "),
            writer.filter(entity, place)
        ),
        _ => format!("where {}", writer.filter(entity, place)),
    }
}

/// The flags of the other data filter that an entity can have: those of its ownership whose
/// attribute it has.
fn flags(writer: &Writer<'_>, entity: EntityId) -> Vec<&'static str> {
    let owned = writer.schema.entity(entity).find("ownerid").is_some();
    let owned = owned && writer.ownership(entity) == Ownership::UserOrTeam;
    let in_unit = writer.schema.unit_attribute(entity).is_some();
    [("mine", owned), ("team", owned), ("business-unit", in_unit)]
        .into_iter()
        .filter_map(|(flag, can)| can.then_some(flag))
        .collect()
}

/// Associations from earlier items to later ones, so that there is no cycle.
fn includes(writer: &mut Writer<'_>, items: &mut [Item], modern: bool) {
    for to in 1..items.len() {
        for from in 0..to {
            let ends = (items[from].entity, items[to].entity);
            let names: Vec<String> = writer
                .schema
                .relationships()
                .filter(|r| r.kind.ends() == ends || r.kind.ends() == (ends.1, ends.0))
                .map(|r| r.name.to_string())
                .collect();
            for name in names {
                if writer.rng.percent(35) {
                    continue;
                }
                let target = writer.schema.entity(ends.1).name.clone();
                let mut text = format!("include {target} via {name}");
                if writer.rng.percent(30) {
                    let place = Place {
                        modern,
                        user: true,
                        levels: 2,
                        links: 1,
                    };
                    text = format!("{text} where {}", writer.filter(ends.1, place));
                }
                items[from].includes.push((to, text));
            }
        }
    }
}

fn organization(writer: &mut Writer<'_>) -> String {
    let mut text = String::from("organization {\n");
    for (percent, setting) in [
        (60, "limits modern"),
        (25, "collation ci_as"),
        (20, "hierarchy-depth 1"),
        (25, "hierarchy-model position"),
        (30, "security roles"),
        (40, "hierarchy-security on"),
        (20, "hierarchy-operators with-security"),
        (25, "clock-zone utc"),
        (25, "language-wildcard off"),
        (30, "week-start monday"),
        (15, "fiscal { start 04-01 }"),
        (15, "fiscal { periods month }"),
    ] {
        if writer.rng.percent(percent) {
            let _ = writeln!(text, "  {setting}");
        }
    }
    if !text.contains("hierarchy-depth") && writer.rng.percent(10) {
        text += "  hierarchy-depth 2\n";
    }
    let modern = text.contains("limits modern");
    let mut switches = Vec::new();
    for (operator, default) in [
        ("ne", true),
        ("ne-userid", true),
        ("ne-businessid", true),
        ("not-like", true),
        ("not-begin-with", true),
        ("not-end-with", true),
        ("not-between", true),
        ("not-contain-values", true),
        ("not-under", true),
        ("not-in", false),
    ] {
        if writer.rng.percent(25) {
            switches.push(format!("{operator} {}", if default { "off" } else { "on" }));
        }
    }
    if !switches.is_empty() {
        let _ = writeln!(text, "  null-matches {{ {} }}", switches.join("  "));
    }
    for (entity, ownership) in &writer.overrides {
        let (name, ownership) = (&writer.schema.entity(*entity).name, ownership.name());
        let _ = writeln!(text, "  entity {name} {{ ownership {ownership} }}");
    }
    for entity in offline(writer.schema) {
        if writer.rng.percent(10) {
            let place = Place {
                modern,
                user: false,
                levels: 0,
                links: 0,
            };
            let criteria: Vec<String> = (0..1 + writer.rng.below(2))
                .map(|_| writer.condition(entity, place))
                .collect();
            let name = &writer.schema.entity(entity).name;
            let _ = writeln!(
                text,
                "  entity {name} {{ offline on filter {} }}",
                criteria.join(" and ")
            );
        }
    }
    text + "}\n"
}
