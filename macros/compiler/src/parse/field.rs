//! Fields: parameters, buffers, hyper-parameters, layers and stacks of layers.

use super::attributes::{FieldAttributes, parse_field_attributes};
use crate::diagnostics::{Diagnostic, Diagnostics, Reported};
use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, GenericArgument, Path, PathArguments, Type};

/// A field of a model.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub ident: Ident,
    /// Its visibility.
    pub visibility: syn::Visibility,
    /// Its type.
    pub kind: FieldKind,
    /// Its attributes.
    pub attributes: FieldAttributes,
    /// Whether it is an `Option`: there unless `#[with(name = false)]` says otherwise.
    pub optional: bool,
}

/// What a field is.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a model has few fields")]
pub enum FieldKind {
    /// `Param<OUT, IN>`: trained.
    Param(Vec<Expr>),
    /// `Buffer<C>`: kept, not trained.
    Buffer(Vec<Expr>),
    /// `usize`, `isize`, `f32`, `bool`, `&str`, `[usize; 2]`, …: known at compile time.
    Hyper(HyperType),
    /// Another model.
    Model(ModelType),
    /// `[Block; L]`.
    Stack(ModelType, Expr),
}

/// Types of hyper-parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HyperType {
    /// A number.
    Number(NumberType),
    /// A truth value.
    Bool,
    /// A text: the name of a mode.
    Text,
    /// So many numbers, one for each spatial dimension for instance; one number sets all.
    List(NumberType, usize),
}

/// Types of numbers in hyper-parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberType {
    /// A whole number from 0 on.
    Usize,
    /// A whole number, an axis counted from either end for instance.
    Isize,
    /// A real number.
    Float,
}

impl NumberType {
    /// The type of this name.
    fn named(ident: &Ident) -> Option<NumberType> {
        Some(match ident.to_string().as_str() {
            "usize" => NumberType::Usize,
            "isize" => NumberType::Isize,
            "f32" => NumberType::Float,
            _ => return None,
        })
    }
}

/// A model named as a type.
#[derive(Clone, Debug)]
pub struct ModelType {
    /// The path without its arguments.
    pub path: Path,
    /// The arguments of its last segment.
    pub args: Vec<TypeArg>,
}

/// An argument of a model type. Whether a path is a size or a model, its parameter tells.
#[derive(Clone, Debug)]
pub enum TypeArg {
    /// A size: a literal or an expression in braces.
    Expr(Expr),
    /// A path: a size or a model.
    Path(ModelType),
}

impl ModelType {
    /// The type as the user wrote it, with argument `replaced.0` replaced.
    pub fn text_with(&self, replaced: Option<(usize, &str)>) -> String {
        let args: Vec<String> = self
            .args
            .iter()
            .enumerate()
            .map(|(index, arg)| match (replaced, arg) {
                (Some((at, text)), _) if at == index => text.to_string(),
                (_, TypeArg::Expr(expr)) => expr.to_token_stream().to_string(),
                (_, TypeArg::Path(ty)) => ty.text_with(None),
            })
            .collect();
        let path = path_key(&self.path);
        if args.is_empty() { path } else { format!("{path}<{}>", args.join(", ")) }
    }
}

/// A path as text: what identifies it inside one definition.
pub fn path_key(path: &Path) -> String {
    let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    format!("{}{}", if path.leading_colon.is_some() { "::" } else { "" }, segments.join("::"))
}

/// Reads a field.
pub fn parse_field(field: &syn::Field, diagnostics: &mut Diagnostics) -> Result<Field, Reported> {
    let Some(ident) = field.ident.clone() else {
        return Err(diagnostics.report(
            Diagnostic::new(field.ty.span(), "the fields of a model have names")
                .help("name them, or write `#[model(sequential, input = […])]` for a chain of layers"),
        ));
    };
    let attributes = parse_field_attributes(&field.attrs, diagnostics)?;
    let ty = ungroup(&field.ty);
    let (ty, optional) = match single_type_argument(ty, "Option") {
        Some(inner) => (ungroup(inner), true),
        None => (ty, false),
    };
    let kind = parse_kind(ty, diagnostics)?;
    let field = Field { ident, visibility: field.vis.clone(), kind, attributes, optional };
    check_attributes(&field, diagnostics)?;
    Ok(field)
}

/// The type inside the invisible group that a macro puts around it.
fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungroup(&group.elem),
        Type::Paren(paren) => ungroup(&paren.elem),
        ty => ty,
    }
}

