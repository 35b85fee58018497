"""Valid files, small, as bytes: where every mutation begins."""

import csv
import gzip
import io
import json
import struct
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from classlift.layer.layer import OutputLayer
from classlift.layer.step import AffineStep, Domain
from classlift.storage.own.layer_bytes import LAYER_FORMATS
from classlift.storage.own.layers import _arrays, _header

PROBS = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5], [0.0, 0.0, 1.0]], np.float32)
LABELS = np.array([0, 1, 2, -1])
NAMES = np.array(["cat", "dog", "hen"])
IDS = np.array(["a", "b", "ü", "=1+1"])


def zipped(members, compression=zipfile.ZIP_STORED):
    """A zip of (name, bytes) pairs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return out.getvalue()


def npy(array):
    """An .npy file."""
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def npz(compression=zipfile.ZIP_STORED, **arrays):
    """An .npz file."""
    return zipped([(f"{name}.npy", npy(array)) for name, array in arrays.items()], compression)


def tensors(table, data, metadata=None):
    """A .safetensors file of a header and the bytes behind it."""
    text = json.dumps(({"__metadata__": metadata} if metadata else {}) | table).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensors_of(metadata=None, **arrays):
    """A .safetensors file of (dtype name, array) pairs."""
    table, data = {}, b""
    for name, (kind, array) in arrays.items():
        raw = array.tobytes()
        table[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    return tensors(table, data, metadata)


def parquet(table, **options):
    """A .parquet file."""
    out = io.BytesIO()
    pq.write_table(pa.table(table), out, **options)
    return out.getvalue()


def text(separator, header=True, ids=True):
    """A text file, a column per class."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    if header:
        writer.writerow([*(["id"] if ids else []), *(f"prob_{name}" for name in NAMES), "label"])
    for name, row, label in zip(IDS, PROBS.tolist(), LABELS, strict=True):
        writer.writerow([*([name] if ids else []), *(f"{p:g}" for p in row), label])
    return out.getvalue().encode()


def lines(record):
    """A .jsonl file of what `record` makes of each row."""
    return "".join(json.dumps(record(i)) + "\n" for i in range(len(PROBS))).encode()


def layer():
    """A layer of three steps, one of each domain that probabilities can take, full and diagonal."""
    steps = (
        AffineStep(Domain.PROBABILITY, np.full(3, 0.01), np.eye(3) + 0.1, 0.8),
        AffineStep(Domain.LOG_PROBABILITY, np.array([0.0, 0.5, -0.5]), None, None, 1.5),
        AffineStep(Domain.PROBABILITY, np.zeros(3), np.array([1.0, 2.0, 3.0])),
    )
    provenance = {"kind": "probabilities", "notes": ["a note"], "low_classes": [0], "low_fraction": 0.2}
    provenance |= {"condition": 12.5, "fingerprint": "0" * 64}
    return OutputLayer(steps, 3, ("cat", "dog", "hen"), "elaborated", {"rlow": 0.1, "rhigh": 0.8}, provenance)


def layer_bytes(suffix):
    """That layer in one of the formats."""
    content = io.BytesIO()
    LAYER_FORMATS[suffix].write(content, _header(layer()), _arrays(layer()))
    return content.getvalue()


IDS_IN_BYTES = np.array([b"x", b"yy", b"z", b""])
HALF = PROBS.astype(np.float16)
LOGITS = np.log(PROBS.astype(np.float64) + 1e-3)
BRAIN = (PROBS.view(np.uint32) >> 16).astype(np.uint16)

MANIFEST = b"""out = "results"
[defaults]
verb = "fit"
gates = ["total.change >= -1pp"]
[[run]]
name = "a"
val = "val.npz"
test = "test.npz"
new = ["new.csv"]
settings = { method = "elaborated", rlow = 0.1 }
reading = { scores_key = "probs", ignore_label = -7, kind = "probabilities", bad_rows = "drop" }
[[run]]
name = "b"
val = "val.npz"
verb = "tune"
seed = 3
low_fraction = 0.5
confidence = 0.95
"""

GATES_TOML = b"""gates = ["total >= 70%", 'class["cat"].recall >= 90%', "low20.change >= +5%"]
confidence = 0.95
"""

