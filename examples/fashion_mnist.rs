//! LeNet learns to tell ten kinds of clothing apart: `cargo run --release --example fashion_mnist`.
//!
//! Trains on the 2,000 images of Fashion-MNIST that come with the library, or on a folder of MNIST-style files, and
//! saves the model. `--help` lists the options.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use macrograd::data::{Batch, FashionMnist, ImageDataset, Split};
use macrograd::optim::Adam;
use macrograd::prelude::*;

/// Two convolutions and three linear layers.
#[model]
pub struct LeNet {
    #[with(padding = 2)]
    conv1: nn::Conv2d<1, 6, 5>,
    conv2: nn::Conv2d<6, 16, 5>,
    fc1: nn::Linear<400, 120>,
    fc2: nn::Linear<120, 84>,
    fc3: nn::Linear<84, 10>,
}

#[model]
impl LeNet {
    /// Class scores for each image.
    pub fn forward<N: Dim>(&self, image: Tensor<N, 1, 28, 28>) -> Tensor<N, 10> {
        let x = self.conv1(image).relu().max_pool2d(2);
        let x = self.conv2(x).relu().max_pool2d(2);
        let x = self.fc1(x.flatten(1)).relu();
        let x = self.fc2(x).relu();
        self.fc3(x)
    }

    /// Mean cross-entropy of the scores against the labels.
    pub fn loss<N: Dim>(&self, image: Tensor<N, 1, 28, 28>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}

/// Trains LeNet on Fashion-MNIST, saves it and prints its test accuracy.
#[derive(Parser)]
#[command(
    after_help = "Exit code: 0 when trained and saved, 1 after a failure, 2 for wrong options, 130 after Ctrl-C."
)]
struct Options {
    /// Folder of MNIST-style files, 28x28 pixels, ten classes [default: 2,500 embedded images]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// How many times to go through the training images
    #[arg(long, default_value = "20", value_parser = at_least_one)]
    epochs: usize,

    /// Images per training step
    #[arg(long, value_name = "IMAGES", default_value = "64", value_parser = at_least_one)]
    batch: usize,

    /// Learning rate of Adam
    #[arg(long, value_name = "RATE", default_value = "0.001", value_parser = positive)]
    lr: f64,

    /// Last part of training, from 0 to 1, in which the learning rate falls to 0
    #[arg(long, value_name = "PART", default_value = "0.5", value_parser = part)]
    decay: f64,

    /// Decides the initial parameters and the order of the images
    #[arg(long, default_value = "0")]
    seed: u64,

    /// Threads to compute with, without effect on the results [default: one per core]
    #[arg(long, value_parser = num_threads)]
    threads: Option<usize>,

    /// Where to save the model, as safetensors [default: beside the program]
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("expected a whole number, at least 1".to_owned()),
    }
}

/// More threads than this only cost memory; tens of thousands take minutes to start.
const MAX_THREADS: usize = 1024;

fn num_threads(text: &str) -> Result<usize, String> {
    match at_least_one(text)? {
        threads if threads > MAX_THREADS => Err(format!("it must be at most {MAX_THREADS}")),
        threads => Ok(threads),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("expected a number above 0, such as 0.001".to_owned()),
    }
}

fn part(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("expected a number from 0 (the rate is constant) to 1".to_owned()),
    }
}

/// Set by Ctrl-C.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// What a shell expects of a program that SIGINT ended.
const EXIT_INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if INTERRUPTED.load(Ordering::Relaxed) { EXIT_INTERRUPTED } else { 1 })
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let save_path = checked_save_path(options.save.as_deref())?;
    if let Some(threads) = options.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    }
    let data = load_data(options.data.as_deref())?;
    let mut net = LeNet::new(Device::cpu(), options.seed);
    writeln!(
        stdout(),
        "LeNet with {} parameters; {} training images, {} test images; {}",
        HumanCount(LeNet::PARAMETERS as u64),
        HumanCount(data.train.len() as u64),
        HumanCount(data.test.len() as u64),
        plural(rayon::current_num_threads(), "thread"),
    )?;
    handle_interrupts()?;
    let accuracy = train(&mut net, &data, options)?;
    net.save(&save_path)?;
    writeln!(stdout(), "model saved to {}\ntest accuracy: {accuracy:.3}", save_path.display())?;
    Ok(())
}

/// Where the model goes. What would keep it from being saved there is better said before training than after.
fn checked_save_path(path: Option<&Path>) -> Result<PathBuf, Box<dyn Error>> {
    let path = match path {
        Some(path) => path.to_path_buf(),
        None => std::env::current_exe()?.with_file_name("fashion_mnist.safetensors"),
    };
    if path.is_dir() || path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
        return Err(format!(
            "cannot save the model to {}: this is a folder, add a file name",
            path.display()
        )
        .into());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let (path, folder) = (path.display(), folder.display());
        return Err(
            format!("cannot save the model to {path}: there is no folder {folder}, create it first").into()
        );
    }
    Ok(path)
}

/// Both halves, shifted and scaled so that the pixels of the training half have mean 0 and deviation 1.
fn load_data(folder: Option<&Path>) -> Result<Split<28, 28>, Box<dyn Error>> {
    let data = match folder {
        Some(folder) => FashionMnist::open(folder)?,
        None => FashionMnist::embedded(),
    };
    for (half, name) in [(&data.train, "training"), (&data.test, "test")] {
        if half.is_empty() {
            return Err(format!("the data set has no {name} images").into());
        }
    }
    let (mean, std) = data.train.mean_and_std();
    Ok(if std > 0.0 { data.normalise(mean, std) } else { data })
}

