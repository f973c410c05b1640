//! Buffers that are updated in checkpoints, decisions and loops, against the same steps written out.

use macrograd::prelude::*;

#[model(part)]
struct Block {
    fc: nn::Linear<4, 4>,
    norm: nn::BatchNorm1d<4>,
}

#[model]
impl Block {
    fn forward<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 4> {
        self.norm(self.fc(x)).tanh()
    }
}

#[model]
struct Net {
    block: Block,
    blocks: [Block; 3],
}

#[model]
impl Net {
    fn plain<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        self.block(x).square().mean()
    }

    fn recomputed<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        checkpoint(self.block(x)).square().mean()
    }

    fn stacked<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let mut x = x;
        for block in &self.blocks {
            x = block(x);
        }
        x.square().mean()
    }

    fn stack_recomputed<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let mut x = x;
        for block in &self.blocks {
            x = checkpoint(block(x));
        }
        x.square().mean()
    }

    fn twice<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        self.block(self.block(x)).square().mean()
    }

    fn twice_recomputed<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        checkpoint(self.block(checkpoint(self.block(x)))).square().mean()
    }

    /// As many calls as `steps` has rows.
    fn scanned<N: Dim, T: Dim>(&self, x: Tensor<N, 4>, steps: Tensor<T>) -> Tensor {
        let mut h = x;
        for step in &steps {
            h = self.block(h) + 0.0 * step;
        }
        h.square().mean()
    }

    fn called_three_times<N: Dim, T: Dim>(&self, x: Tensor<N, 4>, steps: Tensor<T>) -> Tensor {
        let h = self.block(self.block(self.block(x)));
        h.square().mean() + 0.0 * steps.sum()
    }

    fn stack_scanned<N: Dim, T: Dim>(&self, x: Tensor<N, 4>, steps: Tensor<T>) -> Tensor {
        let mut h = x;
        for step in &steps {
            for block in &self.blocks {
                h = checkpoint(block(h)) + 0.0 * step;
            }
        }
        h.square().mean()
    }

    fn stack_three_times<N: Dim, T: Dim>(&self, x: Tensor<N, 4>, steps: Tensor<T>) -> Tensor {
        let mut h = x;
        for block in &self.blocks {
            h = block(h);
        }
        for block in &self.blocks {
            h = block(h);
        }
        for block in &self.blocks {
            h = block(h);
        }
        h.square().mean() + 0.0 * steps.sum()
    }

    fn decided<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let y = if x.mean() > 0.0 { self.block(x) } else { self.blocks[0](self.block(x)) };
        y.square().mean()
    }

    fn other_branch<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        self.blocks[0](self.block(x)).square().mean()
    }

    fn until<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let mut h = x;
        let mut calls = 0.0;
        #[bound(5)]
        while calls < 3.0 {
            h = self.block(h);
            calls += 1.0;
        }
        h.square().mean()
    }

    /// The block belongs to none of the layers that the loop runs over.
    fn beside_a_stack<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let mut h = x;
        for block in &self.blocks {
            h = self.block(block(h));
        }
        h.square().mean()
    }

    fn beside_a_stack_written_out<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let mut h = self.block(self.blocks[0](x));
        h = self.block(self.blocks[1](h));
        self.block(self.blocks[2](h)).square().mean()
    }
}

type Image = Tensor<f32, (usize, Const<4>)>;

fn batch(sign: f32) -> Image {
    Tensor::from_vec(
        (6, Const::<4>),
        (0..24).map(|index| sign * ((index * 7 % 11) as f32 / 5.0 - 0.5)).collect(),
    )
}

/// Losses of several steps, and the state after them.
fn trained(mut step: impl FnMut(&Net, &Image) -> (f32, NetGrads)) -> (Vec<f32>, Net) {
    let mut net = Net::new(Device::cpu(), 5);
    let mut optimizer = macrograd::optim::Sgd::new(0.1);
    let losses = (0..4).map(|_| {
        let (loss, mut grads) = step(&net, &batch(1.0));
        optimizer.step(&mut net, &mut grads);
        loss
    });
    (losses.collect(), net)
}

#[track_caller]
fn assert_same(a: (Vec<f32>, Net), b: (Vec<f32>, Net)) {
    for (index, (a, b)) in a.0.iter().zip(&b.0).enumerate() {
        assert!((a - b).abs() < 1e-5, "loss {index}: {a} and {b}");
    }
    let (a, b) = (macrograd::Model::state(&a.1).values(), macrograd::Model::state(&b.1).values());
    let start = macrograd::Model::state(&Net::new(Device::cpu(), 5)).values().to_vec();
    assert!(a.iter().zip(&start).any(|(a, start)| a != start));
    for (index, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() < 2e-5, "element {index} of the state: {a} and {b}");
    }
}

#[test]
fn a_checkpoint_hands_updates_out() {
    assert_same(trained(|net, x| net.plain_grad(x)), trained(|net, x| net.recomputed_grad(x)));
    assert_same(trained(|net, x| net.stacked_grad(x)), trained(|net, x| net.stack_recomputed_grad(x)));
}

#[test]
fn an_update_goes_on_from_the_one_before() {
    assert_same(trained(|net, x| net.twice_grad(x)), trained(|net, x| net.twice_recomputed_grad(x)));
    let (_, net) = trained(|net, x| net.twice_grad(x));
    let (_, once) = trained(|net, x| net.plain_grad(x));
    assert!(net.block().norm().running_var().as_slice() != once.block().norm().running_var().as_slice());
}

