"""What can be read again and again in blocks of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from classlift.data.reading import Reading, reading_of
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from classlift.data.kind import Kind
    from classlift.data.predictions import Predictions


def require_raw(source: PredictionSource) -> None:
    """Refuse rows that a layer adjusted already: it would adjust them a second time."""
    if getattr(source, "is_adjusted", False):
        raise ClassliftError(
            source.name,
            "was written by apply (columns adjusted and changed): a layer would adjust it a second time",
            fix="give the predictions before any layer; if a second layer is meant, leave out these two columns.",
        )


class Described(Protocol):
    """What says which model's predictions it is about."""

    @property
    def kind(self) -> Kind:
        """What its scores are."""

    @property
    def n_classes(self) -> int:
        """Number of classes."""

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names in the order of the columns, or None where the file has none."""


class PredictionSource(Described, Protocol):
    """A file, folder, array or table that can be read again and again in blocks of bounded size."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def has_labels(self) -> bool:
        """Whether its blocks carry labels."""

    @property
    def n_samples(self) -> int | None:
        """Number of rows, or None where it is known only after reading."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how it was read (complete after a whole pass)."""

    def blocks(self) -> Iterator[Predictions]:
        """Yield the rows in order; a block is valid until the next one is asked for."""


@dataclass(frozen=True)
class SourceView:
    """A source seen through another: everything but `blocks` is what the source says.

    Parameters
    ----------
    source : PredictionSource
        The source behind it.
    """

    source: PredictionSource

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.source.name

    @property
    def kind(self) -> Kind:
        """What its scores are."""
        return self.source.kind

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.source.n_classes

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names, or None."""
        return self.source.classes

    @property
    def has_labels(self) -> bool:
        """Whether its blocks carry labels."""
        return self.source.has_labels

    @property
    def n_samples(self) -> int | None:
        """Number of rows, where it is known."""
        return self.source.n_samples

    @property
    def is_adjusted(self) -> bool:
        """Whether `apply` wrote the rows."""
        return bool(getattr(self.source, "is_adjusted", False))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Columns that its blocks do not carry."""
        return tuple(getattr(self.source, "left_out", ()))

    @property
    def is_named(self) -> bool:
        """Whether the columns carry names, be they only the numbers of the classes."""
        return bool(getattr(self.source, "is_named", False))

    @property
    def reading(self) -> Reading | None:
        """What was taken for what."""
        return reading_of(self.source)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how it was read."""
        return self.source.notes


@dataclass(frozen=True)
class Watched(SourceView):
    """A source whose blocks somebody else sees before who asked for them.

    Parameters
    ----------
    watch : callable
        Called with each block.
    """

    watch: Callable[[Predictions], None]

    def blocks(self) -> Iterator[Predictions]:
        """Yield the rows in order."""
        for block in self.source.blocks():
            self.watch(block)
            yield block


@dataclass(frozen=True)
class Noted(SourceView):
    """A source with more to say of how it was read.

    Parameters
    ----------
    more : tuple of str
        What else a user should know.
    """

    more: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how it was read."""
        return tuple(dict.fromkeys((*self.source.notes, *self.more)))

    def blocks(self) -> Iterator[Predictions]:
        """Yield the rows in order."""
        return self.source.blocks()
