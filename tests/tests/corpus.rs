//! A real export, read where it is present beside the project: its metadata, and its profiles, all
//! of them run against the model. Nothing of it is in the repository, and where it is absent the
//! test says so.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a corpus that cannot be read fails the test, and one that is absent is said"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use weir_compiler::metadata::{Builder, is_solution_file};
use weir_compiler::sql::{self, Dialect, Kind, Query};
use weir_compiler::{Compiled, Options, compile};
use weir_grammar::ast::{Block, Choice, File, Filter, Item, Parsed, Profile};
use weir_grammar::{native, solution};
use weir_ir::diagnostic::{Diagnostic, Severity, Sources};
use weir_ir::plan::{Node, NodeId};
use weir_ir::schema::{EntityId, RelationshipKind, Schema};
use weir_tests::coverage::Coverage;
use weir_tests::generate::{Organisation, Settings, guid, organisation_over};
use weir_tests::model::{self, Force, Model, Published, Rows};
use weir_tests::publication::Publication;
use weir_tests::replay::{Checks, replay_published};
use weir_tests::servers::{self, Store};

/// The folder of the corpus: `WEIR_CORPUS`, else `shared/corpus` beside the project's folder or
/// beside one of those above it.
fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("WEIR_CORPUS").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = named
        .into_iter()
        .chain(above.map(|folder| folder.join("shared/corpus")))
        .find(|folder| folder.join("rom").is_dir());
    if found.is_none() {
        println!("skipped: no corpus beside the project, and WEIR_CORPUS names none");
    }
    found
}

