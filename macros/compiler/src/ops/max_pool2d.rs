//! Max pooling over 1, 2 and 3 spatial axes, PyTorch's `max_pool1d`, `max_pool2d` and `max_pool3d`.
//!
//! The gradient goes to the first maximum of each window in row-major order, or to the last NaN; padding never wins. It is
//! linear in the gradient of the output, so it can be differentiated again: that gathers what stands at the winners.

use super::call::{Build::One, Call, Method, Problem};
use super::pool::{Pool2d, Pooling, read_pooling};
use super::{KernelCall, Operation, Param, Vjp, check_count, optional, required, tensor};
use crate::graph::{Builder, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;

/// `x.max_pool2d(kernel_size, stride = kernel_size, padding = 0, dilation = 1, ceil_mode = false)`.
pub const METHODS: &[Method] = &[
    Method { name: "max_pool1d", params: PARAMS, build: One(build::<1>) },
    Method { name: "max_pool2d", params: PARAMS, build: One(build::<2>) },
    Method { name: "max_pool3d", params: PARAMS, build: One(build::<3>) },
];

pub(super) const PARAMS: &[Param] = &[
    tensor("x"),
    required("kernel_size"),
    optional("stride"),
    optional("padding"),
    optional("dilation"),
    optional("ceil_mode"),
];

fn build<const AXES: usize>(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (value, pooling) = read::<AXES>(call)?;
    Ok(maxima(call.builder, value, &pooling))
}

/// The operand and its windows.
pub(super) fn read<const AXES: usize>(call: &mut Call<'_>) -> Result<(Value, Pooling), Problem> {
    let dilation = call.numbers::<AXES>(4, Some([1; AXES]), 1)?;
    let ceil_mode = call.boolean(5, Some(false))?;
    read_pooling(call, dilation, ceil_mode, true)
}

/// The largest element of each window.
pub(super) fn maxima(builder: &mut Builder, value: Value, pooling: &Pooling) -> Value {
    pooling.apply(builder, value, |pool| MaxPool2d { pool }.into())
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

/// What stands where each window of the second operand has its maximum, in the first.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MaxPool2dAt {
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
            winner(x, &places).map_or(f64::NEG_INFINITY, |place| x.at(&place))
        })]
    }

    fn flops(&self, _: &[&TensorType], outputs: &[&TensorType]) -> Size {
        self.pool.flops(outputs[0])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        Some(self.pool.kernel(call, "max_pool2d", "max_pool2d", &call.input_types[0].shape))
    }
}

/// The first place with the largest value; the last NaN if there is one.
fn winner(x: &Array, places: &[[usize; 4]]) -> Option<[usize; 4]> {
    let mut best: Option<[usize; 4]> = None;
    for place in places {
        let value = x.at(place);
        if best.is_none_or(|best| value > x.at(&best) || value.is_nan()) {
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

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, input) = (vjp.grad(), vjp.inputs[1]);
        // The winners do not move with the input.
        Ok(vec![vjp.if_needed(0, |b| b.add(MaxPool2dAt { pool: self.pool.clone() }, &[grad, input])), None])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let (dy, x) = (inputs[0], inputs[1]);
        let mut out = Array::full(&x.shape, 0.0);
        dy.for_each(|index, grad| {
            let (places, _) = self.pool.window(index, x.shape[2], x.shape[3]);
            if let Some(place) = winner(x, &places) {
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

impl Operation for MaxPool2dAt {
    fn text(&self) -> String {
        format!("at the maxima of max_pool2d {}", self.pool.text())
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        self.pool.infer(inputs, 2)
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, input) = (vjp.grad(), vjp.inputs[1]);
        Ok(vec![vjp.if_needed(0, |b| b.add(MaxPool2dGrad { pool: self.pool.clone() }, &[grad, input])), None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let (values, x) = (inputs[0], inputs[1]);
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let (places, _) = self.pool.window(index, x.shape[2], x.shape[3]);
            winner(x, &places).map_or(0.0, |place| values.at(&place))
        })]
    }

    fn flops(&self, _: &[&TensorType], outputs: &[&TensorType]) -> Size {
        self.pool.flops(outputs[0])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        Some(self.pool.kernel(call, "max_pool2d", "max_pool2d_at", &call.input_types[1].shape))
    }
}
