"""One cell that holds the scores of a row: structs, maps, pairs and Spark vectors in parquet."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classlift.errors import ClassliftError
from classlift.storage import open_predictions

RNG = np.random.default_rng(8)
N, NAMES = 500, ("otter", "lynx", "crane", "mole")
PROBS = RNG.dirichlet(np.ones(4), N)
PROBS[::9] = [0, 1, 0, 0]
LABELS = RNG.integers(0, 4, N)
TEXTS = [NAMES[k] for k in LABELS]
VECTOR = pa.struct(
    [("type", pa.int8()), ("size", pa.int32()), ("indices", pa.list_(pa.int32())), ("values", pa.list_(pa.float64()))]
)


def dense(row):
    return {"type": 1, "size": None, "indices": None, "values": row.tolist()}


def sparse(row):
    at = np.flatnonzero(row)
    return {"type": 0, "size": len(row), "indices": at.tolist(), "values": row[at].tolist()}


def by_class(row):
    return dict(zip(NAMES, row.tolist(), strict=True))


def shuffled(row):
    return [(NAMES[k], float(row[k])) for k in RNG.permutation(4)]


CELLS = {
    "dense vectors": (dense, VECTOR),
    "sparse vectors": (sparse, VECTOR),
    "vectors of both kinds": (lambda row: sparse(row) if row.max() > 0.5 else dense(row), VECTOR),
    "structs": (by_class, pa.struct([(name, pa.float32()) for name in NAMES])),
    "maps": (shuffled, pa.map_(pa.string(), pa.float64())),
    "pairs": (
        lambda row: [{"label": name, "score": p} for name, p in shuffled(row)],
        pa.list_(pa.struct([("label", pa.string()), ("score", pa.float64())])),
    ),
}


def write(path, what, labels, rows=PROBS, key="probability"):
    make, kind = CELLS[what]
    cells = pa.array([make(row) if row is not None else None for row in rows], kind)
    pq.write_table(pa.table({"id": np.arange(len(rows)), key: cells, "label": labels}), path, row_group_size=77)
    return path


def read(path):
    source = open_predictions(path)
    blocks = list(source.blocks())
    return source, np.concatenate([b.scores for b in blocks]), np.concatenate([b.labels for b in blocks])


@pytest.mark.parametrize("key", ["probability", "model output"])
@pytest.mark.parametrize("what", CELLS)
def test_every_row_comes_back(tmp_path, what, key):
    named = "vectors" not in what
    source, scores, labels = read(write(tmp_path / "p.parquet", what, TEXTS if named else LABELS, key=key))
    names = list(source.classes or NAMES)
    assert sorted(names) == sorted(NAMES)
    order = [names.index(name) for name in NAMES]
    assert np.allclose(scores[:, order], PROBS, atol=1e-6)
    assert [names[k] for k in labels] == TEXTS


@pytest.mark.parametrize("what", ["maps", "pairs"])
def test_numbers_beside_names_in_no_order_are_refused(tmp_path, what):
    with pytest.raises(ClassliftError, match="no order"):
        open_predictions(write(tmp_path / "p.parquet", what, LABELS))


def test_a_missing_cell_is_a_bad_row(tmp_path):
    rows = [None if i == 3 else row for i, row in enumerate(PROBS[:9])]
    for what in CELLS:
        with pytest.raises(ClassliftError, match="row 3: class 0 has the value nan"):
            read(write(tmp_path / "p.parquet", what, TEXTS[:9] if "vectors" not in what else LABELS[:9], rows=rows))


def test_the_best_few_classes_of_each_row_are_refused(tmp_path):
    best = [[{"label": NAMES[k], "score": float(row[k])} for k in np.argsort(-row)[:2]] for row in PROBS]
    pq.write_table(pa.table({"probs": best, "label": TEXTS}), tmp_path / "p.parquet")
    with pytest.raises(ClassliftError, match=r"which the first row does not have\nfix: .*top_k=None"):
        read(tmp_path / "p.parquet")


def test_a_vector_of_another_length_is_named(tmp_path):
    cells = pa.array([dense(PROBS[0]), dense(PROBS[1][:3])], VECTOR)
    pq.write_table(pa.table({"probs": cells, "label": LABELS[:2]}), tmp_path / "p.parquet")
    with pytest.raises(ClassliftError, match="row 1, 'probs': 3 values in its list, expected 4"):
        read(tmp_path / "p.parquet")


def test_pieces_of_it_are_read_alike(tmp_path):
    box = open_predictions(write(tmp_path / "p.parquet", "sparse vectors", LABELS)).box
    rest = np.concatenate([chunk["probability"] for chunk in box.chunks_from(130, ["probability"], [], 50)])
    assert np.array_equal(rest, PROBS[130:])


def test_what_holds_no_numbers_is_refused(tmp_path):
    pq.write_table(pa.table({"probs": [{"a": "x", "b": "y"}], "label": ["a"]}), tmp_path / "p.parquet")
    with pytest.raises(ClassliftError, match="'probs': cannot be read"):
        open_predictions(tmp_path / "p.parquet")
