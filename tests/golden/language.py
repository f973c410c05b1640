"""Golden values for `tests/golden_language.rs`: loops, decisions and gradients of gradients, written in plain PyTorch.

A case is a set of tensors `<case>/<tensor>`: `param.<name>`, `input.<name>`, `loss`, `grad.<name>` and
`grad_input.<name>` of the loss, and what the functions below name otherwise. Everything is computed in float64 from
values that float32 holds exactly.
"""

import torch
from lora import LoraLinear
from record import Recorder, normal, stored, uniform
from torch import nn
from torch.nn import functional as F

record = Recorder("language")


def with_values(module, scale=0.5):
    """The module in float64, with random weights."""
    module = module.double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(normal(*parameter.shape, scale=scale))
    return module


def save(case, values):
    for name, value in values.items():
        record.tensors[f"{case}/{name}"] = stored(torch.as_tensor(value, dtype=torch.float64))


def save_loss(case, module, loss, **inputs):
    """Records `loss(module, **inputs)` and its gradients; what else it returns is a dictionary of values."""
    inputs = {name: tensor.clone().requires_grad_() for name, tensor in inputs.items()}
    module.zero_grad()
    value, others = loss(module, **inputs)
    value.backward()
    save(case, {f"param.{name}": parameter for name, parameter in module.named_parameters()})
    save(case, {f"input.{name}": tensor for name, tensor in inputs.items()})
    save(case, {"loss": value, **others})
    save(case, {f"grad.{name}": p.grad for name, p in module.named_parameters() if p.grad is not None})
    save(case, {f"grad_input.{name}": t.grad for name, t in inputs.items() if t.grad is not None})


class WrittenLstm(nn.Module):
    """Long short-term memory, step by step."""

    def __init__(self):
        super().__init__()
        self.input = nn.Linear(5, 24)
        self.state = nn.Linear(6, 24)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        h = c = x.new_zeros(x.shape[0], 6)
        ys = []
        for t in range(x.shape[1]):
            i, f, g, o = (self.input(x[:, t]) + self.state(h)).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            ys.append(self.head(h))
        return torch.stack(ys, 1)


def lstm_loss(net, x, target):
    y = net(x)
    return F.mse_loss(y, target), {"out": y}


class Adaptive(nn.Module):
    """A layer that runs until its state is small."""

    BOUND = 40

    def __init__(self):
        super().__init__()
        self.input = nn.Linear(4, 6)
        self.step = nn.Linear(6, 6)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        h = self.input(x)
        norms = [h.norm()]
        while norms[-1] > 0.5 and len(norms) <= self.BOUND:
            h = self.step(h).tanh()
            norms.append(h.norm())
        # So far from the threshold that no rounding changes the number of steps.
        assert min(abs(norm - 0.5) for norm in norms) > 1e-3
        return self.head(h), len(norms) - 1


def adaptive(shrink):
    """The network whose step is an orthogonal matrix times `shrink`: how fast the state shrinks is known."""
    net = with_values(Adaptive())
    with torch.no_grad():
        net.step.weight.copy_((torch.linalg.qr(normal(6, 6))[0] * shrink).float())
        net.step.bias.copy_((net.step.bias * 0.02).float())
    return net


def adaptive_loss(net, x, target):
    y, steps = net(x)
    assert 0 < steps < net.BOUND
    return F.mse_loss(y, target), {"out": y, "steps": steps}


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 8)
        self.fc2 = nn.Linear(8, 5)
        self.fc3 = nn.Linear(5, 1)

    def forward(self, x):
        return self.fc3(self.fc2(F.leaky_relu(self.fc1(x), 0.2)).tanh())


class ConvCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 3, 3, stride=2)
        self.fc = nn.Linear(12, 1)

    def forward(self, x):
        x = F.leaky_relu(self.conv1(x), 0.2)
        return self.fc(self.conv2(x).tanh().flatten(1))


