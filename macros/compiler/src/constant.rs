//! Evaluation of what is known at compile time: sizes, hyper-parameters, initialisers' arguments.

use crate::diagnostics::{Diagnostic, Place, list_names, source_text};
use crate::parse::path_key;
use crate::program::{Entry, Item, Program};
use quote::ToTokens;
use std::collections::HashMap;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, Lit, UnOp};

/// A value known at compile time.
#[derive(Clone, Debug, PartialEq)]
pub enum Static {
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A text: the name of a mode, such as `"mean"`.
    Text(String),
    /// A list.
    List(Vec<Static>),
}

impl Static {
    /// As a real number.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Static::Int(value) => Some(*value as f64),
            Static::Float(value) => Some(*value),
            Static::Bool(_) | Static::Text(_) | Static::List(_) => None,
        }
    }

    /// As in Rust.
    pub fn text(&self) -> String {
        match self {
            Static::Int(value) => value.to_string(),
            Static::Float(value) => format!("{value:?}"),
            Static::Bool(value) => value.to_string(),
            Static::Text(value) => format!("{value:?}"),
            Static::List(list) => {
                let items: Vec<String> = list.iter().map(Static::text).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }
}

/// What names mean where an expression stands.
pub struct Scope<'a> {
    /// All definitions.
    pub program: &'a Program,
    /// The definition in which the expression stands.
    pub entry: &'a Entry,
    /// Sizes of the model.
    pub consts: &'a HashMap<String, i64>,
    /// Hyper-parameters of the model.
    pub hypers: &'a HashMap<String, Static>,
}

/// Evaluates an expression.
///
/// # Errors
/// What in it is not known at compile time, or does not fit.
pub fn evaluate(expr: &Expr, scope: &Scope<'_>) -> Result<Static, Diagnostic> {
    match expr {
        Expr::Lit(lit) => evaluate_literal(&lit.lit),
        Expr::Paren(inner) => evaluate(&inner.expr, scope),
        Expr::Group(inner) => evaluate(&inner.expr, scope),
        Expr::Block(block) if block.block.stmts.len() == 1 => match &block.block.stmts[0] {
            syn::Stmt::Expr(inner, None) => evaluate(inner, scope),
            other => Err(Diagnostic::new(other.span(), "expected one expression in braces")),
        },
        Expr::Array(array) => {
            array.elems.iter().map(|item| evaluate(item, scope)).collect::<Result<_, _>>().map(Static::List)
        }
        Expr::Tuple(tuple) => {
            tuple.elems.iter().map(|item| evaluate(item, scope)).collect::<Result<_, _>>().map(Static::List)
        }
        Expr::Path(path) => evaluate_path(&path.path, scope),
        Expr::Unary(unary) => {
            let value = evaluate(&unary.expr, scope)?;
            match (&unary.op, value) {
                (UnOp::Neg(_), Static::Int(value)) => Ok(Static::Int(value.saturating_neg())),
                (UnOp::Neg(_), Static::Float(value)) => Ok(Static::Float(-value)),
                (UnOp::Not(_), Static::Bool(value)) => Ok(Static::Bool(!value)),
                _ => Err(Diagnostic::new(expr.span(), "this operator does not apply to this value")),
            }
        }
        Expr::Binary(binary) => {
            let (left, right) = (evaluate(&binary.left, scope)?, evaluate(&binary.right, scope)?);
            if let Some(diagnostic) = inexact_division(binary, &left, &right) {
                return Err(diagnostic);
            }
            apply(&binary.op, &left, &right).ok_or_else(|| {
                let op = binary.op.to_token_stream();
                Diagnostic::new(
                    Place::of(expr),
                    format!("`{} {op} {}` cannot be worked out", left.text(), right.text()),
                )
            })
        }
        Expr::Cast(cast) => {
            let value = evaluate(&cast.expr, scope)?;
            let target = cast.ty.to_token_stream().to_string();
            match (value, target.as_str()) {
                (Static::Int(value), "f32" | "f64" | "_") => Ok(Static::Float(value as f64)),
                (Static::Float(value), "usize" | "i64") => Ok(Static::Int(value as i64)),
                (value, _) => Ok(value),
            }
        }
        Expr::Index(index) => {
            let (list, at) = (evaluate(&index.expr, scope)?, evaluate(&index.index, scope)?);
            match (&list, &at) {
                (Static::List(items), Static::Int(at)) => {
                    let item = usize::try_from(*at).ok().and_then(|at| items.get(at));
                    item.cloned().ok_or_else(|| {
                        let message = format!("index {at} for a list of {}", items.len());
                        Diagnostic::new(Place::of(&index.index), message)
                            .help(format!("use 0 to {}", items.len().saturating_sub(1)))
                    })
                }
                _ => Err(Diagnostic::new(
                    Place::of(expr),
                    format!("`{}[{}]` cannot be worked out", list.text(), at.text()),
                )),
            }
        }
        Expr::If(condition) => match (evaluate(&condition.cond, scope)?, &condition.else_branch) {
            (Static::Bool(true), _) => evaluate_block(&condition.then_branch, scope),
            (Static::Bool(false), Some((_, otherwise))) => evaluate(otherwise, scope),
            _ => Err(Diagnostic::new(condition.cond.span(), "expected a truth value and an `else`")),
        },
        Expr::MethodCall(call) => {
            let receiver = evaluate(&call.receiver, scope)?;
            let args = call.args.iter().map(|arg| evaluate(arg, scope)).collect::<Result<Vec<_>, _>>()?;
            apply_function(&call.method.to_string(), std::iter::once(receiver).chain(args).collect())
                .ok_or_else(|| unknown(expr))
        }
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else { return Err(unknown(expr)) };
            let name =
                function.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            let args = call.args.iter().map(|arg| evaluate(arg, scope)).collect::<Result<Vec<_>, _>>()?;
            apply_function(&name, args).ok_or_else(|| unknown(expr))
        }
        Expr::Field(field) if matches!(&*field.base, Expr::Path(base) if base.path.is_ident("self")) => {
            let name = field.member.to_token_stream().to_string();
            scope.hypers.get(&name).cloned().ok_or_else(|| unknown(expr))
        }
        other => Err(unknown(other)),
    }
}

