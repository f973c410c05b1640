//! Settings of models: hyper-parameters, and what fields inherit from the fields around them.

use super::instantiate::{FieldContext, Inherited, Instantiation};
use super::{Applied, Entry};
use crate::constant::{Scope, Static, evaluate};
use crate::diagnostics::{Diagnostic, Reported, list_names, nearest};
use crate::parse::{Field, FieldAttributes, FieldKind, HyperType, ModelDecl, NumberType};
use proc_macro2::Span;
use std::collections::HashMap;
use syn::spanned::Spanned;

impl Instantiation<'_> {
    /// Every name in `#[with(…)]` is a hyper-parameter or an `Option` of the layer.
    pub(super) fn check_settings(
        &mut self,
        decl: &ModelDecl,
        with: &HashMap<String, (Static, Span)>,
    ) -> Result<(), Reported> {
        let is_setting = |field: &&Field| field.optional || matches!(field.kind, FieldKind::Hyper(_));
        let known: Vec<String> =
            decl.fields.iter().filter(is_setting).map(|field| field.ident.to_string()).collect();
        let mut failed = None;
        let mut settings: Vec<_> = with.iter().collect();
        settings.sort_by_key(|(name, _)| name.as_str());
        for (name, (_, span)) in settings {
            if known.contains(name) {
                continue;
            }
            let mut diagnostic = Diagnostic::new(*span, format!("`{}` has no setting `{name}`", decl.name))
                .note(format!("it has {}", list_names(known.iter().map(String::as_str))));
            if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`"));
            }
            failed = Some(self.diagnostics.report(diagnostic));
        }
        failed.map_or(Ok(()), Err)
    }

    /// Values of hyper-parameters, and whether each `Option` is on.
    pub(super) fn hyper_parameters(
        &mut self,
        decl: &ModelDecl,
        entry: &Entry,
        applied: &Applied,
        with: &HashMap<String, (Static, Span)>,
    ) -> Result<HashMap<String, Static>, Reported> {
        let mut hypers = HashMap::new();
        for field in &decl.fields {
            let name = field.ident.to_string();
            let ty = match field.kind {
                FieldKind::Hyper(ty) => ty,
                _ if field.optional => HyperType::Bool,
                _ => continue,
            };
            let (value, span) = if let Some((value, span)) = with.get(&name) {
                (value.clone(), *span)
            } else if let Some(default) = &field.attributes.default {
                let scope = Scope { program: self.program, entry, consts: &applied.consts, hypers: &hypers };
                let value =
                    evaluate(default, &scope).map_err(|diagnostic| self.diagnostics.report(diagnostic))?;
                (value, default.span())
            } else if field.optional {
                (Static::Bool(true), field.ident.span())
            } else {
                let message = format!("`{name}` of `{}` has no value", decl.name);
                let diagnostic = match self.enclosing.last() {
                    Some((layer, _)) => Diagnostic::new(layer.span(), message)
                        .note(format!("`{name}` is a hyper-parameter without `#[default(…)]`"))
                        .help(format!("write `#[with({name} = …)]` above `{layer}`")),
                    None => Diagnostic::new(field.ident.span(), message)
                        .help(format!("write `#[default(…)]` above `{name}`")),
                };
                return Err(self.diagnostics.report(diagnostic));
            };
            let found = value.text();
            let Some(value) = fitted(ty, value) else {
                let message = format!("`{name}` of `{}` is {}, found {found}", decl.name, expected(ty));
                return Err(self.diagnostics.report(Diagnostic::new(span, message)));
            };
            hypers.insert(name, value);
        }
        Ok(hypers)
    }

    pub(super) fn inherit(
        &mut self,
        field: &Field,
        context: &FieldContext<'_>,
    ) -> Result<Inherited, Reported> {
        let mut inherited = context.inherited;
        inherited.frozen |= field.attributes.frozen;
        inherited.decay &= !field.attributes.no_decay;
        if let Some(lr) = &field.attributes.lr {
            let value = evaluate(lr, &context.scope(self.program));
            match value.map(|value| value.as_float().filter(|scale| *scale >= 0.0)) {
                Ok(Some(scale)) => inherited.lr_scale *= scale,
                Ok(None) => {
                    return Err(self.diagnostics.report(
                        Diagnostic::new(lr.span(), "`#[lr]` is a factor on the learning rate, not negative")
                            .help("write `#[lr(0.1)]`; to keep a parameter as it is, use `#[frozen]`"),
                    ));
                }
                Err(diagnostic) => return Err(self.diagnostics.report(diagnostic)),
            }
        }
        Ok(inherited)
    }

    /// What `#[with(…)]` sets, worked out where it stands.
    pub(super) fn settings(
        &mut self,
        attributes: &FieldAttributes,
        context: &FieldContext<'_>,
    ) -> Result<HashMap<String, (Static, Span)>, Reported> {
        let mut settings = HashMap::new();
        for (name, expr) in &attributes.with {
            let value = evaluate(expr, &context.scope(self.program))
                .map_err(|diagnostic| self.diagnostics.report(diagnostic))?;
            settings.insert(name.to_string(), (value, name.span()));
        }
        Ok(settings)
    }

    /// Settings of one element of a stack: a list as long as the stack has one value for each.
    pub(super) fn element_settings(
        &mut self,
        decl: &ModelDecl,
        with: &HashMap<String, (Static, Span)>,
        index: usize,
        len: usize,
    ) -> Result<HashMap<String, (Static, Span)>, Reported> {
        let mut settings = HashMap::new();
        for (name, (value, span)) in with {
            let takes_a_list = decl.fields.iter().any(|field| {
                field.ident == name && matches!(field.kind, FieldKind::Hyper(HyperType::List(..)))
            });
            let value = match value {
                Static::List(list) if list.len() == len => list[index].clone(),
                Static::List(list) if !takes_a_list => {
                    return Err(self.diagnostics.report(
                        Diagnostic::new(
                            *span,
                            format!("`{name}` has {} values for a stack of {len}", list.len()),
                        )
                        .help(format!("give one value for all, or a list of {len}")),
                    ));
                }
                value => value.clone(),
            };
            settings.insert(name.clone(), (value, *span));
        }
        Ok(settings)
    }
}

