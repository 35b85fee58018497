"""What the verbs take as predictions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from classlift.api.arguments import check_arguments, is_array
from classlift.api.progress import tracked
from classlift.data.kind import Kind
from classlift.data.source import PredictionSource
from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions, open_validation, open_views

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from classlift.api.progress import Progress

Where: TypeAlias = Union[str, "os.PathLike[str]", Mapping[str, Any], "pd.DataFrame", PredictionSource, "ArrayLike"]
"""A path, a mapping of arrays, a frame, a source that is already open, or an array of scores."""

DEFAULT_READING = ReadOptions()

TWICE = "give labels only beside an array of scores; name those of a file or frame with reading=ReadOptions(...)."


def opened(
    where: Where, reading: ReadOptions, *, labels: ArrayLike | None = None, logits: bool | None = None,
    passes: bool = False, carried: Sequence[str] = (), progress: Progress | None = None,
) -> PredictionSource:  # fmt: skip
    """Open predictions.

    Parameters
    ----------
    where : Where
        What the user gave.
    reading : ReadOptions
        How to read, where it is ambiguous.
    labels : array-like, optional
        Labels of an array of scores.
    logits : bool, optional
        Whether the scores are logits, or probabilities; None: judged by names and values.
    passes : bool
        Whether a fit passes over them several times and needs scores and labels only.
    carried : sequence of str
        Other columns that it needs.
    progress : Progress, optional
        Shows how far each pass is.

    Raises
    ------
    ClassliftError
        If labels come beside what has its own, or nothing can be read of such a type.
    """
    check_arguments(logits=logits, progress=progress)
    kind = reading.kind if logits is None else Kind.LOGITS if logits else Kind.PROBABILITIES
    if callable(getattr(where, "blocks", None)):
        if labels is not None or logits is not None:
            raise ClassliftError("labels or logits", "were given beside predictions that are open already", fix=TWICE)
        return tracked(where, progress)  # type: ignore[arg-type]
    data: Any = where
    if isinstance(where, str | os.PathLike | Mapping) or hasattr(where, "columns") or _is_table(where):
        if labels is not None:
            raise ClassliftError("labels", "were given beside a file or frame of predictions", fix=TWICE)
    elif is_array(where):
        check_arguments(labels=labels)
        data = {"scores": where} | ({} if labels is None else {"labels": labels})
        reading = replace(reading, scores_key="scores", labels_key=None if labels is None else "labels")
    reading = replace(reading, kind=kind)
    found = open_validation(data, reading, tuple(carried)) if passes else open_predictions(data, reading)
    return tracked(found, progress)


def opened_views(where: Where, reading: ReadOptions, progress: Progress | None = None) -> list[PredictionSource]:
    """Open predictions, a source for each view where one array holds several; see `opened`."""
    is_data = isinstance(where, str | os.PathLike | Mapping) or hasattr(where, "columns") or _is_table(where)
    if callable(getattr(where, "blocks", None)) or not (is_data or is_array(where)):
        return [opened(where, reading, progress=progress)]
    check_arguments(progress=progress)
    return [tracked(one, progress) for one in open_views(where if is_data else {"scores": where}, reading)]


def _is_table(where: object) -> bool:
    return hasattr(where, "__arrow_c_stream__")
