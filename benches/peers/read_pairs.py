"""The time that pandas and polars take to read the million pairs that `cargo test -- --ignored a_million` leaves in the
temporary folder: python read_pairs.py (best of three)."""

import tempfile
import time
from pathlib import Path

import pandas as pd
import polars as pl

READERS = {
    "m.csv": (pd.read_csv, pl.read_csv),
    "m.jsonl": (lambda path: pd.read_json(path, lines=True), pl.read_ndjson),
    "m.parquet": (pd.read_parquet, pl.read_parquet),
}

for name, readers in READERS.items():
    path = Path(tempfile.gettempdir()) / name
    for module, read in zip(("pandas", "polars"), readers):
        best = float("inf")
        for _ in range(3):
            started = time.perf_counter()
            assert len(read(path)) == 1_000_000
            best = min(best, time.perf_counter() - started)
        print(f"{name}: {module} {best:.2f} s")
