//! Structs of tensors: gradients through them against central differences in f64, and the graphs that they leave.

use crate::gradients::check_gradient;
use crate::linker::Linked;

/// A recurrent model whose state is a struct with a struct inside.
fn linked(body: &str) -> Linked {
    Linked::new(&format!(
        "#[tensors] pub struct Inner<N: Dim, const D: usize> {{ c: Tensor<N, D>, n: (Tensor<N>, Tensor) }}
         #[tensors] pub struct State<N: Dim, const D: usize> {{ h: Tensor<N, D>, inner: Inner<N, D> }}
         #[model(part)] struct Cell<const D: usize> {{ fc: nn::Linear<D, D> }}
         #[model] impl<const D: usize> Cell<D> {{
             fn forward<N: Dim>(&self, x: Tensor<N, D>, state: State<N, D>) -> State<N, D> {{
                 let State {{ h, inner: Inner {{ c, n: (n, s) }} }} = state;
                 let c = (self.fc(h) + c * s).tanh();
                 State {{ h: x * c, inner: Inner {{ c, n: (n + x.sum(1), s) }} }}
             }}
         }}
         #[model] struct Net {{ cell: Cell<3>, #[init(normal)] scale: Param<3> }}
         #[model] impl Net {{
             fn forward<N: Dim, T: Dim>(&self, x: Tensor<T, N, 3>, state: State<N, 3>) -> State<N, 3> {{ {body} }}
         }}"
    ))
}

fn check(body: &str) {
    let linked = linked(body);
    check_gradient(&linked, "forward", true, 3);
    check_gradient(&linked, "forward", false, 3);
}

#[test]
fn a_scan_carries_a_struct() {
    check(
        "let mut state = state;
         for row in x { state = self.cell(row * self.scale, state); }
         state",
    );
}

#[test]
fn fields_change_in_loops_decisions_and_checkpoints() {
    check(
        "let mut state = state;
         for row in x {
             state = checkpoint(self.cell(row, state));
             state.inner.c = state.inner.c * self.scale;
             if row.mean() > 0.0 { state.inner.n.0 *= 0.5; } else { state = State { h: row, ..state }; }
         }
         state",
    );
}

#[test]
fn a_struct_leaves_nothing_in_the_graph() {
    let of_struct = linked("let State { h, inner } = state; State { inner, h }").lowered("forward", false);
    let names: Vec<&str> = of_struct.args.iter().map(|arg| arg.name.as_str()).collect();
    assert_eq!(names, ["x", "state.h", "state.inner.c", "state.inner.n.0", "state.inner.n.1"]);
    assert_eq!(of_struct.graph.body.nodes.len(), names.len(), "{}", of_struct.graph);
}
