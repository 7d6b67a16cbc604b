//! What a change costs the engine, at 1,000 and at 10,000 users: factored, and expanded per user.
//!
//! The one goal so far: a change that matters to nobody costs the same at both.

#![expect(
    clippy::expect_used,
    reason = "a workload that is wrong is to stop the bench"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use weir_benches::{Mix, Organization};

const CHANGES: u64 = 2_000;

fn changes(criterion: &mut Criterion) {
    for users in [1_000, 10_000] {
        let organization = Organization::new(users);
        let mut engine = organization.engine();
        let mut group = criterion.benchmark_group("change");
        group
            .throughput(Throughput::Elements(1))
            .sample_size(10)
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(2));
        for mix in [
            Mix::Nobody,
            Mix::Touch,
            Mix::Reassign,
            Mix::State,
            Mix::Team,
            Mix::All,
        ] {
            let changes = organization.changes(mix, CHANGES);
            for expand in [false, true] {
                let form = if expand { "expanded" } else { "factored" };
                group.bench_function(
                    BenchmarkId::new(format!("{mix:?}/{form}"), users),
                    |bencher| {
                        bencher.iter_custom(|count| {
                            let started = Instant::now();
                            for transaction in changes
                                .iter()
                                .cycle()
                                .take(usize::try_from(count).unwrap_or(usize::MAX))
                            {
                                let deltas = engine
                                    .apply(transaction, None)
                                    .expect("the change is taken");
                                if expand {
                                    black_box(engine.expand(&deltas));
                                }
                                black_box(deltas);
                            }
                            started.elapsed()
                        });
                    },
                );
            }
        }
        group.finish();
    }
}

criterion_group!(benches, changes);
criterion_main!(benches);
