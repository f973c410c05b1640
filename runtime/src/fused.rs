//! Fused loops: what runs the element-wise loops of generated code, which states them through [`fused!`](crate::fused!).
//!
//! A loop's operands and the cutting of its rows are data, so that all of it is compiled once, here; generated code
//! holds the loop bodies only, once per instruction set.

use super::Float;
#[cfg(target_arch = "x86_64")]
use crate::isa::{Avx2, Avx512};
use crate::isa::{Isa, IsaLevel, Portable, isa_level};
use crate::parallel::{MAX_PARTS, cut, for_each_part};
use std::marker::PhantomData;
use std::slice;

/// How an operand is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Between rows.
    Rows,
    /// One slice for each part.
    Parts,
    /// Not at all.
    Whole,
}

/// A slice that a loop reads or writes.
pub struct Operand<'a> {
    pointer: *mut Float,
    len: usize,
    /// Elements per row, or per part.
    step: usize,
    cut: Cut,
    writes: bool,
    lifetime: PhantomData<&'a mut [Float]>,
}

// SAFETY: an operand stands for the `&mut [f32]` or `&[f32]` that it was made from, and threads that share it reach
// its elements through `Part` only: written elements in one part each (`run` cuts rows and parts without overlap),
// elements that several parts see are only read.
unsafe impl Sync for Operand<'_> {}

impl<'a> Operand<'a> {
    /// Written: `step` elements per row.
    pub fn write(slice: &'a mut [Float], step: usize) -> Self {
        Operand::new(slice.as_mut_ptr(), slice.len(), step, Cut::Rows, true)
    }

    /// Written: `step` elements per part.
    pub fn partial(slice: &'a mut [Float], step: usize) -> Self {
        Operand::new(slice.as_mut_ptr(), slice.len(), step, Cut::Parts, true)
    }

    /// Read: `step` elements per row.
    pub fn read(slice: &'a [Float], step: usize) -> Self {
        Operand::new(slice.as_ptr().cast_mut(), slice.len(), step, Cut::Rows, false)
    }

    /// Read by every part.
    pub fn whole(slice: &'a [Float]) -> Self {
        Operand::new(slice.as_ptr().cast_mut(), slice.len(), 0, Cut::Whole, false)
    }

    fn new(pointer: *mut Float, len: usize, step: usize, cut: Cut, writes: bool) -> Self {
        Operand { pointer, len, step, cut, writes, lifetime: PhantomData }
    }
}

/// What one call of a loop works on: some of its rows.
pub struct Part<'a> {
    rows: usize,
    first_row: usize,
    index: usize,
    sizes: slice::Iter<'a, usize>,
    scalars: slice::Iter<'a, Float>,
    operands: slice::Iter<'a, Operand<'a>>,
}

/// Each operand, size and scalar is handed out once, in the order in which it was given: so that none is borrowed
/// twice. Calls, not inlined: they would be most of what LLVM has to read of a loop.
impl<'a> Part<'a> {
    /// Number of rows.
    #[inline]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The next size.
    #[inline(never)]
    pub fn size(&mut self) -> usize {
        *self.sizes.next().expect("a loop takes the sizes that it was given")
    }

    /// The next scalar.
    #[inline(never)]
    pub fn scalar(&mut self) -> Float {
        *self.scalars.next().expect("a loop takes the scalars that it was given")
    }

