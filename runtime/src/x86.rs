//! The vectors of AVX-512, AVX2 and SSE2.
//!
//! All functions are `#[inline(always)]` without target features of their own, so that they take on those of the
//! kernel they end up in; see [`Simd`] for what the caller vouches for.

use super::gemm::simd::{MAX_LANES, Simd};
use std::arch::x86_64::*;

/// AVX-512 F and DQ.
#[derive(Clone, Copy)]
pub(crate) struct Avx512Simd;

impl Simd for Avx512Simd {
    type Vector = __m512;
    type Mask = __mmask16;
    const LANES: usize = 16;
    const FREE_MASKED_LOADS: bool = true;

    #[inline(always)]
    unsafe fn zero() -> __m512 {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm512_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> __m512 {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> __m512 {
        // SAFETY: the caller vouches for the instruction set and for sixteen elements.
        unsafe { _mm512_loadu_ps(source) }
    }

    #[inline(always)]
    unsafe fn store(target: *mut f32, value: __m512) {
        // SAFETY: the caller vouches for the instruction set and for sixteen elements.
        unsafe { _mm512_storeu_ps(target, value) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> __mmask16 {
        if lanes >= 16 { u16::MAX } else { (1 << lanes) - 1 }
    }

    #[inline(always)]
    unsafe fn load_masked(source: *const f32, mask: __mmask16) -> __m512 {
        // SAFETY: the caller vouches for the instruction set and for the selected elements; others are not touched.
        unsafe { _mm512_maskz_loadu_ps(mask, source) }
    }

    #[inline(always)]
    unsafe fn store_masked(target: *mut f32, mask: __mmask16, value: __m512) {
        // SAFETY: the caller vouches for the instruction set and for the selected elements; others are not touched.
        unsafe { _mm512_mask_storeu_ps(target, mask, value) }
    }

    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn sum_lanes([a, b, c, d]: [__m512; 4]) -> [f32; 4] {
        // SAFETY: the caller vouches for the instruction set; the last store writes the four elements of `sums`.
        unsafe {
            let ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
            let cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
            let (ab, cd) = (_mm512_castps_pd(ab), _mm512_castps_pd(cd));
            let (low, high) = (_mm512_unpacklo_pd(ab, cd), _mm512_unpackhi_pd(ab, cd));
            // Each quarter now holds a part of the four sums.
            let quarters = _mm512_add_ps(_mm512_castpd_ps(low), _mm512_castpd_ps(high));
            let halves =
                _mm256_add_ps(_mm512_castps512_ps256(quarters), _mm512_extractf32x8_ps::<1>(quarters));
            let total = _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves));
            let mut sums = [0.0; 4];
            _mm_storeu_ps(sums.as_mut_ptr(), total);
            sums
        }
    }

    #[inline(always)]
    unsafe fn transpose(rows: [__m512; MAX_LANES]) -> [__m512; MAX_LANES] {
        // SAFETY: the caller vouches for the instruction set.
        unsafe {
            // `quads[4 * i + j]` holds, in each quarter `q`, rows `4 i .. 4 i + 4` of column `4 q + j`.
            let mut quads = [_mm512_setzero_ps(); 16];
            for i in 0..4 {
                let [a, b, c, d] = [rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3]];
                let ab_low = _mm512_castps_pd(_mm512_unpacklo_ps(a, b));
                let ab_high = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
                let cd_low = _mm512_castps_pd(_mm512_unpacklo_ps(c, d));
                let cd_high = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
                quads[4 * i] = _mm512_castpd_ps(_mm512_unpacklo_pd(ab_low, cd_low));
                quads[4 * i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(ab_low, cd_low));
                quads[4 * i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(ab_high, cd_high));
                quads[4 * i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(ab_high, cd_high));
            }
            let mut columns = [_mm512_setzero_ps(); 16];
            for j in 0..4 {
                let [a, b, c, d] = [quads[j], quads[4 + j], quads[8 + j], quads[12 + j]];
                let ab_even = _mm512_shuffle_f32x4::<0b10_00_10_00>(a, b);
                let ab_odd = _mm512_shuffle_f32x4::<0b11_01_11_01>(a, b);
                let cd_even = _mm512_shuffle_f32x4::<0b10_00_10_00>(c, d);
                let cd_odd = _mm512_shuffle_f32x4::<0b11_01_11_01>(c, d);
                columns[j] = _mm512_shuffle_f32x4::<0b10_00_10_00>(ab_even, cd_even);
                columns[4 + j] = _mm512_shuffle_f32x4::<0b10_00_10_00>(ab_odd, cd_odd);
                columns[8 + j] = _mm512_shuffle_f32x4::<0b11_01_11_01>(ab_even, cd_even);
                columns[12 + j] = _mm512_shuffle_f32x4::<0b11_01_11_01>(ab_odd, cd_odd);
            }
            columns
        }
    }
}

/// AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2Simd;

impl Simd for Avx2Simd {
    type Vector = __m256;
    type Mask = __m256i;
    const LANES: usize = 8;
    const FREE_MASKED_LOADS: bool = true;

