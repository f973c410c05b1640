//! Loops over ranges: what their index stands for.
//!
//! In the body the index is a size with a name of its own. `x.at(1, t)` becomes an element of a stack that the loop is
//! given: the axis is brought to the front once, before the loop, so that iterations copy nothing and the gradient is
//! a stack again.

use super::loops::index_name;
use super::{Loop, LoopTensors, Lowering, Result, Val};
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::{ElementType, Size, TensorType, Value};
use crate::ops::{flip::Flip, slice::part};
use crate::program::Instance;
use proc_macro2::Ident;
use std::rc::Rc;
use syn::Pat;

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

/// What an operand of a loop stands for in its body.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Operand {
    /// A value at a place along an axis.
    Place(Value, usize, Size),
    /// The index as a number of type `f32`.
    Number,
    /// The index as a list of one `u32`.
    Position,
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

    fn operand(&self, operand: &Operand) -> Option<Value> {
        self.operands.iter().find(|(known, _)| known == operand).map(|(_, param)| *param)
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
        let operand = Operand::Place(value, axis, index.clone());
        if let Some(param) = self.loops.iter().rev().find_map(|of| of.operand(&operand)) {
            return Ok(param);
        }
        let affine = self.affine(index, place)?;
        if self.builder.depth_of(value) >= self.loops[affine.at].block {
            // It is made in the loop itself: looked up by number.
            let places = self.index_tensor(&affine, Operand::Position)?;
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
            return self.as_tensor(row, place);
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
        self.loops[at].operands.push((operand, param));
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

    /// The index of a loop as a tensor, in one of two forms.
    fn index_tensor(&mut self, affine: &Affine, form: Operand) -> Result<Value> {
        let (at, of) = (affine.at, &affine.index);
        if let Some(param) = self.loops[at].operand(&form) {
            return Ok(param);
        }
        let place: Place = self.builder.origin.span.into();
        let ends = vec![(Val::Size(of.start.clone()), place), (Val::Size(of.end.clone()), place)];
        let stack = self.outside(at, |lowering| {
            let places = lowering.call_method("arange", ends, Vec::new(), place.start)?;
            if form == Operand::Position {
                let rows = lowering.as_tensor(places, place)?;
                let count = lowering.builder.ty(rows).shape[0].clone();
                return Ok(lowering.builder.reshape(rows, vec![count, Size::one()]));
            }
            let real = Val::Text(ElementType::Real.name().to_string());
            let args = vec![(places, place), (real, place)];
            let numbers = lowering.call_method("cast", args, Vec::new(), place.start)?;
            lowering.as_tensor(numbers, place)
        })?;
        let param = self.stacked_operand(at, stack);
        self.loops[at].operands.push((form, param));
        Ok(param)
    }

    /// A size that depends on the index of a loop, as a number.
    pub(super) fn number_of(&mut self, size: &Size, place: Place) -> Result<Value> {
        let affine = self.affine(size, place)?;
        let number = Val::Tensor(self.index_tensor(&affine, Operand::Number)?);
        let name = if affine.negative { "sub" } else { "add" };
        let offset = (Val::Size(affine.offset), place);
        let args =
            if affine.negative { vec![offset, (number, place)] } else { vec![(number, place), offset] };
        let value = self.call_method(name, args, Vec::new(), place.start)?;
        self.as_tensor(value, place)
    }

    /// A stack `[count, …]` as an operand of a loop; the element that an iteration sees.
    pub(super) fn stacked_operand(&mut self, at: usize, stack: Value) -> Value {
        let mut ty: TensorType = self.builder.ty(stack).clone();
        ty.shape.remove(0);
        let param = self.builder.new_value(ty);
        // It is called what the stack is called.
        self.builder.values[param.index()].origin = self.builder.values[stack.index()].origin.clone();
        let depth = self.loops[at].block;
        self.builder.block_at(depth).params.push(param);
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
}
