//! The kernels behind optimizers and clipping, against plain loops in f64, on every instruction set of this machine.

use std::sync::Mutex;

use macrograd_runtime::isa::{IsaLevel, best_isa, force_isa};
use macrograd_runtime::ops::adam::{AdamOptions, adam};
use macrograd_runtime::ops::sgd::{SgdOptions, sgd, sgd_momentum};
use macrograd_runtime::ops::sum::{dot, largest_magnitude, sum_of_magnitudes, sum_of_squares};
use macrograd_runtime::ops::vector::{clamp, combine, lerp, scale};

/// Empty, around the lanes of a vector, primes, and enough for several parts.
const SIZES: [usize; 10] = [0, 1, 7, 15, 16, 17, 61, 1009, 32_768, 70_001];

/// The instruction set is one value for the whole process, so tests take turns.
static ISA: Mutex<()> = Mutex::new(());

fn each_isa(mut check: impl FnMut()) {
    let _turn = ISA.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    for level in [IsaLevel::Portable, IsaLevel::Avx2, IsaLevel::Avx512] {
        if level <= best_isa() {
            force_isa(level);
            check();
        }
    }
}

/// Numbers between -1 and 1, different for each seed.
fn values(n: usize, seed: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + seed * 104_729) % 20_011) as f32 / 10_005.0 - 1.0).collect()
}

/// Runs `update` on copies of `state` that lie between NaNs, checks that those stay, and gives the copies back.
fn fenced<const K: usize>(state: [&[f32]; K], update: impl FnOnce([&mut [f32]; K])) -> [Vec<f32>; K] {
    let mut buffers = state.map(|values| [&[f32::NAN], values, &[f32::NAN]].concat());
    update(buffers.each_mut().map(|buffer| {
        let inner = 1..buffer.len() - 1;
        &mut buffer[inner]
    }));
    buffers.map(|buffer| {
        assert!(buffer[0].is_nan() && buffer[buffer.len() - 1].is_nan(), "written beyond an end");
        buffer[1..buffer.len() - 1].to_vec()
    })
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len());
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        // A handful of f32 roundings of numbers of size 1.
        assert!((f64::from(found) - expected).abs() <= 5e-7, "{what} at {i}: {found} for {expected}");
    }
}

#[test]
fn sgd_is_its_formula() {
    let options = SgdOptions {
        lr: 0.3,
        sign: -1.0,
        weight_decay: 0.2,
        momentum: 9.0,
        gradient_factor: 9.0,
        nesterov: true,
    };
    for n in SIZES {
        let (param, grad) = (values(n, 1), values(n, 2));
        let expected: Vec<f64> = (0..n)
            .map(|i| f64::from(param[i]))
            .zip(&grad)
            .map(|(param, &grad)| param - f64::from(0.3_f32) * (f64::from(0.2_f32) * param - f64::from(grad)))
            .collect();
        each_isa(|| {
            let [found] = fenced([&param], |[param]| sgd(&options, param, &grad));
            assert_close(&found, &expected, "param");
        });
    }
}

#[test]
fn momentum_is_its_formula() {
    for (n, nesterov) in SIZES.into_iter().flat_map(|n| [(n, false), (n, true)]) {
        let options = SgdOptions {
            lr: 0.5,
            sign: 1.0,
            weight_decay: 0.25,
            momentum: 0.75,
            gradient_factor: 0.5,
            nesterov,
        };
        let (param, velocity, grad) = (values(n, 1), values(n, 2), values(n, 3));
        let (mut params, mut velocities) = (Vec::new(), Vec::new());
        for i in 0..n {
            let (param, velocity) = (f64::from(param[i]), f64::from(velocity[i]));
            let g = f64::from(grad[i]) + 0.25 * param;
            let velocity = 0.75 * velocity + 0.5 * g;
            velocities.push(velocity);
            params.push(param - 0.5 * if nesterov { g + 0.75 * velocity } else { velocity });
        }
        each_isa(|| {
            let [found_param, found_velocity] = fenced([&param, &velocity], |[param, velocity]| {
                sgd_momentum(&options, param, velocity, &grad);
            });
            assert_close(&found_velocity, &velocities, "velocity");
            assert_close(&found_param, &params, "param");
        });
    }
}

#[test]
fn adam_is_its_formula() {
    let options = AdamOptions {
        sign: 1.0,
        step_size: 0.125,
        grad_step_size: 0.25,
        root_factor: 1.5,
        one_minus_beta1: 0.25,
        beta2: 0.875,
        one_minus_beta2: 0.125,
        eps: 0.0625,
        l2_penalty: 0.5,
        shrink: 0.75,
    };
    for n in SIZES {
        let (param, mean, grad) = (values(n, 1), values(n, 2), values(n, 3));
        let square: Vec<f32> = values(n, 4).into_iter().map(f32::abs).collect();
        let (mut params, mut means, mut squares) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..n {
            let g = f64::from(grad[i]) + 0.5 * f64::from(param[i]);
            let mean = f64::from(mean[i]) + 0.25 * (g - f64::from(mean[i]));
            let square = 0.875 * f64::from(square[i]) + 0.125 * g * g;
            let numerator = 0.125 * mean + 0.25 * g;
            params.push(0.75 * f64::from(param[i]) - numerator / (1.5 * square.sqrt() + 0.0625));
            means.push(mean);
            squares.push(square);
        }
        each_isa(|| {
            let [found_param, found_mean, found_square] =
                fenced([&param, &mean, &square], |[param, mean, square]| {
                    adam(&options, param, mean, square, &grad);
                });
            assert_close(&found_mean, &means, "mean");
            assert_close(&found_square, &squares, "square");
            assert_close(&found_param, &params, "param");
        });
    }
}

