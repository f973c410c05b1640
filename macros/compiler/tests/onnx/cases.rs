//! Reading the cases.

use macrograd_compiler::graph::{ElementType, Size, TensorType};
use macrograd_compiler::reference::Array;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;

/// One node with what it is given and what it computes.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) op: String,
    /// The version of ONNX's operators.
    #[allow(dead_code, reason = "operators whose meaning has changed ask for it")]
    pub(crate) opset: u32,
    /// Names; those left out are empty.
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
    pub(crate) attributes: HashMap<String, String>,
    pub(crate) given: HashMap<String, (TensorType, Array)>,
    pub(crate) expected: HashMap<String, Array>,
}

impl Case {
    /// A whole number.
    pub(crate) fn integer(&self, name: &str, default: i64) -> i64 {
        self.attributes.get(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// A real number.
    pub(crate) fn float(&self, name: &str, default: f64) -> f64 {
        self.attributes.get(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// Whole numbers.
    pub(crate) fn integers(&self, name: &str) -> Option<Vec<i64>> {
        let text = self.attributes.get(name)?;
        text.split(',').filter(|item| !item.is_empty()).map(|item| item.parse().ok()).collect()
    }

    /// The elements of an input that says how, not what: a shape, axes, a bound.
    pub(crate) fn numbers(&self, index: usize) -> Option<Vec<f64>> {
        let name = self.inputs.get(index).filter(|name| !name.is_empty())?;
        Some(self.given.get(name)?.1.data.clone())
    }

    /// [`Case::numbers`] that are whole.
    pub(crate) fn indices(&self, index: usize) -> Option<Vec<i64>> {
        Some(self.numbers(index)?.into_iter().map(|number| number as i64).collect())
    }
}

/// All cases, by name.
pub(crate) fn read_cases(path: &Path) -> Vec<Case> {
    let packed = std::fs::read(path).expect("the cases are there");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).expect("the cases are packed");
    let (_, metadata) = SafeTensors::read_metadata(&bytes).expect("the cases are a safetensors file");
    let lines: BTreeMap<String, String> =
        metadata.metadata().clone().unwrap_or_default().into_iter().collect();
    let file = SafeTensors::deserialize(&bytes).expect("the cases are a safetensors file");
    let mut tensors: HashMap<String, HashMap<String, (TensorType, Array)>> = HashMap::new();
    for (name, view) in file.tensors() {
        let (case, name) = name.split_once('/').expect("tensors are `case/in/name`");
        tensors.entry(case.to_string()).or_default().insert(name.to_string(), tensor(&view));
    }
    lines
        .into_iter()
        .map(|(name, line)| read_case(&name, &line, tensors.remove(&name).unwrap_or_default()))
        .collect()
}

fn read_case(name: &str, line: &str, tensors: HashMap<String, (TensorType, Array)>) -> Case {
    let fields: Vec<&str> = line.split('|').collect();
    let list = |text: &str| text.split(',').filter(|_| !text.is_empty()).map(str::to_string).collect();
    let pairs = fields[4..].iter().filter_map(|field| field.split_once('='));
    let (mut given, mut expected) = (HashMap::new(), HashMap::new());
    for (name, (ty, array)) in tensors {
        match name.split_once('/') {
            Some(("in", name)) => drop(given.insert(name.to_string(), (ty, array))),
            Some((_, name)) => drop(expected.insert(name.to_string(), array)),
            None => {}
        }
    }
    Case {
        name: name.to_string(),
        op: fields[0].to_string(),
        opset: fields[1].parse().expect("a version is a number"),
        inputs: list(fields[2]),
        outputs: list(fields[3]),
        attributes: pairs.map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        given,
        expected,
    }
}

fn tensor(view: &TensorView<'_>) -> (TensorType, Array) {
    let shape = view.shape().to_vec();
    let bytes = view.data();
    let (element, data): (ElementType, Vec<f64>) = match view.dtype() {
        Dtype::F32 => (
            ElementType::Real,
            bytes.chunks(4).map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect(),
        ),
        Dtype::I64 => (
            ElementType::I64,
            bytes
                .chunks(8)
                .map(|b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f64)
                .collect(),
        ),
        // The language has no `i32`; its whole numbers are indices.
        Dtype::I32 => (
            ElementType::I64,
            bytes.chunks(4).map(|b| f64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect(),
        ),
        Dtype::U8 => (ElementType::U8, bytes.iter().map(|&b| f64::from(b)).collect()),
        Dtype::BOOL => (ElementType::Bool, bytes.iter().map(|&b| f64::from(b)).collect()),
        other => panic!("the cases have no {other:?}"),
    };
    let sizes = shape.iter().map(|&size| Size::literal(size as i64)).collect();
    (TensorType { element, shape: sizes }, Array { shape, data })
}
