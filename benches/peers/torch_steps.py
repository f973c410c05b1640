"""Times PyTorch training steps on request, so that a caller can alternate its own blocks with ours.

Prints one JSON line about the process, then answers each workload name read
from stdin with one JSON line about a timed block. Ends at end of input.

    $ printf 'lenet\nmlp\n' | python torch_steps.py --threads 1
    {"torch": "2.15.0", "threads": 1, "import_seconds": 2.1, ...}
    {"workload": "lenet", "median_seconds": 0.0078, "steps": 38, ...}
    {"workload": "mlp", "median_seconds": 0.0036, "steps": 81, ...}

A step is zero_grad, forward, mean cross-entropy, backward and one Adam update
(lr 1e-3) on a fixed random batch of 64, in float32, in eager mode with default
settings. `--fused` takes PyTorch's fused Adam instead.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time

BATCH = 64


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--block-seconds", type=float, default=0.3, help="timed length of a block")
    parser.add_argument("--fused", action="store_true", help="use Adam(fused=True)")
    return parser.parse_args()


ARGUMENTS = parse_arguments()
# OpenMP and MKL read these once, when torch is imported.
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(ARGUMENTS.threads)
import_start = time.perf_counter()
import torch  # noqa: E402

IMPORT_SECONDS = time.perf_counter() - import_start

from lenet import lenet  # noqa: E402


def mlp():
    """784-512-256-10 with ReLU."""
    nn = torch.nn
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def make_step(model, image_shape, fused):
    """Returns a function that runs one training step."""
    torch.manual_seed(0)
    image = torch.rand(BATCH, *image_shape)
    label = torch.randint(10, (BATCH,))
    loss_function = torch.nn.CrossEntropyLoss()
    # None lets PyTorch choose, which is what a user who passes nothing gets.
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True if fused else None)

    def step():
        optimizer.zero_grad()
        loss_function(model(image), label).backward()
        optimizer.step()

    return step


def time_block(step, block_seconds):
    """Runs `step` for a tenth of the block untimed, which refills caches, then timed one by one."""
    warm_until = time.perf_counter() + block_seconds / 10
    step()
    while time.perf_counter() < warm_until:
        step()
    samples = []
    cpu_start = time.process_time()
    start = now = time.perf_counter()
    while now - start < block_seconds:
        step()
        previous, now = now, time.perf_counter()
        samples.append(now - previous)
    cpu_seconds = time.process_time() - cpu_start
    return {
        "median_seconds": statistics.median(samples),
        "min_seconds": min(samples),
        # Close to median_seconds at one thread unless other processes took the core.
        "cpu_seconds": cpu_seconds / len(samples),
        "steps": len(samples),
    }


def print_json(record):
    """Prints one line at once: the caller waits for it on a pipe."""
    print(json.dumps(record), flush=True)


def main():
    torch.set_num_threads(ARGUMENTS.threads)
    steps = {
        "lenet": make_step(lenet(), (1, 28, 28), ARGUMENTS.fused),
        "mlp": make_step(mlp(), (784,), ARGUMENTS.fused),
    }
    for step in steps.values():
        step()
    print_json({
        "torch": torch.__version__,
        "python": platform.python_version(),
        "threads": torch.get_num_threads(),
        "import_seconds": IMPORT_SECONDS,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "batch": BATCH,
        "adam": "fused" if ARGUMENTS.fused else "default",
        "workloads": list(steps),
    })
    for line in sys.stdin:
        workload = line.strip()
        if workload in steps:
            print_json({"workload": workload} | time_block(steps[workload], ARGUMENTS.block_seconds))
        else:
            print_json({"error": f"unknown workload `{workload}`, expected one of {', '.join(steps)}"})


if __name__ == "__main__":
    main()
