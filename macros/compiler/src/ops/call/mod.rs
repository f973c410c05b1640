//! How models call operations: `x.conv2d(self.weight, stride = 2)` and `concat([a, b], axis = 1)`.

mod axes;
mod values;

use crate::diagnostics::Place;
use crate::graph::scalar::Scalar;
use crate::graph::types::{as_real, computed_in};
use crate::graph::{Builder, ElementType, Size, TensorType, Value, shape_text};

/// A method; called as a function, the receiver is its first argument.
pub struct Method {
    /// Name in models.
    pub name: &'static str,
    /// The receiver and the arguments, by position or name.
    pub params: &'static [Param],
    /// Adds the nodes.
    pub build: Build,
}

/// What adds the nodes of a method.
#[derive(Clone, Copy)]
pub enum Build {
    /// For a method with one result.
    One(fn(&mut Call<'_>) -> Result<Value, Problem>),
    /// For a method with several results, such as `split`.
    Many(fn(&mut Call<'_>) -> Result<Vec<Value>, Problem>),
}

/// Results of a method.
#[derive(Clone, Debug)]
pub enum Built {
    /// The only one.
    One(Value),
    /// A list, even if it has one element.
    Many(Vec<Value>),
}

impl Build {
    /// Adds the nodes.
    ///
    /// # Errors
    /// What is wrong with the call.
    pub fn run(self, call: &mut Call<'_>) -> Result<Built, Problem> {
        match self {
            Build::One(build) => build(call).map(Built::One),
            Build::Many(build) => build(call).map(Built::Many),
        }
    }
}

/// A parameter of a method.
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
}

/// An argument, evaluated.
#[derive(Clone, Debug)]
pub enum Argument {
    /// A tensor.
    Tensor(Value),
    /// A whole number: a size, an axis, a stride.
    Size(Size),
    /// A real number.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A text: the name of a mode, such as `"mean"`.
    Text(String),
    /// An array or a tuple.
    List(Vec<Argument>),
    /// `start..end`, either left out.
    Range(Option<Size>, Option<Size>),
}

/// What is wrong with a call.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The message.
    pub message: String,
    /// Further lines: where the numbers come from.
    pub notes: Vec<String>,
    /// The edit that mends it.
    pub help: Option<String>,
    /// The argument to point at; the method's name when missing.
    pub argument: Option<usize>,
}

impl From<String> for Problem {
    fn from(message: String) -> Problem {
        Problem { message, notes: Vec::new(), help: None, argument: None }
    }
}

impl Problem {
    /// Adds the edit that mends it.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// Adds where a number comes from.
    pub fn note(mut self, note: impl Into<String>) -> Problem {
        self.notes.push(note.into());
        self
    }

    /// Points at argument `index`.
    pub fn at(mut self, index: usize) -> Problem {
        self.argument = Some(index);
        self
    }
}

/// A call of a method in a model.
pub struct Call<'a> {
    /// Where nodes are added.
    pub builder: &'a mut Builder,
    /// The method.
    pub method: &'static Method,
    /// Its arguments, in the order of its parameters.
    pub args: Vec<Option<(Argument, Place)>>,
    /// Identity of the place in the program, as written: for random numbers.
    pub site: u64,
}

impl Call<'_> {
    /// Whether parameter `index` was given.
    pub fn given(&self, index: usize) -> Option<&Argument> {
        self.args.get(index).and_then(|arg| arg.as_ref()).map(|(arg, _)| arg)
    }

    fn wrong(&self, index: usize, expected: &str) -> Problem {
        let found = self.given(index).map_or("nothing".to_string(), |arg| describe(arg, self.builder));
        Problem::from(format!(
            "`{}` of `{}` is {expected}, found {found}",
            self.method.params[index].name, self.method.name
        ))
        .at(index)
    }

    /// A tensor; numbers become constants.
    pub fn tensor(&mut self, index: usize) -> Result<Value, Problem> {
        match self.given(index).cloned() {
            Some(Argument::Tensor(value)) => Ok(value),
            Some(Argument::Float(number)) => Ok(self.builder.constant(number)),
            Some(Argument::Size(size)) => Ok(size_value(self.builder, &size)),
            _ => Err(self.wrong(index, "a tensor")),
        }
    }

    /// A tensor of the computing type.
    pub fn float_tensor(&mut self, index: usize) -> Result<Value, Problem> {
        let value = self.tensor(index)?;
        let ty = self.builder.ty(value).clone();
        if ty.element == ElementType::Real {
            return Ok(value);
        }
        let problem = Problem::from(format!(
            "`{}` takes an `{}` tensor as `{}`, found `{}` of shape {}",
            self.method.name,
            ElementType::Real.name(),
            self.method.params[index].name,
            ty.element.name(),
            shape_text(&ty.shape)
        ))
        .at(index);
        Err(match ty.element {
            ElementType::Bool => problem.help(as_real("turn truth values into numbers with ")),
            element if element.is_integer() => problem.help(as_real("turn whole numbers into reals with ")),
            _ => problem.help(computed_in()),
        })
    }