/// Lets the first Ctrl-C end training between two steps, and the second one the program at once.
fn handle_interrupts() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_INTERRUPTED.into());
        }
    })
}

/// Trains for all epochs and returns the accuracy on the test half after the last one.
fn train(net: &mut LeNet, data: &Split<28, 28>, options: &Options) -> Result<f64, Box<dyn Error>> {
    let mut trainer = Trainer {
        optimizer: Adam::new(options.lr),
        workspace: net.workspace(),
        grads: net.zero_grads(),
        bar: progress_bar(data.train.len()),
    };
    let (epochs, mut test_accuracy) = (options.epochs, 0.0);
    for epoch in 0..epochs {
        trainer.bar.set_prefix(format!("epoch {}/{epochs}", epoch + 1));
        let start = Instant::now();
        let loss = match trainer.run_epoch(net, &data.train, options, epoch) {
            Ok(loss) => loss,
            Err(error) => {
                trainer.bar.finish_and_clear();
                return Err(format!("stopped in epoch {}, nothing was saved: {error}", epoch + 1).into());
            }
        };
        let speed = images_per_second(data.train.len(), start.elapsed());
        test_accuracy = accuracy_on(net, &data.test);
        let result = format!("loss {loss:.4}, test accuracy {test_accuracy:.3}, {speed}");
        trainer.bar.suspend(|| writeln!(stdout(), "epoch {}/{epochs}: {result}", epoch + 1))?;
    }
    trainer.bar.finish_and_clear();
    Ok(test_accuracy)
}

/// What training needs beside the model.
struct Trainer {
    optimizer: Adam,
    workspace: Workspace,
    grads: <LeNet as Model>::Grads,
    bar: ProgressBar,
}

impl Trainer {
    /// Every how many steps the accuracy in the progress bar is measured: each time costs an inference.
    const ACCURACY_INTERVAL: usize = 10;

    /// Sets the learning rate of a step: `--lr`, then on a straight line to 0 over the last `--decay` of all steps.
    fn set_rate(&mut self, options: &Options, step: usize, steps: usize) {
        let left = 1.0 - step as f64 / steps as f64;
        let factor = if left < options.decay { left / options.decay } else { 1.0 };
        self.optimizer.set_lr(options.lr * factor);
    }

    /// One pass through the training images; returns the mean loss.
    fn run_epoch(
        &mut self,
        net: &mut LeNet,
        images: &ImageDataset<28, 28>,
        options: &Options,
        epoch: usize,
    ) -> Result<f64, String> {
        let (mut loss_sum, mut seen) = (0.0, 0);
        let (mut correct, mut judged) = (0, 0);
        let mut batches = images.shuffled_batches(options.batch, options.seed, epoch as u64);
        let mut batch = Batch::default();
        let start = Instant::now();
        let steps_per_epoch = images.len().div_ceil(options.batch);
        for step in 0..steps_per_epoch {
            batches.next_into(&mut batch);
            self.set_rate(options, epoch * steps_per_epoch + step, options.epochs * steps_per_epoch);
            if step % Self::ACCURACY_INTERVAL == 0 && !self.bar.is_hidden() {
                correct += num_correct(net, &batch);
                judged += batch.len();
            }
            let loss = net.loss_grad_into(&mut self.workspace, &batch.image, &batch.label, &mut self.grads);
            self.optimizer.step(net, &mut self.grads);
            if !loss.is_finite() {
                return Err(format!("the loss became {loss}; try an --lr below {}", options.lr));
            }
            if INTERRUPTED.load(Ordering::Relaxed) {
                return Err("interrupted by Ctrl-C".to_owned());
            }
            loss_sum += f64::from(loss) * batch.len() as f64;
            seen += batch.len();
            self.bar.set_position(seen as u64);
            let accuracy = correct as f64 / judged.max(1) as f64;
            let (loss, speed) = (loss_sum / seen as f64, images_per_second(seen, start.elapsed()));
            self.bar.set_message(format!("loss {loss:.4}, accuracy {accuracy:.3}, {speed}"));
        }
        Ok(loss_sum / seen as f64)
    }
}

fn progress_bar(images: usize) -> ProgressBar {
    // Where the output is a file or a pipe, the line after each epoch says enough.
    let target = match stdout().is_terminal() && stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let style = ProgressStyle::with_template("{prefix} {bar:12} {percent:>3}%  {msg}")
        .expect("the template is fixed");
    ProgressBar::with_draw_target(Some(images as u64), target).with_style(style)
}

fn plural(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn images_per_second(images: usize, elapsed: Duration) -> String {
    format!("{} images/s", HumanCount((images as f64 / elapsed.as_secs_f64()) as u64))
}

/// The part of the images whose highest score is that of their label.
fn accuracy_on(net: &LeNet, images: &ImageDataset<28, 28>) -> f64 {
    let correct: usize = images.batches(500).map(|batch| num_correct(net, &batch)).sum();
    correct as f64 / images.len() as f64
}

fn num_correct(net: &LeNet, batch: &Batch<28, 28>) -> usize {
    let scores = net.forward(&batch.image);
    let best = |scores: &[f32]| (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let labels = batch.label.as_slice().iter().enumerate();
    labels.filter(|&(index, &label)| best(scores.row(index)) == Some(usize::from(label))).count()
}
