"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import functools
import glob
import hashlib
import os
import platform
import re
import secrets
import shlex
import shutil
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from classlift.errors import ClassliftError, without_secrets
from classlift.storage.errors import written
from classlift.storage.paths import is_remote, is_reserved, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlift.storage.remote import RemotePath


PART = ".part"
"""Temporary files end so; the process that writes one stands in its name."""


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` for writing; it takes the name `path` when everything has been written.

    On any exception, an interrupt too, the temporary file is removed and `path` stays as it was. A device or
    a pipe is written to directly; an object in a store is uploaded at the end.

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
    shown = place(path)
    if is_remote(str(shown)):
        from classlift.storage.remote import whole_object  # noqa: PLC0415  (only for an address)

        with whole_object(cast("RemotePath", shown)) as upload:
            yield upload
        return
    check_target(shown)
    target = shown.resolve()
    if shown.exists() and not shown.is_file():  # /dev/stdout leads to a pipe, which has no name
        with written(str(shown)), shown.open("wb") as device:
            yield cast("IO[bytes]", device)
        return
    remove_litter(target)
    temporary = part_of(target)
    try:
        with written(str(shown)):
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(_mode(target))
            temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):  # the folder may be gone; what happened first is what is told
            temporary.unlink(missing_ok=True)
        raise


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text, whole or not at all; what UTF-8 cannot hold, such as parts of odd file names, as its escape."""
    with whole_file(path) as file:
        file.write(without_secrets(text).encode(errors="backslashreplace"))


def check_target(path: Path) -> None:
    """Refuse a file name that could not be written, before any work is done."""
    if is_remote(str(path)):
        cast("RemotePath", path).check_target()
        return
    try:
        is_folder = path.is_dir()
        path.resolve()
    except (OSError, RuntimeError) as error:  # a name that is too long, a link that leads to itself
        problem = error.strerror if isinstance(error, OSError) else "is a link that leads to itself"
        raise ClassliftError(str(path), str(problem), fix="choose another file name.") from None
    if is_reserved(path.name):
        raise ClassliftError(str(path), "cannot name a file on Windows", fix="choose another file name.")
    if is_folder:
        raise ClassliftError(str(path), "is a folder, expected a file name", fix="add a file name with a suffix.")
    check_folder(path)


def check_folder(path: Path) -> None:
    """Refuse a name whose folder does not exist; a link is made where it leads to.

    Raises
    ------
    ClassliftError
        With the command that makes the folder, where one can.
    """
    folder = path.resolve().parent
    if folder.is_dir():
        return
    above = next(one for one in (folder, *folder.parents) if one.exists())
    if not above.is_dir():
        raise ClassliftError(str(path), f"{above.name} is a file, expected a folder", fix="choose another file name.")
    missing = folder if path.is_symlink() or path.parent.is_symlink() else path.parent
    raise ClassliftError(
        str(path), "its folder does not exist", fix=f"create it first: mkdir -p {shlex.quote(str(missing))}"
    )


def check_here(path: str | os.PathLike[str]) -> None:
    """Refuse an address where only a file or folder of this machine will do."""
    if is_remote(path):
        problem = "is an address, expected a name on this machine"
        raise ClassliftError(os.fspath(path), problem, fix="write it here, and copy it there.")


def check_regular(path: Path) -> None:
    """Refuse a pipe or a device where a file is read at once: it may never end. What is missing passes.

    Raises
    ------
    ClassliftError
        If it is one.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise ClassliftError(str(path), "is a pipe or a device, not a file", fix="save what it gives as a file.")


def part_of(target: Path) -> Path:
    """Name a temporary file or folder beside `target`, which tells who writes it."""
    return target.with_name(f"{_part_start(target)}{_this_system()}-{os.getpid()}-{secrets.token_hex(4)}{PART}")


@functools.cache
def _this_system() -> str:
    """What no other machine or container is called: a number of a process says nothing there."""
    known = [platform.node()]
    with contextlib.suppress(OSError):
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
        known.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256(" ".join(known).encode(errors="replace")).hexdigest()[:12]


def _part_start(target: Path) -> str:
    """What the names of temporary files of `target` begin with; names are as long as 255 bytes, not characters."""
    return f".{os.fsencode(target.name)[:100].decode(errors='ignore')}."


def remove_litter(target: Path) -> None:
    """Remove what killed processes of this system left beside `target`: parts of it whose process has ended."""
    start, end = re.escape(f"{_part_start(target)}{_this_system()}"), re.escape(PART)
    named = re.compile(rf"{start}-([0-9]{{1,9}})-[0-9a-f]{{8}}{end}")
    for part in target.parent.glob(f"{glob.escape(_part_start(target))}*{PART}"):
        owner = named.fullmatch(part.name)
        if owner is not None and not _is_running(int(owner[1])):
            with contextlib.suppress(OSError):
                shutil.rmtree(part) if part.is_dir() and not part.is_symlink() else part.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    """Tell whether a process is there; Windows has no question that does no harm, and keeps open files itself."""
    if os.name == "nt":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or what the umask leaves of rw-rw-rw-."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def append_text(path: str, text: str) -> None:
    """Add text at the end of a file that others write to as well, such as the summary of a CI step."""
    with written(path), Path(path).open("a", encoding="utf-8", errors="backslashreplace", newline="") as file:
        file.write(text)
