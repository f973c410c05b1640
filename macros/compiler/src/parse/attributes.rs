//! Attributes of models and fields.

use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported, list_names, nearest};
use crate::graph::Float;
use crate::lints::{Lint, LintSet};
use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Ident, LitStr, Path, Token};

/// What `#[model(…)]` says.
#[derive(Clone, Debug, Default)]
pub struct ModelAttributes {
    /// `sequential`: the fields of a tuple struct, one after the other.
    pub sequential: Option<Span>,
    /// `input = [N, 784]`: what a sequential model takes.
    pub input: Option<Expr>,
    /// `part`: linked into others, not compiled by itself.
    pub part: bool,
    /// `crate = path`: where macrograd is found.
    pub crate_path: Option<Path>,
    /// `id = "…"`: tells models apart that one macro stamps out.
    pub id: Option<String>,
    /// `max_train_bytes = "64 MiB"`, in bytes.
    pub max_train_bytes: Option<(u64, Span)>,
    /// `dtype = f64`: the computing type.
    pub dtype: Option<(Float, Span)>,
    /// `trap_nan`: every step checks that what it has computed is finite.
    pub trap_nan: bool,
    /// Mistakes in the declaration were reported: only a stand-in is compiled. Never written by a user.
    pub broken: bool,
    /// `at = Dims { n: 128 }`: the sizes at which budgets hold.
    pub at: Vec<(Ident, i64)>,
    /// `allow(log_of_softmax)`: lints that are allowed in the model's functions and in all that they call.
    pub allow: LintSet,
}

const MODEL_OPTIONS: &[&str] =
    &["sequential", "input", "part", "dtype", "crate", "id", "max_train_bytes", "at", "trap_nan", "allow"];

struct Entry {
    name: Ident,
    value: Option<Expr>,
    /// The names in `allow(…)`.
    list: Option<Punctuated<Ident, Token![,]>>,
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Entry> {
        let name = if input.peek(Token![crate]) {
            let token: Token![crate] = input.parse()?;
            Ident::new("crate", token.span)
        } else {
            input.parse()?
        };
        let (mut value, mut list) = (None, None);
        if name == "allow" && input.peek(syn::token::Paren) {
            let names;
            syn::parenthesized!(names in input);
            list = Some(Punctuated::parse_terminated(&names)?);
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            value = Some(input.parse()?);
        }
        Ok(Entry { name, value, list })
    }
}

impl ModelAttributes {
    /// The computing type.
    pub fn float(&self) -> Float {
        self.dtype.map_or(Float::default(), |(float, _)| float)
    }

    /// Reads the tokens between the parentheses.
    pub fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Result<ModelAttributes, Reported> {
        let entries = Punctuated::<Entry, Token![,]>::parse_terminated
            .parse2(tokens)
            .map_err(|error| diagnostics.report_syntax(error))?;
        let mut attributes = ModelAttributes::default();
        for Entry { name, value, list } in entries {
            let span = name.span();
            if let Some(names) = list.filter(|names| !names.is_empty()) {
                attributes.allow = attributes.allow.union(parse_lints(&names, diagnostics)?);
                continue;
            }
            let text = match &value {
                Some(Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. })) => Some(text.clone()),
                _ => None,
            };
            match (name.to_string().as_str(), value) {
                ("sequential", None) => attributes.sequential = Some(span),
                ("part", None) => attributes.part = true,
                ("trap_nan", None) => attributes.trap_nan = true,
                ("__broken", None) => attributes.broken = true,
                ("input", Some(value)) => attributes.input = Some(value),
                ("dtype", Some(value)) => attributes.dtype = Some(parse_dtype(&value, diagnostics)?),
                ("crate", Some(Expr::Path(path))) => attributes.crate_path = Some(path.path),
                ("id", Some(_)) if text.is_some() => attributes.id = text.map(|text| text.value()),
                ("max_train_bytes", Some(value)) => {
                    let bytes = match &value {
                        Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(int), .. }) => int.base10_parse().ok(),
                        _ => text.as_ref().and_then(|text| parse_bytes(&text.value())),
                    };
                    let Some(bytes) = bytes else {
                        return Err(diagnostics.report(
                            Diagnostic::new(value.span(), "`max_train_bytes` is a number of bytes").help(
                                "write `max_train_bytes = \"64 MiB\"`, with a unit of B, KiB, MiB or GiB",
                            ),
                        ));
                    };
                    attributes.max_train_bytes = Some((bytes, span));
                }
                ("at", Some(Expr::Struct(dims))) => attributes.at = parse_dims(&dims, diagnostics)?,
                (known, _) if MODEL_OPTIONS.contains(&known) => {
                    let form = match known {
                        "sequential" | "part" | "trap_nan" => known.to_string(),
                        "input" => "input = [N, 784]".to_string(),
                        "dtype" => "dtype = f64".to_string(),
                        "max_train_bytes" => "max_train_bytes = \"64 MiB\"".to_string(),
                        "crate" => "crate = path::to::macrograd".to_string(),
                        "at" => "at = Dims { n: 128 }".to_string(),
                        "allow" => "allow(log_of_softmax)".to_string(),
                        _ => format!("{known} = \"…\""),
                    };
                    return Err(diagnostics.report(
                        Diagnostic::new(span, format!("`{known}` of `#[model]` is written differently"))
                            .help(format!("write `#[model({form})]`")),
                    ));
                }
                (unknown, _) => {
                    let mut diagnostic =
                        Diagnostic::new(span, format!("unknown option `{unknown}` of `#[model]`")).note(
                            format!("the known ones are {}", list_names(MODEL_OPTIONS.iter().copied())),
                        );
                    if let Some(name) = nearest(unknown, MODEL_OPTIONS.iter().copied()) {
                        diagnostic = diagnostic.help(format!("did you mean `{name}`"));
                    }
                    return Err(diagnostics.report(diagnostic));
                }
            }
        }
        Ok(attributes)
    }
}