    #[inline(always)]
    unsafe fn zero() -> __m256 {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm256_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> __m256 {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> __m256 {
        // SAFETY: the caller vouches for the instruction set and for eight elements.
        unsafe { _mm256_loadu_ps(source) }
    }

    #[inline(always)]
    unsafe fn store(target: *mut f32, value: __m256) {
        // SAFETY: the caller vouches for the instruction set and for eight elements.
        unsafe { _mm256_storeu_ps(target, value) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> __m256i {
        // SAFETY: the caller vouches for the instruction set.
        unsafe {
            let lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes.min(8) as i32), lane)
        }
    }

    #[inline(always)]
    unsafe fn load_masked(source: *const f32, mask: __m256i) -> __m256 {
        // SAFETY: the caller vouches for the instruction set and for the selected elements; others are not touched.
        unsafe { _mm256_maskload_ps(source, mask) }
    }

    #[inline(always)]
    unsafe fn store_masked(target: *mut f32, mask: __m256i, value: __m256) {
        // SAFETY: the caller vouches for the instruction set and for the selected elements; others are not touched.
        unsafe { _mm256_maskstore_ps(target, mask, value) }
    }

    #[inline(always)]
    unsafe fn add(a: __m256, b: __m256) -> __m256 {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: the caller vouches for the instruction set.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn sum_lanes([a, b, c, d]: [__m256; 4]) -> [f32; 4] {
        // SAFETY: the caller vouches for the instruction set; the last store writes the four elements of `sums`.
        unsafe {
            let ab = _mm256_add_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
            let cd = _mm256_add_ps(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
            let (ab, cd) = (_mm256_castps_pd(ab), _mm256_castps_pd(cd));
            let (low, high) = (_mm256_unpacklo_pd(ab, cd), _mm256_unpackhi_pd(ab, cd));
            let halves = _mm256_add_ps(_mm256_castpd_ps(low), _mm256_castpd_ps(high));
            let total = _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves));
            let mut sums = [0.0; 4];
            _mm_storeu_ps(sums.as_mut_ptr(), total);
            sums
        }
    }

    #[inline(always)]
    unsafe fn transpose(rows: [__m256; MAX_LANES]) -> [__m256; MAX_LANES] {
        // SAFETY: the caller vouches for the instruction set.
        unsafe {
            // `quads[4 * i + j]` holds, in each half `h`, rows `4 i .. 4 i + 4` of column `4 h + j`.
            let mut quads = [_mm256_setzero_ps(); 8];
            for i in 0..2 {
                let [a, b, c, d] = [rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3]];
                let ab_low = _mm256_castps_pd(_mm256_unpacklo_ps(a, b));
                let ab_high = _mm256_castps_pd(_mm256_unpackhi_ps(a, b));
                let cd_low = _mm256_castps_pd(_mm256_unpacklo_ps(c, d));
                let cd_high = _mm256_castps_pd(_mm256_unpackhi_ps(c, d));
                quads[4 * i] = _mm256_castpd_ps(_mm256_unpacklo_pd(ab_low, cd_low));
                quads[4 * i + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(ab_low, cd_low));
                quads[4 * i + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(ab_high, cd_high));
                quads[4 * i + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(ab_high, cd_high));
            }
            let mut columns = [_mm256_setzero_ps(); MAX_LANES];
            for j in 0..4 {
                columns[j] = _mm256_permute2f128_ps::<0x20>(quads[j], quads[4 + j]);
                columns[4 + j] = _mm256_permute2f128_ps::<0x31>(quads[j], quads[4 + j]);
            }
            columns
        }
    }
}

/// SSE2, which every x86-64 machine has.
#[derive(Clone, Copy)]
pub(crate) struct Sse2Simd;

impl Simd for Sse2Simd {
    type Vector = __m128;
    type Mask = usize;
    const LANES: usize = 4;
    const FREE_MASKED_LOADS: bool = false;

