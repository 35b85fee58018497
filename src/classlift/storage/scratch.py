"""Temporary files with a name that other libraries can open, on every system."""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from pathlib import Path
from typing import IO, TYPE_CHECKING

from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Scratch:
    """An empty temporary file, which is closed, and removed together with this object.

    Windows opens no file a second time that is removed when it is closed, so this one is not.

    Attributes
    ----------
    path : Path
        Its name.
    """

    def __init__(self) -> None:
        with in_temporary_folder():
            handle, name = tempfile.mkstemp(prefix="classlift-")
        os.close(handle)
        self.path = Path(name)
        self.remove = weakref.finalize(self, _remove, self.path)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def spool(source: IO[bytes], file: IO[bytes]) -> None:
    """Copy what `source` holds into a temporary file."""
    while piece := source.read(1 << 20):
        with in_temporary_folder():
            file.write(piece)
            file.flush()


@contextlib.contextmanager
def in_temporary_folder() -> Iterator[None]:
    """Say of an error that it is the folder of temporary files which is full or missing, and no file of the user."""
    try:
        yield
    except OSError as error:
        where = os.environ.get("TMPDIR") or tempfile.tempdir or "the folder of temporary files"
        raise ClassliftError(
            where, f"no temporary file can be written ({error.strerror})", fix="set TMPDIR to a folder that has room."
        ) from error
