//! Softmax over many classes, the rare ones in clusters of their own.

use super::Linear;
use crate::model;

/// The layer with so many clusters: `$head` classes and clusters, `$tail` the projections, `$parts` the parts of
/// `log_probs` from `head`, what the head says of `x`.
macro_rules! adaptive_softmax {
    (
        $(#[$doc:meta])* $name:ident, [$($generics:tt)*], [$($sizes:tt)*], [$($head:tt)*], [$($tail:tt)*],
        [$($parts:tt)*]
    ) => {
        $(#[$doc])*
        ///
        /// Labels are numbered by their frequency, the most frequent one being 0. Those below the first cutoff are
        /// scored by the head, beside one score for each cluster; those of cluster `i`, counted from 1, by two
        /// matrices with `IN_FEATURES / div_value^i` features between, rounded down:
        /// `ln p(c) = ln p(cluster) + ln p(c | cluster)`.
        ///
        /// `forward` returns the log-probability of each label, and the loss, the mean of minus those; `log_prob` the
        /// log-probabilities of all classes, `[N, CLASSES]`, and `predict` the class of the largest one.
        ///
        /// # Shapes
        /// - `x`: `[N, IN_FEATURES]`, `label`: `[N]`, whole numbers below `CLASSES`
        /// - result: `[N]` and a scalar
        ///
        /// # Settings
        /// `div_value = 4.0`, `head_bias = false`.
        ///
        /// # Numerics
        /// All clusters are computed for all samples: unlike in PyTorch, the work does not depend on the labels.
        ///
        /// # Source
        /// Grave et al., "Efficient softmax approximation for GPUs", 2017.
        #[model(part)]
        pub struct $name<$($generics)*> {
            #[default(4.0)]
            div_value: f32,
            #[default(false)]
            head_bias: bool,
            #[with(bias = head_bias)]
            head: Linear<IN_FEATURES, $($head)*>,
            $($tail)*
        }

        #[model]
        impl<$($generics)*> $name<$($sizes)*> {
            #[track_caller]
            pub fn forward<N: Dim>(
                &self,
                x: Tensor<N, IN_FEATURES>,
                label: Tensor<u32, N>,
            ) -> (Tensor<N>, Tensor) {
                let output = self.log_prob(x).gather(1, label.unsqueeze(1)).squeeze(1);
                (output, -output.mean())
            }

            #[track_caller]
            pub fn log_prob<N: Dim>(&self, x: Tensor<N, IN_FEATURES>) -> Tensor<N, CLASSES> {
                let head = self.head(x).log_softmax(1);
                $($parts)*
            }

            #[track_caller]
            pub fn predict<N: Dim>(&self, x: Tensor<N, IN_FEATURES>) -> Tensor<u32, N> {
                self.log_prob(x).argmax(1)
            }
        }
    };
}

adaptive_softmax! {
    /// Softmax of the classes below a cutoff and one cluster of the others, PyTorch's
    /// `AdaptiveLogSoftmaxWithLoss(IN_FEATURES, CLASSES, [CUTOFF])`.
    AdaptiveLogSoftmaxWithLoss1,
    [const IN_FEATURES: usize, const CUTOFF: usize, const CLASSES: usize],
    [IN_FEATURES, CUTOFF, CLASSES],
    [{ CUTOFF + 1 }],
    [
        #[rename("tail.0.0.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        project1: Param<{ (IN_FEATURES as f32 / div_value) as usize }, IN_FEATURES>,
        #[rename("tail.0.1.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        score1: Param<{ CLASSES - CUTOFF }, { (IN_FEATURES as f32 / div_value) as usize }>,
    ],
    [
        let [shortlist, cluster1] = head.split([CUTOFF, 1], axis = 1);
        let rare1 = x.matmul(self.project1.t()).matmul(self.score1.t()).log_softmax(1) + cluster1;
        concat([shortlist, rare1], axis = 1)
    ]
}

adaptive_softmax! {
    /// Softmax of the classes below a first cutoff and two clusters of the others, PyTorch's
    /// `AdaptiveLogSoftmaxWithLoss(IN_FEATURES, CLASSES, [CUTOFF1, CUTOFF2])`.
    AdaptiveLogSoftmaxWithLoss2,
    [const IN_FEATURES: usize, const CUTOFF1: usize, const CUTOFF2: usize, const CLASSES: usize],
    [IN_FEATURES, CUTOFF1, CUTOFF2, CLASSES],
    [{ CUTOFF1 + 2 }],
    [
        #[rename("tail.0.0.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        project1: Param<{ (IN_FEATURES as f32 / div_value) as usize }, IN_FEATURES>,
        #[rename("tail.0.1.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        score1: Param<{ CUTOFF2 - CUTOFF1 }, { (IN_FEATURES as f32 / div_value) as usize }>,
        #[rename("tail.1.0.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        project2: Param<{ (IN_FEATURES as f32 / pow(div_value, 2)) as usize }, IN_FEATURES>,
        #[rename("tail.1.1.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        score2: Param<{ CLASSES - CUTOFF2 }, { (IN_FEATURES as f32 / pow(div_value, 2)) as usize }>,
    ],
    [
        let [shortlist, cluster1, cluster2] = head.split([CUTOFF1, 1, 1], axis = 1);
        let rare1 = x.matmul(self.project1.t()).matmul(self.score1.t()).log_softmax(1) + cluster1;
        let rare2 = x.matmul(self.project2.t()).matmul(self.score2.t()).log_softmax(1) + cluster2;
        concat([shortlist, rare1, rare2], axis = 1)
    ]
}

adaptive_softmax! {
    /// Softmax of the classes below a first cutoff and three clusters of the others, PyTorch's
    /// `AdaptiveLogSoftmaxWithLoss(IN_FEATURES, CLASSES, [CUTOFF1, CUTOFF2, CUTOFF3])`.
    AdaptiveLogSoftmaxWithLoss3,
    [
        const IN_FEATURES: usize,
        const CUTOFF1: usize,
        const CUTOFF2: usize,
        const CUTOFF3: usize,
        const CLASSES: usize
    ],
    [IN_FEATURES, CUTOFF1, CUTOFF2, CUTOFF3, CLASSES],
    [{ CUTOFF1 + 3 }],
    [
        #[rename("tail.0.0.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        project1: Param<{ (IN_FEATURES as f32 / div_value) as usize }, IN_FEATURES>,
        #[rename("tail.0.1.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        score1: Param<{ CUTOFF2 - CUTOFF1 }, { (IN_FEATURES as f32 / div_value) as usize }>,
        #[rename("tail.1.0.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        project2: Param<{ (IN_FEATURES as f32 / pow(div_value, 2)) as usize }, IN_FEATURES>,
        #[rename("tail.1.1.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        score2: Param<{ CUTOFF3 - CUTOFF2 }, { (IN_FEATURES as f32 / pow(div_value, 2)) as usize }>,
        #[rename("tail.2.0.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        project3: Param<{ (IN_FEATURES as f32 / pow(div_value, 3)) as usize }, IN_FEATURES>,
        #[rename("tail.2.1.weight")]
        #[init(kaiming_uniform(sqrt(5.0)))]
        score3: Param<{ CLASSES - CUTOFF3 }, { (IN_FEATURES as f32 / pow(div_value, 3)) as usize }>,
    ],
    [
        let [shortlist, cluster1, cluster2, cluster3] = head.split([CUTOFF1, 1, 1, 1], axis = 1);
        let rare1 = x.matmul(self.project1.t()).matmul(self.score1.t()).log_softmax(1) + cluster1;
        let rare2 = x.matmul(self.project2.t()).matmul(self.score2.t()).log_softmax(1) + cluster2;
        let rare3 = x.matmul(self.project3.t()).matmul(self.score3.t()).log_softmax(1) + cluster3;
        concat([shortlist, rare1, rare2, rare3], axis = 1)
    ]
}
