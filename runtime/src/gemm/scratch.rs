//! Buffers that kernels use within a call. They are kept for the next call, so that nothing is allocated after the
//! first call of a size.
//!
//! The list of free buffers belongs to the process rather than to each thread: the thread that runs a step may be
//! another one each time. A parallel loop takes the scratch of all its threads at once, for the same reason.

use super::super::Float;
use crate::buffer::{ALIGN, AlignedBuffer};
use crate::parallel::for_each_part;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

static FREE: Mutex<Vec<AlignedBuffer<Float>>> = Mutex::new(Vec::new());

/// Lengths of buffers that share one scratch, each rounded up so that all start on a 64-byte boundary.
pub(crate) fn aligned_len(len: usize) -> usize {
    len.next_multiple_of(ALIGN)
}

/// Calls `work` with a scratch of `len` elements of unspecified value, aligned to 64 bytes.
pub(crate) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [Float]) -> R) -> R {
    if len == 0 {
        return work(&mut []);
    }
    let mut buffer = take(len);
    buffer.reserve(len);
    let result = work(&mut buffer.as_mut_slice()[..len]);
    FREE.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    result
}

/// A number of several words of which every bit pattern is a value.
///
/// # Safety
/// The implementor's size is a multiple of that of the computing type, its alignment divides 64, and it has no invalid
/// bit pattern.
pub(crate) unsafe trait Wide {}

// SAFETY: eight bytes, aligned to at most 8, any bits.
unsafe impl Wide for f64 {}
// SAFETY: as above.
unsafe impl Wide for u64 {}
// SAFETY: sixteen bytes, aligned to at most 16, any bits.
unsafe impl Wide for u128 {}

/// [`with_scratch`] of numbers that are longer than the computing type.
pub(crate) fn with_scratch_of<T: Wide, R>(len: usize, work: impl FnOnce(&mut [T]) -> R) -> R {
    with_scratch(size_of::<T>() / size_of::<Float>() * len, |scratch| {
        // SAFETY: the scratch has as many words as `len` numbers take; it is aligned to 64 bytes, or empty and dangling
        // at the alignment of a word, from which `dangling` below departs; any bits are a `T`, and are a word
        // afterwards; the unique borrow passes on to the result.
        let wide = unsafe {
            let start = if len == 0 { std::ptr::dangling_mut() } else { scratch.as_mut_ptr().cast() };
            std::slice::from_raw_parts_mut(start, len)
        };
        work(wide)
    })
}

/// The smallest free buffer of at least `len` elements, or the largest one, to be grown.
fn take(len: usize) -> AlignedBuffer<Float> {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let capacity = |buffer: &AlignedBuffer<Float>| buffer.as_slice().len();
    let fitting = (0..free.len()).filter(|&i| capacity(&free[i]) >= len).min_by_key(|&i| capacity(&free[i]));
    let best = fitting.or_else(|| (0..free.len()).max_by_key(|&i| capacity(&free[i])));
    best.map(|i| free.swap_remove(i)).unwrap_or_default()
}

/// Calls `work(part, scratch)` for every part below `parts`, on any threads of the pool, with a scratch of `len`
/// elements of unspecified value, aligned to 64 bytes, that no other part uses meanwhile.
pub(crate) fn for_each_part_with_scratch(
    parts: usize,
    len: usize,
    work: &(impl Fn(usize, &mut [Float]) + Sync),
) {
    let slots = parts.min(rayon::current_num_threads()).min(u64::BITS as usize);
    if slots <= 1 {
        return with_scratch(len, |scratch| (0..parts).for_each(|part| work(part, scratch)));
    }
    let stride = aligned_len(len);
    with_scratch(slots * stride, |scratch| {
        let slots = Slots { base: scratch.as_mut_ptr(), stride, count: slots, taken: AtomicU64::new(0) };
        for_each_part(parts, &|part| slots.with(|scratch| work(part, &mut scratch[..len])));
    });
}

/// Equal pieces of one scratch, each lent to one thread at a time.
struct Slots {
    base: *mut Float,
    stride: usize,
    count: usize,
    /// Bit `i` is set while piece `i` is lent.
    taken: AtomicU64,
}

// SAFETY: threads reach the memory behind `base` only through `with`, which lends each piece to one of them at a
// time; the rest is plain numbers and an atomic.
unsafe impl Sync for Slots {}

impl Slots {
    fn with(&self, work: impl FnOnce(&mut [Float])) {
        let Some(slot) = self.claim() else {
            // More parts in flight than threads, because `work` itself waited for the pool.
            return with_scratch(self.stride, work);
        };
        // SAFETY: `base` points to `count * stride` elements that outlive `self`, and `slot < count`; the bit of
        // `slot` was clear and is now set by us, so this piece is ours until it is cleared below. Acquire and
        // release on `taken` order the accesses of successive holders.
        let piece = unsafe { std::slice::from_raw_parts_mut(self.base.add(slot * self.stride), self.stride) };
        work(piece);
        self.taken.fetch_and(!(1 << slot), Ordering::Release);
    }

    fn claim(&self) -> Option<usize> {
        (0..self.count).find(|slot| {
            let bit = 1 << slot;
            self.taken.fetch_or(bit, Ordering::Acquire) & bit == 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_share_a_scratch() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("threads can be started");
        pool.install(|| {
            for_each_part_with_scratch(64, 100, &|part, scratch| {
                assert_eq!(scratch.len(), 100);
                scratch.fill(part as Float);
                std::thread::yield_now();
                assert!(scratch.iter().all(|&value| value == part as Float));
            });
        });
    }
}
