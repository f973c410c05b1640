//! How work is cut, and that the cuts cover everything once.

mod common;

use common::check;
use macrograd_runtime::lanes::{Max, Min, Product};
use macrograd_runtime::parallel::{
    MAX_PARTS, combine_parts, enter, for_each_part, for_each_piece, num_parts, sum_parts,
};
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn small_work_stays_whole_and_rows_bound_the_parts() {
    assert_eq!(num_parts(0, 0), 1);
    assert_eq!(num_parts(1000, 1000), 1);
    assert_eq!(num_parts(1, usize::MAX), 1);
    assert_eq!(num_parts(3, usize::MAX), 3);
    assert_eq!(num_parts(usize::MAX, usize::MAX), MAX_PARTS);
    assert!((1..20).map(|i| num_parts(1 << 20, i << 14)).is_sorted());
}

#[test]
fn every_part_runs_once() {
    for parts in [0, 1, 2, 7, 16] {
        let counts: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
        for_each_part(parts, &|part| {
            counts[part].fetch_add(1, Ordering::Relaxed);
        });
        assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1));
    }
}

#[test]
fn pieces_start_where_stated() {
    for (rows, stride) in [(0, 4), (1, 1), (5, 3), (17, 2), (3, 0)] {
        for parts in [1, 2, 3, 16] {
            let mut data = vec![usize::MAX; rows * stride];
            for_each_piece(&mut data, stride, rows, parts, &|part, piece| {
                assert_eq!(piece.len(), stride * (rows * (part + 1) / parts - rows * part / parts));
                for (i, value) in piece.iter_mut().enumerate() {
                    *value = stride * (rows * part / parts) + i;
                }
            });
            assert!(data.iter().enumerate().all(|(i, &value)| i == value), "{rows} {stride} {parts}");
        }
    }
}

#[test]
#[should_panic(expected = "`rows` rows of `stride` elements")]
fn pieces_of_another_length_are_refused() {
    for_each_piece(&mut [0; 5], 2, 3, 2, &|_, _| ());
}

#[test]
fn parts_combine_in_order() {
    let nan = f32::NAN;
    // The order shows: 1 is lost beside 1e8 unless 1e8 and -1e8 meet first.
    check("sum", &[1.0, 6.0], 0.0, |out| sum_parts(out, &[1e8, 1.0, -1e8, 2.0, 1.0, 3.0], 3));
    check("max", &[3.0, nan, nan], 0.0, |out| {
        combine_parts::<Max>(out, &[1.0, nan, 0.0, 3.0, 2.0, nan, -1.0, 3.0, 4.0], 3);
    });
    check("min", &[-1.0, nan, nan], 0.0, |out| {
        combine_parts::<Min>(out, &[1.0, nan, 0.0, 3.0, 2.0, nan, -1.0, 3.0, 4.0], 3);
    });
    check("product", &[-3.0, 12.0], 0.0, |out| {
        combine_parts::<Product>(out, &[1.0, 2.0, 3.0, 2.0, -1.0, 3.0], 3);
    });
    check("one part", &[-1.0], 0.0, |out| combine_parts::<Max>(out, &[-1.0, 7.0], 1));
    check("nothing", &[], 0.0, |out| sum_parts(out, &[], 4));
}

#[test]
fn entering_the_pool_runs_the_step_inside_it() {
    let inside = || (rayon::current_thread_index().is_some(), rayon::current_num_threads());
    let (is_inside, threads) = enter(inside);
    assert!(is_inside || threads == 1);
    assert_eq!(enter(|| enter(|| 5)), 5);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool starts");
    assert_eq!(pool.install(|| enter(inside)), (true, 2));
}
