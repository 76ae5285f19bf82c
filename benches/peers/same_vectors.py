"""Show that sentence-transformers gives the vectors of a saved model that this program gives.

    embedding-playground train --lesson many-pairs --learner transformer --save-model tuned
    python3 phrases.py > phrases.txt
    embedding-playground embed phrases.txt --model tuned --out ours.npy
    python3 same_vectors.py tuned phrases.txt ours.npy
"""

import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from sentence_transformers import SentenceTransformer

folder, phrases, ours = sys.argv[1:4]
model = SentenceTransformer(folder, device="cpu")
lines = [line.rstrip("\n") for line in open(phrases, encoding="utf-8") if line.strip()]
theirs, ours = model.encode(lines), np.load(ours)
cosines = (theirs * ours).sum(1) / np.linalg.norm(theirs, axis=1) / np.linalg.norm(ours, axis=1)
print(f"{len(lines)} phrases in {ours.shape[1]} dimensions: smallest cosine {cosines.min():.7f}")
sys.exit(0 if cosines.min() >= 0.9999 else 1)
