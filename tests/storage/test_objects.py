"""Arrays of Python objects are refused, each with a line that saves it anew, which is run here; records are read."""

import pickle

import numpy as np
import pandas as pd
import pytest

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions

RNG = np.random.default_rng(12)
N, K = 50, 4
PROBS = RNG.dirichlet(np.ones(K), N)
LABELS = RNG.integers(0, K, N)


def objects(values):
    out = np.empty(len(values), object)
    out[:] = values
    return out


HELD = {
    "a dict of rows": np.array({f"img_{i}": row for i, row in enumerate(PROBS)}, object),
    "a dict of lists": np.array({f"img_{i}": row.tolist() for i, row in enumerate(PROBS)}, object),
    "a dict of arrays": np.array({"probs": PROBS, "labels": LABELS}, object),
    "a dict of lists of all": np.array({"y_true": LABELS.tolist(), "y_score": PROBS.tolist()}, object),
    "ragged batches": objects([PROBS[:20], PROBS[20:40], PROBS[40:]]),
    "rows": objects(list(PROBS)),
    "lists": objects([row.tolist() for row in PROBS]),
    "numbers": PROBS.astype(object),
    "dicts": objects([{"probs": p.tolist(), "label": int(y)} for p, y in zip(PROBS, LABELS, strict=True)]),
}
LABELLED = ("a dict of arrays", "a dict of lists of all", "dicts")


def fix_of(path):
    with pytest.raises(ClassliftError) as caught:
        list(open_predictions(path).blocks())
    assert str(caught.value).count("\n") == 1
    return str(caught.value).split("once: ")[1]


def follow(line, path, folder, monkeypatch, labels=None):
    """Run the line, read what it wrote."""
    monkeypatch.chdir(folder)
    before = {file.name for file in folder.iterdir()}
    exec(line.split("  (")[0], {"np": np, "pickle": pickle, "pandas": pd, "FILE": str(path)})
    (out,) = {file.name for file in folder.iterdir()} - before
    blocks = list(open_predictions(folder / out, ReadOptions(labels=labels)).blocks())
    found = None if blocks[0].labels is None else np.concatenate([b.labels for b in blocks])
    return np.concatenate([b.scores for b in blocks]), found


@pytest.mark.parametrize("what", HELD)
def test_npy(tmp_path, monkeypatch, what):
    np.save(tmp_path / "p.npy", HELD[what], allow_pickle=True)
    scores, labels = follow(fix_of(tmp_path / "p.npy"), tmp_path / "p.npy", tmp_path, monkeypatch)
    assert np.array_equal(scores, PROBS)
    assert labels is None if what not in LABELLED else np.array_equal(labels, LABELS)


@pytest.mark.parametrize("what", HELD)
def test_npz(tmp_path, monkeypatch, what):
    np.savez(tmp_path / "p.npz", probs=HELD[what])
    scores, labels = follow(fix_of(tmp_path / "p.npz"), tmp_path / "p.npz", tmp_path, monkeypatch)
    assert np.array_equal(scores, PROBS)
    assert labels is None if what not in LABELLED else np.array_equal(labels, LABELS)


def test_texts_as_objects(tmp_path, monkeypatch):
    names = np.array([f"c{k}" for k in LABELS], object)
    np.savez(tmp_path / "p.npz", probs=PROBS, labels=names, class_names=[f"c{k}" for k in range(K)])
    with pytest.raises(ClassliftError, match="'labels': cannot be read") as caught:
        open_predictions(tmp_path / "p.npz")
    np.save(tmp_path / "probs.npy", PROBS)
    monkeypatch.chdir(tmp_path)
    exec(str(caught.value).split("once: ")[1], {"np": np, "FILE": "p.npz"})
    assert np.load("out.npz")["labels"].tolist() == names.tolist()


@pytest.mark.filterwarnings("ignore:.*:pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv", ".parquet"])
def test_a_bare_pickle_is_called_one(tmp_path, monkeypatch, suffix, protocol):
    path = tmp_path / f"p{suffix}"
    path.write_bytes(pickle.dumps(PROBS, protocol))
    with pytest.raises(ClassliftError, match="is a pickle"):
        open_predictions(path)
    assert np.array_equal(follow(fix_of(path), path, tmp_path, monkeypatch)[0], PROBS)


RECORDS = [("id", "<U12"), ("label", ">i2"), ("note", "S3"), ("probs", "<f4", (K,)), ("ok", "?")]


def records(kinds=RECORDS, **options):
    made = np.zeros(N, np.dtype(kinds, **options))
    made["probs"], made["label"] = PROBS, LABELS
    made["id"] = [f"img_{i}" for i in range(N)]
    return made


@pytest.mark.parametrize("align", [False, True])
def test_records_are_read(tmp_path, align):
    np.save(tmp_path / "p.npy", records(align=align))
    source = open_predictions(tmp_path / "p.npy")
    blocks = list(source.blocks())
    assert np.array_equal(np.concatenate([b.scores for b in blocks]), PROBS.astype(np.float32))
    assert np.array_equal(np.concatenate([b.labels for b in blocks]), LABELS)
    assert blocks[0].columns["id"][7] == "img_7" and list(blocks[0].columns) == ["id", "note", "ok"]
    rest = np.concatenate([chunk["label"] for chunk in source.box.chunks_from(13, [], ["label"], 9)])
    assert np.array_equal(rest, LABELS[13:])


def test_a_column_for_each_class_in_records(tmp_path):
    made = np.zeros(N, [("y_true", "i8"), *((f"prob_{k}", "f8") for k in "abcd")])
    made["y_true"] = LABELS
    for k, name in enumerate("abcd"):
        made[f"prob_{name}"] = PROBS[:, k]
    np.save(tmp_path / "p.npy", made)
    (block,) = open_predictions(tmp_path / "p.npy").blocks()
    assert np.array_equal(block.scores, PROBS) and block.classes == tuple("abcd")


def test_records_that_are_cut_or_of_two_dimensions_are_refused(tmp_path):
    np.save(tmp_path / "p.npy", records().reshape(5, 10))
    with pytest.raises(ClassliftError, match="named fields and shape"):
        open_predictions(tmp_path / "p.npy")
    np.save(tmp_path / "q.npy", records())
    data = (tmp_path / "q.npy").read_bytes()
    (tmp_path / "q.npy").write_bytes(data[:-9])
    with pytest.raises(ClassliftError, match="are stored"):
        open_predictions(tmp_path / "q.npy")


def test_records_in_an_npz_come_with_a_line_that_saves_each_field(tmp_path, monkeypatch):
    np.savez(tmp_path / "p.npz", probs=records())
    scores, labels = follow(fix_of(tmp_path / "p.npz"), tmp_path / "p.npz", tmp_path, monkeypatch)
    assert np.allclose(scores, PROBS, atol=1e-6) and np.array_equal(labels, LABELS)


def test_nothing_in_a_pickle_is_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    np.save(tmp_path / "p.npy", objects([Trap(), Trap()]), allow_pickle=True)
    (tmp_path / "q.npy").write_bytes(pickle.dumps(Trap()))
    for name in ("p.npy", "q.npy"):
        with pytest.raises(ClassliftError):
            open_predictions(tmp_path / name)
    assert not (tmp_path / "sprung").exists()
