"""Hashes of the files behind a path, a folder or a pattern."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from classlift.storage.atomic import check_regular
from classlift.storage.errors import ours
from classlift.storage.paths import matching, place


def files_behind(name: str) -> Iterator[Path]:
    """Files behind a path, a folder or a pattern, in a fixed order."""
    path = place(name)
    if path.is_dir():
        yield from sorted((p for p in path.iterdir() if p.is_file()), key=str)
    elif path.exists() or not any(sign in name for sign in "*?["):
        yield path
    else:
        yield from sorted(matching(path), key=str)


def file_digest(path: Path) -> bytes:
    """SHA-256 of the content of a file.

    Raises
    ------
    ClassliftError
        If it cannot be read.
    """
    check_regular(path)
    with ours(str(path)), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def digest_behind(name: str) -> str:
    """SHA-256 of a file in hexadecimal; of several that of their names and hashes; empty for standard input."""
    if name == "-":
        return ""
    files = list(files_behind(name))
    if len(files) == 1 and not place(name).is_dir():
        return file_digest(files[0]).hex()
    lines = "".join(f"{file_digest(path).hex()}  {path.name}\n" for path in files)
    return hashlib.sha256(lines.encode(errors="backslashreplace")).hexdigest()
