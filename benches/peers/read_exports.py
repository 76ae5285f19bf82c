"""Show that what is exported is read by the tools that people have, to the bit and to the letter.

    pip install numpy pandas pyarrow polars safetensors tensorboard
    python3 read_exports.py target/debug/embedding-playground

embeds phrases that are hard to write down, in every format; reads each with numpy, pandas, pyarrow, polars, safetensors and
the csv module of Python; and loads the projector's folder through TensorBoard's own data API. Every number and every phrase
is compared with the .jsonl.
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
import warnings

warnings.filterwarnings("ignore")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import pandas as pd
import pyarrow.parquet
import safetensors
import safetensors.numpy
import tensorboard

PHRASES = [
    "hello", "=1+1", "-5", "+x", "@cmd", "\tlead", "\rret", 'say "hi"', '"quoted', "two\nlines", "win\r\nlines", "tab\there",
    "nul\x00in", "1234", "ünï 漢字 🙂", "a,b;c|d", "'apos", " spaced ", "   ", "NaN", "null", "#note", "\ufeffmark", "\u2028sep",
]

failures = 0
program = os.path.abspath(sys.argv[1])
folder = tempfile.mkdtemp()
at = lambda name: os.path.join(folder, name)


def run(*arguments):
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{arguments}: {done.stderr}")


def check(what, is_so):
    global failures
    failures += not is_so
    print(f"{'ok  ' if is_so else 'FAIL'} {what}")


def same(values, expected):
    """The same numbers to the bit; texts of single precision are read as doubles and rounded once more."""
    values = np.asarray(values, dtype=np.float64).astype(expected.dtype)
    return values.shape == expected.shape and values.tobytes() == expected.tobytes()


with open(at("phrases.jsonl"), "w", encoding="utf-8") as out:
    out.writelines(json.dumps({"phrase": phrase}) + "\n" for phrase in PHRASES)
for ending in ["jsonl", "csv", "tsv", "parquet", "npy", "safetensors"]:
    run("embed", "phrases.jsonl", "--out", f"vectors.{ending}")
    run("project", "vectors.jsonl", "--out", f"places.{ending}")
    if ending != "safetensors":
        run("embed", "phrases.jsonl", "--similarity", f"similarity.{ending}")
for ending in ["jsonl", "csv", "tsv", "parquet"]:
    run("embed", "phrases.jsonl", "--neighbours", f"neighbours.{ending}", "-k", "3")
    run("compare", "--seeds", "1,2,3", "--lesson", "roses", "--steps", "20", "--out", f"agreement.{ending}")
    run("train", "--lesson", "roses", "--steps", "20", "--curves", f"curves.{ending}")
run("embed", "phrases.jsonl", "--out", "guarded.csv", "--guard-cells")
run("embed", "phrases.jsonl", "--out", "projector", "--format", "projector")
run("project", "vectors.jsonl", "--out", "places/")


def lines_of(name):
    with open(at(name), encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file.read().split("\n") if line]


def read_csv(name, **options):
    separator = "\t" if name.endswith(".tsv") else ","
    exact = dict(keep_default_na=False, na_values={}, float_precision="round_trip", encoding="utf-8")
    return pd.read_csv(at(name), sep=separator, **exact, **options)


# Vectors and coordinates.
lines = lines_of("vectors.jsonl")
phrases, space = [line["phrase"] for line in lines], lines[0]["space"]
vectors = np.array([line["vector"] for line in lines], dtype=np.float64).astype(np.float32)
places = np.array([line["vector"] for line in lines_of("places.jsonl")], dtype=np.float64)
check("jsonl (json): phrases to the letter", phrases == PHRASES)

for name, expected in [("vectors", vectors), ("places", places)]:
    array = np.load(at(f"{name}.npy"))
    check(f"{name}.npy (numpy): {array.shape} {array.dtype}", array.dtype == expected.dtype and same(array, expected))
    numbers = np.loadtxt(at(f"{name}.tsv"), delimiter="\t")
    check(f"{name}.tsv (numpy)", same(numbers, expected))
    tensors = safetensors.numpy.load_file(at(f"{name}.safetensors"))
    check(f"{name}.safetensors (safetensors)", list(tensors) == ["embeddings"] and same(tensors["embeddings"], expected))
    with safetensors.safe_open(at(f"{name}.safetensors"), "np") as file:
        notes = json.loads(file.metadata()["embedding-playground vectors"])
    check(f"{name}.safetensors: phrases and space", notes["phrases"] == PHRASES and space in notes["space"])
    with open(at(f"{name}.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    check(f"{name}.csv (csv): phrases", [row[0] for row in rows[1:]] == PHRASES)
    check(f"{name}.csv (csv): numbers", same([row[1:] for row in rows[1:]], expected))
    table = read_csv(f"{name}.csv", dtype={"phrase": str})
    check(f"{name}.csv (pandas): numbers", same(table.iloc[:, 1:], expected))
    differing = [(want, got) for want, got in zip(PHRASES, table["phrase"]) if want != got]
    check(f"{name}.csv (pandas): phrases {differing or ''}", not differing)
    table = pyarrow.parquet.read_table(at(f"{name}.parquet"))
    kind = str(table.schema.field("vector").type)
    is_same = same(table["vector"].to_pylist(), expected) and table["phrase"].to_pylist() == PHRASES
    check(f"{name}.parquet (pyarrow): {kind}", is_same)
    check(f"{name}.parquet (pyarrow): space", space in table.schema.metadata[b"space"].decode())
    codec = pyarrow.parquet.ParquetFile(at(f"{name}.parquet")).metadata.row_group(0).column(1).compression
    check(f"{name}.parquet: {codec}", codec == "SNAPPY")
    table = pd.read_parquet(at(f"{name}.parquet"))
    check(f"{name}.parquet (pandas)", same(np.stack(table["vector"]), expected) and list(table["phrase"]) == PHRASES)
    try:
        import polars
    except ImportError:
        print("     polars is not there")
    else:
        table = polars.read_parquet(at(f"{name}.parquet"))
        is_same = same(table["vector"].to_list(), expected) and table["phrase"].to_list() == PHRASES
        check(f"{name}.parquet (polars): {table.schema['vector']}", is_same)
        table = polars.read_csv(at(f"{name}.csv"), schema_overrides={"phrase": polars.String}, infer_schema_length=None)
        is_same = same(table.drop("phrase").to_numpy(), expected) and table["phrase"].to_list() == PHRASES
        check(f"{name}.csv (polars)", is_same)
        table = polars.read_ndjson(at(f"{name}.jsonl"))
        check(f"{name}.jsonl (polars)", table["phrase"].to_list() == PHRASES and same(table["vector"].to_list(), expected))
    table = pd.read_json(at(f"{name}.jsonl"), lines=True, dtype=False, precise_float=True)
    check(f"{name}.jsonl (pandas)", list(table["phrase"]) == PHRASES and same(np.stack(table["vector"]), expected))

with open(at("guarded.csv"), encoding="utf-8", newline="") as file:
    guarded = [row[0] for row in list(csv.reader(file))[1:]]
check("guarded.csv (csv)", guarded == ["'" + phrase if phrase[0] in "=+-@\t\r" else phrase for phrase in PHRASES])

# Tables of rows.
for name in ["neighbours", "agreement", "curves"]:
    expected = lines_of(f"{name}.jsonl")
    columns = [key for key in expected[0] if key != "space"]
    arrow = pyarrow.parquet.read_table(at(f"{name}.parquet")).to_pylist()
    narrow = lambda value: float(np.float32(value)) if isinstance(value, float) else value
    is_single = lambda key: key in ("cosine", "batch_loss")
    want = [{key: narrow(line[key]) if is_single(key) else line[key] for key in columns} for line in expected]
    check(f"{name}.parquet (pyarrow): {len(arrow)} rows of {columns}", arrow == want)
    for ending in ["csv", "tsv"]:
        with open(at(f"{name}.{ending}"), encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t" if ending == "tsv" else ","))
        value = lambda text, like: None if like is None and text == "" else type(like)(text)
        got = [{key: value(row[key], line[key]) for key in columns} for row, line in zip(rows, expected)]
        check(f"{name}.{ending} (csv)", len(rows) == len(expected) and got == [{key: line[key] for key in columns} for line in expected])
        if name == "neighbours":
            table = read_csv(f"{name}.{ending}", dtype={"phrase": str, "neighbour": str})
            check(f"{name}.{ending} (pandas)", list(table["neighbour"]) == [line["neighbour"] for line in expected])

# The neighbours and the similarity are those that numpy finds.
unit = vectors.astype(np.float64)
unit /= np.linalg.norm(unit, axis=1, keepdims=True)
cosines = unit @ unit.T
matrix = np.load(at("similarity.npy"))
check(f"similarity.npy (numpy): {matrix.shape}, largest difference {np.abs(matrix - cosines).max():.1e}", np.abs(matrix - cosines).max() < 1e-6)
for ending in ["csv", "tsv"]:
    with open(at(f"similarity.{ending}"), encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t" if ending == "tsv" else ","))
    names = [row[0] for row in rows[1:]]
    check(f"similarity.{ending} (csv)", rows[0][1:] == PHRASES and names == PHRASES and same([row[1:] for row in rows[1:]], matrix))
check("similarity.parquet (pyarrow)", same(pyarrow.parquet.read_table(at("similarity.parquet"))["similarity"].to_pylist(), matrix))
check("similarity.jsonl (json)", same([line["similarity"] for line in lines_of("similarity.jsonl")], matrix))
np.fill_diagonal(cosines, -2)
nearest = [[PHRASES[other] for other in np.argsort(-row, kind="stable")[:3]] for row in cosines]
found = lines_of("neighbours.jsonl")
check("neighbours.jsonl: the 3 nearest by numpy", [[line["neighbour"] for line in found[3 * k : 3 * k + 3]] for k in range(len(PHRASES))] == nearest)


# TensorBoard's projector.
def plain(phrase):
    text = re.sub("[\t\n\r]", " ", phrase)
    return text if text.strip() else "(blank)"


def ask(port, query):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/data/plugin/projector/{query}") as answer:
        return answer.read()


def serve(logdir):
    """TensorBoard's own application on a port of 127.0.0.1."""
    from tensorboard import default
    from tensorboard.program import TensorBoard

    is_wanted = lambda plugin: any(name in str(plugin).lower() for name in ["projector", "core"])
    board = TensorBoard(plugins=[plugin for plugin in default.get_plugins() if is_wanted(plugin)])
    board.configure(argv=[None, "--logdir", logdir, "--host", "127.0.0.1", "--port", "0"])
    return int(board.launch().rstrip("/").rsplit(":", 1)[1])


