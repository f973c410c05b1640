//! Typed access to the flat state: where the tensors of a layer lie.

use macrograd_runtime::float::Float;
use macrograd_runtime::{Shape, TensorView, TensorViewMut};

/// Parameters and buffers of a model.
#[derive(Clone, Copy)]
pub struct StateRef<'a, F: Float = f32>(#[doc(hidden)] pub &'a [F]);

/// Parameters and buffers of a model, to be changed.
pub struct StateMut<'a, F: Float = f32>(#[doc(hidden)] pub &'a mut [F]);

/// Gradients of a model's trainable parameters.
#[derive(Clone, Copy)]
pub struct GradRef<'a, F: Float = f32>(#[doc(hidden)] pub &'a [F]);

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

impl<F: Float> StateSource for StateRef<'_, F> {}
impl<F: Float> StateSource for StateMut<'_, F> {}

fn view<F: Float, S: Shape>(values: &[F], offset: usize, shape: S) -> TensorView<'_, F, S> {
    match TensorView::new(shape, &values[offset..][..shape.numel()]) {
        Ok(view) => view,
        Err(error) => unreachable!("a slice of as many elements as the shape has: {error}"),
    }
}

impl<'a, F: Float> TensorSource for StateRef<'a, F> {
    type View<S: Shape> = TensorView<'a, F, S>;
    fn tensor<S: Shape>(self, offset: usize, shape: S) -> Self::View<S> {
        view(self.0, offset, shape)
    }
}

impl<'a, F: Float> TensorSource for GradRef<'a, F> {
    type View<S: Shape> = TensorView<'a, F, S>;
    fn tensor<S: Shape>(self, offset: usize, shape: S) -> Self::View<S> {
        view(self.0, offset, shape)
    }
}

impl<'a, F: Float> TensorSource for StateMut<'a, F> {
    type View<S: Shape> = TensorViewMut<'a, F, S>;
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
