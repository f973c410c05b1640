//! Scalar expressions as CUDA C.
//!
//! Functions of CUDA are called where they mean what the runtime's function of the name means; the others are those of
//! `math.cuh`, which lies with the kernels.

use crate::graph::Size;
use crate::graph::scalar::{Binary, Scalar, Unary};

/// What operands and sizes are called.
pub(super) struct Names<'a> {
    /// Operand `i`.
    pub(super) operand: &'a dyn Fn(usize) -> String,
    /// A size known at run time, as a `float`.
    pub(super) size: &'a dyn Fn(&Size) -> String,
}

/// The expression as CUDA C of type `float`.
///
/// `x * y + z` becomes `fmaf(x, y, z)`, as in the runtime: nothing else is meant to be fused, so kernels are compiled
/// without contraction.
pub(super) fn print_scalar(scalar: &Scalar, names: &Names<'_>) -> String {
    print(scalar, names).text
}

/// A printed expression.
struct Printed {
    text: String,
    /// Whether it can be an operand as it is.
    is_closed: bool,
}

impl Printed {
    fn closed(text: String) -> Printed {
        Printed { text, is_closed: true }
    }

    fn open(text: String) -> Printed {
        Printed { text, is_closed: false }
    }

    /// In parentheses, where it needs them.
    fn operand(&self) -> String {
        if self.is_closed { self.text.clone() } else { format!("({})", self.text) }
    }
}

fn print(scalar: &Scalar, names: &Names<'_>) -> Printed {
    match scalar {
        Scalar::Arg(index) => Printed::closed((names.operand)(*index)),
        Scalar::Const(value) => number(value.value()),
        Scalar::Size(size) => Printed::closed((names.size)(size)),
        Scalar::Unary(function, x) => unary(*function, &print(x, names)),
        Scalar::Binary(Binary::Add, x, y) => sum(x, y, names),
        Scalar::Binary(Binary::Sub, x, y) => difference(x, y, names),
        Scalar::Binary(function, x, y) => {
            let (x, y) = (print(x, names), print(y, names));
            match spelling(*function) {
                Spelling::Infix(symbol) => infix(&x, symbol, &y),
                Spelling::Call(name) => Printed::closed(format!("{name}({}, {})", x.text, y.text)),
                Spelling::Comparison(symbol) => {
                    Printed::open(format!("{} ? 1.0f : 0.0f", infix(&x, symbol, &y).text))
                }
            }
        }
        Scalar::Select(condition, x, y) => {
            let (x, y) = (print(x, names), print(y, names));
            let condition = print_condition(condition, names);
            Printed::open(format!("{condition} ? {} : {}", x.operand(), y.operand()))
        }
    }
}

fn infix(x: &Printed, symbol: &str, y: &Printed) -> Printed {
    Printed::open(format!("{} {symbol} {}", x.operand(), y.operand()))
}

fn negated(x: &Printed) -> String {
    format!("-{}", x.operand())
}

fn fused(a: &str, b: &Printed, c: &str) -> Printed {
    Printed::closed(format!("fmaf({a}, {}, {c})", b.text))
}

/// The factors of a product.
fn factors(scalar: &Scalar, names: &Names<'_>) -> Option<(Printed, Printed)> {
    match scalar {
        Scalar::Binary(Binary::Mul, a, b) => Some((print(a, names), print(b, names))),
        Scalar::Arg(_)
        | Scalar::Const(_)
        | Scalar::Size(_)
        | Scalar::Unary(..)
        | Scalar::Binary(..)
        | Scalar::Select(..) => None,
    }
}

fn sum(x: &Scalar, y: &Scalar, names: &Names<'_>) -> Printed {
    let product = factors(x, names).map(|product| (product, y));
    match product.or_else(|| Some((factors(y, names)?, x))) {
        Some(((a, b), c)) => fused(&a.text, &b, &print(c, names).text),
        None => infix(&print(x, names), "+", &print(y, names)),
    }
}

