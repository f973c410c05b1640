//! A model whose loops run every element-wise function of the runtime, and the derivatives of each.

use macrograd::prelude::*;

#[model]
pub struct Functions {
    #[init(ones)]
    scale: Param<60>,
}

#[model]
impl Functions {
    pub fn exponentials<N: Dim>(&self, x: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        (x.exp2() + x.exp_m1() + x.exp()).mean()
    }

    pub fn logarithms<N: Dim>(&self, x: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        (x.ln_1p() + x.log2() + x.log10() + x.rsqrt() + x.recip()).mean()
    }

    pub fn powers<N: Dim>(&self, x: Tensor<N, 60>, y: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        (x.square() + x.powi(5) + x.powf(1.3)).mean() + x.pow(y).mean() + x.hypot(y).mean()
    }

    pub fn circular<N: Dim>(&self, x: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        x.sin().mean() + x.cos().mean() + x.tan().mean()
    }

    pub fn angles<N: Dim>(&self, x: Tensor<N, 60>, y: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        x.asin().mean() + x.acos().mean() + x.atan().mean() + x.atan2(y).mean()
    }

    pub fn hyperbolic<N: Dim>(&self, x: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        x.sinh().mean() + x.cosh().mean()
    }

    pub fn areas<N: Dim>(&self, x: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        x.asinh().mean() + (x + 1.0).acosh().mean() + x.atanh().mean()
    }

    pub fn errors<N: Dim>(&self, x: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        x.erf().mean() + x.erfc().mean()
    }

    pub fn rounding<N: Dim>(&self, x: Tensor<N, 60>, y: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        let whole = x.floor() * y + x.ceil() * x + x.trunc() * y + x.round() * x + x.fract() + x.sign() * x;
        whole.mean() + (x % y).mean() + x.remainder(y).mean()
    }

    pub fn bounds<N: Dim>(&self, x: Tensor<N, 60>, y: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        let mixed = x.clamp(min = 0.1, max = y) + x.lerp(y, 0.3) + x.nan_to_num();
        let inside = (x > 0.1) & !(y > 0.9) | (x.is_finite() ^ y.is_nan());
        select(inside, mixed, x).mean()
    }

    pub fn rectifiers<N: Dim>(&self, x: Tensor<N, 60>, y: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        let straight = x.relu6() + x.leaky_relu() + x.hardsigmoid() + x.hardswish() + x.hardtanh();
        let shrunk = x.hardshrink() + x.softshrink() + x.threshold(0.1, 2.0) + x.prelu(0.25) * y;
        (straight + shrunk).mean()
    }

    pub fn units<N: Dim>(&self, x: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        x.elu().mean() + x.celu(0.5).mean() + x.selu().mean() + x.rrelu().mean() + x.glu().mean()
    }

    pub fn gates<N: Dim>(&self, x: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        x.silu().mean() + x.mish().mean() + x.gelu("tanh").mean() + x.softplus().mean()
    }

    pub fn curves<N: Dim>(&self, x: Tensor<N, 60>) -> Tensor {
        let x = x * self.scale;
        x.log_sigmoid().mean() + x.softsign().mean() + x.tanhshrink().mean()
    }
}

/// Calls everything, so that it is compiled.
pub fn run_all() {
    let net = Functions::new(Device::cpu(), 1);
    let x = Tensor::from_vec((2, Const::<60>), vec![0.5; 120]);
    let y = Tensor::from_vec((2, Const::<60>), vec![0.75; 120]);
    let values = [
        net.exponentials_grad(&x).0,
        net.logarithms_grad(&x).0,
        net.powers_grad(&x, &y).0,
        net.circular_grad(&x).0,
        net.angles_grad(&x, &y).0,
        net.hyperbolic_grad(&x).0,
        net.areas_grad(&x).0,
        net.errors_grad(&x).0,
        net.rounding_grad(&x, &y).0,
        net.bounds_grad(&x, &y).0,
        net.rectifiers_grad(&x, &y).0,
        net.units_grad(&x).0,
        net.gates_grad(&x).0,
        net.curves_grad(&x).0,
    ];
    assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
}
