"""The fingerprint: of content alone, whatever the cut, the floating type or the byte order."""

import numpy as np
import pytest
from array_source import ArraySource

from classlift.fingerprint import Fingerprint
from classlift.kinds import Kind
from classlift.predictions import Predictions

RNG = np.random.default_rng(0)
SCORES = RNG.dirichlet(np.ones(4), 50).astype(np.float32)
LABELS = RNG.integers(-1, 4, 50)


def digest(scores=SCORES, labels=LABELS, kind=Kind.PROBABILITIES, block_rows=4096):
    fingerprint = Fingerprint(scores.shape[1], kind)
    for block in ArraySource(scores, labels, kind, block_rows=block_rows).blocks():
        fingerprint.update(block)
    return fingerprint.hexdigest()


def test_pinned():
    scores, labels = np.array([[0.25, 0.75], [0.5, 0.5]], np.float32), np.array([1, -1])
    assert digest(scores, labels) == "f61791d8c65dc44a2023b1f234419e825d2a002e5f80b58f6d6e182f0bf3d586"


@pytest.mark.parametrize("block_rows", [1, 7, 50])
def test_the_cut_into_blocks_does_not_matter(block_rows):
    assert digest(block_rows=block_rows) == digest()


def test_wider_values_are_the_same_content():
    assert digest(SCORES.astype(np.float64)) == digest()


def test_memory_layout_does_not_matter():
    fingerprint = Fingerprint(4, Kind.PROBABILITIES)
    fingerprint.update(Predictions(np.asfortranarray(SCORES), Kind.PROBABILITIES, labels=LABELS))
    assert fingerprint.hexdigest() == digest()


def test_everything_else_does_matter():
    other_value = SCORES.copy()
    other_value[3, 1] = np.nextafter(other_value[3, 1], np.float32(1))
    other_label = np.where(np.arange(50) == 7, (LABELS + 2) % 4, LABELS)
    order = np.r_[1, 0, 2:50]
    some = [
        digest(),
        digest(other_value),
        digest(labels=other_label),
        digest(labels=None),
        digest(kind=Kind.LOGITS),
        digest(SCORES[order], LABELS[order]),
        digest(SCORES[:, ::-1]),
        digest(SCORES[:49], LABELS[:49]),
        digest(np.vstack([SCORES, SCORES[:1]]), np.r_[LABELS, LABELS[:1]]),
    ]
    assert len(set(some)) == len(some)


def test_float64_logits_beyond_float32_do_not_warn():
    digest(np.array([[1e300, 0.0]]), np.array([0]), Kind.LOGITS)


def test_hexdigest_can_be_asked_before_the_end():
    fingerprint = Fingerprint(4, Kind.PROBABILITIES)
    block = Predictions(SCORES, Kind.PROBABILITIES, labels=LABELS)
    fingerprint.update(block)
    first = fingerprint.hexdigest()
    fingerprint.update(block)
    assert fingerprint.hexdigest() != first == digest()
