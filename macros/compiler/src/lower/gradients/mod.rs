//! Derivatives as expressions: `grad(self.energy, x)`, `value_and_grad(energy, x, v, wrt = [0, 1])`, products of the
//! Jacobian with a vector on either side, `vjp(f, x, grad_output = dy)` and `jvp(f, x, tangent = v)`.
//!
//! The function is lowered in a block of its own, with a parameter in the place of each argument that is asked for;
//! its backward pass follows in the same block, and all of it then joins the program, to be differentiated like
//! everything else.
//!
//! The rules are those of reverse mode. `vjp` is linear in `grad_output`, so the product of the Jacobian with a tangent
//! is the gradient, with respect to `grad_output`, of the product of `vjp` with the tangent; where it was taken does not
//! matter, and what depends on it is dead code.
//! Source: Townsend, "A new trick for calculating Jacobian vector products", 2017.

mod function;
mod wrt;

use super::regions::{rebuilt, tensors_in};
use super::{Lowering, Result, Val};
use crate::autodiff::{gradient, substitute};
use crate::diagnostics::{Diagnostic, Place, count};
use crate::graph::types::as_real;
use crate::graph::{ElementType, TensorType, Value, shape_text};
use function::Named;
use proc_macro2::{Ident, Span};
use std::collections::HashMap;
use syn::ExprCall;
use syn::spanned::Spanned;
use wrt::Source;

/// What is asked for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Derivative {
    Grad,
    ValueAndGrad,
    Vjp,
    Jvp,
}

impl Derivative {
    const ALL: [Derivative; 4] =
        [Derivative::Grad, Derivative::ValueAndGrad, Derivative::Vjp, Derivative::Jvp];

    /// The one of this name.
    pub(super) fn from_name(name: &str) -> Option<Derivative> {
        Derivative::ALL.into_iter().find(|derivative| derivative.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Derivative::Grad => "grad",
            Derivative::ValueAndGrad => "value_and_grad",
            Derivative::Vjp => "vjp",
            Derivative::Jvp => "jvp",
        }
    }

    /// The argument with the vector by which the Jacobian is multiplied.
    fn direction(self) -> Option<&'static str> {
        match self {
            Derivative::Grad | Derivative::ValueAndGrad => None,
            Derivative::Vjp => Some("grad_output"),
            Derivative::Jvp => Some("tangent"),
        }
    }
}

/// A call of a derivative.
struct Asked<'a> {
    derivative: Derivative,
    named: Named,
    /// The function's name in messages.
    shown: String,
    /// Vectors by which the Jacobian is multiplied, where `derivative` has some.
    directions: &'a [Value],
    /// Where they are given.
    direction_place: Place,
    span: Span,
}

/// What a derivative gives.
struct Derived {
    /// What the function returned.
    value: Val,
    /// Gradients of what was asked for, or, for [`Derivative::Jvp`], tangents of the results.
    derivatives: Vec<Value>,
    /// Whether the function does not depend on what was asked for.
    unreached: Vec<bool>,
    /// Values that stand for the gradient of the result, which nothing depends on in the end.
    anywhere: Vec<Value>,
}

