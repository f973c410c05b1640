//! Precision, recall and their means, from counts per class.

use super::average::weighted_mean;
use super::classes::{Decision, decision_settings};
use super::counts::{ClassCount, ClassCounts};
use super::{Average, Direction, Metric, MetricError, Targets, Values};

/// What precision, recall and F scores share.
#[derive(Clone, Debug, PartialEq)]
struct Counted {
    decision: Decision,
    average: Average,
    counts: ClassCounts,
}

impl Counted {
    fn new(average: Average) -> Counted {
        Counted { decision: Decision::new(), average, counts: ClassCounts::default() }
    }

    fn accumulate(
        &mut self,
        metric: &'static str,
        outputs: &Values<'_>,
        targets: &Targets<'_>,
    ) -> Result<(), MetricError> {
        let pairs = self.decision.pairs(metric, outputs, targets)?;
        self.average.check(metric, pairs.classes)?;
        self.counts.add(metric, &pairs)
    }

    fn value(&self, value_of: impl Fn(&ClassCount) -> f64) -> f64 {
        let total = self.counts.total();
        if total.labelled == 0 {
            return f64::NAN;
        }
        let classes = self.counts.classes();
        match self.average {
            Average::Macro => weighted_mean(
                classes.iter().filter(|class| class.occurs()).map(|class| (value_of(class), 1.0)),
            ),
            Average::Micro => value_of(&total),
            Average::Weighted => {
                weighted_mean(classes.iter().map(|class| (value_of(class), class.labelled as f64)))
            }
            Average::Class(class) => value_of(&classes[class]),
        }
    }
}

/// `part / whole`, 0 for `0 / 0`.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

fn f_score(beta: f64, class: &ClassCount) -> f64 {
    let square = beta * beta;
    ratio((1.0 + square) * class.correct as f64, square * class.labelled as f64 + class.predicted as f64)
}

/// Declares a metric: its documentation, its name, and its value from the counts of a class.
macro_rules! counted {
    (
        $(#[$doc:meta])*
        $name:ident($text:literal) { $(#[$field_doc:meta] $field:ident: $ty:ty)? }
        $(#[$new_doc:meta])*
        |$this:ident, $class:ident| $value:expr
    ) => {
        $(#[$doc])*
        ///
        /// A class that is never predicted, or of which no sample is, has the value 0 where the formula is `0 / 0`. The
        /// macro average is over classes that occur among predictions or labels.
        ///
        /// # Shapes
        /// - outputs: `[N, C]` or `[N, C, …]`; for two classes also `[N]`, `[N, 1]` or `[N, 1, …]`
        /// - targets: labels `[N]` or `[N, …]`
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            counted: Counted,
            $(#[$field_doc] $field: $ty,)?
        }

        impl $name {
            $(#[$new_doc])*
            #[track_caller]
            pub fn new($($field: $ty,)? average: Average) -> $name {
                $(assert!(
                    $field > 0.0 && $field.is_finite(),
                    "`{}` is {}, but must be positive and finite", stringify!($field), $field
                );)?
                $name { counted: Counted::new(average), $($field)? }
            }

            decision_settings!(counted.decision);

            /// The value of each class; empty before the first batch.
            pub fn per_class(&self) -> Vec<f64> {
                self.counted.counts.classes().iter().map(|class| self.value_of(class)).collect()
            }

            fn value_of(&self, $class: &ClassCount) -> f64 {
                let $this = self;
                $value
            }
        }

        impl Metric for $name {
            fn name(&self) -> &str {
                $text
            }
            fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError> {
                self.counted.accumulate($text, &outputs, &targets)
            }
            fn value(&self) -> f64 {
                self.counted.value(|class| self.value_of(class))
            }
            fn reset(&mut self) {
                self.counted.counts.clear();
            }
            fn direction(&self) -> Direction {
                Direction::HigherIsBetter
            }
        }
    };
}

counted! {
    /// Precision: `correct / predicted`, the share of the samples predicted as a class that are of it, in 0..1.
    Precision("precision") {}
    /// With this average over classes, threshold 0.5, no label ignored.
    |_this, class| ratio(class.correct as f64, class.predicted as f64)
}

counted! {
    /// Recall: `correct / labelled`, the share of the samples of a class that are predicted as it, in 0..1.
    ///
    /// Its macro average is balanced accuracy, but for classes that are predicted and of which no sample is: they count 0
    /// here and not at all there.
    Recall("recall") {}
    /// With this average over classes, threshold 0.5, no label ignored.
    |_this, class| ratio(class.correct as f64, class.labelled as f64)
}

counted! {
    /// F1: the harmonic mean of precision and recall, `2 correct / (labelled + predicted)`, in 0..1. The same as the Dice
    /// coefficient.
    F1("f1") {}
    /// With this average over classes, threshold 0.5, no label ignored.
    |_this, class| f_score(1.0, class)
}

counted! {
    /// F-beta: the mean of precision and recall in which recall has `beta` times the weight of precision,
    /// `(1 + beta²) correct / (beta² labelled + predicted)`, in 0..1.
    ///
    /// # Source
    /// C. J. van Rijsbergen, "Information Retrieval", 1979, chapter 7.
    FBeta("f_beta") {
        /// Weight of recall.
        beta: f64
    }
    /// With this weight of recall and average over classes, threshold 0.5, no label ignored.
    ///
    /// # Panics
    /// When `beta` is not positive and finite.
    |this, class| f_score(this.beta, class)
}
