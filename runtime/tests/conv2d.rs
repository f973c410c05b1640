//! Convolution and its gradients against their `_ref` twins, for every instruction set that the machine has.

use macrograd_runtime::isa::{IsaLevel, best_isa, force_isa};
use macrograd_runtime::ops::conv2d::{
    Conv2d, Layout, conv2d, conv2d_grad_input, conv2d_grad_input_ref, conv2d_grad_weight,
    conv2d_grad_weight_ref, conv2d_ref,
};
use std::sync::{Mutex, PoisonError};

/// Held by tests while they force an instruction set, which is global.
static FORCED_ISA: Mutex<()> = Mutex::new(());

fn for_each_isa(test: impl Fn()) {
    let _guard = FORCED_ISA.lock().unwrap_or_else(PoisonError::into_inner);
    for level in [IsaLevel::Portable, IsaLevel::Avx2, IsaLevel::Avx512] {
        if level <= best_isa() {
            force_isa(level);
            test();
        }
    }
    force_isa(best_isa());
}

/// Values in [-1, 1) from a linear congruential generator.
struct Values(u32);

impl Values {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }

    fn vec(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.next() as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[(self.next() >> 8) as usize % choices.len()]
    }
}

struct Tensors {
    input: Vec<f32>,
    weight: Vec<f32>,
    grad_output: Vec<f32>,
}

fn tensors(conv: &Conv2d) -> Tensors {
    let mut values = Values(7);
    Tensors {
        input: values.vec(conv.batch * conv.in_channels * conv.height * conv.width),
        weight: values
            .vec(conv.out_channels * conv.in_channels / conv.groups * conv.kernel[0] * conv.kernel[1]),
        grad_output: values.vec(conv.batch * conv.out_channels * conv.out_height() * conv.out_width()),
    }
}

/// Length of the NaN on both sides of what a kernel may write or read.
const FENCE: usize = 40;

fn check_op(name: &str, conv: &Conv2d, terms: usize, expected: &[f32], run: impl Fn(&mut [f32])) {
    let mut fenced = vec![f32::NAN; expected.len() + 2 * FENCE];
    let inside = FENCE..FENCE + expected.len();
    run(&mut fenced[inside.clone()]);
    let intact = |fence: &[f32]| fence.iter().all(|value| value.is_nan());
    assert!(intact(&fenced[..FENCE]) && intact(&fenced[inside.end..]), "{name} wrote outside: {conv:?}");
    // Terms are at most 1, so the norm of a sum's terms is at most sqrt(terms); rounding errors of random sign add up
    // to about sqrt(terms) epsilons of that. At least two epsilons for the shortest sums.
    let terms = terms as f32;
    let tolerance = f32::EPSILON * (terms.sqrt() * terms.sqrt() + 2.0);
    for (idx, (found, expected)) in fenced[inside].iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance,
            "{name}: element {idx} is {found}, not {expected}: {conv:?}"
        );
    }
}

/// `values` between NaN, which a kernel would show if it used anything outside of its inputs.
struct Fenced(Vec<f32>);

impl Fenced {
    fn new(values: &[f32]) -> Self {
        Fenced([&[f32::NAN; FENCE], values, &[f32::NAN; FENCE]].concat())
    }
}

impl std::ops::Deref for Fenced {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0[FENCE..self.0.len() - FENCE]
    }
}

fn check(conv: &Conv2d) {
    let Tensors { input, weight, grad_output } = tensors(conv);
    let (input, weight, grad_output) = (Fenced::new(&input), Fenced::new(&weight), Fenced::new(&grad_output));
    let taps = conv.kernel[0] * conv.kernel[1];

    let mut expected = vec![0.0; grad_output.len()];
    conv2d_ref(&mut expected, &input, &weight, conv);
    let terms = conv.in_channels / conv.groups * taps;
    check_op("conv2d", conv, terms, &expected, |out| conv2d(out, &input, &weight, conv));

    let mut expected = vec![0.0; input.len()];
    conv2d_grad_input_ref(&mut expected, &grad_output, &weight, conv);
    let terms = conv.out_channels / conv.groups * taps;
    check_op("grad_input", conv, terms, &expected, |out| conv2d_grad_input(out, &grad_output, &weight, conv));

    let mut expected = vec![0.0; weight.len()];
    conv2d_grad_weight_ref(&mut expected, &grad_output, &input, conv);
    let terms = conv.batch * conv.out_height() * conv.out_width();
    check_op("grad_weight", conv, terms, &expected, |out| {
        conv2d_grad_weight(out, &grad_output, &input, conv);
    });
}

fn plain(batch: usize, channels: [usize; 2], size: [usize; 2], kernel: usize) -> Conv2d {
    Conv2d {
        batch,
        in_channels: channels[0],
        height: size[0],
        width: size[1],
        out_channels: channels[1],
        kernel: [kernel; 2],
        stride: [1; 2],
        padding: [0; 2],
        dilation: [1; 2],
        groups: 1,
        layout: Layout::Nchw,
    }
}

#[test]
fn output_sizes() {
    let conv = Conv2d { padding: [3, 1], stride: [2, 3], ..plain(1, [3, 64], [224, 20], 7) };
    assert_eq!((conv.out_height(), conv.out_width()), (112, 6));
    let conv = Conv2d { dilation: [2, 4], ..plain(1, [1, 1], [9, 9], 3) };
    assert_eq!((conv.out_height(), conv.out_width()), (5, 1));
    let too_small = plain(1, [1, 1], [2, 2], 3);
    assert_eq!((too_small.out_height(), too_small.out_width()), (0, 0));
}

