//! Aligned memory.

use crate::float::Float;

/// Elements of a cache line and of an AVX-512 vector of `f32`: every value in an arena or a state starts at a multiple
/// of it, whatever its type, so that layouts do not depend on the computing type.
pub const ALIGN: usize = 16;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line<F>([F; ALIGN]);

/// A growable buffer of the computing type that starts on a 64-byte boundary.
#[derive(Clone)]
pub struct AlignedBuffer<F: Float = f32> {
    lines: Vec<Line<F>>,
}

impl<F: Float> Default for AlignedBuffer<F> {
    fn default() -> Self {
        AlignedBuffer { lines: Vec::new() }
    }
}

impl<F: Float> AlignedBuffer<F> {
    /// A buffer of at least `len` zeros, rounded up to a multiple of [`ALIGN`].
    pub fn zeros(len: usize) -> Self {
        AlignedBuffer { lines: vec![Line([F::default(); ALIGN]); len.div_ceil(ALIGN)] }
    }

    /// All elements.
    #[inline]
    pub fn as_slice(&self) -> &[F] {
        // SAFETY: `Line` is `repr(C)` around `[F; ALIGN]`, whose size, of 64 bytes or a multiple, is that of the line,
        // so `lines.len()` lines are `lines.len() * ALIGN` initialised, contiguous elements, borrowed for as long as
        // `self`.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.lines.len() * ALIGN) }
    }

    /// All elements, to be written.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [F] {
        // SAFETY: as in `as_slice`; `&mut self` makes the borrow unique.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.lines.len() * ALIGN) }
    }

    /// Grows to at least `len` elements; new ones are zero. Never shrinks.
    pub fn reserve(&mut self, len: usize) {
        let lines = len.div_ceil(ALIGN);
        if lines > self.lines.len() {
            // The old contents are garbage between steps, so a fresh allocation saves the copy.
            self.lines = Vec::new();
            self.lines = vec![Line([F::default(); ALIGN]); lines];
        }
    }
}

const _: () = assert!(size_of::<Line<f32>>() == 64 && size_of::<Line<f64>>() == 128);
