//! The entry points of the attributes and of the hidden macros between them.

use crate::compile::{Dump, compile};
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported};
use crate::emit::{EmitContext, emit_op, emit_struct, respan};
use crate::fragments::splice;
use crate::link::{self, Joined, Kind};
use crate::lints::LintSet;
use crate::lower::is_built_in_function;
use crate::parse::{ModelAttributes, OP_KEY, check_impl, parse_function_item, parse_model};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Attribute, Expr, Fields, Item, ItemImpl, ItemStruct, Visibility};

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
            Item::Impl(functions) => model_impl(&functions, parsed.allow, diagnostics),
            Item::Type(item) => {
                let (name, visibility, attrs) = (&item.ident, &item.vis, &item.attrs);
                let linked = link::start_item(Item::Type(item.clone()), attributes, &krate, diagnostics)?;
                Ok(quote! {
                    #(#attrs)*
                    #visibility struct #name { state: #krate::__private::state::State }
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
    // What stands for a struct with mistakes: the impl below it and its users find a model.
    let broken = ItemStruct { fields: Fields::Unit, semi_token: Some(Default::default()), ..item.clone() };
    if let Some(span) = parsed.sequential {
        let Ok((fields, functions)) = sequential(item, parsed, span, diagnostics) else {
            let marker = emit_struct(&broken, is_compiled, krate);
            let name = &item.ident;
            let linked = link::start_broken(&syn::parse_quote!(impl #name {}), &strip(&broken), krate);
            return Ok(quote!(#marker #linked));
        };
        let marker = emit_struct(&fields, is_compiled, krate);
        let linked = link::start_model(attributes.clone(), &functions, &strip(&fields), krate);
        return Ok(quote!(#marker #linked));
    }
    if !matches!(item.fields, Fields::Named(_)) && !item.fields.is_empty() {
        diagnostics.report(
            Diagnostic::new(Place::of(&item.fields), "the fields of a model have names")
                .help("name them, or write `#[model(sequential, input = [N, 784])]` for a chain of layers"),
        );
        let marker = emit_struct(&broken, is_compiled, krate);
        let textual = link::emit_struct_macro(&broken, &quote!(__broken), krate);
        return Ok(quote!(#textual #marker));
    }
    let marker = emit_struct(item, is_compiled, krate);
    let textual = link::emit_struct_macro(item, attributes, krate);
    Ok(quote!(#textual #marker))
}

fn strip(item: &ItemStruct) -> ItemStruct {
    let mut bare = item.clone();
    bare.attrs.clear();
    bare
}

/// `struct Mlp(nn::Linear<784, 256>, nn::Relu)` as named fields and a `forward` that calls them in order.
fn sequential(
    item: &ItemStruct,
    attributes: &ModelAttributes,
    span: Span,
    diagnostics: &mut Diagnostics,
) -> Result<(ItemStruct, ItemImpl), Reported> {
    let Fields::Unnamed(layers) = &item.fields else {
        return Err(diagnostics.report(
            Diagnostic::new(span, "a sequential model is a tuple struct of layers")
                .help(format!("write `struct {}(nn::Linear<784, 10>, nn::Relu);`", item.ident)),
        ));
    };
    let Some(Expr::Array(input)) = &attributes.input else {
        return Err(diagnostics.report(
            Diagnostic::new(span, "a sequential model says what it takes")
                .help("write `#[model(sequential, input = [N, 784])]`"),
        ));
    };
    let (name, visibility, generics, attrs) = (&item.ident, &item.vis, &item.generics, &item.attrs);
    let fields: Vec<Ident> = layers
        .unnamed
        .iter()
        .enumerate()
        .map(|(index, layer)| Ident::new(&format!("layer{index}"), layer.ty.span()))
        .collect();
    let declared = layers.unnamed.iter().zip(&fields).enumerate().map(|(index, (layer, field))| {
        let (attrs, ty, number) = (&layer.attrs, &layer.ty, index.to_string());
        quote!(#(#attrs)* #[rename(#number)] #field: #ty)
    });
    let dims = input.elems.iter().map(|dim| match dim {
        Expr::Path(_) | Expr::Lit(_) => quote!(#dim),
        other => quote!({ #other }),
    });
    let known: Vec<String> = generics
        .params
        .iter()
        .filter_map(|param| match param {
            syn::GenericParam::Const(param) => Some(param.ident.to_string()),
            _ => None,
        })
        .collect();
    let symbols: Vec<&syn::Path> = input
        .elems
        .iter()
        .filter_map(|dim| match dim {
            Expr::Path(path)
                if !known.contains(&path.path.get_ident().map(Ident::to_string).unwrap_or_default()) =>
            {
                Some(&path.path)
            }
            _ => None,
        })
        .collect();
    let (impl_generics, type_generics, _) = generics.split_for_impl();
    let calls = fields.iter().map(|field| quote_at(field.span(), quote!(let x = self.#field(x);)));
    let item = quote!(#(#attrs)* #visibility struct #name #generics { #(#declared),* });
    // The result's shape is what the layers make of the input: the signature takes it from the body.
    let functions = quote! {
        impl #impl_generics #name #type_generics {
            /// The layers, one after the other.
            pub fn forward<#(#symbols: Dim),*>(&self, x: Tensor<#(#dims),*>) -> Tensor<Inferred> { #(#calls)* x }
        }
    };
    Ok((parse_item(item, diagnostics)?, parse_item(functions, diagnostics)?))
}

fn quote_at(span: Span, tokens: TokenStream) -> TokenStream {
    respan(tokens, span, span)
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
        let Item::Fn(mut item) = parse_item::<Item>(splice(item.clone()), diagnostics)? else {
            return Err(diagnostics
                .report(Diagnostic::new(item.span(), "`#[function]` goes on a free function").help(
                    "write `#[function] fn swiglu<N: Dim>(x: Tensor<N, 64>) -> Tensor<N, 32> { … }`",
                )));
        };
        check_name(&item.sig.ident, diagnostics)?;
        item.attrs.extend(allowing(parsed.allow, "function"));
        // The function exists for models only: Rust sees its name as a macro.
        link::start_item(Item::Fn(item), TokenStream::new(), &krate, diagnostics)
    })
}

/// A free function is not called as an operation is, which models would call instead.
fn check_name(name: &Ident, diagnostics: &mut Diagnostics) -> Result<(), Reported> {
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
        let Item::Fn(item) = parse_item::<Item>(item.clone(), diagnostics)? else {
            return Err(diagnostics.report(
                Diagnostic::new(item.span(), "`#[op]` goes on a free function")
                    .help("write `#[op] fn rotate<N: Dim>(x: Tensor<N, 64>) -> Tensor<N, 64> { … }`"),
            ));
        };
        check_name(&item.sig.ident, diagnostics)?;
        let name = &item.sig.ident;
        // Operations are told apart by where they stand and what they say.
        let (file, at) = (name.span().file(), name.span().start());
        let owner = std::env::var("CARGO_CRATE_NAME").unwrap_or_default();
        let tokens = quote!(#item);
        let key = link::hash(&format!("{owner} {file}:{}:{} {tokens}", at.line, at.column));
        let (attribute, literal) =
            (Ident::new(OP_KEY, name.span()), proc_macro2::Literal::u64_unsuffixed(key));
        let mut declared = item.clone();
        declared.attrs.push(syn::parse_quote!(#[#attribute(#literal)]));
        // Models need its signature; its body is Rust's.
        declared.block = syn::parse_quote!({});
        diagnostics.set_root(name.span());
        let function = parse_function_item(&declared, diagnostics)?;
        let emitted = emit_op(&item, &function, key, &krate);
        let linked = link::start_item(Item::Fn(declared), TokenStream::new(), &krate, diagnostics)?;
        Ok(quote!(#emitted #linked))
    })
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
                let root = Root { name: &item.ident, visibility: &item.vis, span, krate: &krate, attributes };
                let compiled = compile_root(&joined, &root, diagnostics);
                let compiled = compiled.unwrap_or_default();
                Ok(quote!(#exported #compiled))
            }
            Kind::Alias => {
                let attributes = ModelAttributes::parse(part(0), diagnostics)?;
                let item: syn::ItemType = parse_item(part(1), diagnostics)?;
                let exported =
                    link::emit_definition_macro(&item.ident, &item.vis, &joined, attributes.id.as_deref());
                let span = item.type_token.span;
                diagnostics.set_root(span);
                let root = Root { name: &item.ident, visibility: &item.vis, span, krate: &krate, attributes };
                let compiled = compile_root(&joined, &root, diagnostics);
                let compiled = compiled.unwrap_or_default();
                Ok(quote!(#exported #compiled))
            }
            Kind::Dim => {
                let item: syn::ItemConst = parse_item(part(0), diagnostics)?;
                let exported = link::emit_definition_macro(&item.ident, &item.vis, &joined, None);
                diagnostics.set_root(item.const_token.span);
                let (program, parsed) = crate::program::Program::parse(&joined.closure, diagnostics);
                let checked = parsed.and_then(|()| check_dim(&program, &joined, &item, diagnostics));
                let checked = checked.unwrap_or_default();
                Ok(quote!(#exported #checked))
            }
            Kind::Function => {
                let item: syn::ItemFn = parse_item(part(0), diagnostics)?;
                let exported = link::emit_definition_macro(&item.sig.ident, &item.vis, &joined, None);
                diagnostics.set_root(item.sig.fn_token.span);
                let _ = parse_function_item(&item, diagnostics);
                Ok(exported)
            }
        }
    })
}

/// rustc checks our value of the constant.
fn check_dim(
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

/// Whether an environment variable asks for something.
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// A model that is compiled.
struct Root<'a> {
    name: &'a Ident,
    visibility: &'a Visibility,
    /// Where emitted names resolve.
    span: Span,
    /// The path of macrograd.
    krate: &'a TokenStream,
    attributes: ModelAttributes,
}

fn compile_root(
    joined: &Joined,
    root: &Root<'_>,
    diagnostics: &mut Diagnostics,
) -> Result<TokenStream, Reported> {
    let Root { name, visibility, span, krate, attributes } = root;
    let (name, span, krate) = (*name, *span, *krate);
    let traps = is_set("MACROGRAD_TRAP_NAN") || attributes.trap_nan;
    let context = EmitContext { runtime: quote!(#krate::__private), krate: krate.clone(), span, traps };
    let mut dump = Dump::new();
    let folder = std::env::var_os("MACROGRAD_EMIT").filter(|folder| !folder.is_empty());
    // The texts take a noticeable part of the time, so they are made only when somebody reads them.
    let kept = folder.is_some().then_some(&mut dump);
    let compiled = compile(joined, name, visibility, &context, diagnostics, kept);
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
    compiled.map(|compiled| quote!(#compiled #tracked))
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
