// Functions of one element that CUDA lacks, or means otherwise than the CPU runtime (runtime/src/math).
//
// Compile with --fmad=false: what is to be fused is written as fmaf. Never with --use_fast_math: NaN in gives NaN out,
// and infinities are what IEEE 754 says.
#pragma once

namespace math {

__device__ inline float infinity() { return __int_as_float(0x7f800000); }

__device__ inline float nan() { return __int_as_float(0x7fc00000); }

// The larger of two values; NaN if either is, unlike fmaxf.
__device__ inline float maximum(float a, float b)
{
    // Where b is NaN the comparison fails and selects it.
    const float larger = a > b ? a : b;
    return a != a ? a : larger;
}

// The smaller of two values; NaN if either is, unlike fminf.
__device__ inline float minimum(float a, float b)
{
    const float smaller = a < b ? a : b;
    return a != a ? a : smaller;
}

// max(x, 0); NaN stays NaN.
__device__ inline float relu(float x) { return x <= 0.0f ? 0.0f : x; }

// 1 / (1 + e^-x).
__device__ inline float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// ln(1 + e^x); nothing overflows.
__device__ inline float softplus(float x) { return relu(x) + log1pf(expf(-fabsf(x))); }

// x / (1 + |x|); NaN at the infinities, as on the CPU.
__device__ inline float softsign(float x) { return x / (1.0f + fabsf(x)); }

// x^n by repeated squaring.
template <int n>
__device__ inline float powi(float x)
{
    float power = 1.0f, square = x;
    for (unsigned rest = n < 0 ? 0u - unsigned(n) : unsigned(n); rest > 0; rest >>= 1) {
        if (rest & 1) power *= square;
        square *= square;
    }
    return n < 0 ? 1.0f / power : power;
}

}  // namespace math
