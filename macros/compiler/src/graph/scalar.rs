//! Scalar expressions: what one element of an element-wise operation computes, with symbolic derivatives.

mod binary;
mod unary;

use super::size::Size;
use std::fmt;

pub use binary::Binary;
pub use unary::Unary;

/// A constant that can be compared and hashed: by its bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number(u64);

impl Number {
    /// The number `value`.
    pub fn new(value: f64) -> Number {
        // Both zeros are one constant.
        Number(if value == 0.0 { 0.0f64.to_bits() } else { value.to_bits() })
    }

    /// Its value.
    pub fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.value())
    }
}

/// An expression over the elements of the operands at one place.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Scalar {
    /// Element of operand `i`.
    Arg(usize),
    /// A constant.
    Const(Number),
    /// A size known at run time, as a number.
    Size(Size),
    /// A function of one argument.
    Unary(Unary, Box<Scalar>),
    /// A function of two arguments.
    Binary(Binary, Box<Scalar>, Box<Scalar>),
    /// The second where the first is not zero, else the third. Only the chosen one counts, also for NaN.
    Select(Box<Scalar>, Box<Scalar>, Box<Scalar>),
}

/// A constant.
pub fn constant(value: f64) -> Scalar {
    Scalar::Const(Number::new(value))
}

/// Operand `i`.
pub fn arg(index: usize) -> Scalar {
    Scalar::Arg(index)
}

/// A function of one argument; folded when that is a constant.
pub fn unary(function: Unary, x: Scalar) -> Scalar {
    match (function, x) {
        (_, Scalar::Const(value)) => constant(function.evaluate(value.value())),
        (Unary::Neg, Scalar::Unary(Unary::Neg, inner)) => *inner,
        (_, x) => Scalar::Unary(function, Box::new(x)),
    }
}

/// A function of two arguments; folded and simplified where that is exact for every finite or infinite value
/// of the operands, or (multiplication by the constant 0) where the framework's own rules introduce it.
pub fn binary(function: Binary, x: Scalar, y: Scalar) -> Scalar {
    if let (Scalar::Const(a), Scalar::Const(b)) = (&x, &y) {
        return constant(function.evaluate(a.value(), b.value()));
    }
    let is = |scalar: &Scalar, value: f64| matches!(scalar, Scalar::Const(c) if c.value() == value);
    match function {
        Binary::Add if is(&x, 0.0) => y,
        Binary::Add | Binary::Sub if is(&y, 0.0) => x,
        Binary::Sub if is(&x, 0.0) => unary(Unary::Neg, y),
        Binary::Mul if is(&x, 1.0) => y,
        Binary::Mul | Binary::Div if is(&y, 1.0) => x,
        Binary::Mul if is(&x, -1.0) => unary(Unary::Neg, y),
        Binary::Mul if is(&y, -1.0) => unary(Unary::Neg, x),
        Binary::Mul if is(&x, 0.0) || is(&y, 0.0) => constant(0.0),
        Binary::Add => match (x, y) {
            (x, Scalar::Unary(Unary::Neg, y)) => binary(Binary::Sub, x, *y),
            (x, y) => Scalar::Binary(function, Box::new(x), Box::new(y)),
        },
        _ => Scalar::Binary(function, Box::new(x), Box::new(y)),
    }
}

/// `x + y`.
pub fn add(x: Scalar, y: Scalar) -> Scalar {
    binary(Binary::Add, x, y)
}

/// `x - y`.
pub fn sub(x: Scalar, y: Scalar) -> Scalar {
    binary(Binary::Sub, x, y)
}

/// `x * y`.
pub fn mul(x: Scalar, y: Scalar) -> Scalar {
    binary(Binary::Mul, x, y)
}

/// `x / y`.
pub fn div(x: Scalar, y: Scalar) -> Scalar {
    binary(Binary::Div, x, y)
}

/// `-x`.
pub fn neg(x: Scalar) -> Scalar {
    unary(Unary::Neg, x)
}

/// `x^n`.
pub fn powi(x: Scalar, n: i32) -> Scalar {
    match n {
        0 => constant(1.0),
        1 => x,
        n => unary(Unary::Powi(n), x),
    }
}

/// Where `x < y`, 1, else 0.
pub fn less(x: Scalar, y: Scalar) -> Scalar {
    binary(Binary::Less, x, y)
}

/// Where `x <= y`, 1, else 0.
pub fn less_equal(x: Scalar, y: Scalar) -> Scalar {
    binary(Binary::LessEqual, x, y)
}

/// Where `x > y`, 1, else 0.
pub fn greater(x: Scalar, y: Scalar) -> Scalar {
    binary(Binary::Greater, x, y)
}

/// Where `x == y`, 1, else 0.
pub fn equal(x: Scalar, y: Scalar) -> Scalar {
    binary(Binary::Equal, x, y)
}

/// Where `x != y`, 1, else 0.
pub fn not_equal(x: Scalar, y: Scalar) -> Scalar {
    binary(Binary::NotEqual, x, y)
}

/// `condition ? x : y`.
pub fn select(condition: Scalar, x: Scalar, y: Scalar) -> Scalar {
    match condition {
        Scalar::Const(value) if value.value() != 0.0 => x,
        Scalar::Const(_) => y,
        condition if x == y => {
            let _ = condition;
            x
        }
        condition => Scalar::Select(Box::new(condition), Box::new(x), Box::new(y)),
    }
}

