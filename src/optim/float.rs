//! Both computing types behind one optimizer: what a step changes is of the type of the model, which is told apart here,
//! so that the steps themselves are compiled in this crate, once for each type, and not with each model.

use std::marker::PhantomData;

use macrograd_runtime::float::{Either, Family, Float};
use macrograd_runtime::state::{Gradients, State};

use crate::{Model, ModelGrads};

/// What a step changes: the state of a model, by its gradients.
pub(super) struct Subject<'a, F: Float> {
    /// Name of the model.
    pub(super) model: &'static str,
    pub(super) state: &'a mut State<F>,
    pub(super) grads: &'a mut Gradients<F>,
}

/// The subjects of both types.
pub(super) struct Subjects<'a>(PhantomData<&'a mut ()>);

impl<'a> Family for Subjects<'a> {
    type Of<F: Float> = Subject<'a, F>;
}

/// A model with its gradients.
pub(super) fn subject<'a, M: Model>(model: &'a mut M, grads: &'a mut M::Grads) -> Either<Subjects<'a>> {
    let subject = Subject { model: M::NAME, state: model.state_mut(), grads: grads.gradients_mut() };
    M::Float::either::<Subjects<'a>>(subject)
}

/// Evaluates an expression with what is in an [`Either`], where `Float` is the computing type and `ops` are its kernels.
macro_rules! in_float {
    ($either:expr, |$value:pat_param| $body:expr) => {
        match $either {
            macrograd_runtime::float::Either::F32($value) => {
                #[allow(unused_imports)]
                use macrograd_runtime::{Float, ops};
                $body
            }
            #[cfg(feature = "f64")]
            macrograd_runtime::float::Either::F64($value) => {
                #[allow(unused_imports)]
                use macrograd_runtime::double::{Float, ops};
                $body
            }
            // No such model can be compiled without the kernels.
            #[cfg(not(feature = "f64"))]
            macrograd_runtime::float::Either::F64(_) => {
                unreachable!("models in `f64` need the feature `f64` of macrograd")
            }
        }
    };
}
pub(super) use in_float;

/// Two slices, the first of which is changed.
struct Changed<'a>(PhantomData<&'a mut ()>);

impl<'a> Family for Changed<'a> {
    type Of<F: Float> = (&'a mut [F], &'a [F]);
}

/// Two slices.
struct Read<'a>(PhantomData<&'a ()>);

impl<'a> Family for Read<'a> {
    type Of<F: Float> = (&'a [F], &'a [F]);
}

/// `values <- factor values + other_factor other`.
pub(super) fn combine<F: Float>(values: &mut [F], factor: f64, other: &[F], other_factor: f64) {
    in_float!(F::either::<Changed<'_>>((values, other)), |(values, other)| {
        ops::vector::combine(values, factor as Float, other, other_factor as Float)
    });
}

/// `values <- values + weight (other - values)`.
pub(super) fn lerp<F: Float>(values: &mut [F], other: &[F], weight: f64) {
    in_float!(F::either::<Changed<'_>>((values, other)), |(values, other)| {
        ops::vector::lerp(values, other, weight as Float)
    });
}

/// `values <- factor values`.
pub(super) fn scale<F: Float>(values: &mut [F], factor: f64) {
    in_float!(F::either::<Changed<'_>>((values, &[])), |(values, _)| ops::vector::scale(
        values,
        factor as Float
    ));
}

/// `values <- max(-limit, min(values, limit))`.
pub(super) fn clamp<F: Float>(values: &mut [F], limit: f64) {
    in_float!(F::either::<Changed<'_>>((values, &[])), |(values, _)| ops::vector::clamp(
        values,
        limit as Float
    ));
}

/// Sum of products.
pub(super) fn dot<F: Float>(a: &[F], b: &[F]) -> f64 {
    in_float!(F::either::<Read<'_>>((a, b)), |(a, b)| ops::sum::dot(a, b))
}

/// Sum of squares.
pub(super) fn sum_of_squares<F: Float>(values: &[F]) -> f64 {
    in_float!(F::either::<Read<'_>>((values, &[])), |(values, _)| ops::sum::sum_of_squares(values))
}

/// Sum of magnitudes.
pub(super) fn sum_of_magnitudes<F: Float>(values: &[F]) -> f64 {
    in_float!(F::either::<Read<'_>>((values, &[])), |(values, _)| ops::sum::sum_of_magnitudes(values))
}

/// The largest magnitude.
#[allow(clippy::useless_conversion, reason = "it is one for the other type only")]
pub(super) fn largest_magnitude<F: Float>(values: &[F]) -> f64 {
    in_float!(F::either::<Read<'_>>((values, &[])), |(values, _)| f64::from(ops::sum::largest_magnitude(
        values
    )))
}
