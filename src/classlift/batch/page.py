"""Runs of a batch, read from its folder of results, and what a page shows of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from classlift.batch.outcome import Outcome
from classlift.batch.state import STATE
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.report.collect import Collecting, collect
from classlift.report.data import FileMark, ReportData
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.digest import digest_behind
from classlift.storage.own.layers import load_layer

LAYER = "layer.npz"
"""Name of the layer file in the folder of a run."""


@dataclass(frozen=True)
class StoredRun:
    """A run that was done.

    Parameters
    ----------
    folder : Path
        Its results.
    outcome : Outcome
        Its figures.
    inputs : mapping
        What it read and how, as its state file says.
    """

    folder: Path
    outcome: Outcome
    inputs: Mapping[str, Any]


def is_results(folder: Path) -> bool:
    """Tell whether a folder holds the results of a batch."""
    return folder.is_dir() and any(folder.glob(f"*/{STATE}"))


def stored_runs(folder: Path) -> list[StoredRun]:
    """Read the runs of a folder of results, by name.

    Raises
    ------
    ClassliftError
        If the state of a run is damaged.
    """
    return [_stored(path) for path in sorted(folder.glob(f"*/{STATE}"))]


def run_findings(run: StoredRun, *, sweeps: bool = False) -> ReportData:
    """Find out everything about the layer of a run; on its validation file where it has no test file.

    Raises
    ------
    ClassliftError
        If its files are no longer there.
    """
    val, test = (run.inputs[name] for name in ("val", "test"))
    reading = _reading(run)
    paths = {"validation": _at(run, val), "test": _at(run, test or val), "layer": str(run.folder / LAYER)}
    report_data = collect(
        open_predictions(paths["validation"], reading),
        open_predictions(paths["test"], reading),
        load_layer(paths["layer"]),
        Collecting(run.inputs["low_fraction"], run.inputs["seed"], sweeps=sweeps),
    )
    return replace(report_data, files=tuple(FileMark(role, name, digest_behind(name)) for role, name in paths.items()))


def _stored(path: Path) -> StoredRun:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        inputs = {name: state["inputs"][name] for name in ("val", "test", "low_fraction", "seed", "reading")}
        return StoredRun(path.parent, replace(Outcome.of_document(state["outcome"]), kept=False), inputs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ClassliftError(
            str(path), "is damaged, or of another version", fix="run `classlift batch` again."
        ) from None


def _reading(run: StoredRun) -> ReadOptions:
    values = dict(run.inputs["reading"])
    for name in ("labels", "classes"):
        if name in values:
            values[name] = _at(run, values[name])
    if "kind" in values:
        values["kind"] = Kind(values["kind"])
    return ReadOptions(**values)


def _at(run: StoredRun, path: str) -> str:
    return os.path.normpath(run.folder / path)
