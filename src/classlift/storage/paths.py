"""The one door where names become files: a path here, or an object in a store that is used like one."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from classlift.storage.remote import RemotePath

REMOTE = re.compile(r"([a-z][a-z0-9+.-]+):(//|/(?=[^/]))", re.IGNORECASE)
"""A scheme of two letters or more, and two slashes, of which pathlib leaves one."""

HERE = ("file", "local")
"""Schemes of addresses that name files of this machine."""


NOT_ON_WINDOWS = r'(?i)[<>:"|?*\x00-\x1f]|[. ]$|^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)'
"""Names that Windows gives to devices, and signs that it has no use for in names."""


def place(where: str | os.PathLike[str] | Path) -> Path:
    """Give the path of a file, or what can be used like it for an object: ``s3://bucket/key`` and other addresses.

    Parameters
    ----------
    where : str or path
        What a user named.

    Returns
    -------
    Path
        A `RemotePath` where it is an address; it has those methods of a path that this room uses.

    Raises
    ------
    ClassliftError
        If the address is of no known store, or the package for it is not installed.
    """
    if not isinstance(where, str | os.PathLike):
        return where  # an object in a store already
    name = os.fspath(where)
    if _scheme(name) in HERE:
        from urllib.parse import urlsplit  # noqa: PLC0415  (only for an address)
        from urllib.request import url2pathname  # noqa: PLC0415  (only for an address)

        return Path(url2pathname(urlsplit(name).path))
    if not is_remote(name):
        return Path(name)
    from classlift.storage.remote import RemotePath  # noqa: PLC0415  (only for who names an address)

    return cast("Path", RemotePath.of(REMOTE.sub(r"\1://", name, count=1)))


def is_remote(where: str | os.PathLike[str]) -> bool:
    """Tell whether a name is an address."""
    return isinstance(where, str | os.PathLike) and _scheme(os.fspath(where)) not in ("", *HERE)


def _scheme(name: str) -> str:
    """What an address begins with; empty where it is none."""
    found = REMOTE.match(name)
    return found[1].lower() if found else ""


def without_query(name: str) -> str:
    """Leave out of a web address what stands behind its path, such as a signature; other names stay as they are."""
    return name.partition("?")[0] if _scheme(name) in ("http", "https") else name


def seen_from(path: str | os.PathLike[str], folder: str | os.PathLike[str] = "") -> str:
    """Give the way from a folder to a path; the whole path where none leads there (another drive of Windows)."""
    if is_remote(path):
        return str(path)
    try:
        return os.path.relpath(path, folder or None)
    except ValueError:
        return str(Path(path).absolute())


def beside(folder: Path, name: str) -> str:
    """Give the path of a name that a file in `folder` says; an address stays as it is."""
    return name if is_remote(name) else os.path.normpath(folder / place(name))


def is_reserved(name: str) -> bool:
    """Tell whether this system takes a name for a device, or for something else than it says."""
    return os.name == "nt" and re.search(NOT_ON_WINDOWS, name) is not None


def matching(pattern: Path) -> list[Path]:
    """List the files or objects that match a pattern."""
    if not isinstance(pattern, os.PathLike):
        return cast("list[Path]", cast("RemotePath", pattern).matches())
    import glob  # noqa: PLC0415  (seldom needed)

    return [Path(match) for match in glob.glob(str(pattern))]  # noqa: PTH207  (a pattern may be absolute)


def readable(path: Path, *, ahead: bool = True) -> Path | IO[bytes]:
    """Give what zipfile, gzip and pyarrow take: the path, or an open object; `ahead` reads more than asked for."""
    if isinstance(path, os.PathLike):
        return path
    return cast("RemotePath", path).open("rb", ahead=ahead)


def find_pyproject(folder: Path) -> Path | None:
    """Find the nearest ``pyproject.toml``, in a folder or in those above it."""
    above = (one / "pyproject.toml" for one in (folder, *folder.parents))
    return next((path for path in above if path.is_file()), None)


def not_a_file(name: str) -> ClassliftError:
    """What is said of a pipe or a device."""
    return ClassliftError(
        name, "is a pipe or a device, not a file", fix="pass - as the name and pipe it into standard input."
    )
