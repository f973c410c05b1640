//! Functions of models and their signatures.

use super::annotation::{Annotation, Parameter, check_no_structs, parse_annotation};
use super::attributes::parse_allowed;
use super::field::size_expr;
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported};
use crate::graph::{ElementType, Float};
use crate::lints::LintSet;
use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{
    Expr, FnArg, GenericArgument, GenericParam, ImplItem, Pat, PathArguments, Receiver, ReceiverKind,
    ReturnType, Type, WherePredicate,
};

/// A function of a model.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub ident: Ident,
    /// Its visibility.
    pub visibility: syn::Visibility,
    /// Its documentation.
    pub docs: Vec<syn::Attribute>,
    /// Dimensions known at run time.
    pub dims: Vec<DimGeneric>,
    /// Arguments after `&self`, as they are declared.
    pub params: Vec<Parameter>,
    /// Optional arguments that are left out, where a function is compiled for each choice of them.
    pub absent: Vec<Ident>,
    /// The tensors of the arguments: those of structs one by one.
    pub args: Vec<Argument>,
    /// What it returns, as it is declared: one value, or the items of a tuple.
    pub returned: Vec<Annotation>,
    /// Their tensors.
    pub results: Vec<TensorAnnotation>,
    /// Whether the result is a tuple.
    pub returns_tuple: bool,
    /// Its body.
    pub body: syn::Block,
    /// `#[track_caller]`: mistakes inside, and lines of the generated code, are the caller's.
    pub track_caller: bool,
    /// `#[custom_grad(backward)]`: the function that gives its gradient.
    pub custom_grad: Option<syn::Path>,
    /// Whether it takes `&self`.
    pub has_self: bool,
    /// `#[no_grad]`: only inference is compiled; where it is called, its results have no gradient.
    pub no_grad: bool,
    /// What a function in Rust, under `#[op]`, is found by.
    pub op: Option<OpKey>,
    /// `#[model(allow(…))]`, or `#[function(allow(…))]`: lints that are allowed in it.
    pub allow: LintSet,
}

impl Function {
    /// Whether gradients are compiled, as far as the declaration says.
    pub fn is_differentiated(&self) -> bool {
        !self.no_grad && self.results.iter().any(|result| result.element == ElementType::Real)
    }

    /// Takes what it is given and returns apart into tensors.
    pub fn take_apart(&mut self) {
        self.args = self.params.iter().flat_map(Parameter::arguments).collect();
        let leaves = self.returned.iter().flat_map(Annotation::leaves);
        self.results = leaves.map(|leaf| leaf.ty).collect();
    }

    /// Whether it returns a struct, alone or in a tuple.
    pub fn returns_struct(&self) -> bool {
        self.returned.iter().any(Annotation::has_struct)
    }

    /// Whether an argument has any leading dimensions, `_`.
    pub fn has_rest(&self) -> bool {
        let is_rest = |dim: &DimExpr| matches!(dim, DimExpr::Rest(_));
        self.args.iter().any(|arg| arg.ty.dims.first().is_some_and(is_rest))
    }
}

/// `N: Dim`, with the bounds declared for it.
#[derive(Clone, Debug)]
pub struct DimGeneric {
    /// Its name.
    pub ident: Ident,
    /// Bounds.
    pub bounds: Vec<DimBound>,
}

/// What a run-time dimension promises.
#[derive(Clone, Debug)]
pub enum DimBound {
    /// `AtMost<256>`.
    AtMost(Expr),
    /// `MultipleOf<32>`.
    MultipleOf(Expr),
}

/// A tensor that is an argument, or part of one.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The argument's name.
    pub ident: Ident,
    /// Where in the argument the tensor is: `.h`; empty where it is the argument.
    pub field: String,
    /// Its type.
    pub ty: TensorAnnotation,
    /// Whether it is an `Option`, which a caller may leave out.
    pub is_optional: bool,
}

impl Argument {
    /// What it is called: `x`, `state.h`.
    pub fn name(&self) -> String {
        format!("{}{}", self.ident, self.field)
    }
}

/// `Tensor<u8, N, 10>`.
#[derive(Clone, Debug)]
pub struct TensorAnnotation {
    /// Element type.
    pub element: ElementType,
    /// Dimensions.
    pub dims: Vec<DimExpr>,
    /// The whole type.
    pub span: Span,
    /// `Tensor<Inferred>`: the shape is whatever the body returns.
    pub inferred: bool,
}

