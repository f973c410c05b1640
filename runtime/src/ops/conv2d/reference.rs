//! Convolution by plain loops, summed in `f64`: what tests compare with.

use super::super::super::Float;
use super::Conv2d;

/// Calls `visit(output, input, weight)` with the indices of the three elements of every product of a convolution.
fn for_each_product(conv: &Conv2d, mut visit: impl FnMut(usize, usize, usize)) {
    let (out_height, out_width) = (conv.out_height(), conv.out_width());
    let (in_per_group, out_per_group) = (conv.in_channels / conv.groups, conv.out_channels / conv.groups);
    let [kernel_h, kernel_w] = conv.kernel;
    let source = |target: usize, tap: usize, axis: usize, len: usize| {
        let padded = target * conv.stride[axis] + tap * conv.dilation[axis];
        padded.checked_sub(conv.padding[axis]).filter(|&position| position < len)
    };
    for (b, o) in (0..conv.batch).flat_map(|b| (0..conv.out_channels).map(move |o| (b, o))) {
        for (y, x) in (0..out_height).flat_map(|y| (0..out_width).map(move |x| (y, x))) {
            let output = ((b * conv.out_channels + o) * out_height + y) * out_width + x;
            for c in 0..in_per_group {
                let channel = b * conv.in_channels + o / out_per_group * in_per_group + c;
                for (i, j) in (0..kernel_h).flat_map(|i| (0..kernel_w).map(move |j| (i, j))) {
                    let (Some(y), Some(x)) = (source(y, i, 0, conv.height), source(x, j, 1, conv.width))
                    else {
                        continue;
                    };
                    let input = (channel * conv.height + y) * conv.width + x;
                    visit(output, input, ((o * in_per_group + c) * kernel_h + i) * kernel_w + j);
                }
            }
        }
    }
}

fn store(target: &mut [Float], sums: &[f64]) {
    target.iter_mut().zip(sums).for_each(|(target, &sum)| *target = sum as Float);
}

/// [`conv2d`](super::conv2d) by plain loops, each element summed in `f64`.
///
/// # Shapes
/// As [`conv2d`](super::conv2d).
///
/// # Panics
/// As [`conv2d`](super::conv2d).
pub fn conv2d_ref(output: &mut [Float], input: &[Float], weight: &[Float], conv: &Conv2d) {
    conv.check(("input", input.len()), ("weight", weight.len()), ("output", output.len()));
    let mut sums = vec![0.0; output.len()];
    for_each_product(conv, |o, i, w| sums[o] += f64::from(input[i]) * f64::from(weight[w]));
    store(output, &sums);
}

/// [`conv2d_grad_input`](super::conv2d_grad_input) by plain loops, each element summed in `f64`.
///
/// # Shapes
/// As [`conv2d_grad_input`](super::conv2d_grad_input).
///
/// # Panics
/// As [`conv2d`](super::conv2d).
pub fn conv2d_grad_input_ref(
    grad_input: &mut [Float],
    grad_output: &[Float],
    weight: &[Float],
    conv: &Conv2d,
) {
    conv.check(
        ("grad_input", grad_input.len()),
        ("weight", weight.len()),
        ("grad_output", grad_output.len()),
    );
    let mut sums = vec![0.0; grad_input.len()];
    for_each_product(conv, |o, i, w| sums[i] += f64::from(grad_output[o]) * f64::from(weight[w]));
    store(grad_input, &sums);
}

/// [`conv2d_grad_weight`](super::conv2d_grad_weight) by plain loops, each element summed in `f64`.
///
/// # Shapes
/// As [`conv2d_grad_weight`](super::conv2d_grad_weight).
///
/// # Panics
/// As [`conv2d`](super::conv2d).
pub fn conv2d_grad_weight_ref(
    grad_weight: &mut [Float],
    grad_output: &[Float],
    input: &[Float],
    conv: &Conv2d,
) {
    conv.check(
        ("input", input.len()),
        ("grad_weight", grad_weight.len()),
        ("grad_output", grad_output.len()),
    );
    let mut sums = vec![0.0; grad_weight.len()];
    for_each_product(conv, |o, i, w| sums[w] += f64::from(grad_output[o]) * f64::from(input[i]));
    store(grad_weight, &sums);
}
