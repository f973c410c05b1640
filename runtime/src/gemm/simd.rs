//! Vectors as the kernels of this module see them, and the kind that every machine has.

use super::super::Float;

/// Most lanes of any [`Simd`]: the size of the arrays that hold one vector per lane.
pub(crate) const MAX_LANES: usize = 16;

/// A vector of `LANES` values on one instruction set.
///
/// # Safety
/// Every function requires that the machine has the instruction set, and is to be inlined into a function that
/// enables it. A pointer must be valid for `LANES` elements, or, with a mask, for the lanes that the mask selects.
/// No alignment is required.
pub(crate) trait Simd: Copy {
    /// The vector.
    type Vector: Copy;
    /// Selects the first lanes of a vector.
    type Mask: Copy;
    /// Number of lanes, a power of two of at most [`MAX_LANES`].
    const LANES: usize;
    /// Whether a masked load costs no more than a plain one.
    const FREE_MASKED_LOADS: bool;

    /// All lanes zero.
    unsafe fn zero() -> Self::Vector;
    /// All lanes `value`.
    unsafe fn splat(value: Float) -> Self::Vector;
    /// `LANES` elements from `source`.
    unsafe fn load(source: *const Float) -> Self::Vector;
    /// `LANES` elements to `target`.
    unsafe fn store(target: *mut Float, value: Self::Vector);
    /// Selects the first `lanes` lanes, all of them when there are fewer.
    unsafe fn mask(lanes: usize) -> Self::Mask;
    /// The selected lanes from `source`, zero elsewhere.
    unsafe fn load_masked(source: *const Float, mask: Self::Mask) -> Self::Vector;
    /// The selected lanes to `target`; nothing else is written.
    unsafe fn store_masked(target: *mut Float, mask: Self::Mask, value: Self::Vector);
    /// `a + b`.
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b + c`.
    unsafe fn mul_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The sums over the lanes of four vectors.
    unsafe fn sum_lanes(vectors: [Self::Vector; 4]) -> [Float; 4];
    /// Exchanges rows and lanes of the first `LANES` vectors.
    unsafe fn transpose(rows: [Self::Vector; MAX_LANES]) -> [Self::Vector; MAX_LANES];
}

/// Lanes of [`ArraySimd`]: those of 16 bytes, as on SSE2.
#[cfg(any(test, not(target_arch = "x86_64")))]
const ARRAY: usize = 16 / size_of::<Float>();

/// Sixteen bytes in plain Rust, for targets without a kind of their own. LLVM finds the vectors, if not always the best
/// ones.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[derive(Clone, Copy)]
pub(crate) struct ArraySimd;

#[cfg(any(test, not(target_arch = "x86_64")))]
impl Simd for ArraySimd {
    type Vector = [Float; ARRAY];
    type Mask = usize;
    const LANES: usize = ARRAY;
    const FREE_MASKED_LOADS: bool = false;

    #[inline(always)]
    unsafe fn zero() -> [Float; ARRAY] {
        [0.0; ARRAY]
    }

    #[inline(always)]
    unsafe fn splat(value: Float) -> [Float; ARRAY] {
        [value; ARRAY]
    }

    #[inline(always)]
    unsafe fn load(source: *const Float) -> [Float; ARRAY] {
        // SAFETY: the caller vouches for `ARRAY` elements; `read_unaligned` needs no alignment.
        unsafe { source.cast::<[Float; ARRAY]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(target: *mut Float, value: [Float; ARRAY]) {
        // SAFETY: the caller vouches for `ARRAY` elements; `write_unaligned` needs no alignment.
        unsafe { target.cast::<[Float; ARRAY]>().write_unaligned(value) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> usize {
        lanes
    }

    #[inline(always)]
    unsafe fn load_masked(source: *const Float, lanes: usize) -> [Float; ARRAY] {
        // SAFETY: only the selected lanes, which the caller vouches for, are read.
        std::array::from_fn(|lane| if lane < lanes { unsafe { *source.add(lane) } } else { 0.0 })
    }

    #[inline(always)]
    unsafe fn store_masked(target: *mut Float, lanes: usize, value: [Float; ARRAY]) {
        for (lane, value) in value.into_iter().enumerate() {
            if lane < lanes {
                // SAFETY: only the selected lanes, which the caller vouches for, are written.
                unsafe { *target.add(lane) = value }
            }
        }
    }

    #[inline(always)]
    unsafe fn add(a: [Float; ARRAY], b: [Float; ARRAY]) -> [Float; ARRAY] {
        std::array::from_fn(|lane| a[lane] + b[lane])
    }

    #[inline(always)]
    unsafe fn mul_add(a: [Float; ARRAY], b: [Float; ARRAY], c: [Float; ARRAY]) -> [Float; ARRAY] {
        std::array::from_fn(|lane| a[lane] * b[lane] + c[lane])
    }

    #[inline(always)]
    unsafe fn sum_lanes(vectors: [[Float; ARRAY]; 4]) -> [Float; 4] {
        vectors.map(|v| {
            let half = ARRAY / 2;
            let pairs: [Float; ARRAY] =
                std::array::from_fn(|lane| if lane < half { v[lane] + v[lane + half] } else { 0.0 });
            if half == 1 { pairs[0] } else { pairs[0] + pairs[1] }
        })
    }

    #[inline(always)]
    unsafe fn transpose(rows: [[Float; ARRAY]; MAX_LANES]) -> [[Float; ARRAY]; MAX_LANES] {
        let mut columns = [[0.0; ARRAY]; MAX_LANES];
        for (i, row) in rows[..ARRAY].iter().enumerate() {
            for (j, &value) in row.iter().enumerate() {
                columns[j][i] = value;
            }
        }
        columns
    }
}
