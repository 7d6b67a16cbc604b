//! The schema that profiles are checked against: entities, attributes, relationships, and the
//! system entities that every organisation has (SEMANTICS §2).

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::diagnostic::Span;
use crate::plan::Depth;

/// Number of an entity in its [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityId(pub u32);

/// Number of an attribute in its [`Entity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttrId(pub u32);

/// Number of a relationship in its [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelationshipId(pub u32);

/// Who owns the rows of an entity. An unknown ownership acts as the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// A user or a team.
    #[default]
    UserOrTeam,
    /// The organisation.
    Organization,
    /// A business unit.
    Business,
    /// Nobody.
    None,
}

impl Ownership {
    /// Each by its name.
    pub const ALL: &[(&str, Self)] = &[
        (Self::UserOrTeam.name(), Self::UserOrTeam),
        (Self::Organization.name(), Self::Organization),
        (Self::Business.name(), Self::Business),
        (Self::None.name(), Self::None),
    ];

    /// Its name in metadata JSON and in the organization block.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserOrTeam => "user-or-team",
            Self::Organization => "organization",
            Self::Business => "business",
            Self::None => "none",
        }
    }
}

/// How a datetime attribute behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Behavior {
    /// An instant, shown in the user's zone.
    #[default]
    UserLocal,
    /// A day.
    DateOnly,
    /// A wall clock's time, the same in every zone.
    TimeZoneIndependent,
}

/// The type of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of SEMANTICS §2")]
pub enum AttributeType {
    Uniqueidentifier,
    Lookup,
    Customer,
    Owner,
    Regarding,
    String,
    Memo,
    Integer,
    Bigint,
    Decimal,
    Double,
    Money,
    Boolean,
    Choice,
    State,
    Status,
    Multichoice,
    Datetime(Behavior),
    Virtual,
    Image,
    File,
}

/// Types whose values compare with one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the `Value` of that name")]
pub enum Family {
    Bool,
    Number,
    Text,
    Guid,
    Instant,
    Day,
    WallClock,
    Choices,
    /// Can't be filtered.
    Opaque,
}

/// Every type with its name in metadata JSON; a datetime's behaviour is named apart.
const TYPE_NAMES: [(&str, AttributeType); 21] = [
    ("uniqueidentifier", AttributeType::Uniqueidentifier),
    ("lookup", AttributeType::Lookup),
    ("customer", AttributeType::Customer),
    ("owner", AttributeType::Owner),
    ("regarding", AttributeType::Regarding),
    ("string", AttributeType::String),
    ("memo", AttributeType::Memo),
    ("integer", AttributeType::Integer),
    ("bigint", AttributeType::Bigint),
    ("decimal", AttributeType::Decimal),
    ("double", AttributeType::Double),
    ("money", AttributeType::Money),
    ("boolean", AttributeType::Boolean),
    ("choice", AttributeType::Choice),
    ("state", AttributeType::State),
    ("status", AttributeType::Status),
    ("multichoice", AttributeType::Multichoice),
    ("datetime", AttributeType::Datetime(Behavior::UserLocal)),
    ("virtual", AttributeType::Virtual),
    ("image", AttributeType::Image),
    ("file", AttributeType::File),
];

