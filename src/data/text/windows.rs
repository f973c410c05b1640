//! Sequences of one length.

use crate::Error;
use crate::data::{Dataset, Field};

/// Windows of `T + 1` tokens of a long text, as samples of the first `T` and the last `T`: what is read, and what comes
/// next at each place.
///
/// Tokens are `u32`, or a smaller type where there are few. Windows start at every token, so that shuffled ones have seen
/// each boundary; [`stride`](Windows::stride) makes them fewer.
#[derive(Clone, Debug)]
pub struct Windows<const T: usize, L = u32> {
    tokens: Vec<L>,
    stride: usize,
}

impl<const T: usize, L> Windows<T, L> {
    /// Windows of these tokens, none when there are not more than `T`.
    pub fn new(tokens: Vec<L>) -> Self {
        Windows { tokens, stride: 1 }
    }

    /// Starts a window at each token whose place is a multiple of `stride`: with `T`, no place is read twice.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    #[track_caller]
    pub fn stride(mut self, stride: usize) -> Self {
        assert!(stride > 0, "`stride` is 0, but windows must get on");
        self.stride = stride;
        self
    }
}

impl<const T: usize, L: Copy + Send + Sync + 'static> Dataset for Windows<T, L>
where
    [L; T]: Field,
{
    type Sample = ([L; T], [L; T]);

    fn len(&self) -> usize {
        self.tokens.len().saturating_sub(T).div_ceil(self.stride)
    }

    fn sample(&self, index: usize) -> Result<Self::Sample, Error> {
        let window = &self.tokens[index * self.stride..][..T + 1];
        let part = |start: usize| std::array::from_fn(|place| window[start + place]);
        Ok((part(0), part(1)))
    }
}

/// The first `T` tokens, filled up at the end, and how many of them are of the text: what models take that mask the rest.
///
/// ```
/// use macrograd::data::text::padded;
///
/// assert_eq!(padded(&[5, 6], 0), ([5, 6, 0, 0], 2));
/// assert_eq!(padded(&[5, 6, 7], 0), ([5, 6], 2));
/// ```
pub fn padded<const T: usize, L: Copy>(tokens: &[L], padding: L) -> ([L; T], u32) {
    let token = |place: usize| tokens.get(place).copied().unwrap_or(padding);
    (std::array::from_fn(token), tokens.len().min(T) as u32)
}
