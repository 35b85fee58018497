"""What columns mean, kind by kind: read right, noted, or asked about, and never wrong in silence."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions

N = 240
RNG = np.random.default_rng(13)
NAMES = ["setosa", "virginica", "versicolor", "wild type", "other"]


def made(k, seed=0, accuracy=0.7):
    """Probabilities, labels and the share that is right."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(k, size=N)
    top = np.where(rng.random(N) < accuracy, labels, rng.integers(k, size=N))
    p = rng.dirichlet(np.ones(k), N) * 0.4
    p[np.arange(N), top] += 0.6
    return p, labels, float((p.argmax(1) == labels).mean())


P, Y, TOTAL = made(5)
P2, Y2, TOTAL2 = made(2, 1)
WORDS = np.array(NAMES, object)[Y]


def total(where, **options):
    source = open_predictions(where, ReadOptions(**options))
    right = rows = 0
    for block in source.blocks():
        known = block.labels >= 0
        right += int((block.predicted[known] == block.labels[known]).sum())
        rows += int(known.sum())
    return right / rows, " | ".join(source.notes)


def columns(wrapping="{}", names=NAMES, scores=P):
    return {wrapping.format(name): scores[:, k] for k, name in enumerate(names)}


def save(path, table):
    """Write columns in the format of the suffix."""
    if path.suffix == ".parquet":
        pq.write_table(pa.table(table), path)
    elif path.suffix == ".jsonl":
        rows = zip(*(np.asarray(v).tolist() for v in table.values()), strict=True)
        path.write_text("".join(json.dumps(dict(zip(table, row, strict=True))) + "\n" for row in rows))
    else:
        pd.DataFrame(table).to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
@pytest.mark.parametrize(
    "wrapping",
    ["{}_prob", "conf({})", "probability_{}_oof", "{} score", ".pred_{}", "P(y={})", 'Prob of "{}"', "p_{}", "{}"],
)
def test_class_names_within_column_names(tmp_path, suffix, wrapping):
    path = save(tmp_path / f"a{suffix}", {"sample": [f"s{i}" for i in range(N)], "label": WORDS} | columns(wrapping))
    assert total(path)[0] == pytest.approx(TOTAL, abs=1e-12)


@pytest.mark.parametrize(
    "name",
    ["Truth", "gt_label", "val_labels", "actual class", "EXPECTED", "observed", "labelIds", "y_val", "reference"],
)
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_names_of_labels(tmp_path, suffix, name):
    assert total(save(tmp_path / f"a{suffix}", columns("prob_{}") | {name: WORDS}))[0] == pytest.approx(TOTAL)


@pytest.mark.parametrize("predicted", ["label", "class", "labels"])
@pytest.mark.parametrize("true", ["y_true", "target", "ground truth"])
def test_the_true_label_goes_before_the_predicted_one(predicted, true):
    table = {predicted: np.array(NAMES, object)[P.argmax(1)], true: WORDS} | columns("prob_{}")
    assert total(pd.DataFrame(table))[0] == pytest.approx(TOTAL)


@pytest.mark.parametrize("labels", [Y.astype(np.float32), Y.astype(float)[:, None], Y.astype(str).astype(object)])
def test_whole_numbers_however_stored(labels):
    assert total({"probs": P, "labels": labels})[0] == pytest.approx(TOTAL)


def test_missing_whole_numbers_are_unlabelled():
    labels = Y.astype(float)
    labels[::3] = np.nan
    known = ~np.isnan(labels)
    assert total({"probs": P, "labels": labels})[0] == pytest.approx((P.argmax(1) == Y)[known].mean())
    with pytest.raises(ClassliftError, match="decimal number"):
        total({"probs": P, "labels": Y + 0.25})


