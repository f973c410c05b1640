//! What every compiled model has in common.

use macrograd_runtime::float::Float;
use macrograd_runtime::state::{Gradients, Kind, Layout, State};

/// A compiled model: a struct under `#[model]` with its generated functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a compiled model",
    note = "put `#[model]` on the struct and on its impl; a generic model is compiled at given sizes: `#[model] type Name = {Self};`"
)]
pub trait Model: Sized + Send + Sync {
    /// The type in which the model computes: `f32`, or `f64` under `#[model(dtype = f64)]`.
    type Float: Float;
    /// Gradients of this model, as `loss_grad_into` fills them.
    type Grads: ModelGrads<Float = Self::Float>;
    /// Name of the struct.
    const NAME: &'static str;
    /// What the functions compute: name and graph of each, first the one that training uses. The texts are for
    /// `report::GraphNode::of_model` (feature `tensorboard`), which reads them; a program that does not is no larger.
    const GRAPHS: &'static [(&'static str, &'static str)] = &[];
    /// Layout of parameters and buffers.
    fn layout() -> &'static Layout;
    /// A model around these values.
    fn from_state(state: State<Self::Float>) -> Self;
    /// Parameters and buffers.
    fn state(&self) -> &State<Self::Float>;
    /// Parameters and buffers, to be changed.
    fn state_mut(&mut self) -> &mut State<Self::Float>;
    /// Name, shape and values of every parameter, in the order of the fields.
    fn named_parameters(&self) -> impl Iterator<Item = (&'static str, &'static [usize], &[Self::Float])> {
        let values = self.state().values();
        let parameters = Self::layout().tensors.iter().filter(|tensor| tensor.kind != Kind::Buffer);
        parameters.map(move |tensor| (tensor.name, tensor.shape, &values[tensor.offset..][..tensor.numel()]))
    }
}

/// Gradients of a compiled model.
pub trait ModelGrads: Sized + Send {
    /// The type in which the model computes.
    type Float: Float;
    /// Zero gradients.
    fn zeros() -> Self;
    /// The flat gradients.
    fn gradients(&self) -> &Gradients<Self::Float>;
    /// The flat gradients, to be changed.
    fn gradients_mut(&mut self) -> &mut Gradients<Self::Float>;
}