CONDITIONS = [
    *(
        "total >= 70%",
        "low20 >= 0.6",
        "low20.baseline.change >= -0.1pp",
        "low20.validation.before > .333",
        "gap <= 30pp",
    ),
    *('class["cat"].recall >= 90%', 'class["a\\"b"].precision.change > 0', "never_predicted == 0"),
    *(
        "fixed > broken",
        "total.change >= -0.1pp",
        "worst >= 10%",
        "balanced.after >= balanced.before + 5%",
        "total - worst < 0.1",
    ),
]

SEEDS = {
    "npz": (".npz", [
        npz(probs=PROBS, labels=LABELS, class_names=NAMES, image_id=IDS),
        npz(zipfile.ZIP_DEFLATED, logits=LOGITS, y=LABELS.astype(np.uint8) % 3, embedding=np.ones((4, 2))),
        npz(probs=np.asfortranarray(HALF), labels=np.eye(3, dtype=bool)[LABELS], name=IDS_IN_BYTES),
        npz(zipfile.ZIP_DEFLATED, scores=np.asfortranarray(PROBS.astype(">f8")), labels=NAMES[LABELS], classes=NAMES),
    ]),
    "npy": (".npy", [npy(PROBS), npy(np.asfortranarray(LOGITS)), npy(HALF), npy(PROBS.astype(">f4"))]),
    "parquet": (".parquet", [
        parquet({"probs": PROBS.tolist(), "label": LABELS, "id": IDS}),
        parquet({f"prob_{n}": PROBS[:, k] for k, n in enumerate(NAMES)} | {"label": NAMES[LABELS]}, row_group_size=2),
        parquet({"logits": pa.FixedSizeListArray.from_arrays(pa.array(LOGITS.ravel()), 3), "y": LABELS},
                compression="none", use_dictionary=False, data_page_version="2.0"),
        parquet({"probs": HALF.tolist(), "label": pa.array([0, None, 2, 1]), "d": pa.array(["x", None, "x", "y"])
                 .dictionary_encode()}, compression="gzip"),
    ]),
    "csv": (".csv", [text(","), text(";"), text("\t", header=False, ids=False), text(" ", header=False, ids=False)]),
    "csv.gz": (".csv.gz", [gzip.compress(text(",")), gzip.compress(text("\t"), 1)]),
    "jsonl": (".jsonl", [
        lines(lambda i: {"id": IDS[i], "probs": PROBS[i].tolist(), "label": int(LABELS[i])}),
        lines(lambda i: {"probs": dict(zip(NAMES.tolist(), PROBS[i].tolist(), strict=True)), "y": NAMES[LABELS[i]]}),
        lines(lambda i: {"output": [{"label": n, "score": p} for n, p in zip(NAMES, PROBS[i].tolist(), strict=True)]}),
        lines(lambda i: {f"prob_{n}": p for n, p in zip(NAMES, PROBS[i].tolist(), strict=True)} | {"n": None}),
    ]),
    "safetensors": (".safetensors", [
        tensors_of(probs=("F32", PROBS), labels=("I64", LABELS)),
        tensors_of({"text:id": json.dumps(IDS.tolist()), "text:class_names": json.dumps(NAMES.tolist())},
                   logits=("F64", LOGITS), y=("I8", LABELS.astype(np.int8)), flag=("BOOL", LABELS > 0)),
        tensors_of(logits=("BF16", BRAIN), labels=("U8", np.array([0, 1, 2, 1], np.uint8))),
    ]),
    "layer.npz": (".npz", [layer_bytes(".npz")]),
    "layer.json": (".json", [layer_bytes(".json")]),
    "layer.safetensors": (".safetensors", [layer_bytes(".safetensors")]),
    "class names": (".json", [b'["cat", "dog", "hen"]', b"cat\ndog\nhen\n", npy(NAMES), b"class\ncat\nhen\ndog\n"]),
    "numbers": (".json", [b"[100, 20, 3]", b"100, 20 3\n", npy(np.array([1.0, 2.0, 3.0]))]),
    "manifest": (".toml", [MANIFEST]),
    "gates toml": (".toml", [GATES_TOML]),
    "gate condition": (".txt", [condition.encode() for condition in CONDITIONS]),
}  # fmt: skip
"""Per reader: the suffix of its files and valid ones."""
