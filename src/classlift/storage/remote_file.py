"""An object that is read like a file, block by block; the next block is fetched while one is worked on."""

from __future__ import annotations

import io
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from classlift.storage.remote_errors import stored

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pyarrow import NativeFile

BLOCK = 8 << 20
"""Bytes of a request, where rows are read in order."""

LOOK = 512 << 10
"""Bytes of the first request at a place: many readers look at the first rows only."""

TURN = Lock()


class _Part(NamedTuple):
    """Bytes from `start` up to `end`, as soon as they are there."""

    start: int
    end: int
    content: Future[bytes]


class StoredFile(io.RawIOBase):
    """An object in a store, read in parts that are kept until others are asked for.

    Parameters
    ----------
    inner : NativeFile
        What is read.
    url : str
        What messages call it.
    ahead : bool
        Whether it may be read in order: then in whole blocks, the next one before it is asked for.
    alone : bool
        Whether its store is read by one thread at a time: all readers of fsspec's store in memory have one place.
    """

    def __init__(self, inner: NativeFile, url: str, *, ahead: bool, alone: bool) -> None:
        self._inner, self._url, self._size, self._place = inner, url, inner.size(), 0
        self._ahead = ahead
        self._turn: AbstractContextManager[object] = TURN if alone else nullcontext()
        self._pool = ThreadPoolExecutor(1)
        self._parts: list[_Part] = []

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read from any place."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  (whatever has bytes)
        """Read into a buffer; gives the number of bytes, 0 at the end."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), max(0, self._size - self._place))
        if not wanted:
            return 0
        part = self._part(self._place) if self._ahead else self._submit(self._place, wanted)
        content = memoryview(part.content.result())[self._place - part.start :][:wanted]
        view[: len(content)] = content
        self._place += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        start = (0, self._place, self._size)[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        """Where the next bytes come from."""
        return self._place

    def close(self) -> None:
        """Let go of it."""
        if not self.closed:
            self._pool.shutdown(cancel_futures=True)
            self._inner.close()
        super().close()

    def _part(self, place: int) -> _Part:
        """The part that holds a place: a small one, whole blocks where reading goes on after it."""
        found = next((part for part in self._parts if part.start <= place < part.end), None)
        if found is None:
            goes_on = any(part.end == place for part in self._parts)
            found = self._submit(place, BLOCK if goes_on else LOOK)
        self._parts = [part for part in self._parts if part.start == found.end]
        if not self._parts and found.end - found.start == BLOCK:
            self._parts = [self._submit(found.end, BLOCK)]
        self._parts.append(found)
        return found

    def _submit(self, start: int, length: int) -> _Part:
        end = min(start + length, self._size)
        return _Part(start, end, self._pool.submit(self._read, start, end - start))

    def _read(self, start: int, length: int) -> bytes:
        with self._turn, stored(self._url):
            return bytes(self._inner.read_at(length, start))
