//! Structs of tensors, against the same models with tuples.

use macrograd::prelude::*;
use macrograd_other_crate as other;

#[dim]
const WIDTH: usize = 4;

/// State of an LSTM between two calls.
#[tensors]
#[derive(Clone, Debug, PartialEq)]
pub struct State<N: Dim, const D: usize> {
    /// Hidden state.
    pub h: Tensor<N, D>,
    pub c: Tensor<N, D>,
}

#[model(part)]
struct Cell<const IN: usize, const D: usize> {
    input: nn::Linear<IN, { 4 * D }>,
    hidden: nn::Linear<D, { 4 * D }>,
}

#[model]
impl<const IN: usize, const D: usize> Cell<IN, D> {
    fn forward<N: Dim>(&self, x: Tensor<N, IN>, state: State<N, D>) -> State<N, D> {
        let State { h, c } = state;
        let [i, f, g, o] = (self.input(x) + self.hidden(h)).chunk(4, axis = 1);
        let c = f.sigmoid() * c + i.sigmoid() * g.tanh();
        State { h: o.sigmoid() * c.tanh(), c }
    }

    fn of_tuple<N: Dim>(
        &self,
        x: Tensor<N, IN>,
        h: Tensor<N, D>,
        c: Tensor<N, D>,
    ) -> (Tensor<N, D>, Tensor<N, D>) {
        let [i, f, g, o] = (self.input(x) + self.hidden(h)).chunk(4, axis = 1);
        let c = f.sigmoid() * c + i.sigmoid() * g.tanh();
        (o.sigmoid() * c.tanh(), c)
    }
}

#[model]
struct Net {
    cell: Cell<3, WIDTH>,
    output: nn::Linear<WIDTH, 2>,
}

#[model]
impl Net {
    /// One step.
    pub fn step<N: Dim>(&self, x: Tensor<N, 3>, state: State<N, WIDTH>) -> (Tensor<N, 2>, State<N, WIDTH>) {
        let next = self.cell(x, state);
        (self.output(next.h), next)
    }

    pub fn step_of_tuple<N: Dim>(
        &self,
        x: Tensor<N, 3>,
        h: Tensor<N, WIDTH>,
        c: Tensor<N, WIDTH>,
    ) -> (Tensor<N, 2>, Tensor<N, WIDTH>, Tensor<N, WIDTH>) {
        let (h, c) = self.cell.of_tuple(x, h, c);
        (self.output(h), h, c)
    }

    /// Over a sequence, from a state to the last one.
    pub fn run<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>, state: State<N, 4>) -> State<N, 4> {
        let mut state = state;
        for t in 0..T {
            state = self.cell(x.at(1, t), state);
        }
        state
    }

    pub fn run_of_tuple<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, 3>,
        h: Tensor<N, 4>,
        c: Tensor<N, 4>,
    ) -> (Tensor<N, 4>, Tensor<N, 4>) {
        let (mut h, mut c) = (h, c);
        for t in 0..T {
            (h, c) = self.cell.of_tuple(x.at(1, t), h, c);
        }
        (h, c)
    }

    pub fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>, state: State<N, WIDTH>) -> Tensor {
        let last = checkpoint(self.run(x, state));
        self.output(last.h).square().mean() + last.c.mean()
    }

    pub fn loss_of_tuple<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, 3>,
        h: Tensor<N, WIDTH>,
        c: Tensor<N, WIDTH>,
    ) -> Tensor {
        let (h, c) = self.run_of_tuple(x, h, c);
        self.output(h).square().mean() + c.mean()
    }

    /// Fields one by one, in a loop with a decision.
    #[no_grad]
    pub fn changed<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>, state: State<N, WIDTH>) -> State<N, WIDTH> {
        let mut state = state;
        for t in 0..T {
            if x.at(1, t).mean() > 0.0 {
                state.h += x.at(1, t);
            } else {
                state = State { c: state.c - 1.0, ..state };
            }
        }
        if state.c.mean() < 0.0 { State { h: state.c, c: state.h } } else { state }
    }
}

