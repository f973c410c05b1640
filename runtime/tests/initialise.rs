//! Initial values with a structure: exact where they are fixed, else their statistics.

use macrograd_runtime::initialise::{initialise, norms};
use macrograd_runtime::state::Init;

fn make(shape: &[usize], init: Init, seed: u64) -> Vec<f32> {
    let mut values = vec![f32::NAN; shape.iter().product()];
    initialise(&mut values, shape, init, seed, 0x1234_5678_9abc);
    values
}

/// As torch.nn.init.eye_.
#[test]
fn eye_is_the_identity() {
    assert_eq!(make(&[2, 3], Init::Eye, 0), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(make(&[3, 2], Init::Eye, 0), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(make(&[3, 0], Init::Eye, 0), []);
}

/// Where torch.nn.init.dirac_ puts its ones.
#[test]
fn dirac_passes_channels_on() {
    let ones = |shape: &[usize], groups| -> Vec<usize> {
        let values = make(shape, Init::Dirac { groups }, 0);
        assert!(values.iter().all(|&value| value == 0.0 || value == 1.0));
        (0..values.len()).filter(|&index| values[index] == 1.0).collect()
    };
    assert_eq!(ones(&[3, 2, 3], 1), [1, 10]);
    assert_eq!(ones(&[2, 3, 4], 1), [2, 18]);
    assert_eq!(ones(&[4, 2, 3, 5], 2), [7, 52, 67, 112]);
    assert_eq!(ones(&[6, 2, 1, 2], 3), [1, 7, 9, 15, 17, 23]);
    assert_eq!(ones(&[2, 2, 3, 3, 2], 1), [9, 63]);
}

#[test]
fn orthogonal_matrices_are_orthogonal_and_of_any_direction() {
    for shape in [&[1, 1][..], &[5, 5], &[7, 3], &[3, 7], &[40, 4, 3, 3], &[64, 257], &[300, 300]] {
        let values = make(shape, Init::Orthogonal { gain: 1.5 }, 3);
        let rows = shape[0];
        let cols = values.len() / rows;
        let at = |vector: usize, i: usize| {
            f64::from(if rows > cols { values[i * cols + vector] } else { values[vector * cols + i] })
        };
        for a in 0..rows.min(cols) {
            for b in 0..=a {
                let dot: f64 = (0..rows.max(cols)).map(|i| at(a, i) * at(b, i)).sum();
                let expected = if a == b { 2.25 } else { 0.0 };
                assert!((dot - expected).abs() < 2e-6, "{shape:?}: {a} and {b} have {dot}");
            }
        }
    }
    // Of a random rotation each element has mean 0 and variance 1 / n; without the signs of the diagonal of R, those
    // on the diagonal would have a mean.
    let (mut sum, mut squares) = (0.0, 0.0);
    for seed in 0..2000 {
        let values = make(&[3, 3], Init::Orthogonal { gain: 1.0 }, seed);
        sum += f64::from(values[0] + values[4] + values[8]);
        squares += f64::from(values[0]).powi(2);
    }
    assert!((sum / 6000.0).abs() < 0.03, "mean {}", sum / 6000.0);
    assert!((squares / 2000.0 - 1.0 / 3.0).abs() < 0.03, "variance {}", squares / 2000.0);
}

#[test]
fn sparse_columns_have_their_zeros() {
    let (rows, cols) = (50, 2000);
    let values = make(&[rows, cols], Init::Sparse { num_zeros: 13, std: 0.5 }, 1);
    let mut zeros_by_row = vec![0; rows];
    for col in 0..cols {
        let zeros: Vec<usize> = (0..rows).filter(|row| values[row * cols + col] == 0.0).collect();
        assert_eq!(zeros.len(), 13, "column {col}");
        zeros.into_iter().for_each(|row| zeros_by_row[row] += 1);
    }
    // Each row has 520 zeros, give or take 20.
    assert!(zeros_by_row.iter().all(|count| (420..620).contains(count)), "{zeros_by_row:?}");
    let squares: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
    let variance = squares / (37.0 * cols as f64);
    assert!((variance.sqrt() - 0.5).abs() < 0.005, "deviation {}", variance.sqrt());
    assert!(make(&[3, 4], Init::Sparse { num_zeros: 3, std: 0.5 }, 1).iter().all(|&value| value == 0.0));
}

/// Mean and variance of a truncated normal distribution, by summing its density.
fn moments(mean: f64, std: f64, low: f64, high: f64) -> (f64, f64) {
    let (mut mass, mut first, mut second) = (0.0, 0.0, 0.0);
    for i in 0..100_000 {
        let x = low + (high - low) * (f64::from(i) + 0.5) / 100_000.0;
        let density = (-0.5 * ((x - mean) / std).powi(2)).exp();
        mass += density;
        first += x * density;
        second += x * x * density;
    }
    (first / mass, second / mass - (first / mass).powi(2))
}

#[test]
fn truncated_normal_values_have_their_moments() {
    // Around the mean, on one side of it, and far out where nearly no normal value falls.
    for (mean, std, low, high) in [
        (0.0, 1.0, -2.0, 2.0),
        (1.0, 0.02, 0.9, 1.01),
        (0.0, 1.0, 0.0, 0.5),
        (0.0, 1.0, 3.0, 5.0),
        (2.0, 0.5, -1.0, 0.5),
    ] {
        let init = Init::TruncNormal { mean, std, low, high };
        let values = make(&[100_000], init, 5);
        assert!(values.iter().all(|value| (low..=high).contains(&f64::from(*value))), "{init:?}");
        let found = values.iter().map(|&value| f64::from(value)).sum::<f64>() / 1e5;
        let variance = values.iter().map(|&value| (f64::from(value) - found).powi(2)).sum::<f64>() / 1e5;
        let [mean, std, low, high] = [mean, std, low, high].map(f64::from);
        let expected = moments(mean, std, low, high);
        let error = expected.1.sqrt() * 5.0 / 1e5_f64.sqrt();
        assert!((found - expected.0).abs() < error, "{init:?}: mean {found} for {}", expected.0);
        assert!(
            (variance / expected.1 - 1.0).abs() < 0.03,
            "{init:?}: variance {variance} for {}",
            expected.1
        );
    }
}

#[test]
fn values_depend_on_the_seed_and_not_on_threads() {
    let run = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool starts");
        pool.install(|| {
            let trunc_normal = Init::TruncNormal { mean: 0.0, std: 1.0, low: -1.0, high: 1.0 };
            [
                make(&[300, 200], trunc_normal, seed),
                make(&[300, 200], Init::Orthogonal { gain: 1.0 }, seed),
                make(&[300, 200], Init::Sparse { num_zeros: 3, std: 1.0 }, seed),
            ]
        })
    };
    let serial = run(1, 7);
    assert!(serial == run(3, 7));
    assert!(serial.iter().zip(&run(1, 8)).all(|(one, other)| one != other));
}

#[test]
fn norms_are_over_axes_of_size_1_and_missing_ones() {
    let values = [3.0, 0.0, -4.0, 1.0, 2.0, -2.0];
    assert_eq!(norms(&values, &[2, 3], &[2, 1]), [5.0, 3.0]);
    let root = f32::sqrt;
    assert_eq!(norms(&values, &[2, 3], &[3]), [root(10.0), 2.0, root(20.0)]);
    assert_eq!(norms(&values, &[2, 3], &[1, 3]), norms(&values, &[2, 3], &[3]));
    assert_eq!(norms(&values, &[2, 3], &[]), [root(34.0)]);
    assert_eq!(norms(&values, &[3, 1, 2], &[1, 1, 2]), [root(29.0), root(5.0)]);
    assert_eq!(norms(&values, &[2, 3], &[2, 3]), values.map(f32::abs));
    // Squares that f32 cannot hold.
    assert_eq!(norms(&[3e30, 4e30], &[2], &[1]), [5e30]);
}

#[test]
fn a_vector_is_an_orthonormal_column() {
    let values = make(&[300], Init::Orthogonal { gain: 2.0 }, 1);
    let square: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
    assert!((square - 4.0).abs() < 1e-5, "{square}");
}
