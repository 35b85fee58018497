"""Two classes in one column of scores: the probability or logit of one of them, where it is clear of which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.classes import spelling
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.storage.meaning import names as known

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from classlift.storage.meaning.sample import Sample

MANY = 30
NUMBERS = ({"0", "1"}, {"-1", "1"}, {"false", "true"})
ALL_CLASSES = "save the scores of all classes; for a binary model both 1 - p and p, the class of p last."


class OneOfTwo(NamedTuple):
    """Which of two classes a column of scores belongs to, what the scores are, and the classes' names, if any."""

    of: int
    kind: Kind
    names: tuple[str, ...] | None = None

    @property
    def words(self) -> str:
        """What the column is read as."""
        what = "logit" if self.kind is Kind.LOGITS else "probability"
        return f"the {what} of " + (f"{self.names[self.of]!r}" if self.names else f"class {self.of} of two")

    def both(self, scores: NDArray) -> NDArray:
        """Scores of both classes, shape (n, 2)."""
        one = scores.reshape(-1).astype(np.result_type(scores, np.float32))
        other = np.zeros_like(one) if self.kind is Kind.LOGITS else 1 - one
        return np.stack([other, one] if self.of else [one, other], axis=1)


def one_of_two(
    sample: Sample, name: str, texts: Collection[str], classes: Sequence[str] | None, wanted: Kind | None
) -> OneOfTwo:
    """What the only column of scores belongs to.

    Raises
    ------
    ClassliftError
        If labels and names leave a doubt.
    """
    rows = sample.numbers([name]).ravel()
    rows = rows[np.isfinite(rows)]
    inside = len(rows) > 0 and bool(((rows >= 0) & (rows <= 1)).all())
    larger = len(rows) >= MANY and bool((rows >= 0.5).all())  # of two, or of more
    lower = {text.lower() for text in texts}
    if not texts and (two := _of_two_values(sample, name)):
        raise _refused(sample, name, f"name the labels of the two classes: --labels-key {two}")
    if not texts or len(texts) > 2 or (inside and larger) or len(rows) == 0:
        raise _refused(sample, name, ALL_CLASSES)
    match = re.fullmatch(known.FAMILY, name)
    kind = wanted or known.kind_of(match["prefix"] if match else name) or (Kind.PROBABILITIES if inside else None)
    if kind is None or (kind is Kind.PROBABILITIES and not inside):
        raise ClassliftError(
            f"{sample.box.name}, {name!r}",
            "holds one value per row, expected one score per class or the probability of one of two",
            fix=f"if it is a logit or a margin, above 0 for the second class, say --scores-key {name} --logits",
        )
    if classes is None and any(lower <= known_texts for known_texts in NUMBERS):
        return OneOfTwo(int(not (match and match["suffix"] == "0")), kind)
    names = tuple(classes) if classes is not None else tuple(sorted(texts))
    named = _named(name, names)
    if len(names) != 2 or (named is None and classes is None):
        raise ClassliftError(
            f"{sample.box.name}, {name!r}",
            f"holds one value per row, which can be the {_what(kind)} of {' or '.join(map(repr, names))}",
            fix="write both names into a file, one per line, that of its class last, and say --classes FILE"
            if len(names) == 2
            else ALL_CLASSES,
        )
    return OneOfTwo(1 if named is None else named, kind, names)


def _what(kind: Kind) -> str:
    return "logit" if kind is Kind.LOGITS else "probability"


def _named(column: str, names: Sequence[str]) -> int | None:
    """Which of two names stands at the beginning or the end of that of the column, the longer one of two."""
    key = spelling(column)
    held = [
        k for k, name in enumerate(names) if (word := spelling(name)) and (key.startswith(word) or key.endswith(word))
    ]
    return max(held, key=lambda k: len(names[k]), default=None)


def _of_two_values(sample: Sample, scores: str) -> str | None:
    """A column beside the scores that holds two values, words first."""
    able = [name for name in sample.plain if name != scores and len(set(sample.texts(name))) == 2]
    able = [name for name in able if not known.is_predicted(name)]
    return min(able, key=sample.is_numeric, default=None)


def _refused(sample: Sample, name: str, fix: str) -> ClassliftError:
    return ClassliftError(
        f"{sample.box.name}, {name!r}", "holds one value per row, expected one score per class", fix=fix
    )
