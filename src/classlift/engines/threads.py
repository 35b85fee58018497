"""Pieces of work in threads of this process, for arrays: numpy lets other threads run while it computes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any


def map_in_threads(
    jobs: int,
    function: Callable[..., Any],
    items: Iterable[Any],
    *shared: Any,  # noqa: ANN401
) -> Iterator[Any]:
    """Call a function for each item in this many threads, and yield the results in the order of the items.

    The threads do not keep the process alive: a command that is interrupted ends at once, not after its products.

    Parameters
    ----------
    jobs : int
        Number of threads; 1: the one that asks.
    function : callable
        Takes an item, and what is shared.
    items : iterable
        What it is called with.
    *shared
        What it gets besides the item.

    Yields
    ------
    object
        ``function(item, *shared)``; what it raises is raised here.

    Examples
    --------
    >>> list(map_in_threads(2, abs, [-1, -2, 3]))
    [1, 2, 3]
    """
    if jobs <= 1:
        yield from (function(item, *shared) for item in items)
        return
    waiting = deque((item, Future[Any]()) for item in items)
    results = deque(future for _, future in waiting)
    for _ in range(min(jobs, len(waiting))):
        threading.Thread(target=_work, args=(function, waiting, shared), daemon=True).start()
    try:
        while results:
            yield results.popleft().result()
    finally:
        waiting.clear()


def _work(function: Callable[..., Any], waiting: deque[tuple[Any, Future[Any]]], shared: tuple[Any, ...]) -> None:
    """Take items until there are none."""
    while True:
        try:
            item, future = waiting.popleft()
        except IndexError:
            return
        try:
            future.set_result(function(item, *shared))
        except BaseException as error:
            future.set_exception(error)
