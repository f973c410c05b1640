//! Structs of tensors in signatures: when all definitions are known, they are looked up and taken apart.

use super::{Entry, Item, Program};
use crate::constant::{Scope, evaluate};
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported, count, source_text};
use crate::link::Closure;
use crate::parse::{
    Annotation, DimExpr, Function, ModelDecl, SizeParam, StructAnnotation, TensorsDecl, TensorsField, names,
    param_alone, path_key, struct_text,
};
use proc_macro2::Ident;
use std::collections::HashMap;
use std::rc::Rc;
use syn::Expr;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// What structs are looked up with.
struct Resolver<'a> {
    program: &'a Program,
    /// Those that have been looked up; `None` for those with mistakes.
    known: HashMap<String, Option<Rc<TensorsDecl>>>,
}

impl Program {
    /// Looks up the structs in the signatures of all functions, and takes what they take and return apart.
    ///
    /// # Errors
    /// All that is wrong is reported. Definitions with mistakes are left out.
    pub(super) fn resolve_structs(
        &mut self,
        closure: &Closure,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Reported> {
        let mut result = Ok(());
        let mut resolved = Vec::new();
        let mut resolver = Resolver { program: self, known: HashMap::new() };
        for (id, _) in closure {
            let Some(entry) = resolver.program.entry(id) else { continue };
            let item = resolver.item(entry, diagnostics);
            if let Err(reported) = item {
                result = Err(reported);
            }
            resolved.push((id, item));
        }
        for (id, item) in resolved {
            match item {
                Ok(None) => {}
                Ok(Some(item)) => {
                    if let Some(entry) = self.entries.get_mut(id) {
                        entry.item = item;
                    }
                }
                Err(Reported) => {
                    self.entries.remove(id);
                }
            }
        }
        result
    }

    /// A model without the functions in whose signatures something is wrong.
    pub fn without_unknown_structs(&mut self, id: &str) -> Option<Rc<ModelDecl>> {
        let entry = self.entry(id)?;
        let Item::Model(decl) = &entry.item else { return None };
        let mut unread = Diagnostics::default();
        let mut resolver = Resolver { program: self, known: HashMap::new() };
        let functions = decl.functions.iter().filter_map(|function| {
            resolver.function(function, entry, &mut unread).ok().map(|new| new.unwrap_or(function.clone()))
        });
        let functions = functions.collect();
        let decl = Rc::new(decl.with_functions(functions));
        self.entries.get_mut(id)?.item = Item::Model(decl.clone());
        Some(decl)
    }
}

/// Sizes around a type: those that are known at run time only.
struct Surroundings<'a> {
    entry: &'a Entry,
    dims: Vec<&'a Ident>,
}

