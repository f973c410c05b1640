//! Two-dimensional max pooling, PyTorch's `max_pool2d`, and what pooling operations share.
//!
//! The gradient goes to the first maximum of each window in row-major order; padding never wins; NaN does.

use super::call::{Build::One, Call, Method, Problem};
use super::conv2d::empty_output;
use super::{KernelCall, Operation, Vjp, check_count, optional, required, tensor};
use crate::graph::types::product;
use crate::graph::{Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// `x.max_pool2d(kernel_size, stride = kernel_size, padding = 0, dilation = 1, ceil_mode = false)`.
pub const METHODS: &[Method] = &[Method {
    name: "max_pool2d",
    params: &[
        tensor("x"),
        required("kernel_size"),
        optional("stride"),
        optional("padding"),
        optional("dilation"),
        optional("ceil_mode"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let dilation = call.pair(4, Some([1, 1]), 1)?;
    let ceil_mode = call.boolean(5, Some(false))?;
    let (value, pool) = build_pool(call, dilation, ceil_mode, true)?;
    Ok(call.builder.try_add(MaxPool2d { pool }.into(), &[value])?[0])
}

/// Reads what the pooling methods have in common and checks that the window fits.
pub(super) fn build_pool(
    call: &mut Call<'_>,
    dilation: [usize; 2],
    ceil_mode: bool,
    count_include_pad: bool,
) -> Result<(Value, Pool2d), Problem> {
    let value = call.float_tensor(0)?;
    let x = call.check_rank(0, 4, "[N, channels, height, width]")?;
    let kernel = call.pair(1, None, 1)?;
    let stride = call.pair(2, Some(kernel), 1)?;
    let padding = call.pair(3, Some([0, 0]), 0)?;
    let pool = Pool2d { kernel, stride, padding, dilation, ceil_mode, count_include_pad };
    if ceil_mode && x[2..].iter().any(|size| size.as_literal().is_none()) {
        let problem = Problem::from(format!(
            "`ceil_mode` of `{}` needs a height and width known at compile time, found {}",
            call.method.name,
            shape_text(&x)
        ));
        let at = call.method.params.iter().position(|param| param.name == "ceil_mode");
        return Err(Problem { argument: at, ..problem }
            .help("leave `ceil_mode` out, or declare the image with literal sizes"));
    }
    for axis in [0, 1] {
        if 2 * padding[axis] > kernel[axis] {
            return Err(Problem::from(format!(
                "padding {} is more than half of the kernel size {}",
                padding[axis], kernel[axis]
            ))
            .at(3)
            .help(format!("use a padding of at most {}, or a larger kernel", kernel[axis] / 2)));
        }
        if pool.out_size(&x[2 + axis], axis).as_literal().is_some_and(|size| size < 1) {
            let sizes = kernel.map(|size| Size::literal(size as i64));
            return Err(empty_output(call.method.name, &x, &sizes, padding[axis], dilation[axis]));
        }
    }
    Ok((value, pool))
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
        let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
        let stride = self.stride[axis] as i64;
        let room = size.add(&Size::literal(2 * self.padding[axis] as i64 - reach as i64));
        if !self.ceil_mode {
            return room.floor_div(stride).add(&Size::one());
        }
        let out = room.add(&Size::literal(stride - 1)).floor_div(stride).add(&Size::one());
        match (out.as_literal(), size.as_literal()) {
            // The last window starts inside the image or its padding before it, as in PyTorch.
            (Some(out), Some(size)) if (out - 1) * stride >= size + self.padding[axis] as i64 => {
                Size::literal(out - 1)
            }
            _ => out,
        }
    }

    /// Type of the output.
    pub fn infer(&self, inputs: &[&TensorType], count: usize) -> Result<Vec<TensorType>, String> {
        check_count(inputs, count)?;
        let x = &inputs[0].shape;
        let unknown = |axis: usize| self.ceil_mode && x[2 + axis].as_literal().is_none();
        if unknown(0) || unknown(1) {
            return Err("`ceil_mode` needs a height and width known at compile time".to_string());
        }
        Ok(vec![TensorType::f32(vec![
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

/// The largest element of each window.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MaxPool2d {
    /// The window.
    pub pool: Pool2d,
}

/// Gradient of the input, from that of the output and the input.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MaxPool2dGrad {
    /// The window.
    pub pool: Pool2d,
}

impl Operation for MaxPool2d {
    fn text(&self) -> String {
        format!("max_pool2d {}", self.pool.text())
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        self.pool.infer(inputs, 1)
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, input) = (vjp.grad(), vjp.inputs[0]);
        Ok(vec![Some(vjp.builder.add(MaxPool2dGrad { pool: self.pool.clone() }, &[grad, input]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let x = inputs[0];
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let (places, _) = self.pool.window(index, x.shape[2], x.shape[3]);
            first_max(x, &places).map_or(f64::NEG_INFINITY, |place| x.at(&place))
        })]
    }

    fn flops(&self, _: &[&TensorType], outputs: &[&TensorType]) -> Size {
        self.pool.flops(outputs[0])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        Some(self.pool.kernel(call, "max_pool2d", "max_pool2d", &call.input_types[0].shape))
    }
}

/// The first place with the largest value; the first NaN if there is one.
fn first_max(x: &Array, places: &[[usize; 4]]) -> Option<[usize; 4]> {
    let mut best: Option<[usize; 4]> = None;
    for place in places {
        let value = x.at(place);
        let wins = best.is_none_or(|best| {
            let leader = x.at(&best);
            !leader.is_nan() && (value > leader || value.is_nan())
        });
        if wins {
            best = Some(*place);
        }
    }
    best
}

impl Operation for MaxPool2dGrad {
    fn text(&self) -> String {
        format!("max_pool2d gradient {}", self.pool.text())
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        Ok(vec![inputs[1].clone()])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Err("the gradient of `max_pool2d` cannot be differentiated again".to_string())
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let (dy, x) = (inputs[0], inputs[1]);
        let mut out = Array::full(&x.shape, 0.0);
        dy.for_each(|index, grad| {
            let (places, _) = self.pool.window(index, x.shape[2], x.shape[3]);
            if let Some(place) = first_max(x, &places) {
                let at = out.offset(&place);
                out.data[at] += grad;
            }
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        self.pool.flops(inputs[0])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        Some(self.pool.kernel(call, "max_pool2d", "max_pool2d_grad", &call.input_types[1].shape))
    }
}
