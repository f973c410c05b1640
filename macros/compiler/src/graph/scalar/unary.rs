//! Functions of one argument: value, derivative, name.

use super::{
    Binary, Scalar, add, binary, constant, div, greater, less, less_equal, mul, neg, powi, select, sub, unary,
};
use std::f64::consts::{FRAC_2_SQRT_PI, LN_2, LOG2_E};

/// Functions of one argument. `Round` takes the even one of two whole numbers, `Softsign` is `x / (1 + |x|)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "each is the mathematical function of its name")]
pub enum Unary {
    Neg,
    Exp,
    Exp2,
    ExpM1,
    Ln,
    Ln1p,
    Log2,
    Sqrt,
    Powi(i32),
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Sigmoid,
    Softplus,
    Softsign,
    Erf,
    Erfc,
    Abs,
    Relu,
    Floor,
    Ceil,
    Round,
    Trunc,
}

impl Unary {
    /// The function in f64.
    pub fn evaluate(self, x: f64) -> f64 {
        match self {
            Unary::Neg => -x,
            Unary::Exp => x.exp(),
            Unary::Exp2 => x.exp2(),
            Unary::ExpM1 => x.exp_m1(),
            Unary::Ln => x.ln(),
            Unary::Ln1p => x.ln_1p(),
            Unary::Log2 => x.log2(),
            Unary::Sqrt => x.sqrt(),
            Unary::Powi(n) => x.powi(n),
            Unary::Sin => x.sin(),
            Unary::Cos => x.cos(),
            Unary::Tan => x.tan(),
            Unary::Asin => x.asin(),
            Unary::Acos => x.acos(),
            Unary::Atan => x.atan(),
            Unary::Sinh => x.sinh(),
            Unary::Cosh => x.cosh(),
            Unary::Tanh => x.tanh(),
            Unary::Asinh => x.asinh(),
            Unary::Acosh => x.acosh(),
            Unary::Atanh => x.atanh(),
            Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Unary::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Unary::Softsign => x / (1.0 + x.abs()),
            Unary::Erf => crate::reference::erf(x),
            Unary::Erfc => crate::reference::erfc(x),
            Unary::Abs => x.abs(),
            Unary::Relu if x <= 0.0 => 0.0,
            Unary::Relu => x,
            Unary::Floor => x.floor(),
            Unary::Ceil => x.ceil(),
            Unary::Round => x.round_ties_even(),
            Unary::Trunc => x.trunc(),
        }
    }

    /// The derivative at `x`, where `y` is the function's value there.
    pub(super) fn derivative(self, x: Scalar, y: Scalar) -> Scalar {
        let one = || constant(1.0);
        let inverse = |value: Scalar| div(one(), value);
        // `1 - x²` without its cancellation at ±1.
        let one_minus_square = |x: Scalar| mul(sub(one(), x.clone()), add(one(), x));
        match self {
            Unary::Neg => constant(-1.0),
            Unary::Exp => y,
            Unary::Exp2 => mul(y, constant(LN_2)),
            // Not `y + 1`, which cancels where the value is near -1.
            Unary::ExpM1 => unary(Unary::Exp, x),
            Unary::Ln => inverse(x),
            Unary::Ln1p => inverse(add(one(), x)),
            Unary::Log2 => div(constant(LOG2_E), x),
            Unary::Sqrt => div(constant(0.5), y),
            Unary::Powi(n) => mul(constant(f64::from(n)), powi(x, n - 1)),
            Unary::Sin => unary(Unary::Cos, x),
            Unary::Cos => neg(unary(Unary::Sin, x)),
            Unary::Tan => add(one(), mul(y.clone(), y)),
            Unary::Asin => inverse(unary(Unary::Sqrt, one_minus_square(x))),
            Unary::Acos => div(constant(-1.0), unary(Unary::Sqrt, one_minus_square(x))),
            Unary::Atan => inverse(add(one(), mul(x.clone(), x))),
            Unary::Sinh => unary(Unary::Cosh, x),
            Unary::Cosh => unary(Unary::Sinh, x),
            Unary::Tanh => sub(one(), mul(y.clone(), y)),
            // `√(x² + 1)` and `√(x² - 1)`, without overflow.
            Unary::Asinh => inverse(binary(Binary::Hypot, x, one())),
            Unary::Acosh => {
                let root = |value: Scalar| unary(Unary::Sqrt, value);
                inverse(mul(root(sub(x.clone(), one())), root(add(x, one()))))
            }
            Unary::Atanh => inverse(one_minus_square(x)),
            Unary::Sigmoid => mul(y.clone(), sub(one(), y)),
            Unary::Softplus => unary(Unary::Sigmoid, x),
            Unary::Softsign => {
                let inverse = inverse(add(one(), unary(Unary::Abs, x)));
                mul(inverse.clone(), inverse)
            }
            Unary::Erf => mul(constant(FRAC_2_SQRT_PI), gaussian(x)),
            Unary::Erfc => mul(constant(-FRAC_2_SQRT_PI), gaussian(x)),
            Unary::Relu => select(less_equal(y, constant(0.0)), constant(0.0), one()),
            Unary::Abs => select(
                greater(x.clone(), constant(0.0)),
                one(),
                select(less(x, constant(0.0)), constant(-1.0), constant(0.0)),
            ),
            Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc => constant(0.0),
        }
    }

