//! The entry points of the attributes and of the hidden macros between them.

use crate::compile::{Dump, compile};
use crate::diagnostics::{Diagnostic, Diagnostics, Reported};
use crate::emit::{EmitContext, emit_struct, respan};
use crate::link::{self, Joined, Kind};
use crate::parse::ModelAttributes;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{Expr, Fields, Item, ItemImpl, ItemStruct, Visibility};

/// Runs a stage; its errors take the place of its result, beside `fallback`.
fn with_diagnostics(
    fallback: TokenStream,
    run: impl FnOnce(&mut Diagnostics) -> Result<TokenStream, Reported>,
) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    match run(&mut diagnostics) {
        Ok(tokens) if diagnostics.is_empty() => tokens,
        _ => {
            let errors = diagnostics.to_tokens();
            quote!(#errors #fallback)
        }
    }
}

fn parse_item<T: syn::parse::Parse>(
    tokens: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Result<T, Reported> {
    syn::parse2(tokens).map_err(|error| diagnostics.report_syntax(error))
}

/// The path of macrograd, unless `#[model(crate = …)]` says another.
fn crate_path(attributes: &ModelAttributes) -> TokenStream {
    match &attributes.crate_path {
        Some(path) => quote!(#path),
        None => quote!(::macrograd),
    }
}

/// `#[model]` on a struct, an impl or a type alias.
pub fn model(attributes: TokenStream, item: TokenStream) -> TokenStream {
    with_diagnostics(TokenStream::new(), |diagnostics| {
        let parsed = ModelAttributes::parse(attributes.clone(), diagnostics)?;
        let krate = crate_path(&parsed);
        match parse_item::<Item>(item, diagnostics)? {
            Item::Struct(item) => model_struct(&item, &parsed, &attributes, &krate, diagnostics),
            Item::Impl(functions) => model_impl(&functions, &krate, diagnostics),
            Item::Type(item) => {
                let (name, visibility, attrs) = (&item.ident, &item.vis, &item.attrs);
                let linked = link::start_item(Item::Type(item.clone()), attributes, &krate, diagnostics)?;
                Ok(quote! {
                    #(#attrs)*
                    #visibility struct #name { state: #krate::__private::state::State }
                    #linked
                })
            }
            other => Err(diagnostics.report(
                Diagnostic::new(other.span(), "`#[model]` goes on a struct, on its impl, or on a type alias")
                    .help("write `#[model] struct Net { … }` and below it `#[model] impl Net { … }`"),
            )),
        }
    })
}

fn model_struct(
    item: &ItemStruct,
    parsed: &ModelAttributes,
    attributes: &TokenStream,
    krate: &TokenStream,
    diagnostics: &mut Diagnostics,
) -> Result<TokenStream, Reported> {
    if let Some(derive) = item.attrs.iter().find(|attribute| attribute.path().is_ident("cfg_attr")) {
        diagnostics.report(Diagnostic::new(
            derive.span(),
            "`#[cfg_attr]` on a model is not evaluated before `#[model]`",
        ));
        return Err(Reported);
    }
    let is_compiled = !parsed.part;
    if let Some(span) = parsed.sequential {
        let (fields, functions) = sequential(item, parsed, span, diagnostics)?;
        let marker = emit_struct(&fields, is_compiled, krate);
        let linked = link::start_model(attributes.clone(), &functions, &strip(&fields), krate);
        return Ok(quote!(#marker #linked));
    }
    if !matches!(item.fields, Fields::Named(_)) && !item.fields.is_empty() {
        return Err(diagnostics
            .report(Diagnostic::new(item.fields.span(), "the fields of a model have names").help(
                "name them, or write `#[model(sequential, input = [N, 784])]` for a chain of layers",
            )));
    }
    let marker = emit_struct(item, is_compiled, krate);
    let textual = link::emit_struct_macro(item, attributes);
    Ok(quote!(#textual #marker))
}

fn strip(item: &ItemStruct) -> ItemStruct {
    let mut bare = item.clone();
    bare.attrs.clear();
    bare
}

/// `struct Mlp(nn::Linear<784, 256>, nn::Relu)` as named fields and a `forward` that calls them in order.
fn sequential(
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

fn model_impl(
    functions: &ItemImpl,
    krate: &TokenStream,
    diagnostics: &mut Diagnostics,
) -> Result<TokenStream, Reported> {
    let name = match &*functions.self_ty {
        syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.clone()),
        _ => None,
    };
    let Some(name) = name else {
        return Err(
            diagnostics.report(Diagnostic::new(functions.self_ty.span(), "expected the name of a model"))
        );
    };
    let textual = link::struct_macro_name(&name);
    let mut bare = functions.clone();
    bare.attrs.clear();
    // A second impl of the same model defines this again: rustc's message shows the name.
    let only =
        format_ident!("a_model_has_one_impl_under_the_model_attribute_move_all_functions_of_{name}_into_it");
    let only = Ident::new(&only.to_string(), name.span());
    Ok(quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        enum #only {}
        #textual! { #krate::__private::__combine, { #bare } }
    })
}

/// A struct and its impl have met: `{impl} {attributes} {struct}`.
pub fn combine(tokens: TokenStream) -> TokenStream {
    with_diagnostics(TokenStream::new(), |diagnostics| {
        let parser =
            |input: syn::parse::ParseStream<'_>| -> syn::Result<(TokenStream, TokenStream, TokenStream)> {
                let (functions, attributes, item);
                syn::braced!(functions in input);
                syn::braced!(attributes in input);
                syn::braced!(item in input);
                Ok((functions.parse()?, attributes.parse()?, item.parse()?))
            };
        let (functions, attributes, item) =
            syn::parse::Parser::parse2(parser, tokens).map_err(|error| diagnostics.report_syntax(error))?;
        let functions: ItemImpl = parse_item(functions, diagnostics)?;
        let item: ItemStruct = parse_item(item, diagnostics)?;
        let parsed = ModelAttributes::parse(attributes.clone(), diagnostics)?;
        let krate = crate_path(&parsed);
        Ok(link::start_model(attributes, &functions, &item, &krate))
    })
}

/// `#[dim]` on a constant.
pub fn dim(attributes: TokenStream, item: TokenStream) -> TokenStream {
    with_diagnostics(TokenStream::new(), |diagnostics| {
        let parsed = ModelAttributes::parse(attributes, diagnostics)?;
        let krate = crate_path(&parsed);
        let Item::Const(item) = parse_item::<Item>(item.clone(), diagnostics)? else {
            return Err(diagnostics.report(
                Diagnostic::new(item.span(), "`#[dim]` goes on a constant")
                    .help("write `#[dim] const D: usize = 384;`"),
            ));
        };
        let linked = link::start_item(Item::Const(item.clone()), TokenStream::new(), &krate, diagnostics)?;
        Ok(quote!(#item #linked))
    })
}

/// `#[function]` on a free function.
pub fn function(attributes: TokenStream, item: TokenStream) -> TokenStream {
    with_diagnostics(TokenStream::new(), |diagnostics| {
        let parsed = ModelAttributes::parse(attributes, diagnostics)?;
        let krate = crate_path(&parsed);
        let Item::Fn(item) = parse_item::<Item>(item.clone(), diagnostics)? else {
            return Err(diagnostics
                .report(Diagnostic::new(item.span(), "`#[function]` goes on a free function").help(
                    "write `#[function] fn swiglu<N: Dim>(x: Tensor<N, 64>) -> Tensor<N, 32> { … }`",
                )));
        };
        // The function exists for models only: Rust sees its name as a macro.
        link::start_item(Item::Fn(item), TokenStream::new(), &krate, diagnostics)
    })
}

/// The end of linking: exports the definition and compiles it where nothing generic is left.
pub fn link(tokens: TokenStream) -> TokenStream {
    with_diagnostics(TokenStream::new(), |diagnostics| {
        let (joined, krate) = link::join(tokens).map_err(|error| diagnostics.report_syntax(error))?;
        let part = |index: usize| joined.definition.parts.get(index).cloned().unwrap_or_default();
        match joined.definition.kind {
            Kind::Model => {
                let attributes = ModelAttributes::parse(part(0), diagnostics)?;
                let functions: ItemImpl = parse_item(part(1), diagnostics)?;
                let item: ItemStruct = parse_item(part(2), diagnostics)?;
                let exported =
                    link::emit_definition_macro(&item.ident, &item.vis, &joined, attributes.id.as_deref());
                if attributes.part || !item.generics.params.is_empty() {
                    // A template's declaration is checked now, its shapes when it is used.
                    let _ = crate::parse::parse_model(&item, &functions, attributes, diagnostics);
                    return if diagnostics.is_empty() { Ok(exported) } else { Err(Reported) };
                }
                let span = functions.impl_token.span;
                let compiled = compile_root(&joined, &item.ident, &item.vis, span, &krate, diagnostics);
                Ok(finish(exported, compiled, diagnostics))
            }
            Kind::Alias => {
                let attributes = ModelAttributes::parse(part(0), diagnostics)?;
                let item: syn::ItemType = parse_item(part(1), diagnostics)?;
                let exported =
                    link::emit_definition_macro(&item.ident, &item.vis, &joined, attributes.id.as_deref());
                let span = item.type_token.span;
                let compiled = compile_root(&joined, &item.ident, &item.vis, span, &krate, diagnostics);
                Ok(finish(exported, compiled, diagnostics))
            }
            Kind::Dim => {
                let item: syn::ItemConst = parse_item(part(0), diagnostics)?;
                let exported = link::emit_definition_macro(&item.ident, &item.vis, &joined, None);
                let program = crate::program::Program::parse(&joined.closure, diagnostics)?;
                let checked = check_dim(&program, &joined, &item, diagnostics)?;
                Ok(quote!(#exported #checked))
            }
            Kind::Function => {
                let item: syn::ItemFn = parse_item(part(0), diagnostics)?;
                let exported = link::emit_definition_macro(&item.sig.ident, &item.vis, &joined, None);
                crate::parse::parse_function_item(&item, diagnostics)?;
                Ok(exported)
            }
        }
    })
}

/// Errors do not keep others from finding the definition.
fn finish(
    exported: TokenStream,
    compiled: Result<TokenStream, Reported>,
    diagnostics: &mut Diagnostics,
) -> TokenStream {
    let errors = std::mem::take(diagnostics).to_tokens();
    let compiled = compiled.unwrap_or_default();
    quote!(#exported #errors #compiled)
}

/// rustc checks our value of the constant.
fn check_dim(
    program: &crate::program::Program,
    joined: &Joined,
    item: &syn::ItemConst,
    diagnostics: &mut Diagnostics,
) -> Result<TokenStream, Reported> {
    let entry = program.entry(&joined.id).expect("a definition is in its own closure");
    let (consts, hypers) = (Default::default(), Default::default());
    let scope = crate::constant::Scope { program, entry, consts: &consts, hypers: &hypers };
    let value =
        crate::constant::evaluate(&item.expr, &scope).map_err(|diagnostic| diagnostics.report(diagnostic))?;
    let name = &item.ident;
    let text = format!("macrograd worked out another value for `{name}` than rustc");
    let value: TokenStream = value.text().parse().unwrap_or_default();
    Ok(quote!(
        const _: () = ::core::assert!(#name == #value, #text);
    ))
}

fn compile_root(
    joined: &Joined,
    name: &Ident,
    visibility: &Visibility,
    span: Span,
    krate: &TokenStream,
    diagnostics: &mut Diagnostics,
) -> Result<TokenStream, Reported> {
    let context = EmitContext { runtime: quote!(#krate::__private), krate: krate.clone(), span };
    let mut dump = Dump::new();
    let folder = std::env::var_os("MACROGRAD_EMIT").filter(|folder| !folder.is_empty());
    // The texts take a noticeable part of the time, so they are made only when somebody reads them.
    let kept = folder.is_some().then_some(&mut dump);
    let compiled = compile(joined, name, visibility, &context, diagnostics, kept);
    if let Some(folder) = folder {
        if let Ok(tokens) = &compiled {
            dump.push(("expansion.rs".to_string(), pretty(tokens)));
        }
        let folder = std::path::Path::new(&folder).join(name.to_string());
        if let Err(error) = write_dump(&folder, &dump) {
            diagnostics.report(
                Diagnostic::new(name.span(), format!("cannot write to {}: {error}", folder.display()))
                    .help("`MACROGRAD_EMIT` names a folder that can be written to"),
            );
        }
    }
    compiled
}

/// The tokens as a formatted file.
fn pretty(tokens: &TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => tokens.to_string(),
    }
}

fn write_dump(folder: &std::path::Path, dump: &Dump) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in dump {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
