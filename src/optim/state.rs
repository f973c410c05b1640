//! Copies of what optimizers remember.

use macrograd_runtime::float::{Either, Family, Float};

/// A copy of what an optimizer remembers, to be stored and restored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState {
    /// Steps taken.
    pub steps: u64,
    /// Numbers beside the moments, such as the weight of an average; most optimizers keep none.
    pub scalars: Vec<f64>,
    /// Moments, each as long as the trainable part of the model and in its layout; none before the first step.
    pub moments: Vec<Moment>,
    /// What is kept in another layout, such as means of rows; most optimizers keep nothing of this kind.
    pub others: Vec<Moment>,
}

/// Numbers in the computing type of a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// Of a model in `f32`.
    F32(Vec<f32>),
    /// Of a model in `f64`.
    F64(Vec<f64>),
}

impl From<Vec<f32>> for Moment {
    fn from(values: Vec<f32>) -> Moment {
        Moment::F32(values)
    }
}

impl From<Vec<f64>> for Moment {
    fn from(values: Vec<f64>) -> Moment {
        Moment::F64(values)
    }
}

/// Vectors of both types.
struct Vectors;

impl Family for Vectors {
    type Of<F: Float> = Vec<F>;
}

impl Moment {
    /// Numbers of a computing type.
    pub(crate) fn of<F: Float>(values: Vec<F>) -> Moment {
        match F::either::<Vectors>(values) {
            Either::F32(values) => Moment::F32(values),
            Either::F64(values) => Moment::F64(values),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Moment::F32(values) => values.len(),
            Moment::F64(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the numbers, rounded to another type where it has fewer bits.
    pub(crate) fn write<F: Float>(&self, out: &mut [F]) {
        fn write<T: Copy + Into<f64>, F: Float>(values: &[T], out: &mut [F]) {
            out.iter_mut().zip(values).for_each(|(out, &value)| *out = F::from_f64(value.into()));
        }
        match self {
            Moment::F32(values) => write(values, out),
            Moment::F64(values) => write(values, out),
        }
    }
}
