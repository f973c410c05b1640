//! The types of signatures and fields: tensors, and structs and tuples of them.

use super::field::size_expr;
use super::function::{Argument, DimExpr, Function, TensorAnnotation};
use super::path_key;
use super::tensors::{Leaf, SizeParam, TensorsDecl, param_alone};
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported};
use crate::graph::ElementType;
use crate::link::is_built_in;
use proc_macro2::{Ident, Span};
use std::rc::Rc;
use syn::spanned::Spanned;
use syn::{Expr, GenericArgument, Path, PathArguments, Type};

/// What an argument, a result or a field is declared to be.
#[derive(Clone, Debug)]
pub enum Annotation {
    /// `Tensor<N, 10>`.
    Tensor(TensorAnnotation),
    /// `LstmState<N, 16>`.
    Struct(StructAnnotation),
    /// `(Tensor<N>, Tensor<N>)`, as a field.
    Tuple(Vec<Annotation>),
}

/// A struct of tensors at given sizes.
#[derive(Clone, Debug)]
pub struct StructAnnotation {
    /// Its path without sizes, as it is written.
    pub path: Path,
    /// Its sizes.
    pub args: Vec<Expr>,
    /// What the path names; known when all definitions are.
    pub decl: Option<Rc<TensorsDecl>>,
}

impl StructAnnotation {
    /// What the path names.
    pub fn decl(&self) -> &Rc<TensorsDecl> {
        self.decl.as_ref().expect("signatures with unknown structs are not kept in a program")
    }
}

impl Annotation {
    /// The tensors that it consists of, one after the other. None of a struct whose definition is not known yet.
    pub fn leaves(&self) -> Vec<Leaf> {
        match self {
            Annotation::Tensor(ty) => vec![Leaf { path: String::new(), ty: ty.clone() }],
            Annotation::Struct(of) => {
                of.decl.iter().flat_map(|decl| decl.leaves_at(&of.args).collect::<Vec<_>>()).collect()
            }
            Annotation::Tuple(items) => {
                let inside = |(index, item): (usize, &Annotation)| {
                    let prefix = format!(".{index}");
                    item.leaves()
                        .into_iter()
                        .map(move |leaf| Leaf { path: format!("{prefix}{}", leaf.path), ty: leaf.ty })
                };
                items.iter().enumerate().flat_map(inside).collect()
            }
        }
    }

    /// Number of its tensors.
    pub fn num_tensors(&self) -> usize {
        match self {
            Annotation::Tensor(_) => 1,
            Annotation::Struct(of) => of.decl.as_ref().map_or(0, |decl| decl.leaves.len()),
            Annotation::Tuple(items) => items.iter().map(Annotation::num_tensors).sum(),
        }
    }

    /// Whether a parameter alone is a size in it.
    pub(super) fn has_param(&self, param: usize, params: &[SizeParam]) -> bool {
        let is_it = |expr: &Expr| param_alone(expr, params) == Some(param);
        match self {
            Annotation::Tensor(ty) => ty.dims.iter().any(|dim| match dim {
                DimExpr::Size(expr) => is_it(expr),
                DimExpr::Rest(_) => false,
            }),
            Annotation::Struct(of) => of.args.iter().any(is_it),
            Annotation::Tuple(items) => items.iter().any(|item| item.has_param(param, params)),
        }
    }

    /// Whether it names a struct.
    pub fn has_struct(&self) -> bool {
        match self {
            Annotation::Tensor(_) => false,
            Annotation::Struct(_) => true,
            Annotation::Tuple(items) => items.iter().any(Annotation::has_struct),
        }
    }
}

/// An argument as it is declared.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub ident: Ident,
    /// Its type.
    pub ty: Annotation,
    /// Whether it is an `Option`, which a caller may leave out.
    pub is_optional: bool,
}

impl Parameter {
    /// Its tensors.
    pub fn arguments(&self) -> impl Iterator<Item = Argument> {
        let leaves = self.ty.leaves().into_iter();
        leaves.map(|Leaf { path, ty }| Argument {
            ident: self.ident.clone(),
            field: path,
            ty,
            is_optional: self.is_optional,
        })
    }
}

