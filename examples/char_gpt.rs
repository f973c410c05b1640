//! A small GPT learns to write like Shakespeare, letter by letter: `cargo run --release --example char_gpt`.
//!
//! Trains on Hamlet, which comes with the example, or on a text of yours, and then writes a text of its own, keeping the
//! keys and values of what it has read. `--help` lists the options.
#![forbid(unsafe_code)]

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use macrograd::optim::{AdamW, Schedule, clip_grad_norm};
use macrograd::prelude::*;
use std::error::Error;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// The line break, and the printable characters of ASCII.
#[dim]
const LETTERS: usize = 96;
/// Features of each place.
#[dim]
const WIDTH: usize = 128;
/// Most places that are seen at once.
#[dim]
const CONTEXT: usize = 64;
#[dim]
const HEADS: usize = 4;
#[dim]
const LAYERS: usize = 4;

/// Attention and two linear layers, each added to its input.
#[model(part)]
pub struct Block {
    #[with(bias = false)]
    norm1: nn::LayerNorm<WIDTH>,
    #[with(rotary = false)]
    attention: nn::GroupedQueryAttention<WIDTH, HEADS, HEADS>,
    #[with(bias = false)]
    norm2: nn::LayerNorm<WIDTH>,
    #[with(bias = false)]
    up: nn::Linear<WIDTH, { 4 * WIDTH }>,
    #[with(bias = false)]
    down: nn::Linear<{ 4 * WIDTH }, WIDTH>,
}

#[model]
impl Block {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>) -> Tensor<N, T, WIDTH> {
        let (y, _, _) = self.start(x);
        y
    }

    /// The same, with the keys and values.
    pub fn start<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
    ) -> (Tensor<N, T, WIDTH>, Tensor<N, HEADS, T, { WIDTH / HEADS }>, Tensor<N, HEADS, T, { WIDTH / HEADS }>)
    {
        let (y, keys, values) = self.attention.start(self.norm1(x));
        let x = x + y;
        (x + self.down(self.up(self.norm2(x)).gelu()), keys, values)
    }

    /// The same for what follows a text whose keys and values are known.
    pub fn step<N: Dim, T: Dim, S: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
        keys: Tensor<N, HEADS, S, { WIDTH / HEADS }>,
        values: Tensor<N, HEADS, S, { WIDTH / HEADS }>,
    ) -> (
        Tensor<N, T, WIDTH>,
        Tensor<N, HEADS, { S + T }, { WIDTH / HEADS }>,
        Tensor<N, HEADS, { S + T }, { WIDTH / HEADS }>,
    ) {
        let (y, keys, values) = self.attention.step(self.norm1(x), keys, values);
        let x = x + y;
        (x + self.down(self.up(self.norm2(x)).gelu()), keys, values)
    }
}

/// Letters in, the scores of the letters after them out.
#[model]
pub struct Gpt {
    #[init(normal(0.0, 0.02))]
    letters: Param<LETTERS, WIDTH>,
    #[init(normal(0.0, 0.02))]
    places: Param<CONTEXT, WIDTH>,
    blocks: [Block; LAYERS],
    #[with(bias = false)]
    norm: nn::LayerNorm<WIDTH>,
}

#[model]
impl Gpt {
    /// Scores after each letter.
    pub fn forward<N: Dim, T: Dim>(&self, text: Tensor<u8, N, T>) -> Tensor<N, T, LETTERS>
    where
        T: AtMost<CONTEXT>,
    {
        let mut x = text.embedding(self.letters) + self.places[0..T];
        for block in &self.blocks {
            x = block(x);
        }
        self.norm(x).matmul(self.letters.t())
    }

    /// Mean cross-entropy of the letters that follow.
    pub fn loss<N: Dim, T: Dim>(&self, text: Tensor<u8, N, T>, next: Tensor<u8, N, T>) -> Tensor
    where
        T: AtMost<CONTEXT>,
    {
        self.forward(text).reshape([N * T, LETTERS]).cross_entropy(next.reshape([N * T]))
    }

