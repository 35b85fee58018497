"""What was read: which columns were taken for what, and why."""

from __future__ import annotations

from typing import NamedTuple

WIDEST = 104
"""Columns of a terminal that the line takes at most."""


class Reading(NamedTuple):
    """What a source took for scores, labels and ids.

    Parameters
    ----------
    scores : str
        The columns of the scores.
    kind : str
        What they are: probabilities, logits or scores.
    why : str
        How that is known.
    labels : str
        The columns of the labels, and their file where it is another one; empty where there are none.
    matched : str
        How labels were matched with classes.
    ids : str
        The column of ids; empty where there is none.
    rejected : tuple of str
        What could have been taken for one of these, and why it was not.
    shares : str
        Class shares that figures are shown under, where they are not those of the rows.
    """

    scores: str
    kind: str
    why: str
    labels: str = ""
    matched: str = ""
    ids: str = ""
    rejected: tuple[str, ...] = ()
    shares: str = ""

    @property
    def line(self) -> str:
        """All but what was rejected, in one line.

        Examples
        --------
        >>> Reading("probs (10 classes)", "probabilities", "by name", "labels", "class numbers").line
        'read: probs (10 classes): probabilities (by name); labels: labels (class numbers)'
        """
        labels = f"labels: {self.labels} ({self.matched})" if self.labels else "no labels"
        ids = f"; ids: {self.ids}" if self.ids else ""
        shares = f"; class shares: {self.shares}" if self.shares else ""
        texts = [f"read: {self.scores}: {self.kind}{why}; {labels}{ids}{shares}" for why in (f" ({self.why})", "")]
        if shares:  # what was said last is not cut
            texts.append(f"read: {self.scores}: {self.kind}; labels: {self.labels}{shares}")
        text = next((text for text in texts if len(text) <= WIDEST), texts[-1])
        return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def reading_of(source: object) -> Reading | None:
    """What a source read; None where it does not say."""
    return getattr(source, "reading", None)
