//! The indexes that the statements of a plan want, and why: derived from the plan alone.
//!
//! An index is wanted where a statement finds rows by the column: along a link either way, by what a
//! user is, by a value that few rows have, by a window of time. Never wanted: a primary id (it has
//! one), what is only denied (`not`), choices and booleans (few values: a scan is as good), patterns
//! and ranges. All but pairs are of one column: a second one such as `statecode` saves little of
//! what the first one found, and each index costs every write. Cost: linear in the nodes, times the
//! parts of the profiles that share them.

mod ddl;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use weir_ir::operators::{Operands, Operator, Relation};
use weir_ir::plan::{Link, Member, Node, NodeId, Origin, Part, Plan, ProfileId, UserSet};
use weir_ir::schema::{AttrId, AttributeType, EntityId, Family, Schema};
use weir_ir::settings::{ClockZone, HierarchyModel};

use super::condition::Side;
use super::{Dialect, SqlError, storage};
use crate::explain;

/// An index that the statements want.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Index {
    /// The entity whose table it is of.
    pub entity: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Its name, which follows from the table and the columns.
    pub name: String,
    /// The statement that creates it, where it isn't there.
    pub sql: String,
    /// The parts of the profiles that want it, and what for, ascending.
    pub reasons: Vec<String>,
}

/// An index that the statements want and the dialect can't have as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The entity whose table it is of.
    pub entity: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Why there is none.
    pub why: &'static str,
}

/// What a plan wants indexed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// The indexes, ascending by entity name and columns.
    pub indexes: Vec<Index>,
    /// Those that the dialect can't have, likewise.
    pub left_out: Vec<LeftOut>,
    /// Whether an index holds folded texts: only the collation that it was made under can use it.
    pub folded: bool,
}

/// The indexes that the statements of a plan want in a dialect.
///
/// # Errors
/// A name is beyond the dialect, or a column has an encoding.
pub fn advice(schema: &Schema, plan: &Plan, dialect: Dialect) -> Result<Advice, SqlError> {
    let mut wanted = Wanted {
        schema,
        plan,
        indexes: BTreeMap::new(),
    };
    for (id, reached) in reached(plan) {
        wanted.node(id, &reached);
    }
    wanted.merge_prefixes();
    let mut advice = Advice::default();
    for (key, reasons) in wanted.indexes {
        let entity = schema.entity(key.entity);
        let columns: Vec<String> = key
            .columns
            .iter()
            .map(|column| storage::column(entity, *column, dialect).map(str::to_owned))
            .collect::<Result<_, _>>()?;
        let name = entity.name.to_string();
        match ddl::index(entity.table(), &columns, key.folded, dialect)? {
            Ok((index, sql)) => {
                advice.folded |= key.folded;
                advice.indexes.push(Index {
                    entity: name,
                    columns,
                    name: index,
                    sql,
                    reasons: reasons.into_iter().collect(),
                });
            }
            Err(why) => advice.left_out.push(LeftOut {
                entity: name,
                columns,
                why,
            }),
        }
    }
    (advice.indexes).sort_by(|a, b| (&a.entity, &a.columns).cmp(&(&b.entity, &b.columns)));
    (advice.left_out).sort_by(|a, b| (&a.entity, &a.columns).cmp(&(&b.entity, &b.columns)));
    Ok(advice)
}

/// A part of the sources, whatever its place in the text.
type Place = (Option<ProfileId>, EntityId, Part);

/// How the statements come to a node.
#[derive(Clone, Debug, Default)]
struct Reached {
    /// As a condition that holds.
    positive: bool,
    /// Under a `not`.
    negative: bool,
    /// The parts that it comes from.
    places: BTreeSet<Place>,
}

