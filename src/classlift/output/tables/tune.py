"""Tables of a tuning: what was chosen and what it promises, the trade-off curve, the best candidates."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.metrics import METRICS, Unit
from classlift.output.tables.evaluation import classes, figures
from classlift.output.tables.figures import gain_value
from classlift.output.tables.table import Change, Points, Table, Value

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Expected
    from classlift.fitting.tuning.result import TuneResult

N_BEST = 10
EFFECT = (
    "effect of the chosen layer on rows left out of the fit (out-of-fold, as counted: too good, as it was chosen there)"
)
PROMISE = "promise: expected change in a new sample, corrected for the choice, with its 95 % interval"
OFF_CURVE = (
    "the chosen layer is not on this curve: total accuracy counts by what calibrated probabilities expect, too, "
    "and what cannot be told from noise is not taken"
)


def tune_tables(result: TuneResult, *, top: int | None = None) -> list[Table]:
    """Tables of a tuning; the uncorrected out-of-fold figures are a detail, the classes those of a test file."""
    return [
        _choice(result),
        _promise(result),
        *([] if result.test is None else [figures(result.test, f"test: {result.test.name}")]),
        figures(result.effect, EFFECT, intervals=False)._replace(detail=True),
        _candidates(
            result,
            "trade-off: each step down costs more total accuracy",
            result.curve(),
            _trade_off_notes(result),
        ),
        _candidates(result, f"best {N_BEST} candidates by their score, which decides", _best(result), ()),
        classes(result.effect, top) if result.test is None else classes(result.test, top),
    ]


def _best(result: TuneResult) -> list[int]:
    """Those that could be chosen come first, then the others, each sorted by the score."""
    open_ones = np.array([not reason for reason in result.reasons])
    order: list[int] = np.lexsort((-result.assessment.score, ~open_ones)).tolist()
    return order[:N_BEST]


def _choice(result: TuneResult) -> Table:
    candidate = result.trials.candidates[result.chosen]
    rows: list[tuple[Value, ...]] = [
        ("chosen", "the identity (raw predictions)" if not result.chosen else candidate.name),
        ("objective", result.objective),
        ("guard: total accuracy may fall by", Points(result.max_total_drop)),
        ("candidates tried", len(result.trials.candidates)),
        ("candidates that hold the guard and gain", int(result.allowed.sum())),
        ("parameters of the layer", result.layer.n_parameters),
    ]
    return Table("tuned layer", ("what", "value"), tuple(rows), detail=True)


def _promise(result: TuneResult) -> Table:
    from classlift.fitting.tuning.aim import Objective  # noqa: PLC0415  (only for who tunes: 20 ms)

    def row(name: str, change: Expected) -> tuple[Value, ...]:
        return name, Points(change.change), Points(change.low), Points(change.high)

    label = METRICS["low20"].label(result.effect.low_fraction)
    rows = [row(label, result.promise.low20), row("total accuracy", result.promise.total)]
    wanted = Objective.parse(result.objective, result.classes, result.effect.low_fraction, "objective")
    if wanted.of_class is not None or wanted.figure not in ("low20", "total"):
        kind = Points if wanted.unit is Unit.SHARE else Change
        ends = (kind(end, wanted.better) for end in result.promise.objective)
        rows.append((wanted.label(result.effect.low_fraction), *ends))
    if result.promise.cost is not None and not wanted.is_cost:
        cost = METRICS["cost"]
        rows.append((cost.label(), *(Change(end, cost.better) for end in result.promise.cost)))
    return Table(
        PROMISE,
        ("figure", "expected change", "from", "to"),
        tuple(rows),
        result.notes,
    )


def _candidates(result: TuneResult, title: str, chosen: list[int], notes: tuple[str, ...]) -> Table:
    checked, score = result.assessment, result.assessment.score
    lifted = partial(gain_value, is_share=result.search.is_share)
    rows = tuple(
        (
            i,
            result.trials.candidates[i].name,
            lifted(score[i]),
            lifted(checked.gain[i]),
            Points(checked.total_change[i]),
            Points(checked.total_error[i]),
            Points(checked.total_estimate[i]),
            "chosen" if i == result.chosen else result.reason(i),
        )
        for i in chosen
    )
    gain, total = f"{result.objective}, expected gain", "total, change"
    columns = ("no.", "candidate", "score", gain, total, "standard error", "total, expected", "")
    return Table(title, columns, rows, notes, detail=True)


def _trade_off_notes(result: TuneResult) -> tuple[str, ...]:
    """What a further point of total accuracy buys, and why the chosen layer is off the curve where it is."""
    curve, checked = result.curve(), result.assessment
    found = [] if result.chosen in curve else [OFF_CURVE]
    cheaper = [i for i in curve if checked.total_change[i] >= checked.total_change[result.chosen] - 1e-12]
    if cheaper and cheaper[-1] != curve[-1]:
        here, there = cheaper[-1], curve[len(cheaper)]
        paid = checked.total_change[here] - checked.total_change[there]
        bought = (checked.gain[there] - checked.gain[here]) / paid
        what = f"{bought:.1f} points" if result.search.is_share else f"{bought / 100:.3g}"
        found.append(f"each further point of total accuracy buys about {what} of {result.objective} here")
    return tuple(found)