/// A dimension of a signature.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a signature has few dimensions")]
pub enum DimExpr {
    /// `_`: any leading dimensions.
    Rest(Span),
    /// A size.
    Size(Expr),
}

/// Reads one item of the impl.
pub fn parse_function(item: &ImplItem, diagnostics: &mut Diagnostics) -> Result<Function, Reported> {
    let ImplItem::Fn(function) = item else {
        return Err(diagnostics
            .report(Diagnostic::new(item.span(), "the impl of a model holds functions only").help(
            "put constants and types beside it; ordinary methods go into a second impl without `#[model]`",
        )));
    };
    if let Some(cfg) =
        function.attrs.iter().find(|a| a.path().is_ident("cfg") || a.path().is_ident("cfg_attr"))
    {
        return Err(diagnostics.report(
            Diagnostic::new(Place::of(cfg), "`#[cfg]` on a function reaches `#[model]` unevaluated")
                .help("put `#[cfg]` on the whole struct and impl, and write two of them"),
        ));
    }
    let mut parsed = parse_signature(&function.sig, diagnostics)?;
    parsed.visibility = function.vis.clone();
    parsed.docs =
        function.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect();
    parsed.track_caller = function.attrs.iter().any(|attribute| attribute.path().is_ident("track_caller"));
    parsed.no_grad = is_no_grad(&function.attrs);
    parsed.allow = parse_allowed(&function.attrs, diagnostics)?;
    if let Some(attribute) = function.attrs.iter().find(|attribute| is_custom_grad(attribute)) {
        return Err(diagnostics.report(
            Diagnostic::new(Place::of(attribute), "only a free function has a gradient of its own")
                .note("the gradients of parameters follow from the rest of the model")
                .help("write the computation as a `#[function]` beside the model, which takes parameters as arguments"),
        ));
    }
    parsed.body = function.block.clone();
    if !parsed.has_self {
        return Err(diagnostics.report(
            Diagnostic::new(parsed.ident.span(), format!("`{}` does not take `&self`", parsed.ident))
                .help("write `&self` as its first argument, or make it a free function under `#[function]`"),
        ));
    }
    Ok(parsed)
}

/// Reads a free function under `#[function]`.
pub fn parse_function_item(item: &syn::ItemFn, diagnostics: &mut Diagnostics) -> Result<Function, Reported> {
    let mut parsed = parse_signature(&item.sig, diagnostics)?;
    if let Some(receiver) = item.sig.receiver() {
        return Err(diagnostics.report(
            Diagnostic::new(Place::of(receiver), "a free function has no `self`")
                .help("remove it, or move the function into the impl of a model"),
        ));
    }
    parsed.visibility = item.vis.clone();
    parsed.body = (*item.block).clone();
    parsed.custom_grad = custom_grad_of(&item.attrs);
    if let (None, Some(attribute)) =
        (&parsed.custom_grad, item.attrs.iter().find(|attribute| is_custom_grad(attribute)))
    {
        return Err(diagnostics.report(
            Diagnostic::new(Place::of(attribute), "`custom_grad` names the function that gives the gradient")
                .help("write `#[custom_grad(backward)]`, with the name of a `#[function]`"),
        ));
    }
    parsed.track_caller = item.attrs.iter().any(|attribute| attribute.path().is_ident("track_caller"));
    parsed.no_grad = is_no_grad(&item.attrs);
    parsed.op = item.attrs.iter().find(|attribute| attribute.path().is_ident(OP_KEY)).and_then(|attribute| {
        let parse = |input: syn::parse::ParseStream<'_>| -> syn::Result<OpKey> {
            let key = input.parse::<syn::LitInt>()?.base10_parse()?;
            input.parse::<syn::Token![,]>()?;
            let float: Ident = input.parse()?;
            Ok(OpKey { key, float: Float::from_name(&float.to_string()).unwrap_or_default() })
        };
        attribute.parse_args_with(parse).ok()
    });
    if parsed.op.is_some() {
        check_no_structs(&parsed, "an `#[op]`", diagnostics)?;
        check_op(&parsed, diagnostics)?;
    } else if parsed.custom_grad.is_some() {
        check_no_structs(&parsed, "a function with a gradient of its own", diagnostics)?;
    }
    if parsed.op.is_some() {
        check_all_given(&parsed, "an `#[op]`", diagnostics)?;
    } else if parsed.custom_grad.is_some() {
        check_all_given(&parsed, "a function with a gradient of its own", diagnostics)?;
    }
    parsed.allow = parse_allowed(&item.attrs, diagnostics)?;
    Ok(parsed)
}

