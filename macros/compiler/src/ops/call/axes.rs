//! Arguments that name axes.

use super::{Argument, Call, Problem};
use crate::graph::shape_text;

impl Call<'_> {
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
}
