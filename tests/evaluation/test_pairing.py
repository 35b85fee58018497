"""Two files pair by id in any order, by order where there is none, and are refused where rows do not fit."""

import numpy as np
import pytest

from classlift.errors import ClassliftError
from classlift.evaluation.two_sources import compare_sources
from classlift.storage import ReadOptions, open_predictions


def result(seed, n=150, k=4):
    rng = np.random.default_rng(seed)
    labels = np.random.default_rng(99).integers(0, k, n)
    z = rng.normal(0, 1, (n, k))
    z[np.arange(n), labels] += 1
    p = np.exp(z)
    return {"probs": p / p.sum(axis=1, keepdims=True), "labels": labels}


def source(columns, order=slice(None), **more):
    return open_predictions({name: column[order] for name, column in (columns | more).items()}, ReadOptions())


IDS = {
    "numbers": np.arange(150) * 7 - 30,
    "text": np.array([f"images/{i}.png" for i in range(150)]),
    "near -1": np.arange(150) - 100,
}


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_ids_pair_in_any_order(ids):
    a, b = result(0), result(1)
    expected = compare_sources(source(a), source(b))
    order = np.random.default_rng(2).permutation(150)
    found = compare_sources(source(a, image_id=ids), source(b, order, image_id=ids))
    for name in ("fixed", "broken"):
        np.testing.assert_array_equal(getattr(found.counts, name), getattr(expected.counts, name))
    assert found.after.details.scoring.log_loss == pytest.approx(expected.after.details.scoring.log_loss)
    assert (found.fixed, found.broken) != (0, 0)


def test_numbers_and_their_text_are_the_same_ids():
    a, b = result(0), result(1)
    found = compare_sources(source(a, id=np.arange(150)), source(b, id=np.arange(150).astype(str)))
    assert found.fixed == compare_sources(source(a), source(b)).fixed


def test_an_id_column_of_any_name():
    a, b = result(0), result(1)
    order = np.random.default_rng(2).permutation(150)
    one, two = source(a, photo=np.arange(150)), source(b, order, photo=np.arange(150))
    expected = compare_sources(source(a), source(b)).fixed
    assert compare_sources(one, two).fixed == compare_sources(one, two, id="photo").fixed == expected
    with pytest.raises(ClassliftError, match="has no column 'slide', expected one of photo"):
        compare_sources(one, two, id="slide")


@pytest.mark.parametrize("values", [np.arange(150) / 7, np.arange(150) // 2, np.add.outer([0, 1], np.arange(150))])
def test_a_column_that_holds_no_ids_does_not_pair(values):
    a, b = result(0), result(1)
    ours, theirs = np.broadcast_to(values, (2, 150))
    found = compare_sources(source(a, size=ours), source(b, size=theirs[::-1]))
    assert found.fixed == compare_sources(source(a), source(b)).fixed


def test_an_id_in_one_file_alone_does_not_pair():
    a, b = result(0), result(1)
    found = compare_sources(source(a, id=np.arange(150)[::-1]), source(b))
    assert found.fixed == compare_sources(source(a), source(b)).fixed


def test_rows_without_a_partner_are_refused_with_their_number_and_the_first():
    a, b = result(0), result(1)
    ids = np.arange(150)
    other = np.where(ids >= 140, ids + 1000, ids)
    with pytest.raises(ClassliftError, match=r"has 10 of 150 rows whose id is not in .*, the first one '140'"):
        compare_sources(source(a, id=ids), source(b, id=other))
    with pytest.raises(ClassliftError, match=r"has 50 of 150 rows whose id is not in"):
        compare_sources(source(a, slice(0, 100), id=ids), source(b, id=ids))


def test_an_id_twice_is_refused():
    ids = np.arange(150)
    ids[77] = 5
    with pytest.raises(ClassliftError, match="has the id '5' more than once"):
        compare_sources(source(result(0), id=np.arange(150)), source(result(1), id=ids))


def test_another_label_of_the_same_id_is_refused():
    a, b = result(0), result(1)
    b["labels"] = np.where(np.arange(150) == 33, (b["labels"] + 1) % 4, b["labels"])
    order = np.random.default_rng(2).permutation(150)
    with pytest.raises(ClassliftError, match=r"key 'k33'.*has another label than the same key"):
        keys = np.array([f"k{i}" for i in range(150)])
        compare_sources(source(a, key=keys), source(b, order, key=keys))
