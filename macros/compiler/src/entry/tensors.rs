//! Structs of tensors.

use super::{check_nesting, crate_path, parse_item, with_diagnostics};
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported};
use crate::emit::{emit_broken_tensors, emit_tensors};
use crate::fragments::splice;
use crate::link;
use crate::parse::{ModelAttributes, parse_tensors};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemStruct};

/// `#[tensors]` on a struct.
pub fn tensors(attributes: TokenStream, item: TokenStream) -> TokenStream {
    with_diagnostics(|diagnostics| {
        check_nesting(&item, diagnostics)?;
        let attributes = splice(attributes);
        if let Some(option) =
            attributes.clone().into_iter().next().filter(|token| token.to_string() != "crate")
        {
            return Err(diagnostics.report(
                Diagnostic::new(option.span(), "unknown option of `#[tensors]`")
                    .help("the only one is `crate`: `#[tensors(crate = path::to::macrograd)]`"),
            ));
        }
        let krate = crate_path(&ModelAttributes::parse(attributes, diagnostics)?);
        let place = Place::of(&item);
        let Item::Struct(item) = parse_item::<Item>(splice(item), diagnostics)? else {
            return Err(diagnostics.report(
                Diagnostic::new(place.start, "`#[tensors]` goes on a struct")
                    .help("write `#[tensors] pub struct State<N: Dim> { pub h: Tensor<N, 16> }`"),
            ));
        };
        let (decl, read) = parse_tensors(&item, diagnostics);
        if read.and(check_not_in_itself(&item, diagnostics)).is_err() {
            let emitted = emit_broken_tensors(&item, &decl, &krate);
            let linked = link::start_broken_tensors(&item, &krate);
            return Ok(quote!(#emitted #linked));
        }
        let emitted = emit_tensors(&item, &decl, &krate);
        let linked = link::start_tensors(&item, key(&item), &krate);
        Ok(quote!(#emitted #linked))
    })
}

/// Structs are told apart by where they stand and what they say.
fn key(item: &ItemStruct) -> u64 {
    let name = &item.ident;
    let (file, at) = (name.span().file(), name.span().start());
    let owner = std::env::var("CARGO_CRATE_NAME").unwrap_or_default();
    link::hash(&format!("{owner} {file}:{}:{} {}", at.line, at.column, quote!(#item)))
}

/// A struct that contains itself would ask for its own macro, which is not defined yet.
fn check_not_in_itself(item: &ItemStruct, diagnostics: &mut Diagnostics) -> Result<(), Reported> {
    let paths = link::tensors_paths(item).finish();
    let Some(path) = paths.iter().find(|path| path.is_ident(&item.ident)) else { return Ok(()) };
    let message = format!("`{}` contains itself", item.ident);
    Err(diagnostics.report(
        Diagnostic::new(Place::of(path), message).help("write the tensors of the inner one out as fields"),
    ))
}
