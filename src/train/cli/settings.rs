//! Values of a declaration, and where they may be overridden: by a flag, the environment, a file.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Failure, Kind, Value};

/// A value that a declaration has, and which values it may take instead.
#[derive(Clone, Debug)]
pub struct Setting {
    /// As in the declaration and in files: `weight_decay`. The flag is `--weight-decay`, the variable
    /// `MACROGRAD_WEIGHT_DECAY`.
    pub name: &'static str,
    /// What `--help` says.
    pub help: &'static str,
    /// Which values it takes.
    pub kind: Kind,
    /// The declared value; `None` where the program decides.
    pub default: Option<Value>,
}

/// A file of settings.
pub(super) enum File<'p> {
    /// None.
    None,
    /// One that the user names.
    Given(&'p Path),
    /// The one that a run has kept: settings that the program has no more are left out.
    OfRun(&'p Path),
}

/// The values of a run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Names of all settings, also of those without a value.
    known: Vec<&'static str>,
    values: BTreeMap<&'static str, Value>,
}

impl Settings {
    /// Flags come first, then the environment, then the file, then what is declared.
    pub(super) fn resolve(
        known: &[Setting],
        flags: &BTreeMap<&'static str, Value>,
        environment: impl Fn(&str) -> Option<String>,
        file: &File<'_>,
    ) -> Result<Settings, Failure> {
        let mut values: BTreeMap<&'static str, Value> = BTreeMap::new();
        for setting in known {
            if let Some(default) = &setting.default {
                if !setting.kind.allows(default) {
                    let (name, expected) = (setting.name, setting.kind.expected());
                    return Err(Failure::usage(format!(
                        "`{name}` is declared as {default}, but takes {expected}"
                    )));
                }
                values.insert(setting.name, default.clone());
            }
        }
        match file {
            File::None => {}
            File::Given(path) => values.extend(read_file(known, path, true)?),
            File::OfRun(path) => {
                values.extend(read_file(known, path, false)?);
                // The folder may have moved: where it is found is where it is.
                values.remove("out");
                let out = known.iter().find(|setting| setting.name == "out");
                values.extend(out.and_then(|out| Some((out.name, out.default.clone()?))));
            }
        }
        for setting in known {
            let variable = variable(setting.name);
            let Some(text) = environment(&variable) else { continue };
            let value = setting.kind.parse(&text).map_err(|problem| {
                Failure::usage(format!("the environment variable {variable} is `{text}`: {problem}"))
            })?;
            values.insert(setting.name, value);
        }
        values.extend(flags.clone());
        Ok(Settings { known: known.iter().map(|setting| setting.name).collect(), values })
    }

    fn get(&self, name: &str) -> &Value {
        self.values.get(name).unwrap_or_else(|| panic!("the declaration has no `{name}`"))
    }

    /// A real.
    ///
    /// # Panics
    /// When the declaration has no such setting.
    pub fn real(&self, name: &str) -> f64 {
        match self.get(name) {
            Value::Real(value) => *value,
            other => panic!("`{name}` is {other:?}"),
        }
    }

    /// A whole number.
    ///
    /// # Panics
    /// When the declaration has no such setting.
    pub fn whole(&self, name: &str) -> u64 {
        match self.get(name) {
            Value::Whole(value) => *value,
            other => panic!("`{name}` is {other:?}"),
        }
    }

    /// `true` or `false`.
    ///
    /// # Panics
    /// When the declaration has no such setting.
    pub fn flag(&self, name: &str) -> bool {
        match self.get(name) {
            Value::Flag(value) => *value,
            other => panic!("`{name}` is {other:?}"),
        }
    }

    /// A text or a path.
    ///
    /// # Panics
    /// When the declaration has no such setting.
    pub fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Value::Text(value) => value,
            other => panic!("`{name}` is {other:?}"),
        }
    }

    /// Whether there is a value.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// What is wrong with values that are right one by one: `Sgd` looks ahead by its momentum only.
    pub(super) fn contradiction(&self) -> Option<String> {
        let real = |name| if self.has(name) { self.real(name) } else { f64::NAN };
        let (momentum, dampening) = (real("momentum"), real("dampening"));
        let looks_ahead = self.has("nesterov") && self.flag("nesterov");
        // Only `Sgd` has a `dampening`.
        (looks_ahead && (momentum == 0.0 || dampening > 0.0)).then(|| {
            format!(
                "`nesterov` needs a `momentum` above 0 and no `dampening`, but they are {momentum} and {dampening}: give \
                 `--momentum 0.9`, or `--nesterov false`"
            )
        })
    }

    /// Gives a setting another value.
    ///
    /// # Panics
    /// When the declaration has no such setting.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        let known = self.known.iter().find(|known| **known == name);
        let name = known.unwrap_or_else(|| panic!("the declaration has no `{name}`"));
        self.values.insert(name, value);
    }

    /// All values as a file that [`resolve`](Settings::resolve) reads.
    pub(super) fn to_toml(&self) -> String {
        let line = |(name, value): (&&str, &Value)| match value {
            Value::Text(text) => format!("{name} = {}\n", serde_json::Value::from(text.as_str())),
            // Always with a point or an exponent: TOML tells reals from whole numbers by them.
            Value::Real(value) => format!("{name} = {value:?}\n"),
            value => format!("{name} = {value}\n"),
        };
        self.values.iter().map(line).collect()
    }
}

/// The environment variable of a setting.
pub(super) fn variable(name: &str) -> String {
    format!("MACROGRAD_{}", name.to_uppercase())
}

