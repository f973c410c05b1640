//! The arguments of an initialiser.

use super::gain::{NONLINEARITIES, gain_of, leaky_relu_gain, root};
use super::{Initialiser, Surroundings, fans};
use crate::constant::{Scope, Static, evaluate};
use crate::diagnostics::{Diagnostic, Place, count, nearest, source_text};
use syn::Expr;

/// The arguments of an initialiser, by name.
pub(super) struct Arguments<'a> {
    pub(super) initialiser: &'static Initialiser,
    pub(super) expr: &'a Expr,
    pub(super) values: Vec<(&'static str, &'a Expr)>,
    pub(super) shape: &'a [usize],
    pub(super) model: &'a Surroundings<'a>,
}

impl<'a> Arguments<'a> {
    pub(super) fn bind(
        initialiser: &'static Initialiser,
        expr: &'a Expr,
        args: Vec<&'a Expr>,
        model: &'a Surroundings<'a>,
    ) -> Result<Arguments<'a>, Diagnostic> {
        let Initialiser { name, form, params, single, .. } = initialiser;
        let mut values: Vec<(&'static str, &'a Expr)> = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            let (param, value, place) = match arg {
                Expr::Assign(assign) => {
                    let given = source_text(&*assign.left);
                    let Some(&param) = params.iter().find(|&&param| param == given) else {
                        let mut diagnostic = Diagnostic::new(
                            Place::of(&*assign.left),
                            format!("`{name}` has no argument `{given}`"),
                        );
                        diagnostic = match nearest(&given, params.iter().copied()) {
                            Some(near) => diagnostic.help(format!("did you mean `{near}`")),
                            None => diagnostic.help(format!("write `{form}`")),
                        };
                        return Err(diagnostic);
                    };
                    (param, &*assign.right, Place::of(&*assign.left))
                }
                value => {
                    let by_position = if args.len() == 1 {
                        single.or(params.first().copied())
                    } else {
                        params.get(index).copied()
                    };
                    let Some(param) = by_position else {
                        let message = format!(
                            "`{name}` takes {}, found {}",
                            count(params.len(), "argument", "arguments"),
                            args.len()
                        );
                        return Err(
                            Diagnostic::new(Place::of(*value), message).help(format!("write `{form}`"))
                        );
                    };
                    (param, *value, Place::of(*value))
                }
            };
            if values.iter().any(|(known, _)| *known == param) {
                return Err(Diagnostic::new(place, format!("`{param}` of `{name}` is given twice")));
            }
            values.push((param, value));
        }
        let shape = &model.state[model.tensor].shape;
        Ok(Arguments { initialiser, expr, values, shape, model })
    }

    pub(super) fn get(&self, param: &str) -> Option<&'a Expr> {
        self.values.iter().find(|(name, _)| *name == param).map(|(_, value)| *value)
    }

    /// A mistake at an argument, or at the whole call where it is not given.
    pub(super) fn problem(&self, param: &str, message: String) -> Diagnostic {
        let place = self.get(param).map_or_else(|| Place::of(self.expr), Place::of);
        Diagnostic::new(place, message).help(format!("write `{}`", self.initialiser.form))
    }

    /// A number, if it is given.
    pub(super) fn given(&self, param: &str) -> Result<Option<f64>, Diagnostic> {
        let Some(expr) = self.get(param) else { return Ok(None) };
        let value = evaluate(expr, &self.model.scope)?;
        let number = value.as_float().filter(|number| number.is_finite());
        number.map(Some).ok_or_else(|| {
            let message =
                format!("`{param}` of `{}` is a number, found {}", self.initialiser.name, value.text());
            self.problem(param, message)
        })
    }

    pub(super) fn number(&self, param: &str, default: f64) -> Result<f64, Diagnostic> {
        Ok(self.given(param)?.unwrap_or(default))
    }

    pub(super) fn required(&self, param: &str) -> Result<f64, Diagnostic> {
        let missing = || self.problem(param, format!("`{}` needs `{param}`", self.initialiser.name));
        self.given(param)?.ok_or_else(missing)
    }

    pub(super) fn at_least_zero(&self, param: &str, default: f64) -> Result<f64, Diagnostic> {
        let value = self.number(param, default)?;
        if value < 0.0 {
            let name = self.initialiser.name;
            return Err(
                self.problem(param, format!("`{param}` of `{name}` is {value}, but must be at least 0"))
            );
        }
        Ok(value)
    }

    /// A word: `mode = "fan_out"`, or without quotes.
    pub(super) fn word(
        &self,
        param: &str,
        known: &[&'static str],
        default: &'static str,
    ) -> Result<&'static str, Diagnostic> {
        let Some(expr) = self.get(param) else { return Ok(default) };
        let given = word_of(expr, &self.model.scope)?;
        if let Some(word) = known.iter().find(|&&word| given.as_deref() == Some(word)) {
            return Ok(word);
        }
        let found = given.unwrap_or_else(|| source_text(expr));
        let message =
            format!("`{param}` of `{}` is {}, found `{found}`", self.initialiser.name, one_of(known));
        let mut diagnostic = Diagnostic::new(Place::of(expr), message);
        if let Some(near) = nearest(&found, known.iter().copied()) {
            diagnostic = diagnostic.help(format!("did you mean `\"{near}\"`"));
        }
        Err(diagnostic)
    }

    /// A factor: a number, or the one that suits a nonlinearity, `"tanh"` or `leaky_relu(0.2)`.
    pub(super) fn gain(&self) -> Result<f64, Diagnostic> {
        let Some(expr) = self.get("gain") else { return Ok(1.0) };
        if let Expr::Call(call) = expr
            && let (Expr::Path(function), Some(slope)) = (&*call.func, call.args.first())
            && function.path.is_ident("leaky_relu")
            && call.args.len() == 1
        {
            let slope = evaluate(slope, &self.model.scope)?;
            let number = slope.as_float();
            let message = || format!("the slope of `leaky_relu` is a number, found {}", slope.text());
            return number
                .map(|slope| root(leaky_relu_gain(slope)))
                .ok_or_else(|| self.problem("gain", message()));
        }
        let is_known = |word: &str| NONLINEARITIES.contains(&word);
        if matches!(expr, Expr::Lit(lit) if matches!(lit.lit, syn::Lit::Str(_)))
            || matches!(expr, Expr::Path(path) if path.path.get_ident().is_some_and(|word| is_known(&word.to_string())))
        {
            return Ok(root(gain_of(self.word("gain", NONLINEARITIES, "linear")?, 0.01)));
        }
        self.number("gain", 1.0)
    }

    /// Refuses a tensor with another number of axes.
    pub(super) fn check_axes(
        &self,
        range: std::ops::RangeInclusive<usize>,
        why: &str,
    ) -> Result<(), Diagnostic> {
        let found = self.shape.len();
        if range.contains(&found) {
            return Ok(());
        }
        let expected = match (*range.start(), *range.end()) {
            (start, end) if start == end => start.to_string(),
            (start, usize::MAX) => format!("at least {start}"),
            (start, end) => format!("{start} to {end}"),
        };
        let message = format!(
            "`{}` is for tensors of {expected} axes, found {found}, of sizes {:?}",
            self.initialiser.name, self.shape
        );
        Err(Diagnostic::new(Place::of(self.expr), message)
            .note(why)
            .help("use `normal(std)` or `uniform(bound)`"))
    }

    /// Numbers of inputs and outputs of one unit.
    pub(super) fn fans(&self) -> Result<(f64, f64), Diagnostic> {
        self.check_axes(2..=usize::MAX, "the first axis counts as outputs and the second as inputs")?;
        Ok(fans(self.shape))
    }
}

/// The word that an argument is: a text, or a name that stands for itself or for a text of the model.
fn word_of(expr: &Expr, scope: &Scope<'_>) -> Result<Option<String>, Diagnostic> {
    if let Expr::Path(path) = expr
        && let Some(word) = path.path.get_ident()
        && !scope.hypers.contains_key(&word.to_string())
    {
        return Ok(Some(word.to_string()));
    }
    Ok(match evaluate(expr, scope)? {
        Static::Text(text) => Some(text),
        _ => None,
    })
}

/// `"fan_in" or "fan_out"`.
fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
