//! Initialisers: `#[init(kaiming_uniform(a = 0.2, mode = "fan_out"))]`, as in PyTorch's `torch.nn.init`.

use crate::constant::{Scope, Static, evaluate};
use crate::diagnostics::{Diagnostic, Place, count, list_names, nearest, source_text};
use crate::parse::path_key;
use syn::Expr;
use syn::spanned::Spanned;

/// How a tensor of the state starts, worked out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Every element is this.
    Constant(f64),
    /// Uniform in `[low, high)`.
    Uniform(f64, f64),
    /// Normal with mean and standard deviation.
    Normal(f64, f64),
    /// Normal with mean 0, and zeros in some elements.
    NormalExcept {
        /// Standard deviation.
        std: f64,
        /// First element that is zero.
        start: usize,
        /// End of the elements that are zero, exclusive.
        end: usize,
    },
    /// Normal, drawn again where it lies outside `[low, high]`.
    TruncNormal {
        /// Mean of the whole distribution.
        mean: f64,
        /// Standard deviation of the whole distribution.
        std: f64,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// The identity matrix.
    Eye,
    /// Convolution weights that pass channels on in so many groups.
    Dirac(usize),
    /// Orthonormal rows or columns times a gain.
    Orthogonal(f64),
    /// Normal, with zeros in each column.
    Sparse {
        /// Zeros in a column.
        num_zeros: usize,
        /// Standard deviation of the others.
        std: f64,
    },
}

/// How a tensor starts that says nothing about it: weights as in PyTorch's layers, vectors and buffers at zero.
pub fn default_init(shape: &[usize], is_buffer: bool) -> Init {
    if is_buffer || shape.len() < 2 {
        return Init::Constant(0.0);
    }
    uniform_of(over(leaky_relu_gain(5f64.sqrt()), fans(shape).0))
}

/// An initialiser that models can name.
struct Initialiser {
    name: &'static str,
    /// A call with the defaults, for help.
    form: &'static str,
    /// Its arguments, in the order in which they can be given without names.
    params: &'static [&'static str],
    /// What a single argument without a name is, if not the first.
    single: Option<&'static str>,
    evaluate: fn(&Arguments<'_>) -> Result<Init, Diagnostic>,
}

const INITIALISERS: &[Initialiser] = &[
    Initialiser {
        name: "zeros",
        form: "zeros",
        params: &[],
        single: None,
        evaluate: |_| Ok(Init::Constant(0.0)),
    },
    Initialiser {
        name: "ones",
        form: "ones",
        params: &[],
        single: None,
        evaluate: |_| Ok(Init::Constant(1.0)),
    },
    Initialiser {
        name: "constant",
        form: "constant(value)",
        params: &["value"],
        single: None,
        evaluate: |args| Ok(Init::Constant(args.required("value")?)),
    },
    Initialiser {
        name: "uniform",
        form: "uniform(low = 0.0, high = 1.0)` or `uniform(bound)",
        params: &["low", "high", "bound"],
        single: Some("bound"),
        evaluate: uniform,
    },
    Initialiser {
        name: "normal",
        form: "normal(mean = 0.0, std = 1.0)` or `normal(std)",
        params: &["mean", "std"],
        single: Some("std"),
        evaluate: |args| Ok(Init::Normal(args.number("mean", 0.0)?, args.at_least_zero("std", 1.0)?)),
    },
    Initialiser {
        name: "normal_except_row",
        form: "normal_except_row(std, row)",
        params: &["std", "row"],
        single: None,
        evaluate: normal_except_row,
    },
    Initialiser {
        name: "trunc_normal",
        form: "trunc_normal(mean = 0.0, std = 1.0, a = -2.0, b = 2.0)",
        params: &["mean", "std", "a", "b"],
        single: Some("std"),
        evaluate: trunc_normal,
    },
    Initialiser {
        name: "kaiming_uniform",
        form: "kaiming_uniform(a = 0.0, mode = \"fan_in\", nonlinearity = \"leaky_relu\")",
        params: KAIMING,
        single: None,
        evaluate: |args| Ok(uniform_of(kaiming_variance(args)?)),
    },
    Initialiser {
        name: "kaiming_normal",
        form: "kaiming_normal(a = 0.0, mode = \"fan_in\", nonlinearity = \"leaky_relu\")",
        params: KAIMING,
        single: None,
        evaluate: |args| Ok(Init::Normal(0.0, root(kaiming_variance(args)?))),
    },
    Initialiser {
        name: "xavier_uniform",
        form: "xavier_uniform(gain = 1.0)",
        params: &["gain"],
        single: None,
        evaluate: |args| Ok(uniform_of(xavier_variance(args)?)),
    },
    Initialiser {
        name: "xavier_normal",
        form: "xavier_normal(gain = 1.0)",
        params: &["gain"],
        single: None,
        evaluate: |args| Ok(Init::Normal(0.0, root(xavier_variance(args)?))),
    },
    Initialiser { name: "eye", form: "eye", params: &[], single: None, evaluate: eye },
    Initialiser {
        name: "dirac",
        form: "dirac(groups = 1)",
        params: &["groups"],
        single: None,
        evaluate: dirac,
    },
    Initialiser {
        name: "orthogonal",
        form: "orthogonal(gain = 1.0)",
        params: &["gain"],
        single: None,
        evaluate: orthogonal,
    },
    Initialiser {
        name: "sparse",
        form: "sparse(sparsity, std = 0.01)",
        params: &["sparsity", "std"],
        single: None,
        evaluate: sparse,
    },
];

