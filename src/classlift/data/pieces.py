"""A source cut into pieces, and what works on them; a source worked in this process is one piece."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from classlift.data.repairs import NO_REPAIRS, Repairs
from classlift.data.source import PredictionSource, SourceView

if TYPE_CHECKING:
    from classlift.data.predictions import Predictions


class Engine(Protocol):
    """Where pieces are worked: it calls functions that live at the top of a module, wherever it likes."""

    @property
    def width(self) -> int:
        """How many calls are worked at once."""

    def map(self, function: Callable[..., Any], items: Sequence[Any], *shared: Any) -> list[Any]:  # noqa: ANN401
        """``[function(item, *shared) for item in items]``, in this order."""

    def reduce(self, function: Callable[..., Any], items: Sequence[Any], *shared: Any) -> Any:  # noqa: ANN401
        """Sum of these by ``+``, neighbours first."""


class InProcess:
    """The engine that calls functions here and now."""

    width = 1

    def map(self, function: Callable[..., Any], items: Sequence[Any], *shared: Any) -> list[Any]:  # noqa: ANN401
        """``[function(item, *shared) for item in items]``."""
        return [function(item, *shared) for item in items]

    def reduce(self, function: Callable[..., Any], items: Sequence[Any], *shared: Any) -> Any:  # noqa: ANN401
        """Sum of these by ``+``."""
        return functools.reduce(operator.add, (function(item, *shared) for item in items))


class PieceSource(PredictionSource, Protocol):
    """A source that counts what was done to its rows, so that pieces can be reported together."""

    @property
    def repairs(self) -> Repairs:
        """What reading did to bad rows (complete after a whole pass)."""


class Piece(Protocol):
    """Some successive rows, which any process can open; it travels between processes."""

    def open(self) -> PieceSource:
        """Open it."""

    def again(self) -> Piece:
        """Give the same to be read once more: nobody looks again for what is odd about its rows."""


@dataclass(frozen=True)
class Whole(SourceView):
    """A source as its own and only piece; its notes already report its repairs."""

    repairs: Repairs = NO_REPAIRS

    def open(self) -> Whole:
        """Give itself."""
        return self

    def again(self) -> Whole:
        """Give itself: a source remembers what is odd about its rows."""
        return self

    def blocks(self) -> Iterator[Predictions]:
        """Yield the rows in order."""
        return self.source.blocks()


@dataclass(frozen=True)
class Pieces(SourceView):
    """A source cut into pieces, and the engine that works them; itself a source, for who asks no engine.

    Parameters
    ----------
    pieces : sequence of Piece
        All rows of the source, in order; the source is the whole, as this process sees it.
    engine : Engine
        Where they are worked.
    """

    pieces: Sequence[Piece]
    engine: Engine

    @property
    def in_process(self) -> bool:
        """Whether they are worked here, as one."""
        return isinstance(self.engine, InProcess) and len(self.pieces) == 1

    def blocks(self) -> Iterator[Predictions]:
        """Yield the rows in order."""
        for piece in self.pieces:
            yield from piece.open().blocks()


def as_pieces(rows: PredictionSource | Pieces) -> Pieces:
    """Give pieces as they are, and a source as one piece that is worked in this process."""
    return rows if isinstance(rows, Pieces) else Pieces(rows, [Whole(rows)], InProcess())
