"""A source cut into pieces, and an engine that works them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from classlift.api.where import opened
from classlift.data.pieces import Pieces
from classlift.engines import ENGINES
from classlift.errors import ClassliftError
from classlift.storage.pieces import plan, plan_beside
from classlift.storage.source import BlockSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from classlift.api.where import Where
    from classlift.data.source import PredictionSource
    from classlift.storage import ReadOptions


@contextlib.contextmanager
def pieces_of(
    where: Where, reading: ReadOptions, *, engine: str, scheduler: str | None = None, labels: ArrayLike | None = None,
    logits: bool | None = None,
) -> Iterator[Pieces]:  # fmt: skip
    """Start an engine and cut predictions into pieces for it.

    Parameters
    ----------
    where : path
        A file, folder or pattern that all workers see under this name.
    reading : ReadOptions
        How to read, where it is ambiguous.
    engine : str
        A name in ENGINES.
    scheduler : str, optional
        Address of a cluster that runs already.
    labels : array-like, optional
        Labels of an array of scores, which no worker sees.
    logits : bool, optional
        Whether the scores are logits, or probabilities; None: judged by names and values.

    Yields
    ------
    Pieces

    Raises
    ------
    ClassliftError
        If the predictions cannot be read or are only in memory, or the engine cannot be started.
    """
    _check(engine, scheduler)
    source = _in_files(opened(where, reading, labels=labels, logits=logits))
    with ENGINES[engine].open(scheduler) as started:
        yield Pieces(source, plan(source, started.width, started.map), started)


@contextlib.contextmanager
def both_in_pieces(
    before: PredictionSource, where: Where, reading: ReadOptions, *, engine: str, scheduler: str | None = None
) -> Iterator[tuple[Pieces, Pieces]]:
    """Start an engine and cut two results into pieces of the same rows for it; see `pieces_of`.

    Parameters
    ----------
    before : PredictionSource
        The result that comes first, opened.
    where : path
        The other one.
    reading : ReadOptions
        How to read the other one.
    engine : str
        A name in ENGINES.
    scheduler : str, optional
        Address of a cluster that runs already.

    Yields
    ------
    tuple of Pieces
        As many of either.
    """
    _check(engine, scheduler)
    one, two = _in_files(before), _in_files(opened(where, reading))
    with ENGINES[engine].open(scheduler) as started:
        ours, theirs = plan_beside(one, two, started.width, started.map)
        yield Pieces(one, ours, started), Pieces(two, theirs, started)


def _check(engine: str, scheduler: str | None) -> None:
    """Refuse an unknown engine, and a scheduler for one that takes none."""
    if engine not in ENGINES:
        raise ClassliftError("--engine", f"there is no engine {engine!r}", fix=f"choose one of {', '.join(ENGINES)}.")
    if scheduler is not None and not ENGINES[engine].takes_scheduler:
        able = ", ".join(name for name, entry in ENGINES.items() if entry.takes_scheduler)
        raise ClassliftError("--scheduler", f"is not for --engine {engine}", fix=f"choose --engine {able}.")


def _in_files(source: PredictionSource) -> BlockSource:
    """A source as it is; ClassliftError where no other process can open it."""
    if not isinstance(source, BlockSource):
        raise ClassliftError("--engine", "takes a path that all workers see", fix="give the name of a file.")
    return source