impl Resolver<'_> {
    /// The definition with its structs looked up; `None` if it names none.
    fn item(&mut self, entry: &Entry, diagnostics: &mut Diagnostics) -> Result<Option<Item>, Reported> {
        match &entry.item {
            Item::Alias(_) | Item::Dim(_) => Ok(None),
            Item::Tensors(_) => self.tensors(&entry.id, diagnostics).map(|decl| Some(Item::Tensors(decl))),
            Item::Function(function) => {
                let function = self.function(function, entry, diagnostics)?;
                Ok(function.map(|function| Item::Function(Rc::new(function))))
            }
            Item::Model(decl) => {
                let (mut functions, mut failed, mut changed) = (Vec::new(), None, false);
                for function in &decl.functions {
                    match self.function(function, entry, diagnostics) {
                        Ok(None) => functions.push(function.clone()),
                        Ok(Some(new)) => {
                            functions.push(new);
                            changed = true;
                        }
                        Err(reported) => failed = Some(reported),
                    }
                }
                failed.map_or(Ok(()), Err)?;
                Ok(changed.then(|| Item::Model(Rc::new(decl.with_functions(functions)))))
            }
        }
    }

    /// The function with its structs looked up; `None` if it names none.
    fn function(
        &mut self,
        function: &Function,
        entry: &Entry,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Function>, Reported> {
        let mut annotations = function.params.iter().map(|param| &param.ty).chain(&function.returned);
        if !annotations.any(Annotation::has_struct) {
            return Ok(None);
        }
        let mut function = function.clone();
        let dims = function.dims.clone();
        let around = Surroundings { entry, dims: dims.iter().map(|dim| &dim.ident).collect() };
        for param in &mut function.params {
            self.annotation(&mut param.ty, &around, diagnostics)?;
        }
        for returned in &mut function.returned {
            self.annotation(returned, &around, diagnostics)?;
        }
        function.take_apart();
        Ok(Some(function))
    }

    fn annotation(
        &mut self,
        annotation: &mut Annotation,
        around: &Surroundings<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Reported> {
        match annotation {
            Annotation::Tensor(_) => Ok(()),
            Annotation::Tuple(items) => {
                items.iter_mut().try_for_each(|item| self.annotation(item, around, diagnostics))
            }
            Annotation::Struct(of) => {
                of.decl = Some(self.named(of, around, diagnostics)?);
                Ok(())
            }
        }
    }

    /// What a type names, if it has as many sizes as it is given, each of its kind.
    fn named(
        &mut self,
        of: &StructAnnotation,
        around: &Surroundings<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Rc<TensorsDecl>, Reported> {
        let key = path_key(&of.path);
        let place = Place::of(&of.path);
        // One that is not in the program had mistakes of its own.
        let id = around.entry.paths.get(&key).ok_or(Reported)?;
        let target = self.program.entry(id).ok_or(Reported)?;
        let found = match &target.item {
            Item::Tensors(_) => None,
            Item::Model(_) | Item::Alias(_) => Some("a model"),
            Item::Dim(_) => Some("a constant"),
            Item::Function(_) => Some("a function"),
        };
        if let Some(found) = found {
            return Err(diagnostics.report(
                Diagnostic::new(place, format!("`{key}` is {found}, not a tensor or a struct of tensors"))
                    .help("write `Tensor<N, 10>`, or the name of a struct under `#[tensors]`"),
            ));
        }
        let decl = self.tensors(&target.id, diagnostics)?;
        if decl.params.len() != of.args.len() {
            let names: Vec<String> = decl.params.iter().map(|param| param.ident.to_string()).collect();
            let sizes = count(names.len(), "size", "sizes");
            return Err(diagnostics.report(
                Diagnostic::new(place, format!("`{key}` takes {sizes}, found {}", of.args.len()))
                    .help(format!("write `{}`", struct_text(&of.path, &names))),
            ));
        }
        for (param, arg) in decl.params.iter().zip(&of.args) {
            let dim = around.dims.iter().find(|dim| names(arg, dim));
            if let (false, Some(dim)) = (param.is_dim, dim) {
                let message = format!(
                    "`{}` of `{key}` is known at compile time, `{dim}` at run time only",
                    param.ident
                );
                return Err(diagnostics.report(
                    Diagnostic::new(arg.span(), message)
                        .help(format!("give it a number, or declare `{}: Dim` in the struct", param.ident)),
                ));
            }
        }
        Ok(decl)
    }

    /// A struct with all its tensors.
    fn tensors(&mut self, id: &str, diagnostics: &mut Diagnostics) -> Result<Rc<TensorsDecl>, Reported> {
        if let Some(known) = self.known.get(id) {
            return known.clone().ok_or(Reported);
        }
        let entry = self.program.entry(id).ok_or(Reported)?;
        let Item::Tensors(decl) = &entry.item else { return Err(Reported) };
        let decl = self.taken_apart(decl, entry, diagnostics).map(Rc::new);
        self.known.insert(id.to_string(), decl.clone().ok());
        decl
    }

    fn taken_apart(
        &mut self,
        decl: &TensorsDecl,
        entry: &Entry,
        diagnostics: &mut Diagnostics,
    ) -> Result<TensorsDecl, Reported> {
        let mut decl = TensorsDecl { id: entry.id.clone(), ..decl.clone() };
        let params = decl.params.clone();
        let dims = params.iter().filter(|param| param.is_dim).map(|param| &param.ident).collect();
        let around = Surroundings { entry, dims };
        for TensorsField { ident, ty } in &mut decl.fields {
            self.fix_sizes(ty, entry, &params, diagnostics)?;
            self.annotation(ty, &around, diagnostics)?;
            check_dims(ty, &params, diagnostics)?;
            let prefix = format!(".{}", ident.unraw());
            decl.leaves.extend(ty.leaves().into_iter().map(|mut leaf| {
                leaf.path.insert_str(0, &prefix);
                leaf
            }));
        }
        Ok(decl)
    }

    /// Leaves parameters as they are and puts numbers in the place of everything else, so that sizes mean the same
    /// wherever the struct is used.
    fn fix_sizes(
        &self,
        ty: &mut Annotation,
        entry: &Entry,
        params: &[SizeParam],
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Reported> {
        let mut fix = |size: &mut Expr| -> Result<(), Reported> {
            let span = size.span();
            if let Some(param) = param_alone(size, params) {
                let ident = &params[param].ident;
                *size = syn::parse_quote!(#ident);
                return Ok(());
            }
            let (consts, hypers) = (HashMap::new(), HashMap::new());
            let scope = Scope { program: self.program, entry, consts: &consts, hypers: &hypers };
            let value = evaluate(size, &scope).map_err(|diagnostic| diagnostics.report(diagnostic))?;
            match value {
                crate::constant::Static::Int(value) if value > 0 => {
                    let literal = syn::LitInt::new(&value.to_string(), span);
                    *size = syn::parse_quote!(#literal);
                    Ok(())
                }
                other => Err(diagnostics.report(Diagnostic::new(
                    Place::of(size),
                    format!(
                        "a size is a whole number from 1 on, found {} in `{}`",
                        other.text(),
                        source_text(size)
                    ),
                ))),
            }
        };
        match ty {
            Annotation::Tensor(tensor) => tensor.dims.iter_mut().try_for_each(|dim| match dim {
                DimExpr::Size(size) => fix(size),
                DimExpr::Rest(_) => Ok(()),
            }),
            Annotation::Struct(of) => of.args.iter_mut().try_for_each(fix),
            Annotation::Tuple(items) => {
                items.iter_mut().try_for_each(|item| self.fix_sizes(item, entry, params, diagnostics))
            }
        }
    }
}

/// A dimension of a struct inside a struct is one of the struct around it: Rust takes no number for it.
fn check_dims(ty: &Annotation, params: &[SizeParam], diagnostics: &mut Diagnostics) -> Result<(), Reported> {
    match ty {
        Annotation::Tensor(_) => Ok(()),
        Annotation::Tuple(items) => items.iter().try_for_each(|item| check_dims(item, params, diagnostics)),
        Annotation::Struct(of) => {
            let of_dims = of.decl().params.iter().zip(&of.args).filter(|(param, _)| param.is_dim);
            for (param, arg) in of_dims {
                if !param_alone(arg, params).is_some_and(|index| params[index].is_dim) {
                    let message = format!(
                        "`{}` of `{}` is a dimension known at run time, `{}` a number",
                        param.ident,
                        path_key(&of.path),
                        source_text(arg)
                    );
                    return Err(diagnostics
                        .report(Diagnostic::new(arg.span(), message).help(
                            "declare a dimension of the struct, `M: Dim`, and give the inner one `M`",
                        )));
                }
            }
            Ok(())
        }
    }
}
