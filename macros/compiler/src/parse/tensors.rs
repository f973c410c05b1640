//! Structs of tensors, under `#[tensors]`.

use super::annotation::{Annotation, is_struct, parse_struct, parse_tensor};
use super::function::{DimExpr, TensorAnnotation};
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported, source_text};
use proc_macro2::{Ident, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, Fields, GenericParam, ItemStruct, Path, Type, TypeParamBound};

/// A parameter of a struct of tensors.
#[derive(Clone, Debug)]
pub struct SizeParam {
    /// Its name.
    pub ident: Ident,
    /// Whether it is a dimension known at run time, `N: Dim`; otherwise it is `const D: usize`.
    pub is_dim: bool,
}

/// A field of a struct of tensors.
#[derive(Clone, Debug)]
pub struct TensorsField {
    /// Its name.
    pub ident: Ident,
    /// Its type.
    pub ty: Annotation,
}

/// One of the tensors that a struct consists of, those of structs in it included.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// How it is reached from the whole: `.h`, `.inner.h`.
    pub path: String,
    /// Its type. Its dimensions are numbers and parameters of the struct.
    pub ty: TensorAnnotation,
}

/// A struct under `#[tensors]`.
#[derive(Clone, Debug)]
pub struct TensorsDecl {
    /// Its identity; empty before it is part of a program.
    pub id: String,
    /// Its name.
    pub name: Ident,
    /// Its parameters, in order.
    pub params: Vec<SizeParam>,
    /// Its fields, in order.
    pub fields: Vec<TensorsField>,
    /// Its tensors, in order; none before it is part of a program.
    pub leaves: Vec<Leaf>,
}

impl TensorsDecl {
    /// The place of the field of this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.ident == name)
    }

    /// The first axis of a tensor whose size is the parameter alone.
    pub fn axis_of(&self, param: usize) -> Option<(usize, usize)> {
        let is_param = |dim: &DimExpr| match dim {
            DimExpr::Size(Expr::Path(path)) => path.path.is_ident(&self.params[param].ident),
            DimExpr::Size(_) | DimExpr::Rest(_) => false,
        };
        let leaves = self.leaves.iter().enumerate();
        leaves.filter_map(|(at, leaf)| Some((at, leaf.ty.dims.iter().position(is_param)?))).next()
    }

    /// Its tensors when its parameters have these sizes.
    pub fn leaves_at(&self, args: &[Expr]) -> impl Iterator<Item = Leaf> {
        self.leaves.iter().map(move |leaf| {
            let mut leaf = leaf.clone();
            for dim in &mut leaf.ty.dims {
                let param = match dim {
                    DimExpr::Size(Expr::Path(path)) => {
                        self.params.iter().position(|param| path.path.is_ident(&param.ident))
                    }
                    DimExpr::Size(_) | DimExpr::Rest(_) => None,
                };
                if let Some(arg) = param.and_then(|param| args.get(param)) {
                    *dim = DimExpr::Size(arg.clone());
                }
            }
            leaf
        })
    }
}

/// Reads a struct under `#[tensors]`. Fields with mistakes are left out, and the others kept for what stands in for it.
pub fn parse_tensors(
    item: &ItemStruct,
    diagnostics: &mut Diagnostics,
) -> (TensorsDecl, Result<(), Reported>) {
    let mut decl = TensorsDecl {
        id: String::new(),
        name: item.ident.clone(),
        params: Vec::new(),
        fields: Vec::new(),
        leaves: Vec::new(),
    };
    let mut result = Ok(());
    for param in &item.generics.params {
        match parse_param(param, diagnostics) {
            Ok(param) => decl.params.push(param),
            Err(reported) => result = Err(reported),
        }
    }
    if let Some(clause) = &item.generics.where_clause {
        result = Err(diagnostics.report(
            Diagnostic::new(Place::of(clause), "a struct of tensors has no `where`")
                .help("bounds of dimensions belong to the functions that take it"),
        ));
    }
    let Fields::Named(fields) = &item.fields else {
        let place = if item.fields.is_empty() { item.ident.span().into() } else { Place::of(&item.fields) };
        let diagnostic = Diagnostic::new(place, "`#[tensors]` goes on a struct whose fields have names")
            .help(format!("write `struct {} {{ h: Tensor<N, 16> }}`", item.ident));
        return (decl, Err(diagnostics.report(diagnostic)));
    };
    for field in &fields.named {
        match parse_field(field, &decl.params, diagnostics) {
            Ok(field) => decl.fields.push(field),
            Err(reported) => result = Err(reported),
        }
    }
    if fields.named.is_empty() {
        result = Err(diagnostics.report(
            Diagnostic::new(item.ident.span(), "a struct of tensors has at least one field")
                .help(format!("write `struct {} {{ h: Tensor<N, 16> }}`", item.ident)),
        ));
    }
    let unused = decl
        .params
        .iter()
        .enumerate()
        .find(|(at, _)| !decl.fields.iter().any(|f| f.ty.has_param(*at, &decl.params)));
    if let (Ok(()), Some((_, param))) = (result, unused) {
        let name = &param.ident;
        result = Err(diagnostics.report(
            Diagnostic::new(name.span(), format!("no field of `{}` has the size `{name}`", decl.name))
                .help("use it as a size of a field, or leave it out"),
        ));
    }
    (decl, result)
}

