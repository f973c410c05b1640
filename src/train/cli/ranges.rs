//! Which settings a search varies: those of the declaration, and those of `--vary`.

use super::commands::Program;
use super::settings::Setting;
use super::value::Value;
use super::{Failure, common::all_settings};
use crate::train::tune::{Range, Space, Value as Tried};

/// What is to be varied. Flags come before the declaration.
pub(super) fn space(program: &Program<'_>) -> Result<Space, Failure> {
    let about = program.kit.about();
    let known = all_settings(&about.settings, &program.kit.data());
    let mut ranges: Vec<(&'static str, Range)> = about.tune.clone();
    for text in program.matches.get_many::<String>("vary").into_iter().flatten() {
        let (name, range) = parsed(text, &known)?;
        match ranges.iter_mut().find(|(other, _)| *other == name) {
            Some(declared) => declared.1 = range,
            None => ranges.push((name, range)),
        }
    }
    if ranges.is_empty() {
        return Err(Failure::usage(
            "there is nothing to vary: declare it, `tune: Space { lr: log(1e-4..=1e-1) }`, or give it, \
             `--vary lr=log:1e-4..1e-1 --vary batch=16,32,64`",
        ));
    }
    let mut space = Space::new();
    for (name, range) in ranges {
        let setting = known.iter().find(|setting| setting.name == name);
        let setting = setting.ok_or_else(|| unknown(name, &known))?;
        check(setting, &range)?;
        space = space.try_with(name, range)?;
    }
    Ok(space)
}

fn unknown(name: &str, known: &[Setting]) -> Failure {
    let names: Vec<&str> = known.iter().map(|setting| setting.name).filter(|name| can_vary(name)).collect();
    Failure::usage(format!("there is no setting `{name}` to vary; there are {}", names.join(", ")))
}

/// Whether trials can differ in it: they learn from the same data, and each has a folder of its own.
fn can_vary(name: &str) -> bool {
    !["data", "out", "validation", "threads", "workers", "save_every", "keep_every"].contains(&name)
}

/// An error where a range has values that the setting does not take.
fn check(setting: &Setting, range: &Range) -> Result<(), Failure> {
    let values = match range {
        Range::Real { low, high } | Range::LogReal { low, high } => {
            [low, high].map(|&end| Value::Real(end)).to_vec()
        }
        Range::Whole { low, high } | Range::LogWhole { low, high } => {
            [low, high].map(|&end| Value::Whole(end)).to_vec()
        }
        Range::Choice(values) => values.iter().map(super::tune::setting).collect(),
    };
    match values.iter().find(|value| !setting.kind.allows(value)) {
        None => Ok(()),
        Some(value) => Err(Failure::usage(format!(
            "`{}` is to be varied to {value}, but is {}",
            setting.name,
            setting.kind.expected()
        ))),
    }
}

/// `lr=log:1e-4..1e-1`, `momentum=0.5..0.99`, `batch=16,32,64`.
fn parsed(text: &str, known: &[Setting]) -> Result<(&'static str, Range), Failure> {
    let wrong = |problem: &str| {
        Failure::usage(format!(
            "`--vary {text}`: {problem}; write `NAME=FROM..TO`, `NAME=log:FROM..TO` or `NAME=A,B,C`, such as \
             `lr=log:1e-4..1e-1`"
        ))
    };
    let (name, range) = text.split_once('=').ok_or_else(|| wrong("there is no `=`"))?;
    let name = name.trim().replace('-', "_");
    let setting = known.iter().find(|setting| setting.name == name && can_vary(&name));
    let setting = setting.ok_or_else(|| unknown(&name, known))?;
    let value = |text: &str| match setting.kind.parse(text.trim()) {
        Ok(value) => Ok(tried(value)),
        Err(problem) => Err(wrong(&format!("`{}` is none of its values: {problem}", text.trim()))),
    };
    let (is_log, ends) = match range.strip_prefix("log:") {
        Some(ends) => (true, ends),
        None => (false, range),
    };
    let Some((low, high)) = ends.split_once("..") else {
        if is_log {
            return Err(wrong("`log:` is for a range"));
        }
        let values: Vec<Tried> = range.split(',').map(value).collect::<Result<_, _>>()?;
        if values.len() == 1 {
            return Err(wrong("one value leaves nothing to vary"));
        }
        return Ok((setting.name, Range::Choice(values)));
    };
    let high = high.strip_prefix('=').unwrap_or(high);
    let range = match (value(low)?, value(high)?, is_log) {
        (Tried::Real(low), Tried::Real(high), false) => Range::real(low, high),
        (Tried::Real(low), Tried::Real(high), true) => Range::log(low, high),
        (Tried::Whole(low), Tried::Whole(high), false) => Range::whole(low, high),
        (Tried::Whole(low), Tried::Whole(high), true) => Range::log_whole(low, high),
        _ => return Err(wrong("such values have no order, so they are listed")),
    };
    Ok((setting.name, range))
}

fn tried(value: Value) -> Tried {
    match value {
        Value::Real(value) => Tried::Real(value),
        Value::Whole(value) => Tried::Whole(value),
        Value::Flag(value) => Tried::Flag(value),
        Value::Text(value) => Tried::Text(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    fn known() -> Vec<Setting> {
        let setting = |name, kind| Setting { name, help: "", kind, default: None };
        vec![
            setting("lr", Kind::Positive),
            setting("weight_decay", Kind::AtLeastZero),
            setting("batch", Kind::Count),
            setting("nesterov", Kind::Flag),
            setting("out", Kind::Path),
        ]
    }

    #[test]
    fn the_macro_and_the_program_vary_the_same_settings() {
        use macrograd_compiler::training::tables::{FIXED, SETTINGS};
        for (name, _) in SETTINGS {
            assert_eq!(can_vary(name), !FIXED.contains(name), "{name}");
        }
    }

    #[test]
    fn ranges_are_read() {
        let of = |text: &str| parsed(text, &known()).unwrap();
        assert_eq!(of("lr=log:1e-4..1e-1"), ("lr", Range::log(1e-4, 1e-1)));
        assert_eq!(of("weight-decay=0..0.1"), ("weight_decay", Range::real(0.0, 0.1)));
        assert_eq!(of("batch=log:8..=64"), ("batch", Range::log_whole(8, 64)));
        assert_eq!(of("batch=16, 32"), ("batch", Range::choice([16_u64, 32])));
        assert_eq!(of("nesterov=true,false"), ("nesterov", Range::choice([true, false])));
    }

    #[test]
    fn what_is_no_range_is_said() {
        for (text, problem) in [
            ("lr", "there is no `=`"),
            ("lr=0..1", "`0` is none of its values"),
            ("lr=log:0.1", "`log:` is for a range"),
            ("lr=0.1", "one value leaves nothing to vary"),
            ("batch=1..many", "`many` is none of its values: expected a whole number, at least 1"),
            ("nesterov=false..true", "such values have no order, so they are listed"),
            ("rate=1..2", "there is no setting `rate` to vary; there are lr, weight_decay, batch, nesterov"),
            ("out=a,b", "there is no setting `out` to vary"),
        ] {
            let message = parsed(text, &known()).unwrap_err().to_string();
            assert!(message.contains(problem), "{message}");
        }
    }
}
