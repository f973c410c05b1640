//! One pass over parameters, what an optimizer remembers of each, and gradients, at full vector width.
//!
//! An optimizer is a rule for one element: a struct of constants under [`UpdateRule`]. [`update`] runs it over slices.

use super::super::Float;
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{cut, for_each_of, num_parts};

/// Elements that are loaded, changed and stored together: whole cache lines, and more than LLVM unrolls. Unrolled, the
/// loop over a row would have to be put together to vectors again, which fails.
const LANES: usize = 64;

const CUT_LIES_WITHIN: &str = "parts add up to the whole";

/// What one step does to one element: `state` is its parameter followed by what the optimizer remembers of it.
///
/// A rule leaves a parameter of zero whose gradients are zero where it is: padding between tensors stays zero.
pub trait UpdateRule<const K: usize>: Copy + Send {
    /// The new state of an element. To be marked `#[inline(always)]`.
    fn element<S: Isa>(&self, state: [Float; K], grad: Float) -> [Float; K];
}

/// Applies a rule to each element, on the pool's threads: `state[..][i] <- rule(state[..][i], grad[i])`.
///
/// # Shapes
/// - each of `state`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
pub fn update<const K: usize>(rule: &impl UpdateRule<K>, state: [&mut [Float]; K], grad: &[Float]) {
    let n = grad.len();
    assert!(
        state.iter().all(|values| values.len() == n),
        "parameters and moments of lengths {:?}, but {n} gradients",
        state.each_ref().map(|values| values.len())
    );
    let mut parts = state.map(|values| values.as_chunks_mut::<LANES>());
    let (mut grad_rows, grad_end) = grad.as_chunks();
    let mut state_rows = parts.each_mut().map(|(rows, _)| &mut **rows);
    let num_rows = grad_rows.len();
    let num_parts = num_parts(num_rows, n);
    let next = |part| {
        let rows = cut(num_rows, part + 1, num_parts) - cut(num_rows, part, num_parts);
        let state = state_rows.each_mut().map(|rest| rest.split_off_mut(..rows).expect(CUT_LIES_WITHIN));
        Rows { rule: *rule, state, grad: grad_rows.split_off(..rows).expect(CUT_LIES_WITHIN) }
    };
    for_each_of(num_parts, next, &|rows| dispatch(rows));
    if !grad_end.is_empty() {
        let (mut last, mut last_grad) = ([[0.0; LANES]; K], [0.0; LANES]);
        for (last, (_, end)) in last.iter_mut().zip(&parts) {
            last[..end.len()].copy_from_slice(end);
        }
        last_grad[..grad_end.len()].copy_from_slice(grad_end);
        let state = last.each_mut().map(std::slice::from_mut);
        dispatch(Rows { rule: *rule, state, grad: std::slice::from_ref(&last_grad) });
        for (last, (_, end)) in last.iter().zip(&mut parts) {
            end.copy_from_slice(&last[..end.len()]);
        }
    }
}

/// Rows of [`LANES`] elements: cut in the middle of a cache line, every access of a part would straddle two.
struct Rows<'a, R, const K: usize> {
    rule: R,
    state: [&'a mut [[Float; LANES]]; K],
    grad: &'a [[Float; LANES]],
}

impl<R: UpdateRule<K>, const K: usize> Loop for Rows<'_, R, K> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Rows { rule, state, grad } = self;
        for row in 0..grad.len() {
            // All loads come before all stores, so that nobody has to prove that slices do not overlap.
            let mut lanes = [[0.0; LANES]; K];
            for k in 0..K {
                lanes[k] = state[k][row];
            }
            let grad = grad[row];
            for lane in 0..LANES {
                let mut element = [0.0; K];
                for k in 0..K {
                    element[k] = lanes[k][lane];
                }
                let element = rule.element::<S>(element, grad[lane]);
                for k in 0..K {
                    lanes[k][lane] = element[k];
                }
            }
            for k in 0..K {
                state[k][row] = lanes[k];
            }
        }
    }
}
