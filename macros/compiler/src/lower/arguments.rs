//! Arguments of calls: their values, and their places among the parameters of an operation.

use super::{Lowering, Result, Val};
use crate::diagnostics::{Diagnostic, Place, count, list_names, nearest};
use crate::ops::call::{Argument, Method, Param};
use proc_macro2::{Ident, Span};
use syn::Expr;

/// Arguments by position and by name.
type Args = (Vec<(Val, Place)>, Vec<(Ident, Val)>);

impl Lowering<'_> {
    pub(super) fn arguments<'e>(&mut self, args: impl Iterator<Item = &'e Expr>) -> Result<Args> {
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        let mut failed = None;
        for arg in args {
            let (name, value) = match arg {
                Expr::Assign(assign) => match &*assign.left {
                    Expr::Path(path) if path.path.get_ident().is_some() => {
                        (path.path.get_ident(), &*assign.right)
                    }
                    other => {
                        let place = self.place(Place::of(other));
                        return self.error(Diagnostic::new(place, "expected the name of an argument"));
                    }
                },
                value => (None, value),
            };
            match (self.expression(value), name) {
                (Ok(value), Some(name)) => named.push((name.clone(), value)),
                (Ok(evaluated), None) => positional.push((evaluated, Place::of(value))),
                (Err(reported), _) => failed = Some(reported),
            }
        }
        failed.map_or(Ok((positional, named)), Err)
    }

    /// Puts arguments in the order of the parameters.
    pub(super) fn place_arguments(
        &mut self,
        method: &'static Method,
        args: Vec<(Val, Place)>,
        named: Vec<(Ident, Val)>,
        span: Span,
    ) -> Result<Vec<Option<(Argument, Place)>>> {
        let names = || method.params.iter().map(|param| param.name);
        if args.len() > method.params.len() {
            let place = self.place(span);
            let most = method.params.len() - 1;
            let takes = match most {
                0 => "no arguments".to_string(),
                most => format!("at most {}", count(most, "argument", "arguments")),
            };
            let message = format!("`{}` takes {takes}, found {}", method.name, args.len() - 1);
            let mut diagnostic = Diagnostic::new(place, message);
            if most > 0 {
                diagnostic = diagnostic.note(format!("it takes {}", list_names(names().skip(1))));
            }
            return self.error(diagnostic);
        }
        let mut slots: Vec<Option<(Argument, Place)>> = Vec::new();
        for ((value, span), param) in args.into_iter().zip(method.params) {
            slots.push(self.optional_argument(value, span, param)?);
        }
        slots.resize(method.params.len(), None);
        for (name, value) in named {
            let text = name.to_string();
            let Some(position) = names().position(|known| known == text) else {
                let place = self.place(name.span());
                let mut diagnostic =
                    Diagnostic::new(place, format!("`{}` has no argument `{text}`", method.name));
                diagnostic = match nearest(&text, names().skip(1)) {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`")),
                    None => diagnostic.note(format!("it has {}", list_names(names().skip(1)))),
                };
                return self.error(diagnostic);
            };
            if slots[position].is_some() {
                let place = self.place(name.span());
                return self
                    .error(Diagnostic::new(place, format!("`{text}` of `{}` is given twice", method.name)));
            }
            slots[position] = self.optional_argument(value, name.span().into(), &method.params[position])?;
        }
        if let Some(missing) =
            method.params.iter().zip(&slots).find(|(param, slot)| param.required && slot.is_none())
        {
            let place = self.place(span);
            let message = format!("`{}` needs `{}`", method.name, missing.0.name);
            let mut diagnostic = Diagnostic::new(place, message);
            if method.params.len() > 2 {
                diagnostic = diagnostic.note(format!("its arguments are {}", list_names(names().skip(1))));
            }
            return self.error(diagnostic);
        }
        Ok(slots)
    }

    /// An argument; an `Option` that is absent leaves out one that may be left out.
    fn optional_argument(
        &mut self,
        value: Val,
        place: Place,
        param: &Param,
    ) -> Result<Option<(Argument, Place)>> {
        match value {
            Val::Absent if !param.required => Ok(None),
            value => Ok(Some((self.as_argument(value, place)?, place))),
        }
    }
}
