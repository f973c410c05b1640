//! Methods with optional arguments: they call the function for what is given.

use super::halves::Backward;
use super::{ApiEmitter, dims::arg_ident};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

/// The methods of a function for each choice of its optional arguments, all of them given in the first.
pub struct Choices<'a> {
    all: Vec<ApiEmitter<'a>>,
}

impl<'a> Choices<'a> {
    /// Those that belong together among the functions of a model.
    pub fn among(emitters: impl Iterator<Item = ApiEmitter<'a>>) -> Vec<Choices<'a>> {
        let mut found: Vec<Choices<'a>> = Vec::new();
        for emitter in emitters {
            let Some(choice) = &emitter.function.choice else { continue };
            match found.iter_mut().find(|known| known.name() == &choice.of.ident) {
                Some(known) => known.all.push(emitter),
                None => found.push(Choices { all: vec![emitter] }),
            }
        }
        // After mistakes some may be missing.
        let is_complete = |choices: &Choices<'a>| {
            let choice = choices.all[0].function.choice.as_ref();
            choice.is_some_and(|choice| choices.all.len() == 1 << choice.given.len())
        };
        found.retain(is_complete);
        found
    }

    fn name(&self) -> &Ident {
        &self.all[0].function.decl.ident
    }

    /// What the first half of a training step keeps.
    pub fn saved_name(&self) -> Ident {
        let camel = crate::emit::camel_case(&self.name().to_string());
        format_ident!("{}{}Saved", self.all[0].model.name, camel)
    }

    /// The names of optional arguments, as variables of methods.
    fn optional(&self) -> Vec<Ident> {
        let params = self.all[0].function.choice.iter().flat_map(|choice| &choice.of.params);
        params
            .filter(|param| param.is_optional)
            .map(|param| arg_ident(&param.ident.unraw().to_string()))
            .collect()
    }

