//! An LSTM and a transformer learn to tell praise from blame: `cargo run --release --example sentiment`.
//!
//! The sentences, 1,000 each about films, products and restaurants, come with the example. Both models are
//! cross-validated: every sentence is judged by a model that has learned from others. `--help` lists the options.
#![forbid(unsafe_code)]

use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use macrograd::optim::{AdamW, Schedule, clip_grad_norm};
use macrograd::prelude::*;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::iter::repeat_n;
use std::process::ExitCode;

/// Rows of the table of words. Row 0 stands for no word, row 1 for words that are not known.
#[dim]
const VOCABULARY: usize = 2560;
/// Features of each word.
#[dim]
const WIDTH: usize = 64;
/// Most words of a sentence.
#[dim]
const LONGEST: usize = 80;

/// Sentences in each training step.
const BATCH: usize = 16;

/// Reads each word with what stands before it and after it.
#[model(part)]
pub struct Lstm {
    lstm: nn::BiLstm<WIDTH, { WIDTH / 2 }, 1>,
}

#[model]
impl Lstm {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>, mask: Tensor<N, T>) -> Tensor<N, T, WIDTH> {
        let (y, _, _) = self.lstm.masked(x, mask);
        y
    }
}

/// Lets each word look at all others.
#[model(part)]
pub struct Transformer {
    #[init(normal(0.0, 0.02))]
    places: Param<LONGEST, WIDTH>,
    #[with(norm_first = true, dropout = 0.3)]
    layer: nn::TransformerEncoderLayer<WIDTH, 4, { 2 * WIDTH }>,
}

#[model]
impl Transformer {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>, mask: Tensor<N, T>) -> Tensor<N, T, WIDTH>
    where
        T: AtMost<LONGEST>,
    {
        self.layer.masked(x + self.places[0..T], mask)
    }
}

/// Scores sentences by their words, as `reader` understands them.
#[model]
pub struct Classifier<Reader: Model> {
    #[init(normal(0.0, 0.1))]
    words: Param<VOCABULARY, WIDTH>,
    /// Hides whole words in training, so that no judgement rests on a single one.
    #[with(rate = 0.2)]
    hide: nn::Dropout1d,
    #[with(rate = 0.4)]
    drop: nn::Dropout,
    reader: Reader,
    output: nn::Linear<{ 2 * WIDTH }, 1>,
}

#[model]
impl<Reader: Model> Classifier<Reader> {
    /// Above 0 for praise, below for blame. Sentences are filled up with zeros to the same length.
    pub fn forward<N: Dim, T: Dim>(&self, words: Tensor<u32, N, T>) -> Tensor<N> {
        let mask = (words as f32 > 0.0) as f32;
        let x = self.drop(self.hide(words.embedding(self.words)));
        let x = self.reader(x, mask);
        let mask = mask.unsqueeze(2);
        let mean = (x * mask).sum(1) / mask.sum(1);
        let max = select(mask > 0.5, x, f32::NEG_INFINITY).max(1);
        self.output(self.drop(concat([mean, max], 1))).squeeze(1)
    }

    /// Mean cross-entropy; `praise` is 1 or 0.
    pub fn loss<N: Dim, T: Dim>(&self, words: Tensor<u32, N, T>, praise: Tensor<N>) -> Tensor {
        self.forward(words).bce_with_logits_loss(praise)
    }
}

/// Scores sentences with an LSTM.
#[model]
pub type LstmClassifier = Classifier<Lstm>;

/// Scores sentences with a transformer.
#[model]
pub type TransformerClassifier = Classifier<Transformer>;

/// What training and judging need of either.
trait Judge: Model {
    fn new(seed: u64) -> Self;
    fn loss_grad(&self, workspace: &mut Workspace, batch: &Batch, grads: &mut Self::Grads) -> f32;
    fn scores(&self, batch: &Batch) -> Vec<f32>;
}

macro_rules! judges {
    ($($model:ident)*) => { $(
        impl Judge for $model {
            fn new(seed: u64) -> Self {
                $model::new(Device::cpu(), seed)
            }
            fn loss_grad(&self, workspace: &mut Workspace, batch: &Batch, grads: &mut Self::Grads) -> f32 {
                self.loss_grad_into(workspace, &batch.words, &batch.praise, grads)
            }
            fn scores(&self, batch: &Batch) -> Vec<f32> {
                self.forward(&batch.words).into_vec()
            }
        }
    )* };
}
judges! { LstmClassifier TransformerClassifier }

