//! The vectors of `f64` of AVX-512, AVX2 and SSE2.
//!
//! All functions are `#[inline(always)]` without target features of their own, so that they take on those of the
//! kernel they end up in; see [`Simd`] for what the caller vouches for.

use super::gemm::simd::{MAX_LANES, Simd};
use std::arch::x86_64::*;

/// AVX-512 F and DQ.
#[derive(Clone, Copy)]
pub(crate) struct Avx512Simd;

impl Simd for Avx512Simd {
    type Vector = __m512d;
    type Mask = __mmask8;
    const LANES: usize = 8;
    const FREE_MASKED_LOADS: bool = true;

    #[inline(always)]
    unsafe fn zero() -> __m512d {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm512_setzero_pd() }
    }

    #[inline(always)]
    unsafe fn splat(value: f64) -> __m512d {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm512_set1_pd(value) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f64) -> __m512d {
        // SAFETY: the caller vouches for the instruction set and for eight elements.
        unsafe { _mm512_loadu_pd(source) }
    }

    #[inline(always)]
    unsafe fn store(target: *mut f64, value: __m512d) {
        // SAFETY: the caller vouches for the instruction set and for eight elements.
        unsafe { _mm512_storeu_pd(target, value) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> __mmask8 {
        if lanes >= 8 { u8::MAX } else { (1 << lanes) - 1 }
    }

    #[inline(always)]
    unsafe fn load_masked(source: *const f64, mask: __mmask8) -> __m512d {
        // SAFETY: the caller vouches for the instruction set and for the selected elements; others are not touched.
        unsafe { _mm512_maskz_loadu_pd(mask, source) }
    }

    #[inline(always)]
    unsafe fn store_masked(target: *mut f64, mask: __mmask8, value: __m512d) {
        // SAFETY: the caller vouches for the instruction set and for the selected elements; others are not touched.
        unsafe { _mm512_mask_storeu_pd(target, mask, value) }
    }

    #[inline(always)]
    unsafe fn add(a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm512_add_pd(a, b) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: __m512d, b: __m512d, c: __m512d) -> __m512d {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm512_fmadd_pd(a, b, c) }
    }

    #[inline(always)]
    unsafe fn sum_lanes(vectors: [__m512d; 4]) -> [f64; 4] {
        // SAFETY: the caller vouches for the instruction set, which has all of AVX2.
        unsafe {
            let halves =
                vectors.map(|v| _mm256_add_pd(_mm512_castpd512_pd256(v), _mm512_extractf64x4_pd::<1>(v)));
            Avx2Simd::sum_lanes(halves)
        }
    }

    #[inline(always)]
    unsafe fn transpose(rows: [__m512d; MAX_LANES]) -> [__m512d; MAX_LANES] {
        // SAFETY: the caller vouches for the instruction set.
        unsafe {
            // `pairs[2 * i + j]` holds, in each quarter `q`, rows `2 i` and `2 i + 1` of column `2 q + j`.
            let mut pairs = [_mm512_setzero_pd(); 8];
            for i in 0..4 {
                pairs[2 * i] = _mm512_unpacklo_pd(rows[2 * i], rows[2 * i + 1]);
                pairs[2 * i + 1] = _mm512_unpackhi_pd(rows[2 * i], rows[2 * i + 1]);
            }
            let mut columns = [_mm512_setzero_pd(); MAX_LANES];
            for j in 0..2 {
                let [a, b, c, d] = [pairs[j], pairs[2 + j], pairs[4 + j], pairs[6 + j]];
                let ab_even = _mm512_shuffle_f64x2::<0b10_00_10_00>(a, b);
                let ab_odd = _mm512_shuffle_f64x2::<0b11_01_11_01>(a, b);
                let cd_even = _mm512_shuffle_f64x2::<0b10_00_10_00>(c, d);
                let cd_odd = _mm512_shuffle_f64x2::<0b11_01_11_01>(c, d);
                columns[j] = _mm512_shuffle_f64x2::<0b10_00_10_00>(ab_even, cd_even);
                columns[2 + j] = _mm512_shuffle_f64x2::<0b10_00_10_00>(ab_odd, cd_odd);
                columns[4 + j] = _mm512_shuffle_f64x2::<0b11_01_11_01>(ab_even, cd_even);
                columns[6 + j] = _mm512_shuffle_f64x2::<0b11_01_11_01>(ab_odd, cd_odd);
            }
            columns
        }
    }
}

/// AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2Simd;

impl Simd for Avx2Simd {
    type Vector = __m256d;
    type Mask = __m256i;
    const LANES: usize = 4;
    const FREE_MASKED_LOADS: bool = true;

