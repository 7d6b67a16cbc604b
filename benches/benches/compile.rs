//! What it costs to compile profiles: parse, check, lower.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use weir_benches::{plan, profiles, schema};

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

criterion_group!(benches, compile);
criterion_main!(benches);
