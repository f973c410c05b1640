//! Arguments known at compile time: numbers, sizes, texts and truth values.

use super::{Argument, Call, Problem};
use crate::diagnostics::nearest;
use crate::graph::{Size, shape_text};
use std::ops::RangeInclusive;

impl Call<'_> {
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

    /// A whole number of either sign, known at compile time or a run-time size.
    pub fn signed_size(&self, index: usize, default: Option<Size>) -> Result<Size, Problem> {
        let expected = "a whole number or a size";
        match self.given(index) {
            None => default.ok_or_else(|| self.wrong(index, expected)),
            Some(Argument::Size(size)) => Ok(size.clone()),
            Some(_) => Err(self.wrong(index, expected)),
        }
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
}
