//! The typed methods of one function of a model, and the untyped bodies behind them.

mod batch;
mod bodies;
mod dims;
mod free;
mod halves;
mod optional;
mod structs;
mod types;

pub use optional::Choices;

use super::EmitContext;
use super::api::ModelToEmit;
use crate::compile::CompiledFunction;
use crate::emit::{emit_float, emit_zero};
use crate::graph::Float;
use crate::lower::Symbol;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Emits what belongs to one function.
pub struct ApiEmitter<'a> {
    /// The model.
    pub model: &'a ModelToEmit<'a>,
    /// The function.
    pub function: &'a CompiledFunction,
    /// Where names resolve.
    pub context: &'a EmitContext,
}

/// Which body is emitted or called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Eval,
    LossGrad,
    ForwardHalf,
    BackwardHalf,
}

impl Body {
    fn suffix(self) -> &'static str {
        match self {
            Body::Eval => "eval",
            Body::LossGrad => "loss_grad",
            Body::ForwardHalf => "forward_half",
            Body::BackwardHalf => "backward_half",
        }
    }
}

impl ApiEmitter<'_> {
    fn name(&self) -> String {
        self.function.ident().to_string().trim_start_matches("r#").to_string()
    }

    fn body_name(&self, body: Body) -> Ident {
        format_ident!("__{}_{}", self.function.ident(), body.suffix())
    }

    fn symbols(&self) -> &[Symbol] {
        &self.function.symbols
    }

    /// How far the methods are seen: the one for a choice of optional arguments is called by the method that decides.
    fn visibility(&self) -> &syn::Visibility {
        const HIDDEN: &syn::Visibility = &syn::Visibility::Inherited;
        if self.function.choice.is_some() { HIDDEN } else { &self.function.decl.visibility }
    }

    /// The method of a workspace that gives arena and key of a step, such as `next_step`.
    fn step_method(&self, which: &str) -> Ident {
        match Float::current() {
            Float::F32 => format_ident!("{which}_step"),
            Float::F64 => format_ident!("{which}_double_step"),
        }
    }

    /// Whether the function returns one scalar.
    fn is_loss(&self) -> bool {
        self.function.is_scalar()
    }

    /// The typed methods of the model, and impls beside them.
    pub fn methods(&self) -> (TokenStream, TokenStream) {
        let mut methods = self.eval_methods();
        methods.extend(self.batch_methods());
        let mut beside = TokenStream::new();
        if self.function.loss_grad.is_some() {
            methods.extend(self.loss_grad_methods());
        }
        if self.function.halves.is_some() {
            let (backward, signature) = self.backward_method();
            methods.extend(self.half_methods());
            methods.extend(backward);
            beside.extend(self.saved_impl(&signature));
        }
        (methods, beside)
    }

    fn eval_methods(&self) -> TokenStream {
        let runtime = &self.context.runtime;
        let (visibility, name) = (self.visibility(), self.function.ident());
        let try_name = format_ident!("try_{}", name);
        let (generics, params, args) = (self.generics(), self.arg_params(None), self.arg_names());
        let result = self.result_type();
        let run = self.run_inference(quote!(self.state.values()));
        let value = self.value();
        let docs =
            self.docs("Inference: no dropout, running statistics; usable from several threads.", Some(true));
        let try_docs = self.docs("As the function without `try_`, with errors as values.", Some(false));
        quote! {
            #docs
            #[track_caller]
            #visibility fn #name #generics(&self, #(#params),*) -> #result {
                #runtime::error::or_panic(self.#try_name(#(#args),*))
            }
            #try_docs
            #visibility fn #try_name #generics(&self, #(#params),*) -> ::core::result::Result<#result, #runtime::Error> {
                #run
                ::core::result::Result::Ok(#value)
            }
        }
    }

    /// Checks the arguments, and leaves the results in memory of their own.
    fn run_inference(&self, state: TokenStream) -> TokenStream {
        let runtime = &self.context.runtime;
        let (read_dims, body) = (self.read_dims(), self.body_name(Body::Eval));
        let (declare, outputs) = self.outputs();
        let (slices, atoms) = (self.slices(), self.atoms());
        quote! {
            #read_dims
            #declare
            #runtime::parallel::enter(|| #runtime::workspace::with_scratch(|arena| {
                let random_key = #runtime::random::RandomKey { seed: 0, step: 0 };
                #body(#state, #(#slices,)* #(#outputs,)* arena, random_key, #(#atoms),*)
            }))?;
        }
    }

    fn gradient_parts(&self) -> TokenStream {
        // Proposed buffers count as present only if the function proposes any.
        if self.updates_buffers() {
            quote!(let (grads, buffers) = grads.gradients.parts_mut();)
        } else {
            let float = emit_float();
            quote!(let (grads, buffers): (&mut [#float], &mut [#float]) = (grads.gradients.values_mut(), &mut []);)
        }
    }

    fn loss_grad_methods(&self) -> TokenStream {
        let (krate, runtime) = (&self.context.krate, &self.context.runtime);
        let (visibility, name, model) = (self.visibility(), self.function.ident(), self.model.name);
        let (float, zero, next_step) = (emit_float(), emit_zero(), self.step_method("next"));
        let (into, try_into) = (format_ident!("{}_grad_into", name), format_ident!("try_{}_grad_into", name));
        let (short, try_short) = (format_ident!("{}_grad", name), format_ident!("try_{}_grad", name));
        let grads = format_ident!("{model}Grads");
        let (generics, params, args) = (self.generics(), self.arg_params(None), self.arg_names());
        let (read_dims, body) = (self.read_dims(), self.body_name(Body::LossGrad));
        let (slices, atoms) = (self.slices(), self.atoms());
        let parts = self.gradient_parts();
        let docs = self.docs(
            "Value and gradient of one training step, dropout and batch statistics included. `grads` is overwritten. Allocates nothing once the workspace has seen the sizes.",
            Some(true),
        );
        let try_docs = self.docs("As the function without `try_`, with errors as values.", Some(false));
        let short_docs =
            self.docs("Value and gradient, in fresh memory: the short form of `…_grad_into`.", Some(true));
        quote! {
            #docs
            #[track_caller]
            #visibility fn #into #generics(&self, workspace: &mut #runtime::Workspace, #(#params,)* grads: &mut #grads) -> #float {
                #runtime::error::or_panic(self.#try_into(workspace, #(#args,)* grads))
            }
            #try_docs
            #visibility fn #try_into #generics(&self, workspace: &mut #runtime::Workspace, #(#params,)* grads: &mut #grads) -> ::core::result::Result<#float, #runtime::Error> {
                #read_dims
                let mut output_0 = [#zero; 1];
                let (arena, random_key) = workspace.#next_step();
                #runtime::parallel::enter(|| {
                    #parts
                    #body(self.state.values(), #(#slices,)* &mut output_0, grads, buffers, arena, random_key, #(#atoms),*)
                })?;
                ::core::result::Result::Ok(output_0[0])
            }
            #short_docs
            #[track_caller]
            #visibility fn #short #generics(&self, #(#params),*) -> (#float, #grads) {
                #runtime::error::or_panic(self.#try_short(#(#args),*))
            }
            #try_docs
            #visibility fn #try_short #generics(&self, #(#params),*) -> ::core::result::Result<(#float, #grads), #runtime::Error> {
                let mut grads = <#grads as #krate::ModelGrads>::zeros();
                let value = self.#try_into(&mut #runtime::Workspace::new(), #(#args,)* &mut grads)?;
                ::core::result::Result::Ok((value, grads))
            }
        }
    }
}
