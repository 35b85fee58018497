"""Options of the costs of mistakes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from classlift.cli.numbers import SHARE
from classlift.data.classes import INSIDE

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = [
    click.option(
        "--costs",
        metavar="FILE",
        help="What mistakes cost: a table with a row for each true class and a column for each class that it is taken "
        "for, or the two columns class, superclass.",
    ),
    click.option(
        "--cost-inside",
        type=SHARE,
        help=f"Cost of a mistake inside of a superclass; outside it is 1.  [default: {INSIDE:g}]",
    ),
]


def costs_options(command: F) -> F:
    """Add the options of costs; the command gets them as `costs`, a Costs or None."""

    @functools.wraps(command)
    def wrapped(*, costs: str | None, cost_inside: float | None, **values: Any) -> Any:  # noqa: ANN401
        if costs is None:
            if cost_inside is not None:
                raise click.UsageError("--cost-inside is about --costs, which is not given")
            return command(costs=None, **values)
        from classlift.storage.own.costs import read_costs  # noqa: PLC0415  (not everybody's way)

        return command(costs=read_costs(costs, INSIDE if cost_inside is None else cost_inside), **values)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]
