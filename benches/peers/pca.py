"""Time scikit-learn's PCA to two dimensions, fit and places. One line a figure: fits a second, the best of a few."""

import time

import numpy as np
from sklearn.decomposition import PCA

rng = np.random.default_rng(0)
for n in (1_000, 10_000, 100_000):
    x = rng.random((n, 384), dtype=np.float32) - 0.5
    times = []
    for _ in range(20):
        start = time.perf_counter()
        PCA(2).fit_transform(x)
        times.append(time.perf_counter() - start)
    print(f"pca fit and places {n} x 384 | scikit-learn | {1 / min(times):.2f}", flush=True)
