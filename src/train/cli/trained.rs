//! What is done with a trained model: it is judged, it predicts, and is exported.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::Failure;
use super::commands::{Program, ignoring_closed_pipes, is_same_file, say};
use super::data::Which;
use super::kit::{Judged, Trained, Visit};
use crate::metrics::Targets;
use crate::replace::replace;
use crate::train::history::cell;
use crate::train::progress::short;

impl Program<'_> {
    /// The file of the trained model: the one that is given, or the best one of the run.
    fn model_path(&self) -> Result<PathBuf, Failure> {
        if let Some(path) = self.path("model") {
            return Ok(path.to_path_buf());
        }
        let best = self.out().join("best.safetensors");
        let last = self.out().join("last.safetensors");
        if !best.exists() && !last.exists() {
            let out = self.out().display();
            return Err(Failure::run(format!(
                "there is no trained model in `{out}`: train one, name the folder of a run by `--out`, or a file by \
                 `--model`"
            )));
        }
        Ok(if best.exists() { best } else { last })
    }

    /// The trained model, and what it is judged by.
    pub(super) fn trained(&self, which: Which) -> Result<Box<dyn Trained + '_>, Failure> {
        let model = self.model_path()?;
        self.check_path()?;
        self.kit.trained(&model, &self.settings, self.out(), which)
    }

    pub(super) fn eval(&self) -> Result<ExitCode, Failure> {
        // Other data has no part that the run has kept aside.
        let is_all = self.switch("all") || !self.is_data_of_run;
        let which = if is_all { Which::All } else { Which::Validation };
        let evaluation = self.trained(which)?.evaluate()?;
        say(&format!("samples: {}", evaluation.samples))?;
        for (name, value) in &evaluation.values {
            say(&format!("{name}: {}", short(*value)))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    pub(super) fn predict(&self) -> Result<ExitCode, Failure> {
        if !self.kit.model().has_outputs {
            return Err(Failure::usage(
                "the declaration has neither `metrics` nor `forward`, so it does not say what the model predicts: add \
                 `forward: Net::forward`",
            ));
        }
        if let Some(path) = self.path("save") {
            self.check_is_not_data(path)?;
        }
        let (trained, names) = (self.trained(Which::ToPredict)?, self.classes()?);
        let write = |out: &mut dyn Write| -> Result<(), Failure> {
            let mut number = 0;
            let files = trained.files();
            trained.visit(&mut |Judged { output, targets, .. }| {
                let are_classes = are_classes(targets.as_ref());
                if number == 0 {
                    let len = output.rows().next().map_or(0, <[f32]>::len);
                    let sample = if files.is_some() { "file" } else { "sample" };
                    writeln!(out, "{sample}{}", heading(len, are_classes))?;
                }
                for row in output.rows() {
                    let sample = files.map_or_else(|| number.to_string(), |files| cell(&files[number]));
                    writeln!(out, "{sample}{}", cells(row, are_classes.then_some(&*names)))?;
                    number += 1;
                }
                Ok(Visit::GoOn)
            })
        };
        match self.path("save") {
            Some(path) => {
                let mut text = Vec::new();
                write(&mut text)?;
                replace(path, |out| out.write_all(&text))?;
            }
            None => ignoring_closed_pipes(write(&mut std::io::stdout().lock()))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// An error where a result would take the place of the data.
    fn check_is_not_data(&self, path: &Path) -> Result<(), Failure> {
        if self.settings.has("data") && is_same_file(path, Path::new(self.settings.text("data"))) {
            let path = path.display();
            return Err(Failure::usage(format!(
                "{path} is the data: name another file, which it would replace"
            )));
        }
        Ok(())
    }

    pub(super) fn export(&self) -> Result<ExitCode, Failure> {
        let path = self.path("file").expect("clap requires it");
        self.check_is_not_data(path)?;
        self.kit.export(&self.model_path()?, path)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether outputs are scores of classes: they are not where targets are reals.
fn are_classes(targets: Option<&Targets<'_>>) -> bool {
    !matches!(targets, Some(Targets::F32(_) | Targets::F64(_)))
}

/// The line above predictions of so many numbers, behind its first cell: of several scores, the class of the largest stands in front.
fn heading(len: usize, are_classes: bool) -> String {
    let class = if len > 1 && are_classes { ",class" } else { "" };
    let outputs: String = match len {
        1 => ",output".to_owned(),
        _ => (0..len).map(|index| format!(",output_{index}")).collect(),
    };
    format!("{class}{outputs}")
}

/// The predictions of a sample, behind its number; with the class, by its name if it has one, where there are names.
fn cells(row: &[f32], names: Option<&[String]>) -> String {
    let values: String = row.iter().map(|value| format!(",{value}")).collect();
    let largest = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
    let (Some(names), Some(largest), 2..) = (names, largest, row.len()) else { return values };
    match names.get(largest) {
        Some(name) => format!(",{}{values}", cell(name)),
        None => format!(",{largest}{values}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_are_tables() {
        assert_eq!(
            [heading(1, true), heading(2, true), heading(2, false)],
            [",output", ",class,output_0,output_1", ",output_0,output_1"]
        );
        let names = ["a,b".to_owned()];
        assert_eq!(cells(&[2.0, 1.0], Some(&names)), ",\"a,b\",2,1");
        assert_eq!(cells(&[1.0, 2.0], Some(&names)), ",1,1,2");
        assert_eq!(cells(&[1.0, 2.0], None), ",1,2");
        assert_eq!(cells(&[1.5], Some(&names)), ",1.5");
    }
}