impl AttributeType {
    /// Its name in metadata JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        let bare = if let Self::Datetime(_) = self {
            Self::Datetime(Behavior::UserLocal)
        } else {
            self
        };
        TYPE_NAMES
            .iter()
            .find(|(_, ty)| *ty == bare)
            .map_or("", |(name, _)| name)
    }

    /// The type of that name; `datetime` is user-local.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        TYPE_NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, ty)| *ty)
    }

    /// All type names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TYPE_NAMES.iter().map(|(name, _)| *name)
    }

    /// The family that its values compare within.
    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Self::Uniqueidentifier
            | Self::Lookup
            | Self::Customer
            | Self::Owner
            | Self::Regarding => Family::Guid,
            Self::String | Self::Memo => Family::Text,
            Self::Integer
            | Self::Bigint
            | Self::Decimal
            | Self::Double
            | Self::Money
            | Self::Choice
            | Self::State
            | Self::Status => Family::Number,
            Self::Boolean => Family::Bool,
            Self::Multichoice => Family::Choices,
            Self::Datetime(Behavior::UserLocal) => Family::Instant,
            Self::Datetime(Behavior::DateOnly) => Family::Day,
            Self::Datetime(Behavior::TimeZoneIndependent) => Family::WallClock,
            Self::Virtual | Self::Image | Self::File => Family::Opaque,
        }
    }

    /// Whether its values are whole numbers.
    #[must_use]
    pub fn is_whole(self) -> bool {
        matches!(
            self,
            Self::Integer | Self::Bigint | Self::Choice | Self::State | Self::Status
        )
    }

    /// Whether it refers to another row.
    #[must_use]
    pub fn is_lookup(self) -> bool {
        matches!(
            self,
            Self::Lookup | Self::Customer | Self::Owner | Self::Regarding
        )
    }

    /// What a literal of it looks like, in words.
    #[must_use]
    pub fn literal(self) -> &'static str {
        match self {
            Self::Uniqueidentifier
            | Self::Lookup
            | Self::Customer
            | Self::Owner
            | Self::Regarding => "a GUID in quotes",
            Self::String | Self::Memo => "a text in quotes",
            Self::Integer | Self::Bigint | Self::Choice | Self::State | Self::Status => {
                "a whole number"
            }
            Self::Decimal | Self::Double | Self::Money => "a number of at most 28 digits",
            Self::Boolean => "true, false, 0 or 1",
            Self::Multichoice => "a whole number",
            Self::Datetime(Behavior::UserLocal) => "an ISO 8601 date or date and time in quotes",
            Self::Datetime(Behavior::DateOnly) => "an ISO 8601 date without a time, in quotes",
            Self::Datetime(Behavior::TimeZoneIndependent) => {
                "an ISO 8601 date and time without a zone, in quotes"
            }
            Self::Virtual | Self::Image | Self::File => {
                "nothing: such an attribute can't be filtered"
            }
        }
    }

    /// The range of a whole-number type, in words.
    #[must_use]
    pub fn integer_range(self) -> &'static str {
        if self == Self::Bigint {
            "-9223372036854775808 to 9223372036854775807"
        } else {
            "-2147483648 to 2147483647"
        }
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Datetime(Behavior::DateOnly) => f.write_str(" (date-only)"),
            Self::Datetime(Behavior::TimeZoneIndependent) => {
                f.write_str(" (time-zone-independent)")
            }
            _ => Ok(()),
        }
    }
}

/// A label of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    /// Its number.
    pub value: i64,
    /// Its label.
    pub label: SmolStr,
}

/// An attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Logical name, lower case.
    pub name: SmolStr,
    /// Type.
    pub ty: AttributeType,
    /// Entities that a lookup points to, by name (they need not be in the schema); empty: unknown.
    pub targets: Vec<SmolStr>,
    /// Digits after the point that the source names.
    pub precision: Option<u32>,
    /// Least value.
    pub min: Option<Decimal>,
    /// Greatest value.
    pub max: Option<Decimal>,
    /// Labels of a choice.
    pub options: Vec<ChoiceOption>,
    /// Column in SQL, where it isn't the logical name.
    pub column: Option<SmolStr>,
    /// Encoding in SQL, where it isn't the storage convention's.
    pub encoding: Option<SmolStr>,
}

impl Attribute {
    /// An attribute of that name and type, with nothing else known.
    #[must_use]
    pub fn new(name: impl Into<SmolStr>, ty: AttributeType) -> Self {
        Self {
            name: name.into(),
            ty,
            targets: Vec::new(),
            precision: None,
            min: None,
            max: None,
            options: Vec::new(),
            column: None,
            encoding: None,
        }
    }

    /// The same with the entities that it points to.
    #[must_use]
    pub fn to(mut self, targets: &[&str]) -> Self {
        self.targets = targets.iter().map(SmolStr::new).collect();
        self
    }

    /// Whether it can point to an entity: one of its targets, or its targets are unknown.
    #[must_use]
    pub fn may_point_to(&self, entity: &str) -> bool {
        self.ty.family() == Family::Guid
            && (self.targets.iter().any(|target| target == entity)
                || match self.ty {
                    AttributeType::Owner => matches!(entity, "systemuser" | "team"),
                    AttributeType::Uniqueidentifier => false,
                    _ => self.targets.is_empty(),
                })
    }
}

/// The organisation's data download filter of an entity, as a source gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfflineFilter {
    /// Native filter text.
    Native(String),
    /// FetchXML.
    FetchXml(String),
}

