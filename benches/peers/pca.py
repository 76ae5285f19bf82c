"""Time scikit-learn's PCA to two dimensions, beside `cargo bench --profile dev --bench speed -- pca`. One line a figure."""

import time

import numpy as np
from sklearn.decomposition import PCA

rng = np.random.default_rng(0)
for n in (1_000, 10_000, 100_000):
    x = rng.random((n, 384), dtype=np.float32) - 0.5
    for name in ("fit", "fit_transform"):
        times = []
        for _ in range(9):
            start = time.perf_counter()
            getattr(PCA(2), name)(x)
            times.append(time.perf_counter() - start)
        print(f"pca_{name}_{n}x384_ms {min(times) * 1e3:.1f}", flush=True)
