//! The nodes of convolutions: a two-dimensional cross-correlation and its gradients,
//! `out[n, o, y, x] = Σ_{c, i, j} input[n, g c, y·stride + i·dilation - padding, …] · weight[o, c, i, j]`.
//!
//! Each node's gradients are the other two, so all can be differentiated again. What models call is in `conv` and
//! `conv_transpose`.

use super::call::Method;
use super::sliding::num_windows;
use super::{KernelCall, Operation, Vjp, check_count};
use crate::graph::types::product;
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// Models call `conv1d` and the others, which are made of it.
pub const METHODS: &[Method] = &[];

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
        num_windows(size, kernel, self.stride[axis], self.padding[axis], self.dilation[axis])
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
        Ok(vec![TensorType::real(vec![x[0].clone(), w[0].clone(), out(0), out(1)])])
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
        Ok(vec![TensorType::real(self.shape.clone())])
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
        Ok(vec![TensorType::real(self.shape.clone())])
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
