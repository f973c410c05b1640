//! What is done with a trained model: it is judged, it predicts, and is exported.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::Failure;
use super::commands::{Program, ignoring_closed_pipes, say};
use super::data::Which;
use crate::Model;
use crate::checkpoint;
use crate::metrics::Targets;
use crate::optim::Optimizer;
use crate::replace::replace;
use crate::train::progress::short;
use crate::train::source::Source;

impl<M, B, O> Program<'_, M, B, O>
where
    M: Model + 'static,
    B: Send + 'static,
    O: Optimizer + 'static,
{
    /// The trained model: the file that is given, or the best one of the run.
    pub(super) fn trained(&self) -> Result<M, Failure> {
        let path: PathBuf = match self.path("model") {
            Some(path) => path.to_path_buf(),
            None => {
                let best = self.out().join("best.safetensors");
                let last = self.out().join("last.safetensors");
                if !best.exists() && !last.exists() {
                    let out = self.out().display();
                    return Err(Failure::run(format!(
                        "there is no trained model in `{out}`: train one, name the folder of a run by `--out`, or a file by \
                         `--model`"
                    )));
                }
                if best.exists() { best } else { last }
            }
        };
        Ok(checkpoint::load(path)?)
    }

    pub(super) fn eval(&self) -> Result<ExitCode, Failure> {
        let model = self.trained()?;
        let source = self.judged(if self.switch("all") { Which::All } else { Which::Validation })?;
        let evaluation = self.judging(model).evaluate_source(&*source)?;
        say(&format!("samples: {}", evaluation.samples))?;
        for (name, value) in &evaluation.values {
            say(&format!("{name}: {}", short(*value)))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Whether outputs are scores of classes: they are not where targets are reals.
    fn are_classes(&self, batch: &B) -> bool {
        let judge = self.declared.judge.as_ref();
        judge.is_none_or(|judge| !matches!((judge.targets)(batch), Targets::F32(_) | Targets::F64(_)))
    }

    pub(super) fn predict(&self) -> Result<ExitCode, Failure> {
        let Some(outputs) = self.declared.outputs else {
            return Err(Failure::usage(
                "the declaration has neither `metrics` nor `forward`, so it does not say what the model predicts: add \
                 `forward: Net::forward`",
            ));
        };
        let model = self.trained()?;
        let source = self.judged(Which::ToPredict)?;
        let names = self.classes()?;
        let write = |out: &mut dyn Write| -> Result<(), Failure> {
            let mut number = 0;
            for batch in source.open(0, 0) {
                let (batch, _) = batch?;
                let output = outputs(&model, &batch)?;
                let are_classes = self.are_classes(&batch);
                if number == 0 {
                    let len = output.rows().next().map_or(0, <[f32]>::len);
                    writeln!(out, "{}", heading(len, are_classes))?;
                }
                for row in output.rows() {
                    writeln!(out, "{number}{}", cells(row, are_classes.then_some(&*names)))?;
                    number += 1;
                }
            }
            Ok(())
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

    /// What the trained model is judged by.
    pub(super) fn judged(&self, which: Which) -> Result<Box<dyn Source<B>>, Failure> {
        self.check_path()?;
        (self.declared.data.judged)(&self.settings, self.out(), which)
    }

    pub(super) fn export(&self) -> Result<ExitCode, Failure> {
        let path = self.path("file").expect("clap requires it");
        checkpoint::save(&self.trained()?, path)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The line above predictions of so many numbers: of several scores, the class of the largest stands in front.
fn heading(len: usize, are_classes: bool) -> String {
    let class = if len > 1 && are_classes { ",class" } else { "" };
    let outputs: String = match len {
        1 => ",output".to_owned(),
        _ => (0..len).map(|index| format!(",output_{index}")).collect(),
    };
    format!("sample{class}{outputs}")
}

/// The predictions of a sample, behind its number; with the class, by its name if it has one, where there are names.
fn cells(row: &[f32], names: Option<&[String]>) -> String {
    let values: String = row.iter().map(|value| format!(",{value}")).collect();
    let largest = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
    let (Some(names), Some(largest), 2..) = (names, largest, row.len()) else { return values };
    match names.get(largest) {
        Some(name) => format!(",{}{values}", crate::train::history::cell(name)),
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
            ["sample,output", "sample,class,output_0,output_1", "sample,output_0,output_1"]
        );
        let names = ["a,b".to_owned()];
        assert_eq!(cells(&[2.0, 1.0], Some(&names)), ",\"a,b\",2,1");
        assert_eq!(cells(&[1.0, 2.0], Some(&names)), ",1,1,2");
        assert_eq!(cells(&[1.0, 2.0], None), ",1,2");
        assert_eq!(cells(&[1.5], Some(&names)), ",1.5");
    }
}
