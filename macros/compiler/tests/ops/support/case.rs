//! A graph on given arguments, differentiated and compared with finite differences.

use super::{Random, assert_close, assert_verified, builder, inner, inner_abs};
use macrograd_compiler::autodiff::{NotDifferentiable, Request, differentiate};
use macrograd_compiler::graph::scalar::{add, arg, mul};
use macrograd_compiler::graph::{Builder, ElementType, Graph, Role, Size, StateRef, TensorType, Value};
use macrograd_compiler::ops::Op;
use macrograd_compiler::ops::cast::as_element;
use macrograd_compiler::ops::input::Input;
use macrograd_compiler::ops::parameter::Parameter;
use macrograd_compiler::ops::reduce::ReduceKind;
use macrograd_compiler::optimise::optimise;
use macrograd_compiler::reference::{Array, Bindings, Sizes, run};
use std::collections::BTreeMap;

/// Arguments of a graph, and its run-time dimensions.
pub(crate) struct Case {
    types: Vec<TensorType>,
    arrays: Vec<Array>,
    sizes: Sizes,
    random: Random,
    grad_output: Option<Array>,
}

/// Results of a graph and of its backward pass for a random gradient of the output.
pub(crate) struct Checked {
    /// What the operation computed.
    pub output: Array,
    /// The random gradient of the output.
    pub grad_output: Array,
    /// Gradients of the arguments; `None` for those that no gradient reaches.
    pub grads: Vec<Option<Array>>,
    /// The joint graph, optimised.
    pub graph: Graph,
}

impl Case {
    /// No arguments yet.
    pub(crate) fn new() -> Case {
        let random = Random::new(7);
        Case { types: Vec::new(), arrays: Vec::new(), sizes: Sizes::default(), random, grad_output: None }
    }

    /// The gradient of the output, in place of a random one.
    pub(crate) fn grad_output(mut self, grad_output: Array) -> Case {
        self.grad_output = Some(grad_output);
        self
    }

    /// Gives a run-time dimension its value; before the arguments that have it.
    pub(crate) fn size(mut self, name: &str, value: i64) -> Case {
        self.sizes.values.insert(name.into(), value);
        self
    }

    /// Adds an `f32` argument of standard normal values.
    pub(crate) fn input(self, shape: Vec<Size>) -> Case {
        self.input_by(shape, Random::normal)
    }

    /// Adds an `f32` argument of values that are uniform from `low` to `high`.
    pub(crate) fn between(self, low: f64, high: f64, shape: Vec<Size>) -> Case {
        self.input_by(shape, |random| low + (high - low) * random.uniform())
    }

    fn input_by(mut self, shape: Vec<Size>, mut value: impl FnMut(&mut Random) -> f64) -> Case {
        let array = Array::from_fn(&self.sizes.shape(&shape), |_| value(&mut self.random));
        self.types.push(TensorType::real(shape));
        self.arrays.push(array);
        self
    }

    /// Adds an `f32` argument of these values.
    pub(crate) fn values(mut self, shape: Vec<Size>, data: &[f64]) -> Case {
        let sizes = self.sizes.shape(&shape);
        assert_eq!(sizes.iter().product::<usize>(), data.len());
        self.types.push(TensorType::real(shape));
        self.arrays.push(Array { shape: sizes, data: data.to_vec() });
        self
    }

    /// Adds an argument of labels.
    pub(crate) fn labels(mut self, shape: Vec<Size>, data: &[f64]) -> Case {
        self = self.values(shape, data);
        self.types.last_mut().expect("just added").element = ElementType::U8;
        self
    }

    /// The forward graph of an operation on the arguments.
    pub(crate) fn graph(&self, build: impl Fn(&mut Builder, &[Value]) -> Value) -> Graph {
        let mut builder = builder();
        let types = self.types.iter().enumerate();
        let inputs: Vec<Value> =
            types.map(|(index, ty)| builder.add(Input { index, ty: ty.clone() }, &[])).collect();
        let output = build(&mut builder, &inputs);
        // Whole numbers have no gradient; as reals they are multiplied by one that must end there.
        let is_whole = builder.ty(output).element.is_integer();
        let output = if is_whole { as_element(&mut builder, output, ElementType::Real) } else { output };
        builder.finish(vec![(Role::Output(0), output)])
    }

    /// Checks the gradients of an operation against central differences.
    pub(crate) fn check(&self, build: impl Fn(&mut Builder, &[Value]) -> Value) -> Checked {
        self.check_graph(&self.graph(build), true)
    }

    /// Everything [`Case::check`] does but for the differences: for values at which there is no derivative.
    pub(crate) fn run(&self, build: impl Fn(&mut Builder, &[Value]) -> Value) -> Checked {
        self.check_graph(&self.graph(build), false)
    }

