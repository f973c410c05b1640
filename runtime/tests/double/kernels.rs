//! Kernels against their plain forms, to some 1e-13 of the sums of magnitudes.

use super::on_each_isa;
use macrograd_runtime::double::lanes;
use macrograd_runtime::double::ops::attention::{
    Attention, AttentionGrads, AttentionSaved, attention, attention_grad, attention_grad_ref, attention_ref,
};
use macrograd_runtime::double::ops::conv2d::{
    Conv2d, Layout, conv2d, conv2d_grad_input, conv2d_grad_input_ref, conv2d_grad_weight,
    conv2d_grad_weight_ref, conv2d_ref,
};
use macrograd_runtime::double::ops::log_softmax::{
    log_softmax, log_softmax_grad, log_softmax_grad_ref, log_softmax_ref,
};
use macrograd_runtime::double::ops::matmul::{Matmul, matmul, matmul_ref};
use macrograd_runtime::double::ops::softmax::{softmax, softmax_ref};
use macrograd_runtime::double::ops::sort::{SortOptions, sort, sort_ref};
use macrograd_runtime::double::ops::sum::{dot, sum_of_squares};
use macrograd_runtime::double::parallel::sum_parts;
use macrograd_runtime::fused;
use macrograd_runtime::isa::IsaLevel;
use macrograd_runtime::random::Philox;

/// `len` numbers in `[-2, 2)` of 64 random bits, determined by `seed`.
fn random(len: usize, seed: u64) -> Vec<f64> {
    let mut generator = Philox::new(seed, 0);
    let mut word = || f64::from(generator.next_u32()) / 4_294_967_296.0;
    (0..len).map(|_| (word() + word() / 4_294_967_296.0) * 4.0 - 2.0).collect()
}

#[track_caller]
fn assert_close(what: &str, level: IsaLevel, found: &[f64], expected: &[f64], tolerance: f64) {
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let close = (found - expected).abs() <= tolerance * (1.0 + expected.abs());
        assert!(close, "{what}, {level:?}: element {index} is {found:e}, expected {expected:e}");
    }
}

#[test]
fn matrix_products() {
    let plain = Matmul {
        batch: 1,
        m: 0,
        k: 0,
        n: 0,
        transpose_a: false,
        transpose_b: false,
        shared_a: false,
        shared_b: false,
        accumulate: false,
    };
    let sizes = [
        (1, 1, 1),
        (1, 17, 5),
        (2, 3, 4),
        (4, 64, 8),
        (5, 7, 11),
        (6, 9, 8),
        (8, 33, 24),
        (9, 16, 25),
        (13, 1, 7),
        (31, 65, 33),
        (64, 64, 64),
        (70, 530, 70),
        (11, 3, 130),
        (129, 40, 17),
        (1, 300, 300),
        (300, 300, 1),
    ];
    on_each_isa(|level| {
        for (m, k, n) in sizes {
            for options in 0..8 {
                let [transpose_a, transpose_b, accumulate] = [1, 2, 4].map(|bit| options & bit != 0);
                let shape = Matmul { batch: 2, m, k, n, transpose_a, transpose_b, accumulate, ..plain };
                let (a, b) = (random(2 * m * k, 1), random(2 * k * n, 2));
                let start = if accumulate { random(2 * m * n, 3) } else { vec![f64::NAN; 2 * m * n] };
                let (mut found, mut expected) = (start.clone(), start);
                matmul(&mut found, &a, &b, &shape);
                matmul_ref(&mut expected, &a, &b, &shape);
                assert_close(&format!("{shape:?}"), level, &found, &expected, 1e-14 * (k as f64).max(8.0));
            }
        }
    });
}

