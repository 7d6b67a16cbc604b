//! The plan's meaning, user by user and row by row, from all rows: no audiences, no indexes.

use std::collections::{BTreeMap, BTreeSet};

use weir_ir::fold::fold;
use weir_ir::operators::{Matcher, Relation};
use weir_ir::plan::{Depth, Hierarchy, Link, Member, Node, NodeId, Plan, ProfileId, UserSet};
use weir_ir::schema::{AttrId, AttributeType, EntityId};
use weir_ir::settings::{ClockZone, HierarchyModel};
use weir_ir::time::{Day, Instant, Zone};
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

use super::World;

pub type Key = (EntityId, Guid);
pub type Rows = BTreeMap<Key, Vec<Value>>;

/// A leaf of the plan on a row (none where no row matters), and what it says there.
pub type Fault = (NodeId, Option<Key>, bool);

pub fn apply(world: &World, rows: &mut Rows, change: &Change) {
    match change {
        Change::Delete { entity, id } => {
            rows.remove(&(*entity, *id));
        }
        Change::Upsert { entity, id, values } => {
            let found = world.schema.entity(*entity);
            let row = rows.entry((*entity, *id)).or_insert_with(|| {
                let mut row = vec![Value::Null; found.attributes.len()];
                row[found.primary_id.0 as usize] = Value::Guid(*id);
                row
            });
            for (attribute, value) in values {
                row[attribute.0 as usize] = value.clone();
            }
        }
    }
}

pub struct Naive<'a> {
    pub world: &'a World,
    pub plan: &'a Plan,
    pub rows: &'a Rows,
    pub now: Instant,
}

