//! What a user meets: the typed functions of a compiled model, its gradients, its costs.

use super::fused_loop::LoopFunctions;
use super::methods::{ApiEmitter, Choices};
use super::state::{Accessors, emit_accessors, emit_layout};
use super::summary::{Costs, table};
use super::{EmitContext, emit_float, ident, respan};
use crate::budget::trained_function;
use crate::compile::CompiledFunction;
use crate::graph::Size;
use crate::graph::size::symbol_ident;
use crate::lower::Symbol;
use crate::program::{Instance, StateKind, StateTensor};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use std::collections::HashSet;

/// A model ready to be emitted.
pub struct ModelToEmit<'a> {
    /// Its name.
    pub name: &'a Ident,
    /// Its visibility.
    pub visibility: &'a syn::Visibility,
    /// Its tree.
    pub root: &'a Instance,
    /// Its state.
    pub state: &'a [StateTensor],
    /// Its functions.
    pub functions: &'a [CompiledFunction],
    /// Its costs.
    pub costs: &'a Costs,
    /// Its run-time dimensions.
    pub dims: &'a [Symbol],
    /// Fields without a function of their name.
    pub inaccessible: &'a HashSet<String>,
}

/// All that a compiled model consists of, besides the struct.
pub fn emit_model(model: &ModelToEmit<'_>, context: &EmitContext) -> TokenStream {
    let mut loops = LoopFunctions::default();
    let (mut bodies, mut types) = (TokenStream::new(), TokenStream::new());
    let (mut methods, mut beside) = (TokenStream::new(), TokenStream::new());
    // Types beside the model; an argument of such a name gets no alias.
    let mut taken: HashSet<String> = ["Grads", "Dims"].map(|suffix| format!("{}{suffix}", model.name)).into();
    let saved = |function| ApiEmitter { model, function, context }.saved_name().to_string();
    taken.extend(model.functions.iter().map(saved));
    let emitters = || model.functions.iter().map(|function| ApiEmitter { model, function, context });
    let choices = Choices::among(emitters());
    taken.extend(choices.iter().map(|choices| choices.saved_name().to_string()));
    for function in model.functions {
        let emitter = ApiEmitter { model, function, context };
        bodies.extend(emitter.bodies(&mut loops));
        let (of_model, of_saved) = emitter.methods();
        methods.extend(of_model);
        beside.extend(of_saved);
        types.extend(emitter.types(&mut taken));
    }
    for (of_choices, of_model, of_saved) in choices.iter().map(Choices::methods) {
        types.extend(of_choices);
        methods.extend(of_model);
        beside.extend(of_saved);
    }
    let Accessors { types: views, model_methods, grad_methods } = emit_accessors(model, context);
    let common = emit_common(model, context);
    let layout = emit_layout(model.state, &context.runtime);
    let dims = emit_dims(model);
    let (name, visibility) = (model.name, model.visibility);
    let (krate, runtime) = (&context.krate, &context.runtime);
    let grads = format_ident!("{name}Grads");
    let grads_docs = format!("Gradients of a [`{name}`], and the new values of its buffers.");
    let float = emit_float();
    let loop_items = &loops.items;
    let text_name = name.to_string();
    let graphs = emit_graphs(model);
    let items = quote! {
        #[doc = #grads_docs]
        #[derive(Clone, Debug)]
        #visibility struct #grads { gradients: #runtime::state::Gradients }
        #dims
        #types
        #views
        #[allow(dead_code)]
        impl #grads { #grad_methods }
        #[automatically_derived]
        impl #krate::ModelGrads for #grads {
            type Float = #float;
            fn zeros() -> Self {
                #grads { gradients: #runtime::state::Gradients::zeros(<#name as #krate::Model>::layout()) }
            }
            fn gradients(&self) -> &#runtime::state::Gradients { &self.gradients }
            fn gradients_mut(&mut self) -> &mut #runtime::state::Gradients { &mut self.gradients }
        }
        #[automatically_derived]
        impl #krate::Model for #name {
            type Float = #float;
            type Grads = #grads;
            const NAME: &'static str = #text_name;
            const GRAPHS: &'static [(&'static str, &'static str)] = &[#graphs];
            fn layout() -> &'static #runtime::state::Layout {
                static LAYOUT: #runtime::state::Layout = #layout;
                &LAYOUT
            }
            fn from_state(state: #runtime::state::State) -> Self { #name { state } }
            fn state(&self) -> &#runtime::state::State { &self.state }
            fn state_mut(&mut self) -> &mut #runtime::state::State { &mut self.state }
        }
    };
    let methods = quote!(#beside impl #name { #common #methods #model_methods });
    let head = quote! {
        #[allow(dead_code, non_snake_case, unused_doc_comments, unused_variables, unused_mut, unused_parens, unused_braces, clippy::all)]
        const _: () =
    };
    // Only statements of bodies stand at the user's lines. Every item stands at the root as a whole: rustc stores the
    // places inside an item relative to it, and one that reaches over several lines or files goes stale in incremental
    // builds.
    let at_root = |tokens: TokenStream| respan(tokens, context.span, context.span);
    let (items, methods, head) = (at_root(items), at_root(methods), at_root(head));
    let loop_items = place_loops(quote!(#(#loop_items)*), context);
    let mut block = Group::new(Delimiter::Brace, quote!(#loop_items #bodies #methods));
    block.set_span(context.span);
    let end = at_root(quote!(;));
    quote!(#items #head #block #end)
}

/// The functions of a model without state, outside of it. The first one is the user's; those after it return gradients
/// behind what it returns.
pub fn emit_functions(model: &ModelToEmit<'_>, context: &EmitContext) -> TokenStream {
    let num_values = model.functions.first().map_or(0, |function| function.decl.returned.len());
    let emitters = model.functions.iter().map(|function| ApiEmitter { model, function, context });
    emitters.map(|emitter| emitter.free_function(num_values)).collect()
}

/// Tokens of loops without a place of their own, the frame around the statements, stand at the root.
pub(super) fn place_loops(tokens: TokenStream, context: &EmitContext) -> TokenStream {
    let place_of = |span: Span| (span.file(), span.start().line, span.start().column);
    let unplaced = place_of(Span::call_site());
    let place = |span: Span| {
        let span = if place_of(span) == unplaced { context.span } else { span };
        span.resolved_at(context.span)
    };
    fn walk(tokens: TokenStream, place: &dyn Fn(Span) -> Span) -> TokenStream {
        tokens
            .into_iter()
            .map(|mut tree| {
                let span = place(tree.span());
                if let TokenTree::Group(group) = &tree {
                    tree = TokenTree::Group(Group::new(group.delimiter(), walk(group.stream(), place)));
                }
                tree.set_span(span);
                tree
            })
            .collect()
    }
    walk(tokens, &place)
}

/// `("loss", "…"), ("forward", "…"),`: what the functions compute, first the one that training uses.
fn emit_graphs(model: &ModelToEmit<'_>) -> TokenStream {
    let trained = trained_function(model.functions).map(|(function, _)| function.ident());
    let is_trained = |function: &&CompiledFunction| Some(function.ident()) == trained;
    let others = model.functions.iter().filter(|function| !is_trained(function));
    let functions = model.functions.iter().filter(is_trained).chain(others);
    functions
        .map(|function| {
            let (name, text) = (function.name(), &function.description);
            quote!((#name, #text),)
        })
        .collect()
}

/// The run-time dimensions of the model, for its costs.
fn emit_dims(model: &ModelToEmit<'_>) -> TokenStream {
    let (name, visibility) = (format_ident!("{}Dims", model.name), model.visibility);
    let docs = format!("Run-time dimensions of a [`{}`], for `flops` and its kin.", model.name);
    let fields = model.dims.iter().map(|dim| {
        let field = ident(&dim.name.to_lowercase());
        let docs = format!("Size of `{}`.", dim.name);
        quote!(#[doc = #docs] pub #field: usize)
    });
    quote! {
        #[doc = #docs]
        #[derive(Clone, Copy, Debug)]
        #[allow(dead_code)]
        #visibility struct #name { #(#fields),* }
    }
}

/// Construction, files, costs: what every model has.
fn emit_common(model: &ModelToEmit<'_>, context: &EmitContext) -> TokenStream {
    let (name, krate, runtime) = (model.name, &context.krate, &context.runtime);
    let float = emit_float();
    let dims_type = format_ident!("{name}Dims");
    let parameters: usize =
        model.state.iter().filter(|tensor| tensor.kind != StateKind::Buffer).map(StateTensor::numel).sum();
    let text_name = name.to_string();
    let summary = model
        .functions
        .first()
        .map_or(String::new(), |function| table(&text_name, &function.eval.graph, model.state, model.costs));
    let bind: TokenStream = model
        .dims
        .iter()
        .map(|dim| {
            let (variable, field) = (symbol_ident(&dim.atom()), ident(&dim.name.to_lowercase()));
            let multiple = dim.multiple_of as usize;
            quote!(let #variable = dims.#field / #multiple;)
        })
        .collect();
    let cost = |size: &Size| super::size_in_dims(size);
    let (flops, forward_bytes, train_bytes) =
        (cost(&model.costs.flops), cost(&model.costs.forward_bytes), cost(&model.costs.train_bytes));
    let parameters_docs = format!("Number of parameters: {parameters}.");
    let new_docs = "A model with parameters initialised as its fields declare, on a device. The values depend on the seed and the names of the parameters only.";
    quote! {
        #[doc = #parameters_docs]
        pub const PARAMETERS: usize = #parameters;
        #[doc = #new_docs]
        pub fn new(device: #runtime::Device, seed: u64) -> Self {
            match device {
                #runtime::Device::Cpu => #name { state: #runtime::state::State::new(<#name as #krate::Model>::layout(), seed) },
            }
        }
        /// Memory for training steps. It grows to the sizes it sees and is then used again.
        pub fn workspace(&self) -> #runtime::Workspace { #runtime::Workspace::new() }
        /// Zero gradients for `loss_grad_into`.
        pub fn zero_grads(&self) -> <#name as #krate::Model>::Grads { <<#name as #krate::Model>::Grads as #krate::ModelGrads>::zeros() }
        /// Writes parameters and buffers to a safetensors file, names as in PyTorch.
        ///
        /// # Errors
        /// When the file cannot be written; nothing half-written is left behind.
        pub fn save(&self, path: impl ::core::convert::AsRef<::std::path::Path>) -> ::core::result::Result<(), #runtime::Error> {
            #krate::checkpoint::save(self, path)
        }
        /// Reads parameters and buffers from a safetensors file.
        ///
        /// # Errors
        /// When the file cannot be read, or lacks tensors, or has others, or with other shapes: all are listed.
        pub fn load(path: impl ::core::convert::AsRef<::std::path::Path>, device: #runtime::Device) -> ::core::result::Result<Self, #runtime::Error> {
            match device { #runtime::Device::Cpu => #krate::checkpoint::load::<Self>(path) }
        }
        /// Name, shape and values of every parameter, in the order of the fields.
        pub fn named_parameters(&self) -> impl ::core::iter::Iterator<Item = (&'static str, &'static [usize], &[#float])> {
            #krate::Model::named_parameters(self)
        }
        /// Floating-point operations of one inference.
        pub const fn flops(dims: #dims_type) -> u64 { #bind #flops }
        /// Bytes of one inference: state, arguments, results and intermediate values.
        pub const fn forward_bytes(dims: #dims_type) -> u64 { #bind #forward_bytes }
        /// Bytes of a training step: those of the loss, gradients and two optimizer moments.
        pub const fn train_bytes(dims: #dims_type) -> u64 { #bind #train_bytes }
        /// A table of the layers: what they return, their parameters, FLOPs and bytes.
        pub const fn summary() -> &'static str { #summary }
    }
}
