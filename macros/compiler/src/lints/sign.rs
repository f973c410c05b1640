//! The signs of values: which are certainly not 0, and which can be.

use crate::graph::scalar::{Binary, Scalar, Unary};
use crate::graph::{Block, Graph, Node, Value};
use crate::ops::{Op, repeat::Repeat};

use super::trace::{Trace, moves_elements};

/// What is known of the sign of every element, from the most that can be known to nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Sign {
    /// More than 0.
    Positive,
    /// Not less than 0.
    NotNegative,
    /// Not less than 0, and 0 for some values of arguments and parameters.
    ReachesZero,
    /// Anything.
    Any,
}

use Sign::{Any, NotNegative, Positive, ReachesZero};

/// The signs of all values of a graph.
pub(super) struct Signs<'t, 'g> {
    trace: &'t Trace<'g>,
    signs: Vec<Sign>,
}

/// Passes over the body of a loop, each of which may know less of what is carried: there are as many signs.
const MOST_PASSES: usize = 4;

impl<'t, 'g> Signs<'t, 'g> {
    pub(super) fn new(trace: &'t Trace<'g>) -> Signs<'t, 'g> {
        let graph: &Graph = trace.graph;
        let mut signs = Signs { trace, signs: vec![Any; graph.values.len()] };
        signs.block(&graph.body);
        signs
    }

    pub(super) fn of(&self, value: Value) -> Sign {
        self.signs[value.index()]
    }

    fn set(&mut self, values: &[Value], signs: impl IntoIterator<Item = Sign>) {
        for (value, sign) in values.iter().zip(signs) {
            self.signs[value.index()] = sign;
        }
    }

    fn all(&self, values: &[Value]) -> Vec<Sign> {
        values.iter().map(|&value| self.of(value)).collect()
    }

    fn block(&mut self, block: &Block) {
        for node in &block.nodes {
            let signs = self.node(node);
            self.set(&node.outputs, signs);
        }
    }

    fn node(&mut self, node: &Node) -> Vec<Sign> {
        let first = node.inputs.first().map_or(Any, |&input| self.of(input));
        match &node.op {
            Op::Map(map) => vec![self.scalar(&map.expression, &node.inputs)],
            Op::Constant(constant) => vec![of_number(constant.0.value())],
            // A sum, a product, the largest and the smallest of such elements are such.
            Op::Reduce(_) => vec![first],
            Op::Softmax(_) => vec![Positive],
            Op::Concat(_) => vec![self.all(&node.inputs).into_iter().max().unwrap_or(Any)],
            op if moves_elements(op) => vec![first],
            Op::Repeat(repeat) => self.repeat(node, repeat),
            Op::IfElse(choice) => {
                let [one, other] = choice.branches.each_ref().map(|branch| {
                    self.block(branch);
                    self.all(&branch.results)
                });
                one.into_iter().zip(other).map(|(one, other)| one.max(other)).collect()
            }
            Op::Checkpoint(checkpoint) => {
                self.block(&checkpoint.body);
                self.all(&checkpoint.body.results)
            }
            Op::CustomGrad(custom) => {
                let given = self.all(&node.inputs);
                self.set(&custom.forward.params, given);
                self.block(&custom.forward);
                self.all(&custom.forward.results)
            }
            _ => Vec::new(),
        }
    }

    /// What is carried may have another sign after an iteration: repeated until nothing changes.
    fn repeat(&mut self, node: &Node, repeat: &Repeat) -> Vec<Sign> {
        let given = self.all(&node.inputs);
        self.set(&repeat.body.params, given);
        let carried = &repeat.body.params[..repeat.num_carried];
        for pass in 0..=MOST_PASSES {
            self.block(&repeat.body);
            let before = self.all(carried);
            let after =
                before.iter().zip(&repeat.body.results).map(|(sign, &result)| self.of(result).max(*sign));
            let after: Vec<Sign> = after.collect();
            if after == before {
                break;
            }
            let known = pass + 1 < MOST_PASSES;
            self.set(carried, after.into_iter().map(|sign| if known { sign } else { Any }));
        }
        let mut signs = self.all(carried);
        signs.extend(self.all(&repeat.body.results[repeat.num_carried..]));
        signs
    }

    fn scalar(&self, expression: &Scalar, inputs: &[Value]) -> Sign {
        let of = |x: &Scalar| self.scalar(x, inputs);
        match expression {
            Scalar::Arg(index) => self.of(inputs[*index]),
            Scalar::Const(number) => of_number(number.value()),
            Scalar::Size(_) => Positive,
            Scalar::Unary(function, x) => of_unary(*function, of(x)),
            // A number of elements less one or two.
            Scalar::Binary(Binary::Sub, x, y) if has_no_args(x) && has_no_args(y) => NotNegative,
            Scalar::Binary(Binary::Mul, x, y) if self.is_same(x, y, inputs) => of_square(of(x)),
            Scalar::Binary(Binary::Pow, x, y) => match &**y {
                Scalar::Const(exponent) => of_power(of(x), exponent.value()),
                _ if of(x) == Positive => Positive,
                _ => Any,
            },
            Scalar::Binary(function, x, y) => of_binary(*function, of(x), of(y)),
            Scalar::Select(condition, x, y) => match bound(condition, x, y) {
                Some(function) => of_binary(function, of(x), of(y)),
                // What is chosen may be chosen because it is not 0.
                None => match of(x).max(of(y)) {
                    ReachesZero => NotNegative,
                    sign => sign,
                },
            },
        }
    }

