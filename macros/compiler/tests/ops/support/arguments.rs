//! Rust values as arguments of methods, and calls that look like those of models.

use macrograd_compiler::graph::{Size, Value};
use macrograd_compiler::ops::call::Argument;
use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

/// What can stand as an argument of a method.
pub(crate) trait ToArgument {
    /// The argument, as lowering hands it on.
    fn to_argument(&self) -> Argument;
}

impl ToArgument for Argument {
    fn to_argument(&self) -> Argument {
        self.clone()
    }
}

impl ToArgument for Value {
    fn to_argument(&self) -> Argument {
        Argument::Tensor(*self)
    }
}

impl ToArgument for Size {
    fn to_argument(&self) -> Argument {
        Argument::Size(self.clone())
    }
}

impl ToArgument for i64 {
    fn to_argument(&self) -> Argument {
        Argument::Size(Size::literal(*self))
    }
}

impl ToArgument for f64 {
    fn to_argument(&self) -> Argument {
        Argument::Float(*self)
    }
}

impl ToArgument for &str {
    fn to_argument(&self) -> Argument {
        Argument::Text((*self).to_string())
    }
}

impl ToArgument for bool {
    fn to_argument(&self) -> Argument {
        Argument::Bool(*self)
    }
}

impl<T: ToArgument> ToArgument for Vec<T> {
    fn to_argument(&self) -> Argument {
        Argument::List(self.iter().map(T::to_argument).collect())
    }
}

impl<T: ToArgument, const LEN: usize> ToArgument for [T; LEN] {
    fn to_argument(&self) -> Argument {
        Argument::List(self.iter().map(T::to_argument).collect())
    }
}

impl ToArgument for Range<i64> {
    fn to_argument(&self) -> Argument {
        Argument::Range(Some(self.start.into()), Some(self.end.into()))
    }
}

impl ToArgument for RangeFrom<i64> {
    fn to_argument(&self) -> Argument {
        Argument::Range(Some(self.start.into()), None)
    }
}

impl ToArgument for RangeTo<i64> {
    fn to_argument(&self) -> Argument {
        Argument::Range(None, Some(self.end.into()))
    }
}

impl ToArgument for RangeTo<Size> {
    fn to_argument(&self) -> Argument {
        Argument::Range(None, Some(self.end.clone()))
    }
}

impl ToArgument for RangeFull {
    fn to_argument(&self) -> Argument {
        Argument::Range(None, None)
    }
}

/// Appends arguments, positional (`value`) or named (`name = value`), to a list.
macro_rules! arguments {
    ($list:ident;) => {};
    ($list:ident; $name:ident = $value:expr $(, $($rest:tt)*)?) => {
        $list.push((Some(stringify!($name)), $crate::support::ToArgument::to_argument(&$value)));
        $crate::support::arguments!($list; $($($rest)*)?);
    };
    ($list:ident; $value:expr $(, $($rest:tt)*)?) => {
        $list.push((None, $crate::support::ToArgument::to_argument(&$value)));
        $crate::support::arguments!($list; $($($rest)*)?);
    };
}

/// `try_op!(builder, conv2d(x, weight, stride = 2))`: the value, or what is wrong with the call.
macro_rules! try_op {
    ($builder:expr, $method:ident($($args:tt)*)) => {{
        #[allow(unused_mut, clippy::vec_init_then_push, reason = "the macro pushes one argument at a time")]
        let list = {
            let mut list = Vec::new();
            $crate::support::arguments!(list; $($args)*);
            list
        };
        $crate::support::call($builder, stringify!($method), list)
    }};
}

/// `op!(builder, conv2d(x, weight, stride = 2))`: the value.
macro_rules! op {
    ($builder:expr, $($call:tt)*) => {
        match $crate::support::try_op!($builder, $($call)*) {
            Ok(value) => value,
            Err(problem) => panic!("{}", $crate::support::problem_text(&problem)),
        }
    };
}

/// `try_many!(builder, split(x, 2))`: the values of a method with several results, or what is wrong with the call.
#[allow(unused_macros, reason = "methods with several results use it")]
macro_rules! try_many {
    ($builder:expr, $method:ident($($args:tt)*)) => {{
        #[allow(unused_mut, clippy::vec_init_then_push, reason = "the macro pushes one argument at a time")]
        let list = {
            let mut list = Vec::new();
            $crate::support::arguments!(list; $($args)*);
            list
        };
        $crate::support::call_many($builder, stringify!($method), list)
    }};
}

/// `many!(builder, split(x, 2))`: the values of a method with several results.
#[allow(unused_macros, reason = "methods with several results use it")]
macro_rules! many {
    ($builder:expr, $($call:tt)*) => {
        match $crate::support::try_many!($builder, $($call)*) {
            Ok(values) => values,
            Err(problem) => panic!("{}", $crate::support::problem_text(&problem)),
        }
    };
}

/// `shape![n, 3]`: sizes from whole numbers and sizes.
macro_rules! shape {
    ($($size:expr),* $(,)?) => {
        vec![$(macrograd_compiler::graph::Size::from($size.clone())),*]
    };
}

#[allow(unused_imports, reason = "methods with several results use them")]
pub(crate) use {arguments, many, op, shape, try_many, try_op};
