"""What is done with a mutated file: it is read whole, and what was read is used once."""

import json
import os
import random
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classlift.batches.manifest import read_manifest
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.errors import ClassliftError
from classlift.fitting.inspection import inspect
from classlift.gates.check import Gate
from classlift.layer.apply import Output
from classlift.layer.layer import OutputLayer
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.applied import write_applied
from classlift.storage.own.layers import is_layer_file, load_layer
from classlift.storage.own.numbers import read_numbers
from classlift.storage.own.toml import read_toml

from . import bytewise, structured, tables
from .seeds import LOGITS, PROBS, SEEDS

OPTIONS = [
    *[{}] * 6,
    *({"kind": Kind.PROBABILITIES}, {"kind": Kind.LOGITS}, {"kind": Kind.PROBABILITIES, "bad_rows": "drop"}),
    *({"bad_rows": "normalize"}, {"labels_as": "name"}, {"labels_as": "one-hot"}, {"ignore_label": "3"}),
    *({"scores_key": "probs"}, {"labels_key": "id"}, {"prefix": "prob_"}, {"kind": Kind.LOGITS, "bad_rows": "drop"}),
]
WRITTEN = (".npz", ".parquet", ".csv", ".safetensors", ".tsv.gz")


def read_predictions(path, rng):
    """Open, read every block, and now and then inspect it or write it again in another format."""
    options = ReadOptions(**rng.choice(OPTIONS))
    source = open_predictions(path, options)
    what = rng.random()
    if what < 0.1:
        inspect(source)
    elif what < 0.2:
        identity = OutputLayer((), source.n_classes, source.classes)
        write_applied(identity, source, path.with_name("out" + rng.choice(WRITTEN)), output=Output.PROBS)
    else:
        for block in source.blocks():
            assert np.isfinite(block.scores).all()


def read_labels(path, rng):
    """The file as the labels of good scores."""
    options = ReadOptions(labels=path, labels_as=rng.choice((None, None, "index", "name")))
    for _ in open_predictions({"probs": PROBS, "class_names": np.array(["cat", "dog", "hen"])}, options).blocks():
        pass


def read_labels_by_id(path, rng):
    """The file as labels of scores that carry ids: one of a usual name, one by its values, or two columns together."""
    n = 8
    ids = {
        "id": {"id": np.array([f"s{i}" for i in range(n)])},
        "value": {"tile": np.array([f"s{i}" for i in range(n)])},
        "two": {"patient": np.arange(n) // 2, "slice": np.arange(n) % 2},
        "again": {"id": np.array([f"s{i // 2}" for i in range(n)])},
    }[rng.choice(("id", "value", "two", "again"))]
    options = ReadOptions(labels=path, id=rng.choice((None, None, None, "id")))
    names = np.array(["cat", "dog", "hen"])
    for block in open_predictions({"probs": np.tile(PROBS, (2, 1)), "class_names": names} | ids, options).blocks():
        assert len(block.labels) == block.n_samples


def read_layer(path, rng):
    """Load a layer and apply it to rows of all kinds."""
    is_layer_file(path)
    layer = load_layer(path)
    kind = Kind.LOGITS if layer.needs_logits or rng.random() < 0.5 else Kind.PROBABILITIES
    if layer.n_classes > 1000:
        return
    rows = (LOGITS if kind is Kind.LOGITS else PROBS)[:, : layer.n_classes]
    if layer.n_classes != rows.shape[1]:
        rows = np.full((2, layer.n_classes), 1 / layer.n_classes)
    rows = rows if kind is Kind.LOGITS else rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-9)
    rows = rows[np.isclose(rows.sum(axis=1), 1)] if kind is Kind.PROBABILITIES else rows
    adjusted = layer.apply(Predictions(rows.copy(), kind, layer.classes))
    out = adjusted.probabilities()
    assert np.isfinite(out).all() and (np.abs(out.sum(axis=1) - 1) < 1e-3).all(), "rows are no probabilities"
    assert (out.argmax(axis=1) == adjusted.predicted).all(), "the predicted class is another one"


def read_class_names(path, rng):
    """The file as class names, under each suffix."""
    renamed = path.rename(path.with_suffix(rng.choice((".json", ".txt", ".npy", ".csv"))))
    try:
        for _ in open_predictions({"probs": PROBS}, ReadOptions(classes=renamed)).blocks():
            pass
    finally:
        renamed.unlink()


