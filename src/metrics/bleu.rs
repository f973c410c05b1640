//! How much of a text's n-grams its references share.

use std::collections::HashMap;
use std::hash::Hash;

use super::{Direction, MetricError};

/// BLEU of a corpus, in 0..1 (sacrebleu prints a hundred times as much):
/// `brevity · (Π_n matches_n / count_n)^(1/N)` over n-grams of 1 to `N` = 4 tokens.
///
/// An n-gram of a sentence matches as often as it occurs in the sentence, but no more often than in the reference where
/// it is most frequent. Matches and counts are summed over all sentences before they are divided. `brevity` is
/// `exp(1 - references / sentences)` when all sentences together have fewer tokens than the references of closest length
/// (the shorter of two), otherwise 1. The value is 0 when not a single token matches, or no sentence has `N` tokens.
///
/// Tokens are numbers, texts or anything else that can be compared; splitting texts into them is up to the caller, and
/// values are comparable for the same tokens only.
///
/// ```
/// use macrograd::metrics::Bleu;
///
/// let mut bleu = Bleu::new();
/// bleu.update_words("the cat sat on the mat", &["the cat sat on a mat", "a cat was on the mat"])?;
/// assert!((bleu.value() - 0.6756).abs() < 1e-4);
/// # Ok::<(), macrograd::metrics::MetricError>(())
/// ```
///
/// # Source
/// K. Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation", 2002; sacrebleu's `corpus_bleu`
/// of tokenised texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Bleu {
    smoothing: Smoothing,
    /// For n-grams of 1, 2, … tokens.
    orders: Vec<Order>,
    num_tokens: u64,
    num_reference_tokens: u64,
    num_sentences: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Order {
    matches: u64,
    count: u64,
}

/// What [`Bleu`] does about n-grams that never match, which would make it 0.
///
/// # Source
/// B. Chen, C. Cherry, "A Systematic Comparison of Smoothing Techniques for Sentence-Level BLEU", 2014, methods 1, 2
/// and 3 (`Floor`, `AddK`, `Exp`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Smoothing {
    /// Nothing: the value is 0.
    None,
    /// Takes this many matches instead of 0; sacrebleu's default is 0.1.
    Floor(f64),
    /// Adds this to matches and counts of n-grams of two tokens and more; sacrebleu's default is 1.
    AddK(f64),
    /// Takes 1/2 match for the first length of n-grams that has none, 1/4 for the next, and so on.
    #[default]
    Exp,
}

impl Bleu {
    /// Over n-grams of up to 4 tokens, with [`Smoothing::Exp`].
    pub fn new() -> Bleu {
        Bleu {
            smoothing: Smoothing::Exp,
            orders: vec![Order::default(); 4],
            num_tokens: 0,
            num_reference_tokens: 0,
            num_sentences: 0,
        }
    }

    /// The largest number of tokens in an n-gram: 4 unless set.
    ///
    /// # Panics
    /// When it is 0, or sentences were counted already.
    #[must_use]
    #[track_caller]
    pub fn max_order(mut self, max_order: usize) -> Self {
        assert!(max_order > 0, "`max_order` is 0, but must be at least 1");
        assert!(self.num_sentences == 0, "`max_order` is set after {} sentences", self.num_sentences);
        self.orders = vec![Order::default(); max_order];
        self
    }

    /// What to do about n-grams that never match.
    ///
    /// # Panics
    /// When the number of `Floor` or `AddK` is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn smoothing(mut self, smoothing: Smoothing) -> Self {
        if let Smoothing::Floor(number) | Smoothing::AddK(number) = smoothing {
            assert!(
                number >= 0.0 && number.is_finite(),
                "`smoothing` is by {number}, but must be at least 0 and finite"
            );
        }
        self.smoothing = smoothing;
        self
    }

    /// Counts a sentence that should be like one of its references.
    ///
    /// # Errors
    /// When there are no references; nothing is counted then.
    pub fn update<T: Eq + Hash, R: AsRef<[T]>>(
        &mut self,
        sentence: &[T],
        references: &[R],
    ) -> Result<(), MetricError> {
        let distance = |len: usize| (len.abs_diff(sentence.len()), len);
        let closest =
            references.iter().map(|reference| reference.as_ref().len()).min_by_key(|&len| distance(len));
        let closest = closest.ok_or(MetricError::NoReference)?;
        for (order, n) in self.orders.iter_mut().zip(1..) {
            let mut allowed: HashMap<&[T], u64> = HashMap::new();
            for reference in references {
                for (ngram, count) in count_ngrams(reference.as_ref(), n) {
                    let most = allowed.entry(ngram).or_default();
                    *most = count.max(*most);
                }
            }
            for (ngram, count) in count_ngrams(sentence, n) {
                order.count += count;
                order.matches += allowed.get(ngram).map_or(0, |&most| count.min(most));
            }
        }
        self.num_tokens += sentence.len() as u64;
        self.num_reference_tokens += closest as u64;
        self.num_sentences += 1;
        Ok(())
    }

    /// Counts a sentence whose tokens, like those of its references, are what lies between white space.
    ///
    /// # Errors
    /// As for [`update`](Bleu::update).
    pub fn update_words(&mut self, sentence: &str, references: &[&str]) -> Result<(), MetricError> {
        fn words(text: &str) -> Vec<&str> {
            text.split_whitespace().collect()
        }
        let references: Vec<_> = references.iter().map(|text| words(text)).collect();
        self.update(&words(sentence), &references)
    }

    /// What logs call it.
    pub fn name(&self) -> &str {
        "bleu"
    }

    /// The value for all sentences since the start or the last [`reset`](Bleu::reset). NaN when there are none.
    pub fn value(&self) -> f64 {
        if self.num_sentences == 0 {
            return f64::NAN;
        }
        if self.orders.iter().all(|order| order.matches == 0) {
            return 0.0;
        }
        let (mut log_sum, mut halvings) = (0.0, 1.0);
        for (index, order) in self.orders.iter().enumerate() {
            let (mut matches, mut count) = (order.matches as f64, order.count as f64);
            match self.smoothing {
                Smoothing::AddK(k) if index > 0 => (matches, count) = (matches + k, count + k),
                Smoothing::Floor(floor) if order.matches == 0 => matches = floor,
                Smoothing::Exp if order.matches == 0 => {
                    halvings /= 2.0;
                    matches = halvings;
                }
                Smoothing::None | Smoothing::Floor(_) | Smoothing::AddK(_) | Smoothing::Exp => {}
            }
            if count == 0.0 || matches == 0.0 {
                return 0.0;
            }
            log_sum += (matches / count).ln();
        }
        let brevity = (1.0 - self.num_reference_tokens as f64 / self.num_tokens as f64).min(0.0);
        (brevity + log_sum / self.orders.len() as f64).exp()
    }

    /// Forgets what was counted; settings stay.
    pub fn reset(&mut self) {
        let max_order = self.orders.len();
        *self = Bleu { smoothing: self.smoothing, orders: vec![Order::default(); max_order], ..Bleu::new() };
    }

    /// [`HigherIsBetter`](Direction::HigherIsBetter).
    pub fn direction(&self) -> Direction {
        Direction::HigherIsBetter
    }
}

impl Default for Bleu {
    fn default() -> Self {
        Bleu::new()
    }
}

fn count_ngrams<T: Eq + Hash>(tokens: &[T], n: usize) -> HashMap<&[T], u64> {
    let mut counts = HashMap::new();
    for ngram in tokens.windows(n) {
        *counts.entry(ngram).or_default() += 1;
    }
    counts
}
