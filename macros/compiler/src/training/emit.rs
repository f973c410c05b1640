//! The program: a `main` that hands the declaration to the facade.

use super::declaration::{Chosen, Declaration, bare_name};
use super::ranges::{Values, Varied};
use super::tables::{Field, Kind, WARMUP};
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Pat};

/// In front of the settings of a schedule, apart from the warm-up: those of the optimizer have no prefix.
pub(super) const SCHEDULE: &str = "schedule_";

/// `fn main() -> ExitCode { cli::main(cli::Declared { … }) }`.
pub fn program(declaration: &Declaration, diagnostics: &mut Diagnostics) -> Result<TokenStream, Reported> {
    let cli = quote!(::macrograd::train::cli);
    let model = &declaration.model;
    let about = declaration.about.as_ref().map_or(quote!(""), |about| quote!(#about));
    let settings = settings(declaration, &cli);
    let data = data(declaration, diagnostics)?;
    let (loss_grad, loss) =
        (format_ident!("{}_grad_batch", declaration.loss), format_ident!("{}_batch", declaration.loss));
    let outputs = outputs(declaration, &cli);
    let judge = judge(declaration, &cli);
    let optimizer = built(&declaration.optimizer, "");
    let schedule = built(&declaration.schedule, SCHEDULE);
    let callbacks = &declaration.callbacks;
    let classes = match &declaration.classes {
        Some(names) => quote_spanned! {names.span()=>
            ::core::iter::Iterator::collect(::core::iter::Iterator::map(
                ::core::iter::IntoIterator::into_iter(#names),
                |name| ::std::string::ToString::to_string(&name),
            ))
        },
        None => quote!(::std::vec::Vec::new()),
    };
    let monitor = match &declaration.monitor {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    };
    let tune = declaration.tune.iter().map(|varied| range(varied, &cli));
    let warmup = WARMUP.name;
    Ok(quote! {
        #[allow(clippy::all)]
        fn main() -> ::std::process::ExitCode {
            #[allow(unused_imports)]
            use #cli::{OfAny as _, OfFolder as _, OfTable as _};
            #cli::main(#cli::Declared {
                about: #cli::About {
                    // A test in documentation is no program with a name.
                    name: ::core::option_env!("CARGO_BIN_NAME").unwrap_or("program"),
                    version: ::core::option_env!("CARGO_PKG_VERSION").unwrap_or(""),
                    about: #about,
                    settings: ::std::vec![#(#settings),*],
                    monitor: #monitor,
                    summary: <#model>::summary(),
                    tune: ::std::vec![#(#tune),*],
                },
                model: |seed| <#model>::new(::macrograd::Device::cpu(), seed),
                data: #data,
                loss_grad: <#model>::#loss_grad,
                loss: <#model>::#loss,
                outputs: #outputs,
                judge: #judge,
                pictured: |batch| #cli::Pictured::pictured(#cli::First::first(batch)),
                classes: || #classes,
                optimizer: |settings| { #optimizer },
                schedule: |settings, steps| {
                    #cli::warmed_up(settings.whole(#warmup), steps, |steps| { #schedule })
                },
                callbacks: |settings| {
                    #[allow(unused_imports)]
                    use ::macrograd::train::*;
                    let _ = settings;
                    ::std::vec![#(#cli::boxed(#callbacks)),*]
                },
            })
        }
    })
}

/// All that can be overridden, with its default.
fn settings(declaration: &Declaration, cli: &TokenStream) -> Vec<TokenStream> {
    let mut settings = Vec::new();
    let mut add = |name: String, help: &str, kind: Kind, default: TokenStream| {
        let kind = Ident::new(kind.name(), Span::call_site());
        settings.push(quote! {
            #cli::Setting { name: #name, help: #help, kind: #cli::Kind::#kind, default: #default }
        });
    };
    if matches!(declaration.data, Expr::Closure(_)) {
        let default = match &declaration.path {
            Some(path) => value(Kind::Path, &quote!(#path), cli),
            None => quote!(::core::option::Option::None),
        };
        add("data".to_owned(), "Where the data is", Kind::Path, default);
    }
    let mut chosen = |chosen: &Chosen, prefix: &str, fields: &[&Field]| {
        for field in fields {
            let given = chosen.given.iter().find(|(name, _)| *name == field.name);
            let default = match given {
                Some((_, expr)) => quote!(#expr),
                None => field.default.parse().expect("the table holds Rust"),
            };
            add(format!("{prefix}{}", field.name), field.help, field.kind, value(field.kind, &default, cli));
        }
    };
    chosen(&declaration.optimizer, "", &declaration.optimizer.choice.fields.iter().collect::<Vec<_>>());
    chosen(&declaration.schedule, SCHEDULE, &declaration.schedule.choice.fields.iter().collect::<Vec<_>>());
    chosen(&declaration.schedule, "", &[&WARMUP]);
    let mut all = settings;
    for (name, kind, expr) in &declaration.settings {
        let default = value(*kind, &quote!(#expr), cli);
        all.push(quote!(#cli::common(#name, #default)));
    }
    all
}

/// A setting that is varied, and its values.
fn range(varied: &Varied, cli: &TokenStream) -> TokenStream {
    let Varied { name, kind, values } = varied;
    let value = |expr: &Expr| match kind {
        Kind::Count | Kind::Whole => quote!((#expr) as u64),
        Kind::Flag | Kind::Path => quote!(#expr),
        _ => quote!((#expr) as f64),
    };
    let range = match values {
        Values::List(list) => {
            let list = list.iter().map(value);
            quote!(choice([#(#list),*]))
        }
        Values::Between(low, high) | Values::Log(low, high) => {
            let function = match (values, kind) {
                (Values::Log(..), Kind::Count | Kind::Whole) => "log_whole",
                (Values::Log(..), _) => "log",
                (_, Kind::Count | Kind::Whole) => "whole",
                _ => "real",
            };
            let (function, low, high) = (Ident::new(function, Span::call_site()), value(low), value(high));
            quote!(#function(#low, #high))
        }
    };
    quote!((#name, #cli::Range::#range))
}

/// A default. Whole numbers may stand for reals.
fn value(kind: Kind, expr: &TokenStream, cli: &TokenStream) -> TokenStream {
    let span = expr.clone().into_iter().next().map_or(Span::call_site(), |token| token.span());
    let value = match kind {
        Kind::Count | Kind::Whole => quote_spanned!(span=> Whole((#expr) as u64)),
        Kind::Flag => quote_spanned!(span=> Flag(#expr)),
        Kind::Path => quote_spanned!(span=> Text(::std::string::String::from(#expr))),
        _ => quote_spanned!(span=> Real((#expr) as f64)),
    };
    quote!(::core::option::Option::Some(#cli::Value::#value))
}

/// A function that reads the data.
fn data(declaration: &Declaration, diagnostics: &mut Diagnostics) -> Result<TokenStream, Reported> {
    let (bind, body) = match &declaration.data {
        Expr::Closure(closure) => {
            let mut inputs = closure.inputs.iter();
            let (Some(input), None) = (inputs.next(), inputs.next()) else {
                let message = "the closure of `data` takes one argument, a path";
                let diagnostic =
                    Diagnostic::new(Place::of(&declaration.data), message).help("write `|path| …`");
                return Err(diagnostics.report(diagnostic));
            };
            let pattern = match input {
                Pat::Type(typed) => &*typed.pat,
                pattern => pattern,
            };
            let bind =
                quote!(let #pattern: &::std::path::Path = ::std::path::Path::new(settings.text("data")););
            (bind, &*closure.body)
        }
        body => (quote!(), body),
    };
    let model = &declaration.model;
    let loss_grad = format_ident!("{}_grad_batch", declaration.loss);
    // A mistake in the type of the samples is shown at the whole value.
    let Place { start, end } = Place::of(&declaration.data);
    let braced = |delimiter, tokens| {
        let mut group = Group::new(delimiter, tokens);
        group.set_span(end);
        group
    };
    let read = quote!(let _ = settings; #bind ::core::result::Result::Ok(#body));
    let (head, body) = (quote_spanned!(start=> |settings|), braced(Delimiter::Brace, read));
    let arguments = braced(Delimiter::Parenthesis, quote!(<#model>::#loss_grad, #head #body));
    let data_for = quote_spanned!(start=> ::macrograd::train::cli::data_for);
    // The type of the data decides which of two traits has the method: one of them is for references.
    Ok(quote!((&#data_for #arguments).data()))
}

/// What the model returns for a batch.
fn outputs(declaration: &Declaration, cli: &TokenStream) -> TokenStream {
    let Some(forward) = &declaration.forward else { return quote!(::core::option::Option::None) };
    let model = &declaration.model;
    let method = format_ident!("{}_batch", forward);
    quote! {
        ::core::option::Option::Some(|model, batch| {
            <#model>::#method(model, #cli::Leading::leading(batch)).map(::core::convert::Into::into)
        })
    }
}

/// Metrics, and what they judge by.
fn judge(declaration: &Declaration, cli: &TokenStream) -> TokenStream {
    if declaration.metrics.is_empty() {
        return quote!(::core::option::Option::None);
    }
    let metrics = declaration.metrics.iter().map(|metric| match bare_name(metric) {
        Some(_) => quote_spanned!(metric.span()=> ::macrograd::metrics::#metric::new()),
        None => quote!(#metric),
    });
    quote! {
        ::core::option::Option::Some(#cli::JudgeOf {
            metrics: || {
                #[allow(unused_imports)]
                use ::macrograd::metrics::*;
                ::std::vec![#(::std::boxed::Box::new(#metrics) as ::std::boxed::Box<dyn ::macrograd::metrics::Metric>),*]
            },
            targets: |batch| ::core::convert::Into::into(#cli::Last::last(batch)),
        })
    }
}

/// An optimizer or a schedule, out of its settings.
fn built(chosen: &Chosen, prefix: &str) -> TokenStream {
    let variables = chosen.choice.fields.iter().map(|field| {
        let (name, key) = (Ident::new(field.name, Span::call_site()), format!("{prefix}{}", field.name));
        let read = match field.kind {
            Kind::Count | Kind::Whole => quote!(whole),
            Kind::Flag => quote!(flag),
            _ => quote!(real),
        };
        quote!(let #name = settings.#read(#key);)
    });
    let build: TokenStream = chosen.choice.build.parse().expect("the table holds Rust");
    quote! {
        #[allow(unused_imports)]
        use ::macrograd::optim::*;
        let _ = settings;
        #(#variables)*
        #build
    }
}
