"""Makes npy/*.npy, for tests/npy.rs: files of NumPy in every type and order.

usage: python3 tests/golden/npy.py    (numpy 2.4.6)
"""

import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parent / "npy"
FOLDER.mkdir(exist_ok=True)

for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]:
    numbers = np.array([[0, 1, 2], [3, 100, 7]]) * (1 if name[0] == "u" else -1)
    np.save(FOLDER / f"{name}.npy", numbers.astype("<" + name))
np.save(FOLDER / "b1.npy", np.array([True, False, True]))
np.save(FOLDER / "big_i4.npy", np.array([1, -2, 70000], dtype=">i4"))
np.save(FOLDER / "big_f8.npy", np.array([0.5, -1e300], dtype=">f8"))
np.save(FOLDER / "fortran.npy", np.asfortranarray(np.arange(24, dtype=np.float32).reshape(2, 3, 4)))
np.save(FOLDER / "scalar.npy", np.float64(2.5))
np.save(FOLDER / "empty.npy", np.zeros((3, 0), dtype=np.float32))
for version in [(2, 0), (3, 0)]:
    with open(FOLDER / f"version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, np.arange(4, dtype=np.uint16), version=version)
np.save(FOLDER / "structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save(FOLDER / "object.npy", np.array([None, {}], dtype=object), allow_pickle=True)
np.save(FOLDER / "text.npy", np.array(["a", "bc"]))
np.save(FOLDER / "complex.npy", np.array([1j]))
