// A derive above `#[model]` sees the fields as written, not the struct that `#[model]` makes of them. `#[model]` does
// not see the derive, so these are rustc's own messages.
use macrograd::prelude::*;

#[derive(Clone)]
#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
