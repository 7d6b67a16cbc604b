//! Every row under a dense number, the keys that rows are found by under others, and exact values of
//! the rows that the context is made of (of all rows, where the engine keeps images).
//!
//! A row's number is that of its GUID: what a lookup holds leads to the row without a search. A GUID
//! that rows of several entities bear has one more number for each of them. Invariant: a number stays
//! with its row until the transaction after the one that deletes it, and with its GUID for as long as
//! anything refers to it. Cost: a look-up in a table and one line of memory a change.

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use foldhash::fast::FixedState;
use smallvec::SmallVec;
use weir_ir::schema::{AttrId, EntityId, SYSTEM_ENTITIES, Schema};
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

use crate::key::{Code, Key, Keys};
use crate::maps::{Map, Seed, When, empty};
use crate::table::Table;

/// Dense number of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RowId(pub(crate) u32);

/// Changes that are looked up together, so that their ways to memory overlap.
pub(crate) const AT_ONCE: usize = 32;
const NO_ENTITY: EntityId = EntityId(u32::MAX);

static NULL: Value = Value::Null;

/// What is known of a number.
#[derive(Clone, Copy)]
struct Head {
    id: Guid,
    /// Of the row that bears the number, also while it is being deleted.
    entity: EntityId,
    /// Its number among the rows of its entity.
    local: u32,
    /// How many cells of rows hold the number.
    references: u32,
    exists: bool,
    /// Before the transaction, where it touches the row.
    existed: bool,
    touched: bool,
    /// Its GUID has another number of its own.
    twin: bool,
}

/// What differs in a row.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) enum Touched {
    /// Nothing of its own.
    #[default]
    Nothing,
    /// These attributes.
    These(SmallVec<[AttrId; 4]>),
    /// Everything: it came, went, or is another row under the same id.
    All,
}

impl Touched {
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    pub(crate) fn has(&self, attribute: AttrId) -> bool {
        match self {
            Self::Nothing => false,
            Self::These(attributes) => attributes.contains(&attribute),
            Self::All => true,
        }
    }

    /// Whether any of them is one that `is` tells.
    pub(crate) fn any(&self, is: impl FnMut(&AttrId) -> bool) -> bool {
        match self {
            Self::Nothing => false,
            Self::These(attributes) => attributes.iter().any(is),
            Self::All => true,
        }
    }
}

/// Values that a change gives a row.
pub(crate) type Given<'t> = &'t [(AttrId, Value)];

/// What a transaction did to a row, net.
#[derive(Clone, Debug)]
pub(crate) struct RowChange<'t> {
    pub(crate) row: RowId,
    pub(crate) entity: EntityId,
    pub(crate) existed: bool,
    pub(crate) exists: bool,
    /// The attributes whose values differ.
    pub(crate) touched: Touched,
    /// Where no values are kept: what changes gave the row, in order.
    pub(crate) given: SmallVec<[Given<'t>; 1]>,
}

impl RowChange<'_> {
    /// Whether the row came or went.
    pub(crate) fn came_or_went(&self) -> bool {
        self.existed != self.exists
    }

    pub(crate) fn touches(&self, attribute: AttrId) -> bool {
        self.touched.has(attribute)
    }
}

/// The rows.
pub(crate) struct Store {
    schema: Arc<Schema>,
    hasher: FixedState,
    heads: Vec<Head>,
    ids: Table,
    keys: Keys,
    free: Vec<RowId>,
    /// Numbers that nothing referred to when last looked at.
    idle: Vec<Code>,
    /// Further rows of a GUID.
    twins: Map<(EntityId, Guid), RowId>,
    /// By entity: numbers of rows that are free, and how many were ever taken.
    locals: Vec<(Vec<u32>, u32)>,
    /// By entity: whether values are kept.
    kept: Vec<bool>,
    /// By entity: whether it is one that users' context is made of.
    system: Vec<bool>,
    /// Rows that the transaction touched, in the order of their first touch.
    touched: Vec<RowId>,
    values: Map<RowId, Box<[Value]>>,
    before: Map<RowId, Option<Box<[Value]>>>,
}

