//! Plans as Rust functions: a straight sequence of borrows and calls.

use super::fused_loop::{LoopFunctions, LoopSlices, emit_loop};
use super::origins::{describe_loop, describe_value, value_name};
use super::{EmitContext, ident, numel_tokens, respan};
use crate::graph::{ElementType, Size, TensorType, Value};
use crate::ops::{KernelCall, Operation};
use crate::plan::{Copy, FusedLoop, IfElseStep, Memory, Place, Plan, RepeatStep, Step, size_in_memory};
use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use std::collections::BTreeMap;

/// Emits the steps of a plan.
pub struct FunctionEmitter<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Loops, shared by all functions of the model.
    pub functions: &'a mut LoopFunctions,
    /// Where names resolve.
    pub context: &'a EmitContext,
    /// Loops around the current step.
    pub nest: Vec<usize>,
}

/// Slices that a step borrows, by memory.
#[derive(Default)]
struct Borrows {
    writes: BTreeMap<Memory, Vec<(Ident, TokenStream)>>,
    reads: BTreeMap<Memory, Vec<(Ident, TokenStream)>>,
    /// Parts of the arena that hold elements that are not computed with, and whether they are written.
    held: Vec<(Ident, ElementType, bool)>,
}

impl Borrows {
    /// Borrows a range of a memory, which holds elements of a type, under a name.
    fn add(&mut self, name: Ident, memory: Memory, range: TokenStream, element: ElementType, write: bool) {
        // All zones lie in one arena.
        let memory = if let Memory::Arena(_) = memory { Memory::Arena(0) } else { memory };
        let side = if write { &mut self.writes } else { &mut self.reads };
        let list = side.entry(memory).or_default();
        if !list.iter().any(|(known, _)| *known == name) {
            if element.is_held() && memory == Memory::Arena(0) {
                self.held.push((name.clone(), element, write));
            }
            list.push((name, range));
        }
    }
}

/// The variable of a memory.
pub fn memory_ident(memory: Memory) -> Ident {
    match memory {
        Memory::Arena(_) => ident("arena"),
        Memory::State => ident("state"),
        Memory::Input(index) => format_ident!("input_{index}"),
        Memory::Output(index) => format_ident!("output_{index}"),
        Memory::Grads => ident("grads"),
        Memory::Buffers => ident("buffers"),
        Memory::GradInput(index) => format_ident!("grad_input_{index}"),
    }
}

