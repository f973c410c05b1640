//! Emission: plans become Rust. Their fused loops can be printed as CUDA C, too: see [`cuda`].
//!
//! Every token resolves where the root's impl stands, whatever macros its text came through, and carries the place of
//! the user's token that caused it: line tables, backtraces and breakpoints show the user's own lines.

mod api;
mod collapsed;
pub mod cuda;
mod description;
mod function;
mod fused_loop;
mod methods;
mod op;
mod origins;
mod scalar;
mod state;
pub mod summary;
mod tensors;
mod trap;

pub(crate) use scalar::{emit_float, emit_number, emit_plain_number, emit_zero};

pub use api::{ModelToEmit, emit_functions, emit_model};
pub use description::describe;
pub use op::{OpParameters, emit_op};
pub use state::{emit_state_type, emit_struct};
pub use summary::Costs;
pub use tensors::{emit_broken_tensors, emit_tensors};

use crate::graph::{Size, TensorType};
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;

/// What emission needs to know of the root.
pub struct EmitContext {
    /// Path of the runtime.
    pub runtime: TokenStream,
    /// Path of the facade.
    pub krate: TokenStream,
    /// Where emitted names resolve.
    pub span: Span,
    /// Whether every step checks that what it has computed is finite.
    pub traps: bool,
    /// Whether graphs and plans are verified after every pass.
    pub verifies: bool,
    /// What the functions become.
    pub form: Form,
}

/// What compiled functions become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Methods of a model.
    Methods,
    /// Functions, under `#[differentiable]`.
    Functions,
}

/// The tokens with every span at this place, resolving at the root.
pub fn respan(tokens: TokenStream, place: Span, root: Span) -> TokenStream {
    set_span(tokens, place.resolved_at(root))
}

fn set_span(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut tree| {
            if let TokenTree::Group(group) = &tree {
                let inner = set_span(group.stream(), span);
                tree = TokenTree::Group(Group::new(group.delimiter(), inner));
            }
            tree.set_span(span);
            tree
        })
        .collect()
}

/// A name for generated code: text that a person recognises, made an identifier.
pub fn ident(text: &str) -> Ident {
    let text = text.strip_prefix("r#").unwrap_or(text);
    let mut name: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if syn::parse_str::<Ident>(&name).is_ok() {
        return Ident::new(&name, Span::call_site());
    }
    if matches!(name.as_str(), "_" | "self" | "Self" | "super" | "crate") {
        name.push('_');
        return Ident::new(&name, Span::call_site());
    }
    Ident::new_raw(&name, Span::call_site())
}

/// `some_words` as `SomeWords`, `r#type` as `Type`.
pub fn camel_case(name: &str) -> String {
    name.trim_start_matches("r#")
        .split('_')
        .map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_uppercase().collect::<String>() + chars.as_str())
                .unwrap_or_default()
        })
        .collect()
}

/// The number of elements of a type, as an expression.
pub fn numel_tokens(ty: &TensorType) -> TokenStream {
    ty.numel().to_tokens()
}

/// A size as an expression of type `u64` over the fields of `dims`, for `const fn`s.
pub fn size_in_dims(size: &Size) -> TokenStream {
    let tokens = size.to_tokens();
    quote!((#tokens) as u64)
}
