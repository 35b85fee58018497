"""A layer on columns in another order: matched by name, numbers too, or refused; what only one side names is said."""

import json

import numpy as np
import pandas as pd
import pytest

from support.process import classlift

K, N = 12, 900


def model(seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, K, N)
    z = rng.normal(0, 1, (N, K))
    z[np.arange(N), y] += 2
    z[:, 3] -= 1.5
    p = np.exp(z)
    return (p / p.sum(axis=1, keepdims=True)).round(9), y


def numbered(p, y, order=range(K), head="prob_"):
    return pd.DataFrame({"id": np.arange(N)} | {f"{head}{k}": p[:, k] for k in order} | {"label": y})


def written(path, frame):
    getattr(frame, {"csv": "to_csv", "parquet": "to_parquet"}[path.suffix[1:]])(path, index=False)


def after(folder, *words):
    done = classlift(*words, "--json", "out.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "out.json").read_text())


TEXT_ORDER = sorted(range(K), key=str)
P, Y = model(0)
Q, T = model(1)


@pytest.fixture(scope="module", params=["csv", "parquet"])
def files(request, tmp_path_factory):
    folder, suffix = tmp_path_factory.mktemp("order"), request.param
    for name, order in (("val", range(K)), ("text_val", TEXT_ORDER)):
        written(folder / f"{name}.{suffix}", numbered(P, Y, order))
    for name, order in (("test", range(K)), ("text_test", TEXT_ORDER)):
        written(folder / f"{name}.{suffix}", numbered(Q, T, order))
    np.savez(folder / "bare.npz", probs=Q, labels=T)
    for name in ("val", "text_val"):
        assert classlift("fit", f"{name}.{suffix}", "-o", f"{name}.npz", cwd=folder).returncode == 0
    return folder, suffix


def test_every_command_puts_numbered_columns_in_order(files):
    folder, suffix = files
    want = after(folder, "evaluate", f"test.{suffix}", "--layer", "val.npz")
    for layer in ("val", "text_val"):
        for name in ("test", "text_test"):
            found = after(folder, "evaluate", f"{name}.{suffix}", "--layer", f"{layer}.npz")
            for side in ("before", "after"):
                assert found[side]["low20"] == pytest.approx(want[side]["low20"], abs=1e-9)
                assert found[side]["total"] == pytest.approx(want[side]["total"], abs=1e-9)
            moved = (layer == "val") != (name == "test")
            assert any("put into the order of the layer, by name" in note for note in found["notes"]) == moved
    found = after(folder, "compare", f"val.{suffix}", f"text_test.{suffix}")
    plain = after(folder, "compare", f"val.{suffix}", f"test.{suffix}")
    figures = [{m["method"]: m["result"]["after"]["low20"] for m in one["methods"]} for one in (found, plain)]
    assert figures[0] == pytest.approx(figures[1], abs=1e-9)
    swept = [after(folder, "sweep", f"val.{suffix}", f"{n}.{suffix}")["points"] for n in ("test", "text_test")]
    assert [p["test"]["after"]["total"] for p in swept[0]] == [p["test"]["after"]["total"] for p in swept[1]]


def test_applied_rows_are_the_same(files):
    folder, suffix = files
    for name in ("test", "text_test"):
        after(folder, "apply", "val.npz", f"{name}.{suffix}", "-o", f"{name}.out.csv")
    one, two = (pd.read_csv(folder / f"{name}.out.csv") for name in ("test", "text_test"))
    pd.testing.assert_frame_equal(one[sorted(one)], two[sorted(two)])


def test_flips_name_the_right_classes(files):
    folder, suffix = files
    rows = [
        after(folder, "flips", f"{n}.{suffix}", "--layer", "val.npz", "--limit", "0")["rows"]
        for n in ("test", "text_test")
    ]
    assert rows[0] == rows[1] and rows[0]
    other = after(folder, "flips", f"text_test.{suffix}", "--against", f"test.{suffix}")
    assert other["counts"]["changed"] == 0


def test_a_report_takes_either_order(files):
    folder, suffix = files
    found = after(folder, "report", f"val.{suffix}", f"text_test.{suffix}", "--layer", "val.npz", "-o", "p.html")
    want = after(folder, "evaluate", f"test.{suffix}", "--layer", "val.npz")
    assert found["comparison"]["after"]["low20"] == pytest.approx(want["after"]["low20"], abs=1e-9)


def test_an_export_is_checked_in_either_order(files):
    pytest.importorskip("onnxruntime")
    folder, suffix = files
    words = ("export", "val.npz", "--to", "onnx", "-o", "l.onnx", "--check", f"text_test.{suffix}")
    assert after(folder, *words)["agreement"]["holds"]


def test_a_bare_matrix_beside_numbers_in_text_order_is_asked(files):
    folder, suffix = files
    done = classlift("evaluate", "bare.npz", "--layer", "text_val.npz", cwd=folder)
    assert done.returncode == 2
    assert "fix:" in done.stderr
    (folder / "c.txt").write_text("\n".join(map(str, range(K))))
    found = after(folder, "evaluate", "bare.npz", "--layer", "text_val.npz", "--classes", "c.txt")
    want = after(folder, "evaluate", f"test.{suffix}", "--layer", "val.npz")
    assert found["after"]["low20"] == pytest.approx(want["after"]["low20"], abs=1e-9)


@pytest.mark.parametrize("named", ["val", "test"])
def test_names_on_one_side_only_are_said(tmp_path, named):
    names = [f"bird{k}x" for k in range(K)]
    for name, (p, y) in {"val": (P, Y), "test": (Q, T)}.items():
        more = {"class_names": np.array(names)} if name == named else {}
        np.savez(tmp_path / f"{name}.npz", probs=p, labels=y, **more)
    classlift("fit", "val.npz", "-o", "l.npz", cwd=tmp_path)
    one, other = ("the layer", "test.npz") if named == "val" else ("test.npz", "the layer")
    note = f"{one} names its classes, {other} does not: columns are matched by their order"
    for words in (["evaluate", "test.npz", "--layer", "l.npz"], ["apply", "l.npz", "test.npz", "-o", "o.npz"],
                  ["flips", "test.npz", "--layer", "l.npz"]):  # fmt: skip
        assert after(tmp_path, *words)["notes"].count(note) == 1


def test_named_columns_in_another_order(tmp_path):
    names = np.array([f"n{chr(97 + 5 * k % 26)}" for k in range(K)])
    order = np.random.default_rng(3).permutation(K)
    np.savez(tmp_path / "val.npz", probs=P, labels=names[Y], class_names=names)
    np.savez(tmp_path / "test.npz", probs=Q, labels=names[T], class_names=names)
    np.savez(tmp_path / "other.npz", probs=Q[:, order], labels=names[T], class_names=names[order])
    classlift("fit", "val.npz", "-o", "l.npz", cwd=tmp_path)
    one, two = (after(tmp_path, "evaluate", f"{n}.npz", "--layer", "l.npz") for n in ("test", "other"))
    assert one["after"]["low20"] == pytest.approx(two["after"]["low20"], abs=1e-9)
    assert {c["name"]: c["after"]["recall"] for c in one["classes"]} == {
        c["name"]: c["after"]["recall"] for c in two["classes"]
    }
    against = after(tmp_path, "evaluate", "other.npz", "--against", "test.npz")
    assert (against["fixed"], against["broken"]) == (0, 0)


def test_other_names_are_refused(tmp_path):
    np.savez(tmp_path / "val.npz", probs=P, labels=Y, class_names=np.array([f"a{k}b" for k in range(K)]))
    np.savez(tmp_path / "test.npz", probs=Q, labels=T, class_names=np.array([f"c{k}d" for k in range(K)]))
    classlift("fit", "val.npz", "-o", "l.npz", cwd=tmp_path)
    done = classlift("evaluate", "test.npz", "--layer", "l.npz", cwd=tmp_path)
    assert done.returncode == 2


def test_shards_in_another_order_merge_only_where_names_agree(files):
    folder, suffix = files
    for name in ("val", "text_val"):
        classlift("partials", f"{name}.{suffix}", "-o", f"{name}.sums.npz", cwd=folder)
    done = classlift("merge", "val.sums.npz", "text_val.sums.npz", "-o", "all.npz", cwd=folder)
    assert done.returncode == 2
    assert "fix:" in done.stderr


@pytest.mark.parametrize("ids", ["none", "unique", "repeated", "text"])
@pytest.mark.parametrize("is_sorted", [False, True])
def test_rows_paired_by_their_order_are_confirmed_or_unsure(tmp_path, ids, is_sorted):
    rows = np.argsort(T, kind="stable") if is_sorted else np.arange(N)
    other, _ = model(2)
    column = {"none": None, "unique": np.arange(N), "repeated": np.arange(N) // 3,
              "text": np.array([f"row {i}" for i in range(N)])}[ids]  # fmt: skip
    name = "text" if ids == "text" else "image_id"
    more = {} if column is None else {name: column}
    np.savez(tmp_path / "a.npz", probs=Q[rows], labels=T[rows], **more)
    np.savez(tmp_path / "b.npz", probs=(Q[rows] + other[rows]) / 2, labels=T[rows], **more)
    for command in ("evaluate", "flips"):
        done = classlift(command, "b.npz", "--against", "a.npz", "--json", "o.json", cwd=tmp_path)
        if ids == "repeated":
            assert done.returncode == 2
            assert "more than once" in done.stderr
            continue
        notes = " ".join(json.loads((tmp_path / "o.json").read_text())["notes"])
        assert ("unsure" in notes) == (ids == "none" and is_sorted)
        assert ("only their labels confirm it" in notes) == (ids == "none" and not is_sorted)


@pytest.mark.parametrize("suffix", ["npz", "csv", "parquet", "jsonl"])
def test_a_lifted_file_is_not_lifted_again(tmp_path, suffix):
    np.savez(tmp_path / "val.npz", probs=P, labels=Y)
    classlift("fit", "val.npz", "-o", "l.npz", cwd=tmp_path)
    assert classlift("apply", "l.npz", "val.npz", "-o", f"out.{suffix}", cwd=tmp_path).returncode == 0
    for words in (["evaluate", f"out.{suffix}", "--layer", "l.npz"], ["apply", "l.npz", f"out.{suffix}", "-o", "o.npz"],
                  ["tune", f"out.{suffix}", "-o", "m.npz"], ["fit", f"out.{suffix}", "-o", "m.npz"],
                  ["flips", f"out.{suffix}", "--layer", "l.npz"], ["sweep", f"out.{suffix}"],
                  ["compare", f"out.{suffix}", f"out.{suffix}"]):  # fmt: skip
        done = classlift(*words, cwd=tmp_path)
        assert done.returncode == 2, words
        assert "was written by apply" in done.stderr
