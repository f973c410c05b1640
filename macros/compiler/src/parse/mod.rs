//! Declarations: models, their fields and functions, as the user wrote them.

mod annotation;
mod attributes;
mod field;
mod function;
mod tensors;

pub use annotation::{Annotation, Parameter, StructAnnotation, struct_text};
pub use attributes::{FieldAttributes, ModelAttributes, check_no_dtype};
pub use field::{Field, FieldKind, HyperType, ModelType, NumberType, TypeArg, parse_type_path, path_key};
pub use function::{
    Argument, DIFFERENTIABLE, DimBound, DimExpr, DimGeneric, Function, OP_KEY, OpKey, TensorAnnotation,
    check_all_given, custom_grad_of, parse_function_item,
};
pub use tensors::{Leaf, SizeParam, TensorsDecl, TensorsField, names, param_alone, parse_tensors};

use crate::diagnostics::{Diagnostic, Diagnostics, Reported};
use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{GenericParam, ItemImpl, ItemStruct};

/// A generic parameter of a model.
#[derive(Clone, Debug)]
pub enum Generic {
    /// `const D: usize`.
    Const(Ident),
    /// `M: Model`.
    Model(Ident),
}

impl Generic {
    /// Its name.
    pub fn ident(&self) -> &Ident {
        match self {
            Generic::Const(ident) | Generic::Model(ident) => ident,
        }
    }
}

/// A model: its struct and its impl.
#[derive(Debug)]
pub struct ModelDecl {
    /// Its name.
    pub name: Ident,
    /// Its visibility.
    pub visibility: syn::Visibility,
    /// What `#[model(…)]` says.
    pub attributes: ModelAttributes,
    /// Generic parameters, in order.
    pub generics: Vec<Generic>,
    /// Fields, in order.
    pub fields: Vec<Field>,
    /// Functions, in order.
    pub functions: Vec<Function>,
}

impl ModelDecl {
    /// The function of this name.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.ident == name)
    }

    /// The same model with other functions.
    pub fn with_functions(&self, functions: Vec<Function>) -> ModelDecl {
        ModelDecl {
            name: self.name.clone(),
            visibility: self.visibility.clone(),
            attributes: self.attributes.clone(),
            generics: self.generics.clone(),
            fields: self.fields.clone(),
            functions,
        }
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.ident == name)
    }
}

/// Reads a model.
pub fn parse_model(
    item: &ItemStruct,
    functions: &ItemImpl,
    attributes: ModelAttributes,
    diagnostics: &mut Diagnostics,
) -> Result<ModelDecl, Reported> {
    let generics = parse_generics(&item.generics, diagnostics)?;
    check_impl(item, functions, diagnostics)?;
    let mut fields = Vec::new();
    let mut failed = None;
    for field in &item.fields {
        match field::parse_field(field, diagnostics) {
            Ok(field) => fields.push(field),
            Err(reported) => failed = Some(reported),
        }
    }
    let (parsed, read) = parse_functions(functions, diagnostics);
    failed.map_or(read, Err)?;
    Ok(ModelDecl {
        name: item.ident.clone(),
        visibility: item.vis.clone(),
        attributes,
        generics,
        fields,
        functions: parsed,
    })
}

/// Reads the functions of an impl: those that are right, and whether all are.
pub fn parse_functions(
    functions: &ItemImpl,
    diagnostics: &mut Diagnostics,
) -> (Vec<Function>, Result<(), Reported>) {
    let (mut parsed, mut result) = (Vec::new(), Ok(()));
    for item in &functions.items {
        match function::parse_function(item, diagnostics) {
            Ok(function) => parsed.push(function),
            Err(reported) => result = Err(reported),
        }
    }
    (parsed, result)
}

/// Reads the generic parameters of a struct.
pub fn parse_generics(
    generics: &syn::Generics,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Generic>, Reported> {
    generics
        .params
        .iter()
        .map(|param| match param {
            GenericParam::Const(param) if matches!(&param.ty, syn::Type::Path(path) if path.path.is_ident("usize")) => {
                Ok(Generic::Const(param.ident.clone()))
            }
            GenericParam::Const(param) => Err(diagnostics.report(
                Diagnostic::new(param.ty.span(), format!("the size `{}` of a model is a `usize`", param.ident))
                    .help(format!("write `const {}: usize`", param.ident)),
            )),
            GenericParam::Type(param) => Ok(Generic::Model(param.ident.clone())),
            GenericParam::Lifetime(param) => Err(diagnostics.report(
                Diagnostic::new(param.span(), "a model owns its parameters and has no lifetimes")
                    .help("remove the lifetime parameter"),
            )),
        })
        .collect()
}

/// Whether an impl belongs to a struct: inherent, with the same generic parameters.
pub fn check_impl(
    item: &ItemStruct,
    functions: &ItemImpl,
    diagnostics: &mut Diagnostics,
) -> Result<(), Reported> {
    if let Some((path, _)) = &functions.trait_ {
        return Err(diagnostics.report(
            Diagnostic::new(path.span(), "`#[model]` goes on the inherent impl of a model, not on a trait's")
                .help(format!("write `impl {} {{ … }}`", item.ident)),
        ));
    }
    let names = |generics: &syn::Generics| -> Vec<String> {
        generics
            .params
            .iter()
            .map(|param| match param {
                GenericParam::Const(param) => param.ident.to_string(),
                GenericParam::Type(param) => param.ident.to_string(),
                GenericParam::Lifetime(param) => param.lifetime.to_string(),
            })
            .collect()
    };
    let (declared, used) = (names(&item.generics), names(&functions.generics));
    if declared != used {
        return Err(diagnostics.report(
            Diagnostic::new(
                functions.self_ty.span(),
                format!(
                    "the struct has the generic parameters <{}>, its impl <{}>",
                    declared.join(", "),
                    used.join(", ")
                ),
            )
            .help("repeat the struct's parameters on the impl, with the same names in the same order"),
        ));
    }
    Ok(())
}
