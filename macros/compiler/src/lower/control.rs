//! Statements.

use super::regions::{is_dbg, pattern_names};
use super::{Lowering, Result, Val, Variable, messages};
use crate::diagnostics::{Diagnostic, Place, Reported, count};
use std::collections::HashMap;
use syn::spanned::Spanned;
use syn::{Expr, Pat, Stmt};

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
                let value = self.binary(binary);
                self.assign(&binary.left, value)
            }
            Stmt::Expr(expr @ (Expr::ForLoop(_) | Expr::While(_) | Expr::If(_)), _) => {
                let result = match expr {
                    Expr::ForLoop(for_loop) => self.for_loop(for_loop),
                    Expr::While(while_loop) => self.while_loop(while_loop),
                    other => self.expression(other),
                };
                result.inspect_err(|_| self.forget_changes(expr))
            }
            Stmt::Expr(Expr::MethodCall(call), _) if call.method == "push" => self.push(call),
            Stmt::Expr(Expr::MethodCall(call), Some(_)) if call.method == "reverse" => self.reverse(call),
            Stmt::Expr(Expr::Call(call), Some(_)) if is_dbg(call) => self.dbg(call).map(|_| Val::Unit),
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
                    .help("macros in a body are not expanded before `#[model]`, but for `dbg!`; write the code out"),
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
    pub(super) fn bind(&mut self, pattern: &Pat, value: Option<Val>) -> Result<()> {
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
            Pat::Struct(of) => self.bind_struct(of, value),
            Pat::Slice(slice) => self.bind_list(slice.elems.iter().collect(), pattern, value),
            other => self.error(
                Diagnostic::new(Place::of(other), "this pattern cannot be used in a function of a model")
                    .help("bind names, tuples `(a, b)`, lists `[a, b]` or structs `State { h, c }`"),
            ),
        }
    }

    /// Binds the names of a pattern without values: uses of them are no further mistakes.
    pub(super) fn bind_mistake(&mut self, pattern: &Pat) {
        let names = pattern_names(pattern);
        let scope = self.frame().scopes.last_mut().expect("a body has a scope");
        scope.extend(names.into_iter().map(|(name, _)| (name, Variable { value: None, mutable: true })));
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
        match target {
            Expr::Tuple(tuple) => return self.assign_tuple(tuple, value),
            Expr::Paren(inner) => return self.assign(&inner.expr, value),
            Expr::Field(field) => {
                if let Some(assigned) = self.assign_field(field, value.clone()) {
                    return assigned;
                }
            }
            _ => {}
        }
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
                let scope = self.frame().scopes.first_mut().expect("a body has a scope");
                scope.insert(name, Variable { value: None, mutable: true });
                self.error(diagnostic)
            }
        }
    }

    /// `(h, c) = step(h, c)`.
    fn assign_tuple(&mut self, targets: &syn::ExprTuple, value: Result<Val>) -> Result<Val> {
        let items = match value {
            Ok(Val::List(items)) if items.len() == targets.elems.len() => items.into_iter().map(Ok).collect(),
            Ok(other) => {
                let place = self.place(Place::of(targets));
                let found = match &other {
                    Val::List(items) => count(items.len(), "value", "values"),
                    other => messages::kind_of(other).to_string(),
                };
                let wanted = targets.elems.len();
                let message = format!("{} for {found}", count(wanted, "variable", "variables"));
                return self.error(
                    Diagnostic::new(place, message)
                        .help(format!("write as many variables as values, or a tuple of {wanted}")),
                );
            }
            Err(reported) => vec![Err(reported); targets.elems.len()],
        };
        let mut result = Ok(Val::Unit);
        for (target, item) in targets.elems.iter().zip(items) {
            result = result.and(self.assign(target, item));
        }
        result
    }
}

/// Whether an operator assigns: `+=`.
pub(super) fn is_compound(op: &syn::BinOp) -> bool {
    use syn::BinOp::{
        AddAssign, BitAndAssign, BitOrAssign, BitXorAssign, DivAssign, MulAssign, RemAssign, SubAssign,
    };
    let is_logical = matches!(op, BitAndAssign(_) | BitOrAssign(_) | BitXorAssign(_));
    is_logical || matches!(op, AddAssign(_) | SubAssign(_) | MulAssign(_) | DivAssign(_) | RemAssign(_))
}
