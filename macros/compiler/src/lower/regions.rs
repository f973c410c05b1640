//! What the blocks of loops and conditions have in common: the variables that they hand on.

use super::control::is_compound;
use super::grouping::{leaf_paths, same_make};
use super::repeat::LoopSyntax;
use super::{Lowering, Result, Val, messages};
use crate::diagnostics::{Diagnostic, Place, Reported, source_text};
use crate::graph::{TensorType, Value, shape_text};
use crate::ops::checkpoint::Checkpoint;
use crate::ops::dbg::Dbg;
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Expr, Pat, Stmt};

/// What a block assigns to and declares.
#[derive(Default)]
pub(super) struct Assigned {
    /// Variables that are assigned to.
    pub(super) targets: Vec<String>,
    /// Variables that are declared.
    pub(super) declared: Vec<(String, Span)>,
    /// Lists to which something is pushed.
    pub(super) pushed: Vec<String>,
    /// Whether buffers are updated or layers may do it.
    pub(super) updates: bool,
    /// Whether values are printed.
    pub(super) prints: bool,
}

impl Assigned {
    fn target(&mut self, expr: &Expr) {
        match expr {
            Expr::Tuple(tuple) => tuple.elems.iter().for_each(|target| self.target(target)),
            Expr::Paren(inner) => self.target(&inner.expr),
            // `state.h = …` changes `state`.
            Expr::Field(field) => self.target(&field.base),
            other => {
                if let Some(name) = variable_name(other)
                    && !self.targets.contains(&name)
                {
                    self.targets.push(name);
                }
            }
        }
    }
}

/// The names that a pattern binds.
pub(super) fn pattern_names(pattern: &Pat) -> Vec<(String, Span)> {
    struct Names(Vec<(String, Span)>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.0.push((pattern.ident.to_string(), pattern.ident.span()));
        }
    }
    let mut names = Names(Vec::new());
    names.visit_pat(pattern);
    names.0
}

/// The variable that an expression is.
pub(super) fn variable_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Assigned {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            // Only a statement assigns; inside calls `name = value` names an argument.
            Stmt::Expr(Expr::Assign(assign), _) => self.target(&assign.left),
            Stmt::Expr(Expr::Binary(binary), _) if is_compound(&binary.op) => self.target(&binary.left),
            _ => syn::visit::visit_stmt(self, statement),
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        self.declared.extend(pattern_names(&local.pat));
        syn::visit::visit_local(self, local);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        self.prints |= is_dbg(call);
        syn::visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.updates |= call.method == "update";
        if call.method == "push" {
            self.pushed.extend(variable_name(&call.receiver));
        }
        syn::visit::visit_expr_method_call(self, call);
    }
}

/// Whether a call is `dbg!(…)`.
pub(super) fn is_dbg(call: &syn::ExprCall) -> bool {
    variable_name(&call.func).as_deref() == Some("dbg")
}

