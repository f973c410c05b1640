//! The typed methods of one function of a model, and the untyped bodies behind them.

use super::api::ModelToEmit;
use super::function::{FunctionEmitter, element_tokens, memory_ident};
use super::fused_loop::LoopFunctions;
use super::{EmitContext, camel_case, ident, numel_tokens, respan};
use crate::compile::CompiledFunction;
use crate::graph::size::symbol_ident;
use crate::graph::{ElementType, Role, Size, TensorType, shape_text};
use crate::lower::Symbol;
use crate::plan::{Memory, Plan};
use crate::program::StateKind;
use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::HashSet;

/// Emits what belongs to one function.
pub struct ApiEmitter<'a> {
    /// The model.
    pub model: &'a ModelToEmit<'a>,
    /// The function.
    pub function: &'a CompiledFunction,
    /// Where names resolve.
    pub context: &'a EmitContext,
}

/// Which body is emitted or called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Eval,
    LossGrad,
    ForwardHalf,
    BackwardHalf,
}

impl Body {
    fn suffix(self) -> &'static str {
        match self {
            Body::Eval => "eval",
            Body::LossGrad => "loss_grad",
            Body::ForwardHalf => "forward_half",
            Body::BackwardHalf => "backward_half",
        }
    }
}

impl ApiEmitter<'_> {
    fn name(&self) -> String {
        self.function.decl.ident.to_string()
    }

    fn body_name(&self, body: Body) -> Ident {
        format_ident!("__{}_{}", self.function.decl.ident, body.suffix())
    }

    fn symbols(&self) -> &[Symbol] {
        &self.function.symbols
    }

    /// Whether the function returns one scalar.
    fn is_loss(&self) -> bool {
        self.function.is_scalar()
    }

    /// The untyped functions.
    pub fn bodies(&self, loops: &mut LoopFunctions) -> TokenStream {
        let mut tokens = self.body(Body::Eval, &self.function.eval, loops);
        if let Some(plan) = &self.function.loss_grad {
            tokens.extend(self.body(Body::LossGrad, plan, loops));
        }
        if let Some(plan) = &self.function.halves {
            tokens.extend(self.body(Body::ForwardHalf, plan, loops));
            tokens.extend(self.body(Body::BackwardHalf, plan, loops));
        }
        tokens
    }

    /// Arguments that a body takes after the state, as parameters.
    fn body(&self, body: Body, plan: &Plan, loops: &mut LoopFunctions) -> TokenStream {
        let runtime = &self.context.runtime;
        let mut emitter = FunctionEmitter { plan, functions: loops, context: self.context, nest: Vec::new() };
        let prologue = emitter.prologue();
        let (first, second) = plan.halves();
        let steps = emitter.steps(if body == Body::BackwardHalf { second } else { first });
        let params = self.params(body);
        let finish = if matches!(body, Body::LossGrad | Body::BackwardHalf) {
            self.finish(plan)
        } else {
            TokenStream::new()
        };
        let name = self.body_name(body);
        let at_root = |tokens: TokenStream| respan(tokens, self.context.span, self.context.span);
        let head = at_root(quote!(fn #name(#(#params),*) -> ::core::result::Result<(), #runtime::Error>));
        let (prologue, finish) = (at_root(prologue), at_root(quote!(#finish ::core::result::Result::Ok(()))));
        let mut block = Group::new(Delimiter::Brace, quote!(#prologue #steps #finish));
        block.set_span(self.context.span);
        quote!(#head #block)
    }

    /// Gradients that nothing reached are zero; buffers that nothing updated keep their values.
    fn finish(&self, plan: &Plan) -> TokenStream {
        let zero = plan.zero_grads.iter().map(|range| {
            let (start, end) = (range.start, range.end);
            quote!(grads[#start..#end].fill(0.0);)
        });
        let start = crate::plan::buffers_start(self.model.state);
        let updated = self.updated_buffers(plan);
        let keep = self.model.state.iter().enumerate().filter_map(|(index, tensor)| {
            let kept = tensor.kind == StateKind::Buffer && !updated.is_empty() && !updated.contains(&index);
            kept.then(|| {
                let (from, len) = (tensor.offset, tensor.numel());
                let to = from - start;
                quote!(buffers[#to..#to + #len].copy_from_slice(&state[#from..#from + #len]);)
            })
        });
        quote!(#(#zero)* #(#keep)*)
    }

    /// Tensors of the state whose new values a plan proposes.
    fn updated_buffers(&self, plan: &Plan) -> Vec<usize> {
        let mut updated = Vec::new();
        for role in &plan.graph.roles {
            if let Role::Buffer(reference) = role {
                updated.extend(reference.tensors());
            }
        }
        updated
    }

    fn updates_buffers(&self) -> bool {
        let plan = self.function.loss_grad.as_ref().or(self.function.halves.as_ref());
        plan.is_some_and(|plan| !self.updated_buffers(plan).is_empty())
    }

    fn input_slice(&self, index: usize) -> (Ident, TokenStream) {
        let name = memory_ident(Memory::Input(index));
        let element = element_tokens(self.function.args[index].ty.element);
        (name, quote!(&[#element]))
    }

    fn params(&self, body: Body) -> Vec<TokenStream> {
        let runtime = &self.context.runtime;
        let mut params = vec![quote!(state: &[f32])];
        for index in 0..self.function.args.len() {
            let (name, ty) = self.input_slice(index);
            params.push(quote!(#name: #ty));
        }
        if body == Body::BackwardHalf {
            for index in 0..self.num_seeds() {
                let name = memory_ident(Memory::Input(self.function.args.len() + index));
                params.push(quote!(#name: &[f32]));
            }
            for index in self.grad_inputs() {
                let name = memory_ident(Memory::GradInput(index));
                params.push(quote!(#name: &mut [f32]));
            }
        } else {
            for index in 0..self.function.results.len() {
                let name = memory_ident(Memory::Output(index));
                let element = element_tokens(self.function.results[index].element);
                params.push(quote!(#name: &mut [#element]));
            }
        }
        if matches!(body, Body::LossGrad | Body::BackwardHalf) {
            params.push(quote!(grads: &mut [f32]));
            params.push(quote!(buffers: &mut [f32]));
        }
        params.push(quote!(arena: &mut #runtime::arena::Arena));
        params.push(quote!(random_key: #runtime::random::RandomKey));
        for symbol in self.symbols() {
            let name = symbol_ident(&symbol.atom());
            params.push(quote!(#name: usize));
        }
        params
    }

    /// Results that have a gradient.
    fn num_seeds(&self) -> usize {
        self.function.results.iter().filter(|ty| ty.element == ElementType::F32).count()
    }

    /// Arguments whose gradient the backward half gives.
    fn grad_inputs(&self) -> Vec<usize> {
        (0..self.function.args.len())
            .filter(|&index| self.function.args[index].ty.element == ElementType::F32)
            .collect()
    }

    /// Types that belong to the function: aliases of its arguments, what its first half saves.
    pub fn types(&self, taken: &mut HashSet<String>) -> TokenStream {
        let (visibility, runtime) = (self.model.visibility, &self.context.runtime);
        let mut tokens = TokenStream::new();
        for arg in &self.function.args {
            let alias = format!("{}{}", self.model.name, camel_case(&arg.name));
            let (ty, generics) = (self.tensor_type(&arg.ty), self.generics_of(&arg.ty));
            if !taken.insert(alias.clone()) {
                continue;
            }
            let alias_ident = ident(&alias);
            let docs = format!("The argument `{}` of `{}`: `{}`.", arg.name, self.name(), arg.ty);
            let params = if generics.is_empty() { quote!() } else { quote!(<#(#generics),*>) };
            tokens.extend(
                quote!(#[doc = #docs] #[allow(dead_code)] #visibility type #alias_ident #params = #ty;),
            );
        }
        if self.function.halves.is_some() {
            let saved = self.saved_name();
            let docs = format!(
                "What `{}_train` keeps for the backward pass: the workspace and the arguments.",
                self.name()
            );
            let inputs = (0..self.function.args.len()).map(|index| {
                let name = memory_ident(Memory::Input(index));
                let element = element_tokens(self.function.args[index].ty.element);
                quote!(#name: &'a [#element])
            });
            let dims = self.symbols().iter().map(|symbol| {
                let name = symbol_ident(&symbol.atom());
                quote!(#name: usize)
            });
            tokens.extend(quote! {
                #[doc = #docs]
                #[must_use = "call `backward` to get gradients"]
                #[allow(dead_code)]
                #visibility struct #saved<'a> { workspace: &'a mut #runtime::Workspace, #(#inputs,)* #(#dims,)* }
            });
        }
        tokens
    }

    /// The name of what the function's first half saves.
    pub fn saved_name(&self) -> Ident {
        format_ident!("{}{}Saved", self.model.name, camel_case(&self.name()))
    }

    /// The type of one dimension.
    fn dim_type(&self, size: &Size) -> TokenStream {
        let runtime = &self.context.runtime;
        if let Some(literal) = size.as_literal() {
            let literal = Literal::i64_unsuffixed(literal);
            return quote!(#runtime::Const<#literal>);
        }
        match self.symbols().iter().find(|symbol| symbol.size == *size) {
            Some(symbol) => {
                let name = ident(&symbol.name);
                quote!(#name)
            }
            None => quote!(usize),
        }
    }

    fn tensor_type(&self, ty: &TensorType) -> TokenStream {
        let runtime = &self.context.runtime;
        let dims = ty.shape.iter().map(|size| self.dim_type(size));
        let element = element_tokens(ty.element);
        quote!(#runtime::Tensor<#element, (#(#dims,)*)>)
    }

    /// The shape of a result as a value.
    fn shape_value(&self, ty: &TensorType) -> TokenStream {
        let runtime = &self.context.runtime;
        let dims = ty.shape.iter().map(|size| {
            if let Some(literal) = size.as_literal() {
                let literal = Literal::i64_unsuffixed(literal);
                return quote!(#runtime::Const::<#literal>);
            }
            match self.symbols().iter().find(|symbol| symbol.size == *size) {
                Some(symbol) => {
                    let name = format_ident!("typed_{}", symbol.name.to_lowercase());
                    quote!(#name)
                }
                None => size.to_tokens(),
            }
        });
        quote!((#(#dims,)*))
    }

    /// Names of the run-time dimensions in a type.
    fn generics_of(&self, ty: &TensorType) -> Vec<Ident> {
        self.symbols()
            .iter()
            .filter(|symbol| ty.shape.contains(&symbol.size))
            .map(|symbol| ident(&symbol.name))
            .collect()
    }

    fn generics(&self) -> TokenStream {
        let runtime = &self.context.runtime;
        let params = self.symbols().iter().map(|symbol| {
            let name = ident(&symbol.name);
            quote!(#name: #runtime::Dim)
        });
        if self.symbols().is_empty() { TokenStream::new() } else { quote!(<#(#params),*>) }
    }

    fn arg_params(&self, lifetime: Option<TokenStream>) -> Vec<TokenStream> {
        self.function
            .args
            .iter()
            .map(|arg| {
                let (name, ty) = (arg_ident(&arg.name), self.tensor_type(&arg.ty));
                quote!(#name: &#lifetime #ty)
            })
            .collect()
    }

    fn arg_names(&self) -> Vec<Ident> {
        self.function.args.iter().map(|arg| arg_ident(&arg.name)).collect()
    }

    /// Reads the run-time dimensions from the arguments and checks that they agree.
    fn read_dims(&self) -> TokenStream {
        let runtime = &self.context.runtime;
        let mut lines = Vec::new();
        let mut first_arg: Vec<Option<&str>> = vec![None; self.symbols().len()];
        let error = |error: TokenStream| quote!(return ::core::result::Result::Err(#runtime::Error::#error););
        for (arg_index, arg) in self.function.args.iter().enumerate() {
            let arg_name = arg_ident(&arg.name);
            let text = &arg.name;
            for (axis, size) in arg.ty.shape.iter().enumerate() {
                let position = Literal::usize_unsuffixed(axis);
                let found = quote!(#runtime::Dim::size(#arg_name.shape().#position));
                let Some(at) = self.symbols().iter().position(|symbol| symbol.size == *size) else {
                    continue;
                };
                let symbol = &self.symbols()[at];
                let (variable, dim) =
                    (format_ident!("size_of_{}", symbol.name.to_lowercase()), symbol.name.as_str());
                if let Some(first) = first_arg[at] {
                    let mismatch = error(quote!(DimMismatch {
                        dim: #dim, first_argument: #first, first: #variable, second_argument: #text, second: #found,
                    }));
                    lines.push(quote!(if #found != #variable { #mismatch }));
                    continue;
                }
                first_arg[at] = Some(&self.function.args[arg_index].name);
                let typed = format_ident!("typed_{}", symbol.name.to_lowercase());
                let empty = error(quote!(EmptyDim { dim: #dim, argument: #text }));
                let atom = symbol_ident(&symbol.atom());
                let multiple = symbol.multiple_of as usize;
                let bound = |condition: TokenStream, text: String| {
                    let broken = error(quote!(DimBound { dim: #dim, size: #variable, bound: #text }));
                    quote!(if #condition { #broken })
                };
                lines.push(quote! {
                    let #typed = #arg_name.shape().#position;
                    let #variable: usize = #found;
                    if #variable == 0 { #empty }
                });
                if let Some(most) = symbol.at_most {
                    let most_size = most as usize;
                    lines.push(bound(quote!(#variable > #most_size), format!("AtMost<{most}>")));
                }
                if symbol.multiple_of > 1 {
                    lines.push(bound(quote!(#variable % #multiple != 0), format!("MultipleOf<{multiple}>")));
                }
                lines.push(quote!(let #atom: usize = #variable / #multiple;));
            }
        }
        // Dimensions that are expressions of others are checked when these are known.
        for arg in &self.function.args {
            let (arg_name, text) = (arg_ident(&arg.name), &arg.name);
            for (axis, size) in arg.ty.shape.iter().enumerate() {
                if size.as_literal().is_some() || self.symbols().iter().any(|symbol| symbol.size == *size) {
                    continue;
                }
                let position = Literal::usize_unsuffixed(axis);
                let (expected, dim) = (size.to_tokens(), size.to_string());
                let mismatch = error(quote!(DimMismatch {
                    dim: #dim, first_argument: "the declared shape", first: #expected, second_argument: #text, second: #arg_name.shape().#position,
                }));
                lines.push(quote!(if #arg_name.shape().#position != #expected { #mismatch }));
            }
        }
        quote!(#(#lines)*)
    }

    fn docs(&self, what: &str, panics: Option<bool>) -> TokenStream {
        let docs = &self.function.decl.docs;
        let mut text = format!("\n{what}\n\n# Shapes\n");
        for arg in &self.function.args {
            text.push_str(&format!("- `{}`: `{}`\n", arg.name, typed_shape(&arg.ty)));
        }
        let results: Vec<String> =
            self.function.results.iter().map(|ty| format!("`{}`", typed_shape(ty))).collect();
        text.push_str(&format!("- result: {}\n", results.join(", ")));
        text.push_str(&format!(
            "\n{} parameters, {} FLOPs of inference.\n",
            self.model.state.iter().filter(|t| t.kind != StateKind::Buffer).map(|t| t.numel()).sum::<usize>(),
            self.function.flops
        ));
        let problems = "run-time dimensions disagree or are 0, or a label is out of range";
        match panics {
            Some(true) => text.push_str(&format!("\n# Panics\nWhen {problems}.\n")),
            Some(false) => text.push_str(&format!("\n# Errors\nWhen {problems}.\n")),
            None => {}
        }
        quote!(#(#docs)* #[doc = #text])
    }

    /// The typed methods of the model, and impls beside them.
    pub fn methods(&self) -> (TokenStream, TokenStream) {
        let mut methods = self.eval_methods();
        let mut beside = TokenStream::new();
        if self.function.loss_grad.is_some() {
            methods.extend(self.loss_grad_methods());
        }
        if self.function.halves.is_some() {
            let (backward, signature) = self.backward_method();
            methods.extend(self.half_methods());
            methods.extend(backward);
            beside.extend(self.saved_impl(&signature));
        }
        (methods, beside)
    }

    /// The type of what the function returns.
    fn result_type(&self) -> TokenStream {
        if self.is_loss() {
            return quote!(f32);
        }
        let types: Vec<TokenStream> = self.function.results.iter().map(|ty| self.tensor_type(ty)).collect();
        match (types.as_slice(), self.function.decl.returns_tuple) {
            ([single], false) => single.clone(),
            (types, _) => quote!((#(#types,)*)),
        }
    }

    /// Memory for the results, its use as arguments, and the typed result.
    fn outputs(&self) -> (TokenStream, Vec<TokenStream>, TokenStream) {
        let runtime = &self.context.runtime;
        let names: Vec<Ident> =
            (0..self.function.results.len()).map(|index| memory_ident(Memory::Output(index))).collect();
        if self.is_loss() {
            return (
                quote!(let mut output_0 = [0.0f32; 1];),
                vec![quote!(&mut output_0)],
                quote!(output_0[0]),
            );
        }
        let declare = self.function.results.iter().zip(&names).map(|(ty, name)| {
            let numel = numel_tokens(ty);
            let zero = if ty.element.is_integer() { quote!(0) } else { quote!(0.0f32) };
            quote!(let mut #name = ::std::vec![#zero; #numel];)
        });
        let tensors: Vec<TokenStream> = self
            .function
            .results
            .iter()
            .zip(&names)
            .map(|(ty, name)| {
                let shape = self.shape_value(ty);
                quote!(#runtime::Tensor::from_vec(#shape, #name))
            })
            .collect();
        let value = match (tensors.as_slice(), self.function.decl.returns_tuple) {
            ([single], false) => single.clone(),
            (tensors, _) => quote!((#(#tensors,)*)),
        };
        (quote!(#(#declare)*), names.iter().map(|name| quote!(&mut #name)).collect(), value)
    }

    fn slices(&self) -> Vec<TokenStream> {
        self.arg_names().iter().map(|name| quote!(#name.as_slice())).collect()
    }

    fn atoms(&self) -> Vec<Ident> {
        self.symbols().iter().map(|symbol| symbol_ident(&symbol.atom())).collect()
    }

    fn eval_methods(&self) -> TokenStream {
        let runtime = &self.context.runtime;
        let (visibility, name) = (&self.function.decl.visibility, &self.function.decl.ident);
        let try_name = format_ident!("try_{name}");
        let (generics, params, args) = (self.generics(), self.arg_params(None), self.arg_names());
        let (result, read_dims, body) = (self.result_type(), self.read_dims(), self.body_name(Body::Eval));
        let (declare, outputs, value) = self.outputs();
        let (slices, atoms) = (self.slices(), self.atoms());
        let docs =
            self.docs("Inference: no dropout, running statistics; usable from several threads.", Some(true));
        let try_docs = self.docs("As the function without `try_`, with errors as values.", Some(false));
        quote! {
            #docs
            #[track_caller]
            #visibility fn #name #generics(&self, #(#params),*) -> #result {
                #runtime::error::or_panic(self.#try_name(#(#args),*))
            }
            #try_docs
            #visibility fn #try_name #generics(&self, #(#params),*) -> ::core::result::Result<#result, #runtime::Error> {
                #read_dims
                #declare
                #runtime::parallel::enter(|| #runtime::workspace::with_scratch(|arena| {
                    let random_key = #runtime::random::RandomKey { seed: 0, step: 0 };
                    #body(self.state.values(), #(#slices,)* #(#outputs,)* arena, random_key, #(#atoms),*)
                }))?;
                ::core::result::Result::Ok(#value)
            }
        }
    }

    fn gradient_parts(&self) -> TokenStream {
        // Proposed buffers count as present only if the function proposes any.
        if self.updates_buffers() {
            quote!(let (grads, buffers) = grads.gradients.parts_mut();)
        } else {
            quote!(let (grads, buffers): (&mut [f32], &mut [f32]) = (grads.gradients.values_mut(), &mut []);)
        }
    }

    fn loss_grad_methods(&self) -> TokenStream {
        let (krate, runtime) = (&self.context.krate, &self.context.runtime);
        let (visibility, name, model) =
            (&self.function.decl.visibility, &self.function.decl.ident, self.model.name);
        let (into, try_into) = (format_ident!("{name}_grad_into"), format_ident!("try_{name}_grad_into"));
        let (short, try_short) = (format_ident!("{name}_grad"), format_ident!("try_{name}_grad"));
        let grads = format_ident!("{model}Grads");
        let (generics, params, args) = (self.generics(), self.arg_params(None), self.arg_names());
        let (read_dims, body) = (self.read_dims(), self.body_name(Body::LossGrad));
        let (slices, atoms) = (self.slices(), self.atoms());
        let parts = self.gradient_parts();
        let docs = self.docs(
            "Value and gradient of one training step, dropout and batch statistics included. `grads` is overwritten. Allocates nothing once the workspace has seen the sizes.",
            Some(true),
        );
        let try_docs = self.docs("As the function without `try_`, with errors as values.", Some(false));
        let short_docs =
            self.docs("Value and gradient, in fresh memory: the short form of `…_grad_into`.", Some(true));
        quote! {
            #docs
            #[track_caller]
            #visibility fn #into #generics(&self, workspace: &mut #runtime::Workspace, #(#params,)* grads: &mut #grads) -> f32 {
                #runtime::error::or_panic(self.#try_into(workspace, #(#args,)* grads))
            }
            #try_docs
            #visibility fn #try_into #generics(&self, workspace: &mut #runtime::Workspace, #(#params,)* grads: &mut #grads) -> ::core::result::Result<f32, #runtime::Error> {
                #read_dims
                let mut output_0 = [0.0f32; 1];
                let (arena, random_key) = workspace.next_step();
                #runtime::parallel::enter(|| {
                    #parts
                    #body(self.state.values(), #(#slices,)* &mut output_0, grads, buffers, arena, random_key, #(#atoms),*)
                })?;
                ::core::result::Result::Ok(output_0[0])
            }
            #short_docs
            #[track_caller]
            #visibility fn #short #generics(&self, #(#params),*) -> (f32, #grads) {
                #runtime::error::or_panic(self.#try_short(#(#args),*))
            }
            #try_docs
            #visibility fn #try_short #generics(&self, #(#params),*) -> ::core::result::Result<(f32, #grads), #runtime::Error> {
                let mut grads = <#grads as #krate::ModelGrads>::zeros();
                let value = self.#try_into(&mut #runtime::Workspace::new(), #(#args,)* &mut grads)?;
                ::core::result::Result::Ok((value, grads))
            }
        }
    }

    fn half_methods(&self) -> TokenStream {
        let runtime = &self.context.runtime;
        let (visibility, name) = (&self.function.decl.visibility, &self.function.decl.ident);
        let (train, try_train) = (format_ident!("{name}_train"), format_ident!("try_{name}_train"));
        let saved = self.saved_name();
        let args = self.arg_names();
        let params = self.arg_params(Some(quote!('a)));
        let symbols = self.symbols().iter().map(|symbol| {
            let name = ident(&symbol.name);
            quote!(#name: #runtime::Dim)
        });
        let with_lifetime = quote!(<'a, #(#symbols),*>);
        let (result, read_dims, body) =
            (self.result_type(), self.read_dims(), self.body_name(Body::ForwardHalf));
        let (declare, outputs, value) = self.outputs();
        let (slices, atoms) = (self.slices(), self.atoms());
        let inputs: Vec<Ident> = (0..args.len()).map(|index| memory_ident(Memory::Input(index))).collect();
        let docs =
            self.docs("First half of a training step: the result, and what `backward` needs.", Some(true));
        let try_docs = self.docs("As the function without `try_`, with errors as values.", Some(false));
        quote! {
            #docs
            #[track_caller]
            #visibility fn #train #with_lifetime(&self, workspace: &'a mut #runtime::Workspace, #(#params),*) -> (#result, #saved<'a>) {
                #runtime::error::or_panic(self.#try_train(workspace, #(#args),*))
            }
            #try_docs
            #visibility fn #try_train #with_lifetime(&self, workspace: &'a mut #runtime::Workspace, #(#params),*) -> ::core::result::Result<(#result, #saved<'a>), #runtime::Error> {
                #read_dims
                #declare
                let (arena, random_key) = workspace.next_step();
                #runtime::parallel::enter(|| {
                    #body(self.state.values(), #(#slices,)* #(#outputs,)* arena, random_key, #(#atoms),*)
                })?;
                let saved = #saved { workspace, #(#inputs: #slices,)* #(#atoms,)* };
                ::core::result::Result::Ok((#value, saved))
            }
        }
    }

    /// What is behind `saved.backward(&net, &dy, &mut grads)`: a hidden method of the model.
    fn backward_method(&self) -> (TokenStream, Backward) {
        let runtime = &self.context.runtime;
        let (name, model) = (&self.function.decl.ident, self.model.name);
        let (saved, grads) = (self.saved_name(), format_ident!("{model}Grads"));
        let hidden = format_ident!("__{name}_backward");
        let body = self.body_name(Body::BackwardHalf);
        let inputs: Vec<Ident> =
            (0..self.function.args.len()).map(|index| memory_ident(Memory::Input(index))).collect();
        let atoms = self.atoms();
        let seeds: Vec<&TensorType> =
            self.function.results.iter().filter(|ty| ty.element == ElementType::F32).collect();
        let mut checks = TokenStream::new();
        let (mut seed_params, mut seed_slices, mut scalars) = (Vec::new(), Vec::new(), TokenStream::new());
        for (index, ty) in seeds.iter().enumerate() {
            let seed =
                if seeds.len() == 1 { ident("grad_output") } else { format_ident!("grad_output_{index}") };
            if ty.rank() == 0 {
                let array = format_ident!("{seed}_array");
                seed_params.push(quote!(#seed: f32));
                scalars.extend(quote!(let #array = [#seed];));
                seed_slices.push(quote!(&#array));
                continue;
            }
            let ty_tokens = self.tensor_type(ty);
            seed_params.push(quote!(#seed: &#ty_tokens));
            seed_slices.push(quote!(#seed.as_slice()));
            let (expected, text) = (numel_tokens(ty), seed.to_string());
            checks.extend(quote! {
                if #seed.numel() != #expected {
                    return ::core::result::Result::Err(#runtime::Error::DimMismatch {
                        dim: "number of elements", first_argument: "the result", first: #expected,
                        second_argument: #text, second: #seed.numel(),
                    });
                }
            });
        }
        let grad_inputs = self.grad_inputs();
        // Gradients of arguments are typed by the dimensions that the gradient of the result brings along.
        let typed: Vec<Ident> = self
            .symbols()
            .iter()
            .filter(|symbol| seeds.iter().any(|ty| ty.shape.contains(&symbol.size)))
            .map(|symbol| ident(&symbol.name))
            .collect();
        let grad_type = |ty: &TensorType| {
            let dims = ty.shape.iter().map(|size| {
                let known = self
                    .symbols()
                    .iter()
                    .any(|symbol| symbol.size == *size && typed.contains(&ident(&symbol.name)));
                if known || size.as_literal().is_some() { self.dim_type(size) } else { quote!(usize) }
            });
            quote!(#runtime::Tensor<f32, (#(#dims,)*)>)
        };
        let declare = grad_inputs.iter().map(|&index| {
            let (memory, numel) =
                (memory_ident(Memory::GradInput(index)), numel_tokens(&self.function.args[index].ty));
            quote!(let mut #memory = ::std::vec![0.0f32; #numel];)
        });
        let grad_slices = grad_inputs.iter().map(|&index| {
            let memory = memory_ident(Memory::GradInput(index));
            quote!(&mut #memory)
        });
        let values: Vec<TokenStream> = grad_inputs
            .iter()
            .map(|&index| {
                let memory = memory_ident(Memory::GradInput(index));
                let ty = grad_type(&self.function.args[index].ty);
                let sizes = self.function.args[index].ty.shape.iter().map(Size::to_tokens);
                quote!({
                    let tensor: #ty = #runtime::tensor::from_sizes(&[#(#sizes),*], #memory);
                    tensor
                })
            })
            .collect();
        let types: Vec<TokenStream> =
            grad_inputs.iter().map(|&index| grad_type(&self.function.args[index].ty)).collect();
        let (result, value) = match (types.as_slice(), values.as_slice()) {
            ([ty], [value]) => (ty.clone(), value.clone()),
            _ => (quote!((#(#types,)*)), quote!((#(#values,)*))),
        };
        let symbols: Vec<TokenStream> = typed.iter().map(|name| quote!(#name: #runtime::Dim)).collect();
        let generics = if symbols.is_empty() { TokenStream::new() } else { quote!(<#(#symbols),*>) };
        let parts = self.gradient_parts();
        let seed_names: Vec<Ident> =
            (0..seeds.len())
                .map(|index| {
                    if seeds.len() == 1 { ident("grad_output") } else { format_ident!("grad_output_{index}") }
                })
                .collect();
        let docs = format!(
            "Second half of a training step: gradients of the parameters into `grads`, which is overwritten; returns those of {}.",
            grad_inputs
                .iter()
                .map(|&index| format!("`{}`", self.function.args[index].name))
                .collect::<Vec<_>>()
                .join(", ")
        );
        let method = quote! {
            #[doc(hidden)]
            fn #hidden #generics(&self, saved: #saved<'_>, #(#seed_params,)* grads: &mut #grads) -> ::core::result::Result<#result, #runtime::Error> {
                let #saved { workspace, #(#inputs,)* #(#atoms,)* } = saved;
                #checks
                #scalars
                #(#declare)*
                let (arena, random_key) = workspace.same_step();
                #runtime::parallel::enter(|| {
                    #parts
                    #body(self.state.values(), #(#inputs,)* #(#seed_slices,)* #(#grad_slices,)* grads, buffers, arena, random_key, #(#atoms),*)
                })?;
                ::core::result::Result::Ok(#value)
            }
        };
        (method, Backward { generics, seed_params, seed_names, result, docs, hidden })
    }

    /// The methods of what the first half saves.
    fn saved_impl(&self, backward: &Backward) -> TokenStream {
        let Backward { generics, seed_params, seed_names, result, docs, hidden } = backward;
        let (visibility, model, runtime) =
            (&self.function.decl.visibility, self.model.name, &self.context.runtime);
        let (saved, grads) = (self.saved_name(), format_ident!("{model}Grads"));
        quote! {
            impl #saved<'_> {
                #[doc = #docs]
                ///
                /// # Panics
                /// When the gradient has another number of elements than the result.
                #[track_caller]
                #visibility fn backward #generics(self, model: &#model, #(#seed_params,)* grads: &mut #grads) -> #result {
                    #runtime::error::or_panic(model.#hidden(self, #(#seed_names,)* grads))
                }
                /// As `backward`, with errors as values.
                ///
                /// # Errors
                /// When the gradient has another number of elements than the result.
                #visibility fn try_backward #generics(self, model: &#model, #(#seed_params,)* grads: &mut #grads) -> ::core::result::Result<#result, #runtime::Error> {
                    model.#hidden(self, #(#seed_names,)* grads)
                }
            }
        }
    }
}

/// What the methods of the saved half need of the function behind them.
struct Backward {
    generics: TokenStream,
    seed_params: Vec<TokenStream>,
    seed_names: Vec<Ident>,
    result: TokenStream,
    docs: String,
    hidden: Ident,
}

/// The name of an argument in typed methods: the user's, with an underscore when the method has a variable of that name.
fn arg_ident(name: &str) -> Ident {
    const NAMES: &[&str] = &["workspace", "grads", "buffers", "arena", "random_key", "value", "saved"];
    const PREFIXES: &[&str] = &["output_", "typed_", "size_of_", "dim_"];
    let taken = NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    if taken { format_ident!("{name}_") } else { ident(name) }
}

/// `u8[N]`, `[N, 10]`.
fn typed_shape(ty: &TensorType) -> String {
    let element = if ty.element == ElementType::F32 { "" } else { ty.element.name() };
    format!("{element}{}", shape_text(&ty.shape))
}
