// Indices that are real numbers.
use macrograd::prelude::*;

#[model]
struct Net {
    table: Param<100, 16>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, index: Tensor<N>) -> Tensor<N, 16> {
        self.table.index_select(0, index)
    }
}

fn main() {}