def critic_loss(net, real, fake, mix):
    """Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, equation 3."""
    between = real * mix + fake * (1 - mix)
    (slope,) = torch.autograd.grad(net(between).sum(), between, create_graph=True)
    penalty = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    return net(fake).mean() - net(real).mean() + 10 * penalty, {"penalty": penalty}


class Mlp(nn.Module):
    """Weights without layers, so that gradients can be asked for with respect to them."""

    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.empty(5, 4))
        self.w2 = nn.Parameter(torch.empty(3, 5))

    def error(self, w1, w2, x, target):
        return F.mse_loss((x @ w1.T).tanh() @ w2.T, target)


def of_weights_loss(net, x, target, v1, v2):
    """Half the squared length of the Hessian with respect to the weights times a vector."""
    grads = torch.autograd.grad(net.error(net.w1, net.w2, x, target), (net.w1, net.w2), create_graph=True)
    along = sum((grad * v).sum() for grad, v in zip(grads, (v1, v2)))
    h1, h2 = torch.autograd.grad(along, (net.w1, net.w2), create_graph=True)
    return ((h1**2).sum() + (h2**2).sum()) / 2, {"product1": h1, "product2": h2}


def of_inputs_loss(net, x, target, v):
    """The same with respect to the input."""
    (slope,) = torch.autograd.grad(net.error(net.w1, net.w2, x, target), x, create_graph=True)
    (product,) = torch.autograd.grad((slope * v).sum(), x, create_graph=True)
    return (product**2).sum() / 2, {"product": product}


class FineTuned(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = LoraLinear(7, 6, 2, alpha=8)
        self.fc2 = LoraLinear(6, 4, 3, alpha=3)

    def forward(self, x):
        return self.fc2(self.fc1(x).tanh())


def fine_tune(case, x, target):
    net = with_values(FineTuned())
    with torch.no_grad():
        net.fc1.lora_B.zero_()
        net.fc2.lora_B.zero_()
    save(case, {f"param.{name}": parameter for name, parameter in net.named_parameters()})
    save(case, {"input.x": x, "input.target": target})
    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-2, weight_decay=0.1)
    losses = []
    for step in range(20):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x), target)
        loss.backward()
        if step == 0:
            save(case, {f"grad.{name}": p.grad for name, p in net.named_parameters() if p.grad is not None})
        losses.append(loss.detach())
        optimizer.step()
    save(case, {"losses": torch.stack(losses), "merged": net.fc1.weight + net.fc1.scale * net.fc1.lora_B @ net.fc1.lora_A})
    save(case, {f"after.{name}": p for name, p in net.named_parameters() if p.requires_grad})


save_loss("lstm", with_values(WrittenLstm()), lstm_loss, x=normal(3, 9, 5), target=normal(3, 9, 3))
save_loss("few_steps", adaptive(0.4), adaptive_loss, x=normal(3, 4), target=normal(3, 3))
save_loss("many_steps", adaptive(0.9), adaptive_loss, x=normal(3, 4, scale=2), target=normal(3, 3))
save_loss(
    "critic",
    with_values(Critic()),
    critic_loss,
    real=normal(5, 6),
    fake=normal(5, 6, scale=0.5),
    mix=uniform(5, 1),
)
save_loss(
    "conv_critic",
    with_values(ConvCritic(), scale=0.3),
    critic_loss,
    real=normal(3, 2, 5, 6),
    fake=normal(3, 2, 5, 6, scale=0.5),
    mix=uniform(3, 1, 1, 1),
)
save_loss(
    "hessian_of_weights",
    with_values(Mlp()),
    of_weights_loss,
    x=normal(6, 4),
    target=normal(6, 3),
    v1=normal(5, 4),
    v2=normal(3, 5),
)
save_loss("hessian_of_inputs", with_values(Mlp()), of_inputs_loss, x=normal(6, 4), target=normal(6, 3), v=normal(6, 4))
fine_tune("fine_tune", x=normal(8, 7), target=normal(8, 4))
record.save()
