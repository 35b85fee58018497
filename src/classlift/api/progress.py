"""How far a verb is: what is read and worked out tells its share to whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.data.source import PredictionSource, SourceView

if TYPE_CHECKING:
    from classlift.data.predictions import Predictions

Progress = Callable[[str], AbstractContextManager[Callable[[float], None]]]
"""Takes what is being done and gives a context whose value is called with the share that is done."""


@contextmanager
def unwatched(what: str) -> Iterator[Callable[[float], None]]:
    """Show nothing."""
    del what
    yield lambda share: None


def tracked(source: PredictionSource, progress: Progress | None) -> PredictionSource:
    """Wrap a source so that each pass over it reports how far it is; without a listener, give the source itself."""
    return source if progress is None else _Tracked(source, progress)


@dataclass(frozen=True)
class _Tracked(SourceView):
    """A source whose passes tell how far they are."""

    progress: Progress

    def blocks(self) -> Iterator[Predictions]:
        done, total = 0, self.source.n_samples
        with self.progress(f"reading {self.source.name}") as move:
            for block in self.source.blocks():
                yield block
                done += block.n_samples
                if total:
                    move(done / total)
