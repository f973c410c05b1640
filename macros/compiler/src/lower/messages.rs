//! Texts of the errors of lowering.

use super::{Lowering, Val};
use crate::diagnostics::{Diagnostic, Place, list_names, nearest, source_text};
use crate::graph::types::{as_real, computed_in, product};
use crate::graph::{ElementType, Size, TensorType, Value, shape_text};
use crate::ops::{Op, Operation};
use crate::parse::{Argument, DimExpr, Function, ModelDecl, TensorAnnotation, TensorsDecl, TypeArg};
use crate::program::Instance;
use syn::Expr;

/// What is called.
pub(super) struct Callee<'a> {
    /// As the user calls it: `fc1`, `forward`.
    pub name: &'a str,
    /// Its function.
    pub function: &'a Function,
    /// Its model; `None` for a free function.
    pub instance: Option<&'a Instance>,
    /// Identity of its definition.
    pub id: &'a str,
}

/// A dimension that is not what the signature says.
pub(super) struct Mismatch<'a> {
    pub axis: usize,
    pub expr: &'a Expr,
    pub expected: &'a Size,
    pub found: &'a Size,
}

/// `INPUT_FEATURES` as "input features"; single letters are no words.
fn in_words(expr: &Expr) -> Option<String> {
    let Expr::Path(path) = expr else { return None };
    let name = path.path.get_ident()?.to_string();
    (name.len() > 2).then(|| name.to_lowercase().replace('_', " "))
}

/// A dimension as an argument of `Tensor<…>`.
pub(super) fn dim_text(size: &Size) -> String {
    let text = size.to_string();
    if text.chars().all(|c| c.is_alphanumeric() || c == '_') { text } else { format!("{{{text}}}") }
}

/// Another size than the signature's.
pub(super) fn wrong_size(
    callee: &Callee<'_>,
    arg: &str,
    mismatch: &Mismatch<'_>,
    shape: &[Size],
    place: Place,
    history: Option<String>,
) -> Diagnostic {
    let Mismatch { axis, expr, expected, found } = mismatch;
    let message = match in_words(expr) {
        Some(words) => format!("`{}` takes {expected} {words}, but its input has {found}", callee.name),
        None => format!("axis {axis} of `{arg}` of `{}` is {expected}, but here it is {found}", callee.name),
    };
    let mut diagnostic = Diagnostic::new(place, message)
        .note(history.unwrap_or_else(|| format!("the input is {}", shape_text(shape))));
    // The features of an image that was not flattened.
    let flattened = product(shape.get(1..).unwrap_or_default()).as_literal();
    if shape.len() > 2 && flattened.is_some() && flattened == expected.as_literal() {
        diagnostic = diagnostic.help("flatten it first: `flatten(1)`");
    } else if let Some(text) = mended_declaration(callee, expr, found) {
        diagnostic = diagnostic.help(format!("declare `{}: {text}`, or change what is passed", callee.name));
    }
    diagnostic
}

/// The type of the field with the size that would fit.
fn mended_declaration(callee: &Callee<'_>, expr: &Expr, found: &Size) -> Option<String> {
    let instance = callee.instance?;
    let declared = instance.declared.as_ref()?;
    let Expr::Path(path) = expr else { return None };
    let name = path.path.get_ident()?;
    let position = instance.decl.generics.iter().position(|generic| generic.ident() == name)?;
    let literal = found.as_literal()?;
    // A size that is an expression of the model around it is not mended by a number.
    match &declared.args[position] {
        TypeArg::Expr(Expr::Lit(_)) => Some(declared.text_with(Some((position, &literal.to_string())))),
        _ => None,
    }
}

/// Another number of axes than the signature's.
pub(super) fn wrong_rank(
    callee: &Callee<'_>,
    arg: &str,
    expected: &TensorAnnotation,
    shape: &[Size],
    place: Place,
    history: Option<String>,
) -> Diagnostic {
    let dims: Vec<String> = expected
        .dims
        .iter()
        .map(|dim| match dim {
            DimExpr::Rest(_) => "_".to_string(),
            DimExpr::Size(expr) => known_size(callee, expr),
        })
        .collect();
    let count = expected.dims.iter().filter(|dim| matches!(dim, DimExpr::Size(_))).count();
    let at_least = if count == expected.dims.len() { "" } else { "at least " };
    let axes = if count == 1 { "axis" } else { "axes" };
    let mut diagnostic = Diagnostic::new(
        place,
        format!(
            "`{arg}` of `{}` has {at_least}{count} {axes} [{}], found {} {}",
            callee.name,
            dims.join(", "),
            shape.len(),
            shape_text(shape)
        ),
    );
    diagnostic.notes.extend(history);
    if shape.len() > count {
        diagnostic.help("merge axes first, for instance with `flatten(1)`")
    } else {
        diagnostic.help(format!("add axes first: `reshape([{}])`", dims.join(", ")))
    }
}

