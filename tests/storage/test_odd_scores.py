"""Scores that are not what they seem: rounded, per cent, sorted within rows."""

import numpy as np
import pytest

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions, open_writer

RNG = np.random.default_rng(17)
N = 400


def probs(k, n=N):
    return RNG.dirichlet(np.full(k, 0.7), n)


def read(where, **options):
    source = open_predictions(where, ReadOptions(**options))
    return source, np.concatenate([block.scores for block in source.blocks()])


def saved(folder, suffix, scores, name="probs"):
    path = folder / f"p{suffix}"
    with open_writer(path, classes=None, n_classes=scores.shape[1], score_name=name) as out:
        out.write({name: scores, "labels": np.zeros(len(scores), int)})
    return path


@pytest.mark.parametrize("name", ["probs", "outputs"])
@pytest.mark.parametrize(("k", "digits"), [(4, 2), (4, 3), (10, 3), (100, 3), (100, 4), (1000, 4), (20000, 6)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_rounding_explains_is_read(tmp_path, name, k, digits, dtype):
    if digits > 5 and dtype == np.float32:
        pytest.skip("float32 has no six decimal places to tell")
    scores = probs(k, 300 if k < 5000 else 20).round(digits).astype(dtype)
    source, got = read(saved(tmp_path, ".npz", scores, name))
    assert source.kind is Kind.PROBABILITIES and np.array_equal(got, scores)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_rounded_text(tmp_path, suffix):
    scores = probs(6).round(3)
    assert np.array_equal(read(saved(tmp_path, suffix, scores))[1], scores)


def test_more_than_rounding_explains_is_refused(tmp_path):
    scores = probs(4).round(3)
    scores[77, 0] += 0.004
    with pytest.raises(ClassliftError, match=r"row 77: probabilities sum to .*, expected 1 within 0.002"):
        read(saved(tmp_path, ".csv", scores))


def test_a_wrong_row_among_unrounded_ones_is_refused(tmp_path):
    scores = probs(4)
    scores[5] = [0.5, 0.25, 0.25, 0.002]
    with pytest.raises(ClassliftError, match=r"row 5: .*expected 1 within 0.001"):
        read(saved(tmp_path, ".npz", scores))


@pytest.mark.parametrize("digits", [1, 2, 8])
@pytest.mark.parametrize("name", ["probs", "logits", "outputs"])
@pytest.mark.parametrize("suffix", [".npz", ".csv", ".jsonl"])
def test_per_cent_is_said_and_the_fixes_work(tmp_path, suffix, name, digits):
    scores = (100 * probs(5)).round(digits)
    path = saved(tmp_path, suffix, scores, name)
    with pytest.raises(ClassliftError, match=r"per cent(.|\n)*divide them by 100") as caught:
        read(path)
    assert "--logits" not in str(caught.value)
    source, got = read(path, kind=Kind.PROBABILITIES, bad_rows="normalize")
    assert np.allclose(got, scores / scores.sum(axis=1, keepdims=True)) and source.kind is Kind.PROBABILITIES
    assert np.allclose(read(saved(tmp_path, suffix, scores / 100))[1], scores / 100)


def test_logits_that_the_user_calls_so_are_read(tmp_path):
    scores = 100 * probs(5)
    assert read(saved(tmp_path, ".npz", scores), kind=Kind.LOGITS)[0].kind is Kind.LOGITS


@pytest.mark.parametrize("kind", ["probs", "logits"])
@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("suffix", [".npz", ".csv", ".jsonl", ".parquet", ".npy"])
def test_rows_that_are_all_sorted_are_refused(tmp_path, suffix, turn, kind):
    scores = np.sort(probs(5), axis=1)[:, ::turn]
    scores = np.log(scores) + 1 if kind == "logits" else scores
    if suffix == ".npy":
        np.save(tmp_path / f"{kind}.npy", scores)
        path = tmp_path / f"{kind}.npy"
    else:
        path = saved(tmp_path, suffix, scores, kind)
    with pytest.raises(ClassliftError, match="sorted by size in every row"):
        read(path)
    assert np.allclose(read(path, kind=Kind(kind.replace("probs", "probabilities")))[1], scores)


def test_one_row_in_another_order_is_enough(tmp_path):
    scores = np.sort(probs(5), axis=1)[:, ::-1]
    scores[399] = scores[399, ::-1]
    assert np.array_equal(read(saved(tmp_path, ".npz", scores))[1], scores)


def test_a_model_that_always_says_the_same_is_read(tmp_path):
    scores = np.tile([0.4, 0.3, 0.2, 0.1], (N, 1))
    assert np.array_equal(read(saved(tmp_path, ".npz", scores))[1], scores)


@pytest.mark.parametrize("sort", [False, True])
def test_probabilities_in_bytes_are_asked_to_be_divided(sort):
    scores = np.round(probs(4) * 255).astype(np.uint8)
    with pytest.raises(ClassliftError, match=r"(?s)whole numbers from 0 to 2\d\d .uint8.*times 255"):
        read({"probs": np.sort(scores) if sort else scores, "labels": np.zeros(N, int)})


@pytest.mark.filterwarnings("error")
def test_infinite_logits_are_refused_without_a_warning():
    logits = RNG.normal(size=(N, 4))
    with pytest.raises(ClassliftError, match="-inf"):
        read({"logits": np.where(logits < 0, -np.inf, logits), "labels": np.zeros(N, int)})


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_labels_that_are_nan_are_counted(dtype):
    labels = np.where(np.arange(N) % 4 == 0, np.nan, 1).astype(dtype)
    source, _ = read({"probs": probs(4), "labels": labels})
    assert "100 of 400 rows have no label (NaN) and are left out" in source.notes
