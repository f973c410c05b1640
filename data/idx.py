"""Reading and writing of gzipped IDX files of unsigned bytes, for the scripts beside this one.

The format: two zero bytes, the element type (8: unsigned byte), the number of dimensions, each dimension as a
big-endian 32-bit integer, the elements in row-major order.
"""

import gzip
import hashlib
import pathlib
import struct


def read(path):
    """The dimensions and the elements of a gzipped IDX file."""
    content = gzip.decompress(pathlib.Path(path).read_bytes())
    zeros, element_type, rank = struct.unpack(">HBB", content[:4])
    if zeros != 0 or element_type != 8:
        raise SystemExit(f"{path}: not an IDX file of unsigned bytes")
    start = 4 + 4 * rank
    return struct.unpack(f">{rank}I", content[4:start]), content[start:]


def write(path, dimensions, elements):
    """Writes a gzipped IDX file whose bytes depend on the contents alone (no time stamp, no file name)."""
    header = struct.pack(f">HBB{len(dimensions)}I", 0, 8, len(dimensions), *dimensions)
    pathlib.Path(path).write_bytes(gzip.compress(header + elements, 9, mtime=0))


def shuffled(count, seed):
    """The numbers below `count` in an order fixed by `seed`: sorted by SHA-256 of `seed:number`."""
    return sorted(range(count), key=lambda index: hashlib.sha256(f"{seed}:{index}".encode()).digest())


def write_split(folder, name, size, images, labels):
    """Writes the two files of one half of a data set. `images` are byte strings of `size` x `size` pixels."""
    folder = pathlib.Path(folder)
    write(folder / f"{name}-images-idx3-ubyte.gz", (len(images), size, size), b"".join(images))
    write(folder / f"{name}-labels-idx1-ubyte.gz", (len(labels),), bytes(labels))
