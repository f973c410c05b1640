//! The struct, the layout of its state, and typed access to parameters.

use super::api::ModelToEmit;
use super::{EmitContext, camel_case, emit_float, ident};
use crate::graph::Float;
use crate::init::Init;
use crate::plan::ALIGN;
use crate::program::{Instance, Member, StateKind, StateTensor};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use std::collections::HashSet;
use syn::{GenericParam, ItemStruct};

/// The item that stands where the user's struct stood: the state of a compiled model, or a marker for a template.
pub fn emit_struct(item: &ItemStruct, is_compiled: bool, float: Float, krate: &TokenStream) -> TokenStream {
    let (name, visibility) = (&item.ident, &item.vis);
    let attributes = &item.attrs;
    if is_compiled && item.generics.params.is_empty() {
        let state = emit_state_type(float, krate);
        return quote! {
            #(#attributes)*
            #[allow(dead_code)]
            #visibility struct #name { state: #state }
        };
    }
    let params = item.generics.params.iter().map(|param| match param {
        GenericParam::Const(param) => {
            let ident = &param.ident;
            quote!(const #ident: usize)
        }
        GenericParam::Type(param) => param.ident.to_token_stream(),
        GenericParam::Lifetime(param) => param.lifetime.to_token_stream(),
    });
    let types = item.generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(&param.ident),
        _ => None,
    });
    quote! {
        #(#attributes)*
        #[allow(dead_code)]
        #visibility struct #name<#(#params),*>(::core::marker::PhantomData<fn() -> (#(#types,)*)>);
    }
}

