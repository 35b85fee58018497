"""Exceptions of other libraries become ours here; used at the doors of this room only."""

from __future__ import annotations

import contextlib
import csv
import lzma
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from collections.abc import Iterator

DAMAGED = (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, struct.error, csv.Error)
"""What reading a file raises that is damaged."""


UTF16 = (
    "it is UTF-16: write it anew, once: "
    "open('out' + FILE[FILE.rindex('.'):], 'w', encoding='utf-8').write(open(FILE, encoding='utf-16').read())"
)


IN_USE = (32, 33)
"""What Windows calls a file that another program has open, or has locked."""


@contextlib.contextmanager
def ours(where: str) -> Iterator[None]:
    """Turn what the operating system, numpy, zipfile, pyarrow and json raise into one `ClassliftError`."""
    try:
        yield
    except ClassliftError:
        raise
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _of_system(where, error) from error
    except UnicodeDecodeError as error:
        raise ClassliftError(
            where,
            f"is not UTF-8 text (byte {error.start})",
            fix=UTF16
            if error.object[:2] in (b"\xff\xfe", b"\xfe\xff")
            else "save it as UTF-8, or give it the suffix of its format.",
        ) from error
    except DAMAGED as error:
        raise ClassliftError(
            where, f"is cut or damaged ({one_line(error)})", fix="export or copy the file again."
        ) from error
    except MemoryError as error:
        raise ClassliftError(where, "does not fit into memory", fix="use .npz or .parquet, cut into shards.") from error
    except (ValueError, NotImplementedError, RuntimeError) as error:
        raise ClassliftError(
            where, f"cannot be read ({one_line(error)})", fix="export the file again, or as .npz, .parquet or .csv."
        ) from error


@contextlib.contextmanager
def written(where: str) -> Iterator[None]:
    """Turn what the operating system raises while `where` is written into a `ClassliftError`; all else passes."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _of_system(where, error) from error


def one_line(error: BaseException) -> str:
    """Short text of an exception, without line ends."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "…"


def _of_system(where: str, error: OSError) -> ClassliftError:
    if getattr(error, "winerror", None) in IN_USE:
        return ClassliftError(where, "is open in another program", fix="close it there, or use another file.")
    if isinstance(error, PermissionError):
        return ClassliftError(where, "permission denied", fix="change the permissions, or use another file.")
    if isinstance(error, FileNotFoundError):
        return ClassliftError(where, "no such file or folder", fix="check the path.")
    if isinstance(error, IsADirectoryError):
        return ClassliftError(where, "is a folder, expected a file", fix="name a file in it.")
    if error.errno is None:
        return ClassliftError(where, f"is cut or damaged ({one_line(error)})", fix="export or copy the file again.")
    return ClassliftError(where, error.strerror or one_line(error), fix="check the path, the disk and its free space.")
