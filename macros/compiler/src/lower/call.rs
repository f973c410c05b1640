//! Calls: of operations, of layers and their functions, of free functions.

use super::gradients::Derivative;
use super::{Lowering, Result, Val, messages};
use crate::constant::apply_function;
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::{Value, shape_text};
use crate::link::hash;
use crate::ops::call::{Argument, Built, Call};
use crate::ops::detach::Detach;
use crate::ops::{find_method, is_random};
use crate::parse::path_key;
use crate::program::{Entry, Instance, Item, Member};
use proc_macro2::{Ident, Span};
use std::rc::Rc;
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprMethodCall};

/// Functions that are part of the language.
const BUILT_IN_FUNCTIONS: &[&str] = &[
    "training",
    "Some",
    "Vec::new",
    "grad",
    "value_and_grad",
    "vjp",
    "jvp",
    "checkpoint",
    "with_grad",
    "dbg",
    "sqrt",
    "min",
    "max",
    "pow",
    "powf",
    "powi",
    "ln",
    "exp",
    "div_floor",
    "div_ceil",
];

/// Whether a call of this path is ours, so that no definition is asked for.
pub fn is_built_in_function(path: &syn::Path) -> bool {
    let key = path_key(path);
    BUILT_IN_FUNCTIONS.contains(&key.as_str()) || find_method(&key).is_some()
}

impl<'a> Lowering<'a> {
    pub(super) fn method_call(&mut self, call: &ExprMethodCall) -> Result<Val> {
        let name = call.method.to_string();
        let receiver = self.expression(&call.receiver)?;
        let span = call.method.span();
        match receiver {
            Val::Model(instance) => self.call_of_model(&instance, &name, call),
            Val::Stack(elements) if name == "len" => Ok(Val::Size((elements.len() as i64).into())),
            Val::Stack(_) => {
                let place = self.place(span);
                self.error(
                    Diagnostic::new(place, "a stack of layers is not called as a whole")
                        .help("loop over it, `for block in &self.blocks { x = block(x); }`, or index it, `self.blocks[0](x)`"),
                )
            }
            Val::Absent | Val::Present(_) if name == "is_some" || name == "is_none" => {
                Ok(Val::Bool(matches!(receiver, Val::Present(_)) == (name == "is_some")))
            }
            Val::Absent | Val::Present(_) if name == "unwrap_or" && call.args.len() == 1 => match receiver {
                Val::Present(inner) => Ok(*inner),
                _ => self.expression(&call.args[0]),
            },
            Val::Absent => {
                let place = self.place(Place::of(&call.receiver));
                self.error(Diagnostic::new(place, "this `Option` is absent here").help(
                    "use it inside `if let Some(bias) = self.bias { … }`, or write `bias.unwrap_or(0.0)`",
                ))
            }
            Val::Present(inner) => self.call_on_value(*inner, &name, call),
            value => self.call_on_value(value, &name, call),
        }
    }

