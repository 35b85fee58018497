"""Text files as pieces that end with a line, and the threads that parse them."""

from __future__ import annotations

import gzip
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import IO, TYPE_CHECKING, TypeVar

from classlift.errors import ClassliftError
from classlift.kernels.threads import n_threads
from classlift.storage.paths import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Parsed = TypeVar("Parsed")
    Piece = bytes | bytearray

PIECE = 2 << 20
HEAD = 1 << 17
LONGEST_LINE = 8 << 20


def open_text(path: Path) -> IO[bytes]:
    """Open a text file, unpacked where it is gzip'd."""
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return gzip.open(readable(path)) if packed else path.open("rb")  # type: ignore[return-value]


def check_length(unfinished: Piece, name: str) -> None:
    """Refuse a line that does not end."""
    if len(unfinished) > LONGEST_LINE:
        raise ClassliftError(
            name,
            f"a line, or what stands between two quotes, is longer than {LONGEST_LINE:,} bytes",
            fix="end every row with a line end, and close every quote.",
        )


def pieces(
    stream: IO[bytes], name: str, last_line_end: Callable[[Piece], int], size: int = PIECE
) -> Iterator[bytearray]:
    """Cut what is left of a stream after whole lines; each piece is read to where it stays."""
    rest = bytearray()
    while True:
        piece = bytearray(len(rest) + size)
        piece[: len(rest)] = rest
        end = len(rest) + stream.readinto(memoryview(piece)[len(rest) :])  # type: ignore[attr-defined]
        del piece[end:]
        if end == len(rest):
            break
        cut = last_line_end(piece)
        rest = piece[cut:]
        check_length(rest, name)
        del piece[cut:]
        if piece:
            yield piece
    if rest.strip():
        yield rest


def first_piece(stream: IO[bytes], name: str, last_line_end: Callable[[Piece], int]) -> bytes:
    """First whole lines of what is left of a stream: all of them where they are few."""
    return b"".join(islice(pieces(stream, name, last_line_end, HEAD), 2))


def parsed(cut: Iterable[bytearray], parse: Callable[[Piece], Parsed]) -> Iterator[tuple[bytearray, Parsed]]:
    """Pieces in order with what is in them; a few are parsed at once, each by a thread of its own."""
    workers = n_threads()
    waiting: deque[tuple[bytearray, Future[Parsed]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for piece in cut:
            waiting.append((piece, pool.submit(parse, piece)))
            if len(waiting) > workers + 1:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()
