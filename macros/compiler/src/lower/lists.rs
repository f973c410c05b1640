//! Lists in variables, which loops fill: `push`, `reverse`, and what `stack` and `concat` make of them.

use super::regions::variable_name;
use super::{Loop, Lowering, Result, Val, Variable, messages};
use crate::diagnostics::{Diagnostic, Place, Reported};
use crate::graph::{Size, shape_text};
use crate::ops::flip::Flip;
use proc_macro2::{Ident, Span};
use syn::ExprMethodCall;

impl Lowering<'_> {
    /// `list.push(x)` as a statement.
    pub(super) fn push(&mut self, call: &ExprMethodCall) -> Result<Val> {
        let pushed = self.push_value(call);
        pushed.inspect_err(|_| {
            if let Some(name) = variable_name(&call.receiver) {
                self.forget(&name);
            }
        })
    }

    fn push_value(&mut self, call: &ExprMethodCall) -> Result<Val> {
        let place = self.place(Place::of(&call.receiver));
        let Some(name) = variable_name(&call.receiver) else {
            return self.error(
                Diagnostic::new(place, "`push` adds to a variable")
                    .help("declare it `let mut list = Vec::new();`"),
            );
        };
        let value = call.args.first().map(|arg| self.expression(arg)).transpose()?;
        let (Some(value), 1) = (value, call.args.len()) else {
            let place = self.place(call.method.span());
            return self.error(Diagnostic::new(place, "`push` takes one value"));
        };
        let scopes = self.frame_ref().scopes.iter();
        let Some(depth) = scopes.clone().rposition(|scope| scope.contains_key(&name)) else {
            return self.error(
                Diagnostic::new(place, format!("unknown variable `{name}`"))
                    .help(format!("declare it with `let mut {name} = Vec::new();`")),
            );
        };
        // Lists from outside the loop are filled by it.
        let (frames, loops) = (self.frames.len(), self.loops.len());
        let fills = |of: &Loop| of.frames == frames && depth < of.scopes;
        let decided = |&(of, outside): &(usize, usize)| of == frames && depth < outside;
        if !self.loops.iter().any(fills) && self.decisions.iter().any(decided) {
            let place = self.place(call.method.span());
            return self.error(
                Diagnostic::new(place, format!("`{name}` is not pushed to in every case"))
                    .help("push after the `if`, what `select` or the `if` gives"),
            );
        }
        let Some(at) = self.loops.iter().position(fills) else {
            self.push_item(&name, value, place)?;
            return Ok(Val::Unit);
        };
        self.list_named(&name, place)?;
        if let Val::List(items) = &value {
            let place = self.place(Place::of(&call.args));
            let message = format!("a loop pushes one tensor, found a tuple or list of {}", items.len());
            return self.error(Diagnostic::new(place, message).help("push each to a list of its own"));
        }
        let value = self.as_tensor(value, Place::of(&call.args))?;
        let message = if at + 1 < loops {
            Some((
                format!("`{name}` belongs outside the loops around this one"),
                "make a list in the outer loop, fill it in the inner one, and push its `stack`",
            ))
        } else if self.loops[at].collected.iter().any(|(known, _)| *known == name) {
            Some((
                format!("`{name}` is pushed to twice in one iteration of a loop"),
                "push to a list for each, or `push` what `stack` makes of both",
            ))
        } else if self.builder.depth() - 1 != self.loops[at].block {
            Some((
                format!("`{name}` is not pushed to in every iteration"),
                "push outside the decision: what the `if` gives, or `select`; a `while` fills no list",
            ))
        } else {
            None
        };
        if let Some((message, help)) = message {
            let place = self.place(call.method.span());
            return self.error(Diagnostic::new(place, message).help(help));
        }
        self.loops[at].collected.push((name, value));
        Ok(Val::Unit)
    }

    /// `list.reverse()` as a statement.
    pub(super) fn reverse(&mut self, call: &ExprMethodCall) -> Result<Val> {
        let name = variable_name(&call.receiver).unwrap_or_default();
        let scopes = self.frame().scopes.iter_mut().rev();
        let variable = scopes.flat_map(|scope| scope.get_mut(&name)).next();
        if let Some(Variable { value: Some(Val::List(items)), mutable: true }) = variable {
            items.reverse();
            for item in items {
                if let Val::Run { reversed, .. } = item {
                    *reversed = !*reversed;
                }
            }
            return Ok(Val::Unit);
        }
        let place = self.place(Place::of(&call.receiver));
        self.error(
            Diagnostic::new(place, "`reverse` turns round a list in a variable")
                .help("declare it `let mut list = Vec::new();`; a tensor is reversed by `flip`"),
        )
    }

    /// Adds an item to the list in a variable.
    pub(super) fn push_item(&mut self, name: &str, item: Val, place: Place) -> Result<()> {
        self.list_named(name, place)?.push(item);
        Ok(())
    }

    /// The list in a mutable variable.
    fn list_named(&mut self, name: &str, place: Place) -> Result<&mut Vec<Val>> {
        let variable = self.frame().scopes.iter().rev().find_map(|scope| scope.get(name));
        let (problem, help) = match variable {
            Some(Variable { value: None, .. }) => return Err(Reported),
            Some(Variable { mutable: false, .. }) => (
                format!("`{name}` is pushed to but not mutable"),
                format!("declare it `let mut {name} = Vec::new();`"),
            ),
            Some(Variable { value: Some(Val::List(_)), .. }) => {
                let mut scopes = self.frame().scopes.iter_mut().rev();
                match scopes.find_map(|scope| scope.get_mut(name)) {
                    Some(Variable { value: Some(Val::List(items)), .. }) => return Ok(items),
                    _ => unreachable!("it was looked at"),
                }
            }
            Some(Variable { value: Some(other), .. }) => (
                format!("`{name}` is {}, and `push` adds to lists", messages::kind_of(other)),
                format!("declare `let mut {name} = Vec::new();`"),
            ),
            None => (
                format!("unknown variable `{name}`"),
                format!("declare it with `let mut {name} = Vec::new();`"),
            ),
        };
        let place = self.place(place);
        self.error(Diagnostic::new(place, problem).help(help))
    }

    /// All items of a list have one shape.
    fn check_items(&mut self, items: &[Val], span: Span) -> Result<()> {
        let shape = |item: &Val| match item {
            Val::Run { stack, .. } => self.builder.ty(*stack).shape.get(1..).map(<[Size]>::to_vec),
            Val::Tensor(value) => Some(self.builder.ty(*value).shape.clone()),
            _ => None,
        };
        let shapes: Vec<Vec<Size>> = items.iter().filter_map(shape).collect();
        let Some(pair) = shapes.windows(2).find(|pair| pair[0] != pair[1]) else { return Ok(()) };
        let (place, message) = (
            self.place(span),
            format!("this list has items of shape {} and {}", shape_text(&pair[0]), shape_text(&pair[1])),
        );
        self.error(
            Diagnostic::new(place, message).help("push values of one shape, or join them with `concat`"),
        )
    }

    /// `stack` or `concat` of a list that loops have filled.
    pub(super) fn join_runs(
        &mut self,
        name: &str,
        items: &[Val],
        args: &[(Val, Place)],
        named: &[(Ident, Val)],
        span: Span,
    ) -> Result<Val> {
        let place: Place = span.into();
        let surplus = named.iter().find(|(name, _)| name != "axis").map(|(name, _)| name);
        if surplus.is_some() || args.len() + named.len() > 1 {
            let place = self.place(surplus.map_or(span, Ident::span));
            let message = match surplus {
                Some(surplus) => format!("`{name}` has no argument `{surplus}`"),
                None => format!("`{name}` of a list takes one axis, found {}", args.len() + named.len()),
            };
            return self.error(Diagnostic::new(place, message).help(format!("write `{name}(axis = 1)`")));
        }
        if name == "stack" {
            self.check_items(items, span)?;
        }
        let mut parts = Vec::new();
        for item in items {
            parts.push(match item {
                Val::Run { stack, reversed: true } => self.builder.add(Flip { axes: vec![0] }, &[*stack]),
                Val::Run { stack, reversed: false } => *stack,
                other => {
                    let single = self.as_tensor(other.clone(), place)?;
                    let mut shape = self.builder.ty(single).shape.clone();
                    shape.insert(0, Size::one());
                    self.builder.reshape(single, shape)
                }
            });
        }
        let given = args.first().map(|(axis, _)| axis).or(named.first().map(|(_, axis)| axis)).cloned();
        let axis = (given.unwrap_or(Val::Size(Size::default())), place);
        self.set_origin(span, name);
        let rows = if let [single] = parts[..] {
            Val::Tensor(single)
        } else {
            let list = Val::List(parts.into_iter().map(Val::Tensor).collect());
            let first = Val::Size(Size::default());
            self.call_method("concat", vec![(list, place), (first, place)], Vec::new(), span)?
        };
        let args = vec![(rows, place), (Val::Size(Size::default()), place), axis.clone()];
        let moved = self.call_method("movedim", args, Vec::new(), span)?;
        if name == "stack" {
            return Ok(moved);
        }
        // The axis of the list and the one after it become one.
        let moved = self.as_tensor(moved, place)?;
        let mut shape = self.builder.ty(moved).shape.clone();
        let at = match &axis.0 {
            Val::Size(axis) => axis.as_literal().unwrap_or(0),
            _ => 0,
        };
        let at = if at < 0 { at + shape.len() as i64 - 1 } else { at };
        let Some(merged) = usize::try_from(at).ok().filter(|&at| at + 1 < shape.len()) else {
            let place = self.place(place);
            return self.error(
                Diagnostic::new(place, "scalars have no axis to be joined along").help("use `stack`"),
            );
        };
        let inner = shape.remove(merged + 1);
        shape[merged] = shape[merged].mul(&inner);
        Ok(Val::Tensor(self.builder.reshape(moved, shape)))
    }
}
