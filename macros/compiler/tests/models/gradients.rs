//! Gradients of whole functions against central differences in f64.

use crate::linker::Linked;
use macrograd_compiler::graph::{ElementType, Graph, Role, StateRef};
use macrograd_compiler::init::Init;
use macrograd_compiler::lower::Lowered;
use macrograd_compiler::optimise::optimise;
use macrograd_compiler::plan::{PlanRequest, plan, verify_plan};
use macrograd_compiler::program::{StateKind, StateTensor};
use macrograd_compiler::reference::{Array, Bindings, Sizes, run};

/// Reproducible random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn array(&mut self, shape: &[usize]) -> Array {
        Array::from_fn(shape, |_| 2.0 * self.uniform() - 1.0)
    }
}

/// Arguments and state at which a function is looked at.
#[derive(Clone)]
struct Point {
    inputs: Vec<Array>,
    state: Vec<Array>,
}

impl Point {
    fn new(lowered: &Lowered, state: &[StateTensor], sizes: &Sizes) -> Point {
        let mut random = Random(5);
        let inputs = lowered.args.iter().map(|arg| {
            let shape = sizes.shape(&arg.ty.shape);
            match arg.ty.element {
                ElementType::Real => random.array(&shape),
                // Labels of up to ten classes.
                _ => Array::from_fn(&shape, |_| (random.uniform() * 10.0).floor()),
            }
        });
        let inputs = inputs.collect();
        let tensor = |tensor: &StateTensor, random: &mut Random| match &tensor.init {
            // Scales and variances: positive, and none like another.
            Init::Constant(value) if *value == 1.0 => {
                Array::from_fn(&tensor.shape, |_| 0.5 + random.uniform())
            }
            _ => random.array(&tensor.shape),
        };
        Point { inputs, state: state.iter().map(|of| tensor(of, &mut random)).collect() }
    }

    /// A tensor of the state; for stacks, those of all elements.
    fn tensor(&self, reference: &StateRef) -> Array {
        let mut indices = vec![reference.tensor];
        let mut shape = Vec::new();
        for &(count, step) in &reference.stacks {
            indices = indices.iter().flat_map(|&first| (0..count).map(move |i| first + i * step)).collect();
            shape.push(count);
        }
        shape.extend(&self.state[reference.tensor].shape);
        Array { shape, data: indices.iter().flat_map(|&index| self.state[index].data.clone()).collect() }
    }

    fn run(&self, graph: &Graph, seeds: &[Array], sizes: &Sizes) -> Vec<Array> {
        let inputs: Vec<Array> = self.inputs.iter().chain(seeds).cloned().collect();
        run(graph, &Bindings { inputs: &inputs, state: &|reference| self.tensor(reference), sizes })
    }

    /// The point moved by `step` times a direction.
    fn moved(&self, step: f64, direction: &Point) -> Point {
        let add = |values: &[Array], directions: &[Array]| {
            let pairs = values.iter().zip(directions);
            pairs
                .map(|(value, direction)| Array {
                    shape: value.shape.clone(),
                    data: value.data.iter().zip(&direction.data).map(|(x, d)| x + step * d).collect(),
                })
                .collect()
        };
        Point { inputs: add(&self.inputs, &direction.inputs), state: add(&self.state, &direction.state) }
    }

    /// A random direction along which a gradient is asked for: not labels, nothing that is not trained.
    fn direction(&self, lowered: &Lowered, state: &[StateTensor], random: &mut Random) -> Point {
        let mut along = |array: &Array, moves: bool| {
            if moves { random.array(&array.shape) } else { Array::full(&array.shape, 0.0) }
        };
        let inputs = self.inputs.iter().zip(&lowered.args);
        let inputs = inputs.map(|(array, arg)| along(array, arg.ty.element == ElementType::Real)).collect();
        let tensors = self.state.iter().zip(state);
        let state = tensors.map(|(array, tensor)| along(array, tensor.kind == StateKind::Trainable));
        Point { inputs, state: state.collect() }
    }
}

fn inner(x: &Array, y: &Array) -> f64 {
    x.data.iter().zip(&y.data).map(|(a, b)| a * b).sum()
}

/// Checks the gradient of a function along random directions, `L = Σ results · seeds`.
///
/// The step is small so that hardly any `relu` or maximum changes sides on the way; rounding then adds some 1e-16 of
/// the terms of `L` divided by 1e-7. A wrong rule is off by far more than the tolerance of 1e-6.
pub fn check_gradient(linked: &Linked, function: &str, training: bool, num_directions: usize) {
    const STEP: f64 = 1e-7;
    let lowered = linked.lowered(function, training);
    let mut sizes = Sizes::default();
    for symbol in &lowered.symbols {
        // Numbers that no size in a test has, and none like another.
        sizes.values.insert(symbol.atom().as_str().into(), 2 + sizes.values.len() as i64);
    }
    let point = Point::new(&lowered, &linked.state, &sizes);
    let joint = linked.joint(&lowered);
    let optimised = optimise(&joint);
    let mut random = Random(17);
    let num_results = lowered.results.len();
    let outputs = point.run(&lowered.graph, &[], &sizes);
    let seeds: Vec<Array> = outputs[..num_results].iter().map(|y| random.array(&y.shape)).collect();
    let results = point.run(&joint, &seeds, &sizes);
    for (role, (a, b)) in joint.roles.iter().zip(results.iter().zip(point.run(&optimised, &seeds, &sizes))) {
        let scale = a.data.iter().fold(1.0, |scale: f64, x| scale.max(x.abs()));
        let close = a.data.iter().zip(&b.data).all(|(a, b)| (a - b).abs() <= 1e-10 * scale);
        assert!(close, "{role} is another after clean-up");
    }
    let request = PlanRequest {
        state: &linked.state,
        second_half_inputs: Some(lowered.args.len()),
        step_by_step: false,
    };
    let plan = plan(optimised, &request);
    verify_plan(&plan).unwrap_or_else(|problem| panic!("{problem}\n{plan}"));

    for _ in 0..num_directions {
        let direction = point.direction(&lowered, &linked.state, &mut random);
        let at = |step: f64| {
            let outputs = point.moved(step, &direction).run(&lowered.graph, &[], &sizes);
            outputs.iter().zip(&seeds).map(|(y, seed)| inner(y, seed)).sum::<f64>()
        };
        let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        let (mut derivative, mut terms) = (0.0, 1e-3);
        for (role, grad) in joint.roles.iter().zip(&results) {
            let along = match role {
                Role::GradParameter(reference) => direction.tensor(reference),
                Role::GradInput(index) => direction.inputs[*index].clone(),
                Role::Output(_) | Role::Buffer(_) => continue,
            };
            assert_eq!(along.shape, grad.shape, "{role}: a gradient has the shape of what it belongs to");
            derivative += inner(grad, &along);
            terms += grad.data.iter().zip(&along.data).map(|(a, b)| (a * b).abs()).sum::<f64>();
        }
        assert!(
            (derivative - difference).abs() <= 1e-6 * terms,
            "{function}: gradient {derivative}, difference {difference}, terms {terms}"
        );
    }
}
