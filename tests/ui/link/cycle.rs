// Two models that contain each other.
use macrograd::prelude::*;

#[model]
struct A {
    b: B,
}

#[model]
impl A {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.b(x)
    }
}

#[model]
struct B {
    a: A,
}

#[model]
impl B {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.a(x)
    }
}

fn main() {}
