//! Groups of parameters with settings of their own.

use macrograd_runtime::state::{Kind, Layout, TensorInfo};

use super::at_least_zero;

/// Parameters that an optimizer treats differently, chosen by name.
///
/// In a pattern `*` stands for any characters, dots included; the rest is taken literally: `head.*`, `*.bias`,
/// `blocks.0.*`. A parameter belongs to the first group that was given and matches it. Factors of a group come on top
/// of those of the model: `#[lr(0.1)]` in a group with `lr_scale(0.5)` trains at a twentieth of the rate, and a
/// parameter under `#[no_decay]` never decays.
///
/// ```
/// use macrograd::optim::{AdamW, ParamGroup};
///
/// let optimizer = AdamW::new(3e-4)
///     .weight_decay(0.1)
///     .group(ParamGroup::new("*.bias").weight_decay(0.0))
///     .group(ParamGroup::new("backbone.*").lr_scale(0.1));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ParamGroup {
    pattern: String,
    pub(super) lr_scale: f64,
    pub(super) weight_decay: Option<f64>,
}

impl ParamGroup {
    /// The parameters whose names match a pattern, with the settings of the optimizer.
    pub fn new(pattern: impl Into<String>) -> ParamGroup {
        ParamGroup { pattern: pattern.into(), lr_scale: 1.0, weight_decay: None }
    }

    /// Factor on the learning rate.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn lr_scale(mut self, lr_scale: f64) -> ParamGroup {
        self.lr_scale = at_least_zero("lr_scale", lr_scale);
        self
    }

    /// Weight decay in the place of the optimizer's.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn weight_decay(mut self, weight_decay: f64) -> ParamGroup {
        self.weight_decay = Some(at_least_zero("weight_decay", weight_decay));
        self
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        matches(&self.pattern, name)
    }
}

/// Whether a name fits a pattern in which `*` stands for any characters.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or_default();
    // The earliest place of each piece leaves the most room for those after it.
    for piece in pieces {
        let Some(found) = name.find(piece) else { return false };
        name = &name[found + piece.len()..];
    }
    name.ends_with(end)
}

/// The trained tensors of a layout.
pub(super) fn trained(layout: &Layout) -> impl Iterator<Item = &TensorInfo> {
    layout.tensors.iter().filter(|tensor| tensor.kind == Kind::Trainable)
}

/// Panics when a group has no parameter: its pattern is misspelt, or meant for another model.
#[track_caller]
pub(super) fn check_groups(groups: &[ParamGroup], layout: &Layout, model: &str) {
    for group in groups {
        check_pattern(&group.pattern, layout, model);
    }
}

/// Panics when no trained parameter matches.
#[track_caller]
pub(super) fn check_pattern(pattern: &str, layout: &Layout, model: &str) {
    assert!(
        trained(layout).any(|tensor| matches(pattern, tensor.name)),
        "no trained parameter of `{model}` matches `{pattern}`; there are {}",
        trained(layout).map(|tensor| format!("`{}`", tensor.name)).collect::<Vec<_>>().join(", ")
    );
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, name, expected) in [
            ("fc.weight", "fc.weight", true),
            ("fc.weight", "fc.weights", false),
            ("*", "fc.weight", true),
            ("*.bias", "blocks.3.norm.bias", true),
            ("*.bias", "bias", false),
            ("blocks.*.weight", "blocks.1.fc.weight", true),
            ("blocks.*.weight", "blocks.weight", false),
            ("a*b*a", "aba", true),
            ("a*b*a", "aa", false),
            ("ab*ba", "aba", false),
            ("**", "", true),
            ("*bias*", "fc.bias", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