    fn call_on_value(&mut self, receiver: Val, name: &str, call: &ExprMethodCall) -> Result<Val> {
        let span = call.method.span();
        if let Val::Model(instance) = &receiver {
            let instance = instance.clone();
            return self.call_of_model(&instance, name, call);
        }
        if let Val::Struct(decl, _) = &receiver {
            let message = format!("`{}` has no operation `{name}`", decl.name);
            let of = crate::diagnostics::source_text(&call.receiver);
            let help = messages::fields_help(decl, &of, &format!(".{name}()"));
            let place = self.place(span);
            return self.error(Diagnostic::new(place, message).help(help));
        }
        // `(16.0).sqrt()` of numbers known at compile time.
        let number = match &receiver {
            Val::Float(value) => Some(crate::constant::Static::Float(*value)),
            Val::Size(size) => size.as_literal().map(crate::constant::Static::Int),
            _ => None,
        };
        if let Some(number) = number
            && call.args.is_empty()
            && let Some(value) = apply_function(name, vec![number])
        {
            return Ok(Val::from_static(&value));
        }
        if let (Val::Tensor(_), "update") = (&receiver, name) {
            let receiver = Place::of(&call.receiver);
            return self.update(call, receiver);
        }
        if let (Val::Tensor(value), "dim" | "size") = (&receiver, name) {
            let shape = self.builder.ty(*value).shape.clone();
            let (positional, _) = self.arguments(call.args.iter())?;
            let axis = match positional.first() {
                Some((Val::Size(size), _)) => size.as_literal(),
                _ => None,
            };
            let resolved = axis.map(|axis| if axis < 0 { axis + shape.len() as i64 } else { axis });
            return match resolved.and_then(|axis| usize::try_from(axis).ok()).and_then(|axis| shape.get(axis))
            {
                Some(size) => Ok(Val::Size(size.clone())),
                None => {
                    let place = self.place(span);
                    self.error(Diagnostic::new(
                        place,
                        format!("`{name}` takes an axis of {} axes", shape.len()),
                    ))
                }
            };
        }
        let (positional, named) = self.arguments(call.args.iter())?;
        if let (Val::List(items), "stack" | "concat") = (&receiver, name)
            && items.iter().any(|item| matches!(item, Val::Run { .. }))
        {
            return self.join_runs(name, items, &positional, &named, span);
        }
        let mut args = vec![(receiver, Place::of(&call.receiver))];
        args.extend(positional);
        self.call_method(name, args, named, span)
    }

    /// `self.running_mean.update(value)`: proposes the buffer's value after this step.
    fn update(&mut self, call: &ExprMethodCall, span: Place) -> Result<Val> {
        let field = match &*call.receiver {
            Expr::Field(field) => Some(field),
            _ => None,
        };
        let owner = match field {
            Some(field) => Some((self.expression(&field.base)?, &field.member)),
            None => None,
        };
        let index = match owner {
            Some((Val::Model(instance), syn::Member::Named(name))) => {
                match instance.member(&name.to_string()) {
                    Some(Member::Tensor(index)) => Some(*index),
                    _ => None,
                }
            }
            _ => None,
        };
        let is_buffer =
            index.is_some_and(|index| self.state[index].kind == crate::program::StateKind::Buffer);
        let (true, Some(index)) = (is_buffer, index) else {
            let place = self.place(span);
            return self.error(
                Diagnostic::new(place, "only a `Buffer` of the model can be updated")
                    .help("parameters change in `optimizer.step`; write `self.running_mean.update(value)`"),
            );
        };
        let (positional, _) = self.arguments(call.args.iter())?;
        let [(value, value_span)] = positional.as_slice() else {
            let place = self.place(call.method.span());
            return self.error(Diagnostic::new(place, "`update` takes the new value"));
        };
        let value = self.as_tensor(value.clone(), *value_span)?;
        self.set_origin(call.span(), "update");
        // What is kept is a value, not a way for gradients to reach into the next step.
        let value = self.builder.add(Detach, &[value]);
        self.update_buffer(index, value, *value_span)?;
        Ok(Val::Unit)
    }

    fn call_of_model(&mut self, instance: &Rc<Instance>, name: &str, call: &ExprMethodCall) -> Result<Val> {
        let span = call.method.span();
        // A layer is called by its field's name; a function of the model by its own.
        let is_function = instance.decl.function(name).is_some();
        let (target, function_name) = match instance.member(name) {
            Some(_) if !is_function => match self.member(instance, name, span)? {
                Val::Model(layer) => (layer, "forward"),
                Val::Present(inner) => match *inner {
                    Val::Model(layer) => (layer, "forward"),
                    other => return self.not_callable(name, &other, span),
                },
                Val::Absent => {
                    let place = self.place(span);
                    let mut diagnostic = Diagnostic::new(place, format!("`{name}` is absent here"))
                        .help(format!("use it inside `if let Some({name}) = &self.{name} {{ … }}`"));
                    diagnostic.notes.extend(self.sizes_note());
                    return self.error(diagnostic);
                }
                other => return self.not_callable(name, &other, span),
            },
            _ => (instance.clone(), name),
        };
        if target.path == instance.path && !is_function {
            let place = self.place(span);
            let diagnostic = messages::unknown_field(&instance.decl, name, place);
            return self.error(diagnostic);
        }
        let (args, named) = self.arguments(call.args.iter())?;
        self.reject_named(name, &named)?;
        self.call_model(&target, function_name, name, args, span)
    }