    /// `x: &Tensor<…>, mask: Option<&Tensor<…>>`.
    fn params(&self, lifetime: Option<TokenStream>) -> Vec<TokenStream> {
        let optional = self.optional();
        let first = &self.all[0];
        let types = first.arg_refs(lifetime);
        let params = first.arg_names().into_iter().zip(types).map(|(name, ty)| {
            if optional.contains(&name) {
                quote!(#name: ::core::option::Option<#ty>)
            } else {
                quote!(#name: #ty)
            }
        });
        params.collect()
    }

    /// What each choice gives, decided by what is given:
    ///
    /// ```text
    /// match mask {
    ///     Some(mask) => self.__forward_with_mask(x, mask),
    ///     None => self.__forward_without_mask(x),
    /// }
    /// ```
    fn decide(&self, of: impl Fn(&ApiEmitter<'a>) -> TokenStream) -> TokenStream {
        let optional = self.optional();
        let arms = self.all.iter().map(|emitter| {
            let given = emitter.function.choice.iter().flat_map(|choice| &choice.given);
            let patterns: Vec<TokenStream> = optional
                .iter()
                .zip(given)
                .map(|(name, given)| match given {
                    true => quote!(::core::option::Option::Some(#name)),
                    false => quote!(::core::option::Option::None),
                })
                .collect();
            let body = of(emitter);
            match &patterns[..] {
                [single] => quote!(#single => #body),
                patterns => quote!((#(#patterns),*) => #body),
            }
        });
        match &optional[..] {
            [single] => quote!(match #single { #(#arms,)* }),
            optional => quote!(match (#(#optional),*) { #(#arms,)* }),
        }
    }

    /// The methods of the model, and what stands beside it: types, and impls of these.
    pub fn methods(&self) -> (TokenStream, TokenStream, TokenStream) {
        let first = &self.all[0];
        let mut methods = self.eval_methods();
        if first.function.loss_grad.is_some() {
            methods.extend(self.loss_grad_methods());
        }
        let (mut types, mut beside) = (TokenStream::new(), TokenStream::new());
        if first.function.halves.is_some() {
            methods.extend(self.train_methods());
            types = self.saved_type();
            beside = self.saved_impl();
        }
        (types, methods, beside)
    }

    fn eval_methods(&self) -> TokenStream {
        let first = &self.all[0];
        let runtime = &first.context.runtime;
        let (visibility, name, try_name) = (first.shown_visibility(), self.name(), self.derived("try_", ""));
        let (generics, params, args) = (first.generics(), self.params(None), first.arg_names());
        let result = first.result_type();
        let docs = first.shown_docs(
            "Inference: no dropout, running statistics; usable from several threads.",
            Some(true),
        );
        let try_docs =
            first.shown_docs("As the function without `try_`, with errors as values.", Some(false));
        let decided = self.decide(|emitter| {
            let (called, args) = (emitter.derived("try_", ""), emitter.arg_names());
            quote!(self.#called(#(#args),*))
        });
        quote! {
            #docs
            #[track_caller]
            #visibility fn #name #generics(&self, #(#params),*) -> #result {
                #runtime::error::or_panic(self.#try_name(#(#args),*))
            }
            #try_docs
            #visibility fn #try_name #generics(&self, #(#params),*) -> ::core::result::Result<#result, #runtime::Error> {
                #decided
            }
        }
    }

    fn loss_grad_methods(&self) -> TokenStream {
        let first = &self.all[0];
        let (krate, runtime) = (&first.context.krate, &first.context.runtime);
        let visibility = first.shown_visibility();
        let (into, try_into) = (self.derived("", "_grad_into"), self.derived("try_", "_grad_into"));
        let (short, try_short) = (self.derived("", "_grad"), self.derived("try_", "_grad"));
        let grads = format_ident!("{}Grads", first.model.name);
        let (generics, params, args) = (first.generics(), self.params(None), first.arg_names());
        let docs = first.shown_docs(
            "Value and gradient of one training step, dropout and batch statistics included. `grads` is overwritten. Allocates nothing once the workspace has seen the sizes.",
            Some(true),
        );
        let try_docs =
            first.shown_docs("As the function without `try_`, with errors as values.", Some(false));
        let short_docs = first
            .shown_docs("Value and gradient, in fresh memory: the short form of `…_grad_into`.", Some(true));
        let decided = self.decide(|emitter| {
            let (called, args) = (emitter.derived("try_", "_grad_into"), emitter.arg_names());
            quote!(self.#called(workspace, #(#args,)* grads))
        });
        quote! {
            #docs
            #[track_caller]
            #visibility fn #into #generics(&self, workspace: &mut #runtime::Workspace, #(#params,)* grads: &mut #grads) -> f32 {
                #runtime::error::or_panic(self.#try_into(workspace, #(#args,)* grads))
            }
            #try_docs
            #visibility fn #try_into #generics(&self, workspace: &mut #runtime::Workspace, #(#params,)* grads: &mut #grads) -> ::core::result::Result<f32, #runtime::Error> {
                #decided
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

    fn train_methods(&self) -> TokenStream {
        let first = &self.all[0];
        let runtime = &first.context.runtime;
        let visibility = first.shown_visibility();
        let (train, try_train) = (self.derived("", "_train"), self.derived("try_", "_train"));
        let (saved, result, args) = (self.saved_name(), first.result_type(), first.arg_names());
        let (generics, params) = (first.generics_with_lifetime(), self.params(Some(quote!('a))));
        let docs = first
            .shown_docs("First half of a training step: the result, and what `backward` needs.", Some(true));
        let try_docs =
            first.shown_docs("As the function without `try_`, with errors as values.", Some(false));
        let decided = self.decide(|emitter| {
            let (called, args) = (emitter.derived("try_", "_train"), emitter.arg_names());
            let variant = emitter.variant();
            quote!({
                let (value, saved) = self.#called(workspace, #(#args),*)?;
                (value, #saved::#variant(saved))
            })
        });
        quote! {
            #docs
            #[track_caller]
            #visibility fn #train #generics(&self, workspace: &'a mut #runtime::Workspace, #(#params),*) -> (#result, #saved<'a>) {
                #runtime::error::or_panic(self.#try_train(workspace, #(#args),*))
            }
            #try_docs
            #visibility fn #try_train #generics(&self, workspace: &'a mut #runtime::Workspace, #(#params),*) -> ::core::result::Result<(#result, #saved<'a>), #runtime::Error> {
                ::core::result::Result::Ok(#decided)
            }
        }
    }

    fn saved_type(&self) -> TokenStream {
        let first = &self.all[0];
        let (visibility, name) = (first.model.visibility, self.saved_name());
        let docs = format!(
            "What `{}_train` keeps for the backward pass: the workspace and the arguments that were given.",
            self.name()
        );
        let variants = self.all.iter().map(|emitter| {
            let (variant, saved) = (emitter.variant(), emitter.saved_name());
            quote!(#[doc(hidden)] #variant(#saved<'a>))
        });
        quote! {
            #[doc = #docs]
            #[must_use = "call `backward` to get gradients"]
            #[allow(dead_code, clippy::enum_variant_names)]
            #visibility enum #name<'a> { #(#variants),* }
        }
    }

    /// `backward`, which gives `None` for the gradients of arguments that were not given.
    fn saved_impl(&self) -> TokenStream {
        let first = &self.all[0];
        let (visibility, model, runtime) =
            (first.shown_visibility(), first.model.name, &first.context.runtime);
        let (name, grads) = (self.saved_name(), format_ident!("{model}Grads"));
        let Backward { generics, seed_params, seed_names, types, docs, .. } = first.backward_method().1;
        let optional = self.optional();
        let of_optional = |name: &str| {
            let end = name.find('.').unwrap_or(name.len());
            optional.contains(&arg_ident(&name[..end]))
        };
        let names: Vec<String> = first.grad_groups().into_iter().map(|(name, _)| name).collect();
        let types = names.iter().zip(types).map(|(name, ty)| match of_optional(name) {
            true => quote!(::core::option::Option<#ty>),
            false => ty,
        });
        let tuple = |items: Vec<TokenStream>| match &items[..] {
            [single] => single.clone(),
            items => quote!((#(#items,)*)),
        };
        let result = tuple(types.collect());
        let arms = self.all.iter().map(|emitter| {
            let variant = emitter.variant();
            let given: Vec<String> = emitter.grad_groups().into_iter().map(|(name, _)| name).collect();
            let variables: Vec<TokenStream> = (0..given.len())
                .map(|index| {
                    let variable = format_ident!("grad_{index}");
                    quote!(#variable)
                })
                .collect();
            let values = names.iter().map(|name| match given.iter().position(|known| known == name) {
                Some(at) if of_optional(name) => {
                    let variable = &variables[at];
                    quote!(::core::option::Option::Some(#variable))
                }
                Some(at) => variables[at].clone(),
                None => quote!(::core::option::Option::None),
            });
            let (pattern, value) = (tuple(variables.clone()), tuple(values.collect()));
            quote!(#name::#variant(saved) => {
                let #pattern = saved.try_backward(model, #(#seed_names,)* grads)?;
                #value
            })
        });
        quote! {
            impl #name<'_> {
                #[doc = #docs]
                ///
                /// # Panics
                /// When the gradient has another number of elements than the result.
                #[track_caller]
                #visibility fn backward #generics(self, model: &#model, #(#seed_params,)* grads: &mut #grads) -> #result {
                    #runtime::error::or_panic(self.try_backward(model, #(#seed_names,)* grads))
                }
                /// As `backward`, with errors as values.
                ///
                /// # Errors
                /// When the gradient has another number of elements than the result.
                #visibility fn try_backward #generics(self, model: &#model, #(#seed_params,)* grads: &mut #grads) -> ::core::result::Result<#result, #runtime::Error> {
                    ::core::result::Result::Ok(match self { #(#arms)* })
                }
            }
        }
    }

    /// `try_forward_train`.
    fn derived(&self, prefix: &str, suffix: &str) -> Ident {
        format_ident!("{prefix}{}{suffix}", self.name())
    }
}

impl ApiEmitter<'_> {
    /// The name of a function that comes of this one: `try___forward_with_mask`.
    fn derived(&self, prefix: &str, suffix: &str) -> Ident {
        format_ident!("{prefix}{}{suffix}", self.function.ident())
    }

    /// What the first half of this choice keeps, among those of all choices.
    fn variant(&self) -> &Ident {
        &self.function.choice.as_ref().expect("only choices have variants").variant
    }

    /// The visibility that the user gave the function.
    fn shown_visibility(&self) -> &syn::Visibility {
        &self.function.decl.visibility
    }
}
