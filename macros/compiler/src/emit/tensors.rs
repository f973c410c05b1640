//! A struct of tensors as Rust sees it.

use super::function::element_tokens;
use crate::parse::{Annotation, DimExpr, SizeParam, TensorsDecl, param_alone};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ItemStruct, Type};

/// The struct with tensors of Rust in the place of those of the language, and what puts one together:
///
/// ```text
/// pub struct State<N: Dim, const D: usize> {
///     pub h: Tensor<f32, (N, Const<D>)>,
/// }
/// impl<N: Dim, const D: usize> Compose for State<N, D> {
///     type Parts = (<Tensor<f32, (N, Const<D>)> as Compose>::Parts,);
///     fn compose((h,): Self::Parts) -> Self {
///         State { h: Compose::compose(h) }
///     }
/// }
/// ```
pub fn emit_tensors(item: &ItemStruct, decl: &TensorsDecl, krate: &TokenStream) -> TokenStream {
    let runtime = quote!(#krate::__private);
    let ItemStruct { attrs, vis, ident, .. } = item;
    let (declared, named) = generics(&decl.params, &runtime);
    let types: Vec<TokenStream> =
        fields(item, decl).map(|(field, ty)| rust_type(&field.ty, ty, &decl.params, &runtime)).collect();
    let names: Vec<_> = decl.fields.iter().map(|field| &field.ident).collect();
    let declarations = fields(item, decl).zip(&types).map(|((field, _), ty)| {
        let (attrs, vis, ident) = (&field.attrs, &field.vis, &field.ident);
        quote!(#(#attrs)* #vis #ident: #ty)
    });
    quote! {
        #(#attrs)*
        #vis struct #ident #declared { #(#declarations),* }
        #[automatically_derived]
        impl #declared #runtime::Compose for #ident #named {
            type Parts = (#(<#types as #runtime::Compose>::Parts,)*);
            fn compose((#(#names,)*): Self::Parts) -> Self {
                #ident { #(#names: #runtime::Compose::compose(#names)),* }
            }
        }
    }
}

/// A struct of the same name in the place of one with mistakes, so that those who name it find it: its tensors only,
/// since another struct in it may be the mistake.
pub fn emit_broken_tensors(item: &ItemStruct, decl: &TensorsDecl, krate: &TokenStream) -> TokenStream {
    let runtime = quote!(#krate::__private);
    let ItemStruct { vis, ident, .. } = item;
    let (declared, _) = generics(&decl.params, &runtime);
    let tensors = fields(item, decl).filter(|(_, ty)| matches!(ty, Annotation::Tensor(_)));
    let declarations = tensors.map(|(field, ty)| {
        let (vis, ident, ty) = (&field.vis, &field.ident, rust_type(&field.ty, ty, &decl.params, &runtime));
        quote!(#vis #ident: #ty)
    });
    let dims = decl.params.iter().filter(|param| param.is_dim).map(|param| &param.ident);
    quote! {
        #[allow(dead_code)]
        #vis struct #ident #declared { #(#declarations,)* __dims: ::core::marker::PhantomData<(#(#dims,)*)> }
    }
}

/// The fields that were read, as they are written and as they were read.
fn fields<'a>(
    item: &'a ItemStruct,
    decl: &'a TensorsDecl,
) -> impl Iterator<Item = (&'a syn::Field, &'a Annotation)> {
    decl.fields.iter().filter_map(|read| {
        let written = item.fields.iter().find(|field| field.ident.as_ref() == Some(&read.ident))?;
        Some((written, &read.ty))
    })
}

/// Parameters as they are declared, and as they are given.
fn generics(params: &[SizeParam], runtime: &TokenStream) -> (TokenStream, TokenStream) {
    if params.is_empty() {
        return (TokenStream::new(), TokenStream::new());
    }
    let declared =
        params.iter().map(
            |SizeParam { ident, is_dim }| {
                if *is_dim { quote!(#ident: #runtime::Dim) } else { quote!(const #ident: usize) }
            },
        );
    let named = params.iter().map(|param| &param.ident);
    (quote!(<#(#declared),*>), quote!(<#(#named),*>))
}

fn rust_type(written: &Type, read: &Annotation, params: &[SizeParam], runtime: &TokenStream) -> TokenStream {
    match (written, read) {
        (Type::Paren(inner), _) => rust_type(&inner.elem, read, params, runtime),
        (Type::Group(inner), _) => rust_type(&inner.elem, read, params, runtime),
        (Type::Tuple(tuple), Annotation::Tuple(items)) => {
            let types = tuple.elems.iter().zip(items).map(|(ty, item)| rust_type(ty, item, params, runtime));
            quote!((#(#types,)*))
        }
        (_, Annotation::Tensor(tensor)) => {
            let element = element_tokens(tensor.element, runtime);
            let dims = tensor.dims.iter().filter_map(|dim| match dim {
                DimExpr::Size(expr) => Some(rust_dim(expr, params, runtime)),
                // Refused when the struct was read.
                DimExpr::Rest(_) => None,
            });
            quote!(#runtime::Tensor<#element, (#(#dims,)*)>)
        }
        (ty, Annotation::Struct(_) | Annotation::Tuple(_)) => quote!(#ty),
    }
}

fn rust_dim(expr: &Expr, params: &[SizeParam], runtime: &TokenStream) -> TokenStream {
    match (param_alone(expr, params).map(|index| &params[index]), expr) {
        (Some(SizeParam { ident, is_dim: true }), _) => quote!(#ident),
        (Some(SizeParam { ident, is_dim: false }), _) => quote!(#runtime::Const<#ident>),
        (None, Expr::Block(_) | Expr::Lit(_)) => quote!(#runtime::Const<#expr>),
        (None, expr) => quote!(#runtime::Const<{ #expr }>),
    }
}
