//! The same elements in another shape. Costs nothing: values are contiguous.

use super::call::{Build::One, Call, Method, Problem};
use super::{Operation, Vjp, check_count, required, tensor};
use crate::graph::types::product;
use crate::graph::{Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};

/// `x.reshape([N, 28 * 28])`: a shape with as many elements.
pub const METHODS: &[Method] =
    &[Method { name: "reshape", params: &[tensor("x"), required("shape")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let (from, to) = (call.shape(0)?, call.sizes(1)?);
    let (before, after) = (product(&from), product(&to));
    if before != after {
        return Err(Problem::from(format!(
            "{} holds {before} elements, but {} holds {after}",
            shape_text(&from),
            shape_text(&to)
        ))
        .at(1)
        .help("a reshape keeps the number of elements; change one of the sizes"));
    }
    Ok(call.builder.reshape(value, to))
}

/// The operand in another shape.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Reshape {
    /// The new shape.
    pub shape: Vec<Size>,
    /// If not 0, a number that tells this from the same value elsewhere: what is computed again from it is not taken
    /// for what was computed before.
    pub fence: usize,
}

impl Operation for Reshape {
    fn text(&self) -> String {
        let fence = if self.fence == 0 { String::new() } else { format!(", fence {}", self.fence) };
        format!("reshape {}{fence}", shape_text(&self.shape))
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        if inputs[0].numel() != product(&self.shape) {
            return Err(format!("{} has another number of elements", inputs[0]));
        }
        Ok(vec![TensorType { element: inputs[0].element, shape: self.shape.clone() }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, shape) = (vjp.grad(), vjp.shape(0));
        Ok(vec![Some(vjp.builder.reshape(grad, shape))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array { shape: sizes.shape(&outputs[0].shape), data: inputs[0].data.clone() }]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }
}
