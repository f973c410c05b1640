//! Operations: gradients against finite differences, values against PyTorch, and the texts of errors.

mod support;

mod abs;
mod add;
mod alpha_dropout;
mod argmax;
mod avg_pool2d;
mod batch_norm;
mod bce_loss;
mod bce_with_logits_loss;
mod bilinear;
mod channel_dropout;
mod compare;
mod concat;
mod contrastive_loss;
mod conv2d;
mod cosine_embedding_loss;
mod cosine_similarity;
mod cross_entropy;
mod detach;
mod dice_loss;
mod div;
mod drop_path;
mod dropout;
mod exp;
mod expand;
mod flatten;
mod gaussian_nll_loss;
mod gelu;
mod group_norm;
mod hinge_embedding_loss;
mod huber_loss;
mod info_nce_loss;
mod instance_norm;
mod kl_div;
mod l1_loss;
mod layer_norm;
mod ln;
mod local_response_norm;
mod log_softmax;
mod margin_ranking_loss;
mod matmul;
mod max;
mod max_pool2d;
mod maximum;
mod mean;
mod mse_loss;
mod mul;
mod multi_margin_loss;
mod multilabel_soft_margin_loss;
mod neg;
mod nll_loss;
mod normalize;
mod pairwise_distance;
mod permute;
mod poisson_nll_loss;
mod relu;
mod reshape;
mod rms_norm;
mod select;
mod sigmoid;
mod sigmoid_focal_loss;
mod slice;
mod smooth_l1_loss;
mod soft_margin_loss;
mod softmax;
mod softplus;
mod sqrt;
mod sub;
mod sum;
mod tanh;
mod to_f32;
mod triplet_margin_loss;

mod compositions;
mod golden;
mod optimise;
mod repeat;

/// The check of each method.
const CHECKS: &[(&str, fn())] = &[
    ("abs", abs::gradient),
    ("add", add::gradient),
    ("alpha_dropout", alpha_dropout::gradient),
    ("argmax", argmax::places),
    ("argmin", argmax::places),
    ("avg_pool2d", avg_pool2d::gradient),
    ("batch_mean", batch_norm::gradient_of_statistics),
    ("batch_norm", batch_norm::gradient_of_evaluation),
    ("batch_var", batch_norm::gradient_of_training),
    ("bce_loss", bce_loss::gradient),
    ("bce_with_logits_loss", bce_with_logits_loss::gradient),
    ("bilinear", bilinear::gradient),
    ("concat", concat::gradient),
    ("contrastive_loss", contrastive_loss::gradient),
    ("conv2d", conv2d::gradient),
    ("cosine_embedding_loss", cosine_embedding_loss::gradient),
    ("cosine_similarity", cosine_similarity::gradient),
    ("cross_entropy", cross_entropy::gradient),
    ("detach", detach::stops_the_gradient),
    ("dice_loss", dice_loss::gradient),
    ("div", div::gradient),
    ("drop_path", drop_path::gradient),
    ("dropout", dropout::gradient),
    ("dropout1d", channel_dropout::gradient),
    ("dropout2d", channel_dropout::gradient),
    ("dropout3d", channel_dropout::gradient),
    ("eq", compare::equality),
    ("exp", exp::gradient),
    ("expand", expand::gradient),
    ("feature_alpha_dropout", alpha_dropout::gradient_of_features),
    ("flatten", flatten::gradient),
    ("gaussian_nll_loss", gaussian_nll_loss::gradient),
    ("ge", compare::orders),
    ("gelu", gelu::gradient),
    ("group_norm", group_norm::gradient),
    ("gt", compare::orders),
    ("hinge_embedding_loss", hinge_embedding_loss::gradient),
    ("huber_loss", huber_loss::gradient),
    ("info_nce_loss", info_nce_loss::gradient),
    ("instance_norm", instance_norm::gradient),
    ("kl_div", kl_div::gradient),
    ("l1_loss", l1_loss::gradient),
    ("layer_norm", layer_norm::gradient),
    ("le", compare::orders),
    ("ln", ln::gradient),
    ("local_response_norm", local_response_norm::gradient),
    ("log_softmax", log_softmax::gradient),
    ("lt", compare::orders),
    ("margin_ranking_loss", margin_ranking_loss::gradient),
    ("matmul", matmul::gradient),
    ("max", max::gradient),
    ("max_pool2d", max_pool2d::gradient),
    ("maximum", maximum::gradient_of_maximum),
    ("mean", mean::gradient),
    ("minimum", maximum::gradient_of_minimum),
    ("mse_loss", mse_loss::gradient),
    ("mul", mul::gradient),
    ("multi_margin_loss", multi_margin_loss::gradient),
    ("multilabel_soft_margin_loss", multilabel_soft_margin_loss::gradient),
    ("ne", compare::equality),
    ("neg", neg::gradient),
    ("nll_loss", nll_loss::gradient),
    ("normalize", normalize::gradient),
    ("pairwise_distance", pairwise_distance::gradient),
    ("permute", permute::gradient_of_permute),
    ("poisson_nll_loss", poisson_nll_loss::gradient),
    ("relu", relu::gradient),
    ("reshape", reshape::gradient),
    ("rms_norm", rms_norm::gradient),
    ("select", select::gradient),
    ("sigmoid", sigmoid::gradient),
    ("sigmoid_focal_loss", sigmoid_focal_loss::gradient),
    ("slice", slice::gradient),
    ("smooth_l1_loss", smooth_l1_loss::gradient),
    ("soft_margin_loss", soft_margin_loss::gradient),
    ("softmax", softmax::gradient),
    ("softmin", softmax::gradient_of_softmin),
    ("softplus", softplus::gradient),
    ("sqrt", sqrt::gradient),
    ("sub", sub::gradient),
    ("sum", sum::gradient),
    ("t", permute::gradient_of_t),
    ("tanh", tanh::gradient),
    ("to_f32", to_f32::whole_numbers),
    ("transpose", permute::gradient_of_transpose),
    ("triplet_margin_loss", triplet_margin_loss::gradient),
    ("triplet_margin_with_distance_loss", triplet_margin_loss::gradient_with_distance),
];

#[test]
fn every_method_has_a_check_that_calls_it() {
    let mut names: Vec<&str> = macrograd_compiler::ops::method_names().collect();
    names.sort_unstable();
    let checked: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, checked, "the table above lists each method once, by name");
    for (name, check) in CHECKS {
        assert!(support::methods_called_by(*check).contains(*name), "the check of `{name}` never calls it");
    }
}