fn evaluate_block(block: &syn::Block, scope: &Scope<'_>) -> Result<Static, Diagnostic> {
    match block.stmts.as_slice() {
        [syn::Stmt::Expr(expr, None)] => evaluate(expr, scope),
        _ => Err(Diagnostic::new(block.span(), "expected one expression")),
    }
}

fn unknown(expr: &Expr) -> Diagnostic {
    Diagnostic::new(expr.span(), "this is not known at compile time").help(
        "use numbers, sizes of the model, `#[dim]` constants, + - * / % and div_floor, div_ceil, sqrt, min, max, pow, ln, exp",
    )
}

fn evaluate_literal(lit: &Lit) -> Result<Static, Diagnostic> {
    let value = match lit {
        Lit::Int(int) if int.suffix().starts_with('f') => int.base10_digits().parse().ok().map(Static::Float),
        Lit::Int(int) => int.base10_parse().ok().map(Static::Int),
        Lit::Float(float) => float.base10_parse().ok().map(Static::Float),
        Lit::Bool(value) => Some(Static::Bool(value.value)),
        Lit::Str(value) => Some(Static::Text(value.value())),
        _ => None,
    };
    value.ok_or_else(|| Diagnostic::new(lit.span(), "expected a number, `true`, `false` or a text"))
}

/// A constant of Rust's `f32` or `f64`.
pub fn float_constant(path: &str) -> Option<f64> {
    Some(match path {
        "f32::INFINITY" => f64::INFINITY,
        "f32::NEG_INFINITY" => f64::NEG_INFINITY,
        "f32::NAN" => f64::NAN,
        "f32::MAX" => f64::from(f32::MAX),
        "f32::MIN" => f64::from(f32::MIN),
        "f32::MIN_POSITIVE" => f64::from(f32::MIN_POSITIVE),
        "f32::EPSILON" => f64::from(f32::EPSILON),
        "f64::INFINITY" => f64::INFINITY,
        "f64::NEG_INFINITY" => f64::NEG_INFINITY,
        "f64::NAN" => f64::NAN,
        "f64::MAX" => f64::MAX,
        "f64::MIN" => f64::MIN,
        "f64::MIN_POSITIVE" => f64::MIN_POSITIVE,
        "f64::EPSILON" => f64::EPSILON,
        _ => return None,
    })
}

fn evaluate_path(path: &syn::Path, scope: &Scope<'_>) -> Result<Static, Diagnostic> {
    let key = path_key(path);
    if let Some(&value) = scope.consts.get(&key) {
        return Ok(Static::Int(value));
    }
    if let Some(value) = scope.hypers.get(&key) {
        return Ok(value.clone());
    }
    if let Some(value) = float_constant(&key) {
        return Ok(Static::Float(value));
    }
    if let Some(entry) = scope.entry.paths.get(&key).and_then(|id| scope.program.entry(id)) {
        return match &entry.item {
            Item::Dim(expr) => {
                let (consts, hypers) = (HashMap::new(), HashMap::new());
                evaluate(expr, &Scope { program: scope.program, entry, consts: &consts, hypers: &hypers })
            }
            Item::Model(_) | Item::Alias(_) => {
                Err(Diagnostic::new(path.span(), format!("`{key}` is a model, expected a number")))
            }
            Item::Function(_) => {
                Err(Diagnostic::new(path.span(), format!("`{key}` is a function, expected a number")))
            }
            Item::Tensors(_) => Err(Diagnostic::new(
                path.span(),
                format!("`{key}` is a struct of tensors, expected a number"),
            )),
        };
    }
    let mut names: Vec<&str> = scope.consts.keys().chain(scope.hypers.keys()).map(String::as_str).collect();
    names.sort_unstable();
    let mut diagnostic = Diagnostic::new(path.span(), format!("unknown size `{key}`"));
    if !names.is_empty() {
        diagnostic = diagnostic.note(format!("the model has {}", list_names(names.iter().copied())));
    }
    Err(diagnostic.help("a constant of your own needs `#[dim]`"))
}

