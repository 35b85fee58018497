"""A writer that works in a thread, one block behind: where text is made or packed, the next block is made meanwhile."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlift.storage.write.base import Writer


class Behind:
    """Hands blocks on in order; what goes wrong with one is raised by the next call.

    Parameters
    ----------
    inner : Writer
        What writes.
    """

    def __init__(self, inner: Writer) -> None:
        self.inner = inner
        self.pool = ThreadPoolExecutor(1)
        self.waiting: Future[None] | None = None

    def write(self, columns: Mapping[str, NDArray]) -> None:
        """Add rows; they are copied, since a block is valid only until the next one is asked for."""
        kept = {name: values.copy() for name, values in columns.items()}
        self._wait()
        self.waiting = self.pool.submit(self.inner.write, kept)

    def finish(self) -> None:
        """Write what can only be written at the end."""
        self._wait()
        self.inner.finish()

    def close(self) -> None:
        """Let go of everything, finished or not."""
        self.pool.shutdown()
        self.inner.close()

    def _wait(self) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.result()
