"""Golden values for `tests/layers/activation.rs`."""

import torch
from record import Recorder, normal, uniform
from torch import nn

record = Recorder("layers_activation")


def layer(case, module, *shape):
    record.layer(case, module, x=normal(*(shape or (5, 7)), scale=2.0))


layer("relu", nn.ReLU())
layer("relu6", nn.ReLU6())
layer("leaky_relu", nn.LeakyReLU())
layer("leaky_relu_given", nn.LeakyReLU(0.2))
layer("prelu", nn.PReLU())
layer("prelu_channels", nn.PReLU(3), 2, 3, 4, 2)
layer("rrelu_of_one_slope", nn.RReLU(0.25, 0.25))
layer("threshold", nn.Threshold(0.1, 20))
layer("elu", nn.ELU())
layer("elu_given", nn.ELU(0.5))
layer("celu", nn.CELU())
layer("celu_given", nn.CELU(0.5))
layer("selu", nn.SELU())
layer("gelu", nn.GELU())
layer("gelu_tanh", nn.GELU(approximate="tanh"))
layer("silu", nn.SiLU())
layer("mish", nn.Mish())
layer("glu", nn.GLU(), 5, 8)
layer("glu_of_an_axis", nn.GLU(1), 2, 6, 3)
layer("sigmoid", nn.Sigmoid())
layer("log_sigmoid", nn.LogSigmoid())
layer("softplus", nn.Softplus())
layer("softplus_given", nn.Softplus(2, 1))
layer("tanh", nn.Tanh())
layer("tanhshrink", nn.Tanhshrink())
layer("softsign", nn.Softsign())
layer("hardsigmoid", nn.Hardsigmoid())
layer("hardswish", nn.Hardswish())
layer("hardtanh", nn.Hardtanh())
layer("hardtanh_given", nn.Hardtanh(-0.5, 2))
layer("hardshrink", nn.Hardshrink())
layer("softshrink", nn.Softshrink())
layer("softshrink_given", nn.Softshrink(1.25))


def elementary(x, y):
    y_logs = torch.log2(y) / torch.log10(y).abs().exp()
    powers = torch.rsqrt(y) * torch.reciprocal(y) + torch.square(x) + y**1.7 + x**3 - torch.pow(y, x)
    return torch.exp2(x) + torch.expm1(x) * torch.log1p(y) - y_logs + powers


def trigonometric(x, y):
    inverse = torch.asin(x * 0.3) - torch.acos(x * 0.3) * torch.atan(x)
    return x.sin() * x.cos() + torch.tan(x * 0.3) + inverse + torch.atan2(y, x) * torch.hypot(x, y)


def hyperbolic(x, y):
    inverse = torch.acosh(y + 1) + torch.atanh(x * 0.3)
    return x.sinh() - x.cosh() * torch.asinh(x) + inverse + torch.erf(x) * torch.erfc(x)


def rounding(x, y):
    whole = x.floor() * y + x.ceil() - x.round() * x + x.trunc() * y + x.frac() * x.sign()
    return whole + torch.remainder(x, y) * torch.fmod(x, y) + torch.minimum(x.clamp(min=-1), y) + torch.lerp(x, y, 0.3)


def conditions(x, y):
    both = (x > 0) & (y > 1)
    either = ((x > 0.5) | ~(y > 0.7)) ^ both
    return torch.where(either, x * y, x + y) + x


for function in [elementary, trigonometric, hyperbolic, rounding, conditions]:
    x, y = uniform(5, 7, low=-3, high=3), uniform(5, 7, low=0.5, high=2)
    record.function(function.__name__, function, x=x, y=y)
record.save()
