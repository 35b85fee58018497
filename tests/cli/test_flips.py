"""`classlift flips`: the rows that changed, against a count by hand, in every output."""

import csv
import io
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from support.cases import predictions
from support.process import classlift

NAMES = np.array(["ant", "bee", "cat", "dog"])


@pytest.fixture
def files(tmp_path):
    probs, labels = predictions(3000, seed=1)
    ids = np.array([f"=id{i}" for i in range(3000)])
    np.savez(tmp_path / "raw.npz", probs=probs, labels=labels, class_names=NAMES, id=ids, row=np.arange(3000) * 2)
    assert classlift("fit", "raw.npz", "-o", "l.npz", "-q", "--effect", "none", cwd=tmp_path).returncode == 0
    assert classlift("apply", "l.npz", "raw.npz", "-o", "new.npz", "-q", cwd=tmp_path).returncode == 0
    return tmp_path


def by_hand(folder):
    """Row number to kind of change."""
    with np.load(folder / "raw.npz") as raw, np.load(folder / "new.npz") as new:
        old, now, labels = raw["probs"].argmax(1), new["probs"].argmax(1), raw["labels"]
    return {
        int(i): "fixed" if now[i] == labels[i] else "broken" if old[i] == labels[i] else "wrong"
        for i in np.flatnonzero(old != now)
    }


def rows_of(folder, *words):
    done = classlift("flips", "raw.npz", "--layer", "l.npz", "--format", "json", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["fixed", "broken", "both", "changed"])
@pytest.mark.parametrize("sort", ["move", "row"])
def test_rows_are_those_counted_by_hand(files, kind, sort):
    document = rows_of(files, "--kind", kind, "--sort", sort, "--limit", "0")
    wanted = {"both": {"fixed", "broken"}, "changed": {"fixed", "broken", "wrong"}}.get(kind, {kind})
    expected = {row: change for row, change in by_hand(files).items() if change in wanted}
    assert {row["row"]: row["change"] for row in document["rows"]} == expected
    assert expected
    key = [-row["move"] if sort == "move" else row["row"] for row in document["rows"]]
    assert key == sorted(key)
    assert document["counts"]["given"] == len(expected)
    assert document["counts"]["changed"] == len(by_hand(files))


def test_a_row_in_full(files):
    row = rows_of(files, "--kind", "fixed", "--limit", "1")["rows"][0]
    with np.load(files / "raw.npz") as raw, np.load(files / "new.npz") as new:
        i, k = row["row"], raw["labels"][row["row"]]
        old, now = raw["probs"][i], new["probs"][i]
        assert (row["id"], row["input_row"]) == (f"=id{i}", 2 * i)
        assert row["true"] == row["after"] == NAMES[k]
        assert row["before"] == NAMES[old.argmax()]
        numbers = [row[name] for name in ("p_true_before", "p_true_after", "p_before", "p_after", "move")]
        move = abs(now.astype(float) - old).max()
        np.testing.assert_allclose(numbers, [old[k], now[k], old.max(), now.max(), move], atol=1e-6)


@pytest.mark.parametrize("sort", ["move", "row"])
def test_the_limit_takes_the_first(files, sort):
    everything = rows_of(files, "--sort", sort, "--limit", "0")["rows"]
    assert rows_of(files, "--sort", sort, "--limit", "7")["rows"] == everything[:7]


@pytest.mark.parametrize("name", ["c.csv", "c.parquet", "-"])
def test_files(files, name):
    words = ["--layer", "l.npz", "-o", name, "--sort", "row"]
    done = classlift("flips", "raw.npz", *words, cwd=files)
    assert done.returncode == 0, done.stderr
    if name == "c.parquet":
        rows = pq.read_table(files / name).to_pylist()
    else:
        rows = list(csv.DictReader(io.StringIO(done.stdout if name == "-" else (files / name).read_text())))
        assert rows[0]["id"].startswith("'=id")
    expected = {row: change for row, change in by_hand(files).items() if change != "wrong"}
    assert {int(row["row"]): row["change"] for row in rows} == expected


def test_against(files):
    words = ["--against", "raw.npz", "--format", "json", "--limit", "0", "--sort", "row"]
    two = json.loads(classlift("flips", "new.npz", *words, cwd=files).stdout)
    one = rows_of(files, "--limit", "0", "--sort", "row")
    assert two["counts"] == one["counts"]
    assert [row["row"] for row in two["rows"]] == [row["row"] for row in one["rows"]]
    assert [row["p_after"] for row in two["rows"]] == pytest.approx([row["p_after"] for row in one["rows"]], abs=1e-6)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz"])
