//! A row's audience in a slot: the template that its classes and the shape of its keys lead to, with
//! the keys in its places.
//!
//! What decides a template (classes of values, which keys are NULL, which linked rows bring nobody or
//! everybody) is looked up; the plan is walked once for each combination that occurs. Cost: a look-up
//! in the slot's templates and one among audiences.

use std::collections::BTreeMap;

use smallvec::SmallVec;
use weir_ir::plan::{Node, NodeId, Plan};
use weir_ir::schema::EntityId;
use weir_ir::value::Value;

use super::cells::CellId;
use super::shape::{Coding, Far, GroupId, Slot};
use super::{Input, State};
use crate::audience::{Audience, Parameter, Place, Term, TermId};
use crate::audience::{TemplateId, Terms};
use crate::key::{Code, Key};
use crate::maps::{Map, Seed, When};
use crate::store::RowId;
use crate::tree;

/// What decides a template.
type Deciding = SmallVec<[u32; 12]>;

/// Where what stands in a place comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Key(CellId),
    /// A group, by its number in the slot's program.
    Group(usize),
    Shares,
}

/// What a combination leads to.
#[derive(Clone)]
enum Outcome {
    /// The audience is what comes from there.
    Same(Source),
    Template(TemplateId, SmallVec<[Source; 4]>),
}

/// The templates of a slot, by what decides them.
pub(crate) struct Templates {
    known: Map<Deciding, u32>,
    outcomes: Vec<Outcome>,
}

impl Templates {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            known: seed.map(),
            outcomes: Vec::new(),
        }
    }
}

/// What a row brings to its audience.
struct Facts {
    /// By number of the group in the slot's program.
    groups: SmallVec<[Audience; 4]>,
    shares: Audience,
    deciding: Deciding,
}

/// Whether an audience is nobody, everybody, or to be asked.
fn extent(audience: Audience) -> u32 {
    match audience {
        Audience::NONE => 0,
        Audience::ALL => 1,
        _ => 2,
    }
}

impl State {
    /// The audience that a slot gives to a row that is there.
    pub(super) fn evaluate(
        &mut self,
        input: &Input<'_>,
        (entity, at): (EntityId, usize),
        row: RowId,
        nodes: &mut u64,
    ) -> Audience {
        let slot = &self.shape.slots(entity)[at];
        let level = slot.level;
        let shares = match slot.program.shares {
            true => self.shared(input, row),
            false => Audience::NONE,
        };
        let slot = &self.shape.slots(entity)[at];
        let facts = self.facts(input, slot, row, shares);
        let number = match self.templates[level].known.get(&facts.deciding) {
            Some(known) => *known,
            None => {
                let outcome = self.work_out(entity, at, &facts, nodes);
                let templates = &mut self.templates[level];
                let number = u32::try_from(templates.outcomes.len()).unwrap_or(u32::MAX);
                templates.outcomes.push(outcome);
                templates.known.insert(facts.deciding.clone(), number);
                number
            }
        };
        let cells = self.lines.cells(entity);
        let local = input.store.local(row);
        let from = |source: Source| match source {
            Source::Key(super::shape::OWN) => input.store.own_key(row).0,
            Source::Key(cell) => cells.get(local, cell),
            Source::Group(at) => facts.groups[at].0,
            Source::Shares => facts.shares.0,
        };
        match &self.templates[level].outcomes[number as usize] {
            Outcome::Same(source) => Audience(from(*source)),
            Outcome::Template(template, sources) => {
                let parameters: SmallVec<[u32; 8]> =
                    sources.iter().map(|source| from(*source)).collect();
                self.audiences.instance(input.store, *template, &parameters)
            }
        }
    }

