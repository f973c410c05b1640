//! Signatures: run-time dimensions, arguments of the root function, and matching of calls.

use super::sizes::symbolic;
use super::{Lowering, Result, Val, messages};
use crate::constant::{Scope, Static, evaluate};
use crate::diagnostics::{Diagnostic, Place, count, source_text};
use crate::graph::{ElementType, Size, TensorType, Value, shape_text};
use crate::parse::{Annotation, Argument, DimBound, DimExpr, Function, TensorAnnotation, path_key};
use crate::program::Instance;
use proc_macro2::Span;
use std::collections::HashMap;
use std::rc::Rc;
use syn::Expr;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// A dimension of the root function known at run time.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its size: the symbol, or a multiple of one under `MultipleOf`.
    pub size: Size,
    /// Largest allowed value.
    pub at_most: Option<i64>,
    /// What it is a multiple of.
    pub multiple_of: i64,
}

impl Symbol {
    /// The symbol in its size: the dimension itself, or the dimension divided by what it is a multiple of.
    pub fn atom(&self) -> String {
        if self.multiple_of == 1 {
            self.name.clone()
        } else {
            format!("{}_by_{}", self.name, self.multiple_of)
        }
    }
}

/// An argument of the root function.
#[derive(Clone, Debug)]
pub struct RootArgument {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TensorType,
    /// Where it is declared.
    pub span: Span,
}

/// A call that fits a signature.
pub(super) struct Matched {
    /// Run-time dimensions by name.
    pub dims: HashMap<String, Size>,
    /// What `_` stands for.
    pub rest: Option<Vec<Size>>,
    /// The arguments; `None` for an optional one that is left out.
    pub values: Vec<Option<Value>>,
}

