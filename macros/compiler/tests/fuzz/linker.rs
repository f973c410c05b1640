//! Links sources as rustc's macro expander does, without rustc: what an attribute hands to `__link` is looked up by
//! the last segments of its paths and handed over. A name that is not defined is rustc's error, not ours.

use crate::layers::{LAYERS, Rules, written_out};
use macrograd_compiler::entry;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::collections::HashMap;
use std::sync::OnceLock;
use syn::{Attribute, Item, Type};

/// What has become of a definition.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Tokens without errors.
    Compiled,
    /// Errors, as tokens.
    Refused(String),
    /// It names what is not there.
    Unlinked,
    /// rustc would not get to the attributes.
    NotRust,
}

impl Outcome {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Outcome::Compiled => "compiled",
            Outcome::Refused(_) => "refused",
            Outcome::Unlinked => "unlinked",
            Outcome::NotRust => "not Rust",
        }
    }

    /// What a verifier of the compiler found.
    pub(crate) fn internal_error(&self) -> Option<String> {
        match self {
            Outcome::Refused(text) if text.contains("internal error") => Some(text.clone()),
            _ => None,
        }
    }

    fn of(tokens: &TokenStream) -> Outcome {
        let text = tokens.to_string();
        if text.contains("compile_error !") { Outcome::Refused(text) } else { Outcome::Compiled }
    }
}

/// Closures by the last segment of the path that names them, as texts: tokens cannot go from thread to thread.
type Definitions = HashMap<String, String>;

/// The layers of the facade.
fn layers() -> Definitions {
    static READ: OnceLock<Definitions> = OnceLock::new();
    let read = || {
        let (mut definitions, mut rules) = (Definitions::new(), Rules::new());
        for source in LAYERS {
            let file = syn::parse_file(source).expect("the layers are Rust");
            let file = written_out(file.items, &mut rules);
            items(file, &mut definitions, &mut HashMap::new(), &mut Vec::new());
        }
        definitions
    };
    READ.get_or_init(read).clone()
}

/// Everything of a source, in order.
pub(crate) fn compile_all(source: &str) -> Vec<Outcome> {
    // Before anything follows the tokens by recursion, as rustc's own parser, which knows no such limit.
    if let Ok(tokens) = source.parse::<TokenStream>() {
        let refused = entry::model(TokenStream::new(), tokens).to_string();
        if refused.contains("inside each other") || refused.contains("in one expression") {
            return vec![Outcome::Refused(refused)];
        }
    }
    file(source, &mut layers())
}

fn file(source: &str, definitions: &mut Definitions) -> Vec<Outcome> {
    let Ok(file) = syn::parse_file(source) else { return vec![Outcome::NotRust] };
    let mut outcomes = Vec::new();
    items(file.items, definitions, &mut HashMap::new(), &mut outcomes);
    outcomes
}

/// The tokens of one of our attributes, and its name.
fn take_attribute(attrs: &mut Vec<Attribute>) -> Option<(String, TokenStream)> {
    let names = ["model", "dim", "function"];
    let at = attrs.iter().position(|attribute| names.iter().any(|name| attribute.path().is_ident(name)))?;
    let attribute = attrs.remove(at);
    let tokens =
        attribute.meta.require_list().map_or_else(|_| TokenStream::new(), |list| list.tokens.clone());
    Some((attribute.path().to_token_stream().to_string(), tokens))
}

