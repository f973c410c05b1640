//! Methods over batches: the arguments of a function as one tuple of tensors, whose run-time dimensions are `usize`.
//!
//! What trains or judges any model calls these: a batch has one type, and is made by a data set.

use super::ApiEmitter;
use crate::emit::function::element_tokens;
use crate::graph::TensorType;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

impl ApiEmitter<'_> {
    /// `loss_batch`, and `loss_grad_batch` where the function has a gradient step. Other functions than losses, whose
    /// arguments are part of a batch, take a tuple of references.
    ///
    /// They are marked `#[inline]`, so that a library does not compile those that nobody calls.
    pub(super) fn batch_methods(&self) -> TokenStream {
        if self.function.args.is_empty() {
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
        let grads = format_ident!("{}Grads", self.model.name);
        let docs = format!(
            "A training step of `{}` on the arguments as one tuple: what a trainer calls. `grads` is overwritten.\n\n# Errors\nAs for `{try_into}`.",
            self.name()
        );
        quote! {
            #[doc = #docs]
            #[inline]
            #visibility fn #method(&self, workspace: &mut #runtime::Workspace, batch: &#batch, grads: &mut #grads) -> ::core::result::Result<f32, #runtime::Error> {
                self.#try_into(workspace, #(#args,)* grads)
            }
        }
    }

    /// `(Tensor<f32, (usize, Const<784>)>, Tensor<u8, (usize,)>)`, each type behind a token.
    fn batch_type(&self, before: TokenStream) -> TokenStream {
        let types = self.function.args.iter().map(|arg| self.plain_tensor_type(&arg.ty));
        quote!((#(#before #types,)*))
    }

    fn batch_args(&self, before: TokenStream) -> Vec<TokenStream> {
        let indices = (0..self.function.args.len()).map(Literal::usize_unsuffixed);
        indices.map(|index| quote!(#before batch.#index)).collect()
    }

    fn batch_result(&self) -> TokenStream {
        if self.is_loss() {
            return self.result_type();
        }
        let types: Vec<TokenStream> =
            self.function.results.iter().map(|ty| self.plain_tensor_type(ty)).collect();
        match (types.as_slice(), self.function.decl.returns_tuple) {
            ([single], false) => single.clone(),
            (types, _) => quote!((#(#types,)*)),
        }
    }

    /// The type of a tensor whose run-time dimensions are `usize`.
    fn plain_tensor_type(&self, ty: &TensorType) -> TokenStream {
        let runtime = &self.context.runtime;
        let dims = ty.shape.iter().map(|size| match size.as_literal() {
            Some(literal) => {
                let literal = Literal::i64_unsuffixed(literal);
                quote!(#runtime::Const<#literal>)
            }
            None => quote!(usize),
        });
        let element = element_tokens(ty.element, runtime);
        quote!(#runtime::Tensor<#element, (#(#dims,)*)>)
    }
}
