//! A tensor on one line.

use crate::element::Cast;
use std::fmt;

/// So many elements are shown one by one.
const MOST_SHOWN: usize = 8;

/// Shape, mean, standard deviation (of all elements, divided by their number), smallest and largest element, and the
/// number of elements that are no finite numbers, which the other figures leave out. Sums are in `f64`.
///
/// Shown as `[64, 10]: mean 0.0132, std 0.998, min -3.21, max 3.05; 2 of 640 are NaN, the first at [4, 1]`; tensors of up
/// to 8 elements as themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    shape: Vec<usize>,
    /// All elements, if they are few.
    shown: Option<Vec<f64>>,
    mean: f64,
    std: f64,
    min: f64,
    max: f64,
    num_finite: usize,
    num_nan: usize,
    num_infinite: usize,
    first_not_finite: Option<usize>,
}

impl Statistics {
    /// Statistics of the elements of a tensor, in row-major order.
    pub fn of<T: Cast<f64>>(shape: &[usize], values: &[T]) -> Statistics {
        let numbers = || values.iter().map(|value| value.cast());
        let finite = || numbers().filter(|number| number.is_finite());
        let num_finite = finite().count();
        let num_nan = numbers().filter(|number| number.is_nan()).count();
        let mean = finite().sum::<f64>() / num_finite as f64;
        let variance = finite().map(|number| (number - mean).powi(2)).sum::<f64>() / num_finite as f64;
        Statistics {
            shape: shape.to_vec(),
            shown: (values.len() <= MOST_SHOWN).then(|| numbers().collect()),
            mean,
            std: variance.sqrt(),
            min: finite().fold(f64::INFINITY, f64::min),
            max: finite().fold(f64::NEG_INFINITY, f64::max),
            num_finite,
            num_nan,
            num_infinite: values.len() - num_finite - num_nan,
            first_not_finite: numbers().position(|number| !number.is_finite()),
        }
    }

    /// Row-major index as a place along each axis.
    fn place(&self, mut index: usize) -> Vec<usize> {
        let mut place = vec![0; self.shape.len()];
        for (axis, &size) in self.shape.iter().enumerate().rev() {
            place[axis] = index % size;
            index /= size;
        }
        place
    }
}

/// Four significant digits, without an exponent where that is short.
fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value == value.trunc() && magnitude < 1e6 {
        return format!("{value}");
    }
    if !(1e-3..1e6).contains(&magnitude) {
        return format!("{value:.3e}");
    }
    let digits = (3 - magnitude.log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(shown), true) = (&self.shown, self.shape.is_empty()) {
            return write!(f, "{}", shown.first().map_or_else(String::new, |&value| number(value)));
        }
        write!(f, "{:?}: ", self.shape)?;
        if let Some(shown) = &self.shown {
            let shown: Vec<String> = shown.iter().map(|&value| number(value)).collect();
            return write!(f, "{}", shown.join(", "));
        }
        if self.num_finite > 0 {
            let [mean, std, min, max] = [self.mean, self.std, self.min, self.max].map(number);
            write!(f, "mean {mean}, std {std}, min {min}, max {max}")?;
        } else {
            write!(f, "no finite number")?;
        }
        let Some(first) = self.first_not_finite else { return Ok(()) };
        let total = self.num_finite + self.num_nan + self.num_infinite;
        let counts = match (self.num_nan, self.num_infinite) {
            (nan, 0) => format!("{nan} of {total} are NaN"),
            (0, infinite) => format!("{infinite} of {total} are infinite"),
            (nan, infinite) => format!("{nan} of {total} are NaN, {infinite} are infinite"),
        };
        write!(f, "; {counts}, the first at {:?}", self.place(first))
    }
}
