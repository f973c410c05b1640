//! Compiling a root model, as the environment asks for it.

use crate::compile::{Dump, compile};
use crate::diagnostics::{Diagnostic, Diagnostics, Reported};
use crate::emit::{EmitContext, Form, respan};
use crate::graph::Float;
use crate::link::Joined;
use crate::parse::ModelAttributes;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Visibility;

/// Whether an environment variable asks for something.
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// A model that is compiled.
pub(super) struct Root<'a> {
    pub(super) name: &'a Ident,
    pub(super) visibility: &'a Visibility,
    /// Where emitted names resolve.
    pub(super) span: Span,
    /// The path of macrograd.
    pub(super) krate: &'a TokenStream,
    pub(super) attributes: ModelAttributes,
    pub(super) form: Form,
}

impl<'a> Root<'a> {
    /// A model, whose functions become methods.
    pub(super) fn of_methods(
        name: &'a Ident,
        visibility: &'a Visibility,
        span: Span,
        krate: &'a TokenStream,
        attributes: ModelAttributes,
    ) -> Root<'a> {
        Root { name, visibility, span, krate, attributes, form: Form::Methods }
    }
}

pub(super) fn compile_root(
    joined: &Joined,
    root: &Root<'_>,
    diagnostics: &mut Diagnostics,
) -> Result<TokenStream, Reported> {
    let Root { name, visibility, span, krate, attributes, form } = root;
    let (name, span, krate) = (*name, *span, *krate);
    let traps = is_set("MACROGRAD_TRAP_NAN") || attributes.trap_nan;
    let verifies = is_set("MACROGRAD_VERIFY");
    let float = attributes.float();
    let runtime = match float {
        Float::F32 => quote!(#krate::__private),
        Float::F64 => quote!(#krate::__private::double),
    };
    let context = EmitContext { runtime, krate: krate.clone(), span, traps, verifies, form: *form };
    let mut dump = Dump::new();
    let folder = std::env::var_os("MACROGRAD_EMIT").filter(|folder| !folder.is_empty());
    // The texts take a noticeable part of the time, so they are made only when somebody reads them.
    let kept = folder.is_some().then_some(&mut dump);
    let compiled = float.scope(|| compile(joined, name, visibility, &context, diagnostics, kept));
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
    // rustc notes that the crate depends on the variables, so that cargo builds it again when they change.
    let tracked = quote! {
        const _: [::core::option::Option<&str>; 2] =
            [::core::option_env!("MACROGRAD_EMIT"), ::core::option_env!("MACROGRAD_TRAP_NAN")];
    };
    let tracked = respan(tracked, span, span);
    compiled.map(|compiled| match float {
        Float::F32 => quote!(#compiled #tracked),
        // Without the feature the macro says so, in the place of all that is missing.
        Float::F64 => {
            let gate = respan(quote!(#krate::__private::double!), span, span);
            quote!(#gate { #compiled } #tracked)
        }
    })
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
