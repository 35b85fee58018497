"""Values that are neither plain numbers nor text: said, not left out, and not in the way of what can be read."""

import contextlib
import io
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import classlift
from classlift import ClassliftError, ReadOptions
from support.cases import predictions

PROBS, LABELS = predictions(90)
LAYER = classlift.fit(PROBS, LABELS, effect="none").layer
FRAME = pd.DataFrame(PROBS, columns=[f"prob_{k}" for k in range(4)]).assign(label=LABELS)


def test_masked_labels_are_missing():
    away = np.arange(90) % 7 == 0
    for labels in (LABELS, LABELS.astype(str)):
        found = classlift.evaluate(PROBS, labels=np.ma.masked_array(labels, away))
        assert found.total == classlift.evaluate(PROBS[~away], labels=LABELS[~away]).total
    whole = np.ma.masked_array(LABELS, np.zeros(90, bool))
    assert classlift.evaluate(PROBS, labels=whole).total == classlift.evaluate(PROBS, labels=LABELS).total


@pytest.mark.parametrize("verb", [classlift.apply, classlift.apply_array])
def test_masked_scores_are_refused(verb):
    scores = np.ma.masked_array(PROBS, np.arange(360).reshape(90, 4) == 9)
    with pytest.raises(ClassliftError, match="row 2: class 1 has the value nan"):
        verb(LAYER, scores)


def test_bytes_in_another_order():
    assert np.array_equal(classlift.apply_array(LAYER, PROBS.astype(">f4")), classlift.apply_array(LAYER, PROBS))


def test_numbers_as_objects_are_numbers():
    as_objects = classlift.evaluate(PROBS.astype(object), labels=LABELS)
    assert as_objects.total == classlift.evaluate(PROBS, labels=LABELS).total


@pytest.mark.parametrize(("odd", "words"), [
    (PROBS.astype(str), "holds text or decimals, expected scores"),
    (PROBS.astype(complex), "it holds complex numbers"),
    (np.zeros((90, 4), "M8[s]"), "holds text or decimals, expected scores"),
    (np.zeros(90, "f8,f8"), "it holds values of the type"),
])  # fmt: skip
def test_other_values_are_named(odd, words):
    with pytest.raises(ClassliftError, match=words):
        classlift.evaluate(odd, labels=LABELS)


def test_durations_keep_their_unit_and_truth_values_are_written_alike(tmp_path):
    """Of a Parquet file that carries them; a truth value is missing in one column."""
    more = {"took": pa.array([86_400_000_000, None] * 45, pa.duration("us")), "all": [True, False] * 45}
    table = pa.table({**FRAME, **more, "some": [True, None, False] * 30})
    pq.write_table(table, tmp_path / "in.parquet")
    classlift.apply(LAYER, tmp_path / "in.parquet", out=tmp_path / "out.csv")
    found = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert found["took"].tolist()[:2] == ["86400000000 us", ""]
    assert found["all"].tolist()[:2] == ["true", "false"]
    assert found["some"].tolist()[:3] == ["true", "", "false"]


def test_times_of_a_frame_come_back():
    given = FRAME.assign(day=pd.Timestamp("2024-01-02"), took=pd.Timedelta("1h"), none=pd.NaT)
    given["none"] = pd.to_datetime(given["none"])
    found = classlift.apply(LAYER, given).iloc[0]
    assert (found["day"], found["none"]) == ("2024-01-02", None)
    assert found["took"].startswith("36000000")
    assert found["took"].endswith("seconds")


def test_complex_scores_in_an_npz_are_not_left_out(tmp_path):
    columns = {f"logit_{k}": np.log(PROBS[:, k]).astype(complex if k == 3 else float) for k in range(4)}
    np.savez(tmp_path / "v.npz", labels=LABELS, **columns)
    with pytest.raises(ClassliftError, match="'logit_3': cannot be read, and is named like the scores"):
        classlift.evaluate(tmp_path / "v.npz")


def test_one_name_of_two_columns(tmp_path):
    with zipfile.ZipFile(tmp_path / "v.npz", "w") as archive:
        for array in (PROBS, PROBS[:, ::-1]):
            content = io.BytesIO()
            np.save(content, array)
            with pytest.warns(UserWarning) if archive.namelist() else contextlib.nullcontext():
                archive.writestr("probs.npy", content.getvalue())
    with pytest.raises(ClassliftError, match="two arrays are named 'probs'"):
        classlift.evaluate(tmp_path / "v.npz")
    for twice in (pd.concat([FRAME, FRAME[["prob_1"]]], axis=1), FRAME.set_axis([1, "1", 2, 3, "label"], axis=1)):
        with pytest.raises(ClassliftError, match="two columns are named"):
            classlift.evaluate(twice)
    with pytest.raises(ClassliftError, match="two columns are named"):
        classlift.evaluate(pa.table([PROBS[:, 0], PROBS[:, 1]], names=["prob_0", "prob_0"]))


NESTED = {
    "map": pa.array([[("k", 1)]] * 90, pa.map_(pa.string(), pa.int64())),
    "box": pa.array([{"x": k, "y": "q"} for k in range(90)]),
    "point": pa.array([{"x": k, "y": k} for k in range(90)]),
    "lists": pa.array([[[1.0], [2.0]]] * 90),
    "image": pa.array([b"\xff\xd8\xff"] * 90),
}


@pytest.mark.parametrize("name", NESTED)
def test_what_apply_cannot_write_again_is_told(tmp_path, name):
    table = pa.Table.from_pandas(FRAME).append_column(name, NESTED[name]).append_column("text", pa.array([b"ab"] * 90))
    pq.write_table(table, tmp_path / "v.parquet")
    done = classlift.apply(LAYER, tmp_path / "v.parquet", tmp_path / "o.parquet", reading=ReadOptions(prefix="prob_"))
    assert any(note.startswith(f"not written again: {name!r}, which") for note in done.notes)
    names = pq.read_table(tmp_path / "o.parquet").column_names
    assert name not in names
    assert names[:2] == ["label", "text"]
