//! What a user meets: the typed functions of a compiled model, its gradients, its costs.

use super::fused_loop::LoopFunctions;
use super::methods::ApiEmitter;
use super::state::{Accessors, emit_accessors, emit_layout};
use super::summary::{Costs, table};
use super::{EmitContext, ident};
use crate::compile::CompiledFunction;
use crate::graph::Size;
use crate::graph::size::symbol_ident;
use crate::lower::Symbol;
use crate::program::{Instance, StateKind, StateTensor};
use proc_macro2::{Ident, TokenStream};
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
}

/// All that a compiled model consists of, besides the struct.
pub fn emit_model(model: &ModelToEmit<'_>, context: &EmitContext) -> TokenStream {
    let mut loops = LoopFunctions::default();
    let (mut bodies, mut methods, mut types) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
    // Types beside the model; an argument of such a name gets no alias.
    let mut taken: HashSet<String> = ["Grads", "Dims"].map(|suffix| format!("{}{suffix}", model.name)).into();
    let saved = |function| ApiEmitter { model, function, context }.saved_name().to_string();
    taken.extend(model.functions.iter().map(saved));
    for function in model.functions {
        let emitter = ApiEmitter { model, function, context };
        bodies.extend(emitter.bodies(&mut loops));
        let (of_model, beside) = emitter.methods();
        methods.extend(of_model);
        bodies.extend(beside);
        types.extend(emitter.types(&mut taken));
    }
    let Accessors { types: views, model_methods, grad_methods } =
        emit_accessors(model.name, model.visibility, model.root, model.state, context);
    let common = emit_common(model, context);
    let layout = emit_layout(model.state, &context.runtime);
    let dims = emit_dims(model);
    let (name, visibility) = (model.name, model.visibility);
    let (krate, runtime) = (&context.krate, &context.runtime);
    let grads = format_ident!("{name}Grads");
    let grads_docs = format!("Gradients of a [`{name}`], and the new values of its buffers.");
    let loop_items = &loops.items;
    let text_name = name.to_string();
    let tokens = quote! {
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
            fn zeros() -> Self {
                #grads { gradients: #runtime::state::Gradients::zeros(<#name as #krate::Model>::layout()) }
            }
            fn gradients(&self) -> &#runtime::state::Gradients { &self.gradients }
            fn gradients_mut(&mut self) -> &mut #runtime::state::Gradients { &mut self.gradients }
        }
        #[automatically_derived]
        impl #krate::Model for #name {
            type Grads = #grads;
            const NAME: &'static str = #text_name;
            fn layout() -> &'static #runtime::state::Layout {
                static LAYOUT: #runtime::state::Layout = #layout;
                &LAYOUT
            }
            fn from_state(state: #runtime::state::State) -> Self { #name { state } }
            fn state(&self) -> &#runtime::state::State { &self.state }
            fn state_mut(&mut self) -> &mut #runtime::state::State { &mut self.state }
        }
        #[allow(dead_code, non_snake_case, unused_doc_comments, unused_variables, unused_mut, unused_parens, unused_braces, clippy::all)]
        const _: () = {
            #(#loop_items)*
            #bodies
            impl #name { #common #methods #model_methods }
        };
    };
    place_at_root(tokens, context)
}

/// Tokens that have no place of their own resolve at the root.
fn place_at_root(tokens: TokenStream, context: &EmitContext) -> TokenStream {
    fn walk(tokens: TokenStream, root: proc_macro2::Span) -> TokenStream {
        use proc_macro2::{Group, TokenTree};
        tokens
            .into_iter()
            .map(|mut tree| {
                if let TokenTree::Group(group) = &tree {
                    let span = group.span();
                    let mut inner = Group::new(group.delimiter(), walk(group.stream(), root));
                    inner.set_span(span.resolved_at(root));
                    return TokenTree::Group(inner);
                }
                tree.set_span(tree.span().resolved_at(root));
                tree
            })
            .collect()
    }
    walk(tokens, context.span)
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
        pub fn named_parameters(&self) -> impl ::core::iter::Iterator<Item = (&'static str, &'static [usize], &[f32])> {
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
