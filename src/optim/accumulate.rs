//! Gradients of several batches as those of one.

use super::float::{combine, scale};
use crate::{Model, ModelGrads};

/// Gathers the gradients of several batches, for a step as of one large batch.
///
/// The result is the mean of the gradients, as of a loss that is a mean over all samples when batches are of one size;
/// [`add_weighted`](Accumulator::add_weighted) with the numbers of samples gives that for others. What a batch proposes
/// for buffers, such as running statistics, takes effect at once, so that each batch counts. Nothing is allocated after
/// the first batch.
///
/// ```
/// use macrograd::optim::{Accumulator, Adam};
/// use macrograd::{Model, ModelGrads};
///
/// fn train<M: Model>(model: &mut M, batches: usize, mut loss_grad: impl FnMut(&M, &mut M::Grads) -> f32) {
///     let (mut optimizer, mut grads) = (Adam::new(1e-3), M::Grads::zeros());
///     let mut accumulator = Accumulator::new(8);
///     for _ in 0..batches {
///         loss_grad(model, &mut grads);
///         if let Some(mean) = accumulator.add(model, &mut grads) {
///             optimizer.step(model, mean);
///         }
///     }
///     // What is left of a number that is no multiple of 8.
///     if let Some(mean) = accumulator.finish() {
///         optimizer.step(model, mean);
///     }
/// }
/// ```
///
/// # Numerics
/// Sums are of the computing type, in the order of the batches.
#[derive(Debug)]
pub struct Accumulator<G> {
    num_batches: usize,
    /// Of the batches since the last result; the result itself when there are none.
    sum: Option<G>,
    count: usize,
    weight: f64,
}

impl<G: ModelGrads> Accumulator<G> {
    /// For so many batches at a time.
    ///
    /// # Panics
    /// When `num_batches` is 0.
    #[track_caller]
    pub fn new(num_batches: usize) -> Accumulator<G> {
        assert!(num_batches > 0, "`num_batches` is 0, but must be positive");
        Accumulator { num_batches, sum: None, count: 0, weight: 0.0 }
    }

    /// Adds the gradients of a batch and commits what it proposes for buffers. With the last batch of a group, the mean
    /// of all of them, to be given to an optimizer; the next batch starts a new group.
    #[must_use = "the gradients are to be given to an optimizer"]
    pub fn add<M: Model<Float = G::Float, Grads = G>>(
        &mut self,
        model: &mut M,
        grads: &mut G,
    ) -> Option<&mut G> {
        self.add_weighted(model, grads, 1.0)
    }

    /// As [`add`](Accumulator::add), with a weight in the mean, such as the number of samples.
    ///
    /// # Panics
    /// When `weight` is not positive and finite.
    #[must_use = "the gradients are to be given to an optimizer"]
    #[track_caller]
    pub fn add_weighted<M: Model<Float = G::Float, Grads = G>>(
        &mut self,
        model: &mut M,
        grads: &mut G,
        weight: f64,
    ) -> Option<&mut G> {
        let weight = super::positive("weight", weight);
        grads.gradients_mut().commit_buffers(model.state_mut());
        let sum = self.sum.get_or_insert_with(G::zeros).gradients_mut().values_mut();
        // A new group overwrites what the last one left, which may be NaN.
        if self.count == 0 {
            sum.copy_from_slice(grads.gradients().values());
            scale(sum, weight);
        } else {
            combine(sum, 1.0, grads.gradients().values(), weight);
        }
        self.count += 1;
        self.weight += weight;
        if self.count == self.num_batches { self.finish() } else { None }
    }

    /// The mean of the gradients since the last result, if there are any: of a group that is not complete.
    pub fn finish(&mut self) -> Option<&mut G> {
        if self.count == 0 {
            return None;
        }
        let sum = self.sum.as_mut()?;
        scale(sum.gradients_mut().values_mut(), 1.0 / self.weight);
        (self.count, self.weight) = (0, 0.0);
        Some(sum)
    }
}