    /// Checks the gradients, and then the gradients of the gradients.
    pub(crate) fn check_twice(&self, build: impl Fn(&mut Builder, &[Value]) -> Value) {
        let forward = self.graph(build);
        self.check_graph(&forward, true);
        let (gradient, mut case) = self.gradient_graph(&forward);
        case.check_graph(&gradient, true);
        // Fused loops are differentiated, too: what clean-up makes of the first pass must have the same gradient.
        case.random = Random::new(11);
        case.check_graph(&optimise(&gradient), true);
    }

    /// The graph that computes the gradients of `forward` as outputs; the gradient of its output is an argument.
    pub(crate) fn gradient_graph(&self, forward: &Graph) -> (Graph, Case) {
        let num_inputs = self.types.len();
        let request = Request { given_seed: true, input_gradients: true, num_inputs };
        let mut joint = differentiate(forward, request).expect("the operation has a gradient");
        let seed = joint.ty(forward.body.results[0]).clone();
        let results: Vec<Value> = grad_results(&joint).into_values().collect();
        joint.roles = (0..results.len()).map(Role::Output).collect();
        joint.body.results = results;
        let mut case = Case { types: self.types.clone(), arrays: self.arrays.clone(), ..Case::new() };
        case.sizes = self.sizes.clone();
        case.random = Random::new(9);
        (joint, case.input(seed.shape))
    }

    /// The error of a second differentiation.
    #[allow(dead_code, reason = "operations whose gradient has none use it")]
    pub(crate) fn second_error(
        &self,
        build: impl Fn(&mut Builder, &[Value]) -> Value,
    ) -> Vec<NotDifferentiable> {
        let (gradient, case) = self.gradient_graph(&self.graph(build));
        let request = Request { given_seed: true, input_gradients: true, num_inputs: case.types.len() };
        differentiate(&gradient, request).expect_err("the gradient has no gradient")
    }

    /// Results of `graph` on `arrays`.
    fn evaluate(&self, graph: &Graph, arrays: &[Array]) -> Vec<Array> {
        let state = |state: &StateRef| arrays[state.tensor].clone();
        run(graph, &Bindings { inputs: arrays, state: &state, sizes: &self.sizes })
    }

    /// Differentiates a graph of any number of outputs, verifies it before and after clean-up, and compares.
    pub(crate) fn check_graph(&self, forward: &Graph, differences: bool) -> Checked {
        assert_verified(forward);
        let num_inputs = self.types.len();
        let outputs = self.evaluate(forward, &self.arrays);
        let mut random = Random::new(23);
        let seeds = outputs.iter().map(|output| random.array(&output.shape));
        let mut seeds: Vec<Array> = seeds.collect();
        if let Some(given) = &self.grad_output {
            seeds[0] = given.clone();
        }

        let request = Request { given_seed: true, input_gradients: true, num_inputs };
        let joint = differentiate(forward, request).expect("every operation on the way has a gradient");
        assert_verified(&joint);
        let mut arguments = self.arrays.clone();
        arguments.extend(seeds.iter().cloned());
        let results = self.evaluate(&joint, &arguments);
        let optimised = optimise(&joint);
        assert_verified(&optimised);
        assert_eq!(optimised.roles, joint.roles);
        assert_eq!(optimise(&optimised).to_string(), optimised.to_string(), "clean-up leaves nothing to do");
        for (role, (left, right)) in
            joint.roles.iter().zip(results.iter().zip(self.evaluate(&optimised, &arguments)))
        {
            assert_close(&right, left, 1e-12, &format!("{role} after optimise"));
        }

        let by_input = grad_results(&joint);
        let position = |value: Value| joint.body.results.iter().position(|&result| result == value);
        let grads: Vec<Option<Array>> = (0..num_inputs)
            .map(|index| {
                by_input.get(&index).map(|&value| results[position(value).expect("a result")].clone())
            })
            .collect();
        for (grad, (array, ty)) in grads.iter().zip(self.arrays.iter().zip(&self.types)) {
            if let Some(grad) = grad {
                assert_eq!(grad.shape, array.shape, "a gradient has the shape of its argument");
                assert!(!ty.element.is_integer(), "labels have no gradient");
            }
        }
        self.check_parameters(forward, &arguments, &grads);
        if differences {
            self.check_differences(forward, &outputs, &seeds, &grads);
        }
        let (output, grad_output) = (outputs[0].clone(), seeds[0].clone());
        Checked { output, grad_output, grads, graph: optimised }
    }

