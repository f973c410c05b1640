//! Initialisers: `#[init(kaiming_uniform(a = 0.2, mode = "fan_out"))]`, as in PyTorch's `torch.nn.init`.

mod arguments;
mod gain;
mod surroundings;

pub use gain::is_nonlinearity;
pub use surroundings::Surroundings;

use crate::diagnostics::{Diagnostic, list_names, nearest};
use crate::parse::path_key;
use arguments::Arguments;
use gain::{NONLINEARITIES, Ratio, gain_of, leaky_relu_gain, over, root};
use surroundings::{NORM_OF, norm_of};
use syn::spanned::Spanned;
use syn::{Expr, Path};

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
    /// Euclidean norms of this tensor of the state, by its index, over the axes that are missing or of size 1.
    NormOf(usize),
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
    Initialiser {
        name: NORM_OF,
        form: "norm_of(tensor)",
        params: &["tensor"],
        single: None,
        evaluate: norm_of,
    },
];

const KAIMING: &[&str] = &["a", "mode", "nonlinearity"];

/// Names of all initialisers.
pub fn initialiser_names() -> impl Iterator<Item = &'static str> {
    INITIALISERS.iter().map(|initialiser| initialiser.name)
}

/// Name and arguments of an initialiser.
fn name_and_arguments(expr: &Expr) -> Result<(&Path, Vec<&Expr>), Diagnostic> {
    match expr {
        Expr::Path(path) => Ok((&path.path, Vec::new())),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => Ok((&path.path, call.args.iter().collect())),
            other => Err(Diagnostic::new(other.span(), "expected the name of an initialiser")),
        },
        other => Err(Diagnostic::new(other.span(), "expected the name of an initialiser")),
    }
}

/// `zeros`, `uniform(bound)`, `kaiming_uniform(a = 0.2)`, …, for a tensor of a model.
///
/// # Errors
/// What is wrong with the name, the arguments, or the shape.
pub fn evaluate_init(expr: &Expr, model: &Surroundings<'_>) -> Result<Init, Diagnostic> {
    let (path, args) = name_and_arguments(expr)?;
    let name = path_key(path);
    let Some(initialiser) = INITIALISERS.iter().find(|known| known.name == name) else {
        let mut diagnostic = Diagnostic::new(path.span(), format!("unknown initialiser `{name}`"))
            .note(format!("the known ones are {}", list_names(initialiser_names())));
        if let Some(near) = nearest(&name, initialiser_names()) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`"));
        }
        return Err(diagnostic);
    };
    let arguments = Arguments::bind(initialiser, expr, args, model)?;
    (initialiser.evaluate)(&arguments)
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
    args.check_axes(1..=usize::MAX, "a matrix is made of the first axis by all others")?;
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
