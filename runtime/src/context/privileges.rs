//! Read privileges: for each principal and entity, how many grants of each depth there are.
//! Cost: logarithmic a changed `roleprivilege` row.

use std::collections::{BTreeMap, BTreeSet};

use weir_ir::plan::Depth;
use weir_ir::schema::{EntityId, System};
use weir_ir::value::Guid;

use crate::maps::{Seed, Versioned, When};
use crate::sets::Sets;
use crate::store::{RowChange, RowId, Store};

/// Who a privilege is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Principal {
    User(Guid),
    Team(Guid),
}

/// The depths, by their index in a count.
const DEPTHS: [Depth; 4] = [Depth::Basic, Depth::Local, Depth::Deep, Depth::Global];

/// So many rows that grant a depth are looked at to find who holds it.
const FEW_GRANTS: usize = 64;

pub(crate) struct Privileges {
    grants: Versioned<(Principal, EntityId), [u32; 4]>,
    /// The rows that grant each depth.
    rows: Sets<(EntityId, usize)>,
}

impl Privileges {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            grants: Versioned::new(seed),
            rows: Sets::new(seed),
        }
    }

    pub(crate) fn commit(&mut self) {
        self.grants.commit();
        self.rows.commit();
    }

    /// Who holds a grant on an entity of that depth or deeper; none where many rows grant it.
    pub(crate) fn holders(
        &self,
        store: &Store,
        entity: EntityId,
        least: Depth,
        when: When,
    ) -> Option<BTreeSet<Principal>> {
        let deep = (0..DEPTHS.len()).filter(|depth| DEPTHS[*depth] >= least);
        let rows = deep.flat_map(|depth| self.rows.rows(&(entity, depth), when));
        let rows: Vec<RowId> = rows.take(FEW_GRANTS + 1).collect();
        let holders = rows.iter().flat_map(|row| grants_of(store, *row, when));
        (rows.len() <= FEW_GRANTS).then(|| holders.map(|(principal, ..)| principal).collect())
    }

    /// The greatest depth that a principal has on an entity by itself.
    pub(crate) fn depth(
        &self,
        principal: Principal,
        entity: EntityId,
        when: When,
    ) -> Option<Depth> {
        let counts = self.grants.get(&(principal, entity), when)?;
        DEPTHS
            .into_iter()
            .zip(counts)
            .rev()
            .find(|(_, count)| **count > 0)
            .map(|(depth, _)| depth)
    }

    /// Takes in a changed `roleprivilege` row; adds what it touches to `changed`.
    pub(crate) fn update(
        &mut self,
        store: &Store,
        change: &RowChange<'_>,
        changed: &mut BTreeSet<(Principal, EntityId)>,
    ) {
        let mut counts: BTreeMap<(Principal, EntityId, usize), (u32, u32)> = BTreeMap::new();
        for (principal, entity, depth) in grants_of(store, change.row, When::Before) {
            self.rows.remove(&(entity, depth), change.row);
            counts.entry((principal, entity, depth)).or_default().0 += 1;
        }
        for (principal, entity, depth) in grants_of(store, change.row, When::After) {
            self.rows.insert((entity, depth), change.row);
            counts.entry((principal, entity, depth)).or_default().1 += 1;
        }
        for ((principal, entity, depth), (less, more)) in counts {
            let key = (principal, entity);
            let mut now = self
                .grants
                .get(&key, When::After)
                .copied()
                .unwrap_or_default();
            now[depth] = (now[depth] + more).saturating_sub(less);
            self.grants.set(key, (now != [0; 4]).then_some(now));
            changed.insert(key);
        }
    }
}

/// What a `roleprivilege` row grants: nothing, to a user, to a team, or to both.
fn grants_of(
    store: &Store,
    row: RowId,
    when: When,
) -> impl Iterator<Item = (Principal, EntityId, usize)> + use<> {
    let System {
        privilege_systemuserid,
        privilege_teamid,
        privilege_entity,
        privilege_depth,
        ..
    } = store.schema().system;
    let value = |attribute| store.value(row, attribute, when);
    let entity = value(privilege_entity)
        .text()
        .and_then(|name| store.schema().find(&name.to_ascii_lowercase()));
    let depth = value(privilege_depth)
        .text()
        .and_then(Depth::from_name)
        .and_then(|depth| DEPTHS.iter().position(|known| *known == depth));
    let user = value(privilege_systemuserid).guid().map(Principal::User);
    let team = value(privilege_teamid).guid().map(Principal::Team);
    let what = entity.zip(depth);
    user.into_iter()
        .chain(team)
        .filter_map(move |principal| what.map(|(entity, depth)| (principal, entity, depth)))
}
