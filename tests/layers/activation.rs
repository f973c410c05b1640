//! Activations, each at random inputs; kinks are compared in the compiler's tests.

cases! { "layers_activation";
    relu: nn::Relu, (x: [5, 7]) -> [5, 7];
    relu6: nn::Relu6, (x: [5, 7]) -> [5, 7];
    leaky_relu: nn::LeakyRelu, (x: [5, 7]) -> [5, 7];
    #[with(negative_slope = 0.2)] leaky_relu_given: nn::LeakyRelu, (x: [5, 7]) -> [5, 7];
    prelu: nn::Prelu<1>, (x: [5, 7]) -> [5, 7];
    prelu_channels: nn::Prelu<3>, (x: [2, 3, 4, 2]) -> [2, 3, 4, 2];
    #[with(lower = 0.25, upper = 0.25)] rrelu_of_one_slope: nn::Rrelu, (x: [5, 7]) -> [5, 7];
    #[with(threshold = 0.1, value = 20)] threshold: nn::Threshold, (x: [5, 7]) -> [5, 7];
    elu: nn::Elu, (x: [5, 7]) -> [5, 7];
    #[with(alpha = 0.5)] elu_given: nn::Elu, (x: [5, 7]) -> [5, 7];
    celu: nn::Celu, (x: [5, 7]) -> [5, 7];
    #[with(alpha = 0.5)] celu_given: nn::Celu, (x: [5, 7]) -> [5, 7];
    selu: nn::Selu, (x: [5, 7]) -> [5, 7];
    gelu: nn::Gelu, (x: [5, 7]) -> [5, 7];
    #[with(approximate = "tanh")] gelu_tanh: nn::Gelu, (x: [5, 7]) -> [5, 7];
    silu: nn::Silu, (x: [5, 7]) -> [5, 7];
    mish: nn::Mish, (x: [5, 7]) -> [5, 7];
    glu: nn::Glu, (x: [5, 8]) -> [5, 4];
    #[with(axis = 1)] glu_of_an_axis: nn::Glu, (x: [2, 6, 3]) -> [2, 3, 3];
    sigmoid: nn::Sigmoid, (x: [5, 7]) -> [5, 7];
    log_sigmoid: nn::LogSigmoid, (x: [5, 7]) -> [5, 7];
    softplus: nn::Softplus, (x: [5, 7]) -> [5, 7];
    #[with(beta = 2, threshold = 1)] softplus_given: nn::Softplus, (x: [5, 7]) -> [5, 7];
    tanh: nn::Tanh, (x: [5, 7]) -> [5, 7];
    tanhshrink: nn::Tanhshrink, (x: [5, 7]) -> [5, 7];
    softsign: nn::Softsign, (x: [5, 7]) -> [5, 7];
    hardsigmoid: nn::Hardsigmoid, (x: [5, 7]) -> [5, 7];
    hardswish: nn::Hardswish, (x: [5, 7]) -> [5, 7];
    hardtanh: nn::Hardtanh, (x: [5, 7]) -> [5, 7];
    #[with(min_val = -0.5, max_val = 2)] hardtanh_given: nn::Hardtanh, (x: [5, 7]) -> [5, 7];
    hardshrink: nn::Hardshrink, (x: [5, 7]) -> [5, 7];
    softshrink: nn::Softshrink, (x: [5, 7]) -> [5, 7];
    #[with(lambd = 1.25)] softshrink_given: nn::Softshrink, (x: [5, 7]) -> [5, 7];
    elementary(x: [5, 7], y: [5, 7]) -> [5, 7] {
        x.exp2() + x.exp_m1() * y.ln_1p() - y.log2() / y.log10().abs().exp()
            + y.rsqrt() * y.recip() + x.square() + y.powf(1.7) + x.powi(3) - y.pow(x)
    };
    trigonometric(x: [5, 7], y: [5, 7]) -> [5, 7] {
        x.sin() * x.cos() + (x * 0.3).tan() + (x * 0.3).asin() - (x * 0.3).acos() * x.atan() + y.atan2(x) * x.hypot(y)
    };
    hyperbolic(x: [5, 7], y: [5, 7]) -> [5, 7] {
        x.sinh() - x.cosh() * x.asinh() + (y + 1.0).acosh() + (x * 0.3).atanh() + x.erf() * x.erfc()
    };
    rounding(x: [5, 7], y: [5, 7]) -> [5, 7] {
        x.floor() * y + x.ceil() - x.round() * x + x.trunc() * y + x.fract() * x.sign() + x.remainder(y) * (x % y)
            + x.clamp(min = -1.0, max = y) + x.lerp(y, 0.3)
    };
    conditions(x: [5, 7], y: [5, 7]) -> [5, 7] {
        let both = (x > 0.0) & (y > 1.0);
        let mut either = (x > 0.5) | !(y > 0.7);
        either ^= both;
        select(either, x * y, x + y) + select(x.is_finite() & !y.is_nan(), x, 0.0)
    };
}
