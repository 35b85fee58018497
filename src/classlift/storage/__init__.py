"""Storage: files, folders, tables and arrays become predictions, and named columns become files.

The doors of the room. Behind them a format knows bytes and named columns only (`container`), one module decides
what the columns mean (`layout`), and one makes blocks of predictions from both (`source`).
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlift.errors import ClassliftError
from classlift.storage.atomic import whole_file
from classlift.storage.errors import ours
from classlift.storage.formats import FORMATS, Format, refuse, suffix_of
from classlift.storage.open import open_source
from classlift.storage.options import ReadOptions
from classlift.storage.paths import is_remote, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlift.data.source import PredictionSource
    from classlift.storage.write.base import Writer, WriterSpec

__all__ = [
    "FORMATS",
    "Format",
    "ReadOptions",
    "check_writable",
    "open_predictions",
    "open_validation",
    "open_views",
    "open_writer",
    "whole_file",
]


def open_predictions(where: Any, options: ReadOptions = ReadOptions()) -> PredictionSource:  # noqa: ANN401, B008
    """Open predictions for reading in blocks.

    Parameters
    ----------
    where : path, '-', DataFrame or mapping of str to array
        A file, a folder or quoted glob of shards, standard input, or what is in memory already.
    options : ReadOptions
        What the user says about it.

    Returns
    -------
    PredictionSource
        Can be read again and again.

    Raises
    ------
    ClassliftError
        If it cannot be read, or can be read in more than one way.

    Examples
    --------
    >>> import numpy as np
    >>> source = open_predictions({"probs": np.eye(3), "labels": np.array([0, 1, 2])})
    >>> source.kind, source.n_samples, source.has_labels
    (<Kind.PROBABILITIES: 'probabilities'>, 3, True)
    """
    with ours(_shown(where)):
        return open_source(where, options)


def open_validation(
    where: Any,  # noqa: ANN401
    options: ReadOptions = ReadOptions(),  # noqa: B008
    carried: Sequence[str] = (),
) -> PredictionSource:
    """Open predictions for a fit, which passes over them several times and needs only scores, labels and clusters.

    As `open_predictions`, of other columns only the `carried`; where these are none, what is slow to read is kept in a
    temporary file after the first pass.
    """
    with ours(_shown(where)):
        source = open_source(where, options, carried=carried)
    if not source.box.slow or carried:
        return source
    from classlift.storage.replay import Replay  # noqa: PLC0415  (not everybody's way)

    return Replay(source)


def open_views(
    where: Any,  # noqa: ANN401
    options: ReadOptions = ReadOptions(),  # noqa: B008
) -> tuple[PredictionSource, ...]:
    """Open predictions: a source for each view where one array holds (n_samples, views, n_classes), else one source."""
    from classlift.storage.views import sources_of_views  # noqa: PLC0415  (not everybody's way)

    with ours(_shown(where)):
        return sources_of_views(where, options)


def _shown(where: Any) -> str:  # noqa: ANN401
    return os.fspath(where) if isinstance(where, str | os.PathLike) else type(where).__name__


def check_writable(path: str | os.PathLike[str]) -> Format:
    """Format in which `path` (or ``-``: csv to standard output) would be written.

    Raises
    ------
    ClassliftError
        If its suffix is not one of a format that is written.
    """
    name = os.fspath(path)
    suffix = ".csv" if name == "-" else suffix_of(name)
    refuse(name, suffix)
    found = FORMATS.get(suffix)
    if found is None or not found.writer:
        written = ", ".join(suffix for suffix, f in FORMATS.items() if f.writer)
        raise ClassliftError(name, f"{suffix or 'no suffix'}: no format that is written", fix=f"use one of {written}.")
    return found


@contextlib.contextmanager
def open_writer(
    path: str | os.PathLike[str],
    *,
    classes: tuple[str, ...] | None,
    n_classes: int,
    n_samples: int | None = None,
    score_name: str | None = "probs",
) -> Iterator[Writer]:
    """Open a file for writing named columns block by block; it is written whole or not at all.

    Parameters
    ----------
    path : path or '-'
        The suffix chooses the format; ``-`` writes csv to standard output.
    classes : tuple of str, optional
        Class names in the order of the columns; kept in the file.
    n_classes : int
        Number of classes.
    n_samples : int, optional
        Number of rows, where it is known: the scores of an npz file then need no temporary file.
    score_name : str, optional
        Name of the matrix of scores among the columns, or None where none is written.

    Yields
    ------
    Writer
        Its ``write(columns)`` takes a mapping of name to array; every block has the same names.

    Raises
    ------
    ClassliftError
        If the file cannot be written there.
    """
    found = check_writable(path)
    if os.fspath(path) == "-":
        spec = _spec(found, classes, n_classes, n_samples, score_name, None)
        with _finished(found.start(sys.stdout.buffer, spec)) as writer:
            yield writer
        sys.stdout.buffer.flush()
        return
    folder = None if is_remote(path) else Path(os.path.realpath(place(path))).parent
    with whole_file(path) as file:
        spec = _spec(found, classes, n_classes, n_samples, score_name, folder)
        with _finished(found.start(file, spec)) as writer:
            yield writer


@contextlib.contextmanager
def _finished(writer: Writer) -> Iterator[Writer]:
    """Finish `writer` if all went well, close it in any case."""
    try:
        yield writer
        writer.finish()
    finally:
        writer.close()


def _spec(
    found: Format, classes: tuple[str, ...] | None, n_classes: int, n_samples: int | None, score_name: str | None,
    folder: Path | None,
) -> WriterSpec:  # fmt: skip
    from classlift.storage.write.base import WriterSpec  # noqa: PLC0415  (not everybody's way)

    return WriterSpec(
        classes=classes, n_classes=n_classes, n_samples=n_samples, score_name=score_name,
        suffix=found.suffix, folder=folder,
    )  # fmt: skip