    /// Whether two expressions have the same value: `d` and `d`, or `a - b` written twice.
    fn is_same(&self, x: &Scalar, y: &Scalar, inputs: &[Value]) -> bool {
        match (x, y) {
            (Scalar::Arg(x), Scalar::Arg(y)) => x == y || self.is_same_value(inputs[*x], inputs[*y], 4),
            _ => x == y,
        }
    }

    fn is_same_value(&self, x: Value, y: Value, depth: usize) -> bool {
        if x == y {
            return true;
        }
        let (Some(a), Some(b)) = (self.trace.node(x), self.trace.node(y)) else { return false };
        let mut inputs = a.inputs.iter().zip(&b.inputs);
        depth > 0
            && !a.inputs.is_empty()
            && a.inputs.len() == b.inputs.len()
            && a.outputs.len() == 1
            && a.op == b.op
            && inputs.all(|(&x, &y)| self.is_same_value(x, y, depth - 1))
    }
}

fn of_number(number: f64) -> Sign {
    if number > 0.0 {
        Positive
    } else if number == 0.0 {
        ReachesZero
    } else {
        Any
    }
}

fn of_square(sign: Sign) -> Sign {
    if sign == Any { ReachesZero } else { sign }
}

fn of_power(sign: Sign, exponent: f64) -> Sign {
    match sign {
        Positive => Positive,
        Any if exponent > 0.0 && exponent % 2.0 == 0.0 => ReachesZero,
        sign if exponent > 0.0 => sign,
        _ => Any,
    }
}

fn of_unary(function: Unary, x: Sign) -> Sign {
    match function {
        Unary::Exp | Unary::Exp2 | Unary::Sigmoid | Unary::Softplus | Unary::Erfc | Unary::Cosh => Positive,
        Unary::Abs => of_square(x),
        Unary::Relu => {
            if x == Any {
                ReachesZero
            } else {
                x
            }
        }
        Unary::Powi(n) => of_power(x, f64::from(n)),
        // 0 at 0, and increasing.
        Unary::Sqrt
        | Unary::Ln1p
        | Unary::ExpM1
        | Unary::Sinh
        | Unary::Tanh
        | Unary::Asinh
        | Unary::Atan
        | Unary::Erf
        | Unary::Softsign => x,
        Unary::Neg
        | Unary::Ln
        | Unary::Log2
        | Unary::Sin
        | Unary::Cos
        | Unary::Tan
        | Unary::Asin
        | Unary::Acos
        | Unary::Acosh
        | Unary::Atanh
        | Unary::Floor
        | Unary::Ceil
        | Unary::Round
        | Unary::Trunc => Any,
    }
}

fn of_binary(function: Binary, x: Sign, y: Sign) -> Sign {
    let (least, most) = (x.min(y), x.max(y));
    match function {
        Binary::Add if most == Any => Any,
        Binary::Add if least == Positive => Positive,
        Binary::Add => least,
        Binary::Mul | Binary::Minimum => most,
        // A quotient is 0 where its numerator is.
        Binary::Div if y == Any => Any,
        Binary::Div => x,
        Binary::Maximum => least,
        Binary::Hypot => match least {
            Any => ReachesZero,
            sign => sign,
        },
        Binary::Greater
        | Binary::GreaterEqual
        | Binary::Less
        | Binary::LessEqual
        | Binary::Equal
        | Binary::NotEqual => NotNegative,
        Binary::Sub | Binary::Pow | Binary::Fmod | Binary::Atan2 => Any,
    }
}

fn has_no_args(expression: &Scalar) -> bool {
    let mut found = false;
    expression.for_each_arg(&mut |_| found = true);
    !found
}

/// The function that a choice is, if it is how `clamp` keeps values between bounds.
fn bound(condition: &Scalar, x: &Scalar, y: &Scalar) -> Option<Binary> {
    let Scalar::Binary(Binary::LessEqual, small, large) = condition else { return None };
    // `v <= bound ? bound : v`, where `v` may have another bound above.
    let bounded = match y {
        Scalar::Select(_, _, inner) => inner,
        y => y,
    };
    if **large == *x && (**small == *y || **small == *bounded) {
        return Some(Binary::Maximum);
    }
    // `bound <= v ? bound : v`.
    (**small == *x && **large == *y).then_some(Binary::Minimum)
}
