//! `matmul` against `matmul_ref`, for every instruction set that the machine has.

use macrograd_runtime::isa::{IsaLevel, best_isa, force_isa};
use macrograd_runtime::ops::matmul::{Matmul, matmul, matmul_ref};
use std::sync::{Mutex, PoisonError};

/// Held by tests while they force an instruction set, which is global.
static FORCED_ISA: Mutex<()> = Mutex::new(());

fn for_each_isa(test: impl Fn()) {
    let _guard = FORCED_ISA.lock().unwrap_or_else(PoisonError::into_inner);
    for level in [IsaLevel::Portable, IsaLevel::Avx2, IsaLevel::Avx512] {
        if level <= best_isa() {
            force_isa(level);
            test();
        }
    }
    force_isa(best_isa());
}

/// Values in [-1, 1) from a linear congruential generator.
fn values(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12345);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// Length of the NaN on both sides of what a kernel may write or read.
const FENCE: usize = 40;

/// Multiplies matrices that lie between NaN, which show if they are overwritten or used.
fn run_fenced(initial: &[f32], a: &[f32], b: &[f32], shape: &Matmul) -> Vec<f32> {
    let fence = |values: &[f32]| [&[f32::NAN; FENCE], values, &[f32::NAN; FENCE]].concat();
    let (fenced_a, fenced_b) = (fence(a), fence(b));
    let (a, b) = (&fenced_a[FENCE..][..a.len()], &fenced_b[FENCE..][..b.len()]);
    let mut fenced = vec![f32::NAN; initial.len() + 2 * FENCE];
    let inside = FENCE..FENCE + initial.len();
    fenced[inside.clone()].copy_from_slice(initial);
    matmul(&mut fenced[inside.clone()], a, b, shape);
    let intact = |fence: &[f32]| fence.iter().all(|value| value.is_nan());
    assert!(intact(&fenced[..FENCE]) && intact(&fenced[inside.end..]), "wrote outside of `out`: {shape:?}");
    fenced[inside].to_vec()
}

fn inputs(shape: &Matmul) -> (Vec<f32>, Vec<f32>) {
    let batch_of = |shared: bool| if shared { 1 } else { shape.batch };
    (
        values(batch_of(shape.shared_a) * shape.m * shape.k, 1),
        values(batch_of(shape.shared_b) * shape.k * shape.n, 2),
    )
}

fn check(shape: &Matmul) {
    let (a, b) = inputs(shape);
    let len = shape.batch * shape.m * shape.n;
    let initial = if shape.accumulate { values(len, 3) } else { vec![f32::NAN; len] };
    let mut expected = initial.clone();
    matmul_ref(&mut expected, &a, &b, shape);
    let found = run_fenced(&initial, &a, &b, shape);
    // Terms are at most 1, so the norm of a sum's terms is at most sqrt(k); rounding errors of random sign add up to
    // about sqrt(k) epsilons of that. One more epsilon for the initial value, and one for the shortest sums.
    let k = shape.k as f32;
    let tolerance = f32::EPSILON * (k.sqrt() * k.sqrt() + 2.0);
    for (idx, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert!((found - expected).abs() <= tolerance, "element {idx} is {found}, not {expected}: {shape:?}");
    }
}

fn plain(m: usize, k: usize, n: usize) -> Matmul {
    Matmul {
        batch: 1,
        m,
        k,
        n,
        transpose_a: false,
        transpose_b: false,
        shared_a: false,
        shared_b: false,
        accumulate: false,
    }
}

/// All transposes, and overwriting on every other size, accumulating on the rest.
fn check_transposes(m: usize, k: usize, n: usize) {
    for flags in 0..4 {
        let accumulate = (m + k + n + flags) % 2 == 1;
        check(&Matmul {
            transpose_a: flags & 1 != 0,
            transpose_b: flags & 2 != 0,
            accumulate,
            ..plain(m, k, n)
        });
    }
}

