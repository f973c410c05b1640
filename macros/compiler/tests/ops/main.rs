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
mod ctc_loss;
mod detach;
mod div;
mod dropout;
mod einsum;
mod embedding;
mod embedding_bag;
mod exp;
mod expand;
mod flatten;
mod gather;
mod gelu;
mod index_add;
mod index_select;
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
mod scatter;
mod searchsorted;
mod select;
mod sigmoid;
mod slice;
mod softplus;
mod sort;
mod sqrt;
mod sub;
mod sum;
mod tanh;
mod to_f32;

mod compositions;
mod golden;
mod golden_indexing;
mod optimise;
mod repeat;

/// The check of each method.
const CHECKS: &[(&str, fn())] = &[
    ("abs", abs::gradient),
    ("add", add::gradient),
    ("argmax", argmax::places),
    ("argmin", argmax::places),
    ("argsort", sort::places),
    ("avg_pool2d", avg_pool2d::gradient),
    ("batch_mean", batch_norm::gradient_of_statistics),
    ("batch_norm", batch_norm::gradient_of_evaluation),
    ("batch_var", batch_norm::gradient_of_training),
    ("bucketize", searchsorted::buckets),
    ("concat", concat::gradient),
    ("conv2d", conv2d::gradient),
    ("cross_entropy", cross_entropy::gradient),
    ("ctc_loss", ctc_loss::gradient),
    ("detach", detach::stops_the_gradient),
    ("div", div::gradient),
    ("dropout", dropout::gradient),
    ("einsum", einsum::gradient),
    ("embedding", embedding::gradient),
    ("embedding_bag", embedding_bag::gradient),
    ("eq", compare::equality),
    ("exp", exp::gradient),
    ("expand", expand::gradient),
    ("flatten", flatten::gradient),
    ("gather", gather::gradient),
    ("ge", compare::orders),
    ("gelu", gelu::gradient),
    ("gt", compare::orders),
    ("index_add", index_add::gradient),
    ("index_select", index_select::gradient),
    ("kthvalue", sort::gradient_of_kthvalue),
    ("le", compare::orders),
    ("ln", ln::gradient),
    ("log_softmax", log_softmax::gradient),
    ("lt", compare::orders),
    ("matmul", matmul::gradient),
    ("max", max::gradient),
    ("max_pool2d", max_pool2d::gradient),
    ("maximum", maximum::gradient_of_maximum),
    ("mean", mean::gradient),
    ("median", sort::gradient_of_median),
    ("minimum", maximum::gradient_of_minimum),
    ("mul", mul::gradient),
    ("ne", compare::equality),
    ("neg", neg::gradient),
    ("nll_loss", nll_loss::gradient),
    ("permute", permute::gradient_of_permute),
    ("relu", relu::gradient),
    ("reshape", reshape::gradient),
    ("scatter", scatter::gradient),
    ("scatter_add", scatter::gradient_of_scatter_add),
    ("searchsorted", searchsorted::places),
    ("select", select::gradient),
    ("sigmoid", sigmoid::gradient),
    ("slice", slice::gradient),
    ("softplus", softplus::gradient),
    ("sort", sort::gradient),
    ("sqrt", sqrt::gradient),
    ("sub", sub::gradient),
    ("sum", sum::gradient),
    ("t", permute::gradient_of_t),
    ("take_along", gather::gradient_of_take_along),
    ("tanh", tanh::gradient),
    ("to_f32", to_f32::whole_numbers),
    ("topk", sort::gradient_of_topk),
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
