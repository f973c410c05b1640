//! Reductions and shape operations as PyTorch computes them: see `tests/golden/README.md` of the repository.

use crate::golden::{Golden, read_cases, run_cases};
use crate::split::weighted;
use crate::support::*;

/// Calls the operation of the case's name on its tensors, with its options as arguments by name.
fn run_case(op: &str, variant: &str, golden: &Golden) {
    golden.compare(&golden.present(&["x", "w"]), |b, x| {
        let mut args: Vec<_> = match op {
            "stack" | "meshgrid" => vec![(None, x.to_vec().to_argument())],
            "masked_fill" => {
                let mask = op!(b, gt(x[1], 0.0));
                vec![(None, x[0].to_argument()), (None, mask.to_argument())]
            }
            _ => x.iter().map(|value| (None, value.to_argument())).collect(),
        };
        args.extend(golden.options().into_iter().map(|(name, argument)| (Some(name), argument)));
        if op == "meshgrid" {
            args.push((Some("indexing"), variant.to_argument()));
        }
        if !matches!(op, "meshgrid" | "split" | "chunk" | "unbind") {
            return call(b, op, args).expect("a valid call");
        }
        let parts = call_many(b, op, args).expect("a valid call");
        weighted(b, parts)
    });
}

/// Operations of the tests below: each case of the file belongs to one of them.
const TESTED: &[&[&str]] = &[
    &["min", "prod", "logsumexp", "var", "std", "norm"],
    &["cumsum", "cumprod"],
    &[
        "squeeze",
        "unsqueeze",
        "flip",
        "roll",
        "repeat",
        "tile",
        "repeat_interleave",
        "movedim",
        "swapaxes",
        "at",
        "step_by",
    ],
    &["split", "chunk", "unbind", "stack", "meshgrid"],
    &["tril", "triu", "diagonal", "diag", "trace", "outer", "dot", "masked_fill"],
];

#[test]
fn every_case_belongs_to_a_test() {
    let cases = read_cases("shapes");
    assert_eq!(cases.len(), 162);
    for name in cases.keys() {
        let op = name.split_once('/').expect("keys are op/variant").0;
        assert!(TESTED.iter().any(|ops| ops.contains(&op)), "no test runs {name}");
    }
}

#[test]
fn reductions() {
    run_cases("shapes", TESTED[0], run_case);
}

#[test]
fn scans() {
    run_cases("shapes", TESTED[1], run_case);
}

#[test]
fn shapes() {
    run_cases("shapes", TESTED[2], run_case);
}

#[test]
fn parts() {
    run_cases("shapes", TESTED[3], run_case);
}

#[test]
fn matrices() {
    run_cases("shapes", TESTED[4], run_case);
}
