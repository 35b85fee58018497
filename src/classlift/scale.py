"""The verbs on engines: a source is cut into pieces, and processes of this machine or of a cluster work them."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from classlift import metrics
from classlift.api import DEFAULT_READING, DEFAULT_RESAMPLING, apply_source
from classlift.engines import ENGINES
from classlift.errors import ClassliftError
from classlift.fitting import Effect, FitResult
from classlift.lifting import LiftSummary, Output
from classlift.methods import make_settings
from classlift.sharding.pieces import Pieces
from classlift.sharding.sums import additive_of
from classlift.sharding.verbs import fit_pieces, judge_pieces
from classlift.storage import check_writable, open_predictions
from classlift.storage.folders import whole_folder
from classlift.storage.pieces import plan
from classlift.storage.source import BlockSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from classlift.evaluation import Comparison, Evaluation, Resampling
    from classlift.layer import OutputLayer
    from classlift.mended import Mended
    from classlift.sharding.pieces import Piece
    from classlift.storage import ReadOptions

    Path = str | os.PathLike[str]


@contextlib.contextmanager
def pieces_of(where: Path, reading: ReadOptions, *, engine: str, scheduler: str | None = None) -> Iterator[Pieces]:
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

    Yields
    ------
    Pieces

    Raises
    ------
    ClassliftError
        If the predictions cannot be read or are in memory alone, or the engine cannot be started.
    """
    if engine not in ENGINES:
        raise ClassliftError("--engine", f"there is no engine {engine!r}", fix=f"choose one of {', '.join(ENGINES)}.")
    if scheduler is not None and not ENGINES[engine].takes_scheduler:
        able = ", ".join(name for name, entry in ENGINES.items() if entry.takes_scheduler)
        raise ClassliftError("--scheduler", f"is not for --engine {engine}", fix=f"choose --engine {able}.")
    source = open_predictions(where, reading)
    assert isinstance(source, BlockSource)
    with ENGINES[engine].open(scheduler) as started:
        yield Pieces(source, plan(source, started.width, started.map), started)


def fit(
    where: Path,
    *,
    engine: str,
    scheduler: str | None = None,
    method: str = "elaborated",
    settings: Mapping[str, Any] | None = None,
    effect: str = "out-of-fold",
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    reading: ReadOptions = DEFAULT_READING,
) -> FitResult:
    """Fit as `classlift.fit` does, in pieces on an engine; the layer is the same to rounding.

    Parameters
    ----------
    where : path
        Labelled validation predictions that all workers see.
    engine : str
        A name in ENGINES.
    scheduler : str, optional
        Address of a cluster that runs already.
    method : str
        A method that is fitted from sums: ``elaborated`` or ``naive``.
    settings : mapping, optional
        Settings by name.
    effect : {'out-of-fold', 'in-sample', 'none'}
        Which effect on the validation rows to find out.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds.
    reading : ReadOptions
        How to read, where it is ambiguous.

    Returns
    -------
    FitResult
    """
    additive_of(method)
    chosen = make_settings(method, settings or {})
    with pieces_of(where, reading, engine=engine, scheduler=scheduler) as cut:
        return fit_pieces(
            cut, method=method, settings=chosen, effect=Effect(effect), low_fraction=low_fraction, seed=seed
        )


def evaluate(
    where: Path,
    *,
    engine: str,
    scheduler: str | None = None,
    layer: OutputLayer | None = None,
    low_fraction: float = metrics.LOW_FRACTION,
    resampling: Resampling = DEFAULT_RESAMPLING,
    confusion: bool = False,
    reading: ReadOptions = DEFAULT_READING,
) -> Evaluation | Comparison:
    """Judge as `classlift.evaluate` does, in pieces on an engine; the figures are exactly the same.

    Parameters
    ----------
    where : path
        Labelled predictions that all workers see.
    engine : str
        A name in ENGINES.
    scheduler : str, optional
        Address of a cluster that runs already.
    layer : OutputLayer, optional
        Compare them raw against lifted.
    low_fraction : float
        Share of the classes that the low figures are about.
    resampling : Resampling
        How the intervals of the lowest classes are drawn.
    confusion : bool
        Whether to count which class is taken for which.
    reading : ReadOptions
        How to read, where it is ambiguous.

    Returns
    -------
    Evaluation or Comparison
        The latter with `layer`.
    """
    with pieces_of(where, reading, engine=engine, scheduler=scheduler) as cut:
        return judge_pieces(cut, layer, low_fraction=low_fraction, resampling=resampling, confusion=confusion)


def apply(
    layer: OutputLayer,
    where: Path,
    out: Path,
    *,
    engine: str,
    scheduler: str | None = None,
    output: str = "probs",
    reading: ReadOptions = DEFAULT_READING,
) -> LiftSummary:
    """Apply a layer in pieces on an engine; the workers write the parts of a folder.

    Parameters
    ----------
    layer : OutputLayer
        What to apply.
    where : path
        Predictions that all workers see.
    out : path
        Folder to make, which all workers see; its suffix chooses the format of the parts, which are numbered in the
        order of the rows.
    engine : str
        A name in ENGINES.
    scheduler : str, optional
        Address of a cluster that runs already.
    output : {'probs', 'scores', 'labels'}
        What to write of each row besides the predicted class.
    reading : ReadOptions
        How to read, where it is ambiguous.

    Returns
    -------
    LiftSummary
    """
    suffix = check_writable(out).suffix
    if os.fspath(out) == "-":
        raise ClassliftError("-o", "is standard output, an engine writes a folder", fix="name a folder to make.")
    with whole_folder(out) as folder, pieces_of(where, reading, engine=engine, scheduler=scheduler) as cut:
        source = cut.source
        layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
        parts = [_Part(piece, f"{folder}/part-{i:05d}{suffix}") for i, piece in enumerate(cut.pieces)]
        done: _Done = cut.engine.reduce(_write_part, parts, layer, Output(output))
        return replace(done.summary, name=source.name, notes=(*source.notes, *done.mended.notes))


@dataclass(frozen=True)
class _Part:
    """A piece, and the file that its rows go to."""

    piece: Piece
    out: str


@dataclass(frozen=True, eq=False)
class _Done:
    """What a part became."""

    summary: LiftSummary
    mended: Mended

    def __add__(self, other: Self) -> Self:
        return type(self)(self.summary + other.summary, self.mended + other.mended)


def _write_part(part: _Part, layer: OutputLayer, output: Output) -> _Done:
    source = part.piece.open()
    return _Done(apply_source(layer, source, part.out, output=output), source.mended)
