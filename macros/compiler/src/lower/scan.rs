//! Loops over ranges: what their index stands for, and the lists that they fill.
//!
//! In the body the index is a size with a name of its own. `x.at(1, t)` becomes an element of a stack that the loop is
//! given: the axis is brought to the front once, before the loop, so that iterations copy nothing and the gradient is
//! a stack again.

use super::loops::index_name;
use super::regions::variable_name;
use super::{Loop, LoopTensors, Lowering, Result, Val, Variable, messages};
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::{Block, Size, TensorType, Value, shape_text};
use crate::ops::{flip::Flip, slice::part};
use crate::program::Instance;
use proc_macro2::{Ident, Span};
use std::rc::Rc;
use syn::{ExprMethodCall, Pat};

/// The index of a loop over a range.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// What it is in sizes.
    pub(super) symbol: Size,
    /// Its name there.
    name: Rc<str>,
    start: Size,
    end: Size,
}

/// A size as the user wrote it: without what tells indices of the same name apart.
pub(super) fn shown(size: &Size) -> String {
    size.to_string().replace('\'', "")
}

/// Where an index of a tensor lies: `offset + t`, or `offset - t`.
struct Affine {
    /// The loop whose index it is, by its depth.
    at: usize,
    index: Index,
    negative: bool,
    offset: Size,
}

impl Loop {
    pub(super) fn over_stack(first: &Instance, count: usize, step: usize) -> Loop {
        Loop { tensors: first.tensors.clone(), count, step, ..Loop::over_range(None) }
    }

    pub(super) fn over_range(index: Option<Index>) -> Loop {
        Loop {
            tensors: 0..0,
            count: 0,
            step: 0,
            known: LoopTensors::default(),
            stacks: Vec::new(),
            index,
            operands: Vec::new(),
            collected: Vec::new(),
            scopes: 0,
            frames: 0,
            block: 0,
        }
    }
}

