//! What an optimizer remembers between steps, and how the parameters are cut in runs.

use std::ops::Range;

use macrograd_runtime::buffer::AlignedBuffer;
use macrograd_runtime::float::{Either, Family, Float};
use macrograd_runtime::parallel::{enter, num_parts};
use macrograd_runtime::state::{Layout, TensorInfo};

use super::float::Subject;
use super::group::{ParamGroup, check_groups, trained};
use super::state::{Moment, OptimizerState};
use crate::{Error, Model};

/// What is to be known of a type of model, so that what follows is compiled once.
#[derive(Clone, Copy)]
pub(crate) struct ModelKind {
    pub(crate) layout: &'static Layout,
    pub(crate) name: &'static str,
    /// The computing type.
    pub(crate) float: &'static str,
}

impl ModelKind {
    pub(crate) fn of<M: Model>() -> Self {
        ModelKind { layout: M::layout(), name: M::NAME, float: M::Float::NAME }
    }

    /// Whether it computes in `f64`.
    pub(crate) fn is_double(self) -> bool {
        self.float == f64::NAME
    }
}

/// A range of parameters that share their settings.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) range: Range<usize>,
    pub(super) lr_scale: f64,
    /// Sizes of the tensor, where each is a run of its own.
    pub(super) shape: &'static [usize],
    /// Name of the tensor, where each is a run of its own.
    pub(super) name: &'static str,
    decay: bool,
    /// That of its group.
    weight_decay: Option<f64>,
    /// Where what is kept in another layout lies.
    others: Vec<Range<usize>>,
}

impl Run {
    /// The weight decay of these parameters, where the optimizer has this one.
    pub(super) fn weight_decay(&self, of_optimizer: f64) -> f64 {
        if self.decay { self.weight_decay.unwrap_or(of_optimizer) } else { 0.0 }
    }
}

/// What an optimizer keeps for a model.
#[derive(Default)]
pub(super) struct Plan<'a> {
    /// Moments in the layout of the parameters.
    pub(super) num_moments: usize,
    /// Value of the moments before the first step.
    pub(super) fill: f64,
    /// Values of the scalars before the first step.
    pub(super) scalars: &'static [f64],
    /// Whether each tensor is a run of its own.
    pub(super) by_tensor: bool,
    /// Elements that it keeps of a tensor in buffers of another layout.
    pub(super) others: Option<LensOf<'a>>,
}

/// How many elements of each buffer belong to a tensor; the number of buffers is the same for all.
pub(super) type LensOf<'a> = Box<dyn Fn(&TensorInfo) -> Vec<usize> + 'a>;

impl Plan<'_> {
    /// Moments in the layout of the parameters and nothing else.
    pub(super) fn moments(num_moments: usize) -> Self {
        Plan { num_moments, ..Plan::default() }
    }
}

/// Steps taken, and what was allocated by the first of them.
#[derive(Clone, Default)]
pub(super) struct Memory {
    steps: u64,
    groups: Vec<ParamGroup>,
    bound: Option<Bound>,
}

#[derive(Clone)]
struct Bound {
    layout: &'static Layout,
    model: &'static str,
    /// The computing type of the model.
    float: &'static str,
    runs: Vec<Run>,
    scalars: Vec<f64>,
    /// Those in the layout of the parameters first.
    buffers: Either<Buffers>,
    /// How many elements of each other buffer are in use.
    others: Vec<usize>,
}

/// Buffers of both computing types.
struct Buffers;

impl Family for Buffers {
    type Of<F: Float> = Vec<AlignedBuffer<F>>;
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory")
            .field("steps", &self.steps)
            .field("groups", &self.groups)
            .field("model", &self.bound.as_ref().map(|b| b.model))
            .finish()
    }
}

impl Memory {
    /// Adds a group of parameters; those of earlier groups stay where they are.
    #[track_caller]
    pub(super) fn add_group(&mut self, group: ParamGroup) {
        self.groups.push(group);
        if let Some(bound) = &mut self.bound {
            check_groups(&self.groups, bound.layout, bound.model);
            let by_tensor = bound.runs.iter().any(|run| !run.name.is_empty());
            let mut runs = cut(bound.layout, &self.groups, by_tensor);
            if by_tensor {
                // The same tensors in the same order.
                for (run, known) in runs.iter_mut().zip(&mut bound.runs) {
                    run.others = std::mem::take(&mut known.others);
                }
            }
            bound.runs = runs;
        }
    }

    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    pub(super) fn is_bound(&self) -> bool {
        self.bound.is_some()
    }

