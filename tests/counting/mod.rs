//! The system's allocator, counting what passes through it.
#![allow(unsafe_code)] // a global allocator cannot be written without
#![allow(dead_code)] // each test binary uses a part

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static NUM_ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static LARGEST: AtomicUsize = AtomicUsize::new(0);
static LIVE_BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator, whose guarantees are those required.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        NUM_ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        LIVE_BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's obligations are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE_BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's obligations are the same; `pointer` came from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of `num_steps` calls. [`largest`] is of these.
pub fn count(num_steps: usize, mut step: impl FnMut()) -> usize {
    let before = NUM_ALLOCATIONS.load(Ordering::Relaxed);
    LARGEST.store(0, Ordering::Relaxed);
    for _ in 0..num_steps {
        step();
    }
    NUM_ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// Bytes of the largest allocation since counting began.
pub fn largest() -> usize {
    LARGEST.load(Ordering::Relaxed)
}

/// Bytes that are allocated now.
pub fn live_bytes() -> usize {
    LIVE_BYTES.load(Ordering::Relaxed)
}

/// A pool whose threads have all begun to look for work.
///
/// Building one only starts them: what a thread allocates for itself would be counted among the steps.
pub fn started_pool(num_threads: usize) -> rayon::ThreadPool {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(num_threads).build().expect("a pool starts");
    pool.broadcast(|_| ());
    pool
}
