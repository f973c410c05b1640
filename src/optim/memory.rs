//! What an optimizer remembers between steps: moments in the layout of the parameters, and how they are cut in runs.

use std::ops::Range;

use macrograd_runtime::arena::AlignedBuffer;
use macrograd_runtime::parallel::{enter, num_parts};
use macrograd_runtime::state::{Kind, Layout};

use crate::{Error, Model, ModelGrads};

/// A copy of what an optimizer remembers, to be stored and restored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState {
    /// Steps taken.
    pub steps: u64,
    /// Moments, each as long as the trainable part of the model and in its layout; none before the first step.
    pub moments: Vec<Vec<f32>>,
}

/// A range of parameters that share their rate and decay.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) range: Range<usize>,
    pub(super) lr_scale: f64,
    pub(super) decay: bool,
}

/// Steps taken, and what was allocated by the first of them.
#[derive(Clone, Default)]
pub(super) struct Memory {
    steps: u64,
    bound: Option<Bound>,
}

#[derive(Clone)]
struct Bound {
    layout: &'static Layout,
    model: &'static str,
    runs: Vec<Run>,
    moments: Vec<AlignedBuffer>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory")
            .field("steps", &self.steps)
            .field("model", &self.bound.as_ref().map(|b| b.model))
            .finish()
    }
}

impl Memory {
    /// Counts a step and applies `update(run, params, moments, grads)` to each run, then commits the buffers. `update`
    /// makes the function for this step out of its number, which starts at 1.
    #[track_caller]
    pub(super) fn step<M: Model, const MOMENTS: usize, U>(
        &mut self,
        optimizer: &str,
        model: &mut M,
        grads: &mut M::Grads,
        update: impl FnOnce(u64) -> U,
    ) where
        U: Fn(&Run, &mut [f32], [&mut [f32]; MOMENTS], &[f32]) + Sync,
    {
        let bound = self.bound.get_or_insert_with(|| Bound::new::<M>(MOMENTS));
        bound.check::<M>(optimizer);
        self.steps += 1;
        let update = update(self.steps);
        let len = bound.layout.trainable_len;
        let params = &mut model.state_mut().values_mut()[..len];
        let gradients = grads.gradients().values();
        assert_eq!(gradients.len(), len, "`{}` and its gradients differ in their layout", M::NAME);
        let Bound { runs, moments, .. } = bound;
        // They differ only after momentum has been added to, or taken from, an optimizer in use.
        moments.resize_with(MOMENTS, || AlignedBuffer::zeros(len));
        let moments: &mut [AlignedBuffer; MOMENTS] =
            moments.as_mut_slice().try_into().expect("there are as many as the line above asks for");
        let mut pass = || {
            for run in runs.iter() {
                let range = run.range.clone();
                let moments = moments.each_mut().map(|moment| &mut moment.as_mut_slice()[range.clone()]);
                update(run, &mut params[range.clone()], moments, &gradients[range]);
            }
        };
        // Entering the pool costs more than a pass that nobody shares.
        if num_parts(len, len) > 1 {
            enter(pass)
        } else {
            pass()
        }
        grads.gradients_mut().commit_buffers(model.state_mut());
    }

    pub(super) fn state(&self) -> OptimizerState {
        let moments = self.bound.iter().flat_map(|bound| {
            bound.moments.iter().map(|moment| moment.as_slice()[..bound.layout.trainable_len].to_vec())
        });
        OptimizerState { steps: self.steps, moments: moments.collect() }
    }