    fn facts(&self, input: &Input<'_>, slot: &Slot, row: RowId, shares: Audience) -> Facts {
        let (store, program) = (input.store, &slot.program);
        let entity = store.entity(row);
        let (cells, local) = (self.lines.cells(entity), store.local(row));
        let mut deciding: Deciding = SmallVec::new();
        deciding.extend(program.classes.iter().map(|cell| cells.get(local, *cell)));
        let (mut word, mut bits) = (0, 0);
        let mut say = |what: u32, deciding: &mut Deciding| {
            word |= what << bits;
            bits += 2;
            if bits == 32 {
                deciding.push(word);
                (word, bits) = (0, 0);
            }
        };
        for cell in &program.keys {
            let code = self.lines.code(store, row, *cell);
            say(u32::from(code != Code::NULL), &mut deciding);
        }
        for (node, cell) in &program.trees {
            let code = self.lines.code(store, row, *cell);
            let holds = tree::holds(self, store, self.plan.nodes.get(*node), code);
            say(u32::from(holds), &mut deciding);
        }
        for node in &program.comparisons {
            say(
                u32::from(self.compares(input, entity, *node, row)),
                &mut deciding,
            );
        }
        let mut groups = SmallVec::new();
        for (group, near) in &program.exists {
            let code = self.lines.code(store, row, *near);
            let audience = self.group_audience(input, *group, code);
            say(extent(audience), &mut deciding);
            groups.push(audience);
        }
        if program.shares {
            say(extent(shares), &mut deciding);
        }
        deciding.push(word);
        Facts {
            groups,
            shares,
            deciding,
        }
    }

    /// The audience that a group gives to the rows that have that key.
    pub(super) fn group_audience(&self, input: &Input<'_>, group: GroupId, code: Code) -> Audience {
        if code == Code::NULL {
            return Audience::NONE;
        }
        let spec = self.shape.group(group);
        match spec.far {
            Far::Own => match input.store.bearing(spec.entity, code, When::After) {
                Some(row) => self.slot(input.store, row, spec.slot),
                None => Audience::NONE,
            },
            Far::Cell(_) | Far::Pairs(_) => self.groups.audience(group, code),
        }
    }

    /// What a condition says that compares two attributes.
    fn compares(&self, input: &Input<'_>, entity: EntityId, node: NodeId, row: RowId) -> bool {
        static NULL: Value = Value::Null;
        let value = |attribute| {
            let cell = self
                .shape
                .cell(entity, attribute, |coding| coding == Coding::Exact);
            let code = cell.map(|cell| self.lines.code(input.store, row, cell));
            match code.and_then(|code| input.store.other(code)) {
                Some(Key::Exact(value)) => value,
                _ => &NULL,
            }
        };
        let matcher = self.shape.matcher(node);
        matcher.is_some_and(|matcher| matcher.holds(value))
    }

    /// The users that a row is shared to.
    fn shared(&mut self, input: &Input<'_>, row: RowId) -> Audience {
        let store = input.store;
        let system = &store.schema().system;
        let cell = self
            .shape
            .cell(system.share, system.share_principalid, |coding| {
                coding == Coding::Link
            });
        let Some(cell) = cell else {
            return Audience::NONE;
        };
        let shares = input.context.shares(store.entity(row), store.id(row));
        let mut parts: Vec<Audience> = Vec::new();
        for share in shares {
            let code = self.lines.code(store, share, cell);
            if code.row().is_some() && code != Code::NULL {
                let part = self.audiences.instance(store, self.principal, &[code.0]);
                parts.push(part);
            }
        }
        parts.sort_unstable();
        parts.dedup();
        self.audiences.union(store, &parts)
    }

