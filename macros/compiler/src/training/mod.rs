//! `train!`: a declaration of a run becomes a program.
//!
//! The macro checks names and kinds of values, and hands everything to the facade as functions (`train/cli/`), where types
//! are checked by rustc, at the user's tokens.

mod declaration;
mod emit;
mod ranges;
pub mod tables;

use crate::diagnostics::Diagnostics;
use proc_macro2::TokenStream;
use quote::quote;

/// The program of a declaration.
pub fn train(tokens: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let program = declaration::parse(tokens, &mut diagnostics)
        .and_then(|declaration| emit::program(&declaration, &mut diagnostics));
    let errors = diagnostics.to_tokens();
    match program {
        Ok(program) => quote!(#errors #program),
        // Without a `main` there would be one mistake more.
        Err(_) => quote!(#errors fn main() {}),
    }
}
