//! Models that compute in f64.
#![allow(missing_docs)]

#[path = "double/casts.rs"]
mod casts;
#[path = "double/derivatives.rs"]
mod derivatives;
#[path = "double/golden.rs"]
mod golden;
#[path = "double/items.rs"]
mod items;
#[path = "double/optim.rs"]
mod optim;
#[path = "double/support.rs"]
mod support;