impl Lowering<'_> {
    /// A new index; two loops may call theirs by the same name.
    pub(super) fn new_index(&mut self, pattern: &Pat, start: &Size, end: &Size) -> Index {
        self.num_indices += 1;
        let name: Rc<str> = format!("{}{}", index_name(pattern), "'".repeat(self.num_indices)).into();
        Index { symbol: Size::symbol(&name), name, start: start.clone(), end: end.clone() }
    }

    /// Whether a size depends on the index of a loop.
    pub(super) fn index_in(&self, size: &Size) -> Option<usize> {
        let mut symbols = Vec::new();
        size.symbols(&mut symbols);
        let is_in = |of: &Loop| of.index.as_ref().is_some_and(|index| symbols.contains(&index.name));
        self.loops.iter().rposition(is_in)
    }

    /// An argument of an operation that depends on the index of a loop, as the user wrote it.
    pub(super) fn index_among(&self, args: &[(Val, Place)], named: &[(Ident, Val)]) -> Option<String> {
        fn depends(lowering: &Lowering<'_>, value: &Val) -> Option<String> {
            match value {
                Val::Size(size) => lowering.index_in(size).map(|_| shown(size)),
                Val::List(items) => items.iter().find_map(|item| depends(lowering, item)),
                _ => None,
            }
        }
        let values = args.iter().skip(1).chain(args.first()).map(|(value, _)| value);
        values.chain(named.iter().map(|(_, value)| value)).find_map(|value| depends(self, value))
    }

    /// `x.at(1, t)`, `x[(.., t)]`: arguments that depend on the index of a loop, from the last to the first, each of
    /// which picks an element of a stack. What is left are the arguments of the operation.
    pub(super) fn pick_by_index(
        &mut self,
        name: &str,
        mut args: Vec<(Val, Place)>,
        named: &[(Ident, Val)],
    ) -> Result<Vec<(Val, Place)>> {
        let depends = |lowering: &Self, value: &Val| match value {
            Val::Size(size) => lowering.index_in(size).is_some(),
            _ => false,
        };
        for (value, place) in &args {
            let Val::Range(start, end) = value else { continue };
            let (start, end) = (start.clone().unwrap_or_default(), end.clone().unwrap_or_default());
            if self.index_in(&start).or(self.index_in(&end)).is_some() {
                let place = self.place(*place);
                return self.error(
                    Diagnostic::new(place, "the bounds of a part cannot depend on the index of a loop")
                        .note("a loop's body is compiled once, with one shape for each of its values")
                        .help("pick single places, `x.at(1, t)`, or mask what is not wanted with `select`"),
                );
            }
        }
        if name == "at" && named.is_empty() {
            if let [(value, place), (axis, _), (Val::Size(index), at)] = &args[..]
                && self.index_in(index).is_some()
            {
                let (value, place, index, at) = (value.clone(), *place, index.clone(), *at);
                let value = self.as_tensor(value, place)?;
                let rank = self.builder.ty(value).rank() as i64;
                let axis = match axis {
                    Val::Size(axis) => {
                        axis.as_literal().map(|axis| if axis < 0 { axis + rank } else { axis })
                    }
                    _ => None,
                };
                if let Some(axis) = axis.filter(|axis| (0..rank).contains(axis)) {
                    let picked = self.pick(value, axis as usize, &index, at)?;
                    return Ok(vec![(Val::Tensor(picked), place)]);
                }
            }
            return Ok(args);
        }
        for position in (1..args.len()).rev() {
            if !depends(self, &args[position].0) {
                continue;
            }
            let (Val::Size(index), place) = args.remove(position) else { continue };
            let value = self.as_tensor(args[0].0.clone(), args[0].1)?;
            if position > self.builder.ty(value).rank() {
                args.insert(position, (Val::Size(index), place));
                return Ok(args);
            }
            args[0].0 = Val::Tensor(self.pick(value, position - 1, &index, place)?);
        }
        Ok(args)
    }

    /// The place `index` along an axis, which vanishes.
    fn pick(&mut self, value: Value, axis: usize, index: &Size, place: Place) -> Result<Value> {
        let known = |of: &Loop| {
            let found = of.operands.iter().find(|(key, _)| *key == (value, axis, index.clone()));
            found.map(|(_, param)| *param)
        };
        if let Some(param) = self.loops.iter().rev().find_map(known) {
            return Ok(param);
        }
        let affine = self.affine(index, place)?;
        if self.builder.depth_of(value) >= self.loops[affine.at].block {
            // It is made in the loop itself: looked up by number.
            let places = self.index_tensor(&affine.index, affine.at, "u32")?;
            let offset = affine.offset.as_literal();
            if affine.negative || offset != Some(0) {
                let place = self.place(place);
                let (index, name) = (shown(index), shown(&affine.index.symbol));
                return self.error(
                    Diagnostic::new(
                        place,
                        format!("`{index}` picks a place of a value that is made in the loop"),
                    )
                    .note(format!("of such a value only the index itself, `{name}`, picks a place"))
                    .help("make the value before the loop, or carry the step before in a `let mut` variable"),
                );
            }
            let axis_size = Val::Size(Size::literal(axis as i64));
            let args =
                vec![(Val::Tensor(value), place), (axis_size.clone(), place), (Val::Tensor(places), place)];
            let row = self.call_method("index_select", args, Vec::new(), place.start)?;
            let row =
                self.call_method("squeeze", vec![(row, place), (axis_size, place)], Vec::new(), place.start)?;
            return self.tensor_of(row, place);
        }
        let Affine { at, index: of, negative, offset } = affine;
        let count = of.end.sub(&of.start);
        // Places offset + t, or offset - t, from the lowest to the highest.
        let lowest = if negative { offset.sub(&of.end).add(&Size::one()) } else { offset.add(&of.start) };
        let size = self.builder.ty(value).shape[axis].clone();
        let too_far = size.sub(&lowest.add(&count)).as_literal().is_some_and(|rest| rest < 0);
        if too_far || lowest.as_literal().is_some_and(|lowest| lowest < 0) {
            let place = self.place(place);
            let highest = lowest.add(&count).sub(&Size::one());
            let message =
                format!("the loop picks {lowest} to {highest} of axis {axis}, which has size {size}");
            let (name, start, end) = (shown(&of.symbol), &of.start, &of.end);
            let mut diagnostic = Diagnostic::new(place, message);
            diagnostic.notes.extend(self.history(value));
            let index = shown(index);
            return self.error(
                diagnostic
                    .note(format!("the place is `{index}`, and `{name}` runs over {start}..{end}"))
                    .help(format!("change the range, so that `{index}` stays in 0..{size}")),
            );
        }
        let stack = self.outside(at, |lowering| {
            let builder = &mut lowering.builder;
            let rank = builder.ty(value).rank();
            let axes = std::iter::once(axis).chain((0..rank).filter(|&other| other != axis)).collect();
            let front = builder.permute(value, axes);
            let part = part(builder, front, 0, lowest, count);
            if negative { builder.add(Flip { axes: vec![0] }, &[part]) } else { part }
        });
        let param = self.stacked_operand(at, stack);
        self.loops[at].operands.push(((value, axis, index.clone()), param));
        Ok(param)
    }

    /// An index of a tensor as the index of a loop and an offset.
    fn affine(&mut self, index: &Size, place: Place) -> Result<Affine> {
        let at = self.index_in(index).expect("it was looked for");
        let of = self.loops[at].index.clone().expect("it was found by its index");
        for (negative, offset) in [(false, index.sub(&of.symbol)), (true, index.add(&of.symbol))] {
            if self.index_in(&offset).is_none() {
                return Ok(Affine { at, index: of, negative, offset });
            }
        }
        let place = self.place(place);
        self.error(
            Diagnostic::new(
                place,
                format!("the place `{}` is not the index of a loop plus a size", shown(index)),
            )
            .help("pick `t`, `t + 1`, `T - 1 - t`; reshape the tensor for other steps"),
        )
    }

    /// The index of a loop as a tensor: a number of type `f32`, or a list of one `u32`.
    fn index_tensor(&mut self, of: &Index, at: usize, element: &str) -> Result<Value> {
        let whole = element == "u32";
        // Keys of operands that are no tensors: there is no such axis.
        let key = (Value(0), usize::MAX - usize::from(whole), of.symbol.clone());
        if let Some((_, param)) = self.loops[at].operands.iter().find(|(known, _)| *known == key) {
            return Ok(*param);
        }
        let place: Place = self.builder.origin.span.into();
        let (start, end) = (of.start.clone(), of.end.clone());
        let stack = self.outside(at, |lowering| {
            let args = vec![(Val::Size(start), place), (Val::Size(end), place)];
            let places = lowering.call_method("arange", args, Vec::new(), place.start)?;
            if whole {
                let rows = lowering.tensor_of(places, place)?;
                let count = lowering.builder.ty(rows).shape[0].clone();
                return Ok(lowering.builder.reshape(rows, vec![count, Size::one()]));
            }
            let numbers = lowering.call_method("to_f32", vec![(places, place)], Vec::new(), place.start)?;
            lowering.tensor_of(numbers, place)
        })?;
        let param = self.stacked_operand(at, stack);
        self.loops[at].operands.push((key, param));
        Ok(param)
    }

    /// A size that depends on the index of a loop, as a number.
    pub(super) fn number_of(&mut self, size: &Size, place: Place) -> Result<Value> {
        let affine = self.affine(size, place)?;
        let number = Val::Tensor(self.index_tensor(&affine.index, affine.at, "f32")?);
        let name = if affine.negative { "sub" } else { "add" };
        let offset = (Val::Size(affine.offset), place);
        let args =
            if affine.negative { vec![offset, (number, place)] } else { vec![(number, place), offset] };
        let value = self.call_method(name, args, Vec::new(), place.start)?;
        self.tensor_of(value, place)
    }

    fn tensor_of(&mut self, value: Val, place: Place) -> Result<Value> {
        self.as_tensor(value, place)
    }

    /// A stack `[count, …]` as an operand of a loop; the element that an iteration sees.
    pub(super) fn stacked_operand(&mut self, at: usize, stack: Value) -> Value {
        let mut ty: TensorType = self.builder.ty(stack).clone();
        ty.shape.remove(0);
        let param = self.builder.new_value(ty);
        let depth = self.loops[at].block;
        let block: &mut Block = self.builder.block_at(depth);
        block.params.push(param);
        self.loops[at].stacks.push(stack);
        param
    }

    /// Adds nodes before the loop at this depth, while its body is being lowered.
    fn outside<T>(&mut self, at: usize, add: impl FnOnce(&mut Self) -> T) -> T {
        let inner = self.builder.suspend(self.loops[at].block);
        let result = add(self);
        self.builder.restore(inner);
        result
    }

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
            Some(Variable { value: None, .. }) => return Err(crate::diagnostics::Reported),
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
