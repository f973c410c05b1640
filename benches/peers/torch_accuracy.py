"""Trains LeNet in PyTorch on MNIST-format files and prints the test accuracy of each seed.

PyTorch's default initialisation, Adam (lr 1e-3), batches of 64, a new shuffle
each epoch, the last short batch kept, pixels divided by 255. A data folder holds
the four IDX files of MNIST or Fashion-MNIST, plain or with `.gz`:
{train,t10k}-images-idx3-ubyte and {train,t10k}-labels-idx1-ubyte.

    python torch_accuracy.py --data DIR --epochs 5 --seed 0 1 2
    python torch_accuracy.py --subset-dir SMALL_DIR --seed 0 1 2   # 20 epochs

Prints one JSON line per folder and seed.
"""

import argparse
import gzip
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from lenet import lenet

BATCH = 64


def read_idx(folder, name):
    """Reads an IDX file of unsigned bytes as an array; its magic number holds the count of axes."""
    path, compressed = folder / name, folder / f"{name}.gz"
    if path.exists():
        data = path.read_bytes()
    elif compressed.exists():
        data = gzip.decompress(compressed.read_bytes())
    else:
        raise SystemExit(f"{path}: not found, nor with .gz")
    if data[:3] != b"\x00\x00\x08":
        raise SystemExit(f"{path}: expected an IDX file of unsigned bytes, found magic {data[:4].hex()}")
    axes = data[3]
    shape = np.frombuffer(data, ">u4", count=axes, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def read_split(folder, split):
    """Images `[count, 1, 28, 28]` in 0..1 and labels `[count]`."""
    images = torch.from_numpy(read_idx(folder, f"{split}-images-idx3-ubyte").astype(np.float32) / 255)
    labels = torch.from_numpy(read_idx(folder, f"{split}-labels-idx1-ubyte").astype(np.int64))
    return images.unsqueeze(1), labels


def train(images, labels, epochs, seed):
    """Returns the trained model."""
    torch.manual_seed(seed)
    model = lenet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad()
            cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    return model


@torch.no_grad()
def accuracy(model, images, labels):
    """Fraction of images whose highest score is at their label."""
    batches = zip(images.split(500), labels.split(500))
    correct = sum((model(x).argmax(1) == y).sum().item() for x, y in batches)
    return correct / len(labels)


def run(folder, epochs, seeds):
    train_images, train_labels = read_split(folder, "train")
    test_images, test_labels = read_split(folder, "t10k")
    for seed in seeds:
        start = time.perf_counter()
        model = train(train_images, train_labels, epochs, seed)
        record = {
            "train_images": len(train_images),
            "test_images": len(test_images),
            "epochs": epochs,
            "seed": seed,
            "threads": torch.get_num_threads(),
            "train_seconds": round(time.perf_counter() - start, 2),
            "test_accuracy": accuracy(model, test_images, test_labels),
        }
        print(json.dumps(record), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with the full data set")
    parser.add_argument("--epochs", type=int, default=5, help="epochs on --data")
    parser.add_argument("--subset-dir", type=Path, help="folder with a small subset")
    parser.add_argument("--subset-epochs", type=int, default=20, help="epochs on --subset-dir")
    parser.add_argument("--seed", type=int, nargs="+", default=[0])
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.data is None and arguments.subset_dir is None:
        parser.error("give --data or --subset-dir")
    torch.set_num_threads(arguments.threads)
    if arguments.data is not None:
        run(arguments.data, arguments.epochs, arguments.seed)
    if arguments.subset_dir is not None:
        run(arguments.subset_dir, arguments.subset_epochs, arguments.seed)


if __name__ == "__main__":
    main()