    /// Whether it takes a few instructions: no transcendental function, no division, no root.
    pub(super) fn is_cheap(self) -> bool {
        match self {
            Unary::Neg
            | Unary::Abs
            | Unary::Relu
            | Unary::Floor
            | Unary::Ceil
            | Unary::Round
            | Unary::Trunc => true,
            Unary::Powi(n) => (2..=4).contains(&n),
            Unary::Exp
            | Unary::Exp2
            | Unary::ExpM1
            | Unary::Ln
            | Unary::Ln1p
            | Unary::Log2
            | Unary::Sqrt
            | Unary::Sin
            | Unary::Cos
            | Unary::Tan
            | Unary::Asin
            | Unary::Acos
            | Unary::Atan
            | Unary::Sinh
            | Unary::Cosh
            | Unary::Tanh
            | Unary::Asinh
            | Unary::Acosh
            | Unary::Atanh
            | Unary::Sigmoid
            | Unary::Softplus
            | Unary::Softsign
            | Unary::Erf
            | Unary::Erfc => false,
        }
    }

    /// Its name, also that of the runtime's function.
    pub fn name(self) -> &'static str {
        match self {
            Unary::Neg => "neg",
            Unary::Exp => "exp",
            Unary::Exp2 => "exp2",
            Unary::ExpM1 => "exp_m1",
            Unary::Ln => "ln",
            Unary::Ln1p => "ln_1p",
            Unary::Log2 => "log2",
            Unary::Sqrt => "sqrt",
            Unary::Powi(_) => "powi",
            Unary::Sin => "sin",
            Unary::Cos => "cos",
            Unary::Tan => "tan",
            Unary::Asin => "asin",
            Unary::Acos => "acos",
            Unary::Atan => "atan",
            Unary::Sinh => "sinh",
            Unary::Cosh => "cosh",
            Unary::Tanh => "tanh",
            Unary::Asinh => "asinh",
            Unary::Acosh => "acosh",
            Unary::Atanh => "atanh",
            Unary::Sigmoid => "sigmoid",
            Unary::Softplus => "softplus",
            Unary::Softsign => "softsign",
            Unary::Erf => "erf",
            Unary::Erfc => "erfc",
            Unary::Abs => "abs",
            Unary::Relu => "relu",
            Unary::Floor => "floor",
            Unary::Ceil => "ceil",
            Unary::Round => "round",
            Unary::Trunc => "trunc",
        }
    }
}

/// `e^(-x²)`.
fn gaussian(x: Scalar) -> Scalar {
    unary(Unary::Exp, neg(mul(x.clone(), x)))
}
