//! What a call checks before it runs, and what its documentation says.

use super::ApiEmitter;
use super::structs::arg_place;
use crate::emit::{Form, ident};
use crate::graph::size::symbol_ident;
use crate::graph::{ElementType, TensorType, shape_text};
use crate::program::{StateKind, StateTensor};
use crate::requirements::Requirement;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

impl ApiEmitter<'_> {
    /// Reads the run-time dimensions from the arguments and checks that they agree.
    pub(super) fn read_dims(&self) -> TokenStream {
        let runtime = &self.context.runtime;
        let mut lines = Vec::new();
        let mut first_arg: Vec<Option<&str>> = vec![None; self.symbols().len()];
        let error = |error: TokenStream| quote!(return ::core::result::Result::Err(#runtime::Error::#error););
        for (arg_index, arg) in self.function.args.iter().enumerate() {
            let arg_name = arg_place(&arg.name);
            let text = &arg.name;
            for (axis, size) in arg.ty.shape.iter().enumerate() {
                let position = Literal::usize_unsuffixed(axis);
                let found = quote!(#runtime::Dim::size(#arg_name.shape().#position));
                let Some(at) = self.symbols().iter().position(|symbol| symbol.size == *size) else {
                    continue;
                };
                let symbol = &self.symbols()[at];
                let (variable, dim) =
                    (format_ident!("size_of_{}", symbol.name.to_lowercase()), symbol.name.as_str());
                if let Some(first) = first_arg[at] {
                    let mismatch = error(quote!(DimMismatch {
                        dim: #dim, first_argument: #first, first: #variable, second_argument: #text, second: #found,
                    }));
                    lines.push(quote!(if #found != #variable { #mismatch }));
                    continue;
                }
                first_arg[at] = Some(&self.function.args[arg_index].name);
                let typed = format_ident!("typed_{}", symbol.name.to_lowercase());
                let empty = error(quote!(EmptyDim { dim: #dim, argument: #text }));
                let atom = symbol_ident(&symbol.atom());
                let multiple = symbol.multiple_of as usize;
                let bound = |condition: TokenStream, text: String| {
                    let broken = error(quote!(DimBound { dim: #dim, size: #variable, bound: #text }));
                    quote!(if #condition { #broken })
                };
                lines.push(quote! {
                    let #typed = #arg_name.shape().#position;
                    let #variable: usize = #found;
                    if #variable == 0 { #empty }
                });
                if let Some(most) = symbol.at_most {
                    let most_size = most as usize;
                    lines.push(bound(quote!(#variable > #most_size), format!("AtMost<{most}>")));
                }
                if symbol.multiple_of > 1 {
                    lines.push(bound(quote!(#variable % #multiple != 0), format!("MultipleOf<{multiple}>")));
                }
                lines.push(quote!(let #atom: usize = #variable / #multiple;));
            }
        }
        for Requirement { larger, smaller } in &self.function.requirements {
            let condition = format!("{larger} >= {smaller}");
            let (larger, smaller) = (larger.to_tokens(), smaller.to_tokens());
            let broken = error(quote!(DimRelation { condition: #condition, left: #larger, right: #smaller }));
            lines.push(quote!(if #larger < #smaller { #broken }));
        }
        // Dimensions that are expressions of others are checked when these are known.
        for arg in &self.function.args {
            let (arg_name, text) = (arg_place(&arg.name), &arg.name);
            for (axis, size) in arg.ty.shape.iter().enumerate() {
                if size.as_literal().is_some() || self.symbols().iter().any(|symbol| symbol.size == *size) {
                    continue;
                }
                let position = Literal::usize_unsuffixed(axis);
                let (expected, dim) = (size.to_tokens(), size.to_string());
                let mismatch = error(quote!(DimMismatch {
                    dim: #dim, first_argument: "the declared shape", first: #expected, second_argument: #text, second: #arg_name.shape().#position,
                }));
                lines.push(quote!(if #arg_name.shape().#position != #expected { #mismatch }));
            }
        }
        quote!(#(#lines)*)
    }

    /// Documentation of a method; the one for a choice of optional arguments is none of the user's.
    pub(super) fn docs(&self, what: &str, panics: Option<bool>) -> TokenStream {
        if self.function.choice.is_some() { quote!(#[doc(hidden)]) } else { self.shown_docs(what, panics) }
    }

    pub(super) fn shown_docs(&self, what: &str, panics: Option<bool>) -> TokenStream {
        let docs = &self.function.decl.docs;
        let mut text = format!("\n{what}\n\n# Shapes\n");
        for arg in &self.function.args {
            let declared = self.function.decl.params.iter().find(|param| {
                let name = param.ident.unraw().to_string();
                arg.name == name || arg.name.starts_with(&format!("{name}."))
            });
            let left_out = declared.is_some_and(|param| param.is_optional);
            let note = if left_out { ", which may be left out" } else { "" };
            text.push_str(&format!("- `{}`: `{}`{note}\n", arg.name, typed_shape(&arg.ty)));
        }
        let results: Vec<String> =
            self.function.results.iter().map(|ty| format!("`{}`", typed_shape(ty))).collect();
        text.push_str(&format!("- result: {}\n", results.join(", ")));
        let flops = &self.function.flops;
        text.push_str(&match self.context.form {
            Form::Functions => format!("\n{flops} FLOPs.\n"),
            Form::Methods => {
                let parameters = self.model.state.iter().filter(|tensor| tensor.kind != StateKind::Buffer);
                let count: usize = parameters.map(StateTensor::numel).sum();
                format!("\n{count} parameters, {flops} FLOPs of inference.\n")
            }
        });
        let problems = "run-time dimensions disagree, are 0 or too small for what is taken of them, or a label is out of range";
        match panics {
            Some(true) => text.push_str(&format!("\n# Panics\nWhen {problems}.\n")),
            Some(false) => text.push_str(&format!("\n# Errors\nWhen {problems}.\n")),
            None => {}
        }
        quote!(#(#docs)* #[doc = #text])
    }
}

/// The name of an argument in typed methods: the user's, with an underscore when the method has a variable of that name.
pub(super) fn arg_ident(name: &str) -> Ident {
    const NAMES: &[&str] = &["workspace", "grads", "buffers", "arena", "random_key", "value", "saved"];
    const PREFIXES: &[&str] = &["output_", "typed_", "size_of_", "dim_"];
    let taken = NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    if taken { format_ident!("{}_", name) } else { ident(name) }
}

/// `u8[N]`, `[N, 10]`.
fn typed_shape(ty: &TensorType) -> String {
    let element = if ty.element == ElementType::Real { "" } else { ty.element.name() };
    format!("{element}{}", shape_text(&ty.shape))
}
