"""Random exports with known truth: what people write, in the names, orders, wrappings and formats they use."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions

WORDS = [
    *("cat", "car", "cab", "dog", "door", "bird", "fish", "ant", "Bee", "great crested newt", "T-shirt", "ship"),
    *("truck", "EGFR", "KRAS", "setosa", "versicolor", "no finding", "naïve", "a_b", "a", "b", "oak.white", "0-10 km"),
    *("frog", "horse", "deer", "airplane", "max", "other", "unknown", "normal", "benign", "malignant", "C5", "c-6"),
]
LABEL_NAMES = [
    *("label", "labels", "y", "y_true", "target", "targets", "truth", "Truth", "ground_truth", "Ground Truth", "gt"),
    *("true_label", "true label", "trueLabel", "TRUE_CLASS", "actual", "expected", "observed", "obs", "gold", "y_val"),
    *("val_labels", "test_targets", "label_ids", "class", "class_id", "Target", "gt_label", "reference"),
]
MATRIX_NAMES = [
    *(
        "probs",
        "probabilities",
        "y_prob",
        "softmax",
        "predictions",
        "outputs",
        "scores",
        "val_probs",
        "test_predictions",
    ),
    *("pred_probs", "Probabilities", "y_score", "arr"),
]
LOGIT_NAMES = ["logits", "val_logits", "test_logits", "raw_logits", "outputs", "scores"]
WRAPPINGS = [
    *("prob_{}", "p_{}", "probs.{}", "proba_{}", "y_prob_{}", "pred_{}", "score_{}", "{}", "{}_prob", "{}_score"),
    *("{}_proba", "{} probability", "confidence({})", 'Scored Probabilities for Class "{}"', "Scored Probabilities_{}"),
    *("P (y={})", "y_{}_PREDICTION", ".pred_{}", "P({})", "{}_pred", "probability({})", "prob:{}", "softmax-{}"),
]
LOGIT_WRAPPINGS = ["logit_{}", "logits_{}", "logit.{}", "{}_logit", "logit({})", "logits-{}"]
ID_NAMES = ["id", "filename", "image_id", "path", "sample_id", "Id", "image", "uid", "file name", "key"]
EXTRAS = [
    "predicted",
    "pred_label",
    "confidence",
    "margin",
    "fold",
    "split",
    "loss",
    "weight",
    "age",
    "entropy",
    "correct",
]


@dataclass
class Export:
    """Files with their truth: the share of right rows, and the number of rows and classes."""

    path: Path
    total: float
    n_samples: int
    n_classes: int
    options: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)


def draw(seed: int, folder: Path) -> Export:
    """Write one export into `folder`."""
    return _Draw(np.random.default_rng(seed), folder).export()


def outcome(export: Export) -> tuple[str, str]:
    """How it is read: ``read``, ``asked``, ``noted`` (wrong, with a note) or ``wrong``; and what was said."""
    try:
        source = open_predictions(export.path, ReadOptions(**export.options))
        right = rows = 0
        for block in source.blocks():
            if block.labels is None:
                return "asked", "no labels"
            known = block.labels >= 0
            right += int((block.predicted[known] == block.labels[known]).sum())
            rows += int(known.sum())
    except ClassliftError as error:
        return "asked", str(error)
    total = right / max(rows, 1)
    if source.n_classes == export.n_classes and rows == export.n_samples and abs(total - export.total) < 1e-9:
        return "read", ""
    notes = " | ".join(source.notes)
    said = f"{total:.4f} of {rows} rows, {source.n_classes} classes; {notes}"
    return ("noted" if "check the labels" in notes else "wrong"), said


class _Draw:
    """One draw: the choices are made one after another and kept in `said`."""

    def __init__(self, rng: np.random.Generator, folder: Path) -> None:
        self.rng, self.folder, self.said = rng, folder, {}

    def pick(self, what: str, choices: list[Any], weights: list[float] | None = None) -> Any:
        shares = None if weights is None else np.array(weights) / sum(weights)
        self.said[what] = choices[int(self.rng.choice(len(choices), p=shares))]
        return self.said[what]

    def export(self) -> Export:
        """Make the truth, then a file of it."""
        rng = self.rng
        self.k = self.pick("classes", [2, 3, 4, 5, 8, 10, 12, 20, 30])
        self.n = int(rng.integers(60, 400))
        self.suffix = self.pick(
            "format", [".csv", ".tsv", ".parquet", ".npz", ".jsonl", ".csv.gz", ".txt"], [5, 1, 4, 4, 2, 1, 1]
        )
        logits = self.pick("kind", ["probabilities", "logits"], [3, 1]) == "logits"
        self.names = [str(w) for w in rng.permutation(WORDS)[: self.k]]
        kind = self.pick(
            "names", ["words", "numbers", "numbers in another order", "numbers from 1", "Class_1"], [8, 2, 1, 1, 1]
        )
        if kind != "words":
            start = kind in ("numbers from 1", "Class_1")
            self.names = [str(i + start) for i in range(self.k)]
            self.names = [f"Class_{n}" for n in self.names] if kind == "Class_1" else self.names
            self.names = rng.permutation(self.names).tolist() if "order" in kind else self.names
        self.labels = rng.integers(self.k, size=self.n)
        accuracy = rng.uniform(0.35, 0.95)
        top = np.where(rng.random(self.n) < accuracy, self.labels, rng.integers(self.k, size=self.n))
        z = rng.normal(size=(self.n, self.k))
        z[np.arange(self.n), top] += rng.uniform(1, 4, self.n)
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        digits = self.pick("digits", [None, 6, 4, 3], [5, 2, 1, 1])
        self.scores = np.round(z if logits else p, digits) if digits else (z if logits else p)
        self.scores = self.scores.astype(self.pick("dtype", [np.float64, np.float32]))
        self.logits = logits
        self.total = float((self.scores.argmax(axis=1) == self.labels).mean())
        separate = self.pick(
            "labels are", ["beside", "in a file", "in a file by id", "one-hot in a file"], [8, 1, 1, 1]
        )
        layout = (
            self.pick("layout", ["columns", "matrix"]) if self.suffix in (".parquet", ".npz", ".jsonl") else "columns"
        )
        if self.suffix == ".npz":
            layout = "matrix"
        frame = self._scores(layout)
        options: dict[str, Any] = {}
        if separate == "beside":
            frame = self._mixed(frame, self._label_columns())
        else:
            frame, options = self._apart(frame, separate)
        path = self._write("pred" + self.suffix, frame)
        if self.suffix == ".npz" and self.rng.random() < 0.5 and self.said["names"] == "words":
            pass
        return Export(path, self.total, self.n, self.k, options, self.said)

    def _scores(self, layout: str) -> dict[str, Any]:
        rng = self.rng
        if layout == "matrix":
            name = self.pick("score name", LOGIT_NAMES if self.logits else MATRIX_NAMES)
            named = self.said["names"] in ("words", "Class_1") and self.suffix == ".npz" and rng.random() < 0.6
            self.known = named
            self.said["named"] = named
            return {name: self.scores} | ({"class_names": np.array(self.names)} if named else {})
        wrapping = self.pick("wrapping", LOGIT_WRAPPINGS if self.logits else WRAPPINGS)
        self.known = True
        return {wrapping.format(name): self.scores[:, k] for k, name in enumerate(self.names)}

    def _values(self) -> Any:
        """Labels in one of their forms."""
        forms = ["name", "index", "float index", "text index"] if self.known else ["index", "float index", "text index"]
        weights = [6, 2, 1, 0.5][-len(forms) :]
        numeric = self.known and self.said["names"].startswith("numbers")
        form = self.pick("labels", forms, weights)
        if form == "name" or numeric:
            values = np.array(self.names, object)[self.labels]
            return np.array([int(v) for v in values]) if numeric and form != "name" else values
        return {"index": self.labels, "float index": self.labels.astype(float)}.get(
            form, self.labels.astype(str).astype(object)
        )

    def _label_columns(self) -> dict[str, Any]:
        name = self.pick("label name", LABEL_NAMES)
        columns = {name: self._values()}
        if self.rng.random() < 0.08 and self.suffix != ".npz":
            guess = self.scores.argmax(axis=1)
            other = self.pick("predicted as", ["label", "pred", "prediction", "predicted_class"])
            if other not in columns:
                columns[other] = np.array(self.names, object)[guess] if self.known else guess
        return columns

    def _mixed(self, scores: dict[str, Any], labels: dict[str, Any]) -> dict[str, Any]:
        """Scores, labels, ids and other columns in some order."""
        rng = self.rng
        front: dict[str, Any] = {}
        if rng.random() < 0.5:
            front[self.pick("id", ID_NAMES)] = np.array([f"img_{i:04d}" for i in range(self.n)], object)
        elif rng.random() < 0.3 and self.suffix.startswith((".csv", ".tsv")):
            self.said["id"] = "unnamed"
            front[""] = np.arange(self.n)
        extras: dict[str, Any] = {}
        for name in rng.permutation(EXTRAS)[: int(rng.integers(0, 4))].tolist():
            extras[name] = self._extra(name)
        self.said["extras"] = list(extras)
        parts = [labels, extras, scores]
        order = [parts[i] for i in rng.permutation(3)]
        return {k: v for part in (front, *order) for k, v in part.items()}

    def _extra(self, name: str) -> Any:
        rng, top = self.rng, np.sort(self.scores, axis=1)
        guess = self.scores.argmax(axis=1)
        return {
            "predicted": np.array(self.names, object)[guess],
            "pred_label": guess,
            "confidence": top[:, -1],
            "margin": top[:, -1] - top[:, -2],
            "fold": rng.integers(5, size=self.n),
            "split": np.array(["val"] * self.n, object),
            "loss": rng.exponential(size=self.n),
            "weight": rng.random(self.n),
            "age": rng.integers(18, 90, self.n),
            "entropy": rng.random(self.n),
            "correct": guess == self.labels,
        }[name]

    def _apart(self, scores: dict[str, Any], separate: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Labels in a file of their own; rows shuffled where ids pair them."""
        rng = self.rng
        ids = np.array([f"x{i}" for i in range(self.n)], object)
        order = rng.permutation(self.n) if separate != "in a file" else np.arange(self.n)
        key = self.pick("id", ID_NAMES)
        if separate == "one-hot in a file" and self.known:
            hot = np.eye(self.k, dtype=int)[self.labels]
            columns = {self.names[k]: hot[order, k] for k in rng.permutation(self.k)}
        else:
            columns = {self.pick("label name", LABEL_NAMES): self._values()[order]}
        if separate != "in a file":
            columns = {key: ids[order], **columns}
            scores = {key: ids, **scores}
        path = self.folder / "truth.csv"
        pd.DataFrame(columns).to_csv(path, index=False)
        return scores, {"labels": path}

    def _write(self, name: str, columns: dict[str, Any]) -> Path:
        path, suffix = self.folder / name, self.suffix
        if suffix == ".npz":
            np.savez(path, **{k: v.astype(str) if v.dtype == object else v for k, v in columns.items()})
        elif suffix == ".parquet":
            pq.write_table(pa.table({k: v.tolist() if v.ndim == 2 else v for k, v in columns.items()}), path)
        elif suffix == ".jsonl":
            rows = zip(*(v.tolist() for v in columns.values()), strict=True)
            path.write_text("".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows))
        else:
            separator = (
                "\t" if suffix in (".tsv", ".txt") else self.pick("separator", [",", ";", "|", "\t"], [8, 1, 1, 1])
            )
            pd.DataFrame(columns).to_csv(path, index=False, sep=separator)
        return path
