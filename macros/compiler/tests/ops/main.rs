//! Operations: gradients against finite differences, values against PyTorch, and the texts of errors.

mod support;

mod abs;
mod add;
mod argmax;
mod avg_pool2d;
mod batch_norm;
mod compare;
mod concat;
mod conv2d;
mod cross_entropy;
mod detach;
mod div;
mod dropout;
mod exp;
mod expand;
mod flatten;
mod gelu;
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
mod permute;
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

mod compositions;
mod golden;
mod optimise;
mod repeat;

/// The check of each method.
const CHECKS: &[(&str, fn())] = &[
    ("abs", abs::gradient),
    ("add", add::gradient),
    ("argmax", argmax::places),
    ("argmin", argmax::places),
    ("avg_pool2d", avg_pool2d::gradient),
    ("batch_mean", batch_norm::gradient_of_statistics),
    ("batch_norm", batch_norm::gradient_of_evaluation),
    ("batch_var", batch_norm::gradient_of_training),
    ("concat", concat::gradient),
    ("conv2d", conv2d::gradient),
    ("cross_entropy", cross_entropy::gradient),
    ("detach", detach::stops_the_gradient),
    ("div", div::gradient),
    ("dropout", dropout::gradient),
    ("eq", compare::equality),
    ("exp", exp::gradient),
    ("expand", expand::gradient),
    ("flatten", flatten::gradient),
    ("ge", compare::orders),
    ("gelu", gelu::gradient),
    ("gt", compare::orders),
    ("le", compare::orders),
    ("ln", ln::gradient),
    ("log_softmax", log_softmax::gradient),
    ("lt", compare::orders),
    ("matmul", matmul::gradient),
    ("max", max::gradient),
    ("max_pool2d", max_pool2d::gradient),
    ("maximum", maximum::gradient_of_maximum),
    ("mean", mean::gradient),
    ("minimum", maximum::gradient_of_minimum),
    ("mul", mul::gradient),
    ("ne", compare::equality),
    ("neg", neg::gradient),
    ("nll_loss", nll_loss::gradient),
    ("permute", permute::gradient_of_permute),
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