/// An entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Logical name, lower case.
    pub name: SmolStr,
    /// Table in SQL, where it isn't the logical name.
    pub table: Option<SmolStr>,
    /// Ownership; none where no source names it (a *partial* entity, read as user-or-team).
    pub ownership: Option<Ownership>,
    /// Enabled for mobile offline; none where no source says (a *partial* entity, counted as enabled).
    pub offline: Option<bool>,
    /// Enabled for mobile.
    pub mobile: bool,
    /// An activity (its rows have `activityid`, `regardingobjectid`, …).
    pub activity: bool,
    /// Usersettings, memberships, intersects, privileges, shares: data of the engine, never an item.
    pub internal: bool,
    /// The attribute that identifies a row.
    pub primary_id: AttrId,
    /// The organisation data download filter that its source carries, and where it stands.
    pub offline_filter: Option<OfflineFilter>,
    /// Attributes by name; an [`AttrId`] is an index here.
    pub attributes: IndexMap<SmolStr, Attribute>,
}

impl Entity {
    /// The attribute of that (lower-case) name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<AttrId> {
        self.attributes
            .get_index_of(name)
            .and_then(|at| u32::try_from(at).ok())
            .map(AttrId)
    }

    /// The attribute with that number.
    ///
    /// # Panics
    /// The number is another entity's.
    #[must_use]
    pub fn attribute(&self, id: AttrId) -> &Attribute {
        &self.attributes[id.0 as usize]
    }

    /// Its table in SQL.
    #[must_use]
    pub fn table(&self) -> &SmolStr {
        self.table.as_ref().unwrap_or(&self.name)
    }

    /// Whether nothing can override its ownership.
    #[must_use]
    pub fn has_built_in_ownership(&self) -> bool {
        self.internal || BUILT_IN_OWNERSHIP.contains(&self.name.as_str())
    }
}

/// A relationship of two entities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relationship {
    /// Schema name, in its own case; resolved whatever the case.
    pub name: SmolStr,
    /// Its kind and ends.
    pub kind: RelationshipKind,
}

/// What a relationship joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelationshipKind {
    /// `referencing.lookup` holds the primary id of a `referenced` row.
    OneToMany {
        /// The one.
        referenced: EntityId,
        /// The many.
        referencing: EntityId,
        /// The many's attribute.
        lookup: AttrId,
        /// Whether it spans the entity's hierarchy.
        hierarchical: bool,
    },
    /// Rows of `intersect` pair the primary ids of two entities.
    ManyToMany {
        /// The entity of the pairs.
        intersect: EntityId,
        /// One end.
        entity1: EntityId,
        /// The intersect's attribute for it.
        attribute1: AttrId,
        /// The other end.
        entity2: EntityId,
        /// The intersect's attribute for it.
        attribute2: AttrId,
    },
}

impl RelationshipKind {
    /// Its two ends.
    #[must_use]
    pub fn ends(&self) -> (EntityId, EntityId) {
        match self {
            Self::OneToMany {
                referenced,
                referencing,
                ..
            } => (*referenced, *referencing),
            Self::ManyToMany {
                entity1, entity2, ..
            } => (*entity1, *entity2),
        }
    }
}

/// Who may read what: everything, or by roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Security {
    /// Section 7 of SEMANTICS does not apply.
    #[default]
    Open,
    /// It does.
    Roles,
}

impl Security {
    /// Its name in sources.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Roles => "roles",
        }
    }
}

/// The system entities and the attributes of theirs that give users their context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is the entity, or entity and attribute, of that name"
)]
pub struct System {
    pub systemuser: EntityId,
    pub domainname: AttrId,
    pub internalemailaddress: AttrId,
    pub user_businessunitid: AttrId,
    pub parentsystemuserid: AttrId,
    pub positionid: AttrId,
    pub isdisabled: AttrId,
    pub usersettings: EntityId,
    pub settings_systemuserid: AttrId,
    pub uilanguageid: AttrId,
    pub timezone: AttrId,
    pub team: EntityId,
    pub team_name: AttrId,
    pub team_businessunitid: AttrId,
    pub teammembership: EntityId,
    pub membership_teamid: AttrId,
    pub membership_systemuserid: AttrId,
    pub businessunit: EntityId,
    pub parentbusinessunitid: AttrId,
    pub position: EntityId,
    pub parentpositionid: AttrId,
    pub roleprivilege: EntityId,
    pub privilege_systemuserid: AttrId,
    pub privilege_teamid: AttrId,
    pub privilege_entity: AttrId,
    pub privilege_depth: AttrId,
    pub mobileofflineprofile: EntityId,
    pub share: EntityId,
    pub share_entity: AttrId,
    pub share_rowid: AttrId,
    pub share_principalid: AttrId,
}

