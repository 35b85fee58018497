"""Pieces of a source, and what works on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from classlift.data.source import PredictionSource

if TYPE_CHECKING:
    from classlift.data.repairs import Repairs
    from classlift.engines import Engine


class PieceSource(PredictionSource, Protocol):
    """A source that tells what was done to its rows, so that pieces can be told of together."""

    @property
    def repairs(self) -> Repairs:
        """What reading did to bad rows (complete after a whole pass)."""


class Piece(Protocol):
    """Some successive rows, which any process can open; it travels between processes."""

    def open(self) -> PieceSource:
        """Open it."""


@dataclass(frozen=True)
class Pieces:
    """A source cut into pieces, and the engine that works them.

    Parameters
    ----------
    source : PredictionSource
        The whole, as this process sees it.
    pieces : sequence of Piece
        All its rows, in order.
    engine : Engine
        Where they are worked.
    """

    source: PredictionSource
    pieces: Sequence[Piece]
    engine: Engine


T = TypeVar("T")


class Each(Generic[T]):
    """Several sums side by side.

    Parameters
    ----------
    sums : sequence
        What adds up with what stands in the same place of another.
    """

    def __init__(self, *sums: T) -> None:
        self.sums = sums

    def __iter__(self) -> Iterator[T]:
        return iter(self.sums)

    def __add__(self, other: Self) -> Self:
        return type(self)(*(a + b for a, b in zip(self.sums, other.sums, strict=True)))  # type: ignore[operator]
