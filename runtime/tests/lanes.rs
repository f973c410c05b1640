//! Reductions in lanes: every element counts once, and NaN is kept.
#![allow(missing_docs)]

use macrograd_runtime::lanes::{LANES, Max, Min, Product, Reduction, Sum, fold, total};

fn reduce<R: Reduction>(values: &[f32]) -> f32 {
    let mut lanes = [R::IDENTITY; LANES];
    fold::<R>(&mut lanes, values);
    total::<R>(&lanes)
}

fn plain<R: Reduction>(values: &[f32]) -> f32 {
    values.iter().fold(R::IDENTITY, |total, &value| R::combine(total, value))
}

#[test]
fn every_element_counts_once() {
    for len in [0, 1, 2, 15, 16, 17, 31, 33, 64, 101] {
        // Whole numbers and powers of two, so that no order rounds.
        let values: Vec<f32> = (0..len).map(|i| ((i * 37) % 101) as f32 - 50.0).collect();
        let factors: Vec<f32> = (0..len).map(|i| [2.0, 0.5, -1.0, 4.0, 0.25][i % 5]).collect();
        assert_eq!(reduce::<Sum>(&values), plain::<Sum>(&values), "sum of {len}");
        assert_eq!(reduce::<Max>(&values), plain::<Max>(&values), "largest of {len}");
        assert_eq!(reduce::<Min>(&values), plain::<Min>(&values), "smallest of {len}");
        assert_eq!(reduce::<Product>(&factors), plain::<Product>(&factors), "product of {len}");
    }
}

#[test]
fn nan_is_kept_wherever_it_stands() {
    for len in [1, 16, 17, 40] {
        for place in 0..len {
            let mut values = vec![1.0; len];
            values[place] = f32::NAN;
            assert!(reduce::<Max>(&values).is_nan() && reduce::<Min>(&values).is_nan(), "{place} of {len}");
        }
    }
}
