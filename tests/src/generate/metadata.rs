//! Random metadata: a few entities of every ownership, attributes of every type, relationships of
//! every kind.

use serde_json::{Value, json};

use super::rng::Rng;

/// Entities by ownership; some of each are in an organisation.
const ENTITIES: [(&str, &[&str], usize); 4] = [
    ("user-or-team", &["account", "contact", "task", "visit"], 3),
    ("organization", &["product", "tariff"], 1),
    ("business", &["site", "depot"], 1),
    ("none", &["ledger", "audit"], 1),
];

/// Attributes that an entity may have, with type, behaviour and targets.
const ATTRIBUTES: [(&str, &str, &str, &[&str]); 21] = [
    ("alias", "string", "", &[]),
    ("memo", "memo", "", &[]),
    ("count", "integer", "", &[]),
    ("language", "integer", "", &[]),
    ("big", "bigint", "", &[]),
    ("rate", "decimal", "", &[]),
    ("ratio", "double", "", &[]),
    ("revenue", "money", "", &[]),
    ("vip", "boolean", "", &[]),
    ("grade", "choice", "", &[]),
    ("tags", "multichoice", "", &[]),
    ("due", "datetime", "user-local", &[]),
    ("seen", "datetime", "user-local", &[]),
    ("born", "datetime", "date-only", &[]),
    ("signed", "datetime", "date-only", &[]),
    ("opens", "datetime", "time-zone-independent", &[]),
    ("token", "uniqueidentifier", "", &[]),
    ("agent", "lookup", "", &["systemuser"]),
    ("crew", "lookup", "", &["team"]),
    ("branch", "lookup", "", &["businessunit"]),
    (
        "party",
        "customer",
        "",
        &["account", "contact", "systemuser", "team"],
    ),
];

/// A random metadata JSON (DESIGN §3).
pub(super) fn metadata(rng: &mut Rng) -> Value {
    let mut names = Vec::new();
    let mut entities = Vec::new();
    for (ownership, pool, most) in ENTITIES {
        let mut pool = pool.to_vec();
        rng.shuffle(&mut pool);
        let least = if ownership == "user-or-team" { 2 } else { 1 };
        pool.truncate(least + rng.below(most + 1 - least));
        for name in pool {
            names.push(name);
            entities.push(entity(rng, name, ownership));
        }
    }
    for name in ["systemuser", "team", "businessunit", "position"] {
        entities.push(json!({"name": name, "offline": true}));
    }
    let mut all = json!({"entities": entities, "relationships": relationships(rng, &names)});
    if rng.percent(15) {
        all["security"] = json!("roles");
    }
    all
}

fn entity(rng: &mut Rng, name: &str, ownership: &str) -> Value {
    let mut attributes = vec![json!({"name": "name", "type": "string"})];
    for (name, ty, behavior, targets) in ATTRIBUTES {
        if rng.percent(50) {
            let mut attribute = json!({"name": name, "type": ty});
            if !behavior.is_empty() {
                attribute["behavior"] = json!(behavior);
            }
            if !targets.is_empty() {
                attribute["targets"] = json!(targets);
            }
            attributes.push(attribute);
        }
    }
    if ownership == "business" {
        // The unit of a row stands in one of the two.
        let unit = *rng.pick(&["owningbusinessunit", "businessunitid"]);
        attributes.push(json!({"name": unit, "type": "lookup", "targets": ["businessunit"]}));
    }
    let mut entity =
        json!({"name": name, "ownership": ownership, "offline": true, "attributes": attributes});
    if rng.percent(8) {
        let days = rng.between(1, 10);
        entity["offline_filter"] = json!(format!("modifiedon last-x-days {days}"));
    }
    entity
}

fn relationships(rng: &mut Rng, names: &[&str]) -> Vec<Value> {
    let mut all = Vec::new();
    let one_to_many = |referenced: &str, referencing: &str, lookup: &str| {
        json!({"name": format!("{referenced}_{referencing}_{lookup}"), "kind": "1:N",
            "referenced": referenced, "referencing": referencing, "lookup": lookup})
    };
    for at in 0..4 + rng.below(3) {
        let referenced = *rng.pick(names);
        let referencing = *rng.pick(names);
        all.push(one_to_many(referenced, referencing, &format!("parent{at}")));
    }
    for name in names {
        if rng.percent(60) {
            let mut tree = one_to_many(name, name, "boss");
            tree["hierarchical"] = json!(true);
            all.push(tree);
        }
        // What follows from the owner is a relationship as good as any other.
        let owned = ENTITIES[0].1.contains(name);
        for (lookup, target) in [
            ("ownerid", "systemuser"),
            ("owninguser", "systemuser"),
            ("owningteam", "team"),
            ("owningbusinessunit", "businessunit"),
        ] {
            if owned && rng.percent(20) {
                all.push(one_to_many(target, name, lookup));
            }
        }
    }
    for (referenced, referencing, lookup) in [
        ("systemuser", "systemuser", "parentsystemuserid"),
        ("businessunit", "systemuser", "businessunitid"),
        ("businessunit", "team", "businessunitid"),
        ("position", "systemuser", "positionid"),
    ] {
        if rng.percent(40) {
            all.push(one_to_many(referenced, referencing, lookup));
        }
    }
    let mut ends = names.to_vec();
    for at in 0..2 {
        rng.shuffle(&mut ends);
        let (one, two) = (ends[0], ends[1]);
        let name = format!("{one}_{two}_{at}");
        all.push(
            json!({"name": format!("{name}_Association"), "kind": "N:N", "intersect": name,
            "entity1": one, "attribute1": "oneid", "entity2": two, "attribute2": "twoid"}),
        );
    }
    if rng.percent(40) {
        all.push(json!({"name": "teammembership_association", "kind": "N:N",
            "intersect": "teammembership", "entity1": "systemuser", "attribute1": "systemuserid",
            "entity2": "team", "attribute2": "teamid"}));
    }
    all
}