/// What the metadata says: checked, numbered, never changed.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Entities by name; an [`EntityId`] is an index here.
    entities: IndexMap<SmolStr, Entity>,
    /// Relationships by lower-case schema name.
    relationships: IndexMap<SmolStr, Relationship>,
    /// The system entities.
    pub system: System,
    /// The security setting that the metadata names.
    pub security: Option<Security>,
    /// Relationships that a source names but that can't be used, by lower-case schema name.
    unusable: IndexMap<SmolStr, Unusable>,
    /// Where the metadata gives organisation filters.
    filter_places: BTreeMap<EntityId, Span>,
    /// Roles, in the order of the sources.
    roles: Vec<Role>,
}

/// A security role as a template: what whoever has it may read. Who has it is data, the
/// `roleprivilege` rows of the change stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Name.
    pub name: SmolStr,
    /// GUID, lower case, if the source names one.
    pub id: Option<SmolStr>,
    /// How deep it reads which entity, by logical name.
    pub reads: IndexMap<SmolStr, Depth>,
}

/// A relationship that a source names, and whose entities no source has: real exports are full of
/// them. Whoever uses it is told what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Schema name, in its own case.
    pub name: SmolStr,
    /// Its entities that no source has, by lower-case name; none where they are there and its
    /// attributes can't join them.
    pub missing: Vec<SmolStr>,
}

/// What a schema can't be without.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schema lacks `{0}`")]
pub struct MissingSystem(pub String);

/// A system entity: name, ownership, attributes. Order and names are the interface of the change
/// stream (DESIGN §3).
pub struct SystemEntity {
    /// Logical name.
    pub name: &'static str,
    /// Ownership.
    pub ownership: Ownership,
    /// Whether it is never an item.
    pub internal: bool,
    /// Primary id.
    pub primary_id: &'static str,
    /// Attributes: name, type, targets.
    pub attributes: &'static [(&'static str, AttributeType, &'static [&'static str])],
}

impl SystemEntity {
    /// Whether no source can say another ownership.
    #[must_use]
    pub fn has_built_in_ownership(&self) -> bool {
        self.internal || BUILT_IN_OWNERSHIP.contains(&self.name)
    }
}

/// The system entities that every schema has, declared or not.
pub const SYSTEM_ENTITIES: [SystemEntity; 9] = [
    SystemEntity {
        name: "systemuser",
        ownership: Ownership::Business,
        internal: false,
        primary_id: "systemuserid",
        attributes: &[
            ("domainname", AttributeType::String, &[]),
            ("internalemailaddress", AttributeType::String, &[]),
            ("businessunitid", AttributeType::Lookup, &["businessunit"]),
            ("parentsystemuserid", AttributeType::Lookup, &["systemuser"]),
            ("positionid", AttributeType::Lookup, &["position"]),
            ("isdisabled", AttributeType::Boolean, &[]),
        ],
    },
    SystemEntity {
        name: "usersettings",
        ownership: Ownership::None,
        internal: true,
        primary_id: "usersettingsid",
        attributes: &[
            ("systemuserid", AttributeType::Lookup, &["systemuser"]),
            ("uilanguageid", AttributeType::Integer, &[]),
            ("timezone", AttributeType::String, &[]),
        ],
    },
    SystemEntity {
        name: "team",
        ownership: Ownership::Business,
        internal: false,
        primary_id: "teamid",
        attributes: &[
            ("name", AttributeType::String, &[]),
            ("businessunitid", AttributeType::Lookup, &["businessunit"]),
        ],
    },
    SystemEntity {
        name: "teammembership",
        ownership: Ownership::None,
        internal: true,
        primary_id: "teammembershipid",
        attributes: &[
            ("teamid", AttributeType::Lookup, &["team"]),
            ("systemuserid", AttributeType::Lookup, &["systemuser"]),
        ],
    },
    SystemEntity {
        name: "businessunit",
        ownership: Ownership::Business,
        internal: false,
        primary_id: "businessunitid",
        attributes: &[
            ("name", AttributeType::String, &[]),
            (
                "parentbusinessunitid",
                AttributeType::Lookup,
                &["businessunit"],
            ),
        ],
    },
    SystemEntity {
        name: "position",
        ownership: Ownership::Organization,
        internal: false,
        primary_id: "positionid",
        attributes: &[
            ("name", AttributeType::String, &[]),
            ("parentpositionid", AttributeType::Lookup, &["position"]),
        ],
    },
    SystemEntity {
        name: "roleprivilege",
        ownership: Ownership::None,
        internal: true,
        primary_id: "roleprivilegeid",
        attributes: &[
            ("systemuserid", AttributeType::Lookup, &["systemuser"]),
            ("teamid", AttributeType::Lookup, &["team"]),
            ("entity", AttributeType::String, &[]),
            ("depth", AttributeType::String, &[]),
        ],
    },
    SystemEntity {
        name: "mobileofflineprofile",
        ownership: Ownership::Organization,
        internal: false,
        primary_id: "mobileofflineprofileid",
        attributes: &[("name", AttributeType::String, &[])],
    },
    SystemEntity {
        name: "share",
        ownership: Ownership::None,
        internal: true,
        primary_id: "shareid",
        attributes: &[
            ("entity", AttributeType::String, &[]),
            ("rowid", AttributeType::Uniqueidentifier, &[]),
            (
                "principalid",
                AttributeType::Lookup,
                &["systemuser", "team"],
            ),
        ],
    },
];

