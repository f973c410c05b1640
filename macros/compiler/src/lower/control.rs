//! Statements, loops and conditions.

use super::{Loop, LoopTensors, Lowering, Result, Val, Variable, messages};
use crate::diagnostics::{Diagnostic, Place, Reported, count};
use crate::graph::{Size, TensorType, Value};
use crate::ops::repeat::Repeat;
use crate::program::Instance;
use std::collections::HashMap;
use std::rc::Rc;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Expr, ExprForLoop, ExprIf, Pat, Stmt};

/// Iterations of all loops over ranges in a function: each is compiled, so that many take long.
const MAX_UNROLLED: usize = 16_384;

impl Lowering<'_> {
    /// A block; its value is that of its last expression. Statements after a mistake are still checked.
    pub(super) fn block(&mut self, block: &syn::Block) -> Result<Val> {
        self.frame().scopes.push(HashMap::new());
        let mut value = Ok(Val::Unit);
        for (index, statement) in block.stmts.iter().enumerate() {
            let last = index + 1 == block.stmts.len();
            let result = self.statement(statement);
            value = match (value, result) {
                (Err(reported), _) | (_, Err(reported)) => Err(reported),
                (Ok(_), Ok(result)) => Ok(if last { result } else { Val::Unit }),
            };
        }
        self.frame().scopes.pop();
        value
    }

    fn statement(&mut self, statement: &Stmt) -> Result<Val> {
        match statement {
            Stmt::Local(local) => self.local(local),
            Stmt::Expr(Expr::Assign(assign), _) => {
                let value = self.expression(&assign.right);
                self.assign(&assign.left, value)
            }
            Stmt::Expr(Expr::Binary(binary), _) if is_compound(&binary.op) => {
                let value = self.compound(binary);
                self.assign(&binary.left, value)
            }
            Stmt::Expr(Expr::ForLoop(for_loop), _) => self.for_loop(for_loop),
            Stmt::Expr(Expr::If(condition), _) => self.if_expression(condition),
            Stmt::Expr(expr, None) => self.expression(expr),
            Stmt::Expr(expr, Some(_)) => match self.expression(expr)? {
                Val::Unit => Ok(Val::Unit),
                _ => {
                    let place = self.place(Place::of(expr));
                    self.error(
                        Diagnostic::new(place, "this value is not used")
                            .help("assign it with `let`, or leave the semicolon out if it is the result"),
                    )
                }
            },
            Stmt::Item(item) => self.item(item),
            Stmt::Macro(invocation) => self.error(
                Diagnostic::new(Place::of(invocation), "a macro cannot be used in a function of a model")
                    .help("macros in a body are not expanded before `#[model]`; write the code out"),
            ),
        }
    }

    fn item(&mut self, item: &syn::Item) -> Result<Val> {
        let diagnostic = Diagnostic::new(Place::of(item), "items cannot stand in a function of a model");
        let diagnostic = match item {
            syn::Item::Const(item) => {
                // Uses of it are no further mistakes.
                let scope = self.frame().scopes.last_mut().expect("a body has a scope");
                scope.insert(item.ident.to_string(), Variable { value: None, mutable: false });
                diagnostic.help("write `let` in small letters, or `#[dim] const` beside the model")
            }
            syn::Item::Fn(_) => diagnostic.help("write it beside the model, under `#[function]`"),
            _ => diagnostic.help("put it beside the model"),
        };
        self.error(diagnostic)
    }

    fn local(&mut self, local: &syn::Local) -> Result<Val> {
        let Some(init) = &local.init else {
            self.bind_mistake(&local.pat);
            return self.error(
                Diagnostic::new(Place::of(local), "a variable starts with a value")
                    .help("declare it where it gets its value; `if` and blocks are expressions: `let y = if … { … } else { … };`"),
            );
        };
        if let Some((_, diverge)) = &init.diverge {
            self.bind_mistake(&local.pat);
            return self.error(
                Diagnostic::new(diverge.span(), "`let … else` cannot be used in a function of a model")
                    .help("use `if let Some(bias) = self.bias { … }`"),
            );
        }
        let value = self.expression(&init.expr);
        self.bind(&local.pat, value.clone().ok())?;
        value.map(|_| Val::Unit)
    }

    /// Binds a pattern. `None` stands for a mistake.
    fn bind(&mut self, pattern: &Pat, value: Option<Val>) -> Result<()> {
        match pattern {
            Pat::Ident(ident) if ident.subpat.is_none() => {
                let name = ident.ident.to_string();
                if let Some(Val::Tensor(value)) = &value {
                    // A person calls the value by the variable's name.
                    let origin = &mut self.builder.values[value.index()].origin;
                    if origin.scope.as_ref()
                        == self.frames.last().and_then(|f| f.instance.as_ref()).map_or("", |i| &i.path)
                    {
                        origin.span = self
                            .frames
                            .last()
                            .and_then(|frame| frame.caller)
                            .map_or(origin.span, |caller| caller.start);
                    }
                }
                let variable = Variable { value, mutable: ident.mutability.is_some() };
                let scope = self.frame().scopes.last_mut().expect("a body has a scope");
                scope.insert(name, variable);
                Ok(())
            }
            Pat::Wild(_) => Ok(()),
            Pat::Type(typed) => {
                let _ = self.bind(&typed.pat, value);
                self.error(
                    Diagnostic::new(Place::of(&typed.ty), "variables of a model have no declared type")
                        .help("types are inferred; leave it out"),
                )
            }
            Pat::Paren(inner) => self.bind(&inner.pat, value),
            Pat::Tuple(tuple) => self.bind_list(tuple.elems.iter().collect(), pattern, value),
            Pat::Slice(slice) => self.bind_list(slice.elems.iter().collect(), pattern, value),
            other => self.error(
                Diagnostic::new(Place::of(other), "this pattern cannot be used in a function of a model")
                    .help("bind names, tuples `(a, b)` or lists `[a, b]`"),
            ),
        }
    }

    /// Binds the names of a pattern without values: uses of them are no further mistakes.
    fn bind_mistake(&mut self, pattern: &Pat) {
        struct Names(Vec<String>);
        impl<'ast> Visit<'ast> for Names {
            fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
                self.0.push(pattern.ident.to_string());
            }
        }
        let mut names = Names(Vec::new());
        names.visit_pat(pattern);
        let scope = self.frame().scopes.last_mut().expect("a body has a scope");
        scope.extend(names.0.into_iter().map(|name| (name, Variable { value: None, mutable: true })));
    }

    fn bind_list(&mut self, patterns: Vec<&Pat>, whole: &Pat, value: Option<Val>) -> Result<()> {
        let items = match value {
            None => vec![None; patterns.len()],
            Some(Val::List(items)) if items.len() == patterns.len() => items.into_iter().map(Some).collect(),
            Some(Val::List(items)) => {
                self.bind_mistake(whole);
                let message = format!(
                    "{} for {}",
                    count(patterns.len(), "name", "names"),
                    count(items.len(), "value", "values")
                );
                return self.error(Diagnostic::new(Place::of(whole), message));
            }
            Some(other) => {
                self.bind_mistake(whole);
                let message = format!("{} names for {}", patterns.len(), messages::kind_of(&other));
                return self.error(Diagnostic::new(Place::of(whole), message));
            }
        };
        for (pattern, item) in patterns.into_iter().zip(items) {
            self.bind(pattern, item)?;
        }
        Ok(())
    }

    fn assign(&mut self, target: &Expr, value: Result<Val>) -> Result<Val> {
        let name = match target {
            Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        };
        let place = self.place(Place::of(target));
        let Some(name) = name else {
            let help = match target {
                Expr::Field(_) => {
                    "parameters change in `optimizer.step`, buffers through `self.buffer.update(value)`"
                }
                _ => "build a new tensor with `concat` or `select`",
            };
            return self.error(Diagnostic::new(place, "only variables can be assigned to").help(help));
        };
        let variable = self.frame().scopes.iter_mut().rev().find_map(|scope| scope.get_mut(&name));
        match variable {
            // One without a value stands for a mistake that was already reported.
            Some(variable) if variable.mutable || variable.value.is_none() => {
                variable.value = value.clone().ok();
                value.map(|_| Val::Unit)
            }
            Some(_) => self.error(
                Diagnostic::new(place, format!("`{name}` is assigned to but not mutable"))
                    .help(format!("declare it `let mut {name}`")),
            ),
            None if value.is_err() => Err(Reported),
            None => {
                let help = format!("declare it with `let mut {name} = …;`");
                let diagnostic = Diagnostic::new(place, format!("unknown variable `{name}`")).help(help);
                // Where it is used, the mistake is the same.
                let scope = self.frame().scopes.last_mut().expect("a body has a scope");
                scope.insert(name, Variable { value: None, mutable: true });
                self.error(diagnostic)
            }
        }
    }

    pub(super) fn if_expression(&mut self, condition: &ExprIf) -> Result<Val> {
        if let Expr::Let(binding) = &*condition.cond {
            return self.if_let(condition, binding);
        }
        let chosen = match self.expression(&condition.cond)? {
            Val::Bool(chosen) => chosen,
            Val::Tensor(_) => {
                let place = self.place(Place::of(&condition.cond));
                return self.error(
                    Diagnostic::new(
                        place,
                        "`if` decides at compile time: on hyper-parameters, sizes and `training()`",
                    )
                    .help("to choose by the value of a tensor, write `select(condition, x, y)`"),
                );
            }
            other => {
                let place = self.place(Place::of(&condition.cond));
                let message = format!("expected a condition, found {}", messages::kind_of(&other));
                return self
                    .error(Diagnostic::new(place, message).help(
                        "compare it, for instance `self.padding > 0`, or use a `bool` hyper-parameter",
                    ));
            }
        };
        match (chosen, &condition.else_branch) {
            (true, _) => self.block(&condition.then_branch),
            (false, Some((_, otherwise))) => self.expression(otherwise),
            (false, None) => Ok(Val::Unit),
        }
    }

    /// `if let Some(bias) = self.bias { … }`.
    fn if_let(&mut self, condition: &ExprIf, binding: &syn::ExprLet) -> Result<Val> {
        let inner = match &*binding.pat {
            Pat::TupleStruct(pattern) if pattern.path.is_ident("Some") && pattern.elems.len() == 1 => {
                &pattern.elems[0]
            }
            other => {
                return self.error(
                    Diagnostic::new(Place::of(other), "expected `Some(name)`")
                        .help("write `if let Some(bias) = self.bias { … }`"),
                );
            }
        };
        match self.expression(&binding.expr)? {
            Val::Present(value) => {
                self.frame().scopes.push(HashMap::new());
                let result = self.bind(inner, Some(*value)).and_then(|()| self.block(&condition.then_branch));
                self.frame().scopes.pop();
                result
            }
            Val::Absent => match &condition.else_branch {
                Some((_, otherwise)) => self.expression(otherwise),
                None => Ok(Val::Unit),
            },
            other => {
                let place = self.place(Place::of(&binding.expr));
                let message = format!("expected an `Option` field, found {}", messages::kind_of(&other));
                self.error(
                    Diagnostic::new(place, message).help(
                        "declare the field `Option<…>`, or use it without `if let`: it is always there",
                    ),
                )
            }
        }
    }

    fn for_loop(&mut self, for_loop: &ExprForLoop) -> Result<Val> {
        let elements = match self.expression(&for_loop.expr)? {
            Val::Stack(elements) => elements,
            Val::Range(Some(start), Some(end)) => return self.for_range(for_loop, &start, &end),
            other => {
                let place = self.place(Place::of(&for_loop.expr));
                let message =
                    format!("a loop runs over a stack of layers, found {}", messages::kind_of(&other));
                return self.error(Diagnostic::new(place, message).help(match other {
                    Val::Tensor(_) => "operations work on whole tensors; `x[0]` is one row",
                    _ => "declare a stack, `blocks: [Block; 6]`, and write `for block in &self.blocks { x = block(x); }`",
                }));
            }
        };
        let carried = self.carried_variables(for_loop)?;
        let alike = elements.windows(2).all(|pair| pair[0].is_alike(&pair[1]));
        if !alike || elements.len() < 2 {
            // Settings that differ between elements make different code: written out.
            for element in elements {
                self.iteration(for_loop, Val::Model(element))?;
            }
            return Ok(Val::Unit);
        }
        self.repeat(for_loop, &elements, &carried)
    }

    /// `for i in 0..3`: written out, with `i` known at compile time.
    fn for_range(&mut self, for_loop: &ExprForLoop, start: &Size, end: &Size) -> Result<Val> {
        let (Some(start), Some(end)) = (start.as_literal(), end.as_literal()) else {
            let place = self.place(Place::of(&for_loop.expr));
            return self.error(
                Diagnostic::new(place, "a loop over a range needs bounds known at compile time")
                    .help("loop over a stack of layers, or express the computation with operations on whole tensors"),
            );
        };
        self.carried_variables(for_loop)?;
        self.num_unrolled = self.num_unrolled.saturating_add(end.saturating_sub(start).max(0) as usize);
        if self.num_unrolled > MAX_UNROLLED {
            let place = self.place(Place::of(&for_loop.expr));
            let message = format!(
                "loops over ranges are written out, {MAX_UNROLLED} iterations at most, but with {start}..{end} they \
                 are {}",
                self.num_unrolled
            );
            return self.error(Diagnostic::new(place, message).help(
                "loop over a stack of layers, or express the computation with operations on whole tensors",
            ));
        }
        for index in start..end {
            self.iteration(for_loop, Val::Size(Size::literal(index)))?;
        }
        Ok(Val::Unit)
    }

    fn iteration(&mut self, for_loop: &ExprForLoop, element: Val) -> Result<()> {
        self.frame().scopes.push(HashMap::new());
        let result = self.bind(&for_loop.pat, Some(element)).and_then(|()| self.block(&for_loop.body));
        self.frame().scopes.pop();
        result.map(|_| ())
    }

    /// Variables from outside that the body assigns to, in order of appearance.
    fn carried_variables(&mut self, for_loop: &ExprForLoop) -> Result<Vec<String>> {
        let mut assigned = Assigned::default();
        assigned.visit_block(&for_loop.body);
        let is_outer = |name: &String| self.frame_ref().scopes.iter().any(|scope| scope.contains_key(name));
        let carried: Vec<String> = assigned.targets.iter().filter(|name| is_outer(name)).cloned().collect();
        let shadowing = assigned.declared.iter().find(|(name, _)| is_outer(name));
        let updates = assigned.updates;
        if carried.is_empty() && !updates {
            let diagnostic = match shadowing {
                Some((name, span)) => Diagnostic::new(
                    *span,
                    format!(
                        "this `let {name}` is a new variable in each iteration, so the loop changes nothing"
                    ),
                )
                .help(format!("declare `let mut {name}` before the loop and write `{name} = …` in it")),
                None => Diagnostic::new(for_loop.for_token.span, "this loop changes nothing")
                    .help("assign to a variable declared with `let mut` before it"),
            };
            return self.error(diagnostic);
        }
        Ok(carried)
    }

    /// One loop for all elements.
    fn repeat(
        &mut self,
        for_loop: &ExprForLoop,
        elements: &[Rc<Instance>],
        carried: &[String],
    ) -> Result<Val> {
        let mut initial: Vec<Value> = Vec::new();
        for name in carried {
            let value = self
                .frame_ref()
                .scopes
                .iter()
                .rev()
                .find_map(|scope| scope.get(name))
                .and_then(|v| v.value.clone());
            let value = value.ok_or(Reported)?;
            initial.push(self.as_tensor(value, for_loop.for_token.span)?);
        }
        self.set_origin(for_loop.for_token.span, "for");
        let origin = self.builder.origin.clone();
        self.builder.open_block();
        let step = elements[1].tensors.start - elements[0].tensors.start;
        self.loops.push(Loop {
            tensors: elements[0].tensors.clone(),
            count: elements.len(),
            step,
            known: LoopTensors::default(),
            stacks: Vec::new(),
        });
        for (name, &value) in carried.iter().zip(&initial) {
            let ty = self.builder.ty(value).clone();
            let param = self.builder.block_param(ty);
            self.set_variable(name, Some(Val::Tensor(param)));
        }
        let lowered = self.iteration(for_loop, Val::Model(elements[0].clone()));
        let results = lowered.and_then(|()| self.carried_results(for_loop, carried, &initial));
        let finished = self.loops.pop().expect("this loop was pushed above");
        let updates = finished.known.updates;
        let mut all_results = results.clone().unwrap_or_default();
        all_results.extend(updates.iter().map(|(_, value)| *value));
        let body = self.builder.close_block(all_results);
        results?;

        let mut outputs: Vec<TensorType> =
            initial.iter().map(|&value| self.builder.ty(value).clone()).collect();
        for (_, value) in &updates {
            let mut ty = self.builder.ty(*value).clone();
            ty.shape.insert(0, Size::literal(elements.len() as i64));
            outputs.push(ty);
        }
        let inputs: Vec<Value> = initial.iter().chain(&finished.stacks).copied().collect();
        let op = Repeat {
            count: elements.len(),
            reverse: false,
            body,
            num_carried: carried.len(),
            num_stacked: updates.len(),
            num_sums: 0,
            outputs,
        };
        self.builder.origin = origin;
        let outputs =
            self.builder.try_add(op.into(), &inputs).expect("the loop's operands match its parameters");
        for (name, &value) in carried.iter().zip(&outputs) {
            self.set_variable(name, Some(Val::Tensor(value)));
        }
        for ((mut state, _), &value) in updates.into_iter().zip(&outputs[carried.len()..]) {
            state.stacks.insert(0, (elements.len(), step));
            self.record_update(state, value);
        }
        Ok(Val::Unit)
    }

    /// What the body leaves in the carried variables: tensors of the same types.
    fn carried_results(
        &mut self,
        for_loop: &ExprForLoop,
        carried: &[String],
        initial: &[Value],
    ) -> Result<Vec<Value>> {
        let mut results = Vec::new();
        for (name, &before) in carried.iter().zip(initial) {
            let value = self
                .frame_ref()
                .scopes
                .iter()
                .rev()
                .find_map(|scope| scope.get(name))
                .and_then(|v| v.value.clone());
            let value = value.ok_or(Reported)?;
            let after = self.as_tensor(value, for_loop.for_token.span)?;
            let (from, to) = (self.builder.ty(before).clone(), self.builder.ty(after).clone());
            if from != to {
                let place = self.place(for_loop.pat.span());
                let history = self.history(after);
                let mut diagnostic = Diagnostic::new(
                    place,
                    format!(
                        "the loop changes `{name}` from {from} to {to}, but every iteration starts with the same shape"
                    ),
                );
                diagnostic.notes.extend(history);
                return self.error(
                    diagnostic.help(
                        "make the layers of the stack keep the shape, or write the calls out one by one",
                    ),
                );
            }
            results.push(after);
        }
        Ok(results)
    }

    fn set_variable(&mut self, name: &str, value: Option<Val>) {
        if let Some(variable) = self.frame().scopes.iter_mut().rev().find_map(|scope| scope.get_mut(name)) {
            variable.value = value;
        }
    }
}

fn is_compound(op: &syn::BinOp) -> bool {
    use syn::BinOp::{
        AddAssign, BitAndAssign, BitOrAssign, BitXorAssign, DivAssign, MulAssign, RemAssign, SubAssign,
    };
    let is_logical = matches!(op, BitAndAssign(_) | BitOrAssign(_) | BitXorAssign(_));
    is_logical || matches!(op, AddAssign(_) | SubAssign(_) | MulAssign(_) | DivAssign(_) | RemAssign(_))
}

/// What a loop's body assigns to and declares.
#[derive(Default)]
struct Assigned {
    targets: Vec<String>,
    declared: Vec<(String, proc_macro2::Span)>,
    /// Whether buffers are updated or layers may do it.
    updates: bool,
}

impl Assigned {
    fn target(&mut self, expr: &Expr) {
        if let Expr::Path(path) = expr
            && let Some(ident) = path.path.get_ident()
        {
            let name = ident.to_string();
            if !self.targets.contains(&name) {
                self.targets.push(name);
            }
        }
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
        if let Pat::Ident(ident) = &local.pat {
            self.declared.push((ident.ident.to_string(), ident.ident.span()));
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.updates |= call.method == "update";
        syn::visit::visit_expr_method_call(self, call);
    }
}