    /// Allocates what is kept for a model.
    #[track_caller]
    pub(super) fn bind<M: Model>(&mut self, plan: &Plan<'_>) {
        self.bound = Some(Bound::new(ModelKind::of::<M>(), plan, &self.groups));
    }

    /// Panics when the optimizer was first used with a model of another layout.
    #[track_caller]
    pub(super) fn check<M: Model>(&self, optimizer: &str) {
        if let Some(bound) = &self.bound {
            bound.check(ModelKind::of::<M>(), optimizer);
        }
    }

    /// The numbers beside the moments; none before the first step.
    pub(super) fn scalars(&self) -> &[f64] {
        self.bound.as_ref().map_or(&[], |bound| &bound.scalars)
    }

    /// As [`scalars`](Memory::scalars).
    pub(super) fn scalars_mut(&mut self) -> &mut [f64] {
        self.bound.as_mut().map_or(&mut [], |bound| &mut bound.scalars)
    }

    /// A moment in the layout of the parameters; nothing before the first step.
    pub(super) fn moment<F: Float>(&self, index: usize) -> &[F] {
        let Some(bound) = &self.bound else { return &[] };
        F::of_either(&bound.buffers)
            .map_or(&[], |buffers| &buffers[index].as_slice()[..bound.layout.trainable_len])
    }

    /// As [`moment`](Memory::moment).
    pub(super) fn moment_mut<F: Float>(&mut self, index: usize) -> &mut [F] {
        let Some(bound) = &mut self.bound else { return &mut [] };
        let len = bound.layout.trainable_len;
        F::of_either_mut(&mut bound.buffers)
            .map_or(&mut [], |buffers| &mut buffers[index].as_mut_slice()[..len])
    }

    /// Counts a step and applies `update(run, params, buffers, grads)` to each run, then commits the buffers of the
    /// model. `make_update` makes the function for this step out of its number, which starts at 1, and the scalars.
    #[track_caller]
    pub(super) fn step<F: Float, const BUFFERS: usize, U>(
        &mut self,
        subject: Subject<'_, F>,
        make_update: impl FnOnce(u64, &mut [f64]) -> U,
    ) where
        U: FnMut(&Run, &mut [F], [&mut [F]; BUFFERS], &[F]) + Send,
    {
        let Subject { model, state, grads } = subject;
        let bound = self.bound.as_mut().expect("`bind` comes before the first step");
        self.steps += 1;
        let mut update = make_update(self.steps, &mut bound.scalars);
        let len = bound.layout.trainable_len;
        let params = &mut state.values_mut()[..len];
        let gradients = grads.values();
        assert_eq!(gradients.len(), len, "`{model}` and its gradients differ in their layout");
        let Bound { runs, buffers, others, .. } = bound;
        let buffers = F::of_either_mut(buffers).expect("`check` has compared the computing types");
        if others.is_empty() {
            // They differ only after momentum has been added to, or taken from, an optimizer in use.
            buffers.resize_with(BUFFERS, || AlignedBuffer::zeros(len));
        }
        let num_moments = BUFFERS - others.len();
        let mut pass = || {
            for run in runs.iter() {
                let mut rest = buffers.iter_mut().enumerate();
                let buffers = std::array::from_fn(|_| {
                    let (index, buffer) = rest.next().expect("there are as many as the update takes");
                    let range =
                        if index < num_moments { &run.range } else { &run.others[index - num_moments] };
                    &mut buffer.as_mut_slice()[range.clone()]
                });
                let range = run.range.clone();
                update(run, &mut params[range.clone()], buffers, &gradients[range]);
            }
        };
        // Entering the pool costs more than a pass that nobody shares.
        if num_parts(len, len) > 1 {
            enter(pass)
        } else {
            pass()
        }
        grads.commit_buffers(state);
    }

    pub(super) fn state(&self) -> OptimizerState {
        let Some(bound) = &self.bound else {
            return OptimizerState { steps: self.steps, ..OptimizerState::default() };
        };
        let (moments, others) = match &bound.buffers {
            Either::F32(buffers) => bound.copies(buffers),
            Either::F64(buffers) => bound.copies(buffers),
        };
        OptimizerState { steps: self.steps, scalars: bound.scalars.clone(), moments, others }
    }

