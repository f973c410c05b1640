//! Time of one training step (forward, backward, Adam, batch 64) of LeNet and of an MLP beside PyTorch eager's.
//!
//! `cargo bench --bench steps -- [--threads N] [--rounds R] [--python PATH]`
//!
//! Blocks of steps alternate between this process and `benches/peers/torch_steps.py`, so that both see the same
//! machine; medians over the blocks' medians, and the ratio of each pair of blocks. Start-up is not part of a block.
//! Without PyTorch only our own times are printed.
#![allow(missing_docs)]

use macrograd::optim::Adam;
use macrograd::prelude::*;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const BATCH: usize = 64;
/// Long enough for a hundred steps of the faster model, short enough that a neighbour's burst spoils few blocks.
const BLOCK: Duration = Duration::from_millis(300);

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
    pub fn loss<N: Dim>(&self, image: Tensor<N, 1, 28, 28>, label: Tensor<u8, N>) -> Tensor {
        let x = self.conv1(image).relu().max_pool2d(2);
        let x = self.conv2(x).relu().max_pool2d(2);
        let x = self.fc1(x.flatten(1)).relu();
        let x = self.fc2(x).relu();
        self.fc3(x).cross_entropy(label)
    }
}

#[model]
pub struct Mlp {
    fc1: nn::Linear<784, 512>,
    fc2: nn::Linear<512, 256>,
    fc3: nn::Linear<256, 10>,
}

#[model]
impl Mlp {
    pub fn loss<N: Dim>(&self, image: Tensor<N, 784>, label: Tensor<u8, N>) -> Tensor {
        let x = self.fc1(image).relu();
        let x = self.fc2(x).relu();
        self.fc3(x).cross_entropy(label)
    }
}

/// PyTorch in a process of its own, which runs a block when told.
struct Peer {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start(python: &str, threads: usize) -> Option<Peer> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/torch_steps.py");
        let mut process = Command::new(python)
            .args([script, "--threads", &threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let (input, output) = (process.stdin.take()?, BufReader::new(process.stdout.take()?));
        let mut peer = Peer { process, input, output };
        let about = peer.line()?;
        println!("peer: {about}");
        Some(peer)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim().to_string())
    }

    /// Median seconds per step of one block.
    fn block(&mut self, workload: &str) -> Option<f64> {
        writeln!(self.input, "{workload}").ok()?;
        self.input.flush().ok()?;
        let line = self.line()?;
        let (_, rest) = line.split_once("\"median_seconds\":")?;
        rest.trim().split([',', '}']).next()?.trim().parse().ok()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    if values.is_empty() { f64::NAN } else { values[values.len() / 2] }
}

/// Median seconds per step of one block.
fn block(step: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    let mut times = Vec::new();
    while start.elapsed() < BLOCK {
        let begin = Instant::now();
        step();
        times.push(begin.elapsed().as_secs_f64());
    }
    median(times)
}

fn run(name: &str, rounds: usize, peer: &mut Option<Peer>, step: &mut dyn FnMut()) {
    for _ in 0..5 {
        step();
    }
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let own = block(step);
        ours.push(own);
        if let Some(seconds) = peer.as_mut().and_then(|peer| peer.block(name)) {
            theirs.push(seconds);
            ratios.push(seconds / own);
        }
    }
    let spread = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min) * 1e3;
        let high = values.iter().copied().fold(0.0, f64::max) * 1e3;
        format!("{:.3} ms ({low:.3} to {high:.3})", median(values.to_vec()) * 1e3)
    };
    print!("{name}: macrograd {}", spread(&ours));
    if theirs.is_empty() {
        println!();
    } else {
        println!(", PyTorch {}, PyTorch / macrograd {:.2}", spread(&theirs), median(ratios));
    }
}

fn option(name: &str, default: &str) -> String {
    let args: Vec<String> = std::env::args().collect();
    args.iter()
        .position(|arg| arg == name)
        .and_then(|at| args.get(at + 1))
        .cloned()
        .unwrap_or(default.to_string())
}

fn main() {
    let threads: usize = option("--threads", "1").parse().expect("`--threads` takes a number");
    let rounds: usize = option("--rounds", "11").parse().expect("`--rounds` takes a number");
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("the pool is built once");
    let mut peer = Peer::start(&option("--python", "python3"), threads);
    println!("batch {BATCH}, {threads} threads, {rounds} pairs of blocks of {} ms", BLOCK.as_millis());

    let pixel = |index: usize| ((index * 2_654_435_761) % 1000) as f32 / 1000.0;
    let label = Tensor::from_fn((BATCH,), |index| (index[0] * 7 % 10) as u8);
    let image = Tensor::from_vec(
        (BATCH, Const::<1>, Const::<28>, Const::<28>),
        (0..BATCH * 784).map(pixel).collect::<Vec<f32>>(),
    );
    let mut net = LeNet::new(Device::cpu(), 0);
    let (mut workspace, mut grads, mut adam) = (net.workspace(), net.zero_grads(), Adam::new(1e-3));
    run("lenet", rounds, &mut peer, &mut || {
        net.loss_grad_into(&mut workspace, &image, &label, &mut grads);
        adam.step(&mut net, &mut grads);
    });

    let image = image.reshape((BATCH, Const::<784>));
    let mut net = Mlp::new(Device::cpu(), 0);
    let (mut workspace, mut grads, mut adam) = (net.workspace(), net.zero_grads(), Adam::new(1e-3));
    run("mlp", rounds, &mut peer, &mut || {
        net.loss_grad_into(&mut workspace, &image, &label, &mut grads);
        adam.step(&mut net, &mut grads);
    });
}
