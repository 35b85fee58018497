"""Document of a blend."""

from typing import TypedDict

from classlift.output.documents.types.parts import Count, Flat, Head, Score, Share


class BlendInput(TypedDict):
    """An input of a blend; figures are null without labels."""

    name: str
    weight: Share
    total: Share | None
    low20: Share | None
    nll: Score | None


class FittedWeightsDocument(TypedDict):
    """What fitted weights gain over equal ones out of fold, in nats per row, and whether they were taken."""

    taken: bool
    gain: float
    error: Score
    most_likely: list[Share]


class BlendDocument(Head):
    """Predictions that were blended."""

    figures: Flat
    n_labelled: Count
    inputs: list[BlendInput]
    fit: FittedWeightsDocument | None
