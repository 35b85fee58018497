"""Labels spelled otherwise than the classes, numbers in names, soft targets, and advice that names the right column."""

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest

from classlift.data.class_order import in_order_of
from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions
from support.process import classlift

N = 300
RNG = np.random.default_rng(8)
NAMES = ["Golden retriever", "café au lait", "T-shirt", "pug"]
Y = RNG.integers(4, size=N)
P = RNG.dirichlet(np.ones(4), N) * 0.4
P[np.arange(N), np.where(RNG.random(N) < 0.7, Y, RNG.integers(4, size=N))] += 0.6
TOTAL = float((P.argmax(axis=1) == Y).mean())


def total(where, **options):
    source = open_predictions(where, ReadOptions(**options))
    blocks = [b for b in source.blocks()]
    return float(np.mean(np.concatenate([b.predicted[b.labels >= 0] == b.labels[b.labels >= 0] for b in blocks])))


def columns(names, scores=P):
    return {f"prob_{name}": scores[:, k] for k, name in enumerate(names)}


def written(path, table):
    frame = pd.DataFrame(table)
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    return path


SPELLINGS = {
    "lower case": str.lower,
    "underscores": lambda name: name.replace(" ", "_"),
    "decomposed accents": lambda name: unicodedata.normalize("NFD", name),
    "upper case, no blanks": lambda name: name.upper().replace(" ", "").replace("-", ""),
}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("how", SPELLINGS)
@pytest.mark.parametrize("apart", [False, True])
def test_names_that_are_spelled_otherwise(tmp_path, suffix, how, apart):
    table, labels = columns(map(SPELLINGS[how], NAMES)), {"label": [NAMES[k] for k in Y]}
    path = written(tmp_path / f"a{suffix}", table if apart else table | labels)
    options = {"labels": written(tmp_path / f"b{suffix}", labels)} if apart else {}
    if how != "decomposed accents":  # which no eye sees
        with pytest.raises(ClassliftError, match="--labels-as name"):
            total(path, **options)
        options["labels_as"] = "name"
    assert total(path, **options) == TOTAL


def test_names_that_only_case_tells_apart_are_not_mixed():
    names = ["US", "us", "Us", "uk"]
    assert total(columns(names) | {"label": np.array(names)[Y]}) == TOTAL
    with pytest.raises(ClassliftError, match="label 'uS' is unknown"):
        total(columns(names) | {"label": np.array(["US", "us", "uS", "uk"])[Y]}, labels_as="name")


def test_a_layer_knows_its_classes_in_another_case():
    source = open_predictions(
        columns(["ANT", "BEE", "COW", "DOG"]) | {"label": np.array(["ANT", "BEE", "COW", "DOG"])[Y]}
    )
    block = next(in_order_of(source, ("dog", "cow", "bee", "ant"), 4, "the layer").blocks())
    assert block.classes == ("dog", "cow", "bee", "ant")
    assert np.array_equal(block.scores, P[:, ::-1]) and np.array_equal(block.labels, 3 - Y)


@pytest.mark.parametrize(
    "names", [["01", "02", "03", "04"], ["03", "01", "00", "02"], ["-1", "0", "1", "2"], ["07", "08", "09", "10"]]
)
@pytest.mark.parametrize("text", [False, True])
def test_numbers_with_zeros_before_them_are_numbers(tmp_path, names, text):
    labels = np.array(names)[Y] if text else np.array(list(map(int, names)))[Y]
    assert total(columns(names) | {"label": labels}) == TOTAL
    table = {f"month_{name}": P[:, k] for k, name in enumerate(names)} | {"label": labels}
    assert total(written(tmp_path / "a.csv", table)) == TOTAL


def test_class_names_of_a_file_of_labels_decide_what_wraps_them(tmp_path):
    names = [f"Class_{k}" for k in range(1, 5)]
    scores = written(tmp_path / "s.csv", {"id": np.arange(N)} | {name: P[:, k] for k, name in enumerate(names)})
    order = RNG.permutation(N)
    labels = written(tmp_path / "l.csv", {"id": order, "target": [names[k] for k in Y[order]]})
    assert total(scores, labels=labels) == TOTAL
    assert open_predictions(scores, ReadOptions(labels=labels)).classes == tuple(names)


@pytest.mark.parametrize("yes, no", [("True", "False"), ("Yes", "No"), ("positive", "negative"), ("Y", "N")])
def test_either_reading_of_zero_and_one_beside_yes_and_no(yes, no):
    two = np.stack([P[:, 0], 1 - P[:, 0]], axis=1)
    answer = (Y == 0).astype(int)
    table = columns([yes, no], two) | {"y": answer}
    with pytest.raises(ClassliftError, match="1 can be either") as caught:
        total(table)
    assert re.findall(r"--labels-as (\w+)", caught.value.fix) == ["name", "index"]
    right = float((two.argmax(axis=1) == 1 - answer).mean())
    assert (total(table, labels_as="name"), total(table, labels_as="index")) == (right, pytest.approx(1 - right))


@pytest.mark.parametrize("soft", ["targets", "y_true"])
def test_soft_targets_beside_labels_are_left_aside(soft):
    targets = np.full((N, 4), 0.1)
    targets[np.arange(N), Y] = 0.7
    assert total({"probs": P, soft: targets, "labels": Y}) == TOTAL


@pytest.mark.parametrize("kind", [bool, int, float])
def test_one_hot_columns_of_any_type_in_a_file_of_their_own(tmp_path, kind):
    hot = np.eye(4)[Y].astype(kind)
    scores = written(tmp_path / "s.parquet", columns(NAMES))
    labels = written(tmp_path / "l.parquet", {f"is_{NAMES[k]}": hot[:, k] for k in (2, 0, 3, 1)})
    assert total(scores, labels=labels) == TOTAL


ADVISED = {
    "another name": {"dx": Y},
    "folds beside it": {"fold": np.arange(N) % 4, "dx": Y},
    "coarse and fine": {"coarse_label": Y // 2, "fine_label": Y},
    "one-hot, counted otherwise": {f"t_{k + 1}": (k == Y).astype(int) for k in range(4)},
}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("case", ADVISED)
def test_the_advised_column_is_the_right_one(tmp_path, suffix, case):
    path = written(tmp_path / f"a{suffix}", columns(range(4)) | ADVISED[case])
    done = classlift("evaluate", path, "--quiet")
    assert done.returncode == 2
    key = re.search(r"--labels-key (\w+)", done.stderr)[1]
    assert total(path, labels_key=key) == TOTAL


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_columns_without_labels_are_those_of_the_layer_though_all_share_a_word(tmp_path, suffix):
    names = [f"class_{letter}" for letter in "abcd"]
    table = {name: P[:, k] for k, name in enumerate(names)}
    val = written(tmp_path / f"val{suffix}", table | {"label": [names[k] for k in Y]})
    assert classlift("fit", val, "-o", "l.npz", "--quiet", cwd=tmp_path).returncode == 0
    bare = written(tmp_path / f"bare{suffix}", table)
    moved = written(tmp_path / f"moved{suffix}", {name: table[name] for name in reversed(names)})
    for path, told in ((bare, "are called as in the layer"), (moved, "are put into the order of the layer")):
        done = classlift("apply", "l.npz", path, "-o", "out.csv", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert told in done.stdout
        assert list(pd.read_csv(tmp_path / "out.csv"))[:4] == [f"prob_{name}" for name in names]
    numbers = written(tmp_path / f"numbers{suffix}", table | {"label": Y})
    done = classlift("evaluate", numbers, "--layer", "l.npz", "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
