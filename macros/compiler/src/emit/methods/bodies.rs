//! The untyped functions behind the typed methods.

use super::{ApiEmitter, Body};
use crate::emit::function::{FunctionEmitter, element_tokens, memory_ident};
use crate::emit::fused_loop::LoopFunctions;
use crate::emit::{emit_float, respan};
use crate::graph::size::symbol_ident;
use crate::graph::{ElementType, Role};
use crate::plan::{Memory, Plan};
use crate::program::StateKind;
use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::quote;

impl ApiEmitter<'_> {
    /// The untyped functions.
    pub fn bodies(&self, loops: &mut LoopFunctions) -> TokenStream {
        let mut tokens = self.body(Body::Eval, &self.function.eval, loops);
        if let Some(plan) = &self.function.loss_grad {
            tokens.extend(self.body(Body::LossGrad, plan, loops));
        }
        if let Some(plan) = &self.function.halves {
            tokens.extend(self.body(Body::ForwardHalf, plan, loops));
            tokens.extend(self.body(Body::BackwardHalf, plan, loops));
        }
        tokens
    }

    /// Arguments that a body takes after the state, as parameters.
    pub(super) fn body(&self, body: Body, plan: &Plan, loops: &mut LoopFunctions) -> TokenStream {
        let runtime = &self.context.runtime;
        let mut emitter = FunctionEmitter { plan, functions: loops, context: self.context, nest: Vec::new() };
        let prologue = emitter.prologue();
        let (first, second) = plan.halves();
        let steps = emitter.steps(if body == Body::BackwardHalf { second } else { first });
        let params = self.params(body);
        let finish = if matches!(body, Body::LossGrad | Body::BackwardHalf) {
            self.finish(plan)
        } else {
            TokenStream::new()
        };
        let name = self.body_name(body);
        let at_root = |tokens: TokenStream| respan(tokens, self.context.span, self.context.span);
        let head = at_root(quote!(fn #name(#(#params),*) -> ::core::result::Result<(), #runtime::Error>));
        let (prologue, finish) = (at_root(prologue), at_root(quote!(#finish ::core::result::Result::Ok(()))));
        let mut block = Group::new(Delimiter::Brace, quote!(#prologue #steps #finish));
        block.set_span(self.context.span);
        quote!(#head #block)
    }

    /// Gradients that nothing reached are zero; buffers that nothing updated keep their values.
    pub(super) fn finish(&self, plan: &Plan) -> TokenStream {
        let zero = plan.zero_grads.iter().map(|range| {
            let (start, end) = (range.start, range.end);
            quote!(grads[#start..#end].fill(0.0);)
        });
        let start = crate::plan::buffers_start(self.model.state);
        let updated = self.updated_buffers(plan);
        let keep = self.model.state.iter().enumerate().filter_map(|(index, tensor)| {
            let kept = tensor.kind == StateKind::Buffer && !updated.is_empty() && !updated.contains(&index);
            kept.then(|| {
                let (from, len) = (tensor.offset, tensor.numel());
                let to = from - start;
                quote!(buffers[#to..#to + #len].copy_from_slice(&state[#from..#from + #len]);)
            })
        });
        quote!(#(#zero)* #(#keep)*)
    }

    /// Tensors of the state whose new values a plan proposes.
    pub(super) fn updated_buffers(&self, plan: &Plan) -> Vec<usize> {
        let mut updated = Vec::new();
        for role in &plan.graph.roles {
            if let Role::Buffer(reference) = role {
                updated.extend(reference.tensors());
            }
        }
        updated
    }

    pub(super) fn updates_buffers(&self) -> bool {
        let plan = self.function.loss_grad.as_ref().or(self.function.halves.as_ref());
        plan.is_some_and(|plan| !self.updated_buffers(plan).is_empty())
    }

    pub(super) fn input_slice(&self, index: usize) -> (Ident, TokenStream) {
        let name = memory_ident(Memory::Input(index));
        let element = element_tokens(self.function.args[index].ty.element, &self.context.runtime);
        (name, quote!(&[#element]))
    }

    pub(super) fn params(&self, body: Body) -> Vec<TokenStream> {
        let (runtime, float) = (&self.context.runtime, emit_float());
        let mut params = vec![quote!(state: &[#float])];
        for index in 0..self.function.args.len() {
            let (name, ty) = self.input_slice(index);
            params.push(quote!(#name: #ty));
        }
        if body == Body::BackwardHalf {
            for index in 0..self.num_seeds() {
                let name = memory_ident(Memory::Input(self.function.args.len() + index));
                params.push(quote!(#name: &[#float]));
            }
            for index in self.grad_inputs() {
                let name = memory_ident(Memory::GradInput(index));
                params.push(quote!(#name: &mut [#float]));
            }
        } else {
            for index in 0..self.function.results.len() {
                let name = memory_ident(Memory::Output(index));
                let element = element_tokens(self.function.results[index].element, &self.context.runtime);
                params.push(quote!(#name: &mut [#element]));
            }
        }
        if matches!(body, Body::LossGrad | Body::BackwardHalf) {
            params.push(quote!(grads: &mut [#float]));
            params.push(quote!(buffers: &mut [#float]));
        }
        params.push(quote!(arena: &mut #runtime::arena::Arena));
        params.push(quote!(random_key: #runtime::random::RandomKey));
        for symbol in self.symbols() {
            let name = symbol_ident(&symbol.atom());
            params.push(quote!(#name: usize));
        }
        params
    }

    /// Results that have a gradient.
    pub(super) fn num_seeds(&self) -> usize {
        self.function.results.iter().filter(|ty| ty.element == ElementType::Real).count()
    }

    /// Arguments whose gradient the backward half gives.
    pub(super) fn grad_inputs(&self) -> Vec<usize> {
        (0..self.function.args.len())
            .filter(|&index| self.function.args[index].ty.element == ElementType::Real)
            .collect()
    }
}
