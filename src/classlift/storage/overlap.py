"""No output is a file that is read: every output is compared with every input, by what file it is."""

from __future__ import annotations

import fnmatch
import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from classlift.errors import ClassliftError
from classlift.storage.formats import FORMATS, suffix_of
from classlift.storage.paths import REMOTE, is_remote, matching, place

SAME_STORE = {"s3a": "s3", "gcs": "gs", "abfss": "abfs"}


def refuse_overlap(inputs: Iterable[str], outputs: Iterable[str]) -> None:
    """Raise where an output is one of the inputs, lies among them, or two outputs are one file.

    Parameters
    ----------
    inputs : iterable of str
        Files, folders, patterns, addresses; what is none of them is passed over.
    outputs : iterable of str
        Files to write.

    Raises
    ------
    ClassliftError
        Naming the file.
    """
    files: set[tuple[int, int]] = set()
    objects = []
    for name in inputs:
        if is_remote(name):
            objects.append(_address(name))
        else:
            files |= set(_identities(place(name)))
    written: set[str] = set()
    for name in outputs:
        address = _address(name)
        stored = is_remote(name)
        if any(_covers(one, address) for one in objects) if stored else _identity(place(name)) in files:
            raise ClassliftError(name, "is an input, and would be overwritten", fix="give the output another name.")
        if address in written:
            raise ClassliftError(name, "is named for two outputs", fix="give each output its own name.")
        written.add(address)


def refuse_among(inputs: Iterable[str], outputs: Iterable[str]) -> None:
    """Raise where an output would lie in a folder of shards, or match their pattern, and be read with them."""
    here = [name for name in inputs if not is_remote(name)]
    given = [(name, _address(name)) for name in here if any(sign in name for sign in "*?[") or place(name).is_dir()]
    for out in outputs if given else ():
        address = Path(_address(out))
        for name, shards in given if suffix_of(address.name) in FORMATS else ():
            among = str(address.parent) == shards and any(_identities(address.parent))
            if among or address.match(shards):
                problem = f"would be read as a part of {name} from then on"
                raise ClassliftError(out, problem, fix="give it a name in another folder.")


def _identities(path: Path) -> Iterator[tuple[int, int]]:
    """Files behind a name: the file, those of a folder that can be read, those that match a pattern."""
    try:
        if path.is_dir():
            found = [file for file in path.iterdir() if suffix_of(file.name) in FORMATS]
        else:
            found = [path] if path.exists() or not any(sign in str(path) for sign in "*?[") else matching(path)
    except (OSError, RuntimeError):  # no name of a file, or links in a circle
        return
    yield from filter(None, map(_identity, found))


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and number of a file that exists, whatever names and links lead to it."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _address(name: str) -> str:
    """One way to write the name of a file or an object."""
    if not is_remote(name):
        return os.path.normcase(os.path.realpath(place(name)))
    scheme, _, rest = REMOTE.sub(r"\1://", name, count=1).partition("://")
    return f"{SAME_STORE.get(scheme.lower(), scheme.lower())}://{posixpath.normpath(rest)}"


def _covers(given: str, address: str) -> bool:
    """Whether an input is an object, lies above it as a folder, or is a pattern that it matches."""
    return address == given or address.startswith(f"{given}/") or fnmatch.fnmatchcase(address, given)