#[test]
fn zeros_stay_zero_so_that_padding_does() {
    let options = AdamOptions {
        sign: 1.0,
        step_size: 0.1,
        grad_step_size: 0.1,
        root_factor: 1.0,
        one_minus_beta1: 0.1,
        beta2: 0.9,
        one_minus_beta2: 0.1,
        eps: 1e-8,
        l2_penalty: 0.1,
        shrink: 0.9,
    };
    let zeros = [0.0; 20];
    each_isa(|| {
        let state = fenced([&zeros; 3], |[param, mean, square]| adam(&options, param, mean, square, &zeros));
        assert!(state.iter().flatten().all(|&value| value == 0.0));
    });
}

#[test]
#[should_panic(expected = "parameters and moments of lengths [3, 3, 2], but 3 gradients")]
fn lengths_that_differ_are_refused() {
    let options = AdamOptions {
        sign: 1.0,
        step_size: 0.0,
        grad_step_size: 0.0,
        root_factor: 0.0,
        one_minus_beta1: 0.0,
        beta2: 0.0,
        one_minus_beta2: 0.0,
        eps: 1.0,
        l2_penalty: 0.0,
        shrink: 1.0,
    };
    adam(&options, &mut [0.0; 3], &mut [0.0; 3], &mut [0.0; 2], &[0.0; 3]);
}

#[test]
fn sum_of_squares_agrees_with_a_plain_sum() {
    for n in SIZES {
        let values = values(n, 3);
        let expected: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
        each_isa(|| {
            let found = sum_of_squares(&values);
            assert!((found - expected).abs() <= 1e-12 * expected, "{n}: {found} for {expected}");
        });
    }
}

#[test]
fn sum_of_squares_has_the_same_bits_for_any_threads_and_instruction_set() {
    let values = values(300_007, 5);
    let expected = sum_of_squares(&values);
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a small pool starts");
        assert_eq!(pool.install(|| sum_of_squares(&values)).to_bits(), expected.to_bits());
    }
    each_isa(|| assert_eq!(sum_of_squares(&values).to_bits(), expected.to_bits()));
}

#[test]
fn sum_of_squares_neither_overflows_nor_underflows_and_keeps_nan() {
    each_isa(|| {
        assert!(sum_of_squares(&[f32::MAX; 40]).is_finite());
        assert_eq!(sum_of_squares(&[1e-40; 4]), 4.0 * f64::from(1e-40_f32).powi(2));
        let mut values = values(100, 1);
        values[77] = f32::NAN;
        assert!(sum_of_squares(&values).is_nan());
        values[77] = f32::NEG_INFINITY;
        assert_eq!(sum_of_squares(&values), f64::INFINITY);
    });
}

#[test]
fn scale_and_clamp_change_each_element() {
    for n in SIZES {
        let before = values(n, 7);
        each_isa(|| {
            let [found] = fenced([&before], |[values]| scale(values, 0.3));
            assert!(found.iter().zip(&before).all(|(&found, &before)| found == before * 0.3));
            let [found] = fenced([&before], |[values]| clamp(values, 0.25));
            assert!(found.iter().zip(&before).all(|(&found, before)| found == before.clamp(-0.25, 0.25)));
        });
    }
    let mut special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0];
    clamp(&mut special, 2.0);
    assert!(special[0].is_nan());
    assert_eq!(special[1..], [2.0, -2.0, -0.0]);
}

#[test]
fn combine_and_lerp_are_their_formulas() {
    for n in SIZES {
        let (first, second) = (values(n, 1), values(n, 2));
        let exact = |f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            first.iter().zip(&second).map(|(&a, &b)| f(f64::from(a), f64::from(b))).collect()
        };
        let (combined, between) = (exact(&|a, b| 0.5 * a - 0.25 * b), exact(&|a, b| a + 0.125 * (b - a)));
        each_isa(|| {
            let [found] = fenced([&first], |[values]| combine(values, 0.5, &second, -0.25));
            assert_close(&found, &combined, "combine");
            let [found] = fenced([&first], |[values]| lerp(values, &second, 0.125));
            assert_close(&found, &between, "lerp");
            let [found] = fenced([&first], |[values]| lerp(values, &first, 0.3));
            assert_eq!(found, first, "between equal values there is nothing else");
        });
    }
}

#[test]
fn sums_and_the_largest_magnitude_agree_with_plain_loops() {
    for n in SIZES {
        let (first, second) = (values(n, 1), values(n, 2));
        let products: f64 = first.iter().zip(&second).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
        let magnitudes: f64 = first.iter().map(|&a| f64::from(a.abs())).sum();
        let largest = first.iter().fold(0.0f32, |largest, a| largest.max(a.abs()));
        each_isa(|| {
            assert!((dot(&first, &second) - products).abs() <= 1e-12 * n as f64);
            assert!((sum_of_magnitudes(&first) - magnitudes).abs() <= 1e-12 * n as f64);
            assert_eq!(largest_magnitude(&first), largest);
            for at in [0, n / 2, n.saturating_sub(1)] {
                let mut spoilt = first.clone();
                if let Some(value) = spoilt.get_mut(at) {
                    *value = f32::NAN;
                    assert!(largest_magnitude(&spoilt).is_nan());
                }
            }
        });
    }
}
