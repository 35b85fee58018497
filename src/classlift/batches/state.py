"""What is done and unchanged is known by a hash of inputs, settings and version, kept beside the results."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlift._version import __version__
from classlift.batches.outcome import Outcome
from classlift.errors import ClassliftError
from classlift.output.documents.base import to_json
from classlift.storage.atomic import write_text
from classlift.storage.digest import file_digest, files_behind
from classlift.storage.own.decoding import NOT_OURS
from classlift.storage.paths import seen_from

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlift.batches.manifest import RunSpec

STATE = "state.json"
FORMAT = 3


def key_of(spec: RunSpec) -> str:
    """Hash of all that the results of a run depend on.

    Raises
    ------
    ClassliftError
        If an input cannot be read.
    """
    digest = hashlib.sha256()
    said = {
        "format": FORMAT,
        "version": __version__,
        "verb": spec.verb,
        "settings": dict(spec.settings),
        "seed": spec.seed,
        "low_fraction": spec.low_fraction,
        "cost_inside": spec.cost_inside,
        "gates": [gate.text for gate in spec.gates.gates],
        "confidence": spec.gates.confidence,
        "reading": {key: None if value is None else str(value) for key, value in asdict(spec.reading).items()},
        "inputs": [spec.val, spec.test, *spec.new, spec.costs, spec.shares],
    }
    digest.update(json.dumps(said, sort_keys=True).encode())
    for name in files_of(spec):
        for path in files_behind(name):
            digest.update(f"{path.name} ".encode(errors="backslashreplace") + file_digest(path))
    return digest.hexdigest()


def files_of(spec: RunSpec) -> list[str]:
    """List what a run reads: files, folders, patterns."""
    every = (spec.val, spec.test, *spec.new, spec.costs, spec.shares, spec.reading.labels, spec.reading.classes)
    return [str(name) for name in every if name is not None]


def load_outcome(spec: RunSpec, key: str) -> Outcome | None:
    """Outcome of an earlier run with the same key whose results are all still there as they were, or None."""
    try:
        state = json.loads((spec.folder / STATE).read_bytes())  # half characters too: names of files have them
        if state["key"] != key or state["results"] != _digests(spec, state["results"]):
            return None
        return Outcome.of_document(state["outcome"])
    except (OSError, ClassliftError, *NOT_OURS):  # damaged, or of another version: the run is done again
        return None


def save_outcome(spec: RunSpec, key: str, outcome: Outcome, results: Iterable[str]) -> None:
    """Keep an outcome beside its results, with the hashes of these."""
    state = {"key": key, "results": _digests(spec, results), "inputs": inputs_of(spec), "outcome": outcome.document()}
    write_text(spec.folder / STATE, to_json(state))


def _digests(spec: RunSpec, names: Iterable[str]) -> dict[str, str]:
    return {name: file_digest(spec.folder / name).hex() for name in names}


def inputs_of(spec: RunSpec) -> dict[str, Any]:
    """What a run read and how, for a state file; paths are relative to the folder of its results."""
    reading = {name: value for name, value in asdict(spec.reading).items() if value is not None}
    return {
        "val": seen_from(spec.val, spec.folder),
        "test": None if spec.test is None else seen_from(spec.test, spec.folder),
        "shares": None if spec.shares is None else seen_from(spec.shares, spec.folder),
        "low_fraction": spec.low_fraction,
        "seed": spec.seed,
        "reading": {n: _plain(n, v, spec.folder) for n, v in reading.items()},
    }


def _plain(name: str, value: Any, folder: Path) -> str | int | bool:  # noqa: ANN401
    if name in ("labels", "classes"):
        return seen_from(value, folder)
    return value if isinstance(value, int) else str(value)