/// The computing type behind `dtype =`.
fn parse_dtype(value: &Expr, diagnostics: &mut Diagnostics) -> Result<(Float, Span), Reported> {
    let name = match value {
        Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
        _ => None,
    };
    name.as_deref().and_then(Float::from_name).map(|float| (float, value.span())).ok_or_else(|| {
        diagnostics.report(Diagnostic::new(Place::of(value), "a model computes in `f32` or in `f64`").note(
            "elements of the other types are held, moved and cast: they are written in the types of tensors",
        ))
    })
}

/// Refuses `dtype` where it says nothing.
pub fn check_no_dtype(
    attributes: &ModelAttributes,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Result<(), Reported> {
    let Some((float, span)) = attributes.dtype else { return Ok(()) };
    Err(diagnostics.report(
        Diagnostic::new(span, format!("{what} computes in the type of the model that it is part of")).help(
            format!("leave `dtype = {}` out, and write it on the model that is compiled", float.name()),
        ),
    ))
}

/// The lints of these names. An unknown one is reported with all that are known.
fn parse_lints<'a>(
    names: impl IntoIterator<Item = &'a Ident>,
    diagnostics: &mut Diagnostics,
) -> Result<LintSet, Reported> {
    let (mut lints, mut result) = (LintSet::default(), Ok(()));
    for name in names {
        let text = name.to_string();
        if let Some(lint) = Lint::from_name(&text) {
            lints.insert(lint);
            continue;
        }
        let mut diagnostic = Diagnostic::new(name.span(), format!("unknown lint `{text}`"))
            .note(format!("the known ones are {}", list_names(Lint::names())));
        if let Some(near) = nearest(&text, Lint::names()) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`"));
        }
        result = Err(diagnostics.report(diagnostic));
    }
    result.map(|()| lints)
}

/// The lints that `#[model(allow(…))]` on a function of a model, or `#[function(allow(…))]`, allows.
pub fn parse_allowed(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Result<LintSet, Reported> {
    let mut lints = LintSet::default();
    let of_us =
        |attribute: &&Attribute| ["model", "function"].iter().any(|name| attribute.path().is_ident(name));
    for attribute in attributes.iter().filter(of_us) {
        let names = attribute.parse_args_with(Punctuated::<Entry, Token![,]>::parse_terminated);
        let names =
            names.map(|entries| entries.into_iter().map(|entry| entry.list).collect::<Option<Vec<_>>>());
        let Ok(Some(names)) = names else {
            return Err(diagnostics.report(
                Diagnostic::new(Place::of(attribute), "only lints are allowed on a function of a model")
                    .help("write `#[model(allow(log_of_softmax))]`; everything else goes on the struct"),
            ));
        };
        lints = lints.union(parse_lints(names.iter().flatten(), diagnostics)?);
    }
    Ok(lints)
}

fn parse_dims(dims: &syn::ExprStruct, diagnostics: &mut Diagnostics) -> Result<Vec<(Ident, i64)>, Reported> {
    dims.fields
        .iter()
        .map(|field| {
            let name = match &field.member {
                syn::Member::Named(name) => Some(name.clone()),
                syn::Member::Unnamed(_) => None,
            };
            let value = match &field.expr {
                Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(int), .. }) => int.base10_parse::<i64>().ok(),
                _ => None,
            };
            name.zip(value).ok_or_else(|| {
                diagnostics.report(
                    Diagnostic::new(
                        Place::of(field),
                        "`at` gives a whole number for each run-time dimension",
                    )
                    .help("write `at = Dims { n: 128 }`"),
                )
            })
        })
        .collect()
}

/// `"64 MiB"` in bytes.
fn parse_bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let number: u64 = text[..digits].replace('_', "").parse().ok()?;
    let unit = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// What the attributes of a field say.
#[derive(Clone, Debug, Default)]
pub struct FieldAttributes {
    /// `#[with(stride = 2)]`: hyper-parameters of the layer.
    pub with: Vec<(Ident, Expr)>,
    /// `#[default(1)]`: value of a hyper-parameter that nobody sets.
    pub default: Option<Expr>,
    /// `#[init(zeros)]`.
    pub init: Option<Expr>,
    /// `#[frozen]`: not trained.
    pub frozen: bool,
    /// `#[no_decay]`: no weight decay.
    pub no_decay: bool,
    /// `#[lr(0.1)]`: factor on the learning rate.
    pub lr: Option<Expr>,
    /// `#[rename("old.name")]`: name in files.
    pub rename: Option<String>,
}

const FIELD_ATTRIBUTES: &[&str] = &["with", "default", "init", "frozen", "no_decay", "lr", "rename"];

/// How they are written.
const FIELD_FORMS: &[(&str, &str)] = &[
    ("with", "with(stride = 2)"),
    ("default", "default(1)"),
    ("init", "init(kaiming_uniform)"),
    ("frozen", "frozen"),
    ("no_decay", "no_decay"),
    ("lr", "lr(0.1)"),
    ("rename", "rename(\"old.name\")"),
];

/// Reads the attributes of a field.
pub fn parse_field_attributes(
    attributes: &[Attribute],
    diagnostics: &mut Diagnostics,
) -> Result<FieldAttributes, Reported> {
    let mut parsed = FieldAttributes::default();
    for attribute in attributes {
        let name = attribute.path().get_ident().map(Ident::to_string).unwrap_or_default();
        let result = match name.as_str() {
            "doc" | "allow" | "expect" => Ok(()),
            "with" => attribute
                .parse_args_with(Punctuated::<Setting, Token![,]>::parse_terminated)
                .map(|settings| parsed.with.extend(settings.into_iter().map(|s| (s.name, s.value)))),
            "default" => attribute.parse_args().map(|value| parsed.default = Some(value)),
            "init" => attribute.parse_args().map(|value| parsed.init = Some(value)),
            "lr" => attribute.parse_args().map(|value| parsed.lr = Some(value)),
            "rename" => attribute.parse_args().map(|value: LitStr| parsed.rename = Some(value.value())),
            "frozen" => no_arguments(attribute).map(|()| parsed.frozen = true),
            "no_decay" => no_arguments(attribute).map(|()| parsed.no_decay = true),
            "cfg" | "cfg_attr" => {
                return Err(diagnostics.report(
                    Diagnostic::new(
                        Place::of(attribute),
                        format!("`#[{name}]` on a field reaches `#[model]` unevaluated"),
                    )
                    .help("put `#[cfg]` on the whole struct and impl, and write two of them"),
                ));
            }
            unknown => {
                let mut diagnostic = Diagnostic::new(
                    attribute.path().span(),
                    format!("unknown attribute `#[{unknown}]` on a field of a model"),
                )
                .note(format!("the known ones are {}", list_names(FIELD_ATTRIBUTES.iter().copied())));
                if let Some(near) = nearest(unknown, FIELD_ATTRIBUTES.iter().copied()) {
                    diagnostic = diagnostic.help(format!("did you mean `#[{near}]`"));
                }
                return Err(diagnostics.report(diagnostic));
            }
        };
        result.map_err(|error| {
            let form = FIELD_FORMS.iter().find(|(known, _)| *known == name).map_or("", |(_, form)| form);
            diagnostics.report(
                Diagnostic::new(error.span(), format!("{error} in `#[{name}]`"))
                    .help(format!("write `#[{form}]`")),
            )
        })?;
    }
    Ok(parsed)
}

fn no_arguments(attribute: &Attribute) -> syn::Result<()> {
    attribute
        .meta
        .require_path_only()
        .map(|_| ())
        .map_err(|error| syn::Error::new(error.span(), "unexpected value"))
}

struct Setting {
    name: Ident,
    value: Expr,
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Setting> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Setting { name, value: input.parse()? })
    }
}
