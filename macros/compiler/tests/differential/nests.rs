//! Random nests of control flow around smooth steps: their gradients against central differences in f64.
//!
//! The other tests compare what is planned and compiled with the graph of the gradient, so that they do not see when
//! that graph is wrong.

use crate::gradients::check_gradient;
use crate::linker::Linked;
use crate::random::Random;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Nests that are tried when nobody asks for more.
const NUM_NESTS: u64 = 24;
/// Constructs inside each other.
const MAX_DEPTH: usize = 3;

/// Statements that change a state `h` of shape [N, 3].
struct Nest {
    random: Random,
    num_names: usize,
    lines: Vec<String>,
    /// Indices of the loops over `T` around the statement.
    indices: Vec<String>,
    /// Layers of the loops over stacks around it.
    layers: Vec<String>,
}

impl Nest {
    fn name(&mut self, kind: &str) -> String {
        self.num_names += 1;
        format!("{kind}{}", self.num_names)
    }

    fn line(&mut self, line: String) {
        self.lines.push(line);
    }

    fn statements(&mut self, h: &str, depth: usize) {
        for _ in 0..1 + self.random.below(2) {
            if depth < MAX_DEPTH && self.random.chance(0.75) {
                self.construct(h, depth + 1);
            } else {
                self.step(h);
            }
        }
    }

    /// A tensor of shape [N, 2] from the sequence.
    fn input(&mut self) -> String {
        match self.indices.len() {
            0 => "x.at(1, 0)".to_string(),
            count => {
                let index = self.indices[self.random.below(count)].clone();
                let place = if self.random.chance(0.3) { format!("T - 1 - {index}") } else { index };
                if self.random.chance(0.5) {
                    format!("x.at(1, {place})")
                } else {
                    format!("x[(.., {place})]")
                }
            }
        }
    }

    fn step(&mut self, h: &str) {
        let input = self.input();
        let line = match self.random.below(5) {
            0 => format!("{h} = (self.input({input}) + self.state({h})).tanh();"),
            1 => format!("{h} = {h} * 0.5 + self.input({input}) * self.scale;"),
            2 => format!("{h} = (self.state({h}) * self.input({input}).sigmoid()).tanh() + {h} * 0.25;"),
            3 => match self.layers.last() {
                Some(layer) => format!("{h} = {layer}({h}).tanh();"),
                None => format!("{h} = ({h} * self.scale).sin();"),
            },
            _ => {
                let name = self.name("a");
                format!(
                    "let {name} = ({h} - self.input({input})).tanh();\n{h} = {name} * {name} + {h} * 0.5;"
                )
            }
        };
        self.line(line);
    }

    fn construct(&mut self, h: &str, depth: usize) {
        match self.random.below(7) {
            0 | 1 => self.scan(h, depth),
            2 => self.list(h, depth),
            // A stack is looped over once.
            3 if !self.layers.is_empty() => self.step(h),
            3 => {
                let layer = self.name("layer");
                self.line(format!("for {layer} in &self.layers {{\n{h} = {layer}({h}) * 0.7;"));
                self.layers.push(layer);
                self.statements(h, depth);
                self.layers.pop();
                self.line("}".to_string());
            }
            4 => self.decision(h, depth),
            5 => {
                let bound = 1 + self.random.below(4);
                if self.random.chance(0.5) {
                    let limit = *self.random.pick(&["0.0137", "0.537", "1.237"]);
                    self.line(format!("#[bound({bound})]\nwhile {h}.norm() > {limit} {{"));
                    self.statements(h, depth);
                } else {
                    let count = self.name("count");
                    let limit = self.random.below(bound + 1);
                    self.line(format!("let mut {count} = 0.0;"));
                    self.line(format!("#[bound({bound})]\nwhile {count} < {limit}.5 {{"));
                    self.statements(h, depth);
                    self.line(format!("{count} = {count} + 1.0;"));
                }
                self.line("}".to_string());
            }
            _ => {
                let inner = self.name("h");
                self.line(format!("{h} = checkpoint({{\nlet mut {inner} = {h};"));
                self.statements(&inner, depth);
                self.line(format!("{inner}\n}});"));
            }
        }
    }