impl Naive<'_> {
    fn of(&self, entity: &str) -> Vec<(Guid, &Vec<Value>)> {
        let entity = self.world.entity(entity);
        let all = self.rows.iter().filter(|((of, _), _)| *of == entity);
        all.map(|((_, id), row)| (*id, row)).collect()
    }

    fn get(&self, entity: &str, id: Guid, name: &str) -> Value {
        let row = self.rows.get(&(self.world.entity(entity), id));
        let at = self.world.attr(entity, name).0 as usize;
        row.map_or(Value::Null, |row| row[at].clone())
    }

    fn is(&self, entity: &str, id: Guid) -> bool {
        self.rows.contains_key(&(self.world.entity(entity), id))
    }

    pub fn users(&self) -> Vec<Guid> {
        self.of("systemuser")
            .into_iter()
            .map(|(id, _)| id)
            .collect()
    }

    fn teams(&self, user: Guid) -> BTreeSet<Guid> {
        let all = self.of("teammembership").into_iter().filter_map(|(id, _)| {
            let team = self.get("teammembership", id, "teamid").guid()?;
            let mine = self.get("teammembership", id, "systemuserid") == Value::Guid(user);
            (mine && self.is("team", team) && self.is("systemuser", user)).then_some(team)
        });
        all.collect()
    }

    fn below(&self, user: Guid) -> BTreeSet<Guid> {
        let depth = self.plan.settings.hierarchy_depth;
        let up = |x: Guid| match self.plan.settings.hierarchy_model {
            HierarchyModel::Manager => self
                .get("systemuser", x, "parentsystemuserid")
                .guid()
                .filter(|x| self.is("systemuser", *x)),
            HierarchyModel::Position => self
                .get("position", x, "parentpositionid")
                .guid()
                .filter(|x| self.is("position", *x)),
        };
        let place = |user: Guid| match self.plan.settings.hierarchy_model {
            HierarchyModel::Manager => Some(user),
            HierarchyModel::Position => self.get("systemuser", user, "positionid").guid(),
        };
        let below = self.users().into_iter().filter(|other| {
            let (Some(mine), Some(start)) = (place(user), place(*other)) else {
                return false;
            };
            let mut at = start;
            for _ in 0..depth {
                match up(at) {
                    Some(next) if next != start => at = next,
                    _ => return false,
                }
                if at == mine {
                    return *other != user;
                }
            }
            false
        });
        below.collect()
    }

    fn settings(&self, user: Guid) -> Option<Guid> {
        let all = self.of("usersettings").into_iter().map(|(id, _)| id);
        all.filter(|id| self.get("usersettings", *id, "systemuserid") == Value::Guid(user))
            .max()
    }

    fn zone(&self, user: Guid) -> Zone {
        let named = self.settings(user).and_then(|id| {
            let name = self.get("usersettings", id, "timezone");
            name.text().and_then(Zone::named)
        });
        named.unwrap_or(Zone::UTC)
    }

    /// Depth and unit of each read privilege.
    fn grants(&self, user: Guid, entity: EntityId) -> Vec<(Depth, Option<Guid>)> {
        let teams = self.teams(user);
        let mut grants = Vec::new();
        for (id, _) in self.of("roleprivilege") {
            let get = |name| self.get("roleprivilege", id, name);
            let of = get("entity").text().map(str::to_ascii_lowercase);
            if of.as_deref() != Some(self.world.schema.entity(entity).name.as_str()) {
                continue;
            }
            let Some(depth) = get("depth").text().and_then(Depth::from_name) else {
                continue;
            };
            if get("systemuserid") == Value::Guid(user) {
                let unit = self.get("systemuser", user, "businessunitid").guid();
                grants.push((depth, unit));
            }
            if let Some(team) = get("teamid").guid().filter(|team| teams.contains(team)) {
                grants.push((depth, self.get("team", team, "businessunitid").guid()));
            }
        }
        grants
    }

    fn units_up(&self, unit: Guid) -> Vec<Guid> {
        let mut chain = vec![unit];
        loop {
            let last = chain[chain.len() - 1];
            let up = self
                .get("businessunit", last, "parentbusinessunitid")
                .guid();
            match up.filter(|up| self.is("businessunit", *up) && !chain.contains(up)) {
                Some(up) => chain.push(up),
                None => return chain,
            }
        }
    }

    pub fn profile(&self, user: Guid) -> Option<ProfileId> {
        if !self.is("systemuser", user)
            || self.get("systemuser", user, "isdisabled") == Value::Bool(true)
        {
            return None;
        }
        let folded = |value: Value| {
            let collation = self.plan.settings.collation;
            value.text().map(|text| fold(text, collation))
        };
        let means = |member: &Member| match member {
            Member::User(id) => *id == user,
            Member::Team(id) => self.teams(user).contains(id),
            Member::UserNamed(name) => ["domainname", "internalemailaddress"]
                .iter()
                .any(|attr| folded(self.get("systemuser", user, attr)).as_deref() == Some(name)),
            Member::TeamNamed(name) => self
                .teams(user)
                .iter()
                .any(|team| folded(self.get("team", *team, "name")).as_deref() == Some(name)),
        };
        let found = self
            .plan
            .profiles
            .iter()
            .position(|profile| profile.members.iter().any(|named| means(&named.member)));
        found.map(|at| ProfileId(u32::try_from(at).expect("few profiles")))
    }

    fn matches(&self, user: Guid, relation: Relation, value: &Value) -> bool {
        if value.is_null() {
            return false;
        }
        if relation == Relation::Language {
            let own = self.settings(user);
            let own = own.map(|id| self.get("usersettings", id, "uilanguageid"));
            let wildcard = self.plan.settings.language_wildcard && *value == Value::Int(-1);
            return wildcard || own.is_some_and(|own| own == *value);
        }
        let Some(id) = value.guid() else {
            return false;
        };
        let below = self.below(user);
        let team_of = |users: &BTreeSet<Guid>| users.iter().any(|u| self.teams(*u).contains(&id));
        let mut with_self = below.clone();
        with_self.insert(user);
        match relation {
            Relation::Itself => id == user,
            Relation::Team => self.teams(user).contains(&id),
            Relation::SelfOrTeam => id == user || self.teams(user).contains(&id),
            Relation::Hierarchy => with_self.contains(&id),
            Relation::HierarchyAndTeams => with_self.contains(&id) || team_of(&with_self),
            Relation::Subordinate => below.contains(&id),
            Relation::TeamOfSubordinate => team_of(&below),
            Relation::BusinessUnit => self.get("systemuser", user, "businessunitid") == *value,
            Relation::Language => false,
            Relation::ReadUnit(entity) => self
                .grants(user, entity)
                .iter()
                .any(|(depth, unit)| *depth >= Depth::Local && *unit == Some(id)),
            Relation::ReadUnitTree(entity) => {
                let chain = self.units_up(id);
                self.grants(user, entity).iter().any(|(depth, unit)| {
                    *depth >= Depth::Deep && unit.is_some_and(|unit| chain.contains(&unit))
                })
            }
        }
    }

    fn users_set(&self, user: Guid, set: UserSet) -> bool {
        match set {
            UserSet::Member(profile) => self.profile(user) == Some(profile),
            UserSet::Active => self.get("systemuser", user, "isdisabled") != Value::Bool(true),
            UserSet::Reads(entity, least) => self
                .grants(user, entity)
                .iter()
                .any(|(depth, _)| *depth >= least),
        }
    }

    fn equal(&self, a: &Value, b: &Value) -> bool {
        let collation = self.plan.settings.collation;
        match (a, b) {
            (Value::Null, _) | (_, Value::Null) => false,
            (Value::Text(a), Value::Text(b)) => fold(a, collation) == fold(b, collation),
            _ => a == b,
        }
    }

    pub fn holds(&self, user: Guid, id: NodeId, key: Key) -> bool {
        let row = &self.rows[&key];
        let value = |attribute: AttrId| &row[attribute.0 as usize];
        match self.plan.nodes.get(id) {
            Node::All => true,
            Node::None => false,
            Node::Rows(condition) => {
                Matcher::new(condition, self.plan.settings.collation).holds(value)
            }
            Node::Users(set) => self.users_set(user, *set),
            Node::UserMatch(attribute, relation) => {
                self.matches(user, *relation, value(*attribute))
            }
            Node::Window(attribute, window, zone) => {
                let ty = self.world.schema.attribute(key.0, *attribute).ty;
                let AttributeType::Datetime(behavior) = ty else {
                    return false;
                };
                let zone = match zone {
                    ClockZone::Utc => Zone::UTC,
                    ClockZone::User => self.zone(user),
                };
                // Of windows that recur all turns that values can meet, whatever the value.
                let mut turns = window.turns(Day(0)..=Day(40_000));
                value(*attribute).clock_number().is_some_and(|number| {
                    turns.any(|turn| turn.bounds(behavior, &zone, self.now).contains(number))
                })
            }
            Node::Below(attribute, hierarchy, root, inclusive) => value(*attribute)
                .guid()
                .is_some_and(|own| match own == *root {
                    true => *inclusive,
                    false => self.uppers(*hierarchy, own).contains(root),
                }),
            Node::Above(attribute, hierarchy, root, inclusive) => value(*attribute)
                .guid()
                .is_some_and(|own| match own == *root {
                    true => *inclusive,
                    false => self.uppers(*hierarchy, *root).contains(&own),
                }),
            Node::Shared => self.of("share").iter().any(|(share, _)| {
                let get = |name| self.get("share", *share, name);
                let entity = get("entity").text().map(str::to_ascii_lowercase);
                entity.as_deref() == Some(self.world.schema.entity(key.0).name.as_str())
                    && get("rowid") == Value::Guid(key.1)
                    && self.matches(user, Relation::SelfOrTeam, &get("principalid"))
            }),
            Node::And(children) => children.iter().all(|child| self.holds(user, *child, key)),
            Node::Or(children) => children.iter().any(|child| self.holds(user, *child, key)),
            Node::Not(child) => !self.holds(user, *child, key),
            Node::Exists(link, child) => self
                .linked(*link, key)
                .into_iter()
                .any(|linked| self.holds(user, *child, linked)),
        }
    }

    pub fn fault(&self, id: NodeId, key: Key, holds: bool) -> Fault {
        (id, self.plan.nodes.entity(id).map(|_| key), holds)
    }

    /// Whether a node holds, or not, as wanted, were the leaves that aren't as wanted as `granted`
    /// says.
    pub fn met(
        &self,
        user: Guid,
        id: NodeId,
        key: Key,
        wanted: bool,
        granted: &dyn Fn(Fault) -> bool,
    ) -> bool {
        let leaf = || self.holds(user, id, key) == wanted || granted(self.fault(id, key, !wanted));
        let met = |child: NodeId, key, wanted| self.met(user, child, key, wanted, granted);
        let node = self.plan.nodes.get(id);
        let origins = self.plan.nodes.origins(id);
        // Read privileges are the only origins of these tests.
        let is_group = |id: NodeId| {
            matches!(self.plan.nodes.get(id), Node::And(_) | Node::Or(_))
                && self.plan.nodes.origins(id).is_empty()
        };
        match node {
            _ if !origins.is_empty() => leaf(),
            Node::Not(child) if is_group(*child) => met(*child, key, !wanted),
            Node::And(children) | Node::Or(children) => {
                let mut children = children.iter();
                match matches!(node, Node::And(_)) == wanted {
                    true => children.all(|child| met(*child, key, wanted)),
                    false => children.any(|child| met(*child, key, wanted)),
                }
            }
            Node::Exists(link, child) if wanted => match self.linked(*link, key) {
                linked if linked.is_empty() => leaf(),
                linked => linked.into_iter().any(|linked| met(*child, linked, true)),
            },
            _ => leaf(),
        }
    }

    pub fn disabled(&self, user: Guid) -> bool {
        self.get("systemuser", user, "isdisabled") == Value::Bool(true)
    }

    /// The ids above one, until the way ends or comes back; no tree of these tests is deep.
    fn uppers(&self, hierarchy: Hierarchy, id: Guid) -> Vec<Guid> {
        let mut found = Vec::new();
        let mut at = id;
        while let Some(row) = self.rows.get(&(hierarchy.entity, at))
            && let Some(upper) = row[hierarchy.parent.0 as usize].guid()
            && upper != id
            && !found.contains(&upper)
        {
            found.push(upper);
            at = upper;
        }
        found
    }

    pub fn linked(&self, link: Link, key: Key) -> Vec<Key> {
        let row = &self.rows[&key];
        match link {
            Link::Attributes { from, entity, to } => {
                let own = &row[from.0 as usize];
                let all = self.rows.iter().filter(|((of, _), _)| *of == entity);
                all.filter(|(_, other)| self.equal(own, &other[to.0 as usize]))
                    .map(|(key, _)| *key)
                    .collect()
            }
            Link::Through {
                intersect,
                near,
                far,
                entity,
            } => {
                let all = self.rows.iter().filter(|((of, _), _)| *of == intersect);
                all.filter(|(_, pair)| pair[near.0 as usize] == Value::Guid(key.1))
                    .filter_map(|(_, pair)| Some((entity, pair[far.0 as usize].guid()?)))
                    .filter(|far| self.rows.contains_key(far))
                    .collect()
            }
        }
    }

    /// What a user's devices hold.
    pub fn held(&self, user: Guid) -> BTreeSet<Key> {
        let mut held = BTreeSet::new();
        for root in &self.plan.roots {
            for key in self.rows.keys().filter(|(of, _)| *of == root.entity) {
                if self.holds(user, root.audience, *key) {
                    held.insert(*key);
                }
            }
        }
        held
    }

    /// The columns of a user's profile.
    pub fn columns(&self, user: Guid, entity: EntityId) -> Option<&[AttrId]> {
        let profile = self.profile(user)?;
        let root = self.plan.roots.iter().find(|root| root.entity == entity)?;
        let found = root.columns.iter().find(|(of, _)| *of == profile)?;
        found.1.as_deref()
    }
}