    pub(super) fn restore<M: Model>(
        &mut self,
        num_moments: usize,
        state: &OptimizerState,
    ) -> Result<(), Error> {
        let OptimizerState { steps, moments } = state;
        if *steps == 0 && moments.is_empty() {
            *self = Memory::default();
            return Ok(());
        }
        let len = M::layout().trainable_len;
        if moments.len() != num_moments || moments.iter().any(|moment| moment.len() != len) {
            let found = moments.iter().map(Vec::len).sum();
            return Err(Error::ElementCount {
                shape: vec![num_moments, len],
                expected: num_moments * len,
                found,
            });
        }
        let mut bound = Bound::new::<M>(num_moments);
        for (buffer, moment) in bound.moments.iter_mut().zip(moments) {
            buffer.as_mut_slice()[..len].copy_from_slice(moment);
        }
        *self = Memory { steps: *steps, bound: Some(bound) };
        Ok(())
    }
}

impl Bound {
    fn new<M: Model>(num_moments: usize) -> Bound {
        let layout = M::layout();
        let moments = (0..num_moments).map(|_| AlignedBuffer::zeros(layout.trainable_len)).collect();
        Bound { layout, model: M::NAME, runs: runs_of(layout), moments }
    }

    #[track_caller]
    fn check<M: Model>(&self, optimizer: &str) {
        let (first, second) = (self.layout, M::layout());
        // A constant may have several addresses, so different ones prove nothing.
        assert!(
            std::ptr::eq(first, second)
                || ((first.trainable_len, first.buffers_start, first.len)
                    == (second.trainable_len, second.buffers_start, second.len)
                    && first.tensors == second.tensors),
            "this {optimizer} was first used with `{}` ({} trainable values), and now with `{}` ({}), whose layout \
             differs; make one optimizer for each model",
            self.model,
            first.trainable_len,
            M::NAME,
            second.trainable_len,
        );
    }
}

/// The trainable prefix, cut where the rate or the decay changes. Padding belongs to the tensor before it.
fn runs_of(layout: &Layout) -> Vec<Run> {
    let mut tensors: Vec<_> = layout.tensors.iter().filter(|tensor| tensor.kind == Kind::Trainable).collect();
    tensors.sort_by_key(|tensor| tensor.offset);
    let mut runs: Vec<Run> = Vec::new();
    for (index, tensor) in tensors.iter().enumerate() {
        let end = tensors.get(index + 1).map_or(layout.trainable_len, |next| next.offset);
        let (lr_scale, decay) = (f64::from(tensor.lr_scale), tensor.decay);
        match runs.last_mut() {
            Some(last) if last.lr_scale == lr_scale && last.decay == decay => last.range.end = end,
            _ => runs.push(Run { range: tensor.offset..end, lr_scale, decay }),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use macrograd_runtime::state::{Init, TensorInfo};

    use super::*;

    const fn tensor(offset: usize, kind: Kind, lr_scale: f32, decay: bool) -> TensorInfo {
        TensorInfo { name: "", shape: &[5], offset, kind, init: Init::Constant(0.0), lr_scale, decay }
    }

    #[test]
    fn equal_neighbours_share_a_run() {
        static LAYOUT: Layout = Layout {
            tensors: &[
                tensor(64, Kind::Frozen, 9.0, true),
                tensor(0, Kind::Trainable, 1.0, true),
                // Out of order: fields may be declared in another order than they lie.
                tensor(32, Kind::Trainable, 1.0, false),
                tensor(16, Kind::Trainable, 1.0, true),
                tensor(48, Kind::Trainable, 0.5, false),
            ],
            trainable_len: 64,
            buffers_start: 80,
            len: 80,
        };
        let run = |range, lr_scale, decay| Run { range, lr_scale, decay };
        assert_eq!(
            runs_of(&LAYOUT),
            [run(0..32, 1.0, true), run(32..48, 1.0, false), run(48..64, 0.5, false)]
        );
    }

    #[test]
    fn nothing_to_train_is_no_run() {
        static LAYOUT: Layout = Layout {
            tensors: &[tensor(0, Kind::Frozen, 1.0, true)],
            trainable_len: 0,
            buffers_start: 16,
            len: 16,
        };
        assert_eq!(runs_of(&LAYOUT), []);
    }
}