impl Store {
    /// With `images`, values of all rows are kept.
    pub(crate) fn new(schema: Arc<Schema>, images: bool, seed: Seed) -> Self {
        let mut system = vec![false; schema.entities().len()];
        let names = SYSTEM_ENTITIES.iter().map(|system| system.name);
        for entity in names.filter_map(|name| schema.find(name)) {
            system[entity.0 as usize] = true;
        }
        let kept: Vec<bool> = system.iter().map(|system| images || *system).collect();
        // Number 0 is NULL.
        let null = Head {
            id: Guid(Default::default()),
            entity: NO_ENTITY,
            local: 0,
            references: 0,
            exists: false,
            existed: false,
            touched: false,
            twin: false,
        };
        Self {
            hasher: FixedState::with_seed(seed.0),
            heads: vec![null],
            ids: Table::new(),
            keys: Keys::new(seed),
            free: Vec::new(),
            idle: Vec::new(),
            twins: seed.map(),
            locals: vec![(Vec::new(), 0); kept.len()],
            kept,
            system,
            touched: Vec::new(),
            values: seed.map(),
            before: seed.map(),
            schema,
        }
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// How many numbers are taken at most.
    pub(crate) fn capacity(&self) -> usize {
        self.heads.len()
    }

    fn head(&self, row: RowId) -> &Head {
        &self.heads[row.0 as usize]
    }

    fn hash(&self, id: Guid) -> u64 {
        self.hasher.hash_one(id.0.as_u128())
    }

    /// Begins a transaction: forgets what was before the last one and frees its numbers. `is_used`
    /// tells which keys audiences still speak of.
    pub(crate) fn begin(&mut self, is_used: impl Fn(Code) -> bool) {
        for row in std::mem::take(&mut self.touched) {
            let head = &mut self.heads[row.0 as usize];
            head.touched = false;
            if head.exists || head.entity == NO_ENTITY {
                continue;
            }
            let (entity, id, twin) = (head.entity, head.id, head.twin);
            self.locals[entity.0 as usize].0.push(head.local);
            head.entity = NO_ENTITY;
            self.values.remove(&row);
            if twin {
                self.twins.remove(&(entity, id));
                self.free.push(row);
                let code = self.key_of(id);
                self.release(code);
            } else {
                self.idle.push(Code::of_row(row));
            }
        }
        empty(&mut self.before);
        if self.idle.is_empty() {
            return;
        }
        for code in std::mem::take(&mut self.idle) {
            match code.row() {
                None => self.keys.free(code, &is_used),
                Some(row) => {
                    let head = self.head(row);
                    if head.references == 0 && head.entity == NO_ENTITY && !is_used(code) {
                        let id = head.id;
                        // Noted twice, it has gone already.
                        if self.key_of(id) == code {
                            self.ids.remove(self.hash(id), row.0);
                            self.free.push(row);
                        }
                    }
                }
            }
        }
    }

    /// Numbers that audiences no longer speak of.
    pub(crate) fn looks_again_at(&mut self, codes: impl IntoIterator<Item = Code>) {
        self.idle.extend(codes);
    }

    /// Applies changes; gives what they did, net, in the order of first touch, and how many delete
    /// what isn't there.
    pub(crate) fn apply<'t>(&mut self, changes: &'t [Change]) -> (Vec<RowChange<'t>>, u64) {
        let mut net: Vec<RowChange<'t>> = Vec::with_capacity(changes.len());
        let mut places: Map<RowId, usize> = Map::with_hasher(self.hasher.clone());
        let mut of_nothing = 0;
        for some in changes.chunks(AT_ONCE) {
            // Kept from the optimizer: its worth is that memory has come when it is asked for below.
            std::hint::black_box(self.approach(some));
            for change in some {
                let (entity, id) = change.row();
                let found = self.find(entity, id);
                let row = match (found, change) {
                    (Some(row), Change::Upsert { .. }) => row,
                    (Some(row), Change::Delete { .. }) if self.head(row).exists => row,
                    (None, Change::Upsert { .. }) => self.allocate(entity, id),
                    (_, Change::Delete { .. }) => {
                        of_nothing += 1;
                        continue;
                    }
                };
                let head = &mut self.heads[row.0 as usize];
                let place = if head.touched {
                    if places.is_empty() {
                        places.extend((0..).zip(&net).map(|(at, change)| (change.row, at)));
                    }
                    places.get(&row).copied()
                } else {
                    None
                };
                let place = place.unwrap_or_else(|| {
                    (head.touched, head.existed) = (true, head.exists);
                    self.touched.push(row);
                    net.push(RowChange {
                        row,
                        entity,
                        existed: head.exists,
                        exists: head.exists,
                        touched: Touched::Nothing,
                        given: SmallVec::new(),
                    });
                    if !places.is_empty() {
                        places.insert(row, net.len() - 1);
                    }
                    net.len() - 1
                });
                let revived = !head.exists;
                head.exists = matches!(change, Change::Upsert { .. });
                let own = &mut net[place];
                own.exists = head.exists;
                if self.kept[entity.0 as usize] {
                    self.keep(row, change);
                    continue;
                }
                match change {
                    Change::Delete { .. } => {
                        own.touched = Touched::All;
                        own.given.clear();
                    }
                    Change::Upsert { values, .. } => {
                        own.given.push(values);
                        if revived {
                            own.touched = Touched::All;
                        }
                        let attributes = values.iter().map(|(attribute, _)| *attribute);
                        match &mut own.touched {
                            Touched::All => {}
                            Touched::These(known) => known.extend(attributes),
                            Touched::Nothing if values.is_empty() => {}
                            nothing => *nothing = Touched::These(attributes.collect()),
                        }
                    }
                }
            }
        }
        for change in &mut net {
            if self.kept[change.entity.0 as usize] {
                change.touched = self.differing(change.row);
            } else if change.came_or_went() {
                change.touched = Touched::All;
            }
        }
        net.retain(|change| {
            let differs = (change.existed || change.exists) && !change.touched.is_nothing();
            // A row that is what it was counts as untouched; one that came and went still leaves.
            self.heads[change.row.0 as usize].touched &= differs || !change.exists;
            differs
        });
        (net, of_nothing)
    }

