//! Warnings: what compiles, but is surely a mistake.
//!
//! A lint looks at the calls of operations that lowering has noted and follows their operands back through the graph,
//! so that it sees through variables, functions, layers, loops and checkpoints. It is allowed by its name where the
//! call stands: `#[model(allow(log_of_softmax))]` on a function, on a model, or on a model that calls it.

mod gradient;
mod logarithm;
mod loss;
mod sign;
mod softmax;
mod sqrt;
mod trace;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::lower::Lowered;
use proc_macro2::Span;
use trace::Trace;

/// A lint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the page of the language says what each of them finds")]
pub enum Lint {
    LogOfSoftmax,
    LogOfSigmoid,
    SqrtAtZero,
    CrossEntropyOfProbabilities,
    BceWithLogitsOfProbabilities,
    NllLossOfProbabilities,
    NllLossOfScores,
    BceLossOfScores,
    KlDivOfProbabilities,
    SoftmaxOfProbabilities,
    SoftmaxOfOneClass,
    GradientOfZero,
}

const LINTS: &[(Lint, &str)] = &[
    (Lint::LogOfSoftmax, "log_of_softmax"),
    (Lint::LogOfSigmoid, "log_of_sigmoid"),
    (Lint::SqrtAtZero, "sqrt_at_zero"),
    (Lint::CrossEntropyOfProbabilities, "cross_entropy_of_probabilities"),
    (Lint::BceWithLogitsOfProbabilities, "bce_with_logits_of_probabilities"),
    (Lint::NllLossOfProbabilities, "nll_loss_of_probabilities"),
    (Lint::NllLossOfScores, "nll_loss_of_scores"),
    (Lint::BceLossOfScores, "bce_loss_of_scores"),
    (Lint::KlDivOfProbabilities, "kl_div_of_probabilities"),
    (Lint::SoftmaxOfProbabilities, "softmax_of_probabilities"),
    (Lint::SoftmaxOfOneClass, "softmax_of_one_class"),
    (Lint::GradientOfZero, "gradient_of_zero"),
];

impl Lint {
    /// The lint of this name.
    pub fn from_name(name: &str) -> Option<Lint> {
        LINTS.iter().find(|(_, known)| *known == name).map(|(lint, _)| *lint)
    }

    /// The name by which it is allowed.
    pub fn name(self) -> &'static str {
        LINTS.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        LINTS.iter().map(|(_, name)| *name)
    }
}

/// Some of the lints: those that are allowed somewhere.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct LintSet(u32);

impl LintSet {
    /// Adds a lint.
    pub fn insert(&mut self, lint: Lint) {
        self.0 |= 1 << lint as u32;
    }

    /// Their names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        LINTS.iter().filter(move |(lint, _)| self.contains(*lint)).map(|(_, name)| *name)
    }

    /// Those of either set.
    pub fn union(self, other: LintSet) -> LintSet {
        LintSet(self.0 | other.0)
    }

    /// Whether a lint is among them.
    pub fn contains(self, lint: Lint) -> bool {
        self.0 & (1 << lint as u32) != 0
    }
}

/// Operations that some lint looks at.
const WATCHED: &[&str] = &[
    "ln",
    "log2",
    "log10",
    "softmax",
    "softmin",
    "log_softmax",
    "cross_entropy",
    "nll_loss",
    "kl_div",
    "bce_loss",
    "bce_with_logits_loss",
    "multilabel_soft_margin_loss",
    "sigmoid_focal_loss",
    "sqrt",
    "rsqrt",
    "pow",
    "powf",
];

/// Whether some lint looks at the calls of an operation: no others are noted.
pub fn is_watched(method: &str) -> bool {
    WATCHED.contains(&method)
}

/// What a lint has found at a call.
type Found = Option<(Lint, Diagnostic)>;

/// Warns of what the lints find in a function. Those that are allowed for the model as a whole are left out, and
/// gradients are looked at if the function is differentiated.
pub fn check(lowered: &Lowered, allowed: LintSet, is_differentiated: bool, diagnostics: &mut Diagnostics) {
    if lowered.calls.is_empty() {
        return;
    }
    let trace = Trace::new(&lowered.graph);
    let found = lowered.calls.iter().flat_map(|call| {
        let found = [
            logarithm::check(call, &trace),
            loss::check(call, &trace),
            softmax::check(call, &trace),
            gradient::check(call, &trace),
        ];
        found.into_iter().flatten().map(move |(lint, diagnostic)| (call, lint, diagnostic))
    });
    let of_roots = if is_differentiated { sqrt::check(&lowered.calls, &trace) } else { Vec::new() };
    for (call, lint, mut diagnostic) in found.chain(of_roots) {
        if call.allowed.union(allowed).contains(lint) {
            continue;
        }
        if call.in_library && !call.origin.scope.is_empty() {
            let note = format!("`{}` is called in the layer `{}`", call.method, call.origin.scope);
            diagnostic.notes.insert(0, note);
        }
        diagnostics.warn(lint.name(), diagnostic);
    }
}

/// Whether two places are the same token.
fn is_same_place(a: Span, b: Span) -> bool {
    let place = |span: Span| (span.start().line, span.start().column, span.file());
    place(a) == place(b)
}
