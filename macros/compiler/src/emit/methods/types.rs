//! Types of arguments and results.

use super::ApiEmitter;
use super::dims::arg_ident;
use super::structs::arg_place;
use crate::emit::function::{element_tokens, memory_ident};
use crate::emit::{camel_case, emit_float, emit_zero, ident, numel_tokens};
use crate::graph::size::symbol_ident;
use crate::graph::{ElementType, Size, TensorType};
use crate::plan::Memory;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use std::collections::HashSet;

impl ApiEmitter<'_> {
    /// Types that belong to the function: aliases of its arguments, what its first half saves.
    pub fn types(&self, taken: &mut HashSet<String>) -> TokenStream {
        let (visibility, runtime) = (self.model.visibility, &self.context.runtime);
        let mut tokens = TokenStream::new();
        for (name, group) in self.arg_groups() {
            let alias = format!("{}{}", self.model.name, camel_case(&name));
            let ty = self.group_type(&group, &|size| self.dim_type(size));
            let generics = self.generics_of(group.types);
            if !taken.insert(alias.clone()) {
                continue;
            }
            let alias_ident = ident(&alias);
            let shapes: Vec<String> = group.types.iter().map(|ty| format!("`{ty}`")).collect();
            let docs =
                format!("The argument `{name}` of `{}`: {}.", self.function.decl.ident, shapes.join(", "));
            let params = if generics.is_empty() { quote!() } else { quote!(<#(#generics),*>) };
            tokens.extend(
                quote!(#[doc = #docs] #[allow(dead_code)] #visibility type #alias_ident #params = #ty;),
            );
        }
        if self.function.halves.is_some() {
            let saved = self.saved_name();
            let docs = format!(
                "What `{}_train` keeps for the backward pass: the workspace and the arguments.",
                self.function.decl.ident
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
        // That of a choice of optional arguments is not met by any name of the user's, such as `forward_with_mask`.
        let prefix = if self.function.choice.is_some() { "__" } else { "" };
        format_ident!("{prefix}{}{}Saved", self.model.name, camel_case(&self.name()))
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

    /// The type of a tensor, in which dimensions are written by `dim`.
    pub(super) fn tensor_type_with(
        &self,
        ty: &TensorType,
        dim: &dyn Fn(&Size) -> TokenStream,
    ) -> TokenStream {
        let runtime = &self.context.runtime;
        let dims = ty.shape.iter().map(dim);
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

    /// Names of the run-time dimensions in types.
    pub(super) fn generics_of(&self, types: &[TensorType]) -> Vec<Ident> {
        self.symbols()
            .iter()
            .filter(|symbol| types.iter().any(|ty| ty.shape.contains(&symbol.size)))
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

    pub(super) fn generics_with_lifetime(&self) -> TokenStream {
        let runtime = &self.context.runtime;
        let params = self.symbols().iter().map(|symbol| {
            let name = ident(&symbol.name);
            quote!(#name: #runtime::Dim)
        });
        quote!(<'a, #(#params),*>)
    }

    pub(super) fn arg_params(&self, lifetime: Option<TokenStream>) -> Vec<TokenStream> {
        let types = self.arg_refs(lifetime);
        self.arg_names().iter().zip(types).map(|(name, ty)| quote!(#name: #ty)).collect()
    }

    /// The types of arguments: references.
    pub(super) fn arg_refs(&self, lifetime: Option<TokenStream>) -> Vec<TokenStream> {
        let groups = self.arg_groups();
        let types = groups.iter().map(|(_, group)| self.group_type(group, &|size| self.dim_type(size)));
        types.map(|ty| quote!(&#lifetime #ty)).collect()
    }

    pub(super) fn arg_names(&self) -> Vec<Ident> {
        self.arg_groups().iter().map(|(name, _)| arg_ident(name)).collect()
    }

    /// The type of what the function returns.
    pub(super) fn result_type(&self) -> TokenStream {
        if self.is_loss() {
            return emit_float().into_token_stream();
        }
        let dim = |size: &Size| self.dim_type(size);
        let types: Vec<TokenStream> =
            self.result_groups().iter().map(|group| self.group_type(group, &dim)).collect();
        match (types.as_slice(), self.function.decl.returns_tuple) {
            ([single], false) => single.clone(),
            (types, _) => quote!((#(#types,)*)),
        }
    }

    /// Memory for the results, and its use as arguments.
    pub(super) fn outputs(&self) -> (TokenStream, Vec<TokenStream>) {
        let names = self.output_names();
        if self.is_loss() {
            let zero = emit_zero();
            return (quote!(let mut output_0 = [#zero; 1];), vec![quote!(&mut output_0)]);
        }
        let declare = self.function.results.iter().zip(&names).map(|(ty, name)| {
            let numel = numel_tokens(ty);
            let zero = match ty.element {
                ElementType::F16 | ElementType::Bf16 => {
                    let element = element_tokens(ty.element, &self.context.runtime);
                    quote!(#element::ZERO)
                }
                ElementType::Real | ElementType::F32 | ElementType::F64 | ElementType::Bool => quote!(0.0),
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
        let values = self.output_values();
        match (values.as_slice(), self.function.decl.returns_tuple) {
            ([single], false) => single.clone(),
            (values, _) => quote!((#(#values,)*)),
        }
    }

    fn output_names(&self) -> Vec<Ident> {
        (0..self.function.results.len()).map(|index| memory_ident(Memory::Output(index))).collect()
    }

    /// The results as tensors and structs.
    pub(super) fn output_values(&self) -> Vec<TokenStream> {
        let runtime = &self.context.runtime;
        self.result_groups()
            .iter()
            .map(|group| {
                if let Some(of) = group.of {
                    return self.struct_value(of, group, Memory::Output);
                }
                let (shape, name) =
                    (self.shape_value(&group.types[0]), memory_ident(Memory::Output(group.start)));
                quote!(#runtime::Tensor::from_vec(#shape, #name))
            })
            .collect()
    }

    pub(super) fn slices(&self) -> Vec<TokenStream> {
        let places = self.function.args.iter().map(|arg| arg_place(&arg.name));
        places.map(|place| quote!(#place.as_slice())).collect()
    }

    pub(super) fn atoms(&self) -> Vec<Ident> {
        self.symbols().iter().map(|symbol| symbol_ident(&symbol.atom())).collect()
    }
}
