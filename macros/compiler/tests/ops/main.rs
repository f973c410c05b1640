//! Operations: gradients against finite differences, values against PyTorch, and the texts of errors.

mod support;

mod abs;
mod adaptive_pool;
mod add;
mod argmax;
mod avg_pool2d;
mod batch_norm;
mod compare;
mod concat;
mod conv;
mod conv2d;
mod conv_transpose;
mod cross_entropy;
mod detach;
mod div;
mod dropout;
mod exp;
mod expand;
mod flatten;
mod gelu;
mod interpolate;
mod ln;
mod log_softmax;
mod matmul;
mod max;
mod max_pool2d;
mod maximum;
mod mean;
mod mul;
mod neg;
mod nll_loss;
mod pad;
mod permute;
mod pixel_shuffle;
mod relu;
mod reshape;
mod select;
mod sigmoid;
mod slice;
mod softplus;
mod sqrt;
mod sub;
mod sum;
mod tanh;
mod to_f32;
mod unfold;

mod compositions;
mod golden;
mod optimise;
mod repeat;

/// The check of each method.
const CHECKS: &[(&str, fn())] = &[
    ("abs", abs::gradient),
    ("adaptive_avg_pool1d", adaptive_pool::gradient_of_averages),
    ("adaptive_avg_pool2d", adaptive_pool::gradient_of_averages),
    ("adaptive_avg_pool3d", adaptive_pool::gradient_of_averages),
    ("adaptive_max_pool1d", adaptive_pool::gradient_of_maxima),
    ("adaptive_max_pool2d", adaptive_pool::gradient_of_maxima),
    ("adaptive_max_pool3d", adaptive_pool::gradient_of_maxima),
    ("add", add::gradient),
    ("argmax", argmax::places),
    ("argmin", argmax::places),
    ("avg_pool1d", avg_pool2d::gradient_of_avg_pool1d),
    ("avg_pool2d", avg_pool2d::gradient),
    ("avg_pool3d", avg_pool2d::gradient_of_avg_pool3d),
    ("batch_mean", batch_norm::gradient_of_statistics),
    ("batch_norm", batch_norm::gradient_of_evaluation),
    ("batch_var", batch_norm::gradient_of_training),
    ("channel_shuffle", pixel_shuffle::gradient_of_channel_shuffle),
    ("concat", concat::gradient),
    ("conv1d", conv::gradient_of_conv1d),
    ("conv2d", conv2d::gradient),
    ("conv3d", conv::gradient_of_conv3d),
    ("conv_transpose1d", conv_transpose::gradient_of_conv_transpose1d),
    ("conv_transpose2d", conv_transpose::gradient_of_conv_transpose2d),
    ("conv_transpose3d", conv_transpose::gradient_of_conv_transpose3d),
    ("cross_entropy", cross_entropy::gradient),
    ("detach", detach::stops_the_gradient),
    ("div", div::gradient),
    ("dropout", dropout::gradient),
    ("eq", compare::equality),
    ("exp", exp::gradient),
    ("expand", expand::gradient),
    ("flatten", flatten::gradient),
    ("fold", unfold::gradient_of_fold),
    ("ge", compare::orders),
    ("gelu", gelu::gradient),
    ("gt", compare::orders),
    ("interpolate", interpolate::gradient),
    ("le", compare::orders),
    ("ln", ln::gradient),
    ("log_softmax", log_softmax::gradient),
    ("lt", compare::orders),
    ("matmul", matmul::gradient),
    ("max", max::gradient),
    ("max_pool1d", max_pool2d::gradient_of_max_pool1d),
    ("max_pool2d", max_pool2d::gradient),
    ("max_pool3d", max_pool2d::gradient_of_max_pool3d),
    ("maximum", maximum::gradient_of_maximum),
    ("mean", mean::gradient),
    ("minimum", maximum::gradient_of_minimum),
    ("mul", mul::gradient),
    ("ne", compare::equality),
    ("neg", neg::gradient),
    ("nll_loss", nll_loss::gradient),
    ("pad", pad::gradient),
    ("permute", permute::gradient_of_permute),
    ("pixel_shuffle", pixel_shuffle::gradient_of_pixel_shuffle),
    ("pixel_unshuffle", pixel_shuffle::gradient_of_pixel_unshuffle),
    ("relu", relu::gradient),
    ("reshape", reshape::gradient),
    ("select", select::gradient),
    ("sigmoid", sigmoid::gradient),
    ("slice", slice::gradient),
    ("softplus", softplus::gradient),
    ("sqrt", sqrt::gradient),
    ("sub", sub::gradient),
    ("sum", sum::gradient),
    ("t", permute::gradient_of_t),
    ("tanh", tanh::gradient),
    ("to_f32", to_f32::whole_numbers),
    ("transpose", permute::gradient_of_transpose),
    ("unfold", unfold::gradient_of_unfold),
    ("windows", unfold::gradient_of_windows),
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
