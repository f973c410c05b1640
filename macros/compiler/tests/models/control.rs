//! Gradients through loops and conditions, and every nesting of two of them, against central differences in f64.

use crate::gradients::check_gradient;
use crate::linker::Linked;

/// A model with a recurrent weight, a stack and a vector, whose function has this signature and body.
fn linked(signature: &str, body: &str) -> Linked {
    Linked::new(&format!(
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
         #[model] impl Net {{ fn forward<{signature} {{ {body} }} }}"
    ))
}

fn check(signature: &str, body: &str) {
    let linked = linked(signature, body);
    check_gradient(&linked, "forward", true, 3);
    check_gradient(&linked, "forward", false, 3);
}

/// A sequence in, one state out.
const TO_STATE: &str = "N: Dim, T: Dim>(&self, x: Tensor<N, T, 2>) -> Tensor<Inferred>";

#[test]
fn a_scan_carries_a_state() {
    check(
        TO_STATE,
        "let mut h = zeros([N, 3]);
         for t in 0..T { h = (self.input(x.at(1, t)) + self.state(h)).tanh(); }
         h * self.scale",
    );
}

#[test]
fn a_scan_collects_what_it_pushes() {
    check(
        TO_STATE,
        "let mut h = zeros([N, 3]);
         let mut ys = Vec::new();
         for t in 0..T { h = (self.input(x[(.., t)]) + self.state(h)).tanh(); ys.push(h * self.scale); }
         ys.stack(1)",
    );
    check(
        TO_STATE,
        "let mut ys = Vec::new();
         for t in 0..T { ys.push(self.input(x.at(1, t)) * (t as f32 + 1.0)); }
         ys.concat(-1)",
    );
}

#[test]
fn a_scan_runs_backwards_and_over_parts() {
    check(
        TO_STATE,
        "let mut h = zeros([N, 3]);
         let mut ys = Vec::new();
         for t in (0..T).rev() { h = (self.input(x.at(1, t)) + self.state(h)).tanh(); ys.push(h); }
         ys.stack(axis = 0)",
    );
    check(
        TO_STATE,
        "let mut h = self.input(x.at(1, 0));
         for t in 1..T { h = (self.input(x.at(1, t)) - self.input(x.at(1, t - 1)) + self.state(h)).tanh(); }
         h * self.scale",
    );
    check(
        TO_STATE,
        "let mut h = zeros([N, 3]);
         for t in 0..T { h = h * 0.5 + self.input(x.at(-2, T - 1 - t)) * self.state(self.input(x.at(1, t))); }
         h * self.scale",
    );
}

#[test]
fn a_scan_carries_tuples_and_several_states() {
    check(
        TO_STATE,
        "let mut state = (zeros([N, 3]), ones([N, 3]));
         for t in 0..T {
             let (h, c) = state;
             let next = self.state(h).sigmoid() * c + self.input(x.at(1, t));
             state = (next.tanh(), next);
         }
         let (h, c) = state;
         h * self.scale + c",
    );
    check(
        TO_STATE,
        "let mut a = self.input(x.at(1, 0));
         let mut b = a * 2.0;
         for t in 0..T { (a, b) = (b.tanh(), a + self.input(x.at(1, t)).sigmoid()); }
         a * b",
    );
}

#[test]
fn a_scan_runs_over_the_rows_of_a_tensor() {
    check(
        "N: Dim, T: Dim>(&self, x: Tensor<T, N, 2>) -> Tensor<Inferred>",
        "let mut h = zeros([N, 3]);
         for row in x { h = (self.input(row) + self.state(h)).tanh(); }
         h * self.scale",
    );
}

#[test]
fn a_long_range_is_a_scan_and_a_short_one_is_written_out() {
    for length in [3, 12] {
        check(
            &format!("N: Dim>(&self, x: Tensor<N, {length}, 2>) -> Tensor<Inferred>"),
            &format!(
                "let mut h = zeros([N, 3]);
                 let mut ys = Vec::new();
                 for t in 0..{length} {{ h = (self.input(x.at(1, t)) + self.state(h)).tanh(); ys.push(h); }}
                 ys.stack(1)"
            ),
        );
    }
}

#[test]
fn scans_in_scans() {
    check(
        "N: Dim, T: Dim, S: Dim>(&self, x: Tensor<N, T, 2>, y: Tensor<N, S, 2>) -> Tensor<Inferred>",
        "let mut h = zeros([N, 3]);
         let mut ys = Vec::new();
         for t in 0..T {
             let mut inner = self.input(x.at(1, t)) + h;
             for s in 0..S { inner = (self.state(inner) + self.input(y.at(1, s)) * self.input(x.at(1, t))).tanh(); }
             h = inner;
             ys.push(inner.mean(1));
         }
         ys.stack(1)",
    );
}

#[test]
fn stacks_in_scans_and_scans_in_stacks() {
    check(
        TO_STATE,
        "let mut h = zeros([N, 3]);
         for t in 0..T {
             let mut y = self.input(x.at(1, t)) + h;
             for layer in &self.layers { y = layer(y); }
             h = y.tanh();
         }
         h * self.scale",
    );
    check(
        TO_STATE,
        "let mut y = self.input(x);
         for layer in &self.layers {
             let mut h = zeros([N, 3]);
             let mut ys = Vec::new();
             for t in 0..T { h = (layer(y.at(1, t)) + self.state(h)).tanh(); ys.push(h); }
             y = ys.stack(1);
         }
         y * self.scale",
    );
}

