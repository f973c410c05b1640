//! Values and gradients of operations as PyTorch computes them: see `tests/golden/README.md` of the repository.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Size, Value};
use macrograd_compiler::ops::call::Argument;
use macrograd_compiler::reference::Array;
use safetensors::{Dtype, SafeTensors};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The interpreter and PyTorch both compute in f64, and the stored values are rounded to f32: half an ulp, 6e-8 of an
/// element, is the error to expect. The rest is for what f64 itself loses where values cancel.
const TOLERANCE: f64 = 1e-7;

/// Tensors of one case, by name.
#[derive(Default)]
pub(crate) struct Golden {
    tensors: BTreeMap<String, Array>,
    /// Options that are stored as truth values and as reals; the others are whole numbers.
    kinds: BTreeMap<String, Dtype>,
    /// Names that were asked for: a case that leaves some out does not test them.
    used: RefCell<BTreeSet<String>>,
}

impl Golden {
    pub(crate) fn find(&self, name: &str) -> Option<&Array> {
        self.used.borrow_mut().insert(name.to_string());
        self.tensors.get(name)
    }

    pub(crate) fn get(&self, name: &str) -> &Array {
        self.find(name).unwrap_or_else(|| panic!("the case has no `{name}`"))
    }

    /// A whole number or a list of them.
    fn whole(&self, option: &str) -> Argument {
        let array = self.get(&format!("option.{option}"));
        let size = |value: &f64| Argument::Size(Size::literal(*value as i64));
        if array.shape.is_empty() {
            size(&array.data[0])
        } else {
            Argument::List(array.data.iter().map(size).collect())
        }
    }

    fn truth(&self, option: &str) -> bool {
        self.get(&format!("option.{option}")).data[0] != 0.0
    }

    /// A real number, as it was written: 1e-5, not the nearest f32.
    fn real(&self, option: &str) -> f64 {
        let stored = self.get(&format!("option.{option}")).data[0] as f32;
        stored.to_string().parse().expect("a number prints as a number")
    }

    /// All options, as arguments by name.
    pub(crate) fn options(&self) -> Vec<(&str, Argument)> {
        let names = self.tensors.keys().filter_map(|name| name.strip_prefix("option."));
        names
            .map(|name| {
                let argument = match self.kinds[&format!("option.{name}")] {
                    Dtype::U8 => self.truth(name).to_argument(),
                    Dtype::F32 => self.real(name).to_argument(),
                    _ => self.whole(name),
                };
                (name, argument)
            })
            .collect()
    }

    /// A case of these tensors as arguments.
    fn case(&self, names: &[&str]) -> Case {
        let case = names.iter().fold(Case::new(), |case, name| {
            let array = self.get(name);
            let shape = array.shape.iter().map(|&size| Size::literal(size as i64)).collect();
            if *name == "label" { case.labels(shape, &array.data) } else { case.values(shape, &array.data) }
        });
        case.grad_output(self.get("grad_out").clone())
    }

    /// Runs an operation on these tensors and compares the output and the gradients that are stored.
    pub(crate) fn compare(&self, names: &[&str], build: impl Fn(&mut Builder, &[Value]) -> Value) {
        let checked = self.case(names).run(build);
        assert_golden(&checked.output, self.get("out"), "out");
        for (name, grad) in names.iter().zip(&checked.grads) {
            if let Some(expected) = self.find(&format!("grad_{name}")) {
                let grad = grad.as_ref().unwrap_or_else(|| panic!("`{name}` has no gradient"));
                assert_golden(grad, expected, &format!("grad_{name}"));
            }
        }
    }

    /// Which of these inputs the case has.
    pub(crate) fn present<'a>(&self, names: &[&'a str]) -> Vec<&'a str> {
        names.iter().copied().filter(|name| self.tensors.contains_key(*name)).collect()
    }
}

/// Equal relative to the largest element. Where that is below 1e-6 the tensor is what rounding leaves of values that
/// cancel, and what f64 leaves is compared on the scale of those values instead.
fn assert_golden(found: &Array, expected: &Array, what: &str) {
    let scale = expected.data.iter().fold(1e-6, |max: f64, value| max.max(value.abs()));
    assert_within(found, expected, TOLERANCE * scale, what);
}

