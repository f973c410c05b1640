"""Records what a PyTorch module or function computes, for the cases of `tests/layers`.

A case is a set of tensors `<case>/<tensor>`: `param.layer.<name>` (weights and buffers at the start), `input.<name>`,
`out_eval` (evaluation mode, before anything else), `out` (training mode), `grad_out`, `grad.layer.<name>`,
`grad_input.<name>`, `buffer.layer.<name>` (after the training pass).
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

GENERATOR = torch.Generator()


def seed(number):
    GENERATOR.manual_seed(number)
    torch.manual_seed(number)


def normal(*shape, scale=1.0):
    """Standard normal values that float32 holds exactly, in float64."""
    return (torch.randn(shape, generator=GENERATOR) * scale).float().double()


def uniform(*shape, low=0.0, high=1.0):
    return (torch.rand(shape, generator=GENERATOR) * (high - low) + low).float().double()


def integers(below, *shape):
    """Class numbers or indices."""
    return torch.randint(below, shape, generator=GENERATOR)


def is_float(tensor):
    return tensor.dtype == torch.float64


def stored(tensor):
    """Reals as float32, whole numbers as int64."""
    tensor = tensor.detach().clone().contiguous()
    return tensor.float() if is_float(tensor) else tensor


class Recorder:
    """Cases of one file."""

    def __init__(self, name):
        self.name = name
        self.tensors = {}
        seed(0)

    def layer(self, case, module, *, without_grad=(), keep=(), **inputs):
        """Records a module. Its weights become random; `keep` names those that stay as they are."""
        module = module.double()
        with torch.no_grad():
            for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
                if not is_float(tensor) or name in keep:
                    continue
                random = uniform(*tensor.shape, low=0.5, high=1.5) if "running_var" in name else normal(*tensor.shape, scale=0.5)
                tensor.copy_(random)
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            if is_float(tensor):
                self.tensors[f"{case}/param.layer.{name}"] = stored(tensor)
        module.eval()
        with torch.no_grad():
            out_eval = module(*inputs.values())
        module.train()
        self._run(case, module, inputs, without_grad, module)
        if not torch.equal(stored(out_eval), self.tensors[f"{case}/out"]):
            self.tensors[f"{case}/out_eval"] = stored(out_eval)

    def function(self, case, function, *, without_grad=(), **inputs):
        """Records a function of tensors."""
        self._run(case, function, inputs, without_grad, None)

    def _run(self, case, function, inputs, without_grad, module):
        assert f"{case}/out" not in self.tensors, case
        inputs = {name: tensor.clone() for name, tensor in inputs.items()}
        for name, tensor in inputs.items():
            self.tensors[f"{case}/input.{name}"] = stored(tensor)
            if is_float(tensor) and name not in without_grad:
                tensor.requires_grad_()
        out = function(*inputs.values())
        grad_out = normal(*out.shape)
        (out * grad_out).sum().backward()
        self.tensors[f"{case}/out"] = stored(out)
        self.tensors[f"{case}/grad_out"] = stored(grad_out)
        for name, tensor in inputs.items():
            if tensor.grad is not None:
                self.tensors[f"{case}/grad_input.{name}"] = stored(tensor.grad)
        if module is None:
            return
        for name, tensor in module.named_parameters():
            if tensor.grad is not None:
                self.tensors[f"{case}/grad.layer.{name}"] = stored(tensor.grad)
        for name, tensor in module.named_buffers():
            if is_float(tensor):
                self.tensors[f"{case}/buffer.layer.{name}"] = stored(tensor)

    def save(self):
        path = Path(__file__).parent / f"{self.name}.safetensors"
        save_file(dict(sorted(self.tensors.items())), path)
        print(path.name, len(self.tensors), "tensors,", path.stat().st_size, "bytes")
