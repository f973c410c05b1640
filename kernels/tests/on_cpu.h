// Makes CUDA C compile as C++ for the CPU, and runs kernels: block after block, each thread of a block a fiber.
//
// A thread runs until its next barrier, and threads take turns in an order that changes with every barrier, so what lacks
// one computes something else. Barriers that not all threads of a block reach end the program.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>
#include <ucontext.h>

// Small, so that few elements take several rounds of everything.
#define THREADS 16
#define COLUMNS 4

#define __global__
#define __device__
#define __launch_bounds__(threads)
// One block runs at a time.
#define __shared__ static

struct Place {
    unsigned x;
};

static Place threadIdx, blockIdx, gridDim;

inline float __int_as_float(int bits)
{
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

namespace on_cpu {

struct Fiber {
    ucontext_t context;
    std::unique_ptr<char[]> stack{new char[stack_size]};
    bool is_done;
    static constexpr size_t stack_size = 64 * 1024;
};

static std::vector<Fiber> fibers(THREADS);
static ucontext_t scheduler;
static Fiber* current;
static std::function<void()> kernel;

// Numbers without pattern, the same in every run.
inline unsigned random()
{
    static unsigned state = 1;
    state = state * 1664525 + 1013904223;
    return state >> 16;
}

inline void run_thread()
{
    kernel();
    current->is_done = true;
}

inline void run_block()
{
    for (Fiber& fiber : fibers) {
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack.get();
        fiber.context.uc_stack.ss_size = Fiber::stack_size;
        fiber.context.uc_link = &scheduler;
        fiber.is_done = false;
        makecontext(&fiber.context, run_thread, 0);
    }
    for (unsigned done = 0; done == 0;) {
        // An odd step reaches every thread once; 1 and -1 are the orders in which most is right by luck.
        const unsigned first = random(), step = 2 * random() + 1;
        for (unsigned turn = 0; turn < THREADS; ++turn) {
            threadIdx.x = (first + turn * step) % THREADS;
            current = &fibers[threadIdx.x];
            swapcontext(&scheduler, &current->context);
            done += current->is_done;
        }
        if (done != 0 && done != THREADS) {
            std::fprintf(stderr, "block %u: some threads wait at a barrier, others have ended\n", blockIdx.x);
            std::exit(1);
        }
    }
}

// Runs a kernel with so many blocks.
inline void run(unsigned blocks, const std::function<void()>& call)
{
    kernel = call;
    gridDim.x = blocks;
    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x) run_block();
}

}  // namespace on_cpu

// `threadIdx` is set again before the thread goes on.
inline void __syncthreads() { swapcontext(&on_cpu::current->context, &on_cpu::scheduler); }
