//! Windows as columns: `unfold` and `fold`, PyTorch's functions of these names (im2col and its transpose), and `windows`
//! along one axis, PyTorch's `Tensor.unfold`.

use super::call::{Build::One, Call, Method, Problem};
use super::sliding::{IMAGES, Slide, empty_output, literal, literals};
use super::{optional, required, tensor};
use crate::graph::{Size, Value, shape_text};

/// `x.unfold(kernel_size, dilation = 1, padding = 0, stride = 1)`: `[N, C, H, W]` to `[N, C kernel_h kernel_w, windows]`;
/// `x.fold(output_size, kernel_size, …)`: back, adding up what overlaps; `x.windows(axis, size, step = 1)`.
pub const METHODS: &[Method] = &[
    Method {
        name: "unfold",
        params: &[
            tensor("x"),
            required("kernel_size"),
            optional("dilation"),
            optional("padding"),
            optional("stride"),
        ],
        build: One(build_unfold),
    },
    Method {
        name: "fold",
        params: &[
            tensor("x"),
            required("output_size"),
            required("kernel_size"),
            optional("dilation"),
            optional("padding"),
            optional("stride"),
        ],
        build: One(build_fold),
    },
    Method {
        name: "windows",
        params: &[tensor("x"), required("axis"), required("size"), optional("step")],
        build: One(build_windows),
    },
];

/// The vertical and the horizontal slide, from the arguments at `first` on.
fn read_slides(call: &Call<'_>, first: usize) -> Result<[Slide; 2], Problem> {
    let kernel = call.pair(first, None, 1)?;
    let dilation = call.pair(first + 1, Some([1, 1]), 1)?;
    let padding = call.pair(first + 2, Some([0, 0]), 0)?;
    let stride = call.pair(first + 3, Some([1, 1]), 1)?;
    Ok([0, 1].map(|axis| Slide {
        kernel: kernel[axis],
        stride: stride[axis],
        dilation: dilation[axis],
        padding: padding[axis],
    }))
}

/// Number of windows along both axes of an image.
fn count(call: &Call<'_>, slides: &[Slide; 2], x: &[Size]) -> Result<[Size; 2], Problem> {
    let counts = [0, 1].map(|axis| slides[axis].count(&x[2 + axis]));
    for (slide, count) in slides.iter().zip(&counts) {
        if count.as_literal().is_some_and(|count| count < 1) {
            let kernel = literals(&slides.map(|slide| slide.kernel));
            return Err(empty_output(call.method.name, x, &kernel, slide.padding, slide.dilation));
        }
    }
    Ok(counts)
}

fn build_unfold(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let x = call.check_rank(0, 4, IMAGES[1])?;
    let slides = read_slides(call, 1)?;
    let [rows, columns] = count(call, &slides, &x)?;
    let [kernel_h, kernel_w] = slides.map(|slide| literal(slide.kernel));
    let builder = &mut *call.builder;
    let taps = slides[0].taps(builder, value, 2);
    let taps = slides[1].taps(builder, taps, 3);
    let (n, c) = (x[0].clone(), x[1].clone());
    let merged = c.mul(&kernel_h).mul(&kernel_w);
    let windows = rows.mul(&columns);
    let split = builder.reshape(taps, vec![n.clone(), c, rows, kernel_h, columns, kernel_w]);
    let split = builder.permute(split, vec![0, 1, 3, 5, 2, 4]);
    Ok(builder.reshape(split, vec![n, merged, windows]))
}

fn build_fold(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let columns = call.check_rank(0, 3, "[N, channels kernel_h kernel_w, windows]")?;
    let size = call.pair(1, None, 1)?.map(literal);
    let slides = read_slides(call, 2)?;
    let kernel = slides.map(|slide| literal(slide.kernel));
    let Some(channels) = columns[1].exact_div(&kernel[0].mul(&kernel[1])) else {
        return Err(Problem::from(format!(
            "a {}x{} kernel has {} elements, which do not divide {} rows",
            kernel[0],
            kernel[1],
            kernel[0].mul(&kernel[1]),
            columns[1]
        ))
        .at(2)
        .note(format!("the tensor is {}", shape_text(&columns)))
        .help("give `kernel_size` as for the `unfold` that made the columns"));
    };
    let image = vec![columns[0].clone(), channels, size[0].clone(), size[1].clone()];
    let counts = count(call, &slides, &image)?;
    let windows = counts[0].mul(&counts[1]);
    if windows != columns[2] {
        return Err(Problem::from(format!(
            "{}x{} holds {} x {} = {windows} windows, but the tensor has {} columns",
            size[0], size[1], counts[0], counts[1], columns[2]
        ))
        .at(1)
        .note(format!("the tensor is {}", shape_text(&columns)))
        .help("give `output_size` and the other arguments as for the `unfold` that made the columns"));
    }
    let builder = &mut *call.builder;
    let split = [&image[..2], &kernel[..], &counts[..]].concat();
    let split = builder.reshape(value, split);
    let split = builder.permute(split, vec![0, 1, 4, 2, 5, 3]);
    let [rows, row] = [0, 1].map(|axis| counts[axis].mul(&kernel[axis]));
    let taps = builder.reshape(split, vec![image[0].clone(), image[1].clone(), rows, row]);
    let taps = slides[1].overlap(builder, taps, 3, size[1].clone());
    Ok(slides[0].overlap(builder, taps, 2, size[0].clone()))
}

fn build_windows(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let x = call.shape(0)?;
    let axis = call.axis(1, None, x.len())?;
    let (size, step) = (call.integer(2, None, 1)?, call.integer(3, Some(1), 1)?);
    let slide = Slide { kernel: size, stride: step, dilation: 1, padding: 0 };
    let count = slide.count(&x[axis]);
    if count.as_literal().is_some_and(|count| count < 1) {
        return Err(Problem::from(format!(
            "a window of {size} does not fit into axis {axis}, which has size {}",
            x[axis]
        ))
        .at(2)
        .note(format!("the tensor is {}", shape_text(&x)))
        .help(format!("use a size of at most {}", x[axis])));
    }
    let taps = slide.taps(call.builder, value, axis);
    let mut split = x.clone();
    split[axis] = count;
    split.insert(axis + 1, literal(size));
    let split = call.builder.reshape(taps, split);
    let mut axes: Vec<usize> = (0..=x.len()).filter(|&other| other != axis + 1).collect();
    axes.push(axis + 1);
    Ok(call.builder.permute(split, axes))
}