/// The entities with a built-in ownership, besides the internal ones.
const BUILT_IN_OWNERSHIP: [&str; 3] = ["systemuser", "team", "businessunit"];

/// The entities that are enabled for mobile offline unless the metadata says no (the seed's twenty).
pub const OFFLINE_BY_DEFAULT: [&str; 20] = [
    "account",
    "appointment",
    "activitymimeattachment",
    "competitor",
    "competitoraddress",
    "contact",
    "email",
    "lead",
    "annotation",
    "opportunity",
    "opportunityproduct",
    "product",
    "task",
    "incident",
    "queue",
    "queueitem",
    "slakpiinstance",
    "entitlement",
    "team",
    "systemuser",
];

impl Schema {
    /// A schema of those entities and relationships; ids in `relationships` are indices of `entities`.
    ///
    /// # Errors
    /// A system entity, or an attribute of one, is missing.
    pub fn new(
        entities: IndexMap<SmolStr, Entity>,
        relationships: Vec<Relationship>,
        security: Option<Security>,
    ) -> Result<Self, MissingSystem> {
        let entity = |name: &str| {
            let at = entities
                .get_index_of(name)
                .and_then(|at| u32::try_from(at).ok());
            at.map(EntityId)
                .ok_or_else(|| MissingSystem(name.to_owned()))
        };
        let attr = |entity: &str, name: &str| {
            entities
                .get(entity)
                .and_then(|found| found.find(name))
                .ok_or_else(|| MissingSystem(format!("{entity}.{name}")))
        };
        let system = System {
            systemuser: entity("systemuser")?,
            domainname: attr("systemuser", "domainname")?,
            internalemailaddress: attr("systemuser", "internalemailaddress")?,
            user_businessunitid: attr("systemuser", "businessunitid")?,
            parentsystemuserid: attr("systemuser", "parentsystemuserid")?,
            positionid: attr("systemuser", "positionid")?,
            isdisabled: attr("systemuser", "isdisabled")?,
            usersettings: entity("usersettings")?,
            settings_systemuserid: attr("usersettings", "systemuserid")?,
            uilanguageid: attr("usersettings", "uilanguageid")?,
            timezone: attr("usersettings", "timezone")?,
            team: entity("team")?,
            team_name: attr("team", "name")?,
            team_businessunitid: attr("team", "businessunitid")?,
            teammembership: entity("teammembership")?,
            membership_teamid: attr("teammembership", "teamid")?,
            membership_systemuserid: attr("teammembership", "systemuserid")?,
            businessunit: entity("businessunit")?,
            parentbusinessunitid: attr("businessunit", "parentbusinessunitid")?,
            position: entity("position")?,
            parentpositionid: attr("position", "parentpositionid")?,
            roleprivilege: entity("roleprivilege")?,
            privilege_systemuserid: attr("roleprivilege", "systemuserid")?,
            privilege_teamid: attr("roleprivilege", "teamid")?,
            privilege_entity: attr("roleprivilege", "entity")?,
            privilege_depth: attr("roleprivilege", "depth")?,
            mobileofflineprofile: entity("mobileofflineprofile")?,
            share: entity("share")?,
            share_entity: attr("share", "entity")?,
            share_rowid: attr("share", "rowid")?,
            share_principalid: attr("share", "principalid")?,
        };
        let relationships = relationships
            .into_iter()
            .map(|r| (SmolStr::new(r.name.to_lowercase()), r))
            .collect();
        Ok(Self {
            entities,
            relationships,
            system,
            security,
            unusable: IndexMap::new(),
            filter_places: BTreeMap::new(),
            roles: Vec::new(),
        })
    }

