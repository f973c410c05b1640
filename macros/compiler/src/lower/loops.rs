//! Loops: over stacks of layers, over ranges, and over the rows of a tensor.
//!
//! A loop is one node with a block inside, compiled once; short ranges known at compile time are written out.

use super::branches::Choice;
use super::regions::Assigned;
use super::repeat::{Element, Iterations, LoopSyntax, with_number};
use super::{Loop, Lowering, Result, Val, messages};
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::{Size, Value};
use crate::program::Instance;
use proc_macro2::Span;
use std::collections::HashMap;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Expr, ExprForLoop, ExprWhile, Pat};

/// Iterations of all loops over ranges in a function that are written out: each is compiled, so that many take long.
const MAX_UNROLLED: usize = 16_384;

/// Iterations of a loop: more take days, and their number times the size of what is kept must be a number.
const MAX_ITERATIONS: i64 = 1 << 20;

/// Ranges of so many iterations are written out: their operations fuse, and their index is a number like any other.
const SHORT_RANGE: i64 = 8;

impl Lowering<'_> {
    /// `#[bound(32)] while delta > 1e-3 { … }`: as many iterations as the bound says, of which those after the condition
    /// has become false do nothing.
    pub(super) fn while_loop(&mut self, while_loop: &ExprWhile) -> Result<Val> {
        let span = while_loop.while_token.span;
        let bound = self.bound_of(while_loop)?;
        let carried = self.carried_variables(&while_loop.body, span)?;
        let iterations = Iterations {
            count: Size::literal(bound.unwrap_or(1)),
            is_unbounded: bound.is_none(),
            reverse: false,
            element: Element::Nothing,
        };
        let syntax = LoopSyntax { keyword: "while", span, pattern: span };
        self.repeat(&syntax, iterations, &carried, Loop::over_range(None), &mut |lowering, _| {
            let place = Place::of(&while_loop.cond);
            let condition = lowering.expression(&while_loop.cond)?;
            let Val::Tensor(decides) = condition else {
                let place = lowering.place(place);
                let found = match &condition {
                    Val::Bool(_) => "one that is known at compile time",
                    other => messages::kind_of(other),
                };
                return lowering.error(
                    Diagnostic::new(
                        place,
                        format!("`while` decides by a truth value at run time, found {found}"),
                    )
                    .help("compare a tensor that the loop changes: `while delta.norm() > 1e-3 { … }`"),
                );
            };
            let choice = Choice { keyword: "while", span, place, updates: true };
            let block = &mut |lowering: &mut Self| lowering.block(&while_loop.body).map(|_| Val::Unit);
            lowering.decide(&choice, decides, &carried, block, &mut |_| Ok(Val::Unit)).map(|_| ())
        })
    }

    /// The number in `#[bound(32)]`; what is not differentiated needs none.
    fn bound_of(&mut self, while_loop: &ExprWhile) -> Result<Option<i64>> {
        let span = while_loop.while_token.span;
        let Some(attribute) = while_loop.attrs.iter().find(|attribute| attribute.path().is_ident("bound"))
        else {
            if !self.is_differentiated {
                return Ok(None);
            }
            let place = self.place(span);
            return self.error(
                Diagnostic::new(place, "this `while` has no bound")
                    .note("what the backward pass needs of each iteration is kept, so that their number is planned")
                    .help("write the most iterations there can be before it, `#[bound(32)] while …`, or `#[no_grad]` before a function that is never trained"),
            );
        };
        let bound = attribute.parse_args::<Expr>().map(|expr| self.expression(&expr));
        match bound {
            Ok(Ok(Val::Size(bound)))
                if bound.as_literal().is_some_and(|bound| (1..=MAX_ITERATIONS).contains(&bound)) =>
            {
                Ok(bound.as_literal())
            }
            Ok(Err(reported)) => Err(reported),
            other => {
                let place = self.place(Place::of(attribute));
                let found = match other {
                    Ok(Ok(Val::Size(bound))) => format!("`{bound}`"),
                    Ok(Ok(other)) => messages::kind_of(&other).to_string(),
                    _ => "nothing".to_string(),
                };
                let message = format!(
                    "a bound is a whole number known at compile time, 1 to {MAX_ITERATIONS}, found {found}"
                );
                self.error(Diagnostic::new(place, message).help("write `#[bound(32)]`"))
            }
        }
    }

    pub(super) fn for_loop(&mut self, for_loop: &ExprForLoop) -> Result<Val> {
        let Iterable { expr, reverse, numbered } = iterable(&for_loop.expr);
        let mut elements = match self.expression(expr)? {
            Val::Stack(elements) => elements,
            Val::Range(Some(start), Some(end)) if !numbered => {
                return self.for_range(for_loop, &start, &end, reverse);
            }
            Val::Tensor(rows) => return self.for_rows(for_loop, rows, reverse, numbered),
            Val::Range(start, end) => {
                let place = self.place(Place::of(&for_loop.expr));
                let (message, help) = if start.is_some() && end.is_some() {
                    ("`enumerate` numbers layers and rows; a range gives its numbers itself", "leave it out")
                } else {
                    ("a loop runs over a range with both ends", "write it `0..T`")
                };
                return self.error(Diagnostic::new(place, message).help(help));
            }
            other => {
                let place = self.place(Place::of(&for_loop.expr));
                let message = format!(
                    "a loop runs over a stack of layers, a range, or the rows of a tensor, found {}",
                    messages::kind_of(&other)
                );
                if let Val::Size(count) = &other {
                    let help = format!("write a range: `0..{}`", super::scan::shown(count));
                    return self.error(Diagnostic::new(place, message).help(help));
                }
                return self.error(Diagnostic::new(place, message).help(
                    "declare a stack, `blocks: [Block; 6]`, and write `for block in &self.blocks { x = block(x); }`",
                ));
            }
        };
        if let Some(first) = elements.first() {
            self.check_free(first, Place::of(&for_loop.expr))?;
        }
        let carried = self.carried_variables(&for_loop.body, for_loop.for_token.span)?;
        let alike = elements.windows(2).all(|pair| pair[0].is_alike(&pair[1]));
        if !alike || elements.len() < 2 {
            // Settings that differ between elements make different code: written out.
            let mut places: Vec<usize> = (0..elements.len()).collect();
            if reverse {
                elements.reverse();
                places.reverse();
            }
            for (place, element) in places.into_iter().zip(elements) {
                let number = numbered.then(|| Val::Size(Size::literal(place as i64)));
                self.iteration(for_loop, with_number(number, Val::Model(element)))?;
            }
            return Ok(Val::Unit);
        }
        let count = Size::literal(elements.len() as i64);
        let index = numbered.then(|| self.new_index(&for_loop.pat, &0.into(), &count));
        let step = elements[1].tensors.start - elements[0].tensors.start;
        let iterations =
            Iterations { element: Element::Layer(elements[0].clone()), ..Iterations::times(count, reverse) };
        let state = Loop { index, ..Loop::over_stack(&elements[0], elements.len(), step) };
        self.repeat_for(for_loop, iterations, &carried, state)
    }

    /// No loop around this place runs over the layers of which this is the first: in the loop's body the tensors of the
    /// first layer stand for those of the current one.
    pub(super) fn check_free(&mut self, first: &Instance, place: Place) -> Result<()> {
        if first.tensors.is_empty() || self.loops.iter().all(|of| of.tensors != first.tensors) {
            return Ok(());
        }
        let place = self.place(place);
        self.error(
            Diagnostic::new(place, "a loop around this one runs over the same stack of layers")
                .note("in the body of a loop over a stack only the current layer is at hand")
                .help("compute what the other layers give before the loop, or give the inner loop a stack of its own"),
        )
    }

    /// `for t in 0..T`: a scan, unless it is short.
    fn for_range(&mut self, for_loop: &ExprForLoop, start: &Size, end: &Size, reverse: bool) -> Result<Val> {
        let carried = self.carried_variables(&for_loop.body, for_loop.for_token.span)?;
        if self.index_in(start).or(self.index_in(end)).is_some() {
            let place = self.place(Place::of(&for_loop.expr));
            return self.error(
                Diagnostic::new(place, "the range of a loop cannot depend on the index of a loop around it")
                    .note("a loop's body is compiled once, with one number of iterations")
                    .help("run over all places and decide in the body: `for s in 0..T { if s < t { … } }`"),
            );
        }
        let (Some(first), Some(last)) = (start.as_literal(), end.as_literal()) else {
            return self.scan_range(for_loop, start, end, reverse, &carried);
        };
        let count = last.saturating_sub(first).max(0);
        if count > MAX_ITERATIONS {
            let place = self.place(Place::of(&for_loop.expr));
            let message = format!(
                "a loop has {MAX_ITERATIONS} iterations at most, but with {first}..{last} it has {count}"
            );
            return self.error(Diagnostic::new(place, message).help("make the range shorter"));
        }
        if count > SHORT_RANGE {
            // A body that needs the index as a number, or changes the shape of what it carries, is written out.
            let before = self.snapshot();
            let scanned = self.scan_range(for_loop, start, end, reverse, &carried);
            if scanned.is_ok() {
                return scanned;
            }
            self.restore(before);
        }
        self.num_unrolled = self.num_unrolled.saturating_add(count as usize);
        if self.num_unrolled > MAX_UNROLLED {
            let place = self.place(Place::of(&for_loop.expr));
            let message = format!(
                "loops that are written out have {MAX_UNROLLED} iterations at most, but with {first}..{last} they are {}",
                self.num_unrolled
            );
            return self.error(
                Diagnostic::new(place, message)
                    .note("a loop is written out when its body uses the index as a size or changes shapes")
                    .help("use the index to pick places only, `x.at(1, t)`, and keep the shapes of `let mut` variables"),
            );
        }
        for index in 0..count {
            let index = if reverse { last - 1 - index } else { first + index };
            self.iteration(for_loop, Val::Size(Size::literal(index)))?;
        }
        Ok(Val::Unit)
    }

    fn scan_range(
        &mut self,
        for_loop: &ExprForLoop,
        start: &Size,
        end: &Size,
        reverse: bool,
        carried: &[String],
    ) -> Result<Val> {
        let index = self.new_index(&for_loop.pat, start, end);
        let iterations = Iterations {
            element: Element::Index(index.clone()),
            ..Iterations::times(end.sub(start), reverse)
        };
        self.repeat_for(for_loop, iterations, carried, Loop::over_range(Some(index)))
    }

    /// `for x in &sequence`: row by row along the first axis.
    fn for_rows(
        &mut self,
        for_loop: &ExprForLoop,
        rows: Value,
        reverse: bool,
        numbered: bool,
    ) -> Result<Val> {
        let carried = self.carried_variables(&for_loop.body, for_loop.for_token.span)?;
        let Some(count) = self.builder.ty(rows).shape.first().cloned() else {
            let place = self.place(Place::of(&for_loop.expr));
            return self.error(
                Diagnostic::new(place, "a loop runs over the rows of a tensor, but this one is a scalar")
                    .help("loop over a tensor with at least one axis"),
            );
        };
        let index = numbered.then(|| self.new_index(&for_loop.pat, &0.into(), &count));
        let iterations = Iterations { element: Element::Row(rows), ..Iterations::times(count, reverse) };
        self.repeat_for(for_loop, iterations, &carried, Loop::over_range(index))
    }

    fn iteration(&mut self, for_loop: &ExprForLoop, element: Val) -> Result<()> {
        self.frame().scopes.push(HashMap::new());
        let result = self.bind(&for_loop.pat, Some(element)).and_then(|()| self.block(&for_loop.body));
        self.frame().scopes.pop();
        result.map(|_| ())
    }

    /// Variables from outside that the body assigns to, in order of appearance.
    fn carried_variables(&mut self, body: &syn::Block, span: Span) -> Result<Vec<String>> {
        let mut assigned = Assigned::default();
        assigned.visit_block(body);
        let carried = self.outer_variables(&assigned.targets);
        let is_outer = |name: &String| self.frame_ref().scopes.iter().any(|scope| scope.contains_key(name));
        let shadowing = assigned.declared.iter().find(|(name, _)| is_outer(name));
        // A name that is not known is reported where it stands.
        let is_local = |name: &String| assigned.declared.iter().any(|(declared, _)| declared == name);
        let mut changed = assigned.targets.iter().chain(&assigned.pushed);
        let has_effect = assigned.updates || assigned.prints;
        if !changed.any(|name| !is_local(name) || is_outer(name)) && !has_effect {
            let diagnostic = match shadowing {
                Some((name, span)) => Diagnostic::new(
                    *span,
                    format!(
                        "this `let {name}` is a new variable in each iteration, so the loop changes nothing"
                    ),
                )
                .help(format!("declare `let mut {name}` before the loop and write `{name} = …` in it")),
                None => Diagnostic::new(span, "this loop changes nothing")
                    .help("assign to a variable declared with `let mut` before it, or `push` to a list"),
            };
            return self.error(diagnostic);
        }
        Ok(carried)
    }

    fn repeat_for(
        &mut self,
        for_loop: &ExprForLoop,
        iterations: Iterations,
        carried: &[String],
        state: Loop,
    ) -> Result<Val> {
        let syntax =
            LoopSyntax { keyword: "for", span: for_loop.for_token.span, pattern: for_loop.pat.span() };
        let lower = &mut |lowering: &mut Self, element| lowering.iteration(for_loop, element);
        self.repeat(&syntax, iterations, carried, state, lower)
    }
}

