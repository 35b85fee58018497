"""What apply gives is what came, with more columns: a frame for a frame, arrays for arrays, and the same in files."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import classlift
from classlift import ClassliftError
from support.cases import predictions
from support.process import classlift as run

NAMES = ["cat", "dog", "owl", "yak"]
PROBS, LABELS = predictions(120)
LAYER = classlift.fit({"probs": PROBS, "labels": LABELS, "class_names": np.array(NAMES)}, effect="none").layer
RAISED = classlift.apply_array(LAYER, PROBS)


def frame():
    columns = {"id": [f"r{i}" for i in range(120)], "label": np.array(NAMES)[LABELS]}
    scores = {f"prob_{name}": PROBS[:, k] for k, name in enumerate(NAMES)}
    return pd.DataFrame({**columns, **scores, "site": np.arange(120) % 3}, index=np.arange(1000, 1120))


def test_a_frame_gives_a_frame():
    given = frame()
    kept = given.copy()
    found = classlift.apply(LAYER, given)
    assert isinstance(found, pd.DataFrame)
    new = [*(f"prob_{name}" for name in NAMES), "predicted", "predicted_name", "changed", "adjusted"]
    assert list(found.columns) == ["id", "label", "site", *new]
    pd.testing.assert_index_equal(found.index, given.index)
    for name in ("id", "label", "site"):
        assert found[name].tolist() == given[name].tolist()
    np.testing.assert_array_equal(found[[f"prob_{name}" for name in NAMES]], RAISED)
    assert found["predicted_name"].tolist() == [NAMES[k] for k in RAISED.argmax(axis=1)]
    pd.testing.assert_frame_equal(given, kept)


def test_a_table_of_arrow_gives_a_frame():
    found = classlift.apply(LAYER, pa.Table.from_pandas(frame(), preserve_index=False))
    assert found["label"].tolist() == frame()["label"].tolist()
    assert found["adjusted"].any()


def test_arrays_give_arrays():
    layer = classlift.fit(PROBS, LABELS, effect="none").layer
    np.testing.assert_array_equal(classlift.apply(layer, PROBS), classlift.apply_array(layer, PROBS))
    predicted = classlift.apply(layer, PROBS, output="labels")
    np.testing.assert_array_equal(predicted, classlift.apply(layer, PROBS).argmax(axis=1))
    found = classlift.apply(layer, {"probs": PROBS, "y": LABELS, "id": np.arange(120)})
    assert list(found) == ["y", "id", "probs", "predicted", "changed", "adjusted"]
    np.testing.assert_array_equal(found["y"], LABELS)
    logits = np.log(PROBS)
    np.testing.assert_allclose(classlift.apply(layer, logits, logits=True), classlift.apply(layer, PROBS), atol=1e-6)


def test_a_path_needs_the_name_of_a_file(tmp_path):
    np.savez(tmp_path / "v.npz", probs=PROBS)
    with pytest.raises(ClassliftError, match="out: is of type NoneType"):
        classlift.apply(LAYER, tmp_path / "v.npz")


@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz", "jsonl"])
def test_files_keep_the_columns_that_came_first(tmp_path, suffix):
    given = frame()
    classlift.save_layer(LAYER, tmp_path / "l.json")
    given.to_csv(tmp_path / "v.csv", index=False)
    done = run("apply", "l.json", "v.csv", "-o", f"o.{suffix}", "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    path = tmp_path / f"o.{suffix}"
    if suffix == "npz":
        with np.load(path) as file:
            assert [name for name in file.files if name != "class_names"][:3] == ["id", "label", "site"]
            assert file["label"].tolist() == given["label"].tolist()
        return
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "jsonl": lambda p: pd.read_json(p, lines=True)}[suffix]
    found = read(path)
    assert list(found.columns)[:3] == ["id", "label", "site"]
    assert found["label"].tolist() == given["label"].tolist()
    assert run("evaluate", path.name, "-q", cwd=tmp_path).returncode == 0  # the labels are found again


def test_numbers_of_labels_follow_the_columns(tmp_path):
    """A layer in another order of classes writes its own order, so numbers of classes are those of that order."""
    back = NAMES[::-1]
    named = {"probs": PROBS[:, ::-1], "labels": 3 - LABELS, "class_names": np.array(back)}
    found = classlift.apply(LAYER, named)
    np.testing.assert_array_equal(found["labels"], LABELS)
    np.testing.assert_array_equal(found["probs"], RAISED)


def test_what_is_not_written_again_is_told(tmp_path):
    np.savez(tmp_path / "v.npz", probs=PROBS, labels=LABELS, embedding=np.zeros((120, 100)), epoch=np.array([3]))
    classlift.save_layer(classlift.fit(PROBS, LABELS, effect="none").layer, tmp_path / "l.json")
    done = run("apply", "l.json", "v.npz", "-o", "o.npz", "--details", cwd=tmp_path)
    assert "not written again: 'embedding', 'epoch'" in done.stdout, done.stdout + done.stderr
