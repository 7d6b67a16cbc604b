//! What a change costs the engine, kind by kind, at 1,000 and at 10,000 users: factored, and expanded
//! per user. `src/bin/engine.rs` measures the mixes at any size.

#![expect(
    clippy::expect_used,
    reason = "a workload that is wrong is to stop the bench"
)]

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use weir_benches::w::{Kind, Mix, Organization};
use weir_benches::{measured, plan, profiles};
use weir_runtime::Images;

/// Changes decoded at once.
const BLOCK: u64 = 8_192;

fn changes(criterion: &mut Criterion) {
    for users in [1_000, 10_000] {
        let mut organization = Organization::new(users);
        let plan = plan(&organization.schema, profiles());
        let mut engine = organization.engine(plan, Images::Given, |engine, load| {
            engine.apply(load, None).expect("the rows are taken");
        });
        let mut group = criterion.benchmark_group("change");
        group
            .throughput(Throughput::Elements(1))
            .sample_size(10)
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(2));
        for (name, mix) in [
            ("nobody", Mix::Only(Kind::Nobody)),
            ("touch", Mix::Only(Kind::Touch)),
            ("reassign", Mix::Only(Kind::Reassign)),
            ("state", Mix::Only(Kind::State)),
            ("team", Mix::Only(Kind::Team)),
            ("rows", Mix::Rows),
            ("full", Mix::Full),
        ] {
            for expand in [false, true] {
                let form = if expand { "expanded" } else { "factored" };
                let id = BenchmarkId::new(format!("{name}/{form}"), users);
                group.bench_function(id, |bencher| {
                    bencher.iter_custom(|count| {
                        let mut taken = Duration::ZERO;
                        for block in (0..count).step_by(BLOCK as usize) {
                            let size = BLOCK.min(count - block) as usize;
                            let block = organization.transactions(mix, size, 1);
                            let started = Instant::now();
                            measured(&mut engine, &block, expand).expect("the changes are taken");
                            taken += started.elapsed();
                        }
                        taken
                    });
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, changes);
criterion_main!(benches);
