//! Operations with indices, einsum and CTC in the interpreter, against PyTorch: the cases of `tests/layers/indexing.rs`.

use crate::support::*;
use macrograd_compiler::graph::scalar::{add, arg, constant, mul};
use macrograd_compiler::graph::{Builder, Size, Value};
use macrograd_compiler::reference::Array;
use safetensors::{Dtype, SafeTensors};
use std::collections::{BTreeMap, BTreeSet};

/// Both sides compute in f64, and stored values are rounded to f32.
const TOLERANCE: f64 = 1e-7;

type Build = fn(&mut Builder, &[Value]) -> Value;

/// `values · (places + 1)`, as the script records them.
fn both(b: &mut Builder, results: &[Value]) -> Value {
    let places = op!(b, to_f32(results[1]));
    b.map(&mul(arg(0), add(arg(1), constant(1.0))), &[results[0], places])
}

/// `x · places`.
fn times_places(b: &mut Builder, x: Value, places: Value) -> Value {
    let places = op!(b, to_f32(places));
    op!(b, mul(x, places))
}

/// CTC of scores, with the arguments from the sixth on by name.
macro_rules! ctc {
    ($($option:ident = $value:expr),*) => {
        |b, x| {
            let log_probs = op!(b, log_softmax(x[0]));
            op!(b, ctc_loss(log_probs, x[1], x[2], x[3], $($option = $value),*))
        }
    };
}

const CTC: &[&str] = &["x", "targets", "input_lengths", "target_lengths"];

/// A case, the names of its arguments, and the call.
pub(crate) type GoldenCase = (&'static str, &'static [&'static str], Build);

const CASES: &[GoldenCase] = &[
    ("gather", &["x", "index"], |b, x| op!(b, gather(x[0], 1, x[1]))),
    ("gather_shorter", &["x", "index"], |b, x| op!(b, gather(x[0], 0, x[1]))),
    ("take_along", &["x", "index"], |b, x| op!(b, take_along(x[0], x[1], 1))),
    ("take_along_flat", &["x", "index"], |b, x| op!(b, take_along(x[0], x[1]))),
    ("scatter", &["x", "index", "src"], |b, x| op!(b, scatter(x[0], 1, x[1], x[2]))),
    ("scatter_shorter", &["x", "index", "src"], |b, x| op!(b, scatter(x[0], 1, x[1], x[2]))),
    ("scatter_number", &["x", "index"], |b, x| op!(b, scatter(x[0], 0, x[1], 2.5))),
    ("scatter_add", &["x", "index", "src"], |b, x| op!(b, scatter_add(x[0], 0, x[1], x[2]))),
    ("index_select", &["x", "index"], |b, x| op!(b, index_select(x[0], 1, x[1]))),
    ("index_select_of_two_axes", &["x", "index"], |b, x| op!(b, index_select(x[0], 1, x[1]))),
    ("index_add", &["x", "index", "src"], |b, x| op!(b, index_add(x[0], 1, x[1], x[2], alpha = -0.5))),
    ("sort", &["x"], |b, x| {
        let sorted = many!(b, sort(x[0]));
        both(b, &sorted)
    }),
    ("sort_ties", &["x"], |b, x| {
        let sorted = many!(b, sort(x[0], 0));
        both(b, &sorted)
    }),
    ("sort_ties_descending", &["x"], |b, x| {
        let sorted = many!(b, sort(x[0], 0, descending = true));
        both(b, &sorted)
    }),
    ("sort_nan", &["x"], |b, x| {
        let sorted = many!(b, sort(x[0]));
        both(b, &sorted)
    }),
    ("sort_nan_descending", &["x"], |b, x| {
        let sorted = many!(b, sort(x[0], descending = true));
        both(b, &sorted)
    }),
    ("argsort", &["x"], |b, x| {
        let places = op!(b, argsort(x[0], 1));
        times_places(b, x[0], places)
    }),
    ("topk", &["x"], |b, x| {
        let largest = many!(b, topk(x[0], 3, 1));
        both(b, &largest)
    }),
    ("topk_smallest", &["x"], |b, x| {
        let smallest = many!(b, topk(x[0], 2, largest = false));
        both(b, &smallest)
    }),
    ("kthvalue", &["x"], |b, x| {
        let found = many!(b, kthvalue(x[0], 3, 0, keepdim = true));
        both(b, &found)
    }),
    ("median", &["x"], |b, x| {
        let found = many!(b, median(x[0], 1));
        both(b, &found)
    }),
    ("median_of_all", &["x"], |b, x| many!(b, median(x[0]))[0]),
    ("median_nan", &["x"], |b, x| {
        let found = many!(b, median(x[0], 0));
        both(b, &found)
    }),
    ("searchsorted", &["rows", "x"], |b, x| {
        let places = op!(b, searchsorted(x[0], x[1], right = true));
        times_places(b, x[1], places)
    }),
    ("bucketize", &["x", "boundaries"], |b, x| {
        let places = op!(b, bucketize(x[0], x[1]));
        times_places(b, x[0], places)
    }),
    ("einsum_matmul", &["a", "b"], |b, x| op!(b, einsum("bik,bkj->bij", x[0], x[1]))),
    ("einsum_attention", &["a", "b"], |b, x| op!(b, einsum("bqhd,bkhd->bhqk", x[0], x[1]))),
    ("einsum_bilinear", &["a", "b", "c"], |b, x| op!(b, einsum("bi,oij,bj->bo", x[0], x[1], x[2]))),
    ("einsum_diagonal", &["a", "b"], |b, x| op!(b, einsum("iij,j->i", x[0], x[1]))),
    ("einsum_implicit", &["a", "b"], |b, x| op!(b, einsum("ca,ab", x[0], x[1]))),
    ("einsum_ellipsis", &["a", "b"], |b, x| op!(b, einsum("...ik,k...->...i", x[0], x[1]))),
    ("einsum_outer", &["a", "b"], |b, x| op!(b, einsum("i,jk->kij", x[0], x[1]))),
    ("einsum_sums", &["a"], |b, x| op!(b, einsum("ijk->k", x[0]))),
    ("einsum_trace", &["a"], |b, x| op!(b, einsum("ii", x[0]))),
    ("ctc_loss", CTC, ctc!()),
    ("ctc_loss_each", CTC, ctc!(reduction = "none")),
    ("ctc_loss_last_is_blank", CTC, ctc!(blank = 4, reduction = "sum")),
    ("ctc_loss_impossible", CTC, ctc!(reduction = "none")),
    ("ctc_loss_zero_infinity", CTC, ctc!(zero_infinity = true)),
    ("embedding", &["index", "weight"], |b, x| op!(b, embedding(x[0], x[1], 3))),
    ("embedding_bag_sum", &["index", "weight"], |b, x| {
        op!(b, embedding_bag(x[0], x[1], "sum", padding_idx = 5))
    }),
    ("embedding_bag_mean", &["index", "weight"], |b, x| op!(b, embedding_bag(x[0], x[1], padding_idx = 5))),
    ("embedding_bag_max", &["index", "weight"], |b, x| {
        op!(b, embedding_bag(x[0], x[1], "max", padding_idx = -1))
    }),
    ("embedding_bag_weighted", &["index", "weight", "factors"], |b, x| {
        op!(b, embedding_bag(x[0], x[1], "sum", per_sample_weights = x[2]))
    }),
];

/// A tensor of the file, and whether it holds whole numbers.
fn read(bytes: &[u8]) -> BTreeMap<String, (Array, bool)> {
    let file = SafeTensors::deserialize(bytes).expect("a safetensors file");
    let tensors = file.tensors().into_iter().map(|(name, view)| {
        let data = view.data();
        let data = match view.dtype() {
            Dtype::F32 => data.as_chunks().0.iter().map(|&b| f64::from(f32::from_le_bytes(b))).collect(),
            Dtype::I64 => data.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b) as f64).collect(),
            other => panic!("{name} has elements of type {other:?}"),
        };
        (name, (Array { shape: view.shape().to_vec(), data }, view.dtype() == Dtype::I64))
    });
    tensors.collect()
}

