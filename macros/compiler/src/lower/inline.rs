//! Functions written out where they are called.

use super::grouping::regrouped;
use super::{Frame, Lowering, Result, Val, Variable, messages};
use crate::diagnostics::{Diagnostic, Place};
use crate::ops::detach::Detach;
use crate::parse::Function;
use crate::program::Instance;
use proc_macro2::Span;
use std::collections::HashMap;
use std::rc::Rc;

impl Lowering<'_> {
    /// Inlines a function of a layer.
    pub(super) fn call_model(
        &mut self,
        instance: &Rc<Instance>,
        function_name: &str,
        called_as: &str,
        args: Vec<(Val, Place)>,
        span: Span,
    ) -> Result<Val> {
        let decl = instance.decl.clone();
        let place = self.place(span);
        let function = self.find_function(&decl, function_name, place)?;
        let callee =
            messages::Callee { name: called_as, function, instance: Some(instance), id: &instance.id };
        self.inline(&callee, Some(instance.clone()), args, span)
    }

    pub(super) fn inline(
        &mut self,
        callee: &messages::Callee<'_>,
        instance: Option<Rc<Instance>>,
        args: Vec<(Val, Place)>,
        span: Span,
    ) -> Result<Val> {
        let is_differentiated = self.is_differentiated;
        self.is_differentiated &= !callee.function.no_grad;
        let value = match &callee.function.custom_grad {
            Some(backward) => self.call_with_custom_grad(callee, backward, args, span),
            None => self.inline_body(callee, instance, args, span),
        };
        self.is_differentiated = is_differentiated;
        if !callee.function.no_grad {
            return value;
        }
        let value = value?;
        self.set_origin(span, callee.name);
        Ok(self.detached(value))
    }

    /// A value without its gradient.
    fn detached(&mut self, value: Val) -> Val {
        match value {
            Val::List(items) => Val::List(items.into_iter().map(|item| self.detached(item)).collect()),
            Val::Struct(decl, values) => {
                Val::Struct(decl, values.into_iter().map(|value| self.detached(value)).collect())
            }
            Val::Tensor(value) if self.builder.ty(value).element.is_real() => {
                Val::Tensor(self.builder.add(Detach, &[value]))
            }
            other => other,
        }
    }

    pub(super) fn inline_body(
        &mut self,
        callee: &messages::Callee<'_>,
        instance: Option<Rc<Instance>>,
        args: Vec<(Val, Place)>,
        span: Span,
    ) -> Result<Val> {
        if self.depth >= super::MAX_CALL_DEPTH {
            let place = self.place(span);
            return self.error(Diagnostic::new(place, format!("`{}` calls itself", callee.name)).help(
                "functions of a model are written out where they are called, so recursion never ends",
            ));
        }
        let matched = self.match_arguments(callee, &args, span)?;
        let function: &Function = callee.function;
        if let Some(key) = function.op {
            return self.external(callee, key, matched, &args, span);
        }
        let super::signature::Matched { dims, rest, values } = matched;
        let mut scope = HashMap::new();
        let mut values = values.into_iter();
        for param in &function.params {
            let tensors: Option<Vec<_>> = values.by_ref().take(param.ty.num_tensors()).collect();
            let value = tensors.map(|tensors| regrouped(&param.ty, &mut tensors.into_iter()));
            let value = match (value, param.is_optional) {
                (Some(value), false) => value,
                (Some(value), true) => Val::Present(Box::new(value)),
                (None, _) => Val::Absent,
            };
            scope.insert(param.ident.to_string(), Variable { value: Some(value), mutable: false });
        }
        let caller = if function.track_caller { Some(self.place(span)) } else { None };
        let mut allowed = self.frame_ref().allowed.union(function.allow);
        if let Some(instance) = &instance {
            allowed = allowed.union(instance.decl.attributes.allow);
        }
        self.frames.push(Frame {
            instance,
            id: callee.id.to_string(),
            dims,
            rest,
            scopes: vec![scope],
            caller,
            allowed,
        });
        self.depth += 1;
        let value = self.block(&function.body);
        let results = value.and_then(|value| self.check_results(function, value));
        self.depth -= 1;
        self.frames.pop();
        let mut tensors = results?.into_iter();
        let mut results = function.returned.iter().map(|declared| regrouped(declared, &mut tensors));
        if function.returns_tuple {
            return Ok(Val::List(results.collect()));
        }
        Ok(results.next().expect("a function that returns no tuple returns one value"))
    }
}
