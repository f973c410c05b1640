//! What pooling operations share: the geometry of a two-dimensional window, and how pooling over 1 and 3 spatial axes is
//! made of it.
//!
//! Pooling separates: over a volume, the image of each depth is pooled first and the depths of each place afterwards. The
//! first of equal maxima in row-major order stays the first, and the number of places that an average counts is a
//! product over the axes.

use super::call::{Call, Problem};
use super::sliding::{IMAGES, empty_output, literal, literals, reach};
use super::{KernelCall, Op, check_count};
use crate::graph::types::product;
use crate::graph::{Builder, Size, TensorType, Value, shape_text};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// A pooling window over 1, 2 or 3 spatial axes.
#[derive(Clone, Debug)]
pub(super) struct Pooling {
    pub(super) kernel: Vec<usize>,
    pub(super) stride: Vec<usize>,
    pub(super) padding: Vec<usize>,
    pub(super) dilation: Vec<usize>,
    pub(super) ceil_mode: bool,
    pub(super) count_include_pad: bool,
}

/// Reads what the pooling methods have in common, by the names of their parameters, and checks that the window fits.
pub(super) fn read_pooling<const AXES: usize>(
    call: &mut Call<'_>,
    dilation: [usize; AXES],
    ceil_mode: bool,
    count_include_pad: bool,
) -> Result<(Value, Pooling), Problem> {
    let value = call.float_tensor(0)?;
    let x = call.check_rank(0, AXES + 2, IMAGES[AXES - 1])?;
    let params = call.method.params;
    let place = |name: &str| params.iter().position(|param| param.name == name);
    let [kernel_at, stride_at] = ["kernel_size", "stride"].map(|name| place(name).expect("windows move"));
    let kernel = call.numbers::<AXES>(kernel_at, None, 1)?;
    let stride = call.numbers::<AXES>(stride_at, Some(kernel), 1)?;
    let padding = match place("padding") {
        Some(at) => call.numbers::<AXES>(at, Some([0; AXES]), 0)?,
        None => [0; AXES],
    };
    if ceil_mode && x[2..].iter().any(|size| size.as_literal().is_none()) {
        let problem = Problem::from(format!(
            "`ceil_mode` of `{}` needs image sizes known at compile time, found {}",
            call.method.name,
            shape_text(&x)
        ));
        return Err(Problem { argument: place("ceil_mode"), ..problem }
            .help("leave `ceil_mode` out, or declare the image with literal sizes"));
    }
    let pooling = Pooling {
        kernel: kernel.to_vec(),
        stride: stride.to_vec(),
        padding: padding.to_vec(),
        dilation: dilation.to_vec(),
        ceil_mode,
        count_include_pad,
    };
    for axis in 0..AXES {
        if 2 * padding[axis] > kernel[axis] {
            let problem = Problem::from(format!(
                "padding {} is more than half of the kernel size {}",
                padding[axis], kernel[axis]
            ));
            return Err(Problem { argument: place("padding"), ..problem }
                .help(format!("use a padding of at most {}, or a larger kernel", kernel[axis] / 2)));
        }
        let out = pooling.extent(axis).out_size(&x[2 + axis], ceil_mode);
        if out.as_literal().is_some_and(|size| size < 1) {
            return Err(empty_output(
                call.method.name,
                &x,
                &literals(&kernel),
                padding[axis],
                dilation[axis],
            ));
        }
    }
    Ok((value, pooling))
}

impl Pooling {
    /// Windows side by side that fill the axes.
    pub(super) fn tiles(kernel: Vec<usize>) -> Pooling {
        let (ones, zeros) = (vec![1; kernel.len()], vec![0; kernel.len()]);
        let stride = kernel.clone();
        Pooling { kernel, stride, padding: zeros, dilation: ones, ceil_mode: false, count_include_pad: true }
    }

