"""Runs of a batch, read from its folder of results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from classlift.batches.outcome import Outcome
from classlift.batches.state import STATE
from classlift.storage import ReadOptions
from classlift.storage.own.decoding import decoded
from classlift.storage.own.fields import Type, check_table, choices_of, keys_of
from classlift.storage.paths import beside

LAYER = "layer.npz"
"""Name of the layer file in the folder of a run."""

INPUTS: dict[str, Type] = {"val": str, "test": str | None, "shares": str | None}
INPUTS |= {"low_fraction": float | int, "seed": int, "reading": dict}
"""What a state file says of what a run read."""


@dataclass(frozen=True)
class StoredRun:
    """A run that was done, or that failed.

    Parameters
    ----------
    folder : Path
        Its results.
    outcome : Outcome
        Its figures.
    val, test, shares : str, optional
        The files that it read; class shares that its figures are under.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of folds and draws.
    reading : ReadOptions
        How it read.
    """

    folder: Path
    outcome: Outcome
    val: str
    test: str | None
    shares: str | None
    low_fraction: float
    seed: int
    reading: ReadOptions

    @property
    def layer(self) -> str:
        """Its layer file."""
        return str(self.folder / LAYER)


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


def _stored(path: Path) -> StoredRun:
    with decoded(path, "state file of this version", "run `classlift batch` again."):
        state = json.loads(path.read_bytes())  # half characters too: names of files have them
        known = state["inputs"]
        check_table(known, INPUTS, "inputs")
        return StoredRun(
            path.parent,
            replace(Outcome.of_document(state["outcome"]), kept=False),
            beside(path.parent, known["val"]),
            _beside(path, known["test"]),
            _beside(path, known.get("shares")),
            float(known["low_fraction"]),
            known["seed"],
            _reading(known["reading"], path),
        )


def _beside(path: Path, name: str | None) -> str | None:
    return None if name is None else beside(path.parent, name)


def _reading(table: Mapping[str, Any], path: Path) -> ReadOptions:
    check_table(table, keys_of(ReadOptions), "reading", choices_of(ReadOptions))
    values = dict(table)
    for name in {"labels", "classes"} & set(values):
        values[name] = beside(path.parent, values[name])
    return ReadOptions(**values)
