//! Functions of two arguments: value, derivatives, name.

use super::{Scalar, Unary, binary, constant, div, equal, mul, neg, select, sub, unary};

/// Functions of two arguments. `Fmod` is `x - trunc(x / y) y`; comparisons give 1.0 or 0.0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "each is the mathematical function of its name")]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Fmod,
    Atan2,
    Hypot,
    Maximum,
    Minimum,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Equal,
    NotEqual,
}

impl Binary {
    /// The function in f64.
    pub fn evaluate(self, x: f64, y: f64) -> f64 {
        let truth = |condition: bool| if condition { 1.0 } else { 0.0 };
        match self {
            Binary::Add => x + y,
            Binary::Sub => x - y,
            Binary::Mul => x * y,
            Binary::Div => x / y,
            Binary::Pow => x.powf(y),
            Binary::Fmod => x % y,
            Binary::Atan2 => x.atan2(y),
            Binary::Hypot => x.hypot(y),
            Binary::Maximum if x.is_nan() || y.is_nan() => f64::NAN,
            Binary::Maximum => x.max(y),
            Binary::Minimum if x.is_nan() || y.is_nan() => f64::NAN,
            Binary::Minimum => x.min(y),
            Binary::Greater => truth(x > y),
            Binary::GreaterEqual => truth(x >= y),
            Binary::Less => truth(x < y),
            Binary::LessEqual => truth(x <= y),
            Binary::Equal => truth(x == y),
            Binary::NotEqual => truth(x != y),
        }
    }

    /// Whether the result is a truth value, which has no derivative.
    pub fn is_comparison(self) -> bool {
        match self {
            Binary::Greater
            | Binary::GreaterEqual
            | Binary::Less
            | Binary::LessEqual
            | Binary::Equal
            | Binary::NotEqual => true,
            Binary::Add
            | Binary::Sub
            | Binary::Mul
            | Binary::Div
            | Binary::Pow
            | Binary::Fmod
            | Binary::Atan2
            | Binary::Hypot
            | Binary::Maximum
            | Binary::Minimum => false,
        }
    }

    /// Derivatives with respect to both arguments.
    pub(super) fn derivatives(self, x: Scalar, y: Scalar, out: Scalar) -> [Scalar; 2] {
        // Where both arguments are equal each gets half, as in PyTorch.
        let share = |wins: Binary, x: Scalar, y: Scalar| {
            let tie = select(binary(Binary::Equal, x.clone(), y.clone()), constant(0.5), constant(0.0));
            select(binary(wins, x, y), constant(1.0), tie)
        };
        match self {
            Binary::Add => [constant(1.0), constant(1.0)],
            Binary::Sub => [constant(1.0), constant(-1.0)],
            Binary::Mul => [y, x],
            Binary::Div => [div(constant(1.0), y.clone()), neg(div(out, y))],
            Binary::Pow => {
                let zero = || constant(0.0);
                let lower = binary(Binary::Pow, x.clone(), sub(y.clone(), constant(1.0)));
                let dx = select(equal(y.clone(), zero()), zero(), mul(y.clone(), lower));
                // 0 to a power that is not negative stays 0, or 1, though the logarithm is infinite.
                let stays = mul(equal(x.clone(), zero()), binary(Binary::GreaterEqual, y, zero()));
                [dx, select(stays, zero(), mul(out, unary(Unary::Ln, x)))]
            }
            Binary::Fmod => [constant(1.0), neg(unary(Unary::Trunc, div(x, y)))],
            // Divided twice by the length, whose square may overflow; 0 at the origin, as in PyTorch.
            Binary::Atan2 => {
                let length = binary(Binary::Hypot, x.clone(), y.clone());
                let over = |value: Scalar| {
                    let scaled = div(div(value, length.clone()), length.clone());
                    select(equal(length.clone(), constant(0.0)), constant(0.0), scaled)
                };
                [over(y), over(neg(x))]
            }
            Binary::Hypot => [div(x, out.clone()), div(y, out)],
            Binary::Maximum => [share(Binary::Greater, x.clone(), y.clone()), share(Binary::Greater, y, x)],
            Binary::Minimum => [share(Binary::Less, x.clone(), y.clone()), share(Binary::Less, y, x)],
            Binary::Greater
            | Binary::GreaterEqual
            | Binary::Less
            | Binary::LessEqual
            | Binary::Equal
            | Binary::NotEqual => [constant(0.0), constant(0.0)],
        }
    }

    /// Whether it takes a few instructions.
    pub(super) fn is_cheap(self) -> bool {
        !matches!(self, Binary::Div | Binary::Pow | Binary::Fmod | Binary::Atan2 | Binary::Hypot)
    }

    /// Whether it is written between its arguments.
    pub(super) fn is_infix(self) -> bool {
        !self.symbol().starts_with(char::is_alphabetic)
    }

    pub(super) fn symbol(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Sub => "-",
            Binary::Mul => "*",
            Binary::Div => "/",
            Binary::Pow => "pow",
            Binary::Fmod => "fmod",
            Binary::Atan2 => "atan2",
            Binary::Hypot => "hypot",
            Binary::Maximum => "max",
            Binary::Minimum => "min",
            Binary::Greater => ">",
            Binary::GreaterEqual => ">=",
            Binary::Less => "<",
            Binary::LessEqual => "<=",
            Binary::Equal => "==",
            Binary::NotEqual => "!=",
        }
    }
}