/// The values of a file. One that a person has written names settings that there are.
fn read_file(
    known: &[Setting],
    path: &Path,
    is_written_by_hand: bool,
) -> Result<BTreeMap<&'static str, Value>, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("cannot read {shown}: {error}; check the path of `--config`"))
    })?;
    let table: BTreeMap<String, serde_json::Value> =
        basic_toml::from_str(&text).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let mut values = BTreeMap::new();
    for (name, json) in table {
        let Some(setting) = known.iter().find(|setting| setting.name == name) else {
            if !is_written_by_hand {
                continue;
            }
            let names: Vec<&str> = known.iter().map(|setting| setting.name).collect();
            return Err(Failure::usage(format!(
                "{shown}: there is no setting `{name}`; there are {}",
                names.join(", ")
            )));
        };
        let Some(value) = setting.kind.of_json(&json) else {
            let expected = setting.kind.expected();
            return Err(Failure::usage(format!("{shown}: `{name}` is {json}: expected {expected}")));
        };
        values.insert(setting.name, value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Setting> {
        let setting = |name, kind, default| Setting { name, help: "", kind, default: Some(default) };
        vec![
            setting("lr", Kind::Positive, Value::Real(0.1)),
            setting("epochs", Kind::Count, Value::Whole(3)),
            setting("nesterov", Kind::Flag, Value::Flag(false)),
            setting("out", Kind::Path, Value::Text("run".into())),
        ]
    }

    fn error(result: Result<Settings, Failure>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn flags_beat_the_environment_which_beats_the_file() {
        let folder = std::env::temp_dir().join(format!("macrograd-settings-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("run.toml");
        std::fs::write(&file, "lr = 0.2\nepochs = 4\nnesterov = true\n").unwrap();
        let environment =
            |name: &str| (name == "MACROGRAD_EPOCHS" || name == "MACROGRAD_LR").then(|| "5".to_owned());
        let flags = BTreeMap::from([("lr", Value::Real(7.0))]);
        let settings = Settings::resolve(&known(), &flags, environment, &File::Given(&file)).unwrap();
        assert_eq!(settings.real("lr"), 7.0);
        assert_eq!(settings.whole("epochs"), 5);
        assert!(settings.flag("nesterov"));
        assert_eq!(settings.text("out"), "run");

        // What is written can be read.
        std::fs::write(&file, settings.to_toml()).unwrap();
        let again = Settings::resolve(&known(), &BTreeMap::new(), |_| None, &File::Given(&file)).unwrap();
        assert_eq!(again.values, settings.values);

        let path = file.display().to_string();
        let resolve = || Settings::resolve(&known(), &BTreeMap::new(), |_| None, &File::Given(&file));
        std::fs::write(&file, "lr = -1.0").unwrap();
        assert_eq!(
            error(resolve()),
            format!("{path}: `lr` is -1.0: expected a number above 0, such as 0.001")
        );
        std::fs::write(&file, "rate = 1.0").unwrap();
        assert_eq!(
            error(resolve()),
            format!("{path}: there is no setting `rate`; there are lr, epochs, nesterov, out")
        );
        std::fs::write(&file, "lr = = 1").unwrap();
        assert!(error(resolve()).starts_with(&path));

        // A run keeps its own, also when it has moved and the program has fewer settings.
        std::fs::write(&file, "gone = 1.0\nlr = 0.3\nout = \"elsewhere\"\n").unwrap();
        let kept = Settings::resolve(&known(), &BTreeMap::new(), |_| None, &File::OfRun(&file)).unwrap();
        assert_eq!((kept.real("lr"), kept.text("out")), (0.3, "run"));
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(error(resolve()).starts_with("cannot read"));
    }

    #[test]
    fn bad_values_are_named() {
        let environment = |name: &str| (name == "MACROGRAD_EPOCHS").then(|| "0".to_owned());
        let text = error(Settings::resolve(&known(), &BTreeMap::new(), environment, &File::None));
        assert_eq!(
            text,
            "the environment variable MACROGRAD_EPOCHS is `0`: expected a whole number, at least 1"
        );
        for (kind, text) in [
            (Kind::Positive, "0"),
            (Kind::Positive, "inf"),
            (Kind::Positive, "1e-60"),
            (Kind::AtLeastZero, "-1"),
            (Kind::AtLeastOne, "0.9"),
            (Kind::AtMostZero, "0.1"),
            (Kind::Between, "0"),
            (Kind::Between, "1"),
            (Kind::BelowOne, "1"),
            (Kind::Part, "1.5"),
            (Kind::Part, "NaN"),
            (Kind::Count, "1.0"),
            (Kind::Whole, "-1"),
            (Kind::Flag, "yes"),
            (Kind::Path, ""),
        ] {
            assert!(kind.parse(text).is_err(), "{kind:?} {text}");
        }
        assert_eq!(Kind::Part.parse("1"), Ok(Value::Real(1.0)));
    }

    #[test]
    fn values_that_do_not_go_together_are_named() {
        let known = |momentum: f64| {
            let real = |name, value| Setting {
                name,
                help: "",
                kind: Kind::BelowOne,
                default: Some(Value::Real(value)),
            };
            let nesterov = Some(Value::Flag(true));
            let nesterov = Setting { name: "nesterov", help: "", kind: Kind::Flag, default: nesterov };
            vec![real("momentum", momentum), real("dampening", 0.0), nesterov]
        };
        let of = |momentum| {
            let settings =
                Settings::resolve(&known(momentum), &BTreeMap::new(), |_| None, &File::None).unwrap();
            settings.contradiction()
        };
        assert_eq!(of(0.9), None);
        assert!(of(0.0).unwrap().starts_with("`nesterov` needs a `momentum` above 0"));
    }
}