/// A division of whole numbers that leaves a remainder: a size that was meant to divide does not, or the numbers were
/// meant to be real.
pub fn inexact_division(binary: &syn::ExprBinary, left: &Static, right: &Static) -> Option<Diagnostic> {
    let (BinOp::Div(_), Static::Int(a), Static::Int(b)) = (&binary.op, left, right) else { return None };
    if *b == 0 {
        let mut diagnostic = Diagnostic::new(Place::of(binary), format!("{a} is divided by 0"));
        diagnostic.is_about_values = !matches!(&*binary.right, Expr::Lit(_));
        return Some(diagnostic.help("divide by a number that is not 0"));
    }
    if a.wrapping_rem(*b) == 0 {
        return None;
    }
    let (left, right) = (source_text(&binary.left), source_text(&binary.right));
    let are_literals = matches!((&*binary.left, &*binary.right), (Expr::Lit(_), Expr::Lit(_)));
    let mut diagnostic = Diagnostic::new(Place::of(binary), format!("{b} does not divide {a}"));
    diagnostic.is_about_values = !are_literals;
    Some(if are_literals {
        diagnostic
            .help(format!("write `{a}.0 / {b}.0` for a real number, or round with `div_floor({a}, {b})`"))
    } else {
        diagnostic.help(format!("choose sizes that divide, or round with `div_floor({left}, {right})`"))
    })
}

/// A binary operator on values known at compile time; whole numbers stay whole.
pub fn apply(op: &BinOp, left: &Static, right: &Static) -> Option<Static> {
    if let (Static::Bool(a), Static::Bool(b)) = (left, right) {
        return match op {
            BinOp::And(_) => Some(Static::Bool(*a && *b)),
            BinOp::Or(_) => Some(Static::Bool(*a || *b)),
            BinOp::Eq(_) => Some(Static::Bool(a == b)),
            BinOp::Ne(_) => Some(Static::Bool(a != b)),
            _ => None,
        };
    }
    if let (Static::List(_), Static::List(_)) | (Static::Text(_), Static::Text(_)) = (left, right) {
        return match op {
            BinOp::Eq(_) => Some(Static::Bool(left == right)),
            BinOp::Ne(_) => Some(Static::Bool(left != right)),
            _ => None,
        };
    }
    if let (Static::Int(a), Static::Int(b)) = (left, right) {
        let arithmetic = match op {
            BinOp::Add(_) => a.checked_add(*b),
            BinOp::Sub(_) => a.checked_sub(*b),
            BinOp::Mul(_) => a.checked_mul(*b),
            BinOp::Div(_) if a.checked_rem(*b) == Some(0) => a.checked_div(*b),
            BinOp::Rem(_) => a.checked_rem_euclid(*b),
            _ => None,
        };
        if let Some(value) = arithmetic {
            return Some(Static::Int(value));
        }
    }
    let (a, b) = (left.as_float()?, right.as_float()?);
    let both_whole = matches!((left, right), (Static::Int(_), Static::Int(_)));
    match op {
        BinOp::Add(_) if !both_whole => Some(Static::Float(a + b)),
        BinOp::Sub(_) if !both_whole => Some(Static::Float(a - b)),
        BinOp::Mul(_) if !both_whole => Some(Static::Float(a * b)),
        BinOp::Div(_) if !both_whole => Some(Static::Float(a / b)),
        BinOp::Lt(_) => Some(Static::Bool(a < b)),
        BinOp::Le(_) => Some(Static::Bool(a <= b)),
        BinOp::Gt(_) => Some(Static::Bool(a > b)),
        BinOp::Ge(_) => Some(Static::Bool(a >= b)),
        BinOp::Eq(_) => Some(Static::Bool(a == b)),
        BinOp::Ne(_) => Some(Static::Bool(a != b)),
        _ => None,
    }
}

/// A function of numbers known at compile time.
pub fn apply_function(name: &str, args: Vec<Static>) -> Option<Static> {
    if let ([Static::Int(a), Static::Int(b)], "min" | "max" | "pow" | "div_floor" | "div_ceil") =
        (args.as_slice(), name)
    {
        return Some(Static::Int(match name {
            "min" => *a.min(b),
            "max" => *a.max(b),
            "div_floor" => a.checked_div_euclid(*b)?,
            "div_ceil" => a.checked_add(b.checked_sub(1)?)?.checked_div_euclid(*b)?,
            _ => a.checked_pow(u32::try_from(*b).ok()?)?,
        }));
    }
    let numbers: Option<Vec<f64>> = args.iter().map(Static::as_float).collect();
    let value = match (name, numbers?.as_slice()) {
        ("sqrt", [x]) => x.sqrt(),
        ("ln", [x]) => x.ln(),
        ("exp", [x]) => x.exp(),
        ("min", [x, y]) => x.min(*y),
        ("max", [x, y]) => x.max(*y),
        ("pow" | "powf" | "powi", [x, y]) => x.powf(*y),
        _ => return None,
    };
    Some(Static::Float(value))
}
