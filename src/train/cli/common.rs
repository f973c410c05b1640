//! The settings that every program has.

use super::kit::DataFacts;
use super::settings::Setting;
use super::value::{Kind, Value};

/// The settings of a declaration, and those that every program has besides, as far as its data needs them.
pub(super) fn all_settings(declared: &[Setting], data: &DataFacts) -> Vec<Setting> {
    let mut all = declared.to_vec();
    all.extend(common().into_iter().filter(|one| !declared.iter().any(|known| known.name == one.name)));
    all.retain(|setting| match setting.name {
        "validation" => data.is_cut,
        "normalise" => data.is_normalised,
        _ => true,
    });
    all
}

/// The settings that every program has.
pub(super) fn common() -> Vec<Setting> {
    let setting = |name, kind, default, help| Setting { name, help, kind, default };
    let (count, whole) = (Kind::Count, Kind::Whole);
    let number = |value| Some(Value::Whole(value));
    vec![
        setting("epochs", count, number(10), "How often to go through the training data"),
        setting("batch", count, number(32), "Samples of a batch"),
        setting(
            "seed",
            whole,
            number(0),
            "Decides the initial parameters, the order of samples and all that is drawn",
        ),
        setting(
            "validation",
            Kind::Part,
            Some(Value::Real(0.1)),
            "Part of the data that is kept for validation",
        ),
        setting(
            "normalise",
            Kind::Flag,
            Some(Value::Flag(true)),
            "Bring features to mean 0 and deviation 1, as learned from the part to train with",
        ),
        setting("out", Kind::Path, Some(Value::Text("run".to_owned())), "Folder of the run"),
        setting("patience", count, None, "Stop after so many epochs that were no better than the best"),
        setting("clip_grad_norm", Kind::Positive, None, "Scale gradients down to this norm"),
        setting("accumulate", count, number(1), "Batches whose gradients make a step"),
        setting("ema", Kind::BelowOne, None, "Keep an average of the parameters, with this decay"),
        setting("time_limit", Kind::Positive, None, "Stop after so many seconds"),
        setting("save_every", count, None, "Save the run after every so many steps, too"),
        setting("keep_every", count, None, "Keep the model of every so many epochs"),
        setting("workers", whole, number(1), "Threads that make batches"),
        setting(
            "threads",
            count,
            None,
            "Threads to compute with, without effect on results [default: one per core]",
        ),
    ]
}
