"""Objects in stores (s3, gs, az, hdfs, … through fsspec), used like files; their errors become ours."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import tempfile
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from classlift.errors import ClassliftError, MissingExtraError
from classlift.storage.remote_errors import NotThereError, StoredFile, stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fsspec import AbstractFileSystem

AHEAD = 8 << 20
"""Bytes that are fetched beyond what is asked for, where rows are read in order."""

WITH_BUCKETS = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss"}
"""Stores of buckets, where an object appears whole when its upload ends; elsewhere it is renamed at the end."""


OF_EXTRA = {"fsspec", "s3fs", "gcsfs", "adlfs"}
"""Packages that the extra installs."""


class Status(NamedTuple):
    """Size of what was found; a link would be followed."""

    st_size: int


class RemotePath:
    """An object in a store, with those methods of `pathlib.Path` that this room uses.

    Parameters
    ----------
    url : str
        Its address.
    system : AbstractFileSystem
        The store.
    path : str
        Its name there.
    """

    def __init__(self, url: str, system: AbstractFileSystem, path: str) -> None:
        self.url, self.system, self.path = url, system, path

    @classmethod
    def of(cls, url: str) -> RemotePath:
        """Find the store of an address."""
        try:
            import fsspec  # noqa: PLC0415  (only for who names an address)

            with stored(url):
                system, path = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise _missing_package(url, error) from None
        system.invalidate_cache()
        return cls(url, system, path)

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        """Last part of the name."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """Suffix, with the point."""
        return os.path.splitext(self.name)[1]  # noqa: PTH122  (no path of this machine)

    @property
    def bucket(self) -> str:
        """First part of the name."""
        return self.path.lstrip("/").partition("/")[0]

    @property
    def _has_buckets(self) -> bool:
        protocol = self.system.protocol
        return not WITH_BUCKETS.isdisjoint([protocol] if isinstance(protocol, str) else protocol)

    def exists(self) -> bool:
        """Whether there is an object or a folder."""
        return self._info is not None

    def is_dir(self) -> bool:
        """Whether it is a folder: a prefix of objects."""
        return self._info is not None and self._info["type"] == "directory"

    def is_file(self) -> bool:
        """Whether it is an object."""
        return self.exists() and not self.is_dir()

    def stat(self) -> Status:
        """Give its size."""
        info = self._info
        if info is None:
            raise self.missing()
        if info.get("size") is None:
            raise ClassliftError(self.url, "does not tell its size", fix="download it first, and name the file.")
        return Status(int(info["size"]))

    def iterdir(self) -> list[RemotePath]:
        """List the objects in a folder."""
        with stored(self.url):
            return [self._named(name) for name in self.system.ls(self.path, detail=False)]

    def matches(self) -> list[RemotePath]:
        """List the objects that match the name, a pattern."""
        with stored(self.url):
            return [self._named(name) for name in self.system.glob(self.path)]

    def open(self, mode: str = "rb", buffering: int = -1, *, ahead: bool = True) -> IO[bytes]:
        """Open it for reading."""
        assert mode == "rb"
        with stored(self.url):
            inner = self.system.open(self.path, "rb", block_size=AHEAD, cache_type="readahead" if ahead else "none")
        raw = StoredFile(inner, self.url, self.stat().st_size)
        return cast("IO[bytes]", raw if buffering == 0 or not ahead else io.BufferedReader(raw))

    def read_bytes(self) -> bytes:
        """Read it whole."""
        with stored(self.url):
            return bytes(self.system.cat_file(self.path))

    def read_text(self, encoding: str) -> str:
        """Read it whole as text."""
        return self.read_bytes().decode(encoding)

    def upload(self, file: str) -> None:
        """Put the content of a local file there; it appears whole or not at all."""
        with stored(self.url):
            if self._has_buckets:
                self.system.put_file(file, self.path)
                return
            part = f"{self.path}.{secrets.token_hex(4)}.part"
            try:
                self.system.put_file(file, part)
                self.system.mv(part, self.path)
            except BaseException:
                with contextlib.suppress(Exception):
                    self.system.rm_file(part)
                raise

    def remove_all(self) -> None:
        """Remove what is below it, as far as that can be done."""
        with contextlib.suppress(Exception):
            self.system.rm(self.path, recursive=True)

    def check_target(self) -> None:
        """Refuse what could not be written, before any work is done."""
        if not self.name or self.url.endswith("/") or (self._has_buckets and self.path == self.bucket):
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
            if self._has_buckets:
                self.system.info(self.bucket)
        except FileNotFoundError:
            return True
        except Exception:  # whatever it is, the work itself will say it
            return False
        return False

    def _no_bucket(self) -> ClassliftError:
        return ClassliftError(
            self.url, f"there is no bucket {self.bucket!r}", fix="check its name, or create it first."
        )

    @cached_property
    def _info(self) -> dict[str, Any] | None:
        try:
            with stored(self.url):
                info: dict[str, Any] = self.system.info(self.path)
        except NotThereError:
            return None
        return info

    def _named(self, name: str) -> RemotePath:
        return RemotePath(str(self.system.unstrip_protocol(name)), self.system, name)


@contextlib.contextmanager
def whole_object(target: RemotePath) -> Iterator[IO[bytes]]:
    """Open a temporary file here for writing; it is uploaded when everything has been written."""
    target.check_target()
    with tempfile.NamedTemporaryFile(prefix="classlift-") as file:
        yield cast("IO[bytes]", file)
        file.flush()
        target.upload(file.name)


def _missing_package(url: str, error: ImportError) -> ClassliftError:
    """Name the package of a store; fsspec tells it in the cause."""
    package = error.name or getattr(error.__cause__, "name", None) or "fsspec"
    if package in OF_EXTRA:
        return MissingExtraError(url, package, extra="cloud")
    return ClassliftError(
        url, f"needs the package {package}, which is not installed", fix=f"install it with: pip install {package}"
    )