fn parse_param(param: &GenericParam, diagnostics: &mut Diagnostics) -> Result<SizeParam, Reported> {
    let is_dim = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| last.ident == "Dim"),
        _ => false,
    };
    match param {
        GenericParam::Type(param)
            if param.bounds.len() == 1 && param.bounds.iter().all(is_dim) && param.default.is_none() =>
        {
            Ok(SizeParam { ident: param.ident.clone(), is_dim: true })
        }
        GenericParam::Const(param)
            if matches!(&param.ty, Type::Path(path) if path.path.is_ident("usize"))
                && param.default.is_none() =>
        {
            Ok(SizeParam { ident: param.ident.clone(), is_dim: false })
        }
        other => {
            let message = "a parameter of a struct of tensors is a dimension or a size";
            let mut diagnostic = Diagnostic::new(Place::of(other), message).help(
                "write `N: Dim` for one known at run time, `const D: usize` for one known at compile time",
            );
            if let GenericParam::Type(param) = other
                && param.bounds.iter().any(is_dim)
            {
                diagnostic = diagnostic.note("further bounds belong to the functions that take it");
            }
            Err(diagnostics.report(diagnostic))
        }
    }
}

fn parse_field(
    field: &syn::Field,
    params: &[SizeParam],
    diagnostics: &mut Diagnostics,
) -> Result<TensorsField, Reported> {
    let ident = field.ident.clone().expect("the fields have names");
    if let Some(cfg) = field.attrs.iter().find(|a| a.path().is_ident("cfg") || a.path().is_ident("cfg_attr"))
    {
        return Err(diagnostics.report(
            Diagnostic::new(Place::of(cfg), "`#[cfg]` on a field reaches `#[tensors]` unevaluated")
                .help("put `#[cfg]` on the whole struct, and write two of them"),
        ));
    }
    let ty = parse_field_type(&field.ty, params, diagnostics)?;
    Ok(TensorsField { ident, ty })
}

fn parse_field_type(
    ty: &Type,
    params: &[SizeParam],
    diagnostics: &mut Diagnostics,
) -> Result<Annotation, Reported> {
    match ty {
        Type::Paren(inner) => return parse_field_type(&inner.elem, params, diagnostics),
        Type::Group(inner) => return parse_field_type(&inner.elem, params, diagnostics),
        Type::Tuple(tuple) if !tuple.elems.is_empty() => {
            let items = tuple.elems.iter().map(|ty| parse_field_type(ty, params, diagnostics));
            return Ok(Annotation::Tuple(items.collect::<Result<_, _>>()?));
        }
        _ => {}
    }
    let is_tensor = |path: &Path| path.segments.last().is_some_and(|segment| segment.ident == "Tensor");
    let named = match ty {
        Type::Path(path) if path.qself.is_none() => Some(&path.path),
        _ => None,
    };
    let Some(path) = named.filter(|path| is_tensor(path) || is_struct(path)) else {
        let text = source_text(ty);
        return Err(diagnostics.report(
            Diagnostic::new(Place::of(ty), format!("a field of a struct of tensors is a tensor, found `{text}`"))
                .help("write `Tensor<N, 10>`, `Tensor` for a scalar, or the name of another struct under `#[tensors]`"),
        ));
    };
    if is_tensor(path) {
        let annotation = parse_tensor(ty, diagnostics)?;
        if annotation.inferred {
            return Err(diagnostics.report(
                Diagnostic::new(annotation.span, "a field of a struct of tensors has a shape of its own")
                    .help("write it out: `Tensor<N, 10>`"),
            ));
        }
        for dim in &annotation.dims {
            match dim {
                DimExpr::Rest(span) => {
                    return Err(diagnostics.report(
                        Diagnostic::new(*span, "a field of a struct of tensors has named dimensions").help(
                            "declare them as parameters of the struct: `<N: Dim>`, and write `Tensor<N, …>`",
                        ),
                    ));
                }
                DimExpr::Size(expr) => check_size(expr, params, diagnostics)?,
            }
        }
        return Ok(Annotation::Tensor(annotation));
    }
    let annotation = parse_struct(path, diagnostics)?;
    for arg in &annotation.args {
        check_size(arg, params, diagnostics)?;
    }
    Ok(Annotation::Struct(annotation))
}

/// A size of a field is a parameter alone, or does without parameters: Rust, in which the struct is one, too, has no
/// arithmetic with parameters in types.
fn check_size(expr: &Expr, params: &[SizeParam], diagnostics: &mut Diagnostics) -> Result<(), Reported> {
    if param_alone(expr, params).is_some() {
        return Ok(());
    }
    let Some(param) = params.iter().find(|param| names(expr, &param.ident)) else { return Ok(()) };
    let (name, text) = (&param.ident, source_text(expr));
    let text = text.trim_matches(['{', '}', ' ']);
    let (declared, other) = if param.is_dim { ("M: Dim", "M") } else { ("const E: usize", "E") };
    Err(diagnostics.report(
        Diagnostic::new(expr.span(), format!("`{text}` computes with the parameter `{name}` of the struct"))
            .note("outside of models it is a struct of Rust, whose types have no arithmetic with parameters")
            .help(format!(
                "declare another parameter, `{declared}`, write `{other}` here, and give it the size where the struct is named: `{{ {text} }}`"
            )),
    ))
}

/// The parameter that an expression is, in braces or without.
pub fn param_alone(expr: &Expr, params: &[SizeParam]) -> Option<usize> {
    match expr {
        Expr::Path(path) => params.iter().position(|param| path.path.is_ident(&param.ident)),
        Expr::Paren(inner) => param_alone(&inner.expr, params),
        Expr::Group(inner) => param_alone(&inner.expr, params),
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [syn::Stmt::Expr(inner, None)] => param_alone(inner, params),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression names something.
pub fn names(expr: &Expr, name: &Ident) -> bool {
    fn is_in(tokens: proc_macro2::TokenStream, name: &Ident) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == *name,
            TokenTree::Group(group) => is_in(group.stream(), name),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    is_in(expr.to_token_stream(), name)
}
