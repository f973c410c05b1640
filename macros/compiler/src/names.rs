//! Names of the functions that a compiled model has: its own, the generated ones, and one for each field.

use crate::compile::CompiledFunction;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::parse::FieldKind;
use crate::program::Instance;
use std::collections::{HashMap, HashSet};

/// What every compiled model has.
const OF_EVERY_MODEL: &[&str] = &[
    "new",
    "workspace",
    "zero_grads",
    "save",
    "load",
    "named_parameters",
    "flops",
    "forward_bytes",
    "train_bytes",
    "summary",
];

/// Reports functions and fields whose names meet others: rustc would report them in generated code. Such functions are
/// taken out; returns the fields that cannot be accessed by a function of their name.
pub fn take_out_clashes(
    root: &Instance,
    functions: &mut Vec<CompiledFunction>,
    diagnostics: &mut Diagnostics,
) -> HashSet<String> {
    let mut owners: HashMap<String, String> = HashMap::new();
    for name in OF_EVERY_MODEL {
        owners.insert(name.to_string(), "every compiled model has a function of this name".to_string());
    }
    let mut kept: HashSet<String> = HashSet::new();
    functions.retain(|function| {
        let name = &function.decl.ident;
        let names = names_of(function);
        if function.choice.as_ref().is_some_and(|choice| choice.given.contains(&false)) {
            // The first choice of optional arguments has stood for all of them.
            return kept.contains(&name.to_string());
        }
        let clash = report_clash(&names, &owners, diagnostics, |clash| {
            Diagnostic::new(name.span(), format!("`{name}` would give the model two functions `{clash}`"))
                .help("give it another name")
        });
        if !clash {
            owners.extend(names.into_iter().map(|known| (known, format!("`{name}` brings one along"))));
            kept.insert(name.to_string());
        }
        !clash
    });
    let mut inaccessible = HashSet::new();
    for field in &root.decl.fields {
        let name = field.ident.to_string();
        // A function of the same name takes the place of the access to the field.
        if matches!(field.kind, FieldKind::Hyper(_)) || root.decl.function(&name).is_some() {
            continue;
        }
        let names = [name.clone(), format!("{name}_mut")];
        let clash = report_clash(&names, &owners, diagnostics, |clash| {
            let message =
                format!("access to the field `{name}` would give the model two functions `{clash}`");
            Diagnostic::new(field.ident.span(), message)
                .help(format!("give the field another name; `#[rename(\"{name}\")]` keeps this one in files"))
        });
        if clash {
            inaccessible.insert(name);
        } else {
            owners.extend(names.map(|known| (known, format!("the field `{name}` is accessed through one"))));
        }
    }
    inaccessible
}

/// Whether one of these names has an owner, which is reported.
fn report_clash(
    names: &[String],
    owners: &HashMap<String, String>,
    diagnostics: &mut Diagnostics,
    message: impl Fn(&str) -> Diagnostic,
) -> bool {
    let clash = names.iter().find_map(|name| owners.get_key_value(name));
    if let Some((name, owner)) = clash {
        diagnostics.report(message(name).note(owner.clone()));
    }
    clash.is_some()
}

/// The functions that come of one of the user's.
fn names_of(function: &CompiledFunction) -> Vec<String> {
    let name = function.decl.ident.to_string();
    let mut names = vec![name.clone(), format!("try_{name}")];
    if function.loss_grad.is_some() {
        for suffix in ["grad", "grad_into"] {
            names.extend([format!("{name}_{suffix}"), format!("try_{name}_{suffix}")]);
        }
    }
    if function.halves.is_some() {
        names.extend([format!("{name}_train"), format!("try_{name}_train")]);
    }
    names
}
