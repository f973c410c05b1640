//! Functions with a gradient of their own.

use super::{Lowering, Result, Val, messages};
use crate::diagnostics::{Diagnostic, Place, count};
use crate::graph::{TensorType, Value};
use crate::ops::custom_grad::CustomGrad;
use crate::parse::{Function, path_key};
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprCall};

impl Lowering<'_> {
    /// Calls a function under `#[custom_grad(backward)]`.
    pub(super) fn call_with_custom_grad(
        &mut self,
        callee: &messages::Callee<'_>,
        backward: &syn::Path,
        args: Vec<(Val, Place)>,
        span: Span,
    ) -> Result<Val> {
        let mut inputs = Vec::new();
        for (value, place) in &args {
            inputs.push(self.as_tensor(value.clone(), *place)?);
        }
        let places: Vec<Place> = args.iter().map(|(_, place)| *place).collect();
        self.builder.open_block();
        let params = self.params_like(&inputs);
        let given = params.iter().zip(&places).map(|(&param, &place)| (Val::Tensor(param), place)).collect();
        let lowered = self.inline_body(callee, None, given, span);
        let results = lowered.and_then(|value| Ok((self.flattened(&value, span.into())?, value)));
        let forward =
            self.builder.close_block(results.as_ref().map(|(values, _)| values.clone()).unwrap_or_default());
        let (results, value) = results?;
        // The name is the function's own, so it is looked up where the function stands.
        let definition = self.program.entry(callee.id).expect("a callee is part of the program");
        let key = path_key(backward);
        let Some(named) = self.free_function(definition, &key) else {
            let place = self.place(backward.span());
            return self.error(Diagnostic::new(place, format!("`{key}` is not a `#[function]`")).help(
                "name one that takes the arguments, the results and their gradients, and returns the gradients of the arguments",
            ));
        };
        let node = self.custom_grad(&named, forward, &inputs, &results, span)?;
        self.set_origin(span, callee.name);
        let outputs =
            self.builder.try_add(node.into(), &inputs).expect("its parameters have the operands' types");
        Ok(super::regions::rebuilt(&value, &mut outputs.into_iter()))
    }

    /// `with_grad(x, f)`: `x`, whose gradient passes through `f`.
    pub(super) fn with_grad(&mut self, call: &ExprCall) -> Result<Val> {
        let span = call.func.span();
        let (Some(value), Some(Expr::Path(path)), 2) = (call.args.first(), call.args.get(1), call.args.len())
        else {
            let place = self.place(span);
            return self.error(
                Diagnostic::new(place, "`with_grad` takes a tensor and the name of a `#[function]`").help(
                    "write `with_grad(x, clip)`, with `#[function] fn clip(grad: Tensor<_>) -> Tensor<_>`",
                ),
            );
        };
        let evaluated = self.expression(value)?;
        let input = self.as_tensor(evaluated, Place::of(value))?;
        let key = path_key(&path.path);
        let Some(named) = self.free_function(self.entry(), &key) else {
            let place = self.place(path.span());
            return self.error(Diagnostic::new(place, format!("`{key}` is not a `#[function]`")).help(
                "name one that takes the gradient and returns another of its shape: `#[function] fn clip(grad: Tensor<_>) -> Tensor<_>`",
            ));
        };
        let function = named.function;
        if function.args.len() != 1 {
            let place = self.place(function.ident.span());
            let found = count(function.args.len(), "argument", "arguments");
            let message = format!("`{key}` takes {found}, but `with_grad` gives it one: the gradient");
            return self.error(
                Diagnostic::new(place, message)
                    .help("compute everything else from the gradient, or use `#[custom_grad]`"),
            );
        }
        self.builder.open_block();
        let params = self.params_like(&[input]);
        let forward = self.builder.close_block(params);
        self.builder.open_block();
        let ty = self.builder.ty(input).clone();
        let given = [ty.clone(), ty.clone(), ty.clone()].map(|ty| self.builder.block_param(ty));
        let args = vec![(Val::Tensor(given[2]), Place::of(value))];
        let lowered =
            self.inline(&named, None, args, span).and_then(|grad| self.flattened(&grad, span.into()));
        let backward = self.builder.close_block(lowered.as_ref().cloned().unwrap_or_default());
        let found: Vec<TensorType> = lowered?.iter().map(|&grad| self.builder.ty(grad).clone()).collect();
        if found != [ty.clone()] {
            return self.wrong_gradients(function, &found, &[ty]);
        }
        let mut forward = forward;
        forward.params = forward.results.clone();
        self.set_origin(span, "with_grad");
        let node = CustomGrad { forward, backward, grads: vec![Some(0)], outputs: vec![ty] };
        let outputs = self.builder.try_add(node.into(), &[input]).expect("it has one operand of one type");
        Ok(Val::Tensor(outputs[0]))
    }

    fn params_like(&mut self, values: &[Value]) -> Vec<Value> {
        let types: Vec<TensorType> = values.iter().map(|&value| self.builder.ty(value).clone()).collect();
        types.into_iter().map(|ty| self.builder.block_param(ty)).collect()
    }

    fn custom_grad(
        &mut self,
        named: &messages::Callee<'_>,
        forward: crate::graph::Block,
        inputs: &[Value],
        results: &[Value],
        span: Span,
    ) -> Result<CustomGrad> {
        let types = |lowering: &Self, values: &[Value]| -> Vec<TensorType> {
            values.iter().map(|&value| lowering.builder.ty(value).clone()).collect()
        };
        let (input_types, outputs) = (types(self, inputs), types(self, results));
        // Whole numbers have no gradient; that of a real is `f32`, whatever its type.
        let gradients = |types: &[TensorType]| -> Vec<TensorType> {
            let reals = types.iter().filter(|ty| ty.element.is_real());
            reals.map(|ty| TensorType::real(ty.shape.clone())).collect()
        };
        let real = gradients(&outputs);
        let (wanted, found) = (inputs.len() + outputs.len() + real.len(), named.function.args.len());
        if found != wanted {
            let place = self.place(named.function.ident.span());
            let message = format!(
                "`{}` takes {}, but as a gradient it is given {wanted}",
                named.name,
                count(found, "argument", "arguments")
            );
            let note = format!(
                "they are {}, {}, and {}",
                count(inputs.len(), "argument", "arguments"),
                count(outputs.len(), "result", "results"),
                count(real.len(), "gradient of a result", "gradients of results")
            );
            return self.error(
                Diagnostic::new(place, message)
                    .note(note)
                    .help("take them in this order, also those that the gradient does not need"),
            );
        }
        self.builder.open_block();
        let given: Vec<TensorType> = input_types.iter().chain(&outputs).chain(&real).cloned().collect();
        let params: Vec<Value> = given.into_iter().map(|ty| self.builder.block_param(ty)).collect();
        let args = params.iter().map(|&param| (Val::Tensor(param), span.into())).collect();
        let lowered =
            self.inline(named, None, args, span).and_then(|grads| self.flattened(&grads, span.into()));
        let backward = self.builder.close_block(lowered.as_ref().cloned().unwrap_or_default());
        let found = types(self, &lowered?);
        let expected = gradients(&input_types);
        if found != expected {
            return self.wrong_gradients(named.function, &found, &expected);
        }
        let mut next = 0;
        let grads = input_types.iter().map(|ty| {
            let is_real = ty.element.is_real();
            next += usize::from(is_real);
            is_real.then(|| next - 1)
        });
        Ok(CustomGrad { forward, backward, grads: grads.collect(), outputs })
    }

    fn wrong_gradients<T>(
        &mut self,
        function: &Function,
        found: &[TensorType],
        expected: &[TensorType],
    ) -> Result<T> {
        let list =
            |types: &[TensorType]| types.iter().map(TensorType::to_string).collect::<Vec<_>>().join(", ");
        let place = self.place(function.ident.span());
        let message = format!(
            "`{}` returns {} ({}), but {} wanted ({})",
            function.ident,
            count(found.len(), "gradient", "gradients"),
            list(found),
            if expected.len() == 1 { "one is".to_string() } else { format!("{} are", expected.len()) },
            list(expected)
        );
        self.error(
            Diagnostic::new(place, message).help(
                "return a gradient for each real argument, of its shape, in the order of the arguments",
            ),
        )
    }
}
