//! Audiences as templates with parameters: equal ones are one [`Audience`].
//!
//! A template is a term whose leaves have places for keys, values and other audiences; an audience is
//! a template and what stands in its places, so that a row's audience takes one look-up however large
//! its term is. Audiences know which others they are part of and which rows hold them at their root;
//! keys know the audiences that speak of them. Thus a leaf that flips leads to the rows that it moves.
//!
//! An audience lives while a cell, a group or another audience holds it; what nothing holds is freed
//! at the beginning of later transactions, a bounded number at each, so an audience that the last
//! deltas name can still be asked. Cost: linear in the parameters, whatever the number of users.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::FixedState;
use smallvec::SmallVec;
use weir_ir::operators::Relation;
use weir_ir::plan::UserSet;

use super::leaf::{Leaf, OPEN, WindowId};
use super::term::{Place, Term, TermId, Terms};
use crate::key::{Code, Key};
use crate::maps::{Map, Seed};
use crate::store::{RowId, Store, hash_of};
use crate::table::Table;

/// Audiences that one transaction frees beyond as many as its last one left behind.
const FREED_AT_ONCE: usize = 4_096;
/// Words that tell one part of an audience from another; more are too many to compare.
const SPELLED: usize = 256;

/// Number of an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Audience(pub(crate) u32);

impl Audience {
    /// No user.
    pub(crate) const NONE: Self = Self(0);
    /// Every user.
    pub(crate) const ALL: Self = Self(1);
}

/// Number of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TemplateId(u32);

impl TemplateId {
    const NONE: Self = Self(0);
    const ALL: Self = Self(1);
    /// Users of any of its parameters, however many.
    const UNION: Self = Self(2);
}

/// What stands in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Parameter {
    Key,
    Audience,
}

/// A term of an audience's template, with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Bound {
    pub(crate) audience: Audience,
    pub(crate) term: TermId,
}

/// Leaves such that whoever is in an audience is in one of them; none where anyone may be.
struct Guards {
    sets: BTreeSet<UserSet>,
    matches: BTreeSet<(Relation, Place)>,
    subs: BTreeSet<Place>,
}

struct Template {
    root: TermId,
    parameters: SmallVec<[Parameter; 4]>,
    /// Groups to which several ways lead.
    meets: BTreeSet<TermId>,
    /// All leaves and audiences at places.
    uses: BTreeSet<(Place, Use)>,
    /// An `And` is guarded by its most selective term alone, so that what a user may hold is found
    /// from the user's own leaves.
    guards: Option<Guards>,
    /// Its audiences, where a guard doesn't lead to them.
    listed: Option<Vec<Audience>>,
}

/// What a term says of users, as far as their sets decide.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    In,
    Out,
    /// The leaves asked about may decide.
    Depends,
    /// Other leaves decide.
    Open,
}

/// How a term uses what stands in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    Match(Relation),
    Window(WindowId),
    Sub,
}

/// A word of what tells parts of audiences from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    Plain(TermId),
    Match(Relation, u32),
    Window(WindowId, u32),
    Sub(u32),
    And(usize),
    Or(usize),
    Not,
}

/// An audience that has something at a place.
#[derive(Clone, Copy)]
struct At {
    audience: Audience,
    place: Place,
}

type Ats = SmallVec<[At; 2]>;

#[derive(Default)]
struct Entry {
    template: u32,
    /// How often it is held by cells and groups.
    holds: u32,
    parameters: SmallVec<[u32; 4]>,
    /// By place: where the parameter lists this audience.
    listed: SmallVec<[u32; 4]>,
    /// Where the template lists it.
    position: u32,
    /// The audiences that it is a parameter of.
    parents: Ats,
    /// The rows whose root it is.
    rows: SmallVec<[RowId; 4]>,
}

/// The values that a window's leaves ask of, with how many ask.
type Timeline = BTreeMap<i64, (Code, u32)>;

/// All audiences.
pub(crate) struct Audiences {
    hasher: FixedState,
    pub(crate) terms: Terms,
    templates: Vec<Template>,
    known: Map<(TermId, SmallVec<[Parameter; 4]>), TemplateId>,
    entries: Vec<Entry>,
    numbers: Table,
    free: Vec<Audience>,
    /// Audiences that nothing held when last looked at.
    idle: Vec<Audience>,
    speaking: Map<Code, Ats>,
    /// Keys of which no audience speaks any more.
    unspoken: Vec<Code>,
    /// Of each window, and how often it changed.
    timelines: Vec<(Timeline, u64)>,
    /// Relations that guard anything.
    relations: BTreeSet<Relation>,
    /// Templates that list their audiences.
    lists: Vec<TemplateId>,
}

