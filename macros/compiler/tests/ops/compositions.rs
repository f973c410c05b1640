//! Random compositions of operations: gradients, second gradients, and clean-up of what people would not think of.

use crate::repeat::{Loop, looped};
use crate::support::*;
use macrograd_compiler::graph::{Builder, Size, Value};
use std::collections::BTreeSet;

/// Grows a graph from the inputs by operations that are smooth and keep values of moderate size.
struct Growth {
    random: Random,
    values: Vec<Value>,
}

impl Growth {
    fn below(&mut self, bound: usize) -> usize {
        (self.random.uniform() * bound as f64) as usize
    }

    fn any(&mut self) -> Value {
        let index = self.below(self.values.len());
        self.values[index]
    }

    fn grow(&mut self, b: &mut Builder) {
        /// More elements than this make differences slow and find nothing more.
        const MAX_ELEMENTS: i64 = 150;
        let (x, y) = (self.any(), self.any());
        let new = match self.below(16) {
            0 => op!(b, tanh(x)),
            1 => op!(b, sigmoid(x)),
            2 => op!(b, gelu(x)),
            3 => try_op!(b, add(x, y)).unwrap_or(x),
            4 | 5 => try_op!(b, mul(x, y)).unwrap_or(x),
            6 => try_op!(b, sub(x, y)).unwrap_or(x),
            7 => {
                let axes: Vec<i64> = (0..b.ty(x).rank() as i64).rev().collect();
                op!(b, permute(x, axes))
            }
            8 => try_op!(b, transpose(x, -2, -1)).unwrap_or(x),
            9 => try_op!(b, matmul(x, y)).unwrap_or(x),
            10 => {
                let keepdim = self.below(2) == 0;
                try_op!(b, sum(x, -1, keepdim = keepdim)).unwrap_or(x)
            }
            11 => try_op!(b, slice(x, ..1)).unwrap_or(x),
            12 => try_op!(b, concat([x, x], axis = -1)).unwrap_or(x),
            13 => {
                let mut shape = b.ty(x).shape.clone();
                shape.insert(0, 2.into());
                op!(b, expand(x, shape))
            }
            14 => try_op!(b, log_softmax(x, 0)).unwrap_or(x),
            _ => self.repeat(b, x, y),
        };
        let ty = b.ty(new);
        let is_small = ty.numel().as_literal().is_some_and(|count| count <= MAX_ELEMENTS);
        if ty.rank() <= 4 && is_small {
            // Sums and products in a row would outgrow the tolerance.
            let bounded = op!(b, tanh(new));
            self.values.push(bounded);
        }
    }

    /// A loop over the rows of `y` that carries `x`, if their shapes allow it.
    fn repeat(&mut self, b: &mut Builder, x: Value, y: Value) -> Value {
        let captured = self.any();
        let shape = b.ty(x).shape.clone();
        let Some(count) = b.ty(y).shape.first().and_then(|size| size.as_literal()) else { return x };
        let fits = |b: &mut Builder, row: &[Size]| {
            row.len() <= shape.len()
                && row.iter().rev().zip(shape.iter().rev()).all(|(a, b)| a.is_one() || a == b)
                && b.ty(x).shape == shape
        };
        let (row, outer) = (b.ty(y).shape[1..].to_vec(), b.ty(captured).shape.clone());
        if !fits(b, &row) || !fits(b, &outer) {
            return x;
        }
        let spec = Loop::new(count as usize, &[x], &[y]).giving(0, 1);
        let outputs = looped(b, &spec, &|b, carried, elements| {
            let product = op!(b, mul(carried[0], elements[0]));
            let next = op!(b, add(product, captured));
            let next = op!(b, tanh(next));
            vec![next, op!(b, mul(next, elements[0]))]
        });
        op!(b, add(outputs[0], outputs[1]))
    }
}

#[test]
fn random_compositions() {
    let mut met = BTreeSet::new();
    for seed in 0..60 {
        let case = Case::new().input(shape![2, 3]).input(shape![3]).input(shape![3, 3]).input(shape![2, 1]);
        let build = |b: &mut Builder, x: &[Value]| {
            let mut growth = Growth { random: Random::new(seed), values: x.to_vec() };
            for _ in 0..14 {
                growth.grow(b);
            }
            let last: Vec<Value> = growth.values.iter().rev().take(3).copied().collect();
            let flat = last.into_iter().map(|value| op!(b, flatten(value))).collect::<Vec<Value>>();
            op!(b, concat(flat))
        };
        case.check_twice(build);
        met.extend(count_ops(&case.graph(build)).into_keys());
    }
    for name in ["concat", "expand", "log_softmax", "map", "matmul", "permute", "repeat", "slice", "sum"] {
        assert!(met.contains(name), "no composition contains `{name}`: {met:?}");
    }
}