#[test]
fn a_small_example_by_hand() {
    let conv = plain(1, [1, 1], [2, 3], 2);
    let (input, weight) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 10.0, 100.0, 1000.0]);
    let mut output = [f32::NAN; 2];
    conv2d(&mut output, &input, &weight, &conv);
    assert_eq!(output, [5421.0, 6532.0]);
    let mut grad_input = [f32::NAN; 6];
    conv2d_grad_input(&mut grad_input, &[1.0, 2.0], &weight, &conv);
    assert_eq!(grad_input, [1.0, 12.0, 20.0, 100.0, 1200.0, 2000.0]);
    let mut grad_weight = [f32::NAN; 4];
    conv2d_grad_weight(&mut grad_weight, &[1.0, 2.0], &input, &conv);
    assert_eq!(grad_weight, [5.0, 8.0, 14.0, 17.0]);
}

#[test]
fn random_shapes() {
    for_each_isa(|| {
        let mut values = Values(99);
        for _ in 0..150 {
            let groups = values.pick(&[1, 1, 1, 2, 3]);
            let pair = |values: &mut Values, choices: &[usize]| [values.pick(choices), values.pick(choices)];
            let channels = pair(&mut values, &[1, 2, 3, 5, 7]).map(|channels| channels * groups);
            let conv = Conv2d {
                kernel: pair(&mut values, &[1, 2, 3, 4, 5]),
                stride: pair(&mut values, &[1, 1, 2, 3]),
                padding: pair(&mut values, &[0, 1, 2, 3]),
                dilation: pair(&mut values, &[1, 1, 2, 3]),
                groups,
                ..plain(values.pick(&[1, 2, 3]), channels, pair(&mut values, &[1, 4, 5, 6, 7, 9, 13]), 1)
            };
            check(&conv);
        }
    });
}

#[test]
fn common_layers() {
    for_each_isa(|| {
        check(&Conv2d { padding: [2, 2], ..plain(3, [1, 6], [28, 28], 5) });
        check(&plain(2, [6, 16], [14, 14], 5));
        check(&Conv2d { padding: [1, 1], ..plain(1, [17, 16], [12, 12], 3) });
        check(&Conv2d { padding: [1, 1], stride: [2, 2], ..plain(1, [8, 18], [13, 13], 3) });
        check(&Conv2d { stride: [2, 2], ..plain(2, [9, 10], [8, 8], 1) });
        check(&plain(2, [20, 33], [5, 7], 1));
        check(&Conv2d { padding: [3, 3], stride: [2, 2], ..plain(1, [3, 9], [20, 20], 7) });
    });
}

#[test]
fn depthwise() {
    for_each_isa(|| {
        let conv = Conv2d { padding: [1, 1], groups: 6, ..plain(2, [6, 6], [9, 11], 3) };
        check(&conv);
        check(&Conv2d { stride: [2, 2], out_channels: 12, ..conv });
    });
}

#[test]
fn empty_tensors() {
    for_each_isa(|| {
        check(&plain(0, [2, 3], [5, 5], 3));
        check(&plain(2, [2, 3], [2, 5], 3));
        check(&plain(2, [0, 3], [5, 5], 3));
        check(&plain(2, [2, 0], [5, 5], 3));
        check(&plain(2, [2, 3], [0, 5], 1));
        check(&Conv2d { padding: [2, 2], ..plain(2, [2, 3], [0, 5], 3) });
    });
}

/// Shapes large enough for several parts: many images, one image, large weights.
fn parallel_shapes() -> [Conv2d; 5] {
    [
        Conv2d { padding: [1, 1], ..plain(12, [8, 9], [14, 14], 3) },
        Conv2d { padding: [1, 1], ..plain(1, [32, 40], [24, 24], 3) },
        Conv2d { padding: [1, 1], stride: [2, 2], ..plain(1, [32, 40], [25, 25], 3) },
        plain(1, [64, 96], [20, 20], 1),
        Conv2d { padding: [1, 1], ..plain(2, [128, 128], [3, 3], 3) },
    ]
}

#[test]
fn shapes_with_several_parts() {
    let _guard = FORCED_ISA.lock().unwrap_or_else(PoisonError::into_inner);
    parallel_shapes().iter().for_each(check);
}

#[test]
fn bits_do_not_depend_on_threads() {
    for_each_isa(|| {
        for conv in &parallel_shapes() {
            let Tensors { input, weight, grad_output } = tensors(conv);
            let results = [1, 2, 5].map(|num_threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(num_threads).build();
                let mut output = vec![f32::NAN; grad_output.len()];
                let mut grad_input = vec![f32::NAN; input.len()];
                let mut grad_weight = vec![f32::NAN; weight.len()];
                pool.expect("threads can be started").install(|| {
                    conv2d(&mut output, &input, &weight, conv);
                    conv2d_grad_input(&mut grad_input, &grad_output, &weight, conv);
                    conv2d_grad_weight(&mut grad_weight, &grad_output, &input, conv);
                });
                let all = [output, grad_input, grad_weight].concat();
                all.into_iter().map(f32::to_bits).collect::<Vec<_>>()
            });
            assert!(
                results[0] == results[1] && results[0] == results[2],
                "threads change the bits: {conv:?}"
            );
        }
    });
}

#[test]
#[should_panic(expected = "`weight` has 10 elements, but its shape [3, 1, 2, 2] has 12")]
fn a_wrong_length_panics() {
    let conv = plain(1, [1, 3], [4, 4], 2);
    conv2d(&mut [0.0; 27], &[0.0; 16], &[0.0; 10], &conv);
}

#[test]
#[should_panic(expected = "2 groups must divide 3 input and 4 output channels")]
fn groups_that_do_not_divide_the_channels_panic() {
    let conv = Conv2d { groups: 2, ..plain(1, [3, 4], [1, 1], 1) };
    conv2d(&mut [0.0; 4], &[0.0; 3], &[0.0; 4], &conv);
}
