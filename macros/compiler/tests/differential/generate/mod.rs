//! Random models in the language, determined by a seed.
//!
//! Statements are calls of methods, taken from the compiler's own list: the arguments of most are guessed, with the
//! compiler's answers as hints; those that are hardly ever guessed right have a recipe in `recipes.rs`. While the text
//! grows, the same calls build a graph, from which shapes and values are read: a call is taken only if its result is
//! finite, of moderate size, and of a shape without empty dimensions at every choice of the run-time sizes.

mod calls;
mod control;
mod stacks;

use crate::random::{Random, data};
use calls::Hint;
use macrograd_compiler::graph::{Builder, ElementType, Origin, Size, TensorType, Value};
use macrograd_compiler::ops::call::Argument;
use macrograd_compiler::ops::input::Input;
use macrograd_compiler::reference::{Array, Sizes};
use proc_macro2::Span;
use std::collections::{BTreeSet, HashMap};

/// Values of the run-time dimensions at which models are run: among them 1, which does not broadcast.
pub(crate) const SIZES: [(i64, i64); 3] = [(2, 5), (3, 4), (1, 6)];

/// A model and what is in it.
pub(crate) struct Generated {
    /// Its source; the last model is `Net`, with `forward` and `loss`.
    pub(crate) source: String,
    /// Methods that it calls.
    pub(crate) methods: BTreeSet<&'static str>,
    /// Whether it draws random numbers.
    pub(crate) is_random: bool,
}

/// The run-time sizes of a point.
pub(crate) fn sizes_of((n, t): (i64, i64)) -> Sizes {
    Sizes { values: HashMap::from([("N".into(), n), ("T".into(), t)]) }
}

/// An argument of a call, and how it is written.
#[derive(Clone)]
pub(crate) struct Arg {
    pub(crate) text: String,
    pub(crate) value: Argument,
}

/// A tensor that has a name.
#[derive(Clone)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: Value,
    is_used: bool,
}