    /// Looks at the memory that changes lead to, all at once.
    fn approach(&self, changes: &[Change]) -> u32 {
        let mut numbers = [0_u32; AT_ONCE];
        for (number, change) in numbers.iter_mut().zip(changes) {
            *number = self.ids.peek(self.hash(change.row().1));
        }
        let heads = numbers
            .iter()
            .filter_map(|number| self.heads.get(*number as usize));
        heads.fold(0, |seen, head| seen ^ head.local)
    }

    /// Keeps a change's values, and those from before it.
    fn keep(&mut self, row: RowId, change: &Change) {
        if !self.before.contains_key(&row) {
            let image = self.values.get(&row).cloned();
            self.before.insert(row, image);
        }
        match change {
            Change::Delete { .. } => {
                self.values.remove(&row);
            }
            Change::Upsert { entity, id, values } => {
                let found = self.schema.entity(*entity);
                let own = self.values.entry(row).or_insert_with(|| {
                    let mut fresh = vec![Value::Null; found.attributes.len()];
                    fresh[found.primary_id.0 as usize] = Value::Guid(*id);
                    fresh.into()
                });
                for (attribute, value) in values {
                    own[attribute.0 as usize] = value.clone();
                }
            }
        }
    }

    /// What differs in a row whose values are kept.
    fn differing(&self, row: RowId) -> Touched {
        match (self.kept(row, When::Before), self.kept(row, When::After)) {
            (Some(old), Some(new)) => {
                let differing: SmallVec<[AttrId; 4]> = (0..)
                    .map(AttrId)
                    .zip(old.iter().zip(new))
                    .filter(|(_, (old, new))| old != new)
                    .map(|(attribute, _)| attribute)
                    .collect();
                if differing.is_empty() {
                    Touched::Nothing
                } else {
                    Touched::These(differing)
                }
            }
            (None, None) => Touched::Nothing,
            _ => Touched::All,
        }
    }