impl Lowering<'_> {
    /// `grad(f, x, …)` and its kin.
    pub(super) fn derivative(&mut self, call: &ExprCall, derivative: Derivative) -> Result<Val> {
        let (span, name) = (call.func.span(), derivative.name());
        let Some(function) = call.args.first() else {
            let place = self.place(span);
            return self.error(
                Diagnostic::new(place, format!("`{name}` takes a function and its arguments"))
                    .help(format!("write `{name}(self.energy, x)`")),
            );
        };
        let (shown, named) = self.named_function(function, name)?;
        let (mut args, options) = self.arguments(call.args.iter().skip(1))?;
        let (wrt, direction) = self.take_options(options, derivative)?;
        let wrt_place = self.place(wrt.as_ref().map_or(span, |(option, _)| option.span()));
        let direction_place = self.place(direction.as_ref().map_or(span, |(option, _)| option.span()));
        let wrt = self.with_respect_to(wrt.as_ref(), args.len(), derivative, span)?;
        let directions = self.directions(direction, derivative, span)?;
        // What is asked for, and all of its tensors one after the other.
        let (mut asked_for, mut originals) = (Vec::new(), Vec::new());
        for source in &wrt.sources {
            let value = match *source {
                Source::State(value) => Val::Tensor(value),
                Source::Argument(index) => {
                    let (value, place) = args[index].clone();
                    self.differentiable(value, place, name)?
                }
            };
            originals.extend(tensors_in(&value));
            asked_for.push(value);
        }
        if derivative == Derivative::Jvp {
            self.check_directions(&originals, &directions, derivative, "is asked for", direction_place)?;
        }
        self.builder.open_block();
        let mut replacement: HashMap<Value, Value> = HashMap::new();
        let mut sources = Vec::new();
        for (source, value) in wrt.sources.iter().zip(&asked_for) {
            let tensors = tensors_in(value);
            let Source::Argument(index) = *source else {
                sources.extend(tensors);
                continue;
            };
            let first = sources.len();
            for tensor in tensors {
                let param = self.builder.block_param(self.builder.ty(tensor).clone());
                replacement.insert(param, tensor);
                sources.push(param);
            }
            args[index].0 = rebuilt(value, &mut sources[first..].iter().copied());
        }
        let is_differentiated = std::mem::replace(&mut self.is_differentiated, true);
        let calls_before = self.calls.len();
        let asked = Asked { derivative, named, shown, directions: &directions, direction_place, span };
        let added = self.add_derivative(&asked, args, &sources);
        self.is_differentiated = is_differentiated;
        let mut block = self.builder.close_block(Vec::new());
        let Derived { value, derivatives, unreached, anywhere } = added?;
        for source in &wrt.sources {
            if let Source::State(value) = *source {
                self.check_read_alone(value, wrt_place)?;
            }
        }
        for place in anywhere {
            let (shape, zero) = (self.builder.ty(place).shape.clone(), self.builder.constant(0.0));
            replacement.insert(place, self.builder.expand(zero, shape));
        }
        substitute(&mut block, &replacement);
        let replaced = |value: Value| replacement.get(&value).copied().unwrap_or(value);
        for operand in self.calls[calls_before..].iter_mut().flat_map(|call| &mut call.operands) {
            *operand = operand.map(replaced);
        }
        self.builder.block().nodes.append(&mut block.nodes);
        let value = rebuilt(&value, &mut tensors_in(&value).into_iter().map(replaced));
        let mut derivatives = derivatives.into_iter().map(replaced);
        let derivatives = match (derivative, &value) {
            (Derivative::Jvp, value) => rebuilt(value, &mut derivatives),
            _ if wrt.is_list => {
                Val::List(asked_for.iter().map(|like| rebuilt(like, &mut derivatives)).collect())
            }
            _ => rebuilt(asked_for.first().expect("one derivative was asked for"), &mut derivatives),
        };
        self.set_origin(span, name);
        for (&source, _) in sources.iter().zip(unreached).filter(|(_, unreached)| *unreached) {
            self.note_unreached(name, replaced(source));
        }
        Ok(match derivative {
            Derivative::Grad => derivatives,
            _ => Val::List(vec![value, derivatives]),
        })
    }

    fn add_derivative(
        &mut self,
        asked: &Asked<'_>,
        args: Vec<(Val, Place)>,
        sources: &[Value],
    ) -> Result<Derived> {
        let &Asked { derivative, ref named, ref shown, directions, direction_place, span } = asked;
        let name = derivative.name();
        let value = match named {
            Named::OfModel { instance, function } => {
                self.call_model(&instance.clone(), function, shown, args, span)?
            }
            Named::Free { key } => self.call_free(key, args, span)?,
        };
        let results = match derivative.direction() {
            None => vec![self.scalar_result(&value, shown, name, span)?],
            Some(_) => self.real_results(&value, shown, name, span)?,
        };
        self.set_origin(span, name);
        let seeds = match derivative {
            Derivative::Grad | Derivative::ValueAndGrad => vec![self.builder.constant(1.0)],
            Derivative::Vjp => {
                self.check_directions(&results, directions, derivative, "is returned", direction_place)?;
                directions.to_vec()
            }
            Derivative::Jvp => {
                let types: Vec<_> = results.iter().map(|&result| self.builder.ty(result).clone()).collect();
                types.into_iter().map(|ty| self.builder.block_param(ty)).collect()
            }
        };
        let grads = self.gradient_of(&results, &seeds, sources, shown, span)?;
        let unreached = grads.iter().map(Option::is_none).collect();
        let grads = self.or_zeros(&grads, sources);
        if derivative == Derivative::Jvp {
            let tangents = self.gradient_of(&grads, directions, &seeds, shown, span)?;
            let derivatives = self.or_zeros(&tangents, &seeds);
            return Ok(Derived { value, derivatives, unreached, anywhere: seeds });
        }
        Ok(Derived { value, derivatives: grads, unreached, anywhere: Vec::new() })
    }

    /// The gradients of `sources` when those of `values` are `seeds`.
    fn gradient_of(
        &mut self,
        values: &[Value],
        seeds: &[Value],
        sources: &[Value],
        shown: &str,
        span: Span,
    ) -> Result<Vec<Option<Value>>> {
        let seeded: Vec<(Value, Value)> = values.iter().copied().zip(seeds.iter().copied()).collect();
        gradient(&mut self.builder, &seeded, sources).or_else(|errors| {
            let place = self.place(span);
            let reason = errors.into_iter().next().map(|error| error.reason).unwrap_or_default();
            self.error(
                Diagnostic::new(place, format!("`{shown}` cannot be differentiated: {reason}"))
                    .help("cut the gradient with `detach`, or use another operation"),
            )
        })
    }

    /// Derivatives that are not there are zero.
    fn or_zeros(&mut self, derivatives: &[Option<Value>], like: &[Value]) -> Vec<Value> {
        let with_types = derivatives.iter().zip(like);
        with_types
            .map(|(derivative, &like)| {
                derivative.unwrap_or_else(|| {
                    let (shape, zero) = (self.builder.ty(like).shape.clone(), self.builder.constant(0.0));
                    self.builder.expand(zero, shape)
                })
            })
            .collect()
    }

    /// The one real number that a function returned.
    fn scalar_result(&mut self, value: &Val, shown: &str, name: &str, span: Span) -> Result<Value> {
        let Val::Tensor(value) = *value else {
            let place = self.place(span);
            let message = format!("`{name}` needs a function of one result, `{shown}` returns several");
            return self.error(
                Diagnostic::new(place, message).help("write a function that returns the scalar alone"),
            );
        };
        let ty = self.builder.ty(value).clone();
        if ty.rank() != 0 || ty.element != ElementType::Real {
            let place = self.place(span);
            let message = format!("`{name}` needs a function that returns a scalar, `{shown}` returns {ty}");
            return self.error(Diagnostic::new(place, message).help("add up the result: `.sum()`"));
        }
        Ok(value)
    }

    /// What a function returned, all of which has a gradient.
    fn real_results(&mut self, value: &Val, shown: &str, name: &str, span: Span) -> Result<Vec<Value>> {
        let items = match value {
            Val::List(items) => items.clone(),
            single => vec![single.clone()],
        };
        let mut results = Vec::new();
        for item in items {
            for result in self.flattened(&item, span.into())? {
                let ty = self.builder.ty(result).clone();
                if ty.element != ElementType::Real {
                    let place = self.place(span);
                    let message = format!(
                        "`{name}` needs a function that returns `{}`, `{shown}` returns {ty}",
                        ElementType::Real.name()
                    );
                    return self.error(Diagnostic::new(place, message).help(if ty.element.is_real() {
                        as_real("cast the result of the function: ")
                    } else {
                        "write a function that returns the reals alone".to_string()
                    }));
                }
                results.push(result);
            }
        }
        Ok(results)
    }

    /// The vectors by which the Jacobian is multiplied.
    fn directions(
        &mut self,
        given: Option<(Ident, Val)>,
        derivative: Derivative,
        span: Span,
    ) -> Result<Vec<Value>> {
        let Some(option) = derivative.direction() else { return Ok(Vec::new()) };
        let Some((ident, value)) = given else {
            let (place, name) = (self.place(span), derivative.name());
            let what = match derivative {
                Derivative::Jvp => "a tangent for each argument that it differentiates by",
                _ => "the gradient of each result",
            };
            return self.error(Diagnostic::new(place, format!("`{name}` takes {what}")).help(format!(
                "write `{name}(self.field, x, {option} = v)`, or `{option} = [v, w]` for several"
            )));
        };
        let items = match value {
            Val::List(items) => items,
            single => vec![single],
        };
        let mut tensors = Vec::new();
        for item in items {
            tensors.extend(self.flattened(&item, ident.span().into())?);
        }
        Ok(tensors)
    }

    /// A vector has the shape of what it goes with.
    fn check_directions(
        &mut self,
        values: &[Value],
        directions: &[Value],
        derivative: Derivative,
        role: &str,
        place: Place,
    ) -> Result<()> {
        let option = derivative.direction().unwrap_or_default();
        if values.len() != directions.len() {
            let message = format!(
                "`{option}` has {}, but {} {role}",
                count(directions.len(), "value", "values"),
                count(values.len(), "tensor", "tensors")
            );
            return self.error(
                Diagnostic::new(place, message).help(format!("write one for each: `{option} = [v, w]`")),
            );
        }
        for (&value, &direction) in values.iter().zip(directions) {
            let expected = TensorType::real(self.builder.ty(value).shape.clone());
            let found = self.builder.ty(direction).clone();
            if expected != found {
                let message = format!("`{option}` is {found}, but {expected} {role}");
                return self.error(
                    Diagnostic::new(place, message).help(format!("give `{option}` the shape {expected}")),
                );
            }
        }
        Ok(())
    }

    /// An argument by which a function is differentiated: a tensor, or a struct of reals.
    fn differentiable(&mut self, value: Val, place: Place, name: &str) -> Result<Val> {
        match value {
            Val::Struct(decl, values) => {
                let values = values.into_iter().map(|value| self.differentiable(value, place, name));
                Ok(Val::Struct(decl, values.collect::<Result<_>>()?))
            }
            Val::Present(value) => self.differentiable(*value, place, name),
            value => self.differentiable_tensor(value, place, name).map(Val::Tensor),
        }
    }

    fn differentiable_tensor(&mut self, value: Val, place: Place, name: &str) -> Result<Value> {
        let value = self.as_tensor(value, place)?;
        let ty = self.builder.ty(value).clone();
        if ty.element.is_real() {
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
