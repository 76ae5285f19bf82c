"""Time PyTorch on the training step of free vectors: InfoNCE with Adam on an embedding table.

    python train_vectors.py          # prints steps/s, best of five rounds
"""

import os
import time

import torch
import torch.nn.functional as F

ROWS, DIMS, BATCH, STEPS = 64, 384, 32, 1000

torch.set_num_threads(os.cpu_count())
table = torch.nn.Embedding(ROWS, DIMS)
adam = torch.optim.Adam(table.parameters(), lr=0.03)
target = torch.arange(BATCH)


def step():
    a = F.normalize(table(torch.randint(0, ROWS, (BATCH,))), dim=1)
    p = F.normalize(table(torch.randint(0, ROWS, (BATCH,))), dim=1)
    loss = F.cross_entropy(5 * a @ p.T, target)
    adam.zero_grad()
    loss.backward()
    adam.step()


def rate():
    start = time.perf_counter()
    for _ in range(STEPS):
        step()
    return STEPS / (time.perf_counter() - start)


for _ in range(50):
    step()
print(f"{max(rate() for _ in range(5)):.0f}")
