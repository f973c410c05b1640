//! Gradients as expressions, and the gradients of what they give, against central differences in f64.

use crate::gradients::check_gradient;
use crate::linker::Linked;

fn check(functions: &str) {
    let linked = Linked::new(&format!(
        "#[model] struct Net {{
             fc1: nn::Linear<3, 4>,
             fc2: nn::Linear<4, 1>,
             conv: nn::Conv2d<1, 2, 3>,
             norm: nn::LayerNorm<4>,
             #[init(normal)] scale: Param<3>,
         }}
         #[model] impl Net {{ {functions} }}"
    ));
    check_gradient(&linked, "forward", true, 3);
    check_gradient(&linked, "forward", false, 3);
}

const ENERGY: &str =
    "fn energy<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor { self.fc2(self.fc1(x).tanh()).sum() }";

#[test]
fn the_gradient_of_a_function_of_the_model() {
    check(&format!(
        "fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {{ grad(self.energy, x * 2.0) + x }} {ENERGY}"
    ));
}

#[test]
fn a_gradient_penalty() {
    check(&format!(
        "fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {{
             let (value, slope) = value_and_grad(self.energy, x);
             value + (slope.norm(axes = 1) - 1.0).square().mean()
         }} {ENERGY}"
    ));
}

#[test]
fn a_product_with_the_hessian() {
    check(&format!(
        "fn forward<N: Dim>(&self, x: Tensor<N, 3>, v: Tensor<N, 3>) -> Tensor<N, 3> {{
             grad(self.directional, x, v)
         }}
         fn directional<N: Dim>(&self, x: Tensor<N, 3>, v: Tensor<N, 3>) -> Tensor {{
             (grad(self.energy, x) * v).sum()
         }} {ENERGY}"
    ));
}

#[test]
fn gradients_of_several_arguments_and_of_layers() {
    check(
        "fn forward<N: Dim>(&self, x: Tensor<N, 3>, y: Tensor<N, 3>) -> Tensor<N, 3> {
             let (dx, dy) = grad(self.both, x, y, wrt = [0, 1]);
             dx * dy + grad(self.both, x, y, wrt = 1)
         }
         fn both<N: Dim>(&self, x: Tensor<N, 3>, y: Tensor<N, 3>) -> Tensor {
             (self.norm(self.fc1(x * y.exp())) * self.fc1(y)).square().mean()
         }",
    );
    check(
        "fn forward<N: Dim>(&self, x: Tensor<N, 1, 5, 4>) -> Tensor<N, 1, 5, 4> { grad(self.response, x) * x }
         fn response<N: Dim>(&self, x: Tensor<N, 1, 5, 4>) -> Tensor { self.conv(x).sigmoid().square().sum() }",
    );
}

#[test]
fn products_with_the_jacobian_from_both_sides() {
    let field = "fn field<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> { self.norm(self.fc1(x * self.scale).tanh()) }";
    check(&format!(
        "fn forward<N: Dim>(&self, x: Tensor<N, 3>, v: Tensor<N, 3>) -> Tensor<N, 4> {{
             let (y, tangent) = jvp(self.field, x, tangent = v);
             y * tangent
         }} {field}"
    ));
    check(&format!(
        "fn forward<N: Dim>(&self, x: Tensor<N, 3>, dy: Tensor<N, 4>) -> Tensor<N, 3> {{
             let (y, grad) = vjp(self.field, x, grad_output = dy);
             grad * y.sum()
         }} {field}"
    ));
    // Through a scan and a decision, and with respect to a parameter.
    check(
        "fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>, v: Tensor<N, T, 3>) -> Tensor<N, 3> {
             let (_, tangent) = jvp(self.last, x, tangent = v);
             tangent
         }
         fn last<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>) -> Tensor<N, 3> {
             let mut h = zeros([N, 3]);
             for t in 0..T {
                 if x.at(1, t).sum() > -100.0 { h = (x.at(1, t) * self.scale + h).tanh(); }
             }
             h
         }",
    );
    check(
        "fn forward<N: Dim>(&self, x: Tensor<N, 3>, v: Tensor<4, 3>) -> Tensor<N, 4> {
             let (_, tangent) = jvp(self.field, x, tangent = v, wrt = self.fc1.weight);
             tangent
         }
         fn field<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> { self.fc1(x * self.scale).tanh() }",
    );
}

#[test]
fn gradients_of_own_parameters() {
    check(&format!(
        "fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<4, 3> {{
             let (value, grads) = value_and_grad(self.energy, x, wrt = [self.fc1.weight, 0]);
             grads[0] * value + grads[1].sum()
         }} {ENERGY}"
    ));
}

#[test]
fn gradients_through_loops_and_conditions() {
    check(
        "fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>) -> Tensor<N, T, 3> { grad(self.recurrent, x) }
         fn recurrent<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>) -> Tensor {
             let mut h = zeros([N, 3]);
             for t in 0..T { h = (x.at(1, t) * self.scale + h).tanh(); }
             h.square().sum()
         }",
    );
    check(
        "fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> { grad(self.decided, x) * 0.5 }
         fn decided<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
             if x.sum() > -100.0 { (x * self.scale).tanh().square().sum() } else { x.sum() }
         }",
    );
    check(&format!(
        "fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>) -> Tensor<N, 3> {{
             let mut y = zeros([N, 3]);
             for t in 0..T {{ y = y * 0.5 - grad(self.energy, y + x.at(1, t)) * 0.3; }}
             y
         }} {ENERGY}"
    ));
}

#[test]
fn functions_with_gradients_of_their_own() {
    // Their gradients are those of what they compute, written by hand, so that differences agree.
    let functions = "
        #[function] fn cube_backward(x: Tensor<_>, y: Tensor<_>, grad: Tensor<_>) -> Tensor<_> { grad * 3.0 * x * x + y * 0.0 }
        #[function] #[custom_grad(cube_backward)] fn cube(x: Tensor<_>) -> Tensor<_> { x.detach() * x.detach() * x.detach() }
        #[function] fn pair_backward<N: Dim>(
            a: Tensor<N, 3>, b: Tensor<N, 3>, s: Tensor<N, 3>, p: Tensor<N, 3>, gs: Tensor<N, 3>, gp: Tensor<N, 3>
        ) -> (Tensor<N, 3>, Tensor<N, 3>) { (gs + gp * b, gs + gp * a) }
        #[function] #[custom_grad(pair_backward)]
        fn pair<N: Dim>(a: Tensor<N, 3>, b: Tensor<N, 3>) -> (Tensor<N, 3>, Tensor<N, 3>) {
            (a.detach() + b.detach(), a.detach() * b.detach())
        }";
    for body in [
        "cube(x * self.scale) + x",
        "let (s, p) = pair(x * self.scale, cube(x)); s * p",
        "grad(self.total, x) * self.scale",
        "let mut h = x; for t in 0..9 { h = cube(h).tanh() + x * self.scale; } h",
        "checkpoint(cube(x * self.scale)) * x",
    ] {
        let linked = Linked::new(&format!(
            "{functions}
             #[model] struct Net {{ #[init(normal)] scale: Param<3> }}
             #[model] impl Net {{
                 fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {{ {body} }}
                 fn total<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {{ cube(x * self.scale).square().sum() }}
             }}"
        ));
        check_gradient(&linked, "forward", true, 3);
        check_gradient(&linked, "forward", false, 3);
    }
}
