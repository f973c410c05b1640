//! What every compiled model has in common.

use macrograd_runtime::state::{Gradients, Kind, Layout, State};

/// A compiled model: a struct under `#[model]` with its generated functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a compiled model",
    note = "put `#[model]` on the struct and on its impl; a generic model is compiled at given sizes: `#[model] type Name = {Self};`"
)]
pub trait Model: Sized + Send + Sync {
    /// Gradients of this model, as `loss_grad_into` fills them.
    type Grads: ModelGrads;
    /// Name of the struct.
    const NAME: &'static str;
    /// Layout of parameters and buffers.
    fn layout() -> &'static Layout;
    /// A model around these values.
    fn from_state(state: State) -> Self;
    /// Parameters and buffers.
    fn state(&self) -> &State;
    /// Parameters and buffers, to be changed.
    fn state_mut(&mut self) -> &mut State;
    /// Name, shape and values of every parameter, in the order of the fields.
    fn named_parameters(&self) -> impl Iterator<Item = (&'static str, &'static [usize], &[f32])> {
        let values = self.state().values();
        let parameters = Self::layout().tensors.iter().filter(|tensor| tensor.kind != Kind::Buffer);
        parameters.map(move |tensor| (tensor.name, tensor.shape, &values[tensor.offset..][..tensor.numel()]))
    }
}

/// Gradients of a compiled model.
pub trait ModelGrads: Sized + Send {
    /// Zero gradients.
    fn zeros() -> Self;
    /// The flat gradients.
    fn gradients(&self) -> &Gradients;
    /// The flat gradients, to be changed.
    fn gradients_mut(&mut self) -> &mut Gradients;
}