impl Lowering<'_> {
    /// `dbg!(h)`: prints it whenever the function runs, and is `h`.
    pub(super) fn dbg(&mut self, call: &syn::ExprCall) -> Result<Val> {
        let span = call.func.span();
        if call.args.is_empty() {
            let place = self.place(span);
            return self.error(Diagnostic::new(place, "`dbg!` takes what it prints").help("write `dbg!(x)`"));
        }
        let at = format!("{}:{}", span.file(), span.start().line);
        let mut values = Vec::new();
        for expr in &call.args {
            let value = self.expression(expr)?;
            let tensors = self.flattened(&value, Place::of(expr))?;
            for (part, tensor) in leaf_paths(&value).into_iter().zip(tensors) {
                let layer = self.frame_ref().instance.as_ref().map_or("", |instance| &instance.path);
                let layer = if layer.is_empty() { String::new() } else { format!("{layer}: ") };
                let text = format!("{layer}{}{part}", source_text(expr));
                self.set_origin(span, "dbg");
                self.builder.add(Dbg { text, place: at.clone() }, &[tensor]);
            }
            values.push(value);
        }
        Ok(if values.len() == 1 { values.remove(0) } else { Val::List(values) })
    }

    /// `checkpoint(self.block(x))`: computed again in the backward pass.
    pub(super) fn checkpoint(&mut self, call: &syn::ExprCall) -> Result<Val> {
        let span = call.func.span();
        let (Some(expr), 1) = (call.args.first(), call.args.len()) else {
            let place = self.place(span);
            return self.error(
                Diagnostic::new(place, "`checkpoint` takes the one expression that is computed again")
                    .help("write `checkpoint(self.block(x))`"),
            );
        };
        if !self.training {
            return self.expression(expr);
        }
        self.checkpoint_around(expr, span)
    }

    /// The expression in a checkpoint.
    pub(super) fn checkpoint_around(&mut self, expr: &Expr, span: Span) -> Result<Val> {
        self.set_origin(span, "checkpoint");
        let origin = self.builder.origin.clone();
        let before = self.updates();
        self.builder.open_block();
        self.num_checkpoints += 1;
        let lowered = self.expression(expr);
        self.num_checkpoints -= 1;
        let results = lowered.and_then(|value| Ok((self.flattened(&value, Place::of(expr))?, value)));
        let updates = self.take_updates(before);
        let results = results.map(|(mut results, value)| {
            results.extend(updates.iter().map(|(_, value)| *value));
            (results, value)
        });
        let body =
            self.builder.close_block(results.as_ref().map(|(values, _)| values.clone()).unwrap_or_default());
        let (results, value) = results?;
        let outputs = results.iter().map(|&value| self.builder.ty(value).clone()).collect();
        self.builder.origin = origin;
        let op = Checkpoint { body, outputs };
        let outputs = self.builder.try_add(op.into(), &[]).expect("a checkpoint takes no operands");
        let mut outputs = outputs.into_iter();
        let value = rebuilt(&value, &mut outputs);
        for ((state, _), new) in updates.into_iter().zip(outputs) {
            self.record_update(state, new);
        }
        Ok(value)
    }

    /// After a mistake in a loop or a decision: what it would have changed has no value, so that uses of it are no
    /// further mistakes.
    pub(super) fn forget_changes(&mut self, expr: &Expr) {
        let mut assigned = Assigned::default();
        assigned.visit_expr(expr);
        for name in assigned.targets.iter().chain(&assigned.pushed) {
            self.forget(name);
        }
    }

    /// Leaves a variable without a value: it stands for a mistake.
    pub(super) fn forget(&mut self, name: &str) {
        if let Some(variable) = self.frame().scopes.iter_mut().rev().find_map(|scope| scope.get_mut(name)) {
            variable.value = None;
        }
    }

    /// What the body leaves in the carried variables: tensors of the same types.
    pub(super) fn carried_results(
        &mut self,
        syntax: &LoopSyntax,
        carried: &[String],
        templates: &[Val],
        initial: &[Value],
    ) -> Result<Vec<Value>> {
        let mut results = Vec::new();
        let mut initial = initial.iter();
        for (name, template) in carried.iter().zip(templates) {
            let after = self.variable(name)?;
            self.check_make(syntax, name, template, &after)?;
            let after = self.flattened(&after, syntax.span.into())?;
            let before: Vec<Value> = initial.by_ref().take(num_tensors(template)).copied().collect();
            if after.len() != before.len() {
                let place = self.place(syntax.pattern);
                let message = format!(
                    "the loop changes `{name}` from {} to {} tensors, but every iteration starts with as many",
                    before.len(),
                    after.len()
                );
                return self.error(
                    Diagnostic::new(place, message)
                        .help("collect with `push` what there is more of each time"),
                );
            }
            let paths = leaf_paths(template);
            for ((&before, &after), path) in before.iter().zip(&after).zip(paths) {
                let (from, to) = (self.builder.ty(before).clone(), self.builder.ty(after).clone());
                if from != to {
                    return self.changed_type(syntax, &format!("{name}{path}"), &from, after);
                }
            }
            results.extend(after);
        }
        Ok(results)
    }

    /// A carried variable stays the struct that it is.
    fn check_make(&mut self, syntax: &LoopSyntax, name: &str, before: &Val, after: &Val) -> Result<()> {
        if same_make(before, after) {
            return Ok(());
        }
        let place = self.place(syntax.pattern);
        let (from, to) = (messages::described(before), messages::described(after));
        let message = format!("the loop changes `{name}` from {from} to {to}");
        self.error(
            Diagnostic::new(place, message).help("every iteration starts with what the one before left"),
        )
    }

    fn changed_type<T>(
        &mut self,
        syntax: &LoopSyntax,
        name: &str,
        from: &TensorType,
        after: Value,
    ) -> Result<T> {
        let (place, to) = (self.place(syntax.pattern), self.builder.ty(after).clone());
        let history = self.history(after);
        let mut diagnostic = Diagnostic::new(
            place,
            format!(
                "the loop changes `{name}` from {from} to {to}, but every iteration starts with the same shape"
            ),
        );
        diagnostic.notes.extend(history);
        let help = if from.rank() == 0 && to.rank() > 0 {
            format!(
                "start with the shape that the loop makes: `let mut {name} = zeros({});`",
                shape_text(&to.shape)
            )
        } else {
            "make the body keep the shape, or write the calls out one by one".to_string()
        };
        self.error(diagnostic.help(help))
    }

    /// Those of the names that are variables here.
    pub(super) fn outer_variables(&self, names: &[String]) -> Vec<String> {
        let is_outer = |name: &&String| self.frame_ref().scopes.iter().any(|scope| scope.contains_key(*name));
        names.iter().filter(is_outer).cloned().collect()
    }

    /// The value of a variable.
    pub(super) fn variable(&self, name: &str) -> Result<Val> {
        let scopes = self.frame_ref().scopes.iter().rev();
        let variable = scopes.flat_map(|scope| scope.get(name)).next();
        variable.and_then(|variable| variable.value.clone()).ok_or(Reported)
    }

    /// The values of variables, and their tensors one after the other.
    pub(super) fn variables(&mut self, names: &[String], span: Span) -> Result<(Vec<Val>, Vec<Value>)> {
        let (mut templates, mut tensors) = (Vec::new(), Vec::new());
        for name in names {
            let value = self.variable(name)?;
            tensors.extend(self.flattened(&value, span.into())?);
            templates.push(value);
        }
        Ok((templates, tensors))
    }

    /// The tensors of a value, tuples and lists item by item.
    pub(super) fn flattened(&mut self, value: &Val, place: Place) -> Result<Vec<Value>> {
        match value {
            Val::List(items) | Val::Struct(_, items) => {
                let mut tensors = Vec::new();
                for item in items {
                    tensors.extend(self.flattened(item, place)?);
                }
                Ok(tensors)
            }
            other => Ok(vec![self.as_tensor(other.clone(), place)?]),
        }
    }

    /// Gives variables, made as `templates` are, new tensors.
    pub(super) fn set_variables(&mut self, names: &[String], templates: &[Val], tensors: &[Value]) {
        let mut tensors = tensors.iter().copied();
        for (name, template) in names.iter().zip(templates) {
            let value = rebuilt(template, &mut tensors);
            self.set_variable(name, value);
        }
    }

    pub(super) fn set_variable(&mut self, name: &str, value: Val) {
        if let Some(variable) = self.frame().scopes.iter_mut().rev().find_map(|scope| scope.get_mut(name)) {
            variable.value = Some(value);
        }
    }
}

/// A value of the same make from other tensors.
pub(super) fn rebuilt(template: &Val, tensors: &mut impl Iterator<Item = Value>) -> Val {
    match template {
        Val::List(items) => Val::List(items.iter().map(|item| rebuilt(item, tensors)).collect()),
        Val::Struct(decl, values) => {
            Val::Struct(decl.clone(), values.iter().map(|value| rebuilt(value, tensors)).collect())
        }
        _ => Val::Tensor(tensors.next().expect("there are as many tensors as the template has")),
    }
}

/// The tensors of a value, tuples and lists item by item; none if it has anything else.
pub(super) fn tensors_in(value: &Val) -> Vec<Value> {
    match value {
        Val::Tensor(value) => vec![*value],
        Val::List(items) | Val::Struct(_, items) if items.iter().all(|item| !tensors_in(item).is_empty()) => {
            items.iter().flat_map(tensors_in).collect()
        }
        _ => Vec::new(),
    }
}

/// Number of tensors in a variable.
pub(super) fn num_tensors(value: &Val) -> usize {
    match value {
        Val::List(items) | Val::Struct(_, items) => items.iter().map(num_tensors).sum(),
        _ => 1,
    }
}
