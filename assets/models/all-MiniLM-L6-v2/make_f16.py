"""Cast the published float32 weights to float16, tensor by tensor, names kept.

    pip install numpy safetensors
    python make_f16.py ORIGINAL/model.safetensors model.safetensors
"""

import sys

import numpy as np
from safetensors.numpy import load_file, save_file

source, target = sys.argv[1:3]
weights = {name: value.astype(np.float16) if value.dtype == np.float32 else value
           for name, value in load_file(source).items()}
weights.pop("embeddings.position_ids", None)  # a constant 0..511 that no forward pass reads
assert all(np.isfinite(v).all() for v in weights.values()), "a weight does not fit in float16"
save_file(weights, target, metadata={"format": "pt"})