/// The metadata files below a folder, as (path relative to it, text).
fn metadata_files(root: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(root).unwrap();
            let relative = relative.to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if is_solution_file(&relative) {
                files.push((relative, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

/// A real solution: its metadata, without a finding.
struct Rom {
    root: PathBuf,
    sources: Sources,
    schema: Arc<Schema>,
}

impl Rom {
    fn load() -> Option<Self> {
        let root = corpus()?.join("rom");
        let mut sources = Sources::default();
        let mut builder = Builder::new();
        let found = builder.solution(&mut sources, metadata_files(&root));
        assert_eq!(found, []);
        let (schema, found) = builder.finish();
        assert_eq!(found, []);
        Some(Self {
            root,
            sources,
            schema: Arc::new(schema),
        })
    }

    /// With what the export's profiles name and its metadata lack.
    fn load_completed() -> Option<Self> {
        let mut rom = Self::load()?;
        let completing = include_str!("../fixtures/completing.json");
        let mut builder = Builder::new();
        builder.solution(&mut rom.sources, metadata_files(&rom.root));
        let file = rom.sources.add("completing.json", completing);
        builder.json(&rom.sources, file);
        rom.schema = Arc::new(builder.finish().0);
        Some(rom)
    }

    fn profile(&mut self, name: &str) -> Parsed {
        let path = self.root.join(format!("MobileOfflineProfiles/{name}.xml"));
        let text = fs::read_to_string(path).unwrap();
        let file = self.sources.add(name, text.clone());
        solution::parse(file, &text)
    }

    fn compile(&mut self, files: &[File], lenient: bool) -> Compiled {
        compile(&self.schema, &mut self.sources, files, Options { lenient })
    }

    /// The underlined texts of the findings of that severity.
    fn underlined(&self, found: &[Diagnostic], severity: Severity) -> BTreeSet<String> {
        found
            .iter()
            .filter(|d| d.severity == severity)
            .map(|d| self.sources.slice(d.span.unwrap()).to_owned())
            .collect()
    }
}

fn only_profile(file: &File) -> &Profile {
    match file.blocks.as_slice() {
        [Block::Profile(profile)] => profile,
        other => panic!("one profile, not {other:?}"),
    }
}

fn associations(profile: &Profile) -> usize {
    profile.items.iter().map(|item| item.includes.len()).sum()
}

const QUESTIONNAIRES: &str = "Questionnaires 2024-06-17";

/// What the export lacks: relationships of system attributes, and of an entity that lies outside.
const LACKING: [&str; 5] = [
    "account_primary_contact",
    "lk_msdyn_workorderservice_createdby",
    "lk_msdyn_workorderservice_modifiedby",
    "msdyn_msdyn_workorder_msdyn_workorderservice_WorkOrder",
    "user_msdyn_workorderservice",
];

/// Organisations of each profile on SQLite, and on servers.
const SEEDS: u64 = 6;
const SEEDS_ON_SERVERS: u64 = 1;
/// Enough rows for the chains of real associations to meet.
const SETTINGS: Settings = Settings {
    users: 5,
    rows: 14,
    transactions: 20,
    changes: 12,
    profiles: 1,
    publications: 1,
};
const CHECKS: Checks = Checks {
    sql: false,
    explain_every: 8,
    samples: 0,
};

/// One profile at a time: each empties the databases.
static DATABASES: Mutex<()> = Mutex::new(());

/// The ways that associations go.
const KINDS: [&str; 3] = ["include 1:N", "include N:1", "include N:N"];

#[test]
fn metadata_is_read_without_a_finding() {
    let Some(rom) = Rom::load() else { return };
    let entity = |name: &str| rom.schema.entity(rom.schema.find(name).unwrap());
    let declared = metadata_files(&rom.root)
        .iter()
        .filter(|(path, _)| path.starts_with("Entities"))
        .count();
    assert_eq!(declared, 100);
    assert!(rom.schema.entities().len() > declared);
    assert_eq!(entity("msdyn_workorder").offline, Some(true));
    assert!(entity("msdyn_workorder").offline_filter.is_some());
    assert!(entity("businessunit").offline_filter.is_some());
    // An entity that the solution didn't change is partial.
    let partial = rom.schema.entities().filter(|(_, e)| e.offline.is_none());
    assert!(partial.count() >= 40);
}

#[test]
fn every_profile_is_read() {
    let Some(mut rom) = Rom::load() else { return };
    for (name, items, includes, filters) in [
        ("AvSec Inspector", 10, 15, 0),
        ("Field Service default 2021-12-08", 84, 13, 78),
        ("Offline Profile 2024-06-05", 14, 4, 2),
        (QUESTIONNAIRES, 21, 23, 0),
        ("Questionnaires 2024-06-20", 33, 40, 0),
    ] {
        let parsed = rom.profile(name);
        let profile = only_profile(&parsed.file);
        let custom = |item: &&Item| {
            let download = item.download.as_ref();
            download.is_some_and(|download| download.choice == Choice::Custom)
        };
        assert_eq!(profile.items.len(), items, "{name}");
        assert_eq!(associations(profile), includes, "{name}");
        assert_eq!(
            profile.items.iter().filter(custom).count(),
            filters,
            "{name}"
        );
        assert_eq!(parsed.diagnostics, [], "{name}");
        spans_lie_where_they_say(&rom.sources, profile);
    }
}

/// Conditions of escaped FetchXML are found in the file, twice escaped values too.
fn spans_lie_where_they_say(sources: &Sources, profile: &Profile) {
    fn each(filter: &Filter, sources: &Sources) {
        match filter {
            Filter::Group { children, .. } => children.iter().for_each(|c| each(c, sources)),
            Filter::Condition(condition) => {
                let attribute = &condition.attribute;
                assert_eq!(sources.slice(attribute.span), attribute.text);
                assert!(sources.slice(condition.span).starts_with("&lt;condition"));
            }
            Filter::Related(related) => {
                assert_eq!(sources.slice(related.entity.span), related.entity.text);
                assert!(sources.slice(related.span).starts_with("&lt;link-entity"));
                related.filter.iter().for_each(|inner| each(inner, sources));
            }
        }
    }
    for item in &profile.items {
        assert_eq!(sources.slice(item.entity.span), item.entity.text);
        let own = item.download.iter().filter_map(|d| d.filter.as_ref());
        let included = item.includes.iter().filter_map(|i| i.filter.as_ref());
        own.chain(included).for_each(|filter| each(filter, sources));
    }
}

#[test]
fn questionnaires_compiles_but_for_what_the_export_lacks() {
    let Some(mut rom) = Rom::load() else { return };
    let parsed = rom.profile(QUESTIONNAIRES);
    let files = [parsed.file];
    let lacking: BTreeSet<String> = LACKING.map(str::to_owned).into();

    let strict = rom.compile(&files, false);
    assert!(strict.plan.is_none());
    assert_eq!(
        rom.underlined(&strict.diagnostics, Severity::Error),
        lacking
    );

    let lenient = rom.compile(&files, true);
    assert_eq!(lenient.diagnostics.iter().find(|d| d.is_error()), None);
    assert!(
        rom.underlined(&lenient.diagnostics, Severity::Warning)
            .is_superset(&lacking)
    );
    assert!(lenient.plan.is_some());
    assert_eq!(lenient.left_out, 0, "no condition is left out");

    let kinds = kinds(&rom.schema, only_profile(&files[0]));
    assert_eq!(
        kinds,
        BTreeMap::from([("1:N", 3), ("N:1", 15), ("lacking", 5)])
    );
}

/// What the largest profile would be if nothing were shared is counted as its nodes wherever they
/// stand, and as an expression for each link wherever it stands beside those of users in a statement
/// for each item; what it is, in its plan and in the statement of all items together.
#[test]
fn the_largest_profile_is_shared_in_plan_and_statements() {
    let Some(mut rom) = Rom::load_completed() else {
        return;
    };
    let files = [rom.profile("Field Service default 2021-12-08").file];
    let plan = rom.compile(&files, true).plan.unwrap();

    // Of each node: nodes and links at and below it, as a tree.
    let mut alone: BTreeMap<NodeId, (u64, u64)> = BTreeMap::new();
    for id in plan.nodes.ids() {
        let below = plan.nodes.children(id).iter().map(|child| alone[child]);
        let link = u64::from(matches!(plan.nodes.get(id), Node::Exists(..)));
        let sum = below.fold((1, link), |(nodes, links), (n, l)| (nodes + n, links + l));
        alone.insert(id, sum);
    }
    let roots = plan.roots.iter().map(|root| alone[&root.audience]);
    let (nodes, links) = roots.fold((0, 0), |(nodes, links), (n, l)| (nodes + n, links + l));
    let shared = u64::try_from(plan.nodes.len()).unwrap();
    assert!(shared * 5 <= nodes * 2, "{shared} nodes, {nodes} unshared");

    let count = |queries: &[Query], what: &str| -> u64 {
        let counts = queries.iter().map(|query| query.sql.matches(what).count());
        u64::try_from(counts.sum::<usize>()).unwrap()
    };
    let (link, any) = ("(\"key\") AS (", "\") AS (");
    let each = sql::rows(&rom.schema, &plan, Dialect::Postgres).unwrap();
    assert_eq!(each.len(), 84);
    let unshared = links + count(&each, any) - count(&each, link);
    let together = sql::together(&rom.schema, &plan, Kind::Rows, Dialect::Postgres).unwrap();
    assert_eq!(together.len(), 1);
    let written = count(&together, any);
    assert!(
        written * 5 <= unshared,
        "{written} expressions, {unshared} unshared"
    );
}

/// How many associations go which way.
fn kinds(schema: &Schema, profile: &Profile) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    for item in &profile.items {
        let source = schema.find(&item.entity.text.to_lowercase()).unwrap();
        for include in &item.includes {
            let found = schema.find_relationship(&include.via.text);
            let kind = found.map_or("lacking", |found| match schema.relationship(found).kind {
                RelationshipKind::OneToMany { referenced, .. } if referenced == source => "1:N",
                RelationshipKind::OneToMany { .. } => "N:1",
                RelationshipKind::ManyToMany { .. } => "N:N",
            });
            *kinds.entry(kind).or_insert(0) += 1;
        }
    }
    kinds
}

/// What the model is given: the profile without the associations that lenient compiling leaves out.
fn without_what_is_lacking(schema: &Schema, files: &[File]) -> Vec<File> {
    let mut files = files.to_vec();
    for block in files.iter_mut().flat_map(|file| &mut file.blocks) {
        if let Block::Profile(profile) = block {
            for item in &mut profile.items {
                item.includes
                    .retain(|include| schema.find_relationship(&include.via.text).is_some());
            }
        }
    }
    files
}

/// Native text that makes users members of a profile.
fn members(profile: &str, schema: &Schema) -> String {
    let user = |n| format!("user \"{}\"", guid(schema.system.systemuser.0, n));
    let team = format!("team \"{}\"", guid(schema.system.team.0, 1));
    format!(
        "members \"{profile}\" {{ {} {} {} {team} }}",
        user(0),
        user(1),
        user(2)
    )
}

/// How often associations of each kind have brought somebody a row that nothing else brings.
fn count_what_matters(
    organisation: &Organisation,
    published: &Published,
    counts: &mut BTreeMap<&'static str, usize>,
) {
    let mut rows = Rows::new();
    for step in &organisation.steps {
        model::apply(&mut rows, &step.transaction.changes);
        let held = |feature: Option<&str>| {
            let force = feature.map(|feature| Force {
                feature: feature.to_owned(),
                says: false,
            });
            let now = step.transaction.at;
            let model = Model::new(&organisation.schema, published, &rows, now, force);
            let held = model.everybody().into_values();
            held.map(|held| held.rows).collect::<Vec<_>>()
        };
        let all = held(None);
        for kind in KINDS {
            *counts.entry(kind).or_default() += usize::from(held(Some(kind)) != all);
        }
    }
}

/// Runs random rows of a profile's entities through engine, SQL on all databases, and model.
fn holds_what_the_model_says(mut rom: Rom, profile: File, kinds: &[&'static str]) -> Rom {
    let files = [profile];
    let profile = only_profile(&files[0]);
    let name = profile.name.text.clone();
    let members = members(&profile.name.text, &rom.schema);
    let system = &rom.schema.system;
    let context = [system.systemuser, system.team, system.businessunit];
    let entities: Vec<EntityId> = profile
        .items
        .iter()
        .filter_map(|item| rom.schema.find(&item.entity.text.to_lowercase()))
        .filter(|entity| !context.contains(entity))
        .collect();
    let file = rom.sources.add("members.weir", members.clone());
    let files = Vec::from_iter(
        files
            .iter()
            .cloned()
            .chain([native::parse(file, &members).file]),
    );
    let publication = Publication::of_files(&rom.schema, &mut rom.sources, files.clone(), true);
    let mut publication = publication.unwrap();
    publication.published.files = without_what_is_lacking(&rom.schema, &files);

    let schema = &rom.schema;
    let replay = |seed, stores: &mut [Box<dyn Store>]| {
        let organisation = organisation_over(seed, &SETTINGS, Arc::clone(schema), &entities);
        let publications = vec![publication.clone()];
        let mut coverage = Coverage::default();
        let tally = replay_published(&organisation, publications, stores, CHECKS, &mut coverage);
        let tally = tally.unwrap_or_else(|failure| panic!("{name}, seed {seed}: {failure:?}"));
        assert!(tally.moves > 20, "{tally:?}");
        organisation
    };
    let mut counts = BTreeMap::new();
    for seed in 0..SEEDS {
        let organisation = replay(seed, &mut [servers::store(Dialect::Sqlite).unwrap()]);
        count_what_matters(&organisation, &publication.published, &mut counts);
    }
    let _alone = DATABASES.lock();
    thread::scope(|scope| {
        for dialect in Dialect::SERVERS {
            scope.spawn(move || {
                let mut stores = [servers::store(dialect).unwrap()];
                for seed in 0..SEEDS_ON_SERVERS {
                    replay(seed, &mut stores);
                }
            });
        }
    });
    println!("{name}: {counts:?}");
    for kind in kinds {
        assert!(
            counts[kind] >= 5,
            "{kind} mattered in too few transactions: {counts:?}"
        );
    }
    rom
}

#[test]
fn questionnaires_holds_what_the_model_says() {
    let Some(mut rom) = Rom::load() else { return };
    for name in [QUESTIONNAIRES, "Questionnaires 2024-06-20"] {
        let file = rom.profile(name).file;
        rom = holds_what_the_model_says(rom, file, &KINDS[..2]);
    }
}

#[test]
fn the_other_profiles_hold_what_the_model_says() {
    let Some(mut rom) = Rom::load_completed() else {
        return;
    };
    for (name, kinds) in [
        ("AvSec Inspector", &KINDS[..2]),
        ("Field Service default 2021-12-08", &KINDS[..1]),
        ("Offline Profile 2024-06-05", &KINDS[1..2]),
    ] {
        let file = rom.profile(name).file;
        let compiled = rom.compile(std::slice::from_ref(&file), true);
        assert_eq!(compiled.left_out, 0, "{name}: no condition is left out");
        rom = holds_what_the_model_says(rom, file, kinds);
    }
}

/// No profile of the export follows one of its pairs, so a native one does.
#[test]
fn pairs_of_the_export_hold_what_the_model_says() {
    let Some(mut rom) = Rom::load() else { return };
    let text = rom.schema.relationships().find_map(|relationship| {
        let RelationshipKind::ManyToMany {
            entity1, entity2, ..
        } = relationship.kind
        else {
            return None;
        };
        let ends = [entity1, entity2].map(|end| rom.schema.entity(end));
        let usable = ends[0] != ends[1] && ends.iter().all(|end| end.offline == Some(true));
        let [one, two] = ends.map(|end| &end.name);
        usable.then(|| {
            format!(
                "profile \"Pairs\" {{ item {one} {{ download all include {two} via {} }} \
                 item {two} {{ download related }} }}",
                relationship.name
            )
        })
    });
    let text = text.expect("a pair of entities that are enabled");
    let file = rom.sources.add("pairs.weir", text.clone());
    let file = native::parse(file, &text).file;
    holds_what_the_model_says(rom, file, &KINDS[2..]);
}