#[test]
fn scans_carry_buffers() {
    let steps = Tensor::from_vec((3,), vec![1.0, 2.0, 3.0]);
    let expected = trained(|net, x| net.called_three_times_grad(x, &steps));
    assert_same(trained(|net, x| net.scanned_grad(x, &steps)), expected);
    assert_same(
        trained(|net, x| net.until_grad(x)),
        trained(|net, x| net.called_three_times_grad(x, &steps)),
    );
}

#[test]
fn scans_carry_stacks_of_buffers() {
    let steps = Tensor::from_vec((3,), vec![1.0, 2.0, 3.0]);
    let expected = trained(|net, x| net.stack_three_times_grad(x, &steps));
    assert_same(trained(|net, x| net.stack_scanned_grad(x, &steps)), expected);
    let expected = trained(|net, x| net.beside_a_stack_written_out_grad(x));
    assert_same(trained(|net, x| net.beside_a_stack_grad(x)), expected);
}

#[test]
fn a_branch_that_does_not_run_updates_nothing() {
    assert!(batch(1.0).as_slice().iter().sum::<f32>() > 0.0);
    assert_same(trained(|net, x| net.decided_grad(x)), trained(|net, x| net.plain_grad(x)));
    let negative = batch(-1.0);
    let expected = trained(|net, _| net.other_branch_grad(&negative));
    assert_same(trained(|net, _| net.decided_grad(&negative)), expected);
}

#[model]
struct Counting {
    #[with(bias = false)]
    fc: nn::Linear<4, 4>,
    #[init(zeros)]
    positive: Buffer<1>,
    #[init(zeros)]
    steps: Buffer<1>,
}

#[model]
impl Counting {
    /// Updates that are all a decision or a loop does.
    fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, 4>, steps: Tensor<T>) -> Tensor {
        let y = self.fc(x);
        if y.mean() > 0.0 {
            self.positive.update(self.positive + 1.0);
        }
        for step in &steps {
            self.steps.update(self.steps + step);
        }
        y.square().mean()
    }
}

#[test]
fn buffers_may_be_all_that_changes() {
    let mut net = Counting::new(Device::cpu(), 1);
    let mut optimizer = macrograd::optim::Sgd::new(0.0);
    let steps = Tensor::from_vec((3,), vec![1.0, 2.0, 4.0]);
    for sign in [1.0, -1.0, 1.0] {
        let x = batch(sign);
        let _ = net.loss(&x, &steps);
        let (_, mut grads) = net.loss_grad(&x, &steps);
        optimizer.step(&mut net, &mut grads);
    }
    assert_eq!(net.steps().as_slice(), [21.0]);
    let positive = net.positive().as_slice()[0];
    assert!(positive == 1.0 || positive == 2.0, "{positive} of three batches of two signs");
}

#[model]
struct Spectral {
    fc: nn::SpectralNormLinear<4, 4>,
}

#[model]
impl Spectral {
    fn twice<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        self.fc(self.fc(x).tanh()).square().mean()
    }
}

#[model]
struct TwoIterations {
    #[with(n_power_iterations = 2)]
    fc: nn::SpectralNormLinear<4, 4>,
}

#[model]
impl TwoIterations {
    fn once<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        self.fc(x).square().mean()
    }
}

#[test]
fn power_iterations_go_on_from_call_to_call() {
    let mut optimizer = macrograd::optim::Sgd::new(0.0);
    let mut called_twice = Spectral::new(Device::cpu(), 2);
    let (_, mut grads) = called_twice.twice_grad(&batch(1.0));
    optimizer.step(&mut called_twice, &mut grads);
    let mut of_two = TwoIterations::new(Device::cpu(), 2);
    let (_, mut grads) = of_two.once_grad(&batch(1.0));
    macrograd::optim::Sgd::new(0.0).step(&mut of_two, &mut grads);
    let (u, expected) = (called_twice.fc().weight_u(), of_two.fc().weight_u());
    for (a, b) in u.as_slice().iter().zip(expected.as_slice()) {
        assert!((a - b).abs() < 1e-6, "{a} and {b}");
    }
}

#[model]
struct Normalised {
    norm: nn::BatchNorm1d<2>,
}

#[model]
impl Normalised {
    fn loss<T: Dim, N: Dim>(&self, steps: Tensor<T, N, 2>) -> Tensor {
        let mut total = 0.0;
        for step in &steps {
            total += checkpoint(self.norm(step)).square().mean();
        }
        total
    }
}

/// By the formula of the running statistics: `r + 0.1 (s - r)` for each batch, with its mean and unbiased variance.
#[test]
fn running_statistics_follow_their_formula_through_a_scan() {
    const T: usize = 9;
    let values: Vec<f32> = (0..T * 6).map(|index| ((index * 31 % 17) as f32 - 6.0) / 4.0).collect();
    let mut net = Normalised::new(Device::cpu(), 0);
    let (_, mut grads) = net.loss_grad(&Tensor::from_vec((T, 3, Const::<2>), values.clone()));
    macrograd::optim::Sgd::new(0.0).step(&mut net, &mut grads);
    for channel in 0..2 {
        let (mut running_mean, mut running_var) = (0.0f64, 1.0f64);
        for batch in values.chunks(6) {
            let x: Vec<f64> = batch.iter().skip(channel).step_by(2).map(|&x| f64::from(x)).collect();
            let mean = x.iter().sum::<f64>() / 3.0;
            let var = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2.0;
            running_mean += 0.1 * (mean - running_mean);
            running_var += 0.1 * (var - running_var);
        }
        let (mean, var) = (net.norm().running_mean(), net.norm().running_var());
        assert!((f64::from(mean.as_slice()[channel]) - running_mean).abs() < 1e-6);
        assert!((f64::from(var.as_slice()[channel]) - running_var).abs() < 1e-6);
    }
}
