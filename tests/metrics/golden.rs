//! The golden file, and metrics over cases of it.

use macrograd::metrics::{AnyShape, Metric};
use safetensors::{Dtype, SafeTensors};

/// A tensor of the file.
pub struct Golden<T> {
    pub shape: Vec<usize>,
    pub data: Vec<T>,
}

fn load<T, const N: usize>(name: &str, dtype: Dtype, from_bytes: fn([u8; N]) -> T) -> Golden<T> {
    let file =
        SafeTensors::deserialize(include_bytes!("../golden/metrics.safetensors")).expect("the file is whole");
    let tensor = file.tensor(name).unwrap_or_else(|error| panic!("`{name}`: {error}"));
    assert_eq!(tensor.dtype(), dtype, "`{name}`");
    let data = tensor.data().as_chunks::<N>().0.iter().map(|&bytes| from_bytes(bytes)).collect();
    Golden { shape: tensor.shape().to_vec(), data }
}

pub fn reals(name: &str) -> Golden<f32> {
    load(name, Dtype::F32, f32::from_le_bytes)
}

pub fn labels(name: &str) -> Golden<i64> {
    load(name, Dtype::I64, i64::from_le_bytes)
}

pub fn values(name: &str) -> Vec<f64> {
    load(name, Dtype::F64, f64::from_le_bytes).data
}

impl<T> Golden<T> {
    /// Samples `first..last`.
    pub fn samples(&self, first: usize, last: usize) -> AnyShape<'_, T> {
        let len: usize = self.shape[1..].iter().product();
        let shape = [&[last - first], &self.shape[1..]].concat();
        AnyShape::new(&shape, &self.data[first * len..last * len]).expect("a part of a tensor")
    }

    pub fn num_samples(&self) -> usize {
        self.shape[0]
    }
}

#[track_caller]
pub fn assert_close(name: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "`{name}`: {found} for {expected}");
}

/// Checks the value of a metric for one batch of all samples, and that cuts into batches do not change a bit of it.
#[track_caller]
pub fn check<'a, T>(
    name: &str,
    metric: &mut impl Metric,
    outputs: &'a Golden<f32>,
    targets: &'a Golden<T>,
    expected: f64,
) where
    AnyShape<'a, T>: Into<macrograd::metrics::Targets<'a>>,
{
    assert!(metric.value().is_nan(), "`{name}` has a value before the first batch");
    let num_samples = outputs.num_samples();
    let mut whole = None;
    for batch_size in [num_samples, 1, 7, 16] {
        metric.reset();
        for first in (0..num_samples).step_by(batch_size) {
            let last = num_samples.min(first + batch_size);
            metric
                .update(outputs.samples(first, last), targets.samples(first, last))
                .expect("samples that fit");
        }
        assert_close(name, metric.value(), expected);
        let whole = *whole.get_or_insert(metric.value());
        assert_eq!(metric.value(), whole, "`{name}` in batches of {batch_size}");
    }
    metric.update(outputs.samples(0, 0), targets.samples(0, 0)).expect("an empty batch");
    assert_eq!(whole, Some(metric.value()), "`{name}` after an empty batch");
    metric.reset();
    assert!(metric.value().is_nan(), "`{name}` has a value after `reset`");
}