def test_no_change_at_all_gives_a_file_without_rows(files, suffix):
    done = classlift("flips", "raw.npz", "--against", "raw.npz", "-o", f"none{suffix}", cwd=files)
    assert done.returncode == 0, done.stderr
    if suffix == ".parquet":
        assert pq.read_table(files / "none.parquet").num_rows == 0
    if suffix == ".csv":
        assert (files / "none.csv").read_text().startswith("row,id,input_row,change,")


def mixed(folder, name="mixed.npz", order=None, **changed):
    """Rows of new.npz in another order, with their ids, in a file of its own."""
    order = np.random.default_rng(7).permutation(3000) if order is None else order
    with np.load(folder / "new.npz") as new, np.load(folder / "raw.npz") as raw:
        arrays = {"probs": new["probs"], "labels": raw["labels"], "id": raw["id"]} | changed
    np.savez(folder / name, **{key: array[order] for key, array in arrays.items()}, class_names=NAMES)


def against(folder, file, *words):
    done = classlift("flips", file, "--against", "raw.npz", "--format", "json", "--limit", "0", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["both", "changed"])
@pytest.mark.parametrize("sort", ["move", "row"])
def test_rows_pair_by_id_in_any_order(files, kind, sort):
    mixed(files)
    words = ["--kind", kind, "--sort", sort]
    in_order, by_id = against(files, "new.npz", *words), against(files, "mixed.npz", *words)
    assert by_id["counts"] == in_order["counts"]
    assert by_id["rows"] == in_order["rows"]
    assert by_id["rows"]


def test_a_column_of_ids_can_be_named(files):
    with np.load(files / "raw.npz") as raw:
        np.savez(files / "slides.npz", slide=raw["id"], **{name: raw[name] for name in ("probs", "labels")})
    mixed(files, id=np.array(["x"] * 3000), slide=np.array([f"=id{i}" for i in range(3000)]))
    words = ["flips", "mixed.npz", "--against", "slides.npz", "--format", "json", "--limit", "0"]
    done = classlift(*words, "--id", "slide", cwd=files)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"] == against(files, "new.npz")["counts"]
    mixed(files, slide=np.array([f"={i}" for i in range(3000)]), id=np.array(["x"] * 3000))
    assert "another label" in classlift(*words, cwd=files).stderr, "no shared values: rows pair by order"
    done = classlift("flips", "raw.npz", "--layer", "l.npz", "--id", "slide", cwd=files)
    assert done.returncode == 2
    assert "with --against" in done.stderr


def test_rows_that_do_not_pair_are_refused(files):
    refused = {
        "twice": {"id": np.array(["=id0", *(f"=id{i}" for i in range(2999))])},
        "foreign": {"id": np.array([f"=id{i + 1}" for i in range(3000)])},
        "label": {"labels": np.load(files / "raw.npz")["labels"][::-1]},
    }
    messages = {
        "twice": "more than once",
        "foreign": "is not in foreign.npz",
        "label": "another label than the same id",
    }
    for name, changed in refused.items():
        mixed(files, f"{name}.npz", **changed)
        done = classlift("flips", f"{name}.npz", "--against", "raw.npz", cwd=files)
        assert done.returncode == 2
        assert messages[name] in done.stderr
        assert len(done.stderr.strip().splitlines()) == 2


def test_rows_pair_by_id_without_labels(files):
    mixed(files)
    with np.load(files / "mixed.npz") as all_of_it:
        np.savez(files / "u.npz", **{name: all_of_it[name] for name in ("probs", "id")}, class_names=NAMES)
    found = against(files, "u.npz", "--kind", "changed")
    assert {row["row"] for row in found["rows"]} == set(by_hand(files))
    assert all(row["id"] == f"=id{row['row']}" for row in found["rows"])


def test_unlabelled_rows(files):
    with np.load(files / "raw.npz") as raw:
        np.savez(files / "u.npz", probs=raw["probs"], class_names=NAMES)
    words = ["--layer", "l.npz", "--format", "json", "--limit", "0"]
    done = classlift("flips", "u.npz", *words, "--kind", "changed", cwd=files)
    document = json.loads(done.stdout)
    assert {row["change"] for row in document["rows"]} == {"unlabelled"}
    assert (document["rows"][0]["true"], document["rows"][0]["p_true_before"]) == ("", None)
    assert len(document["rows"]) == len(by_hand(files))
    assert classlift("flips", "u.npz", *words, cwd=files).returncode == 2


@pytest.mark.parametrize("words", [[], ["--layer", "l.npz", "--against", "raw.npz"]])
def test_two_results_are_needed(files, words):
    done = classlift("flips", "raw.npz", *words, cwd=files)
    assert done.returncode == 2
    assert "compares two results" in done.stderr
