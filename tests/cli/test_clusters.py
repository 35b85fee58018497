"""Rows in clusters at the command line: --cluster, and the warnings without it."""

import json

import numpy as np
import pytest

from classlift import evaluate, fit, tune
from classlift.data.folds import Folds
from classlift.storage import ReadOptions
from support.array_source import ArraySource
from support.process import classlift


def sample(n=240, k=4, copies=5, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1, (n, k))
    labels = rng.integers(0, k, n)
    z[np.arange(n), labels] += 1.2
    p = np.exp(z)
    p /= p.sum(axis=1, keepdims=True)
    arrays = {"probs": p.astype(np.float32), "labels": labels, "patient": np.array([f"p{i // 2}" for i in range(n)])}
    return {name: np.repeat(array, copies, axis=0) for name, array in arrays.items()}


@pytest.fixture
def folder(tmp_path):
    np.savez(tmp_path / "val.npz", **sample())
    np.savez(tmp_path / "test.npz", **sample(seed=1))
    bare = sample()
    del bare["patient"]
    np.savez(tmp_path / "bare.npz", **bare)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["evaluate", "{}"],
        ["fit", "{}", "-o", "l.npz", "--beta", "0.5"],
        ["tune", "{}", "-o", "l.npz", "--methods", "raw"],
    ],
)
def test_equal_rows_and_repeated_ids_are_warned_of(folder, words):
    told = classlift(*(word.format("bare.npz") for word in words), cwd=folder)
    assert "rows repeat: 80% of the uncertain rows equal another row, label included" in told.stderr
    named = classlift(*(word.format("val.npz") for word in words), cwd=folder)
    assert "rows repeat: 100% of the values of 'patient' occur again (10.0 rows of each)" in named.stderr
    assert "--cluster patient" in named.stderr
    silent = classlift(*(word.format("val.npz") for word in words), "--cluster", "patient", cwd=folder)
    assert silent.returncode == 0, silent.stderr
    assert "rows repeat" not in silent.stderr


def test_a_note_is_said_once(folder):
    """Both files have it, and three tables; standard error warns of it."""
    done = classlift("tune", "val.npz", "val.npz", "--methods", "raw", "--summary", "s.md", "--details", cwd=folder)
    assert (done.stdout + done.stderr).count("rows repeat: ") == 1
    assert (folder / "s.md").read_text().count("rows repeat: ") == 1


def test_batches_warn_too(folder):
    run = '[[run]]\nname = "a"\nval = "{0}.npz"\ntest = "{0}.npz"\nverb = "fit"\n'
    for name, more, warned in (("bare", "", True), ("val", '[run.reading]\ncluster = "patient"\n', False)):
        (folder / f"{name}.toml").write_text(run.format(name) + more)
        done = classlift("batch", f"{name}.toml", "-o", f"of-{name}", "--json", "b.json", cwd=folder)
        assert done.returncode == 0, done.stderr
        (found,) = json.loads((folder / "b.json").read_text())["runs"]
        assert any(note.startswith("rows repeat: ") for note in found["notes"]) is warned
        assert ("warning: a: rows repeat: " in done.stderr) is warned


