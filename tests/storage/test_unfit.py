"""A column that is named like the scores and is no column of numbers: refused, never left out in silence."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import classlift
from classlift.errors import ClassliftError
from classlift.storage import ReadOptions
from support.process import classlift as command

N = 120
RNG = np.random.default_rng(3)
LABELS = RNG.integers(0, 3, N)
LOGITS = RNG.normal(size=(N, 3)).round(4)
WORDS = np.array(["cow", "hen", "pig"])[LABELS]

AS_OTHERS = {
    "decimal": lambda s: s.map(lambda v: Decimal(str(v))),
    "text": lambda s: s.astype(str),
    "per cent": lambda s: s.map("{:.1%}".format),
    "complex": lambda s: s.astype(complex),
    "nothing": lambda s: s.map(lambda _: None),
}


def frame(head="logit_", tail="", labels=WORDS, names=("cow", "hen", "pig")):
    return pd.DataFrame({f"{head}{name}{tail}": LOGITS[:, k] for k, name in enumerate(names)} | {"label": labels})


def refused(data, **reading):
    with pytest.raises(ClassliftError) as caught:
        classlift.evaluate(data, reading=ReadOptions(**reading))
    return caught.value


@pytest.mark.parametrize("labels", [LABELS, WORDS], ids=["index", "name"])
@pytest.mark.parametrize("how", AS_OTHERS)
def test_one_column_of_the_scores_that_holds_no_numbers(how, labels):
    data = frame(labels=labels)
    data["logit_pig"] = AS_OTHERS[how](data["logit_pig"])
    error = refused(data)
    assert error.where == "DataFrame, 'logit_pig'"
    assert error.problem.endswith("is named like the scores logit_cow, logit_hen")
    assert refused(data, prefix="logit_").where == error.where
    whole = classlift.evaluate(frame(labels=labels)).total
    assert classlift.evaluate(data.assign(logit_pig=LOGITS[:, 2])).total == whole


@pytest.mark.parametrize(("head", "tail"), [("", "_logit"), ("", ""), ("confidence(", ")")])
def test_whatever_stands_around_the_class(head, tail):
    data = frame(head, tail)
    data[f"{head}pig{tail}"] = data[f"{head}pig{tail}"].astype(str)
    assert refused(data).where.startswith("DataFrame")


def test_words_in_a_column_whose_name_is_a_label_or_a_number():
    assert refused(frame().assign(logit_pig="high")).where == "DataFrame, 'logit_pig'"
    data = frame("class_", labels=np.minimum(LABELS, 1), names=("0", "1", "2")).assign(class_2="high")
    assert refused(data).where == "DataFrame, 'class_2'"


def test_fewer_rows_than_the_others():
    data = {f"logit_{k}": LOGITS[: N - (k == 2), k] for k in range(3)} | {"label": LABELS}
    assert refused(data).problem.startswith("has 119 rows, expected 120")


def test_the_other_class_of_two():
    data = pd.DataFrame({"logit_1": LOGITS[:, 1], "logit_0": LOGITS[:, 0].astype(str), "label": LABELS == 1})
    assert refused(data.astype({"label": int})).where == "DataFrame, 'logit_0'"


def test_words_that_name_no_class_are_left_alone():
    two = frame(labels=np.minimum(LABELS, 1)).drop(columns="logit_pig")
    more = two.assign(logit_file="x.png", logit_margin="0.5", label_source="desk")
    assert classlift.evaluate(more).total == classlift.evaluate(two).total


@pytest.mark.parametrize("how", ["decimal", "text", "per cent"])
def test_all_of_them_are_no_numbers(how):
    data = frame()
    for name in data.columns[:3]:
        data[name] = AS_OTHERS[how](data[name])
    assert refused(data).where == refused(data, prefix="logit_").where == "DataFrame, 'logit_cow'"
    assert refused(data).fix == "save it as plain numbers, of a DataFrame by .astype(float)."


@pytest.mark.parametrize("verb", ["evaluate", "apply"])
def test_in_a_file_by_a_command(tmp_path, verb):
    data = frame()
    layer = tmp_path / "layer.json"
    classlift.save_layer(classlift.fit(data, method="naive").layer, layer)
    data["logit_pig"] = AS_OTHERS["decimal"](data["logit_pig"])
    data.to_parquet(tmp_path / "p.parquet")
    more = [[], ["-o", tmp_path / "o.csv"]][verb == "apply"]
    done = command(verb, *[layer][: len(more)], tmp_path / "p.parquet", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert "p.parquet, 'logit_pig': holds '" in done.stderr and done.stderr.count("\n") == 2
    assert not (tmp_path / "o.csv").exists()
