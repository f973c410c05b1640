//! Losses of labels.

use super::{number, tensor};
use crate::{Context, Uncovered};
use macrograd_compiler::graph::Value;
use macrograd_compiler::ops::call::Argument;

/// `NegativeLogLikelihoodLoss` and `SoftmaxCrossEntropyLoss`, whose second output is what it takes the logarithms for.
pub(super) fn label_loss(c: &mut Context<'_>, method: &str) -> Result<Vec<Value>, Uncovered> {
    let (scores, label) = (c.input(0)?, c.input(1)?);
    let reduction = c.case.text("reduction").unwrap_or("mean").to_string();
    let mut named = vec![("reduction", Argument::Text(reduction))];
    if c.case.inputs.len() > 2 {
        named.push(("weight", tensor(c.input(2)?)));
    }
    if c.case.attributes.contains_key("ignore_index") {
        named.push(("ignore_index", number(c.case.integer("ignore_index", 0))));
    }
    let loss = c.call_with(method, vec![tensor(scores), tensor(label)], named)?;
    Ok(vec![loss, c.call_with("log_softmax", vec![tensor(scores), number(1)], Vec::new())?])
}