fn is_no_grad(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("no_grad"))
}

/// The attribute that `#[differentiable]` puts on its function, with the computing type and what `wrt` says.
pub const DIFFERENTIABLE: &str = "__differentiable";

/// What a function in Rust, under `#[op]`, is found by, and the type of its reals.
#[derive(Clone, Copy, Debug)]
pub struct OpKey {
    /// See `runtime::op`.
    pub key: u64,
    /// What a slice holds whose type is not written.
    pub float: Float,
}

/// The attribute with the key and the computing type of an operation, which `#[op]` puts on its definition.
pub const OP_KEY: &str = "__op_key";

/// No argument is optional.
///
/// # Errors
/// When one is.
pub fn check_all_given(
    function: &Function,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Result<(), Reported> {
    match function.args.iter().find(|arg| arg.is_optional) {
        None => Ok(()),
        Some(arg) => Err(diagnostics.report(
            Diagnostic::new(arg.ident.span(), format!("`{}` of {what} is always given", arg.ident))
                .note("an optional argument is for functions that other functions of models call")
                .help(
                    "write `Tensor` without `Option`, and a second function that does without the argument",
                ),
        )),
    }
}

/// The signature of an operation is its shape rule, and its names are those of the Rust function.
fn check_op(function: &Function, diagnostics: &mut Diagnostics) -> Result<(), Reported> {
    for result in &function.results {
        let rest = result.dims.iter().find_map(|dim| match dim {
            DimExpr::Rest(span) if !function.has_rest() => Some(*span),
            _ => None,
        });
        if result.inferred || rest.is_some() {
            return Err(diagnostics.report(
                Diagnostic::new(
                    rest.unwrap_or(result.span),
                    "the result of an `#[op]` has a shape of its own",
                )
                .help("write it with the dimensions of the arguments: `Tensor<N, { 2 * D }>`"),
            ));
        }
    }
    let taken = crate::emit::OpParameters::of(function);
    let is_taken = |ident: &Ident| taken.results.iter().chain(&taken.sizes).any(|name| name == ident);
    match function.args.iter().find(|arg| is_taken(&arg.ident)) {
        None => Ok(()),
        Some(arg) => Err(diagnostics.report(
            Diagnostic::new(arg.ident.span(), format!("an argument of an `#[op]` cannot be called `{}`", arg.ident))
                .note("in its body results are called `out`, or `out_0`, `out_1`, … of a tuple; `rest` is the product of `_`")
                .help("give the argument another name"),
        )),
    }
}

/// The path in `#[custom_grad(backward)]`.
pub fn custom_grad_of(attributes: &[syn::Attribute]) -> Option<syn::Path> {
    attributes.iter().find(|attribute| is_custom_grad(attribute))?.parse_args().ok()
}

fn is_custom_grad(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("custom_grad")
}

/// Reads a signature; visibility, documentation and body are left empty.
pub fn parse_signature(
    signature: &syn::Signature,
    diagnostics: &mut Diagnostics,
) -> Result<Function, Reported> {
    for (present, span, what) in [
        (signature.asyncness.is_some(), signature.asyncness.span(), "async"),
        (matches!(signature.safety, syn::Safety::Unsafe(_)), signature.safety.span(), "unsafe"),
    ] {
        if present {
            return Err(diagnostics.report(
                Diagnostic::new(span, format!("a function of a model cannot be `{what}`"))
                    .help(format!("remove `{what}`")),
            ));
        }
    }
    let dims = parse_dims(&signature.generics, diagnostics)?;
    let mut params = Vec::new();
    let mut has_self = false;
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(Receiver { kind: ReceiverKind::Reference(_, _, None), .. }) => has_self = true,
            FnArg::Receiver(receiver) => {
                return Err(diagnostics.report(
                    Diagnostic::new(Place::of(receiver), "functions of a model take `&self`")
                        .note("parameters change in `optimizer.step` only, buffers through `update`")
                        .help("write `&self`"),
                ));
            }
            FnArg::Typed(typed) => {
                let Pat::Ident(pattern) = &*typed.pat else {
                    return Err(diagnostics.report(
                        Diagnostic::new(typed.pat.span(), "an argument of a model function is a name")
                            .help("take it apart with `let` in the body"),
                    ));
                };
                let inner = inside_option(&typed.ty);
                params.push(Parameter {
                    ident: pattern.ident.clone(),
                    ty: parse_annotation(inner.unwrap_or(&typed.ty), diagnostics)?,
                    is_optional: inner.is_some(),
                });
            }
        }
    }
    let (returned, returns_tuple) = match &signature.output {
        ReturnType::Default => {
            return Err(diagnostics.report(
                Diagnostic::new(signature.ident.span(), format!("`{}` returns nothing", signature.ident))
                    .help(
                        "declare what it returns, for instance `-> Tensor<N, 10>`; `-> Tensor` is a scalar",
                    ),
            ));
        }
        ReturnType::Type(_, ty) => match &**ty {
            Type::Tuple(tuple) => (
                tuple.elems.iter().map(|ty| parse_annotation(ty, diagnostics)).collect::<Result<_, _>>()?,
                true,
            ),
            ty => (vec![parse_annotation(ty, diagnostics)?], false),
        },
    };
    let mut function = Function {
        ident: signature.ident.clone(),
        visibility: syn::Visibility::Inherited,
        docs: Vec::new(),
        dims,
        params,
        absent: Vec::new(),
        args: Vec::new(),
        returned,
        results: Vec::new(),
        returns_tuple,
        body: syn::Block { brace_token: Default::default(), stmts: Vec::new() },
        track_caller: false,
        custom_grad: None,
        has_self,
        no_grad: false,
        op: None,
        allow: LintSet::default(),
    };
    function.take_apart();
    Ok(function)
}

