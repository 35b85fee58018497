"""Options of how results are checked: intervals, confusions, ids."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from classlift.cli.numbers import COUNT, SEED
from classlift.evaluation import Resampling
from classlift.evaluation.uncertainty import DEFAULT_RESAMPLING

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class EvaluationOptions:
    """How results are checked.

    Parameters
    ----------
    resampling : Resampling
        How the intervals of the lowest classes are drawn.
    confusion : bool
        Whether to count which class is taken for which.
    id_column : str, optional
        Column by which the rows of two files pair.
    """

    resampling: Resampling
    confusion: bool
    id_column: str | None


_OPTIONS = [
    click.option("--id", "id_column", metavar="NAME", help="Column of ids by which the rows of FILE and RAW pair."),
    click.option("--confusion", is_flag=True, help="Show which class is taken for which."),
    click.option(
        "--resamples",
        type=COUNT,
        default=DEFAULT_RESAMPLING.n_draws,
        show_default=True,
        help="Draws behind the interval of the lowest classes; 0 shows no intervals.",
    ),
    click.option("--no-intervals", is_flag=True, help="Show no intervals; the same as --resamples 0."),
    click.option(
        "--seed",
        type=SEED,
        default=DEFAULT_RESAMPLING.seed,
        show_default=True,
        help="Seed of these draws.",
    ),
]


def evaluation_options(command: F) -> F:
    """Add the options of evaluation; the command gets them as `evaluating`."""

    @functools.wraps(command)
    def wrapped(
        *,
        resamples: int,
        no_intervals: bool,
        seed: int,
        confusion: bool,
        id_column: str | None,
        **values: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        resampling = Resampling(0 if no_intervals else resamples, seed)
        return command(evaluating=EvaluationOptions(resampling, confusion, id_column), **values)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]