    /// Places before and after each axis of `[N, channels, …]` that make all windows full: the padding, and what the
    /// last window of `ceil_mode` sticks out by.
    pub(super) fn full_padding(&self, x: &[Size]) -> Vec<[i64; 2]> {
        let mut pairs = vec![[0, 0]; 2];
        for axis in 0..self.kernel.len() {
            let extent = self.extent(axis);
            let before = extent.padding as i64;
            let overhang = match (self.ceil_mode, x[2 + axis].as_literal()) {
                (true, Some(size)) => {
                    let out = extent.out_size(&x[2 + axis], true).as_literal().unwrap_or(1);
                    (out - 1) * extent.stride as i64 + extent.kernel as i64 - size - 2 * before
                }
                _ => 0,
            };
            pairs.push([before, before + overhang.max(0)]);
        }
        pairs
    }

    fn extent(&self, axis: usize) -> Extent {
        Extent {
            kernel: self.kernel[axis],
            stride: self.stride[axis],
            padding: self.padding[axis],
            dilation: self.dilation[axis],
        }
    }

    /// The window over some axes, as the vertical and the horizontal one.
    fn window(&self, pick: impl Fn(&[usize], usize) -> [usize; 2]) -> Pool2d {
        Pool2d {
            kernel: pick(&self.kernel, 1),
            stride: pick(&self.stride, 1),
            padding: pick(&self.padding, 0),
            dilation: pick(&self.dilation, 1),
            ceil_mode: self.ceil_mode,
            count_include_pad: self.count_include_pad,
        }
    }

    /// Pools the last axes of `[N, channels, …]` by the two-dimensional node of a window.
    pub(super) fn apply(&self, builder: &mut Builder, value: Value, node: fn(Pool2d) -> Op) -> Value {
        let x = builder.ty(value).shape.clone();
        let mut pool = |value: Value, view: Vec<Size>, window: Pool2d| {
            let image = builder.reshape(value, view);
            let out = if window.is_identity() { image } else { builder.add(node(window), &[image]) };
            (out, builder.ty(out).shape.clone())
        };
        let out = match x.as_slice() {
            [n, c, length] => {
                let view = vec![n.clone(), c.clone(), Size::one(), length.clone()];
                let (out, shape) = pool(value, view, self.window(|values, missing| [missing, values[0]]));
                (out, vec![n.clone(), c.clone(), shape[3].clone()])
            }
            [n, c, depth, height, width] => {
                let view = vec![n.clone(), c.mul(depth), height.clone(), width.clone()];
                let (out, shape) = pool(value, view, self.window(|values, _| [values[1], values[2]]));
                let (height, width) = (shape[2].clone(), shape[3].clone());
                let view = vec![n.clone(), c.clone(), depth.clone(), height.mul(&width)];
                let (out, shape) = pool(out, view, self.window(|values, missing| [values[0], missing]));
                (out, vec![n.clone(), c.clone(), shape[2].clone(), height, width])
            }
            image => pool(value, image.to_vec(), self.window(|values, _| [values[0], values[1]])),
        };
        builder.reshape(out.0, out.1)
    }
}

/// A window along one axis.
struct Extent {
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
}

impl Extent {
    /// Number of windows.
    fn out_size(&self, size: &Size, ceil_mode: bool) -> Size {
        let stride = self.stride as i64;
        let room = size.add(&literal(2 * self.padding)).sub(&reach(&literal(self.kernel), self.dilation));
        if !ceil_mode {
            return room.floor_div(stride).add(&Size::one());
        }
        let out = room.add(&Size::literal(stride - 1)).floor_div(stride).add(&Size::one());
        match (out.as_literal(), size.as_literal()) {
            // The last window starts inside the image or its padding before it, as in PyTorch.
            (Some(out), Some(size)) if (out - 1) * stride >= size + self.padding as i64 => {
                Size::literal(out - 1)
            }
            _ => out,
        }
    }
}

/// How a pooling window moves; `[vertical, horizontal]`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Pool2d {
    /// Size of the window.
    pub kernel: [usize; 2],
    /// Step between windows.
    pub stride: [usize; 2],
    /// Padding on each side.
    pub padding: [usize; 2],
    /// Step inside the window.
    pub dilation: [usize; 2],
    /// Whether a last window that hangs over the edge counts.
    pub ceil_mode: bool,
    /// Whether averages count the padding.
    pub count_include_pad: bool,
}

