//! The arena: one aligned buffer in which the compiler has given every intermediate value its place.
//!
//! Its words are of the computing type, so that what is computed needs no view.

use super::Float;
use crate::buffer::AlignedBuffer;
use crate::element::Element;
use std::mem::MaybeUninit;
use std::ops::Range;

/// A part of an arena in which all sizes are multiples of one number known at run time.
#[derive(Clone, Copy, Debug)]
pub struct Zone {
    /// First element.
    pub start: usize,
    /// What sizes and offsets are multiplied with.
    pub factor: usize,
}

impl Zone {
    /// The elements of a value: `len · factor` from `offset · factor` on.
    #[inline(always)]
    pub fn at(self, offset: usize, len: usize) -> Range<usize> {
        let start = self.start + offset * self.factor;
        start..start + len * self.factor
    }

    /// `len` elements from the `at`-th element of the value at `offset · factor` on: an element of a stack over a
    /// run-time dimension.
    #[inline(always)]
    pub fn part(self, offset: usize, at: usize, len: usize) -> Range<usize> {
        let start = self.start + offset * self.factor + at;
        start..start + len
    }
}

/// Memory of one compiled function: values come and go at offsets planned at compile time.
#[derive(Default)]
pub struct Arena {
    buffer: AlignedBuffer<Float>,
}

impl Arena {
    /// An empty arena.
    pub fn new() -> Self {
        Arena::default()
    }

    /// Makes room for `len` elements. Contents are unspecified afterwards if it had to grow.
    #[inline]
    pub fn reserve(&mut self, len: usize) {
        self.buffer.reserve(len);
    }

    /// How many elements there is room for.
    pub fn capacity(&self) -> usize {
        self.buffer.as_slice().len()
    }

    /// Borrows parts of the arena, see [`rw`].
    #[inline(never)]
    pub fn rw<const W: usize, const R: usize>(
        &mut self,
        writes: [Range<usize>; W],
        reads: [Range<usize>; R],
    ) -> ([&mut [Float]; W], [&[Float]; R]) {
        borrow(self.buffer.as_mut_slice(), &writes, &reads)
    }

    /// One element.
    #[inline]
    pub fn get(&self, offset: usize) -> Float {
        self.buffer.as_slice()[offset]
    }
}

/// Borrows `writes` mutably and `reads` immutably. Reads may overlap each other; writes must be disjoint from
/// everything else.
///
/// # Panics
/// When a range lies outside the buffer or a write overlaps another range.
#[inline(never)]
pub fn rw<const W: usize, const R: usize>(
    buffer: &mut [Float],
    writes: [Range<usize>; W],
    reads: [Range<usize>; R],
) -> ([&mut [Float]; W], [&[Float]; R]) {
    borrow(buffer, &writes, &reads)
}

#[inline(always)]
fn borrow<'a, const W: usize, const R: usize>(
    buffer: &'a mut [Float],
    writes: &[Range<usize>; W],
    reads: &[Range<usize>; R],
) -> ([&'a mut [Float]; W], [&'a [Float]; R]) {
    let mut written = [const { MaybeUninit::uninit() }; W];
    let mut read: [&[Float]; R] = [&[]; R];
    fill(buffer, writes, reads, &mut written, &mut read);
    // SAFETY: `fill` has initialised all `W` elements, and an array of `MaybeUninit<&mut [f32]>` has the layout of one
    // of `&mut [f32]`. Nothing drops or reads `written` afterwards.
    (unsafe { written.as_ptr().cast::<[&mut [Float]; W]>().read() }, read)
}

/// Puts the parts of `buffer` at `writes` in `written` and those at `reads` in `read`; all elements of both are
/// initialised afterwards. A function of its own, on
/// slices: generated code borrows for every operation, and this for every number of parts would be a fifth of what
/// LLVM has to read.
#[inline(never)]
fn fill<'a>(
    buffer: &'a mut [Float],
    writes: &[Range<usize>],
    reads: &[Range<usize>],
    written: &mut [MaybeUninit<&'a mut [Float]>],
    read: &mut [&'a [Float]],
) {
    assert!(written.len() == writes.len() && read.len() == reads.len(), "one place for each range");
    check_ranges(buffer.len(), writes, reads);
    let base = buffer.as_mut_ptr();
    for (slot, range) in written.iter_mut().zip(writes) {
        // SAFETY: every range lies inside the buffer (checked above), which is borrowed mutably for `'a`; no write
        // overlaps another range (checked above), so this `&mut` is unique. The slices are made from one base pointer,
        // so none invalidates another.
        let part = unsafe { std::slice::from_raw_parts_mut(base.add(range.start), range.end - range.start) };
        slot.write(part);
    }
    for (slot, range) in read.iter_mut().zip(reads) {
        // SAFETY: as above; reads share only with reads.
        *slot = unsafe { std::slice::from_raw_parts(base.add(range.start), range.end - range.start) };
    }
}

/// Elements of another type in a part of the arena, whose words are of the computing type: an element that is longer
/// takes several words, one that is shorter a whole one, though they lie together at the start of the part.
fn num_elements<T: Element>(words: &[Float]) -> usize {
    assert!(words.as_ptr().cast::<T>().is_aligned(), "a value in an arena starts at a multiple of 64 bytes");
    words.len() / size_of::<T>().div_ceil(size_of::<Float>())
}

/// The elements of a part of the arena.
///
/// # Panics
/// When the part does not start where such an element may: values in an arena start at multiples of 64 bytes.
#[inline]
pub fn view<T: Element>(words: &[Float]) -> &[T] {
    let len = num_elements::<T>(words);
    // SAFETY: `len` elements take no more bytes than `words` has, the start is aligned (checked above), every pattern
    // of bits is an element, and the result borrows what `words` does for as long.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), len) }
}

/// The elements of a part of the arena, to be written.
///
/// # Panics
/// As [`view`].
#[inline]
pub fn view_mut<T: Element>(words: &mut [Float]) -> &mut [T] {
    let len = num_elements::<T>(words);
    // SAFETY: as in `view`; every pattern of bits is a word, too, and the unique borrow passes on to the result.
    unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), len) }
}

/// Every range lies inside the buffer, and writes overlap nothing.
fn check_ranges(len: usize, writes: &[Range<usize>], reads: &[Range<usize>]) {
    let overlap = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
    for (index, write) in writes.iter().enumerate() {
        if write.start > write.end
            || write.end > len
            || writes[..index].iter().any(|other| overlap(other, write))
            || reads.iter().any(|read| overlap(read, write))
        {
            bad_ranges();
        }
    }
    if reads.iter().any(|read| read.start > read.end || read.end > len) {
        bad_ranges();
    }
}

#[cold]
#[inline(never)]
fn bad_ranges() -> ! {
    panic!("the planned ranges of a step overlap or leave the arena; this is a bug in macrograd")
}
