"""Pieces of a source: whole blocks of it, bit for bit, whatever the format, the shards and where the labels are."""

import gzip
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.pieces import plan, plan_beside
from classlift.storage.read import rechunk

safetensors = pytest.importorskip("safetensors.numpy", reason="the extra safetensors is not installed")

K, N = 4, 1003
RNG = np.random.default_rng(0)
PROBS = RNG.dirichlet(np.ones(K), N).astype(np.float32)
LABELS = RNG.integers(-1, K, N)
IDS = np.array([f"row {i}" for i in range(N)])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(rechunk, "FEWEST", 16)
    monkeypatch.setattr(rechunk, "VALUES", 16 * K)


def save(path, rows, probs=PROBS, labels=LABELS):
    """Some rows in the format of the suffix."""
    probs, labels, ids = probs[rows], labels[rows], IDS[rows]
    match "".join(path.suffixes):
        case ".npz":
            np.savez(path, probs=probs, labels=labels, id=ids)
        case ".packed.npz":
            np.savez_compressed(path, probs=probs, labels=labels, id=ids)
        case ".fortran.npz":
            np.savez(path, probs=np.asfortranarray(probs), labels=labels, id=ids)
        case ".safetensors":
            safetensors.save_file({"probs": probs, "labels": labels}, path)
        case ".parquet":
            lists = pa.FixedSizeListArray.from_arrays(pa.array(probs.reshape(-1)), K)
            pq.write_table(pa.table({"probs": lists, "labels": labels, "id": ids}), path, row_group_size=70)
        case ".wide.parquet":
            columns = {f"prob_{k}": probs[:, k] for k in range(K)}
            pq.write_table(pa.table({**columns, "labels": labels, "id": ids}), path, row_group_size=1000)
        case ".csv":
            frame(probs, labels, ids).to_csv(path, index=False)
        case ".csv.gz":
            with gzip.open(path, "wt") as file:
                frame(probs, labels, ids).to_csv(file, index=False)


def frame(probs, labels, ids):
    return pd.DataFrame({"id": ids, **{f"prob_{k}": probs[:, k] for k in range(K)}, "labels": labels})


SUFFIXES = [".npz", ".packed.npz", ".fortran.npz", ".safetensors", ".parquet", ".wide.parquet", ".csv", ".csv.gz"]
CUTS = {"one file": [], "shards": [300, 301, 640], "many small shards": list(range(9, N, 9)), "aligned": [160, 320]}


@pytest.fixture(params=SUFFIXES)
def suffix(request):
    return request.param


@pytest.fixture(params=CUTS)
def where(request, suffix, tmp_path):
    folder = tmp_path / "shards"
    folder.mkdir()
    for i, rows in enumerate(np.split(np.arange(N), CUTS[request.param])):
        save(folder / f"part-{i}{suffix}", rows)
    return folder


def taken(source):
    """Everything that the blocks of a source hold."""
    return [
        (b.scores.copy(), None if b.labels is None else b.labels.copy(), {k: v.copy() for k, v in b.columns.items()})
        for b in source.blocks()
    ]


def cut(source, workers=3):
    """Pieces, as another process gets them."""
    return [pickle.loads(pickle.dumps(piece)) for piece in plan(source, workers, map)]


def assert_same(pieces, source):
    parts = [block for piece in pieces for block in taken(piece.open())]
    whole = taken(source)
    assert len(parts) == len(whole)
    for (scores, labels, columns), (all_scores, all_labels, all_columns) in zip(parts, whole, strict=True):
        assert scores.tobytes() == all_scores.tobytes()
        np.testing.assert_array_equal(labels, all_labels)
        assert columns.keys() == all_columns.keys()
        for name, values in columns.items():
            np.testing.assert_array_equal(values, all_columns[name])


def test_pieces_are_blocks_of_the_whole(where):
    source = open_predictions(where)
    assert_same(cut(source), source)


