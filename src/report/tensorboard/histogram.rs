//! Histograms.

use super::proto::HistogramProto;

/// As many as TensorBoard's own summaries have.
const NUM_BUCKETS: usize = 30;

/// The histogram of values that are finite, of which there is at least one.
///
/// Of bucket `i`, `bucket_limit[i]` is the end; it starts where the one before ends, and holds its start but not its end.
/// The last one, which ends with the largest value, holds that, too.
pub fn of_values(values: &[f32]) -> HistogramProto {
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut sum, mut sum_squares) = (0.0, 0.0);
    for &value in values {
        let value = f64::from(value);
        (min, max) = (min.min(value), max.max(value));
        sum += value;
        sum_squares += value * value;
    }
    let width = (max - min) / NUM_BUCKETS as f64;
    let num_buckets = if width > 0.0 { NUM_BUCKETS } else { 1 };
    let mut bucket_limit: Vec<f64> = (1..=num_buckets).map(|index| min + width * index as f64).collect();
    bucket_limit[num_buckets - 1] = max;
    let mut bucket = vec![0.0; num_buckets];
    for &value in values {
        let index = bucket_limit.partition_point(|&limit| limit <= f64::from(value));
        bucket[index.min(num_buckets - 1)] += 1.0;
    }
    HistogramProto { min, max, num: values.len() as f64, sum, sum_squares, bucket_limit, bucket }
}