    fn scan(&mut self, h: &str, depth: usize) {
        let index = self.name("t");
        let by_rows = self.random.chance(0.3);
        if by_rows {
            let row = self.name("row");
            self.line(format!("for ({index}, {row}) in x.permute([1, 0, 2]).iter().enumerate() {{"));
            self.line(format!("{h} = {h} + self.input({row}) * ({index} as f32 * 0.25 + 0.5);"));
        } else {
            let range = *self.random.pick(&["0..T", "(0..T).rev()", "1..T", "0..9", "0..2", "0..N"]);
            self.line(format!("for {index} in {range} {{"));
            if range.contains('T') {
                self.indices.push(index);
            } else {
                self.statements(h, depth);
                return self.line("}".to_string());
            }
        }
        self.statements(h, depth);
        if !by_rows {
            self.indices.pop();
        }
        self.line("}".to_string());
    }

    /// A loop whose list is used after it.
    fn list(&mut self, h: &str, depth: usize) {
        let (index, list) = (self.name("t"), self.name("ys"));
        let range = *self.random.pick(&["0..T", "(0..T).rev()"]);
        self.line(format!("let mut {list} = Vec::new();\nfor {index} in {range} {{"));
        self.indices.push(index);
        self.statements(h, depth);
        self.indices.pop();
        self.line(format!("{list}.push({h} * self.scale);\n}}"));
        if self.random.chance(0.3) {
            self.line(format!("{list}.reverse();"));
        }
        let weights = "x.sum(axes = -1).softmax(-1).unsqueeze(-1)";
        let joined = match self.random.below(3) {
            0 => format!("{h} = ({list}.stack(1) * {weights}).sum(axes = 1);"),
            1 => format!("{h} = {list}.stack(0).at(0, 0) * {h};"),
            _ => format!("{h} = ({h}.unsqueeze(1) - {list}.concat(1).reshape([N, T, 3])).tanh().mean(1);"),
        };
        self.line(joined);
    }

    fn decision(&mut self, h: &str, depth: usize) {
        let condition = match (self.random.below(4), self.indices.last()) {
            (0, Some(index)) => format!("{index} as f32 > 0.5"),
            (1, _) => "N > 2".to_string(),
            _ => format!("{h}.mean() > {}", self.random.pick(&["-50.0", "0.0137", "50.0"])),
        };
        let as_value = self.random.chance(0.4);
        if !as_value {
            self.line(format!("if {condition} {{"));
            self.statements(h, depth);
            if self.random.chance(0.6) {
                self.line("} else {".to_string());
                self.statements(h, depth);
            }
            return self.line("}".to_string());
        }
        self.line(format!("{h} = if {condition} {{"));
        for between in ["} else {", "};"] {
            let inner = self.name("h");
            self.line(format!("let mut {inner} = {h};"));
            self.statements(&inner, depth);
            self.line(format!("{inner}\n{between}"));
        }
    }
}

/// The source of a nest.
fn nest(seed: u64) -> String {
    let mut nest = Nest {
        random: Random::new(seed),
        num_names: 0,
        lines: Vec::new(),
        indices: Vec::new(),
        layers: Vec::new(),
    };
    nest.construct("h", 1);
    format!(
        "#[model(part)] struct Layer {{ fc: nn::Linear<3, 3> }}
         #[model] impl Layer {{
             fn forward(&self, x: Tensor<_, 3>) -> Tensor<_, 3> {{ x + self.fc(x).tanh() }}
         }}
         #[model] struct Net {{
             input: nn::Linear<2, 3>,
             state: nn::Linear<3, 3>,
             layers: [Layer; 2],
             #[init(normal)] scale: Param<3>,
         }}
         #[model] impl Net {{
             fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 2>) -> Tensor<Inferred> {{
                 let mut first = self.input(x.at(1, 0));
                 for layer in &self.layers {{ first = layer(first); }}
                 let mut h = self.state(first).tanh() * self.scale;
                 {}
                 h
             }}
         }}",
        nest.lines.join("\n")
    )
}

#[test]
fn nests_of_control_flow_have_the_gradients_of_differences() {
    let count = std::env::var("MACROGRAD_SEEDS").ok().and_then(|text| text.parse().ok());
    for seed in 0..count.unwrap_or(NUM_NESTS) {
        let source = nest(seed);
        let checked = catch_unwind(AssertUnwindSafe(|| {
            let linked = Linked::new(&source);
            check_gradient(&linked, "forward", true, 1);
            check_gradient(&linked, "forward", false, 1);
        }));
        assert!(checked.is_ok(), "seed {seed}\n{source}");
    }
}