    pub(super) fn restore<M: Model>(&mut self, plan: &Plan<'_>, state: &OptimizerState) -> Result<(), Error> {
        self.restore_for(ModelKind::of::<M>(), plan, state)
    }

    fn restore_for(
        &mut self,
        model: ModelKind,
        plan: &Plan<'_>,
        state: &OptimizerState,
    ) -> Result<(), Error> {
        let OptimizerState { steps, scalars, moments, others } = state;
        let groups = std::mem::take(&mut self.groups);
        if *steps == 0 && moments.is_empty() && others.is_empty() {
            *self = Memory { groups, ..Memory::default() };
            return Ok(());
        }
        let mut bound = Bound::new(model, plan, &groups);
        self.groups = groups;
        let len = model.layout.trainable_len;
        check_lens(&vec![len; plan.num_moments], moments)?;
        check_lens(&bound.others, others)?;
        if scalars.len() != bound.scalars.len() {
            let expected = bound.scalars.len();
            return Err(Error::ElementCount { shape: vec![expected], expected, found: scalars.len() });
        }
        let values = moments.iter().chain(others);
        match &mut bound.buffers {
            Either::F32(buffers) => fill(buffers, values),
            Either::F64(buffers) => fill(buffers, values),
        }
        bound.scalars.copy_from_slice(scalars);
        (self.steps, self.bound) = (*steps, Some(bound));
        Ok(())
    }
}

/// Writes what was stored into buffers.
fn fill<'a, F: Float>(buffers: &mut [AlignedBuffer<F>], values: impl Iterator<Item = &'a Moment>) {
    for (buffer, values) in buffers.iter_mut().zip(values) {
        values.write(&mut buffer.as_mut_slice()[..values.len()]);
    }
}

/// Refuses buffers of other lengths than these.
fn check_lens(expected: &[usize], found: &[Moment]) -> Result<(), Error> {
    if expected.len() == found.len() && expected.iter().zip(found).all(|(&len, found)| found.len() == len) {
        return Ok(());
    }
    let shape = match expected {
        [len, ..] if expected.iter().all(|other| other == len) => vec![expected.len(), *len],
        _ => vec![expected.iter().sum()],
    };
    let found = found.iter().map(Moment::len).sum();
    Err(Error::ElementCount { shape, expected: expected.iter().sum(), found })
}

impl Bound {
    #[track_caller]
    fn new(model: ModelKind, plan: &Plan<'_>, groups: &[ParamGroup]) -> Bound {
        let ModelKind { layout, name, float } = model;
        check_groups(groups, layout, name);
        let mut runs = cut(layout, groups, plan.by_tensor);
        let mut others: Vec<usize> = Vec::new();
        if let Some(lens_of) = &plan.others {
            for run in &mut runs {
                let tensor = layout.tensors.iter().find(|tensor| tensor.name == run.name);
                let lens = lens_of(tensor.expect("with other buffers each run is a tensor of the layout"));
                others.resize(lens.len(), 0);
                run.others = others.iter().zip(&lens).map(|(&start, len)| start..start + len).collect();
                others.iter_mut().zip(lens).for_each(|(total, len)| *total += len);
            }
        }
        let buffers = match model.is_double() {
            true => Either::F64(new_buffers(plan, layout, &others)),
            false => Either::F32(new_buffers(plan, layout, &others)),
        };
        Bound { layout, model: name, float, runs, scalars: plan.scalars.to_vec(), buffers, others }
    }

    /// Copies of buffers of the model's type, those in the layout of the parameters and the others.
    fn copies<F: Float>(&self, buffers: &[AlignedBuffer<F>]) -> (Vec<Moment>, Vec<Moment>) {
        let copy = |(buffer, len): (&AlignedBuffer<F>, usize)| Moment::of(buffer.as_slice()[..len].to_vec());
        // Without what some rules leave between tensors, which no file holds.
        let without_padding = |moment: &AlignedBuffer<F>| {
            let mut values = vec![F::default(); self.layout.trainable_len];
            for tensor in trained(self.layout) {
                let range = tensor.offset..tensor.offset + tensor.numel();
                values[range.clone()].copy_from_slice(&moment.as_slice()[range]);
            }
            Moment::of(values)
        };
        let (moments, others) = buffers.split_at(buffers.len() - self.others.len());
        (
            moments.iter().map(without_padding).collect(),
            others.iter().zip(self.others.iter().copied()).map(copy).collect(),
        )
    }