#[test]
fn small_sizes() {
    for_each_isa(|| {
        for m in [0, 1, 2, 3, 5] {
            for k in [0, 1, 2, 7, 17] {
                for n in [0, 1, 2, 7, 17] {
                    check_transposes(m, k, n);
                }
            }
        }
    });
}

#[test]
fn sizes_around_the_tiles() {
    for_each_isa(|| {
        for m in [4, 6, 7, 8, 9, 10, 11, 13] {
            for n in [3, 8, 15, 16, 31, 33, 47, 48, 49, 63, 64, 65, 67] {
                check_transposes(m, 19, n);
            }
        }
        for k in [15, 16, 31, 32, 33, 37] {
            check_transposes(9, k, 18);
        }
    });
}

#[test]
fn sizes_that_are_packed_and_blocked() {
    for_each_isa(|| {
        check_transposes(101, 523, 197);
        check_transposes(3, 1031, 130);
        check_transposes(131, 1031, 3);
    });
    let _guard = FORCED_ISA.lock().unwrap_or_else(PoisonError::into_inner);
    check(&plain(7, 3, 4111));
    check(&plain(103, 520, 409));
    check(&Matmul { transpose_b: true, ..plain(11, 2, 4111) });
    check(&Matmul { transpose_a: true, ..plain(2053, 101, 149) });
}

#[test]
fn batches() {
    for_each_isa(|| {
        for flags in 0..32 {
            let shape = Matmul {
                batch: 3,
                transpose_a: flags & 1 != 0,
                transpose_b: flags & 2 != 0,
                shared_a: flags & 4 != 0,
                shared_b: flags & 8 != 0,
                accumulate: flags & 16 != 0,
                ..plain(5, 9, 18)
            };
            check(&shape);
            check(&Matmul { batch: 0, ..shape });
            check(&Matmul { batch: 1, ..shape });
        }
        check(&Matmul { batch: 40, transpose_b: true, ..plain(12, 24, 20) });
        check(&Matmul { batch: 2, transpose_b: true, ..plain(80, 90, 100) });
    });
}

#[test]
fn infinities_outside_a_product_do_not_reach_it() {
    for_each_isa(|| {
        // Rows and columns next to those of infinities: a kernel that multiplied padding by them would make NaN.
        let (m, k, n) = (5, 3, 19);
        let mut a = vec![1.0; m * k];
        let mut b = vec![1.0; k * n];
        a[4 * k..].fill(f32::INFINITY);
        (0..k).for_each(|p| b[p * n + 18] = f32::INFINITY);
        let out = run_fenced(&vec![f32::NAN; m * n], &a, &b, &plain(m, k, n));
        for i in 0..m {
            for j in 0..n {
                let expected = if i == 4 || j == 18 { f32::INFINITY } else { 3.0 };
                assert_eq!(out[i * n + j], expected);
            }
        }
    });
}

#[test]
fn bits_do_not_depend_on_threads() {
    let shapes = [
        plain(100, 130, 150),
        Matmul { transpose_a: true, ..plain(250, 521, 70) },
        Matmul { transpose_b: true, ..plain(130, 60, 250) },
        Matmul { transpose_b: true, ..plain(7, 300, 333) },
        plain(1, 900, 700),
        plain(900, 700, 1),
        Matmul { batch: 40, ..plain(20, 30, 40) },
    ];
    for_each_isa(|| {
        for shape in &shapes {
            let (a, b) = inputs(shape);
            let results = [1, 2, 5].map(|num_threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(num_threads).build();
                let mut out = vec![f32::NAN; shape.batch * shape.m * shape.n];
                pool.expect("threads can be started").install(|| matmul(&mut out, &a, &b, shape));
                out.into_iter().map(f32::to_bits).collect::<Vec<_>>()
            });
            assert!(
                results[0] == results[1] && results[0] == results[2],
                "threads change the bits: {shape:?}"
            );
        }
    });
}

#[test]
#[should_panic(expected = "`b` has 5 elements, but its shape [1, 2, 3] has 6")]
fn a_wrong_length_panics() {
    matmul(&mut [0.0; 12], &[0.0; 8], &[0.0; 5], &plain(4, 2, 3));
}
