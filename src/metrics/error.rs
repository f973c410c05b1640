//! What a metric cannot judge.

/// Why a batch, an image or a sentence was not counted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// Data and shape disagree.
    #[error(
        "shape {shape:?} is that of {expected} elements, but there are {found}; give the shape that they have"
    )]
    ElementCount {
        /// The shape.
        shape: Vec<usize>,
        /// Product of the shape.
        expected: usize,
        /// Elements given.
        found: usize,
    },
    /// More axes than any tensor has.
    #[error("a shape of {found} axes was given, but there can be at most {most}; reshape the tensor")]
    TooManyAxes {
        /// The largest number of axes.
        most: usize,
        /// Axes given.
        found: usize,
    },
    /// The outputs are not what the metric judges.
    #[error("`{metric}` takes {expected}, but the outputs have shape {found:?}; {remedy}")]
    OutputShape {
        /// The metric.
        metric: &'static str,
        /// Shapes that it takes.
        expected: &'static str,
        /// Shape of the outputs.
        found: Vec<usize>,
        /// What to do.
        remedy: &'static str,
    },
    /// The targets are not one for each output.
    #[error(
        "outputs of shape {outputs:?} need targets of shape {expected:?}, but these have shape {found:?}; give one \
         target for each output"
    )]
    TargetShape {
        /// Shape of the outputs.
        outputs: Vec<usize>,
        /// Shape that targets have to have.
        expected: Vec<usize>,
        /// Shape that they have.
        found: Vec<usize>,
    },
    /// A class label is negative or not below the number of classes.
    #[error(
        "label {label} at position {position} is out of range: the scores are for {classes} classes, numbered from 0; \
         correct it, or leave it out with `ignore_index({label})`"
    )]
    LabelOutOfRange {
        /// Index into the labels, in row-major order.
        position: usize,
        /// The label.
        label: i64,
        /// How many classes the scores have.
        classes: usize,
    },
    /// A real target stands where a class is needed.
    #[error("target {value} at position {position} is not the number of a class; give whole numbers from 0")]
    NotAClass {
        /// Index into the targets, in row-major order.
        position: usize,
        /// The target.
        value: f32,
    },
    /// A score that cannot be ordered.
    #[error(
        "the score at position {position} is NaN, which has no place in an order; look for where it arises"
    )]
    NanScore {
        /// Index into the scores, in row-major order.
        position: usize,
    },
    /// Batches disagree about the number of classes, or the metric was made for another number.
    #[error(
        "`{metric}` counts {expected} classes, but these scores are for {found}; use one metric for each number of \
         classes, or call `reset` between them"
    )]
    ClassCount {
        /// The metric.
        metric: &'static str,
        /// Classes that it counts.
        expected: usize,
        /// Classes of the scores.
        found: usize,
    },
    /// The one class that is asked for does not exist.
    #[error(
        "`{metric}` is asked for class {class}, but there are {classes} classes, numbered from 0; name one of them in \
         `Average::Class`"
    )]
    NoSuchClass {
        /// The metric.
        metric: &'static str,
        /// The class asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// Batches disagree about the number of values per sample.
    #[error(
        "samples had {expected} values in earlier batches, but have {found} in this one; call `reset` before judging \
         another kind of output"
    )]
    ValueCount {
        /// Values per sample so far.
        expected: usize,
        /// Values per sample in this batch.
        found: usize,
    },
    /// A box that is not one.
    #[error(
        "the bounds of {what} {index} are {bounds:?} (x_min, y_min, x_max, y_max), but have to be finite and in order; \
         `Bounds::from_size` takes a corner, a width and a height"
    )]
    Bounds {
        /// "detection" or "object".
        what: &'static str,
        /// Which of them.
        index: usize,
        /// Its bounds.
        bounds: [f32; 4],
    },
    /// Nothing to compare a sentence with.
    #[error("a sentence has 0 references; give at least one")]
    NoReference,
}