/// `T` of `Name<T>`.
fn single_type_argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    let PathArguments::AngleBracketed(args) = &segment.arguments else { return None };
    match (segment.ident == name, args.args.first()) {
        (true, Some(GenericArgument::Type(inner))) if args.args.len() == 1 => Some(inner),
        _ => None,
    }
}

fn parse_kind(ty: &Type, diagnostics: &mut Diagnostics) -> Result<FieldKind, Reported> {
    match ty {
        Type::Path(path) if path.qself.is_none() => parse_path_kind(&path.path, diagnostics),
        Type::Array(array) => {
            let number = match ungroup(&array.elem) {
                Type::Path(elem) => elem.path.get_ident().and_then(NumberType::named),
                _ => None,
            };
            if let Some(number) = number {
                let len = match &array.len {
                    Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(len), .. }) => len.base10_parse().ok(),
                    _ => None,
                };
                return match len {
                    Some(len @ 1..=MOST_NUMBERS) => Ok(FieldKind::Hyper(HyperType::List(number, len))),
                    _ => Err(diagnostics.report(
                        Diagnostic::new(
                            array.len.span(),
                            format!("a list of numbers as a hyper-parameter has 1 to {MOST_NUMBERS} elements, written as a number"),
                        )
                        .help("write `[usize; 2]` for a vertical and a horizontal one"),
                    )),
                };
            }
            match parse_kind(ungroup(&array.elem), diagnostics)? {
                FieldKind::Model(model) => Ok(FieldKind::Stack(model, array.len.clone())),
                _ => Err(diagnostics.report(
                    Diagnostic::new(array.elem.span(), "a stack is an array of models")
                        .help("give a `Param` one more dimension instead"),
                )),
            }
        }
        Type::Reference(reference) if is_str(&reference.elem) => Ok(FieldKind::Hyper(HyperType::Text)),
        other => Err(unknown_type(other.span(), diagnostics)),
    }
}

/// Longest list of numbers that a hyper-parameter can be.
const MOST_NUMBERS: usize = 8;

fn is_str(ty: &Type) -> bool {
    matches!(ungroup(ty), Type::Path(path) if path.path.is_ident("str"))
}

fn unknown_type(span: Span, diagnostics: &mut Diagnostics) -> Reported {
    diagnostics.report(
        Diagnostic::new(span, "this type cannot be a field of a model").help(
            "use a layer, `Param<…>`, `Buffer<…>`, `[Layer; L]`, `Option<…>`, `usize`, `isize`, `f32`, `bool`, `&'static str` or `[usize; 2]`",
        ),
    )
}

fn parse_path_kind(path: &Path, diagnostics: &mut Diagnostics) -> Result<FieldKind, Reported> {
    let Some(last) = path.segments.last() else { return Err(unknown_type(path.span(), diagnostics)) };
    if let Some(number) = NumberType::named(&last.ident) {
        return Ok(FieldKind::Hyper(HyperType::Number(number)));
    }
    let name = last.ident.to_string();
    match name.as_str() {
        "Param" | "Buffer" => {
            let dims = match &last.arguments {
                PathArguments::None => Vec::new(),
                PathArguments::AngleBracketed(args) => {
                    args.args.iter().map(|arg| size_expr(arg, diagnostics)).collect::<Result<_, _>>()?
                }
                PathArguments::Parenthesized(args) => return Err(unknown_type(args.span(), diagnostics)),
            };
            Ok(if name == "Param" { FieldKind::Param(dims) } else { FieldKind::Buffer(dims) })
        }
        "bool" => Ok(FieldKind::Hyper(HyperType::Bool)),
        "f64" | "i32" | "i64" | "u32" | "u64" | "u8" | "str" | "String" => Err(diagnostics.report(
            Diagnostic::new(
                last.ident.span(),
                format!("a hyper-parameter is `usize`, `isize`, `f32`, `bool`, `&'static str` or `[usize; 2]`, found `{name}`"),
            )
            .help(match name.as_str() {
                "f64" => "use `f32`",
                "i32" | "i64" => "use `isize`",
                "str" | "String" => "use `&'static str`",
                _ => "use `usize`",
            }),
        )),
        "Vec" | "Box" | "Rc" | "Arc" | "Tensor" | "HashMap" => Err(diagnostics.report(
            Diagnostic::new(last.ident.span(), format!("`{name}` cannot be a field of a model")).help(
                match name.as_str() {
                    "Vec" => "a stack of equal layers is an array, `[Block; 6]`",
                    "Box" | "Rc" | "Arc" => "name the layer itself",
                    "Tensor" => "a trained tensor is `Param<…>`, a kept one `Buffer<…>`",
                    _ => "a model has parameters, buffers, layers and hyper-parameters only",
                },
            ),
        )),
        _ => Ok(FieldKind::Model(parse_model_type(path, diagnostics)?)),
    }
}

