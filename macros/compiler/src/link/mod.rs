//! Linking: how models in different modules and crates find each other's definitions.
//!
//! A macro sees its own tokens only, so definitions are handed on by macros. The struct leaves its tokens in a textual
//! macro for the impl below it. The impl asks every distinct path that it names; each of these is also the path of a
//! macro, exported by the definition under its own name, since types and macros live in separate namespaces. Asked
//! macros chain themselves and each appends the *closure* of its definition: itself first, then everything it needs,
//! by identity. The joined closure becomes this definition's own macro and, where nothing generic is left, the program
//! to compile.
//!
//! ```text
//! #[model] struct A  →  macro_rules! model_A… { … }            (textual: hands the struct's tokens to the impl)
//! #[model] impl A    →  model_A…! { {impl} }
//! model_A…         →  __combine! { {impl} {attributes} {struct} }
//! __combine          →  nn::Linear! { [nn::Relu] __link; {model {…} [paths]} }
//! nn::Linear!        →  nn::Relu!   { [] __link; {model {…} [paths]} {closure of Linear} }
//! nn::Relu!          →  __link!     { {model {…} [paths]} {closure of Linear} {closure of Relu} }
//! __link             →  macro_rules! __macrograd_A_<hash> { … } use … as A; and the compiled model
//! ```

mod paths;

pub use paths::{PathCollector, function_paths, is_built_in, tensors_paths};

use crate::diagnostics::{Diagnostic, Diagnostics, Reported};
use crate::parse::{DIFFERENTIABLE, path_key};
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use std::collections::{BTreeMap, HashSet};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::visit::Visit;
use syn::{
    Attribute, ItemConst, ItemFn, ItemImpl, ItemStruct, ItemType, Path, Token, Visibility, braced, bracketed,
};

/// Kinds of definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Attributes, impl, struct.
    Model,
    /// Attributes, type alias: a generic model at given sizes.
    Alias,
    /// A constant.
    Dim,
    /// A free function.
    Function,
    /// A key of where it stands, a struct of tensors.
    Tensors,
}

const KINDS: &[(&str, Kind)] = &[
    ("model", Kind::Model),
    ("alias", Kind::Alias),
    ("dim", Kind::Dim),
    ("function", Kind::Function),
    ("tensors", Kind::Tensors),
];

/// A definition as it travels through macros.
#[derive(Clone, Debug)]
pub struct Definition {
    /// What it is.
    pub kind: Kind,
    /// Identities of what its paths name, in its own module.
    pub paths: BTreeMap<String, String>,
    /// Its parts, each the contents of a brace.
    pub parts: Vec<TokenStream>,
}

/// Definitions by identity.
pub type Closure = Vec<(String, Definition)>;

/// A definition whose paths are not resolved yet, and the closures of what it asked for.
pub struct Joined {
    /// The definition.
    pub definition: Definition,
    /// Its identity.
    pub id: String,
    /// Everything it needs, itself first.
    pub closure: Closure,
}

/// The name of the textual macro between a struct and its impl. It shows in rustc's message when one of them is
/// missing, so it says what belongs together. It does not start with an underscore: rustc warns of unused ones only.
pub fn struct_macro_name(name: &Ident) -> Ident {
    let name_text = name.unraw();
    Ident::new(
        &format!("model_{name_text}_is_one_struct_and_one_impl_below_it_both_under_the_model_attribute"),
        name.span(),
    )
}

/// The name of the macro that asks for what a definition names. rustc shows it in a note when one of the names cannot
/// be found, so it says what they may be.
fn asking_macro_name(name: &Ident) -> Ident {
    let name = name.unraw();
    let text = format!(
        "each_name_in_{name}_is_a_model_or_has_the_attribute_dim_or_function_or_tensors_or_is_declared_as_Dim_and_no_models_contain_each_other"
    );
    Ident::new(&text, Span::call_site())
}