/// The nodes that roots reach, parents first. A node that no part names comes from its parents'.
fn reached(plan: &Plan) -> Vec<(NodeId, Reached)> {
    let mut open: BTreeMap<NodeId, Reached> = BTreeMap::new();
    for root in &plan.roots {
        let reached = open.entry(root.audience).or_default();
        reached.positive = true;
        let items = root.columns.iter();
        let items = items.map(|(profile, _)| (Some(*profile), root.entity, Part::Item));
        reached.places.extend(items);
    }
    let mut done = Vec::with_capacity(plan.nodes.len());
    while let Some((id, mut reached)) = open.pop_last() {
        let own = places(plan.nodes.origins(id));
        if !own.is_empty() {
            reached.places = own;
        }
        for child in plan.nodes.children(id) {
            let of_child = open.entry(*child).or_default();
            let (positive, negative) = match plan.nodes.get(id) {
                Node::Not(_) => (reached.negative, reached.positive),
                // Linked rows are found, whether a row must have them or not.
                Node::Exists(..) => (true, false),
                _ => (reached.positive, reached.negative),
            };
            of_child.positive |= positive;
            of_child.negative |= negative;
            of_child.places.extend(&reached.places);
        }
        done.push((id, reached));
    }
    done
}

/// The parts that a node comes from; the whole item only where it is the one part of it.
fn places(origins: &[Origin]) -> BTreeSet<Place> {
    let place = |origin: &Origin| (origin.profile, origin.item, origin.part);
    let all: BTreeSet<Place> = origins.iter().map(place).collect();
    let closer = |(profile, item, part): &Place| {
        let same =
            |other: &&Place| (other.0, other.1) == (*profile, *item) && other.2 != Part::Item;
        *part != Part::Item || all.iter().find(same).is_none()
    };
    all.iter().filter(|place| closer(place)).copied().collect()
}

/// Which index; ordered, so that equal wants meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    entity: EntityId,
    folded: bool,
    columns: Vec<AttrId>,
}

/// The indexes found so far, with their reasons.
struct Wanted<'a> {
    schema: &'a Schema,
    plan: &'a Plan,
    indexes: BTreeMap<Key, BTreeSet<String>>,
}

