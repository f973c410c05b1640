//! The text form of the closed program: the tree of instances, and the state.

use crate::program::{Instance, Member, StateTensor};
use std::fmt::Write;

/// One line per instance with its sizes and settings, then one per tensor of the state.
pub fn program_text(root: &Instance, state: &[StateTensor]) -> String {
    let mut text = String::new();
    write_instance(root, 0, &mut text);
    text.push('\n');
    for tensor in state {
        let StateTensor { name, shape, kind, init, offset, lr_scale, decay, .. } = tensor;
        let decay = if *decay { "" } else { ", no weight decay" };
        let _ = writeln!(
            text,
            "{offset:>10}  {kind:?} {name} {shape:?}, {init:?}, learning rate x {lr_scale}{decay}"
        );
    }
    text
}

fn write_instance(instance: &Instance, depth: usize, text: &mut String) {
    let mut consts: Vec<String> =
        instance.consts.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    consts.sort();
    let settings: Vec<String> = instance
        .members
        .iter()
        .filter_map(|(name, member)| match member {
            Member::Hyper(value) => Some(format!("{name}: {}", value.text())),
            Member::Absent => Some(format!("no {name}")),
            Member::Tensor(_) | Member::Model(_) | Member::Stack(_) => None,
        })
        .collect();
    let indent = "  ".repeat(depth);
    let path = if instance.path.is_empty() { "(root)" } else { &instance.path };
    let name = &instance.decl.name;
    let _ = writeln!(text, "{indent}{path}: {name}<{}> {{ {} }}", consts.join(", "), settings.join(", "));
    for (_, member) in &instance.members {
        match member {
            Member::Model(inner) => write_instance(inner, depth + 1, text),
            Member::Stack(elements) => {
                elements.iter().for_each(|inner| write_instance(inner, depth + 1, text))
            }
            Member::Tensor(_) | Member::Hyper(_) | Member::Absent => {}
        }
    }
}
