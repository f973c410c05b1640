//! Values and gradients of element-wise operations as PyTorch computes them: see `tests/golden/README.md` of the
//! repository. The file holds every case as a call: operands `x`, `y`, `z` by position, options by name.

use crate::support::*;
use macrograd_compiler::graph::Size;
use macrograd_compiler::ops::call::Argument;
use macrograd_compiler::reference::Array;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeSet;

/// Both sides compute in f64 and the file stores f64: relative to the element, with a floor relative to the largest of
/// the tensor, for values that cancel.
const TOLERANCE: f64 = 1e-11;
const FLOOR: f64 = 1e-14;

/// PyTorch's kernels of these use a sixth in f32.
const SINGLE: &[&str] = &["hardsigmoid", "hardswish"];
const SINGLE_TOLERANCE: f64 = 1e-7;

fn array(view: &TensorView<'_>) -> Array {
    assert_eq!(view.dtype(), Dtype::F64);
    let data = view.data().as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
    Array { shape: view.shape().to_vec(), data }
}

fn option(view: &TensorView<'_>) -> Argument {
    match view.dtype() {
        Dtype::F64 => Argument::Float(array(view).data[0]),
        Dtype::I64 => Argument::Size(Size::literal(i64::from_le_bytes(view.data().as_chunks().0[0]))),
        Dtype::U8 => Argument::Text(String::from_utf8(view.data().to_vec()).expect("a text")),
        other => panic!("an option of type {other:?}"),
    }
}

/// The first element that differs, if any; NaN equals NaN.
fn difference(found: &Array, expected: &Array, tolerance: f64) -> Option<String> {
    if found.shape != expected.shape {
        return Some(format!("shape {:?}, in PyTorch {:?}", found.shape, expected.shape));
    }
    let finite = expected.data.iter().filter(|value| value.is_finite());
    let floor = FLOOR * finite.fold(0.0, |max: f64, value| max.max(value.abs()));
    let pairs = found.data.iter().zip(&expected.data).enumerate();
    pairs
        .map(|(index, (&a, &b))| (index, a, b))
        .find(|&(_, a, b)| {
            let same = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * b.abs() + floor;
            !same
        })
        .map(|(index, a, b)| format!("element {index} is {a:e}, in PyTorch {b:e}"))
}

/// What differs in the case whose tensors begin with `name`.
fn differences(file: &SafeTensors<'_>, name: &str) -> Vec<String> {
    let method = name.split('/').next().expect("names are operation/variant");
    let find = |tensor: &str| file.tensor(&format!("{name}/{tensor}")).ok().map(|view| array(&view));
    let operands: Vec<(&str, Array)> =
        ["x", "y", "z"].into_iter().filter_map(|operand| Some((operand, find(operand)?))).collect();
    let prefix = format!("{name}/option.");
    let names = file.names();
    let options: Vec<(&str, Argument)> = names
        .iter()
        .filter_map(|tensor| {
            Some((tensor.strip_prefix(&prefix)?, option(&file.tensor(tensor).expect("listed"))))
        })
        .collect();
    // `clamp(x, min = y)`: the operand is not the next by position.
    let by_name = |operand: &str| (name == "clamp/tensor_min" && operand == "y").then_some("min");

    let case = operands.iter().fold(Case::new(), |case, (_, array)| {
        let shape = array.shape.iter().map(|&size| Size::literal(size as i64)).collect();
        case.values(shape, &array.data)
    });
    let case = case.grad_output(find("grad_out").expect("every case has a gradient of its output"));
    let checked = case.run(|b, values| {
        let positional = operands.iter().zip(values).map(|((name, _), x)| (by_name(name), x.to_argument()));
        let named = options.iter().map(|(name, value)| (Some(*name), value.clone()));
        call(b, method, positional.chain(named).collect()).expect("a valid call")
    });
    let tolerance = if SINGLE.contains(&method) { SINGLE_TOLERANCE } else { TOLERANCE };
    let mut found: Vec<String> = Vec::new();
    let mut compare = |what: &str, value: &Array, expected: &Array| {
        found.extend(difference(value, expected, tolerance).map(|text| format!("{name}: {what}: {text}")));
    };
    compare("out", &checked.output, &find("out").expect("every case has an output"));
    for ((operand, array), grad) in operands.iter().zip(&checked.grads) {
        // What has no gradient here has one of zeros in PyTorch, or none.
        let zeros = || Array::full(&array.shape, 0.0);
        let expected = find(&format!("grad_{operand}")).unwrap_or_else(zeros);
        compare(&format!("grad_{operand}"), &grad.clone().unwrap_or_else(zeros), &expected);
    }
    found
}

#[test]
fn values_and_gradients_are_those_of_pytorch() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/elementwise.safetensors");
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let names = file.names();
    let cases: BTreeSet<&str> =
        names.iter().map(|name| name.rsplit_once('/').expect("case/tensor").0).collect();
    let found: Vec<String> = cases.iter().flat_map(|name| differences(&file, name)).collect();
    assert!(found.is_empty(), "{} differ:\n{}", found.len(), found.join("\n"));
}
