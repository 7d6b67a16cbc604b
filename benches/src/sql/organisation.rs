//! A field-service organisation for a plan: 5,000 technicians with bookings around an instant, their
//! work orders and what hangs on these, and catalogues; one million rows.
//!
//! Only columns that the plan's statements read have values. What a condition compares with, most
//! rows have; a lookup that a link follows names a row that is there. The same every time.

use std::collections::{BTreeMap, BTreeSet};

use weir_compiler::sql::{self, Dialect, SqlError};
use weir_ir::operators::Operands;
use weir_ir::plan::{Link, Node, Plan};
use weir_ir::schema::{AttrId, AttributeType, EntityId, Schema};
use weir_ir::time::{Instant, WallClock};
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

/// Rows in all.
pub const ROWS: u64 = 1_000_000;
/// Technicians.
pub const USERS: u64 = 5_000;
/// Business units with users.
const UNITS: u64 = 25;
/// Bookings; each technician has as many.
const BOOKINGS: u64 = 200_000;
const WORK_ORDERS: u64 = 150_000;
/// Teams of a hundred, and one of all.
const TEAMS: u64 = USERS / 100 + 1;
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// The statuses of work orders and bookings; the last two are done.
const STATUSES: [i64; 6] = [
    690_970_000,
    690_970_001,
    690_970_002,
    690_970_003,
    690_970_004,
    690_970_005,
];

/// Rows of the entities that are no catalogue.
const SIZES: [(&str, u64); 21] = [
    ("systemuser", USERS),
    ("usersettings", USERS),
    ("teammembership", 2 * USERS),
    ("team", TEAMS),
    ("businessunit", UNITS + 1),
    ("bookableresource", USERS),
    ("bookingstatus", 6),
    ("bookableresourcebooking", BOOKINGS),
    ("msdyn_workorder", WORK_ORDERS),
    ("msdyn_workorderincident", 60_000),
    ("msdyn_workorderproduct", 60_000),
    ("msdyn_workorderservice", 40_000),
    ("msdyn_workorderservicetask", 120_000),
    ("account", 40_000),
    ("annotation", 60_000),
    ("msdyn_customerasset", 40_000),
    ("msdyn_timeentry", 30_000),
    ("connection", 20_000),
    ("msdyn_propertylog", 30_000),
    ("msdyn_iotdevice", 10_000),
    ("msdyn_iotdevicecommand", 10_000),
];

/// The generator.
pub struct Organisation<'a> {
    schema: &'a Schema,
    now: Instant,
    columns: BTreeMap<EntityId, Vec<AttrId>>,
    /// Where lookups lead.
    links: BTreeMap<(EntityId, AttrId), EntityId>,
    /// What conditions compare an attribute with.
    compared: BTreeMap<(EntityId, AttrId), Vec<Value>>,
    sizes: BTreeMap<EntityId, u64>,
}

impl<'a> Organisation<'a> {
    /// One for a plan, around an instant.
    ///
    /// # Errors
    /// The plan has no SQL.
    pub fn new(schema: &'a Schema, plan: &Plan, now: Instant) -> Result<Self, SqlError> {
        let mut read: BTreeSet<(EntityId, AttrId)> = BTreeSet::new();
        for queries in [
            sql::rows(schema, plan, Dialect::Sqlite)?,
            sql::map(schema, plan, Dialect::Sqlite)?,
        ] {
            read.extend(queries.into_iter().flat_map(|query| query.reads));
        }
        let system = &schema.system;
        read.insert((system.team, system.team_name));
        let mut columns: BTreeMap<EntityId, Vec<AttrId>> = BTreeMap::new();
        for (entity, attribute) in read {
            let of = columns.entry(entity).or_default();
            if attribute != schema.entity(entity).primary_id {
                of.push(attribute);
            }
        }
        let mut organisation = Self {
            schema,
            now,
            columns,
            links: BTreeMap::new(),
            compared: BTreeMap::new(),
            sizes: BTreeMap::new(),
        };
        organisation.look_at(plan);
        organisation.share_out();
        Ok(organisation)
    }

