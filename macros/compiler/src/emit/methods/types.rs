//! Types of arguments and results.

use super::ApiEmitter;
use super::dims::arg_ident;
use crate::emit::function::{element_tokens, memory_ident};
use crate::emit::{camel_case, ident, numel_tokens};
use crate::graph::size::symbol_ident;
use crate::graph::{ElementType, Size, TensorType};
use crate::plan::Memory;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::HashSet;

impl ApiEmitter<'_> {
    /// Types that belong to the function: aliases of its arguments, what its first half saves.
    pub fn types(&self, taken: &mut HashSet<String>) -> TokenStream {
        let (visibility, runtime) = (self.model.visibility, &self.context.runtime);
        let mut tokens = TokenStream::new();
        for arg in &self.function.args {
            let alias = format!("{}{}", self.model.name, camel_case(&arg.name));
            let (ty, generics) = (self.tensor_type(&arg.ty), self.generics_of(&arg.ty));
            if !taken.insert(alias.clone()) {
                continue;
            }
            let alias_ident = ident(&alias);
            let docs = format!("The argument `{}` of `{}`: `{}`.", arg.name, self.name(), arg.ty);
            let params = if generics.is_empty() { quote!() } else { quote!(<#(#generics),*>) };
            tokens.extend(
                quote!(#[doc = #docs] #[allow(dead_code)] #visibility type #alias_ident #params = #ty;),
            );
        }
        if self.function.halves.is_some() {
            let saved = self.saved_name();
            let docs = format!(
                "What `{}_train` keeps for the backward pass: the workspace and the arguments.",
                self.name()
            );
            let inputs = (0..self.function.args.len()).map(|index| {
                let name = memory_ident(Memory::Input(index));
                let element = element_tokens(self.function.args[index].ty.element, &self.context.runtime);
                quote!(#name: &'a [#element])
            });
            let dims = self.symbols().iter().map(|symbol| {
                let name = symbol_ident(&symbol.atom());
                quote!(#name: usize)
            });
            tokens.extend(quote! {
                #[doc = #docs]
                #[must_use = "call `backward` to get gradients"]
                #[allow(dead_code)]
                #visibility struct #saved<'a> { workspace: &'a mut #runtime::Workspace, #(#inputs,)* #(#dims,)* }
            });
        }
        tokens
    }

    /// The name of what the function's first half saves.
    pub fn saved_name(&self) -> Ident {
        format_ident!("{}{}Saved", self.model.name, camel_case(&self.name()))
    }

    /// The type of one dimension.
    pub(super) fn dim_type(&self, size: &Size) -> TokenStream {
        let runtime = &self.context.runtime;
        if let Some(literal) = size.as_literal() {
            let literal = Literal::i64_unsuffixed(literal);
            return quote!(#runtime::Const<#literal>);
        }
        match self.symbols().iter().find(|symbol| symbol.size == *size) {
            Some(symbol) => {
                let name = ident(&symbol.name);
                quote!(#name)
            }
            None => quote!(usize),
        }
    }

    pub(super) fn tensor_type(&self, ty: &TensorType) -> TokenStream {
        let runtime = &self.context.runtime;
        let dims = ty.shape.iter().map(|size| self.dim_type(size));
        let element = element_tokens(ty.element, &self.context.runtime);
        quote!(#runtime::Tensor<#element, (#(#dims,)*)>)
    }

    /// The shape of a result as a value.
    pub(super) fn shape_value(&self, ty: &TensorType) -> TokenStream {
        let runtime = &self.context.runtime;
        let dims = ty.shape.iter().map(|size| {
            if let Some(literal) = size.as_literal() {
                let literal = Literal::i64_unsuffixed(literal);
                return quote!(#runtime::Const::<#literal>);
            }
            match self.symbols().iter().find(|symbol| symbol.size == *size) {
                Some(symbol) => {
                    let name = format_ident!("typed_{}", symbol.name.to_lowercase());
                    quote!(#name)
                }
                None => size.to_tokens(),
            }
        });
        quote!((#(#dims,)*))
    }

    /// Names of the run-time dimensions in a type.
    pub(super) fn generics_of(&self, ty: &TensorType) -> Vec<Ident> {
        self.symbols()
            .iter()
            .filter(|symbol| ty.shape.contains(&symbol.size))
            .map(|symbol| ident(&symbol.name))
            .collect()
    }

    pub(super) fn generics(&self) -> TokenStream {
        let runtime = &self.context.runtime;
        let params = self.symbols().iter().map(|symbol| {
            let name = ident(&symbol.name);
            quote!(#name: #runtime::Dim)
        });
        if self.symbols().is_empty() { TokenStream::new() } else { quote!(<#(#params),*>) }
    }

    pub(super) fn arg_params(&self, lifetime: Option<TokenStream>) -> Vec<TokenStream> {
        self.function
            .args
            .iter()
            .map(|arg| {
                let (name, ty) = (arg_ident(&arg.name), self.tensor_type(&arg.ty));
                quote!(#name: &#lifetime #ty)
            })
            .collect()
    }

    pub(super) fn arg_names(&self) -> Vec<Ident> {
        self.function.args.iter().map(|arg| arg_ident(&arg.name)).collect()
    }

    /// The type of what the function returns.
    pub(super) fn result_type(&self) -> TokenStream {
        if self.is_loss() {
            return quote!(f32);
        }
        let types: Vec<TokenStream> = self.function.results.iter().map(|ty| self.tensor_type(ty)).collect();
        match (types.as_slice(), self.function.decl.returns_tuple) {
            ([single], false) => single.clone(),
            (types, _) => quote!((#(#types,)*)),
        }
    }

    /// Memory for the results, and its use as arguments.
    pub(super) fn outputs(&self) -> (TokenStream, Vec<TokenStream>) {
        let names = self.output_names();
        if self.is_loss() {
            return (quote!(let mut output_0 = [0.0f32; 1];), vec![quote!(&mut output_0)]);
        }
        let declare = self.function.results.iter().zip(&names).map(|(ty, name)| {
            let numel = numel_tokens(ty);
            let zero = match ty.element {
                ElementType::F16 | ElementType::Bf16 => {
                    let element = element_tokens(ty.element, &self.context.runtime);
                    quote!(#element::ZERO)
                }
                ElementType::F32 | ElementType::F64 | ElementType::Bool => quote!(0.0),
                _ => quote!(0),
            };
            quote!(let mut #name = ::std::vec![#zero; #numel];)
        });
        (quote!(#(#declare)*), names.iter().map(|name| quote!(&mut #name)).collect())
    }

    /// The typed result, from the memory of [`ApiEmitter::outputs`].
    pub(super) fn value(&self) -> TokenStream {
        if self.is_loss() {
            return quote!(output_0[0]);
        }
        let tensors = self.output_tensors();
        match (tensors.as_slice(), self.function.decl.returns_tuple) {
            ([single], false) => single.clone(),
            (tensors, _) => quote!((#(#tensors,)*)),
        }
    }

    fn output_names(&self) -> Vec<Ident> {
        (0..self.function.results.len()).map(|index| memory_ident(Memory::Output(index))).collect()
    }

    /// The results as tensors.
    pub(super) fn output_tensors(&self) -> Vec<TokenStream> {
        let runtime = &self.context.runtime;
        let results = self.function.results.iter().zip(self.output_names());
        results
            .map(|(ty, name)| {
                let shape = self.shape_value(ty);
                quote!(#runtime::Tensor::from_vec(#shape, #name))
            })
            .collect()
    }

    pub(super) fn slices(&self) -> Vec<TokenStream> {
        self.arg_names().iter().map(|name| quote!(#name.as_slice())).collect()
    }

    pub(super) fn atoms(&self) -> Vec<Ident> {
        self.symbols().iter().map(|symbol| symbol_ident(&symbol.atom())).collect()
    }
}
