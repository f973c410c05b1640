//! Typed access to the flat state: where the tensors of a layer lie.

use macrograd_runtime::{Shape, TensorView, TensorViewMut};

/// Parameters and buffers of a model.
#[derive(Clone, Copy)]
pub struct StateRef<'a>(#[doc(hidden)] pub &'a [f32]);

/// Parameters and buffers of a model, to be changed.
pub struct StateMut<'a>(#[doc(hidden)] pub &'a mut [f32]);

/// Gradients of a model's trainable parameters.
#[derive(Clone, Copy)]
pub struct GradRef<'a>(#[doc(hidden)] pub &'a [f32]);

/// Something that holds a value for every trainable parameter.
pub trait TensorSource {
    /// One of its tensors.
    type View<S: Shape>;
    /// The tensor of this shape at this offset.
    fn tensor<S: Shape>(self, offset: usize, shape: S) -> Self::View<S>;
}

/// A source that also holds frozen parameters and buffers.
#[diagnostic::on_unimplemented(message = "frozen parameters and buffers have no gradients")]
pub trait StateSource: TensorSource {}

impl StateSource for StateRef<'_> {}
impl StateSource for StateMut<'_> {}

fn view<S: Shape>(values: &[f32], offset: usize, shape: S) -> TensorView<'_, f32, S> {
    match TensorView::new(shape, &values[offset..][..shape.numel()]) {
        Ok(view) => view,
        Err(error) => unreachable!("a slice of as many elements as the shape has: {error}"),
    }
}

impl<'a> TensorSource for StateRef<'a> {
    type View<S: Shape> = TensorView<'a, f32, S>;
    fn tensor<S: Shape>(self, offset: usize, shape: S) -> Self::View<S> {
        view(self.0, offset, shape)
    }
}

impl<'a> TensorSource for GradRef<'a> {
    type View<S: Shape> = TensorView<'a, f32, S>;
    fn tensor<S: Shape>(self, offset: usize, shape: S) -> Self::View<S> {
        view(self.0, offset, shape)
    }
}

impl<'a> TensorSource for StateMut<'a> {
    type View<S: Shape> = TensorViewMut<'a, f32, S>;
    fn tensor<S: Shape>(self, offset: usize, shape: S) -> Self::View<S> {
        match TensorViewMut::new(shape, &mut self.0[offset..][..shape.numel()]) {
            Ok(view) => view,
            Err(error) => unreachable!("a slice of as many elements as the shape has: {error}"),
        }
    }
}

/// How far the tensors of element `index` of a stack lie behind those of the first.
#[doc(hidden)]
#[track_caller]
pub fn shift(base: [usize; 3], strides: [usize; 3], index: usize, count: usize) -> [usize; 3] {
    assert!(index < count, "element {index} of a stack of {count}");
    [base[0] + index * strides[0], base[1] + index * strides[1], base[2] + index * strides[2]]
}