fn parse_dims(generics: &syn::Generics, diagnostics: &mut Diagnostics) -> Result<Vec<DimGeneric>, Reported> {
    let mut dims = Vec::new();
    for param in &generics.params {
        let GenericParam::Type(param) = param else {
            return Err(diagnostics.report(
                Diagnostic::new(
                    param.span(),
                    "a generic parameter of a model function is a dimension known at run time",
                )
                .help("write `<N: Dim>`; sizes known at compile time are parameters of the struct"),
            ));
        };
        let mut dim = DimGeneric { ident: param.ident.clone(), bounds: Vec::new() };
        parse_bounds(&mut dim, param.bounds.iter(), diagnostics)?;
        dims.push(dim);
    }
    for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
        let WherePredicate::Type(predicate) = predicate else { continue };
        let name = match &predicate.bounded_ty {
            Type::Path(path) => path.path.get_ident().cloned(),
            _ => None,
        };
        let Some(dim) = name.and_then(|name| dims.iter_mut().find(|dim| dim.ident == name)) else {
            return Err(diagnostics.report(
                Diagnostic::new(predicate.bounded_ty.span(), "a bound concerns a dimension of the function")
                    .help("declare it as `<N: Dim>` first"),
            ));
        };
        parse_bounds(dim, predicate.bounds.iter(), diagnostics)?;
    }
    Ok(dims)
}

fn parse_bounds<'a>(
    dim: &mut DimGeneric,
    bounds: impl Iterator<Item = &'a syn::TypeParamBound>,
    diagnostics: &mut Diagnostics,
) -> Result<(), Reported> {
    for bound in bounds {
        let syn::TypeParamBound::Trait(bound) = bound else { continue };
        let Some(segment) = bound.path.segments.last() else { continue };
        let argument = match &segment.arguments {
            PathArguments::AngleBracketed(args) if args.args.len() == 1 => args.args.first(),
            _ => None,
        };
        match (segment.ident.to_string().as_str(), argument) {
            ("Dim", None) => {}
            ("AtMost", Some(arg)) => dim.bounds.push(DimBound::AtMost(size_expr(arg, diagnostics)?)),
            ("MultipleOf", Some(arg)) => dim.bounds.push(DimBound::MultipleOf(size_expr(arg, diagnostics)?)),
            _ => {
                return Err(diagnostics.report(
                    Diagnostic::new(bound.span(), format!("unknown bound on the dimension `{}`", dim.ident))
                        .help("use `Dim`, `AtMost<256>` or `MultipleOf<32>`"),
                ));
            }
        }
    }
    Ok(())
}

/// `Tensor<N>` of `Option<Tensor<N>>`.
fn inside_option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    match &segment.arguments {
        PathArguments::AngleBracketed(args) => match args.args.first() {
            Some(GenericArgument::Type(inner)) if args.args.len() == 1 => Some(inner),
            _ => None,
        },
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    }
}
