//! The reference interpreter: every operation naively and in f64. It is the oracle of the tests and shares nothing
//! with the runtime.

use crate::graph::{Block, Graph, Size, StateRef, TensorType, Value};
use crate::ops::{Op, Operation, repeat::Repeat};
use std::collections::HashMap;
use std::rc::Rc;

/// A tensor of the interpreter, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Sizes.
    pub shape: Vec<usize>,
    /// Elements.
    pub data: Vec<f64>,
}

/// All indices of a shape, in row-major order.
pub fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let shape = shape.to_vec();
    let count: usize = shape.iter().product();
    (0..count).map(move |mut flat| {
        let mut index = vec![0; shape.len()];
        for axis in (0..shape.len()).rev() {
            index[axis] = flat % shape[axis];
            flat /= shape[axis];
        }
        index
    })
}

impl Array {
    /// Every element the same.
    pub fn full(shape: &[usize], value: f64) -> Array {
        Array { shape: shape.to_vec(), data: vec![value; shape.iter().product()] }
    }

    /// Elements from their indices.
    pub fn from_fn(shape: &[usize], mut value: impl FnMut(&[usize]) -> f64) -> Array {
        Array { shape: shape.to_vec(), data: indices(shape).map(|index| value(&index)).collect() }
    }

    /// Place of an element in `data`.
    pub fn offset(&self, index: &[usize]) -> usize {
        assert_eq!(index.len(), self.shape.len(), "an index for every axis");
        index.iter().zip(&self.shape).fold(0, |offset, (&i, &size)| {
            assert!(i < size, "index {index:?} outside {:?}", self.shape);
            offset * size + i
        })
    }

    /// An element.
    pub fn at(&self, index: &[usize]) -> f64 {
        self.data[self.offset(index)]
    }

    /// Place of the element that broadcasts to `index` of a larger shape.
    pub fn broadcast_offset(&self, index: &[usize]) -> usize {
        let added = index.len() - self.shape.len();
        self.shape
            .iter()
            .zip(&index[added..])
            .fold(0, |offset, (&size, &i)| offset * size + if size == 1 { 0 } else { i })
    }

    /// The element that broadcasts to `index` of a larger shape.
    pub fn broadcast_at(&self, index: &[usize]) -> f64 {
        self.data[self.broadcast_offset(index)]
    }

    /// Calls `visit` for every element.
    pub fn for_each(&self, mut visit: impl FnMut(&[usize], f64)) {
        for (index, &value) in indices(&self.shape).zip(&self.data) {
            visit(&index, value);
        }
    }

    /// Element `index` of the first axis.
    fn row(&self, index: usize) -> Array {
        let len: usize = self.shape[1..].iter().product();
        Array { shape: self.shape[1..].to_vec(), data: self.data[index * len..][..len].to_vec() }
    }
}

/// Values of the run-time dimensions.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    /// By name.
    pub values: HashMap<Rc<str>, i64>,
}

impl Sizes {
    /// A size's value.
    pub fn value(&self, size: &Size) -> i64 {
        size.evaluate(&self.values)
    }

    /// A shape's values.
    pub fn shape(&self, shape: &[Size]) -> Vec<usize> {
        shape.iter().map(|size| self.value(size) as usize).collect()
    }
}

/// What a graph is run on.
pub struct Bindings<'a> {
    /// Arguments, by position.
    pub inputs: &'a [Array],
    /// Tensors of the state, stacks as `[count, …]`.
    pub state: &'a dyn Fn(&StateRef) -> Array,
    /// Values of the run-time dimensions.
    pub sizes: &'a Sizes,
}

/// Runs a graph; the results are in the order of its roles.
pub fn run(graph: &Graph, bindings: &Bindings<'_>) -> Vec<Array> {
    let mut values: HashMap<Value, Array> = HashMap::new();
    run_block(graph, &graph.body, bindings, &mut values);
    graph.body.results.iter().map(|value| values[value].clone()).collect()
}

fn run_block(graph: &Graph, block: &Block, bindings: &Bindings<'_>, values: &mut HashMap<Value, Array>) {
    for node in &block.nodes {
        let outputs = match &node.op {
            Op::Input(input) => vec![bindings.inputs[input.index].clone()],
            Op::Parameter(parameter) => vec![(bindings.state)(&parameter.state)],
            Op::Repeat(repeat) => run_repeat(graph, repeat, &node.inputs, bindings, values),
            Op::IfElse(choice) => {
                let branch = &choice.branches[usize::from(values[&node.inputs[0]].data[0] == 0.0)];
                run_block(graph, branch, bindings, values);
                branch.results.iter().map(|value| values[value].clone()).collect()
            }
            Op::CustomGrad(custom) => {
                for (&param, input) in custom.forward.params.iter().zip(&node.inputs) {
                    let array = values[input].clone();
                    values.insert(param, array);
                }
                run_block(graph, &custom.forward, bindings, values);
                custom.forward.results.iter().map(|value| values[value].clone()).collect()
            }
            Op::Checkpoint(checkpoint) => {
                run_block(graph, &checkpoint.body, bindings, values);
                checkpoint.body.results.iter().map(|value| values[value].clone()).collect()
            }
            op => {
                let inputs: Vec<&Array> = node.inputs.iter().map(|value| &values[value]).collect();
                let types: Vec<TensorType> =
                    node.outputs.iter().map(|&value| graph.ty(value).clone()).collect();
                op.evaluate(&inputs, &types, bindings.sizes)
            }
        };
        for (&value, array) in node.outputs.iter().zip(outputs) {
            let expected = bindings.sizes.shape(&graph.ty(value).shape);
            assert_eq!(array.shape, expected, "{} computed another shape than it infers", node.op.text());
            values.insert(value, array);
        }
    }
}