fn items(
    list: Vec<Item>,
    definitions: &mut Definitions,
    structs: &mut HashMap<String, (TokenStream, TokenStream)>,
    outcomes: &mut Vec<Outcome>,
) {
    for mut item in list {
        let attribute = match &mut item {
            Item::Struct(item) => take_attribute(&mut item.attrs),
            Item::Impl(item) => take_attribute(&mut item.attrs),
            Item::Type(item) => take_attribute(&mut item.attrs),
            Item::Const(item) => take_attribute(&mut item.attrs),
            Item::Fn(item) => take_attribute(&mut item.attrs),
            Item::Enum(item) => take_attribute(&mut item.attrs),
            Item::Mod(module) => {
                let inner = module.content.take().map(|(_, inner)| inner).unwrap_or_default();
                items(inner, definitions, structs, outcomes);
                None
            }
            _ => None,
        };
        let Some((attribute, arguments)) = attribute else { continue };
        let mut tokens = match attribute.as_str() {
            "dim" => entry::dim(arguments.clone(), item.to_token_stream()),
            "function" => entry::function(arguments.clone(), item.to_token_stream()),
            _ => entry::model(arguments.clone(), item.to_token_stream()),
        };
        outcomes.push(Outcome::of(&tokens));
        match &item {
            Item::Struct(item) => {
                let mut bare = item.clone();
                bare.attrs.clear();
                structs.insert(item.ident.to_string(), (arguments, bare.to_token_stream()));
            }
            // The struct's macro hands its tokens to the impl's.
            Item::Impl(functions) => {
                let Type::Path(ty) = &*functions.self_ty else { continue };
                let Some(name) = ty.path.segments.last().map(|segment| segment.ident.to_string()) else {
                    continue;
                };
                let Some((attributes, bare)) = structs.remove(&name) else {
                    outcomes.push(Outcome::Unlinked);
                    continue;
                };
                let mut functions = functions.clone();
                functions.attrs.clear();
                tokens = entry::combine(quote!({ #functions } { #attributes } { #bare }));
                outcomes.push(Outcome::of(&tokens));
            }
            _ => {}
        }
        let Some(pack) = find_pack(tokens) else { continue };
        outcomes.push(link(&item, pack, definitions));
    }
}

/// Hands over the closures that a definition asks for, and compiles it.
fn link(item: &Item, pack: TokenStream, definitions: &mut Definitions) -> Outcome {
    let name = match item {
        Item::Struct(item) => item.ident.to_string(),
        Item::Impl(item) => {
            item.self_ty.to_token_stream().to_string().split([' ', '<']).next().unwrap_or("").into()
        }
        Item::Type(item) => item.ident.to_string(),
        Item::Const(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        _ => return Outcome::Unlinked,
    };
    let paths = pack.clone().into_iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => Some(group.stream()),
        _ => None,
    });
    let mut state = quote!({ #pack });
    for path in paths.unwrap_or_default().to_string().split(',').filter(|path| !path.trim().is_empty()) {
        let last = path.rsplit("::").next().unwrap_or_default().trim();
        let Some(closure) = definitions.get(last) else { return Outcome::Unlinked };
        let closure: TokenStream = closure.parse().unwrap_or_default();
        state.extend(quote!({ #closure }));
    }
    let linked = entry::link(state);
    if let Some(closure) = find_closure(linked.clone()) {
        definitions.insert(name, closure.to_string());
    }
    Outcome::of(&linked)
}

/// What is handed to `__link`: a group that begins with the kind of a definition.
fn find_pack(tokens: TokenStream) -> Option<TokenStream> {
    find_group(tokens, &|stream| {
        let mut tokens = stream.clone().into_iter();
        let kind = matches!(tokens.next(), Some(TokenTree::Ident(ident))
            if ["model", "alias", "dim", "function"].contains(&ident.to_string().as_str()));
        let braces =
            |token| matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace);
        let brackets =
            |token| matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket);
        kind && braces(tokens.next()) && brackets(tokens.next())
    })
}

/// What a definition's own macro hands on: a group of identities, each with a group.
fn find_closure(tokens: TokenStream) -> Option<TokenStream> {
    find_group(tokens, &|stream| {
        let mut tokens = stream.clone().into_iter();
        let identity =
            matches!(tokens.next(), Some(TokenTree::Ident(ident)) if ident.to_string().starts_with("__"));
        let Some(TokenTree::Group(group)) = tokens.next() else { return false };
        let kind = matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(ident))
            if ["model", "alias", "dim", "function"].contains(&ident.to_string().as_str()));
        identity && kind
    })
}

fn find_group(tokens: TokenStream, fits: &dyn Fn(&TokenStream) -> bool) -> Option<TokenStream> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) if fits(&group.stream()) => Some(group.stream()),
        TokenTree::Group(group) => find_group(group.stream(), fits),
        _ => None,
    })
}
