//! Structs of tensors in bodies: put together, taken apart, changed field by field.
//!
//! A struct is its tensors side by side, with the names of its fields; the graph knows the tensors only.

use super::grouping::regrouped;
use super::regions::variable_name;
use super::{Lowering, Result, Val, Variable, messages};
use crate::diagnostics::{Diagnostic, Place, Reported, list_names, nearest};
use crate::graph::{ElementType, Size, Value};
use crate::parse::{DimExpr, TensorsDecl, path_key};
use crate::program::Item;
use quote::ToTokens;
use std::collections::HashMap;
use std::rc::Rc;
use syn::spanned::Spanned;
use syn::{Expr, ExprField, ExprStruct, Member, Pat, PatStruct, Path};

/// The value of a field, and where it is given.
struct Given {
    value: Val,
    place: Place,
    /// Whether it comes from a struct that was there before, so that the others have to fit it.
    is_old: bool,
}

impl Lowering<'_> {
    /// `LstmState { h: next, c }`, `LstmState { h: next, ..state }`.
    pub(super) fn struct_expression(&mut self, expr: &ExprStruct) -> Result<Val> {
        let decl = self.named_struct(&expr.path)?;
        let mut given: Vec<Option<Given>> = decl.fields.iter().map(|_| None).collect();
        let mut failed = None;
        for field in &expr.fields {
            let position = self.field_position(&decl, &field.member);
            let value = self.expression(&field.expr);
            match (position, value) {
                (Ok(position), _) if given[position].is_some() => {
                    let name = field.member.to_token_stream();
                    let place = self.place(field.member.span());
                    let message = format!("`{name}` of `{}` is given twice", decl.name);
                    failed = Some(self.diagnostics.report(Diagnostic::new(place, message)));
                }
                (Ok(position), Ok(value)) => {
                    given[position] = Some(Given { value, place: Place::of(&field.expr), is_old: false });
                }
                (Ok(_), Err(reported)) | (Err(reported), _) => failed = Some(reported),
            }
        }
        if let Some(base) = &expr.rest {
            let place = Place::of(base);
            match self.expression(base)? {
                Val::Struct(of, values) if of.id == decl.id => {
                    for (slot, value) in given.iter_mut().zip(values) {
                        slot.get_or_insert(Given { value, place, is_old: true });
                    }
                }
                other => {
                    let place = self.place(place);
                    let message = format!(
                        "the rest of a `{}` is one, found {}",
                        decl.name,
                        messages::described(&other)
                    );
                    return self.error(
                        Diagnostic::new(place, message)
                            .help(format!("write a value of type `{}` after `..`, or all fields", decl.name)),
                    );
                }
            }
        }
        failed.map_or(Ok(()), Err)?;
        let missing = decl.fields.iter().zip(&given).filter(|(_, value)| value.is_none());
        let missing: Vec<String> = missing.map(|(field, _)| field.ident.to_string()).collect();
        if !missing.is_empty() {
            let place = self.place(Place::of(&expr.path));
            let names = list_names(missing.iter().map(String::as_str));
            let message = format!("this `{}` is without {names}", decl.name);
            return self.error(
                Diagnostic::new(place, message)
                    .help("give each field a value, or take the rest from another one: `..state`"),
            );
        }
        self.composed(&decl, given.into_iter().flatten().collect())
    }

    /// What a path of a struct names.
    fn named_struct(&mut self, path: &Path) -> Result<Rc<TensorsDecl>> {
        let key = path_key(path);
        let place = self.place(Place::of(path));
        if path.segments.iter().any(|segment| !segment.arguments.is_none()) {
            return self.error(
                Diagnostic::new(place, "the sizes of a struct follow from its fields here")
                    .help(format!("write `{key} {{ … }}`")),
            );
        }
        let target = self.entry().paths.get(&key).and_then(|id| self.program.entry(id));
        match target.map(|entry| &entry.item) {
            Some(Item::Tensors(decl)) => Ok(decl.clone()),
            Some(_) => self.error(
                Diagnostic::new(place, format!("`{key}` is no struct of tensors"))
                    .help("name a struct under `#[tensors]`, or return a tuple"),
            ),
            // One that is not in the program had mistakes of its own.
            None if self.entry().paths.contains_key(&key) => Err(Reported),
            None => self.error(
                Diagnostic::new(place, format!("unknown struct `{key}`"))
                    .help("name a struct under `#[tensors]`"),
            ),
        }
    }

    fn field_position(&mut self, decl: &TensorsDecl, member: &Member) -> Result<usize> {
        let name = member.to_token_stream().to_string();
        match decl.position(&name) {
            Some(position) => Ok(position),
            None => {
                let place = self.place(member.span());
                self.error(unknown_field(decl, &name, place))
            }
        }
    }

    /// The struct with these values in its fields, if they fit.
    fn composed(&mut self, decl: &Rc<TensorsDecl>, given: Vec<Given>) -> Result<Val> {
        let (mut values, mut leaves) = (Vec::new(), Vec::new());
        for (field, Given { value, place, is_old }) in decl.fields.iter().zip(given) {
            let what = format!("`{}` of `{}`", field.ident, decl.name);
            let mut spread = Vec::new();
            self.spread(&field.ty, value, place, &what, false, &mut spread)?;
            let mut tensors = Vec::new();
            for value in spread {
                tensors.push(self.as_tensor(value, place)?);
            }
            leaves.extend(tensors.iter().map(|&tensor| (tensor, place, is_old)));
            values.push(regrouped(&field.ty, &mut tensors.into_iter()));
        }
        self.check_leaves(decl, &leaves)?;
        Ok(Val::Struct(decl.clone(), values))
    }

    /// Each parameter of the struct has one size in all of its tensors.
    fn check_leaves(&mut self, decl: &TensorsDecl, given: &[(Value, Place, bool)]) -> Result<()> {
        let mut sizes: HashMap<String, (Size, usize)> = HashMap::new();
        let name_of = |dim: &DimExpr| match dim {
            DimExpr::Size(Expr::Path(path)) => path.path.get_ident().map(ToString::to_string),
            DimExpr::Size(_) | DimExpr::Rest(_) => None,
        };
        let mut order: Vec<usize> = (0..given.len()).collect();
        order.sort_by_key(|&at| !given[at].2);
        for &at in &order {
            let (leaf, (tensor, place, _)) = (&decl.leaves[at], given[at]);
            let ty = self.builder.ty(tensor).clone();
            let dims = &leaf.ty.dims;
            let mut fits = dims.len() == ty.shape.len() && leaf.ty.element == ty.element;
            if fits {
                for (dim, found) in dims.iter().zip(&ty.shape) {
                    fits &= match (name_of(dim), dim) {
                        (Some(name), _) => sizes.entry(name).or_insert((found.clone(), at)).0 == *found,
                        (None, DimExpr::Size(expr)) => literal(expr) == found.as_literal(),
                        (None, DimExpr::Rest(_)) => true,
                    };
                }
            }
            if fits {
                continue;
            }
            let known = |name: &str| sizes.get(name).filter(|(_, from)| *from != at);
            let shown: Vec<String> = dims
                .iter()
                .map(|dim| match (name_of(dim), dim) {
                    (Some(name), _) => known(&name).map_or(name, |(size, _)| size.to_string()),
                    (None, DimExpr::Size(expr)) => expr.to_token_stream().to_string(),
                    (None, DimExpr::Rest(_)) => "_".to_string(),
                })
                .collect();
            let element = if leaf.ty.element == ElementType::Real { "" } else { leaf.ty.element.name() };
            let field = leaf.path.trim_start_matches('.');
            let message = format!(
                "`{field}` of `{}` is {element}[{}], but its value is {ty}",
                decl.name,
                shown.join(", ")
            );
            let mut diagnostic = Diagnostic::new(self.place(place), message);
            for name in dims.iter().filter_map(name_of) {
                if let Some((size, from)) = known(&name).filter(|(size, _)| size.to_string() != name) {
                    let other = decl.leaves[*from].path.trim_start_matches('.');
                    diagnostic.notes.push(format!("`{name}` is {size} in `{other}`"));
                }
            }
            diagnostic.notes.dedup();
            diagnostic.notes.extend(self.history(tensor));
            if leaf.ty.element != ty.element {
                diagnostic = diagnostic.help(format!("cast it: `as {}`", leaf.ty.element.name()));
            }
            return self.error(diagnostic);
        }
        for param in decl.params.iter().filter(|param| !param.is_dim) {
            if let Some((size, from)) = sizes.get(&param.ident.to_string())
                && size.as_literal().is_none()
            {
                let field = decl.leaves[*from].path.trim_start_matches('.');
                let message = format!(
                    "`{}` of `{}` is known at compile time, but in `{field}` it is {size}",
                    param.ident, decl.name
                );
                let place = self.place(given[*from].1);
                return self.error(
                    Diagnostic::new(place, message)
                        .help(format!("declare it `{}: Dim` in the struct", param.ident)),
                );
            }
        }
        Ok(())
    }

    /// `state.h`.
    pub(super) fn struct_field(
        &mut self,
        decl: &TensorsDecl,
        values: &[Val],
        member: &Member,
    ) -> Result<Val> {
        let position = self.field_position(decl, member)?;
        Ok(values[position].clone())
    }

    /// `let LstmState { h, .. } = state;`.
    pub(super) fn bind_struct(&mut self, pattern: &PatStruct, value: Option<Val>) -> Result<()> {
        let decl = self.named_struct(&pattern.path);
        let (decl, values) = match (decl, value) {
            (Ok(decl), Some(Val::Struct(of, values))) if of.id == decl.id => (decl, values),
            (Ok(decl), Some(other)) => {
                self.bind_mistake(&Pat::Struct(pattern.clone()));
                let place = self.place(Place::of(&pattern.path));
                let message =
                    format!("the pattern is a `{}`, its value {}", decl.name, messages::described(&other));
                return self.error(Diagnostic::new(place, message));
            }
            (Err(Reported), _) | (Ok(_), None) => {
                self.bind_mistake(&Pat::Struct(pattern.clone()));
                return Err(Reported);
            }
        };
        let mut bound = vec![false; values.len()];
        let mut result = Ok(());
        for field in &pattern.fields {
            let value = match self.field_position(&decl, &field.member) {
                Ok(position) => {
                    bound[position] = true;
                    Some(values[position].clone())
                }
                Err(reported) => {
                    result = Err(reported);
                    None
                }
            };
            result = self.bind(&field.pat, value).and(result);
        }
        let left_out = decl.fields.iter().zip(&bound).filter(|(_, bound)| !**bound);
        let left_out: Vec<String> = left_out.map(|(field, _)| field.ident.to_string()).collect();
        if result.is_ok() && !left_out.is_empty() && pattern.rest.is_none() {
            let place = self.place(Place::of(&pattern.path));
            let names = list_names(left_out.iter().map(String::as_str));
            return self.error(
                Diagnostic::new(place, format!("the pattern does not name {names} of `{}`", decl.name))
                    .help("name all fields, or end with `..`"),
            );
        }
        result
    }

    /// `state.h = next`: the variable is the same struct with another tensor. `None` if no variable is meant.
    pub(super) fn assign_field(&mut self, target: &ExprField, value: Result<Val>) -> Option<Result<Val>> {
        let mut members = vec![&target.member];
        let mut base = &*target.base;
        while let Expr::Field(field) = base {
            members.push(&field.member);
            base = &*field.base;
        }
        members.reverse();
        let name = variable_name(base).filter(|name| name != "self")?;
        let scopes = self.frame_ref().scopes.iter().rev();
        let Variable { value: before, mutable } = scopes.flat_map(|scope| scope.get(&name)).next()?.clone();
        let changed = match before {
            // One without a value stands for a mistake that was already reported.
            None => Err(Reported),
            Some(_) if !mutable => {
                let place = self.place(Place::of(target));
                let message = format!("`{name}` is assigned to but not mutable");
                self.error(Diagnostic::new(place, message).help(format!("declare it `let mut {name}`")))
            }
            Some(before) => value.and_then(|value| self.changed(before, &members, value, Place::of(target))),
        };
        if let Some(variable) = self.frame().scopes.iter_mut().rev().find_map(|scope| scope.get_mut(&name)) {
            variable.value = changed.as_ref().ok().cloned();
        }
        Some(changed.map(|_| Val::Unit))
    }

    /// A value with another one in the place that the members lead to.
    fn changed(&mut self, before: Val, members: &[&Member], value: Val, place: Place) -> Result<Val> {
        let Some((first, rest)) = members.split_first() else { return Ok(value) };
        match before {
            Val::Struct(decl, values) => {
                let position = self.field_position(&decl, first)?;
                let new = self.changed(values[position].clone(), rest, value, place)?;
                let given = values.into_iter().enumerate().map(|(index, old)| {
                    let is_old = index != position;
                    Given { value: if is_old { old } else { new.clone() }, place, is_old }
                });
                self.composed(&decl, given.collect())
            }
            Val::List(mut items) => {
                let index = match first {
                    Member::Unnamed(index) => Some(index.index as usize).filter(|&at| at < items.len()),
                    Member::Named(_) => None,
                };
                let Some(index) = index else {
                    let place = self.place(first.span());
                    return self.error(Diagnostic::new(place, "a list has no such item"));
                };
                items[index] = self.changed(items[index].clone(), rest, value, place)?;
                Ok(Val::List(items))
            }
            other => {
                let place = self.place(first.span());
                let message = format!("{} has no fields", messages::kind_of(&other));
                self.error(Diagnostic::new(place, message).help("assign to the variable as a whole"))
            }
        }
    }
}

/// A field that is not there.
fn unknown_field(decl: &TensorsDecl, name: &str, place: Place) -> Diagnostic {
    let fields: Vec<String> = decl.fields.iter().map(|field| field.ident.to_string()).collect();
    let known = || fields.iter().map(String::as_str);
    let diagnostic = Diagnostic::new(place, format!("`{}` has no field `{name}`", decl.name));
    match nearest(name, known()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`")),
        None => diagnostic.note(format!("it has {}", list_names(known()))),
    }
}

fn literal(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(int), .. }) => int.base10_parse().ok(),
        _ => None,
    }
}