fn values(len: usize, seed: u64) -> Vec<f32> {
    (0..len as u64).map(|index| ((index * 7919 + seed * 104_729) % 1000) as f32 / 500.0 - 1.0).collect()
}

fn state(batch: usize) -> State<usize, WIDTH> {
    let of = |seed| Tensor::from_vec((batch, Const), values(batch * WIDTH, seed));
    State { h: of(1), c: of(2) }
}

#[test]
fn values_are_those_of_tuples() {
    let net = Net::new(Device::cpu(), 3);
    let (x, state) = (Tensor::from_vec((5, Const::<3>), values(15, 3)), state(5));
    let (y, next) = net.step(&x, &state);
    let (of_tuple, h, c) = net.step_of_tuple(&x, &state.h, &state.c);
    assert_eq!(y, of_tuple);
    assert_eq!(next, State { h, c });
    let x = Tensor::from_vec((5, 12, Const::<3>), values(180, 4));
    let (h, c) = net.run_of_tuple(&x, &state.h, &state.c);
    assert_eq!(net.run(&x, &state), State { h, c });
    assert_eq!(net.loss(&x, &state), net.loss_of_tuple(&x, &state.h, &state.c));
}

#[test]
fn gradients_are_those_of_tuples() {
    let net = Net::new(Device::cpu(), 3);
    let (x, state) = (Tensor::from_vec((5, 12, Const::<3>), values(180, 4)), state(5));
    let (loss, grads) = net.loss_grad(&x, &state);
    let (of_tuple, expected) = net.loss_of_tuple_grad(&x, &state.h, &state.c);
    assert_eq!(loss, of_tuple);
    assert_eq!(grads.gradients().values(), expected.gradients().values());
}

#[test]
fn halves_take_and_give_structs() {
    let net = Net::new(Device::cpu(), 3);
    let (x, state) = (Tensor::from_vec((5, Const::<3>), values(15, 3)), state(5));
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let ((y, next), saved) = net.step_train(&mut workspace, &x, &state);
    let (grad_y, grad_next) = (Tensor::full(y.shape(), 0.5), next.clone());
    let (grad_x, grad_state): (_, State<usize, WIDTH>) =
        saved.backward(&net, &grad_y, &grad_next, &mut grads);
    let mut expected = net.zero_grads();
    let ((of_tuple, h, c), saved) = net.step_of_tuple_train(&mut workspace, &x, &state.h, &state.c);
    assert_eq!((&y, &next.h, &next.c), (&of_tuple, &h, &c));
    let (of_x, of_h, of_c) = saved.backward(&net, &grad_y, &h, &c, &mut expected);
    assert_eq!((grad_x, grad_state.h, grad_state.c), (of_x, of_h, of_c));
    assert_eq!(grads.gradients().values(), expected.gradients().values());
    let (_, saved) = net.step_train(&mut workspace, &x, &state);
    let shorter = State { c: Tensor::zeros((4, Const)), ..grad_next };
    let error = saved.try_backward(&net, &grad_y, &shorter, &mut grads).expect_err("a row is missing");
    assert!(error.to_string().contains("grad_output_1.c"), "{error}");
}

#[test]
fn dimensions_of_fields_agree_with_each_other_and_with_other_arguments() {
    let net = Net::new(Device::cpu(), 3);
    let x = Tensor::from_vec((5, Const::<3>), values(15, 3));
    let error = net.try_step(&x, &state(4)).expect_err("the state is of another batch");
    assert!(error.to_string().contains("`state.h`"), "{error}");
    let torn = State { h: state(5).h, c: state(3).c };
    let error = net.try_step(&x, &torn).expect_err("one field is of another batch");
    assert!(error.to_string().contains("`state.c`"), "{error}");
}

#[test]
fn fields_are_assigned_in_loops_and_decisions() {
    let net = Net::new(Device::cpu(), 3);
    let state = State { h: Tensor::zeros((1, Const)), c: Tensor::full((1, Const), 1.5) };
    let x = Tensor::from_fn((1, 3, Const::<WIDTH>), |at| if at[1] == 1 { -1.0 } else { 2.0 });
    let changed = net.changed(&x, &state);
    assert_eq!((changed.h.as_slice(), changed.c.as_slice()), (&[4.0; 4][..], &[0.5; 4][..]));
    let x = Tensor::full((1, 2, Const::<WIDTH>), -1.0);
    let swapped = net.changed(&x, &state);
    assert_eq!((swapped.h.as_slice(), swapped.c.as_slice()), (&[-0.5; 4][..], &[0.0; 4][..]));
}

