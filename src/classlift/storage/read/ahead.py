"""The next pieces are read while one is worked on."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
END = object()
DEPTH = 4
"""Items that are made ahead: a request to a store may bring several."""


def ahead(items: Iterable[T], depth: int = DEPTH) -> Iterator[T]:
    """Yield items in order; a thread makes the next `depth` ones meanwhile, so each must stay valid when it does.

    Examples
    --------
    >>> list(ahead("abc"))
    ['a', 'b', 'c']
    """
    source = iter(items)
    with ThreadPoolExecutor(1) as pool:
        waiting = deque(pool.submit(next, source, END) for _ in range(depth))
        try:
            while (item := waiting.popleft().result()) is not END:
                waiting.append(pool.submit(next, source, END))
                yield item  # type: ignore[misc]
        finally:
            pool.shutdown(cancel_futures=True)