impl Audiences {
    pub(crate) fn new(windows: usize, seed: Seed) -> Self {
        let mut audiences = Self {
            hasher: FixedState::with_seed(seed.0),
            terms: Terms::new(),
            templates: Vec::new(),
            known: seed.map(),
            entries: Vec::new(),
            numbers: Table::new(),
            free: Vec::new(),
            idle: Vec::new(),
            speaking: seed.map(),
            unspoken: Vec::new(),
            timelines: vec![(Timeline::new(), 0); windows],
            relations: BTreeSet::new(),
            lists: Vec::new(),
        };
        audiences.template(TermId::NONE, SmallVec::new());
        audiences.template(TermId::ALL, SmallVec::new());
        audiences.templates.push(Template {
            root: TermId::NONE,
            parameters: SmallVec::new(),
            meets: BTreeSet::new(),
            uses: BTreeSet::new(),
            guards: None,
            listed: None,
        });
        for template in [TemplateId::NONE, TemplateId::ALL] {
            audiences.entries.push(Entry {
                template: template.0,
                ..Entry::default()
            });
        }
        // Whatever is in it may be in anyone's.
        audiences.templates[TemplateId::ALL.0 as usize].listed = Some(vec![Audience::ALL]);
        audiences.lists.push(TemplateId::ALL);
        audiences
    }

    /// How many numbers are taken.
    pub(crate) fn capacity(&self) -> usize {
        self.entries.len()
    }

    fn entry(&self, audience: Audience) -> &Entry {
        &self.entries[audience.0 as usize]
    }

    fn template_of(&self, entry: &Entry) -> &Template {
        &self.templates[entry.template as usize]
    }

    /// The template of a term, whose places ascend from 0 without gaps.
    pub(crate) fn template(
        &mut self,
        root: TermId,
        parameters: SmallVec<[Parameter; 4]>,
    ) -> TemplateId {
        let key = (root, parameters);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let (mut uses, mut meets) = (BTreeSet::new(), BTreeSet::new());
        let (mut seen, mut rest) = (BTreeSet::new(), vec![root]);
        while let Some(term) = rest.pop() {
            if !seen.insert(term) {
                if !self.terms.children(term).is_empty() {
                    meets.insert(term);
                }
                continue;
            }
            match *self.terms.get(term) {
                Term::Match(relation, place) => {
                    uses.insert((place, Use::Match(relation)));
                }
                Term::Window(window, place) => {
                    uses.insert((place, Use::Window(window)));
                }
                Term::Sub(place) => {
                    uses.insert((place, Use::Sub));
                }
                _ => rest.extend(self.terms.children(term)),
            }
        }
        let mut guards = Guards {
            sets: BTreeSet::new(),
            matches: BTreeSet::new(),
            subs: BTreeSet::new(),
        };
        let guarded = self.guard(root, &mut guards, &mut BTreeSet::new());
        let guards = guarded.then_some(guards);
        if let Some(guards) = &guards {
            self.relations
                .extend(guards.matches.iter().map(|(relation, _)| *relation));
        }
        let lists = guards.as_ref().is_none_or(|guards| !guards.sets.is_empty());
        let id = TemplateId(u32::try_from(self.templates.len()).unwrap_or(u32::MAX));
        if lists && root > TermId::ALL {
            self.lists.push(id);
        }
        self.templates.push(Template {
            root,
            parameters: key.1.clone(),
            meets,
            uses,
            guards,
            listed: (lists && root > TermId::ALL).then(Vec::new),
        });
        self.known.insert(key, id);
        id
    }

