"""Makes data/digits: 1,500 training and 297 test images of 8x8 handwritten digits, in an order fixed once.

usage: python3 data/make_digits.py DIGITS_CSV_GZ

The source is sklearn/datasets/data/digits.csv.gz of a scikit-learn wheel (`pip download --no-deps scikit-learn`, which
is a zip archive): one line per image, 64 pixels from 0 to 16 and the digit.
"""

import gzip
import pathlib
import sys

import idx

SIZE = 8
NUM_TRAIN = 1500


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    lines = gzip.decompress(pathlib.Path(sys.argv[1]).read_bytes()).decode().split()
    rows = [[int(float(value)) for value in line.split(",")] for line in lines]
    if len(rows) != 1797 or any(len(row) != SIZE * SIZE + 1 for row in rows):
        raise SystemExit(f"{sys.argv[1]}: not the 1,797 digits of scikit-learn")
    rows = [rows[index] for index in idx.shuffled(len(rows), "digits")]
    target = pathlib.Path(__file__).parent / "digits"
    target.mkdir(exist_ok=True)
    for name, half in (("train", rows[:NUM_TRAIN]), ("t10k", rows[NUM_TRAIN:])):
        idx.write_split(target, name, SIZE, [bytes(row[:-1]) for row in half], [row[-1] for row in half])


if __name__ == "__main__":
    main()