/// What a detector is given: numbers of several types, a scalar, and a struct and a tuple inside.
#[tensors]
#[derive(Clone, Debug)]
struct Batch<N: Dim, M: Dim, const D: usize> {
    image: Tensor<N, D>,
    label: Tensor<u8, N>,
    scale: Tensor,
    states: State<M, D>,
    pair: (Tensor<M, { WIDTH / 2 }>, Tensor<WIDTH>),
}

#[tensors]
#[derive(Debug)]
struct Outcome<N: Dim> {
    /// The sum of what is not a label.
    total: Tensor,
    inner: (State<N, 4>, Tensor<N>),
}

#[function]
fn sum_of<N: Dim, M: Dim>(state: State<N, 4>, weight: Tensor<M>) -> Tensor {
    state.h.sum() + 2.0 * state.c.sum() + weight.sum()
}

#[model]
struct Detector {
    scale: Param<4>,
}

#[model]
impl Detector {
    pub fn forward<N: Dim, M: Dim>(&self, batch: Batch<N, M, 4>) -> Outcome<M> {
        let Batch { image, states, pair: (left, right), .. } = batch;
        let State { h, .. } = states;
        let mut inner = (State { h: h * self.scale, c: states.c }, left.sum(1));
        inner.0.c = states.c + right;
        let total = sum_of(states, image.sum(1)) * batch.scale + (batch.label as f32).sum();
        Outcome { total, inner }
    }

    pub fn of_two<N: Dim>(&self, x: Tensor<N, 4>) -> State<{ 2 * N }, 4> {
        let both = concat([x, x * self.scale], 0);
        State { h: both, c: -both }
    }

    pub fn of_known(&self, state: State<2, 4>) -> State<2, 4> {
        state
    }
}

#[test]
fn structs_hold_structs_tuples_and_other_elements() {
    let net = Detector::new(Device::cpu(), 0);
    let batch = Batch {
        image: Tensor::full((3, Const), 1.0),
        label: Tensor::from_vec((3,), vec![1u8, 2, 3]),
        scale: Tensor::from_vec((), vec![10.0]),
        states: state(2),
        pair: (Tensor::full((2, Const), 0.25), Tensor::full((Const,), 3.0)),
    };
    let Outcome { total, inner: (inner, left) } = net.forward(&batch);
    let sum = |tensor: &Tensor<f32, (usize, Const<4>)>| tensor.as_slice().iter().sum::<f32>();
    let expected = 10.0 * (sum(&batch.states.h) + 2.0 * sum(&batch.states.c) + 12.0) + 6.0;
    assert!((total.as_slice()[0] - expected).abs() < 1e-4, "{total:?} {expected}");
    assert_eq!(left.as_slice(), [0.5, 0.5]);
    let added: Vec<f32> = batch.states.c.as_slice().iter().map(|c| c + 3.0).collect();
    assert_eq!(inner.c.as_slice(), added);
}

#[test]
fn gradients_of_mixed_structs_are_those_of_their_reals() {
    let mut net = Detector::new(Device::cpu(), 0);
    net.scale_mut().copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
    let batch = Batch {
        image: Tensor::full((3, Const), 1.0),
        label: Tensor::from_vec((3,), vec![1u8, 2, 3]),
        scale: Tensor::from_vec((), vec![10.0]),
        states: state(2),
        pair: (Tensor::full((2, Const), 0.25), Tensor::full((Const,), 3.0)),
    };
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let (outcome, saved) = net.forward_train(&mut workspace, &batch);
    let seed = Outcome {
        total: Tensor::from_vec((), vec![1.0]),
        inner: (
            State { h: Tensor::full((2, Const), 1.0), c: Tensor::full((2, Const), 1.0) },
            Tensor::full((2,), 7.0),
        ),
    };
    let (image, scale, h, c, left, right) = saved.backward(&net, &seed, &mut grads);
    assert_eq!(image.as_slice(), [10.0; 12]);
    assert!((scale.as_slice()[0] * 10.0 + 6.0 - outcome.total.as_slice()[0]).abs() < 1e-4);
    assert_eq!(h.as_slice(), [11.0, 12.0, 13.0, 14.0, 11.0, 12.0, 13.0, 14.0]);
    assert_eq!(c.as_slice(), [21.0; 8]);
    assert_eq!(left.as_slice(), [7.0; 4]);
    assert_eq!(right.as_slice(), [2.0; 4]);
}

