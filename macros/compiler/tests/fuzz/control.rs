//! Models with control flow and gradients as expressions, to start from.

/// Bodies of a function `forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 2>)`.
const BODIES: &[&str] = &[
    "let mut y = zeros([N, 3]);
     for t in 0..T { y = (self.input(x.at(1, t)) + self.state(y)).tanh(); }
     y * self.scale",
    "let mut y = zeros([N, 3]);
     let mut ys = Vec::new();
     for t in (1..T).rev() { y = self.input(x[(.., t)]) - self.input(x.at(1, t - 1)) * (t as f32); ys.push(y); }
     ys.reverse();
     ys.stack(axis = 1)",
    "let mut ys = Vec::new();
     ys.push(self.input(x.at(1, 0)));
     for t in 0..12 { ys.push(self.scale * self.input(x.at(1, T - 1))); }
     ys.concat(-1)",
    "let mut state = (zeros([N, 3]), ones([N, 3]));
     for (i, row) in x.permute([1, 0, 2]).iter().enumerate() {
         let (y, c) = state;
         state = (self.input(row) * (i as f32) + c, y.sigmoid());
     }
     let (y, c) = state;
     y + c",
    "let mut a = self.input(x.at(1, 0));
     let mut b = a * 2.0;
     for t in 0..T {
         (a, b) = (b.tanh(), a + self.input(x.at(1, t)));
         for layer in &self.layers { b = layer(b); }
     }
     a * b",
    "let mut y = self.input(x);
     for (i, layer) in self.layers.iter().enumerate() {
         let mut h = zeros([N, 3]);
         let mut ys = Vec::new();
         for t in 0..T { h = (layer(y.at(1, t)) + self.state(h)).tanh() * (i as f32); ys.push(h); }
         y = ys.stack(1);
     }
     y * self.scale",
    "let mut y = self.input(x.at(1, 0));
     #[bound(6)]
     while y.norm() > 0.7 { y = self.state(y).tanh() * 0.7; }
     y * self.scale",
    "let mut y = self.input(x.at(1, 0));
     let mut steps = 0.0;
     #[bound(3)]
     while (steps < 2.0) & (y.sum() > -100.0) {
         for t in 0..T { y = if x.at(1, t).sum() > 0.0 { y.exp() } else if N > 5 { y } else { self.state(y) }; }
         steps = steps + 1.0;
     }
     y + steps",
    "let mut y = self.input(x.at(1, 0));
     let mut z = y * 2.0;
     if x.sum() > 0.0 { y = self.state(y).tanh(); z += y.exp(); } else { z = self.layers[1](z); }
     y * z * self.scale",
    "let (a, b) = checkpoint({
         let mut y = self.input(x.at(1, 0));
         for layer in &self.layers { y = checkpoint(layer(y)); }
         (y, self.scale * self.state(y))
     });
     a * b",
    "let (value, slope) = value_and_grad(self.energy, x);
     let y = grad(self.energy, x * 2.0) + slope;
     self.input(y) * self.scale + value",
    "let (da, db) = grad(product, x, x.exp(), wrt = [0, 1]);
     self.input(cube(da) + with_grad(db, clip)) * self.scale",
    "let mut y = x.at(1, 0);
     for t in 0..T { y = y * 0.5 - grad(self.energy, (y + x.at(1, t)).unsqueeze(1)).at(1, 0) * 0.3; }
     self.input(y) * self.scale",
];

/// The sources of models with these bodies.
pub(crate) fn sources() -> impl Iterator<Item = String> {
    BODIES.iter().map(|body| {
        format!(
            "#[function] fn cube_backward(x: Tensor<_>, y: Tensor<_>, grad: Tensor<_>) -> Tensor<_> {{ grad * 3.0 * x * x + y * 0.0 }}
             #[function] #[custom_grad(cube_backward)] fn cube(x: Tensor<_>) -> Tensor<_> {{ x * x * x }}
             #[function] fn clip(grad: Tensor<_>) -> Tensor<_> {{ grad.clamp(-1.0, 1.0) }}
             #[function] fn product(a: Tensor<_>, b: Tensor<_>) -> Tensor {{ (a * b.tanh()).sum() }}
             #[model] struct Net {{
                 input: nn::Linear<2, 3>,
                 state: nn::Linear<3, 3>,
                 layers: [nn::Linear<3, 3>; 3],
                 #[init(ones)] scale: Param<3>,
             }}
             #[model] impl Net {{
                 pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 2>) -> Tensor<Inferred> {{ {body} }}
                 pub fn energy<N: Dim, T: Dim>(&self, x: Tensor<N, T, 2>) -> Tensor {{
                     self.input(x).tanh().square().sum()
                 }}
                 pub fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 2>) -> Tensor {{
                     let mut y = self.state(self.input(x)) * self.scale;
                     for layer in &self.layers {{ y = layer(y); }}
                     self.forward(x).square().mean() + y.mean()
                 }}
             }}"
        )
    })
}

#[test]
fn models_with_control_flow_compile() {
    for source in sources() {
        let outcomes = crate::check(&source).unwrap_or_else(|problem| panic!("{problem}\n{source}"));
        let all = outcomes.iter().all(|outcome| matches!(outcome, crate::Outcome::Compiled));
        assert!(all, "{outcomes:?}\n{source}");
    }
}
