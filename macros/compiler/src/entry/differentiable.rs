//! `#[differentiable]`: a free function that is compiled by itself, with one beside it that gives its gradients.
//!
//! For models it is a `#[function]`. For Rust a model without state is compiled, one function of which calls it and one
//! of which differentiates it, and its functions are emitted without the model.

use super::items::{check_name, parse_free_function};
use super::root::{Root, compile_root};
use super::{allowing, check_nesting, crate_path, with_diagnostics};
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported, list_names};
use crate::emit::Form;
use crate::fragments::splice;
use crate::graph::{ElementType, Float};
use crate::link::{self, Definition, Joined, Kind};
use crate::parse::{
    DIFFERENTIABLE, Function, Leaf, ModelAttributes, Parameter, TensorAnnotation, check_all_given,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, FnArg, ItemFn, PatType, ReturnType, Token, Type};

/// `#[differentiable]` on a free function.
pub fn differentiable(attributes: TokenStream, item: TokenStream) -> TokenStream {
    with_diagnostics(|diagnostics| {
        check_nesting(&item, diagnostics)?;
        let (wrt, others) = split_options(splice(attributes), diagnostics)?;
        let parsed = ModelAttributes::parse(others, diagnostics)?;
        let krate = crate_path(&parsed);
        let example = "#[differentiable] fn energy<N: Dim>(x: Tensor<N, 3>) -> Tensor { … }";
        let mut item = parse_free_function("differentiable", example, splice(item), diagnostics)?;
        check_name(&item.sig.ident, diagnostics)?;
        item.attrs.extend(allowing(parsed.allow, "function"));
        let marker = Ident::new(DIFFERENTIABLE, Span::call_site());
        let float = Ident::new(parsed.float().name(), Span::call_site());
        item.attrs.push(syn::parse_quote!(#[#marker(#float; #wrt)]));
        link::start_item(syn::Item::Fn(item), TokenStream::new(), &krate, diagnostics)
    })
}

/// What is behind `wrt =`, and the other options.
fn split_options(
    attributes: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Result<(TokenStream, TokenStream), Reported> {
    let entries = Punctuated::<TokenStream, Token![,]>::new();
    let (mut wrt, mut others) = (TokenStream::new(), entries);
    let is_named = |expr: &Expr, name: &str| matches!(expr, Expr::Path(path) if path.path.is_ident(name));
    let is_wrt = |expr: &Expr| is_named(expr, "wrt");
    let Ok(parsed) = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(attributes.clone()) else {
        return Ok((wrt, attributes));
    };
    for entry in parsed {
        match entry {
            Expr::Assign(assign) if is_wrt(&assign.left) => {
                let right = &assign.right;
                wrt = quote!(#right);
            }
            ref other if is_wrt(other) => {
                return Err(diagnostics.report(
                    Diagnostic::new(Place::of(other), "`wrt` names arguments")
                        .help("write `#[differentiable(wrt = x)]`, or `wrt = [x, y]`"),
                ));
            }
            Expr::Assign(assign) if ["crate", "dtype"].iter().any(|name| is_named(&assign.left, name)) => {
                others.push(quote!(#assign));
            }
            Expr::Call(call) if is_named(&call.func, "allow") => others.push(quote!(#call)),
            other => {
                return Err(diagnostics.report(
                    Diagnostic::new(Place::of(&other), "unknown option of `#[differentiable]`")
                        .note("the known ones are `wrt`, `dtype`, `allow` and `crate`"),
                ));
            }
        }
    }
    Ok((wrt, quote!(#others)))
}

/// The attribute with what `wrt` says, on a function under `#[differentiable]`.
fn marker(item: &ItemFn) -> Option<&Attribute> {
    item.attrs.iter().find(|attribute| attribute.path().is_ident(DIFFERENTIABLE))
}

/// What a marker says: the computing type, and behind a semicolon what `wrt` says.
fn read_marker(marker: &Attribute) -> syn::Result<(Ident, Option<Expr>)> {
    marker.parse_args_with(|input: syn::parse::ParseStream<'_>| {
        let float = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok((float, if input.is_empty() { None } else { Some(input.parse()?) }))
    })
}

/// The computing type of a function under `#[differentiable]`, the default for others.
pub(super) fn float_of(item: &ItemFn) -> Float {
    let marked = marker(item).and_then(|marker| read_marker(marker).ok());
    marked.and_then(|(float, _)| Float::from_name(&float.to_string())).unwrap_or_default()
}

/// The functions that are compiled for a linked `#[differentiable]` function; nothing for others.
pub(super) fn compile_differentiable(
    joined: &Joined,
    item: &ItemFn,
    function: &Function,
    krate: &TokenStream,
    diagnostics: &mut Diagnostics,
) -> Result<TokenStream, Reported> {
    let Some(marker) = marker(item) else { return Ok(TokenStream::new()) };
    check_all_given(function, "a `#[differentiable]` function", diagnostics)?;
    let chosen = chosen_arguments(marker, function, diagnostics)?;
    let derivative = derivative(item, function, &chosen, diagnostics)?;
    let ItemFn { vis, sig, attrs, .. } = item;
    let name = &sig.ident;
    let (docs, names) = (docs(attrs), arguments(item).map(|arg| &arg.pat));
    let (generics, where_clause, inputs, output) =
        (&sig.generics, &sig.generics.where_clause, &sig.inputs, &sig.output);
    // The struct has the name of the function, which names no type.
    let functions = quote! {
        impl #name {
            #(#docs)*
            #[no_grad]
            #vis fn #name #generics(&self, #inputs) #output #where_clause { #name(#(#names),*) }
            #derivative
        }
    };
    let definition = Definition {
        kind: Kind::Model,
        paths: [(name.to_string(), joined.id.clone())]
            .into_iter()
            .chain(joined.definition.paths.clone())
            .collect(),
        parts: vec![TokenStream::new(), functions, quote!(struct #name {})],
    };
    let id = format!("{}_differentiable", joined.id);
    let mut closure = joined.closure.clone();
    closure.insert(0, (id.clone(), definition.clone()));
    let joined = Joined { definition, id, closure };
    let root = Root {
        name,
        visibility: vis,
        span: sig.fn_token.span,
        krate,
        attributes: ModelAttributes { dtype: Some((Float::current(), name.span())), ..Default::default() },
        form: Form::Functions,
    };
    compile_root(&joined, &root, diagnostics)
}

fn docs(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).collect()
}

fn arguments(item: &ItemFn) -> impl Iterator<Item = &PatType> {
    item.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    })
}

/// The places of the arguments by which the function is differentiated.
fn chosen_arguments(
    marker: &Attribute,
    function: &Function,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<usize>, Reported> {
    let is_real = |leaf: &Leaf| leaf.ty.element == ElementType::Real;
    let has_grad = |param: &Parameter| param.ty.leaves().iter().all(is_real);
    let with_grad = || function.params.iter().filter(|arg| has_grad(arg)).map(|arg| arg.ident.to_string());
    if with_grad().next().is_none() {
        return Err(diagnostics.report(
            Diagnostic::new(
                function.ident.span(),
                format!(
                    "no argument of the function is `{}`, so it has no gradient",
                    ElementType::Real.name()
                ),
            )
            .help("write `#[function]` instead of `#[differentiable]`"),
        ));
    }
    let entries = match read_marker(marker) {
        Ok((_, Some(Expr::Array(array)))) => array.elems.into_iter().collect(),
        Ok((_, Some(single))) => vec![single],
        Ok((_, None)) | Err(_) => {
            let params = &function.params;
            return Ok((0..params.len()).filter(|&at| has_grad(&params[at])).collect());
        }
    };
    let mut chosen = Vec::new();
    for entry in &entries {
        let name = match entry {
            Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
            _ => None,
        };
        let at = function.params.iter().position(|arg| Some(arg.ident.to_string()) == name && has_grad(arg));
        match at {
            Some(at) if !chosen.contains(&at) => chosen.push(at),
            at => {
                let what = if at.is_some() { "names an argument twice" } else { "names arguments of reals" };
                let names: Vec<String> = with_grad().collect();
                return Err(diagnostics.report(
                    Diagnostic::new(Place::of(entry), format!("`wrt` {what}"))
                        .help(format!("choose from {}", list_names(names.iter().map(String::as_str)))),
                ));
            }
        }
    }
    if chosen.is_empty() {
        return Err(diagnostics.report(
            Diagnostic::new(Place::of(marker), "`wrt` names no argument")
                .help("leave it out for all of them"),
        ));
    }
    Ok(chosen)
}

/// The function beside it: of a scalar, value and gradients; else the results, and gradients for given ones of them.
fn derivative(
    item: &ItemFn,
    function: &Function,
    chosen: &[usize],
    diagnostics: &mut Diagnostics,
) -> Result<TokenStream, Reported> {
    let ReturnType::Type(_, result) = &item.sig.output else { return Err(Reported) };
    if let Some(wrong) = function.results.iter().find(|ty| ty.inferred || ty.element != ElementType::Real) {
        let message = if wrong.inferred {
            "the result of a `#[differentiable]` function has a declared shape".to_string()
        } else {
            format!("the result of a `#[differentiable]` function is `{}`", ElementType::Real.name())
        };
        return Err(diagnostics.report(
            Diagnostic::new(wrong.span, message)
                .help("write it out, such as `Tensor<N, 10>`; `Tensor` is a scalar"),
        ));
    }
    let name = &item.sig.ident;
    let args: Vec<&PatType> = arguments(item).collect();
    let names: Vec<_> = args.iter().map(|arg| &arg.pat).collect();
    let is_scalar = |ty: &TensorAnnotation| ty.dims.is_empty();
    let (generics, where_clause, inputs) =
        (&item.sig.generics, &item.sig.generics.where_clause, &item.sig.inputs);
    let grad_types = chosen.iter().map(|&at| &args[at].ty);
    let grads: Vec<Ident> = (0..chosen.len()).map(|index| format_ident!("__grad_{index}")).collect();
    let visibility = &item.vis;
    let docs = docs(&item.attrs);
    if let ([single], false) = (&*function.results, function.returns_tuple)
        && is_scalar(single)
        && !function.returns_struct()
    {
        let derived = format_ident!("{name}_value_and_grad");
        let lead = format!(" The value of [`{name}`], and its gradients with respect to the arguments.\n\n");
        return Ok(quote_spanned! {name.span()=>
            #[doc = #lead]
            #(#docs)*
            #[no_grad]
            #visibility fn #derived #generics(&self, #inputs) -> (Tensor, #(#grad_types),*) #where_clause {
                let (__value, __grads) = value_and_grad(#name, #(#names,)* wrt = [#(#chosen),*]);
                let [#(#grads),*] = __grads;
                (__value, #(#grads),*)
            }
        });
    }
    let types: Vec<&Type> = match &**result {
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        single => vec![single],
    };
    let of_index = |stem: &str, index: usize| match types.len() {
        1 => format_ident!("{stem}"),
        _ => format_ident!("{stem}_{index}"),
    };
    let seeds: Vec<Ident> = (0..types.len()).map(|index| of_index("grad_output", index)).collect();
    let values: Vec<Ident> = (0..types.len()).map(|index| of_index("__value", index)).collect();
    let taken = if function.returns_tuple { quote!((#(#values),*)) } else { quote!(#(#values)*) };
    let derived = format_ident!("{name}_vjp");
    let lead = format!(
        " The value of [`{name}`], and the gradients with respect to its arguments of what has the gradients `grad_output` with respect to its result.\n\n"
    );
    let comma = (!inputs.is_empty() && !inputs.trailing_punct()).then(|| quote!(,));
    Ok(quote_spanned! {name.span()=>
        #[doc = #lead]
        #(#docs)*
        #[no_grad]
        #visibility fn #derived #generics(&self, #inputs #comma #(#seeds: #types),*) -> (#(#types,)* #(#grad_types),*) #where_clause {
            let (__value, __grads) = vjp(#name, #(#names,)* grad_output = [#(#seeds),*], wrt = [#(#chosen),*]);
            let #taken = __value;
            let [#(#grads),*] = __grads;
            (#(#values,)* #(#grads),*)
        }
    })
}
