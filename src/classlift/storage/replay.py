"""A source that is slow to read leaves its rows in a temporary file, from which later passes come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

from classlift.data.predictions import Predictions
from classlift.data.source import SourceView
from classlift.storage.write.spool import Spool, Spools

LARGEST = 1 << 30
"""Bytes of scores and labels that are kept at most; a larger source is read anew in every pass."""

SCORES, LABELS, CLUSTERS = "scores", "labels", "clusters"


@dataclass(frozen=True)
class Replay(SourceView):
    """Scores, labels and clusters of a source that is slow to read, for example text; no other columns."""

    _kept: dict[str, Spool] = field(default_factory=dict, init=False)

    def blocks(self) -> Iterator[Predictions]:
        """Yield the blocks: of the source until a pass over it was whole, then of the temporary file."""
        return self._replayed() if self._kept else self._read()

    def _read(self) -> Iterator[Predictions]:
        spools: Spools | None = Spools(None)
        for block in self.source.blocks():
            if spools is not None and not _add(spools, block):
                spools.close()
                spools = None
            yield block
        self._kept.update(spools or {})

    def _replayed(self) -> Iterator[Predictions]:
        start = 0
        labels, clusters = (
            self._kept[name].blocks() if name in self._kept else repeat(None) for name in (LABELS, CLUSTERS)
        )
        for scores, known, keys in zip(self._kept[SCORES].blocks(), labels, clusters, strict=False):
            yield Predictions(scores, self.kind, self.classes, known, {}, self.name, start, keys)
            start += len(scores)


def _add(spools: Spools, block: Predictions) -> bool:
    """Keep the rows of a block; False where they become too many, or the disk is full."""
    try:
        spools.add(SCORES, block.scores)
        if block.labels is not None:
            spools.add(LABELS, block.labels)
        if block.clusters is not None:
            spools.add(CLUSTERS, block.clusters)
    except OSError:
        return False
    return sum(spool.n_bytes for spool in spools.values()) <= LARGEST