/// The type of the state of a model.
pub fn emit_state_type(float: Float, krate: &TokenStream) -> TokenStream {
    match float {
        Float::F32 => quote!(#krate::__private::state::State),
        Float::F64 => quote!(#krate::__private::state::State<f64>),
    }
}

/// A whole number without suffix.
fn number(value: usize) -> Literal {
    Literal::usize_unsuffixed(value)
}

/// `(Const<6>, Const<1>)` and its value.
fn const_shape(shape: &[usize], runtime: &TokenStream) -> (TokenStream, TokenStream) {
    let sizes: Vec<Literal> = shape.iter().map(|&size| number(size)).collect();
    (quote!((#(#runtime::Const<#sizes>,)*)), quote!((#(#runtime::Const::<#sizes>,)*)))
}

/// The `Layout` of the state as a constant expression.
pub fn emit_layout(state: &[StateTensor], runtime: &TokenStream) -> TokenStream {
    let tensors = state.iter().map(|tensor| {
        let StateTensor { name, shape, offset, lr_scale, decay, .. } = tensor;
        let shape = shape.iter().map(|&size| number(size));
        let offset = number(*offset);
        let kind = match tensor.kind {
            StateKind::Trainable => quote!(Trainable),
            StateKind::Frozen => quote!(Frozen),
            StateKind::Buffer => quote!(Buffer),
        };
        let float = |value: f64| super::scalar::emit_number(value);
        let init = match tensor.init {
            Init::Constant(value) => {
                let value = float(value);
                quote!(Constant(#value))
            }
            Init::Uniform(low, high) => {
                let (low, high) = (float(low), float(high));
                quote!(Uniform { low: #low, high: #high })
            }
            Init::Normal(mean, std) => {
                let (mean, std) = (float(mean), float(std));
                quote!(Normal { mean: #mean, std: #std })
            }
            Init::NormalExcept { std, start, end } => {
                let (std, start, end) = (float(std), number(start), number(end));
                quote!(NormalExcept { std: #std, start: #start, end: #end })
            }
            Init::TruncNormal { mean, std, low, high } => {
                let [mean, std, low, high] = [mean, std, low, high].map(float);
                quote!(TruncNormal { mean: #mean, std: #std, low: #low, high: #high })
            }
            Init::Eye => quote!(Eye),
            Init::Dirac(groups) => {
                let groups = number(groups);
                quote!(Dirac { groups: #groups })
            }
            Init::Orthogonal(gain) => {
                let gain = float(gain);
                quote!(Orthogonal { gain: #gain })
            }
            Init::Sparse { num_zeros, std } => {
                let (num_zeros, std) = (number(num_zeros), float(std));
                quote!(Sparse { num_zeros: #num_zeros, std: #std })
            }
            Init::NormOf(tensor) => {
                let tensor = number(tensor);
                quote!(NormOf { tensor: #tensor })
            }
        };
        let lr_scale = float(*lr_scale);
        // Short, since there are thousands in a high stack, and the time of expansion is that of its tokens.
        quote!(tensor(#name, &[#(#shape),*], #offset, #kind, #init, #lr_scale, #decay))
    });
    let end = |kinds: &[StateKind]| {
        number(
            state
                .iter()
                .filter(|tensor| kinds.contains(&tensor.kind))
                .map(|tensor| tensor.offset + tensor.numel().next_multiple_of(ALIGN))
                .max()
                .unwrap_or(0),
        )
    };
    let trainable_len = end(&[StateKind::Trainable]);
    let buffers_start = end(&[StateKind::Trainable, StateKind::Frozen]);
    let len = end(&[StateKind::Trainable, StateKind::Frozen, StateKind::Buffer]);
    quote!({
        #[allow(unused_imports)]
        use #runtime::state::{Init::*, Kind::*, tensor};
        #runtime::state::Layout {
            tensors: &[#(#tensors),*], trainable_len: #trainable_len, buffers_start: #buffers_start, len: #len,
        }
    })
}

/// Accessors of a model's fields.
pub struct Accessors {
    /// Types of the layers' views, beside the model.
    pub types: TokenStream,
    /// Methods of the model, over `&self` and `&mut self`.
    pub model_methods: TokenStream,
    /// Methods of the gradients, over `&self`.
    pub grad_methods: TokenStream,
}

/// Typed access to parameters: `net.conv1().weight()`.
pub fn emit_accessors(model: &ModelToEmit<'_>, context: &EmitContext) -> Accessors {
    let ModelToEmit { root, state, .. } = *model;
    let mut views = Views {
        model: model.name,
        visibility: model.visibility,
        state,
        context,
        types: TokenStream::new(),
        names: HashSet::new(),
    };
    let (mut model_methods, mut grad_methods) = (TokenStream::new(), TokenStream::new());
    let (krate, runtime, float) = (&context.krate, &context.runtime, emit_float());
    // The views of the state are of `f32` where they do not say otherwise.
    let other_float = (Float::current() != Float::F32).then(|| quote!(, #float));
    for (name, member) in &root.members {
        if root.decl.function(name).is_some() || model.inaccessible.contains(name) {
            continue;
        }
        let method = ident(name);
        let method_mut = format_ident!("{}_mut", method);
        match member {
            Member::Tensor(index) => {
                let tensor = &state[*index];
                let (shape_type, shape) = const_shape(&tensor.shape, runtime);
                let offset = number(tensor.offset);
                let docs = tensor_docs(tensor);
                model_methods.extend(quote! {
                    #[doc = #docs]
                    pub fn #method(&self) -> #runtime::TensorView<'_, #float, #shape_type> {
                        #krate::views::TensorSource::tensor(#krate::views::StateRef(self.state.values()), #offset, #shape)
                    }
                    #[doc = #docs]
                    pub fn #method_mut(&mut self) -> #runtime::TensorViewMut<'_, #float, #shape_type> {
                        #krate::views::TensorSource::tensor(#krate::views::StateMut(self.state.values_mut()), #offset, #shape)
                    }
                });
                if tensor.kind == StateKind::Trainable {
                    grad_methods.extend(quote! {
                        #[doc = #docs]
                        pub fn #method(&self) -> #runtime::TensorView<'_, #float, #shape_type> {
                            #krate::views::TensorSource::tensor(#krate::views::GradRef(self.gradients.values()), #offset, #shape)
                        }
                    });
                }
            }
            Member::Model(instance) => {
                let view = views.view(instance);
                let docs = format!("Parameters of `{}`, a `{}`.", instance.path, instance.decl.name);
                let new = |source: TokenStream| quote!(#view { source: #source, shift: [0; 3] });
                let (shared, unique, grads) = (
                    new(quote!(#krate::views::StateRef(self.state.values()))),
                    new(quote!(#krate::views::StateMut(self.state.values_mut()))),
                    new(quote!(#krate::views::GradRef(self.gradients.values()))),
                );
                model_methods.extend(quote! {
                    #[doc = #docs]
                    pub fn #method(&self) -> #view<#krate::views::StateRef<'_ #other_float>> { #shared }
                    #[doc = #docs]
                    pub fn #method_mut(&mut self) -> #view<#krate::views::StateMut<'_ #other_float>> { #unique }
                });
                grad_methods.extend(quote! {
                    #[doc = #docs]
                    pub fn #method(&self) -> #view<#krate::views::GradRef<'_ #other_float>> { #grads }
                });
            }
            Member::Stack(elements) if !elements.is_empty() => {
                let view = views.view(&elements[0]);
                let shift = views.shift(elements, &quote!([0; 3]));
                let docs = format!("Parameters of element `index` of `{name}`, {} in all.", elements.len());
                let new = |source: TokenStream| quote!(#view { source: #source, shift: #shift });
                let (shared, unique, grads) = (
                    new(quote!(#krate::views::StateRef(self.state.values()))),
                    new(quote!(#krate::views::StateMut(self.state.values_mut()))),
                    new(quote!(#krate::views::GradRef(self.gradients.values()))),
                );
                model_methods.extend(quote! {
                    #[doc = #docs]
                    #[track_caller]
                    pub fn #method(&self, index: usize) -> #view<#krate::views::StateRef<'_ #other_float>> { #shared }
                    #[doc = #docs]
                    #[track_caller]
                    pub fn #method_mut(&mut self, index: usize) -> #view<#krate::views::StateMut<'_ #other_float>> { #unique }
                });
                grad_methods.extend(quote! {
                    #[doc = #docs]
                    #[track_caller]
                    pub fn #method(&self, index: usize) -> #view<#krate::views::GradRef<'_ #other_float>> { #grads }
                });
            }
            Member::Stack(_) | Member::Hyper(_) | Member::Absent => {}
        }
    }
    Accessors { types: views.types, model_methods, grad_methods }
}

fn tensor_docs(tensor: &StateTensor) -> String {
    // Without backquotes `[6]` would be a link to an item.
    format!("`{}`, `{:?}`.", tensor.name, tensor.shape)
}

/// Emits view types.
struct Views<'a> {
    model: &'a Ident,
    visibility: &'a syn::Visibility,
    state: &'a [StateTensor],
    context: &'a EmitContext,
    types: TokenStream,
    /// Names of the types so far.
    names: HashSet<String>,
}

impl Views<'_> {
    /// How far the tensors of element `index` lie behind those of the first: trainable, frozen, buffers.
    fn shift(&self, elements: &[std::rc::Rc<Instance>], base: &TokenStream) -> TokenStream {
        let count = elements.len();
        let strides = [StateKind::Trainable, StateKind::Frozen, StateKind::Buffer].map(|kind| {
            let first = |element: &Instance| {
                self.state[element.tensors.clone()]
                    .iter()
                    .find(|tensor| tensor.kind == kind)
                    .map(|tensor| tensor.offset)
            };
            let stride = match elements {
                [a, b, ..] => first(b).zip(first(a)).map_or(0, |(b, a)| b - a),
                _ => 0,
            };
            number(stride)
        });
        let [trainable, frozen, buffer] = strides;
        let krate = &self.context.krate;
        quote!(#krate::views::shift(#base, [#trainable, #frozen, #buffer], index, #count))
    }

    /// `LeNetConv1View`; `a.b_c` and `a_b.c` differ by an underscore.
    fn view_name(&mut self, instance: &Instance) -> Ident {
        let text = camel_case(&instance.path.replace('.', "_"));
        let mut name = format!("{}{text}View", self.model);
        while !self.names.insert(name.clone()) {
            name.push('_');
        }
        Ident::new(&name, self.model.span())
    }

    /// The view of a layer, with the types of the layers in it.
    fn view(&mut self, instance: &Instance) -> Ident {
        let name = self.view_name(instance);
        let (krate, visibility, runtime) =
            (self.context.krate.clone(), self.visibility.clone(), self.context.runtime.clone());
        let (mut trainable, mut others, mut layers) =
            (TokenStream::new(), TokenStream::new(), TokenStream::new());
        for (field, member) in &instance.members {
            let method = ident(field);
            match member {
                Member::Tensor(index) => {
                    let tensor = &self.state[*index];
                    let (shape_type, shape) = const_shape(&tensor.shape, &runtime);
                    let (offset, docs) = (number(tensor.offset), tensor_docs(tensor));
                    let (list, kind) = match tensor.kind {
                        StateKind::Trainable => (&mut trainable, 0usize),
                        StateKind::Frozen => (&mut others, 1),
                        StateKind::Buffer => (&mut others, 2),
                    };
                    let at = if tensor.offset == 0 {
                        quote!(self.shift[#kind])
                    } else {
                        quote!(#offset + self.shift[#kind])
                    };
                    list.extend(quote! {
                        #[doc = #docs]
                        pub fn #method(self) -> S::View<#shape_type> {
                            self.source.tensor(#at, #shape)
                        }
                    });
                }
                Member::Model(inner) => {
                    let view = self.view(inner);
                    let docs = format!("Parameters of `{}`.", inner.path);
                    layers.extend(quote! {
                        #[doc = #docs]
                        pub fn #method(self) -> #view<S> { #view { source: self.source, shift: self.shift } }
                    });
                }
                Member::Stack(elements) if !elements.is_empty() => {
                    let view = self.view(&elements[0]);
                    let shift = self.shift(elements, &quote!(self.shift));
                    let docs = format!("Parameters of element `index`, {} in all.", elements.len());
                    layers.extend(quote! {
                        #[doc = #docs]
                        #[track_caller]
                        pub fn #method(self, index: usize) -> #view<S> { #view { source: self.source, shift: #shift } }
                    });
                }
                Member::Stack(_) | Member::Hyper(_) | Member::Absent => {}
            }
        }
        let docs = format!("Typed access to the parameters of a `{}`.", instance.decl.name);
        self.types.extend(quote! {
            #[doc = #docs]
            #[derive(Clone, Copy)]
            #[allow(dead_code)]
            #visibility struct #name<S> { source: S, shift: [usize; 3] }
            #[allow(dead_code)]
            impl<S: #krate::views::TensorSource> #name<S> { #trainable #layers }
            #[allow(dead_code)]
            impl<S: #krate::views::StateSource> #name<S> { #others }
        });
        name
    }
}