#[test]
fn convolutions_and_their_gradients() {
    let plain = Conv2d {
        batch: 2,
        in_channels: 4,
        height: 9,
        width: 11,
        out_channels: 6,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
        dilation: [1, 1],
        groups: 1,
        layout: Layout::Nchw,
    };
    let cases = [
        plain,
        Conv2d { stride: [2, 2], ..plain },
        Conv2d { groups: 2, dilation: [2, 1], ..plain },
        Conv2d { kernel: [1, 1], padding: [0, 0], ..plain },
        Conv2d { kernel: [5, 2], padding: [2, 0], stride: [1, 3], ..plain },
        Conv2d { groups: 4, in_channels: 4, out_channels: 4, ..plain },
        Conv2d { batch: 1, in_channels: 17, out_channels: 33, height: 20, width: 19, ..plain },
    ];
    on_each_isa(|level| {
        for conv in cases {
            let input = random(conv.batch * conv.in_channels * conv.height * conv.width, 1);
            let [rows, columns] = conv.kernel;
            let weight = random(conv.out_channels * conv.in_channels / conv.groups * rows * columns, 2);
            let grad_output =
                random(conv.batch * conv.out_channels * conv.out_height() * conv.out_width(), 3);
            let name = format!("{conv:?}");
            let check = |what: &str, len: usize, run: &dyn Fn(&mut [f64]), plain: &dyn Fn(&mut [f64])| {
                let (mut found, mut expected) = (vec![f64::NAN; len], vec![f64::NAN; len]);
                run(&mut found);
                plain(&mut expected);
                assert_close(&format!("{what} of {name}"), level, &found, &expected, 1e-12);
            };
            check("output", grad_output.len(), &|out| conv2d(out, &input, &weight, &conv), &|out| {
                conv2d_ref(out, &input, &weight, &conv)
            });
            check(
                "gradient of the input",
                input.len(),
                &|out| conv2d_grad_input(out, &grad_output, &weight, &conv),
                &|out| conv2d_grad_input_ref(out, &grad_output, &weight, &conv),
            );
            check(
                "gradient of the weight",
                weight.len(),
                &|out| conv2d_grad_weight(out, &grad_output, &input, &conv),
                &|out| conv2d_grad_weight_ref(out, &grad_output, &input, &conv),
            );
        }
    });
}

#[test]
fn softmax_in_all_its_forms() {
    on_each_isa(|level| {
        for (outer, len, inner) in [(1, 1, 1), (3, 5, 1), (7, 33, 1), (2, 130, 1), (2, 5, 19), (1, 1000, 3)] {
            let numel = outer * len * inner;
            let (input, grad) = (random(numel, 1), random(numel, 2));
            let (mut found, mut expected) = (vec![f64::NAN; numel], vec![f64::NAN; numel]);
            softmax(&mut found, &input, outer, len, inner);
            softmax_ref(&mut expected, &input, outer, len, inner);
            assert_close("softmax", level, &found, &expected, 1e-14);
            log_softmax(&mut found, &input, outer, len, inner);
            log_softmax_ref(&mut expected, &input, outer, len, inner);
            assert_close("log_softmax", level, &found, &expected, 1e-14);
            let output = expected.clone();
            log_softmax_grad(&mut found, &grad, &output, outer, len, inner);
            log_softmax_grad_ref(&mut expected, &grad, &output, outer, len, inner);
            assert_close("gradient of log_softmax", level, &found, &expected, 1e-13);
        }
    });
}

#[test]
fn attention_and_its_gradient() {
    on_each_isa(|level| {
        for (queries, keys, head_dim, last) in
            [(1, 1, 1, None), (5, 9, 8, None), (70, 140, 16, None), (33, 33, 7, Some(0))]
        {
            let shape = Attention {
                batch: 2,
                heads: 4,
                groups: 2,
                queries,
                keys,
                head_dim,
                value_dim: head_dim + 1,
                scale: 1.0 / (head_dim as f64).sqrt(),
                first: None,
                last,
                dropout: None,
            };
            let (rows, places) = (8 * queries, 4 * keys);
            let query = random(rows * head_dim, 1);
            let (key, value) = (random(places * head_dim, 2), random(places * shape.value_dim, 3));
            let grad_output = random(rows * shape.value_dim, 4);
            let [mut output, mut expected] = [(); 2].map(|()| vec![f64::NAN; grad_output.len()]);
            let [mut log_sum, mut expected_log_sum] = [(); 2].map(|()| vec![f64::NAN; rows]);
            attention(&mut output, &mut log_sum, &query, &key, &value, None, &shape);
            attention_ref(&mut expected, &mut expected_log_sum, &query, &key, &value, None, &shape);
            assert_close(&format!("{shape:?}"), level, &output, &expected, 1e-13);
            assert_close(&format!("logarithms of {shape:?}"), level, &log_sum, &expected_log_sum, 1e-13);
            let saved = AttentionSaved {
                query: &query,
                key: &key,
                value: &value,
                mask: None,
                output: &expected,
                log_sum: &expected_log_sum,
            };
            let [found, plain] = [true, false].map(|is_fast| {
                let mut grads = [query.len(), key.len(), value.len()].map(|len| vec![f64::NAN; len]);
                let [query, key, value] = &mut grads;
                let target = AttentionGrads { query, key, value, mask: None };
                if is_fast {
                    attention_grad(target, &grad_output, &saved, &shape);
                } else {
                    attention_grad_ref(target, &grad_output, &saved, &shape);
                }
                grads.concat()
            });
            assert_close(&format!("gradients of {shape:?}"), level, &found, &plain, 1e-12);
        }
    });
}

