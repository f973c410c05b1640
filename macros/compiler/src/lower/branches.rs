//! Conditions: decided at compile time, or by a truth value at run time.

use super::grouping::{leaf_paths, same_make};
use super::regions::{Assigned, num_tensors, rebuilt};
use super::{Lowering, Result, Val, messages};
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::{Block, ElementType, StateRef, Value, shape_text};
use crate::ops::if_else::IfElse;
use proc_macro2::Span;
use std::collections::HashMap;
use syn::visit::Visit;
use syn::{Expr, ExprIf, Pat};

/// A decision at run time as the user wrote it.
pub(super) struct Choice {
    /// `if` or `while`.
    pub(super) keyword: &'static str,
    /// Where that stands.
    pub(super) span: Span,
    /// Where the condition stands.
    pub(super) place: Place,
    /// Whether buffers may be updated in it, of which nothing is left outside training.
    pub(super) updates: bool,
}

/// A branch that has been lowered.
struct Branch {
    block: Block,
    /// New values of buffers.
    updates: Vec<(StateRef, Value)>,
    /// What it leaves in the assigned variables, and its value.
    values: Vec<Val>,
    results: Vec<Value>,
}

impl Lowering<'_> {
    pub(super) fn if_expression(&mut self, condition: &ExprIf) -> Result<Val> {
        if let Expr::Let(binding) = &*condition.cond {
            return self.if_let(condition, binding);
        }
        let chosen = match self.expression(&condition.cond)? {
            Val::Bool(chosen) => chosen,
            Val::Tensor(decides) => return self.decide_if(condition, decides),
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

    /// `if x.mean() > 0.0 { … } else { … }`.
    fn decide_if(&mut self, condition: &ExprIf, decides: Value) -> Result<Val> {
        let mut assigned = Assigned::default();
        assigned.visit_expr_if(condition);
        let names = self.outer_variables(&assigned.targets);
        let (span, place) = (condition.if_token.span, Place::of(&condition.cond));
        self.decide(
            &Choice { keyword: "if", span, place, updates: assigned.updates },
            decides,
            &names,
            &mut |lowering| lowering.block(&condition.then_branch),
            &mut |lowering| match &condition.else_branch {
                Some((_, otherwise)) => lowering.expression(otherwise),
                None => Ok(Val::Unit),
            },
        )
    }

    /// Both branches are compiled, one of them runs. `names` are the variables that they assign to.
    pub(super) fn decide(
        &mut self,
        choice: &Choice,
        decides: Value,
        names: &[String],
        then: &mut dyn FnMut(&mut Self) -> Result<Val>,
        otherwise: &mut dyn FnMut(&mut Self) -> Result<Val>,
    ) -> Result<Val> {
        let Choice { keyword, span, place, updates } = *choice;
        let ty = self.builder.ty(decides).clone();
        if ty.element != ElementType::Bool || ty.rank() != 0 {
            let place = self.place(place);
            let (message, help) = if ty.element == ElementType::Bool {
                let shape = shape_text(&ty.shape);
                (
                    format!(
                        "`{keyword}` decides by one truth value, but this condition has the shape {shape}"
                    ),
                    "reduce it with `any()` or `all()`, or choose element by element: `select(condition, x, y)`",
                )
            } else {
                let message = format!("`{keyword}` decides by a truth value, found a tensor of shape {ty}");
                (message, "compare it: `x.mean() > 0.0`")
            };
            return self.error(Diagnostic::new(place, message).help(help));
        }
        let (templates, initial) = self.variables(names, span)?;
        self.set_origin(span, keyword);
        let origin = self.builder.origin.clone();
        self.decisions.push((self.frames.len(), self.frame_ref().scopes.len()));
        let then = self.branch(names, then);
        self.set_variables(names, &templates, &initial);
        let otherwise = self.branch(names, otherwise);
        self.decisions.pop();
        self.set_variables(names, &templates, &initial);
        let (mut then, mut otherwise) = (then?, otherwise?);
        let labels: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        self.check_branches(choice, &labels, &then, &otherwise)?;
        let updated = self.join_updates(&mut then, &mut otherwise);
        let is_unit = then.values.iter().all(|value| matches!(value, Val::Unit));
        let has_effect = then.block.has_effect() || otherwise.block.has_effect() || !updated.is_empty();
        if is_unit && !has_effect && updates {
            return Ok(Val::Unit);
        }
        if is_unit && !has_effect {
            return self.error(
                Diagnostic::new(self.place(span), format!("this `{keyword}` changes nothing"))
                    .help("assign to a variable declared with `let mut` before it, or use its value"),
            );
        }
        let outputs = then.block.results.iter().map(|&value| self.builder.ty(value).clone()).collect();
        let num_values = then.results.len();
        let op = IfElse { branches: [then.block, otherwise.block], outputs };
        self.builder.origin = origin;
        let outputs = self.builder.try_add(op.into(), &[decides]).expect("a condition is one truth value");
        for (state, &new) in updated.into_iter().zip(&outputs[num_values..]) {
            self.record_update(state, new);
        }
        let mut outputs = outputs.into_iter();
        for (name, template) in names.iter().zip(&then.values) {
            let value = rebuilt(template, &mut outputs);
            self.set_variable(name, value);
        }
        match then.values.last().expect("the value of the branch comes last") {
            Val::Unit => Ok(Val::Unit),
            template => Ok(rebuilt(template, &mut outputs)),
        }
    }

    fn branch(
        &mut self,
        names: &[String],
        lower: &mut dyn FnMut(&mut Self) -> Result<Val>,
    ) -> Result<Branch> {
        let before = self.updates();
        self.builder.open_block();
        let value = lower(self);
        let outcome = value.and_then(|value| {
            let mut values = names.iter().map(|name| self.variable(name)).collect::<Result<Vec<Val>>>()?;
            values.push(value);
            let mut results = Vec::new();
            for value in values.iter().filter(|value| !matches!(value, Val::Unit)) {
                results.extend(self.flattened(value, self.builder.origin.span.into())?);
            }
            if results.is_empty() {
                // A node has at least one result, also where the branches only print.
                results.push(self.builder.constant(0.0));
            }
            Ok((values, results))
        });
        let results = outcome.as_ref().map(|(_, results)| results.clone()).unwrap_or_default();
        let updates = self.take_updates(before);
        let block = self.builder.close_block(results);
        outcome.map(|(values, results)| Branch { block, updates, values, results })
    }

    /// Lets both branches hand out every buffer that one of them updates: where a branch leaves it alone, as it is.
    fn join_updates(&mut self, then: &mut Branch, otherwise: &mut Branch) -> Vec<StateRef> {
        let mut updated: Vec<StateRef> = then.updates.iter().map(|(state, _)| state.clone()).collect();
        let of_otherwise = otherwise.updates.iter().map(|(state, _)| state);
        updated.extend(of_otherwise.filter(|&state| !updated.contains(state)).cloned().collect::<Vec<_>>());
        for state in &updated {
            for branch in [&mut *then, &mut *otherwise] {
                let made = branch.updates.iter().find(|(other, _)| other == state);
                let made = made.map(|(_, value)| *value);
                let value = made.unwrap_or_else(|| self.stacked_tensor(state.clone(), self.loops.len()));
                branch.block.results.push(value);
            }
        }
        updated
    }

    /// Both branches leave values of the same types.
    fn check_branches(
        &mut self,
        choice: &Choice,
        labels: &[String],
        then: &Branch,
        otherwise: &Branch,
    ) -> Result<()> {
        let value = "its value".to_string();
        let (mut left, mut right) = (then.results.iter(), otherwise.results.iter());
        let pairs = then.values.iter().zip(&otherwise.values);
        for (label, (a, b)) in labels.iter().chain([&value]).zip(pairs) {
            let (a_is_unit, b_is_unit) = (matches!(a, Val::Unit), matches!(b, Val::Unit));
            if a_is_unit != b_is_unit {
                let place = self.place(choice.span);
                return self.error(
                    Diagnostic::new(place, "one branch of this `if` has a value, the other has none")
                        .help("give both a value, or end both with a semicolon"),
                );
            }
            if a_is_unit {
                continue;
            }
            if !same_make(a, b) {
                let place = self.place(choice.span);
                let (keyword, a, b) = (choice.keyword, messages::described(a), messages::described(b));
                let message = if *label == value {
                    format!("the branches of this `{keyword}` give {a} and {b}")
                } else {
                    format!("the branches of this `{keyword}` leave {a} and {b} in {label}")
                };
                return self.error(
                    Diagnostic::new(place, message).help("make both the same struct; only one of them runs"),
                );
            }
            let paths = leaf_paths(a);
            let (a, b) = (num_tensors(a), num_tensors(b));
            if a != b {
                let place = self.place(choice.span);
                let keyword = choice.keyword;
                let message =
                    format!("the branches of this `{keyword}` leave {a} and {b} tensors in {label}");
                return self.error(Diagnostic::new(place, message).help("make them leave as many"));
            }
            let pairs = left.by_ref().take(a).zip(right.by_ref().take(b));
            for ((&a, &b), path) in pairs.zip(paths) {
                let (from, to) = (self.builder.ty(a).clone(), self.builder.ty(b).clone());
                if from == to {
                    continue;
                }
                let place = self.place(choice.span);
                let label = &match label.strip_suffix('`') {
                    Some(open) => format!("{open}{path}`"),
                    None => label.clone(),
                };
                let (message, help) = if choice.keyword == "while" {
                    // Its other branch leaves the variable as it is.
                    let message = format!(
                        "the loop changes {label} from {to} to {from}, but every iteration starts with the same shape"
                    );
                    (message, "make the body keep the shape")
                } else if *label == value {
                    let message = format!("the branches of this `if` give {from} and {to}");
                    (message, "make both of the same shape; only one of them runs")
                } else {
                    let message = format!("the branches of this `if` leave {from} and {to} in {label}");
                    (message, "make both of the same shape; only one of them runs")
                };
                let mut diagnostic = Diagnostic::new(place, message);
                if *label == value && !path.is_empty() {
                    diagnostic = diagnostic.note(format!("this is `{}` of it", path.trim_start_matches('.')));
                }
                diagnostic.notes.extend(self.history(a));
                diagnostic.notes.extend(self.history(b));
                return self.error(diagnostic.help(help));
            }
        }
        Ok(())
    }
}
