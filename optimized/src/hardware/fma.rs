//! How many fused multiply-adds a second this machine does: the bound that engines are held
//! against.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use pulp::{Arch, Simd, WithSimd};

/// Independent chains. A multiply-add takes four to five cycles and two can start in each, so ten
/// keep the unit busy; twelve leave room and still fit into sixteen registers.
const CHAINS: usize = 12;

/// Multiply-adds in each chain: some milliseconds.
const LENGTH: u64 = 1_000_000;

/// Fused multiply-adds in double precision that `threads` threads do in a second, each lane of a
/// vector counted, with the widest vector instructions of this machine.
///
/// It is measured anew at each call and takes a few milliseconds: what else runs on the machine
/// slows it as it slows an engine that runs just before or behind it.
pub fn throughput(threads: usize) -> f64 {
    let threads = threads.max(1);
    let arch = Arch::new();
    let barrier = Barrier::new(threads);
    let work = || {
        barrier.wait();
        let start = Instant::now();
        let (sum, lanes) = arch.dispatch(Chains { factor: black_box(0.999), addend: 1e-3 });
        black_box(sum);
        (start, Instant::now(), lanes)
    };
    let workers: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).collect()
    });
    let start = workers.iter().map(|(start, _, _)| *start).min();
    let end = workers.iter().map(|(_, end, _)| *end).max();
    let seconds = start.zip(end).map_or(0.0, |(start, end)| (end - start).as_secs_f64());
    let lanes: usize = workers.iter().map(|(_, _, lanes)| lanes).sum();
    (lanes * CHAINS) as f64 * LENGTH as f64 / seconds
}

/// The chains x ← x·factor + addend.
struct Chains {
    factor: f64,
    addend: f64,
}

impl WithSimd for Chains {
    /// The sum of all chains, which nobody needs, and the number of lanes.
    type Output = (f64, usize);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let factor = simd.splat_f64s(self.factor);
        let addend = simd.splat_f64s(self.addend);
        let mut chains = [simd.splat_f64s(1.0); CHAINS];
        for _ in 0..LENGTH {
            for chain in &mut chains {
                *chain = simd.mul_add_e_f64s(*chain, factor, addend);
            }
        }
        let sum = chains.into_iter().fold(simd.splat_f64s(0.0), |sum, x| simd.add_f64s(sum, x));
        (simd.reduce_sum_f64s(sum), S::F64_LANES)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_machine_does_some() {
        let rate = super::throughput(1);
        assert!(rate.is_finite() && rate > 0.0, "{rate}");
    }
}