#[test]
fn sizes_may_be_sums_and_numbers() {
    let mut net = Detector::new(Device::cpu(), 0);
    net.scale_mut().copy_from_slice(&[2.0; 4]);
    let both: State<usize, 4> = net.of_two(&Tensor::full((1, Const), 1.0));
    assert_eq!(both.h.as_slice(), [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0]);
    assert_eq!(both.c.shape().0, 2);
    let known = State { h: Tensor::full((Const::<2>, Const), 1.0), c: Tensor::zeros((Const, Const)) };
    assert_eq!(net.of_known(&known), known);
}

/// The square of the distance of both parts.
#[differentiable]
fn distance<N: Dim>(state: State<N, 4>, factor: Tensor) -> Tensor {
    factor * (state.h - state.c).square().sum()
}

#[differentiable(wrt = state)]
fn exchanged<N: Dim>(state: State<N, 4>, factor: Tensor) -> State<N, 4> {
    State { h: state.c * factor, c: state.h.square() }
}

#[test]
fn functions_outside_models_take_structs() {
    let state = state(2);
    let factor = Tensor::from_vec((), vec![2.0]);
    let (value, (grads, of_factor)) = distance_value_and_grad(&state, &factor);
    assert_eq!(value, distance(&state, &factor));
    assert!((of_factor.as_slice()[0] * 2.0 - value).abs() < 1e-5);
    for ((h, c), (grad_h, grad_c)) in state
        .h
        .as_slice()
        .iter()
        .zip(state.c.as_slice())
        .zip(grads.h.as_slice().iter().zip(grads.c.as_slice()))
    {
        assert!((grad_h - 4.0 * (h - c)).abs() < 1e-5 && (grad_c + 4.0 * (h - c)).abs() < 1e-5);
    }
    let seed = State { h: Tensor::full((2, Const), 1.0), c: Tensor::full((2, Const), 1.0) };
    let (value, grads) = exchanged_vjp(&state, &factor, &seed);
    assert_eq!(value, exchanged(&state, &factor));
    assert_eq!(grads.c.as_slice(), [2.0; 8]);
    let expected: Vec<f32> = state.h.as_slice().iter().map(|h| 2.0 * h).collect();
    assert_eq!(grads.h.as_slice(), expected);
}

#[model]
struct Derived {
    scale: Param<4>,
}

#[model]
impl Derived {
    fn energy<N: Dim>(&self, state: State<N, 4>) -> Tensor {
        (self.scale * state.h * state.c).sum()
    }

    fn swapped<N: Dim>(&self, state: State<N, 4>) -> State<N, 4> {
        State { h: state.c, c: state.h * 3.0 }
    }

    /// Gradients and tangents of structs are structs.
    fn derivatives<N: Dim>(&self, state: State<N, 4>) -> (State<N, 4>, State<N, 4>, State<N, 4>) {
        let forces = grad(self.energy, state);
        let (_, pulled) = vjp(self.swapped, state, grad_output = state);
        let (_, pushed) = jvp(self.swapped, state, tangent = state);
        (forces, pulled, pushed)
    }
}

