"""Whom a change costs, and which classes it wakes, in the verdict."""

import numpy as np

from classlift.output.verdict import comparison as verdicts
from classlift.output.verdict.noun import NO_BREAK
from support.changes import LABELS, compared, moved


def test_classes_that_are_predicted_now_are_counted_with_the_figures():
    none, some = moved({2: 200}, {2: 0}), moved({2: 60}, {2: 0})
    assert verdicts.compared(compared(none, some, LABELS)).sentences[0].endswith(", never predicted 1 → 0.")
    assert "never predicted" not in verdicts.compared(compared(some, LABELS, LABELS)).sentences[0]


def test_a_class_whose_precision_falls_below_half_is_named():
    """Class 2 was right in all of its 100 rows; then 200 rows of either other class are called so, too."""
    labels = np.repeat([0, 1, 2], [600, 600, 200])
    before, after = labels.copy(), labels.copy()
    before[1300:] = 0
    after[400:600] = after[1000:1200] = 2
    found = verdicts.compared(compared(before, after, labels, ["cat", "dog", "emu"]))
    (who,) = [s for s in found.sentences if s.startswith("beyond chance")]
    assert "; precision below half: emu 100 → 33 %; 100 rows" in who.replace(NO_BREAK, " ")
    assert len(found.sentences) <= 4
    kept = verdicts.compared(compared(before, labels, labels))
    assert not any("precision" in sentence for sentence in kept.sentences)


def test_classes_that_are_predicted_now_are_told_with_their_precision():
    """Neither class 2 nor 3 was predicted; then 2 is right in 60 of 80 rows, and 3 in 30 of 60."""
    labels = np.repeat([0, 1, 2, 3], [600, 600, 100, 100])
    before = np.where(labels > 1, 0, labels)
    after = before.copy()
    after[1200:1260], after[:20], after[1300:1330], after[600:630] = 2, 2, 3, 3
    (who,) = [s for s in verdicts.compared(compared(before, after, labels)).sentences if s.startswith("beyond")]
    assert "; newly predicted: 2 classes, precision 50 to 75 %; 90 rows" in who.replace(NO_BREAK, " ")
    after[1300:1330] = after[600:630] = 0
    (who,) = [s for s in verdicts.compared(compared(before, after, labels)).sentences if s.startswith("beyond")]
    assert "; newly predicted: 1 class, precision 75 %; 60 rows" in who.replace(NO_BREAK, " ")
