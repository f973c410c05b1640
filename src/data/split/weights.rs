//! Weights that make up for classes of different sizes.

use macrograd_runtime::Error;
use macrograd_runtime::ops::nll_loss::Label;

/// `weight[class] = n / (present * count[class])` for `n` labels of `present` different classes: what `cross_entropy`
/// takes so that each class counts as much as any other. The mean weight of the samples is 1.
///
/// A class that no label has gets the weight 0 and is not among those `present`. scikit-learn's
/// `compute_class_weight("balanced")` gives the same weights for the classes that are there and refuses others.
///
/// ```
/// use macrograd::data::split::class_weights;
///
/// assert_eq!(class_weights(&[0_u8, 0, 0, 2], 3)?, [2.0 / 3.0, 0.0, 2.0]);
/// # Ok::<(), macrograd::Error>(())
/// ```
///
/// # Numerics
/// Computed in `f64` and rounded once.
///
/// # Errors
/// [`Error::LabelOutOfRange`] for a label that is negative or not below `num_classes`.
pub fn class_weights<L: Label>(labels: &[L], num_classes: usize) -> Result<Vec<f32>, Error> {
    let mut counts = vec![0_usize; num_classes];
    for class in classes(labels, num_classes) {
        counts[class?] += 1;
    }
    let present = counts.iter().filter(|&&count| count > 0).count();
    let weight = |count: usize| labels.len() as f64 / (present as f64 * count as f64);
    Ok(counts.into_iter().map(|count| if count == 0 { 0.0 } else { weight(count) as f32 }).collect())
}

/// For each label the weight that [`class_weights`] gives to its class.
///
/// # Errors
/// As for [`class_weights`].
pub fn sample_weights<L: Label>(labels: &[L], num_classes: usize) -> Result<Vec<f32>, Error> {
    let weights = class_weights(labels, num_classes)?;
    classes(labels, num_classes).map(|class| Ok(weights[class?])).collect()
}

/// The labels as indices below `num_classes`.
fn classes<L: Label>(labels: &[L], num_classes: usize) -> impl Iterator<Item = Result<usize, Error>> {
    labels.iter().enumerate().map(move |(position, label)| {
        let label = label.to_i64();
        usize::try_from(label).ok().filter(|&class| class < num_classes).ok_or(Error::LabelOutOfRange {
            position,
            label,
            classes: num_classes,
        })
    })
}
