"""Makes checkpoint_*.safetensors as PyTorch writes them, for tests/checkpoint.rs.

usage: python3 tests/golden/checkpoint.py    (needs torch and safetensors)
"""

import pathlib

import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent


def main():
    net = torch.nn.Sequential()
    net.add_module("fc", torch.nn.Linear(3, 2))
    net.add_module("norm", torch.nn.BatchNorm1d(2))
    values = iter(range(1000))
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if tensor.is_floating_point():
                # Exact in every element type.
                tensor.copy_(torch.tensor([next(values) / 8 - 1 for _ in range(tensor.numel())]).view(tensor.shape))
    state = net.state_dict()
    save_file(state, FOLDER / "checkpoint_pytorch.safetensors", {"format": "pt"})
    kinds = [torch.float64, torch.float16, torch.bfloat16]
    mixed = {name: tensor.to(kinds[i % 3]) for i, (name, tensor) in enumerate(state.items()) if tensor.is_floating_point()}
    save_file(mixed, FOLDER / "checkpoint_mixed.safetensors")


if __name__ == "__main__":
    main()
