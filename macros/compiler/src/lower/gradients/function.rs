//! Functions that are named without being called.

use crate::diagnostics::{Diagnostic, Place};
use crate::lower::{Lowering, Result, Val, messages};
use crate::parse::path_key;
use crate::program::{Instance, Member};
use proc_macro2::Span;
use std::rc::Rc;
use syn::{Expr, Member as FieldName};

/// A function that is named without being called.
pub(super) enum Named {
    /// Of a model.
    OfModel { instance: Rc<Instance>, function: String },
    /// A `#[function]`.
    Free { key: String },
}

impl Lowering<'_> {
    /// The function that the first argument names.
    pub(super) fn named_function(&mut self, expr: &Expr, name: &str) -> Result<(String, Named)> {
        let place = self.place(Place::of(expr));
        let help = format!("write `{name}(self.energy, x)`, or the name of a `#[function]`");
        match expr {
            Expr::Reference(reference) => self.named_function(&reference.expr, name),
            Expr::Field(field) => {
                let FieldName::Named(member) = &field.member else {
                    return self.error(Diagnostic::new(place, "a function has a name").help(help));
                };
                let Val::Model(instance) = self.expression(&field.base)? else {
                    return self.error(Diagnostic::new(place, "only models have functions").help(help));
                };
                let shown = member.to_string();
                if instance.decl.function(&shown).is_some() {
                    let named = Named::OfModel { instance, function: shown.clone() };
                    return Ok((shown, named));
                }
                match instance.member(&shown) {
                    Some(Member::Model(layer)) => {
                        let named =
                            Named::OfModel { instance: layer.clone(), function: "forward".to_string() };
                        Ok((shown, named))
                    }
                    Some(_) => self.error(
                        Diagnostic::new(place, format!("`{shown}` is neither a function nor a layer"))
                            .help(help),
                    ),
                    None => {
                        let diagnostic = messages::unknown_function(&instance.decl, &shown, place);
                        self.error(diagnostic)
                    }
                }
            }
            Expr::Path(path) => {
                let key = path_key(&path.path);
                Ok((key.clone(), Named::Free { key }))
            }
            _ => self
                .error(Diagnostic::new(place, format!("`{name}` takes a function by its name")).help(help)),
        }
    }

    pub(super) fn call_free(&mut self, key: &str, args: Vec<(Val, Place)>, span: Span) -> Result<Val> {
        let Some(callee) = self.free_function(self.entry(), key) else {
            let place = self.place(span);
            return self.error(
                Diagnostic::new(place, format!("unknown function `{key}`"))
                    .help("name a `#[function]`, or a function of the model: `self.energy`"),
            );
        };
        self.inline(&callee, None, args, span)
    }
}
