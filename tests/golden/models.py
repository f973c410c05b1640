"""Writes golden losses, gradients and trained weights of three small models.

One safetensors file per model, next to this script: lenet, mlp, resnet. PyTorch
computes everything in float64 from inputs and initial weights that are exact in
float32, and the results are stored rounded to float32. README.md lists the
tensor names.

    python models.py          # write the files
    python models.py --check  # write nothing; print how far float32 PyTorch is from float64
"""

import argparse
import copy
from pathlib import Path

import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn.functional import cross_entropy, max_pool2d

STEPS = 50

# A weight with more elements than this is stored after training as its first
# HEAD elements and its norm, which keeps the LeNet file at half the size.
LARGE = 4096
HEAD = 1000

CHECK_ORDERS = 12

OPTIMIZERS = {
    "sgd_momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.01, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=1e-3),
    "adamw": lambda parameters: torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01),
}


class LeNet(nn.Module):
    """LeNet-5 with ReLU and max pooling: 61,706 parameters."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, image):
        x = max_pool2d(self.conv1(image).relu(), 2)
        x = max_pool2d(self.conv2(x).relu(), 2)
        x = self.fc1(x.flatten(1)).relu()
        x = self.fc2(x).relu()
        return self.fc3(x)


class Mlp(nn.Module):
    """Three linear layers, a ReLU and a tanh between them."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 48)
        self.fc2 = nn.Linear(48, 32)
        self.fc3 = nn.Linear(32, 10)

    def forward(self, image):
        return self.fc3(self.fc2(self.fc1(image).relu()).tanh())


class Block(nn.Module):
    """Two 3x3 convolutions with batch norm, added to the input or to its 1x1 projection."""

    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels)
        self.projects = stride != 1 or in_channels != out_channels
        if self.projects:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)
            self.shortcut_norm = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        y = self.norm1(self.conv1(x)).relu()
        y = self.norm2(self.conv2(y))
        return (y + (self.shortcut_norm(self.shortcut(x)) if self.projects else x)).relu()


class ResNet(nn.Module):
    """A stem, one identity block, one strided block, global average pooling and a head."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(8)
        self.block1 = Block(8, 8, stride=1)
        self.block2 = Block(8, 16, stride=2)
        self.head = nn.Linear(16, 10)

    def forward(self, image):
        x = self.stem_norm(self.stem(image)).relu()
        x = self.block2(self.block1(x))
        return self.head(x.mean((2, 3)))


# Constructor, image shape and seed. A rounding error that moves a value across the
# kink of a ReLU, or swaps the winner of a pooling window, can grow a thousandfold
# in STEPS steps. The seeds were chosen so that errors stay small; see `check`.
MODELS = {
    "lenet": (LeNet, (5, 1, 28, 28), 1),
    "mlp": (Mlp, (7, 64), 2),
    "resnet": (ResNet, (6, 3, 16, 16), 9),
}


def build(name):
    """Returns the float32 model, its images in [0, 1) and its labels, all from one seed."""
    make, image_shape, seed = MODELS[name]
    torch.manual_seed(seed)
    model = make()
    # The default scale 1 and shift 0 would hide a swapped or forgotten factor.
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0.0, 0.1)
    image = torch.rand(image_shape)
    label = torch.randint(10, image_shape[:1])
    return model, image, label


def named_buffers(model):
    """Yields the running statistics, without PyTorch's batch counters."""
    return ((name, b) for name, b in model.named_buffers() if "num_batches" not in name)


def first_step(model, image, label):
    """Loss, logits and gradients of the initial weights; leaves the model's buffers one step on."""
    image = image.clone().requires_grad_()
    logits = model(image)
    loss = cross_entropy(logits, label)
    loss.backward()
    tensors = {"loss": loss, "logits": logits, "grad_input.image": image.grad}
    for name, parameter in model.named_parameters():
        tensors[f"grad.{name}"] = parameter.grad
    for name, buffer in named_buffers(model):
        tensors[f"buffer1.{name}"] = buffer
    if any(True for _ in named_buffers(model)):
        with torch.no_grad():
            tensors["logits_eval"] = model.eval()(image)
    return tensors


def train(model, image, label, optimizer_name):
    """Weights, buffers and losses of STEPS steps on one batch; a loss is taken before its update."""
    optimizer = OPTIMIZERS[optimizer_name](model.parameters())
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = cross_entropy(model(image), label)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    tensors = {f"loss_curve.{optimizer_name}": torch.stack(losses)}
    for name, parameter in model.named_parameters():
        if parameter.numel() > LARGE:
            tensors[f"after_head.{optimizer_name}.{name}"] = parameter.flatten()[:HEAD]
            tensors[f"after_norm.{optimizer_name}.{name}"] = parameter.norm()
        else:
            tensors[f"after.{optimizer_name}.{name}"] = parameter
    for name, buffer in named_buffers(model):
        tensors[f"buffer50.{optimizer_name}.{name}"] = buffer
    if any(True for _ in named_buffers(model)):
        with torch.no_grad():
            tensors[f"logits_eval50.{optimizer_name}"] = model.eval()(image)
    return tensors


def results(name, dtype, order=slice(None)):
    """All computed tensors of one model, calculated in `dtype` on the batch in this order."""
    model, image, label = build(name)
    model, image, label = model.to(dtype), image[order].to(dtype), label[order]
    tensors = first_step(copy.deepcopy(model), image, label)
    for optimizer_name in OPTIMIZERS:
        tensors |= train(copy.deepcopy(model), image, label, optimizer_name)
    return tensors


def write(name, folder):
    """Writes one model's file."""
    model, image, label = build(name)
    tensors = {f"param.{key}": value for key, value in model.named_parameters()}
    tensors |= {"input.image": image} | results(name, torch.float64)
    arrays = {key: value.detach().float().contiguous().numpy() for key, value in tensors.items()}
    arrays["input.label"] = label.to(torch.uint8).numpy()
    path = folder / f"{name}.safetensors"
    save_file(arrays, path)
    print(f"{path.name}: {len(arrays)} tensors, {path.stat().st_size} bytes")


def check(name):
    """Prints, per group of tensors, the largest |f32 - f64| and the largest |f64|.

    The batch in another order gives the same sums with other roundings, so the
    largest error is taken over several orders.
    """
    exact = results(name, torch.float64)
    batch = MODELS[name][1][0]
    worst = {}
    for seed in range(CHECK_ORDERS):
        order = torch.randperm(batch, generator=torch.Generator().manual_seed(seed))
        for key, rounded in results(name, torch.float32, order).items():
            value = exact[key][order] if key.startswith(("logits", "grad_input")) else exact[key]
            prefix, _, rest = key.partition(".")
            optimizer = rest.split(".")[0]
            group = f"{prefix}.{optimizer}" if optimizer in OPTIMIZERS else prefix
            sizes = (rounded.double() - value).abs().max().item(), value.abs().max().item()
            worst[group] = tuple(map(max, worst.get(group, (0.0, 0.0)), sizes))
    for group, (error, size) in worst.items():
        print(f"{name:7} {group:27} {error:.1e}  of {size:.1e}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="print float32 errors, write nothing")
    check_only = parser.parse_args().check
    torch.set_num_threads(1)
    for name in MODELS:
        if check_only:
            check(name)
        else:
            write(name, Path(__file__).parent)


if __name__ == "__main__":
    main()
