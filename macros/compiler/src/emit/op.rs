//! `#[op]`: a user's function over slices, and how models call it.

use super::respan;
use crate::graph::ElementType;
use crate::parse::Function;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

/// The parameters of the Rust function behind an operation, after its operands: results, then sizes.
pub struct OpParameters {
    /// `out`, or `out_0`, `out_1`, … of a tuple.
    pub results: Vec<Ident>,
    /// `rest`, the product of what `_` stands for, if there is one; then the dimensions known at run time.
    pub sizes: Vec<Ident>,
}

impl OpParameters {
    /// Those of a signature.
    pub fn of(function: &Function) -> OpParameters {
        let span = function.ident.span();
        let results = if function.returns_tuple {
            (0..function.results.len()).map(|index| Ident::new(&format!("out_{index}"), span)).collect()
        } else {
            vec![Ident::new("out", span)]
        };
        let rest = function.has_rest().then(|| Ident::new("rest", span));
        let sizes = rest.into_iter().chain(function.dims.iter().map(|dim| dim.ident.clone())).collect();
        OpParameters { results, sizes }
    }
}

/// Emits the function, which Rust may call, too, and its key.
///
/// ```text
/// fn rotate(x: &[f32], out: &mut [f32], N: usize, D: usize) { … }
/// const _: () = {
///     pub struct Local;
///     impl<'a> op::Call<Local, (&'a [f32], &'a mut [f32], usize, usize)> for op::Key<0x…> {
///         fn call((x, out, N, D): (&'a [f32], &'a mut [f32], usize, usize)) { rotate(x, out, N, D) }
///     }
/// };
/// ```
pub fn emit_op(item: &syn::ItemFn, function: &Function, key: u64, krate: &TokenStream) -> TokenStream {
    let (attrs, visibility, name, body) = (&item.attrs, &item.vis, &item.sig.ident, &item.block);
    // These are for models.
    let is_ours = |attribute: &syn::Attribute| {
        ["custom_grad", "no_grad"].iter().any(|name| attribute.path().is_ident(name))
    };
    let attrs = attrs.iter().filter(|attribute| !is_ours(attribute));
    let OpParameters { results, sizes } = OpParameters::of(function);
    let slice = |element: ElementType| {
        let element = super::function::element_tokens(element, &quote!(#krate::__private));
        quote!([#element])
    };
    let operands: Vec<&Ident> = function.args.iter().map(|arg| &arg.ident).collect();
    let operand_slices: Vec<TokenStream> = function.args.iter().map(|arg| slice(arg.ty.element)).collect();
    let result_slices: Vec<TokenStream> =
        function.results.iter().map(|result| slice(result.element)).collect();
    let root = name.span().resolved_at(Span::call_site());
    let hash = Literal::u64_suffixed(key);
    let usizes = vec![quote!(usize); sizes.len()];
    let tuple = quote!((#(&'a #operand_slices,)* #(&'a mut #result_slices,)* #(#usizes,)*));
    let arguments: Vec<Ident> = (0..operands.len() + results.len() + sizes.len())
        .map(|index| format_ident!("argument_{index}"))
        .collect();
    let call = quote! {
        const _: () = {
            pub struct Local;
            impl<'a> #krate::__private::op::Call<Local, #tuple> for #krate::__private::op::Key<#hash> {
                fn call((#(#arguments,)*): #tuple) {
                    #name(#(#arguments),*)
                }
            }
        };
    };
    let call = respan(call, root, name.span());
    quote! {
        #(#attrs)*
        #[allow(non_snake_case, unused_variables, clippy::too_many_arguments)]
        #visibility fn #name(
            #(#operands: &#operand_slices,)* #(#results: &mut #result_slices,)* #(#sizes: usize,)*
        ) #body
        #call
    }
}
