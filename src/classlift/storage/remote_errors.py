"""What stores raise becomes ours, at once and while an object is read."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

from classlift.errors import ClassliftError
from classlift.storage.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator


class NotThereError(ClassliftError):
    """The object does not exist."""


class StoredFile(io.RawIOBase):
    """A file of fsspec whose errors are ours, with a place of its own: a store in memory gives all readers one.

    Parameters
    ----------
    inner : file of fsspec
        What is read.
    url : str
        What messages call it.
    size : int
        Its bytes.
    """

    def __init__(self, inner: Any, url: str, size: int) -> None:  # noqa: ANN401  (fsspec has no types)
        self._inner, self._url, self._size, self._place = inner, url, size, 0

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read from any place."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  (whatever has bytes)
        """Read into a buffer; gives the number of bytes, 0 at the end."""
        view = memoryview(buffer).cast("B")
        with stored(self._url):
            self._inner.seek(self._place)
            content = self._inner.read(len(view))
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
            self._inner.close()
        super().close()


@contextlib.contextmanager
def stored(url: str) -> Iterator[None]:
    """Turn whatever a store or the way to it raises into a `ClassliftError`; each store has exceptions of its own."""
    user = url.partition("//")[2].partition("/")[0].rpartition("@")[0]  # stores repeat it in their messages
    try:
        yield
    except (ClassliftError, ImportError, MemoryError):
        raise
    except FileNotFoundError:
        raise NotThereError(url, "no such object or bucket", fix="check the address.") from None
    except PermissionError as error:
        raise ClassliftError(
            url,
            f"permission denied ({_said(error, user)})",
            fix="give credentials that may do this, in the environment or where the store's own tools keep them.",
        ) from None
    except Exception as error:
        raise ClassliftError(
            url,
            f"cannot be reached ({type(error).__name__}: {_said(error, user)})",
            fix="check the address, the network, and the credentials in the environment.",
        ) from error


def _said(error: Exception, user: str) -> str:
    return one_line(error).replace(user, "***") if ":" in user else one_line(error)
