//! The two halves of a training step.

use super::{ApiEmitter, Body};
use crate::emit::function::memory_ident;
use crate::emit::{emit_float, emit_zero, ident, numel_tokens};
use crate::graph::Size;
use crate::plan::Memory;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

impl ApiEmitter<'_> {
    pub(super) fn half_methods(&self) -> TokenStream {
        let runtime = &self.context.runtime;
        let (visibility, name) = (self.visibility(), self.function.ident());
        let (train, try_train) = (format_ident!("{}_train", name), format_ident!("try_{}_train", name));
        let saved = self.saved_name();
        let args = self.arg_names();
        let params = self.arg_params(Some(quote!('a)));
        let with_lifetime = self.generics_with_lifetime();
        let (result, read_dims, body) =
            (self.result_type(), self.read_dims(), self.body_name(Body::ForwardHalf));
        let ((declare, outputs), value) = (self.outputs(), self.value());
        let (slices, atoms, next_step) = (self.slices(), self.atoms(), self.step_method("next"));
        let inputs: Vec<Ident> =
            (0..self.function.args.len()).map(|index| memory_ident(Memory::Input(index))).collect();
        let docs =
            self.docs("First half of a training step: the result, and what `backward` needs.", Some(true));
        let try_docs = self.docs("As the function without `try_`, with errors as values.", Some(false));
        quote! {
            #docs
            #[track_caller]
            #visibility fn #train #with_lifetime(&self, workspace: &'a mut #runtime::Workspace, #(#params),*) -> (#result, #saved<'a>) {
                #runtime::error::or_panic(self.#try_train(workspace, #(#args),*))
            }
            #try_docs
            #visibility fn #try_train #with_lifetime(&self, workspace: &'a mut #runtime::Workspace, #(#params),*) -> ::core::result::Result<(#result, #saved<'a>), #runtime::Error> {
                #read_dims
                #declare
                let (arena, random_key) = workspace.#next_step();
                #runtime::parallel::enter(|| {
                    #body(self.state.values(), #(#slices,)* #(#outputs,)* arena, random_key, #(#atoms),*)
                })?;
                let saved = #saved { workspace, #(#inputs: #slices,)* #(#atoms,)* };
                ::core::result::Result::Ok((#value, saved))
            }
        }
    }

    /// What is behind `saved.backward(&net, &dy, &mut grads)`: a hidden method of the model.
    pub(super) fn backward_method(&self) -> (TokenStream, Backward) {
        let runtime = &self.context.runtime;
        let (name, model) = (self.function.ident(), self.model.name);
        let (saved, grads) = (self.saved_name(), format_ident!("{model}Grads"));
        let hidden = format_ident!("__{}_backward", name);
        let body = self.body_name(Body::BackwardHalf);
        let inputs: Vec<Ident> =
            (0..self.function.args.len()).map(|index| memory_ident(Memory::Input(index))).collect();
        let atoms = self.atoms();
        let seeds = self.seed_groups();
        let seed_names: Vec<Ident> = match seeds.len() {
            1 => vec![ident("grad_output")],
            many => (0..many).map(|index| format_ident!("grad_output_{index}")).collect(),
        };
        let (float, zero) = (emit_float(), emit_zero());
        let mut checks = TokenStream::new();
        let (mut seed_params, mut seed_slices, mut scalars) = (Vec::new(), Vec::new(), TokenStream::new());
        for (group, seed) in seeds.iter().zip(&seed_names) {
            if group.of.is_none() && group.types[0].rank() == 0 {
                let array = format_ident!("{seed}_array");
                seed_params.push(quote!(#seed: #float));
                scalars.extend(quote!(let #array = [#seed];));
                seed_slices.push(quote!(&#array));
                continue;
            }
            let ty_tokens = self.group_type(group, &|size| self.dim_type(size));
            seed_params.push(quote!(#seed: &#ty_tokens));
            for (ty, tensor) in group.types.iter().zip(group.reached_from(seed)) {
                seed_slices.push(quote!(#tensor.as_slice()));
                let (expected, text) = (numel_tokens(ty), tensor.to_string().replace(' ', ""));
                checks.extend(quote! {
                    if #tensor.numel() != #expected {
                        return ::core::result::Result::Err(#runtime::Error::DimMismatch {
                            dim: "number of elements", first_argument: "the result", first: #expected,
                            second_argument: #text, second: #tensor.numel(),
                        });
                    }
                });
            }
        }
        let (grad_inputs, same_step) = (self.grad_inputs(), self.step_method("same"));
        // Gradients of arguments are typed by the dimensions that the gradient of the result brings along.
        let typed: Vec<Ident> = self
            .symbols()
            .iter()
            .filter(|symbol| {
                seeds.iter().flat_map(|group| group.types).any(|ty| ty.shape.contains(&symbol.size))
            })
            .map(|symbol| ident(&symbol.name))
            .collect();
        let grad_dim = |size: &Size| {
            let known = self
                .symbols()
                .iter()
                .any(|symbol| symbol.size == *size && typed.contains(&ident(&symbol.name)));
            if known || size.as_literal().is_some() { self.dim_type(size) } else { quote!(usize) }
        };
        let declare = grad_inputs.iter().map(|&index| {
            let (memory, numel) =
                (memory_ident(Memory::GradInput(index)), numel_tokens(&self.function.args[index].ty));
            quote!(let mut #memory = ::std::vec![#zero; #numel];)
        });
        let grad_slices = grad_inputs.iter().map(|&index| {
            let memory = memory_ident(Memory::GradInput(index));
            quote!(&mut #memory)
        });
        let grads_of_args = self.grad_groups();
        let values: Vec<TokenStream> = grads_of_args
            .iter()
            .map(|(_, group)| {
                if let Some(of) = group.of {
                    return self.struct_value(of, group, Memory::GradInput);
                }
                let memory = memory_ident(Memory::GradInput(group.start));
                let ty = self.group_type(group, &grad_dim);
                let sizes = group.types[0].shape.iter().map(Size::to_tokens);
                quote!({
                    let tensor: #ty = #runtime::tensor::from_sizes(&[#(#sizes),*], #memory);
                    tensor
                })
            })
            .collect();
        let types: Vec<TokenStream> =
            grads_of_args.iter().map(|(_, group)| self.group_type(group, &grad_dim)).collect();
        let (result, value) = match (types.as_slice(), values.as_slice()) {
            ([ty], [value]) => (ty.clone(), value.clone()),
            _ => (quote!((#(#types,)*)), quote!((#(#values,)*))),
        };
        let symbols: Vec<TokenStream> = typed.iter().map(|name| quote!(#name: #runtime::Dim)).collect();
        let generics = if symbols.is_empty() { TokenStream::new() } else { quote!(<#(#symbols),*>) };
        let parts = self.gradient_parts();
        let docs = format!(
            "Second half of a training step: gradients of the parameters into `grads`, which is overwritten; returns those of {}.",
            grads_of_args.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        );
        let method = quote! {
            #[doc(hidden)]
            fn #hidden #generics(&self, saved: #saved<'_>, #(#seed_params,)* grads: &mut #grads) -> ::core::result::Result<#result, #runtime::Error> {
                let #saved { workspace, #(#inputs,)* #(#atoms,)* } = saved;
                #checks
                #scalars
                #(#declare)*
                let (arena, random_key) = workspace.#same_step();
                #runtime::parallel::enter(|| {
                    #parts
                    #body(self.state.values(), #(#inputs,)* #(#seed_slices,)* #(#grad_slices,)* grads, buffers, arena, random_key, #(#atoms),*)
                })?;
                ::core::result::Result::Ok(#value)
            }
        };
        (method, Backward { generics, seed_params, seed_names, types, result, docs, hidden })
    }

    /// The methods of what the first half saves.
    pub(super) fn saved_impl(&self, backward: &Backward) -> TokenStream {
        let Backward { generics, seed_params, seed_names, result, docs, hidden, .. } = backward;
        let (visibility, model, runtime) = (self.visibility(), self.model.name, &self.context.runtime);
        let (saved, grads) = (self.saved_name(), format_ident!("{model}Grads"));
        quote! {
            impl #saved<'_> {
                #[doc = #docs]
                ///
                /// # Panics
                /// When the gradient has another number of elements than the result.
                #[track_caller]
                #visibility fn backward #generics(self, model: &#model, #(#seed_params,)* grads: &mut #grads) -> #result {
                    #runtime::error::or_panic(model.#hidden(self, #(#seed_names,)* grads))
                }
                /// As `backward`, with errors as values.
                ///
                /// # Errors
                /// When the gradient has another number of elements than the result.
                #visibility fn try_backward #generics(self, model: &#model, #(#seed_params,)* grads: &mut #grads) -> ::core::result::Result<#result, #runtime::Error> {
                    model.#hidden(self, #(#seed_names,)* grads)
                }
            }
        }
    }
}

/// What the methods of the saved half need of the function behind them.
pub(super) struct Backward {
    pub(super) generics: TokenStream,
    pub(super) seed_params: Vec<TokenStream>,
    pub(super) seed_names: Vec<Ident>,
    /// The types of the gradients that it returns, and what it returns.
    pub(super) types: Vec<TokenStream>,
    result: TokenStream,
    pub(super) docs: String,
    hidden: Ident,
}
