//! Which learning rate to take: the range test.

use std::process::ExitCode;

use super::Failure;
use super::commands::{Program, say};
use crate::train::RangeTest;

impl Program<'_> {
    /// Shows how the loss answers to learning rates. Writes nothing but the table that is asked for.
    pub(super) fn find_lr(&self) -> Result<ExitCode, Failure> {
        let real = |name| *self.matches.get_one::<f64>(name).expect("it has a default");
        let (from, to) = (real("from"), real("to"));
        if from >= to {
            return Err(Failure::usage(format!(
                "`--from` is {from} and `--to` is {to}: the rate grows, so the second must be larger"
            )));
        }
        let steps = *self.matches.get_one::<u64>("steps").expect("it has a default");
        let mut session = self.session()?;
        session.settings().clip_norm = self.clip_norm();
        let curve = session.range_test(&RangeTest::new(from, to).steps(steps))?;
        say(&curve.to_string())?;
        if let Some(path) = self.path("save") {
            curve.write_csv(path)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
