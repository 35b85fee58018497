"""Rows for the methods that work on logits: which domain they are taken in, and in parts of a bounded size."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from classlift import kernels
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.layer.layer import step_inputs
from classlift.layer.step import Domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from classlift.data.source import PredictionSource

T = TypeVar("T")

PART_ENTRIES = 2**18
"""Numbers in a part: 1 MB of float32, which stays in the cache of a core while it is worked on."""

AT_ONCE = 8
"""Parts that are read before threads work on them."""

FROM_PROBABILITIES = "take the logarithms of probabilities where the file has no logits (worse: see the note)"


class Part(NamedTuple):
    """Some rows, shape (n_rows, n_classes), and their labels, shape (n_rows,), -1 where unlabelled.

    zeros : probabilities that are exactly 0, whose logarithms the rows are.
    """

    rows: NDArray[np.floating]
    labels: NDArray[np.int64]
    zeros: int = 0


def logit_domain(source: PredictionSource, *, from_probabilities: bool) -> Domain:
    """Domain of a step for `source`: logit, or log-probability where that was asked for.

    Raises
    ------
    ClassliftError
        If it holds probabilities and their logarithms were not asked for.
    """
    if source.kind is Kind.LOGITS:
        return Domain.LOGIT
    if from_probabilities:
        return Domain.LOG_PROBABILITY
    raise ClassliftError(
        source.name,
        f"holds {source.kind}, this method needs logits",
        fix="give the logits of the model, or pass --from-probabilities to work on log p, which does worse.",
    )


def zeros_note(domain: Domain, zeros: int, entries: int) -> tuple[str, ...]:
    """What a user must know who takes the logarithms of probabilities; nothing where there are logits."""
    if domain is Domain.LOGIT:
        return ()
    share = f"{zeros / entries:.1%}" if entries else "none"
    return (
        f"warning: fitted on log-probabilities, not on logits, with probabilities floored at {kernels.LOG_FLOOR:g}; "
        f"{zeros:,} of {entries:,} probabilities ({share}) are exact zeros, whose logits are lost",
    )


def row_parts(source: PredictionSource, domain: Domain, *, labelled: bool) -> Iterator[Part]:
    """Cut each block of a source into parts that are arrays of their own.

    Parameters
    ----------
    source : PredictionSource
        What to read.
    domain : Domain
        What the rows are wanted as.
    labelled : bool
        Whether to leave out unlabelled rows.
    """
    height = max(1, PART_ENTRIES // source.n_classes)
    for block in source.blocks():
        labels = np.full(block.n_samples, -1, np.int64) if block.labels is None else block.labels
        rows = np.flatnonzero(labels >= 0) if labelled else np.arange(block.n_samples)
        for start in range(0, len(rows), height):
            chosen = rows[start : start + height]
            if domain is Domain.LOG_PROBABILITY:
                zeros = int((block.scores[chosen] == 0).sum())
                yield Part(step_inputs(block, chosen, domain), labels[chosen], zeros)
            else:
                yield Part(kernels.bounded_logits(block.scores[chosen]), labels[chosen])


def over_parts(function: Callable[[Part], T], parts: Iterable[Part], threads: int = 1) -> Iterator[T]:
    """Yield what `function` makes of each part, in the order of the parts; it runs in this many threads."""
    if threads == 1:
        yield from map(function, parts)
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (5 ms, only for final-bn)

    waiting = iter(parts)
    with ThreadPoolExecutor(threads) as pool:
        while some := list(islice(waiting, AT_ONCE)):
            yield from pool.map(function, some)
