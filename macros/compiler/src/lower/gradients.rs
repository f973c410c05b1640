//! Gradients as expressions: `grad(self.energy, x)`, `value_and_grad(energy, x, v, wrt = [0, 1])`.
//!
//! The function is lowered in a block of its own, with a parameter in the place of each argument that is asked for;
//! its backward pass follows in the same block, and all of it then joins the program, to be differentiated like
//! everything else.

use super::{Lowering, Result, Val, messages};
use crate::autodiff::{gradient, substitute};
use crate::diagnostics::{Diagnostic, Place, count, list_names};
use crate::graph::{ElementType, Value, shape_text};
use crate::parse::path_key;
use crate::program::{Instance, Member};
use proc_macro2::{Ident, Span};
use std::collections::HashMap;
use std::rc::Rc;
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, Member as FieldName};

/// A function that is named without being called.
enum Named {
    OfModel { instance: Rc<Instance>, function: String },
    Free { key: String },
}

impl Lowering<'_> {
    /// `grad(f, x, …)`, and `value_and_grad(f, x, …)`.
    pub(super) fn grad(&mut self, call: &ExprCall, name: &str) -> Result<Val> {
        let span = call.func.span();
        let Some(function) = call.args.first() else {
            let place = self.place(span);
            return self.error(
                Diagnostic::new(place, format!("`{name}` takes a function and its arguments"))
                    .help(format!("write `{name}(self.energy, x)`")),
            );
        };
        let (shown, named) = self.named_function(function, name)?;
        let (mut args, options) = self.arguments(call.args.iter().skip(1))?;
        let wrt = self.with_respect_to(&options, &args, name, span)?;
        self.builder.open_block();
        let mut params = Vec::new();
        let mut originals = Vec::new();
        for &index in &wrt.indices {
            let (value, place) = args[index].clone();
            let value = self.differentiable(value, place, name);
            match value {
                Ok(value) => {
                    let ty = self.builder.ty(value).clone();
                    let param = self.builder.block_param(ty);
                    args[index].0 = Val::Tensor(param);
                    params.push(param);
                    originals.push(value);
                }
                Err(reported) => {
                    self.builder.close_block(Vec::new());
                    return Err(reported);
                }
            }
        }
        let is_differentiated = std::mem::replace(&mut self.is_differentiated, true);
        let calls_before = self.calls.len();
        let added = self.add_gradient(&named, &shown, args, &params, name, span);
        self.is_differentiated = is_differentiated;
        let block = self.builder.close_block(Vec::new());
        let (value, grads) = added?;
        let replacement: HashMap<Value, Value> = params.into_iter().zip(originals).collect();
        let mut block = block;
        substitute(&mut block, &replacement);
        let replaced = |value: Value| replacement.get(&value).copied().unwrap_or(value);
        for operand in self.calls[calls_before..].iter_mut().flat_map(|call| &mut call.operands) {
            *operand = operand.map(replaced);
        }
        self.builder.block().nodes.append(&mut block.nodes);
        let mut grads = grads.into_iter().map(|grad| Val::Tensor(replaced(grad)));
        let grads = if wrt.is_list {
            Val::List(grads.collect())
        } else {
            grads.next().expect("one gradient was asked for")
        };
        if name == "value_and_grad" {
            return Ok(Val::List(vec![Val::Tensor(replaced(value)), grads]));
        }
        Ok(grads)
    }

    fn add_gradient(
        &mut self,
        named: &Named,
        shown: &str,
        args: Vec<(Val, Place)>,
        params: &[Value],
        name: &str,
        span: Span,
    ) -> Result<(Value, Vec<Value>)> {
        let value = match named {
            Named::OfModel { instance, function } => {
                self.call_model(&instance.clone(), function, shown, args, span)?
            }
            Named::Free { key } => self.call_free(key, args, span)?,
        };
        let Val::Tensor(value) = value else {
            let place = self.place(span);
            let message = format!("`{name}` needs a function of one result, `{shown}` returns several");
            return self.error(
                Diagnostic::new(place, message).help("write a function that returns the scalar alone"),
            );
        };
        let ty = self.builder.ty(value).clone();
        if ty.rank() != 0 || ty.element != ElementType::F32 {
            let place = self.place(span);
            let message = format!("`{name}` needs a function that returns a scalar, `{shown}` returns {ty}");
            return self.error(Diagnostic::new(place, message).help("add up the result: `.sum()`"));
        }
        self.set_origin(span, name);
        match gradient(&mut self.builder, value, params) {
            Ok(grads) => Ok((value, grads)),
            Err(errors) => {
                let place = self.place(span);
                let reason = errors.into_iter().next().map(|error| error.reason).unwrap_or_default();
                self.error(
                    Diagnostic::new(place, format!("`{shown}` cannot be differentiated: {reason}"))
                        .help("cut the gradient with `detach`, or use another operation"),
                )
            }
        }
    }

    /// The function that the first argument names.
    fn named_function(&mut self, expr: &Expr, name: &str) -> Result<(String, Named)> {
        let place = self.place(Place::of(expr));
        let help = format!("write `{name}(self.energy, x)`, or the name of a `#[function]`");
        match expr {
            Expr::Reference(reference) => self.named_function(&reference.expr, name),
            Expr::Field(field) => {
                let FieldName::Named(member) = &field.member else {
                    return self.error(Diagnostic::new(place, "a function has a name").help(help));
                };
                let Val::Model(instance) = self.expression(&field.base)? else {
                    return self.error(Diagnostic::new(place, "only models have functions").help(help));
                };
                let shown = member.to_string();
                if instance.decl.function(&shown).is_some() {
                    let named = Named::OfModel { instance, function: shown.clone() };
                    return Ok((shown, named));
                }
                match instance.member(&shown) {
                    Some(Member::Model(layer)) => {
                        let named =
                            Named::OfModel { instance: layer.clone(), function: "forward".to_string() };
                        Ok((shown, named))
                    }
                    Some(_) => self.error(
                        Diagnostic::new(place, format!("`{shown}` is neither a function nor a layer"))
                            .help(help),
                    ),
                    None => {
                        let diagnostic = messages::unknown_function(&instance.decl, &shown, place);
                        self.error(diagnostic)
                    }
                }
            }
            Expr::Path(path) => {
                let key = path_key(&path.path);
                Ok((key.clone(), Named::Free { key }))
            }
            _ => self
                .error(Diagnostic::new(place, format!("`{name}` takes a function by its name")).help(help)),
        }
    }

    fn call_free(&mut self, key: &str, args: Vec<(Val, Place)>, span: Span) -> Result<Val> {
        let Some(callee) = self.free_function(self.entry(), key) else {
            let place = self.place(span);
            return self.error(
                Diagnostic::new(place, format!("unknown function `{key}`"))
                    .help("name a `#[function]`, or a function of the model: `self.energy`"),
            );
        };
        self.inline(&callee, None, args, span)
    }

    /// The arguments with respect to which gradients are asked for: the first one, unless `wrt` says others.
    fn with_respect_to(
        &mut self,
        options: &[(Ident, Val)],
        args: &[(Val, Place)],
        name: &str,
        span: Span,
    ) -> Result<Wrt> {
        if let Some((option, _)) = options.iter().find(|(option, _)| option != "wrt") {
            let place = self.place(option.span());
            return self.error(
                Diagnostic::new(place, format!("`{name}` has no argument `{option}`"))
                    .note(format!("it has {}", list_names(["wrt"].into_iter()))),
            );
        }
        if let [_, (option, _), ..] = options {
            let place = self.place(option.span());
            return self.error(Diagnostic::new(place, format!("the argument `{option}` is given twice")));
        }
        let given = options.first().map(|(_, value)| value.clone());
        let is_list = matches!(given, Some(Val::List(_)));
        let place = self.place(options.first().map_or(span, |(option, _)| option.span()));
        let places = match given {
            None => vec![Val::Size(0.into())],
            Some(Val::List(items)) => items,
            Some(single) => vec![single],
        };
        let mut indices = Vec::new();
        for chosen in &places {
            let index = match chosen {
                Val::Size(size) => size.as_literal(),
                _ => None,
            };
            let at = index.and_then(|index| usize::try_from(index).ok()).filter(|&at| at < args.len());
            let message = match (index, at) {
                (_, Some(at)) if !indices.contains(&at) => {
                    indices.push(at);
                    continue;
                }
                (_, Some(at)) => format!("`wrt` names the argument {at} twice"),
                (Some(index), None) if options.is_empty() => {
                    format!(
                        "`{name}` differentiates by the argument {index} of the function, which is not given"
                    )
                }
                (Some(index), None) => format!(
                    "`wrt` names the argument {index}, but the function is given {}, numbered from 0",
                    count(args.len(), "argument", "arguments")
                ),
                (None, None) => {
                    format!("`wrt` numbers arguments of the function, found {}", messages::kind_of(chosen))
                }
            };
            let help = if options.is_empty() {
                format!("write its arguments after it: `{name}(self.energy, x)`")
            } else {
                "write `wrt = 0`, or `wrt = [0, 1]`".to_string()
            };
            return self.error(Diagnostic::new(place, message).help(help));
        }
        if indices.is_empty() {
            return self.error(
                Diagnostic::new(place, "`wrt` names no argument").help("write `wrt = 0`, or `wrt = [0, 1]`"),
            );
        }
        Ok(Wrt { indices, is_list })
    }

    fn differentiable(&mut self, value: Val, place: Place, name: &str) -> Result<Value> {
        let value = self.as_tensor(value, place)?;
        let ty = self.builder.ty(value).clone();
        if ty.element == ElementType::F32 {
            return Ok(value);
        }
        let place = self.place(place);
        let message = format!(
            "`{name}` asks for the gradient of `{}{}`, which has none",
            ty.element.name(),
            shape_text(&ty.shape)
        );
        self.error(Diagnostic::new(place, message).help("choose arguments of reals with `wrt`"))
    }
}

/// Arguments with respect to which gradients are asked for.
struct Wrt {
    indices: Vec<usize>,
    /// Whether they were given as a list, so that the result is one.
    is_list: bool,
}