    fn number(&mut self, head: Head) -> RowId {
        match self.free.pop() {
            Some(row) => {
                self.heads[row.0 as usize] = head;
                row
            }
            None => {
                // `Engine::apply` has checked that the numbers suffice.
                self.heads.push(head);
                RowId(u32::try_from(self.heads.len() - 1).unwrap_or(u32::MAX))
            }
        }
    }

    /// The number of a GUID, which it is given if it has none.
    fn number_of(&mut self, id: Guid) -> RowId {
        let hash = self.hash(id);
        let known = self.ids.find(hash, |at| self.heads[at as usize].id == id);
        if let Some(known) = known {
            return RowId(known);
        }
        let row = self.number(Head {
            id,
            ..self.heads[0]
        });
        self.ids.insert(hash, row.0);
        row
    }

    fn allocate(&mut self, entity: EntityId, id: Guid) -> RowId {
        let main = self.number_of(id);
        let row = if self.head(main).entity == NO_ENTITY {
            main
        } else {
            self.heads[main.0 as usize].references += 1;
            let twin = self.number(Head {
                id,
                twin: true,
                ..self.heads[0]
            });
            self.twins.insert((entity, id), twin);
            twin
        };
        let (free, taken) = &mut self.locals[entity.0 as usize];
        let local = free.pop().unwrap_or_else(|| {
            *taken += 1;
            *taken - 1
        });
        let head = &mut self.heads[row.0 as usize];
        (head.entity, head.local) = (entity, local);
        row
    }

    fn kept(&self, row: RowId, when: When) -> Option<&[Value]> {
        if when == When::Before
            && !self.before.is_empty()
            && let Some(image) = self.before.get(&row)
        {
            return image.as_deref();
        }
        self.values.get(&row).map(|values| &**values)
    }

    /// Whether an entity is one that users' context is made of.
    pub(crate) fn is_system(&self, entity: EntityId) -> bool {
        self.system[entity.0 as usize]
    }

    /// Whether values of an entity's rows are kept.
    pub(crate) fn keeps(&self, entity: EntityId) -> bool {
        self.kept[entity.0 as usize]
    }

    /// The number of a row, be it there or deleted by this transaction.
    pub(crate) fn find(&self, entity: EntityId, id: Guid) -> Option<RowId> {
        let main = self
            .ids
            .find(self.hash(id), |at| self.heads[at as usize].id == id)?;
        self.bearer(entity, RowId(main))
    }

    /// The row of an entity that bears a number's GUID.
    fn bearer(&self, entity: EntityId, main: RowId) -> Option<RowId> {
        let head = self.head(main);
        if head.entity == entity {
            return Some(main);
        }
        if self.twins.is_empty() {
            return None;
        }
        self.twins.get(&(entity, head.id)).copied()
    }

    /// The number of a row that is there.
    pub(crate) fn lookup(&self, entity: EntityId, id: Guid, when: When) -> Option<RowId> {
        self.find(entity, id).filter(|row| self.exists(*row, when))
    }

    /// The row of an entity that is there and bears a key.
    pub(crate) fn bearing(&self, entity: EntityId, code: Code, when: When) -> Option<RowId> {
        let main = code.row().filter(|_| code != Code::NULL)?;
        let row = self.bearer(entity, main)?;
        self.exists(row, when).then_some(row)
    }

    pub(crate) fn exists(&self, row: RowId, when: When) -> bool {
        let head = self.head(row);
        match when {
            When::Before if head.touched => head.existed,
            _ => head.exists,
        }
    }

