"""Which file is what: the formats by suffix, by first bytes, and what is refused with a recipe."""

from __future__ import annotations

from importlib import import_module
from typing import IO, TYPE_CHECKING, NamedTuple

from classlift.errors import ClassliftError
from classlift.storage.paths import without_query
from classlift.storage.recipes import PICKLED_ARRAY, REFUSED, recipe

if TYPE_CHECKING:
    from pathlib import Path

    from classlift.storage.read.container import Container
    from classlift.storage.write.base import Writer, WriterSpec


TABLES = "read.text"
"""The reader of tables as text, which may have a header or not."""


class Format(NamedTuple):
    """One file format.

    Parameters
    ----------
    name : str
        Its name for people.
    suffix : str
        Its suffix, with the point.
    reader, writer : str
        Modules of this room with ``open_container(path, name)`` and ``open_writer(file, spec)``, imported when used.
        An empty writer: the format is only read.
    magic : bytes
        What such files begin with; empty for text.
    can_stdout : bool
        Whether it can be written to a pipe.
    """

    name: str
    suffix: str
    reader: str
    writer: str = ""
    magic: bytes = b""
    can_stdout: bool = False

    def open(self, path: Path, name: str, header: bool | None = None) -> Container:
        """Open a file of this format for reading; `header` tells a reader of tables as text what the user says."""
        reader = import_module(f"classlift.storage.{self.reader}")
        more = (header,) if self.reader == TABLES else ()
        container: Container = reader.open_container(path, name, *more)
        return container

    def start(self, file: IO[bytes], spec: WriterSpec) -> Writer:
        """Start writing a file of this format."""
        writer: Writer = import_module(f"classlift.storage.{self.writer}").start_writer(file, spec)
        return writer


GZIP = b"\x1f\x8b"
PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
LINES = (TABLES, "read.jsonl")
"""Readers of text, which may be gzip'd or not whatever the suffix says."""

FORMATS = {
    f.suffix: f
    for f in (
        Format("npz", ".npz", "read.npz", "write.npz", b"PK\x03\x04"),
        Format("npy", ".npy", "read.npy", "", b"\x93NUMPY"),
        Format("Parquet", ".parquet", "read.parquet", "write.parquet", b"PAR1"),
        Format("Parquet", ".pq", "read.parquet", "write.parquet", b"PAR1"),
        Format("safetensors", ".safetensors", "read.safetensors", "write.safetensors"),
        Format("csv", ".csv", "read.text", "write.text", can_stdout=True),
        Format("tsv", ".tsv", "read.text", "write.text", can_stdout=True),
        Format("text", ".txt", "read.text", "write.text", can_stdout=True),
        Format("JSON Lines", ".jsonl", "read.jsonl", "write.jsonl", b'{"', can_stdout=True),
        Format("JSON Lines", ".ndjson", "read.jsonl", "write.jsonl", b'{"', can_stdout=True),
        Format("gzip'd csv", ".csv.gz", "read.text", "write.text", GZIP),
        Format("gzip'd tsv", ".tsv.gz", "read.text", "write.text", GZIP),
        Format("gzip'd text", ".txt.gz", "read.text", "write.text", GZIP),
        Format("gzip'd JSON Lines", ".jsonl.gz", "read.jsonl", "write.jsonl", GZIP),
        Format("gzip'd JSON Lines", ".ndjson.gz", "read.jsonl", "write.jsonl", GZIP),
    )
}
"""Every format by its suffix."""


def suffix_of(name: str) -> str:
    """Suffix in lower case; two where the last is ``.gz``.

    Examples
    --------
    >>> suffix_of("Run.1.CSV.gz")
    '.csv.gz'
    """
    parts = without_query(name).lower().rsplit("/", 1)[-1].split(".")
    wanted = 2 if parts[-1] == "gz" else 1
    return "." + ".".join(parts[-wanted:]) if len(parts) > wanted else ""


def format_of_file(path: Path, name: str, suffix: str | None = None) -> Format:
    """Format of an existing file: its suffix, which its first bytes must not contradict.

    Raises
    ------
    ClassliftError
        If the format is refused, unknown, or another than the suffix says.
    """
    suffix = suffix_of(name) if suffix is None else suffix
    refuse(name, suffix, path)
    with path.open("rb") as stream:
        head = stream.read(8)
    if not head:
        raise ClassliftError(name, "the file is empty", fix="export the predictions again.")
    found = _by_magic(head)
    declared = FORMATS.get(suffix)
    if declared is None:
        raise ClassliftError(
            name,
            f"the suffix {suffix or '(none)'} is not known" + (f"; it looks like {found.name}" if found else ""),
            fix=f"use one of {', '.join(FORMATS)}.",
        )
    if found is None and head.startswith(PICKLES):
        raise ClassliftError(
            name,
            f"is a pickle, not {declared.name}; pickles are not read, since they can run code",
            fix=f"if you trust it, convert it once: {PICKLED_ARRAY}",
        )
    if not _agree(declared, found):
        looks = f"it looks like {found.name}" if found else "its first bytes are not those of the format"
        fix = (
            f"rename it to end in {found.suffix}."
            if found
            else "give it the suffix of its real format, or export it again."
        )
        raise ClassliftError(name, f"is not of the format {declared.name}: {looks}", fix=fix)
    return declared


def format_of_stream(path: Path) -> Format:
    """Format of what came through standard input, by its first bytes; text where they tell nothing."""
    with path.open("rb") as stream:
        head = stream.read(9)
    if head[8:9] == b"{" and b"\0" in head[:8]:
        return FORMATS[".safetensors"]
    return _by_magic(head) or FORMATS[".csv"]


def refuse(name: str, suffix: str, path: Path | None = None) -> None:
    """Refuse a format that is not read, with the line that converts it, or this file of it."""
    if suffix in REFUSED:
        raise ClassliftError(name, f"{suffix} files are not read", fix=f"convert it once: {recipe(suffix, path)}")


def _by_magic(head: bytes) -> Format | None:
    return next((f for f in FORMATS.values() if f.magic and head.startswith(f.magic)), None)


def _agree(declared: Format, found: Format | None) -> bool:
    """Whether suffix and first bytes fit; text may be gzip'd or not whatever its suffix says."""
    if declared.reader in LINES:
        return found is None or found.reader == declared.reader or found.magic == GZIP
    return found.reader == declared.reader if found else not declared.magic
