"""The fingerprint: of content alone, whatever the cut, the floating type or the byte order."""

import numpy as np
import pytest

from classlift.data.fingerprint import Fingerprint
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.errors import ClassliftError
from support.array_source import ArraySource

RNG = np.random.default_rng(0)
SCORES = RNG.dirichlet(np.ones(4), 50).astype(np.float32)
LABELS = RNG.integers(-1, 4, 50)


def digest(scores=SCORES, labels=LABELS, kind=Kind.PROBABILITIES, block_rows=4096):
    fingerprint = Fingerprint(scores.shape[1], kind)
    for block in ArraySource(scores, labels, kind, block_rows=block_rows).blocks():
        fingerprint += Fingerprint.of(block)
    return fingerprint.hexdigest()


def test_pinned():
    scores, labels = np.array([[0.25, 0.75], [0.5, 0.5]], np.float32), np.array([1, -1])
    assert digest(scores, labels) == "b1cd5bda224de798d8496f316415f3211a6b37ed150190293eb478d1d64ed2df"


@pytest.mark.parametrize("block_rows", [1, 7, 50])
def test_the_cut_into_blocks_does_not_matter(block_rows):
    assert digest(block_rows=block_rows) == digest()


def test_wider_values_are_the_same_content():
    assert digest(SCORES.astype(np.float64)) == digest()


def test_memory_layout_does_not_matter():
    block = Predictions(np.asfortranarray(SCORES), Kind.PROBABILITIES, labels=LABELS)
    assert Fingerprint.of(block).hexdigest() == digest()


def test_the_order_of_the_rows_does_not_matter():
    order = np.random.default_rng(1).permutation(50)
    assert digest(SCORES[order], LABELS[order]) == digest()


@pytest.mark.parametrize("n_classes", [2, 3, 4, 101])
def test_shards_add_up(n_classes):
    scores = RNG.dirichlet(np.ones(n_classes), 40).astype(np.float32)
    labels = RNG.integers(-1, n_classes, 40)
    blocks = [
        Predictions(scores[part], Kind.PROBABILITIES, labels=labels[part])
        for part in np.split(np.arange(40), [7, 7, 31])
    ]
    parts = [Fingerprint.of(block) for block in blocks]
    assert sum(parts[:0:-1], parts[0]).hexdigest() == digest(scores, labels)


def test_fingerprints_of_different_models_do_not_add():
    with pytest.raises(ClassliftError, match="3 classes as logits"):
        Fingerprint(4, Kind.PROBABILITIES) + Fingerprint(3, Kind.LOGITS)


def test_rows_that_differ_in_few_bits_have_different_hashes():
    """Every change of one value to a neighbour, in every place, in every row: no two results are the same."""
    seen = {digest()}
    for row in range(50):
        for column in range(4):
            for direction in (0, 1):
                other = SCORES.copy()
                other[row, column] = np.nextafter(other[row, column], np.float32(direction))
                seen.add(digest(other))
    assert len(seen) == 1 + 50 * 4 * 2


def test_everything_else_does_matter():
    other_value = SCORES.copy()
    other_value[3, 1] = np.nextafter(other_value[3, 1], np.float32(1))
    other_label = np.where(np.arange(50) == 7, (LABELS + 2) % 4, LABELS)
    swapped = SCORES.copy()
    swapped[:2] = SCORES[1::-1]
    some = [
        digest(),
        digest(other_value),
        digest(labels=other_label),
        digest(labels=None),
        digest(kind=Kind.LOGITS),
        digest(swapped),
        digest(SCORES[:, ::-1]),
        digest(SCORES[:49], LABELS[:49]),
        digest(np.vstack([SCORES, SCORES[:1]]), np.r_[LABELS, LABELS[:1]]),
    ]
    assert len(set(some)) == len(some)


def test_float64_logits_beyond_float32_do_not_warn():
    digest(np.array([[1e300, 0.0]]), np.array([0]), Kind.LOGITS)