    /// Finds where lookups lead and what attributes are compared with.
    fn look_at(&mut self, plan: &Plan) {
        let primary = |entity: EntityId| self.schema.entity(entity).primary_id;
        for id in plan.nodes.ids() {
            let Some(entity) = plan.nodes.entity(id) else {
                continue;
            };
            match plan.nodes.get(id) {
                Node::Rows(condition) => {
                    if let Operands::Values(values) = &condition.operands {
                        let known = (entity, condition.attribute);
                        let known = self.compared.entry(known).or_default();
                        known.extend(values.iter().cloned());
                    }
                }
                Node::Exists(
                    Link::Attributes {
                        from,
                        entity: linked,
                        to,
                    },
                    _,
                ) => {
                    if *to == primary(*linked) {
                        self.links.insert((entity, *from), *linked);
                    } else if *from == primary(entity) {
                        self.links.insert((*linked, *to), entity);
                    }
                }
                Node::Exists(
                    Link::Through {
                        intersect,
                        near,
                        far,
                        entity: linked,
                    },
                    _,
                ) => {
                    self.links.insert((*intersect, *near), entity);
                    self.links.insert((*intersect, *far), *linked);
                }
                _ => {}
            }
        }
    }

    /// Gives catalogues what the others leave.
    fn share_out(&mut self) {
        let named: BTreeMap<&str, u64> = SIZES.into();
        let mut left = ROWS;
        let mut catalogues = Vec::new();
        for entity in self.columns.keys() {
            match named.get(self.schema.entity(*entity).name.as_str()) {
                Some(size) => {
                    left = left.saturating_sub(*size);
                    self.sizes.insert(*entity, *size);
                }
                None => catalogues.push(*entity),
            }
        }
        let count = u64::try_from(catalogues.len()).unwrap_or(1).max(1);
        let each = catalogues.into_iter().map(|entity| (entity, left / count));
        self.sizes.extend(each);
    }

    /// Rows of each entity.
    pub fn sizes(&self) -> impl Iterator<Item = (EntityId, u64)> {
        self.sizes.iter().map(|(entity, size)| (*entity, *size))
    }

    /// The id of an entity's row.
    #[must_use]
    pub fn id(&self, entity: EntityId, row: u64) -> Guid {
        let seed = u64::from(entity.0) << 40 | row;
        Guid(uuid::Uuid::from_u128(
            u128::from(mixed(seed)) << 64 | u128::from(seed),
        ))
    }

    /// All rows of an entity, as inserts.
    pub fn rows(&self, entity: EntityId) -> impl Iterator<Item = Change> {
        let size = self.sizes.get(&entity).copied().unwrap_or(0);
        let columns = self.columns.get(&entity).map_or(&[][..], Vec::as_slice);
        (0..size).map(move |row| Change::Upsert {
            entity,
            id: self.id(entity, row),
            values: columns
                .iter()
                .map(|attribute| (*attribute, self.value(entity, *attribute, row)))
                .collect(),
        })
    }

