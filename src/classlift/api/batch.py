"""Do many runs."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from classlift.api.arguments import check_arguments, check_word
from classlift.api.progress import unwatched
from classlift.api.where import DEFAULT_READING
from classlift.batches import Batch, Outcome, RunSpec, read_manifest, run_all, runs_of_folders
from classlift.batches.manifest import RESULTS
from classlift.batches.run import results_of
from classlift.batches.state import files_of
from classlift.batches.verbs import VERBS
from classlift.data import metrics
from classlift.errors import ClassliftError
from classlift.gates.settings import GateSet
from classlift.storage import ReadOptions
from classlift.storage.overlap import refuse_overlap

if TYPE_CHECKING:
    from classlift.api.progress import Progress

    Path_ = str | os.PathLike[str]


def batch(
    *targets: Path_,
    out: Path_ | None = None,
    jobs: int = 1,
    verb: str | None = None,
    low_fraction: float = metrics.LOW_FRACTION,
    reading: ReadOptions = DEFAULT_READING,
    gates: Sequence[str] = (),
    confidence: float | None = None,
    also_written: Sequence[Path_] = (),
    progress: Progress | None = None,
) -> Batch:
    """Do many runs: fit or tune, evaluate, apply; see `classlift batch`.

    Parameters
    ----------
    *targets : path
        One manifest (.toml), or folders and patterns of folders that hold ``val.*`` and maybe ``test.*`` and ``new.*``.
    out : path, optional
        Folder of the results, one below it for each run; the manifest's, or batch-results, where left out.
    jobs : int
        Processes to work in; more than 1 needs a main module that can be imported.
    verb : {'tune', 'fit'}, optional
        How the layers of folders are made; a manifest says it itself.
    low_fraction : float
        Share of the classes that the low figures of folders are about; a manifest says it itself.
    reading : ReadOptions
        How to read the files of folders; a manifest says it itself.
    gates : sequence of str
        What must hold of every run, besides its own gates.
    confidence : float, optional
        Ask these gates of one-sided bounds, too, that hold with this confidence.
    also_written : sequence of path
        Files that the caller is going to write, which must not be among the inputs.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    Batch
        ``.outcomes`` holds what became of each run, those that could not run too; ``.to_frame()`` has a row for each.

    Examples
    --------
    >>> import numpy as np, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> (folder / "one").mkdir()
    >>> rows = {"probs": np.array([[0.9, 0.1], [0.2, 0.8]] * 20), "labels": np.array([0, 1] * 20)}
    >>> np.savez(folder / "one" / "val.npz", **rows)
    >>> batch(folder / "one", out=folder / "out").to_frame()["state"].tolist()
    ['done']
    """
    check_arguments(jobs=jobs, low_fraction=low_fraction, reading=reading, confidence=confidence)
    if verb is not None:
        check_word("verb", verb, VERBS)
    if not targets:
        raise ClassliftError("batch", "was given nothing to do", fix="give a manifest, or folders of runs.")
    for target in targets:
        if not isinstance(target, str | os.PathLike):
            problem = f"was given what is of type {type(target).__name__}, expected paths"
            raise ClassliftError("batch", problem, fix="give each as an argument of its own, such as batch(*folders).")
    names = [os.fspath(target) for target in targets]
    more = GateSet.from_texts(gates, "gates").with_confidence(confidence)
    specs = [_gated(spec, more) for spec in _specs(names, None if out is None else Path(out), verb)]
    if not names[0].endswith(".toml"):
        specs = [replace(spec, low_fraction=low_fraction, reading=reading) for spec in specs]
    read = [name for spec in specs for name in files_of(spec)]
    refuse_overlap(
        read, {str(path) for spec in specs for path in results_of(spec)} | {os.fspath(path) for path in also_written}
    )
    outcomes: list[Outcome] = []
    with (progress or unwatched)("batch") as move:

        def watch(outcome: Outcome) -> None:
            outcomes.append(outcome)
            move(len(outcomes) / len(specs))

        run_all(specs, jobs=jobs, watch=watch)
    return Batch(" ".join(names), tuple(outcomes))


def _specs(targets: Sequence[str], out: Path | None, verb: str | None) -> list[RunSpec]:
    if targets[0].endswith(".toml"):
        if len(targets) > 1 or verb is not None:
            raise ClassliftError(
                targets[0], "a manifest takes no other arguments", fix="leave them out: it names its verbs itself."
            )
        return read_manifest(Path(targets[0]), out=out)
    folders = [folder for target in targets for folder in _folders(target)]
    return runs_of_folders(folders, out=out or Path(RESULTS), verb=verb or "tune")


def _folders(target: str) -> list[Path]:
    if Path(target).is_dir():
        return [Path(target)]
    found = sorted(Path(match) for match in glob.glob(target) if Path(match).is_dir())  # noqa: PTH207 (may be absolute)
    if not found:
        raise ClassliftError(target, "is neither a manifest nor a folder", fix="give a .toml file, or folders of runs.")
    return found


def _gated(spec: RunSpec, more: GateSet) -> RunSpec:
    """The run with other gates besides its own."""
    if not more.gates:
        return spec
    confidence = more.confidence if spec.gates.confidence is None else spec.gates.confidence
    return replace(spec, gates=GateSet(more.gates + spec.gates.gates, confidence))