/// The value as one of this type.
fn fitted(ty: HyperType, value: Static) -> Option<Static> {
    match (ty, value) {
        (HyperType::Bool, Static::Bool(value)) => Some(Static::Bool(value)),
        (HyperType::Text, Static::Text(value)) => Some(Static::Text(value)),
        (HyperType::Number(number), value) => fitted_number(number, &value),
        (HyperType::List(number, len), Static::List(list)) if list.len() == len => {
            list.iter().map(|item| fitted_number(number, item)).collect::<Option<_>>().map(Static::List)
        }
        (HyperType::List(number, len), value) => {
            fitted_number(number, &value).map(|value| Static::List(vec![value; len]))
        }
        (HyperType::Bool | HyperType::Text, _) => None,
    }
}

fn fitted_number(number: NumberType, value: &Static) -> Option<Static> {
    match (number, value) {
        (NumberType::Usize, Static::Int(value)) if *value >= 0 => Some(Static::Int(*value)),
        (NumberType::Isize, Static::Int(value)) => Some(Static::Int(*value)),
        (NumberType::Float, value) => value.as_float().map(Static::Float),
        (NumberType::Usize | NumberType::Isize, _) => None,
    }
}

/// A type of hyper-parameters, for messages.
fn expected(ty: HyperType) -> String {
    let number = |number: NumberType| match number {
        NumberType::Usize | NumberType::Isize => "a whole number",
        NumberType::Float => "a number",
    };
    match ty {
        HyperType::Number(NumberType::Usize) => "a whole number, not negative".to_string(),
        HyperType::Number(ty) => number(ty).to_string(),
        HyperType::Bool => "`true` or `false`".to_string(),
        HyperType::Text => "a text in quotes".to_string(),
        HyperType::List(ty @ (NumberType::Usize | NumberType::Float), 2) => {
            format!("{} or `[vertical, horizontal]`", number(ty))
        }
        HyperType::List(ty, len) => format!("{} or a list of {len}", number(ty)),
    }
}
