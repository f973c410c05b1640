//! Optional arguments of functions that Rust calls: which of them are given decides what a body does, and that is known
//! at compile time inside of it. So such a function is compiled once for each choice, and what Rust calls decides between
//! them.

use crate::diagnostics::{Diagnostic, Diagnostics, Reported, count};
use crate::graph::TensorType;
use crate::parse::{DimExpr, Function};
use proc_macro2::Ident;
use quote::format_ident;
use std::rc::Rc;
use syn::Expr;

/// So many arguments may be optional: every one doubles the number of compiled functions.
const MOST: usize = 2;

/// A function for one choice of optional arguments.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The function as the user wrote it.
    pub of: Rc<Function>,
    /// For each optional argument whether it is given.
    pub given: Vec<bool>,
    /// What the function for this choice is called in generated code: `__forward_with_mask`.
    pub ident: Ident,
    /// What tells it from the others, as part of a type's name: `WithMask`.
    pub variant: Ident,
}

/// What is compiled for a function: itself, or a function for each choice of its optional arguments, from all of them to
/// none.
///
/// # Errors
/// When there are too many, or a dimension is known from optional arguments only.
pub fn choices(
    function: &Function,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<(Function, Option<Choice>)>, Reported> {
    let optional: Vec<&Ident> =
        function.params.iter().filter(|param| param.is_optional).map(|param| &param.ident).collect();
    if optional.is_empty() {
        return Ok(vec![(function.clone(), None)]);
    }
    if optional.len() > MOST {
        let message = format!(
            "`{}` has {}, and is public in a compiled model",
            function.ident,
            count(optional.len(), "optional argument", "optional arguments")
        );
        return Err(diagnostics.report(
            Diagnostic::new(optional[MOST].span(), message)
                .note(format!(
                    "it is compiled once for each choice of what is given: {} times",
                    1usize << optional.len().min(16)
                ))
                .help(format!(
                    "leave at most {MOST} optional, or write functions that take some of them and call this one without `pub`"
                )),
        ));
    }
    check_dims(function, diagnostics)?;
    let of = Rc::new(function.clone());
    let all = 1usize << optional.len();
    Ok((0..all)
        .map(|choice| {
            let given: Vec<bool> = (0..optional.len()).map(|bit| choice >> bit & 1 == 0).collect();
            let words = optional.iter().zip(&given).map(|(name, given)| {
                let name = name.to_string();
                (if *given { "with" } else { "without" }, name.trim_start_matches("r#").to_string())
            });
            let words: Vec<String> = words.map(|(with, name)| format!("{with}_{name}")).collect();
            let text = words.join("_");
            let name = function.ident.to_string();
            let ident =
                format_ident!("__{}_{}", name.trim_start_matches("r#"), text, span = function.ident.span());
            let variant = format_ident!("{}", crate::emit::camel_case(&text));
            let choice = Choice { of: of.clone(), given: given.clone(), ident, variant };
            (chosen(function, &given), Some(choice))
        })
        .collect())
}

/// The function with these of its optional arguments.
fn chosen(function: &Function, given: &[bool]) -> Function {
    let mut function = function.clone();
    let mut given = given.iter();
    let mut absent = Vec::new();
    function.params.retain(|param| {
        let stays = !param.is_optional || *given.next().expect("there is one for each optional argument");
        if !stays {
            absent.push(param.ident.clone());
        }
        stays
    });
    function.absent = absent;
    function.take_apart();
    function
}

/// Every dimension is one of an argument that is always given: what Rust calls has one type for all choices.
fn check_dims(function: &Function, diagnostics: &mut Diagnostics) -> Result<(), Reported> {
    for dim in &function.dims {
        let is_dim = |size: &DimExpr| match size {
            DimExpr::Size(Expr::Path(path)) => path.path.is_ident(&dim.ident),
            DimExpr::Size(_) | DimExpr::Rest(_) => false,
        };
        let of = |optional: bool| {
            let mut args = function.args.iter().filter(move |arg| arg.is_optional == optional);
            args.find(|arg| arg.ty.dims.iter().any(is_dim))
        };
        if let (None, Some(optional)) = (of(false), of(true)) {
            let message = format!(
                "the dimension `{}` is read from `{}`, which may be left out",
                dim.ident,
                optional.name()
            );
            return Err(diagnostics.report(
                Diagnostic::new(dim.ident.span(), message)
                    .help("use it as a dimension of an argument that is always given, too"),
            ));
        }
    }
    Ok(())
}

/// All choices of a function return the same.
///
/// # Errors
/// When one returns another shape, which `Tensor<Inferred>` allows.
pub fn check_alike(
    function: &Function,
    results: &[&[TensorType]],
    diagnostics: &mut Diagnostics,
) -> Result<(), Reported> {
    let Some(pair) = results.windows(2).find(|pair| pair[0] != pair[1]) else { return Ok(()) };
    let text = |types: &[TensorType]| types.iter().map(TensorType::to_string).collect::<Vec<_>>().join(", ");
    let message = format!(
        "`{}` returns {} or {}, depending on which arguments are given",
        function.ident,
        text(pair[0]),
        text(pair[1])
    );
    Err(diagnostics.report(
        Diagnostic::new(function.ident.span(), message)
            .help("return the same shape whichever are given, or write two functions"),
    ))
}
