"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from classlift.errors import ClassliftError
from classlift.storage.foreign import written

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` for writing; it takes the name `path` when everything has been written.

    On any exception, an interrupt too, the temporary file is removed and `path` stays as it was. A device or
    a pipe is written to directly.

    Parameters
    ----------
    path : path
        File to write; its folder must exist.

    Yields
    ------
    binary file
        What is written becomes the content of `path`.

    Raises
    ------
    ClassliftError
        Before any work, if the folder is missing or cannot be written to, or `path` is a folder.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "numbers.txt"
    >>> with whole_file(target) as out:
    ...     _ = out.write(b"1 2 3")
    >>> target.read_text()
    '1 2 3'
    """
    shown = Path(path)
    check_target(shown)
    target = shown.resolve()
    if target.exists() and not target.is_file():
        with written(str(shown)), target.open("wb") as device:
            yield cast("IO[bytes]", device)
        return
    temporary = _temporary_beside(target, str(shown))
    try:
        with written(str(shown)):
            with temporary:
                yield temporary
                temporary.flush()
                os.fsync(temporary.fileno())
            Path(temporary.name).chmod(_mode(target))
            Path(temporary.name).replace(target)
    except BaseException:
        Path(temporary.name).unlink(missing_ok=True)
        raise


def check_target(path: Path) -> None:
    """Refuse a file name that could not be written, before any work is done."""
    if path.is_dir():
        raise ClassliftError(str(path), "is a folder, expected a file name", fix="add a file name with a suffix.")
    if not path.resolve().parent.is_dir():
        raise ClassliftError(str(path), "its folder does not exist", fix=f"create it first: mkdir -p {path.parent}")


def _temporary_beside(target: Path, shown: str) -> IO[bytes]:
    with written(shown):
        return cast(
            "IO[bytes]",
            tempfile.NamedTemporaryFile(
                dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".part", delete=False
            ),
        )


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or what the umask leaves of rw-rw-rw-."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
