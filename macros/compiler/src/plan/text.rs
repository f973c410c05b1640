//! The text form of plans: a table of the steps.

use super::{Copy, FusedLoop, Memory, Place, Plan, Step};
use crate::graph::{Value, shape_text};
use crate::ops::Operation;
use std::fmt;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, zone) in self.zones.iter().enumerate() {
            match &zone.factor {
                Some(factor) => writeln!(f, "zone {index}: {} * ({factor}) elements", zone.len)?,
                None => writeln!(f, "zone {index}: {} elements", zone.len)?,
            }
        }
        let (first, second) = self.halves();
        write_steps(self, first, 0, f)?;
        if self.split.is_some() {
            writeln!(f, "-- second half")?;
            write_steps(self, second, 0, f)?;
        }
        for range in &self.zero_grads {
            writeln!(f, "zero gradients {range:?}")?;
        }
        Ok(())
    }
}

fn write_steps(plan: &Plan, steps: &[Step], depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let indent = "  ".repeat(depth);
    for step in steps {
        match step {
            Step::Kernel(node) => {
                let inputs: Vec<String> = node.inputs.iter().map(|value| named(plan, *value)).collect();
                let outputs: Vec<String> = node.outputs.iter().map(|value| named(plan, *value)).collect();
                writeln!(
                    f,
                    "{indent}{} = {}({}){}",
                    outputs.join(", "),
                    node.op.text(),
                    inputs.join(", "),
                    place_of(plan, node.outputs[0])
                )?;
            }
            Step::Fused(fused) => write_loop(plan, fused, &indent, f)?,
            Step::Copy(copy) => write_copy(plan, copy, &indent, f)?,
            Step::IfElse(choice) => {
                writeln!(f, "{indent}if {}", named(plan, choice.condition))?;
                write_steps(plan, &choice.branches[0], depth + 1, f)?;
                writeln!(f, "{indent}else")?;
                write_steps(plan, &choice.branches[1], depth + 1, f)?;
            }
            Step::Repeat(repeat) => {
                writeln!(
                    f,
                    "{indent}repeat {} {}",
                    repeat.count,
                    if repeat.reverse { "in reverse" } else { "" }
                )?;
                if let Some(condition) = repeat.stops {
                    let bound = if repeat.is_unbounded { ", without a bound" } else { "" };
                    writeln!(f, "{indent}  as long as {}{bound}", named(plan, condition))?;
                }
                for copy in &repeat.before {
                    write_copy(plan, copy, &format!("{indent}  before: "), f)?;
                }
                write_steps(plan, &repeat.steps, depth + 1, f)?;
                for copy in &repeat.after {
                    write_copy(plan, copy, &format!("{indent}  after: "), f)?;
                }
            }
        }
    }
    Ok(())
}

fn write_loop(plan: &Plan, fused: &FusedLoop, indent: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let loads: Vec<String> = fused.loads.iter().map(|load| named(plan, load.value)).collect();
    writeln!(f, "{indent}loop {} over {}", shape_text(&fused.space), loads.join(", "))?;
    for (index, statement) in fused.statements.iter().enumerate() {
        writeln!(f, "{indent}  ${} = {statement}", fused.loads.len() + index)?;
    }
    for store in &fused.stores {
        let how = match store.reduce {
            Some(kind) => format!("{kind:?} of "),
            None => String::new(),
        };
        let in_place = store.in_place.map_or(String::new(), |load| format!(" in place of ${load}"));
        writeln!(
            f,
            "{indent}  {} = {how}${}{in_place}{}",
            named(plan, store.value),
            store.source,
            place_of(plan, store.value)
        )?;
    }
    Ok(())
}

fn write_copy(plan: &Plan, copy: &Copy, indent: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let verb = if copy.accumulate { "add" } else { "copy" };
    writeln!(f, "{indent}{verb} {} to {}", named(plan, copy.from), copy.place())
}

fn named(plan: &Plan, value: Value) -> String {
    format!("%{} {}", value.0, plan.graph.ty(value))
}

/// Place and source line.
fn place_of(plan: &Plan, value: Value) -> String {
    let origin = plan.graph.origin(value);
    let place = plan.places.get(&value).map_or(String::new(), |place| format!(" at {place}"));
    let start = origin.span.start();
    format!(
        "{place}  // {} {}{}:{}",
        origin.name,
        if origin.backward { "backward " } else { "" },
        origin.scope,
        start.line
    )
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.memory {
            Memory::Arena(zone) => write!(f, "zone {zone} + {}", self.offset)?,
            Memory::State => write!(f, "state + {}", self.offset)?,
            Memory::Input(index) => write!(f, "argument {index}")?,
            Memory::Output(index) => write!(f, "output {index}")?,
            Memory::Grads => write!(f, "gradients + {}", self.offset)?,
            Memory::Buffers => write!(f, "buffers + {}", self.offset)?,
            Memory::GradInput(index) => write!(f, "gradient of argument {index}")?,
        }
        for (repeat, stride) in &self.iterations {
            write!(f, " + {stride} per iteration of loop {repeat}")?;
        }
        Ok(())
    }
}
