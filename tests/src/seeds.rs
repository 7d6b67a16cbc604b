//! Running many seeds: which, on how many threads, and how a failure is shown.

use std::sync::atomic::{AtomicBool, Ordering};

/// Threads of a net; the machines that run them have two cores.
const THREADS: u64 = 2;

/// The seeds that the environment asks for: `WEIR_SEED=n` one, `WEIR_SEEDS=n` that many, from
/// `WEIR_SEED_FROM` on; else `0..count`.
#[must_use]
pub fn seeds(count: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    if let Some(seed) = number("WEIR_SEED") {
        return seed..seed + 1;
    }
    let from = number("WEIR_SEED_FROM").unwrap_or(0);
    from..from + number("WEIR_SEEDS").unwrap_or(count)
}

/// Runs every seed, each thread with a state of its own, until one fails; gives the states and the
/// failures (at most one a thread), least seed first.
pub fn run<State, Failure>(
    seeds: std::ops::Range<u64>,
    run: impl Fn(u64, &mut State) -> Result<(), Failure> + Sync,
) -> (Vec<State>, Vec<(u64, Failure)>)
where
    State: Default + Send,
    Failure: Send,
{
    let failed = AtomicBool::new(false);
    let (run, failed, seeds) = (&run, &failed, &seeds);
    let worker = |first: u64| {
        move || {
            let mut state = State::default();
            for seed in seeds.clone().filter(|seed| seed % THREADS == first) {
                if failed.load(Ordering::Relaxed) {
                    break;
                }
                if let Err(failure) = run(seed, &mut state) {
                    failed.store(true, Ordering::Relaxed);
                    return (state, Some((seed, failure)));
                }
            }
            (state, None)
        }
    };
    let ends: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|first| scope.spawn(worker(first)))
            .collect();
        threads.into_iter().filter_map(|t| t.join().ok()).collect()
    });
    assert_eq!(ends.len() as u64, THREADS, "a thread of the net panicked");
    let mut failures = Vec::new();
    let mut states = Vec::new();
    for (state, failure) in ends {
        states.push(state);
        failures.extend(failure);
    }
    failures.sort_by_key(|(seed, _)| *seed);
    (states, failures)
}
