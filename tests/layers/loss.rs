//! Losses, with each reduction and each option.

cases! { "layers_loss";
    cross_entropy(x: [5, 3], label: i64[5]) -> [] { x.cross_entropy(label, reduction = "mean") };
    cross_entropy_sum(x: [5, 3], label: i64[5]) -> [] { x.cross_entropy(label, reduction = "sum") };
    cross_entropy_none(x: [5, 3], label: i64[5]) -> [5] { x.cross_entropy(label, reduction = "none") };
    cross_entropy_options(x: [2, 3, 4], label: u8[2, 4], weight: [3]) -> [] {
        x.cross_entropy(label, weight, ignore_index = 2, label_smoothing = 0.2, reduction = "mean")
    };
    cross_entropy_options_sum(x: [2, 3, 4], label: u8[2, 4], weight: [3]) -> [] {
        x.cross_entropy(label, weight, ignore_index = 2, label_smoothing = 0.2, reduction = "sum")
    };
    cross_entropy_options_none(x: [2, 3, 4], label: u8[2, 4], weight: [3]) -> [2, 4] {
        x.cross_entropy(label, weight, ignore_index = 2, label_smoothing = 0.2, reduction = "none")
    };
    cross_entropy_smooth(x: [4, 3], label: u32[4]) -> [] { x.cross_entropy(label, label_smoothing = 0.1) };
    cross_entropy_all_ignored(x: [2, 3], label: i64[2]) -> [] { x.cross_entropy(label) };
    cross_entropy_weight_zero(x: [4, 3], label: u8[4], weight: [3]) -> [] {
        x.cross_entropy(label, weight, label_smoothing = 0.3)
    };
    cross_entropy_probs(x: [2, 3, 4], target: [2, 3, 4], weight: [3]) -> [] {
        x.cross_entropy(target, weight, label_smoothing = 0.2, reduction = "mean")
    };
    cross_entropy_probs_none(x: [2, 3, 4], target: [2, 3, 4], weight: [3]) -> [2, 4] {
        x.cross_entropy(target, weight, label_smoothing = 0.2, reduction = "none")
    };
    cross_entropy_probs_plain(x: [5, 3], target: [5, 3]) -> [] { x.cross_entropy(target) };
    cross_entropy_one_class(x: [1, 1], label: u8[1]) -> [] { x.cross_entropy(label) };
    nll_loss(x: [5, 3], label: u8[5], weight: [3]) -> [] {
        x.nll_loss(label, weight, ignore_index = 1, reduction = "mean")
    };
    nll_loss_none(x: [5, 3], label: u8[5], weight: [3]) -> [5] {
        x.nll_loss(label, weight, ignore_index = 1, reduction = "none")
    };
    nll_loss_plain(x: [5, 3], label: i64[5]) -> [] { x.nll_loss(label) };
    multi_margin_loss(x: [5, 3], label: u8[5]) -> [] { x.multi_margin_loss(label, reduction = "mean") };
    multi_margin_loss_none(x: [5, 3], label: u8[5]) -> [5] { x.multi_margin_loss(label, reduction = "none") };
    multi_margin_loss_options(x: [5, 3], label: i64[5], weight: [3]) -> [] {
        x.multi_margin_loss(label, p = 2, margin = 0.5, weight = weight)
    };
    bce_loss(x: [4, 3], target: [4, 3]) -> [] { x.bce_loss(target, reduction = "mean") };
    bce_loss_none(x: [4, 3], target: [4, 3]) -> [4, 3] { x.bce_loss(target, reduction = "none") };
    bce_loss_weight(x: [4, 3], target: [4, 3], weight: [4, 1]) -> [] { x.bce_loss(target, weight) };
    bce_loss_certain(x: [5], target: [5]) -> [5] { x.bce_loss(target, reduction = "none") };
    bce_with_logits_loss(x: [4, 3], target: [4, 3]) -> [] {
        x.bce_with_logits_loss(target, reduction = "mean")
    };
    bce_with_logits_loss_none(x: [4, 3], target: [4, 3]) -> [4, 3] {
        x.bce_with_logits_loss(target, reduction = "none")
    };
    bce_with_logits_loss_weights(x: [4, 3], target: [4, 3], weight: [4, 1], pos_weight: [3]) -> [] {
        x.bce_with_logits_loss(target, weight, pos_weight = pos_weight, reduction = "mean")
    };
    bce_with_logits_loss_weights_none(x: [4, 3], target: [4, 3], weight: [4, 1], pos_weight: [3]) -> [4, 3] {
        x.bce_with_logits_loss(target, weight, pos_weight = pos_weight, reduction = "none")
    };
    bce_with_logits_loss_number(x: [4, 1]) -> [] { x.bce_with_logits_loss(1.0) };
    multilabel_margin_loss(x: [5, 4], label: i64[5, 4]) -> [] { x.multilabel_margin_loss(label) };
    multilabel_margin_loss_sum(x: [5, 4], label: i64[5, 4]) -> [] {
        x.multilabel_margin_loss(label, reduction = "sum")
    };
    multilabel_margin_loss_none(x: [5, 4], label: i64[5, 4]) -> [5] {
        x.multilabel_margin_loss(label, reduction = "none")
    };
    multilabel_margin_loss_of_one(x: [4], label: i64[4]) -> [] { x.multilabel_margin_loss(label) };
    multilabel_margin_loss_of_one_none(x: [4], label: i64[4]) -> [] {
        x.multilabel_margin_loss(label, reduction = "none")
    };
    multilabel_margin_loss_full(x: [2, 2], label: u8[2, 2]) -> [] { x.multilabel_margin_loss(label) };
    multilabel_soft_margin_loss(x: [4, 3], target: [4, 3]) -> [] {
        x.multilabel_soft_margin_loss(target, reduction = "mean")
    };
    multilabel_soft_margin_loss_none(x: [4, 3], target: [4, 3]) -> [4] {
        x.multilabel_soft_margin_loss(target, reduction = "none")
    };
    multilabel_soft_margin_loss_weight(x: [4, 3], target: [4, 3], weight: [3]) -> [] {
        x.multilabel_soft_margin_loss(target, weight)
    };
    sigmoid_focal_loss(x: [4, 3], target: [4, 3]) -> [] { x.sigmoid_focal_loss(target, reduction = "mean") };
    sigmoid_focal_loss_none(x: [4, 3], target: [4, 3]) -> [4, 3] {
        x.sigmoid_focal_loss(target, reduction = "none")
    };
    sigmoid_focal_loss_options(x: [4, 3], target: [4, 3]) -> [4, 3] {
        x.sigmoid_focal_loss(target, alpha = -1.0, gamma = 1.5)
    };
    dice_loss(x: [2, 3, 4, 2], target: [2, 3, 4, 2]) -> [] { x.dice_loss(target, reduction = "mean") };
    dice_loss_none(x: [2, 3, 4, 2], target: [2, 3, 4, 2]) -> [2, 3] {
        x.dice_loss(target, reduction = "none")
    };
    dice_loss_options(x: [2, 1, 5], target: [2, 1, 5]) -> [] {
        x.dice_loss(target, 0.5, 0.25, squared = true)
    };
    kl_div(x: [4, 3], target: [4, 3]) -> [] { x.kl_div(target, reduction = "mean") };
    kl_div_none(x: [4, 3], target: [4, 3]) -> [4, 3] { x.kl_div(target, reduction = "none") };
    kl_div_batchmean(x: [4, 3], target: [4, 3]) -> [] { x.kl_div(target, reduction = "batchmean") };
    kl_div_log_target(x: [4, 3], target: [4, 3]) -> [] { x.kl_div(target, log_target = true) };
    kl_div_zeros(x: [3], target: [3]) -> [] { x.kl_div(target, reduction = "sum") };
    poisson_nll_loss(x: [4, 3], target: [4, 3]) -> [] { x.poisson_nll_loss(target, reduction = "mean") };
    poisson_nll_loss_none(x: [4, 3], target: [4, 3]) -> [4, 3] {
        x.poisson_nll_loss(target, reduction = "none")
    };
    poisson_nll_loss_options(x: [4, 3], target: [4, 3]) -> [] {
        x.poisson_nll_loss(target, log_input = false, full = true, eps = 0.1, reduction = "mean")
    };
    poisson_nll_loss_options_none(x: [4, 3], target: [4, 3]) -> [4, 3] {
        x.poisson_nll_loss(target, log_input = false, full = true, eps = 0.1, reduction = "none")
    };
    gaussian_nll_loss(x: [4, 3], target: [4, 3], var: [4, 3]) -> [] {
        x.gaussian_nll_loss(target, var, reduction = "mean")
    };
    gaussian_nll_loss_none(x: [4, 3], target: [4, 3], var: [4, 3]) -> [4, 3] {
        x.gaussian_nll_loss(target, var, reduction = "none")
    };
    gaussian_nll_loss_full(x: [4, 3], target: [4, 3], var: [4, 1]) -> [] {
        x.gaussian_nll_loss(target, var, full = true, eps = 0.5)
    };
    gaussian_nll_loss_one(x: [4, 3], target: [4, 3], var: [4]) -> [] { x.gaussian_nll_loss(target, var) };
    mse_loss(x: [4, 3], target: [4, 3]) -> [] { x.mse_loss(target, reduction = "mean") };
    mse_loss_none(x: [4, 3], target: [4, 3]) -> [4, 3] { x.mse_loss(target, reduction = "none") };
    l1_loss(x: [4, 3], target: [4, 3]) -> [] { x.l1_loss(target, reduction = "mean") };
    l1_loss_none(x: [4, 3], target: [4, 3]) -> [4, 3] { x.l1_loss(target, reduction = "none") };
    smooth_l1_loss(x: [4, 3], target: [4, 3]) -> [] { x.smooth_l1_loss(target, reduction = "mean") };
    smooth_l1_loss_none(x: [4, 3], target: [4, 3]) -> [4, 3] { x.smooth_l1_loss(target, reduction = "none") };
    huber_loss(x: [4, 3], target: [4, 3]) -> [] { x.huber_loss(target, reduction = "mean") };
    huber_loss_none(x: [4, 3], target: [4, 3]) -> [4, 3] { x.huber_loss(target, reduction = "none") };
    soft_margin_loss(x: [4, 3], target: [4, 3]) -> [] { x.soft_margin_loss(target, reduction = "mean") };
    soft_margin_loss_none(x: [4, 3], target: [4, 3]) -> [4, 3] {
        x.soft_margin_loss(target, reduction = "none")
    };
    smooth_l1_loss_beta(x: [4, 3], target: [4, 3]) -> [] { x.smooth_l1_loss(target, beta = 0.3) };
    smooth_l1_loss_without_tip(x: [4], target: [4]) -> [] { x.smooth_l1_loss(target, beta = 0) };
    huber_loss_delta(x: [4, 3], target: [4, 3]) -> [] { x.huber_loss(target, delta = 0.3) };
    l1_loss_ties(x: [4], target: [4]) -> [4] { x.l1_loss(target, reduction = "none") };
    smooth_l1_loss_ties(x: [4], target: [4]) -> [4] { x.smooth_l1_loss(target, reduction = "none") };
    huber_loss_ties(x: [4], target: [4]) -> [4] { x.huber_loss(target, reduction = "none") };
    hinge_embedding_loss(x: [4, 3], target: [4, 3]) -> [] {
        x.hinge_embedding_loss(target, reduction = "mean")
    };
    hinge_embedding_loss_none(x: [4, 3], target: [4, 3]) -> [4, 3] {
        x.hinge_embedding_loss(target, reduction = "none")
    };
    hinge_embedding_loss_margin(x: [4], target: [4]) -> [4] {
        x.hinge_embedding_loss(target, margin = 0.5, reduction = "none")
    };
    margin_ranking_loss(x: [5], other: [5], target: [5]) -> [] {
        x.margin_ranking_loss(other, target, reduction = "mean")
    };
    margin_ranking_loss_none(x: [5], other: [5], target: [5]) -> [5] {
        x.margin_ranking_loss(other, target, reduction = "none")
    };
    margin_ranking_loss_margin(x: [3], other: [3], target: [3]) -> [3] {
        x.margin_ranking_loss(other, target, margin = 0.5, reduction = "none")
    };
    cosine_embedding_loss(x: [5, 4], other: [5, 4], target: [5]) -> [] {
        x.cosine_embedding_loss(other, target, margin = 0.2, reduction = "mean")
    };
    cosine_embedding_loss_none(x: [5, 4], other: [5, 4], target: [5]) -> [5] {
        x.cosine_embedding_loss(other, target, margin = 0.2, reduction = "none")
    };
    cosine_embedding_loss_of_one(x: [4], other: [4], target: []) -> [] {
        x.cosine_embedding_loss(other, target)
    };
    triplet_margin_loss(anchor: [5, 4], positive: [5, 4], negative: [5, 4]) -> [] {
        anchor.triplet_margin_loss(positive, negative, reduction = "mean")
    };
    triplet_margin_loss_none(anchor: [5, 4], positive: [5, 4], negative: [5, 4]) -> [5] {
        anchor.triplet_margin_loss(positive, negative, reduction = "none")
    };
    triplet_margin_loss_options(anchor: [5, 4], positive: [5, 4], negative: [5, 4]) -> [] {
        anchor.triplet_margin_loss(positive, negative, margin = 2.0, p = 1.0, eps = 0.01, swap = true)
    };
    triplet_margin_loss_p3(anchor: [5, 4], positive: [5, 4], negative: [5, 4]) -> [] {
        anchor.triplet_margin_loss(positive, negative, p = 3.0)
    };
    triplet_margin_loss_cosine(anchor: [5, 4], positive: [5, 4], negative: [5, 4]) -> [] {
        anchor.triplet_margin_with_distance_loss(
            positive, negative, distance = "cosine", margin = 0.5, swap = true)
    };
    triplet_margin_loss_euclidean(anchor: [5, 4], positive: [5, 4], negative: [5, 4]) -> [] {
        anchor.triplet_margin_with_distance_loss(positive, negative)
    };
    contrastive_loss(x: [5, 4], other: [5, 4], target: [5]) -> [] {
        x.contrastive_loss(other, target, margin = 3.0, reduction = "mean")
    };
    contrastive_loss_none(x: [5, 4], other: [5, 4], target: [5]) -> [5] {
        x.contrastive_loss(other, target, margin = 3.0, reduction = "none")
    };
    info_nce_loss(queries: [5, 4], keys: [5, 4]) -> [] { queries.info_nce_loss(keys, reduction = "mean") };
    info_nce_loss_none(queries: [5, 4], keys: [5, 4]) -> [5] {
        queries.info_nce_loss(keys, reduction = "none")
    };
    info_nce_loss_warm(queries: [3, 4], keys: [3, 4]) -> [] {
        queries.info_nce_loss(keys, temperature = 0.5)
    };

    adaptive_log_softmax1: nn::AdaptiveLogSoftmaxWithLoss1<9, 4, 10>, (x: [6, 9], label: u32[6]) -> [6] {
        let (output, loss) = self.layer(x, label);
        output.tanh() + loss
    };
    #[with(div_value = 2.0, head_bias = true)]
    adaptive_log_softmax2: nn::AdaptiveLogSoftmaxWithLoss2<9, 2, 5, 10>, (x: [6, 9], label: i64[6]) -> [6] {
        let (output, loss) = self.layer(x, label);
        output.tanh() + loss
    };
    #[with(div_value = 1.5)]
    adaptive_log_softmax3: nn::AdaptiveLogSoftmaxWithLoss3<9, 2, 3, 6, 10>, (x: [6, 9], label: u8[6]) -> [6] {
        let (output, loss) = self.layer(x, label);
        output.tanh() + loss
    };
    adaptive_log_softmax_one_kind: nn::AdaptiveLogSoftmaxWithLoss1<9, 4, 10>, (x: [3, 9], label: u32[3]) -> [3] {
        let (output, loss) = self.layer(x, label);
        output.tanh() + loss
    };
    #[with(head_bias = true)]
    adaptive_log_prob1: nn::AdaptiveLogSoftmaxWithLoss1<9, 4, 10>, (x: [4, 9]) -> [4, 10] { self.layer.log_prob(x) };
    adaptive_log_prob2: nn::AdaptiveLogSoftmaxWithLoss2<17, 2, 5, 10>, (x: [3, 17]) -> [3, 10] {
        self.layer.log_prob(x)
    };
}

