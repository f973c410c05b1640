//! Operations: gradients against finite differences, values against PyTorch, and the texts of errors.

mod support;

mod abs;
mod add;
mod all;
mod arange;
mod argmax;
mod avg_pool2d;
mod batch_norm;
mod compare;
mod concat;
mod conv2d;
mod count_nonzero;
mod cross_entropy;
mod cumprod;
mod cumsum;
mod detach;
mod diagonal;
mod div;
mod dropout;
mod exp;
mod expand;
mod eye;
mod flatten;
mod flip;
mod full;
mod gelu;
mod ln;
mod log_softmax;
mod logsumexp;
mod masked_fill;
mod matmul;
mod max;
mod max_pool2d;
mod maximum;
mod mean;
mod median;
mod meshgrid;
mod min;
mod movedim;
mod mul;
mod neg;
mod nll_loss;
mod norm;
mod one_hot;
mod outer;
mod permute;
mod prod;
mod relu;
mod reshape;
mod roll;
mod select;
mod sigmoid;
mod slice;
mod softplus;
mod split;
mod sqrt;
mod squeeze;
mod stack;
mod step_by;
mod sub;
mod sum;
mod tanh;
mod tile;
mod to_f32;
mod tril;
mod var;

mod compositions;
mod golden;
mod golden_shapes;
mod optimise;
mod repeat;

/// The check of each method.
const CHECKS: &[(&str, fn())] = &[
    ("abs", abs::gradient),
    ("add", add::gradient),
    ("all", all::conditions),
    ("any", all::conditions),
    ("arange", arange::spaced),
    ("argmax", argmax::places),
    ("argmin", argmax::places),
    ("at", slice::gradient_of_at),
    ("avg_pool2d", avg_pool2d::gradient),
    ("batch_mean", batch_norm::gradient_of_statistics),
    ("batch_norm", batch_norm::gradient_of_evaluation),
    ("batch_var", batch_norm::gradient_of_training),
    ("chunk", split::gradient_of_chunk),
    ("concat", concat::gradient),
    ("conv2d", conv2d::gradient),
    ("count_nonzero", count_nonzero::counts),
    ("cross_entropy", cross_entropy::gradient),
    ("cumprod", cumprod::gradient),
    ("cumsum", cumsum::gradient),
    ("detach", detach::stops_the_gradient),
    ("diag", diagonal::gradient_of_diag),
    ("diagonal", diagonal::gradient_of_diagonal),
    ("div", div::gradient),
    ("dot", outer::gradient_of_dot),
    ("dropout", dropout::gradient),
    ("eq", compare::equality),
    ("exp", exp::gradient),
    ("expand", expand::gradient),
    ("eye", eye::values),
    ("flatten", flatten::gradient),
    ("flip", flip::gradient),
    ("full", full::constants),
    ("full_like", full::like_another),
    ("ge", compare::orders),
    ("gelu", gelu::gradient),
    ("gt", compare::orders),
    ("le", compare::orders),
    ("linspace", arange::between),
    ("ln", ln::gradient),
    ("log_softmax", log_softmax::gradient),
    ("logsumexp", logsumexp::gradient),
    ("lt", compare::orders),
    ("masked_fill", masked_fill::gradient),
    ("matmul", matmul::gradient),
    ("max", max::gradient),
    ("max_pool2d", max_pool2d::gradient),
    ("maximum", maximum::gradient_of_maximum),
    ("mean", mean::gradient),
    ("median", median::gradient),
    ("meshgrid", meshgrid::gradient),
    ("min", min::gradient),
    ("minimum", maximum::gradient_of_minimum),
    ("moveaxis", movedim::gradient),
    ("movedim", movedim::gradient),
    ("mul", mul::gradient),
    ("ne", compare::equality),
    ("neg", neg::gradient),
    ("nll_loss", nll_loss::gradient),
    ("norm", norm::gradient),
    ("one_hot", one_hot::values),
    ("ones", full::constants),
    ("ones_like", full::like_another),
    ("outer", outer::gradient_of_outer),
    ("permute", permute::gradient_of_permute),
    ("prod", prod::gradient),
    ("relu", relu::gradient),
    ("repeat", tile::gradient_of_repeat),
    ("repeat_interleave", tile::gradient_of_repeat_interleave),
    ("reshape", reshape::gradient),
    ("roll", roll::gradient),
    ("select", select::gradient),
    ("sigmoid", sigmoid::gradient),
    ("slice", slice::gradient),
    ("softplus", softplus::gradient),
    ("split", split::gradient_of_split),
    ("sqrt", sqrt::gradient),
    ("squeeze", squeeze::gradient_of_squeeze),
    ("stack", stack::gradient),
    ("std", var::gradient_of_std),
    ("step_by", step_by::gradient),
    ("sub", sub::gradient),
    ("sum", sum::gradient),
    ("swapaxes", permute::gradient_of_swapaxes),
    ("t", permute::gradient_of_t),
    ("tanh", tanh::gradient),
    ("tile", tile::gradient_of_tile),
    ("to_f32", to_f32::whole_numbers),
    ("trace", diagonal::gradient_of_trace),
    ("transpose", permute::gradient_of_transpose),
    ("tril", tril::gradient_of_tril),
    ("triu", tril::gradient_of_triu),
    ("unbind", split::gradient_of_unbind),
    ("unsqueeze", squeeze::gradient_of_unsqueeze),
    ("var", var::gradient_of_var),
    ("zeros", full::constants),
    ("zeros_like", full::like_another),
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