    /// Scores after a beginning, and what each block has to remember of it: keys and values.
    pub fn start<T: Dim>(
        &self,
        text: Tensor<u8, 1, T>,
    ) -> (
        Tensor<LETTERS>,
        Tensor<LAYERS, 1, HEADS, T, { WIDTH / HEADS }>,
        Tensor<LAYERS, 1, HEADS, T, { WIDTH / HEADS }>,
    )
    where
        T: AtMost<CONTEXT>,
    {
        let mut x = text.embedding(self.letters) + self.places[0..T];
        let mut keys = Vec::new();
        let mut values = Vec::new();
        for block in &self.blocks {
            let (y, k, v) = block.start(x);
            x = y;
            keys.push(k);
            values.push(v);
        }
        let last = self.norm(x.at(1, T - 1)).squeeze(0);
        (self.letters.matmul(last), keys.stack(0), values.stack(0))
    }

    /// Scores after one more letter, and what there is to remember then.
    pub fn step<S: Dim>(
        &self,
        letter: Tensor<u8, 1, 1>,
        keys: Tensor<LAYERS, 1, HEADS, S, { WIDTH / HEADS }>,
        values: Tensor<LAYERS, 1, HEADS, S, { WIDTH / HEADS }>,
    ) -> (
        Tensor<LETTERS>,
        Tensor<LAYERS, 1, HEADS, { S + 1 }, { WIDTH / HEADS }>,
        Tensor<LAYERS, 1, HEADS, { S + 1 }, { WIDTH / HEADS }>,
    )
    where
        S: AtMost<{ CONTEXT - 1 }>,
    {
        let mut x = letter.embedding(self.letters) + self.places[S..S + 1];
        let mut all_keys = Vec::new();
        let mut all_values = Vec::new();
        for (i, block) in self.blocks.iter().enumerate() {
            let (y, k, v) = block.step(x, keys.at(0, i), values.at(0, i));
            x = y;
            all_keys.push(k);
            all_values.push(v);
        }
        let last = self.norm(x.at(1, 0)).squeeze(0);
        (self.letters.matmul(last), all_keys.stack(0), all_values.stack(0))
    }
}

/// Trains a GPT on a text and lets it write one.
#[derive(Parser)]
struct Options {
    /// Text to learn from [default: Hamlet]
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// Training steps
    #[arg(long, default_value = "2000", value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
    /// Pieces of text in each step
    #[arg(long, default_value = "12", value_parser = clap::value_parser!(u64).range(1..))]
    batch: u64,
    /// Letters to write afterwards
    #[arg(long, default_value = "400")]
    letters: usize,
    /// What the text that is written starts with
    #[arg(long, default_value = "\n")]
    prompt: String,
    /// Above 1 writes more boldly, below 1 more safely
    #[arg(long, default_value = "0.8", value_parser = positive)]
    temperature: f32,
    /// Decides the initial parameters, the pieces and the letters
    #[arg(long, default_value = "0")]
    seed: u64,
}

fn positive(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("expected a number above 0, such as 0.8".to_owned()),
    }
}

/// The number of a letter: the line break is 0, what is not printable ASCII counts as a space.
fn number_of(letter: char) -> u8 {
    match letter {
        '\n' => 0,
        ' '..='~' => letter as u8 - b' ' + 1,
        _ => 1,
    }
}

fn letter_of(number: u8) -> char {
    if number == 0 { '\n' } else { char::from(number - 1 + b' ') }
}

/// Reproducible random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        (self.uniform() * limit as f64) as usize
    }

    /// From 0 to below 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

type Letters = Tensor<u8, (usize, Const<CONTEXT>)>;

/// Pieces of a text from random places, and the same one letter further.
fn pieces(text: &[u8], count: usize, random: &mut Random) -> (Letters, Letters) {
    let starts: Vec<usize> = (0..count).map(|_| random.below(text.len() - CONTEXT)).collect();
    let cut = |shift: usize| {
        let letters = starts.iter().flat_map(|start| &text[start + shift..][..CONTEXT]).copied().collect();
        Tensor::from_vec((count, Const::<CONTEXT>), letters)
    };
    (cut(0), cut(1))
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
    let text = match &options.text {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?,
        None => include_str!("data/hamlet.txt").to_owned(),
    };
    let text: Vec<u8> = text.chars().map(number_of).collect();
    let (training, validation) = text.split_at(text.len() * 9 / 10);
    if validation.len() <= CONTEXT {
        let needed = 10 * (CONTEXT + 1);
        return Err(format!("the text has {} letters, but {needed} are needed", text.len()).into());
    }
    let mut net = Gpt::new(Device::cpu(), options.seed);
    writeln!(stdout(), "a GPT of {} parameters reads {} letters", Gpt::PARAMETERS, text.len())?;
    train(&mut net, training, options)?;

    let mut random = Random(7);
    let losses: f32 = (0..20)
        .map(|_| {
            let (text, next) = pieces(validation, 12, &mut random);
            net.loss(&text, &next)
        })
        .sum();
    writeln!(stdout(), "{}", written(&net, options))?;
    writeln!(stdout(), "validation loss: {:.3}", losses / 20.0)?;
    Ok(())
}