    #[inline(always)]
    unsafe fn zero() -> __m128 {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> __m128 {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> __m128 {
        // SAFETY: the caller vouches for four elements.
        unsafe { _mm_loadu_ps(source) }
    }

    #[inline(always)]
    unsafe fn store(target: *mut f32, value: __m128) {
        // SAFETY: the caller vouches for four elements.
        unsafe { _mm_storeu_ps(target, value) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> usize {
        lanes
    }

    #[inline(always)]
    unsafe fn load_masked(source: *const f32, lanes: usize) -> __m128 {
        // SAFETY: only the selected lanes, which the caller vouches for, are read.
        let at = |lane| if lane < lanes { unsafe { *source.add(lane) } } else { 0.0 };
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_setr_ps(at(0), at(1), at(2), at(3)) }
    }

    #[inline(always)]
    unsafe fn store_masked(target: *mut f32, lanes: usize, value: __m128) {
        let mut values = [0.0; 4];
        // SAFETY: `values` has four elements; of `target`, only the selected lanes, which the caller vouches for, are
        // written.
        unsafe {
            _mm_storeu_ps(values.as_mut_ptr(), value);
            target.copy_from_nonoverlapping(values.as_ptr(), lanes.min(4));
        }
    }

    #[inline(always)]
    unsafe fn add(a: __m128, b: __m128) -> __m128 {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: __m128, b: __m128, c: __m128) -> __m128 {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_add_ps(_mm_mul_ps(a, b), c) }
    }

    #[inline(always)]
    unsafe fn sum_lanes([a, b, c, d]: [__m128; 4]) -> [f32; 4] {
        // SAFETY: every x86-64 machine has SSE2; `sums` has four elements.
        unsafe {
            let ab = _mm_add_ps(_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
            let cd = _mm_add_ps(_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
            let total = _mm_add_ps(_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab));
            let mut sums = [0.0; 4];
            _mm_storeu_ps(sums.as_mut_ptr(), total);
            sums
        }
    }

    #[inline(always)]
    unsafe fn transpose(rows: [__m128; MAX_LANES]) -> [__m128; MAX_LANES] {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe {
            let [a, b, c, d] = [rows[0], rows[1], rows[2], rows[3]];
            let (ab_low, ab_high) = (_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
            let (cd_low, cd_high) = (_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
            let mut columns = rows;
            columns[0] = _mm_movelh_ps(ab_low, cd_low);
            columns[1] = _mm_movehl_ps(cd_low, ab_low);
            columns[2] = _mm_movelh_ps(ab_high, cd_high);
            columns[3] = _mm_movehl_ps(cd_high, ab_high);
            columns
        }
    }
}
