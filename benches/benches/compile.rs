//! What it costs to compile profiles: parse, check, lower.
//!
//! The largest profile of a real export is measured where `WEIR_CORPUS` names the folder that has it.

#![expect(clippy::print_stderr, reason = "a bench that can't be run says why")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use weir_benches::growth::metadata::Format;
use weir_benches::growth::profiles::large;
use weir_benches::growth::{corpus, stages};
use weir_benches::{plan, profiles, schema};
use weir_ir::diagnostic::Sources;
use weir_ir::schema::Schema;

/// The workload's profiles `copies` times over, each copy under names of its own.
fn copied(copies: usize) -> String {
    (0..copies)
        .map(|copy| {
            profiles()
                .replace("profile \"", &format!("profile \"{copy} "))
                .replace("team \"", &format!("team \"{copy} "))
        })
        .collect()
}

fn compile(criterion: &mut Criterion) {
    let schema = schema();
    let mut group = criterion.benchmark_group("compile");
    for copies in [1, 10, 100] {
        let text = copied(copies);
        group.throughput(Throughput::Elements(copies as u64 * 4));
        group.bench_with_input(
            BenchmarkId::new("profiles", copies * 4),
            &text,
            |bencher, text| {
                bencher.iter(|| black_box(plan(&schema, text)));
            },
        );
    }
    group.finish();
}

/// Parse, check, and check and lower, of one native text.
fn stages_of(criterion: &mut Criterion, name: &str, schema: &Schema, text: &str) {
    let mut sources = Sources::default();
    let file = sources.add("profiles.weir", text);
    let unread = stages::unread(&mut sources);
    let parsed = stages::parse(file, text).file;
    let (whole, unlowered) = ([parsed.clone()], [parsed, unread]);
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| black_box(stages::parse(file, text)));
    });
    group.bench_function("check", |bencher| {
        bencher.iter(|| black_box(stages::check(schema, &mut sources, &unlowered)));
    });
    group.bench_function("check and lower", |bencher| {
        bencher.iter(|| black_box(stages::compile(schema, &mut sources, &whole)));
    });
    group.finish();
}

fn export(criterion: &mut Criterion) {
    match corpus::load() {
        Ok(corpus) => {
            let file = Sources::default().add("profile.xml", corpus.xml.as_str());
            let mut group = criterion.benchmark_group("84 items of an export");
            group.throughput(Throughput::Bytes(corpus.xml.len() as u64));
            group.bench_function("read", |bencher| {
                bencher.iter(|| black_box(stages::read(file, &corpus.xml)));
            });
            group.finish();
            stages_of(criterion, "84 items", &corpus.schema, &corpus.text);
        }
        Err(problem) => eprintln!("84 items of an export: {problem}"),
    }
}

fn generated(criterion: &mut Criterion) {
    let (metadata, text) = large(1_000, 500);
    let schema = stages::schema(Format::Json, &metadata);
    stages_of(criterion, "1,000 items × 500 conditions", &schema, &text);
}

criterion_group!(benches, compile, export, generated);
criterion_main!(benches);
