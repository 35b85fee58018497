"""The verdict of a result, as commands print it, for a terminal of Python and a notebook."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from classlift.data.notebook import Shown
from classlift.fitting.payers import PAYING

if TYPE_CHECKING:
    from classlift.output.verdict.noun import Verdict

VERDICTS = {
    "TuneResult": "tuned.tuned",
    "FitResult": "results.fitted",
    "Blend": "results.blended",
    "Benchmark": "results.benchmarked",
    "Evaluation": "evaluation.evaluated",
    "Comparison": "comparison.compared",
}
"""Type of a result -> module of `output/verdict` and function of its verdict."""


def show_verdicts() -> None:
    """Let results begin with their verdict."""
    Shown.verdict_of = sentences


def sentences(result: Any) -> tuple[str, ...]:  # noqa: ANN401  (whatever shows itself)
    """Sentences of the verdict, its sign first; nothing of what has none."""
    found = _verdict(result)
    if found is None:
        return ()
    from classlift.output.render.words import SIGNS  # noqa: PLC0415  (only for who looks)
    from classlift.output.verdict.noun import NO_BREAK  # noqa: PLC0415  (only for who looks)

    first, *others = (told.replace(NO_BREAK, " ") for told in found.sentences)
    others += [f"{note}." for note in getattr(result, "notes", ()) if note.startswith(PAYING)]
    return (f"{SIGNS[found.outcome]} {first}".lstrip(), *(told[:1].upper() + told[1:] for told in others))


def _verdict(result: Any) -> Verdict | None:  # noqa: ANN401
    kind = type(result).__name__
    if kind not in VERDICTS:
        return None
    module, _, name = VERDICTS[kind].partition(".")
    words = ("the layer" if result.n_adjusted is not None else result.name,) if kind == "Comparison" else ()
    found: Verdict = getattr(import_module(f"classlift.output.verdict.{module}"), name)(result, *words)
    return found
