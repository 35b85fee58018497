"""Folds: stratified, balanced, disjoint, complete, the same from run to run and for every block size."""

import numpy as np
import pytest

from classlift.data.folds import Folds
from support.array_source import ArraySource

N_CLASSES = 6


def rows(n=500, seed=0):
    """Scores whose first column, times n, is the row number, so that a row can be told in any block."""
    rng = np.random.default_rng(seed)
    labels = rng.choice([-1, 0, 1, 2, 3, 4], n, p=[0.1, 0.4, 0.2, 0.2, 0.09, 0.01])
    scores = np.zeros((n, N_CLASSES))
    scores[:, 0] = np.arange(n) / n
    scores[:, 1] = 1 - scores[:, 0]
    return scores, labels


def assigned(n_folds=5, seed=0, block_rows=64):
    scores, labels = rows()
    folds = Folds(ArraySource(scores, labels, block_rows=block_rows), n_folds, seed)
    return labels, np.concatenate([fold for _, fold in folds.blocks()]), folds


def numbers(source):
    return np.concatenate([np.rint(block.scores[:, 0] * 500).astype(int) for block in source.blocks()])


@pytest.mark.parametrize("n_folds", [2, 3, 5, 10])
@pytest.mark.parametrize("seed", [0, 1, 99])
def test_balanced_within_one_per_class(n_folds, seed):
    labels, fold, _ = assigned(n_folds, seed)
    for k in range(N_CLASSES):
        sizes = np.bincount(fold[labels == k], minlength=n_folds)
        assert len(sizes) == n_folds
        assert sizes.max() - sizes.min() <= 1
    assert (fold[labels < 0] == -1).all()
    assert (fold[labels >= 0] >= 0).all()


def test_disjoint_and_complete():
    labels, fold, folds = assigned()
    everything = []
    for f in range(5):
        held, training = numbers(folds.held_out(f)), numbers(folds.training(f))
        assert not set(held) & set(training)
        np.testing.assert_array_equal(np.sort(np.concatenate([held, training])), np.flatnonzero(labels >= 0))
        np.testing.assert_array_equal(held, np.flatnonzero(fold == f))
        everything += held.tolist()
    assert sorted(everything) == np.flatnonzero(labels >= 0).tolist()


def test_parts_carry_the_labels_of_their_rows():
    labels, _, folds = assigned()
    for part in (folds.training(2), folds.held_out(2)):
        assert part.n_samples is None
        assert part.n_classes == N_CLASSES
        got = np.concatenate([block.labels for block in part.blocks()])
        np.testing.assert_array_equal(got, labels[numbers(part)])


@pytest.mark.parametrize("block_rows", [1, 7, 499, 500, 4096])
def test_block_size_does_not_matter(block_rows):
    np.testing.assert_array_equal(assigned(block_rows=block_rows)[1], assigned()[1])


def test_the_same_from_pass_to_pass_and_another_for_another_seed():
    _, fold, folds = assigned()
    np.testing.assert_array_equal(np.concatenate([f for _, f in folds.blocks()]), fold)
    np.testing.assert_array_equal(assigned()[1], fold)
    assert (assigned(seed=1)[1] != fold).mean() > 0.3


def test_folds_do_not_follow_a_pattern_in_the_row_order():
    _, fold, _ = assigned()
    known = fold[fold >= 0]
    for period in (2, 3, 5):
        for phase in range(period):
            assert np.bincount(known[phase::period], minlength=5).min() > 0.08 * len(known[phase::period])