/// A dimension of a signature: its value where the callee's sizes give one.
fn known_size(callee: &Callee<'_>, expr: &Expr) -> String {
    let Expr::Path(path) = expr else { return source_text(expr) };
    let name = source_text(path);
    match callee.instance.and_then(|instance| instance.consts.get(&name)) {
        Some(value) => value.to_string(),
        None => name,
    }
}

/// Another element type than the signature's.
pub(super) fn wrong_element(
    callee: &Callee<'_>,
    arg: &Argument,
    found: &TensorType,
    place: Place,
    history: Option<String>,
    declared: Option<String>,
) -> Diagnostic {
    let expected = arg.ty.element;
    let mut diagnostic = Diagnostic::new(
        place,
        format!(
            "`{}` of `{}` is a tensor of `{}`, found `{}`",
            arg.name(),
            callee.name,
            expected.name(),
            found.element.name()
        ),
    );
    diagnostic.notes.extend(history);
    match (expected, found.element, declared) {
        (ElementType::Real, ElementType::Bool, _) => {
            diagnostic.help(as_real("turn truth values into numbers with "))
        }
        (ElementType::Real, element, _) if element.is_real() => diagnostic.help(computed_in()),
        (_, _, Some(name)) => {
            let mut dims: Vec<String> = found.shape.iter().map(dim_text).collect();
            if expected != ElementType::Real {
                dims.insert(0, expected.name().to_string());
            }
            diagnostic.help(format!("declare `{name}: Tensor<{}>`", dims.join(", ")))
        }
        _ => diagnostic.help(format!("declare the argument it comes from `Tensor<{}, …>`", expected.name())),
    }
}

/// `self.name` that is not there.
pub(super) fn unknown_field(decl: &ModelDecl, name: &str, place: Place) -> Diagnostic {
    let fields: Vec<String> = decl.fields.iter().map(|field| field.ident.to_string()).collect();
    let functions: Vec<String> = decl.functions.iter().map(|function| function.ident.to_string()).collect();
    if functions.iter().any(|function| function == name) {
        let message = format!("`{name}` is a function of `{}`, not a value", decl.name);
        return Diagnostic::new(place, message)
            .help(format!("call it, `self.{name}(x)`, or ask for its gradient, `grad(self.{name}, x)`"));
    }
    let known = || fields.iter().chain(&functions).map(String::as_str);
    let diagnostic = Diagnostic::new(place, format!("`{}` has no field or function `{name}`", decl.name));
    match nearest(name, known()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`")),
        None => diagnostic.note(format!("it has {}", list_names(known()))),
    }
}

/// A function that is not there.
pub(super) fn unknown_function(decl: &ModelDecl, name: &str, place: Place) -> Diagnostic {
    let functions: Vec<String> = decl.functions.iter().map(|function| function.ident.to_string()).collect();
    let known = || functions.iter().map(String::as_str);
    let diagnostic = Diagnostic::new(place, format!("`{}` has no function `{name}`", decl.name));
    match nearest(name, known()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`")),
        None => diagnostic.note(format!("it has {}", list_names(known()))),
    }
}

/// A method that is not there.
pub(super) fn unknown_method(name: &str, place: Place) -> Diagnostic {
    let diagnostic = Diagnostic::new(place, format!("unknown operation `{name}`"));
    // What PyTorch and Rust call it.
    let renamed = match name {
        "log" => Some("ln"),
        "cat" => Some("concat"),
        "view" => Some("reshape"),
        "where_" | "r#where" => Some("select"),
        "amax" => Some("max"),
        "amin" => Some("min"),
        "mm" | "bmm" => Some("matmul"),
        "narrow" => Some("slice"),
        "broadcast_to" => Some("expand"),
        "diag_embed" => Some("diag"),
        "nll" => Some("nll_loss"),
        "expm1" => Some("exp_m1"),
        "log1p" => Some("ln_1p"),
        "reciprocal" => Some("recip"),
        "frac" => Some("fract"),
        "swish" => Some("silu"),
        "logsigmoid" => Some("log_sigmoid"),
        "isnan" => Some("is_nan"),
        "isinf" => Some("is_inf"),
        "isfinite" => Some("is_finite"),
        "sgn" | "signum" => Some("sign"),
        "arcsin" => Some("asin"),
        "arccos" => Some("acos"),
        "arctan" => Some("atan"),
        "clip" => Some("clamp"),
        "bce" | "binary_cross_entropy" => Some("bce_loss"),
        "binary_cross_entropy_with_logits" => Some("bce_with_logits_loss"),
        "mse" => Some("mse_loss"),
        "l1" | "mae" => Some("l1_loss"),
        "kl_div_loss" => Some("kl_div"),
        "focal_loss" => Some("sigmoid_focal_loss"),
        "clone" => None,
        _ => nearest(name, crate::ops::method_names()),
    };
    match (name, renamed) {
        ("clone", _) => {
            diagnostic.help("values of a model can be used any number of times; leave `clone` out")
        }
        ("backward" | "requires_grad" | "zero_grad", _) => diagnostic
            .note(
                "the gradients of a function are compiled with it: `net.loss_grad(&x)` outside of the model",
            )
            .help("inside, a gradient is a value: `grad(self.loss, x)`"),
        (_, Some(near)) => diagnostic.help(format!("did you mean `{near}`")),
        (_, None) => diagnostic.help("the page `macrograd::ops` of the documentation lists the operations"),
    }
}