    #[inline(always)]
    unsafe fn zero() -> __m256d {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm256_setzero_pd() }
    }

    #[inline(always)]
    unsafe fn splat(value: f64) -> __m256d {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm256_set1_pd(value) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f64) -> __m256d {
        // SAFETY: the caller vouches for the instruction set and for four elements.
        unsafe { _mm256_loadu_pd(source) }
    }

    #[inline(always)]
    unsafe fn store(target: *mut f64, value: __m256d) {
        // SAFETY: the caller vouches for the instruction set and for four elements.
        unsafe { _mm256_storeu_pd(target, value) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> __m256i {
        // SAFETY: the caller vouches for the instruction set.
        unsafe {
            let lane = _mm256_setr_epi64x(0, 1, 2, 3);
            _mm256_cmpgt_epi64(_mm256_set1_epi64x(lanes.min(4) as i64), lane)
        }
    }

    #[inline(always)]
    unsafe fn load_masked(source: *const f64, mask: __m256i) -> __m256d {
        // SAFETY: the caller vouches for the instruction set and for the selected elements; others are not touched.
        unsafe { _mm256_maskload_pd(source, mask) }
    }

    #[inline(always)]
    unsafe fn store_masked(target: *mut f64, mask: __m256i, value: __m256d) {
        // SAFETY: the caller vouches for the instruction set and for the selected elements; others are not touched.
        unsafe { _mm256_maskstore_pd(target, mask, value) }
    }

    #[inline(always)]
    unsafe fn add(a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm256_add_pd(a, b) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: __m256d, b: __m256d, c: __m256d) -> __m256d {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm256_fmadd_pd(a, b, c) }
    }

    #[inline(always)]
    unsafe fn sum_lanes([a, b, c, d]: [__m256d; 4]) -> [f64; 4] {
        // SAFETY: the caller vouches for the instruction set; the last store writes the four elements of `sums`.
        unsafe {
            let ab = _mm256_add_pd(_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            let cd = _mm256_add_pd(_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
            // Each half holds a part of the four sums.
            let low = _mm256_permute2f128_pd::<0x20>(ab, cd);
            let high = _mm256_permute2f128_pd::<0x31>(ab, cd);
            let mut sums = [0.0; 4];
            _mm256_storeu_pd(sums.as_mut_ptr(), _mm256_add_pd(low, high));
            sums
        }
    }

    #[inline(always)]
    unsafe fn transpose(rows: [__m256d; MAX_LANES]) -> [__m256d; MAX_LANES] {
        // SAFETY: the caller vouches for the instruction set.
        unsafe {
            let [a, b, c, d] = [rows[0], rows[1], rows[2], rows[3]];
            let (ab_low, ab_high) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            let (cd_low, cd_high) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
            let mut columns = rows;
            columns[0] = _mm256_permute2f128_pd::<0x20>(ab_low, cd_low);
            columns[1] = _mm256_permute2f128_pd::<0x20>(ab_high, cd_high);
            columns[2] = _mm256_permute2f128_pd::<0x31>(ab_low, cd_low);
            columns[3] = _mm256_permute2f128_pd::<0x31>(ab_high, cd_high);
            columns
        }
    }
}

/// SSE2, which every x86-64 machine has.
#[derive(Clone, Copy)]
pub(crate) struct Sse2Simd;

impl Simd for Sse2Simd {
    type Vector = __m128d;
    type Mask = usize;
    const LANES: usize = 2;
    const FREE_MASKED_LOADS: bool = false;

    #[inline(always)]
    unsafe fn zero() -> __m128d {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_setzero_pd() }
    }

    #[inline(always)]
    unsafe fn splat(value: f64) -> __m128d {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_set1_pd(value) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f64) -> __m128d {
        // SAFETY: the caller vouches for two elements.
        unsafe { _mm_loadu_pd(source) }
    }

    #[inline(always)]
    unsafe fn store(target: *mut f64, value: __m128d) {
        // SAFETY: the caller vouches for two elements.
        unsafe { _mm_storeu_pd(target, value) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> usize {
        lanes
    }

    #[inline(always)]
    unsafe fn load_masked(source: *const f64, lanes: usize) -> __m128d {
        // SAFETY: only the selected lanes, which the caller vouches for, are read.
        let at = |lane| if lane < lanes { unsafe { *source.add(lane) } } else { 0.0 };
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_setr_pd(at(0), at(1)) }
    }

    #[inline(always)]
    unsafe fn store_masked(target: *mut f64, lanes: usize, value: __m128d) {
        let mut values = [0.0; 2];
        // SAFETY: `values` has two elements; of `target`, only the selected lanes, which the caller vouches for, are
        // written.
        unsafe {
            _mm_storeu_pd(values.as_mut_ptr(), value);
            target.copy_from_nonoverlapping(values.as_ptr(), lanes.min(2));
        }
    }

    #[inline(always)]
    unsafe fn add(a: __m128d, b: __m128d) -> __m128d {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_add_pd(a, b) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: __m128d, b: __m128d, c: __m128d) -> __m128d {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_add_pd(_mm_mul_pd(a, b), c) }
    }

    #[inline(always)]
    unsafe fn sum_lanes([a, b, c, d]: [__m128d; 4]) -> [f64; 4] {
        // SAFETY: every x86-64 machine has SSE2; `sums` has four elements.
        unsafe {
            let ab = _mm_add_pd(_mm_unpacklo_pd(a, b), _mm_unpackhi_pd(a, b));
            let cd = _mm_add_pd(_mm_unpacklo_pd(c, d), _mm_unpackhi_pd(c, d));
            let mut sums = [0.0; 4];
            _mm_storeu_pd(sums.as_mut_ptr(), ab);
            _mm_storeu_pd(sums[2..].as_mut_ptr(), cd);
            sums
        }
    }

    #[inline(always)]
    unsafe fn transpose(rows: [__m128d; MAX_LANES]) -> [__m128d; MAX_LANES] {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe {
            let mut columns = rows;
            columns[0] = _mm_unpacklo_pd(rows[0], rows[1]);
            columns[1] = _mm_unpackhi_pd(rows[0], rows[1]);
            columns
        }
    }
}
