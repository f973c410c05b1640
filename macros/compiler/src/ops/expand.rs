//! Broadcasting to a shape: sizes 1 are repeated, leading axes added. Element-wise operations do it by themselves.

use super::call::{Build::One, Call, Method, Problem};
use super::{Operation, Vjp, broadcast_shapes, check_count, required, tensor};
use crate::graph::{Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};

/// `x.expand([N, 16])`, PyTorch's `expand` and `broadcast_to`.
pub const METHODS: &[Method] =
    &[Method { name: "expand", params: &[tensor("x"), required("shape")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let (from, shape) = (call.shape(0)?, call.sizes(1)?);
    if let Some(reason) = mismatch(&from, &shape) {
        return Err(Problem::from(format!(
            "{} cannot be expanded to {}: {reason}",
            shape_text(&from),
            shape_text(&shape)
        ))
        .at(1)
        .help("only sizes of 1 are repeated; keep the others as they are, with new axes before them"));
    }
    Ok(call.builder.expand(value, shape))
}

/// Why a tensor of shape `from` does not broadcast to `to`.
fn mismatch(from: &[Size], to: &[Size]) -> Option<String> {
    if from.len() > to.len() {
        let axes = if from.len() == 1 { "axis" } else { "axes" };
        return Some(format!("it has {} {axes} and the new shape {}", from.len(), to.len()));
    }
    let pairs = from.iter().rev().zip(to.iter().rev()).enumerate();
    pairs
        .filter(|(_, (old, new))| !old.is_one() && old != new)
        .map(|(from_end, (old, new))| format!("axis {} from the end is {old} and {new}", from_end + 1))
        .next()
}

/// The operand broadcast to a shape.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Expand {
    /// The shape.
    pub shape: Vec<Size>,
}

impl Operation for Expand {
    fn text(&self) -> String {
        format!("expand {}", shape_text(&self.shape))
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        let target = TensorType { element: inputs[0].element, shape: self.shape.clone() };
        if broadcast_shapes(&[inputs[0], &target])? != self.shape {
            return Err(format!("{} does not broadcast to {}", inputs[0], shape_text(&self.shape)));
        }
        Ok(vec![target])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, shape) = (vjp.grad(), vjp.shape(0));
        Ok(vec![Some(vjp.builder.sum_to(grad, &shape))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| inputs[0].broadcast_at(index))]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }
}
