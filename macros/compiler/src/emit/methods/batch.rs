//! Methods over batches: the arguments of a function as one tuple of tensors, whose run-time dimensions are `usize`.
//!
//! What trains or judges any model calls these: a batch has one type, and is made by a data set.

use super::ApiEmitter;
use crate::emit::emit_float;
use crate::graph::Size;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

impl ApiEmitter<'_> {
    /// `loss_batch`, and `loss_grad_batch` where the function has a gradient step. Other functions than losses, whose
    /// arguments are part of a batch, take a tuple of references.
    ///
    /// They are marked `#[inline]`, so that a library does not compile those that nobody calls.
    pub(super) fn batch_methods(&self) -> TokenStream {
        // What is left out has no place in a tuple.
        if self.function.args.is_empty() || self.function.choice.is_some() {
            return TokenStream::new();
        }
        let runtime = &self.context.runtime;
        let (visibility, name) = (&self.function.decl.visibility, &self.function.decl.ident);
        let (batch, args) = (self.batch_type(quote!()), self.batch_args(quote!(&)));
        let (arg_type, eval_args) = match self.is_loss() {
            true => (quote!(&#batch), args.clone()),
            false => (self.batch_type(quote!(&)), self.batch_args(quote!())),
        };
        let (method, try_name) = (format_ident!("{}_batch", name), format_ident!("try_{}", name));
        let result = self.batch_result();
        let docs = format!(
            "`{}` of the arguments as one tuple, as data sets make them, with errors as values.\n\n# Errors\nAs for `{try_name}`.",
            self.name()
        );
        let eval = quote! {
            #[doc = #docs]
            #[inline]
            #visibility fn #method(&self, batch: #arg_type) -> ::core::result::Result<#result, #runtime::Error> {
                self.#try_name(#(#eval_args),*)
            }
        };
        let grad = self.function.loss_grad.is_some().then(|| self.grad_batch_method(&batch, &args));
        quote!(#eval #grad)
    }

    fn grad_batch_method(&self, batch: &TokenStream, args: &[TokenStream]) -> TokenStream {
        let runtime = &self.context.runtime;
        let (visibility, name) = (&self.function.decl.visibility, &self.function.decl.ident);
        let (method, try_into) =
            (format_ident!("{}_grad_batch", name), format_ident!("try_{}_grad_into", name));
        let (grads, float) = (format_ident!("{}Grads", self.model.name), emit_float());
        let docs = format!(
            "A training step of `{}` on the arguments as one tuple: what a trainer calls. `grads` is overwritten.\n\n# Errors\nAs for `{try_into}`.",
            self.name()
        );
        quote! {
            #[doc = #docs]
            #[inline]
            #visibility fn #method(&self, workspace: &mut #runtime::Workspace, batch: &#batch, grads: &mut #grads) -> ::core::result::Result<#float, #runtime::Error> {
                self.#try_into(workspace, #(#args,)* grads)
            }
        }
    }

    /// `(Tensor<f32, (usize, Const<784>)>, Tensor<u8, (usize,)>)`, each type behind a token.
    fn batch_type(&self, before: TokenStream) -> TokenStream {
        let types = self
            .arg_groups()
            .into_iter()
            .map(|(_, group)| self.group_type(&group, &|size| self.plain_dim(size)));
        quote!((#(#before #types,)*))
    }

    fn batch_args(&self, before: TokenStream) -> Vec<TokenStream> {
        let indices = (0..self.arg_groups().len()).map(Literal::usize_unsuffixed);
        indices.map(|index| quote!(#before batch.#index)).collect()
    }

    fn batch_result(&self) -> TokenStream {
        if self.is_loss() {
            return self.result_type();
        }
        let groups = self.result_groups();
        let types: Vec<TokenStream> =
            groups.iter().map(|group| self.group_type(group, &|size| self.plain_dim(size))).collect();
        match (types.as_slice(), self.function.decl.returns_tuple) {
            ([single], false) => single.clone(),
            (types, _) => quote!((#(#types,)*)),
        }
    }

    /// The type of a dimension; of one that is known at run time, `usize`.
    fn plain_dim(&self, size: &Size) -> TokenStream {
        let runtime = &self.context.runtime;
        match size.as_literal() {
            Some(literal) => {
                let literal = Literal::i64_unsuffixed(literal);
                quote!(#runtime::Const<#literal>)
            }
            None => quote!(usize),
        }
    }
}
