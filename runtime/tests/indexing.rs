//! Lookups and their reverse against their plain forms, and their answer to indices out of range.

mod common;

use common::{check, random_values, reference, run_everywhere};
use macrograd_runtime::Error;
use macrograd_runtime::ops::gather::{gather, gather_ref};
use macrograd_runtime::ops::index::Extents;
use macrograd_runtime::ops::index_add::{index_add, index_add_ref};
use macrograd_runtime::ops::index_select::{index_select, index_select_ref};
use macrograd_runtime::ops::nll_loss::Label;
use macrograd_runtime::ops::scatter::{scatter, scatter_add, scatter_add_ref, scatter_ref, scatter_value};
use macrograd_runtime::random::Philox;

/// `[outer, size, count, inner]`: empty, single, prime, longer than a vector, cut into parts.
const SIZES: &[[usize; 4]] = &[
    [0, 3, 2, 5],
    [1, 1, 1, 1],
    [1, 1, 0, 1],
    [2, 3, 5, 0],
    [1, 7, 13, 1],
    [1, 5, 3, 17],
    [3, 11, 7, 16],
    [2, 3, 29, 5],
    [1, 1009, 4001, 37],
    [1, 20_011, 30_011, 1],
    [13, 31, 101, 41],
    [4001, 3, 5, 2],
    [1, 2, 20_011, 64],
];

fn random_index(len: usize, size: usize, seed: u64) -> Vec<usize> {
    let mut generator = Philox::new(seed, 0);
    (0..len).map(|_| generator.below(size)).collect()
}

fn check_slices<I: Label>(name: &str, extents: &Extents, index: &[I]) {
    let &Extents { outer, size, count, inner } = extents;
    let (table_len, items_len) = (outer * size * inner, outer * count * inner);
    let (table, items) = (random_values(table_len, 1), random_values(items_len, 2));
    let expected = reference(items_len, |out| index_select_ref(out, &table, index, extents));
    check(&format!("index_select {name}"), &expected, 0.0, |out| {
        index_select(out, &table, index, extents).expect("all indices are in range");
    });
    let expected = reference(table_len, |out| index_add_ref(out, &items, index, extents));
    check(&format!("index_add {name}"), &expected, 0.0, |out| {
        index_add(out, &items, index, extents).expect("all indices are in range");
    });
}

fn check_elements<I: Label>(name: &str, extents: &Extents, index: &[I]) {
    let &Extents { outer, size, count, inner } = extents;
    let (table_len, items_len) = (outer * size * inner, outer * count * inner);
    let (table, items) = (random_values(table_len, 3), random_values(items_len, 4));
    let expected = reference(items_len, |out| gather_ref(out, &table, index, extents));
    check(&format!("gather {name}"), &expected, 0.0, |out| {
        gather(out, &table, index, extents).expect("all indices are in range");
    });
    let expected = reference(table_len, |out| scatter_add_ref(out, &items, index, extents));
    check(&format!("scatter_add {name}"), &expected, 0.0, |out| {
        scatter_add(out, &items, index, extents).expect("all indices are in range");
    });
    let expected = reference(table_len, |out| scatter_ref(out, &table, &items, index, extents));
    check(&format!("scatter {name}"), &expected, 0.0, |out| {
        scatter(out, &table, &items, index, extents).expect("all indices are in range");
    });
    let sevens = vec![7.0; items_len];
    let expected = reference(table_len, |out| scatter_ref(out, &table, &sevens, index, extents));
    check(&format!("scatter_value {name}"), &expected, 0.0, |out| {
        scatter_value(out, &table, 7.0, index, extents).expect("all indices are in range");
    });
}

#[test]
fn slices_match_their_plain_form() {
    for &[outer, size, count, inner] in SIZES {
        let extents = Extents { outer, size, count, inner };
        let index = random_index(count, size, 5);
        let name = format!("{outer} x {size} by {count} x {inner}");
        check_slices(&name, &extents, &index.iter().map(|&i| i as u32).collect::<Vec<_>>());
        check_slices(&name, &extents, &index.iter().map(|&i| i as i64).collect::<Vec<_>>());
        if size <= 256 {
            check_slices(&name, &extents, &index.iter().map(|&i| i as u8).collect::<Vec<_>>());
        }
        check_slices(&format!("{name}, all the same"), &extents, &vec![size as u32 - 1; count]);
    }
}

