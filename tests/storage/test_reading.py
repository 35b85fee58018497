"""What was read is said in one line of every result, and in full by `inspect`."""

import json

import numpy as np
import pandas as pd
import pytest

import classlift
from classlift.storage import ReadOptions, open_predictions
from support.process import classlift as run


def exported(rows=300, seed=0):
    rng = np.random.default_rng(seed)
    names = np.array(["cat", "dog", "owl"])
    y = rng.integers(0, 3, rows)
    p = rng.dirichlet([1, 1, 1], rows)
    p[np.arange(rows), y] += 1
    p /= p.sum(axis=1, keepdims=True)
    y = np.where(rng.random(rows) < 0.2, rng.integers(0, 3, rows), y)
    return pd.DataFrame(
        {"image_path": [f"{i}.png" for i in range(rows)]}
        | {f"prob_{name}": p[:, k] for k, name in enumerate(names)}
        | {"label": names[p.argmax(axis=1)], "true_label": names[y], "margin": rng.random(rows)}
    )


LINE = "read: prob_cat … prob_owl (3 columns): probabilities; labels: true_label (class names); ids: image_path"


def test_every_command_says_what_was_read(tmp_path):
    exported().to_csv(tmp_path / "val.csv", index=False)
    exported(seed=1).to_csv(tmp_path / "test.csv", index=False)
    commands = {
        "evaluate": ["test.csv"],
        "fit": ["val.csv", "-o", "l.npz"],
        "tune": ["val.csv", "-o", "t.npz", "--jobs", "1"],
        "apply": ["l.npz", "test.csv", "-o", "out.csv"],
        "flips": ["test.csv", "--layer", "l.npz"],
        "compare": ["val.csv", "test.csv"],
        "sweep": ["val.csv"],
        "weights": ["val.csv"],
        "inspect": ["val.csv"],
        "partials": ["val.csv", "-o", "s.npz"],
    }
    for command, words in commands.items():
        done = run(command, *words, "--json", "out.json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines().count(LINE) == 1, command
        assert json.loads((tmp_path / "out.json").read_text())["reading"]["line"] == LINE
        page = run(command, *words, "--format", "markdown", cwd=tmp_path).stdout
        assert "labels: true_label (class names)" in page


def test_inspect_says_what_was_not_taken(tmp_path):
    exported().to_csv(tmp_path / "val.csv", index=False)
    done = run("inspect", "val.csv", "--json", "out.json", cwd=tmp_path)
    found = json.loads((tmp_path / "out.json").read_text())["reading"]
    assert found["rejected"] == [
        "scores are not logits: every row sums to 1",
        "image_path: an id",
        "label: not the labels, which are true_label",
        "margin: a decimal column, not one of the scores",
    ]
    assert all(reason in done.stdout for reason in found["rejected"])


P = np.array([[0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.2, 0.7], [0.3, 0.6, 0.1]])
Y = np.array([0, 1, 2, 2])


@pytest.mark.parametrize(
    ("arrays", "options", "parts"),
    [
        ({"probs": P, "y": Y}, {}, ("probs (3 classes)", "by name", "y", "class numbers")),
        ({"x": P, "y": Y}, {}, ("x (3 classes)", "rows sum to 1", "y", "class numbers")),
        ({"x": np.log(P) + 1, "y": Y}, {}, ("x (3 classes)", "rows do not sum to 1", "y", "class numbers")),
        ({"x": P, "y": np.eye(3)[Y]}, {}, ("x (3 classes)", "rows sum to 1", "y", "one-hot rows")),
        ({"x": P, "y": Y, "classes": np.array([2, 0, 1])}, {"labels_as": "index"},
         ("x (3 classes)", "rows sum to 1", "y", "positions of the columns")),
        ({"p_2": P[:, 0], "p_0": P[:, 1], "p_1": P[:, 2], "y": Y}, {},
         ("p_2 … p_1 (3 columns)", "by name", "y", "the numbers in the class names")),
        ({"x": P, "y": Y.astype(str), "classes": np.array(["a", "b", "2"])}, {"labels_as": "index"},
         ("x (3 classes)", "rows sum to 1", "y", "positions of the columns")),
        ({"p1": P[:, 0], "y": Y % 2}, {"scores_key": "p1"}, ("p1 (of class 1 of 2)", "by name", "y", "class numbers")),
        ({"probs": P}, {"kind": "probabilities"}, ("probs (3 classes)", "as asked", "", "")),
    ],
)  # fmt: skip
def test_how_labels_and_numbers_were_matched(arrays, options, parts):
    found = open_predictions(arrays, ReadOptions(**options)).reading
    assert (found.scores, found.why, found.labels, found.matched) == parts


def test_a_file_of_labels_and_the_ids_that_pair_it(tmp_path):
    frame = exported()
    frame.drop(columns=["label", "true_label"]).to_csv(tmp_path / "scores.csv", index=False)
    frame[["image_path", "true_label"]].sample(frac=1, random_state=1).to_csv(tmp_path / "truth.csv", index=False)
    result = classlift.evaluate(
        tmp_path / "scores.csv", reading=ReadOptions(labels=tmp_path / "truth.csv")
    )  # fmt: skip
    assert result.reading.labels == "true_label in truth.csv, paired by image_path"
    assert result.reading.ids == "image_path"


def test_the_line_stays_in_a_terminal():
    long = {f"p_{'x' * 40}{k}": P[:, k] for k in range(3)}
    found = open_predictions(long | {"id_" + "y" * 50: np.arange(4), "label": Y}).reading
    assert len(found.line) <= 104
    many = {f"m{i}": np.arange(4) for i in range(500)}
    assert len(open_predictions({"probs": P, "label": Y} | many).reading.rejected) == 22


@pytest.mark.parametrize("name", ["p_churn", "risk", "propensity", "fraud_rate", "score"])
@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz", "jsonl"])
def test_one_column_of_two_classes_under_any_name(tmp_path, name, suffix):
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, 200)
    p = (0.2 + 0.5 * y * rng.random(200) + 0.2 * rng.random(200)).round(6)
    frame, path = pd.DataFrame({name: p, "label": y}), tmp_path / f"f.{suffix}"
    if suffix == "npz":
        np.savez(path, **{key: column.to_numpy() for key, column in frame.items()})
    elif suffix == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        getattr(frame, f"to_{suffix}")(path, index=False)
    found = classlift.evaluate(path)
    assert found.total == ((p > 0.5) == y).mean()
    assert any("is read as the probability of class 1 of two" in note for note in found.notes)


@pytest.mark.parametrize("name", ["distance", "max_margin", "embedding_norm", "loss", "id"])
def test_one_decimal_column_that_is_no_score(name):
    with pytest.raises(ValueError, match="fix:"):
        classlift.evaluate({name: np.linspace(0, 1, 40), "label": np.arange(40) % 2})


@pytest.mark.parametrize("base", [2, 10])
@pytest.mark.parametrize("name", ["logprobs", "x"])
def test_logarithms_to_another_base_are_asked(base, name):
    p = np.random.default_rng(0).dirichlet(np.ones(5), 100)
    y = np.arange(100) % 5
    with pytest.raises(ValueError, match=f"base {base}.*\nfix: save the probabilities, {base} "):
        classlift.evaluate({name: np.log(p) / np.log(base), "y": y})
    assert classlift.evaluate({name: np.log(p), "y": y}).total == (p.argmax(axis=1) == y).mean()