    /// Adds the guards of a term; false: it has none, anyone may be in it. `seen` are the terms that
    /// have been asked: many ways may lead to one.
    fn guard(&self, term: TermId, found: &mut Guards, seen: &mut BTreeSet<TermId>) -> bool {
        if !self.terms.children(term).is_empty() && !seen.insert(term) {
            return true;
        }
        match self.terms.get(term) {
            Term::None => true,
            Term::All | Term::Not(_) | Term::Window(..) => false,
            Term::Users(set) => {
                found.sets.insert(*set);
                true
            }
            Term::Match(relation, place) => {
                found.matches.insert((*relation, *place));
                true
            }
            Term::Sub(place) => {
                found.subs.insert(*place);
                true
            }
            Term::And(terms) => terms
                .iter()
                .min_by_key(|term| self.terms.rank(**term))
                .filter(|term| self.terms.rank(**term) < OPEN)
                .is_some_and(|least| self.guard(*least, found, seen)),
            Term::Or(terms) => terms.iter().all(|term| self.guard(*term, found, seen)),
        }
    }

    /// The audience of a template with these parameters.
    pub(crate) fn instance(
        &mut self,
        store: &Store,
        template: TemplateId,
        parameters: &[u32],
    ) -> Audience {
        let hash = hash_of(&self.hasher, &(template.0, parameters));
        let known = self.numbers.find(hash, |at| {
            let entry = &self.entries[at as usize];
            entry.template == template.0 && *entry.parameters == *parameters
        });
        if let Some(known) = known {
            return Audience(known);
        }
        let audience = match self.free.pop() {
            Some(audience) => audience,
            None => {
                // `Engine::apply` has checked that the numbers suffice.
                self.entries.push(Entry::default());
                Audience(u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX))
            }
        };
        self.numbers.insert(hash, audience.0);
        let mut listed = SmallVec::with_capacity(parameters.len());
        for (place, parameter) in (0..).zip(parameters) {
            let at = At { audience, place };
            let list = match self.parameter(template, place) {
                Parameter::Audience => &mut self.entries[*parameter as usize].parents,
                Parameter::Key => self.speaking.entry(Code(*parameter)).or_default(),
            };
            list.push(at);
            listed.push(u32::try_from(list.len() - 1).unwrap_or(u32::MAX));
        }
        self.keep_time(store, template, parameters, true);
        let position = match &mut self.templates[template.0 as usize].listed {
            Some(list) => {
                list.push(audience);
                list.len() - 1
            }
            None => 0,
        };
        let entry = &mut self.entries[audience.0 as usize];
        (entry.template, entry.holds) = (template.0, 0);
        (entry.parameters, entry.listed) = (parameters.into(), listed);
        entry.position = u32::try_from(position).unwrap_or(u32::MAX);
        self.idle.push(audience);
        audience
    }

    fn parameter(&self, template: TemplateId, place: Place) -> Parameter {
        let parameters = &self.templates[template.0 as usize].parameters;
        let found = parameters.get(place as usize);
        found.copied().unwrap_or(Parameter::Audience)
    }

    /// Users of any of some audiences, which ascend without repeats.
    pub(crate) fn union(&mut self, store: &Store, audiences: &[Audience]) -> Audience {
        if audiences.contains(&Audience::ALL) {
            return Audience::ALL;
        }
        let parameters: SmallVec<[u32; 8]> = audiences
            .iter()
            .filter(|audience| **audience != Audience::NONE)
            .map(|audience| audience.0)
            .collect();
        match parameters[..] {
            [] => Audience::NONE,
            [only] => Audience(only),
            _ => self.instance(store, TemplateId::UNION, &parameters),
        }
    }

    /// Enters or takes out the values that windows are asked of.
    fn keep_time(&mut self, store: &Store, template: TemplateId, parameters: &[u32], add: bool) {
        if self.timelines.is_empty() {
            return;
        }
        for (place, used) in &self.templates[template.0 as usize].uses {
            let code = Code(parameters[*place as usize]);
            let (Use::Window(window), Some(Key::Int(value))) = (used, store.other(code)) else {
                continue;
            };
            let (timeline, version) = &mut self.timelines[window.0 as usize];
            let (_, count) = timeline.entry(*value).or_insert((code, 0));
            *count = if add { *count + 1 } else { *count - 1 };
            let turned = *count == u32::from(add);
            if *count == 0 {
                timeline.remove(value);
            }
            *version += u64::from(turned);
        }
    }

    /// Keeps an audience alive. The constants always live.
    pub(crate) fn hold(&mut self, audience: Audience) {
        if audience > Audience::ALL {
            self.entries[audience.0 as usize].holds += 1;
        }
    }

    /// Takes back one [`Audiences::hold`].
    pub(crate) fn release(&mut self, audience: Audience) {
        if audience > Audience::ALL {
            let entry = &mut self.entries[audience.0 as usize];
            entry.holds -= 1;
            if entry.holds == 0 {
                self.idle.push(audience);
            }
        }
    }

    /// Frees what nothing holds, a bounded number of audiences; gives keys of which none speaks now.
    pub(crate) fn collect(&mut self, store: &Store) -> Vec<Code> {
        for _ in 0..FREED_AT_ONCE {
            let Some(audience) = self.idle.pop() else {
                break;
            };
            let entry = &self.entries[audience.0 as usize];
            // Noted twice, it has no parameters left.
            if entry.holds > 0 || !entry.parents.is_empty() || entry.template <= TemplateId::ALL.0 {
                continue;
            }
            self.free_one(store, audience);
        }
        std::mem::take(&mut self.unspoken)
    }

    fn free_one(&mut self, store: &Store, audience: Audience) {
        let mut entry = std::mem::take(&mut self.entries[audience.0 as usize]);
        let template = TemplateId(entry.template);
        let hash = hash_of(&self.hasher, &(template.0, &*entry.parameters));
        self.numbers.remove(hash, audience.0);
        self.keep_time(store, template, &entry.parameters, false);
        if let Some(list) = &mut self.templates[template.0 as usize].listed {
            list.swap_remove(entry.position as usize);
            if let Some(moved) = list.get(entry.position as usize) {
                self.entries[moved.0 as usize].position = entry.position;
            }
        }
        for place in 0..entry.parameters.len() {
            let (parameter, position) = (entry.parameters[place], entry.listed[place]);
            let is_key = self.parameter(template, place as Place) == Parameter::Key;
            let list = match is_key {
                false => Some(&mut self.entries[parameter as usize].parents),
                true => self.speaking.get_mut(&Code(parameter)),
            };
            let Some(list) = list else { continue };
            list.swap_remove(position as usize);
            let (moved, is_empty) = (list.get(position as usize).copied(), list.is_empty());
            if let Some(At {
                audience: moved,
                place,
            }) = moved
            {
                let listed = match moved == audience {
                    true => &mut entry.listed,
                    false => &mut self.entries[moved.0 as usize].listed,
                };
                listed[place as usize] = position;
            }
            if is_empty && is_key {
                self.speaking.remove(&Code(parameter));
                self.unspoken.push(Code(parameter));
            } else if is_empty && self.entries[parameter as usize].holds == 0 {
                self.idle.push(Audience(parameter));
            }
        }
        self.free.push(audience);
    }

    /// Whether any audience speaks of a key.
    pub(crate) fn speaks_of(&self, code: Code) -> bool {
        self.speaking.contains_key(&code)
    }

    /// The whole of an audience, as a term.
    pub(crate) fn whole(&self, audience: Audience) -> Bound {
        Bound {
            audience,
            term: self.template_of(self.entry(audience)).root,
        }
    }

    /// What an audience is the union of, if it is one of many.
    pub(crate) fn parts(&self, audience: Audience) -> Option<&[u32]> {
        let entry = self.entry(audience);
        (entry.template == TemplateId::UNION.0).then_some(&*entry.parameters)
    }

    /// What stands in a place of an audience.
    pub(crate) fn parameter_of(&self, audience: Audience, place: Place) -> u32 {
        let parameters = &self.entry(audience).parameters;
        parameters.get(place as usize).copied().unwrap_or_default()
    }

    /// The leaf that a term of an audience is; none where it is none, or nobody is in it.
    pub(crate) fn leaf(&self, store: &Store, bound: Bound) -> Option<Leaf> {
        let code = |place| Code(self.parameter_of(bound.audience, place));
        match *self.terms.get(bound.term) {
            Term::Users(set) => Some(Leaf::Users(set)),
            Term::Match(Relation::Language, place) => match store.other(code(place))? {
                Key::Int(language) => Some(Leaf::Language(*language)),
                _ => None,
            },
            Term::Match(relation, place) => {
                Some(Leaf::Match(relation, store.guid_of(code(place))?))
            }
            Term::Window(window, place) => match store.other(code(place))? {
                Key::Int(value) => Some(Leaf::InWindow(window, *value)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a walk that comes to a part may come again: several terms are made of it, or several
    /// audiences of the whole that it is.
    pub(crate) fn may_come_again(&self, bound: Bound) -> bool {
        let template = self.template_of(self.entry(bound.audience));
        template.meets.contains(&bound.term)
            || self.entry(bound.audience).parents.len() > 1 && self.whole(bound.audience) == bound
    }

    /// What an audience is the union of: itself where of nothing else.
    pub(crate) fn alternatives(&self, audience: Audience) -> Vec<Bound> {
        let (mut found, mut rest) = (Vec::new(), vec![self.whole(audience)]);
        while let Some(bound) = rest.pop() {
            if let Some(parts) = self.parts(bound.audience) {
                rest.extend(parts.iter().map(|part| self.whole(Audience(*part))));
                continue;
            }
            match self.terms.get(bound.term) {
                Term::Or(terms) => {
                    rest.extend(terms.iter().map(|term| Bound {
                        term: *term,
                        ..bound
                    }));
                }
                Term::Sub(place) => {
                    let sub = self.parameter_of(bound.audience, *place);
                    rest.push(self.whole(Audience(sub)));
                }
                _ => found.push(bound),
            }
        }
        found
    }

    /// What tells a part from parts of other audiences: equal ones have the same users. None where it
    /// would take too many words.
    pub(crate) fn likeness(&self, bound: Bound) -> Option<Vec<Word>> {
        let mut words = Vec::new();
        self.spell(bound, &mut words);
        (words.len() <= SPELLED).then_some(words)
    }

    fn spell(&self, bound: Bound, words: &mut Vec<Word>) {
        if words.len() > SPELLED {
            return;
        }
        let parameter = |place| self.parameter_of(bound.audience, place);
        words.push(match *self.terms.get(bound.term) {
            Term::None | Term::All | Term::Users(_) => Word::Plain(bound.term),
            Term::Match(relation, place) => Word::Match(relation, parameter(place)),
            Term::Window(window, place) => Word::Window(window, parameter(place)),
            Term::Sub(place) => Word::Sub(parameter(place)),
            Term::And(ref terms) => Word::And(terms.len()),
            Term::Or(ref terms) => Word::Or(terms.len()),
            Term::Not(_) => Word::Not,
        });
        for term in self.terms.children(bound.term) {
            self.spell(
                Bound {
                    term: *term,
                    ..bound
                },
                words,
            );
        }
    }

    /// The audiences that it is a parameter of.
    pub(crate) fn parents(&self, audience: Audience) -> impl Iterator<Item = Audience> + '_ {
        self.entry(audience).parents.iter().map(|at| at.audience)
    }

    /// The audiences that it guards.
    pub(crate) fn guarded(&self, audience: Audience) -> impl Iterator<Item = Audience> + '_ {
        let parents = self.entry(audience).parents.iter();
        let guards = |at: &&At| {
            let entry = self.entry(at.audience);
            let guards = &self.template_of(entry).guards;
            entry.template == TemplateId::UNION.0
                || guards
                    .as_ref()
                    .is_some_and(|guards| guards.subs.contains(&at.place))
        };
        parents.filter(guards).map(|at| at.audience)
    }

    /// The audiences that have a leaf and whose template `matters`; of sets of users, none are found.
    pub(crate) fn having(
        &self,
        store: &Store,
        leaf: Leaf,
        mut matters: impl FnMut(TemplateId, Use) -> bool,
    ) -> Vec<Audience> {
        let (key, used) = match leaf {
            Leaf::Users(_) => return Vec::new(),
            Leaf::Match(relation, id) => (Key::Guid(id), Use::Match(relation)),
            Leaf::Language(language) => (Key::Int(language), Use::Match(Relation::Language)),
            Leaf::InWindow(window, value) => (Key::Int(value), Use::Window(window)),
        };
        let ats = self.speaking.get(&store.find_key(&key));
        let has = |at: &&At| {
            let template = self.entry(at.audience).template;
            let uses = &self.templates[template as usize].uses;
            uses.contains(&(at.place, used)) && matters(TemplateId(template), used)
        };
        let ats = ats.into_iter().flatten().filter(has);
        ats.map(|at| at.audience).collect()
    }

    /// Whether leaves of a kind may decide who is in audiences of a template, for users who are in the
    /// sets that `is_in` tells.
    pub(crate) fn depends(
        &self,
        template: TemplateId,
        used: Use,
        is_in: impl Fn(UserSet) -> bool,
    ) -> bool {
        let root = self.templates[template.0 as usize].root;
        self.say(root, used, &is_in, &mut BTreeMap::new()) == Said::Depends
    }

    fn say(
        &self,
        term: TermId,
        used: Use,
        is_in: &impl Fn(UserSet) -> bool,
        known: &mut BTreeMap<TermId, Said>,
    ) -> Said {
        if let Some(said) = known.get(&term) {
            return *said;
        }
        let whether = |is: bool| if is { Said::In } else { Said::Out };
        let mut group = |terms: &[TermId], absorbing: Said| {
            let said = terms.iter().map(|term| self.say(*term, used, is_in, known));
            let neutral = whether(absorbing == Said::Out);
            // What absorbs decides alone, whatever else may depend.
            let rank = |said: Said| match said {
                said if said == absorbing => 3,
                Said::Depends => 2,
                Said::Open => 1,
                _ => 0,
            };
            said.fold(neutral, |a, b| if rank(b) > rank(a) { b } else { a })
        };
        let said = match self.terms.get(term) {
            Term::None => Said::Out,
            Term::All => Said::In,
            Term::Users(set) => whether(is_in(*set)),
            Term::Match(relation, _) if used == Use::Match(*relation) => Said::Depends,
            Term::Window(window, _) if used == Use::Window(*window) => Said::Depends,
            Term::Match(..) | Term::Window(..) | Term::Sub(_) => Said::Open,
            Term::And(terms) => group(terms, Said::Out),
            Term::Or(terms) => group(terms, Said::In),
            Term::Not(inner) => match self.say(*inner, used, is_in, known) {
                Said::In => Said::Out,
                Said::Out => Said::In,
                said => said,
            },
        };
        known.insert(term, said);
        said
    }

    /// Audiences that a leaf guards: a key in a relation.
    pub(crate) fn guarded_by(
        &self,
        relation: Relation,
        code: Code,
    ) -> impl Iterator<Item = Audience> + '_ {
        let ats = self.speaking.get(&code).into_iter().flatten();
        let guards = move |at: &&At| {
            let guards = &self.template_of(self.entry(at.audience)).guards;
            guards
                .as_ref()
                .is_some_and(|guards| guards.matches.contains(&(relation, at.place)))
        };
        ats.filter(guards).map(|at| at.audience)
    }

    /// Relations that guard anything.
    pub(crate) fn relations(&self) -> impl Iterator<Item = Relation> + '_ {
        self.relations.iter().copied()
    }

    /// Audiences that anyone may be in, or those in one of the sets that `is_in` tells.
    pub(crate) fn open(&self, is_in: impl Fn(UserSet) -> bool) -> Vec<Audience> {
        let mut found = Vec::new();
        for template in &self.lists {
            let template = &self.templates[template.0 as usize];
            let mut sets = template.guards.iter().flat_map(|guards| &guards.sets);
            if template.guards.is_none() || sets.any(|set| is_in(*set)) {
                found.extend(template.listed.iter().flatten().copied());
            }
        }
        found
    }

    /// The values that a window's leaves ask of.
    pub(crate) fn timeline(&self, window: WindowId) -> &Timeline {
        &self.timelines[window.0 as usize].0
    }

    /// Counts the changes of a window's timeline.
    pub(crate) fn timeline_version(&self, window: WindowId) -> u64 {
        self.timelines[window.0 as usize].1
    }

    /// Rows that hold an audience at their root.
    pub(crate) fn rows(&self, audience: Audience) -> &[RowId] {
        &self.entry(audience).rows
    }

    /// A row's root is that audience now; where the audience lists it.
    pub(crate) fn enter(&mut self, audience: Audience, row: RowId) -> u32 {
        let rows = &mut self.entries[audience.0 as usize].rows;
        rows.push(row);
        u32::try_from(rows.len() - 1).unwrap_or(u32::MAX)
    }

    /// A row's root is that audience no longer; the row that moved to its position, if one did.
    pub(crate) fn leave(&mut self, audience: Audience, position: u32) -> Option<RowId> {
        let rows = &mut self.entries[audience.0 as usize].rows;
        rows.swap_remove(position as usize);
        rows.get(position as usize).copied()
    }
}
