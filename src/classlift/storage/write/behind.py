"""Work on one block in a thread while the next one is made: for what makes text, and for what packs it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from io import BufferedIOBase

    from numpy.typing import NDArray

    from classlift.storage.write.base import Writer


class _Turns:
    """A thread that makes calls in order, one at a time; what goes wrong with one is raised by the next."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1)
        self.waiting: Future[Any] | None = None

    def take(self, call: Callable[[Any], Any], what: object) -> None:
        self.wait()
        self.waiting = self.pool.submit(call, what)

    def wait(self) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.result()


class Behind:
    """Hands blocks on in order; what goes wrong with one is raised by the next call.

    Parameters
    ----------
    inner : Writer
        What writes.
    """

    def __init__(self, inner: Writer) -> None:
        self.inner, self.turns = inner, _Turns()

    def write(self, columns: Mapping[str, NDArray]) -> None:
        """Add rows; they are copied, since a block is valid only until the next one is asked for."""
        self.turns.take(self.inner.write, {name: values.copy() for name, values in columns.items()})

    def finish(self) -> None:
        """Write what can only be written at the end."""
        self.turns.wait()
        self.inner.finish()

    def close(self) -> None:
        """Let go of everything, finished or not."""
        self.turns.pool.shutdown()
        self.inner.close()


class PackedBehind:
    """Hands bytes on to a stream that packs them; what goes wrong with some is raised by the next call.

    Parameters
    ----------
    packed : binary file
        What packs; it is closed with this one.
    """

    def __init__(self, packed: BufferedIOBase) -> None:
        self.packed, self.turns = packed, _Turns()

    def write(self, data: bytes | memoryview) -> None:
        """Add bytes, which must stay as they are."""
        self.turns.take(self.packed.write, data)

    def close(self) -> None:
        """End the packed stream."""
        try:
            self.turns.wait()
        finally:
            self.turns.pool.shutdown()
            self.packed.close()
