//! The settings that every program has.

use super::Failure;
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

/// An error where a declaration has a setting that its data has no use for: it would be ignored.
pub(super) fn check_declared(declared: &[Setting], data: &DataFacts) -> Result<(), Failure> {
    let known = all_settings(declared, data);
    let is_left_out = |setting: &&Setting| !known.iter().any(|known| known.name == setting.name);
    let Some(setting) = declared.iter().find(is_left_out) else { return Ok(()) };
    let why = match setting.name {
        "validation" => "the data comes in two parts already",
        _ => "the data is no table",
    };
    Err(Failure::usage(format!("`{}` is declared, but {why}: leave it out", setting.name)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_the_data_has_no_use_for_are_refused() {
        let declared = |name: &str| common().into_iter().filter(|one| one.name == name).collect::<Vec<_>>();
        let of = |name, is_cut, is_normalised| {
            let result = check_declared(&declared(name), &DataFacts { is_cut, is_normalised });
            result.err().map(|failure| failure.to_string())
        };
        assert_eq!(of("normalise", true, true), None);
        assert_eq!(
            of("normalise", true, false).unwrap(),
            "`normalise` is declared, but the data is no table: leave it out"
        );
        assert_eq!(of("validation", true, false), None);
        assert_eq!(
            of("validation", false, false).unwrap(),
            "`validation` is declared, but the data comes in two parts already: leave it out"
        );
        assert_eq!(of("epochs", false, false), None);
    }
}
