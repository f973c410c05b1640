//! Expressions of bodies.

use super::scan::shown;
use super::{Lowering, Result, Val, messages};
use crate::constant::{Scope, Static, apply, evaluate, float_constant};
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::{ElementType, Size, Value};
use crate::ops::call::{Argument, size_value};
use crate::parse::path_key;
use crate::program::{Instance, Item, Member};
use proc_macro2::Span;
use std::collections::HashMap;
use std::rc::Rc;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprBinary, Member as FieldName, RangeLimits, UnOp};

impl Lowering<'_> {
    pub(super) fn expression(&mut self, expr: &Expr) -> Result<Val> {
        match expr {
            Expr::Paren(inner) => self.expression(&inner.expr),
            Expr::Group(inner) => self.expression(&inner.expr),
            // `&x` and `&self.blocks` are what Rust would write; values of a model are not moved.
            Expr::Reference(reference) if reference.mutability.is_none() => self.expression(&reference.expr),
            Expr::Lit(lit) => self.literal(&lit.lit),
            Expr::Path(path) => self.path(&path.path),
            Expr::Field(field) => self.field(field),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Unary(unary) => self.unary(unary),
            Expr::MethodCall(_) | Expr::Call(_) if self.is_searching() => self.searched_call(expr),
            Expr::MethodCall(call) => self.method_call(call),
            Expr::Call(call) => self.call(call),
            Expr::Index(index) => self.index(index),
            Expr::Array(array) => self.list(array.elems.iter()),
            Expr::Tuple(tuple) if tuple.elems.is_empty() => Ok(Val::Unit),
            Expr::Tuple(tuple) => self.list(tuple.elems.iter()),
            Expr::Range(range) => self.range(range),
            Expr::Block(block) => self.block(&block.block),
            Expr::If(condition) => self.if_expression(condition),
            Expr::Cast(cast) => self.cast(cast),
            Expr::Struct(expr) => self.struct_expression(expr),
            other => self.unsupported(other),
        }
    }

    /// A construct outside the language, with the nearest thing that works.
    fn unsupported(&mut self, expr: &Expr) -> Result<Val> {
        let (what, help) = match expr {
            Expr::Closure(_) => ("a closure", "write the computation out, or make it a `#[function]`"),
            Expr::Match(_) => ("`match`", "use `if` on hyper-parameters, `select` on tensors"),
            Expr::While(_) => ("a loop as a value", "assign to a `let mut` variable in the loop"),
            Expr::Loop(_) => ("`loop`", "write `#[bound(32)] while condition { … }`"),
            Expr::ForLoop(_) => ("a loop as a value", "assign to a `let mut` variable in the loop"),
            Expr::Macro(_) => (
                "a macro",
                "macros in a body are not expanded before `#[model]`, but for `dbg!`; write the code out",
            ),
            Expr::Return(_) => ("`return`", "write the result as the last expression"),
            Expr::Try(_) => {
                ("`?`", "shapes are checked at compile time, so operations do not return `Result`")
            }
            Expr::Assign(_) => ("an assignment as a value", "write it as a statement of its own"),
            Expr::Reference(_) => {
                ("`&mut`", "assign to a `let mut` variable; buffers change through `update`")
            }
            Expr::Await(_) | Expr::Async(_) => ("`async`", "functions of a model are ordinary functions"),
            Expr::Unsafe(_) => ("`unsafe`", "a custom kernel belongs in a function of its own"),
            Expr::Break(_) | Expr::Continue(_) => (
                "`break` and `continue`",
                "a loop runs to its end; to stop early, write `#[bound(32)] while condition { … }`",
            ),
            Expr::Let(_) => ("`let` in a condition", "use `if let Some(bias) = self.bias { … }` alone"),
            _ => ("this expression", "bodies consist of `let`, arithmetic, calls, `for`, `while` and `if`"),
        };
        let place = match expr {
            Expr::Match(expr) => expr.match_token.span.into(),
            Expr::While(expr) => expr.while_token.span.into(),
            Expr::Loop(expr) => expr.loop_token.span.into(),
            Expr::ForLoop(expr) => expr.for_token.span.into(),
            Expr::Unsafe(expr) => expr.unsafe_token.span.into(),
            expr => Place::of(expr),
        };
        let place = self.place(place);
        self.error(
            Diagnostic::new(place, format!("{what} cannot be used in a function of a model")).help(help),
        )
    }

    fn literal(&mut self, lit: &syn::Lit) -> Result<Val> {
        let value = match lit {
            syn::Lit::Int(int) if int.suffix().starts_with('f') => {
                int.base10_digits().parse().ok().map(Val::Float)
            }
            syn::Lit::Int(int) => int.base10_parse().ok().map(|value| Val::Size(Size::literal(value))),
            syn::Lit::Float(float) => float.base10_parse().ok().map(Val::Float),
            syn::Lit::Bool(value) => Some(Val::Bool(value.value)),
            syn::Lit::Str(value) => Some(Val::Text(value.value())),
            _ => None,
        };
        match value {
            Some(value) => Ok(value),
            None => self.error(Diagnostic::new(lit.span(), "expected a number, `true`, `false` or a text")),
        }
    }

    fn path(&mut self, path: &syn::Path) -> Result<Val> {
        let key = path_key(path);
        if key == "self" {
            return match &self.frame_ref().instance {
                Some(instance) => Ok(Val::Model(instance.clone())),
                None => self.error(Diagnostic::new(path.span(), "a free function has no `self`")),
            };
        }
        let frame = self.frame_ref();
        for scope in frame.scopes.iter().rev() {
            if let Some(variable) = scope.get(&key) {
                // A variable without value stands for a mistake that was already reported.
                return variable.value.clone().ok_or(crate::diagnostics::Reported);
            }
        }
        if let Some(size) = frame.dims.get(&key) {
            return Ok(Val::Size(size.clone()));
        }
        if let Some(value) = frame.instance.as_ref().and_then(|instance| instance.consts.get(&key)) {
            return Ok(Val::Size(Size::literal(*value)));
        }
        if key == "None" {
            return Ok(Val::Absent);
        }
        if let Some(value) = float_constant(&key) {
            return Ok(Val::Float(value));
        }
        let entry = self.entry();
        if let Some(target) = entry.paths.get(&key).and_then(|id| self.program.entry(id))
            && let Item::Dim(_) = &target.item
        {
            let expr = Expr::Path(syn::ExprPath { attrs: Vec::new(), qself: None, path: path.clone() });
            let (consts, hypers) = (HashMap::new(), HashMap::new());
            let scope = Scope { program: self.program, entry, consts: &consts, hypers: &hypers };
            return match evaluate(&expr, &scope) {
                Ok(value) => Ok(Val::from_static(&value)),
                Err(diagnostic) => self.error(diagnostic),
            };
        }
        let variables: Vec<String> =
            self.frame_ref().scopes.iter().flat_map(|scope| scope.keys().cloned()).collect();
        let mut diagnostic = Diagnostic::new(self.place(path.span()), format!("unknown name `{key}`"));
        let is_field =
            self.frame_ref().instance.as_ref().is_some_and(|instance| instance.member(&key).is_some());
        if is_field {
            diagnostic = diagnostic.help(format!("write `self.{key}`"));
        } else if let Some(near) = crate::diagnostics::nearest(&key, variables.iter().map(String::as_str)) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`"));
        }
        self.error(diagnostic)
    }

    fn field(&mut self, field: &syn::ExprField) -> Result<Val> {
        let base = self.expression(&field.base)?;
        match (&base, &field.member) {
            (Val::Model(instance), FieldName::Named(name)) => {
                let instance = instance.clone();
                self.member(&instance, &name.to_string(), name.span())
            }
            (Val::Struct(decl, values), member) => self.struct_field(decl, values, member),
            (Val::List(items), FieldName::Unnamed(index)) if (index.index as usize) < items.len() => {
                Ok(items[index.index as usize].clone())
            }
            _ => {
                let place = self.place(field.member.span());
                self.error(
                    Diagnostic::new(place, format!("{} has no fields", messages::kind_of(&base)))
                        .help("layers and structs of tensors have fields: `self.wte.weight`, `state.h`"),
                )
            }
        }
    }

    /// A field of a model as a value.
    pub(super) fn member(&mut self, instance: &Rc<Instance>, name: &str, span: Span) -> Result<Val> {
        let optional = instance.decl.field(name).is_some_and(|field| field.optional);
        let value = match instance.member(name) {
            Some(Member::Tensor(index)) => Val::Tensor(self.tensor(*index)),
            Some(Member::Hyper(value)) => Val::from_static(value),
            Some(Member::Model(inner)) => Val::Model(inner.clone()),
            Some(Member::Stack(elements)) => Val::Stack(elements.clone()),
            Some(Member::Absent) => return Ok(Val::Absent),
            None => {
                let place = self.place(span);
                let diagnostic = messages::unknown_field(&instance.decl, name, place);
                return self.error(diagnostic);
            }
        };
        Ok(if optional { Val::Present(Box::new(value)) } else { value })
    }

    fn list<'e>(&mut self, items: impl Iterator<Item = &'e Expr>) -> Result<Val> {
        items.map(|item| self.expression(item)).collect::<Result<Vec<_>>>().map(Val::List)
    }

    fn range(&mut self, range: &syn::ExprRange) -> Result<Val> {
        let start = range.start.as_ref().map(|start| self.size(start)).transpose()?;
        let end = range.end.as_ref().map(|end| self.size(end)).transpose()?;
        let end = match range.limits {
            RangeLimits::HalfOpen(_) => end,
            RangeLimits::Closed(_) => end.map(|end| end.add(&Size::one())),
        };
        Ok(Val::Range(start, end))
    }

    /// An expression that is a size.
    fn size(&mut self, expr: &Expr) -> Result<Size> {
        match self.expression(expr)? {
            Val::Size(size) => Ok(size),
            other => {
                let place = self.place(Place::of(expr));
                let message = format!("expected a whole number, found {}", messages::kind_of(&other));
                self.error(Diagnostic::new(place, message))
            }
        }
    }

    fn unary(&mut self, unary: &syn::ExprUnary) -> Result<Val> {
        let value = self.expression(&unary.expr)?;
        match (&unary.op, value) {
            (UnOp::Neg(_), Val::Size(size)) => Ok(Val::Size(Size::default().sub(&size))),
            (UnOp::Neg(_), Val::Float(value)) => Ok(Val::Float(-value)),
            (UnOp::Not(_), Val::Bool(value)) => Ok(Val::Bool(!value)),
            (UnOp::Neg(token), value @ Val::Tensor(_)) => {
                self.call_method("neg", vec![(value, Place::of(&unary.expr))], Vec::new(), token.span)
            }
            (UnOp::Not(token), value @ Val::Tensor(_)) => {
                self.call_method("logical_not", vec![(value, Place::of(&unary.expr))], Vec::new(), token.span)
            }
            (UnOp::Deref(star), _) => {
                let place = self.place(star.span);
                self.error(
                    Diagnostic::new(
                        place,
                        "`*` without a left side dereferences, which has no meaning in a model",
                    )
                    .help("`x ** 2` is not a power in Rust; write `x * x`"),
                )
            }
            (_, other) => {
                let place = self.place(Place::of(&unary));
                let message = format!("this operator does not apply to {}", messages::kind_of(&other));
                self.error(Diagnostic::new(place, message))
            }
        }
    }

    /// A compound assignment `x += y` is read as `x + y`.
    pub(super) fn binary(&mut self, binary: &ExprBinary) -> Result<Val> {
        if let Expr::Unary(inner) = &*binary.right
            && let (BinOp::Mul(_), UnOp::Deref(star)) = (&binary.op, &inner.op)
        {
            let place = self.place(star.span);
            return self.error(
                Diagnostic::new(place, "`**` is not a power in Rust: it multiplies by a dereference")
                    .help("write `x * x` for a square"),
            );
        }
        let left = self.expression(&binary.left);
        let right = self.expression(&binary.right);
        let (left, right) = (left?, right?);
        if let (Val::Size(a), Val::Size(b)) = (&left, &right) {
            return self.size_arithmetic(binary, a, b);
        }
        if let (Some(a), Some(b)) = (as_static(&left), as_static(&right))
            && let Some(value) = apply(&binary.op, &a, &b)
        {
            return Ok(Val::from_static(&value));
        }
        let Some(method) = method_of(&binary.op) else {
            let help = match &binary.op {
                BinOp::And(_) => "write `&`, which combines conditions element by element",
                BinOp::Or(_) => "write `|`, which combines conditions element by element",
                _ => "use + - * / %, comparisons, and & | ^ ! on conditions",
            };
            let place = self.place(Place::of(&binary.op));
            return self.error(Diagnostic::new(place, "this operator is not defined for tensors").help(help));
        };
        let args = vec![(left, Place::of(&binary.left)), (right, Place::of(&binary.right))];
        self.call_method(method, args, Vec::new(), binary.op.span())
    }

    fn cast(&mut self, cast: &syn::ExprCast) -> Result<Val> {
        let written = quote::ToTokens::to_token_stream(&cast.ty).to_string();
        let value = self.expression(&cast.expr)?;
        let target = match (&value, written.as_str()) {
            (Val::Tensor(_), "_") => ElementType::Real.name(),
            (_, written) => written,
        };
        match (value, target) {
            (Val::Size(size), "f32" | "f64" | "_") => match size.as_literal() {
                Some(value) => Ok(Val::Float(value as f64)),
                None => Ok(Val::Tensor(self.as_tensor(Val::Size(size), Place::of(&cast.expr))?)),
            },
            (value @ Val::Tensor(_), element)
                if element != "bool" && ElementType::from_name(element).is_some() =>
            {
                let (span, place) = (cast.as_token.span, Place::of(&cast.expr));
                let element = Val::Text(element.to_string());
                self.call_method(
                    "cast",
                    vec![(value, place), (element, Place::of(&cast.ty))],
                    Vec::new(),
                    span,
                )
            }
            (Val::Float(value), "usize") => Ok(Val::Size(Size::literal(value as i64))),
            (value @ (Val::Float(_) | Val::Size(_)), _) => Ok(value),
            (other, _) => {
                let place = self.place(Place::of(&cast));
                let diagnostic = match (&other, target) {
                    (Val::Tensor(_), "bool") => {
                        Diagnostic::new(place, "a tensor cannot be cast to truth values")
                            .help("compare it: `x != 0.0`")
                    }
                    (Val::Tensor(_), _) => {
                        Diagnostic::new(place, format!("a tensor cannot be cast to `{target}`")).note(
                            format!("the types of numbers are {}", ElementType::list(ElementType::numbers())),
                        )
                    }
                    _ => Diagnostic::new(place, format!("{} cannot be cast", messages::kind_of(&other)))
                        .help(format!(
                            "`as {}` turns a tensor of whole numbers or truth values into numbers",
                            ElementType::Real.name()
                        )),
                };
                self.error(diagnostic)
            }
        }
    }

    fn index(&mut self, index: &syn::ExprIndex) -> Result<Val> {
        let base = self.expression(&index.expr)?;
        let place = self.expression(&index.index)?;
        match (base, place) {
            (Val::Stack(elements), Val::Size(at)) => {
                let at_literal = at.as_literal();
                match at_literal.and_then(|at| usize::try_from(at).ok()).and_then(|at| elements.get(at)) {
                    Some(element) => {
                        self.check_free(element, Place::of(&index.index))?;
                        Ok(Val::Model(element.clone()))
                    }
                    None => {
                        let span = self.place(Place::of(&index.index));
                        let message = if at_literal.is_some() {
                            format!("index {at} is outside a stack of {} layers", elements.len())
                        } else {
                            format!("`{}` is known at run time only, too late to pick a layer", shown(&at))
                        };
                        self.error(Diagnostic::new(span, message).help(format!(
                            "use an index known at compile time, 0 to {}, or loop over the stack",
                            elements.len().saturating_sub(1)
                        )))
                    }
                }
            }
            (Val::List(items), Val::Size(at)) => {
                let at_literal = at.as_literal().and_then(|at| usize::try_from(at).ok());
                let is_run = |item: &Val| matches!(item, Val::Run { .. });
                match at_literal.and_then(|at| items.get(at)) {
                    Some(_) if items.iter().take(at_literal.unwrap_or(0) + 1).any(is_run) => {
                        let span = self.place(Place::of(&index.index));
                        self.error(
                            Diagnostic::new(span, "a list that a loop has filled has no items of its own")
                                .help("pick from what `stack` makes of it: `ys.stack(0).at(0, t)`"),
                        )
                    }
                    Some(item) => Ok(item.clone()),
                    None => {
                        let span = self.place(Place::of(&index.index));
                        self.error(Diagnostic::new(span, format!("index {at} for a list of {}", items.len())))
                    }
                }
            }
            (value @ Val::Tensor(_), place) => {
                let places = match place {
                    Val::List(places) => places,
                    single => vec![single],
                };
                let mut args = vec![(value, Place::of(&index.expr))];
                args.extend(places.into_iter().map(|place| (place, Place::of(&index.index))));
                self.call_method("slice", args, Vec::new(), index.index.span())
            }
            (other, _) => {
                let span = self.place(Place::of(&index.expr));
                let message = format!("{} cannot be indexed", messages::kind_of(&other));
                self.error(Diagnostic::new(span, message).help("index a tensor, a list or a stack of layers"))
            }
        }
    }

    /// A value as a tensor; numbers become scalars.
    pub(super) fn as_tensor(&mut self, value: Val, place: impl Into<Place>) -> Result<Value> {
        match value {
            Val::Tensor(value) => Ok(value),
            Val::Float(number) => Ok(self.builder.constant(number)),
            Val::Size(size) if self.index_in(&size).is_some() => self.number_of(&size, place.into()),
            Val::Size(size) => Ok(size_value(&mut self.builder, &size)),
            Val::Present(value) => self.as_tensor(*value, place),
            other => {
                let place = self.place(place);
                let mut diagnostic =
                    Diagnostic::new(place, format!("expected a tensor, found {}", messages::kind_of(&other)));
                if let Val::Model(instance) = &other {
                    let name = instance.path.rsplit('.').next().unwrap_or_default().to_string();
                    diagnostic = diagnostic.help(format!("call it: `self.{name}(x)`"));
                } else if let Val::Absent = &other {
                    diagnostic = diagnostic.help(
                        "it is absent here: ask for it, `if let Some(mask) = mask { … }`, or write `mask.unwrap_or(1.0)`",
                    );
                } else if let Val::Struct(decl, _) = &other {
                    diagnostic.message = format!("expected a tensor, found a `{}`", decl.name);
                    diagnostic = diagnostic.help(messages::fields_help(decl, "state", ""));
                } else if let Val::Run { .. } = &other {
                    diagnostic = diagnostic.help("join its items: `ys.stack(0)`, or `ys.concat(0)`");
                } else if let Val::List(_) = &other {
                    diagnostic =
                        diagnostic.help("join its items: `stack([x, y], 0)`, or `concat([x, y], 0)`");
                }
                self.error(diagnostic)
            }
        }
    }

    /// A value as an argument of an operation.
    pub(super) fn as_argument(&mut self, value: Val, place: Place) -> Result<Argument> {
        Ok(match value {
            Val::Tensor(value) => Argument::Tensor(value),
            Val::Size(size) if self.index_in(&size).is_some() => {
                Argument::Tensor(self.number_of(&size, place)?)
            }
            Val::Size(size) => Argument::Size(size),
            Val::Float(value) => Argument::Float(value),
            Val::Bool(value) => Argument::Bool(value),
            Val::Text(value) => Argument::Text(value),
            Val::Range(start, end) => Argument::Range(start, end),
            Val::List(items) => Argument::List(
                items.into_iter().map(|item| self.as_argument(item, place)).collect::<Result<_>>()?,
            ),
            Val::Present(value) => self.as_argument(*value, place)?,
            other => return self.as_tensor(other, place).map(Argument::Tensor),
        })
    }
}

/// The operation that an operator stands for.
pub(super) fn method_of(op: &BinOp) -> Option<&'static str> {
    Some(match op {
        BinOp::Add(_) | BinOp::AddAssign(_) => "add",
        BinOp::Sub(_) | BinOp::SubAssign(_) => "sub",
        BinOp::Mul(_) | BinOp::MulAssign(_) => "mul",
        BinOp::Div(_) | BinOp::DivAssign(_) => "div",
        BinOp::Gt(_) => "gt",
        BinOp::Ge(_) => "ge",
        BinOp::Lt(_) => "lt",
        BinOp::Le(_) => "le",
        BinOp::Eq(_) => "eq",
        BinOp::Ne(_) => "ne",
        BinOp::BitAnd(_) | BinOp::BitAndAssign(_) => "logical_and",
        BinOp::BitOr(_) | BinOp::BitOrAssign(_) => "logical_or",
        BinOp::BitXor(_) | BinOp::BitXorAssign(_) => "logical_xor",
        BinOp::Rem(_) | BinOp::RemAssign(_) => "fmod",
        _ => return None,
    })
}

/// A value known at compile time.
fn as_static(value: &Val) -> Option<Static> {
    match value {
        Val::Size(size) => size.as_literal().map(Static::Int),
        Val::Float(value) => Some(Static::Float(*value)),
        Val::Bool(value) => Some(Static::Bool(*value)),
        Val::Text(value) => Some(Static::Text(value.clone())),
        Val::List(items) => items.iter().map(as_static).collect::<Option<_>>().map(Static::List),
        Val::Tensor(_)
        | Val::Model(_)
        | Val::Stack(_)
        | Val::Run { .. }
        | Val::Struct(..)
        | Val::Range(..)
        | Val::Absent
        | Val::Present(_)
        | Val::Unit => None,
    }
}
