//! Layers that a `macro_rules!` writes, of their file or of an earlier one, written out.
//!
//! Understands what the layers of the facade use: one rule, whose pattern holds literal tokens, `$name:ident` or any other
//! fragment of one token, `[$($name:tt)*]`, and leading `$(#[$doc:meta])*`, which is dropped.

use proc_macro2::{Group, TokenStream, TokenTree};
use std::collections::HashMap;
use syn::Item;

/// Pattern and body of each macro so far.
pub(crate) type Rules = HashMap<String, [TokenStream; 2]>;

/// The items of a file with the calls of macros replaced by what they stand for, in which macros may be called, too.
pub(crate) fn written_out(items: Vec<Item>, rules: &mut Rules) -> Vec<Item> {
    let mut out = Vec::new();
    for item in items {
        let Item::Macro(call) = item else {
            out.push(item);
            continue;
        };
        if let Some(name) = call.ident {
            // `(pattern) => { body }`
            let mut groups = call.mac.tokens.into_iter().filter_map(|token| match token {
                TokenTree::Group(group) => Some(group.stream()),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
            });
            let rule = std::array::from_fn(|_| groups.next().expect("a rule has a pattern and a body"));
            rules.insert(name.to_string(), rule);
        } else if let Some([pattern, body]) =
            call.mac.path.get_ident().and_then(|name| rules.get(&name.to_string()))
        {
            let mut bound = HashMap::new();
            bind(pattern.clone(), without_docs(call.mac.tokens), &mut bound);
            let items = syn::parse2::<syn::File>(substitute(body.clone(), &bound));
            let items = items.expect("a macro of layers writes items").items;
            out.extend(written_out(items, rules));
        }
    }
    out
}

/// The tokens after the leading documentation.
fn without_docs(tokens: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let docs = tokens.chunks(2).take_while(|pair| is_punct(&pair[0], '#')).count();
    tokens.into_iter().skip(2 * docs).collect()
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// Binds the names of a pattern to tokens of a call.
fn bind(pattern: TokenStream, call: TokenStream, bound: &mut HashMap<String, TokenStream>) {
    let (mut pattern, mut call) = (pattern.into_iter(), call.into_iter());
    while let Some(token) = pattern.next() {
        if is_punct(&token, '$') {
            match pattern.next().expect("a name or a repetition follows `$`") {
                // `$name:fragment`
                TokenTree::Ident(name) => {
                    pattern.nth(1);
                    let token = call.next().expect("the call has a token for each name");
                    bound.insert(name.to_string(), token.into());
                }
                // `$(#[$doc:meta])*`
                _ => drop(pattern.next()),
            }
            continue;
        }
        let other = call.next();
        if let (TokenTree::Group(pattern), Some(TokenTree::Group(call))) = (token, other) {
            match repeated_name(pattern.stream()) {
                Some(name) => drop(bound.insert(name, call.stream())),
                None => bind(pattern.stream(), call.stream(), bound),
            }
        }
    }
}

/// `name` of `$($name:tt)*` or `$($name)*`.
fn repeated_name(tokens: TokenStream) -> Option<String> {
    let mut tokens = tokens.into_iter();
    let first = tokens.next()?;
    match tokens.next()? {
        TokenTree::Group(group) if is_punct(&first, '$') => name_of(group.stream()),
        _ => None,
    }
}

/// `name` of `$name` and of `$name:tt`.
fn name_of(tokens: TokenStream) -> Option<String> {
    let mut tokens = tokens.into_iter();
    let first = tokens.next()?;
    match tokens.next()? {
        TokenTree::Ident(name) if is_punct(&first, '$') => Some(name.to_string()),
        _ => None,
    }
}

/// The body with the names replaced.
fn substitute(body: TokenStream, bound: &HashMap<String, TokenStream>) -> TokenStream {
    let mut out = TokenStream::new();
    let mut body = body.into_iter();
    while let Some(token) = body.next() {
        match token {
            TokenTree::Group(group) => {
                let mut replaced = Group::new(group.delimiter(), substitute(group.stream(), bound));
                replaced.set_span(group.span());
                out.extend([TokenTree::Group(replaced)]);
            }
            token if is_punct(&token, '$') => {
                match body.next().expect("a name or a repetition follows `$`") {
                    TokenTree::Group(group) => {
                        body.next();
                        out.extend(
                            name_of(group.stream()).map(|name| bound[&name].clone()).unwrap_or_default(),
                        );
                    }
                    name => out.extend(bound[&name.to_string()].clone()),
                }
            }
            token => out.extend([token]),
        }
    }
    out
}
