use macrograd::data::Table;
use macrograd::prelude::*;

/// Two layers, from four measurements to scores of three species.
#[model]
struct Net {
    hidden: nn::Linear<4, 16>,
    output: nn::Linear<16, 3>,
}

#[model]
impl Net {
    /// Scores of the species.
    fn forward<N: Dim>(&self, flower: Tensor<N, 4>) -> Tensor<N, 3> {
        self.output(self.hidden(flower).relu())
    }

    /// What training makes small.
    fn loss<N: Dim>(&self, flower: Tensor<N, 4>, species: Tensor<u32, N>) -> Tensor {
        self.forward(flower).cross_entropy(species)
    }
}

macrograd::train! {
    model: Net,
    data: |path| Table::open(path)?
        .features(["sepal_length", "sepal_width", "petal_length", "petal_width"])
        .label("species")?,
    path: "data/iris.csv",
    optimizer: Adam { lr: 0.01 },
    epochs: 30,
    metrics: [Accuracy],
}