/// All cases of a file, by `op/variant`.
pub(crate) fn read_cases(file: &str) -> BTreeMap<String, Golden> {
    let path = format!("{}/../../tests/golden/{file}.safetensors", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let mut cases: BTreeMap<String, Golden> = BTreeMap::new();
    for (name, view) in file.tensors() {
        let (case, tensor) = name.rsplit_once('/').expect("names are case/op/variant/tensor");
        let case = case.strip_prefix("case/").expect("names are case/op/variant/tensor");
        let data = view.data();
        let data: Vec<f64> = match view.dtype() {
            Dtype::F32 => data.as_chunks().0.iter().map(|&b| f64::from(f32::from_le_bytes(b))).collect(),
            Dtype::I64 => data.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b) as f64).collect(),
            Dtype::U8 => data.iter().map(|&byte| f64::from(byte)).collect(),
            other => panic!("{name} has elements of type {other:?}"),
        };
        let array = Array { shape: view.shape().to_vec(), data };
        let golden = cases.entry(case.to_string()).or_default();
        golden.kinds.insert(tensor.to_string(), view.dtype());
        golden.tensors.insert(tensor.to_string(), array);
    }
    cases
}

/// Runs the cases of these operations; every tensor of each must be used.
pub(crate) fn run_cases(file: &str, ops: &[&str], run_case: fn(&str, &str, &Golden)) {
    let mut failures = Vec::new();
    for (name, golden) in read_cases(file) {
        let (op, variant) = name.split_once('/').expect("keys are op/variant");
        if !ops.contains(&op) {
            continue;
        }
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run_case(op, variant, &golden);
            let used = golden.used.borrow();
            let unused: Vec<&String> = golden.tensors.keys().filter(|name| !used.contains(*name)).collect();
            assert!(unused.is_empty(), "nothing compares {unused:?}");
        }));
        if outcome.is_err() {
            failures.push(name);
        }
    }
    assert!(failures.is_empty(), "these cases differ: {failures:?}");
}

fn run_case(op: &str, variant: &str, golden: &Golden) {
    match op {
        "conv2d" => golden.compare(&golden.present(&["x", "w", "b"]), |b, x| conv2d(b, x, golden)),
        "max_pool2d" => golden.compare(&["x"], |b, x| {
            let (kernel, stride) = (golden.whole("kernel_size"), golden.whole("stride"));
            let (padding, dilation) = (golden.whole("padding"), golden.whole("dilation"));
            let ceil_mode = golden.truth("ceil_mode");
            op!(b, max_pool2d(x[0], kernel, stride, padding, dilation = dilation, ceil_mode = ceil_mode))
        }),
        "avg_pool2d" => golden.compare(&["x"], |b, x| {
            let (kernel, stride, padding) =
                (golden.whole("kernel_size"), golden.whole("stride"), golden.whole("padding"));
            let (ceil_mode, counts) = (golden.truth("ceil_mode"), golden.truth("count_include_pad"));
            op!(
                b,
                avg_pool2d(x[0], kernel, stride, padding, ceil_mode = ceil_mode, count_include_pad = counts)
            )
        }),
        "log_softmax" => golden.compare(&["x"], |b, x| op!(b, log_softmax(x[0], golden.whole("axis")))),
        "cross_entropy" => golden.compare(&["x", "label"], |b, x| op!(b, cross_entropy(x[0], x[1]))),
        "batch_norm_train" => batch_norm_train(golden),
        "batch_norm_eval" => golden.compare(&["x", "w", "b", "running_mean", "running_var"], |b, x| {
            op!(b, batch_norm(x[0], x[3], x[4], x[1], x[2], eps = golden.real("eps")))
        }),
        "matmul" | "maximum" => golden.compare(&["x", "w"], |b, x| {
            let args = vec![(None, x[0].to_argument()), (None, x[1].to_argument())];
            call(b, op, args).expect("a valid call")
        }),
        "gelu" | "sigmoid" | "tanh" | "exp" | "ln" | "sqrt" | "relu" => golden
            .compare(&["x"], |b, x| call(b, op, vec![(None, x[0].to_argument())]).expect("a valid call")),
        "amax" | "mean" | "sum" => golden.compare(&["x"], |b, x| {
            let args = vec![
                (None, x[0].to_argument()),
                (None, golden.whole("axes")),
                (None, golden.truth("keepdim").to_argument()),
            ];
            call(b, if op == "amax" { "max" } else { op }, args).expect("a valid call")
        }),
        "layout" => golden.compare(&golden.present(&["x", "w"]), |b, x| layout(b, x, variant)),
        _ => panic!("no test for operation `{op}`"),
    }
}

fn conv2d(b: &mut Builder, x: &[Value], golden: &Golden) -> Value {
    let [stride, padding, dilation] = ["stride", "padding", "dilation"].map(|name| golden.whole(name));
    let groups = golden.whole("groups");
    let out =
        op!(b, conv2d(x[0], x[1], stride = stride, padding = padding, dilation = dilation, groups = groups));
    match x.get(2) {
        None => out,
        Some(&bias) => {
            let channels = b.ty(bias).shape[0].clone();
            let bias = op!(b, reshape(bias, shape![channels, 1, 1]));
            op!(b, add(out, bias))
        }
    }
}