/// Reads a type that names a model.
pub fn parse_type_path(ty: &Type, diagnostics: &mut Diagnostics) -> Result<ModelType, Reported> {
    match ungroup(ty) {
        Type::Path(path) if path.qself.is_none() => parse_model_type(&path.path, diagnostics),
        other => Err(unknown_type(other.span(), diagnostics)),
    }
}

/// Reads a path that names a model.
pub fn parse_model_type(path: &Path, diagnostics: &mut Diagnostics) -> Result<ModelType, Reported> {
    let mut bare = path.clone();
    let mut args = Vec::new();
    let count = bare.segments.len();
    for (index, segment) in bare.segments.iter_mut().enumerate() {
        match std::mem::take(&mut segment.arguments) {
            PathArguments::None => {}
            PathArguments::AngleBracketed(list) if index + 1 == count => {
                for arg in &list.args {
                    args.push(parse_type_arg(arg, diagnostics)?);
                }
            }
            arguments => return Err(unknown_type(arguments.span(), diagnostics)),
        }
    }
    Ok(ModelType { path: bare, args })
}

fn parse_type_arg(arg: &GenericArgument, diagnostics: &mut Diagnostics) -> Result<TypeArg, Reported> {
    match arg {
        GenericArgument::Const(expr) => Ok(TypeArg::Expr(expr.clone())),
        GenericArgument::Type(ty) => match ungroup(ty) {
            Type::Path(path) if path.qself.is_none() => {
                Ok(TypeArg::Path(parse_model_type(&path.path, diagnostics)?))
            }
            other => Err(unknown_type(other.span(), diagnostics)),
        },
        other => Err(unknown_type(other.span(), diagnostics)),
    }
}

/// A size given as a generic argument.
pub fn size_expr(arg: &GenericArgument, diagnostics: &mut Diagnostics) -> Result<Expr, Reported> {
    match arg {
        GenericArgument::Const(expr) => Ok(expr.clone()),
        GenericArgument::Type(ty) => match ungroup(ty) {
            Type::Path(path) if path.qself.is_none() => {
                Ok(Expr::Path(syn::ExprPath { attrs: Vec::new(), qself: None, path: path.path.clone() }))
            }
            other => Err(not_a_size(other.span(), diagnostics)),
        },
        other => Err(not_a_size(other.span(), diagnostics)),
    }
}

fn not_a_size(span: Span, diagnostics: &mut Diagnostics) -> Reported {
    diagnostics.report(
        Diagnostic::new(span, "a dimension is a number, a name or an expression in braces")
            .help("write `784`, `D` or `{4 * D}`"),
    )
}

/// Attributes that mean nothing on this kind of field.
fn check_attributes(field: &Field, diagnostics: &mut Diagnostics) -> Result<(), Reported> {
    let attributes = &field.attributes;
    let is_layer = matches!(field.kind, FieldKind::Model(_) | FieldKind::Stack(..));
    let is_tensor = matches!(field.kind, FieldKind::Param(_) | FieldKind::Buffer(_));
    let is_hyper = matches!(field.kind, FieldKind::Hyper(_));
    let misplaced = if !attributes.with.is_empty() && !is_layer {
        Some(("with", "sets hyper-parameters of a layer"))
    } else if attributes.default.is_some() && !is_hyper && !field.optional {
        Some(("default", "gives a hyper-parameter its value"))
    } else if attributes.init.is_some() && !is_tensor {
        Some(("init", "says how a `Param` or `Buffer` starts"))
    } else if is_hyper && attributes.frozen {
        Some(("frozen", "keeps parameters as they are"))
    } else if is_hyper && attributes.no_decay {
        Some(("no_decay", "exempts parameters from weight decay"))
    } else if is_hyper && attributes.lr.is_some() {
        Some(("lr", "scales the learning rate of parameters"))
    } else {
        None
    };
    match misplaced {
        None => Ok(()),
        Some((name, meaning)) => Err(diagnostics.report(
            Diagnostic::new(field.ident.span(), format!("`#[{name}]` has no meaning on `{}`", field.ident))
                .note(format!("`#[{name}]` {meaning}"))
                .help("remove it, or move it to the field it is meant for"),
        )),
    }
}