impl Lowering<'_> {
    pub(super) fn declare_symbols(
        &mut self,
        root: &Rc<Instance>,
        function: &Function,
    ) -> Result<Vec<Symbol>> {
        let mut symbols = Vec::new();
        for dim in &function.dims {
            let lower = |name: &str| name.to_lowercase();
            let same =
                symbols.iter().find(|known: &&Symbol| lower(&known.name) == lower(&dim.ident.to_string()));
            if let Some(same) = same {
                let message =
                    format!("the dimensions `{}` and `{}` differ in case only", same.name, dim.ident);
                return self.error(Diagnostic::new(dim.ident.span(), message).help("give one another name"));
            }
            let mut symbol =
                Symbol { name: dim.ident.to_string(), size: Size::one(), at_most: None, multiple_of: 1 };
            for bound in &dim.bounds {
                let expr = match bound {
                    DimBound::AtMost(expr) | DimBound::MultipleOf(expr) => expr,
                };
                let value = self.static_size(expr, root)?;
                match bound {
                    DimBound::AtMost(_) => symbol.at_most = Some(value),
                    DimBound::MultipleOf(_) => symbol.multiple_of = value.max(1),
                }
            }
            symbol.size = Size::symbol(&symbol.atom()).mul(&symbol.multiple_of.into());
            symbols.push(symbol);
        }
        Ok(symbols)
    }

    fn static_size(&mut self, expr: &Expr, root: &Instance) -> Result<i64> {
        let entry = self.program.entry(&root.id).expect("an instance names a definition of the closure");
        let hypers = root.hypers();
        let scope = Scope { program: self.program, entry, consts: &root.consts, hypers: &hypers };
        match evaluate(expr, &scope) {
            Ok(Static::Int(value)) if value > 0 => Ok(value),
            Ok(other) => self.error(Diagnostic::new(
                expr.span(),
                format!("expected a positive whole number, found {}", other.text()),
            )),
            Err(diagnostic) => self.error(diagnostic),
        }
    }

    pub(super) fn declare_arguments(
        &mut self,
        root: &Rc<Instance>,
        function: &Function,
        symbols: &[Symbol],
    ) -> Result<Vec<RootArgument>> {
        let dims: HashMap<String, Size> = symbols.iter().map(|s| (s.name.clone(), s.size.clone())).collect();
        let mut args = Vec::new();
        let mut failed = None;
        for arg in &function.args {
            let mut shape = Vec::new();
            for dim in &arg.ty.dims {
                match dim {
                    DimExpr::Rest(span) => {
                        failed = Some(self.diagnostics.report(
                            Diagnostic::new(*span, format!("`{}` of a compiled model has `_` in its signature", arg.ident))
                                .help("name the dimension, `<N: Dim>` and `Tensor<N, …>`, or mark the model `#[model(part)]`"),
                        ));
                    }
                    DimExpr::Size(expr) => match self.dimension(expr, root, &dims) {
                        Ok(size) => shape.push(size),
                        Err(reported) => failed = Some(reported),
                    },
                }
            }
            let ty = TensorType { element: arg.ty.element, shape };
            let name = format!("{}{}", arg.ident.unraw(), arg.field);
            args.push(RootArgument { name, ty, span: arg.ident.span() });
        }
        for symbol in symbols {
            let used = args.iter().any(|arg| arg.ty.shape.contains(&symbol.size));
            if !used && failed.is_none() {
                failed = Some(self.diagnostics.report(
                    Diagnostic::new(
                        function.ident.span(),
                        format!("no argument of `{}` has the dimension `{}`", function.ident, symbol.name),
                    )
                    .help("a run-time dimension is read from an argument: use it alone as a dimension of one"),
                ));
            }
        }
        failed.map_or(Ok(args), Err)
    }

    /// A dimension of a signature: sizes of the model, run-time dimensions, and arithmetic with them.
    pub(super) fn dimension(
        &mut self,
        expr: &Expr,
        instance: &Instance,
        dims: &HashMap<String, Size>,
    ) -> Result<Size> {
        if let Some(size) = symbolic(expr, dims, &instance.consts, &instance.hypers()) {
            return Ok(size);
        }
        let entry = self.program.entry(&instance.id).expect("an instance names a definition of the closure");
        let hypers = instance.hypers();
        let scope = Scope { program: self.program, entry, consts: &instance.consts, hypers: &hypers };
        match evaluate(expr, &scope) {
            Ok(Static::Int(value)) if value > 0 => Ok(Size::literal(value)),
            Ok(Static::Int(value)) => {
                let place = self.place(Place::of(expr));
                let mut diagnostic =
                    Diagnostic::new(place, format!("a dimension is at least 1, found {value}"));
                diagnostic.is_about_values = !matches!(expr, Expr::Lit(_));
                self.error(diagnostic.help("a tensor without elements has no use in a model"))
            }
            Ok(other) => {
                let span = self.place(Place::of(expr));
                self.error(Diagnostic::new(
                    span,
                    format!("a dimension is a whole number, found {}", other.text()),
                ))
            }
            Err(mut diagnostic) => {
                diagnostic.help = Some(
                    "declare it as a run-time dimension, `<N: Dim>`, as a parameter of the struct, or as a `#[dim]` constant"
                        .to_string(),
                );
                self.error(diagnostic)
            }
        }
    }

    /// Matches what a function is called with against its signature; binds its run-time dimensions and `_`.
    pub(super) fn match_arguments(
        &mut self,
        callee: &messages::Callee<'_>,
        args: &[(Val, Place)],
        span: Span,
    ) -> Result<Matched> {
        let function = callee.function;
        let params = &function.params;
        let num_needed = params.iter().rposition(|param| !param.is_optional).map_or(0, |last| last + 1);
        if args.len() > params.len() || args.len() < num_needed {
            let names: Vec<String> = params.iter().map(|param| param.ident.to_string()).collect();
            return self.error(
                Diagnostic::new(
                    self.place(span),
                    format!(
                        "`{}` takes {}, found {}",
                        callee.name,
                        count(names.len(), "argument", "arguments"),
                        args.len()
                    ),
                )
                .help(format!("pass {}", crate::diagnostics::list_names(names.iter().map(String::as_str)))),
            );
        }
        let args = &self.spread_arguments(callee, args)?;
        let mut values = Vec::new();
        for (arg, (value, span)) in function.args.iter().zip(args) {
            if arg.is_optional && matches!(value, Val::Absent) {
                values.push(None);
                continue;
            }
            let value = self.as_tensor(value.clone(), *span)?;
            let ty = self.builder.ty(value).clone();
            // Called functions are written out, so that whole numbers stay what they are given as.
            let both_whole = ty.element.is_integer() && arg.ty.element.is_integer();
            if ty.element != arg.ty.element && !both_whole {
                let place = self.place(*span);
                let declared = self.declared_input(value);
                let history = self.history(value);
                return self.error(messages::wrong_element(callee, arg, &ty, place, history, declared));
            }
            values.push(Some(value));
        }
        values.resize(function.args.len(), None);
        let dims = self.bind_dims(function, &values);
        let mut rest = None;
        for ((arg, (_, span)), value) in function.args.iter().zip(args).zip(&values) {
            if let Some(value) = *value {
                self.match_shape(callee, arg, value, *span, &dims, &mut rest)?;
            }
        }
        self.check_bounds(callee, &dims, span)?;
        Ok(Matched { dims, rest, values })
    }

    /// The run-time dimensions of a called function: each is what the first argument has that names it alone, so that
    /// an argument before it may have a multiple of it.
    fn bind_dims(&self, function: &Function, values: &[Option<Value>]) -> HashMap<String, Size> {
        let mut dims = HashMap::new();
        let given = function.args.iter().zip(values).filter_map(|(arg, &value)| Some((arg, value?)));
        for (arg, value) in given {
            // From the last axis on, since `_` takes any number of leading ones.
            let shape = &self.builder.ty(value).shape;
            for (dim, found) in arg.ty.dims.iter().rev().zip(shape.iter().rev()) {
                if let DimExpr::Size(Expr::Path(path)) = dim
                    && function.dims.iter().any(|dim| path.path.is_ident(&dim.ident))
                {
                    dims.entry(path_key(&path.path)).or_insert_with(|| found.clone());
                }
            }
        }
        dims
    }

    fn match_shape(
        &mut self,
        callee: &messages::Callee<'_>,
        arg: &Argument,
        value: Value,
        span: Place,
        dims: &HashMap<String, Size>,
        rest: &mut Option<Vec<Size>>,
    ) -> Result<()> {
        let (expected, name) = (&arg.ty, arg.name());
        let name = name.as_str();
        let shape = self.builder.ty(value).shape.clone();
        let has_rest = matches!(expected.dims.first(), Some(DimExpr::Rest(_)));
        let fixed = &expected.dims[usize::from(has_rest)..];
        let place = self.place(span);
        if shape.len() < fixed.len() || (!has_rest && shape.len() != fixed.len()) {
            let history = self.history(value);
            return self.error(messages::wrong_rank(callee, name, expected, &shape, place, history));
        }
        let (leading, trailing) = shape.split_at(shape.len() - fixed.len());
        if has_rest {
            match rest {
                None => *rest = Some(leading.to_vec()),
                Some(known) if known == leading => {}
                Some(known) => {
                    let message = format!(
                        "the leading dimensions of `{name}` of `{}` are {}, but {} in an argument before it",
                        callee.name,
                        shape_text(leading),
                        shape_text(known)
                    );
                    return self.error(
                        Diagnostic::new(place, message)
                            .note("`_` stands for the same dimensions in all arguments")
                            .help("pass tensors that agree in them, or name the dimensions in the signature"),
                    );
                }
            }
        }
        for (axis, (dim, found)) in fixed.iter().zip(trailing).enumerate() {
            let DimExpr::Size(expr) = dim else { continue };
            let expected_size = match callee.instance {
                Some(instance) => self.dimension(expr, instance, dims)?,
                None => self.free_dimension(expr, callee.id, dims)?,
            };
            if expected_size != *found {
                let history = self.history(value);
                let mismatch =
                    messages::Mismatch { axis: leading.len() + axis, expr, expected: &expected_size, found };
                return self.error(messages::wrong_size(callee, name, &mismatch, &shape, place, history));
            }
        }
        Ok(())
    }

    /// A dimension in the signature of a free function.
    pub(super) fn free_dimension(
        &mut self,
        expr: &Expr,
        id: &str,
        dims: &HashMap<String, Size>,
    ) -> Result<Size> {
        let empty = HashMap::new();
        if let Some(size) = symbolic(expr, dims, &empty, &HashMap::new()) {
            return Ok(size);
        }
        let entry = self.program.entry(id).expect("a function names a definition of the closure");
        let hypers = HashMap::new();
        match evaluate(expr, &Scope { program: self.program, entry, consts: &empty, hypers: &hypers }) {
            Ok(Static::Int(value)) => Ok(Size::literal(value)),
            Ok(other) => self.error(Diagnostic::new(
                expr.span(),
                format!("a dimension is a whole number, found {}", other.text()),
            )),
            Err(diagnostic) => self.error(diagnostic),
        }
    }

    fn check_bounds(
        &mut self,
        callee: &messages::Callee<'_>,
        dims: &HashMap<String, Size>,
        span: Span,
    ) -> Result<()> {
        for dim in &callee.function.dims {
            let name = dim.ident.to_string();
            let Some(size) = dims.get(&name).and_then(Size::as_literal) else { continue };
            for bound in &dim.bounds {
                let (expr, holds): (&Expr, fn(i64, i64) -> bool) = match bound {
                    DimBound::AtMost(expr) => (expr, |size, bound| size <= bound),
                    DimBound::MultipleOf(expr) => (expr, |size, bound| size % bound == 0),
                };
                let bound_size = match callee.instance {
                    Some(instance) => self.dimension(expr, instance, dims)?,
                    None => self.free_dimension(expr, callee.id, dims)?,
                };
                if bound_size.as_literal().is_some_and(|bound| !holds(size, bound.max(1))) {
                    let what = if matches!(bound, DimBound::AtMost(_)) { "at most" } else { "a multiple of" };
                    let message =
                        format!("`{}` takes `{name}` {what} {bound_size}, found {size}", callee.name);
                    let place = self.place(span);
                    let bounds = if matches!(bound, DimBound::AtMost(_)) { "AtMost" } else { "MultipleOf" };
                    return self.error(
                        Diagnostic::new(place, message)
                            .note(format!("it declares `{name}: Dim + {bounds}<{}>`", source_text(expr)))
                            .help(format!("pass a smaller `{name}`, or give `{}` another size", callee.name)),
                    );
                }
            }
        }
        Ok(())
    }

    /// What a body returned, if it is what the signature declares.
    pub(super) fn check_results(&mut self, function: &Function, value: Val) -> Result<Vec<Value>> {
        let span = match function.body.stmts.last() {
            Some(last) => Place::of(last),
            None => function.ident.span().into(),
        };
        let values = match (function.returns_tuple, value) {
            (true, Val::List(values)) => values,
            (true, _) => {
                let place = self.place(span);
                let message = format!(
                    "`{}` is declared to return {} tensors, found one value",
                    function.ident,
                    function.returned.len()
                );
                return self.error(Diagnostic::new(place, message).help("end with a tuple, `(a, b)`"));
            }
            (false, value) => vec![value],
        };
        if values.len() != function.returned.len() {
            let place = self.place(span);
            return self.error(
                Diagnostic::new(
                    place,
                    format!(
                        "`{}` is declared to return {} tensors, found {}",
                        function.ident,
                        function.returned.len(),
                        values.len()
                    ),
                )
                .help("list as many types in the signature as values in the last expression"),
            );
        }
        let mut tensors = Vec::new();
        for (value, declared) in values.into_iter().zip(&function.returned) {
            if matches!(value, Val::Unit) {
                let message = format!("`{}` ends without a value", function.ident);
                return self.error(
                    Diagnostic::new(function.ident.span(), message)
                        .help("write what it returns as its last expression, without a semicolon"),
                );
            }
            let what = format!("the result of `{}`", function.ident);
            self.spread(declared, value, span, &what, false, &mut tensors)?;
        }
        let mut results = Vec::new();
        let fields = function.returned.iter().flat_map(Annotation::leaves).map(|leaf| leaf.path);
        for ((value, declared), field) in tensors.into_iter().zip(&function.results).zip(fields) {
            let value = self.as_tensor(value, span)?;
            self.check_result(function, value, declared, &field, span)?;
            results.push(value);
        }
        Ok(results)
    }

    fn check_result(
        &mut self,
        function: &Function,
        value: Value,
        declared: &TensorAnnotation,
        field: &str,
        span: Place,
    ) -> Result<()> {
        let frame = self.frame_ref();
        let (instance, dims, rest) = (frame.instance.clone(), frame.dims.clone(), frame.rest.clone());
        let id = frame.id.clone();
        let mut expected = Vec::new();
        for dim in &declared.dims {
            match dim {
                DimExpr::Rest(_) => expected.extend(rest.clone().unwrap_or_default()),
                DimExpr::Size(expr) => expected.push(match &instance {
                    Some(instance) => self.dimension(expr, instance, &dims)?,
                    None => self.free_dimension(expr, &id, &dims)?,
                }),
            }
        }
        let ty = self.builder.ty(value).clone();
        if declared.inferred || (ty.shape == expected && ty.element == declared.element) {
            return Ok(());
        }
        let declared_type = TensorType { element: declared.element, shape: expected };
        let place = self.place(span);
        let mut diagnostic = Diagnostic::new(
            place,
            format!("`{}` is declared to return {declared_type}, but its value is {ty}", function.ident),
        );
        if !field.is_empty() {
            diagnostic = diagnostic.note(format!("this is the field `{}`", field.trim_start_matches('.')));
        }
        diagnostic.notes.extend(self.history(value));
        let (wanted, found) = (declared.element, ty.element);
        if wanted != found && wanted != ElementType::Bool && ty.shape == declared_type.shape {
            diagnostic = diagnostic.help(format!("cast the last expression: `as {}`", wanted.name()));
        } else if wanted == ElementType::Real && found == ElementType::Real && field.is_empty() {
            let dims: Vec<String> = ty.shape.iter().map(messages::dim_text).collect();
            let text =
                if dims.is_empty() { "Tensor".to_string() } else { format!("Tensor<{}>", dims.join(", ")) };
            diagnostic = diagnostic.help(format!("declare `-> {text}`, or change the last expression"));
        }
        self.error(diagnostic)
    }
}
