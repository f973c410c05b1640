//! Functions outside any model: a differentiable one, and what gives its value and gradients.

use super::ApiEmitter;
use crate::emit::api::place_loops;
use crate::emit::fused_loop::LoopFunctions;
use crate::emit::{emit_float, respan};
use crate::graph::Size;
use proc_macro2::{Delimiter, Group, TokenStream};
use quote::{ToTokens, format_ident, quote};

impl ApiEmitter<'_> {
    /// The function and its `try_` twin. Of the results, those from `num_values` on are gradients, which are returned
    /// together.
    pub fn free_function(&self, num_values: usize) -> TokenStream {
        let runtime = &self.context.runtime;
        let (visibility, name) = (&self.function.decl.visibility, &self.function.decl.ident);
        let try_name = format_ident!("try_{}", name);
        let (generics, params, args) = (self.generics(), self.arg_params(None), self.arg_names());
        let mut loops = LoopFunctions::default();
        let bodies = self.bodies(&mut loops);
        let loops = place_loops(loops.items.into_iter().collect(), self.context);
        let run = self.run_inference(quote!(&[]));
        let (result, value) = self.grouped(num_values);
        let docs = self.docs("Usable from several threads.", Some(true));
        let try_docs = self.docs("As the function without `try_`, with errors as values.", Some(false));
        let allow = quote!(#[allow(
            dead_code, non_snake_case, unused_doc_comments, unused_variables, unused_mut, unused_parens,
            unused_braces, clippy::all
        )]);
        let at_root = |tokens: TokenStream| respan(tokens, self.context.span, self.context.span);
        let short = at_root(quote! {
            #docs
            #allow
            #[track_caller]
            #visibility fn #name #generics(#(#params),*) -> #result {
                #runtime::error::or_panic(#try_name(#(#args),*))
            }
        });
        let head = at_root(quote! {
            #try_docs
            #allow
            #visibility fn #try_name #generics(#(#params),*) -> ::core::result::Result<#result, #runtime::Error>
        });
        let run = at_root(quote!(#run ::core::result::Result::Ok(#value)));
        let mut block = Group::new(Delimiter::Brace, quote!(#loops #bodies #run));
        block.set_span(self.context.span);
        quote!(#short #head #block)
    }

    /// The type and the value of what is returned: values, and gradients beside them.
    fn grouped(&self, num_values: usize) -> (TokenStream, TokenStream) {
        let results = self.result_groups();
        if num_values == results.len() {
            return (self.result_type(), self.value());
        }
        let dim = |size: &Size| self.dim_type(size);
        let mut types: Vec<TokenStream> = results.iter().map(|group| self.group_type(group, &dim)).collect();
        let mut values = self.output_values();
        if num_values == 1 && results[0].of.is_none() && results[0].types[0].rank() == 0 {
            (types[0], values[0]) = (emit_float().into_token_stream(), quote!(output_0[0]));
        }
        let group = |items: &[TokenStream]| match items {
            [single] => single.clone(),
            items => quote!((#(#items,)*)),
        };
        let pair = |items: &[TokenStream]| {
            let (values, grads) = items.split_at(num_values);
            let (values, grads) = (group(values), group(grads));
            quote!((#values, #grads))
        };
        (pair(&types), pair(&values))
    }
}
