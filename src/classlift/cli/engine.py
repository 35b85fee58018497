"""Options of where a command works."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

from classlift.engines import ENGINES
from classlift.errors import ClassliftError

F = TypeVar("F", bound=Callable[..., Any])

HERE = "here"


class Place(NamedTuple):
    """An engine, None for this process, and its scheduler."""

    engine: str | None
    scheduler: str | None


def engine_options(command: F) -> F:
    """Add --engine and --scheduler; the command gets them as `place`, a Place."""

    @functools.wraps(command)
    def wrapped(*, engine: str, scheduler: str | None, **values: Any) -> Any:  # noqa: ANN401
        if engine == HERE and scheduler is not None:
            raise ClassliftError("--scheduler", "is not for --engine here", fix="choose --engine dask.")
        return command(place=Place(None if engine == HERE else engine, scheduler), **values)

    choice = click.option(
        "--engine",
        type=click.Choice([HERE, *ENGINES]),
        default=HERE,
        show_default=True,
        help=f"Where to work: in this process, {' or '.join(engine.place for engine in ENGINES.values())}.",
    )
    address = click.option(
        "--scheduler", metavar="ADDRESS", help="dask: a cluster that runs already, such as tcp://host:8786."
    )
    return choice(address(wrapped))  # type: ignore[return-value]
