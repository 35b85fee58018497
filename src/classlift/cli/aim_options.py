"""Options of what a tuning is to reach: the figure to lift, what is required, how far total accuracy may fall."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

from classlift.cli.numbers import CONFIDENCE
from classlift.data.metrics import objectives
from classlift.fitting.tuning.wishes import check_objective, parse_drop
from classlift.gates.settings import GateSet

F = TypeVar("F", bound=Callable[..., Any])


class AskedAim(NamedTuple):
    """What is asked for, as `tune` takes it."""

    objective: str | None
    max_total_drop: float | None
    require: list[str]
    confidence: float | None
    best_effort: bool


_OPTIONS = [
    click.option(
        "--objective",
        type=click.Choice(objectives()),
        help="Short for --maximize, with a name of a list.",
    ),
    click.option(
        "--maximize",
        metavar="FIGURE",
        help="Figure to lift, as gates name it: worst, 'class[\"cat\"].recall'.  "
        "[default: low20, or cost with --costs]",
    ),
    click.option(
        "--require",
        multiple=True,
        metavar="CONDITION",
        help="What must hold out of fold, such as 'every class.recall >= 50%' or 'class[\"cat\"].precision >= 60%'; "
        "may be given again.",
    ),
    click.option(
        "--max-class-drop",
        metavar="POINTS",
        help="Short for --require 'every class.recall.change >= -POINTS', such as 5pp. It holds out of fold; on unseen "
        "halves it held in 76 %, with --confidence 0.95 in 90 %.",
    ),
    click.option(
        "--confidence",
        type=CONFIDENCE,
        metavar="SHARE",
        help="Ask requirements of one-sided bounds, too, that hold with this confidence, such as 0.95.",
    ),
    click.option(
        "--best-effort",
        is_flag=True,
        help="Where nothing holds what is required, write the layer that comes nearest; the status is still 3.",
    ),
    click.option(
        "--max-total-drop",
        metavar="POINTS",
        help="How far total accuracy may fall out of fold.  [default: 0.1pp, or what --require or --costs cost]",
    ),
    click.option("--careful", "named_drop", flag_value="0pp", help="Short for --max-total-drop 0pp."),
    click.option("--generous", "named_drop", flag_value="0.5pp", help="Short for --max-total-drop 0.5pp."),
]


def aim_options(command: F) -> F:
    """Add the options of the aim; the command gets them as `aim`, an AskedAim."""

    @functools.wraps(command)
    def wrapped(
        *,
        objective: str | None,
        maximize: str | None,
        max_total_drop: str | None,
        named_drop: str | None,
        require: tuple[str, ...],
        max_class_drop: str | None,
        confidence: float | None,
        best_effort: bool,
        **values: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        drop = _one_of(max_total_drop, named_drop, "--max-total-drop, --careful and --generous")
        wanted = _one_of(maximize, objective, "--objective and --maximize")
        required = _required(require, max_class_drop)
        if not required and (best_effort or confidence is not None):
            option = "--best-effort" if best_effort else "--confidence"
            raise click.UsageError(
                f"{option} is about requirements, and none is given by --require or --max-class-drop"
            )
        GateSet.from_texts(required, "--require")  # a wrong one is said before the file is read
        if maximize is not None:
            check_objective(maximize, "--maximize")
        fall = None if drop is None else parse_drop(drop)
        return command(aim=AskedAim(wanted, fall, required, confidence, best_effort), **values)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def _one_of(first: str | None, second: str | None, options: str) -> str | None:
    if first is not None and second is not None:
        raise click.UsageError(f"{options} exclude each other")
    return second if first is None else first


def _required(conditions: tuple[str, ...], max_class_drop: str | None) -> list[str]:
    """Conditions, with what --max-class-drop is short for."""
    if max_class_drop is None:
        return list(conditions)
    points = 100 * parse_drop(max_class_drop, "--max-class-drop")
    return [*conditions, f"every class.recall.change >= {0.0 - points:g}pp"]