for name, expected in [("projector", vectors), ("places", places.astype(np.float32))]:
    port = serve(at(name))
    runs = json.loads(ask(port, "runs"))
    info = json.loads(ask(port, f"info?run={runs[0]}"))
    embedding = info["embeddings"][0]
    tensor_name = urllib.request.quote(embedding["tensorName"])
    what = f"{name}/ (TensorBoard {tensorboard.__version__}): runs {runs}, {embedding['tensorName'][:40]}…"
    check(what, embedding["tensorShape"] == list(expected.shape))
    raw = ask(port, f"tensor?run={runs[0]}&name={tensor_name}")
    check(f"{name}/ (TensorBoard): tensor of {len(raw)} bytes", raw == expected.tobytes())
    metadata = ask(port, f"metadata?run={runs[0]}&name={tensor_name}").decode()
    # As the page takes it apart: lines that are blank are skipped.
    labels = [line for line in metadata.split("\n") if line.strip()]
    check(f"{name}/ (TensorBoard): metadata", labels == [plain(phrase) for phrase in PHRASES])
    config = json.load(open(at(f"{name}/projector_config.json")))["embeddings"][0]
    numbers = np.loadtxt(at(f"{name}/{config['tensorPath']}"), delimiter="\t").astype(np.float32)
    check(f"{name}/projector_config.json", config["tensorShape"] == list(expected.shape) and numbers.tobytes() == expected.tobytes())

print(f"{failures} failures" if failures else "all is read as it was written")
sys.exit(1 if failures else 0)
