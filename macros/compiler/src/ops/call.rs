//! How models call operations: `x.conv2d(self.weight, stride = 2)` and `concat([a, b], axis = 1)`.

use crate::diagnostics::{Place, nearest};
use crate::graph::scalar::Scalar;
use crate::graph::{Builder, ElementType, Size, TensorType, Value, shape_text};
use std::ops::RangeInclusive;

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

    /// An `f32` tensor.
    pub fn float_tensor(&mut self, index: usize) -> Result<Value, Problem> {
        let value = self.tensor(index)?;
        let ty = self.builder.ty(value).clone();
        if ty.element == ElementType::F32 {
            return Ok(value);
        }
        let problem = Problem::from(format!(
            "`{}` takes an `f32` tensor as `{}`, found `{}` of shape {}",
            self.method.name,
            self.method.params[index].name,
            ty.element.name(),
            shape_text(&ty.shape)
        ))
        .at(index);
        Err(match ty.element {
            ElementType::Bool => problem.help("turn truth values into numbers with `as f32`"),
            _ => problem.help("turn whole numbers into reals with `as f32`"),
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

    /// A whole number known at compile time, at least `least`.
    pub fn integer(&self, index: usize, default: Option<usize>, least: usize) -> Result<usize, Problem> {
        let expected = format!("a whole number known at compile time, at least {least}");
        match self.given(index) {
            None => default.ok_or_else(|| self.wrong(index, &expected)),
            Some(Argument::Size(size)) => match size.as_literal() {
                Some(value) if value >= least as i64 => Ok(value as usize),
                _ => Err(self.wrong(index, &expected)),
            },
            Some(_) => Err(self.wrong(index, &expected)),
        }
    }

    /// A whole number known at compile time, of either sign.
    pub fn whole(&self, index: usize, default: Option<i64>) -> Result<Option<i64>, Problem> {
        let value = match self.given(index) {
            None => return Ok(default),
            Some(Argument::Size(size)) => size.as_literal(),
            Some(_) => None,
        };
        value.map(Some).ok_or_else(|| self.wrong(index, "a whole number known at compile time"))
    }

    /// One whole number for both image dimensions, or `[vertical, horizontal]`.
    pub fn pair(
        &self,
        index: usize,
        default: Option<[usize; 2]>,
        least: usize,
    ) -> Result<[usize; 2], Problem> {
        self.numbers(index, default, least)
    }

    /// Whole numbers, one for each of `AXES` spatial dimensions; a single number stands for all of them.
    pub fn numbers<const AXES: usize>(
        &self,
        index: usize,
        default: Option<[usize; AXES]>,
        least: usize,
    ) -> Result<[usize; AXES], Problem> {
        let number = |arg: &Argument| match arg {
            Argument::Size(size) => size.as_literal().filter(|&v| v >= least as i64).map(|v| v as usize),
            _ => None,
        };
        let numbers = match self.given(index) {
            None => default,
            Some(Argument::List(list)) => list
                .iter()
                .map(number)
                .collect::<Option<Vec<usize>>>()
                .and_then(|list| <[usize; AXES]>::try_from(list).ok()),
            Some(arg) => number(arg).map(|v| [v; AXES]),
        };
        numbers.ok_or_else(|| {
            let list = match AXES {
                1 => String::new(),
                2 => ", or `[vertical, horizontal]`".to_string(),
                3 => ", or `[depth, vertical, horizontal]`".to_string(),
                axes => format!(", or a list of {axes}"),
            };
            self.wrong(index, &format!("a whole number known at compile time{list}, at least {least}"))
        })
    }

    /// One of these texts, by its position.
    pub fn choice(&self, index: usize, default: Option<usize>, choices: &[&str]) -> Result<usize, Problem> {
        let name = self.method.params[index].name;
        let listed: Vec<String> = choices.iter().map(|choice| format!("{choice:?}")).collect();
        let expected = format!("one of {}", listed.join(", "));
        match self.given(index) {
            None => default.ok_or_else(|| self.wrong(index, &expected)),
            Some(Argument::Text(text)) => choices.iter().position(|choice| choice == text).ok_or_else(|| {
                let problem = self.wrong(index, &expected);
                match nearest(text, choices.iter().copied()) {
                    Some(near) => problem.help(format!("did you mean `{name} = {near:?}`")),
                    None => problem,
                }
            }),
            Some(_) => Err(self.wrong(index, &expected)),
        }
    }

    /// A real number.
    pub fn float(&self, index: usize, default: Option<f64>) -> Result<f64, Problem> {
        match self.given(index) {
            None => default.ok_or_else(|| self.wrong(index, "a number")),
            Some(Argument::Float(value)) => Ok(*value),
            Some(Argument::Size(size)) => size
                .as_literal()
                .map(|v| v as f64)
                .ok_or_else(|| self.wrong(index, "a number known at compile time")),
            Some(_) => Err(self.wrong(index, "a number")),
        }
    }

    /// A truth value.
    pub fn boolean(&self, index: usize, default: Option<bool>) -> Result<bool, Problem> {
        match self.given(index) {
            None => default.ok_or_else(|| self.wrong(index, "`true` or `false`")),
            Some(Argument::Bool(value)) => Ok(*value),
            Some(_) => Err(self.wrong(index, "`true` or `false`")),
        }
    }

    /// An axis of a tensor of this rank; negative ones count from the end.
    pub fn axis(&self, index: usize, default: Option<i64>, rank: usize) -> Result<usize, Problem> {
        let value = match self.given(index) {
            None => default,
            Some(Argument::Size(size)) => size.as_literal(),
            Some(_) => None,
        };
        let Some(value) = value else { return Err(self.wrong(index, "an axis")) };
        self.resolve_axis(index, value, rank)
    }

    fn resolve_axis(&self, index: usize, value: i64, rank: usize) -> Result<usize, Problem> {
        let axis = if value < 0 { value + rank as i64 } else { value };
        if (0..rank as i64).contains(&axis) {
            return Ok(axis as usize);
        }
        let problem = Problem::from(format!(
            "axis {value} is out of range for `{}`: the tensor has {rank} {}",
            self.method.name,
            if rank == 1 { "axis" } else { "axes" }
        ))
        .at(index)
        .help(match rank {
            0 => format!("leave `{}` out: a scalar has no axes", self.method.params[index].name),
            1 => "use 0 or -1".to_string(),
            _ => format!("use 0 to {}, or -{rank} to -1", rank - 1),
        });
        let tensor = match self.given(0) {
            Some(Argument::List(list)) => list.first(),
            first => first,
        };
        Err(match tensor {
            Some(Argument::Tensor(tensor)) => {
                problem.note(format!("the tensor is {}", shape_text(&self.builder.ty(*tensor).shape)))
            }
            _ => problem,
        })
    }

    /// One axis, a list of distinct ones, or all when left out; sorted.
    pub fn axes(&self, index: usize, rank: usize) -> Result<Vec<usize>, Problem> {
        let mut axes = self.axes_in_order(index, rank)?;
        axes.sort_unstable();
        Ok(axes)
    }

    /// One axis, a list of distinct ones, or all when left out; as written.
    pub fn axes_in_order(&self, index: usize, rank: usize) -> Result<Vec<usize>, Problem> {
        let list = match self.given(index) {
            None => return Ok((0..rank).collect()),
            Some(Argument::List(list)) => list.clone(),
            Some(single) => vec![single.clone()],
        };
        let mut axes = Vec::new();
        for item in list {
            let value = match item {
                Argument::Size(size) => size.as_literal(),
                _ => None,
            };
            let Some(value) = value else { return Err(self.wrong(index, "an axis or a list of axes")) };
            let axis = self.resolve_axis(index, value, rank)?;
            if axes.contains(&axis) {
                let help = if value < 0 {
                    format!("{value} and {axis} are the same of {rank} axes; name it once")
                } else {
                    "name each axis once".to_string()
                };
                return Err(Problem::from(format!(
                    "axis {value} appears twice in `{}` of `{}`",
                    self.method.params[index].name, self.method.name
                ))
                .at(index)
                .help(help));
            }
            axes.push(axis);
        }
        Ok(axes)
    }

    /// A whole number known at compile time, of either sign.
    pub fn signed(&self, index: usize, default: Option<i64>) -> Result<i64, Problem> {
        let expected = "a whole number known at compile time";
        match self.given(index) {
            None => default.ok_or_else(|| self.wrong(index, expected)),
            Some(Argument::Size(size)) => size.as_literal().ok_or_else(|| self.wrong(index, expected)),
            Some(_) => Err(self.wrong(index, expected)),
        }
    }

    /// A whole number in this range, known at compile time, of either sign.
    pub fn signed_in(
        &self,
        index: usize,
        default: Option<i32>,
        range: RangeInclusive<i32>,
    ) -> Result<i32, Problem> {
        let number = self.signed(index, default.map(i64::from));
        let number = number.ok().and_then(|value| i32::try_from(value).ok());
        number.filter(|value| range.contains(value)).ok_or_else(|| {
            let range = if *range.start() == i32::MIN {
                String::new()
            } else {
                format!(", {} to {}", range.start(), range.end())
            };
            self.wrong(index, &format!("a whole number known at compile time{range}"))
        })
    }

    /// A whole number, known at compile time or a run-time size, at least 1.
    pub fn size(&self, index: usize, default: Option<Size>) -> Result<Size, Problem> {
        let expected = "a size, at least 1";
        match self.given(index) {
            None => default.ok_or_else(|| self.wrong(index, expected)),
            Some(Argument::Size(size)) if size.as_literal().is_none_or(|size| size >= 1) => Ok(size.clone()),
            Some(_) => Err(self.wrong(index, expected)),
        }
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

    /// A list of sizes: a shape.
    pub fn sizes(&self, index: usize) -> Result<Vec<Size>, Problem> {
        let expected = "a list of sizes such as `[N, 28 * 28]`";
        let Some(Argument::List(list)) = self.given(index) else { return Err(self.wrong(index, expected)) };
        let sizes = list.iter().map(|item| match item {
            Argument::Size(size) => Ok(size.clone()),
            _ => Err(self.wrong(index, expected)),
        });
        let sizes = sizes.collect::<Result<Vec<Size>, Problem>>()?;
        if let Some(size) = sizes.iter().find(|size| size.as_literal().is_some_and(|literal| literal < 1)) {
            return Err(Problem::from(format!(
                "sizes of `{}` are at least 1, found {size} in {}",
                self.method.name,
                shape_text(&sizes)
            ))
            .at(index)
            .help("write the size itself: none is inferred"));
        }
        Ok(sizes)
    }

    /// An element-wise operation on the first arguments.
    pub fn map(&mut self, num_args: usize, expression: &Scalar) -> Result<Value, Problem> {
        let args = (0..num_args).map(|index| self.float_tensor(index)).collect::<Result<Vec<_>, _>>()?;
        self.map_values(&args, expression)
    }

    /// An element-wise operation on these operands, broadcast.
    pub fn map_values(&mut self, args: &[Value], expression: &Scalar) -> Result<Value, Problem> {
        let shapes: Vec<Vec<Size>> = args.iter().map(|&arg| self.builder.ty(arg).shape.clone()).collect();
        self.builder.try_map(expression, args).map_err(|message| {
            let problem =
                Problem::from(message).note("axes are aligned at the end, and a size of 1 is repeated");
            match symbols_apart(&shapes) {
                Some((a, b)) => problem.help(format!(
                    "if they are always equal, declare both arguments with `{a}` instead of `{a}` and `{b}`"
                )),
                None => problem.help("make the sizes equal, or insert an axis of size 1 with `reshape`"),
            }
        })
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
