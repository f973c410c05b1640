//! What could be put in a checkpoint: found in one lowering, tried in others.

use super::regions::tensors_in;
use super::{Lowered, Lowering, Result, Val};
use crate::diagnostics::{Diagnostics, Place, source_text};
use crate::graph::Value;
use crate::parse::Function;
use crate::program::{Instance, Program, StateTensor};
use proc_macro2::Span;
use std::ops::Range;
use std::rc::Rc;
use syn::Expr;
use syn::spanned::Spanned;

/// A call in a function of the user that could be put in a checkpoint.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// As it is written.
    pub text: String,
    /// Where it begins.
    pub span: Span,
    /// The values that it computes, each time that it is reached.
    pub values: Vec<Range<usize>>,
    /// Its results.
    pub results: Vec<Value>,
    extent: Extent,
}

/// Where an expression begins and ends: it is the same one in every lowering.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Extent {
    file: String,
    start: (usize, usize),
    end: (usize, usize),
}

impl Extent {
    fn of(expr: &Expr) -> Extent {
        let Place { start, end } = Place::of(expr);
        let at = |place: proc_macro2::LineColumn| (place.line, place.column);
        Extent { file: start.file(), start: at(start.start()), end: at(end.end()) }
    }
}

/// What is looked for in the calls of the user's functions.
pub(super) enum Search {
    Nothing,
    /// Calls that could be put in a checkpoint, so far.
    Candidates(Vec<Candidate>),
    /// The call that is put in a checkpoint.
    Wrap(Extent),
}

impl Search {
    pub(super) fn num_candidates(&self) -> usize {
        match self {
            Search::Candidates(found) => found.len(),
            Search::Nothing | Search::Wrap(_) => 0,
        }
    }

    /// Forgets all candidates but the first ones.
    pub(super) fn truncate(&mut self, count: usize) {
        if let Search::Candidates(found) = self {
            found.truncate(count);
        }
    }
}

/// Lowers a function for training, and finds the calls in it that could be put in a checkpoint.
///
/// # Errors
/// When the function has mistakes.
pub fn lower_candidates(
    program: &Program,
    state: &[StateTensor],
    root: &Rc<Instance>,
    function: &Function,
) -> Result<(Lowered, Vec<Candidate>)> {
    let mut unread = Diagnostics::default();
    let mut lowering = Lowering::new(program, state, function, true, &mut unread);
    lowering.search = Search::Candidates(Vec::new());
    let lowered = lowering.run(root, function)?;
    let found = match lowering.search {
        Search::Candidates(found) => found,
        Search::Nothing | Search::Wrap(_) => Vec::new(),
    };
    Ok((lowered, merged(found)))
}

/// Lowers a function for training as if a call were written in a checkpoint.
///
/// # Errors
/// When that is not possible.
pub fn lower_with_checkpoint(
    program: &Program,
    state: &[StateTensor],
    root: &Rc<Instance>,
    function: &Function,
    candidate: &Candidate,
) -> Result<Lowered> {
    let mut unread = Diagnostics::default();
    let mut lowering = Lowering::new(program, state, function, true, &mut unread);
    lowering.search = Search::Wrap(candidate.extent.clone());
    lowering.run(root, function)
}

/// One candidate for each place. Calls that a macro has put at one place cannot be told apart: they are left out.
fn merged(found: Vec<Candidate>) -> Vec<Candidate> {
    let mut merged: Vec<Candidate> = Vec::new();
    let mut ambiguous: Vec<Extent> = Vec::new();
    for candidate in found {
        match merged.iter_mut().find(|known| known.extent == candidate.extent) {
            Some(known) if known.text != candidate.text => ambiguous.push(candidate.extent),
            Some(known) => {
                known.values.extend(candidate.values);
                known.results.extend(candidate.results);
            }
            None => merged.push(candidate),
        }
    }
    merged.retain(|candidate| !ambiguous.contains(&candidate.extent));
    merged
}

impl Lowering<'_> {
    pub(super) fn is_searching(&self) -> bool {
        !matches!(self.search, Search::Nothing)
    }

    /// A call, noted or put in a checkpoint. Those in a checkpoint are computed again already, and those in a layer of
    /// a library cannot be edited.
    pub(super) fn searched_call(&mut self, expr: &Expr) -> Result<Val> {
        if self.num_checkpoints > 0 || self.frame_ref().caller.is_some() || is_checkpoint(expr) {
            return self.plain_call(expr);
        }
        let extent = Extent::of(expr);
        if let Search::Wrap(wanted) = &self.search {
            let is_wanted = *wanted == extent;
            return if is_wanted { self.checkpoint_around(expr, expr.span()) } else { self.plain_call(expr) };
        }
        let before = self.builder.values.len();
        let value = self.plain_call(expr)?;
        let values = before..self.builder.values.len();
        let results = tensors_in(&value);
        if let (Search::Candidates(found), false) = (&mut self.search, results.is_empty()) {
            let (text, span) = (source_text(expr), expr.span());
            found.push(Candidate { text, span, values: vec![values], results, extent });
        }
        Ok(value)
    }

    fn plain_call(&mut self, expr: &Expr) -> Result<Val> {
        match expr {
            Expr::MethodCall(call) => self.method_call(call),
            Expr::Call(call) => self.call(call),
            other => self.expression(other),
        }
    }
}

fn is_checkpoint(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => matches!(&*call.func, Expr::Path(path) if path.path.is_ident("checkpoint")),
        _ => false,
    }
}