    fn value(&self, entity: EntityId, attribute: AttrId, row: u64) -> Value {
        let found = self.schema.entity(entity);
        let name = found.attribute(attribute).name.as_str();
        let dice = mixed(row ^ u64::from(entity.0) << 32 ^ u64::from(attribute.0) << 52);
        let to = |entity: EntityId, row: u64| Value::Guid(self.id(entity, row));
        let named = |name: &str| self.schema.find(name);
        let system = &self.schema.system;
        let user = |row: u64| to(system.systemuser, row % USERS);
        let unit = |user: u64| to(system.businessunit, user % UNITS);
        let is_open = |booking: u64| booking / USERS >= 29;
        let status = |open: bool| match open {
            true => dice % 4,
            false => 4 + dice % 2,
        };
        let text = |text: &str| Value::Text(text.into());
        match (found.name.as_str(), name) {
            ("systemuser", "businessunitid") => return unit(row),
            ("systemuser", "isdisabled") => return Value::Bool(false),
            ("bookableresource", "userid") | ("usersettings", "systemuserid") => return user(row),
            ("usersettings", _) if attribute == system.timezone => {
                let zones = ["America/Toronto", "America/Vancouver", "America/Halifax"];
                return text(zones[usize::try_from(row % 3).unwrap_or(0)]);
            }
            ("teammembership", "systemuserid") => return user(row / 2),
            ("teammembership", "teamid") => {
                let own = if row.is_multiple_of(2) {
                    row / 200
                } else {
                    TEAMS - 1
                };
                return to(system.team, own);
            }
            ("team", "name") if row == TEAMS - 1 => return text("All"),
            ("bookingstatus", "msdyn_fieldservicestatus") => {
                return Value::Int(STATUSES[usize::try_from(row).unwrap_or(0)]);
            }
            ("bookableresourcebooking", "resource") => {
                return named("bookableresource")
                    .map_or(Value::Null, |other| to(other, row % USERS));
            }
            ("bookableresourcebooking", "bookingstatus") => {
                return named("bookingstatus")
                    .map_or(Value::Null, |other| to(other, status(is_open(row))));
            }
            ("bookableresourcebooking", "msdyn_workorder") => {
                // Those that come last are second visits.
                let order = if row < WORK_ORDERS {
                    row
                } else {
                    row + WORK_ORDERS - BOOKINGS
                };
                return named("msdyn_workorder").map_or(Value::Null, |other| to(other, order));
            }
            ("bookableresourcebooking", "starttime" | "endtime") => {
                // Forty each, two days from one another; the thirtieth is today.
                let day = i64::try_from(row / USERS).unwrap_or(0) * 2 - 58;
                let hour = i64::try_from(dice % 8).unwrap_or(0) + 14;
                return Value::Instant(Instant(self.midnight() + day * DAY + hour * 3_600_000));
            }
            ("msdyn_workorder", "msdyn_systemstatus") => {
                // Those of the second visits, most of which are ahead.
                let open = row >= BOOKINGS - 2 * (BOOKINGS - WORK_ORDERS);
                return Value::Int(STATUSES[usize::try_from(status(open)).unwrap_or(0)]);
            }
            (_, "owningbusinessunit") => return unit(row),
            _ => {}
        }
        if let Some(other) = self.links.get(&(entity, attribute)) {
            let size = self.sizes.get(other).copied().unwrap_or(1);
            return to(*other, dice % size.max(1));
        }
        if let Some(values) = self.compared.get(&(entity, attribute))
            && dice % 100 < 85
        {
            let at = usize::try_from(dice >> 8).unwrap_or(0) % values.len();
            return values[at].clone();
        }
        match found.attribute(attribute).ty {
            AttributeType::Owner => user(dice),
            AttributeType::Datetime(behavior) => {
                let at =
                    Instant(self.now.0 - i64::try_from(dice % 365_000).unwrap_or(0) * DAY / 1_000);
                match behavior {
                    weir_ir::schema::Behavior::UserLocal => Value::Instant(at),
                    weir_ir::schema::Behavior::DateOnly => Value::Day(WallClock(at.0).day()),
                    weir_ir::schema::Behavior::TimeZoneIndependent => {
                        Value::WallClock(WallClock(at.0))
                    }
                }
            }
            AttributeType::Boolean => Value::Bool(dice.is_multiple_of(2)),
            AttributeType::String | AttributeType::Memo => text(&format!("x{}", dice % 1_000)),
            ty if ty.is_whole() => Value::Int(i64::try_from(dice % 4).unwrap_or(0)),
            ty if ty.is_lookup() => user(dice),
            _ => Value::Null,
        }
    }

    fn midnight(&self) -> i64 {
        self.now.0 - self.now.0.rem_euclid(DAY)
    }
}

/// Bits that look random (splitmix64's finisher).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}