    /// The elements of the next operand, which is written, in this part.
    #[inline(never)]
    pub fn output(&mut self) -> &'a mut [Float] {
        let (pointer, len) = self.next_operand(true);
        // SAFETY: `next_operand` returns a range inside the `&'a mut [f32]` of the operand that belongs to this part
        // alone (see there), and each operand of a part is handed out once.
        unsafe { slice::from_raw_parts_mut(pointer, len) }
    }

    /// The elements of the next operand, which is read, in this part.
    #[inline(never)]
    pub fn input(&mut self) -> &'a [Float] {
        let (pointer, len) = self.next_operand(false);
        // SAFETY: `next_operand` returns a range inside the `&'a [f32]` of the operand, which nobody writes.
        unsafe { slice::from_raw_parts(pointer, len) }
    }

    /// First element and number of elements of the next operand in this part: inside the operand, and, unless it is
    /// cut nowhere, disjoint from those of every other part.
    fn next_operand(&mut self, writes: bool) -> (*mut Float, usize) {
        let operand = self.operands.next().expect("a loop takes the operands that it was given");
        assert_eq!(operand.writes, writes, "outputs of a loop are taken before its inputs");
        let (start, len) = match operand.cut {
            Cut::Rows => (self.first_row * operand.step, self.rows * operand.step),
            Cut::Parts => (self.index * operand.step, operand.step),
            Cut::Whole => (0, operand.len),
        };
        // SAFETY: `run` has checked that all rows and all parts lie inside the operand, and this part is one of them.
        (unsafe { operand.pointer.add(start) }, len)
    }
}

/// The body of a loop, generic over the instruction set. Mark `run` with `#[inline(always)]`.
pub trait FusedLoop {
    /// Runs the loop over the rows of a part.
    fn run<S: Isa>(part: Part<'_>);
}

/// A loop compiled for every instruction set.
#[derive(Clone, Copy)]
pub struct Kernel {
    portable: fn(Part<'_>),
    #[cfg(target_arch = "x86_64")]
    avx2: unsafe fn(Part<'_>),
    #[cfg(target_arch = "x86_64")]
    avx512: unsafe fn(Part<'_>),
}

impl Kernel {
    /// The forms of a loop.
    pub const fn of<L: FusedLoop>() -> Kernel {
        Kernel {
            portable: run_portable::<L>,
            #[cfg(target_arch = "x86_64")]
            avx2: run_avx2::<L>,
            #[cfg(target_arch = "x86_64")]
            avx512: run_avx512::<L>,
        }
    }

    fn call(self, level: IsaLevel, part: Part<'_>) {
        match level {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `level` is Avx512 only when this machine has the features that `run_avx512` enables.
            IsaLevel::Avx512 => unsafe { (self.avx512)(part) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `level` is Avx2 only when this machine has the features that `run_avx2` enables.
            IsaLevel::Avx2 => unsafe { (self.avx2)(part) },
            _ => (self.portable)(part),
        }
    }
}

fn run_portable<L: FusedLoop>(part: Part<'_>) {
    L::run::<Portable>(part);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
fn run_avx512<L: FusedLoop>(part: Part<'_>) {
    L::run::<Avx512>(part);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<L: FusedLoop>(part: Part<'_>) {
    L::run::<Avx2>(part);
}

/// Runs a loop over `rows` rows cut in `parts` parts of about equal size.
///
/// # Panics
/// When an operand is too short, or there are more than [`MAX_PARTS`] parts.
#[inline(never)]
pub fn run(
    kernel: Kernel,
    rows: usize,
    sizes: &[usize],
    scalars: &[Float],
    operands: &[Operand<'_>],
    parts: usize,
) {
    let parts = parts.max(1);
    assert!(parts <= MAX_PARTS, "{parts} parts of a loop, at most {MAX_PARTS} are supported");
    for operand in operands {
        let steps = match operand.cut {
            Cut::Rows => rows,
            Cut::Parts => parts,
            Cut::Whole => 0,
        };
        let needed = steps.checked_mul(operand.step);
        assert!(needed.is_some_and(|needed| needed <= operand.len), "an operand of a loop is too short");
    }
    let level = isa_level();
    let part = |index: usize| {
        let first_row = cut(rows, index, parts);
        Part {
            rows: cut(rows, index + 1, parts) - first_row,
            first_row,
            index,
            sizes: sizes.iter(),
            scalars: scalars.iter(),
            operands: operands.iter(),
        }
    };
    if parts == 1 {
        kernel.call(level, part(0));
    } else {
        for_each_part(parts, &|index| kernel.call(level, part(index)));
    }
}
