//! The declaration as it is written: keys, and what they may hold.

use super::ranges::Varied;
use super::tables::{Choice, Field, KEYS, Kind, METRICS, OPTIMIZERS, SCHEDULES, SETTINGS, WARMUP};
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported, list_names, nearest};
use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitStr, Token, UnOp};

/// A declaration whose names are known.
pub struct Declaration {
    /// What the program is for.
    pub about: Option<LitStr>,
    /// The model.
    pub model: syn::Path,
    /// The data: an expression, or a closure that takes a path.
    pub data: Expr,
    /// The path that such a closure takes unless a flag says otherwise.
    pub path: Option<LitStr>,
    /// Name of the function that is minimised.
    pub loss: Ident,
    /// Name of the function whose results are judged and printed.
    pub forward: Option<Ident>,
    /// The optimizer and its settings.
    pub optimizer: Chosen,
    /// The schedule and its settings.
    pub schedule: Chosen,
    /// Metrics.
    pub metrics: Vec<Expr>,
    /// Names of the classes.
    pub classes: Option<Expr>,
    /// Callbacks.
    pub callbacks: Vec<Expr>,
    /// The value by which the best epoch is chosen.
    pub monitor: Option<LitStr>,
    /// Settings of every program.
    pub settings: Vec<(&'static str, Kind, Expr)>,
    /// What a search varies.
    pub tune: Vec<Varied>,
}

/// An optimizer or a schedule, with those settings that are given.
pub struct Chosen {
    /// Its row.
    pub choice: &'static Choice,
    /// Names and values.
    pub given: Vec<(&'static str, Expr)>,
}

/// `key: value, …`.
struct Entries(Vec<(Ident, Expr)>);

impl Parse for Entries {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut entries = Vec::new();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            input.parse::<Token![:]>()?;
            entries.push((key, input.parse()?));
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(Entries(entries))
    }
}

/// An example of the whole, for what is missing.
const EXAMPLE: &str =
    "model: Net, data: |path| Table::open(path)?, loss: Net::loss, optimizer: Adam { lr: 1e-3 }";

/// Reads a declaration; all mistakes are reported.
pub fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Result<Declaration, Reported> {
    let Entries(entries) = syn::parse2(tokens).map_err(|error| diagnostics.report_syntax(error))?;
    let mut reader = Reader { entries: Vec::new(), diagnostics, failed: false };
    reader.take_entries(entries);
    let model = reader.required("model", "Net").and_then(|expr| reader.path_of(&expr, "model", "Net"));
    let data = reader.required("data", "FashionMnist");
    let optimizer = reader.optional("optimizer");
    let optimizer = match optimizer {
        Some(expr) => reader.choice(&expr, "optimizer", OPTIMIZERS, &[]),
        None => Some(Chosen { choice: adam(), given: vec![("lr", syn::parse_quote!(1e-3))] }),
    };
    let schedule = match reader.optional("schedule") {
        Some(expr) => reader.choice(&expr, "schedule", SCHEDULES, &[WARMUP]),
        None => Some(Chosen { choice: &SCHEDULES[0], given: Vec::new() }),
    };
    let metrics = reader.list("metrics");
    reader.check_metrics(&metrics);
    let callbacks = reader.list("callbacks");
    let classes = reader.optional("classes");
    let loss = reader.function("loss");
    let forward = reader.function("forward");
    let (about, path, monitor) = (reader.text("about"), reader.text("path"), reader.text("monitor"));
    if let (Some(path), Some(data)) = (&path, &data)
        && !matches!(data, Expr::Closure(_))
    {
        let message = "`path` is for data that is read from a path";
        let help = "write `data: |path| …`, a closure that reads it";
        reader.report(Diagnostic::new(path.span(), message).help(help));
    }
    let settings = reader.settings();
    let tune = match (reader.optional("tune"), &optimizer, &schedule) {
        (Some(expr), Some(optimizer), Some(schedule)) => reader.varied(&expr, optimizer, schedule),
        _ => Vec::new(),
    };
    let named = |name: &str| Ident::new(name, Span::call_site());
    match (model, data, optimizer, schedule, reader.failed) {
        (Some(model), Some(data), Some(optimizer), Some(schedule), false) => Ok(Declaration {
            about,
            model,
            data,
            path,
            loss: loss.unwrap_or_else(|| named("loss")),
            // Metrics judge what `forward` returns.
            forward: forward.or_else(|| (!metrics.is_empty()).then(|| named("forward"))),
            optimizer,
            schedule,
            metrics,
            classes,
            callbacks,
            monitor,
            settings,
            tune,
        }),
        _ => Err(Reported),
    }
}

fn adam() -> &'static Choice {
    OPTIMIZERS.iter().find(|choice| choice.name == "Adam").expect("the table has it")
}

