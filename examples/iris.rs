//! A program for a table: `cargo run --release --example iris`, then `… -- predict --data other.csv`.
#![forbid(unsafe_code)]

use macrograd::data::Table;
use macrograd::prelude::*;

#[model]
struct Iris {
    hidden: nn::Linear<4, 16>,
    output: nn::Linear<16, 3>,
}

#[model]
impl Iris {
    fn forward<N: Dim>(&self, flower: Tensor<N, 4>) -> Tensor<N, 3> {
        self.output(self.hidden(flower).relu())
    }

    fn loss<N: Dim>(&self, flower: Tensor<N, 4>, species: Tensor<u32, N>) -> Tensor {
        self.forward(flower).cross_entropy(species)
    }
}

macrograd::train! {
    model: Iris,
    data: |path| Table::open(path)?
        .features(["sepal_length", "sepal_width", "petal_length", "petal_width"])
        .label("species")?,
    path: "examples/data/iris.csv",
    optimizer: Adam { lr: 0.01 },
    epochs: 30,
    metrics: [Accuracy],
}
