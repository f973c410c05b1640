//! Two-dimensional cross-correlation, PyTorch's `conv2d`:
//! `out[n, o, y, x] = Σ_{c, i, j} input[n, g c, y·stride + i·dilation - padding, …] · weight[o, c, i, j]`.

use super::call::{Build::One, Call, Method, Problem};
use super::{KernelCall, Operation, Vjp, check_count, optional, required, tensor};
use crate::graph::types::product;
use crate::graph::{Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.conv2d(weight, stride = 1, padding = 0, dilation = 1, groups = 1)`.
///
/// `x` is `[N, in_channels, height, width]`, `weight` is `[out_channels, in_channels / groups, kernel_h, kernel_w]`.
pub const METHODS: &[Method] = &[Method {
    name: "conv2d",
    params: &[
        tensor("x"),
        required("weight"),
        optional("stride"),
        optional("padding"),
        optional("dilation"),
        optional("groups"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (input, weight) = (call.float_tensor(0)?, call.float_tensor(1)?);
    let x = call.check_rank(0, 4, "[N, channels, height, width]")?;
    let w = call.check_rank(1, 4, "[out_channels, in_channels / groups, kernel_h, kernel_w]")?;
    let attributes = Window {
        stride: call.pair(2, Some([1, 1]), 1)?,
        padding: call.pair(3, Some([0, 0]), 0)?,
        dilation: call.pair(4, Some([1, 1]), 1)?,
        groups: call.integer(5, Some(1), 1)?,
    };
    let groups = Size::literal(attributes.groups as i64);
    if x[1] != w[1].mul(&groups) {
        let in_groups = if groups.is_one() { String::new() } else { format!(" in {groups} groups") };
        let problem = Problem::from(format!(
            "the weight {} takes {} input channels{in_groups}, but the input {} has {}",
            shape_text(&w),
            w[1].mul(&groups),
            shape_text(&x),
            x[1]
        ))
        .at(1);
        return Err(match x[1].exact_div(&groups) {
            Some(per_group) => problem.help(format!(
                "make the weight {}, or give the input {} channels",
                shape_text(&[w[0].clone(), per_group, w[2].clone(), w[3].clone()]),
                w[1].mul(&groups)
            )),
            None => problem.help(format!("choose a number of groups that divides {} input channels", x[1])),
        });
    }
    if w[0].exact_div(&groups).is_none() {
        return Err(Problem::from(format!("{groups} groups do not divide {} output channels", w[0]))
            .at(5)
            .help(format!("make the number of output channels a multiple of {groups}, or change `groups`")));
    }
    for axis in [0, 1] {
        let out = attributes.out_size(&x[2 + axis], &w[2 + axis], axis);
        if out.as_literal().is_some_and(|size| size < 1) {
            return Err(empty_output(
                "conv2d",
                &x,
                &w[2..],
                attributes.padding[axis],
                attributes.dilation[axis],
            ));
        }
    }
    Ok(call.builder.try_add(Conv2d { window: attributes }.into(), &[input, weight])?[0])
}

/// The message for a window that does not fit into its input.
pub(super) fn empty_output(
    what: &str,
    x: &[Size],
    kernel: &[Size],
    padding: usize,
    dilation: usize,
) -> Problem {
    let (height, width) = (&x[x.len() - 2], &x[x.len() - 1]);
    let spread = if dilation > 1 { format!(" with dilation {dilation}") } else { String::new() };
    Problem::from(format!(
        "the output of `{what}` would be empty: a {}x{} window{spread} does not fit into {height}x{width} with padding {padding}",
        kernel[0], kernel[1]
    ))
    .note(format!("the input is {}", shape_text(x)))
    .help("use a smaller window, more padding, or fewer layers that shrink the image before it")
}

/// How the kernel moves over the image; `[vertical, horizontal]`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Window {
    /// Step between outputs.
    pub stride: [usize; 2],
    /// Zeros on each side.
    pub padding: [usize; 2],
    /// Step between the kernel's elements.
    pub dilation: [usize; 2],
    /// Independent groups of channels.
    pub groups: usize,
}

impl Window {
    fn out_size(&self, size: &Size, kernel: &Size, axis: usize) -> Size {
        let literal = |value: usize| Size::literal(value as i64);
        let reach = kernel.sub(&Size::one()).mul(&literal(self.dilation[axis])).add(&Size::one());
        let room = size.add(&literal(2 * self.padding[axis])).sub(&reach);
        room.floor_div(self.stride[axis] as i64).add(&Size::one())
    }

    fn text(&self) -> String {
        let Window { stride, padding, dilation, groups } = self;
        format!("stride {stride:?} padding {padding:?} dilation {dilation:?} groups {groups}")
    }

    /// Calls `visit(output index, input index, weight index)` for every product of the convolution.
    fn for_each_product(
        &self,
        output: &[usize],
        input: &[usize],
        weight: &[usize],
        mut visit: impl FnMut([usize; 4], [usize; 4], [usize; 4]),
    ) {
        let out_per_group = weight[0] / self.groups;
        for place in crate::reference::indices(&[
            output[0], output[1], output[2], output[3], weight[1], weight[2], weight[3],
        ]) {
            let [n, o, y, x, c, i, j] = place[..] else { unreachable!("seven sizes were given") };
            let row = (y * self.stride[0] + i * self.dilation[0]).wrapping_sub(self.padding[0]);
            let column = (x * self.stride[1] + j * self.dilation[1]).wrapping_sub(self.padding[1]);
            if row < input[2] && column < input[3] {
                let channel = o / out_per_group * weight[1] + c;
                visit([n, o, y, x], [n, channel, row, column], [o, c, i, j]);
            }
        }
    }

    fn flops(&self, output: &TensorType, weight: &TensorType) -> Size {
        product(&output.shape).mul(&product(&weight.shape[1..])).mul(&2.into())
    }

    fn kernel(&self, call: &KernelCall<'_>, name: &str, input: &[Size], weight: &[Size]) -> TokenStream {
        let (runtime, out) = (call.runtime, &call.outputs[0]);
        let (a, b) = (&call.inputs[0], &call.inputs[1]);
        let name = proc_macro2::Ident::new(name, proc_macro2::Span::call_site());
        let [batch, in_channels, height, width] =
            [&input[0], &input[1], &input[2], &input[3]].map(Size::to_tokens);
        let [out_channels, kernel_h, kernel_w] = [&weight[0], &weight[2], &weight[3]].map(Size::to_tokens);
        let pair = |[a, b]: [usize; 2]| quote!([#a, #b]);
        let (stride, padding, dilation) = (pair(self.stride), pair(self.padding), pair(self.dilation));
        let groups = self.groups;
        quote!(#runtime::ops::conv2d::#name(#out, #a, #b, &#runtime::ops::conv2d::Conv2d {
            batch: #batch, in_channels: #in_channels, height: #height, width: #width, out_channels: #out_channels,
            kernel: [#kernel_h, #kernel_w], stride: #stride, padding: #padding, dilation: #dilation, groups: #groups,
            layout: #runtime::ops::conv2d::Layout::Nchw,
        }))
    }
}

/// The convolution of an input with a weight.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Conv2d {
    /// How the kernel moves.
    pub window: Window,
}

/// Gradient of the input, from that of the output and the weight.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Conv2dGradInput {
    /// How the kernel moves.
    pub window: Window,
    /// Shape of the input.
    pub shape: Vec<Size>,
}

/// Gradient of the weight, from that of the output and the input.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Conv2dGradWeight {
    /// How the kernel moves.
    pub window: Window,
    /// Shape of the weight.
    pub shape: Vec<Size>,
}

impl Operation for Conv2d {
    fn text(&self) -> String {
        format!("conv2d {}", self.window.text())
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        let (x, w) = (&inputs[0].shape, &inputs[1].shape);
        let out = |axis| self.window.out_size(&x[2 + axis], &w[2 + axis], axis);
        Ok(vec![TensorType::f32(vec![x[0].clone(), w[0].clone(), out(0), out(1)])])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (input, weight, grad) = (vjp.inputs[0], vjp.inputs[1], vjp.grad());
        let window = &self.window;
        let (x, w) = (vjp.shape(0), vjp.shape(1));
        Ok(vec![
            vjp.if_needed(0, |b| {
                b.add(Conv2dGradInput { window: window.clone(), shape: x }, &[grad, weight])
            }),
            vjp.if_needed(1, |b| {
                b.add(Conv2dGradWeight { window: window.clone(), shape: w }, &[grad, input])
            }),
        ])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        let (x, w) = (inputs[0], inputs[1]);
        self.window.for_each_product(&out.shape.clone(), &x.shape, &w.shape, |o, i, k| {
            let at = out.offset(&o);
            out.data[at] += x.at(&i) * w.at(&k);
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], outputs: &[&TensorType]) -> Size {
        self.window.flops(outputs[0], inputs[1])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        Some(self.window.kernel(call, "conv2d", &call.input_types[0].shape, &call.input_types[1].shape))
    }
}

impl Operation for Conv2dGradInput {
    fn text(&self) -> String {
        format!("conv2d gradient of the input {}", self.window.text())
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        Ok(vec![TensorType::f32(self.shape.clone())])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad_output, weight, grad) = (vjp.inputs[0], vjp.inputs[1], vjp.grad());
        let (window, w) = (&self.window, vjp.shape(1));
        Ok(vec![
            vjp.if_needed(0, |b| b.add(Conv2d { window: window.clone() }, &[grad, weight])),
            vjp.if_needed(1, |b| {
                b.add(Conv2dGradWeight { window: window.clone(), shape: w }, &[grad_output, grad])
            }),
        ])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        let (dy, w) = (inputs[0], inputs[1]);
        self.window.for_each_product(&dy.shape, &out.shape.clone(), &w.shape, |o, i, k| {
            let at = out.offset(&i);
            out.data[at] += dy.at(&o) * w.at(&k);
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        self.window.flops(inputs[0], inputs[1])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        Some(self.window.kernel(call, "conv2d_grad_input", &self.shape, &call.input_types[1].shape))
    }
}

impl Operation for Conv2dGradWeight {
    fn text(&self) -> String {
        format!("conv2d gradient of the weight {}", self.window.text())
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        Ok(vec![TensorType::f32(self.shape.clone())])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad_output, input, grad) = (vjp.inputs[0], vjp.inputs[1], vjp.grad());
        let (window, x) = (&self.window, vjp.shape(1));
        Ok(vec![
            vjp.if_needed(0, |b| b.add(Conv2d { window: window.clone() }, &[input, grad])),
            vjp.if_needed(1, |b| {
                b.add(Conv2dGradInput { window: window.clone(), shape: x }, &[grad_output, grad])
            }),
        ])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        let (dy, x) = (inputs[0], inputs[1]);
        self.window.for_each_product(&dy.shape, &x.shape, &out.shape.clone(), |o, i, k| {
            let at = out.offset(&k);
            out.data[at] += dy.at(&o) * x.at(&i);
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], outputs: &[&TensorType]) -> Size {
        self.window.flops(inputs[0], outputs[0])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        Some(self.window.kernel(call, "conv2d_grad_weight", &call.input_types[1].shape, &self.shape))
    }
}