    fn not_callable(&mut self, name: &str, value: &Val, span: Span) -> Result<Val> {
        let place = self.place(span);
        let help = match value {
            Val::Stack(_) => {
                format!("loop over it, `for block in &self.{name} {{ x = block(x); }}`, or index it")
            }
            _ => format!("use it as a value, `self.{name}`"),
        };
        self.error(
            Diagnostic::new(place, format!("`{name}` is {}, which is not called", messages::kind_of(value)))
                .help(help),
        )
    }

    fn reject_named(&mut self, name: &str, named: &[(Ident, Val)]) -> Result<()> {
        match named.first() {
            None => Ok(()),
            Some((argument, _)) => {
                let place = self.place(argument.span());
                self.error(
                    Diagnostic::new(
                        place,
                        format!("arguments of `{name}` are given by position, found `{argument} = …`"),
                    )
                    .help(format!("settings of a layer go on its field: `#[with({argument} = …)]`")),
                )
            }
        }
    }

    pub(super) fn call(&mut self, call: &ExprCall) -> Result<Val> {
        let Expr::Path(path) = &*call.func else {
            let callee = self.expression(&call.func)?;
            let (args, _) = self.arguments(call.args.iter())?;
            return self.call_value(callee, "layer", args, call.func.span());
        };
        let key = path_key(&path.path);
        let span = path.span();
        let local = self.frame_ref().scopes.iter().rev().find_map(|scope| scope.get(&key).cloned());
        if let Some(variable) = local {
            let callee = variable.value.ok_or(crate::diagnostics::Reported)?;
            let (args, named) = self.arguments(call.args.iter())?;
            self.reject_named(&key, &named)?;
            return self.call_value(callee, &key, args, span);
        }
        if key == "training" {
            return Ok(Val::Bool(self.training));
        }
        if let Some(derivative) = Derivative::from_name(&key) {
            return self.derivative(call, derivative);
        }
        if let ("Some", 1) = (key.as_str(), call.args.len()) {
            return Ok(Val::Present(Box::new(self.expression(&call.args[0])?)));
        }
        if key == "with_grad" {
            return self.with_grad(call);
        }
        if key == "dbg" {
            return self.dbg(call);
        }
        if key == "checkpoint" {
            return self.checkpoint(call);
        }
        if key == "Vec::new" && call.args.is_empty() {
            return Ok(Val::List(Vec::new()));
        }
        let (args, named) = self.arguments(call.args.iter())?;
        if let Some(callee) = self.free_function(self.entry(), &key) {
            self.reject_named(&key, &named)?;
            return self.inline(&callee, None, args, span);
        }
        let numbers: Option<Vec<_>> = args
            .iter()
            .map(|(value, _)| match value {
                Val::Float(value) => Some(crate::constant::Static::Float(*value)),
                Val::Size(size) => size.as_literal().map(crate::constant::Static::Int),
                _ => None,
            })
            .collect();
        if let Some(value) = numbers.and_then(|numbers| apply_function(&key, numbers)) {
            return Ok(Val::from_static(&value));
        }
        self.call_method(&key, args, named, span)
    }

