//! What a search varies: `tune: Space { lr: log(1e-4..=1e-1), batch: [16, 32, 64] }`.

use super::declaration::{Chosen, Reader, bare_name};
use super::emit::SCHEDULE;
use super::tables::{FIXED, Kind, SETTINGS, WARMUP};
use crate::diagnostics::{Diagnostic, Place, list_names, nearest};
use syn::{Expr, ExprRange, Member, RangeLimits};

/// A setting that is varied.
pub struct Varied {
    /// Name of the setting.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Its values.
    pub values: Values,
}

/// The values that a setting may take in a search.
pub enum Values {
    /// From one to another, both included.
    Between(Expr, Expr),
    /// As that; equal ratios matter equally.
    Log(Expr, Expr),
    /// These.
    List(Vec<Expr>),
}

impl Reader<'_> {
    /// What is declared to be varied.
    pub(super) fn varied(&mut self, expr: &Expr, optimizer: &Chosen, schedule: &Chosen) -> Vec<Varied> {
        let Expr::Struct(space) = expr else {
            let message = "`tune` is a space of settings";
            let help = "write `tune: Space { lr: log(1e-4..=1e-1), batch: [16, 32, 64] }`";
            self.report(Diagnostic::new(Place::of(expr), message).help(help));
            return Vec::new();
        };
        if !space.path.is_ident("Space") {
            let message = "what is varied is a `Space`";
            self.report(Diagnostic::new(Place::of(&space.path), message).help("write `tune: Space { … }`"));
        }
        let known = settings(optimizer, schedule);
        let mut varied: Vec<Varied> = Vec::new();
        for field in &space.fields {
            let Member::Named(member) = &field.member else { continue };
            let name = member.to_string();
            let Some(&(_, kind)) = known.iter().find(|(known, _)| *known == name) else {
                let names = || known.iter().map(|(name, _)| name.as_str());
                let mut diagnostic =
                    Diagnostic::new(member.span(), format!("there is no setting `{name}` to vary"))
                        .note(format!("there are {}", list_names(names())));
                if let Some(near) = nearest(&name, names()) {
                    diagnostic = diagnostic.help(format!("did you mean `{near}`"));
                }
                self.report(diagnostic);
                continue;
            };
            if let Some(values) = self.values(&name, kind, &field.expr) {
                varied.push(Varied { name, kind, values });
            }
        }
        varied
    }

    fn values(&mut self, name: &str, kind: Kind, expr: &Expr) -> Option<Values> {
        if let Expr::Array(list) = expr {
            list.elems.iter().for_each(|value| self.check_value(name, kind, value));
            return Some(Values::List(list.elems.iter().cloned().collect()));
        }
        let (is_log, range) = match expr {
            Expr::Call(call) if bare_name(&call.func).as_deref() == Some("log") && call.args.len() == 1 => {
                (true, &call.args[0])
            }
            other => (false, other),
        };
        let ends = match range {
            Expr::Range(ExprRange {
                start: Some(low),
                limits: RangeLimits::Closed(_),
                end: Some(high),
                ..
            }) => Some((low, high)),
            _ => None,
        };
        let Some((low, high)) = ends.filter(|_| !matches!(kind, Kind::Flag | Kind::Path)) else {
            let message = format!("`{name}` is varied in a range, or over a list");
            let example = match kind {
                Kind::Flag => format!("write `{name}: [false, true]`"),
                Kind::Path => format!("write `{name}: [\"…\", \"…\"]`"),
                Kind::Count | Kind::Whole => format!("write `{name}: 1..=8`, `{name}: [16, 32, 64]`"),
                _ => format!("write `{name}: 0.1..=0.5`, `{name}: log(1e-4..=1e-1)` or `{name}: [0.1, 0.2]`"),
            };
            self.report(Diagnostic::new(Place::of(expr), message).help(example));
            return None;
        };
        for end in [low, high] {
            self.check_value(name, kind, end);
        }
        let (low, high) = ((**low).clone(), (**high).clone());
        Some(if is_log { Values::Log(low, high) } else { Values::Between(low, high) })
    }
}

/// Names and kinds of all settings that can be varied.
fn settings(optimizer: &Chosen, schedule: &Chosen) -> Vec<(String, Kind)> {
    let of_optimizer = optimizer.choice.fields.iter().map(|field| (field.name.to_owned(), field.kind));
    let of_schedule = schedule.choice.fields.iter();
    let of_schedule = of_schedule.map(|field| (format!("{SCHEDULE}{}", field.name), field.kind));
    let warm_up = [(WARMUP.name.to_owned(), WARMUP.kind)];
    let common = SETTINGS.iter().filter(|(name, _)| !FIXED.contains(name));
    let common = common.map(|&(name, kind)| (name.to_owned(), kind));
    of_optimizer.chain(of_schedule).chain(warm_up).chain(common).collect()
}
