//! A chain of layers as a tuple struct.

use super::parse_item;
use crate::diagnostics::{Diagnostic, Diagnostics, Reported};
use crate::emit::respan;
use crate::parse::ModelAttributes;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Expr, Fields, ItemImpl, ItemStruct};

/// `struct Mlp(nn::Linear<784, 256>, nn::Relu)` as named fields and a `forward` that calls them in order.
pub(super) fn sequential(
    item: &ItemStruct,
    attributes: &ModelAttributes,
    span: Span,
    diagnostics: &mut Diagnostics,
) -> Result<(ItemStruct, ItemImpl), Reported> {
    let Fields::Unnamed(layers) = &item.fields else {
        return Err(diagnostics.report(
            Diagnostic::new(span, "a sequential model is a tuple struct of layers")
                .help(format!("write `struct {}(nn::Linear<784, 10>, nn::Relu);`", item.ident)),
        ));
    };
    let Some(Expr::Array(input)) = &attributes.input else {
        return Err(diagnostics.report(
            Diagnostic::new(span, "a sequential model says what it takes")
                .help("write `#[model(sequential, input = [N, 784])]`"),
        ));
    };
    let (name, visibility, generics, attrs) = (&item.ident, &item.vis, &item.generics, &item.attrs);
    let fields: Vec<Ident> = layers
        .unnamed
        .iter()
        .enumerate()
        .map(|(index, layer)| Ident::new(&format!("layer{index}"), layer.ty.span()))
        .collect();
    let declared = layers.unnamed.iter().zip(&fields).enumerate().map(|(index, (layer, field))| {
        let (attrs, ty, number) = (&layer.attrs, &layer.ty, index.to_string());
        quote!(#(#attrs)* #[rename(#number)] #field: #ty)
    });
    let dims = input.elems.iter().map(|dim| match dim {
        Expr::Path(_) | Expr::Lit(_) => quote!(#dim),
        other => quote!({ #other }),
    });
    let known: Vec<String> = generics
        .params
        .iter()
        .filter_map(|param| match param {
            syn::GenericParam::Const(param) => Some(param.ident.to_string()),
            _ => None,
        })
        .collect();
    let symbols: Vec<&syn::Path> = input
        .elems
        .iter()
        .filter_map(|dim| match dim {
            Expr::Path(path)
                if !known.contains(&path.path.get_ident().map(Ident::to_string).unwrap_or_default()) =>
            {
                Some(&path.path)
            }
            _ => None,
        })
        .collect();
    let (impl_generics, type_generics, _) = generics.split_for_impl();
    let calls = fields.iter().map(|field| quote_at(field.span(), quote!(let x = self.#field(x);)));
    let item = quote!(#(#attrs)* #visibility struct #name #generics { #(#declared),* });
    // The result's shape is what the layers make of the input: the signature takes it from the body.
    let functions = quote! {
        impl #impl_generics #name #type_generics {
            /// The layers, one after the other.
            pub fn forward<#(#symbols: Dim),*>(&self, x: Tensor<#(#dims),*>) -> Tensor<Inferred> { #(#calls)* x }
        }
    };
    Ok((parse_item(item, diagnostics)?, parse_item(functions, diagnostics)?))
}

fn quote_at(span: Span, tokens: TokenStream) -> TokenStream {
    respan(tokens, span, span)
}
