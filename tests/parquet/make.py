"""Writes the Parquet files that `tests/tables_parquet.rs` reads, with pyarrow: `python tests/parquet/make.py`.

Made with pyarrow 26.0.1. All files hold the same rows, with different compression, encodings and sizes of row groups.
"""

import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent
ROWS = 20


def sometimes(values):
    """Every fifth cell is missing, from the third on."""
    return [None if i % 5 == 2 else value for i, value in enumerate(values)]


table = pa.table(
    {
        "f32": pa.array([i * 0.5 for i in range(ROWS)], pa.float32()),
        "f64": pa.array([i - 0.25 for i in range(ROWS)], pa.float64()),
        "f16": pa.array(np.arange(ROWS, dtype=np.float16) / 4, pa.float16()),
        "i8": pa.array(range(-10, 10), pa.int8()),
        "i64": pa.array([i * 10**12 for i in range(ROWS)], pa.int64()),
        "u8": pa.array(range(236, 256), pa.uint8()),
        "u32": pa.array([4294967295 - i for i in range(ROWS)], pa.uint32()),
        "truth": pa.array([i % 3 == 0 for i in range(ROWS)], pa.bool_()),
        "price": pa.array([Decimal(i) / 100 for i in range(ROWS)], pa.decimal128(6, 2)),
        "word": pa.array([["pear", "apple", "fig"][i % 3] for i in range(ROWS)], pa.string()),
        "kind": pa.array([["b", "a"][i % 2] for i in range(ROWS)]).dictionary_encode(),
        "some_real": pa.array(sometimes([float(i) for i in range(ROWS)]), pa.float64()),
        "some_word": pa.array(sometimes([f"w{i % 2}" for i in range(ROWS)]), pa.string()),
        "list": pa.array([[i, i + 1] for i in range(ROWS)], pa.list_(pa.int64())),
        "day": pa.array([datetime.date(2026, 1, 1 + i) for i in range(ROWS)]),
        "point": pa.array([{"x": float(i), "y": None if i == 1 else i} for i in range(ROWS)]),
    }
)

settings = {"store_decimal_as_integer": True, "write_statistics": False}
pq.write_table(table, FOLDER / "snappy.parquet", compression="snappy", **settings)
pq.write_table(table, FOLDER / "zstd.parquet", compression="zstd", row_group_size=7, **settings)
pq.write_table(table, FOLDER / "gzip.parquet", compression="gzip", data_page_version="2.0", **settings)
pq.write_table(table, FOLDER / "plain.parquet", compression="none", use_dictionary=False, **settings)
pq.write_table(table.select(["f32", "word"]), FOLDER / "brotli.parquet", compression="brotli")
pq.write_table(table.slice(0, 0).select(["f32"]), FOLDER / "empty.parquet")
