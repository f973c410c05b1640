"""Makes data/fashion_mnist: 200 training and 50 test images of each of the ten classes of Fashion-MNIST.

usage: python3 data/make_fashion_mnist_subset.py SOURCE_FOLDER

The source folder holds the four gzipped IDX files of the whole data set, as the Debian package
dataset-fashion-mnist installs them and https://github.com/zalandoresearch/fashion-mnist offers them.
"""

import pathlib
import sys

import idx

SIZE = 28
NUM_CLASSES = 10


def subset(folder, name, per_class):
    """`per_class` images of each class, chosen and ordered by the name of the half alone, and their labels."""
    (count, height, width), pixels = idx.read(folder / f"{name}-images-idx3-ubyte.gz")
    (label_count,), labels = idx.read(folder / f"{name}-labels-idx1-ubyte.gz")
    if (height, width) != (SIZE, SIZE) or count != label_count:
        raise SystemExit(f"{folder}: `{name}` is not a half of Fashion-MNIST")
    taken = [0] * NUM_CLASSES
    chosen = []
    for index in idx.shuffled(count, name):
        if taken[labels[index]] < per_class:
            taken[labels[index]] += 1
            chosen.append(index)
    # Classes fill up one after the other, so without this the last images would all be of the slowest classes.
    chosen = [chosen[position] for position in idx.shuffled(len(chosen), f"{name} order")]
    area = SIZE * SIZE
    return [pixels[index * area :][:area] for index in chosen], [labels[index] for index in chosen]


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    source = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).parent / "fashion_mnist"
    target.mkdir(exist_ok=True)
    for name, per_class in (("train", 200), ("t10k", 50)):
        idx.write_split(target, name, SIZE, *subset(source, name, per_class))


if __name__ == "__main__":
    main()