    /// A tensor of truth values.
    pub fn bool_tensor(&mut self, index: usize) -> Result<Value, Problem> {
        let value = self.tensor(index)?;
        let element = self.builder.ty(value).element;
        if element == ElementType::Bool {
            return Ok(value);
        }
        Err(Problem::from(format!(
            "`{}` of `{}` is the result of a comparison, found a tensor of `{}`",
            self.method.params[index].name,
            self.method.name,
            element.name()
        ))
        .at(index)
        .help("compare it, for instance `x > 0.0`"))
    }

    /// The shape of a tensor argument.
    pub fn shape(&mut self, index: usize) -> Result<Vec<Size>, Problem> {
        let value = self.tensor(index)?;
        Ok(self.builder.ty(value).shape.clone())
    }

    /// A list of tensors of any element type, as the only or first argument of a function such as `concat`.
    pub fn tensors(&self, index: usize, example: &str) -> Result<Vec<Value>, Problem> {
        let values: Option<Vec<Value>> = match self.given(index) {
            Some(Argument::List(list)) if !list.is_empty() => list
                .iter()
                .map(|item| match item {
                    Argument::Tensor(value) => Some(*value),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        values.ok_or_else(|| {
            let found = self.given(index).map_or("nothing".to_string(), |arg| describe(arg, self.builder));
            Problem::from(format!("`{}` takes a list of tensors, found {found}", self.method.name))
                .at(index)
                .help(format!("write `{example}`"))
        })
    }

    /// An element-wise operation on the first arguments.
    pub fn map(&mut self, num_args: usize, expression: &Scalar) -> Result<Value, Problem> {
        let args = (0..num_args).map(|index| self.float_tensor(index)).collect::<Result<Vec<_>, _>>()?;
        self.map_values(&args, expression)
    }

    /// An element-wise operation on these operands, broadcast.
    pub fn map_values(&mut self, args: &[Value], expression: &Scalar) -> Result<Value, Problem> {
        self.builder.try_map(expression, args).map_err(|message| self.cannot_broadcast(message, args))
    }

    /// The problem that operands cannot be broadcast.
    pub fn cannot_broadcast(&self, message: String, args: &[Value]) -> Problem {
        let shapes: Vec<Vec<Size>> = args.iter().map(|&arg| self.builder.ty(arg).shape.clone()).collect();
        let problem = Problem::from(message).note("axes are aligned at the end, and a size of 1 is repeated");
        match symbols_apart(&shapes) {
            Some((a, b)) => problem.help(format!(
                "if they are always equal, declare both arguments with `{a}` instead of `{a}` and `{b}`"
            )),
            None => problem.help("make the sizes equal, or insert an axis of size 1 with `reshape`"),
        }
    }

    /// The operand has this many axes.
    pub fn check_rank(&mut self, index: usize, rank: usize, layout: &str) -> Result<Vec<Size>, Problem> {
        let shape = self.shape(index)?;
        if shape.len() == rank {
            return Ok(shape);
        }
        Err(Problem::from(format!(
            "`{}` takes {rank} axes {layout} as `{}`, found {} {}",
            self.method.name,
            self.method.params[index].name,
            shape.len(),
            shape_text(&shape)
        ))
        .at(index)
        .help("add or merge axes with `reshape`"))
    }
}

/// Two run-time dimensions that meet on one axis.
fn symbols_apart(shapes: &[Vec<Size>]) -> Option<(&Size, &Size)> {
    let [a, b, ..] = shapes else { return None };
    let pairs = a.iter().rev().zip(b.iter().rev());
    pairs.into_iter().find(|(a, b)| a != b && a.as_literal().is_none() && b.as_literal().is_none())
}

/// A size as a scalar tensor: a constant, or a number known at run time.
pub fn size_value(builder: &mut Builder, size: &Size) -> Value {
    match size.as_literal() {
        Some(value) => builder.constant(value as f64),
        None => builder.add(crate::ops::map::Map { expression: Scalar::Size(size.clone()) }, &[]),
    }
}

/// An argument, for messages.
pub fn describe(arg: &Argument, builder: &Builder) -> String {
    match arg {
        Argument::Tensor(value) => {
            let TensorType { element, shape } = builder.ty(*value);
            format!("a tensor of `{}` of shape {}", element.name(), shape_text(shape))
        }
        Argument::Size(size) => format!("{size}"),
        Argument::Float(value) => format!("{value:?}"),
        Argument::Bool(value) => format!("{value}"),
        Argument::Text(value) => format!("{value:?}"),
        Argument::List(list) => {
            let items: Vec<String> = list.iter().map(|item| describe(item, builder)).collect();
            format!("[{}]", items.join(", "))
        }
        Argument::Range(..) => "a range".to_string(),
    }
}