    /// The same, with roles.
    #[must_use]
    pub fn with_roles(self, roles: Vec<Role>) -> Self {
        Self { roles, ..self }
    }

    /// The roles that sources name.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The same, with the relationships that a source names but that can't be used.
    #[must_use]
    pub fn with_unusable(mut self, unusable: Vec<Unusable>) -> Self {
        self.unusable = unusable
            .into_iter()
            .map(|r| (SmolStr::new(r.name.to_lowercase()), r))
            .collect();
        self
    }

    /// The same, with the places where its sources give organisation filters.
    #[must_use]
    pub fn with_filter_places(mut self, places: BTreeMap<EntityId, Span>) -> Self {
        self.filter_places = places;
        self
    }

    /// Where a source gives the entity's organisation filter.
    #[must_use]
    pub fn filter_place(&self, entity: EntityId) -> Option<Span> {
        self.filter_places.get(&entity).copied()
    }

    /// Why the relationship of that schema name, which isn't in the schema, can't be used; nothing
    /// where no source names it.
    #[must_use]
    pub fn unusable(&self, name: &str) -> Option<&Unusable> {
        self.unusable.get(name.to_lowercase().as_str())
    }

    /// The entity with that number.
    ///
    /// # Panics
    /// The number is another schema's.
    #[must_use]
    pub fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.0 as usize]
    }

    /// The entity of that (lower-case) name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<EntityId> {
        self.entities
            .get_index_of(name)
            .and_then(|at| u32::try_from(at).ok())
            .map(EntityId)
    }

    /// All entities, in the order of their numbers.
    pub fn entities(&self) -> impl ExactSizeIterator<Item = (EntityId, &Entity)> {
        self.entities
            .values()
            .enumerate()
            .map(|(at, entity)| (EntityId(u32::try_from(at).unwrap_or(u32::MAX)), entity))
    }

    /// The attribute of an entity.
    #[must_use]
    pub fn attribute(&self, entity: EntityId, attribute: AttrId) -> &Attribute {
        self.entity(entity).attribute(attribute)
    }

    /// The relationship of that schema name, whatever its case.
    #[must_use]
    pub fn find_relationship(&self, name: &str) -> Option<RelationshipId> {
        let at = self
            .relationships
            .get_index_of(name.to_lowercase().as_str());
        at.and_then(|at| u32::try_from(at).ok()).map(RelationshipId)
    }

    /// The relationship with that number.
    ///
    /// # Panics
    /// The number is another schema's.
    #[must_use]
    pub fn relationship(&self, id: RelationshipId) -> &Relationship {
        &self.relationships[id.0 as usize]
    }

    /// All relationships, in the order of their numbers.
    pub fn relationships(&self) -> impl ExactSizeIterator<Item = &Relationship> {
        self.relationships.values()
    }

    /// The lookup by which rows of an entity stand below one another (SEMANTICS §5.3): that of its
    /// hierarchical relationship, and the parent of users and of business units without one. Where
    /// partial metadata lack that of users or units, theirs acts, with `--lenient` and without: an
    /// entity has one hierarchy, and the platform's own is the one that no source need show.
    #[must_use]
    pub fn hierarchy(&self, entity: EntityId) -> Option<AttrId> {
        let declared = self.relationships().find_map(|r| match r.kind {
            RelationshipKind::OneToMany {
                referenced,
                referencing,
                lookup,
                hierarchical: true,
            } if referenced == entity && referencing == entity => Some(lookup),
            _ => None,
        });
        declared.or_else(|| {
            [
                (self.system.systemuser, self.system.parentsystemuserid),
                (self.system.businessunit, self.system.parentbusinessunitid),
            ]
            .into_iter()
            .find_map(|(of, parent)| (of == entity).then_some(parent))
        })
    }

    /// The attribute that holds the business unit of a business-owned row (SEMANTICS §2): its
    /// `owningbusinessunit`, else `businessunitid`; a business unit is its own.
    #[must_use]
    pub fn unit_attribute(&self, entity: EntityId) -> Option<AttrId> {
        let found = self.entity(entity);
        if entity == self.system.businessunit {
            return Some(found.primary_id);
        }
        found
            .find("owningbusinessunit")
            .or_else(|| found.find("businessunitid"))
    }
}
