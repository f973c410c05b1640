//! The defaults that `train!` shows are those of the optimizers.

use macrograd::optim::*;
use macrograd_compiler::training::tables::{Kind, OPTIMIZERS};

/// The fields of a struct as `{:?}` shows them: `("beta1", "0.9")`.
fn fields(shown: &str) -> Vec<(&str, &str)> {
    let inner = shown.split_once('{').map_or("", |(_, inner)| inner);
    inner.split(", ").filter_map(|field| field.trim().split_once(": ")).collect()
}

#[test]
fn defaults_are_those_of_the_optimizers() {
    let lr = 0.5;
    let shown = |name: &str| match name {
        "Adadelta" => format!("{:?}", Adadelta::new(lr)),
        "Adafactor" => format!("{:?}", Adafactor::new(lr)),
        "Adagrad" => format!("{:?}", Adagrad::new(lr)),
        "Adam" => format!("{:?}", Adam::new(lr)),
        "AdamW" => format!("{:?}", AdamW::new(lr)),
        "Adamax" => format!("{:?}", Adamax::new(lr)),
        "Lamb" => format!("{:?}", Lamb::new(lr)),
        "Lbfgs" => format!("{:?}", Lbfgs::new(lr)),
        "Lion" => format!("{:?}", Lion::new(lr)),
        "Muon" => format!("{:?}", Muon::new(lr)),
        "NAdam" => format!("{:?}", NAdam::new(lr)),
        "RAdam" => format!("{:?}", RAdam::new(lr)),
        "RmsProp" => format!("{:?}", RmsProp::new(lr)),
        "ScheduleFreeAdamW" => format!("{:?}", ScheduleFreeAdamW::new(lr)),
        "Sgd" => format!("{:?}", Sgd::new(lr)),
        other => panic!("`{other}` is new: add it here"),
    };
    for optimizer in OPTIMIZERS {
        let shown = shown(optimizer.name);
        let fields = fields(&shown);
        for field in optimizer.fields.iter().filter(|field| field.name != "lr") {
            let (_, found) = fields.iter().find(|(name, _)| *name == field.name).unwrap_or_else(|| {
                panic!("`{}` of `{}` is not among its fields: {shown}", field.name, optimizer.name)
            });
            let is_same = match field.kind {
                Kind::Flag => *found == field.default,
                _ => found.parse::<f64>() == field.default.parse(),
            };
            assert!(is_same, "`{}` of `{}` is {found}, not {}", field.name, optimizer.name, field.default);
        }
    }
}