/// Trains an LSTM and a transformer to tell praise from blame, and cross-validates them.
#[derive(Parser)]
struct Options {
    /// What to train
    #[arg(long, value_enum, default_value = "both")]
    model: Choice,
    /// Into how many parts the sentences are divided; each is judged by a model trained on the others
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u32).range(2..=100))]
    folds: u32,
    /// How many times to go through the training sentences
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1000))]
    epochs: u32,
    /// Decides the parts, the initial parameters and the order of the sentences
    #[arg(long, default_value = "0")]
    seed: u64,
    /// Threads to compute with, without effect on the results [default: one per core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Choice {
    Lstm,
    Transformer,
    Both,
}

/// The sets of sentences, and how often the word list AFINN is right about them.
const SETS: [(&str, f64, &str); 3] = [
    ("imdb", 0.765, include_str!("data/sentiment/imdb.txt")),
    ("amazon", 0.726, include_str!("data/sentiment/amazon.txt")),
    ("yelp", 0.696, include_str!("data/sentiment/yelp.txt")),
];

struct Sentence {
    set: usize,
    fold: u32,
    is_praise: bool,
    words: Vec<String>,
}

/// All sentences. Folds have equally many of each set and class.
fn sentences(options: &Options) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (set, (.., lines)) in SETS.iter().enumerate() {
        for line in lines.lines() {
            let (class, text) = line.split_once('\t').expect("the files have a class, a tab and a text");
            sentences.push(Sentence { set, fold: 0, is_praise: class == "1", words: words(text) });
        }
    }
    shuffle(&mut sentences, options.seed);
    sentences.sort_by_key(|sentence| (sentence.set, sentence.is_praise));
    for (sentence, fold) in sentences.iter_mut().zip((0..options.folds).cycle()) {
        sentence.fold = fold;
    }
    sentences
}

/// The words of a text and its `!` and `?`; negations ("n't") are words of their own. Six letters of a word are enough:
/// "disappointed" and "disappointing" are the same.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace("n't", " n't").replace('!', " ! ").replace('?', " ? ");
    text.split(|letter: char| !letter.is_alphanumeric() && !"'!?".contains(letter))
        .map(|word| word.trim_matches('\'').chars().take(6).collect())
        .filter(|word: &String| !word.is_empty())
        .take(LONGEST)
        .collect()
}

/// The row of each word.
type Vocabulary<'a> = HashMap<&'a str, u32>;

/// The words that the training sentences have more than once.
fn vocabulary<'a>(training: &[&'a Sentence]) -> Vocabulary<'a> {
    // Sorted, so that a word has the same row in every run.
    let mut counts = BTreeMap::<&str, usize>::new();
    for word in training.iter().flat_map(|sentence| &sentence.words) {
        *counts.entry(word).or_default() += 1;
    }
    counts.retain(|_, count| *count > 1);
    counts.into_keys().zip(2..VOCABULARY as u32).collect()
}

struct Batch {
    words: Tensor<u32, (usize, usize)>,
    praise: Tensor<f32, (usize,)>,
}

impl Batch {
    fn new(sentences: &[&Sentence], vocabulary: &Vocabulary) -> Batch {
        let length = sentences.iter().map(|sentence| sentence.words.len()).max().unwrap_or(0);
        let row = |word: &String| vocabulary.get(word.as_str()).copied().unwrap_or(1);
        let rows = sentences.iter().flat_map(|sentence| {
            sentence.words.iter().map(row).chain(repeat_n(0, length - sentence.words.len()))
        });
        let praise = sentences.iter().map(|sentence| f32::from(sentence.is_praise));
        Batch {
            words: Tensor::from_vec((sentences.len(), length), rows.collect()),
            praise: Tensor::from_vec((sentences.len(),), praise.collect()),
        }
    }
}

