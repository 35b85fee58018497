"""Arrays as a prediction source whose blocks are as small as a test wants them, in one buffer that is used again."""

from dataclasses import dataclass, field

import numpy as np

from classlift.data.kind import Kind
from classlift.data.predictions import Predictions


@dataclass
class ArraySource:
    """Rows of arrays in blocks of `block_rows`; like a file reader it overwrites one block by the next."""

    scores: np.ndarray
    labels: np.ndarray | None = None
    kind: Kind = Kind.PROBABILITIES
    classes: tuple[str, ...] | None = None
    block_rows: int = 4096
    name: str = "array"
    notes: tuple[str, ...] = ()
    columns: dict = field(default_factory=dict)
    clusters: np.ndarray | None = None
    passes: int = field(default=0, init=False)

    @property
    def n_classes(self):
        return self.scores.shape[1]

    @property
    def has_labels(self):
        return self.labels is not None

    @property
    def n_samples(self):
        return len(self.scores)

    def blocks(self):
        self.passes += 1
        buffer = np.empty((min(self.block_rows, max(len(self.scores), 1)), self.n_classes), self.scores.dtype)
        for start in range(0, len(self.scores), self.block_rows):
            rows = slice(start, start + self.block_rows)
            part = buffer[: len(self.scores[rows])]
            part[...] = self.scores[rows]
            labels = None if self.labels is None else self.labels[rows].astype(np.int64)
            columns = {name: column[rows] for name, column in self.columns.items()}
            clusters = None if self.clusters is None else self.clusters[rows]
            yield Predictions(part, self.kind, self.classes, labels, columns, self.name, start, clusters)
            buffer.fill(np.nan)


class Shards(ArraySource):
    """The same rows cut at given places, as a folder of shards would be."""

    def __init__(self, scores, labels, cuts, **more):
        super().__init__(scores, labels, **more)
        self.cuts = sorted({0, *cuts, len(scores)})

    def blocks(self):
        for start, end in zip(self.cuts[:-1], self.cuts[1:], strict=True):
            part = ArraySource(self.scores[start:end], self.labels[start:end], self.kind, self.classes)
            yield from part.blocks()


def parameters(layer):
    """H = [W | b] of a layer of one full step."""
    (step,) = layer.steps
    return np.hstack([step.weight, step.bias[:, None]])
