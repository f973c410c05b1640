//! Initialisers that depend on another tensor of the same model: `#[init(norm_of(weight_v))]`.

use super::arguments::Arguments;
use super::{Init, name_and_arguments};
use crate::constant::Scope;
use crate::diagnostics::{Diagnostic, Place, list_names, nearest, source_text};
use crate::parse::{Field, ModelDecl, path_key};
use crate::program::{Member, StateTensor};
use proc_macro2::Ident;
use syn::{Expr, ExprField, ExprLit, Lit};

/// The name of the initialiser.
pub(super) const NORM_OF: &str = "norm_of";

/// What an initialiser sees of the model around it.
pub struct Surroundings<'a> {
    /// Sizes and hyper-parameters.
    pub scope: Scope<'a>,
    /// Its declaration.
    pub decl: &'a ModelDecl,
    /// Its fields in their places, in the order of the declaration.
    pub members: &'a [(String, Member)],
    /// The state so far, with all tensors of the model.
    pub state: &'a [StateTensor],
    /// The tensor that starts, by its index in the state.
    pub tensor: usize,
}

impl<'a> Surroundings<'a> {
    /// The fields with what they are in their place.
    fn fields(&self) -> impl Iterator<Item = (&'a Field, &'a Member)> {
        self.decl.fields.iter().zip(self.members.iter().map(|(_, member)| member))
    }

    /// The fields of tensors, with whether it is the one that starts.
    fn tensors(&self) -> impl Iterator<Item = (&'a Ident, bool)> {
        let tensor = self.tensor;
        self.fields().filter_map(move |(field, member)| match member {
            Member::Tensor(index) => Some((&field.ident, *index == tensor)),
            Member::Hyper(_) | Member::Model(_) | Member::Stack(_) | Member::Absent => None,
        })
    }

    /// The field of the tensor that starts.
    fn name(&self) -> &'a Ident {
        let own = self.tensors().find(|(_, is_own)| *is_own);
        own.expect("the tensor that starts is one of the model").0
    }
}

/// The norms of another tensor, of the shape that this one has: an axis of the same size is kept, one of size 1 or
/// missing in front is reduced.
pub(super) fn norm_of(args: &Arguments<'_>) -> Result<Init, Diagnostic> {
    let source = source(args)?;
    let (shape, of) = (args.shape, &args.model.state[source].shape);
    let fits = shape.len() <= of.len()
        && shape.iter().rev().zip(of.iter().rev()).all(|(&size, &full)| size == full || size == 1);
    if fits {
        return Ok(Init::NormOf(source));
    }
    let name = args.get("tensor").map(source_text).unwrap_or_default();
    Err(Diagnostic::new(
        Place::of(args.expr),
        format!(
            "`{}` has the sizes {shape:?}, which norms of `{name}`, of sizes {of:?}, cannot have",
            args.model.name()
        ),
    )
    .note("an axis of the same size is kept, one of size 1 or missing in front is reduced")
    .help(format!("give each axis the size that `{name}` has there, or 1")))
}

/// The index in the state of the tensor that is named. Its own start must not depend on another one's.
fn source(args: &Arguments<'_>) -> Result<usize, Diagnostic> {
    let Some(expr) = args.get("tensor") else {
        return Err(args.problem("tensor", format!("`{NORM_OF}` needs `tensor`, a field of this model")));
    };
    let Some(name) = name_of(expr) else {
        let message =
            format!("`tensor` of `{NORM_OF}` is the name of a field, found `{}`", source_text(expr));
        return Err(args.problem("tensor", message));
    };
    let (model, place) = (args.model, Place::of(expr));
    let Some((field, member)) = model.fields().find(|(field, _)| field.ident == name) else {
        let others: Vec<String> =
            model.tensors().filter(|(_, is_own)| !is_own).map(|(name, _)| name.to_string()).collect();
        let others = || others.iter().map(String::as_str);
        let mut diagnostic = Diagnostic::new(place, format!("`{}` has no field `{name}`", model.decl.name))
            .note(format!("its other parameters and buffers: {}", list_names(others())));
        if let Some(near) = nearest(&name, others()) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`"));
        }
        return Err(diagnostic);
    };
    let kind = match member {
        Member::Tensor(index) => return check_start(args, field, *index, place),
        Member::Absent => {
            return Err(Diagnostic::new(place, format!("`{name}` is absent here, so it has no norm"))
                .help("make both an `Option` that depends on the same setting"));
        }
        Member::Hyper(_) => "a hyper-parameter",
        Member::Model(_) => "a layer",
        Member::Stack(_) => "a stack of layers",
    };
    Err(Diagnostic::new(place, format!("`{name}` is {kind}, which has no norm"))
        .help("name a `Param` or a `Buffer`"))
}

/// `weight_v`, `"weight_v"` or `self.weight_v`.
fn name_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => Some(path_key(&path.path)),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Field(ExprField { base, member: syn::Member::Named(name), .. }) => {
            matches!(&**base, Expr::Path(path) if path.path.is_ident("self")).then(|| name.to_string())
        }
        _ => None,
    }
}

/// Refuses norms of norms: those are taken when all other tensors are filled.
fn check_start(args: &Arguments<'_>, field: &Field, index: usize, place: Place) -> Result<usize, Diagnostic> {
    let depends = |expr: &Expr| name_and_arguments(expr).is_ok_and(|(path, _)| path.is_ident(NORM_OF));
    if !field.attributes.init.as_ref().is_some_and(depends) {
        return Ok(index);
    }
    let (own, source) = (args.model.name(), &field.ident);
    let message = if own == source {
        format!("`{own}` would start from itself")
    } else {
        format!("`{own}` would start from `{source}`, which starts from another tensor itself")
    };
    Err(Diagnostic::new(place, message)
        .note("norms are taken when all other tensors are filled, not of each other")
        .help("name a tensor with another initialiser"))
}