const KAIMING: &[&str] = &["a", "mode", "nonlinearity"];

/// Names of all initialisers.
pub fn initialiser_names() -> impl Iterator<Item = &'static str> {
    INITIALISERS.iter().map(|initialiser| initialiser.name)
}

/// `zeros`, `uniform(bound)`, `kaiming_uniform(a = 0.2)`, …, for a tensor of this shape.
///
/// # Errors
/// What is wrong with the name, the arguments, or the shape.
pub fn evaluate_init(expr: &Expr, shape: &[usize], scope: &Scope<'_>) -> Result<Init, Diagnostic> {
    let (path, args) = match expr {
        Expr::Path(path) => (&path.path, Vec::new()),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => (&path.path, call.args.iter().collect()),
            other => return Err(Diagnostic::new(other.span(), "expected the name of an initialiser")),
        },
        other => return Err(Diagnostic::new(other.span(), "expected the name of an initialiser")),
    };
    let name = path_key(path);
    let Some(initialiser) = INITIALISERS.iter().find(|known| known.name == name) else {
        let mut diagnostic = Diagnostic::new(path.span(), format!("unknown initialiser `{name}`"))
            .note(format!("the known ones are {}", list_names(initialiser_names())));
        if let Some(near) = nearest(&name, initialiser_names()) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`"));
        }
        return Err(diagnostic);
    };
    let arguments = Arguments::bind(initialiser, expr, args, shape, scope)?;
    (initialiser.evaluate)(&arguments)
}

/// The arguments of an initialiser, by name.
struct Arguments<'a> {
    initialiser: &'static Initialiser,
    expr: &'a Expr,
    values: Vec<(&'static str, &'a Expr)>,
    shape: &'a [usize],
    scope: &'a Scope<'a>,
}

impl<'a> Arguments<'a> {
    fn bind(
        initialiser: &'static Initialiser,
        expr: &'a Expr,
        args: Vec<&'a Expr>,
        shape: &'a [usize],
        scope: &'a Scope<'a>,
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
        Ok(Arguments { initialiser, expr, values, shape, scope })
    }

    fn get(&self, param: &str) -> Option<&'a Expr> {
        self.values.iter().find(|(name, _)| *name == param).map(|(_, value)| *value)
    }

    /// A mistake at an argument, or at the whole call where it is not given.
    fn problem(&self, param: &str, message: String) -> Diagnostic {
        let place = self.get(param).map_or_else(|| Place::of(self.expr), Place::of);
        Diagnostic::new(place, message).help(format!("write `{}`", self.initialiser.form))
    }

    /// A number, if it is given.
    fn given(&self, param: &str) -> Result<Option<f64>, Diagnostic> {
        let Some(expr) = self.get(param) else { return Ok(None) };
        let value = evaluate(expr, self.scope)?;
        let number = value.as_float().filter(|number| number.is_finite());
        number.map(Some).ok_or_else(|| {
            let message =
                format!("`{param}` of `{}` is a number, found {}", self.initialiser.name, value.text());
            self.problem(param, message)
        })
    }

    fn number(&self, param: &str, default: f64) -> Result<f64, Diagnostic> {
        Ok(self.given(param)?.unwrap_or(default))
    }

    fn required(&self, param: &str) -> Result<f64, Diagnostic> {
        let missing = || self.problem(param, format!("`{}` needs `{param}`", self.initialiser.name));
        self.given(param)?.ok_or_else(missing)
    }

    fn at_least_zero(&self, param: &str, default: f64) -> Result<f64, Diagnostic> {
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
    fn word(
        &self,
        param: &str,
        known: &[&'static str],
        default: &'static str,
    ) -> Result<&'static str, Diagnostic> {
        let Some(expr) = self.get(param) else { return Ok(default) };
        let given = word_of(expr, self.scope)?;
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
    fn gain(&self) -> Result<f64, Diagnostic> {
        let Some(expr) = self.get("gain") else { return Ok(1.0) };
        if let Expr::Call(call) = expr
            && let (Expr::Path(function), Some(slope)) = (&*call.func, call.args.first())
            && function.path.is_ident("leaky_relu")
            && call.args.len() == 1
        {
            let slope = evaluate(slope, self.scope)?;
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
    fn check_axes(&self, range: std::ops::RangeInclusive<usize>, why: &str) -> Result<(), Diagnostic> {
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
    fn fans(&self) -> Result<(f64, f64), Diagnostic> {
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

const NONLINEARITIES: &[&str] = &[
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "selu",
];

/// Whether a call in an initialiser names a nonlinearity, not a function of the user's.
pub fn is_nonlinearity(path: &syn::Path) -> bool {
    path.get_ident().is_some_and(|ident| NONLINEARITIES.contains(&ident.to_string().as_str()))
}

/// A variance, or the square of a gain: numerator and denominator, so that it is rounded once.
type Ratio = (f64, f64);

fn over((numerator, denominator): Ratio, divisor: f64) -> Ratio {
    (numerator, denominator * divisor)
}

fn root((numerator, denominator): Ratio) -> f64 {
    (numerator / denominator).sqrt()
}

/// The square of the factor that keeps the size of what passes a nonlinearity, as PyTorch's `calculate_gain`.
fn gain_of(nonlinearity: &str, negative_slope: f64) -> Ratio {
    match nonlinearity {
        "tanh" => (25.0, 9.0),
        "relu" => (2.0, 1.0),
        "leaky_relu" => leaky_relu_gain(negative_slope),
        "selu" => (9.0, 16.0),
        _ => (1.0, 1.0),
    }
}

fn leaky_relu_gain(negative_slope: f64) -> Ratio {
    (2.0, 1.0 + negative_slope * negative_slope)
}

/// Numbers of inputs and outputs of one unit: `[out, in, kernel…]`, as PyTorch counts them.
fn fans(shape: &[usize]) -> (f64, f64) {
    let receptive: usize = shape.iter().skip(2).product();
    let size = |axis: usize| shape.get(axis).copied().unwrap_or(1) * receptive;
    (size(1).max(1) as f64, size(0).max(1) as f64)
}

/// Around zero, of this variance.
fn uniform_of((numerator, denominator): Ratio) -> Init {
    let bound = root((3.0 * numerator, denominator));
    Init::Uniform(-bound, bound)
}

fn uniform(args: &Arguments<'_>) -> Result<Init, Diagnostic> {
    if let Some(bound) = args.given("bound")? {
        if args.get("low").or(args.get("high")).is_some() {
            return Err(args.problem("bound", "`uniform` has either `bound` or `low` and `high`".to_string()));
        }
        args.at_least_zero("bound", 0.0)?;
        return Ok(Init::Uniform(-bound, bound));
    }
    let (low, high) = (args.number("low", 0.0)?, args.number("high", 1.0)?);
    if low > high {
        return Err(
            args.problem("low", format!("`low` of `uniform` is {low}, above `high`, which is {high}"))
        );
    }
    Ok(Init::Uniform(low, high))
}

/// Normal, with zeros in a row. Rows below 0 count from the end; one that does not exist excepts nothing.
fn normal_except_row(args: &Arguments<'_>) -> Result<Init, Diagnostic> {
    args.check_axes(1..=usize::MAX, "rows are elements of the first axis")?;
    let (std, row) = (args.required("std")?, args.required("row")?);
    args.at_least_zero("std", std)?;
    let rows = args.shape[0] as f64;
    let row = if row < 0.0 { row + rows } else { row };
    if !(0.0..rows).contains(&row) {
        return Ok(Init::Normal(0.0, std));
    }
    let len: usize = args.shape[1..].iter().product();
    let start = row as usize * len;
    Ok(Init::NormalExcept { std, start, end: start + len })
}

fn trunc_normal(args: &Arguments<'_>) -> Result<Init, Diagnostic> {
    let (mean, std) = (args.number("mean", 0.0)?, args.number("std", 1.0)?);
    let (low, high) = (args.number("a", -2.0)?, args.number("b", 2.0)?);
    if std <= 0.0 {
        return Err(args.problem("std", format!("`std` of `trunc_normal` is {std}, but must be positive")));
    }
    if low >= high {
        let message = format!("`a` of `trunc_normal` is {low}, but must lie below `b`, which is {high}");
        return Err(args.problem("a", message));
    }
    Ok(Init::TruncNormal { mean, std, low, high })
}

/// Source: K. He et al., "Delving deep into rectifiers", 2015.
fn kaiming_variance(args: &Arguments<'_>) -> Result<Ratio, Diagnostic> {
    let (fan_in, fan_out) = args.fans()?;
    let fan = match args.word("mode", &["fan_in", "fan_out"], "fan_in")? {
        "fan_in" => fan_in,
        _ => fan_out,
    };
    let nonlinearity = args.word("nonlinearity", NONLINEARITIES, "leaky_relu")?;
    let slope = args.given("a")?;
    if slope.is_some() && nonlinearity != "leaky_relu" {
        let message = format!("`a` is the slope of `leaky_relu` and has no meaning for `{nonlinearity}`");
        return Err(args.problem("a", message).help("remove `a`"));
    }
    Ok(over(gain_of(nonlinearity, slope.unwrap_or(0.0)), fan))
}

/// Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
fn xavier_variance(args: &Arguments<'_>) -> Result<Ratio, Diagnostic> {
    let (fan_in, fan_out) = args.fans()?;
    let gain = args.gain()?;
    Ok((2.0 * gain * gain, fan_in + fan_out))
}

fn eye(args: &Arguments<'_>) -> Result<Init, Diagnostic> {
    args.check_axes(2..=2, "an identity is a matrix")?;
    Ok(Init::Eye)
}

fn dirac(args: &Arguments<'_>) -> Result<Init, Diagnostic> {
    args.check_axes(3..=5, "it passes the channels of a convolution on")?;
    let groups = args.number("groups", 1.0)?;
    let outputs = args.shape[0];
    if groups < 1.0 || groups.fract() != 0.0 || !outputs.is_multiple_of(groups as usize) {
        let message =
            format!("`groups` of `dirac` is {groups}, but must divide the first axis, which has {outputs}");
        return Err(args.problem("groups", message));
    }
    Ok(Init::Dirac(groups as usize))
}

fn orthogonal(args: &Arguments<'_>) -> Result<Init, Diagnostic> {
    args.check_axes(2..=usize::MAX, "a matrix is made of the first axis by all others")?;
    Ok(Init::Orthogonal(args.gain()?))
}

fn sparse(args: &Arguments<'_>) -> Result<Init, Diagnostic> {
    args.check_axes(2..=2, "zeros are counted in the columns of a matrix")?;
    let sparsity = args.required("sparsity")?;
    if !(0.0..=1.0).contains(&sparsity) {
        let message = format!("`sparsity` of `sparse` is {sparsity}, but must be between 0 and 1");
        return Err(args.problem("sparsity", message));
    }
    let num_zeros = (sparsity * args.shape[0] as f64).ceil() as usize;
    Ok(Init::Sparse { num_zeros, std: args.at_least_zero("std", 0.01)? })
}