    /// Whether the transaction touches a row.
    pub(crate) fn is_touched(&self, row: RowId) -> bool {
        self.head(row).touched
    }

    /// A value; NULL where the row isn't there, or its values aren't kept.
    pub(crate) fn value(&self, row: RowId, attribute: AttrId, when: When) -> &Value {
        self.kept(row, when)
            .and_then(|values| values.get(attribute.0 as usize))
            .unwrap_or(&NULL)
    }

    /// Entity of a numbered row.
    pub(crate) fn entity(&self, row: RowId) -> EntityId {
        self.head(row).entity
    }

    /// The row's number among those of its entity.
    pub(crate) fn local(&self, row: RowId) -> usize {
        self.head(row).local as usize
    }

    /// Id of a numbered row.
    pub(crate) fn id(&self, row: RowId) -> Guid {
        self.head(row).id
    }

    /// All rows that are there, by number.
    pub(crate) fn all(&self) -> impl Iterator<Item = RowId> + '_ {
        (0..u32::try_from(self.heads.len()).unwrap_or(u32::MAX))
            .map(RowId)
            .filter(|row| self.exists(*row, When::After))
    }

    /// Rows that were there before the transaction and aren't now.
    pub(crate) fn deleted(&self) -> impl Iterator<Item = RowId> + '_ {
        self.touched
            .iter()
            .copied()
            .filter(|row| self.exists(*row, When::Before) && !self.exists(*row, When::After))
    }

    /// What the transaction did to a row whose values are kept.
    pub(crate) fn touched(&self, row: RowId) -> Touched {
        match self.keeps(self.entity(row)) {
            true => self.differing(row),
            false => Touched::All,
        }
    }

    /// The key of a GUID; NULL's where nothing bears it or refers to it.
    pub(crate) fn key_of(&self, id: Guid) -> Code {
        let is = |at: u32| self.heads[at as usize].id == id;
        let found = self.ids.find(self.hash(id), is);
        found.map_or(Code::NULL, |at| Code::of_row(RowId(at)))
    }

    /// The key of a row's own id.
    pub(crate) fn own_key(&self, row: RowId) -> Code {
        match self.head(row).twin {
            true => self.key_of(self.id(row)),
            false => Code::of_row(row),
        }
    }

    /// The key of a value, if any row holds it.
    pub(crate) fn find_key(&self, key: &Key) -> Code {
        match key {
            Key::Guid(id) => self.key_of(*id),
            key => self.keys.find(key),
        }
    }

    /// The GUID that a key stands for.
    pub(crate) fn guid_of(&self, code: Code) -> Option<Guid> {
        let row = code.row()?;
        (code != Code::NULL).then(|| self.id(row))
    }

    /// A value that isn't a GUID, as its key stands for it.
    pub(crate) fn other(&self, code: Code) -> Option<&Key> {
        self.keys.get(code)
    }

    /// The key of a value that a cell is about to hold.
    pub(crate) fn refer(&mut self, key: Option<Key>) -> Code {
        match key {
            None => Code::NULL,
            Some(Key::Guid(id)) => {
                let row = self.number_of(id);
                self.heads[row.0 as usize].references += 1;
                Code::of_row(row)
            }
            Some(key) => self.keys.refer(key),
        }
    }

    /// A cell holds a key no longer.
    pub(crate) fn release(&mut self, code: Code) {
        if code == Code::NULL {
            return;
        }
        let idle = match code.row() {
            None => self.keys.release(code),
            Some(row) => {
                let head = &mut self.heads[row.0 as usize];
                head.references -= 1;
                head.references == 0 && head.entity == NO_ENTITY
            }
        };
        if idle {
            self.idle.push(code);
        }
    }
}

/// A hash of anything, by a hasher.
pub(crate) fn hash_of(hasher: &FixedState, of: &impl Hash) -> u64 {
    hasher.hash_one(of)
}