#[test]
fn derivatives_with_respect_to_structs_are_structs() {
    let mut net = Derived::new(Device::cpu(), 0);
    net.scale_mut().copy_from_slice(&[2.0; 4]);
    let state = state(2);
    let (forces, pulled, pushed) = net.derivatives(&state);
    let times = |tensor: &Tensor<f32, (usize, Const<4>)>, factor: f32| -> Vec<f32> {
        tensor.as_slice().iter().map(|value| value * factor).collect()
    };
    assert_eq!((forces.h.as_slice(), forces.c.as_slice()), (&*times(&state.c, 2.0), &*times(&state.h, 2.0)));
    assert_eq!((pulled.h.as_slice(), pulled.c.as_slice()), (&*times(&state.c, 3.0), state.h.as_slice()));
    assert_eq!((pushed.h.as_slice(), pushed.c.as_slice()), (state.c.as_slice(), &*times(&state.h, 3.0)));
}

#[model]
struct Away {
    turn: other::Turn<3>,
}

#[model]
impl Away {
    pub fn turned<N: Dim>(
        &self,
        left: Tensor<N, 3>,
        steps: other::Pair<N, 3>,
    ) -> (other::Pair<N, 3>, Tensor<N, 3>) {
        let pair = other::Pair { left, right: steps.right };
        let mut pair = self.turn(pair);
        for _ in 0..9 {
            pair = self.turn(pair);
        }
        (pair, steps.left)
    }

    pub fn loss<N: Dim>(&self, steps: other::Pair<N, 3>) -> Tensor {
        self.turn(steps).right.square().mean()
    }
}

use other::Pair;

#[model]
type Turn = other::Turn<5>;

#[test]
fn structs_and_layers_of_another_crate_are_known() {
    let net = Away::new(Device::cpu(), 1);
    let pair =
        Pair { left: Tensor::from_vec((2, Const::<3>), values(6, 1)), right: Tensor::full((2, Const), 1.0) };
    let left = Tensor::zeros((2, Const));
    let (turned, steps_left) = net.turned(&left, &pair);
    assert_eq!((steps_left, &turned.left), (pair.left.clone(), &left));
    let bias = net.turn().fc().bias().as_slice();
    for (index, value) in turned.right.as_slice().iter().enumerate() {
        assert!((value - 1.0 - 10.0 * bias[index % 4]).abs() < 1e-5);
    }
    assert!(net.loss_grad(&pair).0.is_finite());

    let turn = Turn::new(Device::cpu(), 1);
    let pair = Pair { left: Tensor::zeros((1, Const::<5>)), right: Tensor::zeros((1, Const)) };
    assert_eq!(turn.forward(&pair).right.as_slice(), turn.fc().bias().as_slice());
}

#[model(part)]
struct Optional {
    scale: Param<4>,
}

#[model]
impl Optional {
    /// Starts from zeros when no state is given.
    fn forward<N: Dim>(&self, x: Tensor<N, 4>, state: Option<State<N, 4>>) -> State<N, 4> {
        let start =
            if let Some(state) = state { state } else { State { h: zeros([N, 4]), c: zeros([N, 4]) } };
        State { h: start.h + x * self.scale, ..start }
    }

    #[no_grad]
    fn fixed<N: Dim>(&self, state: State<N, 4>) -> State<N, 4> {
        State { h: state.h * self.scale, c: state.c }
    }
}

#[model]
struct Options {
    optional: Optional,
}

#[model]
impl Options {
    pub fn forward<N: Dim>(
        &self,
        x: Tensor<N, 4>,
        state: State<N, 4>,
    ) -> (State<N, 4>, State<N, 4>, State<N, 4>) {
        let fixed = self.optional.fixed(state);
        (self.optional(x), self.optional(x, Some(state)), self.optional(x, fixed))
    }
}

#[test]
fn optional_structs_are_left_out_given_and_handed_on() {
    let mut net = Options::new(Device::cpu(), 0);
    net.optional_mut().scale().copy_from_slice(&[2.0; 4]);
    let x = Tensor::full((1, Const), 1.0);
    let state = State { h: Tensor::full((1, Const), 10.0), c: Tensor::full((1, Const), 5.0) };
    let (without, with, fixed) = net.forward(&x, &state);
    assert_eq!((without.h.as_slice(), without.c.as_slice()), (&[2.0; 4][..], &[0.0; 4][..]));
    assert_eq!((with.h.as_slice(), with.c.as_slice()), (&[12.0; 4][..], &[5.0; 4][..]));
    assert_eq!(fixed.h.as_slice(), [22.0; 4]);
}
