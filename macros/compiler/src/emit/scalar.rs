//! Scalar expressions as Rust.

use super::ident;
use crate::graph::scalar::{Binary, Scalar, Unary};
use crate::graph::{Float, Size};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

/// What operands and sizes are called.
pub struct Names<'a> {
    /// Path of the runtime.
    pub runtime: &'a TokenStream,
    /// Operand `i`.
    pub operand: &'a dyn Fn(usize) -> Ident,
    /// A size known at run time, as one of the computing type.
    pub size: &'a dyn Fn(&Size) -> Ident,
}

/// The expression as Rust of the computing type, generic over the instruction set `S`.
///
/// `x * y + z` becomes `S::mul_add(x, y, z)`, which is fused where the machine can.
pub fn emit_scalar(scalar: &Scalar, names: &Names<'_>) -> TokenStream {
    let emit = |scalar: &Scalar| emit_scalar(scalar, names);
    let math = {
        let runtime = names.runtime;
        quote!(#runtime::math)
    };
    match scalar {
        Scalar::Arg(index) => {
            let name = (names.operand)(*index);
            quote!(#name)
        }
        Scalar::Const(number) => emit_number(number.value()),
        Scalar::Size(size) => {
            let name = (names.size)(size);
            quote!(#name)
        }
        Scalar::Unary(Unary::Neg, x) => {
            let x = emit(x);
            quote!((-#x))
        }
        Scalar::Unary(Unary::Powi(n), x) => {
            let x = emit(x);
            let magnitude = Literal::u32_unsuffixed(n.unsigned_abs());
            let n = if *n < 0 { quote!({ -#magnitude }) } else { quote!(#magnitude) };
            quote!(#math::powi::<S, #n>(#x))
        }
        Scalar::Unary(function, x) => {
            let x = emit(x);
            let name = ident(function.name());
            quote!(#math::#name::<S>(#x))
        }
        Scalar::Binary(Binary::Add, x, y) => match (&**x, &**y) {
            (Scalar::Binary(Binary::Mul, a, b), c) | (c, Scalar::Binary(Binary::Mul, a, b)) => {
                let (a, b, c) = (emit(a), emit(b), emit(c));
                quote!(S::mul_add(#a, #b, #c))
            }
            (x, y) => {
                let (x, y) = (emit(x), emit(y));
                quote!((#x + #y))
            }
        },
        Scalar::Binary(Binary::Sub, x, y) => match (&**x, &**y) {
            (Scalar::Binary(Binary::Mul, a, b), c) => {
                let (a, b, c) = (emit(a), emit(b), emit(c));
                quote!(S::mul_add(#a, #b, -#c))
            }
            (c, Scalar::Binary(Binary::Mul, a, b)) => {
                let (a, b, c) = (emit(a), emit(b), emit(c));
                quote!(S::mul_add(-#a, #b, #c))
            }
            (x, y) => {
                let (x, y) = (emit(x), emit(y));
                quote!((#x - #y))
            }
        },
        Scalar::Binary(function, x, y) if function.is_comparison() => {
            let condition = emit_comparison(*function, x, y, names);
            quote!(#math::select::<S>(#condition, 1.0, 0.0))
        }
        Scalar::Binary(function, x, y) => {
            let (x, y) = (emit(x), emit(y));
            match function {
                Binary::Mul => quote!((#x * #y)),
                Binary::Div => quote!((#x / #y)),
                Binary::Pow => quote!(#math::pow::<S>(#x, #y)),
                Binary::Fmod => quote!(#math::fmod::<S>(#x, #y)),
                Binary::Atan2 => quote!(#math::atan2::<S>(#x, #y)),
                Binary::Hypot => quote!(#math::hypot::<S>(#x, #y)),
                Binary::Maximum => quote!(#math::maximum::<S>(#x, #y)),
                Binary::Minimum => quote!(#math::minimum::<S>(#x, #y)),
                other => unreachable!("{other:?} is emitted above"),
            }
        }
        Scalar::Select(condition, x, y) => {
            let (x, y) = (emit(x), emit(y));
            let condition = match &**condition {
                Scalar::Binary(function, a, b) if function.is_comparison() => {
                    emit_comparison(*function, a, b, names)
                }
                other => {
                    let value = emit(other);
                    quote!(#value != 0.0)
                }
            };
            quote!(#math::select::<S>(#condition, #x, #y))
        }
    }
}

fn emit_comparison(function: Binary, x: &Scalar, y: &Scalar, names: &Names<'_>) -> TokenStream {
    let (x, y) = (emit_scalar(x, names), emit_scalar(y, names));
    match function {
        Binary::Greater => quote!(#x > #y),
        Binary::GreaterEqual => quote!(#x >= #y),
        Binary::Less => quote!(#x < #y),
        Binary::LessEqual => quote!(#x <= #y),
        Binary::Equal => quote!(#x == #y),
        Binary::NotEqual => quote!(#x != #y),
        other => unreachable!("{other:?} is not a comparison"),
    }
}

/// The name of the computing type.
pub fn emit_float() -> Ident {
    ident(Float::current().name())
}

/// Zero of the computing type.
pub fn emit_zero() -> TokenStream {
    match Float::current() {
        Float::F32 => quote!(0.0f32),
        Float::F64 => quote!(0.0f64),
    }
}

/// A number as an expression of the computing type.
pub fn emit_number(value: f64) -> TokenStream {
    let float = emit_float();
    let value = rounded(value);
    if value.is_nan() {
        quote!(#float::NAN)
    } else if value.is_infinite() {
        if value > 0.0 { quote!(#float::INFINITY) } else { quote!(#float::NEG_INFINITY) }
    } else {
        let literal = match Float::current() {
            Float::F32 => Literal::f32_suffixed(value.abs() as f32),
            Float::F64 => Literal::f64_suffixed(value.abs()),
        };
        if value.is_sign_negative() && value != 0.0 { quote!((-#literal)) } else { quote!(#literal) }
    }
}

/// A finite number as a literal without suffix.
pub fn emit_plain_number(value: f64) -> TokenStream {
    let literal = match Float::current() {
        Float::F32 => Literal::f32_unsuffixed(value.abs() as f32),
        Float::F64 => Literal::f64_unsuffixed(value.abs()),
    };
    if value < 0.0 { quote!(-#literal) } else { quote!(#literal) }
}

/// The nearest number of the computing type.
fn rounded(value: f64) -> f64 {
    match Float::current() {
        Float::F32 => f64::from(value as f32),
        Float::F64 => value,
    }
}