/// Takes entries out of a declaration, and reports what is wrong with them.
pub(super) struct Reader<'d> {
    entries: Vec<(Ident, Expr)>,
    diagnostics: &'d mut Diagnostics,
    failed: bool,
}

impl Reader<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.failed = true;
        self.diagnostics.report(diagnostic);
    }

    /// Keeps the entries with known names, each once.
    fn take_entries(&mut self, entries: Vec<(Ident, Expr)>) {
        for (key, value) in entries {
            let name = key.to_string();
            let known = || KEYS.iter().copied().chain(SETTINGS.iter().map(|(name, _)| *name));
            if !known().any(|one| one == name) {
                let mut names: Vec<&str> = known().collect();
                names.sort();
                let message = format!("a declaration has no `{name}`");
                let mut diagnostic =
                    Diagnostic::new(key.span(), message).note(format!("it has {}", list_names(names)));
                if let Some(near) = nearest(&name, known()) {
                    diagnostic = diagnostic.help(format!("did you mean `{near}`"));
                }
                self.report(diagnostic);
            } else if self.entries.iter().any(|(other, _)| *other == key) {
                self.report(
                    Diagnostic::new(key.span(), format!("`{name}` is declared twice")).help("remove one"),
                );
            } else {
                self.entries.push((key, value));
            }
        }
    }

    fn optional(&mut self, key: &str) -> Option<Expr> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(at).1)
    }

    fn required(&mut self, key: &str, example: &str) -> Option<Expr> {
        let found = self.optional(key);
        if found.is_none() {
            let message = format!("the declaration has no `{key}`");
            let note = format!("a whole one is `{EXAMPLE}`");
            self.report(
                Diagnostic::new(Span::call_site(), message)
                    .note(note)
                    .help(format!("add `{key}: {example}`")),
            );
        }
        found
    }

    fn path_of(&mut self, expr: &Expr, key: &str, example: &str) -> Option<syn::Path> {
        if let Expr::Path(path) = expr
            && path.qself.is_none()
        {
            return Some(path.path.clone());
        }
        let message = format!("`{key}` is a path");
        self.report(Diagnostic::new(Place::of(expr), message).help(format!("write `{key}: {example}`")));
        None
    }

    /// The name of a function of the model: `Net::loss`.
    fn function(&mut self, key: &str) -> Option<Ident> {
        let expr = self.optional(key)?;
        let path = self.path_of(&expr, key, &format!("Net::{key}"))?;
        path.segments.last().map(|segment| segment.ident.clone())
    }

    fn text(&mut self, key: &str) -> Option<LitStr> {
        match self.optional(key)? {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
            other => {
                let message = format!("`{key}` is a text");
                self.report(
                    Diagnostic::new(Place::of(&other), message).help(format!("write `{key}: \"…\"`")),
                );
                None
            }
        }
    }

    fn list(&mut self, key: &str) -> Vec<Expr> {
        match self.optional(key) {
            None => Vec::new(),
            Some(Expr::Array(list)) => list.elems.into_iter().collect(),
            Some(other) => {
                let message = format!("`{key}` is a list");
                self.report(
                    Diagnostic::new(Place::of(&other), message).help(format!("write `{key}: [ … ]`")),
                );
                Vec::new()
            }
        }
    }

    /// A bare name is a metric of the library, made without settings.
    fn check_metrics(&mut self, metrics: &[Expr]) {
        for metric in metrics {
            let Some(name) = bare_name(metric).filter(|name| !METRICS.contains(&name.as_str())) else {
                continue;
            };
            let message = format!("there is no metric `{name}` without settings");
            let mut diagnostic = Diagnostic::new(metric.span(), message)
                .note(format!("those are {}", list_names(METRICS.iter().copied())));
            diagnostic = match nearest(&name, METRICS.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`")),
                None => diagnostic.help("write how it is made: `TopK::new(5)`, `F1::new(Average::Macro)`"),
            };
            self.report(diagnostic);
        }
    }

    /// An optimizer or a schedule: `AdamW { lr: 1e-3 }`, or its name alone.
    fn choice(
        &mut self,
        expr: &Expr,
        what: &str,
        choices: &'static [Choice],
        common: &'static [Field],
    ) -> Option<Chosen> {
        let names = || choices.iter().map(|choice| choice.name);
        let name = match expr {
            Expr::Struct(made) => made.path.get_ident(),
            Expr::Path(path) => path.path.get_ident(),
            _ => None,
        };
        let Some(name) = name else {
            let message = format!("`{what}` is a name with settings");
            let usual = names().find(|name| ["AdamW", "Cosine"].contains(name)).unwrap_or(choices[0].name);
            let example = format!("write `{what}: {usual} {{ … }}`");
            self.report(
                Diagnostic::new(Place::of(expr), message)
                    .note(format!("there are {}", list_names(names())))
                    .help(example),
            );
            return None;
        };
        let Some(choice) = choices.iter().find(|choice| name == choice.name) else {
            let mut diagnostic = Diagnostic::new(name.span(), format!("there is no {what} `{name}`"))
                .note(format!("there are {}", list_names(names())));
            let alike = |candidate: &&Choice| candidate.name.eq_ignore_ascii_case(&name.to_string());
            let near = choices.iter().find(alike).map(|choice| choice.name);
            if let Some(near) = near.or_else(|| nearest(&name.to_string(), names())) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`"));
            }
            self.report(diagnostic);
            return None;
        };
        let mut given: Vec<(&'static str, Expr)> = Vec::new();
        if let Expr::Struct(made) = expr {
            if let Some(rest) = &made.rest {
                let message = format!("settings that are not given have their defaults in `{name}`");
                self.report(Diagnostic::new(Place::of(rest), message).help("remove `..`"));
            }
            for value in &made.fields {
                let syn::Member::Named(member) = &value.member else { continue };
                let all = || choice.fields.iter().chain(common);
                let Some(field) = all().find(|field| member == field.name) else {
                    let mut diagnostic =
                        Diagnostic::new(member.span(), format!("`{name}` has no `{member}`"))
                            .note(format!("it has {}", list_names(all().map(|field| field.name))));
                    if let Some(near) = nearest(&member.to_string(), all().map(|field| field.name)) {
                        diagnostic = diagnostic.help(format!("did you mean `{near}`"));
                    }
                    self.report(diagnostic);
                    continue;
                };
                self.check_value(field.name, field.kind, &value.expr);
                given.push((field.name, value.expr.clone()));
            }
        }
        for field in choice.fields {
            if field.default.is_empty() && !given.iter().any(|(name, _)| *name == field.name) {
                let (field, expected) = (field.name, field.kind.expected());
                let message = format!("`{name}` needs `{field}`, {expected}");
                self.report(
                    Diagnostic::new(name.span(), message).help(format!("write `{name} {{ {field}: … }}`")),
                );
            }
        }
        Some(Chosen { choice, given })
    }

    /// The settings of every program that are given.
    fn settings(&mut self) -> Vec<(&'static str, Kind, Expr)> {
        let mut settings = Vec::new();
        for &(name, kind) in SETTINGS {
            if let Some(expr) = self.optional(name) {
                self.check_value(name, kind, &expr);
                settings.push((name, kind, expr));
            }
        }
        settings
    }

    /// A literal is checked here; other expressions by rustc, and when the program starts.
    pub(super) fn check_value(&mut self, name: &str, kind: Kind, expr: &Expr) {
        let allowed = match literal(expr) {
            None => return,
            Some(Literal::Number(value, is_whole)) => kind.allows(value) && (is_whole || !kind.is_whole()),
            Some(Literal::Flag) => kind == Kind::Flag,
            Some(Literal::Text) => kind == Kind::Path,
            Some(Literal::Other) => false,
        };
        if !allowed {
            let message = format!("`{name}` is {}", kind.expected());
            self.report(Diagnostic::new(Place::of(expr), message));
        }
    }
}

/// What a literal is.
enum Literal {
    /// Its value, and whether it is written as a whole number.
    Number(f64, bool),
    Flag,
    Text,
    Other,
}

fn literal(expr: &Expr) -> Option<Literal> {
    match expr {
        Expr::Lit(literal) => Some(match &literal.lit {
            Lit::Int(value) => Literal::Number(value.base10_parse().unwrap_or(f64::NAN), true),
            Lit::Float(value) => Literal::Number(value.base10_parse().unwrap_or(f64::NAN), false),
            Lit::Bool(_) => Literal::Flag,
            Lit::Str(_) => Literal::Text,
            _ => Literal::Other,
        }),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match literal(&unary.expr)? {
            Literal::Number(value, is_whole) => Some(Literal::Number(-value, is_whole)),
            _ => Some(Literal::Other),
        },
        _ => None,
    }
}

/// The name that an expression consists of.
pub fn bare_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
        _ => None,
    }
}
