"""Options of how results are evaluated: intervals, confusions, ids."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from classlift.cli.lists import ClassShares
from classlift.cli.numbers import COUNT, SEED
from classlift.cli.options import low_fraction_option
from classlift.evaluation.options import DEFAULT_RESAMPLING, EvaluationOptions, Resampling

F = TypeVar("F", bound=Callable[..., Any])


_OPTIONS = [
    low_fraction_option,
    click.option(
        "--by",
        multiple=True,
        metavar="COLUMN",
        help="Show each group of rows, by the values of a column, such as site or language; may be given again.",
    ),
    click.option("--confusion", is_flag=True, help="Show which class is taken for which."),
    click.option("--coverage", is_flag=True, help="Show total accuracy and the lowest classes of the surest rows."),
    click.option(
        "--resamples",
        type=COUNT,
        default=DEFAULT_RESAMPLING.n_draws,
        show_default=True,
        help="Draws behind the interval of the lowest classes; 0 shows no intervals.",
    ),
    click.option(
        "--simultaneous", is_flag=True, help="Show intervals of the classes that hold for all of them together."
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


shares_option = click.option(
    "--shares",
    type=ClassShares(),
    metavar="FILE|CLASS=SHARE,…",
    help="Class shares in production, where they are not those of the file: figures go by them. A .json, .csv or "
    ".tsv file.",
)


def evaluation_options(command: F) -> F:
    """Add the options of evaluation; the command gets them as `evaluating`."""

    @functools.wraps(command)
    def wrapped(
        *,
        low_fraction: float,
        resamples: int,
        simultaneous: bool,
        no_intervals: bool,
        seed: int,
        confusion: bool,
        coverage: bool,
        by: tuple[str, ...],
        **values: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        resampling = Resampling(0 if no_intervals else resamples, seed, simultaneous)
        options = EvaluationOptions(low_fraction, resampling, confusion, by, coverage=coverage)
        return command(evaluating=options, **values)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]
