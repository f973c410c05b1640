//! What gradients are asked for.

use super::Derivative;
use crate::autodiff::element_of;
use crate::diagnostics::{Diagnostic, Place, count, list_names};
use crate::graph::{StateRef, Value};
use crate::lower::{Lowering, Result, Val, messages};
use proc_macro2::{Ident, Span};

/// What gradients are asked for.
pub(super) struct Wrt {
    pub(super) sources: Vec<Source>,
    /// Whether they were given as a list, so that the result is one.
    pub(super) is_list: bool,
}

/// One of them.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Source {
    /// An argument of the function.
    Argument(usize),
    /// A tensor of the state, as the function reads it.
    State(Value),
}

/// An argument that may be given by name.
type Named = Option<(Ident, Val)>;

impl Lowering<'_> {
    /// What gradients are asked for: the first argument, unless `wrt` says others.
    pub(super) fn with_respect_to(
        &mut self,
        given: Option<&(Ident, Val)>,
        num_args: usize,
        derivative: Derivative,
        span: Span,
    ) -> Result<Wrt> {
        let name = derivative.name();
        let is_list = matches!(given, Some((_, Val::List(_))));
        let place = self.place(given.map_or(span, |(option, _)| option.span()));
        let chosen = match given.map(|(_, value)| value.clone()) {
            None => vec![Val::Size(0.into())],
            Some(Val::List(items)) => items,
            Some(single) => vec![single],
        };
        let mut sources = Vec::new();
        for chosen in &chosen {
            let source = self.source(chosen, num_args, given.is_none(), name, place)?;
            if sources.contains(&source) {
                let what = match source {
                    Source::Argument(at) => format!("the argument {at}"),
                    Source::State(_) => "a parameter".to_string(),
                };
                return self.wrong_wrt(place, format!("`wrt` names {what} twice"));
            }
            sources.push(source);
        }
        if sources.is_empty() {
            return self.wrong_wrt(place, "`wrt` names no argument".to_string());
        }
        Ok(Wrt { sources, is_list })
    }

    fn source(
        &mut self,
        chosen: &Val,
        num_args: usize,
        is_default: bool,
        name: &str,
        place: Place,
    ) -> Result<Source> {
        match chosen {
            Val::Size(size) if size.as_literal().is_some() => {
                let index = size.as_literal().unwrap_or_default();
                if let Some(at) = usize::try_from(index).ok().filter(|&at| at < num_args) {
                    return Ok(Source::Argument(at));
                }
                if is_default {
                    let message = format!(
                        "`{name}` differentiates by the argument {index} of the function, which is not given"
                    );
                    return self.error(
                        Diagnostic::new(place, message)
                            .help(format!("write its arguments after it: `{name}(self.energy, x)`")),
                    );
                }
                let message = format!(
                    "`wrt` names the argument {index}, but the function is given {}, numbered from 0",
                    count(num_args, "argument", "arguments")
                );
                self.wrong_wrt(place, message)
            }
            Val::Present(value) => self.source(value, num_args, is_default, name, place),
            Val::Tensor(value) if self.state_of(*value).is_some() => Ok(Source::State(*value)),
            Val::Tensor(_) => {
                let message = "`wrt` numbers arguments of the function or names parameters, found a value";
                self.wrong_wrt(place, message.to_string())
            }
            other => {
                let message = format!(
                    "`wrt` numbers arguments of the function or names parameters, found {}",
                    messages::kind_of(other)
                );
                self.wrong_wrt(place, message)
            }
        }
    }

    fn wrong_wrt<T>(&mut self, place: Place, message: String) -> Result<T> {
        self.error(
            Diagnostic::new(place, message).help("write `wrt = 0`, `wrt = [0, 1]` or `wrt = self.fc.weight`"),
        )
    }

    /// The tensor of the state that a value is.
    pub(super) fn state_of(&self, value: Value) -> Option<StateRef> {
        let in_loops = self.loops.iter().flat_map(|inner| &inner.known.slices);
        let mut known = self.root_loop.slices.iter().chain(in_loops);
        known.find(|(_, slice)| *slice == value).map(|(state, _)| state.clone())
    }

    /// Refuses a parameter of a stack over which the function loops: the loop reads the stack as a whole.
    pub(super) fn check_read_alone(&mut self, value: Value, place: Place) -> Result<()> {
        let Some(state) = self.state_of(value) else { return Ok(()) };
        let slices = self.root_loop.slices.iter();
        let is_in = |(whole, _): &(StateRef, Value)| {
            whole.stacks.len() > state.stacks.len() && element_of(whole, &state).is_some()
        };
        if !slices.clone().any(is_in) || !self.root_loop.slices.iter().any(|(_, slice)| *slice == value) {
            return Ok(());
        }
        let name = self.state[state.tensor].name.clone();
        self.error(
            Diagnostic::new(place, format!("`{name}` is read by a loop over the stack it belongs to"))
                .note("the loop reads all elements at once, and has no gradient of one")
                .help("write the loop out: `self.blocks[0](x)`, `self.blocks[1](x)`, …"),
        )
    }

    /// Takes the arguments `wrt` and, where there is one, the direction of a derivative.
    pub(super) fn take_options(
        &mut self,
        options: Vec<(Ident, Val)>,
        derivative: Derivative,
    ) -> Result<(Named, Named)> {
        let name = derivative.name();
        let known = || ["wrt"].into_iter().chain(derivative.direction());
        let (mut wrt, mut direction) = (None, None);
        for (option, value) in options {
            let slot = match option.to_string().as_str() {
                "wrt" => &mut wrt,
                other if derivative.direction() == Some(other) => &mut direction,
                _ => {
                    let place = self.place(option.span());
                    return self.error(
                        Diagnostic::new(place, format!("`{name}` has no argument `{option}`"))
                            .note(format!("it has {}", list_names(known()))),
                    );
                }
            };
            if slot.is_some() {
                let place = self.place(option.span());
                return self.error(Diagnostic::new(place, format!("the argument `{option}` is given twice")));
            }
            *slot = Some((option, value));
        }
        Ok((wrt, direction))
    }
}
