//! Prints the speed of matrix products, convolutions (GFLOP/s) and lookups (GB/s), as the median over rounds of calls.
//!
//! `cargo run --release -p macrograd-runtime --example kernel_speed [rounds]`; `MACROGRAD_ISA` chooses the instruction
//! set, `RAYON_NUM_THREADS` the threads. Times are wall-clock times: look at them on a quiet machine.

use macrograd_runtime::ops::conv2d::{Conv2d, Layout, conv2d, conv2d_grad_input, conv2d_grad_weight};
use macrograd_runtime::ops::index::Extents;
use macrograd_runtime::ops::index_add::index_add;
use macrograd_runtime::ops::index_select::index_select;
use macrograd_runtime::ops::matmul::{Matmul, matmul};
use macrograd_runtime::parallel;
use std::time::Instant;

fn main() {
    let rounds =
        std::env::args().nth(1).map_or(25, |arg| arg.parse().expect("the argument is a number of rounds"));
    println!("{:?}, {} threads", macrograd_runtime::isa::isa_level(), rayon::current_num_threads());
    parallel::enter(|| {
        gemm_speeds(rounds);
        convolution_speeds(rounds);
        lookup_speeds(rounds);
    });
}

/// Median seconds per call, each round being about 2 ms of calls.
fn median_seconds(rounds: usize, flops: f64, mut call: impl FnMut()) -> f64 {
    let calls = (2e-3 * 50e9 / flops).clamp(1.0, 1e5) as usize;
    call();
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(|_| call());
            start.elapsed().as_secs_f64() / calls as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[rounds / 2]
}

fn report(name: &str, rounds: usize, flops: f64, call: impl FnMut()) {
    let time = median_seconds(rounds, flops, call);
    println!("{name:44} {:9.2} us {:7.1} GFLOP/s", time * 1e6, flops / time * 1e-9);
}

fn gemm_speeds(rounds: usize) {
    let shapes = [
        ("NN", 1, 32, 32, 32),
        ("NN", 1, 64, 64, 64),
        ("NN", 1, 128, 128, 128),
        ("NN", 1, 256, 256, 256),
        ("NN", 1, 512, 512, 512),
        ("NN", 1, 1024, 1024, 1024),
        ("NN", 1, 64, 784, 512),
        ("NN", 1, 32, 512, 10),
        ("NN", 1, 128, 3072, 768),
        ("NN", 1, 8, 384, 1536),
        ("NN", 1, 1, 2048, 2048),
        ("NN", 64, 32, 32, 32),
        ("TN", 1, 128, 128, 128),
        ("TN", 1, 512, 512, 512),
        ("TN", 1, 784, 64, 512),
        ("NT", 1, 128, 128, 128),
        ("NT", 1, 512, 512, 512),
        ("NT", 1, 64, 512, 784),
        ("NT", 1, 8, 384, 1536),
        ("NT", 1, 1, 2048, 2048),
    ];
    for (transposes, batch, m, k, n) in shapes {
        let shape = Matmul {
            batch,
            m,
            k,
            n,
            transpose_a: transposes.starts_with('T'),
            transpose_b: transposes.ends_with('T'),
            shared_a: false,
            shared_b: false,
            accumulate: false,
        };
        let (a, b) = (vec![0.5; batch * m * k], vec![0.25; batch * k * n]);
        let mut out = vec![0.0; batch * m * n];
        let flops = 2.0 * (batch * m * k * n) as f64;
        let name = format!("matmul {transposes} {batch} x {m} x {k} x {n}");
        report(&name, rounds, flops, || matmul(&mut out, &a, &b, &shape));
    }
}

fn convolution_speeds(rounds: usize) {
    // Batch, input channels, output channels, size, kernel, stride, padding, groups; the first two are LeNet's.
    let layers = [
        (64, 1, 6, 28, 5, 1, 2, 1),
        (64, 6, 16, 14, 5, 1, 0, 1),
        (8, 16, 16, 32, 3, 1, 1, 1),
        (1, 64, 64, 56, 3, 1, 1, 1),
        (8, 64, 64, 56, 3, 1, 1, 1),
        (8, 128, 128, 28, 3, 1, 1, 1),
        (8, 256, 256, 14, 3, 1, 1, 1),
        (8, 512, 512, 7, 3, 1, 1, 1),
        (8, 64, 256, 56, 1, 1, 0, 1),
        (8, 64, 128, 56, 3, 2, 1, 1),
        (8, 3, 64, 224, 7, 2, 3, 1),
        (8, 128, 128, 28, 3, 1, 1, 128),
        (8, 128, 128, 28, 3, 1, 1, 8),
    ];
    for (batch, in_channels, out_channels, size, kernel, stride, padding, groups) in layers {
        let conv = Conv2d {
            batch,
            in_channels,
            height: size,
            width: size,
            out_channels,
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
            dilation: [1; 2],
            groups,
            layout: Layout::Nchw,
        };
        let pixels = conv.out_height() * conv.out_width();
        let mut input = vec![0.5; batch * in_channels * size * size];
        let mut weight = vec![0.25; out_channels * in_channels / groups * kernel * kernel];
        let mut output = vec![0.125; batch * out_channels * pixels];
        let flops = 2.0 * (output.len() * in_channels / groups * kernel * kernel) as f64;
        let name = format!(
            "{batch} x {in_channels}x{size}x{size} -> {out_channels} {kernel}x{kernel}s{stride}g{groups}"
        );
        report(&format!("conv2d {name}"), rounds, flops, || conv2d(&mut output, &input, &weight, &conv));
        report("  grad_input", rounds, flops, || conv2d_grad_input(&mut input, &output, &weight, &conv));
        report("  grad_weight", rounds, flops, || conv2d_grad_weight(&mut weight, &output, &input, &conv));
    }
}

/// The lookup of embeddings and its gradient, for the vocabulary and the width of a small language model.
fn lookup_speeds(rounds: usize) {
    let (size, count, inner) = (50_257, 64 * 128, 384);
    let extents = Extents { outer: 1, size, count, inner };
    let index: Vec<u32> = (0..count).map(|k| (k * 7919 % size) as u32).collect();
    let mut table = vec![0.5; size * inner];
    let mut rows = vec![0.25; count * inner];
    let (moved, written) = (8 * rows.len(), 4 * table.len() + 8 * rows.len());
    report_bytes("index_select 8192 of 50257 x 384", rounds, moved, || {
        index_select(&mut rows, &table, &index, &extents).expect("all indices are in range");
    });
    report_bytes("  its gradient, index_add", rounds, written, || {
        index_add(&mut table, &rows, &index, &extents).expect("all indices are in range");
    });
}

fn report_bytes(name: &str, rounds: usize, bytes: usize, call: impl FnMut()) {
    // A round of about 2 ms, as above, is a single call.
    let time = median_seconds(rounds, 1e8, call);
    println!("{name:44} {:9.2} us {:7.1} GB/s", time * 1e6, bytes as f64 / time * 1e-9);
}
