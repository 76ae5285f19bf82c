"""Time sentence-transformers and onnxruntime (fused, f32) embedding the same phrases. Prints one line a figure."""

import os
import sys
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import onnxruntime
import torch
from onnxruntime.transformers import optimizer
from sentence_transformers import SentenceTransformer
from transformers import AutoModel

model_dir, phrases = map(os.path.abspath, sys.argv[1:3])
folder = tempfile.TemporaryDirectory()  # the exported models are written here
os.chdir(folder.name)
short = [line.rstrip("\n") for line in open(phrases, encoding="utf-8")]
# The same as in speed.rs: every long text is sixteen short ones, which the model cuts at its 256 tokens.
long = [" ".join(short[(16 * text + part) % len(short)] for part in range(16)) for text in range(200)]
one = "He could smell the roses"


def best(work, rounds):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def report(encode):
    """What the fastest of a few sizes of batches does."""
    encode([one], 1)
    return {
        "one phrase of 8 tokens": 1 / best(lambda: encode([one], 1), 50),
        "2000 short phrases": max(len(short) / best(lambda: encode(short, size), 5) for size in (8, 32, 128)),
        "200 long texts": max(len(long) / best(lambda: encode(long, size), 4) for size in (8, 32)),
    }


st = SentenceTransformer(model_dir, device="cpu")


class Hidden(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state


hidden = Hidden(AutoModel.from_pretrained(model_dir, attn_implementation="eager").eval())
ids = torch.ones(2, 8, dtype=torch.long)
names = ["input_ids", "attention_mask", "token_type_ids"]
torch.onnx.export(
    hidden, (ids, ids, torch.zeros_like(ids)), "minilm.onnx", input_names=names, opset_version=17, dynamo=False,
    dynamic_axes={name: {0: "batch", 1: "length"} for name in names},
)
config = hidden.model.config
fused = optimizer.optimize_model(
    "minilm.onnx", model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size, opt_level=1
)
fused.save_model_to_file("minilm_fused.onnx")
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = os.cpu_count()
runtime = onnxruntime.InferenceSession("minilm_fused.onnx", options, providers=["CPUExecutionProvider"])
tokenizer = st.tokenizer.backend_tokenizer
tokenizer.no_padding()
tokenizer.enable_truncation(256)


def ort_encode(texts, size):
    ordered = sorted(texts, key=len)
    for start in range(0, len(ordered), size):
        encoded = tokenizer.encode_batch(ordered[start:start + size])
        width = max(len(e.ids) for e in encoded)
        ids = np.zeros((len(encoded), width), np.int64)
        mask = np.zeros((len(encoded), width), np.int64)
        for row, e in enumerate(encoded):
            ids[row, :len(e.ids)] = e.ids
            mask[row, :len(e.ids)] = 1
        out = runtime.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})[0]
        out = (out * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        out /= np.linalg.norm(out, axis=1, keepdims=True)


for name, encode in (("onnxruntime", ort_encode), ("sentence-transformers", lambda batch, size: st.encode(batch, batch_size=size))):
    for work, rate in report(encode).items():
        print(f"{work} | {name} | {rate:.2f}", flush=True)