/// The arguments of a call, by position, or by name where one before is left out.
pub(crate) type Args = Vec<(Option<&'static str>, Arg)>;

/// The root, or the body of a loop or a decision.
struct Scope {
    /// What fields belong to: `self` or `layer2`.
    receiver: String,
    /// Begin of the names of its tensors in the state, for the first element of stacks.
    path: String,
    /// Whether buffers may be updated here: not in what runs several times in a step, or perhaps.
    updates: bool,
    fields: Vec<String>,
    lines: Vec<String>,
    variables: Vec<Variable>,
}

pub(crate) struct Generator {
    pub(crate) random: Random,
    seed: u64,
    builder: Builder,
    points: Vec<(Sizes, HashMap<Value, Array>)>,
    scopes: Vec<Scope>,
    arguments: Vec<String>,
    /// Models of the elements of stacks.
    parts: Vec<String>,
    num_names: usize,
    methods: BTreeSet<&'static str>,
    is_random: bool,
    hints: HashMap<(&'static str, usize), Hint>,
}

/// The model of a seed, cut off after `num_statements`.
pub(crate) fn generate(seed: u64, num_statements: usize) -> Generated {
    let origin =
        Origin { span: Span::call_site(), scope: "".into(), name: "generated".into(), backward: false };
    let mut generator = Generator {
        random: Random::new(seed),
        seed,
        builder: Builder::new(origin),
        points: SIZES.map(|sizes| (sizes_of(sizes), HashMap::new())).to_vec(),
        scopes: vec![Scope::new("self", "")],
        arguments: Vec::new(),
        parts: Vec::new(),
        num_names: 0,
        methods: BTreeSet::new(),
        is_random: false,
        hints: HashMap::new(),
    };
    for _ in 0..1 + generator.random.below(3) {
        let shape = generator.any_shape();
        let kind = if generator.random.chance(0.3) { "positive" } else { "x" };
        generator.argument(kind, TensorType::real(shape));
    }
    let length = 2 + generator.random.below(14);
    for _ in 0..length.min(num_statements) {
        if generator.random.chance(0.12) {
            generator.construct(1);
        } else {
            generator.statement();
        }
    }
    generator.finish()
}

impl Scope {
    fn new(receiver: &str, path: &str) -> Scope {
        Scope {
            receiver: receiver.to_string(),
            path: path.to_string(),
            updates: true,
            fields: Vec::new(),
            lines: Vec::new(),
            variables: Vec::new(),
        }
    }
}

/// A shape as it is written: `3, N, { 2*T }`.
fn dims(shape: &[Size]) -> String {
    let dim = |size: &Size| {
        let text = size.to_string();
        if text.chars().all(char::is_alphanumeric) { text } else { format!("{{ {text} }}") }
    };
    shape.iter().map(dim).collect::<Vec<_>>().join(", ")
}

impl Generator {
    fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("the root scope is never closed")
    }

    /// A name that nothing else has.
    fn name(&mut self, kind: &str) -> String {
        self.num_names += 1;
        format!("{kind}{}", self.num_names)
    }

    pub(crate) fn ty(&self, value: Value) -> &TensorType {
        self.builder.ty(value)
    }

    fn dim(&mut self) -> Size {
        match self.random.below(12) {
            0 => Size::symbol("N"),
            1 => Size::symbol("T"),
            2 | 3 => Size::one(),
            _ => Size::literal(2 + self.random.below(4) as i64),
        }
    }

    fn any_shape(&mut self) -> Vec<Size> {
        if self.random.chance(0.35) {
            // An image.
            let (n, channels) = (Size::symbol("N"), Size::literal(1 + self.random.below(4) as i64));
            let height = if self.random.chance(0.3) { Size::symbol("T") } else { self.image_size() };
            let width = self.image_size();
            return vec![n, channels, height, width];
        }
        let rank = *self.random.pick(&[0, 1, 2, 2, 2, 3, 3, 4]);
        let mut shape: Vec<Size> = (0..rank).map(|_| self.dim()).collect();
        if rank > 1 && self.random.chance(0.6) {
            shape[0] = Size::symbol("N");
        }
        shape
    }

    fn image_size(&mut self) -> Size {
        Size::literal(3 + self.random.below(5) as i64)
    }

    /// A tensor that is given, under a name that says what its numbers are.
    fn given(&mut self, path: &str, ty: TensorType) -> Value {
        let index = self.builder.values.len();
        let value = self.builder.add(Input { index, ty: ty.clone() }, &[]);
        for (sizes, arrays) in &mut self.points {
            let shape = sizes.shape(&ty.shape);
            let data = data(self.seed, path, shape.iter().product());
            arrays.insert(value, Array { shape, data });
        }
        value
    }

    /// A new argument of the model.
    pub(crate) fn argument(&mut self, kind: &str, ty: TensorType) -> Arg {
        let mut name = self.name(kind);
        if let Some(classes) = kind.strip_prefix("label") {
            name = format!("{}_{classes}", self.name("label"));
        }
        let value = self.given(&name, ty.clone());
        let element = match ty.element {
            ElementType::Real => String::new(),
            other => format!("{}, ", other.name()),
        };
        self.arguments.push(format!("{name}: Tensor<{element}{}>", dims(&ty.shape)).replace(", >", ">"));
        let is_used = ty.element != ElementType::Real;
        self.scopes[0].variables.push(Variable { name: name.clone(), value, is_used });
        Arg { text: name, value: Argument::Tensor(value) }
    }

    /// A new parameter of the innermost scope. Its sizes are literal.
    pub(crate) fn parameter(&mut self, shape: Vec<Size>) -> Arg {
        let kind = if self.random.chance(0.2) { "positive" } else { "w" };
        let name = self.name(kind);
        let scope = self.scope();
        scope.fields.push(format!("{name}: Param<{}>", dims(&shape)));
        let (path, text) = (format!("{}{name}", scope.path), format!("{}.{name}", scope.receiver));
        let value = self.given(&path, TensorType::real(shape));
        Arg { text, value: Argument::Tensor(value) }
    }

    /// Labels below `classes`.
    pub(crate) fn labels(&mut self, classes: i64, shape: Vec<Size>) -> Arg {
        let element = *self.random.pick(&[ElementType::U8, ElementType::U32, ElementType::I64]);
        self.argument(&format!("label{classes}"), TensorType { element, shape })
    }

    /// A tensor at hand that fits; late ones are more likely, so that chains grow.
    pub(crate) fn variable(&mut self, fits: impl Fn(&TensorType) -> bool) -> Option<Arg> {
        let builder = &self.builder;
        let mut fitting: Vec<&mut Variable> = self
            .scopes
            .iter_mut()
            .flat_map(|scope| &mut scope.variables)
            .filter(|variable| fits(builder.ty(variable.value)))
            .collect();
        let count = fitting.len();
        let index = if count == 0 {
            return None;
        } else if self.random.chance(0.5) {
            count - 1 - self.random.below(count.min(3))
        } else {
            self.random.below(count)
        };
        let variable = &mut fitting[index];
        Some(Arg { text: variable.name.clone(), value: Argument::Tensor(variable.value) })
    }

    /// Any `f32` tensor at hand.
    pub(crate) fn float(&mut self) -> Option<Arg> {
        self.variable(|ty| ty.element == ElementType::Real)
    }

    /// Any `f32` tensor at hand of so many axes.
    pub(crate) fn of_rank(&mut self, rank: usize) -> Option<Arg> {
        self.variable(|ty| ty.element == ElementType::Real && ty.rank() == rank)
    }

    pub(crate) fn integer(&self, value: i64) -> Arg {
        Arg { text: value.to_string(), value: Argument::Size(Size::literal(value)) }
    }

    pub(crate) fn size(&self, size: &Size) -> Arg {
        Arg { text: size.to_string(), value: Argument::Size(size.clone()) }
    }

    pub(crate) fn number(&self, value: f64) -> Arg {
        Arg { text: format!("{value:?}"), value: Argument::Float(value) }
    }

    pub(crate) fn list(&self, items: Vec<Arg>) -> Arg {
        let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        let text = format!("[{}]", texts.join(", "));
        Arg { text, value: Argument::List(items.into_iter().map(|item| item.value).collect()) }
    }

    /// The shape of a tensor argument.
    pub(crate) fn shape(&self, arg: &Arg) -> Vec<Size> {
        match &arg.value {
            Argument::Tensor(value) => self.ty(*value).shape.clone(),
            _ => Vec::new(),
        }
    }

    /// A parameter that broadcasts to a shape: its literal dimensions from the end.
    pub(crate) fn like(&mut self, shape: &[Size]) -> Arg {
        let literal = shape.iter().rev().take_while(|size| size.as_literal().is_some()).count();
        let mut suffix = shape[shape.len() - literal..].to_vec();
        for size in &mut suffix {
            if self.random.chance(0.15) {
                *size = Size::one();
            }
        }
        self.parameter(suffix)
    }

    /// Whether an argument has this dimension.
    fn has_dim(&self, dim: &str) -> bool {
        let mut words =
            self.arguments.iter().flat_map(|argument| argument.split(|c: char| !c.is_alphanumeric()));
        words.any(|word| word == dim)
    }

    /// The source: values that nothing uses are the results.
    fn finish(mut self) -> Generated {
        let mut results: Vec<Variable> =
            self.scopes[0].variables.iter().filter(|variable| !variable.is_used).cloned().collect();
        results.retain(|variable| self.ty(variable.value).element != ElementType::Bool);
        let (mut floats, indices): (Vec<Variable>, Vec<Variable>) =
            results.into_iter().partition(|variable| self.ty(variable.value).element == ElementType::Real);
        if floats.is_empty() {
            let first = self.scopes[0].variables[0].clone();
            floats.push(first);
        }
        let mut results: Vec<String> = floats.iter().take(3).map(|variable| variable.name.clone()).collect();
        if floats.len() > 3 {
            let sums: Vec<String> =
                floats[3..].iter().map(|variable| format!("{}.sum()", variable.name)).collect();
            results.push(format!("({}) * 0.5", sums.join(" + ")));
        }
        if results.len() == 1 {
            // A function of one scalar would be a loss, with other methods.
            results.push(self.scopes[0].variables[0].name.clone());
        }
        let num_floats = results.len();
        results.extend(indices.iter().take(2).map(|variable| variable.name.clone()));
        let scope = self.scopes.pop().expect("the root scope is never closed");
        let arguments = self.arguments.join(", ");
        let names: Vec<&str> =
            self.arguments.iter().map(|argument| argument.split(':').next().unwrap_or_default()).collect();
        let dims: Vec<String> =
            ["N", "T"].iter().filter(|dim| self.has_dim(dim)).map(|dim| format!("{dim}: Dim")).collect();
        let generics = if dims.is_empty() { String::new() } else { format!("<{}>", dims.join(", ")) };
        let (ty, result, binding) = if let [result] = &results[..] {
            ("Tensor<Inferred>".to_string(), result.clone(), "y0".to_string())
        } else {
            let bindings: Vec<String> = (0..results.len()).map(|index| format!("y{index}")).collect();
            let ty = vec!["Tensor<Inferred>"; results.len()].join(", ");
            (format!("({ty})"), format!("({})", results.join(", ")), format!("({})", bindings.join(", ")))
        };
        let means: Vec<String> = (0..num_floats)
            .map(|index| format!("(y{index} * {:?}).mean()", 0.5 + 0.25 * index as f64))
            .collect();
        let source = format!(
            "{}#[model] pub struct Net {{ {} }}\n#[model] impl Net {{\n\
             pub fn forward{generics}(&self, {arguments}) -> {ty} {{\n{}\n{result}\n}}\n\
             pub fn loss{generics}(&self, {arguments}) -> Tensor {{\n\
             let {binding} = self.forward({});\n{}\n}}\n}}\n",
            self.parts.join(""),
            scope.fields.join(", "),
            scope.lines.join("\n"),
            names.join(", "),
            means.join(" + "),
        );
        Generated { source, methods: self.methods, is_random: self.is_random }
    }
}