impl Pool2d {
    fn out_size(&self, size: &Size, axis: usize) -> Size {
        let extent = Extent {
            kernel: self.kernel[axis],
            stride: self.stride[axis],
            padding: self.padding[axis],
            dilation: self.dilation[axis],
        };
        extent.out_size(size, self.ceil_mode)
    }

    /// Whether each window is one place of the input.
    fn is_identity(&self) -> bool {
        self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0, 0]
    }

    /// Type of the output.
    pub fn infer(&self, inputs: &[&TensorType], count: usize) -> Result<Vec<TensorType>, String> {
        check_count(inputs, count)?;
        let x = &inputs[0].shape;
        let unknown = |axis: usize| self.ceil_mode && x[2 + axis].as_literal().is_none();
        if unknown(0) || unknown(1) {
            return Err("`ceil_mode` needs image sizes known at compile time".to_string());
        }
        Ok(vec![TensorType::real(vec![
            x[0].clone(),
            x[1].clone(),
            self.out_size(&x[2], 0),
            self.out_size(&x[3], 1),
        ])])
    }

    /// Attributes, for the text form.
    pub fn text(&self) -> String {
        let Pool2d { kernel, stride, padding, dilation, ceil_mode, .. } = self;
        format!(
            "kernel {kernel:?} stride {stride:?} padding {padding:?} dilation {dilation:?} ceil {ceil_mode}"
        )
    }

    /// Places of the input in the window of an output, in row-major order, and how many places count for averages.
    pub fn window(&self, output: &[usize], height: usize, width: usize) -> (Vec<[usize; 4]>, usize) {
        let mut places = Vec::new();
        let mut counted = 0;
        for (i, j) in (0..self.kernel[0]).flat_map(|i| (0..self.kernel[1]).map(move |j| (i, j))) {
            let row = output[2] * self.stride[0] + i * self.dilation[0];
            let column = output[3] * self.stride[1] + j * self.dilation[1];
            // Averages count padding on both sides, but nothing beyond it.
            counted +=
                usize::from(row < height + 2 * self.padding[0] && column < width + 2 * self.padding[1]);
            let (row, column) = (row.wrapping_sub(self.padding[0]), column.wrapping_sub(self.padding[1]));
            if row < height && column < width {
                places.push([output[0], output[1], row, column]);
            }
        }
        let count = if self.count_include_pad { counted } else { places.len() };
        (places, count)
    }

    /// Operations of a pass over all windows.
    pub fn flops(&self, output: &TensorType) -> Size {
        product(&output.shape).mul(&Size::literal((self.kernel[0] * self.kernel[1]) as i64))
    }

    /// The call of a kernel on an input of this shape.
    pub fn kernel(&self, call: &KernelCall<'_>, module: &str, name: &str, input: &[Size]) -> TokenStream {
        let (runtime, out, inputs) = (call.runtime, &call.outputs[0], call.inputs);
        let (module, name) = (Ident::new(module, Span::call_site()), Ident::new(name, Span::call_site()));
        let planes = product(&input[..2]).to_tokens();
        let (height, width) = (input[2].to_tokens(), input[3].to_tokens());
        let pair = |[a, b]: [usize; 2]| quote!([#a, #b]);
        let (kernel, stride, padding, dilation) =
            (pair(self.kernel), pair(self.stride), pair(self.padding), pair(self.dilation));
        let (ceil_mode, count_include_pad) = (self.ceil_mode, self.count_include_pad);
        quote!(#runtime::ops::#module::#name(#out, #(#inputs,)* &#runtime::ops::pool2d::Pool2d {
            planes: #planes, height: #height, width: #width, kernel: #kernel, stride: #stride, padding: #padding,
            dilation: #dilation, ceil_mode: #ceil_mode, count_include_pad: #count_include_pad,
        }))
    }
}
