//! The entry points of the attributes and of the hidden macros between them.

mod differentiable;
mod items;
mod root;
mod sequential;
mod tensors;

pub use differentiable::differentiable;
pub use items::{dim, function, op};
pub use tensors::tensors;

use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported};
use crate::emit::{emit_state_type, emit_struct};
use crate::fragments::splice;
use crate::link::{self, Kind};
use crate::lints::LintSet;
use crate::parse::{
    Annotation, Function, ModelAttributes, check_impl, check_no_dtype, parse_function_item, parse_model,
};
use crate::program::Program;
use differentiable::compile_differentiable;
use items::check_dim;
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use root::{Root, compile_root};
use sequential::sequential;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Attribute, Fields, Item, ItemImpl, ItemStruct};

/// Runs a stage; its errors stand before its result.
fn with_diagnostics(run: impl FnOnce(&mut Diagnostics) -> Result<TokenStream, Reported>) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let tokens = run(&mut diagnostics).unwrap_or_default();
    let errors = diagnostics.to_tokens();
    quote!(#errors #tokens)
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

/// Groups inside each other, and operators and calls in one expression: the compiler follows them by recursion, on the
/// stack that rustc gives it.
const MAX_NESTING: usize = 200;
const MAX_CHAIN: usize = 1000;

/// Refuses what is nested so deeply, or chained so long, that following it would overflow the stack.
fn check_nesting(tokens: &TokenStream, diagnostics: &mut Diagnostics) -> Result<(), Reported> {
    let mut open = vec![(tokens.clone().into_iter(), 0)];
    while let Some((rest, chain)) = open.last_mut() {
        let Some(token) = rest.next() else {
            open.pop();
            continue;
        };
        let span = token.span();
        match token {
            TokenTree::Group(group) => {
                if group.delimiter() == Delimiter::Brace {
                    *chain += 1;
                }
                open.push((group.stream().into_iter(), 0));
            }
            TokenTree::Punct(punct) if matches!(punct.as_char(), ';' | ',') => *chain = 0,
            TokenTree::Punct(_) => *chain += 1,
            TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
        let too_long = open.last().is_some_and(|(_, chain)| *chain > MAX_CHAIN);
        if open.len() > MAX_NESTING || too_long {
            let message = if too_long {
                format!("more than {MAX_CHAIN} operators, calls or blocks in one expression")
            } else {
                format!("more than {MAX_NESTING} brackets inside each other")
            };
            return Err(diagnostics
                .report(Diagnostic::new(span, message).help("bind parts of it to names with `let`")));
        }
    }
    Ok(())
}

/// `#[model]` on a struct, an impl or a type alias.
pub fn model(attributes: TokenStream, item: TokenStream) -> TokenStream {
    with_diagnostics(|diagnostics| {
        check_nesting(&attributes, diagnostics)?;
        check_nesting(&item, diagnostics)?;
        let (attributes, item) = (splice(attributes), splice(item));
        let (parsed, attributes) = match ModelAttributes::parse(attributes.clone(), diagnostics) {
            Ok(parsed) => (parsed, attributes),
            Err(Reported) => (ModelAttributes { broken: true, ..Default::default() }, quote!(__broken)),
        };
        let krate = crate_path(&parsed);
        match parse_item::<Item>(item, diagnostics)? {
            Item::Struct(item) => model_struct(&item, &parsed, &attributes, &krate, diagnostics),
            Item::Impl(functions) => {
                if let Some((float, span)) = parsed.dtype {
                    let form = format!("move `#[model(dtype = {})]` to the struct", float.name());
                    diagnostics.report(
                        Diagnostic::new(span, "the computing type belongs to the struct of a model")
                            .help(form),
                    );
                }
                model_impl(&functions, parsed.allow, diagnostics)
            }
            Item::Type(item) => {
                let (name, visibility, attrs) = (&item.ident, &item.vis, &item.attrs);
                let linked = link::start_item(Item::Type(item.clone()), attributes, &krate, diagnostics)?;
                let state = emit_state_type(parsed.float(), &krate);
                Ok(quote! {
                    #(#attrs)*
                    #visibility struct #name { state: #state }
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
    let is_compiled = !parsed.part;
    if parsed.part {
        let _ = check_no_dtype(parsed, "a `part`", diagnostics);
    } else if !item.generics.params.is_empty() {
        let _ = check_no_dtype(parsed, "a generic model", diagnostics);
    }
    // What stands for a struct with mistakes: the impl below it and its users find a model.
    let broken = ItemStruct { fields: Fields::Unit, semi_token: Some(Default::default()), ..item.clone() };
    if let Some(span) = parsed.sequential {
        let Ok((fields, functions)) = sequential(item, parsed, span, diagnostics) else {
            let marker = emit_struct(&broken, is_compiled, parsed.float(), krate);
            let name = &item.ident;
            let linked = link::start_broken(&syn::parse_quote!(impl #name {}), &strip(&broken), krate);
            return Ok(quote!(#marker #linked));
        };
        let marker = emit_struct(&fields, is_compiled, parsed.float(), krate);
        let linked = link::start_model(attributes.clone(), &functions, &strip(&fields), krate);
        return Ok(quote!(#marker #linked));
    }
    if !matches!(item.fields, Fields::Named(_)) && !item.fields.is_empty() {
        diagnostics.report(
            Diagnostic::new(Place::of(&item.fields), "the fields of a model have names")
                .help("name them, or write `#[model(sequential, input = [N, 784])]` for a chain of layers"),
        );
        let marker = emit_struct(&broken, is_compiled, parsed.float(), krate);
        let textual = link::emit_struct_macro(&broken, &quote!(__broken), krate);
        return Ok(quote!(#textual #marker));
    }
    let marker = emit_struct(item, is_compiled, parsed.float(), krate);
    let textual = link::emit_struct_macro(item, attributes, krate);
    Ok(quote!(#textual #marker))
}

fn strip(item: &ItemStruct) -> ItemStruct {
    let mut bare = item.clone();
    bare.attrs.clear();
    bare
}

fn model_impl(
    functions: &ItemImpl,
    allow: LintSet,
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
    bare.attrs = allowing(allow, "model");
    Ok(quote!(#textual! { { #bare } }))
}

/// The attribute that allows these lints, to travel with an item; none if there is nothing to allow.
fn allowing(lints: LintSet, attribute: &str) -> Vec<Attribute> {
    let names: Vec<Ident> = lints.names().map(|name| Ident::new(name, Span::call_site())).collect();
    let attribute = Ident::new(attribute, Span::call_site());
    if names.is_empty() { Vec::new() } else { vec![syn::parse_quote!(#[#attribute(allow(#(#names),*))])] }
}

/// A struct and its impl have met: `{impl} {attributes} {struct}`.
pub fn combine(tokens: TokenStream) -> TokenStream {
    with_diagnostics(|diagnostics| {
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
        let mut functions: ItemImpl = parse_item(functions, diagnostics)?;
        let item: ItemStruct = parse_item(item, diagnostics)?;
        diagnostics.set_root(functions.self_ty.span());
        // What is allowed on the impl joins what is said on the struct.
        let of_impl = std::mem::take(&mut functions.attrs)
            .into_iter()
            .filter_map(|attribute| attribute.meta.require_list().map(|list| list.tokens.clone()).ok());
        let attributes: TokenStream = of_impl.map(|allow| quote!(#allow,)).chain([attributes]).collect();
        let parsed = ModelAttributes::parse(attributes.clone(), diagnostics)?;
        let krate = crate_path(&parsed);
        let checked = check_impl(&item, &functions, diagnostics);
        let linked = if parsed.broken || checked.and(check_not_in_itself(&item, diagnostics)).is_err() {
            link::start_broken(&functions, &item, &krate)
        } else {
            link::start_model(attributes, &functions, &item, &krate)
        };
        // For a second impl the macro is ambiguous: rustc's message shows its name, which says that there is one.
        let textual = link::struct_macro_name(&item.ident);
        Ok(quote! {
            #linked
            #[doc(hidden)]
            #[allow(unused_macros)]
            macro_rules! #textual { ($($second:tt)*) => {}; }
        })
    })
}

/// A model that contains itself would ask for its own macro, which is not defined yet.
fn check_not_in_itself(item: &ItemStruct, diagnostics: &mut Diagnostics) -> Result<(), Reported> {
    struct Search<'a>(&'a Ident, Option<Span>);
    impl<'ast> Visit<'ast> for Search<'_> {
        fn visit_type_path(&mut self, ty: &'ast syn::TypePath) {
            if ty.path.segments.len() == 1 && ty.path.segments[0].ident == *self.0 {
                self.1 = Some(ty.path.segments[0].ident.span());
            }
            syn::visit::visit_type_path(self, ty);
        }
    }
    for field in &item.fields {
        let mut search = Search(&item.ident, None);
        search.visit_type(&field.ty);
        if let Some(span) = search.1 {
            let message = format!("`{}` contains itself", item.ident);
            return Err(diagnostics.report(
                Diagnostic::new(span, message)
                    .note("a model owns its layers, so it would have no end")
                    .help("to use the same parameters again, call the function again"),
            ));
        }
    }
    Ok(())
}

/// The end of linking: exports the definition and compiles it where nothing generic is left.
pub fn link(tokens: TokenStream) -> TokenStream {
    with_diagnostics(|diagnostics| {
        let (joined, krate) = link::join(tokens).map_err(|error| diagnostics.report_syntax(error))?;
        let part = |index: usize| joined.definition.parts.get(index).cloned().unwrap_or_default();
        match joined.definition.kind {
            Kind::Model => {
                let attributes = ModelAttributes::parse(part(0), diagnostics)?;
                let functions: ItemImpl = parse_item(part(1), diagnostics)?;
                let item: ItemStruct = parse_item(part(2), diagnostics)?;
                let exported =
                    link::emit_definition_macro(&item.ident, &item.vis, &joined, attributes.id.as_deref());
                let span = functions.impl_token.span;
                diagnostics.set_root(functions.self_ty.span());
                if attributes.part || !item.generics.params.is_empty() {
                    // A template's declaration is checked now, its shapes when it is used.
                    if !attributes.broken {
                        let _ = parse_model(&item, &functions, attributes, diagnostics);
                    }
                    return Ok(exported);
                }
                let root = Root::of_methods(&item.ident, &item.vis, span, &krate, attributes);
                let compiled = compile_root(&joined, &root, diagnostics).unwrap_or_default();
                Ok(quote!(#exported #compiled))
            }
            Kind::Alias => {
                let attributes = ModelAttributes::parse(part(0), diagnostics)?;
                let item: syn::ItemType = parse_item(part(1), diagnostics)?;
                let exported =
                    link::emit_definition_macro(&item.ident, &item.vis, &joined, attributes.id.as_deref());
                let span = item.type_token.span;
                diagnostics.set_root(span);
                let root = Root::of_methods(&item.ident, &item.vis, span, &krate, attributes);
                let compiled = compile_root(&joined, &root, diagnostics).unwrap_or_default();
                Ok(quote!(#exported #compiled))
            }
            Kind::Dim => {
                let item: syn::ItemConst = parse_item(part(0), diagnostics)?;
                let exported = link::emit_definition_macro(&item.ident, &item.vis, &joined, None);
                diagnostics.set_root(item.const_token.span);
                let (program, parsed) = Program::parse(&joined.closure, diagnostics);
                let checked = parsed.and_then(|()| check_dim(&program, &joined, &item, diagnostics));
                let checked = checked.unwrap_or_default();
                Ok(quote!(#exported #checked))
            }
            Kind::Tensors => {
                let item: ItemStruct = parse_item(part(1), diagnostics)?;
                let exported = link::emit_definition_macro(&item.ident, &item.vis, &joined, None);
                diagnostics.set_root(item.struct_token.span);
                // What is wrong with its tokens was reported before; here are those that it names.
                let _ = Program::parse(&joined.closure, diagnostics);
                Ok(exported)
            }
            Kind::Function => {
                let item: syn::ItemFn = parse_item(part(0), diagnostics)?;
                let exported = link::emit_definition_macro(&item.sig.ident, &item.vis, &joined, None);
                diagnostics.set_root(item.sig.fn_token.span);
                let compiled = differentiable::float_of(&item).scope(|| {
                    let function = parse_function_item(&item, diagnostics)
                        .and_then(|function| resolved(function, &joined, diagnostics))?;
                    compile_differentiable(&joined, &item, &function, &krate, diagnostics)
                });
                let compiled = compiled.unwrap_or_default();
                Ok(quote!(#exported #compiled))
            }
        }
    })
}

/// A function with the structs in its signature looked up.
fn resolved(
    function: Function,
    joined: &link::Joined,
    diagnostics: &mut Diagnostics,
) -> Result<Function, Reported> {
    let mut annotations = function.params.iter().map(|param| &param.ty).chain(&function.returned);
    if !annotations.any(Annotation::has_struct) {
        return Ok(function);
    }
    let (program, parsed) = Program::parse(&joined.closure, diagnostics);
    parsed?;
    match program.entry(&joined.id).map(|entry| &entry.item) {
        Some(crate::program::Item::Function(function)) => Ok((**function).clone()),
        _ => Err(Reported),
    }
}
