//! Sorting and selection against their plain forms, with ties, NaN and zeros of both signs; bisection.

mod common;

use common::{random_integers, random_values, run_everywhere};
use macrograd_runtime::arena::{view, view_mut};
use macrograd_runtime::ops::searchsorted::{searchsorted, searchsorted_ref};
use macrograd_runtime::ops::sort::{SortOptions, sort, sort_ref};

fn check_sort(name: &str, input: &[f32], options: &SortOptions) {
    let len = options.outer * options.count * options.inner;
    let mut expected = (vec![f32::NAN; len], vec![u32::MAX; len]);
    sort_ref(&mut expected.0, &mut expected.1, input, options);
    // Both outputs lie in one fenced memory.
    let outputs = run_everywhere(2 * len, |output| {
        let (values, indices) = output.split_at_mut(len);
        sort(values, view_mut::<u32>(indices), input, options).expect("the axis is long enough");
    });
    for (level, output) in outputs {
        let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        assert!(output[..len].iter().zip(&expected.0).all(same), "{name}, {options:?}, {level:?}");
        assert_eq!(view::<u32>(&output[len..]), expected.1, "{name}, {options:?}, {level:?}");
    }
}

#[test]
fn sort_matches_its_plain_form() {
    for size in [1, 2, 3, 16, 17, 101, 307] {
        for (outer, inner) in [(1, 1), (0, 1), (2, 0), (3, 1), (2, 5), (19, 3)] {
            let len = outer * size * inner;
            let mut with_nan = random_integers(len, 3);
            for index in (0..len).step_by(7) {
                with_nan[index] = f32::NAN;
            }
            for index in (3..len).step_by(11) {
                with_nan[index] = -0.0;
            }
            let inputs =
                [("distinct", random_values(len, 1)), ("ties", random_integers(len, 2)), ("NaN", with_nan)];
            for (name, input) in &inputs {
                let mut parts = vec![(0, size), (0, 1), (size - 1, 1), (size / 2, 1), (0, size.div_ceil(3))];
                parts.push((size / 3, size / 2));
                for (start, count) in parts {
                    for descending in [false, true] {
                        let options = |by_place, nan_wins| SortOptions {
                            outer,
                            size,
                            inner,
                            start,
                            count,
                            descending,
                            by_place,
                            nan_wins,
                        };
                        check_sort(name, input, &options(false, false));
                        check_sort(name, input, &options(true, false));
                        check_sort(name, input, &options(false, true));
                    }
                }
            }
        }
    }
}

#[test]
fn infinities_are_numbers() {
    let input = [f32::INFINITY, f32::NAN, f32::NEG_INFINITY, 0.0, f32::MIN_POSITIVE, -1e-45, f32::MAX, -0.0];
    for descending in [false, true] {
        let options = SortOptions {
            outer: 1,
            size: 8,
            inner: 1,
            start: 0,
            count: 8,
            descending,
            by_place: false,
            nan_wins: false,
        };
        check_sort("infinities", &input, &options);
    }
}

#[test]
fn searchsorted_matches_its_plain_form() {
    for (outer, size, count) in
        [(1, 1, 1), (0, 3, 2), (1, 7, 13), (3, 17, 5), (101, 31, 257), (2, 1009, 4001)]
    {
        for shared in [false, true] {
            let mut sorted = random_integers(if shared { size } else { outer * size }, 1);
            sorted.chunks_mut(size).for_each(|row| row.sort_by(f32::total_cmp));
            let values = random_integers(outer * count, 2);
            for right in [false, true] {
                let mut expected = vec![u32::MAX; values.len()];
                searchsorted_ref(&mut expected, &sorted, &values, size, count, right);
                for (level, output) in run_everywhere(values.len(), |output| {
                    searchsorted(view_mut::<u32>(output), &sorted, &values, size, count, right);
                }) {
                    assert_eq!(
                        view::<u32>(&output),
                        expected,
                        "{outer} x {size} by {count}, {right}, {level:?}"
                    );
                }
            }
        }
    }
    let mut output = [0; 3];
    searchsorted(&mut output, &[1.0, 2.0], &[f32::NAN, f32::INFINITY, f32::NEG_INFINITY], 2, 3, false);
    assert_eq!(output, [2, 2, 0]);
}

#[test]
fn more_than_all_is_refused() {
    let options = SortOptions {
        outer: 1,
        size: 3,
        inner: 1,
        start: 2,
        count: 2,
        descending: false,
        by_place: false,
        nan_wins: false,
    };
    let error = sort(&mut [0.0; 2], &mut [0; 2], &[0.0; 3], &options).expect_err("3 are less than 4");
    assert_eq!(error.to_string(), "an axis of size 3 is too short: 4 elements of it are asked for");
}
