//! The updates that see whole tensors, against plain loops in f64, on every instruction set of this machine.

use std::sync::Mutex;

use macrograd_runtime::isa::{IsaLevel, best_isa, force_isa};
use macrograd_runtime::ops::adafactor::{AdafactorOptions, adafactor_matrices, adafactor_vector};
use macrograd_runtime::ops::lamb::{LambOptions, lamb};
use macrograd_runtime::ops::muon::{MuonOptions, muon, muon_scratch_len};

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

fn squares(n: usize, seed: usize) -> Vec<f32> {
    values(n, seed).into_iter().map(|value| value * value + 0.01).collect()
}

fn exact(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len());
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(found) - expected).abs() <= tolerance, "{what} at {i}: {found} for {expected}");
    }
}

fn root_mean_square(values: &[f64]) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
}

const ADAFACTOR: AdafactorOptions = AdafactorOptions {
    step_size: 0.125,
    sign: -1.0,
    weight: 0.25,
    eps1: 1e-3,
    eps2: 1e-3,
    threshold: 0.5,
    shrink: 0.875,
};

/// A step with these mean squares, from the parameters before it.
fn adafactor_ref(param: &[f64], grad: &[f64], squares: &[f64]) -> Vec<f64> {
    let steps: Vec<f64> =
        grad.iter().zip(squares).map(|(grad, square)| grad / square.max(1e-6).sqrt()).collect();
    let size = 0.125 * root_mean_square(param).max(1e-3) / (root_mean_square(&steps) / 0.5).max(1.0);
    param.iter().zip(&steps).map(|(param, step)| 0.875 * param + size * step).collect()
}

#[test]
fn adafactor_of_matrices_is_its_formula() {
    for [matrices, rows, cols] in
        [[1, 1, 1], [1, 5, 7], [3, 4, 33], [1, 130, 300], [2, 300, 64], [1, 1, 50_000]]
    {
        let numel = matrices * rows * cols;
        let (param, grad) = (values(numel, 1), values(numel, 2));
        let (row, col) = (squares(matrices * rows, 3), squares(matrices * cols, 4));
        let (mut rows_after, mut cols_after, mut means) = (exact(&row), exact(&col), vec![0.0; numel]);
        let square = |m: usize, r: usize, c: usize| f64::from(grad[(m * rows + r) * cols + c]).powi(2);
        for m in 0..matrices {
            for r in 0..rows {
                let mean = (0..cols).map(|c| square(m, r, c)).sum::<f64>() / cols as f64;
                let row = &mut rows_after[m * rows + r];
                *row += 0.25 * (mean - *row);
            }
            for c in 0..cols {
                let mean = (0..rows).map(|r| square(m, r, c)).sum::<f64>() / rows as f64;
                let col = &mut cols_after[m * cols + c];
                *col += 0.25 * (mean - *col);
            }
            let mean = rows_after[m * rows..][..rows].iter().sum::<f64>() / rows as f64;
            for (index, value) in means[m * rows * cols..][..rows * cols].iter_mut().enumerate() {
                let (r, c) = (index / cols, index % cols);
                *value = rows_after[m * rows + r] * cols_after[m * cols + c] / mean.max(1e-3);
            }
        }
        let expected = adafactor_ref(&exact(&param), &exact(&grad), &means);
        each_isa(|| {
            let (mut param, mut row, mut col) = (param.clone(), row.clone(), col.clone());
            adafactor_matrices(&ADAFACTOR, &mut param, &mut row, &mut col, &grad, [matrices, rows, cols]);
            assert_close(&row, &rows_after, 5e-7, "row");
            assert_close(&col, &cols_after, 5e-7, "col");
            assert_close(&param, &expected, 1e-6, "param");
        });
    }
}

#[test]
fn adafactor_of_a_vector_is_its_formula() {
    for n in [1, 63, 64, 65, 1009, 70_001] {
        let (param, grad, square) = (values(n, 1), values(n, 2), squares(n, 3));
        let squares: Vec<f64> = grad
            .iter()
            .zip(&square)
            .map(|(&grad, &s)| 0.75 * f64::from(s) + 0.25 * f64::from(grad).powi(2))
            .collect();
        let expected = adafactor_ref(&exact(&param), &exact(&grad), &squares);
        each_isa(|| {
            let (mut param, mut square) = (param.clone(), square.clone());
            adafactor_vector(&ADAFACTOR, &mut param, &mut square, &grad);
            assert_close(&square, &squares, 5e-7, "square");
            assert_close(&param, &expected, 1e-6, "param");
        });
    }
}

