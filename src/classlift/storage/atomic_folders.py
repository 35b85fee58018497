"""Folders of parts that appear whole or not at all, though other processes write the parts."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, cast

from classlift.errors import ClassliftError
from classlift.storage.atomic import check_folder, part_of, remove_litter
from classlift.storage.errors import written
from classlift.storage.paths import is_remote, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlift.storage.remote import RemotePath


@contextlib.contextmanager
def whole_folder(path: str | os.PathLike[str]) -> Iterator[str]:
    """Make a temporary folder beside `path`; it takes the name `path` when all parts have been written.

    On any exception, an interrupt too, it is removed. In a store, where nothing can be renamed, parts appear one by
    one, and are removed on an exception.

    Parameters
    ----------
    path : path
        Folder to make; what it lies in must exist, and it must not, or be empty.

    Yields
    ------
    str
        Where the parts go.

    Raises
    ------
    ClassliftError
        If there is something at `path`, or nothing can be made there.
    """
    if is_remote(path):
        with _whole_prefix(cast("RemotePath", place(path))) as prefix:
            yield prefix
        return
    shown = place(path)
    target = shown.absolute()
    _check_free(shown, target)
    remove_litter(target)
    temporary = part_of(target)
    try:
        with written(str(shown)):
            temporary.mkdir()
            yield str(temporary)
            if os.name == "nt" and target.is_dir():
                target.rmdir()  # Windows puts no folder in the place of an empty one
            _rename(temporary, target, shown)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _rename(temporary: Path, target: Path, shown: Path) -> None:
    try:
        temporary.replace(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):  # another process was faster
            raise _exists_already(str(shown)) from None
        raise


@contextlib.contextmanager
def _whole_prefix(target: RemotePath) -> Iterator[str]:
    target.check_target()
    if target.exists():
        raise _exists_already(target.url)
    try:
        yield target.url
    except BaseException:
        target.remove_all()
        raise


def _exists_already(shown: str) -> ClassliftError:
    return ClassliftError(
        shown,
        "exists already; an engine writes a new folder of parts",
        fix="remove it first, or choose another name.",
    )


def _check_free(shown: Path, target: Path) -> None:
    check_folder(shown)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise _exists_already(str(shown))
