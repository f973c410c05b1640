//! Golden values in f64.

use macrograd::__private::state::Kind;
use macrograd::prelude::*;
use safetensors::SafeTensors;

/// The values of one case of `tests/golden/double.safetensors`.
pub struct Golden {
    bytes: Vec<u8>,
    case: String,
}

impl Golden {
    pub fn read(case: &str) -> Golden {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/double.safetensors");
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        Golden { bytes, case: case.to_string() }
    }

    fn bytes_of(&self, name: &str) -> Option<Vec<[u8; 8]>> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("the golden file is a safetensors file");
        let tensor = tensors.tensor(&format!("{}/{name}", self.case)).ok()?;
        Some(tensor.data().as_chunks::<8>().0.to_vec())
    }

    pub fn find(&self, name: &str) -> Option<Vec<f64>> {
        Some(self.bytes_of(name)?.into_iter().map(f64::from_le_bytes).collect())
    }

    #[track_caller]
    pub fn get(&self, name: &str) -> Vec<f64> {
        self.find(name).unwrap_or_else(|| panic!("`{}` has no `{name}`", self.case))
    }

    /// Labels.
    #[track_caller]
    pub fn whole(&self, name: &str) -> Vec<i64> {
        let bytes = self.bytes_of(name).unwrap_or_else(|| panic!("`{}` has no `{name}`", self.case));
        bytes.into_iter().map(i64::from_le_bytes).collect()
    }

    /// Copies `param.<name>` into each parameter; buffers stay as they are.
    pub fn load_into<M: Model<Float = f64>>(&self, model: &mut M) {
        for tensor in M::layout().tensors.iter().filter(|tensor| tensor.kind != Kind::Buffer) {
            let values = self.get(&format!("param.{}", tensor.name));
            model.state_mut().values_mut()[tensor.offset..][..tensor.numel()].copy_from_slice(&values);
        }
    }

    /// Every tensor `<kind>.<name>` of the case, within `limit` of its largest element.
    #[track_caller]
    pub fn assert_all<M: Model>(&self, kind: &str, values: &[f64], limit: f64) {
        let mut compared = 0;
        for tensor in M::layout().tensors {
            let Some(expected) = self.find(&format!("{kind}.{}", tensor.name)) else { continue };
            let found = &values[tensor.offset..][..tensor.numel()];
            assert_close(&format!("{}: {kind} of {}", self.case, tensor.name), found, &expected, limit);
            compared += 1;
        }
        assert!(compared > 0, "something is compared");
    }
}

/// Every element within `limit` of the largest expected one.
#[track_caller]
pub fn assert_close(what: &str, found: &[f64], expected: &[f64], limit: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: number of elements");
    let scale = expected.iter().fold(1e-6, |scale: f64, value| scale.max(value.abs()));
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= limit * scale, "{what}[{index}]: {a}, expected {b}, scale {scale}");
    }
}
