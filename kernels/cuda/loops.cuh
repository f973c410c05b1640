// What printed loops consist of: who takes which elements, and how elements are combined.
//
// Blocks have THREADS threads in one dimension. Any number of blocks is right, and gives the same bits: which elements
// are combined in which order depends on THREADS and COLUMNS alone.
#pragma once

#include "math.cuh"

// Threads of a block: a power of two.
#ifndef THREADS
#define THREADS 256
#endif

// Neighbouring totals that a block makes at a time where neighbouring elements belong to different ones: a power of two,
// so many that a warp reads whole cache lines.
#ifndef COLUMNS
#define COLUMNS 32
#endif

typedef unsigned long long index_t;

// The first element of this thread.
__device__ inline index_t first_thread() { return index_t(blockIdx.x) * THREADS + threadIdx.x; }

// How far it is to the next one.
__device__ inline index_t num_threads() { return index_t(gridDim.x) * THREADS; }

// The first total of this block.
template <unsigned columns>
__device__ inline index_t first_column()
{
    return index_t(blockIdx.x) * columns;
}

// How far it is to the next ones.
template <unsigned columns>
__device__ inline index_t column_step()
{
    return index_t(gridDim.x) * columns;
}

// Whether this thread stores a total.
template <unsigned columns>
__device__ inline bool is_first_row()
{
    return threadIdx.x < columns;
}

struct Sum {
    static __device__ float identity() { return 0.0f; }
    static __device__ float combine(float a, float b) { return a + b; }
};

struct Product {
    static __device__ float identity() { return 1.0f; }
    static __device__ float combine(float a, float b) { return a * b; }
};

// The largest; NaN if any is.
struct Max {
    static __device__ float identity() { return -math::infinity(); }
    static __device__ float combine(float a, float b) { return math::maximum(a, b); }
};

// The smallest; NaN if any is.
struct Min {
    static __device__ float identity() { return math::infinity(); }
    static __device__ float combine(float a, float b) { return math::minimum(a, b); }
};

// The values of the threads of a column, which are `columns` apart, as one, pairwise. Every thread of the block calls it;
// those of the first row get the total of their column, the others what is left.
template <class Reduction, unsigned columns>
__device__ inline float combine_block(float value)
{
    __shared__ float values[THREADS];
    values[threadIdx.x] = value;
    __syncthreads();
    for (unsigned width = THREADS / 2; width >= columns; width /= 2) {
        if (threadIdx.x < width) {
            values[threadIdx.x] = Reduction::combine(values[threadIdx.x], values[threadIdx.x + width]);
        }
        __syncthreads();
    }
    // The next call overwrites this element by this thread only.
    return values[threadIdx.x];
}
