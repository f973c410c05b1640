//! The text of every stage for tiny models, against files. `UPDATE=1 cargo test` writes them anew; read the difference.

use crate::linker::expand;
use std::path::Path;

/// Without the lines of the source: they change whenever a layer's documentation does.
fn without_lines(text: &str) -> String {
    let strip = |line: &str| match line.rsplit_once(':') {
        Some((head, number)) if line.contains(" // ") && number.bytes().all(|b| b.is_ascii_digit()) => {
            head.to_string()
        }
        _ => line.to_string(),
    };
    text.lines().map(|line| strip(line) + "\n").collect()
}

fn check(name: &str, source: &str) {
    let (_, dump) = expand(source);
    let mut found = format!("{}\n", source.trim());
    for (stage, text) in &dump {
        found.push_str(&format!("\n==> {stage}\n{}", without_lines(text)));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/text").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &found).expect("the snapshot can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if found == expected {
        return;
    }
    let differs = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
    let at = differs.unwrap_or(found.lines().count().min(expected.lines().count()));
    let line = |text: &str| text.lines().nth(at).unwrap_or("the end").to_string();
    panic!(
        "{name}.txt, line {}:\nfound    {}\nexpected {}\nUPDATE=1 writes the file anew",
        at + 1,
        line(&found),
        line(&expected)
    );
}

#[test]
fn linear_layer_with_a_loss() {
    check(
        "linear",
        "
#[model]
struct Net { fc: nn::Linear<4, 3> }
#[model]
impl Net {
    fn loss<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<u8, N>) -> Tensor {
        self.fc(x).relu().cross_entropy(label)
    }
}",
    );
}

#[test]
fn stack_of_layers() {
    check(
        "stack",
        "
#[model]
struct Net { layers: [nn::Linear<4, 4>; 3] }
#[model]
impl Net {
    fn loss<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let mut x = x;
        for layer in &self.layers { x = layer(x).tanh(); }
        x.mean()
    }
}",
    );
}

#[test]
fn convolution_with_batch_norm() {
    check(
        "conv",
        "
#[model]
struct Net {
    #[with(padding = 1, bias = false)]
    conv: nn::Conv2d<2, 4, 3>,
    norm: nn::BatchNorm2d<4>,
    head: nn::Linear<4, 3>,
}
#[model]
impl Net {
    fn loss<N: Dim>(&self, image: Tensor<N, 2, 6, 6>, label: Tensor<u8, N>) -> Tensor {
        let x = self.norm(self.conv(image)).relu().max_pool2d(2);
        self.head(x.mean([2, 3])).cross_entropy(label)
    }
}",
    );
}

/// How often layer normalisation goes over memory: three loops forward, for the mean, the variance and the result, and three
/// backward.
#[test]
fn layer_normalisation() {
    check(
        "layer_norm",
        "
#[model]
struct Net { norm: nn::LayerNorm<64> }
#[model]
impl Net {
    fn forward<N: Dim>(&self, x: Tensor<N, 64>) -> Tensor<N, 64> {
        self.norm(x)
    }
}",
    );
}

#[test]
fn expansion_is_the_same_every_time() {
    for source in [
        include_str!("../../../../tests/models/lenet.rs"),
        include_str!("../../../../tests/models/resnet.rs"),
    ] {
        let (tokens, dump) = expand(source);
        for _ in 0..3 {
            let (again, dump_again) = expand(source);
            assert_eq!(
                tokens.to_string(),
                again.to_string(),
                "the tokens do not depend on the order of hash maps"
            );
            assert!(dump == dump_again, "nor do the texts of the stages");
        }
    }
}
