//! Lints: what they find, what they let pass, and where they are allowed.

use crate::linker::diagnose;
use macrograd_compiler::lints::Lint;

/// The warnings of a source: names of lints and lines.
fn warnings(source: &str) -> Vec<(String, usize)> {
    let diagnostics = diagnose(source);
    let errors: Vec<String> = diagnostics.iter().map(|error| error.text()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{source}");
    let found = diagnostics.warnings();
    found.map(|(lint, warning)| (lint.to_string(), warning.place.start.start().line)).collect()
}

/// A source warns of exactly this, in this order: `name:line`.
#[track_caller]
fn check(source: &str, expected: &[&str]) {
    let found: Vec<String> =
        warnings(source).into_iter().map(|(lint, line)| format!("{lint}:{line}")).collect();
    assert_eq!(found, expected, "{source}");
}

/// A model with a few layers, whose losses have these bodies: the first in line 3, the others in the lines after it.
fn with_losses(bodies: &[&str]) -> String {
    let mut source = "#[model] struct Net { fc: nn::Linear<4, 3>, one: nn::Linear<4, 1>, probs: nn::Softmax, gate: nn::Sigmoid }\n\
         #[model] impl Net {\n"
        .to_string();
    for (index, body) in bodies.iter().enumerate() {
        source.push_str(&format!(
            "fn loss{index}<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<u8, N>, target: Tensor<N, 3>) -> Tensor {{ \
             let value = {body}; value + self.fc(x).sum() + self.one(x).sum() }}\n"
        ));
    }
    source + "}"
}

/// Each of the bodies warns of this lint, or of none.
#[track_caller]
fn check_each(bodies: &[&str], lint: Option<Lint>) {
    let mut found = warnings(&with_losses(bodies));
    found.sort_by_key(|(_, line)| *line);
    let found: Vec<(&str, &str)> =
        found.iter().map(|(lint, line)| (lint.as_str(), bodies[line - 3])).collect();
    let expected: Vec<(&str, &str)> =
        lint.iter().flat_map(|lint| bodies.iter().map(|body| (lint.name(), *body))).collect();
    assert_eq!(found, expected);
}

/// The whole text of the only warning of a body.
fn text_of(body: &str) -> String {
    let diagnostics = diagnose(&with_losses(&[body]));
    let texts: Vec<String> = diagnostics.warnings().map(|(_, warning)| warning.text()).collect();
    assert_eq!(texts.len(), 1, "{texts:?}\n{body}");
    texts[0].clone()
}

#[test]
fn logarithms_of_probabilities() {
    check_each(
        &[
            "self.fc(x).softmax().ln().sum()",
            "ln(softmax(self.fc(x))).sum()",
            "self.probs(self.fc(x)).log2().sum()",
            "self.fc(x).softmin().log10().sum()",
            "self.fc(x).softmax().t().slice(0..2).reshape([2 * N]).ln().sum()",
            "self.fc(x).softmax().gather(1, label.unsqueeze(1)).ln().sum()",
            "self.fc(x).softmax().detach().ln().sum()",
        ],
        Some(Lint::LogOfSoftmax),
    );
    check_each(
        &[
            "self.fc(x).sigmoid().ln().sum()",
            "(1.0 - self.gate(self.fc(x))).ln().sum()",
            "self.fc(x).activate(\"sigmoid\").ln().sum()",
        ],
        Some(Lint::LogOfSigmoid),
    );
    check_each(
        &[
            "self.fc(x).log_softmax().sum()",
            "self.fc(x).log_sigmoid().sum()",
            "self.fc(x).exp().ln().sum()",
            "(self.fc(x).softmax() + 1e-6).ln().sum()",
            "self.fc(x).softmax().mean(0).ln().sum()",
            "self.fc(x).softmax().clamp(min = 1e-6).ln().sum()",
            "(1.0 - self.fc(x).softmax()).ln().sum()",
            "self.fc(x).softmax().sum().sqrt()",
        ],
        None,
    );
}

#[test]
fn losses_of_something_else() {
    check_each(
        &[
            "self.fc(x).softmax().cross_entropy(label)",
            "self.fc(x).sigmoid().cross_entropy(label)",
            "self.probs(self.fc(x)).cross_entropy(target)",
        ],
        Some(Lint::CrossEntropyOfProbabilities),
    );
    check_each(
        &[
            "self.fc(x).sigmoid().bce_with_logits_loss(target)",
            "self.fc(x).sigmoid().sigmoid_focal_loss(target).sum()",
            "self.fc(x).sigmoid().multilabel_soft_margin_loss(target)",
        ],
        Some(Lint::BceWithLogitsOfProbabilities),
    );
    check_each(&["self.fc(x).softmax().nll_loss(label)"], Some(Lint::NllLossOfProbabilities));
    check_each(&["self.fc(x).softmax().kl_div(target)"], Some(Lint::KlDivOfProbabilities));
    check_each(
        &["self.fc(x).nll_loss(label)", "x.matmul(self.fc.weight.t()).nll_loss(label)"],
        Some(Lint::NllLossOfScores),
    );
    check_each(&["self.fc(x).bce_loss(target)"], Some(Lint::BceLossOfScores));
    check_each(
        &[
            "self.fc(x).cross_entropy(label)",
            "self.fc(x).log_softmax().cross_entropy(label)",
            "self.fc(x).cross_entropy(target.softmax())",
            "self.fc(x).log_softmax(1).nll_loss(label)",
            "self.fc(x).softmax().ln_1p().nll_loss(label)",
            "x.slice(.., 0..3).nll_loss(label)",
            "self.fc(x).bce_with_logits_loss(target)",
            "self.fc(x).sigmoid().bce_loss(target)",
            "self.fc(x).softmax().bce_loss(target)",
            "(self.fc(x).sigmoid() * 10.0).bce_with_logits_loss(target)",
            "self.fc(x).log_softmax().kl_div(target)",
            "self.fc(x).log_softmax().kl_div(target.softmax())",
            // A mixture of probabilities is a product, too.
            "self.fc(x).softmax().matmul(ones([3, 3]) / 3.0).bce_loss(target)",
            "(self.fc(x).exp() * 0.1).bce_loss(target)",
        ],
        None,
    );
}

#[test]
fn softmax_that_says_nothing() {
    check_each(
        &[
            "self.fc(x).softmax().softmax().sum()",
            "self.fc(x).softmax(1).log_softmax(1).sum()",
            "self.probs(self.probs(self.fc(x))).sum()",
        ],
        Some(Lint::SoftmaxOfProbabilities),
    );
    check_each(
        &["self.one(x).softmax().sum()", "self.one(x).cross_entropy(label)"],
        Some(Lint::SoftmaxOfOneClass),
    );
    check_each(
        &[
            "self.fc(x).softmax(0).softmax(1).sum()",
            "self.fc(x).softmax().t().softmax().sum()",
            "(self.fc(x).softmax() / 0.1).softmax().sum()",
            "self.one(x).softmax(0).sum()",
            "self.one(x).sigmoid().sum()",
        ],
        None,
    );
}

#[test]
fn roots_of_what_can_be_zero() {
    check_each(
        &[
            "self.fc(x).square().sum().sqrt()",
            "sqrt(self.fc(x).square().sum(1)).sum()",
            "(self.fc(x) * self.fc(x)).sum().sqrt()",
            "(self.fc(x) - target).square().mean().sqrt()",
            "((self.fc(x) - target) * (self.fc(x) - target)).mean().sqrt()",
            "self.fc(x).powi(2).max(1).sqrt().sum()",
            "self.fc(x).abs().sqrt().sum()",
            "self.fc(x).abs().powf(0.25).sum()",
            "self.fc(x).abs().pow(0.25).sum()",
            "self.fc(x).relu().sqrt().sum()",
            "self.fc(x).clamp(min = 0.0).sqrt().sum()",
            "self.fc(x).clamp(0.0, 1.0).sqrt().sum()",
            "self.fc(x).maximum(0.0).sqrt().sum()",
            "self.fc(x).var(0).sqrt().sum()",
            "self.fc(x).var(1, correction = 0).sqrt().sum()",
            "(self.fc(x).square() + self.one(x).square()).sqrt().sum()",
            "(self.fc(x).square() * 0.5).sqrt().sum()",
            "(self.fc(x).square() * self.one(x).exp()).sqrt().sum()",
            "self.fc(x).square().rsqrt().sum()",
            // The gradient of what is not chosen is 0, but 0 times infinity is NaN.
            "select(self.fc(x) > 0.0, self.fc(x).square().sqrt(), 1.0).sum()",
            "concat([self.fc(x).square(), self.fc(x).exp()], 1).sqrt().sum()",
        ],
        Some(Lint::SqrtAtZero),
    );
}

#[test]
fn roots_of_what_cannot_be_zero_or_is_not_known() {
    check_each(
        &[
            "self.fc(x).sqrt().sum()",
            "self.fc(x).norm()",
            "self.fc(x).std(0).sum()",
            "(self.fc(x).square().sum() + 1e-12).sqrt()",
            "(1e-12 + self.fc(x).abs()).sqrt().sum()",
            "(self.fc(x).var(0) + 1e-5).rsqrt().sum()",
            "self.fc(x).square().clamp(min = 1e-12).sqrt().sum()",
            "self.fc(x).clamp(0.1, 1.0).sqrt().sum()",
            "self.fc(x).square().maximum(1e-12).sqrt().sum()",
            "self.fc(x).exp().sqrt().sum()",
            "self.fc(x).exp().square().sum().sqrt()",
            "self.fc(x).sigmoid().sqrt().sum()",
            "self.fc(x).softplus().sqrt().sum()",
            "self.fc(x).softmax().sqrt().sum()",
            "(self.fc(x).exp() + self.fc(x).square()).sqrt().sum()",
            "(self.fc(x).exp() * self.one(x).exp()).sqrt().sum()",
            "(self.fc(x).exp() / self.one(x).exp()).mean().sqrt()",
            // The 0 is replaced before the root.
            "select(self.fc(x).square() > 0.0, self.fc(x).square(), 1.0).sqrt().sum()",
            "self.fc(x).square().masked_fill(self.fc(x) == 0.0, 1.0).sqrt().sum()",
            // No gradient reaches it.
            "self.fc(x).detach().square().sum().sqrt()",
            "self.fc(x).square().sum().sqrt().detach()",
            "(self.fc(x).square().sum().sqrt() > 1.0) as f32",
            "select(self.fc(x).square().sqrt() > 0.0, 1.0, 2.0).sum()",
            "self.fc(x).square().sqrt().floor().sum()",
            "(arange(5) as f32).square().sum().sqrt()",
            // Their gradients at 0 are 0, and infinite ones of other functions are no roots.
            "self.fc(x).square().powf(1.5).sum()",
            "self.fc(x).abs().powi(3).sum()",
        ],
        None,
    );
}

#[test]
fn a_model_without_parameters_has_no_gradients() {
    check(
        "#[model] struct Metric {}\n\
         #[model] impl Metric { fn rmse<N: Dim>(&self, x: Tensor<N>) -> Tensor { x.square().mean().sqrt() } }",
        &[],
    );
}

#[test]
fn messages_name_lines_and_edits() {
    let text = text_of("{ let p = self.fc(x).softmax();\nlet q = p;\nq.ln().sum() }");
    assert_eq!(
        text,
        "`ln` of `softmax` is -∞, and its gradient NaN, where the probability is too small for `f32`\n\
         note: `softmax` in line 3 makes the probabilities\n\
         help: write `log_softmax(1)` in the place of `softmax`, and leave `ln` out"
    );
    let text = text_of("self.fc(x).nll_loss(label)");
    assert!(text.contains("note: `fc` in line 3 makes the scores"), "{text}");
    for (body, edit) in [
        ("self.fc(x).square().sum().sqrt()", "or write `norm`, whose"),
        ("self.fc(x).square().sqrt().sum()", "or write `abs`, whose"),
        ("self.fc(x).var(0).sqrt().sum()", "or write `std`, whose"),
        ("self.fc(x).square().mean().sqrt()", "`(… + 1e-12).sqrt()`"),
        ("self.fc(x).relu().powf(0.5).sum()", "`(… + 1e-12).powf(…)`"),
    ] {
        let text = text_of(body);
        assert!(text.contains(edit), "{body}: {text}");
        assert_eq!(text.contains("whose"), edit.contains("whose"), "{body}: {text}");
    }
}

#[test]
fn functions_layers_and_blocks_are_seen_through() {
    check(
        "#[function] fn probabilities(scores: Tensor<_, 3>) -> Tensor<_, 3> { scores.softmax() }\n\
         #[model(part)] struct Head { fc: nn::Linear<4, 3>, probs: nn::Softmax }\n\
         #[model] impl Head { fn forward(&self, x: Tensor<_, 4>) -> Tensor<_, 3> { self.probs(self.fc(x)) } }\n\
         #[model] struct Net { head: Head, fc: nn::Linear<4, 3> }\n\
         #[model] impl Net {\n\
           fn a<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<u8, N>) -> Tensor {\n\
             let (scores, _) = (self.head(x), x);\n\
             scores.cross_entropy(label)\n\
           }\n\
           fn b<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor { probabilities(self.fc(x)).ln().sum() }\n\
           fn both<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<u8, N>) -> Tensor { self.a(x, label) + self.b(x) }\n\
         }",
        &["cross_entropy_of_probabilities:8", "log_of_softmax:10"],
    );
    check(
        "#[model] struct Net { fc: nn::Linear<4, 4>, layers: [nn::Linear<4, 4>; 3] }\n\
         #[model] impl Net { fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 4>) -> Tensor {\n\
           let mut h = zeros([N, 4]);\n\
           let mut squares = zeros([N, 4]);\n\
           let mut exps = zeros([N, 4]);\n\
           let mut ys = Vec::new();\n\
           for t in 0..T {\n\
             h = checkpoint(self.fc(x.at(1, t) + h));\n\
             squares += h * h;\n\
             exps += h.exp();\n\
             ys.push(h.softmax());\n\
           }\n\
           for layer in &self.layers { h = layer(h).square().sqrt(); }\n\
           for row in ys.stack(1) { h = h + row.ln().sum(); }\n\
           let root = checkpoint(squares.sum()).sqrt();\n\
           let known = if h.sum() > 0.0 { h.abs() } else { h.square() };\n\
           root + (exps + 1e-3).sqrt().sum() + known.sqrt().sum() + ys.concat(1).ln().sum()\n\
         } }",
        &["log_of_softmax:14", "log_of_softmax:17", "sqrt_at_zero:13", "sqrt_at_zero:15", "sqrt_at_zero:17"],
    );
}

#[test]
fn what_a_layer_of_the_library_does_is_its_own_business() {
    check(
        "#[model(part)] struct Loss {}\n\
         #[model] impl Loss {\n\
           #[track_caller] fn forward<N: Dim>(&self, x: Tensor<N, 3>, label: Tensor<u8, N>) -> Tensor {\n\
             x.softmax().ln().nll_loss(label) + x.square().sum().sqrt()\n\
           }\n\
           #[track_caller] fn of_scores<N: Dim>(&self, x: Tensor<N, 3>, label: Tensor<u8, N>) -> Tensor { x.cross_entropy(label) }\n\
         }\n\
         #[model] struct Net { fc: nn::Linear<4, 3>, criterion: Loss }\n\
         #[model] impl Net { fn loss<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<u8, N>) -> Tensor {\n\
           let x = self.fc(x);\n\
           self.criterion(x, label)\n\
           + self.criterion.of_scores(x.softmax(), label)\n\
         } }",
        // What is given to it is the user's.
        &["cross_entropy_of_probabilities:12"],
    );
}

#[test]
fn gradients_in_the_program_repeat_nothing() {
    check(
        "#[model] struct Net { fc: nn::Linear<4, 3> }\n\
         #[model] impl Net {\n\
           fn energy<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {\n\
             self.fc(x).softmax().ln().sum()\n\
           }\n\
           fn loss<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor { grad(self.energy, x).square().sum() }\n\
         }",
        &["log_of_softmax:4"],
    );
}

#[test]
fn sizes_of_generic_layers_are_not_looked_at() {
    let generic = "#[model(part)] struct Head<const C: usize> { fc: nn::Linear<4, C> }\n\
         #[model] impl<const C: usize> Head<C> { fn forward(&self, x: Tensor<_, 4>) -> Tensor<_, C> { self.fc(x).softmax() } }\n\
         #[model] struct Net { head: Head<1> }\n\
         #[model] impl Net { fn loss<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor { self.head(x).sum() } }";
    check(generic, &[]);
}

/// A layer and a model with a mistake each, with attributes on structs, impls and functions.
fn allowing(of_struct: &str, of_impl: &str, of_function: &str, of_layer: &str) -> String {
    format!(
        "#[model(part{of_layer})] struct Layer {{ fc: nn::Linear<4, 3> }}\n\
         #[model] impl Layer {{ fn forward(&self, x: Tensor<_, 4>) -> Tensor<_, 3> {{ self.fc(x).softmax().ln() }} }}\n\
         #[model{of_struct}] struct Net {{ layer: Layer }}\n\
         #[model{of_impl}] impl Net {{ {of_function} fn loss<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {{\n\
         self.layer(x).square().sum().sqrt() }} }}"
    )
}

#[test]
fn lints_are_allowed_by_name() {
    let both = ["log_of_softmax:2", "sqrt_at_zero:5"];
    check(&allowing("", "", "", ""), &both);
    check(&allowing("(allow(sqrt_at_zero))", "", "", ""), &both[..1]);
    check(&allowing("", "(allow(sqrt_at_zero))", "", ""), &both[..1]);
    check(&allowing("", "", "#[model(allow(sqrt_at_zero))]", ""), &both[..1]);
    // Whoever calls may allow as well.
    check(&allowing("(allow(log_of_softmax))", "", "", ""), &both[1..]);
    check(&allowing("", "", "", ", allow(log_of_softmax)"), &both[1..]);
    check(&allowing("", "", "#[model(allow(log_of_softmax, sqrt_at_zero,))]", ""), &[]);
    check(&allowing("(allow(sqrt_at_zero))", "(allow(log_of_softmax))", "", ""), &[]);
    check(&allowing("(allow(log_of_sigmoid))", "", "", ""), &both);
}

#[test]
fn lints_are_allowed_in_free_functions() {
    let source = |allow: &str| {
        format!(
            "#[function] {allow} fn log_probs(x: Tensor<_, 3>) -> Tensor<_, 3> {{ x.softmax().ln() }}\n\
             #[model] struct Net {{ fc: nn::Linear<4, 3> }}\n\
             #[model] impl Net {{ fn loss<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {{ log_probs(self.fc(x)).sum() }} }}"
        )
    };
    check(&source(""), &["log_of_softmax:1"]);
    check(&source("#[model(allow(log_of_softmax))]"), &[]);
}

#[test]
fn errors_stand_alone() {
    let diagnostics = diagnose(&with_losses(&["self.fc(x).softmax().ln().sum() + unknown"]));
    assert!(!diagnostics.is_empty());
    let text = diagnostics.to_tokens().to_string();
    assert!(text.contains("compile_error") && !text.contains("log_of_softmax"), "{text}");
}
