"""What all documents share: their head, their strict JSON, and the figures of classes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from classlift._version import __version__
from classlift.data import metrics
from classlift.output.verdict.noun import NO_BREAK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.reading import Reading
    from classlift.output.documents.types.parts import ClassFigures, Head, ReadingDocument
    from classlift.output.verdict.noun import Verdict

SCHEMA_VERSION = 2

Document = Mapping[str, Any]


def to_json(document: Document, encoding: str = "utf-8") -> str:
    """Write a document as strict JSON: no NaN, no infinity, text as it is where the encoding holds all of it."""
    import json  # noqa: PLC0415  (only for scripts)

    escaped = not encoding.lower().replace("_", "-").startswith("utf-8")
    return json.dumps(_strict(document), indent=2, ensure_ascii=escaped, allow_nan=False) + "\n"


def head(kind: str, name: str, notes: tuple[str, ...], reading: Reading | None = None) -> Head:
    """What every document begins with."""
    return {
        "schema": f"classlift-{kind}-{SCHEMA_VERSION}",
        "classlift": __version__,
        "name": name,
        "reading": None if reading is None else reading_document(reading),
        "notes": list(notes),
    }


def with_verdict(document: Document, verdict: Verdict | None) -> Document:
    """The document with its verdict, where there is one, behind its name."""
    if verdict is None:
        return document
    said = {"status": str(verdict.outcome), "sentence": verdict.sentences[0].replace(NO_BREAK, " ")}
    more = [sentence.replace(NO_BREAK, " ") for sentence in verdict.sentences[1:]]
    told = {**said, "more": more, "wrote": list(verdict.wrote), "next": verdict.next or None}
    first = {key: document[key] for key in ("schema", "classlift", "name")}
    return {**first, "verdict": told, **document}


def reading_document(reading: Reading) -> ReadingDocument:
    """What was read, part by part and in one line."""
    return cast("ReadingDocument", {"line": reading.line, **reading._asdict(), "rejected": list(reading.rejected)})


def class_figures(counts: ClassCounts, values: Mapping[str, NDArray[np.number]] | None = None) -> list[ClassFigures]:
    """Counts and figures of each class, in class order; null where there is nothing to divide by."""
    found = values or {name: metric.value(counts) for name, metric in metrics.CLASS_METRICS.items()}
    columns = {"right": counts.right, **found}
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [cast("ClassFigures", dict(zip(columns, row, strict=True))) for row in rows]


def shares_by_name(classes: tuple[str, ...], shares: NDArray[np.float64] | None) -> dict[str, float] | None:
    """Class shares by class name; null where there are none."""
    return None if shares is None else dict(zip(classes, shares.tolist(), strict=True))


def class_names_of(classes: tuple[str, ...], chosen: NDArray[np.intp]) -> list[str]:
    """Names of chosen classes, in their order."""
    return [classes[k] for k in chosen.tolist()]


def _strict(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
