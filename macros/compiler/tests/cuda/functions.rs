//! A plan with every scalar function.

use macrograd_compiler::graph::scalar::{Binary, Scalar, Unary, arg, select};
use macrograd_compiler::graph::{Builder, Origin, Role, Size, TensorType, Value};
use macrograd_compiler::ops::input::Input;
use macrograd_compiler::plan::{Plan, PlanRequest, plan};
use proc_macro2::Span;

/// The function after this one, so that none is forgotten.
fn unary_after(function: Unary) -> Option<Unary> {
    Some(match function {
        Unary::Neg => Unary::Exp,
        Unary::Exp => Unary::Exp2,
        Unary::Exp2 => Unary::ExpM1,
        Unary::ExpM1 => Unary::Ln,
        Unary::Ln => Unary::Ln1p,
        Unary::Ln1p => Unary::Log2,
        Unary::Log2 => Unary::Sqrt,
        Unary::Sqrt => Unary::Powi(2),
        Unary::Powi(2) => Unary::Powi(-1),
        Unary::Powi(-1) => Unary::Powi(7),
        Unary::Powi(7) => Unary::Powi(-4),
        Unary::Powi(_) => Unary::Sin,
        Unary::Sin => Unary::Cos,
        Unary::Cos => Unary::Tan,
        Unary::Tan => Unary::Asin,
        Unary::Asin => Unary::Acos,
        Unary::Acos => Unary::Atan,
        Unary::Atan => Unary::Sinh,
        Unary::Sinh => Unary::Cosh,
        Unary::Cosh => Unary::Tanh,
        Unary::Tanh => Unary::Asinh,
        Unary::Asinh => Unary::Acosh,
        Unary::Acosh => Unary::Atanh,
        Unary::Atanh => Unary::Sigmoid,
        Unary::Sigmoid => Unary::Softplus,
        Unary::Softplus => Unary::Softsign,
        Unary::Softsign => Unary::Erf,
        Unary::Erf => Unary::Erfc,
        Unary::Erfc => Unary::Abs,
        Unary::Abs => Unary::Relu,
        Unary::Relu => Unary::Floor,
        Unary::Floor => Unary::Ceil,
        Unary::Ceil => Unary::Round,
        Unary::Round => Unary::Trunc,
        Unary::Trunc => return None,
    })
}

fn binary_after(function: Binary) -> Option<Binary> {
    Some(match function {
        Binary::Add => Binary::Sub,
        Binary::Sub => Binary::Mul,
        Binary::Mul => Binary::Div,
        Binary::Div => Binary::Pow,
        Binary::Pow => Binary::Fmod,
        Binary::Fmod => Binary::Atan2,
        Binary::Atan2 => Binary::Hypot,
        Binary::Hypot => Binary::Maximum,
        Binary::Maximum => Binary::Minimum,
        Binary::Minimum => Binary::Greater,
        Binary::Greater => Binary::GreaterEqual,
        Binary::GreaterEqual => Binary::Less,
        Binary::Less => Binary::LessEqual,
        Binary::LessEqual => Binary::Equal,
        Binary::Equal => Binary::NotEqual,
        Binary::NotEqual => return None,
    })
}

/// `a b + c` in every form, and selections by a comparison and by a number.
fn compound() -> Vec<Scalar> {
    let of = |function: Binary, x: Scalar, y: Scalar| Scalar::Binary(function, Box::new(x), Box::new(y));
    let product = || of(Binary::Mul, arg(0), arg(1));
    let negative = || Scalar::Unary(Unary::Neg, Box::new(arg(0)));
    vec![
        of(Binary::Add, product(), arg(1)),
        of(Binary::Add, arg(0), product()),
        of(Binary::Sub, product(), negative()),
        of(Binary::Sub, arg(0), product()),
        of(Binary::Sub, product(), product()),
        of(Binary::Sub, arg(0), of(Binary::Sub, arg(1), arg(0))),
        of(Binary::Div, arg(0), of(Binary::Div, arg(1), arg(0))),
        select(of(Binary::Less, arg(0), arg(1)), negative(), select(arg(1), arg(0), negative())),
    ]
}

/// A loop over two operands with a store for each function, and each way of combining elements.
pub(crate) fn plan_of_all() -> Plan {
    let origin = Origin { span: Span::call_site(), scope: "".into(), name: "x".into(), backward: false };
    let mut builder = Builder::new(origin);
    let ty = TensorType::real(vec![Size::symbol("N"), Size::literal(6)]);
    let inputs: Vec<Value> = (0..2).map(|index| builder.add(Input { index, ty: ty.clone() }, &[])).collect();
    let mut expressions = compound();
    let unary = std::iter::successors(Some(Unary::Neg), |&function| unary_after(function));
    expressions.extend(unary.map(|function| Scalar::Unary(function, Box::new(arg(0)))));
    let binary = std::iter::successors(Some(Binary::Add), |&function| binary_after(function));
    expressions.extend(binary.map(|function| Scalar::Binary(function, Box::new(arg(0)), Box::new(arg(1)))));
    let mut values: Vec<Value> =
        expressions.iter().map(|expression| builder.map(expression, &inputs)).collect();
    let kinds = {
        use macrograd_compiler::ops::reduce::ReduceKind::{Max, Min, Prod, Sum};
        [Sum, Prod, Max, Min]
    };
    for (kind, axes) in
        kinds.into_iter().flat_map(|kind| [vec![0], vec![1], vec![0, 1]].map(|axes| (kind, axes)))
    {
        values.push(builder.reduce(kind, inputs[0], axes));
    }
    let results = values.into_iter().enumerate().map(|(index, value)| (Role::Output(index), value)).collect();
    plan(builder.finish(results), &PlanRequest { state: &[], second_half_inputs: None, step_by_step: false })
}
