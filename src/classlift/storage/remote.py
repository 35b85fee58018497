"""Objects in stores, used like files; their errors become ours."""

from __future__ import annotations

import contextlib
import fnmatch
import io
import os
import secrets
from functools import cached_property
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from pyarrow import fs

from classlift.errors import ClassliftError
from classlift.storage.paths import without_query
from classlift.storage.remote_errors import stored
from classlift.storage.remote_file import StoredFile
from classlift.storage.scratch import Scratch
from classlift.storage.stores import Store, store_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class Status(NamedTuple):
    """Size of what was found; a link would be followed."""

    st_size: int


class RemotePath:
    """An object in a store, with those methods of `pathlib.Path` that this room uses.

    Parameters
    ----------
    url : str
        Its address.
    store : Store
        Where it is, and its name there.
    """

    def __init__(self, url: str, store: Store) -> None:
        self.url, self.store = url, store
        self.system, self.path = store.system, store.path

    @classmethod
    def of(cls, url: str) -> RemotePath:
        """Find the store of an address."""
        return cls(url, store_of(url))

    def __str__(self) -> str:
        return self.url

    def __lt__(self, other: RemotePath) -> bool:
        return self.url < other.url

    @property
    def name(self) -> str:
        """Last part of the name."""
        return without_query(self.path).rstrip("/").rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """Suffix, with the point."""
        return os.path.splitext(self.name)[1]  # noqa: PTH122  (no path of this machine)

    @property
    def bucket(self) -> str:
        """First part of the name."""
        return self.path.lstrip("/").partition("/")[0]

    def exists(self) -> bool:
        """Whether there is an object or a folder."""
        return bool(self._info.type != fs.FileType.NotFound)

    def is_dir(self) -> bool:
        """Whether it is a folder: a prefix of objects."""
        return bool(self._info.type == fs.FileType.Directory)

    def is_file(self) -> bool:
        """Whether it is an object."""
        return self.exists() and not self.is_dir()

    def stat(self) -> Status:
        """Give its size."""
        if not self.exists():
            raise self.missing()
        if self._info.size is None:
            raise ClassliftError(self.url, "does not tell its size", fix="download it first, and name the file.")
        return Status(int(self._info.size))

    def iterdir(self) -> list[RemotePath]:
        """List the objects in a folder."""
        return self._listed(self.path.rstrip("/"), deep=False)

    def matches(self) -> list[RemotePath]:
        """List the objects that match the name, a pattern."""
        parts = self.path.split("/")
        fixed = next(k for k, part in enumerate(parts) if any(sign in part for sign in "*?["))
        found = self._listed("/".join(parts[:fixed]), deep=fixed < len(parts) - 1)
        return [path for path in found if _match(path.path.split("/"), parts)]

    def open(self, mode: str = "rb", buffering: int = -1, *, ahead: bool = True) -> IO[bytes]:
        """Open it for reading."""
        assert mode == "rb"
        with stored(self.url):
            inner = self.system.open_input_file(self.path)
            raw = StoredFile(inner, self.url, ahead=ahead, alone=isinstance(self.system, fs.PyFileSystem))
        return cast("IO[bytes]", raw if buffering == 0 or not ahead else io.BufferedReader(raw))

    def read_bytes(self) -> bytes:
        """Read it whole."""
        with stored(self.url), self.system.open_input_stream(self.path, compression=None) as stream:
            return bytes(stream.readall())

    def read_text(self, encoding: str) -> str:
        """Read it whole as text."""
        return self.read_bytes().decode(encoding)

    def upload(self, file: str) -> None:
        """Put the content of a local file there; it appears whole or not at all."""
        with stored(self.url):
            if self.store.has_buckets:
                self._copy(file, self.path)
                return
            part = f"{self.path}.{secrets.token_hex(4)}.part"
            try:
                self._copy(file, part)
                self.system.move(part, self.path)
            except BaseException:
                with contextlib.suppress(Exception):
                    self.system.delete_file(part)
                raise

    def remove_all(self) -> None:
        """Remove what is below it, as far as that can be done."""
        with contextlib.suppress(Exception):
            self.system.delete_dir(self.path)

    def check_target(self) -> None:
        """Refuse what could not be written, before any work is done."""
        if not self.name or self.url.endswith("/") or (self.store.has_buckets and self.path == self.bucket):
            raise ClassliftError(self.url, "is a folder, expected a file name", fix="add a file name with a suffix.")
        if self._bucket_is_missing():
            raise self._no_bucket()

    def missing(self) -> ClassliftError:
        """Say what is not there: the object or its bucket."""
        if self._bucket_is_missing():
            return self._no_bucket()
        return ClassliftError(self.url, "no such object or folder", fix="check the address.")

    def _bucket_is_missing(self) -> bool:
        """Whether there is surely no bucket; who may not look may still write."""
        try:
            return self.store.has_buckets and self.system.get_file_info(self.bucket).type == fs.FileType.NotFound
        except Exception:  # whatever it is, the work itself will say it
            return False

    def _no_bucket(self) -> ClassliftError:
        return ClassliftError(
            self.url, f"there is no bucket {self.bucket!r}", fix="check its name, or create it first."
        )

    @cached_property
    def _info(self) -> fs.FileInfo:
        with stored(self.url):
            return self.system.get_file_info(self.path)

    def _copy(self, file: str, target: str) -> None:
        """Copy a local file in one call: an interrupt between two would leave half of it there."""
        fs.copy_files(file, target, source_filesystem=fs.LocalFileSystem(), destination_filesystem=self.system)

    def _listed(self, folder: str, *, deep: bool) -> list[RemotePath]:
        """What lies in a folder that this name begins with."""
        with stored(self.url):
            infos = self.system.get_file_info(fs.FileSelector(folder, allow_not_found=True, recursive=deep))
        above = self.url.rstrip("/").removesuffix(self.path.rstrip("/").removeprefix(folder))
        names = [(above + info.path.removeprefix(folder), info.path) for info in infos]
        return [RemotePath(url, self.store._replace(path=path)) for url, path in names]


def _match(parts: list[str], patterns: list[str]) -> bool:
    """Whether a name matches a pattern, part by part."""
    return len(parts) == len(patterns) and all(map(fnmatch.fnmatchcase, parts, patterns))


@contextlib.contextmanager
def whole_object(target: RemotePath) -> Iterator[IO[bytes]]:
    """Open a temporary file here for writing; it is uploaded when everything has been written."""
    target.check_target()
    scratch = Scratch()
    try:
        with scratch.path.open("w+b") as file:
            yield file
        target.upload(str(scratch.path))
    finally:
        scratch.remove()