fn difference(x: &Scalar, y: &Scalar, names: &Names<'_>) -> Printed {
    if let Some((a, b)) = factors(x, names) {
        return fused(&a.text, &b, &negated(&print(y, names)));
    }
    let x = print(x, names);
    match factors(y, names) {
        Some((a, b)) => fused(&negated(&a), &b, &x.text),
        None => infix(&x, "-", &print(y, names)),
    }
}

fn unary(function: Unary, x: &Printed) -> Printed {
    let call = |name: &str| Printed::closed(format!("{name}({})", x.text));
    match function {
        Unary::Neg => Printed::open(negated(x)),
        Unary::Exp => call("expf"),
        Unary::Exp2 => call("exp2f"),
        Unary::ExpM1 => call("expm1f"),
        Unary::Ln => call("logf"),
        Unary::Ln1p => call("log1pf"),
        Unary::Log2 => call("log2f"),
        Unary::Sqrt => call("sqrtf"),
        Unary::Powi(n) => call(&format!("math::powi<{n}>")),
        Unary::Sin => call("sinf"),
        Unary::Cos => call("cosf"),
        Unary::Tan => call("tanf"),
        Unary::Asin => call("asinf"),
        Unary::Acos => call("acosf"),
        Unary::Atan => call("atanf"),
        Unary::Sinh => call("sinhf"),
        Unary::Cosh => call("coshf"),
        Unary::Tanh => call("tanhf"),
        Unary::Asinh => call("asinhf"),
        Unary::Acosh => call("acoshf"),
        Unary::Atanh => call("atanhf"),
        Unary::Sigmoid => call("math::sigmoid"),
        Unary::Softplus => call("math::softplus"),
        Unary::Softsign => call("math::softsign"),
        Unary::Erf => call("erff"),
        Unary::Erfc => call("erfcf"),
        Unary::Abs => call("fabsf"),
        Unary::Relu => call("math::relu"),
        Unary::Floor => call("floorf"),
        Unary::Ceil => call("ceilf"),
        // The even one of two, unlike `roundf`.
        Unary::Round => call("rintf"),
        Unary::Trunc => call("truncf"),
    }
}

/// How a function of two arguments is written.
enum Spelling {
    Infix(&'static str),
    Call(&'static str),
    Comparison(&'static str),
}

fn spelling(function: Binary) -> Spelling {
    match function {
        Binary::Add => Spelling::Infix("+"),
        Binary::Sub => Spelling::Infix("-"),
        Binary::Mul => Spelling::Infix("*"),
        Binary::Div => Spelling::Infix("/"),
        Binary::Pow => Spelling::Call("powf"),
        Binary::Fmod => Spelling::Call("fmodf"),
        Binary::Atan2 => Spelling::Call("atan2f"),
        Binary::Hypot => Spelling::Call("hypotf"),
        Binary::Maximum => Spelling::Call("math::maximum"),
        Binary::Minimum => Spelling::Call("math::minimum"),
        Binary::Greater => Spelling::Comparison(">"),
        Binary::GreaterEqual => Spelling::Comparison(">="),
        Binary::Less => Spelling::Comparison("<"),
        Binary::LessEqual => Spelling::Comparison("<="),
        Binary::Equal => Spelling::Comparison("=="),
        Binary::NotEqual => Spelling::Comparison("!="),
    }
}

/// What decides a selection: a comparison as itself, anything else by not being zero.
fn print_condition(condition: &Scalar, names: &Names<'_>) -> String {
    if let Scalar::Binary(function, x, y) = condition
        && let Spelling::Comparison(symbol) = spelling(*function)
    {
        return infix(&print(x, names), symbol, &print(y, names)).text;
    }
    format!("{} != 0.0f", print(condition, names).operand())
}

fn number(value: f64) -> Printed {
    let value = value as f32;
    if value.is_nan() {
        Printed::closed("math::nan()".to_string())
    } else if value.is_infinite() {
        let infinity = "math::infinity()".to_string();
        if value > 0.0 { Printed::closed(infinity) } else { Printed::open(format!("-{infinity}")) }
    } else if value == 0.0 {
        Printed::closed("0.0f".to_string())
    } else {
        // The shortest text that is read as this number again.
        let text = format!("{value:?}f");
        if value > 0.0 { Printed::closed(text) } else { Printed::open(text) }
    }
}
