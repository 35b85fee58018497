"""What every written format agrees on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray


PREFIXES = {"probs": "prob_", "logits": "logit_", "scores": "score_"}
"""What the score columns begin with, by the name of the scores."""


@dataclass(frozen=True, kw_only=True)
class WriterSpec:
    """What a writer must know before the first rows.

    Parameters
    ----------
    classes : tuple of str, optional
        Class names in the order of the columns.
    n_classes : int
        Number of classes.
    n_samples : int, optional
        Number of rows, where it is known.
    score_name : str, optional
        Name of the matrix of scores, or None where none is written.
    suffix : str
        Suffix of the file.
    folder : Path, optional
        Where temporary files may lie; None: where the system puts them.
    """

    classes: tuple[str, ...] | None
    n_classes: int
    n_samples: int | None
    score_name: str | None
    suffix: str
    folder: Path | None


class Writer(Protocol):
    """Takes blocks of named columns; all blocks have the same names and as many rows in each column."""

    def write(self, columns: Mapping[str, NDArray]) -> None:
        """Add rows."""

    def finish(self) -> None:
        """Write what can only be written at the end."""

    def close(self) -> None:
        """Let go of everything, finished or not."""