    #[track_caller]
    fn check(&self, model: ModelKind, optimizer: &str) {
        check_floats((self.float, self.model), (model.float, model.name), optimizer);
        check_layouts((self.layout, self.model), (model.layout, model.name), optimizer);
    }
}

/// What an optimizer keeps before its first step.
fn new_buffers<F: Float>(plan: &Plan<'_>, layout: &Layout, others: &[usize]) -> Vec<AlignedBuffer<F>> {
    let moment = || {
        let mut moment = AlignedBuffer::zeros(layout.trainable_len);
        for tensor in trained(layout) {
            moment.as_mut_slice()[tensor.offset..][..tensor.numel()].fill(F::from_f64(plan.fill));
        }
        moment
    };
    let moments = (0..plan.num_moments).map(|_| moment());
    moments.chain(others.iter().map(|&len| AlignedBuffer::zeros(len))).collect()
}

/// Panics when two models, with their names, compute in other types.
#[track_caller]
pub(super) fn check_floats(first: (&str, &str), second: (&str, &str), optimizer: &str) {
    let ((first, first_model), (second, second_model)) = (first, second);
    assert_eq!(
        first, second,
        "this {optimizer} was first used with `{first_model}`, which computes in `{first}`, and now with \
         `{second_model}` in `{second}`; make one optimizer for each model"
    );
}

/// Panics when two models, with their names, have other layouts.
#[track_caller]
pub(super) fn check_layouts(first: (&Layout, &str), second: (&Layout, &str), optimizer: &str) {
    let ((first, first_model), (second, second_model)) = (first, second);
    // A constant may have several addresses, so different ones prove nothing.
    assert!(
        std::ptr::eq(first, second)
            || ((first.trainable_len, first.buffers_start, first.len)
                == (second.trainable_len, second.buffers_start, second.len)
                && first.tensors == second.tensors),
        "this {optimizer} was first used with `{first_model}` ({} trainable values), and now with `{second_model}` ({}), \
         whose layout differs; make one optimizer for each model",
        first.trainable_len,
        second.trainable_len,
    );
}

/// The trainable prefix, cut where settings change, or at each tensor. Padding belongs to the tensor before it, except
/// where each is a run of its own.
fn cut(layout: &Layout, groups: &[ParamGroup], by_tensor: bool) -> Vec<Run> {
    let mut tensors: Vec<_> = trained(layout).collect();
    tensors.sort_by_key(|tensor| tensor.offset);
    let mut runs: Vec<Run> = Vec::new();
    for (index, tensor) in tensors.iter().enumerate() {
        let group = groups.iter().find(|group| group.matches(tensor.name));
        let lr_scale = tensor.lr_scale * group.map_or(1.0, |group| group.lr_scale);
        let (decay, weight_decay) = (tensor.decay, group.and_then(|group| group.weight_decay));
        let (others, start) = (Vec::new(), tensor.offset);
        if by_tensor {
            let (range, shape, name) = (start..start + tensor.numel(), tensor.shape, tensor.name);
            runs.push(Run { range, lr_scale, shape, name, decay, weight_decay, others });
            continue;
        }
        let end = tensors.get(index + 1).map_or(layout.trainable_len, |next| next.offset);
        match runs.last_mut() {
            Some(last)
                if (last.lr_scale, last.decay, last.weight_decay) == (lr_scale, decay, weight_decay) =>
            {
                last.range.end = end;
            }
            _ => {
                let (range, shape, name) = (start..end, &[][..], "");
                runs.push(Run { range, lr_scale, shape, name, decay, weight_decay, others });
            }
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use macrograd_runtime::state::{Init, Kind};

    use super::*;

    const fn tensor(offset: usize, kind: Kind, lr_scale: f64, decay: bool) -> TensorInfo {
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
        let run = |range, lr_scale, decay| Run {
            range,
            lr_scale,
            shape: &[],
            name: "",
            decay,
            weight_decay: None,
            others: Vec::new(),
        };
        assert_eq!(
            cut(&LAYOUT, &[], false),
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
        assert_eq!(cut(&LAYOUT, &[], false), []);
    }
}
