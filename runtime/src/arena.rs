//! The arena: one aligned buffer in which the compiler has given every intermediate value its place.

use crate::element::Element;
use std::mem::MaybeUninit;
use std::ops::Range;

/// Elements of a cache line and of an AVX-512 vector: every value in an arena starts at a multiple of it.
pub const ALIGN: usize = 16;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; ALIGN]);

/// A growable `f32` buffer that starts on a 64-byte boundary.
#[derive(Clone, Default)]
pub struct AlignedBuffer {
    lines: Vec<Line>,
}

impl AlignedBuffer {
    /// A buffer of at least `len` zeros, rounded up to a multiple of [`ALIGN`].
    pub fn zeros(len: usize) -> Self {
        AlignedBuffer { lines: vec![Line([0.0; ALIGN]); len.div_ceil(ALIGN)] }
    }

    /// All elements.
    #[inline]
    pub fn as_slice(&self) -> &[f32] {
        // SAFETY: `Line` is `repr(C)` around `[f32; ALIGN]` with size `4 * ALIGN`, so `lines.len()` lines are
        // `lines.len() * ALIGN` initialised, contiguous `f32`s, borrowed for as long as `self`.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.lines.len() * ALIGN) }
    }

    /// All elements, to be written.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        // SAFETY: as in `as_slice`; `&mut self` makes the borrow unique.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.lines.len() * ALIGN) }
    }

    /// Grows to at least `len` elements; new ones are zero. Never shrinks.
    pub fn reserve(&mut self, len: usize) {
        let lines = len.div_ceil(ALIGN);
        if lines > self.lines.len() {
            // The old contents are garbage between steps, so a fresh allocation saves the copy.
            self.lines = Vec::new();
            self.lines = vec![Line([0.0; ALIGN]); lines];
        }
    }
}

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
    buffer: AlignedBuffer,
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
    ) -> ([&mut [f32]; W], [&[f32]; R]) {
        borrow(self.buffer.as_mut_slice(), &writes, &reads)
    }

    /// One element.
    #[inline]
    pub fn get(&self, offset: usize) -> f32 {
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
    buffer: &mut [f32],
    writes: [Range<usize>; W],
    reads: [Range<usize>; R],
) -> ([&mut [f32]; W], [&[f32]; R]) {
    borrow(buffer, &writes, &reads)
}

#[inline(always)]
fn borrow<'a, const W: usize, const R: usize>(
    buffer: &'a mut [f32],
    writes: &[Range<usize>; W],
    reads: &[Range<usize>; R],
) -> ([&'a mut [f32]; W], [&'a [f32]; R]) {
    let mut written = [const { MaybeUninit::uninit() }; W];
    let mut read: [&[f32]; R] = [&[]; R];
    fill(buffer, writes, reads, &mut written, &mut read);
    // SAFETY: `fill` has initialised all `W` elements, and an array of `MaybeUninit<&mut [f32]>` has the layout of one
    // of `&mut [f32]`. Nothing drops or reads `written` afterwards.
    (unsafe { written.as_ptr().cast::<[&mut [f32]; W]>().read() }, read)
}

/// Puts the parts of `buffer` at `writes` in `written` and those at `reads` in `read`; all elements of both are
/// initialised afterwards. A function of its own, on
/// slices: generated code borrows for every operation, and this for every number of parts would be a fifth of what
/// LLVM has to read.
#[inline(never)]
fn fill<'a>(
    buffer: &'a mut [f32],
    writes: &[Range<usize>],
    reads: &[Range<usize>],
    written: &mut [MaybeUninit<&'a mut [f32]>],
    read: &mut [&'a [f32]],
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

/// Elements of another type in a part of the arena, whose words are as long as an `f32`: an element that is longer
/// takes several words, one that is shorter a whole one, though they lie together at the start of the part.
fn num_elements<T: Element>(words: &[f32]) -> usize {
    assert!(words.as_ptr().cast::<T>().is_aligned(), "a value in an arena starts at a multiple of 64 bytes");
    words.len() / size_of::<T>().div_ceil(size_of::<f32>())
}

/// The elements of a part of the arena.
///
/// # Panics
/// When the part does not start where such an element may: values in an arena start at multiples of 64 bytes.
#[inline]
pub fn view<T: Element>(words: &[f32]) -> &[T] {
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
pub fn view_mut<T: Element>(words: &mut [f32]) -> &mut [T] {
    let len = num_elements::<T>(words);
    // SAFETY: as in `view`; every pattern of bits is an `f32`, too, and the unique borrow passes on to the result.
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
