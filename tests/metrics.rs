//! Metrics against scikit-learn, torchmetrics, pycocotools and sacrebleu; batches of any size; what cannot be judged.
#![allow(missing_docs)]

#[path = "metrics/classes.rs"]
mod classes;
#[path = "metrics/detection.rs"]
mod detection;
#[path = "metrics/golden.rs"]
mod golden;
#[path = "metrics/language.rs"]
mod language;
#[path = "metrics/ranking.rs"]
mod ranking;
#[path = "metrics/reals.rs"]
mod reals;
#[path = "metrics/refusals.rs"]
mod refusals;
