// An option with a mistake: neither the impl nor the callers are reported.
use macrograd::prelude::*;

#[model(max_train_byte = "64 MiB")]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {
    let net = Net::new(Device::cpu(), 0);
    println!("{:?}", net.forward(&Tensor::zeros((4, Const::<8>))).shape());
}
