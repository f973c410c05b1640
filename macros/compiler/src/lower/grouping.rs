//! How values are grouped: a declared type and the tensors that a value of it consists of.

use super::{Lowering, Result, Val, messages};
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::Value;
use crate::parse::Annotation;

impl Lowering<'_> {
    /// A value of a declared type as its tensors, which are still to be looked at; `what` is what has the type.
    pub(super) fn spread(
        &mut self,
        declared: &Annotation,
        value: Val,
        place: Place,
        what: &str,
        is_optional: bool,
        into: &mut Vec<Val>,
    ) -> Result<()> {
        match (declared, value) {
            (Annotation::Tensor(_), value) => into.push(value),
            (_, Val::Absent) if is_optional => {
                into.extend(std::iter::repeat_n(Val::Absent, declared.num_tensors()));
            }
            (Annotation::Struct(_), Val::Present(value)) => {
                return self.spread(declared, *value, place, what, is_optional, into);
            }
            (Annotation::Struct(of), Val::Struct(decl, values)) if decl.id == of.decl().id => {
                for (field, value) in decl.fields.iter().zip(values) {
                    self.spread(&field.ty, value, place, what, false, into)?;
                }
            }
            (Annotation::Tuple(items), Val::List(values)) if items.len() == values.len() => {
                for (item, value) in items.iter().zip(values) {
                    self.spread(item, value, place, what, false, into)?;
                }
            }
            (declared, other) => {
                let place = self.place(place);
                let wanted = match declared {
                    Annotation::Struct(of) => format!("a `{}`", of.decl().name),
                    Annotation::Tuple(items) => format!("a tuple of {}", items.len()),
                    Annotation::Tensor(_) => unreachable!("tensors are looked at later"),
                };
                let message = format!("{what} is {wanted}, found {}", messages::described(&other));
                let mut diagnostic = Diagnostic::new(place, message);
                if let (Annotation::Struct(of), Val::Struct(found, _)) = (declared, &other)
                    && of.decl().name == found.name
                {
                    diagnostic = diagnostic.note("they are two structs of the same name");
                } else if let Annotation::Struct(of) = declared {
                    let decl = of.decl();
                    let fields: Vec<String> =
                        decl.fields.iter().map(|field| format!("{}: …", field.ident)).collect();
                    diagnostic = diagnostic.help(format!(
                        "put one together: `{} {{ {} }}`",
                        decl.name,
                        fields.join(", ")
                    ));
                }
                return self.error(diagnostic);
            }
        }
        Ok(())
    }

    /// The arguments of a call as tensors, in the order of those of the function.
    pub(super) fn spread_arguments(
        &mut self,
        callee: &messages::Callee<'_>,
        args: &[(Val, Place)],
    ) -> Result<Vec<(Val, Place)>> {
        let mut all = Vec::new();
        for (param, (value, place)) in callee.function.params.iter().zip(args) {
            let what = format!("`{}` of `{}`", param.ident, callee.name);
            let mut tensors = Vec::new();
            self.spread(&param.ty, value.clone(), *place, &what, param.is_optional, &mut tensors)?;
            all.extend(tensors.into_iter().map(|tensor| (tensor, *place)));
        }
        Ok(all)
    }
}

/// A value of a declared type from its tensors.
pub(super) fn regrouped(declared: &Annotation, tensors: &mut impl Iterator<Item = Value>) -> Val {
    // As a trait object, since the types of iterators inside iterators would have no end.
    fn regroup(declared: &Annotation, tensors: &mut dyn Iterator<Item = Value>) -> Val {
        match declared {
            Annotation::Tensor(_) => Val::Tensor(tensors.next().expect("there is one for each tensor")),
            Annotation::Struct(of) => {
                let decl = of.decl();
                let values = decl.fields.iter().map(|field| regroup(&field.ty, tensors)).collect();
                Val::Struct(decl.clone(), values)
            }
            Annotation::Tuple(items) => Val::List(items.iter().map(|item| regroup(item, tensors)).collect()),
        }
    }
    regroup(declared, tensors)
}

/// Whether two values have the same structs in the same places.
pub(super) fn same_make(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::Struct(a, _), Val::Struct(b, _)) => a.id == b.id,
        (Val::Struct(..), _) | (_, Val::Struct(..)) => false,
        (Val::List(a), Val::List(b)) => a.len() != b.len() || a.iter().zip(b).all(|(a, b)| same_make(a, b)),
        _ => true,
    }
}

/// How the tensors of a value are reached from it: `.h`, `.1.c`; empty for one that is a tensor itself.
pub(super) fn leaf_paths(value: &Val) -> Vec<String> {
    let inside = |prefix: String, value: &Val| {
        leaf_paths(value).into_iter().map(move |path| format!("{prefix}{path}")).collect::<Vec<_>>()
    };
    match value {
        Val::Struct(decl, values) => {
            let fields = decl.fields.iter().zip(values);
            fields.flat_map(|(field, value)| inside(format!(".{}", field.ident), value)).collect()
        }
        Val::List(items) => {
            items.iter().enumerate().flat_map(|(index, item)| inside(format!(".{index}"), item)).collect()
        }
        _ => vec![String::new()],
    }
}
