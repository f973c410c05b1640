"""Writes the archives that `tests/npz.rs` reads, with numpy 2: `python tests/npz/make.py`."""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
arrays = {
    "x": np.arange(12, dtype=np.float32).reshape(4, 3) / 2,
    "y": np.array([3, 1, 0, 2], dtype=np.uint8),
    "scalar": np.float64(2.5),
    "big": np.arange(6, dtype=">i4").reshape(2, 3),
    "columns first": np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)),
}
np.savez(FOLDER / "stored.npz", **arrays)
np.savez_compressed(FOLDER / "compressed.npz", **arrays)
