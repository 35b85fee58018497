"""Two classes in one column: read where names and labels say of which, else asked with a fix that works."""

import re

import numpy as np
import pandas as pd
import pytest

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions

N = 250
RNG = np.random.default_rng(21)
Y = RNG.integers(0, 2, N)
Z = RNG.normal(size=N) + 2.2 * (Y - 0.5)
P = 1 / (1 + np.exp(-Z))
TOTAL = float(((Z > 0) == Y).mean())
SUFFIXES = [".csv", ".parquet", ".jsonl", ".npz"]


def saved(path, table):
    frame = pd.DataFrame(table)
    if path.suffix == ".npz":
        np.savez(path, **{name: np.array(frame[name].tolist()) for name in frame})
    elif path.suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    return path


def total(where, **options):
    source = open_predictions(where, ReadOptions(**options))
    (block,) = source.blocks()
    return float((block.predicted == block.labels).mean()), " ".join(source.notes)


WORDS = np.array(["malignant", "benign"], object)[Y]
READ = {
    "of the first name": ({"p_benign": P, "label": WORDS}, "the probability of 'benign'"),
    "of the last name, elsewhere": ({"malignant_prob": 1 - P, "label": WORDS}, "the probability of 'malignant'"),
    "a name within the other": (
        {"prob_not_ill": P, "label": np.array(["ill", "not ill"], object)[Y]},
        "the probability of 'not ill'",
    ),
    "of class 0": ({"prob_0": 1 - P, "label": Y}, "the probability of class 0 of two"),
    "of class 1": ({"prob_1": P, "label": Y}, "the probability of class 1 of two"),
    "logits": ({"logits": Z, "y": Y}, "the logit of class 1 of two"),
    "logits of signs": ({"logit": Z, "y": 2 * Y - 1}, "the logit of class 1 of two"),
    "logits of a name": ({"logit_benign": Z, "y": WORDS}, "the logit of 'benign'"),
}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("case", READ)
def test_what_names_say_is_read(tmp_path, suffix, case):
    table, words = READ[case]
    share, notes = total(saved(tmp_path / f"a{suffix}", table))
    assert share == TOTAL and words in notes


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_labels_in_a_file_of_their_own(tmp_path, suffix):
    scores = saved(tmp_path / f"s{suffix}", {"id": [f"r{i}" for i in range(N)], "p_benign": P})
    labels = saved(tmp_path / f"l{suffix}", {"id": [f"r{i}" for i in range(N)], "label": WORDS})
    assert total(scores, labels=labels)[0] == TOTAL


ASKED = {
    "a name that says nothing": {"prob": P, "label": WORDS},
    "labels 1 and 2": {"prob": P, "label": Y + 1},
}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("case", ASKED)
def test_which_of_two_is_asked_and_the_names_tell(tmp_path, suffix, case):
    path = saved(tmp_path / f"a{suffix}", ASKED[case])
    with pytest.raises(ClassliftError, match="which can be the probability of") as caught:
        total(path)
    assert "--classes" in caught.value.fix
    names = [str(ASKED[case]["label"][k == Y][0]) for k in (0, 1)]
    for order, right in ((names, TOTAL), (names[::-1], 1 - TOTAL)):
        (tmp_path / "names.txt").write_text("\n".join(order))
        assert total(path, classes=tmp_path / "names.txt")[0] == pytest.approx(right)


@pytest.mark.parametrize("labels", [Y, 2 * Y - 1])
def test_a_margin_is_asked_and_the_fix_reads_it(labels):
    table = {"decision_function": 3 * Z, "y": labels}
    with pytest.raises(ClassliftError) as caught:
        total(table)
    key = re.search(r"--scores-key (\w+) --logits", caught.value.fix)[1]
    assert total(table, scores_key=key, kind="logits")[0] == TOTAL


def test_labels_under_another_name_are_named():
    table = {"prob_benign": P, "fold": np.arange(N) % 5, "outcome": WORDS}
    with pytest.raises(ClassliftError, match="--labels-key outcome"):
        total(table, scores_key="prob_benign")
    assert total(table, labels_key="outcome")[0] == TOTAL


@pytest.mark.parametrize("labels", [Y, WORDS])
def test_the_larger_of_two_is_refused(labels):
    with pytest.raises(ClassliftError, match="expected one score per class"):
        total({"prob": np.maximum(P, 1 - P), "label": labels})
