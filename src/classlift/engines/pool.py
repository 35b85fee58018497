"""Pieces worked by processes of this machine, one for each core."""

from __future__ import annotations

import contextlib
import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from classlift.engines.cores import available_cores
from classlift.engines.workers import workers

if TYPE_CHECKING:
    from classlift.engines.workers import Mapper


class Pool:
    """Calls functions through a mapper.

    Parameters
    ----------
    mapper : Mapper
        Yields results in the order of the items.
    width : int
        How many calls it works at once.
    """

    def __init__(self, mapper: Mapper, width: int) -> None:
        self._mapper, self.width = mapper, width

    def map(self, function: Callable[..., Any], items: Sequence[Any], *shared: Any) -> list[Any]:  # noqa: ANN401
        """``[function(item, *shared) for item in items]``."""
        return list(self._results(function, items, shared))

    def reduce(self, function: Callable[..., Any], items: Sequence[Any], *shared: Any) -> Any:  # noqa: ANN401
        """Sum of these by ``+``."""
        return functools.reduce(operator.add, self._results(function, items, shared))

    def _results(self, function: Callable[..., Any], items: Sequence[Any], shared: tuple[Any, ...]) -> Iterator[Any]:
        return self._mapper(functools.partial(_call, function, shared), items)


def _call(function: Callable[..., Any], shared: tuple[Any, ...], item: Any) -> Any:  # noqa: ANN401
    return function(item, *shared)


@contextlib.contextmanager
def open_engine(scheduler: str | None) -> Iterator[Pool]:
    """Start a process for each core; there is no `scheduler` to reach."""
    assert scheduler is None
    jobs = available_cores()
    with workers(jobs) as mapper:
        yield Pool(mapper, jobs)
