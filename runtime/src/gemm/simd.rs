//! Vectors of `f32` as the kernels of this module see them, and the kind that every machine has.

/// Most lanes of any [`Simd`]: the size of the arrays that hold one vector per lane.
pub(super) const MAX_LANES: usize = 16;

/// A vector of `LANES` values of `f32` on one instruction set.
///
/// # Safety
/// Every function requires that the machine has the instruction set, and is to be inlined into a function that
/// enables it. A pointer must be valid for `LANES` elements, or, with a mask, for the lanes that the mask selects.
/// No alignment is required.
pub(super) trait Simd: Copy {
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
    unsafe fn splat(value: f32) -> Self::Vector;
    /// `LANES` elements from `source`.
    unsafe fn load(source: *const f32) -> Self::Vector;
    /// `LANES` elements to `target`.
    unsafe fn store(target: *mut f32, value: Self::Vector);
    /// Selects the first `lanes` lanes, all of them when there are fewer.
    unsafe fn mask(lanes: usize) -> Self::Mask;
    /// The selected lanes from `source`, zero elsewhere.
    unsafe fn load_masked(source: *const f32, mask: Self::Mask) -> Self::Vector;
    /// The selected lanes to `target`; nothing else is written.
    unsafe fn store_masked(target: *mut f32, mask: Self::Mask, value: Self::Vector);
    /// `a + b`.
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b + c`.
    unsafe fn mul_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The sums over the lanes of four vectors.
    unsafe fn sum_lanes(vectors: [Self::Vector; 4]) -> [f32; 4];
    /// Exchanges rows and lanes of the first `LANES` vectors.
    unsafe fn transpose(rows: [Self::Vector; MAX_LANES]) -> [Self::Vector; MAX_LANES];
}

/// Four lanes in plain Rust, for targets without a kind of their own. LLVM finds the vectors, if not always the best
/// ones.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[derive(Clone, Copy)]
pub(super) struct ArraySimd;

#[cfg(any(test, not(target_arch = "x86_64")))]
impl Simd for ArraySimd {
    type Vector = [f32; 4];
    type Mask = usize;
    const LANES: usize = 4;
    const FREE_MASKED_LOADS: bool = false;

    #[inline(always)]
    unsafe fn zero() -> [f32; 4] {
        [0.0; 4]
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> [f32; 4] {
        [value; 4]
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> [f32; 4] {
        // SAFETY: the caller vouches for four elements; `read_unaligned` needs no alignment.
        unsafe { source.cast::<[f32; 4]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(target: *mut f32, value: [f32; 4]) {
        // SAFETY: the caller vouches for four elements; `write_unaligned` needs no alignment.
        unsafe { target.cast::<[f32; 4]>().write_unaligned(value) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> usize {
        lanes
    }

    #[inline(always)]
    unsafe fn load_masked(source: *const f32, lanes: usize) -> [f32; 4] {
        // SAFETY: only the selected lanes, which the caller vouches for, are read.
        std::array::from_fn(|lane| if lane < lanes { unsafe { *source.add(lane) } } else { 0.0 })
    }

    #[inline(always)]
    unsafe fn store_masked(target: *mut f32, lanes: usize, value: [f32; 4]) {
        for (lane, value) in value.into_iter().enumerate() {
            if lane < lanes {
                // SAFETY: only the selected lanes, which the caller vouches for, are written.
                unsafe { *target.add(lane) = value }
            }
        }
    }

    #[inline(always)]
    unsafe fn add(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]]
    }

    #[inline(always)]
    unsafe fn mul_add(a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        [a[0] * b[0] + c[0], a[1] * b[1] + c[1], a[2] * b[2] + c[2], a[3] * b[3] + c[3]]
    }

    #[inline(always)]
    unsafe fn sum_lanes(vectors: [[f32; 4]; 4]) -> [f32; 4] {
        vectors.map(|v| (v[0] + v[2]) + (v[1] + v[3]))
    }

    #[inline(always)]
    unsafe fn transpose(rows: [[f32; 4]; MAX_LANES]) -> [[f32; 4]; MAX_LANES] {
        let mut columns = [[0.0; 4]; MAX_LANES];
        for (i, row) in rows[..4].iter().enumerate() {
            for (j, &value) in row.iter().enumerate() {
                columns[j][i] = value;
            }
        }
        columns
    }
}
