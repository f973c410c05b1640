//! Loops over time, decisions by data and gradients of gradients, against the same programs in plain PyTorch: the same
//! weights and inputs in, the same loss and the same gradients of all weights and inputs out.
//!
//! The values are PyTorch's in f64 (`tests/golden/language.py`). Limits: 1e-4 of a tensor's largest element, 1e-3 after 20
//! optimizer steps.
#![allow(missing_docs)]
#![forbid(unsafe_code)]

#[path = "layers/case.rs"]
mod case;

#[path = "golden_language/control.rs"]
mod control;
#[path = "golden_language/fine_tuning.rs"]
mod fine_tuning;
#[path = "golden_language/second_order.rs"]
mod second_order;