/// Brings items into a random order (SplitMix64).
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    items.sort_by_cached_key(|_| {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    });
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if let Some(threads) = options.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global()?;
    }
    let sentences = sentences(options);
    writeln!(stdout(), "accuracy, mean ± standard deviation over {} folds\n", options.folds)?;
    print_row("", SETS.map(|(name, ..)| name.to_owned()))?;
    print_row("word list", SETS.map(|(_, accuracy, _)| format!("{accuracy:.3}")))?;
    if options.model != Choice::Transformer {
        print_row("LSTM", cross_validate::<LstmClassifier>(&sentences, options))?;
    }
    if options.model != Choice::Lstm {
        print_row("transformer", cross_validate::<TransformerClassifier>(&sentences, options))?;
    }
    Ok(())
}

fn print_row(name: &str, cells: [String; SETS.len()]) -> std::io::Result<()> {
    let [imdb, amazon, yelp] = cells;
    writeln!(stdout(), "{name:13}{imdb:15}{amazon:15}{yelp}")
}

/// The accuracy on each set: its mean over all folds, and its standard deviation.
fn cross_validate<M: Judge>(sentences: &[Sentence], options: &Options) -> [String; SETS.len()] {
    let bar = progress_bar(u64::from(options.folds * options.epochs));
    let accuracies: Vec<[f64; SETS.len()]> = (0..options.folds)
        .into_par_iter()
        .map(|fold| {
            let (mut test, mut training): (Vec<_>, Vec<_>) =
                sentences.iter().partition(|sentence| sentence.fold == fold);
            // No copy of a test sentence is learned: some sentences are there twice.
            let copies: HashSet<_> = test.iter().map(|sentence| &sentence.words).collect();
            training.retain(|sentence| !copies.contains(&sentence.words));
            let vocabulary = vocabulary(&training);
            let net: M = train(training, &vocabulary, options, &bar);
            accuracies_on(&net, &mut test, &vocabulary)
        })
        .collect();
    bar.finish_and_clear();
    std::array::from_fn(|set| {
        let count = accuracies.len() as f64;
        let mean = accuracies.iter().map(|fold| fold[set]).sum::<f64>() / count;
        let squares: f64 = accuracies.iter().map(|fold| (fold[set] - mean).powi(2)).sum();
        format!("{mean:.3} ± {:.3}", (squares / (count - 1.0)).sqrt())
    })
}

fn accuracies_on<M: Judge>(net: &M, test: &mut [&Sentence], vocabulary: &Vocabulary) -> [f64; SETS.len()] {
    let (mut right, mut all) = ([0.0; SETS.len()], [0.0; SETS.len()]);
    test.sort_by_key(|sentence| sentence.words.len());
    for batch in test.chunks(BATCH) {
        for (sentence, score) in batch.iter().zip(net.scores(&Batch::new(batch, vocabulary))) {
            right[sentence.set] += f64::from(sentence.is_praise == (score > 0.0));
            all[sentence.set] += 1.0;
        }
    }
    std::array::from_fn(|set| right[set] / all[set])
}

fn train<M: Judge>(
    mut training: Vec<&Sentence>,
    vocabulary: &Vocabulary,
    options: &Options,
    bar: &ProgressBar,
) -> M {
    let schedule = Schedule::cosine(options.epochs.into(), 0.05).times(2e-3);
    let mut net = M::new(options.seed);
    let (mut workspace, mut grads) = (Workspace::with_seed(options.seed), M::Grads::zeros());
    let mut optimizer = AdamW::new(schedule.lr(0));
    for epoch in 0..options.epochs {
        optimizer.set_lr(schedule.lr(epoch.into()));
        shuffle(&mut training, options.seed.wrapping_add(u64::from(epoch) + 1));
        for similar in training.chunks_mut(8 * BATCH) {
            // Sentences of about the same length need little padding.
            similar.sort_by_key(|sentence| sentence.words.len());
            for batch in similar.chunks(BATCH) {
                let loss = net.loss_grad(&mut workspace, &Batch::new(batch, vocabulary), &mut grads);
                assert!(loss.is_finite(), "the loss became {loss} in epoch {epoch}");
                clip_grad_norm(&mut grads, 1.0);
                optimizer.step(&mut net, &mut grads);
            }
        }
        bar.inc(1);
    }
    net
}

fn progress_bar(epochs: u64) -> ProgressBar {
    let target = match stdout().is_terminal() && stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let style = ProgressStyle::with_template("{bar:24} {percent:>3}%").expect("the template is fixed");
    ProgressBar::with_draw_target(Some(epochs), target).with_style(style)
}
