"""Tables of a tuning: the effect of the chosen layer, the trade-off curve, the best candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.output.tables.evaluation import classes, figures
from classlift.output.tables.table import Points, Table, Value, with_notes

if TYPE_CHECKING:
    from classlift.fitting.tuning import TuneResult

N_BEST = 10
EFFECT = "effect of the chosen layer on rows left out of the fit (out-of-fold; chosen on them, so a little too good)"


def tune_tables(result: TuneResult, *, top: int | None = None) -> list[Table]:
    """Tables of a tuning."""
    return [
        _choice(result),
        with_notes(figures(result.effect, EFFECT, intervals=False), result.notes),
        _candidates(result, "trade-off: each step down costs more total accuracy", result.trade_off()),
        _candidates(result, f"best {N_BEST} candidates that hold the guard", _best(result)),
        classes(result.effect, top),
    ]


def _best(result: TuneResult) -> list[int]:
    score = np.where(result.allowed, result.verdict.score(), -np.inf)
    order: list[int] = np.argsort(-score, kind="stable").tolist()
    return [i for i in order[:N_BEST] if result.allowed[i]]


def _choice(result: TuneResult) -> Table:
    candidate = result.trials.candidates[result.chosen]
    rows: list[tuple[Value, ...]] = [
        ("chosen", "the identity (raw predictions)" if not result.chosen else candidate.name),
        ("objective", result.objective),
        ("guard: total accuracy may fall by", Points(result.largest_drop)),
        ("candidates tried", len(result.trials.candidates)),
        ("candidates that hold the guard and gain", int(result.allowed.sum())),
        ("parameters of the layer", result.layer.n_parameters),
    ]
    return Table("tuned layer", ("what", "value"), tuple(rows), detail=True)


def _candidates(result: TuneResult, title: str, chosen: list[int]) -> Table:
    checked = result.verdict
    rows = tuple(
        (
            result.trials.candidates[i].name,
            Points(checked.total_change[i]),
            Points(checked.total_error[i]),
            Points(checked.gain[i]),
            Points(checked.gain_error[i]),
            "chosen" if i == result.chosen else result.reason(i),
        )
        for i in chosen
    )
    columns = ("candidate", "total, change", "standard error", f"{result.objective}, gain", "error of it", "")
    return Table(title, columns, rows, detail=True)