/// What a loop runs over, and how.
struct Iterable<'e> {
    expr: &'e Expr,
    reverse: bool,
    /// Whether the pattern is given the place beside the element.
    numbered: bool,
}

/// `(0..T).rev()`, `self.layers.iter().enumerate()`: what is inside, and how it is run over.
fn iterable(expr: &Expr) -> Iterable<'_> {
    match expr {
        Expr::MethodCall(call) if call.args.is_empty() => {
            let inner = iterable(&call.receiver);
            match call.method.to_string().as_str() {
                "iter" => inner,
                "rev" => Iterable { reverse: !inner.reverse, ..inner },
                "enumerate" => Iterable { numbered: true, ..inner },
                _ => Iterable { expr, reverse: false, numbered: false },
            }
        }
        Expr::Paren(paren) if matches!(*paren.expr, Expr::Range(_)) => iterable(&paren.expr),
        expr => Iterable { expr, reverse: false, numbered: false },
    }
}

/// The name that a loop's pattern gives to its index.
pub(super) fn index_name(pattern: &Pat) -> String {
    match pattern {
        Pat::Ident(ident) => ident.ident.to_string(),
        Pat::Tuple(tuple) => tuple.elems.first().map_or_else(|| "index".to_string(), index_name),
        _ => "index".to_string(),
    }
}