/// No argument and no result is a struct.
///
/// # Errors
/// When one is.
pub fn check_no_structs(
    function: &Function,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Result<(), Reported> {
    let annotations = function.params.iter().map(|param| &param.ty).chain(&function.returned);
    for annotation in annotations {
        if let Annotation::Struct(of) = annotation {
            return Err(diagnostics.report(
                Diagnostic::new(
                    Place::of(&of.path),
                    format!("{what} takes and returns tensors, not structs of them"),
                )
                .help("take the fields as arguments of their own, and return a tuple"),
            ));
        }
    }
    Ok(())
}

/// Reads the type of an argument or a result: a tensor or a struct.
pub fn parse_annotation(ty: &Type, diagnostics: &mut Diagnostics) -> Result<Annotation, Reported> {
    match ty {
        Type::Paren(inner) => parse_annotation(&inner.elem, diagnostics),
        Type::Group(inner) => parse_annotation(&inner.elem, diagnostics),
        Type::Path(path) if path.qself.is_none() && is_struct(&path.path) => {
            Ok(Annotation::Struct(parse_struct(&path.path, diagnostics)?))
        }
        other => Ok(Annotation::Tensor(parse_tensor(other, diagnostics)?)),
    }
}

/// Whether a path of a type asks for a definition.
pub(super) fn is_struct(path: &Path) -> bool {
    path.segments.last().is_some_and(|segment| !is_built_in(&segment.ident.to_string()))
}

pub(super) fn parse_struct(path: &Path, diagnostics: &mut Diagnostics) -> Result<StructAnnotation, Reported> {
    let mut bare = path.clone();
    let mut args = Vec::new();
    for segment in &mut bare.segments {
        if let PathArguments::AngleBracketed(list) = std::mem::take(&mut segment.arguments) {
            for arg in &list.args {
                args.push(size_expr(arg, diagnostics)?);
            }
        }
    }
    Ok(StructAnnotation { path: bare, args, decl: None })
}

/// `LstmState<N, D>` as the user would write it, with these sizes.
pub fn struct_text(path: &Path, sizes: &[String]) -> String {
    let path = path_key(path);
    if sizes.is_empty() { path } else { format!("{path}<{}>", sizes.join(", ")) }
}

/// Reads `Tensor<…>`.
pub(super) fn parse_tensor(ty: &Type, diagnostics: &mut Diagnostics) -> Result<TensorAnnotation, Reported> {
    if let Type::Paren(inner) = ty {
        return parse_tensor(&inner.elem, diagnostics);
    }
    let expected = |span: Span, diagnostics: &mut Diagnostics| {
        diagnostics.report(
            Diagnostic::new(span, "functions of a model take and return tensors")
                .help("write `Tensor<N, 1, 28, 28>`, `Tensor<u8, N>` for labels, or `Tensor` for a scalar"),
        )
    };
    let Type::Path(path) = ty else {
        if let Type::Reference(reference) = ty {
            return Err(diagnostics.report(
                Diagnostic::new(reference.span(), "tensors are passed by value in a model")
                    .help("remove the `&`"),
            ));
        }
        return Err(expected(ty.span(), diagnostics));
    };
    let Some(segment) = path.path.segments.last().filter(|segment| segment.ident == "Tensor") else {
        return Err(expected(ty.span(), diagnostics));
    };
    let span = segment.ident.span();
    let mut annotation =
        TensorAnnotation { element: ElementType::Real, dims: Vec::new(), span, inferred: false };
    let args = match &segment.arguments {
        PathArguments::None => return Ok(annotation),
        PathArguments::AngleBracketed(args) => &args.args,
        PathArguments::Parenthesized(args) => return Err(expected(args.span(), diagnostics)),
    };
    for (index, arg) in args.iter().enumerate() {
        if let GenericArgument::Type(Type::Infer(infer)) = arg {
            if !annotation.dims.is_empty() {
                return Err(diagnostics.report(
                    Diagnostic::new(infer.span(), "`_` stands for the leading dimensions and comes first")
                        .help("write `Tensor<_, D>`"),
                ));
            }
            annotation.dims.push(DimExpr::Rest(infer.span()));
            continue;
        }
        if let GenericArgument::Type(Type::Path(path)) = arg
            && let Some(ident) = path.path.get_ident()
        {
            let name = ident.to_string();
            if name == "Inferred" {
                annotation.inferred = true;
                return Ok(annotation);
            }
            if let (0, Some(element)) = (index, ElementType::from_name(&name)) {
                annotation.element = element;
                continue;
            }
            if let (0, Some(near)) = (index, near_element(&name)) {
                return Err(diagnostics.report(
                    Diagnostic::new(ident.span(), format!("tensors of `{name}` are not supported"))
                        .note(format!("the types of elements are {}", ElementType::list(ElementType::all())))
                        .help(format!("use `{near}`")),
                ));
            }
        }
        annotation.dims.push(DimExpr::Size(size_expr(arg, diagnostics)?));
    }
    Ok(annotation)
}

/// The type of elements to take in the place of another type of numbers, in Rust or elsewhere.
fn near_element(name: &str) -> Option<&'static str> {
    Some(match name {
        "usize" | "u128" => "u64",
        "isize" | "i128" => "i64",
        "f128" => "f64",
        "half" => "f16",
        "char" => "u32",
        _ => return None,
    })
}