fn run_repeat(
    graph: &Graph,
    repeat: &Repeat,
    inputs: &[Value],
    bindings: &Bindings<'_>,
    values: &mut HashMap<Value, Array>,
) -> Vec<Array> {
    let mut carried: Vec<Array> =
        inputs[..repeat.num_carried].iter().map(|value| values[value].clone()).collect();
    let stacks: Vec<Array> = inputs[repeat.num_carried..].iter().map(|value| values[value].clone()).collect();
    let mut outputs: Vec<Array> =
        repeat.outputs.iter().map(|ty| Array::full(&bindings.sizes.shape(&ty.shape), 0.0)).collect();
    let count = if repeat.is_unbounded { usize::MAX } else { bindings.sizes.value(&repeat.count) as usize };
    let stops = repeat.stops();
    for step in 0..count {
        let iteration = if repeat.reverse { count - 1 - step } else { step };
        let given = carried.into_iter().chain(stacks.iter().map(|stack| stack.row(iteration)));
        for (&param, array) in repeat.body.params.iter().zip(given) {
            values.insert(param, array);
        }
        run_block(graph, &repeat.body, bindings, values);
        let results: Vec<Array> = repeat.body.results.iter().map(|value| values[value].clone()).collect();
        carried = results[..repeat.num_carried].to_vec();
        for (index, result) in results.iter().enumerate().skip(repeat.num_carried) {
            let output = &mut outputs[index];
            if index < repeat.num_carried + repeat.num_stacked {
                let len = result.data.len();
                output.data[iteration * len..][..len].copy_from_slice(&result.data);
            } else {
                for (sum, term) in output.data.iter_mut().zip(&result.data) {
                    *sum += term;
                }
            }
        }
        if stops.is_some_and(|condition| values[&condition].data[0] == 0.0) {
            break;
        }
    }
    outputs.splice(..repeat.num_carried, carried);
    outputs
}

/// The error function to full precision of f64: a series for small arguments, a continued fraction for large ones.
///
/// Source: Abramowitz and Stegun, 7.1.6 and 7.1.14.
pub fn erf(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let magnitude = x.abs();
    let value = if magnitude < 3.0 {
        let (mut term, mut sum, mut n) = (magnitude, magnitude, 0.0);
        while term.abs() > 1e-17 * sum.abs() && n < 200.0 {
            n += 1.0;
            term *= 2.0 * magnitude * magnitude / (2.0 * n + 1.0);
            sum += term;
        }
        std::f64::consts::FRAC_2_SQRT_PI * (-magnitude * magnitude).exp() * sum
    } else if magnitude < 6.0 {
        let fraction = (1..=60).rev().fold(0.0, |fraction, k| f64::from(k) / 2.0 / (magnitude + fraction));
        1.0 - (-magnitude * magnitude).exp() / ((magnitude + fraction) * std::f64::consts::PI.sqrt())
    } else {
        1.0
    };
    value.copysign(x)
}

/// `1 - erf(x)`, for large `x` by the continued fraction that does not cancel.
pub fn erfc(x: f64) -> f64 {
    if x.is_nan() || x < 2.0 {
        return 1.0 - erf(x);
    }
    // Beyond this not even f64 has the result.
    if x > 27.3 {
        return 0.0;
    }
    let fraction = (1..=200).rev().fold(0.0, |fraction, k| f64::from(k) / 2.0 / (x + fraction));
    (-x * x).exp() / ((x + fraction) * std::f64::consts::PI.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erf_has_known_values() {
        // Abramowitz and Stegun, table 7.1.
        for (x, y) in [(0.0, 0.0), (0.5, 0.520_499_877_8), (1.0, 0.842_700_792_9), (2.0, 0.995_322_265_0)] {
            assert!((erf(x) - y).abs() < 1e-10, "erf({x}) = {}", erf(x));
            assert_eq!(erf(-x), -erf(x));
        }
        assert!((erf(3.0) - erf(3.0 - 1e-12)).abs() < 1e-13, "the two forms meet");
    }

    #[test]
    fn erfc_has_known_values() {
        // Abramowitz and Stegun, tables 7.1 and 7.3.
        for (x, y) in [(0.5, 0.479_500_122_2), (2.0, 4.677_735e-3), (5.0, 1.537_460e-12)] {
            assert!((erfc(x) / y - 1.0).abs() < 1e-6, "erfc({x}) = {}", erfc(x));
        }
        assert!((erfc(2.0) / erfc(2.0 - 1e-13) - 1.0).abs() < 1e-11, "the two forms meet");
        assert_eq!((erfc(-9.0), erfc(30.0)), (2.0, 0.0));
    }
}