#[test]
fn a_value_made_in_the_loop_is_looked_up_by_its_index() {
    check(
        TO_STATE,
        "let mut h = zeros([N, T, 3]);
         for t in 0..T { h = (self.state(h) + self.input(x)).tanh() * h.at(1, t).unsqueeze(1) + self.input(x); }
         h * self.scale",
    );
}

#[test]
fn a_condition_decides_by_a_value() {
    // The samples lie on either side of the thresholds below.
    for threshold in ["-100.0", "0.0", "100.0"] {
        check(
            "N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<Inferred>",
            &format!(
                "let y = self.input(x);
                 let z = if x.sum() > {threshold} {{ self.state(y).tanh() }} else {{ y.sigmoid() * self.scale }};
                 z + y"
            ),
        );
        check(
            "N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<Inferred>",
            &format!(
                "let mut y = self.input(x);
                 let mut z = y * 2.0;
                 if x.sum() > {threshold} {{ y = self.state(y).tanh(); z = z + y.exp(); }}
                 y * z"
            ),
        );
    }
}

#[test]
fn conditions_in_conditions_and_on_sizes() {
    check(
        "N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<Inferred>",
        "let y = self.input(x);
         if y.sum() > -100.0 {
             if N > 5 { y.exp() } else if y.mean() > 100.0 { self.state(y) } else { self.state(y).tanh() * self.scale }
         } else {
             y
         }",
    );
}

#[test]
fn conditions_in_loops_and_loops_in_conditions() {
    check(
        TO_STATE,
        "let mut h = zeros([N, 3]);
         let mut ys = Vec::new();
         for t in 0..T {
             let step = self.input(x.at(1, t));
             let next = if step.sum() > 0.0 { (step + self.state(h)).tanh() } else { h * 0.5 + step };
             h = next;
             ys.push(next * self.scale);
         }
         ys.stack(1)",
    );
    check(
        TO_STATE,
        "let mut h = zeros([N, 3]);
         if x.sum() > -100.0 {
             for t in 0..T { h = (self.input(x.at(1, t)) + self.state(h)).tanh(); }
         } else {
             h = self.input(x.at(1, 0));
         }
         h * self.scale",
    );
    check(
        "N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<Inferred>",
        "let mut y = self.input(x);
         for layer in &self.layers { y = if y.mean() > 0.1 { layer(y) } else { layer(y * 0.5).sigmoid() }; }
         y",
    );
    check(
        "N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<Inferred>",
        "let mut y = self.input(x);
         if y.sum() > -100.0 { for layer in &self.layers { y = layer(y); } }
         y",
    );
}

#[test]
fn a_bounded_while_runs_until_its_condition_fails() {
    check(
        "N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<Inferred>",
        "let mut y = self.input(x);
         #[bound(6)]
         while y.norm() > 0.7 { y = self.state(y).tanh() * 0.7; }
         y * self.scale",
    );
    check(
        "N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<Inferred>",
        "let mut y = self.input(x);
         let mut steps = 0.0;
         #[bound(3)]
         while steps < 2.0 {
             let mut z = y;
             #[bound(2)]
             while z.sum() > -100.0 { z = self.state(z).tanh(); }
             y = y + z;
             steps = steps + 1.0;
         }
         y * self.scale + steps",
    );
    check(
        TO_STATE,
        "let mut h = zeros([N, 3]);
         for t in 0..T {
             h = h + self.input(x.at(1, t));
             #[bound(4)]
             while h.norm() > 1.0 { h = self.state(h).tanh() * 0.6; }
         }
         let mut k = h;
         #[bound(3)]
         while k.norm() > 0.01 { for layer in &self.layers { k = layer(k) * 0.3; } }
         h * self.scale + k",
    );
}

#[test]
fn checkpoints_compute_again() {
    check(
        "N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<Inferred>",
        "let y = checkpoint(self.state(self.input(x).tanh()).sigmoid() * self.scale);
         y + checkpoint(self.state(y).exp())",
    );
    check(
        "N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<Inferred>",
        "let mut y = self.input(x);
         for layer in &self.layers { y = checkpoint(layer(y) * checkpoint(self.state(y).sigmoid())); }
         let (a, b) = checkpoint((y.tanh(), y.exp()));
         a * b",
    );
    check(
        TO_STATE,
        "let mut h = zeros([N, 3]);
         for t in 0..T { h = checkpoint((self.input(x.at(1, t)) + self.state(h)).tanh()); }
         checkpoint(if h.sum() > -100.0 { h * self.scale } else { h })",
    );
    check(
        TO_STATE,
        "let run = checkpoint({
             let mut h = zeros([N, 3]);
             for t in 0..T { h = (self.input(x.at(1, t)) + self.state(h)).tanh(); }
             h
         });
         run * self.scale",
    );
}

#[test]
fn loops_number_what_they_run_over() {
    check(
        "N: Dim>(&self, x: Tensor<2, N, 2>) -> Tensor<Inferred>",
        "let mut y = self.input(x.at(0, 0));
         for (i, layer) in self.layers.iter().enumerate() { y = layer(y + self.input(x.at(0, i))) * (i as f32 + 1.0); }
         y",
    );
    check(
        "N: Dim, T: Dim>(&self, x: Tensor<T, N, 2>, y: Tensor<N, T>) -> Tensor<Inferred>",
        "let mut h = zeros([N, 3]);
         for (t, row) in x.iter().enumerate().rev() { h = (self.input(row) + h).tanh() * y.at(1, t).unsqueeze(1); }
         h",
    );
}