#[test]
fn elements_match_their_plain_form() {
    for &[outer, size, count, inner] in SIZES {
        let extents = Extents { outer, size, count, inner };
        let index = random_index(outer * count * inner, size, 6);
        let name = format!("{outer} x {size} by {count} x {inner}");
        check_elements(&name, &extents, &index.iter().map(|&i| i as u32).collect::<Vec<_>>());
        check_elements(&name, &extents, &index.iter().map(|&i| i as i64).collect::<Vec<_>>());
        if size <= 256 {
            check_elements(&name, &extents, &index.iter().map(|&i| i as u8).collect::<Vec<_>>());
        }
        check_elements(&format!("{name}, all the same"), &extents, &vec![0u32; index.len()]);
    }
}

/// The error of a kernel that met an index out of range.
fn assert_bad(result: Result<(), Error>, position: usize, index: i64, size: usize) {
    let found = result.expect_err("an index is out of range");
    let Error::IndexOutOfRange { position: at, index: bad, size: of } = found else { panic!("{found}") };
    assert_eq!((at, bad, of), (position, index, size));
}

#[test]
fn the_first_index_out_of_range_is_reported() {
    let extents = Extents { outer: 1, size: 5, count: 40_000, inner: 2 };
    let (table, items) = (random_values(10, 1), random_values(80_000, 2));
    for bad in [-1, 5, i64::MIN, i64::MAX] {
        let mut index = vec![1i64; 80_000];
        for position in [39_999, 20_001, 20_000] {
            index[position] = bad;
        }
        let slices = &index[..40_000];
        for (_, out) in run_everywhere(80_000, |out| {
            assert_bad(index_select(out, &table, slices, &extents), 20_000, bad, 5);
        }) {
            assert!(out[40_000].is_nan() && out[40_001].is_nan() && out[0] == table[2]);
        }
        for (_, out) in run_everywhere(80_000, |out| {
            assert_bad(gather(out, &table, &index, &extents), 20_000, bad, 5);
        }) {
            assert!(out[20_000].is_nan() && out[0] == table[2]);
        }
        for (_, out) in run_everywhere(10, |out| {
            assert_bad(index_add(out, &items, slices, &extents), 20_000, bad, 5);
        }) {
            assert!(out.iter().all(|value| value.is_finite()));
        }
        run_everywhere(10, |out| assert_bad(scatter_add(out, &items, &index, &extents), 20_000, bad, 5));
        run_everywhere(10, |out| assert_bad(scatter(out, &table, &items, &index, &extents), 20_000, bad, 5));
        run_everywhere(10, |out| {
            assert_bad(scatter_value(out, &table, 0.0, &index, &extents), 20_000, bad, 5)
        });
    }
    let one = Extents { outer: 1, size: 3, count: 1, inner: 1 };
    let error = gather(&mut [0.0], &[0.0; 3], &[-2i64], &one).expect_err("there is no place -2");
    assert_eq!(
        error.to_string(),
        "index -2 at position 0 is out of range: the axis has size 3, its places are numbered from 0"
    );
}

#[test]
fn infinities_move_unchanged() {
    let extents = Extents { outer: 1, size: 2, count: 3, inner: 1 };
    let table = [f32::INFINITY, f32::NAN];
    let expected = [f32::NAN, f32::INFINITY, f32::NAN];
    check("gather", &expected, 0.0, |out| {
        gather(out, &table, &[1u8, 0, 1], &extents).expect("all indices are in range");
    });
    check("index_select", &expected, 0.0, |out| {
        index_select(out, &table, &[1u8, 0, 1], &extents).expect("all indices are in range");
    });
}

#[test]
#[should_panic(expected = "number of indices of gather")]
fn a_missing_index_is_refused() {
    let extents = Extents { outer: 1, size: 3, count: 2, inner: 1 };
    let _ = gather(&mut [0.0; 2], &[0.0; 3], &[0u8], &extents);
}
