//! Items beside models: constants, functions, and operations in Rust.

use super::{allowing, check_nesting, crate_path, parse_item, with_diagnostics};
use crate::diagnostics::{Diagnostic, Diagnostics, Reported};
use crate::emit::emit_op;
use crate::fragments::splice;
use crate::link::{self, Joined};
use crate::lower::is_built_in_function;
use crate::parse::{ModelAttributes, OP_KEY, check_no_dtype, parse_function_item};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Item, ItemFn};

/// `#[dim]` on a constant.
pub fn dim(attributes: TokenStream, item: TokenStream) -> TokenStream {
    with_diagnostics(|diagnostics| {
        check_nesting(&item, diagnostics)?;
        let parsed = ModelAttributes::parse(splice(attributes), diagnostics)?;
        let krate = crate_path(&parsed);
        let Item::Const(constant) = parse_item::<Item>(splice(item.clone()), diagnostics)? else {
            return Err(diagnostics.report(
                Diagnostic::new(item.span(), "`#[dim]` goes on a constant")
                    .help("write `#[dim] const D: usize = 384;`"),
            ));
        };
        let linked = link::start_item(Item::Const(constant), TokenStream::new(), &krate, diagnostics)?;
        Ok(quote!(#item #linked))
    })
}

/// `#[function]` on a free function.
pub fn function(attributes: TokenStream, item: TokenStream) -> TokenStream {
    with_diagnostics(|diagnostics| {
        check_nesting(&item, diagnostics)?;
        let parsed = ModelAttributes::parse(splice(attributes), diagnostics)?;
        let krate = crate_path(&parsed);
        check_no_dtype(&parsed, "a function", diagnostics)?;
        let example = "#[function] fn swiglu<N: Dim>(x: Tensor<N, 64>) -> Tensor<N, 32> { … }";
        let mut item = parse_free_function("function", example, splice(item), diagnostics)?;
        check_name(&item.sig.ident, diagnostics)?;
        item.attrs.extend(allowing(parsed.allow, "function"));
        // The function exists for models only: Rust sees its name as a macro.
        link::start_item(Item::Fn(item), TokenStream::new(), &krate, diagnostics)
    })
}

/// The free function on which an attribute stands.
pub(super) fn parse_free_function(
    attribute: &str,
    example: &str,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Result<ItemFn, Reported> {
    let span = item.span();
    let Item::Fn(item) = parse_item::<Item>(item, diagnostics)? else {
        return Err(diagnostics.report(
            Diagnostic::new(span, format!("`#[{attribute}]` goes on a free function"))
                .help(format!("write `{example}`")),
        ));
    };
    Ok(item)
}

/// A free function is not called as an operation is, which models would call instead.
pub(super) fn check_name(name: &Ident, diagnostics: &mut Diagnostics) -> Result<(), Reported> {
    if !is_built_in_function(&name.clone().into()) {
        return Ok(());
    }
    let message = format!("`{name}` is the name of an operation, which models would call instead");
    Err(diagnostics
        .report(Diagnostic::new(name.span(), message).help(format!("choose another name: `my_{name}`"))))
}

/// `#[op]` on a free function in Rust over slices.
pub fn op(attributes: TokenStream, item: TokenStream) -> TokenStream {
    with_diagnostics(|diagnostics| {
        let parsed = ModelAttributes::parse(splice(attributes), diagnostics)?;
        let krate = crate_path(&parsed);
        let example = "#[op] fn rotate<N: Dim>(x: Tensor<N, 64>) -> Tensor<N, 64> { … }";
        let item = parse_free_function("op", example, item, diagnostics)?;
        check_name(&item.sig.ident, diagnostics)?;
        let name = &item.sig.ident;
        // Operations are told apart by where they stand and what they say.
        let (file, at) = (name.span().file(), name.span().start());
        let owner = std::env::var("CARGO_CRATE_NAME").unwrap_or_default();
        let tokens = quote!(#item);
        let key = link::hash(&format!("{owner} {file}:{}:{} {tokens}", at.line, at.column));
        let (attribute, literal) = (Ident::new(OP_KEY, name.span()), Literal::u64_unsuffixed(key));
        let mut declared = item.clone();
        let float = Ident::new(parsed.float().name(), name.span());
        declared.attrs.push(syn::parse_quote!(#[#attribute(#literal, #float)]));
        // Models need its signature; its body is Rust's.
        declared.block = syn::parse_quote!({});
        diagnostics.set_root(name.span());
        // Models find it under its name, whatever is wrong with it.
        let emitted = parsed.float().scope(|| {
            let function = parse_function_item(&declared, diagnostics)?;
            Ok::<_, Reported>(emit_op(&item, &function, key, &krate))
        });
        let emitted = emitted.unwrap_or_default();
        let linked = link::start_item(Item::Fn(declared), TokenStream::new(), &krate, diagnostics)?;
        Ok(quote!(#emitted #linked))
    })
}

/// rustc checks our value of the constant.
pub(super) fn check_dim(
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