#[test]
fn lamb_is_its_formula() {
    let options = LambOptions {
        lr: 0.125,
        sign: -1.0,
        one_minus_beta1: 0.25,
        beta2: 0.875,
        one_minus_beta2: 0.125,
        mean_factor: 1.5,
        root_factor: 1.25,
        eps: 0.0625,
        weight_decay: 0.5,
        norm_bounds: (0.0, 100.0),
    };
    for n in [1, 63, 64, 65, 1009, 70_001] {
        let (param, mean, square, grad) = (values(n, 1), values(n, 2), squares(n, 3), values(n, 4));
        let direction: Vec<f64> = (0..n)
            .map(|i| {
                let grad = -f64::from(grad[i]);
                let mean = 0.75 * f64::from(mean[i]) + 0.25 * grad;
                let square = 0.875 * f64::from(square[i]) + 0.125 * grad * grad;
                1.5 * mean / (1.25 * square.sqrt() + 0.0625) + 0.5 * f64::from(param[i])
            })
            .collect();
        let norm = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>().sqrt();
        let size = 0.125 * norm(&exact(&param)).min(100.0) / norm(&direction);
        let expected: Vec<f64> =
            direction.iter().zip(&param).map(|(step, &param)| f64::from(param) - size * step).collect();
        each_isa(|| {
            let (mut param, mut mean, mut square) = (param.clone(), mean.clone(), square.clone());
            lamb(&options, &mut param, &mut mean, &mut square, &grad);
            assert_close(&param, &expected, 1e-6, "param");
        });
    }
}

#[test]
fn muon_is_its_formula() {
    let options = MuonOptions {
        lr: 0.25,
        sign: -1.0,
        momentum: 0.75,
        nesterov: true,
        coefficients: [1.5, -0.5, 0.0],
        iterations: 24,
        eps: 1e-7,
        shrink: 0.5,
    };
    // With these coefficients the iteration converges to an orthogonal matrix.
    for shape in [[1, 1], [3, 3], [2, 9], [40, 7], [65, 130]] {
        let [rows, cols] = shape;
        let n = rows * cols;
        let (zeros, mut mean) = (vec![0.0; n], vec![0.0; n]);
        // Diagonally dominant, so that no singular value is too small to grow in time.
        let grad: Vec<f32> =
            (0..n).map(|i| values(1, i)[0] / 16.0 + if i / cols == i % cols { 2.0 } else { 0.0 }).collect();
        each_isa(|| {
            let (mut param, mut scratch) = (zeros.clone(), vec![f32::NAN; muon_scratch_len(shape)]);
            mean.fill(0.0);
            muon(&options, &mut param, &mut mean, &grad, shape, &mut scratch);
            let x = exact(&param.iter().map(|value| value / -0.25).collect::<Vec<f32>>());
            let side = rows.min(cols);
            for i in 0..side {
                for j in 0..side {
                    let at = |row: usize, k: usize| {
                        if rows > cols { x[k * cols + row] } else { x[row * cols + k] }
                    };
                    let dot: f64 = (0..rows.max(cols)).map(|k| at(i, k) * at(j, k)).sum();
                    let expected = f64::from(u8::from(i == j));
                    assert!((dot - expected).abs() < 1e-5, "{shape:?}: rows {i} and {j} have {dot}");
                }
            }
            // The orthogonal factor has a positive inner product with what it is made of: here, the negative gradient.
            let inner: f64 = x.iter().zip(&grad).map(|(x, &grad)| x * f64::from(grad)).sum();
            assert!(inner < 0.0);
            assert_close(
                &mean,
                &exact(&grad.iter().map(|grad| -0.25 * grad).collect::<Vec<_>>()),
                1e-6,
                "mean",
            );
        });
    }
}