/// The forward pass and the new running statistics, composed as a layer does it.
fn batch_norm_train(golden: &Golden) {
    let names = ["x", "w", "b", "running_mean", "running_var"];
    golden.compare(&names, |b, x| {
        let mean = op!(b, batch_mean(x[0]));
        let var = op!(b, batch_var(x[0], mean));
        op!(b, batch_norm(x[0], mean, var, x[1], x[2], eps = golden.real("eps")))
    });
    let momentum = golden.real("momentum");
    let x = golden.get("x");
    // The running variance takes the unbiased one.
    let count = (x.data.len() / x.shape[1]) as f64;
    for (index, name) in [(3, "new_running_mean"), (4, "new_running_var")] {
        let case = golden.case(&names).grad_output(Array::full(&[x.shape[1]], 1.0));
        let checked = case.run(|b, x| {
            let mean = op!(b, batch_mean(x[0]));
            let var = op!(b, batch_var(x[0], mean));
            let unbiased = op!(b, mul(var, count / (count - 1.0)));
            let new = op!(b, mul(if index == 3 { mean } else { unbiased }, momentum));
            let old = op!(b, mul(x[index], 1.0 - momentum));
            op!(b, add(old, new))
        });
        assert_golden(&checked.output, golden.get(name), name);
    }
}

fn layout(b: &mut Builder, x: &[Value], variant: &str) -> Value {
    match variant {
        "permute" => op!(b, permute(x[0], [2, 0, 1])),
        "slice" => op!(b, slice(x[0], .., 1..3, 2..)),
        "concat" => op!(b, concat([x[0], x[1]], axis = 2)),
        "permute_slice_concat" => {
            let moved = op!(b, permute(x[0], [0, 2, 1]));
            let part = op!(b, slice(moved, .., 1..4));
            op!(b, concat([part, x[1]], axis = 1))
        }
        "overlapping_slices" => {
            let parts = [0..3, 2..5, 4..5].map(|range| op!(b, slice(x[0], .., range)));
            op!(b, concat(parts, axis = 1))
        }
        "concat_with_itself" => {
            let moved = op!(b, permute(x[0], [1, 0]));
            op!(b, concat([x[0], moved], axis = 0))
        }
        "split_heads" => {
            let split = op!(b, reshape(x[0], [2, 3, 2, 4]));
            op!(b, permute(split, [0, 2, 1, 3]))
        }
        "merge_heads" => {
            let moved = op!(b, permute(x[0], [0, 2, 1, 3]));
            op!(b, reshape(moved, [2, 3, 8]))
        }
        "slices_multiplied" => {
            let (left, right) = (op!(b, slice(x[0], .., 0..4)), op!(b, slice(x[0], .., 4..8)));
            op!(b, mul(left, right))
        }
        _ => panic!("no test for layout variant `{variant}`"),
    }
}

/// Operations of the tests below: each case of the file belongs to one of them.
const TESTED: &[&[&str]] = &[
    &["conv2d"],
    &["max_pool2d", "avg_pool2d"],
    &["log_softmax", "cross_entropy"],
    &["batch_norm_train", "batch_norm_eval"],
    &["matmul"],
    &["gelu", "sigmoid", "tanh", "exp", "ln", "sqrt", "relu", "maximum"],
    &["amax", "mean", "sum"],
    &["layout"],
];

#[test]
fn every_case_belongs_to_a_test() {
    let cases = read_cases("ops");
    assert_eq!(cases.len(), 130);
    for name in cases.keys() {
        let op = name.split_once('/').expect("keys are op/variant").0;
        assert!(TESTED.iter().any(|ops| ops.contains(&op)), "no test runs {name}");
    }
}

#[test]
fn convolutions() {
    run_cases("ops", TESTED[0], run_case);
}

#[test]
fn pooling() {
    run_cases("ops", TESTED[1], run_case);
}

#[test]
fn softmax() {
    run_cases("ops", TESTED[2], run_case);
}

#[test]
fn batch_norm() {
    run_cases("ops", TESTED[3], run_case);
}

#[test]
fn matrix_products() {
    run_cases("ops", TESTED[4], run_case);
}

#[test]
fn element_wise() {
    run_cases("ops", TESTED[5], run_case);
}

#[test]
fn reductions() {
    run_cases("ops", TESTED[6], run_case);
}

#[test]
fn layouts() {
    run_cases("ops", TESTED[7], run_case);
}
