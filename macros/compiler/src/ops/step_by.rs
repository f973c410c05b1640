//! Every few places along an axis: `x.step_by(2, axis = 1)`, PyTorch's `x[:, ::2]`. Elements of any type.

use super::call::{Build::One, Call, Method, Problem};
use super::permute::{row_major_strides, stride_tokens, strided_copy, strided_scatter};
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;

/// `x.step_by(step, axis)`: the places 0, `step`, 2 `step`, … of an axis. To start elsewhere, take a slice first.
pub const METHODS: &[Method] = &[Method {
    name: "step_by",
    params: &[tensor("x"), required("step"), required("axis")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    let step = call.integer(1, None, 1)? as i64;
    let axis = call.axis(2, None, shape.len())?;
    if step == 1 {
        return Ok(value);
    }
    let size = shape[axis].add(&Size::literal(step - 1)).floor_div(step);
    Ok(call.builder.add(StepBy { axis, start: Size::default(), step: step.into(), size }, &[value]))
}

/// The places `start`, `start + step`, … of an axis, `size` of them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct StepBy {
    /// The axis.
    pub axis: usize,
    /// The first place.
    pub start: Size,
    /// From one place to the next.
    pub step: Size,
    /// Number of places.
    pub size: Size,
}

/// Zeros with the operand at the places `start`, `start + step`, … of an axis of size `len`: the gradient of
/// [`StepBy`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Unstep {
    /// The axis.
    pub axis: usize,
    /// The first place.
    pub start: Size,
    /// From one place to the next.
    pub step: Size,
    /// Size of the axis.
    pub len: Size,
}

/// Strides and the offset of the places, in the tensor of this shape.
fn addresses(shape: &[Size], axis: usize, start: &Size, step: &Size) -> (Vec<TokenStream>, Size) {
    let mut strides = row_major_strides(shape);
    let offset = start.mul(&strides[axis]);
    strides[axis] = strides[axis].mul(step);
    (strides.iter().map(stride_tokens).collect(), offset)
}

impl Operation for StepBy {
    fn text(&self) -> String {
        format!("{} places from {} by {} along {}", self.size, self.start, self.step, self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        let mut ty = inputs[0].clone();
        *ty.shape.get_mut(self.axis).ok_or("axis out of range")? = self.size.clone();
        Ok(vec![ty])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, shape) = (vjp.grad(), vjp.shape(0));
        let StepBy { axis, start, step, .. } = self.clone();
        Ok(vec![Some(vjp.builder.add(Unstep { axis, start, step, len: shape[axis].clone() }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let (start, step) = (sizes.value(&self.start) as usize, sizes.value(&self.step) as usize);
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let mut source = index.to_vec();
            source[self.axis] = start + index[self.axis] * step;
            inputs[0].at(&source)
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (strides, offset) = addresses(&call.input_types[0].shape, self.axis, &self.start, &self.step);
        Some(strided_copy(call, &strides, &offset))
    }
}

impl Operation for Unstep {
    fn text(&self) -> String {
        format!("{} places, given from {} by {} along {}", self.len, self.start, self.step, self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        let mut ty = inputs[0].clone();
        *ty.shape.get_mut(self.axis).ok_or("axis out of range")? = self.len.clone();
        Ok(vec![ty])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, shape) = (vjp.grad(), vjp.shape(0));
        let Unstep { axis, start, step, .. } = self.clone();
        Ok(vec![Some(vjp.builder.add(StepBy { axis, start, step, size: shape[axis].clone() }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let (start, step) = (sizes.value(&self.start) as usize, sizes.value(&self.step) as usize);
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        inputs[0].for_each(|index, value| {
            let mut target = index.to_vec();
            target[self.axis] = start + index[self.axis] * step;
            let at = out.offset(&target);
            out.data[at] = value;
        });
        vec![out]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (strides, offset) = addresses(&call.output_types[0].shape, self.axis, &self.start, &self.step);
        Some(strided_scatter(call, &strides, &offset))
    }
}
