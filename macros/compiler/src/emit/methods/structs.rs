//! What a function takes and returns as Rust sees it: tensors, and structs of them.

use super::ApiEmitter;
use super::dims::arg_ident;
use crate::emit::function::memory_ident;
use crate::emit::ident;
use crate::graph::{ElementType, Size, TensorType};
use crate::parse::{Annotation, StructAnnotation};
use crate::plan::Memory;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

/// An argument, a result, or a gradient of one: a tensor or a struct of several.
pub(super) struct Group<'f> {
    /// The struct; `None` for a tensor.
    pub(super) of: Option<&'f StructAnnotation>,
    /// Its tensors.
    pub(super) types: &'f [TensorType],
    /// The place of its first tensor among those of the function.
    pub(super) start: usize,
}

impl<'f> Group<'f> {
    /// The groups of what is declared, with these tensors.
    fn all(declared: impl Iterator<Item = &'f Annotation>, types: &'f [TensorType]) -> Vec<Group<'f>> {
        let mut start = 0;
        let groups = declared.map(|declared| {
            let of = match declared {
                Annotation::Struct(of) => Some(of),
                Annotation::Tensor(_) | Annotation::Tuple(_) => None,
            };
            let end = start + declared.num_tensors();
            let group = Group { of, types: &types[start..end], start };
            start = end;
            group
        });
        groups.collect()
    }

    /// What has a gradient in it: a struct of reals as a whole, of another one the reals one by one.
    fn with_grad(self) -> Vec<Group<'f>> {
        let has_grad = |ty: &TensorType| ty.element == ElementType::Real;
        if self.types.iter().all(has_grad) {
            return vec![self];
        }
        let singles = self.types.chunks(1).zip(self.start..);
        let singles = singles.filter(|(types, _)| has_grad(&types[0]));
        singles.map(|(types, start)| Group { of: None, types, start }).collect()
    }

    /// The places of its tensors among those of the function.
    pub(super) fn places(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.types.len()
    }

    /// How each of its tensors is reached from a variable that holds it.
    pub(super) fn reached_from(&self, variable: &Ident) -> Vec<TokenStream> {
        match self.of {
            None => vec![quote!(#variable)],
            Some(of) => of.decl().leaves.iter().map(|leaf| reach(variable, &leaf.path)).collect(),
        }
    }
}

/// `state.h` of a variable and `.h`.
fn reach(variable: &Ident, path: &str) -> TokenStream {
    let members = path.split('.').skip(1).map(|member| match member.parse::<usize>() {
        Ok(index) => {
            let index = Literal::usize_unsuffixed(index);
            quote!(.#index)
        }
        Err(_) => {
            let name = ident(member);
            quote!(.#name)
        }
    });
    quote!(#variable #(#members)*)
}

/// The tensor that an argument of this name is in typed methods: `x`, `state.h`.
pub(super) fn arg_place(name: &str) -> TokenStream {
    let end = name.find('.').unwrap_or(name.len());
    reach(&arg_ident(&name[..end]), &name[end..])
}

impl ApiEmitter<'_> {
    /// The arguments, with their names.
    pub(super) fn arg_groups(&self) -> Vec<(String, Group<'_>)> {
        let params = &self.function.decl.params;
        let groups = Group::all(params.iter().map(|param| &param.ty), &self.function.arg_types);
        let names = params.iter().map(|param| param.ident.to_string().trim_start_matches("r#").to_string());
        names.zip(groups).collect()
    }

    /// The results.
    pub(super) fn result_groups(&self) -> Vec<Group<'_>> {
        Group::all(self.function.decl.returned.iter(), &self.function.results)
    }

    /// What the gradients of the results are given as.
    pub(super) fn seed_groups(&self) -> Vec<Group<'_>> {
        self.result_groups().into_iter().flat_map(Group::with_grad).collect()
    }

    /// What the gradients of the arguments are returned as, with the names of what they belong to.
    pub(super) fn grad_groups(&self) -> Vec<(String, Group<'_>)> {
        let mut groups = Vec::new();
        for (name, group) in self.arg_groups() {
            for part in group.with_grad() {
                let single = (part.of.is_none()).then(|| self.function.args[part.start].name.clone());
                groups.push((single.unwrap_or_else(|| name.clone()), part));
            }
        }
        groups
    }

    /// Its type, in which dimensions are written by `dim`.
    pub(super) fn group_type(&self, group: &Group<'_>, dim: &dyn Fn(&Size) -> TokenStream) -> TokenStream {
        let Some(of) = group.of else {
            return self.tensor_type_with(&group.types[0], dim);
        };
        let path = self.struct_path(of);
        let decl = of.decl();
        if decl.params.is_empty() {
            return path;
        }
        let sizes = decl.params.iter().enumerate().map(|(index, param)| {
            let (leaf, axis) = decl.axis_of(index).expect("every parameter is a size of some field");
            let size = &group.types[leaf].shape[axis];
            match size.as_literal() {
                Some(literal) if !param.is_dim => {
                    let literal = Literal::i64_unsuffixed(literal);
                    quote!(#literal)
                }
                _ => dim(size),
            }
        });
        quote!(#path<#(#sizes),*>)
    }

    /// A struct's path where the root stands. A model that was compiled through an alias was written elsewhere, where
    /// other paths hold: its structs are in scope at the alias.
    fn struct_path(&self, of: &StructAnnotation) -> TokenStream {
        let path = &of.path;
        match path.segments.last() {
            Some(last) if self.model.root.declared.is_some() => quote!(#last),
            _ => quote!(#path),
        }
    }

    /// A struct from the memory of its tensors: `State { h: from_sizes(&[n, 16], output_0), … }`.
    pub(super) fn struct_value(
        &self,
        of: &StructAnnotation,
        group: &Group<'_>,
        memory: fn(usize) -> Memory,
    ) -> TokenStream {
        let path = self.struct_path(of);
        let mut tensors = group.types.iter().zip(group.places()).map(|(ty, place)| {
            let (runtime, memory) = (&self.context.runtime, memory_ident(memory(place)));
            let sizes = ty.shape.iter().map(Size::to_tokens);
            quote!(#runtime::tensor::from_sizes(&[#(#sizes),*], #memory))
        });
        let fields = of.decl().fields.iter().map(|field| {
            let (name, value) = (&field.ident, self.parts(&field.ty, &mut tensors));
            match &field.ty {
                Annotation::Tensor(_) => quote!(#name: #value),
                Annotation::Struct(_) | Annotation::Tuple(_) => {
                    let runtime = &self.context.runtime;
                    quote!(#name: #runtime::Compose::compose(#value))
                }
            }
        });
        quote!(#path { #(#fields),* })
    }

    /// The parts from which a field is composed.
    fn parts(&self, declared: &Annotation, tensors: &mut dyn Iterator<Item = TokenStream>) -> TokenStream {
        let mut all = |items: &mut dyn Iterator<Item = &Annotation>| {
            let parts: Vec<TokenStream> = items.map(|item| self.parts(item, tensors)).collect();
            quote!((#(#parts,)*))
        };
        match declared {
            Annotation::Struct(of) => all(&mut of.decl().fields.iter().map(|field| &field.ty)),
            Annotation::Tuple(items) => all(&mut items.iter()),
            Annotation::Tensor(_) => tensors.next().expect("there is one for each tensor"),
        }
    }
}