    /// Walks the plan for a combination that hasn't occurred yet.
    fn work_out(&mut self, entity: EntityId, at: usize, facts: &Facts, nodes: &mut u64) -> Outcome {
        let plan = std::sync::Arc::clone(&self.plan);
        let mut walk = Walk {
            state: self,
            plan: &plan,
            entity,
            at,
            facts,
            sources: Vec::new(),
            found: BTreeMap::new(),
        };
        let node = walk.slot().node;
        let term = walk.term(node);
        let (found, all) = (walk.found.len(), walk.sources);
        *nodes += found as u64;
        // Places by the order in which the term comes to them.
        let mut places: BTreeMap<Place, Place> = BTreeMap::new();
        let mut renamed = BTreeMap::new();
        let term = rename(&mut self.audiences.terms, term, &mut places, &mut renamed);
        let mut sources: SmallVec<[Source; 4]> = SmallVec::new();
        sources.resize(places.len(), Source::Shares);
        for (old, new) in places {
            sources[new as usize] = all[old as usize];
        }
        if let (Term::Sub(_), [source]) = (self.audiences.terms.get(term), &sources[..]) {
            return Outcome::Same(*source);
        }
        let parameters = sources.iter().map(|source| match source {
            Source::Key(_) => Parameter::Key,
            Source::Group(_) | Source::Shares => Parameter::Audience,
        });
        let template = self.audiences.template(term, parameters.collect());
        Outcome::Template(template, sources)
    }
}

/// A term with its places renamed in the order in which it comes to them.
fn rename(
    terms: &mut Terms,
    id: TermId,
    places: &mut BTreeMap<Place, Place>,
    renamed: &mut BTreeMap<TermId, TermId>,
) -> TermId {
    if let Some(known) = renamed.get(&id) {
        return *known;
    }
    let next = Place::try_from(places.len()).unwrap_or(Place::MAX);
    let mut place = |old: Place| *places.entry(old).or_insert(next);
    let new = match terms.get(id).clone() {
        Term::Match(relation, old) => terms.intern(Term::Match(relation, place(old))),
        Term::Window(window, old) => terms.intern(Term::Window(window, place(old))),
        Term::Sub(old) => terms.intern(Term::Sub(place(old))),
        Term::And(children) => {
            let children: Vec<TermId> = children
                .iter()
                .map(|child| rename(terms, *child, places, renamed))
                .collect();
            terms.and(children)
        }
        Term::Or(children) => {
            let children: Vec<TermId> = children
                .iter()
                .map(|child| rename(terms, *child, places, renamed))
                .collect();
            terms.or(children)
        }
        Term::Not(child) => {
            let child = rename(terms, child, places, renamed);
            terms.not(child)
        }
        Term::None | Term::All | Term::Users(_) => id,
    };
    renamed.insert(id, new);
    new
}

/// A walk over the plan for one combination.
struct Walk<'a> {
    state: &'a mut State,
    plan: &'a Plan,
    entity: EntityId,
    at: usize,
    facts: &'a Facts,
    /// By place.
    sources: Vec<Source>,
    found: BTreeMap<NodeId, TermId>,
}