/// What hands a struct's tokens to the impl below it, which need not say again where macrograd is found.
pub fn emit_struct_macro(item: &ItemStruct, attributes: &TokenStream, krate: &TokenStream) -> TokenStream {
    let name = struct_macro_name(&item.ident);
    let bare = strip_docs_of_struct(item);
    // A struct with mistakes may well have its impl missing.
    let allow = item.fields.is_empty().then(|| quote!(#[allow(unused_macros)]));
    quote! {
        #[doc(hidden)]
        #[allow(clippy::crate_in_macro_def)]
        #allow
        macro_rules! #name {
            ($($state:tt)*) => { #krate::__private::__combine! { $($state)* { #attributes } { #bare } } };
        }
    }
}

fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
}

/// Documentation is not part of a definition: it would be parsed again by every user of the model.
fn strip_docs_of_struct(item: &ItemStruct) -> ItemStruct {
    let mut bare = item.clone();
    bare.attrs.clear();
    for field in &mut bare.fields {
        field.attrs.retain(|attribute| !is_doc(attribute));
    }
    bare
}

/// Starts linking: asks for every path the definition names, or finishes when there is none.
pub fn start(
    kind: Kind,
    name: &Ident,
    parts: Vec<TokenStream>,
    paths: Vec<Path>,
    krate: &TokenStream,
) -> TokenStream {
    let kind_name = KINDS.iter().find(|(_, k)| *k == kind).map_or("", |(name, _)| name);
    let kind_ident = Ident::new(kind_name, Span::call_site());
    let pack = quote!({ #kind_ident { #krate } [#(#paths),*] #({ #parts })* });
    match paths.split_first() {
        Some((first, rest)) => {
            let asking = asking_macro_name(name);
            quote! {
                #[doc(hidden)]
                macro_rules! #asking {
                    ($($state:tt)*) => { #first! { [#(#rest),*] #krate::__private::__link; $($state)* } };
                }
                #asking! { #pack }
            }
        }
        None => quote!(#krate::__private::__link! { #pack }),
    }
}

struct Pack {
    kind: Kind,
    krate: TokenStream,
    paths: Vec<Path>,
    parts: Vec<TokenStream>,
}

impl Parse for Pack {
    fn parse(input: ParseStream<'_>) -> syn::Result<Pack> {
        let kind = parse_kind(input)?;
        let (krate, paths);
        braced!(krate in input);
        bracketed!(paths in input);
        let krate = krate.parse()?;
        let paths = paths.parse_terminated(Path::parse, Token![,])?.into_iter().collect();
        Ok(Pack { kind, krate, paths, parts: parse_braces(input)? })
    }
}

fn parse_kind(input: ParseStream<'_>) -> syn::Result<Kind> {
    let ident: Ident = input.parse()?;
    let name = ident.to_string();
    KINDS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, kind)| *kind)
        .ok_or_else(|| syn::Error::new(ident.span(), "not a definition of this version of macrograd"))
}

fn parse_braces(input: ParseStream<'_>) -> syn::Result<Vec<TokenStream>> {
    let mut parts = Vec::new();
    while !input.is_empty() {
        let part;
        braced!(part in input);
        parts.push(part.parse()?);
    }
    Ok(parts)
}

/// One closure: `id { kind [path => id, …] {part} … }` repeated.
fn parse_closure(input: ParseStream<'_>) -> syn::Result<Closure> {
    let mut closure = Vec::new();
    while !input.is_empty() {
        let id: Ident = input.parse()?;
        let body;
        braced!(body in input);
        let kind = parse_kind(&body)?;
        let map;
        bracketed!(map in body);
        let mut paths = BTreeMap::new();
        while !map.is_empty() {
            let path: Path = map.parse()?;
            map.parse::<Token![=>]>()?;
            let target: Ident = map.parse()?;
            map.parse::<Option<Token![,]>>()?;
            paths.insert(path_key(&path), target.to_string());
        }
        closure.push((id.to_string(), Definition { kind, paths, parts: parse_braces(&body)? }));
    }
    Ok(closure)
}

/// What `__link` was given: the definition and the closures of its paths.
///
/// # Errors
/// When the tokens are not those of this version of macrograd.
pub fn join(tokens: TokenStream) -> syn::Result<(Joined, TokenStream)> {
    let parser = |input: ParseStream<'_>| -> syn::Result<(Joined, TokenStream)> {
        let inner;
        braced!(inner in input);
        let pack: Pack = inner.parse()?;
        let mut merged: Closure = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut paths = BTreeMap::new();
        for path in &pack.paths {
            let body;
            braced!(body in input);
            let closure = body.call(parse_closure)?;
            if let Some((id, _)) = closure.first() {
                paths.insert(path_key(path), id.clone());
            }
            for (id, definition) in closure {
                if seen.insert(id.clone()) {
                    merged.push((id, definition));
                }
            }
        }
        let definition = Definition { kind: pack.kind, paths, parts: pack.parts };
        let id = identity(&definition);
        merged.retain(|(other, _)| *other != id);
        merged.insert(0, (id.clone(), definition.clone()));
        Ok((Joined { definition, id, closure: merged }, pack.krate))
    };
    parser.parse2(tokens)
}

/// Identity of a definition: its own tokens and the identities of what its paths resolve to, so that equal identities
/// mean equal meaning, wherever the definition stands.
fn identity(definition: &Definition) -> String {
    let mut text = String::new();
    for part in &definition.parts {
        text.push_str(&part.to_string());
        text.push('\n');
    }
    for (path, id) in &definition.paths {
        text.push_str(&format!("{path} => {id}\n"));
    }
    format!("__{:016x}", hash(&text))
}

/// FNV-1a, 64 bits.
pub fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// The macro under which a definition answers, exported under its own name.
///
/// Its hidden name carries a hash of identity and position: two public models of one name in one crate are fine. A
/// user's macro that stamps out models gives each an `id` of its own, since their positions are equal.
pub fn emit_definition_macro(
    name: &Ident,
    visibility: &Visibility,
    joined: &Joined,
    distinguish: Option<&str>,
) -> TokenStream {
    let start = name.span().start();
    let place = format!(
        "{}{}:{}:{}{}",
        joined.id,
        name.span().file(),
        start.line,
        start.column,
        distinguish.unwrap_or("")
    );
    let hidden = format_ident!("__macrograd_{}_{:016x}", name, hash(&place));
    let export = matches!(visibility, Visibility::Public(_)).then(|| quote!(#[macro_export]));
    let entries = joined.closure.iter().map(|(id, definition)| {
        let id = Ident::new(id, Span::call_site());
        let kind = KINDS.iter().find(|(_, k)| *k == definition.kind).map_or("", |(name, _)| name);
        let kind = Ident::new(kind, Span::call_site());
        let paths = definition.paths.iter().map(|(path, id)| {
            let path: TokenStream = path.parse().unwrap_or_default();
            let id = Ident::new(id, Span::call_site());
            quote!(#path => #id)
        });
        let parts = &definition.parts;
        quote!(#id { #kind [#(#paths),*] #({ #parts })* })
    });
    let closure = quote!(#(#entries)*);
    quote! {
        #[doc(hidden)]
        #export
        #[allow(unused_macros, clippy::crate_in_macro_def)]
        macro_rules! #hidden {
            ([] $callback:path; $($state:tt)*) => { $callback! { $($state)* { #closure } } };
            ([$next:path $(, $rest:path)*] $callback:path; $($state:tt)*) => {
                $next! { [$($rest),*] $callback; $($state)* { #closure } }
            };
        }
        #[doc(hidden)]
        #[allow(unused_imports)]
        #visibility use #hidden as #name;
    }
}

/// An item under `#[dim]` or `#[function]`, or a type alias under `#[model]`, on its way through the macros.
pub fn start_item(
    item: syn::Item,
    attributes: TokenStream,
    krate: &TokenStream,
    diagnostics: &mut Diagnostics,
) -> Result<TokenStream, Reported> {
    match item {
        syn::Item::Const(item) => Ok(start_dim(&item, krate)),
        syn::Item::Fn(item) => Ok(start_function(&item, krate)),
        syn::Item::Type(item) => start_alias(&item, attributes, krate, diagnostics),
        other => Err(diagnostics.report(Diagnostic::new(
            Group::new(Delimiter::None, other.to_token_stream()).span(),
            "expected a constant, a function or a type alias",
        ))),
    }
}

fn start_dim(item: &ItemConst, krate: &TokenStream) -> TokenStream {
    let mut collector = PathCollector::new([]);
    collector.visit_expr(&item.expr);
    let mut bare = item.clone();
    bare.attrs.clear();
    start(Kind::Dim, &item.ident, vec![bare.into_token_stream()], collector.finish(), krate)
}

fn start_function(item: &ItemFn, krate: &TokenStream) -> TokenStream {
    let collector = function_paths(item);
    let mut bare = item.clone();
    // Documentation of a function that is compiled by itself is that of what is emitted.
    let is_compiled = item.attrs.iter().any(|attribute| attribute.path().is_ident(DIFFERENTIABLE));
    bare.attrs.retain(|attribute| is_compiled || !is_doc(attribute));
    start(Kind::Function, &item.sig.ident, vec![bare.into_token_stream()], collector.finish(), krate)
}

fn start_alias(
    item: &ItemType,
    attributes: TokenStream,
    krate: &TokenStream,
    diagnostics: &mut Diagnostics,
) -> Result<TokenStream, Reported> {
    if !item.generics.params.is_empty() {
        return Err(diagnostics.report(
            Diagnostic::new(
                item.ident.span(),
                "`#[model] type` compiles a model at given sizes and has no parameters",
            )
            .help("give every parameter of the model a value"),
        ));
    }
    let mut collector = PathCollector::new([]);
    collector.visit_type(&item.ty);
    let mut bare = item.clone();
    bare.attrs.clear();
    let parts = vec![attributes, bare.into_token_stream()];
    Ok(start(Kind::Alias, &item.ident, parts, collector.finish(), krate))
}

/// A model whose struct and impl have met.
pub fn start_model(
    attributes: TokenStream,
    functions: &ItemImpl,
    item: &ItemStruct,
    krate: &TokenStream,
) -> TokenStream {
    let generics = item.generics.params.iter().filter_map(|param| match param {
        syn::GenericParam::Const(param) => Some(param.ident.to_string()),
        syn::GenericParam::Type(param) => Some(param.ident.to_string()),
        syn::GenericParam::Lifetime(_) => None,
    });
    let mut collector = PathCollector::new(generics);
    collector.visit_struct(item);
    collector.visit_functions(functions);
    let parts = vec![attributes, functions.to_token_stream(), item.to_token_stream()];
    start(Kind::Model, &item.ident, parts, collector.finish(), krate)
}

/// A struct of tensors. Two that say the same in different places are different types: `key` tells them apart.
pub fn start_tensors(item: &ItemStruct, key: u64, krate: &TokenStream) -> TokenStream {
    let collector = tensors_paths(item);
    let key = Literal::u64_unsuffixed(key);
    let parts = vec![quote!(#key), strip_docs_of_struct(item).into_token_stream()];
    start(Kind::Tensors, &item.ident, parts, collector.finish(), krate)
}

/// A struct of tensors whose mistakes are reported, under its name.
pub fn start_broken_tensors(item: &ItemStruct, krate: &TokenStream) -> TokenStream {
    let parts = vec![quote!(__broken), strip_docs_of_struct(item).into_token_stream()];
    start(Kind::Tensors, &item.ident, parts, Vec::new(), krate)
}

/// A model whose mistakes are reported: it names nothing, and only a stand-in is compiled.
pub fn start_broken(functions: &ItemImpl, item: &ItemStruct, krate: &TokenStream) -> TokenStream {
    let parts = vec![quote!(__broken), functions.to_token_stream(), item.to_token_stream()];
    start(Kind::Model, &item.ident, parts, Vec::new(), krate)
}