/// AdamW with a warm-up and a falling rate, gradients clipped to length 1.
fn train(net: &mut Gpt, text: &[u8], options: &Options) -> Result<(), Box<dyn Error>> {
    let warm_up = (options.steps / 20).max(1);
    let schedule = Schedule::linear(1.0 / warm_up as f64, 1.0, warm_up)
        .then(warm_up, Schedule::cosine((options.steps - warm_up).max(1), 0.1))
        .times(1e-3);
    let mut optimizer = AdamW::new(1e-3).betas(0.9, 0.99).weight_decay(0.1);
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let mut random = Random(options.seed);
    let bar = progress_bar(options.steps);
    let (start, mut mean) = (Instant::now(), f32::NAN);
    for step in 0..options.steps {
        optimizer.set_lr(schedule.lr(step));
        let (text, next) = pieces(text, options.batch as usize, &mut random);
        let loss = net.loss_grad_into(&mut workspace, &text, &next, &mut grads);
        if !loss.is_finite() {
            return Err(format!("the loss became {loss} in step {step}").into());
        }
        clip_grad_norm(&mut grads, 1.0);
        optimizer.step(net, &mut grads);
        mean = if mean.is_nan() { loss } else { 0.98 * mean + 0.02 * loss };
        bar.set_position(step + 1);
        bar.set_message(format!("loss {mean:.3}"));
    }
    bar.finish_and_clear();
    let milliseconds = start.elapsed().as_secs_f64() * 1e3 / options.steps as f64;
    writeln!(stdout(), "{} steps of {milliseconds:.1} ms, training loss {mean:.3}", options.steps)?;
    Ok(())
}

/// A text that the model writes, letter by letter.
fn written(net: &Gpt, options: &Options) -> String {
    let mut random = Random(options.seed ^ 1);
    let mut letters: Vec<u8> = options.prompt.chars().map(number_of).collect();
    if letters.is_empty() {
        letters.push(0);
    }
    while letters.len() < options.letters {
        // What is remembered fills up with the context; then the last half of it is read again.
        let known = &letters[letters.len().saturating_sub(CONTEXT / 2)..];
        let beginning = Tensor::from_vec((Const::<1>, known.len()), known.to_vec());
        let (mut scores, mut keys, mut values) = net.start(&beginning);
        let room = CONTEXT - known.len();
        for place in 0..=room {
            let next = draw(scores.as_slice(), options.temperature, &mut random);
            letters.push(next);
            if place == room {
                break;
            }
            let letter = Tensor::from_vec((Const::<1>, Const::<1>), vec![next]);
            (scores, keys, values) = net.step(&letter, &keys, &values);
        }
    }
    letters.truncate(options.letters);
    letters.into_iter().map(letter_of).collect()
}

/// A letter by the softmax of its score.
fn draw(scores: &[f32], temperature: f32, random: &mut Random) -> u8 {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f64> =
        scores.iter().map(|score| f64::from((score - largest) / temperature).exp()).collect();
    let mut rest = random.uniform() * weights.iter().sum::<f64>();
    for (number, weight) in weights.iter().enumerate() {
        rest -= weight;
        if rest < 0.0 {
            return number as u8;
        }
    }
    (weights.len() - 1) as u8
}

fn progress_bar(steps: u64) -> ProgressBar {
    let target = match stdout().is_terminal() && stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let style = ProgressStyle::with_template("{bar:24} {percent:>3}%  {msg}").expect("the template is fixed");
    ProgressBar::with_draw_target(Some(steps), target).with_style(style)
}