@pytest.mark.parametrize("extra", ["prob_max", "prob_margin", "prob_entropy", "loss", "height", "score_sum"])
def test_other_decimal_columns_are_no_classes(tmp_path, extra):
    values = P.max(1) if extra == "prob_max" else RNG.random(N)
    assert total(save(tmp_path / "a.csv", columns("prob_{}") | {extra: values, "target": WORDS}))[0] == pytest.approx(
        TOTAL
    )


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
@pytest.mark.parametrize("key", ["file name", "Image", "uid"])
def test_labels_pair_by_id_in_any_order(tmp_path, suffix, key):
    ids, order = np.array([f"x{i}" for i in range(N)], object), RNG.permutation(N)
    path = save(tmp_path / f"a{suffix}", {key: ids} | columns("prob_{}"))
    save(tmp_path / f"y{suffix}", {key: ids[order], "truth": WORDS[order]})
    share, notes = total(path, labels=tmp_path / f"y{suffix}")
    assert share == pytest.approx(TOTAL) and f"paired by {key}" in notes
    save(tmp_path / f"y{suffix}", {key: ids[order][:200], "truth": WORDS[order][:200]})
    assert "40 rows of scores have no label" in total(path, labels=tmp_path / f"y{suffix}")[1]
    twice = np.concatenate([ids, ids[:1]])
    save(tmp_path / f"y{suffix}", {key: twice, "truth": np.concatenate([WORDS, WORDS[:1]])})
    with pytest.raises(ClassliftError, match="more than once"):
        total(path, labels=tmp_path / f"y{suffix}")


@pytest.mark.parametrize("beside", [True, False])
def test_one_hot_truth_is_matched_by_name(tmp_path, beside):
    order = RNG.permutation(5)
    hot = {NAMES[k]: np.eye(5, dtype=int)[Y][:, k] for k in order}
    save(tmp_path / "y.csv", ({"row_name": [f"r{i}" for i in range(N)]} if beside else {}) | hot)
    path = save(tmp_path / "a.csv", columns("prob_{}"))
    assert total(path, labels=tmp_path / "y.csv")[0] == pytest.approx(TOTAL)


@pytest.mark.parametrize("name", ["prob", "oof_prob", "y_prob", "positive_probability"])
def test_two_classes_in_one_column(tmp_path, name):
    share, notes = total(save(tmp_path / "a.csv", {name: P2[:, 1], "y_true": Y2}))
    assert share == pytest.approx(TOTAL2) and "probability of class 1" in notes


@pytest.mark.parametrize(("first", "second"), [("yes", "no"), ("True", "False"), ("pos", "neg")])
def test_which_of_two_words_1_means_is_asked(first, second):
    with pytest.raises(ClassliftError, match="--labels-as"):
        total(pd.DataFrame({f"prob_{first}": P2[:, 0], f"prob_{second}": P2[:, 1], "label": Y2}))


def test_signs_and_truth_values():
    assert total({"probs": P2, "labels": 2 * Y2 - 1})[0] == pytest.approx(TOTAL2)
    assert total({"probs": P2, "labels": Y2.astype(bool)})[0] == pytest.approx(TOTAL2)
    assert total(pd.DataFrame({"p_0": P2[:, 0], "p_1": P2[:, 1], "y": Y2 == 1}).astype({"y": str}))[0] == pytest.approx(
        TOTAL2
    )


@pytest.mark.parametrize("where", ["labels start at 1", "labels are predicted", "another order", "other rows"])
def test_doubts(where):
    p, y, _ = made(6, 3)
    p, y = np.tile(p, (4, 1)), np.tile(y, 4)
    labels, word = {
        "labels start at 1": (np.where(y == 5, 1, y + 1), "start at 1"),
        "labels are predicted": (p.argmax(1), "looks like the predicted"),
        "another order": (np.array([3, 0, 5, 1, 2, 4])[y], "another order"),
        "other rows": (np.random.default_rng(5).permutation(y), "at chance"),
    }[where]
    assert word in total({"probs": p, "labels": labels})[1]


@pytest.mark.parametrize("k", [2, 3, 10, 50, 1000])
@pytest.mark.parametrize("accuracy", [0.4, 0.9])
def test_no_doubt_of_what_is_right(k, accuracy):
    assert "check the labels" not in total(dict(zip(("probs", "labels"), made(k, k, accuracy), strict=False)))[1]


def test_logits_that_are_probabilities_are_asked():
    with pytest.raises(ClassliftError, match="named logits"):
        total({"logits": P, "labels": Y})