def test_evaluate_says_what_the_rows_are_worth(folder):
    done = classlift("evaluate", "val.npz", "--cluster", "patient", "--json", "o.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "intervals go by 120 clusters, whose 1,200 rows are worth" in " ".join(done.stdout.split())
    intervals = json.loads((folder / "o.json").read_text())["intervals"]
    assert intervals["clusters"] == 120
    one = sample(copies=1)
    low, high = evaluate(one, reading=ReadOptions(cluster="patient")).interval("total")
    assert intervals["total"] == pytest.approx([low, high], abs=0.01)
    cut = classlift(
        "evaluate", "val.npz", "--cluster", "patient", "--engine", "processes", "--json", "e.json", cwd=folder
    )
    assert cut.returncode == 0, cut.stderr
    assert json.loads((folder / "e.json").read_text())["intervals"] == intervals


def test_a_layer_two_files_and_compare_go_by_clusters(folder):
    assert classlift("fit", "val.npz", "-o", "l.npz", "--cluster", "patient", cwd=folder).returncode == 0
    words = ["--cluster", "patient", "--json", "o.json", "--gate", "negative_flips <= 50%", "--confidence", "0.95"]
    done = classlift("evaluate", "test.npz", "--layer", "l.npz", *words, "--details", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "exact test of the clusters' rows fixed and broken: p = " in " ".join(done.stdout.split())
    document = json.loads((folder / "o.json").read_text())
    assert classlift("apply", "l.npz", "test.npz", "-o", "new.npz", cwd=folder).returncode == 0
    done = classlift("evaluate", "new.npz", "--against", "test.npz", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    pair = json.loads((folder / "o.json").read_text())
    assert pair["intervals"]["change"]["total"] == document["intervals"]["change"]["total"]
    assert pair["mcnemar_p"] == document["mcnemar_p"]
    done = classlift("compare", "val.npz", "test.npz", "--cluster", "patient", "--json", "c.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    for entry in json.loads((folder / "c.json").read_text())["methods"]:
        assert entry["result"]["intervals"]["clusters"] == 120


@pytest.mark.parametrize("block_rows", [7, 50, 5000])
def test_folds_keep_clusters_together_whatever_the_blocks(block_rows):
    data = sample()
    keys = np.array([hash(name) % 2**64 for name in data["patient"]], np.uint64)
    labels = data["labels"].copy()
    labels[::9] = -1
    source = ArraySource(data["probs"], labels, block_rows=block_rows, clusters=keys)
    fold = np.concatenate([folds for _, folds in Folds(source, 5, 3).blocks()])
    assert (fold[labels < 0] == -1).all()
    known = labels >= 0
    assert all(len(set(fold[known & (keys == key)].tolist())) == 1 for key in set(keys[known].tolist()))
    sizes = np.bincount(fold[known])
    assert sizes.max() < 1.4 * sizes.min()
    whole = np.concatenate([f for _, f in Folds(ArraySource(data["probs"], labels, clusters=keys), 5, 3).blocks()])
    assert (whole == fold).all()


def test_clusters_of_one_row_have_the_folds_of_rows():
    data = sample(copies=1)
    one = ArraySource(data["probs"], data["labels"])
    two = ArraySource(data["probs"], data["labels"], clusters=np.arange(240, dtype=np.uint64), block_rows=50)
    assert (next(Folds(one, 5, 0).blocks())[1] == np.concatenate([f for _, f in Folds(two, 5, 0).blocks()])).all()


def test_copies_are_promised_no_more_than_their_originals():
    options = ReadOptions(cluster="patient")
    wide, once = sample(copies=10), sample(copies=1)
    a, b = (fit(data, settings={"beta": 0.5}, reading=options).out_of_fold for data in (wide, once))
    assert a.change("total") == pytest.approx(b.change("total"), abs=0.02)
    assert a.interval("total.change") == pytest.approx(b.interval("total.change"), abs=0.02)
    tuned, plain = (tune(wide, reading=each, max_total_drop=0.05).promise for each in (options, ReadOptions()))
    widths = [each.total.high - each.total.low for each in (tuned, plain)]
    assert widths[0] > 1.5 * widths[1] or not tuned.total.change


def test_few_clusters_are_not_tuned_on():
    data = sample()
    data["patient"] = np.array(["a", "b", "c"])[np.arange(1200) % 3]
    result = tune(data, reading=ReadOptions(cluster="patient"))
    assert result.layer.steps == ()
    assert result.notes[-1].startswith("3 clusters are too few to tune on (at least 10)")


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".parquet"])
def test_every_pass_over_any_format_has_the_clusters(tmp_path, suffix):
    import pandas as pd

    data = sample(copies=2)
    if suffix == ".npz":
        np.savez(tmp_path / "v.npz", **data)
    else:
        frame = pd.DataFrame({f"p_{k}": data["probs"][:, k] for k in range(4)}).assign(
            label=data["labels"], patient=data["patient"]
        )
        (frame.to_csv if suffix == ".csv" else frame.to_parquet)(tmp_path / f"v{suffix}", index=False)
    done = classlift("fit", f"v{suffix}", "-o", "l.npz", "--cluster", "patient", "--json", "o.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "o.json").read_text())["out_of_fold"]
    assert found["intervals"]["clusters"] == 120
    own = fit(data, reading=ReadOptions(cluster="patient")).out_of_fold
    assert found["intervals"]["change"]["total"] == pytest.approx(list(own.interval("total.change")), abs=1e-9)


def test_what_is_wrong_with_a_column_of_clusters_is_said(folder):
    done = classlift("evaluate", "val.npz", "--cluster", "patent", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("val.npz: has no column 'patent' of one value per row, expected one of patient")
    data = sample()
    data["patient"][7] = ""
    np.savez(folder / "hole.npz", **data)
    done = classlift("tune", "hole.npz", "-o", "l.npz", "--cluster", "patient", cwd=folder)
    assert done.returncode == 2
    assert "row 7" in done.stderr
    assert "has no value in the column 'patient'" in done.stderr
    done = classlift("fit", "val.npz", "-o", "l.npz", "--cluster", "patient", "--engine", "processes", cwd=folder)
    assert done.returncode == 2
    assert "cannot keep clusters together" in done.stderr


def test_chance_equality_is_not_warned_of():
    rng = np.random.default_rng(5)
    rounded = rng.integers(30, 95, 4000) / 100
    labels = (rng.random(4000) < rounded).astype(int)
    saturated = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 4000)]
    assert evaluate({"probs": np.stack([1 - rounded, rounded], 1), "labels": labels}).notes == ()
    few_wrong = np.where(rng.random(4000) < 0.05, rng.integers(0, 3, 4000), saturated.argmax(1))
    assert not any("repeat" in note for note in evaluate({"probs": saturated, "labels": few_wrong}).notes)
    some = sample(copies=1)
    part = {name: np.concatenate([array, array[:8]]) for name, array in some.items() if name != "patient"}
    assert evaluate(part).notes == ()


def beside(folder, *, by_id, seed=0, suffix="csv"):
    """The scores of a file, and its labels and patients in another one, in another order where ids tell."""
    data = sample(seed=seed)
    rows = np.arange(1200)
    ids = {"id": np.array([f"r{i}" for i in rows])} if by_id else {}
    np.savez(folder / "scores.npz", probs=data["probs"], **ids)
    order = np.random.default_rng(0).permutation(rows) if by_id else rows
    columns = {**ids, "label": data["labels"], "patient": data["patient"]}
    if suffix == "npz":
        np.savez(folder / "truth.npz", **{name: values[order] for name, values in columns.items()})
        return
    lines = [",".join(columns), *(",".join(str(values[i]) for values in columns.values()) for i in order)]
    (folder / "truth.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("by_id", [False, True])
@pytest.mark.parametrize("suffix", ["csv", "npz"])
@pytest.mark.parametrize("more", [[], ["--engine", "processes"], ["--bad-rows", "drop"]])
def test_clusters_stand_in_the_file_of_labels(folder, by_id, suffix, more):
    beside(folder, by_id=by_id, suffix=suffix)
    words = ["--cluster", "patient", "--json", "o.json", *more]
    done = classlift("evaluate", "scores.npz", "--labels", f"truth.{suffix}", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "o.json").read_text())["intervals"]
    assert classlift("evaluate", "val.npz", *words, cwd=folder).returncode == 0
    assert json.loads((folder / "o.json").read_text())["intervals"] == found
    assert found["clusters"] == 120


def test_folds_go_by_clusters_of_the_file_of_labels(folder):
    beside(folder, by_id=True)
    options = ReadOptions(labels=folder / "truth.csv", cluster="patient")
    one = fit(folder / "scores.npz", settings={"beta": 0.5}, reading=options).out_of_fold
    two = fit(folder / "val.npz", settings={"beta": 0.5}, reading=ReadOptions(cluster="patient")).out_of_fold
    assert (one.counts.fixed == two.counts.fixed).all()
    assert one.interval("total.change") == two.interval("total.change")


def test_a_cluster_that_is_missing_in_the_file_of_labels_is_named(folder):
    beside(folder, by_id=False)
    lines = (folder / "truth.csv").read_text().splitlines()
    (folder / "truth.csv").write_text("\n".join([*lines[:5], lines[5].split(",")[0] + ",", *lines[6:]]) + "\n")
    words = ["evaluate", "scores.npz", "--labels", "truth.csv", "--cluster"]
    done = classlift(*words, "patient", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("scores.npz, row 4: has no value in the column 'patient'")
    done = classlift(*words, "nobody", cwd=folder)
    assert done.returncode == 2
    assert "has no column 'nobody'" in done.stderr


@pytest.mark.parametrize("more", [[], ["--layer", "l.npz"], ["--engine", "processes"]])
def test_scores_have_bounds_by_clusters(folder, more):
    assert classlift("fit", "val.npz", "-o", "l.npz", "--effect", "none", "-q", cwd=folder).returncode == 0
    words = ["evaluate", "val.npz", *more, "--gate", "nll <= 2", "--gate", "brier <= 1.2", "--gate", "top2 >= 30%"]
    bounds = {}
    for name, given in (("rows", []), ("clusters", ["--cluster", "patient"])):
        done = classlift(*words, *given, "--confidence", "0.95", "--json", "o.json", cwd=folder)
        assert done.returncode == 0, done.stderr
        bounds[name] = [
            abs(one["limit"] - one["value"]) for one in json.loads((folder / "o.json").read_text())["gates"]
        ]
    assert (np.array(bounds["clusters"]) > 1.5 * np.array(bounds["rows"])).all()
