""".npz: arrays in a zip. Stored members are read straight from the file, compressed ones as a stream."""

from __future__ import annotations

import contextlib
import functools
import struct
import tempfile
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.storage.paths import readable
from classlift.storage.read.arrays import ArrayHeader, ArrayReader, read_header, type_fix
from classlift.storage.read.container import twice
from classlift.storage.read.objects import STRUCTURED, object_fix
from classlift.storage.scratch import in_temporary_folder, spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk, Column

FIELDS_FIX = "it has named fields: save each as an array of its own, once: " + STRUCTURED
LOCAL_HEADER = struct.Struct("<4s22xHH")


class NpzContainer:
    """The arrays of one ``.npz`` file."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.members: dict[str, zipfile.ZipInfo] = {}
        self.headers: dict[str, ArrayHeader] = {}
        self.checked: set[str] = set()
        self.refused: dict[str, str] = {}
        with zipfile.ZipFile(readable(path)) as archive:
            for info in archive.infolist():
                if info.filename.endswith(".npy"):
                    self._add(archive, info)
        self.slow = any(info.compress_type != zipfile.ZIP_STORED for info in self.members.values())
        self.columns: dict[str, Column] = {k: h.column for k, h in self.headers.items() if h.readable}

    def _add(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        key = info.filename.removesuffix(".npy")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ClassliftError(
                f"{self.name}, array {key!r}",
                "is packed in a way that numpy does not write",
                fix="save it with np.savez or np.savez_compressed.",
            )
        if key in self.headers:
            raise twice(self.name, key, "arrays")
        with archive.open(info) as stream:
            header = read_header(stream, f"{self.name}, array {key!r}", info.file_size)
            if header.dtype.hasobject:
                self.refused[key] = object_fix(stream, header.shape, key)
            elif header.dtype.names is not None:
                self.refused[key] = FIELDS_FIX.format(value=f"np.load(FILE)[{key!r}]")
            elif header.shape and not header.readable:
                self.refused[key] = type_fix(header.dtype)
        self.headers[key] = header
        self.members[key] = info

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield successive rows of the named arrays; a thread unpacks the next ones, once the first are worked on."""
        read = self._successive([*numbers, *others], rows)
        if self.slow and (first := next(read, None)) is not None:
            from classlift.storage.read.ahead import ahead  # noqa: PLC0415  (not everybody's way)

            yield first
            read = ahead(read, depth=1)
        yield from read

    def _successive(self, names: Sequence[str], rows: int) -> Iterator[Chunk]:
        n = self.headers[names[0]].shape[0]
        with contextlib.ExitStack() as stack:
            readers = {name: self._reader(name, rows, stack) for name in names}
            for start in range(0, n, rows):
                yield {name: reader.read(min(rows, n - start)) for name, reader in readers.items()}

    def starts(self, name: str, step: int) -> Sequence[int]:
        """Rows at which reading of a stored member may start; a compressed one is read from its first."""
        return range(0, max(1, self.headers[name].shape[0]), step) if self._is_stored(name) else [0]

    def chunks_from(self, start: int, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield the rows from `start` on; those of compressed members before it are read and dropped."""
        names = [*numbers, *others]
        n = self.headers[names[0]].shape[0]
        with contextlib.ExitStack() as stack:
            readers = {name: self._reader_at(start, name, rows, stack) for name in names}
            for begin in range(start, n, rows):
                yield {name: reader.read(min(rows, n - begin)) for name, reader in readers.items()}

    def whole(self, name: str) -> NDArray:
        """One small array."""
        n = self.headers[name].shape[0]
        with contextlib.ExitStack() as stack:
            return self._reader(name, n, stack).read(n)

    def locate(self, row: int) -> str:
        """The file and the row."""
        return f"{self.name}, row {row}"

    def _is_stored(self, name: str) -> bool:
        info = self.members[name]
        return info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1

    def _reader_at(self, start: int, name: str, rows: int, stack: contextlib.ExitStack) -> ArrayReader:
        if not self._is_stored(name):
            reader = self._reader(name, rows, stack)
            for begin in range(0, start, rows):
                reader.read(min(rows, start - begin))
            return reader
        stream: IO[bytes] = stack.enter_context(self.path.open("rb", buffering=0))
        base = _data_offset(stream, self.members[name], self.name)
        reader = ArrayReader(stream, self.headers[name], rows, base)
        reader.skip(start)
        return reader

    def _reader(self, name: str, rows: int, stack: contextlib.ExitStack) -> ArrayReader:
        info, header = self.members[name], self.headers[name]
        reader = functools.partial(ArrayReader, header=header, rows=rows, buffers=2 if self.slow else 1)
        if self._is_stored(name):
            stream: IO[bytes] = stack.enter_context(self.path.open("rb", buffering=0))
            base = _data_offset(stream, info, self.name)
            stream.seek(base + header.offset)
            if header.fortran:
                return reader(stream, base=base)
            if name in self.checked:
                return reader(stream)
            return reader(_Checked(stream, info, header, lambda: self.checked.add(name)))  # type: ignore[arg-type]
        archive = stack.enter_context(zipfile.ZipFile(readable(self.path)))
        packed = stack.enter_context(archive.open(info))
        if header.fortran:
            with in_temporary_folder():
                unpacked = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 (the stack closes it)
            spool(packed, unpacked)
            return reader(unpacked)
        packed.read(header.offset)
        return reader(packed)


def _data_offset(stream: IO[bytes], info: zipfile.ZipInfo, name: str) -> int:
    """Where the bytes of a stored member start: after its local header, whose length is its own."""
    stream.seek(info.header_offset)
    local = stream.read(LOCAL_HEADER.size)
    signature, name_length, extra_length = LOCAL_HEADER.unpack(local)
    if signature != b"PK\x03\x04":
        raise ClassliftError(name, "the zip directory points to the wrong place", fix="export the file again.")
    return int(info.header_offset + LOCAL_HEADER.size + name_length + extra_length)


class _Checked:
    """A stored member that is compared with its checksum when its last byte has been read, in the first pass."""

    def __init__(
        self, stream: IO[bytes], info: zipfile.ZipInfo, header: ArrayHeader, passed: Callable[[], None]
    ) -> None:
        self.stream, self.info, self.passed = stream, info, passed
        stream.seek(-header.offset, 1)
        self.sum = zlib.crc32(stream.read(header.offset))
        self.left = info.file_size - header.offset

    def readinto(self, view: memoryview) -> int:
        got = int(self.stream.readinto(view))  # type: ignore[attr-defined]
        self.sum = zlib.crc32(view[:got], self.sum)
        self.left -= got
        if self.left == 0 and self.sum != self.info.CRC:
            raise zipfile.BadZipFile(f"bad checksum for {self.info.filename!r}")
        if self.left == 0:
            self.passed()
        return got


def open_container(path: Path, name: str) -> NpzContainer:
    """Open the file for reading."""
    return NpzContainer(path, name)
