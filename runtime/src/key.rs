//! What rows are found by: values as links, users and windows compare them, each under one number.
//!
//! Values of one family are one key (GUIDs by id, texts folded, numbers as numbers, datetimes
//! exactly). NULL is no key. A GUID's number is that of the row that bears it; other keys are numbered
//! here, while a cell holds them.

use foldhash::fast::FixedState;
use smol_str::SmolStr;
use weir_ir::fold::{Collation, fold};
use weir_ir::value::{Guid, Value};

use crate::maps::Seed;
use crate::store::{RowId, hash_of};
use crate::table::Table;

/// A value that rows are found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Guid(Guid),
    Text(SmolStr),
    /// Equal numbers print alike once normalised.
    Number(SmolStr),
    Bool(bool),
    /// What windows compare, and the numbers of languages.
    Int(i64),
    Choices(Box<[i64]>),
    /// As it is: for conditions that compare two attributes.
    Exact(Value),
}

impl Key {
    /// As links compare values.
    pub(crate) fn of_link(value: &Value, collation: Collation) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Guid(guid) => Self::Guid(*guid),
            Value::Text(text) => Self::Text(fold(text, collation).into()),
            Value::Int(number) => Self::Number(smol_str::format_smolstr!("{number}")),
            Value::Decimal(number) => {
                Self::Number(smol_str::format_smolstr!("{}", number.normalize()))
            }
            Value::Bool(value) => Self::Bool(*value),
            Value::Instant(_) | Value::Day(_) | Value::WallClock(_) => {
                Self::Int(value.clock_number()?)
            }
            Value::Choices(values) => Self::Choices(values.clone()),
        })
    }

    /// As values stand for users: ids, and numbers of languages.
    pub(crate) fn of_user(value: &Value) -> Option<Self> {
        match value {
            Value::Guid(guid) => Some(Self::Guid(*guid)),
            Value::Int(number) => Some(Self::Int(*number)),
            _ => None,
        }
    }
}

/// Number of a key: of a GUID's row, or of another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Code(pub(crate) u32);

/// Set in the numbers of keys that are no GUIDs.
const OTHER: u32 = 1 << 31;

impl Code {
    /// No key.
    pub(crate) const NULL: Self = Self(0);

    pub(crate) fn of_row(row: RowId) -> Self {
        Self(row.0)
    }

    /// The number of the row that bears it, if it is a GUID's.
    pub(crate) fn row(self) -> Option<RowId> {
        (self.0 & OTHER == 0).then_some(RowId(self.0))
    }
}

/// The keys that are no GUIDs.
pub(crate) struct Keys {
    hasher: FixedState,
    numbers: Table,
    /// With how many cells hold them.
    keys: Vec<Option<(Key, u32)>>,
    free: Vec<u32>,
}

impl Keys {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            hasher: FixedState::with_seed(seed.0),
            numbers: Table::new(),
            keys: vec![None],
            free: Vec::new(),
        }
    }

    fn at(&self, code: Code) -> Option<&(Key, u32)> {
        self.keys.get((code.0 & !OTHER) as usize)?.as_ref()
    }

    pub(crate) fn get(&self, code: Code) -> Option<&Key> {
        code.row()
            .is_none()
            .then(|| self.at(code))?
            .map(|(key, _)| key)
    }

    fn number(&self, key: &Key) -> Option<u32> {
        let is = |number: u32| self.at(Code(number)).is_some_and(|(known, _)| known == key);
        self.numbers.find(hash_of(&self.hasher, key), is)
    }

    pub(crate) fn find(&self, key: &Key) -> Code {
        self.number(key)
            .map_or(Code::NULL, |number| Code(number | OTHER))
    }

    pub(crate) fn refer(&mut self, key: Key) -> Code {
        if let Some(number) = self.number(&key) {
            if let Some(Some((_, references))) = self.keys.get_mut(number as usize) {
                *references += 1;
            }
            return Code(number | OTHER);
        }
        let hash = hash_of(&self.hasher, &key);
        let number = match self.free.pop() {
            Some(number) => {
                self.keys[number as usize] = Some((key, 1));
                number
            }
            None => {
                self.keys.push(Some((key, 1)));
                u32::try_from(self.keys.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.numbers.insert(hash, number);
        Code(number | OTHER)
    }

    /// Whether no cell holds it any more.
    pub(crate) fn release(&mut self, code: Code) -> bool {
        match self.keys.get_mut((code.0 & !OTHER) as usize) {
            Some(Some((_, references))) => {
                *references -= 1;
                *references == 0
            }
            _ => false,
        }
    }

    /// Frees a number that nothing holds.
    pub(crate) fn free(&mut self, code: Code, is_used: impl Fn(Code) -> bool) {
        let number = code.0 & !OTHER;
        if self
            .at(code)
            .is_some_and(|(_, references)| *references == 0)
            && !is_used(code)
            && let Some((key, _)) = self.keys[number as usize].take()
        {
            self.numbers.remove(hash_of(&self.hasher, &key), number);
            self.free.push(number);
        }
    }
}