/// What kind of value it is, for messages.
pub(super) fn kind_of(value: &Val) -> &'static str {
    match value {
        Val::Tensor(_) => "a tensor",
        Val::Size(_) => "a size",
        Val::Float(_) => "a number",
        Val::Bool(_) => "a truth value",
        Val::Text(_) => "a text",
        Val::Model(_) => "a layer",
        Val::Stack(_) => "a stack of layers",
        Val::List(_) => "a list",
        Val::Run { .. } => "a list that a loop has filled",
        Val::Struct(..) => "a struct of tensors",
        Val::Range(..) => "a range",
        Val::Absent | Val::Present(_) => "an `Option`",
        Val::Unit => "nothing",
    }
}

/// What kind of value it is; a struct by its name.
pub(super) fn described(value: &Val) -> String {
    match value {
        Val::Struct(decl, _) => format!("a `{}`", decl.name),
        other => kind_of(other).to_string(),
    }
}

/// The fields of a struct in whose place a tensor is wanted.
pub(super) fn fields_help(decl: &TensorsDecl, of: &str, call: &str) -> String {
    let field = decl.fields.first().map_or("h".to_string(), |field| field.ident.to_string());
    let names: Vec<String> = decl.fields.iter().map(|field| field.ident.to_string()).collect();
    let names = list_names(names.iter().map(String::as_str));
    format!("take one of its fields, {names}: `{of}.{field}{call}`")
}

impl Lowering<'_> {
    /// Where the sizes of the model that is being lowered were given.
    pub(super) fn sizes_note(&self) -> Option<String> {
        let instance = self.frame_ref().instance.as_ref()?;
        let declared = instance.declared.as_ref()?;
        let name = instance.path.rsplit('.').next().filter(|name| !name.is_empty())?;
        let sizes = instance.decl.generics.iter().filter_map(|generic| {
            let name = generic.ident().to_string();
            instance.consts.get(&name).map(|value| format!("`{name}` is {value}"))
        });
        let sizes: Vec<String> = sizes.collect();
        (!sizes.is_empty()).then(|| format!("{} in `{name}: {}`", sizes.join(", "), declared.text_with(None)))
    }

    /// The name of the root's argument that a value is.
    pub(super) fn declared_input(&mut self, value: Value) -> Option<String> {
        let node = self.builder.block_at(0).nodes.iter().find(|node| node.outputs.contains(&value))?;
        let is_input = matches!(node.op, Op::Input(_));
        is_input.then(|| self.builder.values[value.index()].origin.name.to_string())
    }

    /// How a value came about, step by step backwards: "[N, 256] from `flatten`, [N, 16, 4, 4] from `conv2`, …".
    /// Steps that keep the shape are left out.
    pub(super) fn history(&mut self, value: Value) -> Option<String> {
        const MAX_STEPS: usize = 6;
        let mut text = String::new();
        let mut current = value;
        let mut steps = 0;
        let mut last_name = String::new();
        while let Some((name, input)) = self.step_back(current) {
            let keeps_shape =
                input.is_some_and(|input| self.builder.ty(input).shape == self.builder.ty(current).shape);
            if name != last_name && !keeps_shape {
                if steps == MAX_STEPS {
                    text.push_str(", …");
                    break;
                }
                let shape = shape_text(&self.builder.ty(current).shape);
                text.push_str(&format!("{}{shape} from `{name}`", if steps > 0 { ", " } else { "" }));
                steps += 1;
                last_name = name;
            }
            match input {
                Some(input) => current = input,
                None => break,
            }
        }
        (steps > 0).then_some(text)
    }

    /// The step that made a value, by the name a person would give it, and its first operand.
    fn step_back(&mut self, value: Value) -> Option<(String, Option<Value>)> {
        for depth in (0..self.builder.depth()).rev() {
            let block = self.builder.block_at(depth);
            let Some(node) = block.nodes.iter().find(|node| node.outputs.contains(&value)) else { continue };
            let (op, input) = (node.op.clone(), node.inputs.first().copied());
            let origin = &self.builder.values[value.index()].origin;
            let frame_path =
                self.frames.last().and_then(|frame| frame.instance.as_ref()).map_or("", |i| i.path.as_str());
            let inner =
                origin.scope.strip_prefix(frame_path).unwrap_or(&origin.scope).trim_start_matches('.');
            let name = match &op {
                Op::Input(_) => origin.name.to_string(),
                _ if inner.is_empty() => origin.name.to_string(),
                _ => inner.split('.').next().unwrap_or(inner).to_string(),
            };
            debug_assert!(!op.text().is_empty(), "every operation has a text form");
            return Some((name, input));
        }
        None
    }
}
