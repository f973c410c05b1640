//! Fused loops as Rust: one function per distinct loop, called with its sizes.

use super::collapsed::Collapsed;
use super::scalar::{Names, emit_scalar};
use super::{EmitContext, ident, respan};
use crate::emit::{emit_float, emit_number, emit_zero};
use crate::graph::types::product;
use crate::graph::{Float, Size};
use crate::ops::reduce::ReduceKind;
use crate::plan::{FusedLoop, Plan};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::HashMap;

/// Functions emitted so far, by what sets them apart: loops with the same expressions share one.
#[derive(Default)]
pub struct LoopFunctions {
    names: HashMap<String, Ident>,
    /// The functions, in order.
    pub items: Vec<TokenStream>,
}

/// Elements handled at a time where the innermost axis is reduced: values are computed at full vector width into a
/// buffer of this many, then added up in lanes. Small enough for the L1 cache beside the operands.
const BLOCK: usize = 256;

impl Collapsed<'_> {
    /// Name of operand `index`: a load, or a store by `num_loads() + store`. Loads whose memory a store takes over
    /// have the store's name.
    fn name(&self, index: usize) -> Ident {
        if index >= self.num_loads() {
            return format_ident!("store_{}", index - self.num_loads());
        }
        match self.fused.stores.iter().position(|store| store.in_place == Some(index)) {
            Some(store) => format_ident!("store_{store}"),
            None => format_ident!("load_{index}"),
        }
    }

    /// `size_1`, …: merged axes after the outermost, which is called `rows`.
    fn size_name(&self, axis: usize) -> Ident {
        if axis == 0 { ident("rows") } else { format_ident!("size_{axis}") }
    }

    /// Elements per row of the outermost axis.
    fn row_len(&self, operand: usize) -> TokenStream {
        let factors: Vec<Ident> = (1..self.sizes.len())
            .filter(|&axis| self.present[operand][axis])
            .map(|axis| self.size_name(axis))
            .collect();
        // quote reads `**` after a repetition as its own, so the product is put together by hand.
        factors
            .into_iter()
            .fold(None, |product: Option<TokenStream>, factor| {
                Some(product.map_or_else(|| quote!(#factor), |product| quote!(#product * #factor)))
            })
            .unwrap_or_else(|| quote!(1))
    }
}

/// Slices by operand: loads, stores, and the scratch of stores with partial results.
pub struct LoopSlices {
    /// For each load, unless a store takes its memory over.
    pub loads: Vec<Option<Ident>>,
    /// For each store.
    pub stores: Vec<Ident>,
    /// For each store with partial results.
    pub scratch: Vec<Option<Ident>>,
}

/// Emits the function of a loop, unless one with the same text exists, and its call on these slices.
///
/// ```text
/// let rows = dim_n; let parts = num_parts(rows, rows * size_1);
/// loop_0(rows, 84, store_0, load_0, load_1, parts);
/// ```
pub fn emit_loop(
    fused: &FusedLoop,
    plan: &Plan,
    slices: &LoopSlices,
    functions: &mut LoopFunctions,
    context: &EmitContext,
) -> TokenStream {
    let collapsed = Collapsed::new(fused);
    let function = emit_function(&collapsed, plan, functions, context);
    let runtime = &context.runtime;
    let rows = collapsed.sizes[0].to_tokens();
    let others: Vec<TokenStream> = collapsed.sizes[1..].iter().map(Size::to_tokens).collect();
    let elements = product(&collapsed.sizes).to_tokens();
    let float = emit_float();
    let scalars = collapsed.scalars.iter().map(|size| {
        // As a number a size may be negative.
        let size = if size.split_signs().is_some() { size.to_signed_tokens() } else { size.to_tokens() };
        quote!((#size) as #float)
    });
    let (mut writes, mut partials, mut reads, mut whole) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut combine = Vec::new();
    for (index, store) in fused.stores.iter().enumerate() {
        let target = &slices.stores[index];
        match &slices.scratch[index] {
            None => writes.push(quote!(#target)),
            Some(scratch) => {
                partials.push(quote!(&mut *#scratch));
                let kind = store.reduce.expect("a store has partial results only where it is reduced");
                let reduction = reduction(kind, runtime);
                combine
                    .push(quote!(#runtime::parallel::combine_parts::<#reduction>(#target, #scratch, parts);));
            }
        }
    }
    for (index, slice) in slices.loads.iter().enumerate() {
        let Some(slice) = slice else { continue };
        if collapsed.present[index][0] { reads.push(quote!(#slice)) } else { whole.push(quote!(#slice)) }
    }
    quote! {
        let parts = #runtime::parallel::num_parts(#rows, #elements);
        #function(#rows, #(#others,)* #(#scalars,)* #(#writes,)* #(#partials,)* #(#reads,)* #(#whole,)* parts);
        #(#combine)*
    }
}

fn emit_function(
    collapsed: &Collapsed<'_>,
    plan: &Plan,
    functions: &mut LoopFunctions,
    context: &EmitContext,
) -> Ident {
    let key = collapsed.key();
    if let Some(name) = functions.names.get(&key) {
        return name.clone();
    }
    let fused = collapsed.fused;
    let rows = ident("rows");
    let sizes: Vec<Ident> = (1..collapsed.sizes.len()).map(|axis| collapsed.size_name(axis)).collect();
    let scalars: Vec<Ident> =
        (0..collapsed.scalars.len()).map(|index| format_ident!("scalar_{index}")).collect();
    let (mut writes, mut partials, mut reads, mut whole) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for index in 0..fused.stores.len() {
        let operand = collapsed.num_loads() + index;
        let (name, len) = (collapsed.name(operand), collapsed.row_len(operand));
        if collapsed.present[operand][0] {
            writes.push(quote!(#name: #len))
        } else {
            partials.push(quote!(#name: #len))
        }
    }
    for index in (0..collapsed.num_loads()).filter(|&index| !collapsed.is_taken_over(index)) {
        let (name, len) = (collapsed.name(index), collapsed.row_len(index));
        if collapsed.present[index][0] { reads.push(quote!(#name: #len)) } else { whole.push(quote!(#name)) }
    }
    let body = emit_body(collapsed, plan, context);
    let signature = quote! {
        (#rows; #(#sizes),*; #(#scalars),*; write { #(#writes),* } partial { #(#partials),* } read { #(#reads),* } whole { #(#whole),* })
    };
    let name = format_ident!("loop_{}", functions.names.len());
    functions.names.insert(key, name.clone());
    let runtime = &context.runtime;
    let first = fused.origins.first().copied().unwrap_or(fused.stores[0].value);
    let place = plan.graph.origin(first).span;
    let head = respan(quote!(fn #name<S> #signature), place, context.span);
    functions.items.push(match Float::current() {
        Float::F32 => quote!(#runtime::fused! { #head { #body } }),
        Float::F64 => {
            let krate = &context.krate;
            quote!(#krate::__private::fused! { in #runtime::fused, f64; #head { #body } })
        }
    });
    name
}

fn identity(kind: ReduceKind) -> TokenStream {
    match kind {
        ReduceKind::Sum => quote!(0.0),
        ReduceKind::Prod => quote!(1.0),
        ReduceKind::Max => emit_number(f64::NEG_INFINITY),
        ReduceKind::Min => emit_number(f64::INFINITY),
    }
}

/// The runtime's type of a reduction.
fn reduction(kind: ReduceKind, runtime: &TokenStream) -> TokenStream {
    match kind {
        ReduceKind::Sum => quote!(#runtime::lanes::Sum),
        ReduceKind::Prod => quote!(#runtime::lanes::Product),
        ReduceKind::Max => quote!(#runtime::lanes::Max),
        ReduceKind::Min => quote!(#runtime::lanes::Min),
    }
}

/// `target` combined with `value`: `total += value`.
fn accumulate(
    kind: ReduceKind,
    target: &TokenStream,
    value: &TokenStream,
    runtime: &TokenStream,
) -> TokenStream {
    match kind {
        ReduceKind::Sum => quote!(#target += #value;),
        ReduceKind::Prod => quote!(#target *= #value;),
        ReduceKind::Max => quote!(#target = #runtime::math::maximum::<S>(#target, #value);),
        ReduceKind::Min => quote!(#target = #runtime::math::minimum::<S>(#target, #value);),
    }
}

fn emit_body(collapsed: &Collapsed<'_>, plan: &Plan, context: &EmitContext) -> TokenStream {
    let fused = collapsed.fused;
    let inner = collapsed.inner();
    let start: Vec<TokenStream> = fused
        .stores
        .iter()
        .enumerate()
        .filter_map(|(index, store)| {
            let name = collapsed.name(collapsed.num_loads() + index);
            let identity = identity(store.reduce?);
            Some(quote!(#name.fill(#identity);))
        })
        .collect();
    let zero = emit_zero();
    let buffers = (0..fused.stores.len())
        .filter(|&index| needs_buffer(collapsed, index))
        .map(|index| {
            let buffer = format_ident!("buffer_{index}");
            quote!(let mut #buffer = [#zero; #BLOCK];)
        })
        .collect::<TokenStream>();
    let mut body = emit_inner(collapsed, plan, context);
    for axis in (0..inner).rev() {
        let (index, size) = (format_ident!("index_{axis}"), collapsed.size_name(axis));
        body = quote!(for #index in 0..#size { #body });
    }
    quote!(#(#start)* #buffers #body)
}

/// Whether a store is reduced along the innermost axis.
fn is_reduced_along_inner(collapsed: &Collapsed<'_>, store: usize) -> bool {
    !collapsed.present[collapsed.num_loads() + store][collapsed.inner()]
}

/// The load that is reduced as it is: it needs no buffer.
fn reduced_load(collapsed: &Collapsed<'_>, store: usize) -> Option<Ident> {
    let source = collapsed.fused.stores[store].source;
    let is_plain = source < collapsed.num_loads()
        && collapsed.present[source][collapsed.inner()]
        && !collapsed.is_taken_over(source);
    is_plain.then(|| collapsed.name(source))
}

/// Whether a store is reduced along the innermost axis by way of a buffer.
fn needs_buffer(collapsed: &Collapsed<'_>, store: usize) -> bool {
    is_reduced_along_inner(collapsed, store) && reduced_load(collapsed, store).is_none()
}

/// The innermost axis, with what its operands are there.
fn emit_inner(collapsed: &Collapsed<'_>, plan: &Plan, context: &EmitContext) -> TokenStream {
    let fused = collapsed.fused;
    let inner = collapsed.inner();
    let len = collapsed.size_name(inner);
    let mut setup = Vec::new();
    for operand in 0..collapsed.num_loads() + fused.stores.len() {
        let is_store = operand >= collapsed.num_loads();
        if !is_store && collapsed.is_taken_over(operand) {
            continue;
        }
        let name = collapsed.name(operand);
        let at = offset(collapsed, operand);
        let line = match (is_store, collapsed.present[operand][inner]) {
            (false, true) => quote!(let #name = &#name[#at..][..#len];),
            (true, true) => quote!(let #name = &mut #name[#at..][..#len];),
            (false, false) => quote!(let #name = #name[#at];),
            (true, false) => quote!(let #name = &mut #name[#at];),
        };
        setup.push(line);
    }
    let reduced: Vec<usize> =
        (0..fused.stores.len()).filter(|&index| is_reduced_along_inner(collapsed, index)).collect();
    if reduced.is_empty() {
        let element = emit_element(collapsed, plan, context);
        return quote!(#(#setup)* for element in 0..#len { #element });
    }
    let runtime = &context.runtime;
    let element = emit_element(collapsed, plan, context);
    let (mut lanes, mut blocks, mut add, mut finish) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for &index in &reduced {
        let kind = fused.stores[index].reduce.expect("an axis is missing only where it is reduced");
        let (lane, buffer, store) =
            (format_ident!("lanes_{index}"), format_ident!("buffer_{index}"), format_ident!("store_{index}"));
        let identity = identity(kind);
        let reduction = reduction(kind, runtime);
        lanes.push(quote!(let mut #lane = [#identity; 16];));
        let terms = reduced_load(collapsed, index).unwrap_or_else(|| {
            blocks.push(quote!(let #buffer = &mut #buffer[..block_len];));
            buffer
        });
        add.push(quote!(#runtime::lanes::fold::<#reduction>(&mut #lane, #terms);));
        let total = quote!(#runtime::lanes::total::<#reduction>(&#lane));
        finish.push(accumulate(kind, &quote!(*#store), &total, runtime));
    }
    for operand in 0..collapsed.num_loads() + fused.stores.len() {
        let is_store = operand >= collapsed.num_loads();
        if !collapsed.present[operand][inner] || (!is_store && collapsed.is_taken_over(operand)) {
            continue;
        }
        let name = collapsed.name(operand);
        blocks.push(if is_store {
            quote!(let #name = &mut #name[block..block + block_len];)
        } else {
            quote!(let #name = &#name[block..block + block_len];)
        });
    }
    quote! {
        #(#setup)*
        #(#lanes)*
        let mut block = 0;
        while block < #len {
            let block_len = if #len - block < #BLOCK { #len - block } else { #BLOCK };
            #(#blocks)*
            for element in 0..block_len { #element }
            #(#add)*
            block += block_len;
        }
        #(#finish)*
    }
}

/// Where an operand's part for the current outer indices begins.
fn offset(collapsed: &Collapsed<'_>, operand: usize) -> TokenStream {
    let inner = collapsed.inner();
    let mut at: Option<TokenStream> = None;
    for axis in (0..inner).filter(|&axis| collapsed.present[operand][axis]) {
        let index = format_ident!("index_{axis}");
        at = Some(match at {
            None => quote!(#index),
            Some(outer) => {
                let size = collapsed.size_name(axis);
                quote!((#outer * #size + #index))
            }
        });
    }
    match at {
        None => quote!(0),
        Some(at) if collapsed.present[operand][inner] => {
            let len = collapsed.size_name(inner);
            quote!((#at * #len))
        }
        Some(at) => at,
    }
}

/// Loads, statements and stores of one element.
fn emit_element(collapsed: &Collapsed<'_>, plan: &Plan, context: &EmitContext) -> TokenStream {
    let fused = collapsed.fused;
    let inner = collapsed.inner();
    let num_loads = collapsed.num_loads();
    let operand = |index: usize| format_ident!("value_{index}");
    let size = |size: &Size| {
        let index = collapsed.scalars.iter().position(|known| known == size).expect("sizes were collected");
        format_ident!("scalar_{index}")
    };
    let names = Names { runtime: &context.runtime, operand: &operand, size: &size };
    let float = emit_float();
    let mut lines = Vec::new();
    for index in 0..num_loads {
        let (value, name) = (operand(index), collapsed.name(index));
        lines.push(if collapsed.present[index][inner] {
            quote!(let #value = #name[element];)
        } else {
            quote!(let #value = #name;)
        });
    }
    for (index, statement) in fused.statements.iter().enumerate() {
        let (value, expression) = (operand(num_loads + index), emit_scalar(statement, &names));
        let place = plan.graph.origin(fused.origins[index]).span;
        lines.push(respan(quote!(let #value: #float = #expression;), place, context.span));
    }
    for (index, store) in fused.stores.iter().enumerate() {
        let (name, value) = (format_ident!("store_{index}"), operand(store.source));
        let present = collapsed.present[num_loads + index][inner];
        lines.push(match (present, store.reduce) {
            (true, None) => quote!(#name[element] = #value;),
            (true, Some(kind)) => {
                accumulate(kind, &quote!(#name[element]), &quote!(#value), &context.runtime)
            }
            (false, _) if needs_buffer(collapsed, index) => {
                let buffer = format_ident!("buffer_{index}");
                quote!(#buffer[element] = #value;)
            }
            (false, _) => TokenStream::new(),
        });
    }
    quote!(#(#lines)*)
}