    /// The `#[function]` that a path names in a definition.
    pub(super) fn free_function<'k>(&self, definition: &Entry, key: &'k str) -> Option<messages::Callee<'k>>
    where
        'a: 'k,
    {
        let target = definition.paths.get(key).and_then(|id| self.program.entry(id))?;
        let Item::Function(function) = &target.item else { return None };
        Some(messages::Callee { name: key, function, instance: None, id: &target.id })
    }

    fn call_value(&mut self, callee: Val, name: &str, args: Vec<(Val, Place)>, span: Span) -> Result<Val> {
        match callee {
            Val::Model(instance) => {
                let shown = if name == "layer" { instance.path.clone() } else { name.to_string() };
                self.call_model(&instance, "forward", &shown, args, span)
            }
            Val::Present(inner) => self.call_value(*inner, name, args, span),
            other => self.not_callable(name, &other, span),
        }
    }

    /// Calls an operation.
    pub(super) fn call_method(
        &mut self,
        name: &str,
        args: Vec<(Val, Place)>,
        named: Vec<(Ident, Val)>,
        span: Span,
    ) -> Result<Val> {
        let args =
            if matches!(name, "at" | "slice") { self.pick_by_index(name, args, &named)? } else { args };
        if name == "at" && args.len() == 1 {
            return Ok(args.into_iter().next().expect("it was counted").0);
        }
        let Some(method) = find_method(name) else {
            let place = self.place(span);
            return self.error(messages::unknown_method(name, place));
        };
        let by_index = self.index_among(&args, &named);
        let mut slots = self.place_arguments(method, args, named, span)?;
        while slots.last().is_some_and(Option::is_none) {
            slots.pop();
        }
        slots.resize(method.params.len(), None);
        self.set_origin(span, name);
        let site = if is_random(method, &slots) { self.next_site() } else { 0 };
        let mut call = Call { builder: &mut self.builder, method, args: slots, site };
        let built = method.build.run(&mut call);
        let args = call.args;
        match built {
            Ok(built) => {
                self.note_call(method.name, &args, &built);
                Ok(match built {
                    Built::One(value) => Val::Tensor(value),
                    Built::Many(values) => Val::List(values.into_iter().map(Val::Tensor).collect()),
                })
            }
            Err(problem) => {
                let argument = problem.argument.and_then(|index| args[index].as_ref()).map(|(_, span)| *span);
                let operands: Vec<Value> = args.iter().flatten().flat_map(|(arg, _)| tensors(arg)).collect();
                let receiver = operands.first().copied();
                let place = self.place(argument.unwrap_or(span.into()));
                let operand = operands.get(1).copied();
                let mut diagnostic = Diagnostic::new(place, problem.message);
                diagnostic.notes = problem.notes;
                diagnostic.help = problem.help;
                if let Some(value) = receiver {
                    // The history begins with the shape.
                    let shape = shape_text(&self.builder.ty(value).shape);
                    diagnostic.notes.retain(|note| !note.ends_with(&format!(" is {shape}")));
                    diagnostic.notes.extend(self.history(value));
                }
                if let Some(value) = operand {
                    // Where the other shape comes from, if the message is about it.
                    let shape = shape_text(&self.builder.ty(value).shape);
                    if diagnostic.message.contains(&shape) {
                        diagnostic.notes.extend(self.history(value));
                    }
                }
                diagnostic.notes.dedup();
                if let (Some(_), Some(index)) = (problem.argument, by_index) {
                    diagnostic.notes.push(format!("`{index}` is a number at run time: the index of a loop"));
                }
                self.error(diagnostic)
            }
        }
    }

    /// Identity of a use of random numbers: the place of the layer, and how many uses it had before.
    fn next_site(&mut self) -> u64 {
        let path =
            self.frame_ref().instance.as_ref().map(|instance| instance.path.clone()).unwrap_or_default();
        let count = self.sites.entry(path.clone()).or_insert(0);
        *count += 1;
        hash(&format!("{path}#{count}"))
    }
}

/// The tensors of an argument: itself, or those of a list.
fn tensors(argument: &Argument) -> Vec<Value> {
    match argument {
        Argument::Tensor(value) => vec![*value],
        Argument::List(items) => items.iter().flat_map(tensors).collect(),
        Argument::Size(_)
        | Argument::Float(_)
        | Argument::Bool(_)
        | Argument::Text(_)
        | Argument::Range(..) => Vec::new(),
    }
}