@pytest.mark.parametrize("suffix", [".npz", ".parquet", ".safetensors"])
@pytest.mark.parametrize("workers", [1, 2, 5, 100])
def test_one_file_is_cut_where_reading_can_start(tmp_path, suffix, workers):
    save(tmp_path / f"all{suffix}", np.arange(N))
    source = open_predictions(tmp_path / f"all{suffix}")
    pieces = cut(source, workers)
    assert_same(pieces, source)
    if suffix == ".npz":
        assert len(pieces) == -(-N // (max(1, -(-N // (16 * workers * 8))) * 16))
    if suffix == ".parquet":
        assert min(8 * workers, 14) <= len(pieces) <= N // 70 + 1


@pytest.mark.parametrize("beside", SUFFIXES)
def test_two_sources_are_cut_at_the_same_rows(tmp_path, where, beside):
    save(tmp_path / f"beside{beside}", np.arange(N))
    one, two = open_predictions(where), open_predictions(tmp_path / f"beside{beside}")
    ours, theirs = plan_beside(one, two, 3, map)
    assert [piece.span.origin for piece in ours] == [piece.span.origin for piece in theirs]
    assert_same(ours, one)
    assert_same(theirs, two)
    if beside in (".csv", ".csv.gz", ".packed.npz"):
        assert len(ours) == 1
    if beside == ".npz":
        assert len(ours) >= len(cut(one)) - 1  # a shard of text may begin after the last row


def test_no_piece_begins_after_the_rows_of_the_other(tmp_path):
    save(tmp_path / "long.npz", np.arange(N))
    save(tmp_path / "short.npz", np.arange(100))
    for names in (("long", "short"), ("short", "long")):
        one, two = (open_predictions(tmp_path / f"{name}.npz") for name in names)
        pieces = plan_beside(one, two, 3, map)
        assert max(piece.span.origin for piece in pieces[0]) < 100
        assert_same(pieces[0], one)
        assert_same(pieces[1], two)


def test_blocks_of_a_piece_know_their_first_row(where):
    source = open_predictions(where)
    expected = [block.first_row for block in source.blocks()]
    assert [block.first_row for piece in cut(source) for block in piece.open().blocks()] == expected


@pytest.mark.parametrize("kind", ["array", "text", "shards of text"])
def test_labels_of_another_file_stay_with_their_rows(tmp_path, kind):
    np.savez(tmp_path / "scores.npz", probs=PROBS)
    labels = tmp_path / "labels"
    labels.mkdir()
    if kind == "array":
        np.save(labels / "0.npy", LABELS)
    for i, rows in enumerate(np.split(np.arange(N), [11, 500] if kind.startswith("shards") else [])):
        if kind != "array":
            pd.DataFrame({"label": LABELS[rows]}).to_csv(labels / f"{i}.csv", index=False)
    source = open_predictions(tmp_path / "scores.npz", ReadOptions(labels=labels))
    assert_same(cut(source), source)


def test_what_is_done_to_bad_rows_is_told_together(tmp_path, suffix):
    bad = PROBS.copy()
    bad[[3, 500, 1002], 1] = 0.7
    for i, rows in enumerate(np.split(np.arange(N), CUTS["shards"])):
        save(tmp_path / f"part-{i}{suffix}", rows, bad)
    source = open_predictions(tmp_path, ReadOptions(bad_rows="drop"))
    pieces = [piece.open() for piece in cut(source)]
    kept = [block for piece in pieces for block in taken(piece)]
    whole = taken(source)
    assert b"".join(k[0].tobytes() for k in kept) == b"".join(w[0].tobytes() for w in whole)
    total = sum((piece.repairs for piece in pieces[1:]), pieces[0].repairs)
    assert total.notes == source.notes
    assert "3 of 1,003 rows dropped" in total.notes[0]


def test_a_bad_row_is_named_as_in_one_process(tmp_path):
    bad = PROBS.copy()
    bad[700, 2] = np.nan
    save(tmp_path / "a.npz", np.arange(N), bad)
    source = open_predictions(tmp_path / "a.npz")
    messages = set()
    for one in (source, *(piece.open() for piece in cut(source))):
        try:
            taken(one)
        except ClassliftError as error:
            messages.add(str(error))
    assert len(messages) == 1
    assert "row 700" in messages.pop()


def test_what_is_in_memory_has_no_pieces():
    source = open_predictions({"probs": PROBS, "labels": LABELS})
    with pytest.raises(ClassliftError, match="seen only by this process"):
        cut(source)
