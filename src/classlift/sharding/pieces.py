"""Pieces of a source, and what works on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from classlift.sources import PredictionSource

if TYPE_CHECKING:
    from classlift.mended import Mended


class PieceSource(PredictionSource, Protocol):
    """A source that tells what was done to its rows, so that pieces can be told of together."""

    @property
    def mended(self) -> Mended:
        """What reading did to bad rows (complete after a whole pass)."""


class Piece(Protocol):
    """Some successive rows, which any process can open; it travels between processes."""

    def open(self) -> PieceSource:
        """Open it."""


class Engine(Protocol):
    """Where pieces are worked: it calls functions that live at the top of a module, wherever it likes."""

    @property
    def width(self) -> int:
        """How many calls are worked at once."""

    def map(self, function: Callable[..., Any], items: Sequence[Any], *shared: Any) -> list[Any]:  # noqa: ANN401
        """``[function(item, *shared) for item in items]``, in this order."""

    def reduce(self, function: Callable[..., Any], items: Sequence[Any], *shared: Any) -> Any:  # noqa: ANN401
        """Sum of these by ``+``, neighbours first."""


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