impl Scalar {
    /// The value in f64, given the operands and the run-time sizes.
    pub fn evaluate(&self, args: &[f64], size: &dyn Fn(&Size) -> f64) -> f64 {
        match self {
            Scalar::Arg(index) => args[*index],
            Scalar::Const(value) => value.value(),
            Scalar::Size(value) => size(value),
            Scalar::Unary(function, x) => function.evaluate(x.evaluate(args, size)),
            Scalar::Binary(function, x, y) => {
                function.evaluate(x.evaluate(args, size), y.evaluate(args, size))
            }
            Scalar::Select(condition, x, y) => {
                if condition.evaluate(args, size) != 0.0 {
                    x.evaluate(args, size)
                } else {
                    y.evaluate(args, size)
                }
            }
        }
    }

    /// The expression with every operand replaced.
    pub fn substitute(&self, replace: &dyn Fn(usize) -> Scalar) -> Scalar {
        match self {
            Scalar::Arg(index) => replace(*index),
            Scalar::Const(_) | Scalar::Size(_) => self.clone(),
            Scalar::Unary(function, x) => unary(*function, x.substitute(replace)),
            Scalar::Binary(function, x, y) => binary(*function, x.substitute(replace), y.substitute(replace)),
            Scalar::Select(condition, x, y) => {
                select(condition.substitute(replace), x.substitute(replace), y.substitute(replace))
            }
        }
    }

    /// Calls `visit` for every operand, in order of appearance.
    pub fn for_each_arg(&self, visit: &mut impl FnMut(usize)) {
        match self {
            Scalar::Arg(index) => visit(*index),
            Scalar::Const(_) | Scalar::Size(_) => {}
            Scalar::Unary(_, x) => x.for_each_arg(visit),
            Scalar::Binary(_, x, y) => {
                x.for_each_arg(visit);
                y.for_each_arg(visit);
            }
            Scalar::Select(condition, x, y) => {
                condition.for_each_arg(visit);
                x.for_each_arg(visit);
                y.for_each_arg(visit);
            }
        }
    }

    /// Number of functions applied: the FLOPs per element.
    pub fn num_functions(&self) -> i64 {
        match self {
            Scalar::Arg(_) | Scalar::Const(_) | Scalar::Size(_) => 0,
            Scalar::Unary(_, x) => 1 + x.num_functions(),
            Scalar::Binary(_, x, y) => 1 + x.num_functions() + y.num_functions(),
            Scalar::Select(condition, x, y) => {
                1 + condition.num_functions() + x.num_functions() + y.num_functions()
            }
        }
    }

    /// Whether evaluating it again costs less than reading it from memory: no transcendental function, no division.
    pub fn is_cheap(&self) -> bool {
        match self {
            Scalar::Arg(_) | Scalar::Const(_) | Scalar::Size(_) => true,
            Scalar::Unary(function, x) => function.is_cheap() && x.is_cheap(),
            Scalar::Binary(function, x, y) => function.is_cheap() && x.is_cheap() && y.is_cheap(),
            Scalar::Select(condition, x, y) => condition.is_cheap() && x.is_cheap() && y.is_cheap(),
        }
    }

    /// `grad * d(self)/d(operand)`, where `output` stands for the value of the whole expression.
    ///
    /// Rules that are cheaper in terms of a function's value use `output` at the root, which the forward pass has
    /// computed anyway.
    pub fn vjp(&self, operand: usize, grad: Scalar, output: Option<Scalar>) -> Scalar {
        let value = || output.clone().unwrap_or_else(|| self.clone());
        match self {
            Scalar::Arg(index) if *index == operand => grad,
            Scalar::Arg(_) | Scalar::Const(_) | Scalar::Size(_) => constant(0.0),
            _ if !self.mentions(operand) => constant(0.0),
            Scalar::Unary(function, x) => {
                let inner = chain(grad, function.derivative((**x).clone(), value()));
                x.vjp(operand, inner, None)
            }
            Scalar::Binary(function, x, y) => {
                let [dx, dy] = function.derivatives((**x).clone(), (**y).clone(), value());
                let through = |side: &Scalar, derivative: Scalar| {
                    if side.mentions(operand) {
                        side.vjp(operand, chain(grad.clone(), derivative), None)
                    } else {
                        constant(0.0)
                    }
                };
                add(through(x, dx), through(y, dy))
            }
            Scalar::Select(condition, x, y) => {
                // The gradient is cut before it is multiplied on, so that an infinite derivative in the branch
                // not taken cannot turn 0 into NaN.
                let zero = constant(0.0);
                let when = x.vjp(operand, grad.clone(), None);
                let otherwise = y.vjp(operand, grad, None);
                if when == zero && otherwise == zero {
                    zero
                } else {
                    select((**condition).clone(), when, otherwise)
                }
            }
        }
    }

    fn mentions(&self, operand: usize) -> bool {
        let mut found = false;
        self.for_each_arg(&mut |index| found |= index == operand);
        found
    }
}

/// `grad * derivative`, with a choice of constants turned into a choice of gradients: `select(c, g, 0)`, so that an
/// infinite gradient times zero stays zero.
fn chain(grad: Scalar, derivative: Scalar) -> Scalar {
    match derivative {
        Scalar::Select(condition, x, y) => select(*condition, chain(grad.clone(), *x), chain(grad, *y)),
        derivative => mul(grad, derivative),
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Arg(index) => write!(f, "${index}"),
            Scalar::Const(value) => write!(f, "{}", value.value()),
            Scalar::Size(size) => write!(f, "({size})"),
            Scalar::Unary(Unary::Powi(n), x) => write!(f, "powi({x}, {n})"),
            Scalar::Unary(function, x) => write!(f, "{}({x})", function.name()),
            Scalar::Binary(function, x, y) if function.is_infix() => {
                write!(f, "({x} {} {y})", function.symbol())
            }
            Scalar::Binary(function, x, y) => write!(f, "{}({x}, {y})", function.symbol()),
            Scalar::Select(condition, x, y) => write!(f, "select({condition}, {x}, {y})"),
        }
    }
}
