//! A plan in words: a tree for each entity, in which a node that is used more than once is written
//! out the first time, with its number, and named by that number from then on.

use std::fmt::Write as _;

use weir_ir::operators::{Condition, Operands, Relation};
use weir_ir::plan::{Depth, Hierarchy, Link, Node, NodeId, Plan, UserSet};
use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::settings::ClockZone;

/// What devices hold of each entity, as trees. Meant for people and for tests; no one parses it.
#[must_use]
pub fn tree(plan: &Plan, schema: &Schema) -> String {
    // Children stand before their parents, so that one pass down counts what roots reach.
    let mut uses = vec![0_usize; plan.nodes.len()];
    for root in &plan.roots {
        uses[root.audience.0 as usize] += 1;
    }
    for id in plan.nodes.ids().rev() {
        if uses[id.0 as usize] > 0 {
            for child in plan.nodes.children(id) {
                uses[child.0 as usize] += 1;
            }
        }
    }
    let mut printer = Printer {
        plan,
        schema,
        uses,
        numbers: vec![None; plan.nodes.len()],
        next: 1,
        text: String::new(),
    };
    for root in &plan.roots {
        let name = &schema.entity(root.entity).name;
        let _ = writeln!(printer.text, "{name}");
        for (profile, columns) in &root.columns {
            if let Some(columns) = columns {
                let name = printer.profile(profile.0 as usize);
                let columns: Vec<&str> = columns
                    .iter()
                    .map(|column| printer.attribute(Some(root.entity), *column))
                    .collect();
                let columns = columns.join(", ");
                let _ = writeln!(printer.text, "  columns of {name}: {columns}");
            }
        }
        printer.node(root.audience, 1);
    }
    printer.text
}

/// One node in a line; a composite one by its kind alone.
#[must_use]
pub fn line(plan: &Plan, schema: &Schema, id: NodeId) -> String {
    let entity = plan.nodes.entity(id);
    let attribute = |of: Option<EntityId>, id: AttrId| match of {
        Some(of) => schema.attribute(of, id).name.to_string(),
        None => String::new(),
    };
    match plan.nodes.get(id) {
        Node::All => "everyone".into(),
        Node::None => "no one".into(),
        Node::Rows(condition) => rows(schema, entity, condition),
        Node::Users(set) => users(plan, schema, *set),
        Node::UserMatch(of, relation) => {
            format!("{} {}", attribute(entity, *of), related(schema, *relation))
        }
        Node::Window(of, window, zone) => {
            let zone = match zone {
                ClockZone::User => "the user's zone",
                ClockZone::Utc => "UTC",
            };
            format!("{} {} in {zone}", attribute(entity, *of), window)
        }
        Node::Below(of, hierarchy, id, inclusive) => {
            let or_is = if *inclusive { "is or " } else { "" };
            let by = hierarchical(schema, *hierarchy);
            format!("{} {or_is}is below {id}, by {by}", attribute(entity, *of))
        }
        Node::Above(of, hierarchy, id, inclusive) => {
            let or_is = if *inclusive { "is or " } else { "" };
            let by = hierarchical(schema, *hierarchy);
            format!("{} {or_is}is above {id}, by {by}", attribute(entity, *of))
        }
        Node::Shared => "shared to the user or a team of theirs".into(),
        Node::And(_) => "all of".into(),
        Node::Or(_) => "any of".into(),
        Node::Not(_) => "not".into(),
        Node::Exists(
            Link::Attributes {
                from,
                entity: linked,
                to,
            },
            _,
        ) => format!(
            "linked {} with {} = {}, given",
            schema.entity(*linked).name,
            attribute(Some(*linked), *to),
            attribute(entity, *from)
        ),
        Node::Exists(
            Link::Through {
                intersect,
                near,
                far,
                entity: linked,
            },
            _,
        ) => format!(
            "linked {} through {} ({} → {}), given",
            schema.entity(*linked).name,
            schema.entity(*intersect).name,
            attribute(Some(*intersect), *near),
            attribute(Some(*intersect), *far)
        ),
    }
}