impl FunctionEmitter<'_> {
    /// Where the zones begin, and room for them all.
    pub fn prologue(&self) -> TokenStream {
        let runtime = &self.context.runtime;
        let mut lines = Vec::new();
        let mut end = quote!(0);
        for (index, zone) in self.plan.zones.iter().enumerate() {
            let name = format_ident!("zone_{index}");
            let factor = zone.factor.as_ref().map_or(quote!(1), Size::to_tokens);
            let len = Literal::usize_unsuffixed(zone.len);
            lines.push(quote!(let #name = #runtime::arena::Zone { start: #end, factor: #factor };));
            end = quote!(#name.at(0, #len).end);
        }
        quote!(#(#lines)* arena.reserve(#end);)
    }

    /// The steps, in order.
    pub fn steps(&mut self, steps: &[Step]) -> TokenStream {
        steps.iter().map(|step| self.step(step)).collect()
    }

    fn step(&mut self, step: &Step) -> TokenStream {
        let comment = self.comment(step);
        let (tokens, value) = match step {
            Step::Kernel(node) => {
                let mut borrows = Borrows::default();
                let outputs: Vec<Ident> =
                    node.outputs.iter().map(|&value| self.borrow(value, true, &mut borrows)).collect();
                let inputs: Vec<Ident> =
                    node.inputs.iter().map(|&value| self.borrow(value, false, &mut borrows)).collect();
                let ty = |values: &[Value]| values.iter().map(|&value| self.plan.graph.ty(value)).collect();
                let iteration = self.iteration();
                let call = KernelCall {
                    runtime: &self.context.runtime,
                    outputs: &outputs,
                    inputs: &inputs,
                    output_types: ty(&node.outputs),
                    input_types: ty(&node.inputs),
                    iteration: &iteration,
                };
                let call = node.op.kernel(&call).expect("a node with a step of its own has a kernel");
                let borrows = self.emit_borrows(borrows);
                let named = |values: &[Value], names: &[Ident]| -> Vec<(Value, Ident)> {
                    values.iter().copied().zip(names.iter().cloned()).collect()
                };
                let trap = self.trap(step, &named(&node.outputs, &outputs), &named(&node.inputs, &inputs));
                (quote!({ #borrows #call; #trap }), node.outputs[0])
            }
            Step::Fused(fused) => (self.fused(step, fused), fused.stores[0].value),
            Step::Copy(copy) => (self.copy(copy), copy.from),
            Step::Repeat(repeat) => return self.repeat(repeat),
            Step::IfElse(choice) => return self.if_else(choice),
        };
        self.with_origin(quote!(#[doc = #comment] #tokens), value)
    }

    /// What a step does: `conv1: conv2d, [N, 6, 28, 28]`. Tokens carry comments as documentation only.
    fn comment(&self, step: &Step) -> String {
        let named = |value: Value| describe_value(value, self.plan);
        match step {
            Step::Kernel(node) => format!(" {}", named(node.outputs[0])),
            Step::Fused(fused) => format!(" {}", describe_loop(fused, self.plan)),
            Step::Copy(copy) => format!(" {}, to where it is returned", named(copy.from)),
            Step::Repeat(repeat) => format!(" {}", named(repeat.value)),
            Step::IfElse(choice) => format!(" {}", named(choice.value)),
        }
    }

    /// The tokens at the place of the user's token that caused the value.
    fn with_origin(&self, tokens: TokenStream, value: Value) -> TokenStream {
        respan(tokens, self.plan.graph.origin(value).span, self.context.span)
    }

    /// A number that tells iterations apart.
    fn iteration(&self) -> TokenStream {
        let mut number = quote!(0u64);
        for id in &self.nest {
            let name = format_ident!("iteration_{id}");
            number = quote!(((#number << 21) + #name as u64));
        }
        number
    }

    fn borrow(&self, value: Value, write: bool, borrows: &mut Borrows) -> Ident {
        let name = ident(&value_name(value, self.plan));
        let place = &self.plan.places[&value];
        let ty = self.plan.graph.ty(value);
        borrows.add(name.clone(), place.memory, self.range(place, ty, 1), ty.element, write);
        name
    }

    /// The elements of `times` values of a type at a place.
    fn range(&self, place: &Place, ty: &TensorType, times: usize) -> TokenStream {
        let offset = Literal::usize_unsuffixed(place.offset);
        let Memory::Arena(zone) = place.memory else {
            let (len, at) = (numel_tokens(ty), iterations(&place.iterations, &Size::one()));
            return if place.iterations.is_empty() && place.offset == 0 {
                quote!(0..#len)
            } else {
                quote!(#offset #at..#offset #at + #len)
            };
        };
        let (name, factor) = (format_ident!("zone_{zone}"), &self.plan.zones[zone].factor);
        let factor = factor.clone().unwrap_or(Size::one());
        if place.iterations.iter().all(|(_, stride)| units(stride, &factor).is_some()) {
            let coefficient: i64 = ty.shape.iter().map(|size| size.split_coefficient().0).product();
            let len = Literal::usize_unsuffixed(coefficient as usize * ty.element.words() * times);
            let at = iterations(&place.iterations, &factor);
            return quote!(#name.at(#offset #at, #len));
        }
        // An element of a stack over a run-time dimension: smaller than the zone's factor.
        let at = iterations(&place.iterations, &Size::one());
        let len = size_in_memory(ty).mul(&(times as i64).into()).to_tokens();
        quote!(#name.part(#offset, 0 #at, #len))
    }

    fn emit_borrows(&self, mut borrows: Borrows) -> TokenStream {
        let runtime = &self.context.runtime;
        let mut lines = Vec::new();
        let memories: std::collections::BTreeSet<Memory> =
            borrows.writes.keys().chain(borrows.reads.keys()).copied().collect();
        for memory in memories {
            let name = memory_ident(memory);
            let (write_names, write_ranges): (Vec<_>, Vec<_>) =
                borrows.writes.remove(&memory).unwrap_or_default().into_iter().unzip();
            let (read_names, read_ranges): (Vec<_>, Vec<_>) =
                borrows.reads.remove(&memory).unwrap_or_default().into_iter().unzip();
            lines.push(match memory {
                Memory::State | Memory::Input(_) => quote!(#(let #read_names = &#name[#read_ranges];)*),
                Memory::Arena(_) => quote! {
                    let ([#(#write_names),*], [#(#read_names),*]) = arena.rw([#(#write_ranges),*], [#(#read_ranges),*]);
                },
                _ if write_names.len() == 1 && read_names.is_empty() => {
                    quote!(#(let #write_names = &mut #name[#write_ranges];)*)
                }
                // A result that is not computed with, but read again, is no memory of `f32`.
                _ if write_names.is_empty() => quote!(#(let #read_names = &#name[#read_ranges];)*),
                Memory::Output(_) | Memory::Grads | Memory::Buffers | Memory::GradInput(_) => quote! {
                    let ([#(#write_names),*], [#(#read_names),*]) =
                        #runtime::arena::rw(#name, [#(#write_ranges),*], [#(#read_ranges),*]);
                },
            });
        }
        lines.extend(borrows.held.into_iter().map(|(name, element, write)| {
            let view = ident(if write { "view_mut" } else { "view" });
            let element = element_tokens(element, runtime);
            quote!(let #name = #runtime::arena::#view::<#element>(#name);)
        }));
        quote!(#(#lines)*)
    }

    fn fused(&mut self, step: &Step, fused: &FusedLoop) -> TokenStream {
        let mut borrows = Borrows::default();
        let loads = fused
            .loads
            .iter()
            .enumerate()
            .map(|(index, load)| {
                let taken_over = fused.stores.iter().any(|store| store.in_place == Some(index));
                (!taken_over).then(|| self.borrow(load.value, false, &mut borrows))
            })
            .collect();
        let mut scratch = Vec::new();
        let stores = fused
            .stores
            .iter()
            .map(|store| {
                let name = self.borrow(store.value, true, &mut borrows);
                scratch.push(self.plan.scratch.get(&store.value).map(|place| {
                    let parts = format_ident!("{name}_parts");
                    let range = self.range(place, self.plan.graph.ty(store.value), crate::plan::MAX_PARTS);
                    borrows.add(parts.clone(), place.memory, range, ElementType::Real, true);
                    parts
                }));
                name
            })
            .collect();
        let borrows = self.emit_borrows(borrows);
        let slices = LoopSlices { loads, stores, scratch };
        let call = emit_loop(fused, self.plan, &slices, self.functions, self.context);
        let results: Vec<(Value, Ident)> =
            fused.stores.iter().map(|store| store.value).zip(slices.stores).collect();
        let operands: Vec<(Value, Ident)> = fused
            .loads
            .iter()
            .zip(slices.loads)
            .filter_map(|(load, name)| Some((load.value, name?)))
            .collect();
        let trap = self.trap(step, &results, &operands);
        quote!({ #borrows #call #trap })
    }

    fn copy(&mut self, copy: &Copy) -> TokenStream {
        let runtime = self.context.runtime.clone();
        let ty = self.plan.graph.ty(copy.from).clone();
        let (from, to) = (self.plan.places[&copy.from].clone(), copy.place().clone());
        self.copy_elements(&from, &to, &ty, copy.accumulate, &runtime, 0)
    }

    /// Copies a tensor; a stack that is spread over the state element by element.
    fn copy_elements(
        &mut self,
        from: &Place,
        to: &Place,
        ty: &TensorType,
        accumulate: bool,
        runtime: &TokenStream,
        depth: usize,
    ) -> TokenStream {
        if !from.stacks.is_empty() || !to.stacks.is_empty() {
            // Numbers of loops in the plan are small; these are out of their way.
            let id = usize::MAX / 2 + depth;
            let variable = format_ident!("iteration_{id}");
            let count = ty.shape[0].to_tokens();
            let mut element = ty.clone();
            element.shape.remove(0);
            let step = |place: &Place| {
                let mut place = place.clone();
                let stride = if place.stacks.is_empty() {
                    size_in_memory(&element)
                } else {
                    Size::literal(place.stacks.remove(0) as i64)
                };
                place.iterations.push((id, stride));
                place
            };
            let inner = self.copy_elements(&step(from), &step(to), &element, accumulate, runtime, depth + 1);
            return quote!(for #variable in 0..#count { #inner });
        }
        let mut borrows = Borrows::default();
        let (target, source) = (ident("target"), ident("source"));
        borrows.add(target.clone(), to.memory, self.range(to, ty, 1), ty.element, true);
        borrows.add(source.clone(), from.memory, self.range(from, ty, 1), ty.element, false);
        let borrows = self.emit_borrows(borrows);
        if accumulate {
            quote!({ #borrows #runtime::lanes::accumulate(#target, #source); })
        } else {
            quote!({ #borrows #target.copy_from_slice(#source); })
        }
    }

    fn if_else(&mut self, choice: &IfElseStep) -> TokenStream {
        let mut borrows = Borrows::default();
        let condition = self.borrow(choice.condition, false, &mut borrows);
        let borrows = self.emit_borrows(borrows);
        let decision = self.with_origin(quote!({ #borrows #condition[0] != 0.0 }), choice.value);
        let span = self.plan.graph.origin(choice.value).span.resolved_at(self.context.span);
        let [then, otherwise] = [0, 1].map(|index| {
            let mut block = Group::new(Delimiter::Brace, self.steps(&choice.branches[index]));
            block.set_span(span);
            block
        });
        self.with_origin(quote!(if #decision), choice.value)
            .into_iter()
            .chain(quote!(#then else #otherwise))
            .collect()
    }

    fn repeat(&mut self, repeat: &RepeatStep) -> TokenStream {
        let mut zeroed = Vec::new();
        for &value in &repeat.zeroed {
            let mut borrows = Borrows::default();
            let name = self.borrow(value, true, &mut borrows);
            let borrows = self.emit_borrows(borrows);
            zeroed.push(quote!({ #borrows #name.fill(0.0); }));
        }
        let before: Vec<TokenStream> = repeat.before.iter().map(|copy| self.copy(copy)).collect();
        let head = self.with_origin(quote!(#(#zeroed)* #(#before)*), repeat.value);
        self.nest.push(repeat.id);
        let steps = self.steps(&repeat.steps);
        let after: Vec<TokenStream> = repeat.after.iter().map(|copy| self.copy(copy)).collect();
        let stop = repeat.stops.map(|condition| {
            let mut borrows = Borrows::default();
            let name = self.borrow(condition, false, &mut borrows);
            let borrows = self.emit_borrows(borrows);
            quote!(if { #borrows #name[0] == 0.0 } { break; })
        });
        let after = self.with_origin(quote!(#(#after)* #stop), repeat.value);
        self.nest.pop();
        let (variable, count) = (format_ident!("iteration_{}", repeat.id), repeat.count.to_tokens());
        let range = match (repeat.is_unbounded, repeat.reverse) {
            (true, _) => quote!(0usize..),
            (false, true) => quote!((0..#count).rev()),
            (false, false) => quote!(0..#count),
        };
        let loop_head = self.with_origin(quote!(for #variable in #range), repeat.value);
        let mut block = Group::new(Delimiter::Brace, quote!(#steps #after));
        block.set_span(self.plan.graph.origin(repeat.value).span.resolved_at(self.context.span));
        quote!(#head #loop_head #block)
    }
}

/// A stride in units of the factor of a zone, if it is a whole number of them.
fn units(stride: &Size, factor: &Size) -> Option<Literal> {
    let units = stride.exact_div(factor)?.as_literal()?;
    Some(Literal::usize_unsuffixed(usize::try_from(units).ok()?))
}

/// `+ iteration_0 * 64 + …`, strides in units of a factor where they are whole numbers of it.
fn iterations(iterations: &[(usize, Size)], factor: &Size) -> TokenStream {
    let term = |(id, stride): &(usize, Size)| {
        let iteration = format_ident!("iteration_{id}");
        match units(stride, factor) {
            Some(units) => quote!(+ #iteration * #units),
            None => {
                let stride = stride.to_tokens();
                quote!(+ #iteration * (#stride))
            }
        }
    };
    iterations.iter().map(term).collect()
}

/// The element type of a slice.
pub fn element_tokens(element: ElementType, runtime: &TokenStream) -> TokenStream {
    match element {
        ElementType::Bool => ident(ElementType::Real.name()).to_token_stream(),
        ElementType::F16 | ElementType::Bf16 => {
            let name = ident(element.name());
            quote!(#runtime::element::#name)
        }
        other => ident(other.name()).to_token_stream(),
    }
}
