"""Labels pair with scores by any column that holds the same ids in both files, whatever its name."""

import json

import numpy as np
import pandas as pd
import pytest

from classlift.storage import ReadOptions, open_predictions

N = 90
NAMES = ("ant", "bee", "cat")
RNG = np.random.default_rng(4)
Y = RNG.integers(3, size=N)
P = RNG.dirichlet(np.ones(3), N) * 0.05
P[np.arange(N), Y] += 0.95
ORDER = np.concatenate([RNG.permutation(30), np.arange(30, N)])
IDS = np.array([f"s{i}" for i in range(N)], object)


def right(path, labels, **options):
    """Share of rows that are right, and the notes."""
    source = open_predictions(path, ReadOptions(labels=labels, **options))
    pairs = [(b.predicted == b.labels)[b.labels >= 0] for b in source.blocks()]
    return float(np.concatenate(pairs).mean()), source.notes


def written(folder, ours, theirs, order=ORDER):
    """Scores with columns `ours`, and labels in another order with columns `theirs`."""
    scores = pd.DataFrame({**ours, **{f"p_{name}": P[:, k] for k, name in enumerate(NAMES)}})
    labels = pd.DataFrame({**theirs, "label": np.array(NAMES)[Y]}).iloc[order]
    scores.to_csv(folder / "s.csv", index=False)
    labels.to_csv(folder / "l.csv", index=False)
    return right(folder / "s.csv", str(folder / "l.csv"))


@pytest.mark.parametrize("ids", [IDS, 1000 + np.arange(N)])
@pytest.mark.parametrize("name", ["sid", "record", "accession", "tile", "url", "case", "patient"])
def test_one_name_in_both(tmp_path, name, ids):
    assert written(tmp_path, {name: ids}, {name: ids}) == (1.0, (f"labels paired by {name}",))


def test_two_names_for_the_same_values(tmp_path):
    assert written(tmp_path, {"scan": IDS}, {"slide": IDS}) == (1.0, ("labels paired by scan",))


def test_a_usual_name_wins(tmp_path):
    ours, theirs = {"sid": IDS, "image_id": IDS[::-1]}, {"sid": IDS[ORDER], "image_id": IDS[::-1]}
    assert written(tmp_path, ours, theirs) == (1.0, ("labels paired by image_id",))


def test_numbers_of_rows_come_last(tmp_path):
    numbers = np.empty(N, int)
    numbers[ORDER] = np.arange(N)
    assert written(tmp_path, {"index": np.arange(N), "tile": IDS}, {"index": numbers, "tile": IDS})[0] == 1
    assert written(tmp_path, {"seen": np.arange(N), "tile": IDS}, {"seen": numbers, "tile": IDS})[0] == 1


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (np.arange(N) / 7, np.arange(N) / 7),
        (np.arange(N) // 2, np.arange(N) // 2),
        (IDS, np.array([f"t{i}" for i in range(N)])),
        (IDS, np.where(np.arange(N) < 40, IDS, [f"t{i}" for i in range(N)])),
        (IDS, np.where(np.arange(N) == N - 1, "s0", IDS)),
    ],
    ids=["decimal", "repeated", "of other rows", "most of other rows", "once repeated"],
)
def test_columns_that_hold_no_shared_ids_do_not_pair(tmp_path, ours, theirs):
    share, notes = written(tmp_path, {"sid": ours}, {"sid": theirs}, np.arange(N))
    assert share == 1
    assert not any("paired" in note for note in notes)


def test_arrays_and_json_lines(tmp_path):
    np.savez(tmp_path / "s.npz", probs=P, fnames=IDS.astype(str))
    np.savez(tmp_path / "l.npz", labels=Y[ORDER], fnames=IDS[ORDER].astype(str))
    assert right(tmp_path / "s.npz", str(tmp_path / "l.npz")) == (1.0, ("labels paired by fnames",))
    for name, key, values in (("s", "probs", P.tolist()), ("l", "label", Y.tolist())):
        rows = [json.dumps({"qid": IDS[i], key: values[i]}) for i in (ORDER if name == "l" else range(N))]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(rows) + "\n")
    assert right(tmp_path / "s.jsonl", str(tmp_path / "l.jsonl")) == (1.0, ("labels paired by qid",))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("moved", [400, 120])
def test_two_columns_tell_rows_apart_together(tmp_path, suffix, moved):
    """Neither patient nor slice is an id, and the labels of some rows come in another order."""
    rng = np.random.default_rng(4)
    y = rng.integers(3, size=400)
    p = rng.dirichlet(np.ones(3), 400) * 0.4
    p[np.arange(400), np.where(rng.random(400) < 0.7, y, rng.integers(3, size=400))] += 0.6
    key = {"patient": np.arange(400) // 8, "slice": np.arange(400) % 8}
    order = np.arange(400)
    order[:moved] = rng.permutation(moved)
    frames = (
        pd.DataFrame(key | {f"prob_{k}": p[:, k] for k in range(3)}),
        pd.DataFrame({name: values[order] for name, values in key.items()} | {"label": y[order]}),
    )
    paths = tmp_path / f"s{suffix}", tmp_path / f"l{suffix}"
    for frame, path in zip(frames, paths, strict=True):
        frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_parquet(path)
    source = open_predictions(paths[0], ReadOptions(labels=paths[1]))
    (block,) = source.blocks()
    assert np.array_equal(block.labels, y)
    assert "labels paired by patient and slice" in source.notes


def test_rows_that_share_an_id_share_its_label(tmp_path):
    rng = np.random.default_rng(5)
    y = rng.integers(3, size=60)
    rows = np.repeat(np.arange(60), 3)
    p = rng.dirichlet(np.ones(3), 180)
    pd.DataFrame({"image_id": rows} | {f"prob_{k}": p[:, k] for k in range(3)}).to_csv(tmp_path / "s.csv", index=False)
    order = rng.permutation(60)
    pd.DataFrame({"image_id": order, "label": y[order]}).to_csv(tmp_path / "l.csv", index=False)
    source = open_predictions(tmp_path / "s.csv", ReadOptions(labels=tmp_path / "l.csv"))
    for _ in range(2):
        (block,) = source.blocks()
        assert np.array_equal(block.labels, y[rows])
        assert "labels paired by image_id: 120 rows have the id of a row before them" in source.notes
