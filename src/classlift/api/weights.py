"""Weigh the classes for the next training run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.api.arguments import check_arguments, check_word
from classlift.api.where import DEFAULT_READING, opened
from classlift.fitting.class_weights import SCHEMES, ClassWeights, weigh
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from classlift.api.progress import Progress
    from classlift.api.where import Where


def weights(
    where: Where,
    labels: ArrayLike | None = None,
    *,
    logits: bool | None = None,
    scheme: str = "balanced",
    beta: float | None = None,
    accuracy_floor: float = 0.1,
    counts: Sequence[float] | None = None,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> ClassWeights:
    """Give class weights for the loss of the next training run, their mean 1; see `classlift weights`.

    Parameters
    ----------
    where : path, mapping of arrays, frame, or array of scores
        Labelled validation predictions.
    labels : array-like, optional
        Labels of the rows, where `where` is an array of scores.
    logits : bool, optional
        Whether the scores are logits; False: probabilities. Without it names and values tell.
    scheme : {'balanced', 'accuracy', 'effective-number'}
        ``1 / n_k``; ``max(recall_k, accuracy_floor)^-beta``; ``(1 - beta) / (1 - beta^n_k)``.
    beta : float, optional
        How strong the weights of the last two are.
    accuracy_floor : float
        Lowest recall that is believed.
    counts : sequence of float, optional
        Rows of each class in the training set; the rows of `where` where left out.
    reading : ReadOptions
        How to read, where it is ambiguous.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    ClassWeights
        ``.weights`` in class order; ``.to_frame()`` and ``.to_dict()`` by name.

    Examples
    --------
    >>> import numpy as np
    >>> weights(np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]]), [0, 0, 1]).weights.round(2).tolist()
    [0.67, 1.33]
    """
    check_word("scheme", scheme, SCHEMES)
    check_arguments(beta=beta, accuracy_floor=accuracy_floor, reading=reading)
    source = opened(where, reading, labels=labels, logits=logits, progress=progress)
    return weigh(source, scheme=scheme, beta=beta, accuracy_floor=accuracy_floor, counts=counts)