def read_number_list(path, rng):
    """The file as class counts, under each suffix."""
    renamed = path.rename(path.with_suffix(rng.choice((".json", ".txt", ".npy"))))
    try:
        read_numbers(renamed)
    finally:
        renamed.unlink()


def read_gates(path, rng):
    """The file as gates."""
    from classlift.gates.settings import GateSet

    GateSet.from_table(read_toml(path), str(path))


def read_condition(path, rng):
    """The file's text as one condition."""
    Gate.parse(path.read_bytes().decode("utf-8", "replace"), "--gate")


def edit_lines(rng, content, others):
    """The object of one line edited, or its lines as text."""
    found = content.split(b"\n")
    i = rng.randrange(len(found))
    if rng.random() < 0.3 or not found[i]:
        return structured.edit_cells(rng, content, others)
    found[i] = structured.edit_json(rng, found[i], [found[i]]).replace(b"\n", b" ")
    return b"\n".join(found)


@dataclass(frozen=True)
class Reader:
    """How files of one reader are read and mutated."""

    read: object
    edit: object


READERS = {
    "npz": Reader(read_predictions, structured.edit_npz),
    "npy": Reader(read_predictions, structured.edit_npy),
    "parquet": Reader(read_predictions, tables.edit_parquet),
    "csv": Reader(read_predictions, structured.edit_cells),
    "csv.gz": Reader(read_predictions, structured.edit_gzip),
    "jsonl": Reader(read_predictions, edit_lines),
    "safetensors": Reader(read_predictions, structured.edit_tensors),
    "layer.npz": Reader(read_layer, structured.edit_layer_npz),
    "layer.json": Reader(read_layer, structured.edit_json),
    "layer.safetensors": Reader(read_layer, structured.edit_tensors),
    "labels": Reader(read_labels, structured.edit_cells),
    "labels by id": Reader(read_labels_by_id, structured.edit_cells),
    "labels by id, jsonl": Reader(read_labels_by_id, edit_lines),
    "class names": Reader(read_class_names, structured.edit_json),
    "numbers": Reader(read_number_list, structured.edit_json),
    "manifest": Reader(lambda path, rng: read_manifest(path), structured.edit_cells),
    "gates toml": Reader(read_gates, structured.edit_cells),
    "gate condition": Reader(read_condition, structured.edit_cells),
}
SUFFIXES = {name: SEEDS[name][0] for name in SEEDS} | {"labels": ".csv", "labels by id": ".csv"}
SUFFIXES["labels by id, jsonl"] = ".jsonl"
BY_ID = [{"id": f"s{7 - i}", "tile": f"s{i}", "label": ["cat", "dog", "hen"][i % 3]} for i in range(8)]
BY_TWO = [{"patient": i // 2, "slice": i % 2, "label": i % 3} for i in range(8)]
FILES = {name: SEEDS[name][1] for name in SEEDS} | {
    "labels": [b"label\ncat\ndog\nhen\ncat\n", b"0\n1\n2\n-1\n"],
    "labels by id": [
        "\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]).encode() + b"\n"
        for rows in (BY_ID, BY_TWO)
    ],
    "labels by id, jsonl": ["".join(json.dumps(row) + "\n" for row in rows).encode() for rows in (BY_ID, BY_TWO)],
}


def case(reader, number):
    """Content and generator of a case: the same for the same number."""
    rng = random.Random(f"{reader} {number}")
    others = FILES[reader]
    content = rng.choice(others)
    if rng.random() < 0.5:
        content = edited(READERS[reader].edit, rng, content, others)
    if rng.random() < 0.6:
        content = bytewise.mutate(rng, content, others)
    return content, rng


def edited(edit, rng, content, others):
    """What an edit makes; a content that it cannot take apart is mutated as bytes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return edit(rng, content, others)
    except Exception:  # numpy, zipfile, arrow and json refuse what they are given here in every way there is
        return bytewise.mutate(rng, content, others)


def try_file(reader, path, rng):
    """Read one file: 'valid', 'refused', or what went wrong; every warning counts as wrong."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            READERS[reader].read(path, rng)
    except ClassliftError as error:
        message = str(error)
        if "fit into memory" in message:
            return f"memory: {message}"
        if message.count("\n") != 1 or not error.fix or not error.problem:
            return f"no message of two lines: {message!r}"
        return "refused"
    return "valid"


def written_case(reader, content, folder):
    """Write a case where its reader will find it."""
    path = Path(folder) / f"case{SUFFIXES[reader]}"
    path.write_bytes(content)
    return path


def scratch():
    """A folder for many small files: in memory where there is such a place."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
