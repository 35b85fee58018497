"""An object that is read like a file, block by block; the next block is fetched while one is worked on."""

from __future__ import annotations

import io
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Any

from classlift.storage.remote_errors import stored

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pyarrow import NativeFile

BLOCK = 8 << 20
"""Bytes of a request, where rows are read in order."""

TURN = Lock()


class StoredFile(io.RawIOBase):
    """An object in a store, read in blocks that are kept until others are asked for.

    Parameters
    ----------
    inner : NativeFile
        What is read.
    url : str
        What messages call it.
    ahead : bool
        Whether it is read in order: in whole blocks, the next one before it is asked for.
    alone : bool
        Whether its store is read by one thread at a time: all readers of fsspec's store in memory have one place.
    """

    def __init__(self, inner: NativeFile, url: str, *, ahead: bool, alone: bool) -> None:
        self._inner, self._url, self._size, self._place = inner, url, inner.size(), 0
        self._ahead = ahead
        self._turn: AbstractContextManager[object] = TURN if alone else nullcontext()
        self._pool = ThreadPoolExecutor(1)
        self._blocks: dict[int, Future[bytes]] = {}

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
        if self._ahead:
            number, start = divmod(self._place, BLOCK)
            content = memoryview(self._block(number))[start : start + wanted]
        else:
            content = memoryview(self._submit(self._place, wanted).result())
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

    def _block(self, number: int) -> bytes:
        """A block; who goes from block to block finds the next one there."""
        in_order = number - 1 in self._blocks or number + 1 in self._blocks
        wanted = [number, number + 1] if in_order and (number + 1) * BLOCK < self._size else [number]
        self._blocks = {k: self._blocks.get(k) or self._submit(k * BLOCK, BLOCK) for k in wanted}
        return self._blocks[number].result()

    def _submit(self, start: int, length: int) -> Future[bytes]:
        return self._pool.submit(self._read, start, length)

    def _read(self, start: int, length: int) -> bytes:
        with self._turn, stored(self._url):
            return bytes(self._inner.read_at(length, start))
