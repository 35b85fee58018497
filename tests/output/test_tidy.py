"""Csv that pandas reads: one table a file, names and numbers as in JSON, the ends of intervals as two numbers."""

import json

import numpy as np
import pandas as pd
import pytest

import classlift
from classlift.output.documents.tidy import columns_of, tidy_tables
from support.cases import predictions
from support.process import classlift as run

K = 4
CLASSES = ["cat", "=dog", "a, b", "größe"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tidy")
    for name, seed in (("val", 1), ("test", 2)):
        probs, labels = predictions(300, K, seed)
        site = np.array(["north", "south"])[np.arange(300) % 2]
        np.savez(folder / f"{name}.npz", probs=probs, labels=labels, class_names=np.array(CLASSES), site=site)
    done(folder, "fit", "val.npz", "-o", "l.npz", "--effect", "none", "-q")
    return folder


def done(folder, *words, status=0):
    found = run(*words, cwd=folder)
    assert found.returncode == status, found.stderr
    return found


def tables(folder, *words, status=0):
    """What --csv writes, by the name of its file, and the JSON document of the same result."""
    for old in folder.glob("r*.csv"):
        old.unlink()
    done(folder, *words, "-q", "--csv", "r.csv", "--json", "r.json", status=status)
    found = {path.name: pd.read_csv(path) for path in folder.glob("r*.csv")}
    return found, json.loads((folder / "r.json").read_text())


def test_a_comparison(folder):
    words = ["evaluate", "test.npz", "--layer", "l.npz", "--by", "site", "--confusion", "--gate", "total >= 1%"]
    found, document = tables(folder, *words)
    assert set(found) == {"r.csv", "r.classes.csv", "r.groups.csv", "r.confusion.csv", "r.gates.csv"}
    figures = found["r.csv"].set_index("figure")
    assert list(figures.columns) == ["before", "after", "change", "low", "high"]
    for name in ("total", "low20", "macro_f1", "nll"):
        assert figures.loc[name, "before"] == document["before"][name]
        assert figures.loc[name, "after"] == document["after"][name]
    assert figures.loc["total", ["low", "high"]].tolist() == document["intervals"]["change"]["total"]
    classes = found["r.classes.csv"]
    frame = classlift.evaluate(folder / "test.npz", layer=folder / "l.npz").to_frame()
    assert classes["name"].tolist() == ["cat", "'=dog", "a, b", "größe"]  # no spreadsheet takes it for a formula
    same = ("recall_before", "recall_after", "precision_after", "f1_before", "predicted_after", "fixed", "broken")
    for column in same:
        np.testing.assert_array_equal(classes[column], frame[column])
    assert {"recall_before_low", "recall_after_high"} <= set(classes) & set(frame)
    ends = [entry["change_interval"] for entry in document["classes"]]
    assert classes[["change_low", "change_high"]].values.tolist() == ends
    assert classes.drop(columns=["name", "beyond_chance"]).dtypes.map(lambda kind: kind.kind in "if").all()
    assert found["r.groups.csv"][["by", "name"]].values.tolist() == [["site", "north"], ["site", "south"]]
    assert found["r.confusion.csv"].groupby("side")["rows"].sum().tolist() == [300, 300]
    assert found["r.gates.csv"]["state"].tolist() == ["passed"]


def test_one_result(folder):
    found, document = tables(folder, "evaluate", "test.npz")
    figures = found["r.csv"].set_index("figure")
    assert figures["value"].to_dict() == pytest.approx(document["figures"])
    assert figures.loc["total", "low"] < figures.loc["total", "value"] < figures.loc["total", "high"]
    assert None not in document["figures"].values()


def test_shares_and_changes_have_one_unit(folder):
    """All are fractions: none is in per cent or points."""
    found, _ = tables(folder, "evaluate", "test.npz", "--layer", "l.npz")
    classes = found["r.classes.csv"]
    for column in classes.columns:
        if column.startswith(("recall", "precision", "f1", "change")):
            assert classes[column].abs().max() <= 1, column
    np.testing.assert_allclose(classes["change"], classes["recall_after"] - classes["recall_before"])


def test_tune_and_its_candidates(folder):
    found, document = tables(folder, "tune", "val.npz", "test.npz", "--jobs", "1")
    assert {"r.csv", "r.candidates.csv", "r.out_of_fold.classes.csv", "r.test.classes.csv"} <= set(found)
    figures = found["r.csv"].set_index("figure")
    promise = document["promise"]["total"]
    assert figures.loc["promise.total", ["change", "low", "high"]].tolist() == list(promise.values())
    assert figures.loc["test.total", "after"] == document["test"]["after"]["total"]
    assert found["r.candidates.csv"]["name"].tolist() == [
        one["name"] for one in document["layer"]["search"]["candidates"]
    ]


MAIN = {
    "weights val.npz": ("name", CLASSES),
    "inspect val.npz": ("name", CLASSES),
    "apply l.npz test.npz -o o.npz": ("name", CLASSES),
    "flips test.npz --layer l.npz --limit 3": ("row", None),
    "blend val.npz val.npz -o b.npz": ("figure", None),
    "compare val.npz test.npz --jobs 1": ("figure", None),
    "sweep val.npz --method logit-adjust": ("setting", ["tau"] * 7),
    "fit val.npz -o k.npz": ("figure", None),
}


@pytest.mark.parametrize("words", MAIN)
def test_every_main_table_is_one_that_pandas_reads(folder, words):
    found, _ = tables(folder, *words.split())
    column, expected = MAIN[words]
    main = found["r.csv"]
    assert len(main)
    assert column in main
    if expected is not None:
        assert [str(cell).removeprefix("'") for cell in main[column]] == expected


def test_no_table_replaces_an_input(folder):
    probs, labels = predictions(60, K, 3)
    rows = pd.DataFrame({f"prob_{k}": probs[:, k] for k in range(K)} | {"label": labels})
    rows.to_csv(folder / "e.classes.csv", index=False)
    before = (folder / "e.classes.csv").read_bytes()
    found = done(folder, "evaluate", "e.classes.csv", "-q", "--csv", "e.csv", status=2)
    assert "is named like the tables that --csv" in found.stderr
    assert (folder / "e.classes.csv").read_bytes() == before
    assert not (folder / "e.csv").exists()


def test_figures_are_flat_and_known(folder):
    _, document = tables(folder, "evaluate", "test.npz", "--layer", "l.npz")
    result = classlift.evaluate(folder / "test.npz", layer=folder / "l.npz")
    assert document["figures"] == pytest.approx(result.to_dict())
    assert {"total.before", "total.after", "total.change", "low20.change"} <= set(document["figures"])
    assert all(isinstance(value, int | float) for value in document["figures"].values())


def test_the_verdict_is_in_json(folder):
    _, document = tables(folder, "evaluate", "test.npz", "--layer", "l.npz")
    shown = done(folder, "evaluate", "test.npz", "--layer", "l.npz").stdout
    verdict = document["verdict"]
    assert verdict["status"] in ("lifts", "trades", "nothing", "harms")
    assert " ".join(verdict["sentence"].split())[:40] in " ".join(shown.split())
    _, document = tables(folder, "tune", "val.npz", "-o", "t.npz", "--jobs", "1")
    assert document["verdict"]["wrote"] == ["t.npz"]
    assert (document["verdict"]["next"] or "classlift").startswith("classlift")
    assert "verdict" not in tables(folder, "weights", "val.npz")[1]


def test_tables_of_a_document():
    """Rows of mappings at any depth, parallel lists, and columns that only some rows have."""
    document = {
        "schema": "x",
        "figures": {"a.before": 1, "a.after": 2, "b": 3},
        "intervals": {"b": [0, 4]},
        "layer": {"search": {"candidates": [{"name": "raw", "score": 1.0}]}},
        "inner": {
            "schema": "y",
            "figures": {"c": 1},
            "classes": [{"recall": 0.5, "name": "n", "recall_interval": None}],
        },
        "rows": [{"a": 1}, {"b": [1, 2]}],
    }
    found = tidy_tables(document)
    assert list(found) == ["figures", "candidates", "inner.classes", "rows"]
    assert found["figures"] == [
        {"figure": "a", "value": None, "before": 1, "after": 2, "low": None, "high": None},
        {"figure": "b", "value": 3, "before": None, "after": None, "low": 0, "high": 4},
    ]
    assert found["inner.classes"] == [{"name": "n", "recall": 0.5, "recall_low": None, "recall_high": None}]
    assert columns_of(found["rows"]) == ["a", "b"]
    assert found["rows"][1]["b"] == "[1, 2]"
