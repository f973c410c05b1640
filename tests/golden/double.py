"""Whole models in float64: `double.safetensors`, for `tests/double/golden.rs`.

Of each case: `<case>/param.<name>`, `input.<name>`, `loss`, `grad.<name>`, and `after.<name>` and `losses` of five steps
of Adam (lr 0.01). Everything is stored as float64, so that a test can compare to all digits.
"""

import re
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)

tensors = {}


def record(case, model, loss_of, **inputs):
    model.train()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    def put(name, tensor):
        # The layers of an LSTM are fields of their own here.
        name = re.sub(r"lstm\.(\w+)_l0", r"lstm.first.\1", name)
        name = re.sub(r"lstm\.(\w+)_l1", r"lstm.rest.0.\1", name)
        tensors[f"{case}/{name}"] = tensor.detach().clone().contiguous()

    for name, tensor in inputs.items():
        put(f"input.{name}", tensor)
    for name, parameter in model.named_parameters():
        put(f"param.{name}", parameter)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for step in range(5):
        optimizer.zero_grad()
        loss = loss_of(model, **inputs)
        loss.backward()
        losses.append(loss.detach())
        if step == 0:
            put("loss", loss)
            for name, parameter in model.named_parameters():
                put(f"grad.{name}", parameter.grad)
        optimizer.step()
    put("losses", torch.stack(losses))
    for name, tensor in model.state_dict().items():
        if tensor.dtype == torch.float64:
            put(f"after.{name}", tensor)


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(7, 33)
        self.norm = nn.LayerNorm(33)
        self.output = nn.Linear(33, 5)

    def forward(self, x):
        return self.output(F.gelu(self.norm(self.hidden(x))))


record(
    "mlp",
    Mlp(),
    lambda model, x, label: F.cross_entropy(model(x), label),
    x=torch.randn(19, 7),
    label=torch.randint(5, (19,)),
)


class Conv(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 6, 3, stride=2)
        self.fc = nn.Linear(6 * 2 * 2, 4)

    def forward(self, x):
        x = F.max_pool2d(F.silu(self.norm(self.conv1(x))), 2)
        x = F.avg_pool2d(F.softplus(self.conv2(x)), 1)
        return self.fc(x.flatten(1))


record(
    "conv",
    Conv(),
    lambda model, x, y: F.mse_loss(model(x), y),
    x=torch.randn(5, 3, 11, 11),
    y=torch.randn(5, 4),
)


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 9, 2, batch_first=True)
        self.fc = nn.Linear(9, 3)

    def forward(self, x):
        return self.fc(self.lstm(x)[0])


record(
    "lstm",
    Sequence(),
    lambda model, x, y: F.huber_loss(model(x), y),
    x=torch.randn(3, 6, 4),
    y=torch.randn(3, 6, 3),
)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(12, 3, 20, dropout=0.0, batch_first=True, activation="gelu")
        self.fc = nn.Linear(12, 2)

    def forward(self, x):
        return self.fc(self.encoder(x))


record(
    "transformer",
    Attention(),
    lambda model, x, y: (torch.sigmoid(model(x)) - y).square().mean(),
    x=torch.randn(2, 17, 12),
    y=torch.rand(2, 17, 2),
)

save_file(tensors, Path(__file__).parent / "double.safetensors")