mod adaptive_log_softmax {
    use macrograd::Error;
    use macrograd::prelude::*;

    #[model]
    struct Net {
        layer: nn::AdaptiveLogSoftmaxWithLoss2<16, 3, 6, 20>,
    }

    #[model]
    impl Net {
        pub fn forward<N: Dim>(&self, x: Tensor<N, 16>, label: Tensor<i64, N>) -> Tensor<N> {
            let (output, _) = self.layer(x, label);
            output
        }

        pub fn log_prob<N: Dim>(&self, x: Tensor<N, 16>) -> Tensor<N, 20> {
            self.layer.log_prob(x)
        }

        pub fn predict<N: Dim>(&self, x: Tensor<N, 16>) -> Tensor<u32, N> {
            self.layer.predict(x)
        }
    }

    #[test]
    fn the_prediction_has_the_largest_probability() {
        let net = Net::new(Device::cpu(), 3);
        let x = Tensor::from_fn((50, Const::<16>), |at| ((at[0] * 16 + at[1]) as f32 * 0.7).sin() * 4.0);
        let (log_prob, classes) = (net.log_prob(&x), net.predict(&x));
        for (row, &class) in log_prob.as_slice().chunks(20).zip(classes.as_slice()) {
            assert!(row.iter().all(|&other| other <= row[class as usize]), "{class} of {row:?}");
            let total: f32 = row.iter().map(|x| x.exp()).sum();
            assert!((total - 1.0).abs() < 1e-5, "probabilities sum to {total}");
        }
    }

    #[test]
    fn a_label_that_is_no_class_is_an_error() {
        let net = Net::new(Device::cpu(), 0);
        let x = Tensor::full((2, Const::<16>), 1.0);
        for label in [20, -1, -100] {
            let labels = Tensor::from_vec((2,), vec![0i64, label]);
            let error = net.try_forward(&x, &labels).expect_err("no class");
            assert!(matches!(error, Error::IndexOutOfRange { size: 20, .. }), "{error}");
        }
    }
}