    /// The same gradients come out when the arguments are parameters and the output is a scalar of the graph: the
    /// inner product with the gradient of the output.
    fn check_parameters(&self, forward: &Graph, arguments: &[Array], grads: &[Option<Array>]) {
        let mut graph = forward.clone();
        for node in &mut graph.body.nodes {
            if let Op::Input(input) = &node.op
                && input.ty.element == ElementType::Real
            {
                let state = StateRef { tensor: input.index, stacks: Vec::new() };
                node.op = Parameter { state, shape: input.ty.shape.clone(), trainable: true }.into();
            }
        }
        let mut builder = Builder::resume(&graph, graph.origin(graph.body.results[0]).clone());
        let mut loss = builder.constant(0.0);
        for (index, &output) in graph.body.results.iter().enumerate() {
            let ty = graph.ty(output).clone();
            let seed = builder.add(Input { index: self.types.len() + index, ty: ty.clone() }, &[]);
            let product = builder.map(&mul(arg(0), arg(1)), &[output, seed]);
            let sum = builder.reduce(ReduceKind::Sum, product, (0..ty.rank()).collect());
            let sum = builder.reshape(sum, Vec::new());
            loss = builder.map(&add(arg(0), arg(1)), &[loss, sum]);
        }
        let graph = builder.finish(vec![(Role::Output(0), loss)]);
        let request = Request { given_seed: false, input_gradients: false, num_inputs: arguments.len() };
        let joint = differentiate(&graph, request).expect("every operation on the way has a gradient");
        assert_verified(&joint);
        let results = self.evaluate(&joint, arguments);
        let mut found = vec![None; grads.len()];
        for (role, result) in joint.roles.iter().zip(results).skip(1) {
            let Role::GradParameter(state) = role else {
                panic!("only parameters were asked for, found {role}")
            };
            found[state.tensor] = Some(result);
        }
        for (index, (found, expected)) in found.iter().zip(grads).enumerate() {
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    assert_close(found, expected, 1e-12, "gradient of a parameter")
                }
                (None, None) => {}
                _ => panic!("argument {index} has a gradient only as an argument or only as a parameter"),
            }
        }
    }

    /// Compares with central differences of `L = Σ outputs · seeds`, in three random directions and, for up to 64
    /// elements, one by one.
    ///
    /// With a step of 1e-5 the truncation error is of the order of 1e-10 of the third derivative, and rounding adds
    /// the 1e-16 of a sum's terms divided by the step, 1e-11. Both stay well under the tolerance of 1e-7 of the terms
    /// of the gradient plus 1e-9 of the terms of `L`; a wrong rule is off by far more.
    fn check_differences(
        &self,
        forward: &Graph,
        outputs: &[Array],
        seeds: &[Array],
        grads: &[Option<Array>],
    ) {
        const STEP: f64 = 1e-5;
        let floats: Vec<usize> =
            (0..self.types.len()).filter(|&index| self.types[index].element == ElementType::Real).collect();
        let loss_terms: f64 = outputs.iter().zip(seeds).map(|(y, seed)| inner_abs(y, seed)).sum();
        let loss_at = |offset: f64, direction: &[(usize, Array)]| {
            let mut arrays = self.arrays.clone();
            for (index, direction) in direction {
                for (value, d) in arrays[*index].data.iter_mut().zip(&direction.data) {
                    *value += offset * d;
                }
            }
            let outputs = self.evaluate(forward, &arrays);
            outputs.iter().zip(seeds).map(|(y, seed)| inner(y, seed)).sum::<f64>()
        };
        let compare = |direction: &[(usize, Array)], what: &str| {
            let difference = (loss_at(STEP, direction) - loss_at(-STEP, direction)) / (2.0 * STEP);
            let with_grads =
                || direction.iter().filter_map(|(index, d)| grads[*index].as_ref().map(|grad| (grad, d)));
            let derivative: f64 = with_grads().map(|(grad, d)| inner(grad, d)).sum();
            let terms: f64 = with_grads().map(|(grad, d)| inner_abs(grad, d)).sum();
            let tolerance = 1e-7 * terms + 1e-9 * loss_terms + 1e-12;
            assert!(
                (derivative - difference).abs() <= tolerance,
                "{what}: gradient {derivative}, difference {difference}, tolerance {tolerance:e}\n{forward}"
            );
        };
        let mut random = Random::new(31);
        for _ in 0..3 {
            let direction: Vec<(usize, Array)> =
                floats.iter().map(|&index| (index, random.array(&self.arrays[index].shape))).collect();
            compare(&direction, "random direction");
        }
        for &index in &floats {
            let count = self.arrays[index].data.len();
            for element in (0..count).filter(|_| count <= 64) {
                let mut direction = Array::full(&self.arrays[index].shape, 0.0);
                direction.data[element] = 1.0;
                compare(&[(index, direction)], &format!("element {element} of argument {index}"));
            }
        }
    }
}

/// Values of the gradients among the results, by argument.
fn grad_results(joint: &Graph) -> BTreeMap<usize, Value> {
    let results = joint.roles.iter().zip(&joint.body.results);
    results
        .filter_map(
            |(role, &value)| if let Role::GradInput(index) = role { Some((*index, value)) } else { None },
        )
        .collect()
}
