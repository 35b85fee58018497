"""The verdict on what a layer did to new rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.shares import FAR_FROM_SAID
from classlift.output.verdict.noun import NAMED, Outcome, Verdict, count, listed

if TYPE_CHECKING:
    from classlift.layer.apply import ApplySummary


def applied(result: ApplySummary) -> Verdict:
    """Say how many rows a layer adjusted, how many predictions changed, and which classes are predicted now."""
    before, after = result.predicted_before, result.predicted_after
    woken = np.flatnonzero((before == 0) & (after > 0))
    sentences = [
        f"{result.n_adjusted:,} of {count(result.n_samples, 'row', 'rows')} adjusted; the predicted class of "
        f"{result.n_changed:,} changed."
    ]
    if result.shift is not None:
        shares = "estimated class shares" if result.shift.n_samples else f"the class shares of {result.shift.name}"
        doubt = "".join(f"; {note}" for note in result.notes if note.startswith(FAR_FROM_SAID))
        sentences.append(f"the scores were shifted to {shares} before the layer{doubt}.")
    if result.n_abstained is not None:
        part = result.n_abstained / max(1, result.n_samples)
        sentences.append(
            f"{count(result.n_abstained, 'row has', 'rows have')} no predicted class ({part:.1%}), as the largest "
            "probability is lower than was asked for."
        )
    if len(woken):
        named = listed([result.classes[k] for k in woken[:NAMED]], len(woken))
        sentences.append(f"{count(len(woken), 'class is', 'classes are')} predicted now and never before ({named}).")
    return Verdict(Outcome.SHOWN, tuple(sentences))
