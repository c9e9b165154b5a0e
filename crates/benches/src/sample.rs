//! Timing: medians over many samples, with what stands beside measured in turns.

use std::hint::black_box;
use std::time::Instant;

const SAMPLES: usize = 101;

/// Nanoseconds of one run of `f`, which is repeated until a sample is long enough to be timed.
fn time<R>(repeats: u32, mut f: impl FnMut() -> R) -> f64 {
    let start = Instant::now();
    for _ in 0..repeats {
        black_box(f());
    }
    start.elapsed().as_nanos() as f64 / f64::from(repeats)
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// Prints the median of `f`.
pub fn report<R>(name: &str, repeats: u32, mut f: impl FnMut() -> R) {
    let samples = (0..SAMPLES).map(|_| time(repeats, &mut f)).collect();
    println!(r#"{{"name":"{name}","ns":{:.1}}}"#, median(samples));
}

/// Prints the medians of `f` and of what stands beside it, sampled in turns.
pub fn report_beside<R, S>(
    name: &str,
    beside: &str,
    repeats: u32,
    mut f: impl FnMut() -> R,
    mut other: impl FnMut() -> S,
) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        ours.push(time(repeats, &mut f));
        theirs.push(time(repeats, &mut other));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(r#"{{"name":"{name}","ns":{ours:.1},"beside":"{beside}","besideNs":{theirs:.1}}}"#);
}
