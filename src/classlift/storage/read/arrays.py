"""Arrays as numpy stores them, a short header and the data: shared by .npy, .npz and .safetensors."""

from __future__ import annotations

import math
import tokenize
import warnings
from itertools import cycle
from typing import IO, TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.read.container import Column

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"\x93NUMPY"
READABLE_KINDS = "fiubUS"


class ArrayHeader(NamedTuple):
    """Type, shape and place of an array's data in its stream."""

    dtype: np.dtype
    shape: tuple[int, ...]
    fortran: bool
    offset: int

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return self.dtype.itemsize * math.prod(self.shape[1:])

    @property
    def data_bytes(self) -> int:
        """Bytes of all rows."""
        return self.dtype.itemsize * math.prod(self.shape)

    @property
    def readable(self) -> bool:
        """Whether it is an array of plain numbers or text with rows."""
        return self.dtype.kind in READABLE_KINDS and self.dtype.itemsize > 0 and len(self.shape) > 0

    @property
    def column(self) -> Column:
        """Its description for the layout."""
        text = self.dtype.kind in "US"
        dtype = np.dtype(object) if text else _native(self.dtype)
        return Column(dtype, self.shape[1:], self.shape[0])


def type_fix(dtype: np.dtype) -> str:
    """What to do with an array whose values are neither numbers of one part nor text."""
    if dtype.kind in "mM":
        return "it holds times: save them as text, with .astype(str)."
    if dtype.kind == "c":
        return "it holds complex numbers: save the real part, .real, or the size, abs(), whichever is meant."
    return f"it holds values of the type {dtype}: save plain numbers or text."


def read_header(stream: IO[bytes], where: str, stored: int) -> ArrayHeader:
    """Read the header at the start of `stream` and compare what it declares with the `stored` bytes.

    Raises
    ------
    ClassliftError
        If the array declares more or less than is stored; nothing has been allocated then.
    """
    start = stream.tell()
    shape, fortran, dtype = parse_header(stream)
    offset = stream.tell() - start
    header = ArrayHeader(dtype, tuple(shape), fortran and len(shape) > 1, offset)
    if not dtype.hasobject and header.data_bytes != stored - offset:
        raise ClassliftError(
            where,
            f"declares {header.data_bytes:,} bytes of data with shape {shape}, {stored - offset:,} are stored",
            fix="the file is cut or damaged: export it again.",
        )
    return header


def parse_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and type that the header at the start of `stream` declares.

    Raises
    ------
    ValueError
        If it is not such a header, whatever numpy makes of it.
    """
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # headers that Python 2 wrote are read as well
            shape, fortran, dtype = read(stream)
    except (tokenize.TokenError, SyntaxError, TypeError, MemoryError, RecursionError, OverflowError):
        raise ValueError("the header of its array cannot be understood") from None
    if any(size < 0 for size in shape):
        raise ValueError(f"an array declares the shape {shape}")
    return shape, fortran, dtype


class ArrayReader:
    """Successive rows of one array, read into a reused buffer, or into several in turn.

    Parameters
    ----------
    stream : binary file
        Its position 0 is the start of the array's header; seekable where the array is in Fortran order.
    header : ArrayHeader
        What `read_header` found.
    rows : int
        Most rows that will be asked for at once.
    base : int
        Where the header starts in a seekable stream.
    buffers : int
        How many: with 2 what was read last stays valid while the next rows are read.
    """

    def __init__(
        self, stream: IO[bytes], header: ArrayHeader, rows: int, base: int = 0, *, buffers: int = 1
    ) -> None:  # fmt: skip
        self.stream, self.header, self.base = stream, header, base
        size = min(rows, header.shape[0]) * header.row_bytes
        self.buffers = cycle([np.empty(size, np.uint8) for _ in range(buffers)])
        self.start = 0

    def read(self, n: int) -> NDArray:
        """Next `n` rows, in native byte order; text as str."""
        h = self.header
        used = next(self.buffers)[: n * h.row_bytes]
        rows: NDArray = np.ndarray((n, *h.shape[1:]), h.dtype, buffer=used.data if n else b"")
        if h.fortran:
            self._read_columns(rows)
        else:
            fill(self.stream, used)
        self.start += n
        if h.dtype.kind == "S":
            return np.strings.decode(rows, "utf-8")
        if h.dtype.kind == "U":
            _check_text(rows)
        with np.errstate(over="ignore"):  # what is beyond float64 becomes infinite, and is refused as that
            return rows if h.dtype == _native(h.dtype) else rows.astype(_native(h.dtype))

    def skip(self, rows: int) -> None:
        """Go to the row `rows` of a seekable stream."""
        self.start = rows
        self.stream.seek(self.base + self.header.offset + rows * self.header.row_bytes)

    def _read_columns(self, rows: NDArray) -> None:
        h = self.header
        n, flat = len(rows), rows.reshape(len(rows), -1, order="F")
        piece = np.empty(n, h.dtype)
        for k in range(flat.shape[1]):
            self.stream.seek(self.base + h.offset + (k * h.shape[0] + self.start) * h.dtype.itemsize)
            fill(self.stream, piece.view(np.uint8))
            flat[:, k] = piece


def _native(dtype: np.dtype) -> np.dtype:
    """The type in native byte order; float64 for floats that are longer, which other formats do not have."""
    return np.dtype(np.float64) if dtype.kind == "f" and dtype.itemsize > 8 else dtype.newbyteorder("=")


def _check_text(rows: NDArray) -> None:
    """Refuse numbers that are not characters, and halves of characters: no text can be made of them."""
    codes = np.ascontiguousarray(rows).view(rows.dtype.str[0] + "u4") if rows.size else rows
    if rows.size and ((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))).any():
        raise ValueError("a text array holds numbers that are not characters")


def fill(stream: IO[bytes], raw: NDArray[np.uint8]) -> None:
    """Read exactly ``len(raw)`` bytes into `raw`."""
    view = raw.data
    while view:
        got = stream.readinto(view)  # type: ignore[attr-defined]
        if not got:
            raise EOFError("the file ends early")
        view = view[got:]
