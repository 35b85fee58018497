"""The verdict of a result, as commands print it, for a terminal of Python and a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlift.data.notebook import Shown
from classlift.fitting.payers import PAYING

if TYPE_CHECKING:
    from classlift.output.verdict import Verdict

NAMES = {
    **{"TuneResult": "tuned", "FitResult": "fitted", "Blend": "blended"},
    **{"Benchmark": "benchmarked", "Evaluation": "evaluated"},
}
"""Type of a result -> the function of its verdict; a Comparison names what it compares."""


def show_verdicts() -> None:
    """Let results begin with their verdict."""
    Shown.verdict_of = sentences


def sentences(result: Any) -> tuple[str, ...]:  # noqa: ANN401  (whatever shows itself)
    """Sentences of the verdict, its sign first; nothing of what has none."""
    found = _verdict(result)
    if found is None:
        return ()
    from classlift.output.render.words import SIGNS  # noqa: PLC0415  (only for who looks)
    from classlift.output.verdict import NO_BREAK  # noqa: PLC0415  (only for who looks)

    first, *others = (told.replace(NO_BREAK, " ") for told in found.sentences)
    others += [f"{note}." for note in getattr(result, "notes", ()) if note.startswith(PAYING)]
    return (f"{SIGNS[found.outcome]} {first}".lstrip(), *(told[:1].upper() + told[1:] for told in others))


def _verdict(result: Any) -> Verdict | None:  # noqa: ANN401
    from classlift.output import verdict  # noqa: PLC0415  (only for who looks)

    kind = type(result).__name__
    if kind == "Comparison":
        return verdict.compared(result, "the layer" if result.n_adjusted is not None else result.name)
    return getattr(verdict, NAMES[kind])(result) if kind in NAMES else None
