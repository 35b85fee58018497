"""An engine: threads. It would be `engines/threads.py`."""

import contextlib
import functools
import operator
import sys
from concurrent.futures import ThreadPoolExecutor

from classlift.engines import ENGINES, EngineEntry


class Threads:
    """Two threads of this process."""

    width = 2

    def __init__(self, pool):
        self._pool = pool

    def map(self, function, items, *shared):
        return list(self._pool.map(lambda item: function(item, *shared), items))

    def reduce(self, function, items, *shared):
        return functools.reduce(operator.add, self.map(function, items, *shared))


@contextlib.contextmanager
def open_engine(scheduler):
    """Start the threads; they end with the context."""
    assert scheduler is None
    with ThreadPoolExecutor(Threads.width) as pool:
        yield Threads(pool)


sys.modules["classlift.engines.toy"] = sys.modules[__name__]  # where its file would be
ENGINES["threads"] = EngineEntry("toy", "in threads")