#[test]
fn sums_and_sorts() {
    let values = random(10_007, 1);
    let others = random(10_007, 2);
    on_each_isa(|level| {
        let exact: f64 = values.iter().zip(&others).map(|(a, b)| a * b).sum();
        assert_close("dot", level, &[dot(&values, &others)], &[exact], 1e-11);
        let exact: f64 = values.iter().map(|a| a * a).sum();
        assert_close("sum of squares", level, &[sum_of_squares(&values)], &[exact], 1e-12);
        let mut found = [0.0; 16];
        lanes::fold::<lanes::Max>(&mut found, &values);
        let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(lanes::total::<lanes::Max>(&found).max(0.0), largest, "{level:?}");
    });
    let mut line = random(301, 5);
    // Closer together than numbers in f32.
    line.extend([1.0, 1.0 + f64::EPSILON, 1.0 - f64::EPSILON, -0.0, 0.0, f64::NAN, f64::NEG_INFINITY]);
    for descending in [false, true] {
        let options = SortOptions {
            outer: 1,
            size: line.len(),
            inner: 1,
            start: 0,
            count: line.len(),
            descending,
            by_place: false,
            nan_wins: false,
        };
        let [mut found, mut expected] = [(); 2].map(|()| (vec![0.0; line.len()], vec![0; line.len()]));
        sort(&mut found.0, &mut found.1, &line, &options).expect("the axis is long enough");
        sort_ref(&mut expected.0, &mut expected.1, &line, &options);
        assert_eq!(found.1, expected.1);
    }
}

fused! {
    in macrograd_runtime::double::fused, f64;
    /// `out = x * scale + bias`; `total[part]` sums columns of `x` over the rows of the part.
    fn add_bias<S>(rows; channels; scale; write { out: channels } partial { total: channels } read { x: channels } whole { bias }) {
        total.fill(0.0);
        for row in 0..rows {
            let (out, x) = (&mut out[row * channels..][..channels], &x[row * channels..][..channels]);
            for j in 0..channels {
                out[j] = S::mul_add(x[j], scale, bias[j]);
                total[j] += x[j];
            }
        }
    }
}

#[test]
fn fused_loops() {
    on_each_isa(|level| {
        for (rows, channels) in [(0, 3), (1, 1), (7, 5), (17, 31), (101, 17)] {
            let (x, bias) = (random(rows * channels, 1), random(channels, 2));
            let expected: Vec<f64> =
                x.iter().enumerate().map(|(i, x)| x / 3.0 + bias[i % channels]).collect();
            let mut out = vec![f64::NAN; x.len()];
            let (mut total, mut sums) = (vec![f64::NAN; 3 * channels], vec![f64::NAN; channels]);
            add_bias(rows, channels, 1.0 / 3.0, &mut out, &mut total, &x, &bias, 3);
            assert_close("out", level, &out, &expected, 1e-15);
            sum_parts(&mut sums, &total, 3);
            let exact: Vec<f64> = (0..channels).map(|j| x.iter().skip(j).step_by(channels).sum()).collect();
            assert_close("sums", level, &sums, &exact, 1e-13);
        }
    });
}
