//! The arena hands out disjoint writes, and nothing else.
#![allow(clippy::single_range_in_vec_init)] // arrays of ranges are what the arena takes

use macrograd_runtime::arena::Arena;
use macrograd_runtime::buffer::{ALIGN, AlignedBuffer};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn buffers_are_aligned_zero_and_rounded_up() {
    for len in [0, 1, 15, 16, 17, 1000] {
        let mut buffer = AlignedBuffer::zeros(len);
        assert_eq!(buffer.as_slice().len(), len.next_multiple_of(ALIGN));
        assert!(buffer.as_slice().iter().all(|&value| value == 0.0));
        if len > 0 {
            assert_eq!(buffer.as_slice().as_ptr() as usize % 64, 0);
        }
        buffer.as_mut_slice().fill(1.0);
        let copy = buffer.clone();
        assert_eq!(copy.as_slice(), buffer.as_slice());
    }
}

#[test]
fn reserve_grows_and_never_shrinks() {
    let mut arena = Arena::new();
    assert_eq!(arena.capacity(), 0);
    arena.reserve(17);
    assert_eq!(arena.capacity(), 32);
    arena.rw([3..4], []).0[0][0] = 5.0;
    arena.reserve(20);
    assert_eq!((arena.capacity(), arena.get(3)), (32, 5.0));
    arena.reserve(33);
    assert_eq!(arena.capacity(), 48);
}

#[test]
fn writes_reach_later_reads() {
    let mut arena = Arena::new();
    arena.reserve(64);
    let ([first, second], []) = arena.rw([0..16, 16..40], []);
    first.fill(1.0);
    second.fill(2.0);
    // Reads may overlap each other.
    let ([sum], [a, b, all]) = arena.rw([40..64], [0..16, 8..24, 0..40]);
    assert_eq!((a.len(), b.len(), all.len()), (16, 16, 40));
    sum.fill(a[8] + b[15] + all[39]);
    assert_eq!(arena.get(63), 5.0);
    let ([empty], [whole]) = arena.rw([0..0], [0..64]);
    assert_eq!((empty.len(), whole.len()), (0, 64));
}

#[test]
fn overlapping_writes_and_ranges_outside_panic() {
    let mut arena = Arena::new();
    arena.reserve(64);
    let mut panics = |borrow: &dyn Fn(&mut Arena)| {
        catch_unwind(AssertUnwindSafe(|| borrow(&mut arena)))
            .expect_err("the ranges are refused")
            .downcast_ref::<&str>()
            .is_some_and(|message| message.contains("overlap or leave the arena"))
    };
    let reversed = std::ops::Range { start: 8, end: 4 };
    assert!(panics(&|arena| {
        arena.rw([0..16, 15..20], []);
    }));
    assert!(panics(&|arena| {
        arena.rw([0..16, 32..48, 4..8], []);
    }));
    assert!(panics(&|arena| {
        arena.rw([0..16], [15..16]);
    }));
    assert!(panics(&|arena| {
        arena.rw([20..30], [0..4, 0..64]);
    }));
    assert!(panics(&|arena| {
        arena.rw([0..65], []);
    }));
    assert!(panics(&|arena| {
        arena.rw([], [64..65]);
    }));
    assert!(panics(&|arena| {
        arena.rw([usize::MAX..usize::MAX], []);
    }));
    assert!(panics(&|arena| {
        arena.rw([reversed.clone()], []);
    }));
    assert!(panics(&|arena| {
        arena.rw([], [reversed.clone()]);
    }));
}