impl Walk<'_> {
    fn slot(&self) -> &Slot {
        &self.state.shape.slots(self.entity)[self.at]
    }

    fn place(&mut self, source: Source) -> Place {
        let known = self.sources.iter().position(|known| *known == source);
        let at = known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        });
        Place::try_from(at).unwrap_or(Place::MAX)
    }

    /// What was said after the classes: of the n-th that was said of.
    fn said(&self, at: usize) -> u32 {
        let word = self.slot().program.classes.len() + at / 16;
        self.facts.deciding[word] >> (at % 16 * 2) & 3
    }

    fn term(&mut self, id: NodeId) -> TermId {
        if let Some(known) = self.found.get(&id) {
            return *known;
        }
        let term = self.find(id);
        self.found.insert(id, term);
        term
    }

    fn find(&mut self, id: NodeId) -> TermId {
        match self.plan.nodes.get(id) {
            Node::All => TermId::ALL,
            Node::None => TermId::NONE,
            Node::Rows(condition) => {
                let class = |coding| matches!(coding, Coding::Class(_));
                let program = &self.slot().program;
                let compared = program.comparisons.iter().position(|node| *node == id);
                if let Some(at) = compared {
                    let at = program.keys.len() + program.trees.len() + at;
                    return constant(self.said(at) == 1);
                }
                let state = &self.state;
                let cell = state.shape.cell(self.entity, condition.attribute, class);
                let classes = &program.classes;
                let found = cell.and_then(|cell| {
                    let at = classes.iter().position(|known| *known == cell)?;
                    let column = &state.shape.layout(self.entity).columns[cell as usize];
                    match column.coding {
                        Coding::Class(number) => {
                            let class = self.facts.deciding[at];
                            Some(state.lines.classes(number).holds(class, id))
                        }
                        _ => None,
                    }
                });
                constant(found == Some(true))
            }
            Node::Users(set) => self.state.audiences.terms.intern(Term::Users(*set)),
            Node::UserMatch(attribute, relation) => {
                let cell = self.user_cell(*attribute);
                match self.key(cell) {
                    Some(place) => {
                        let term = Term::Match(*relation, place);
                        self.state.audiences.terms.intern(term)
                    }
                    None => TermId::NONE,
                }
            }
            Node::Window(attribute, ..) => {
                let clock = |coding| coding == Coding::Clock;
                let cell = self.state.shape.cell(self.entity, *attribute, clock);
                let window = self.state.shape.window(id);
                match (cell.and_then(|cell| self.key(cell)), window) {
                    (Some(place), Some(window)) => {
                        let term = Term::Window(window, place);
                        self.state.audiences.terms.intern(term)
                    }
                    _ => TermId::NONE,
                }
            }
            Node::Below(..) | Node::Above(..) => {
                let program = &self.slot().program;
                let at = program.trees.iter().position(|(node, _)| *node == id);
                let at = at.map(|at| program.keys.len() + at);
                constant(at.is_some_and(|at| self.said(at) == 1))
            }
            Node::Shared => {
                let program = &self.slot().program;
                let at = program.keys.len()
                    + program.trees.len()
                    + program.comparisons.len()
                    + program.exists.len();
                self.sub(at, Source::Shares)
            }
            Node::And(children) => {
                let children: Vec<TermId> =
                    children.iter().map(|child| self.term(*child)).collect();
                self.state.audiences.terms.and(children)
            }
            Node::Or(children) => {
                let children: Vec<TermId> =
                    children.iter().map(|child| self.term(*child)).collect();
                self.state.audiences.terms.or(children)
            }
            Node::Not(child) => {
                let child = self.term(*child);
                self.state.audiences.terms.not(child)
            }
            Node::Exists(..) => {
                let program = &self.slot().program;
                let group = self.state.shape.exists(id);
                let at =
                    group.and_then(|group| program.exists.iter().position(|known| *known == group));
                let first = program.keys.len() + program.trees.len() + program.comparisons.len();
                match at {
                    Some(at) => self.sub(first + at, Source::Group(at)),
                    None => TermId::NONE,
                }
            }
        }
    }

    fn user_cell(&self, attribute: weir_ir::schema::AttrId) -> CellId {
        let shape = &self.state.shape;
        let user = |coding| coding == Coding::User;
        let link = |coding| coding == Coding::Link;
        shape
            .cell(self.entity, attribute, user)
            .or_else(|| shape.cell(self.entity, attribute, link))
            .unwrap_or(super::shape::OWN)
    }

    /// The place of a key that isn't NULL.
    fn key(&mut self, cell: CellId) -> Option<Place> {
        let keys = &self.slot().program.keys;
        let at = keys.iter().position(|known| *known == cell)?;
        (self.said(at) == 1).then(|| self.place(Source::Key(cell)))
    }

    fn sub(&mut self, at: usize, source: Source) -> TermId {
        match self.said(at) {
            0 => TermId::NONE,
            1 => TermId::ALL,
            _ => {
                let place = self.place(source);
                self.state.audiences.terms.intern(Term::Sub(place))
            }
        }
    }
}

fn constant(everyone: bool) -> TermId {
    if everyone { TermId::ALL } else { TermId::NONE }
}