fn hierarchical(schema: &Schema, hierarchy: Hierarchy) -> String {
    let entity = schema.entity(hierarchy.entity);
    format!(
        "{}.{}",
        entity.name,
        entity.attribute(hierarchy.parent).name
    )
}

fn rows(schema: &Schema, entity: Option<EntityId>, condition: &Condition) -> String {
    let name = |id: AttrId| match entity {
        Some(of) => schema.attribute(of, id).name.as_str(),
        None => "",
    };
    let token = condition.operator.token();
    let mut text = format!("{} {token}", name(condition.attribute));
    match &condition.operands {
        Operands::None => {}
        Operands::Attribute(other) => text += &format!(" attribute {}", name(*other)),
        Operands::Values(values) => match &values[..] {
            [one] => text += &format!(" {one}"),
            many => {
                let many: Vec<String> = many.iter().map(ToString::to_string).collect();
                text += &format!(" ({})", many.join(", "));
            }
        },
    }
    if condition.on_null && condition.operands != Operands::None {
        text += " or null";
    }
    text
}

fn users(plan: &Plan, schema: &Schema, set: UserSet) -> String {
    match set {
        UserSet::Member(profile) => {
            let name = plan.profiles.get(profile.0 as usize);
            format!(
                "member of \"{}\"",
                name.map_or("", |known| known.name.as_str())
            )
        }
        UserSet::Active => "active".into(),
        UserSet::Reads(entity, depth) => {
            let depth = match depth {
                Depth::Basic => "basic",
                Depth::Local => "local",
                Depth::Deep => "deep",
                Depth::Global => "global",
            };
            format!("reads {} at {depth} or deeper", schema.entity(entity).name)
        }
    }
}

fn related(schema: &Schema, relation: Relation) -> String {
    match relation {
        Relation::Itself => "is the user".into(),
        Relation::Team => "is a team of the user".into(),
        Relation::SelfOrTeam => "is the user or a team of theirs".into(),
        Relation::Hierarchy => "is the user or a user below".into(),
        Relation::HierarchyAndTeams => "is the user, a user below, or a team of one of them".into(),
        Relation::Subordinate => "is a user below".into(),
        Relation::TeamOfSubordinate => "is a team of a user below".into(),
        Relation::BusinessUnit => "is the user's business unit".into(),
        Relation::Language => "is the user's language".into(),
        Relation::ReadUnit(entity) => {
            format!(
                "is a unit by which the user reads {}",
                schema.entity(entity).name
            )
        }
        Relation::ReadUnitTree(entity) => format!(
            "is a unit by which the user reads {} deep, or one below it",
            schema.entity(entity).name
        ),
    }
}

struct Printer<'a> {
    plan: &'a Plan,
    schema: &'a Schema,
    uses: Vec<usize>,
    /// The number of each node that has been written out and is used again.
    numbers: Vec<Option<usize>>,
    next: usize,
    text: String,
}

impl Printer<'_> {
    fn profile(&self, at: usize) -> String {
        let name = self.plan.profiles.get(at);
        format!("\"{}\"", name.map_or("", |known| known.name.as_str()))
    }

    fn attribute(&self, entity: Option<EntityId>, id: AttrId) -> &str {
        entity.map_or("", |entity| self.schema.attribute(entity, id).name.as_str())
    }

    fn node(&mut self, id: NodeId, depth: usize) {
        let at = id.0 as usize;
        let children = self.plan.nodes.children(id);
        let indent = "  ".repeat(depth);
        if let Some(number) = self.numbers[at] {
            let _ = writeln!(self.text, "{indent}#{number}");
            return;
        }
        let mut line = line(self.plan, self.schema, id);
        if !children.is_empty() && self.uses[at] > 1 {
            self.numbers[at] = Some(self.next);
            line = format!("#{}: {line}", self.next);
            self.next += 1;
        }
        let _ = writeln!(self.text, "{indent}{line}");
        for child in children {
            self.node(*child, depth + 1);
        }
    }
}