/// Equal up to the tolerance times the largest finite element; infinities and NaN are the same.
fn assert_golden(found: &Array, expected: &Array, what: &str) {
    let finite = expected.data.iter().filter(|x| x.is_finite());
    let scale = finite.fold(1e-6, |max: f64, value| max.max(value.abs()));
    assert_within(found, expected, TOLERANCE * scale, what);
}

#[test]
fn agrees_with_pytorch() {
    compare_with_pytorch("indexing", CASES);
}

/// Compares outputs and gradients with those of a file that `record.py` wrote; the cases are all of the file.
pub(crate) fn compare_with_pytorch(file: &str, cases: &[GoldenCase]) {
    let path = format!("{}/../../tests/golden/{file}.safetensors", env!("CARGO_MANIFEST_DIR"));
    let tensors = read(&std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}")));
    let recorded: BTreeSet<&str> =
        tensors.keys().map(|name| name.split('/').next().expect("names are case/tensor")).collect();
    let tested: BTreeSet<&str> = cases.iter().map(|(case, ..)| *case).collect();
    assert_eq!(recorded, tested, "the table has each case of the file");
    for (name, arguments, build) in cases {
        let get = |tensor: String| tensors.get(&format!("{name}/{tensor}"));
        let case = arguments.iter().fold(Case::new(), |case, argument| {
            let (array, is_whole) = get(format!("input.{argument}")).expect("an argument of the case");
            let shape = array.shape.iter().map(|&size| Size::literal(size as i64)).collect();
            if *is_whole { case.labels(shape, &array.data) } else { case.values(shape, &array.data) }
        });
        let (grad_output, _) = get("grad_out".to_string()).expect("a gradient of the output");
        let graph = case.graph(build);
        let checked = case.grad_output(grad_output.clone()).check_graph(&graph, false);
        assert_golden(&checked.output, &get("out".to_string()).expect("an output").0, name);
        for (argument, grad) in arguments.iter().zip(&checked.grads) {
            if let Some((expected, _)) = get(format!("grad_input.{argument}")) {
                let grad = grad.as_ref().unwrap_or_else(|| panic!("{name}: `{argument}` has no gradient"));
                assert_golden(grad, expected, &format!("{name}: gradient of {argument}"));
            }
        }
    }
}