impl Wanted<'_> {
    fn node(&mut self, id: NodeId, reached: &Reached) {
        let reasons = self.reasons(id, reached);
        match (self.plan.nodes.get(id), self.plan.nodes.entity(id)) {
            (Node::Exists(link, _), Some(entity)) => {
                self.link(entity, *link, reached.positive, &reasons);
            }
            (Node::UserMatch(attribute, relation), Some(entity)) => {
                // Everyone speaks one of a few languages.
                if reached.positive && *relation != Relation::Language {
                    self.want(entity, &[*attribute], &reasons);
                }
                self.relation(*relation, &reasons);
            }
            (Node::Rows(condition), Some(entity)) => {
                if let Operands::Values(values) = &condition.operands
                    && matches!(condition.operator, Operator::Eq | Operator::In)
                    && reached.positive
                    && is_selective(self.schema.attribute(entity, condition.attribute).ty)
                {
                    let side = Side::of(self.schema, entity, condition.attribute);
                    // Of another type, the column is compared as what it isn't stored as.
                    if (values.iter()).all(|value| Side::of_value(value) == Some(side)) {
                        self.want_sided(entity, condition.attribute, side, &reasons);
                    }
                }
            }
            (Node::Window(attribute, _, zone), Some(entity)) => {
                if reached.positive {
                    self.want(entity, &[*attribute], &reasons);
                }
                if *zone == ClockZone::User {
                    self.settings(&reasons);
                }
            }
            (Node::Below(attribute, hierarchy, ..), Some(entity)) => {
                if reached.positive {
                    self.want(entity, &[*attribute], &reasons);
                }
                self.want(hierarchy.entity, &[hierarchy.parent], &reasons);
            }
            (Node::Above(attribute, ..), Some(entity)) if reached.positive => {
                self.want(entity, &[*attribute], &reasons);
            }
            (Node::Shared, _) => {
                let system = &self.schema.system;
                self.want(system.share, &[system.share_principalid], &reasons);
                self.teams(&reasons);
            }
            (Node::Users(UserSet::Member(profile)), _) => self.members(*profile),
            (Node::Users(UserSet::Reads(..)), _) => self.grants(&reasons),
            _ => {}
        }
    }

    /// Rows are found from their linked rows, and those from them.
    fn link(&mut self, entity: EntityId, link: Link, positive: bool, reasons: &[String]) {
        match link {
            Link::Attributes {
                from,
                entity: linked,
                to,
            } => {
                let side = Side::of(self.schema, entity, from);
                // Otherwise one of them is converted, or they never are equal.
                if side != Side::of(self.schema, linked, to) {
                    return;
                }
                if positive {
                    self.want_sided(entity, from, side, reasons);
                }
                self.want_sided(linked, to, side, reasons);
            }
            Link::Through {
                intersect,
                near,
                far,
                ..
            } => {
                self.want(intersect, &[near, far], reasons);
                self.want(intersect, &[far, near], reasons);
            }
        }
    }

    /// What a relation asks of users' context.
    fn relation(&mut self, relation: Relation, reasons: &[String]) {
        match relation {
            Relation::Itself | Relation::BusinessUnit => {}
            Relation::Team | Relation::SelfOrTeam => self.teams(reasons),
            Relation::Hierarchy | Relation::Subordinate => self.hierarchy(reasons),
            Relation::HierarchyAndTeams | Relation::TeamOfSubordinate => {
                self.hierarchy(reasons);
                self.teams(reasons);
            }
            Relation::Language => self.settings(reasons),
            Relation::ReadUnit(_) => self.grants(reasons),
            Relation::ReadUnitTree(_) => {
                self.grants(reasons);
                let system = &self.schema.system;
                let parent = system.parentbusinessunitid;
                self.want(system.businessunit, &[parent], reasons);
            }
        }
    }

    fn teams(&mut self, reasons: &[String]) {
        let system = &self.schema.system;
        let (user, team) = (system.membership_systemuserid, system.membership_teamid);
        self.want(system.teammembership, &[user, team], reasons);
        self.want(system.teammembership, &[team, user], reasons);
    }

    fn settings(&mut self, reasons: &[String]) {
        let system = &self.schema.system;
        self.want(
            system.usersettings,
            &[system.settings_systemuserid],
            reasons,
        );
    }

    fn hierarchy(&mut self, reasons: &[String]) {
        let system = &self.schema.system;
        match self.plan.settings.hierarchy_model {
            HierarchyModel::Manager => {
                self.want(system.systemuser, &[system.parentsystemuserid], reasons);
            }
            HierarchyModel::Position => {
                self.want(system.systemuser, &[system.positionid], reasons);
                self.want(system.position, &[system.parentpositionid], reasons);
            }
        }
    }

    fn grants(&mut self, reasons: &[String]) {
        let system = &self.schema.system;
        for holder in [system.privilege_systemuserid, system.privilege_teamid] {
            self.want(system.roleprivilege, &[holder], reasons);
        }
        self.teams(reasons);
    }

    /// Members by name are looked at one and all: no index of names would serve.
    fn members(&mut self, profile: ProfileId) {
        let Some(profile) = self.plan.profiles.get(profile.0 as usize) else {
            return;
        };
        let by_team = |member: &Member| matches!(member, Member::Team(_) | Member::TeamNamed(_));
        if profile.members.iter().any(|named| by_team(&named.member)) {
            self.teams(&[format!("profile `{}`: its members by team", profile.name)]);
        }
    }

    fn want_sided(&mut self, entity: EntityId, column: AttrId, side: Side, reasons: &[String]) {
        match side {
            Side::Family(Family::Text) => self.insert(entity, &[column], true, reasons),
            Side::Family(Family::Opaque | Family::Choices | Family::Bool) => {}
            _ => self.want(entity, &[column], reasons),
        }
    }

    fn want(&mut self, entity: EntityId, columns: &[AttrId], reasons: &[String]) {
        if columns != [self.schema.entity(entity).primary_id] {
            self.insert(entity, columns, false, reasons);
        }
    }

    fn insert(&mut self, entity: EntityId, columns: &[AttrId], folded: bool, reasons: &[String]) {
        let key = Key {
            entity,
            folded,
            columns: columns.to_vec(),
        };
        let known = self.indexes.entry(key).or_default();
        known.extend(reasons.iter().cloned());
    }

    /// An index that another one begins with serves nothing more.
    fn merge_prefixes(&mut self) {
        let keys: Vec<Key> = self.indexes.keys().cloned().collect();
        // A longer one stands right behind those that it begins with.
        for (short, long) in keys.iter().zip(keys.iter().skip(1)) {
            if (short.entity, short.folded) == (long.entity, long.folded)
                && long.columns.starts_with(&short.columns)
                && let Some(reasons) = self.indexes.remove(short)
            {
                let known = self.indexes.entry(long.clone()).or_default();
                known.extend(reasons);
            }
        }
    }

    /// Why a node is there: its parts, and what it says.
    fn reasons(&self, id: NodeId, reached: &Reached) -> Vec<String> {
        let says = match self.plan.nodes.get(id) {
            Node::And(_) | Node::Or(_) | Node::Not(_) | Node::All | Node::None => {
                return Vec::new();
            }
            Node::Exists(link, _) => self.linked(id, *link),
            _ => explain::line(self.plan, self.schema, id),
        };
        let places = reached.places.iter();
        places
            .map(|place| format!("{}: {says}", self.place(*place)))
            .collect()
    }

    fn linked(&self, id: NodeId, link: Link) -> String {
        let entity = self.plan.nodes.entity(id);
        let name = |entity: EntityId| &self.schema.entity(entity).name;
        let own = entity.map_or("", |entity| name(entity).as_str());
        let linked = name(link.entity());
        match link {
            Link::Attributes {
                from,
                entity: of,
                to,
            } => {
                let from = entity.map_or("", |entity| &self.schema.attribute(entity, from).name);
                let to = &self.schema.attribute(of, to).name;
                format!("{own}.{from} links to {linked}.{to}")
            }
            Link::Through { intersect, .. } => {
                format!("{own} links to {linked} through {}", name(intersect))
            }
        }
    }

    fn place(&self, (profile, item, part): Place) -> String {
        let entity = &self.schema.entity(item).name;
        let profile = profile.and_then(|id| self.plan.profiles.get(id.0 as usize));
        let Some(profile) = profile else {
            return format!("organisation filter of `{entity}`");
        };
        let association = |at: u32| {
            let item = profile.items.iter().find(|known| known.entity == item);
            let found = item.and_then(|item| item.associations.get(at as usize));
            found.map_or("", |found| {
                &self.schema.relationship(found.relationship).name
            })
        };
        let part = match part {
            Part::Item => String::new(),
            Part::Choice => ", download choice".to_owned(),
            Part::Filter => ", filter".to_owned(),
            Part::Association(at) => format!(", association `{}`", association(at)),
            Part::AssociationFilter(at) => {
                format!(", filter of association `{}`", association(at))
            }
            Part::OrganizationFilter => ", organisation filter".to_owned(),
            Part::Security => ", read privileges".to_owned(),
        };
        format!("profile `{}`, item `{entity}`{part}", profile.name)
    }
}

/// Whether few rows have one value of the type. Memos are too long for an index.
fn is_selective(ty: AttributeType) -> bool {
    !matches!(
        ty,
        AttributeType::Boolean
            | AttributeType::Choice
            | AttributeType::State
            | AttributeType::Status
            | AttributeType::Multichoice
            | AttributeType::Memo
            | AttributeType::Virtual
            | AttributeType::Image
            | AttributeType::File
    )
}
