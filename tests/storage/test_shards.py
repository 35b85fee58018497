"""Folders and patterns: which files are read, which belong together, and what is said of those left out."""

import itertools
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions, shards
from support.process import classlift

RNG = np.random.default_rng(33)
N, K = 40, 3
PROBS = [RNG.dirichlet(np.ones(K), N) for _ in range(12)]
LABELS = [RNG.integers(0, K, N) for _ in range(12)]


def read(where, **options):
    source = open_predictions(where, ReadOptions(**options))
    blocks = list(source.blocks())
    labels = None if blocks[0].labels is None else np.concatenate([b.labels for b in blocks])
    return source, np.concatenate([b.scores for b in blocks]), labels


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)


BOTH = [
    ("predictions.npy", "targets.npy"),
    ("val_probs.npy", "val_labels.npy"),
    ("softmax.npy", "y_true.npy"),
    ("y_pred.npy", "y_test.npy"),
    ("logits-epoch3.npy", "gt-epoch3.npy"),
    ("resnet.npy", "ground_truth.npy"),
]


@pytest.mark.parametrize("names", BOTH)
def test_a_folder_with_scores_and_labels(tmp_path, names):
    save(tmp_path / names[0], PROBS[0])
    save(tmp_path / names[1], LABELS[0])
    source, scores, labels = read(tmp_path)
    assert np.array_equal(scores, PROBS[0]) and np.array_equal(labels, LABELS[0])
    assert source.notes == (f"labels from {tmp_path / names[1]}",)


def test_names_of_classes_in_the_folder_are_used(tmp_path):
    save(tmp_path / "probs.npy", PROBS[0])
    save(tmp_path / "labels.npy", LABELS[0])
    (tmp_path / "class_names.txt").write_text("cat\ndog\nbird\n")
    source, _, labels = read(tmp_path)
    assert source.classes == ("cat", "dog", "bird") and np.array_equal(labels, LABELS[0])


def test_the_users_labels_win(tmp_path):
    save(tmp_path / "run" / "probs.npy", PROBS[0])
    save(tmp_path / "run" / "labels.npy", LABELS[1])
    save(tmp_path / "other.npy", LABELS[0])
    assert np.array_equal(read(tmp_path / "run", labels=tmp_path / "other.npy")[2], LABELS[0])


def test_many_of_both_in_a_folder_come_with_the_patterns_that_read_them(tmp_path):
    for i in range(3):
        save(tmp_path / f"probs_{i}.npy", PROBS[i])
        save(tmp_path / f"labels_{i}.npy", LABELS[i])
    with pytest.raises(ClassliftError, match="3 files of labels and 3 of scores") as caught:
        read(tmp_path)
    _, scores, labels = (str(caught.value).split("'")[i] for i in (0, 1, 3))
    assert np.array_equal(read(scores, labels=labels)[2], np.concatenate(LABELS[:3]))


NAMED = {
    "numbers": ([f"s/{i}/part-0.npy" for i in range(12)], [f"l/{i}/part-0.npy" for i in range(12)]),
    "numbers of another width": ([f"s/{i:05}.npy" for i in range(12)], [f"l/{i}.npy" for i in range(12)]),
    "words before and behind": ([f"s/probs_{i}.npy" for i in range(12)], [f"l/{i}_labels.npy" for i in range(12)]),
    "one without number": (["s/run.npy", "s/run_2.npy"], ["l/run_labels.npy", "l/run_2_labels.npy"]),
    "upper case": (["s/A.npy", "s/b.npy", "s/C.npy"], ["l/a.npy", "l/b.npy", "l/c.npy"]),
    "days": ([f"s/2026-0{i}-01.npy" for i in (1, 2, 3)], [f"l/y-2026-0{i}-01.npy" for i in (1, 2, 3)]),
}


def patterns(folder, names):
    depth = "/*" * (names[0].count("/") - 1)
    return f"{folder}/{names[0][0]}{depth}/*.npy"


@pytest.mark.parametrize("how", NAMED)
@pytest.mark.parametrize("turn", [False, True])
def test_files_are_paired_by_what_their_names_share(tmp_path, how, turn):
    scores, labels = NAMED[how]
    order = range(len(scores))
    for i in reversed(order) if turn else order:  # the listing of a folder must not matter
        save(tmp_path / scores[i], PROBS[i])
    for i in order:
        save(tmp_path / labels[i], LABELS[i])
    _, found, truth = read(patterns(tmp_path, scores), labels=patterns(tmp_path, labels))
    hits = sum((p.argmax(axis=1) == y).sum() for p, y in zip(PROBS, LABELS[: len(scores)], strict=False))
    assert (found.argmax(axis=1) == truth).sum() == hits


UNCLEAR = {
    "other names": (["s/a.npy", "s/b.npy"], ["l/x.npy", "l/y1.npy"], "cannot tell"),
    "one more": (["s/1.npy", "s/2.npy"], ["l/1.npy", "l/2.npy", "l/3.npy"], "3 files of labels for 2 of scores"),
    "another number": (["s/1.npy", "s/2.npy"], ["l/1.npy", "l/3.npy"], "cannot tell"),
}


@pytest.mark.parametrize("how", UNCLEAR)
def test_files_that_cannot_be_paired_are_refused(tmp_path, how):
    scores, labels, said = UNCLEAR[how]
    for i, name in enumerate(scores):
        save(tmp_path / name, PROBS[i])
    for i, name in enumerate(labels):
        save(tmp_path / name, LABELS[i])
    with pytest.raises(ClassliftError, match=said):
        read(patterns(tmp_path, scores), labels=patterns(tmp_path, labels))


def test_files_of_other_lengths_are_refused_by_name(tmp_path):
    for i, more in ((1, 0), (2, 3)):
        save(tmp_path / f"s/{i}.npy", PROBS[i])
        save(tmp_path / f"l/{i}.npy", np.zeros(N - 3 + 2 * more, int))
    with pytest.raises(ClassliftError, match=r"l/1\.npy: 37 labels for 40 rows of scores"):
        read(f"{tmp_path}/s/*.npy", labels=f"{tmp_path}/l/*.npy")


def test_what_a_folder_leaves_out_is_said(tmp_path):
    for name in ("part-0.npz", "_part-1.npz", ".part-2.npz", "more/part-3.npz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.savez(tmp_path / name, probs=PROBS[0], labels=LABELS[0])
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "model.pt").write_bytes(b"x")
    source, scores, _ = read(tmp_path)
    (note,) = source.notes
    assert len(scores) == N and note.startswith("4 of what lies in") and "model.pt" in note
    done = classlift("evaluate", tmp_path, "--format", "json")
    assert done.returncode == 0 and "is not read" in json.loads(done.stdout)["notes"][0]


def test_shards_that_end_in_pq_are_read(tmp_path):
    for i, suffix in enumerate((".pq", ".parquet", ".pq")):
        table = pa.table({"probs": PROBS[i].tolist(), "label": LABELS[i]})
        pq.write_table(table, tmp_path / f"part-{i}{suffix}")
    _, scores, labels = read(tmp_path)
    assert np.array_equal(scores, np.concatenate(PROBS[:3])) and np.array_equal(labels, np.concatenate(LABELS[:3]))


@pytest.mark.parametrize("turn", [False, True])
def test_whole_numbers_in_one_shard_and_truth_values_in_the_next(tmp_path, turn):
    two = [p[:, :2] / p[:, :2].sum(axis=1, keepdims=True) for p in PROBS[:2]]
    kinds = [bool, np.int64][:: -1 if turn else 1]
    for i in (0, 1):
        np.savez(tmp_path / f"{i}.npz", probs=two[i], labels=(LABELS[i] > 0).astype(kinds[i]))
    with pytest.raises(ClassliftError, match=r"1\.npz, 'labels': is (bool|int64), (bool|int64) in"):
        read(tmp_path)


def test_the_order_is_one_on_every_system(tmp_path):
    names = ["b-2", "B-10", "a-1", "A-3", "c"]
    orders = {
        tuple(path.name for path in shards.in_order(tmp_path / name for name in order))
        for order in itertools.permutations(names)
    }
    assert orders == {("a-1", "A-3", "b-2", "B-10", "c")}


def test_an_engine_pairs_the_same_files(tmp_path):
    for i in range(12):
        save(tmp_path / f"s/{i}.npy", PROBS[i])
        save(tmp_path / f"l/y_{i}.npy", LABELS[i])
    words = ["evaluate", f"{tmp_path}/s/*.npy", "--labels", f"{tmp_path}/l/*.npy", "--no-intervals", "--format", "json"]
    plain, parallel = classlift(*words), classlift(*words, "--engine", "processes")
    assert plain.returncode == 0 and parallel.returncode == 0, parallel.stderr
    assert json.loads(plain.stdout)["figures"] == json.loads(parallel.stdout)["figures"]
    assert json.loads(plain.stdout)["figures"]["n_samples"] == 12 * N


def run_of(path, labels, seed, order=range(5)):
    """Predictions of a model in columns by name."""
    names = ["ant", "bee", "cow", "dog", "eel"]
    p = np.random.default_rng(seed).dirichlet(np.ones(5), len(labels))
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({f"p_{names[k]}": p[:, k] for k in order} | {"label": [names[k] for k in labels]})
    pq.write_table(table, path)
    return float((p.argmax(axis=1) == labels).mean())


def total(where, **options):
    source = open_predictions(where, ReadOptions(**options))
    blocks = list(source.blocks())
    return float(np.mean(np.concatenate([b.predicted == b.labels for b in blocks])))


@pytest.mark.parametrize(
    "names",
    [("train", "val"), ("dev", "test", "train"), ("run-train-0", "run-train-1", "run-test-0"), ("Valid", "TEST")],
)
def test_splits_in_one_folder_are_asked_about(tmp_path, names):
    """Training rows among test rows make any figure look good; the pattern of the fix reads one split."""
    folder = tmp_path / "f"
    truth = {name: run_of(folder / f"{name}.parquet", RNG.integers(0, 5, 90), i) for i, name in enumerate(names)}
    with pytest.raises(ClassliftError, match="holds several splits") as caught:
        read(folder)
    one = caught.value.fix.removeprefix("name one: ").strip("'")
    assert total(one) in truth.values()


def test_splits_with_labels_of_their_own_are_named_together(tmp_path):
    for i, split in enumerate(("train", "test")):
        save(tmp_path / f"{split}_probs.npy", PROBS[i])
        save(tmp_path / f"{split}_labels.npy", LABELS[i])
    with pytest.raises(ClassliftError, match="holds several splits") as caught:
        read(tmp_path)
    scores, labels = caught.value.fix.removeprefix("name one: ").split(" with --labels ")
    assert np.array_equal(read(scores, labels=labels)[2], LABELS[1])


def test_shards_of_one_split_are_read(tmp_path):
    for i in range(3):
        run_of(tmp_path / f"train_{i}.parquet", RNG.integers(0, 5, 90), i)
    assert open_predictions(tmp_path).n_samples == 270


@pytest.mark.parametrize("names", [("run_1", "run_2"), ("seed0", "seed1", "seed2"), ("a", "b")])
def test_runs_on_the_same_rows_are_asked_about(tmp_path, names):
    labels = RNG.integers(0, 5, 300)
    truth = {run_of(tmp_path / f"{name}.parquet", labels, i) for i, name in enumerate(names)}
    with pytest.raises(ClassliftError, match="the same rows twice") as caught:
        read(tmp_path)
    assert total(caught.value.fix.split(";")[0].removeprefix("name one file: ")) in truth


def test_labels_in_a_regular_order_tell_nothing(tmp_path):
    for kind, labels in {"sorted": np.repeat(np.arange(5), 40), "in turn": np.arange(200) % 5}.items():
        for i in range(2):
            run_of(tmp_path / kind / f"{i}.parquet", labels, i)
        assert open_predictions(tmp_path / kind).n_samples == 400


def test_columns_in_another_order_in_each_shard(tmp_path):
    labels = [RNG.integers(0, 5, 90) for _ in range(3)]
    right = [run_of(tmp_path / f"{i}.parquet", labels[i], i, RNG.permutation(5)) for i in range(3)]
    assert total(tmp_path) == pytest.approx(np.mean(right))


def test_numbers_as_labels_need_one_order_of_the_columns(tmp_path):
    for i, order in enumerate(([0, 1], [1, 0])):
        p = RNG.dirichlet(np.ones(2), 60)
        pq.write_table(
            pa.table({f"p_{'xy'[k]}": p[:, k] for k in order} | {"label": RNG.integers(0, 2, 60)}),
            tmp_path / f"{i}.parquet",
        )
    with pytest.raises(ClassliftError, match="in another order than those of the first shard"):
        read(tmp_path)


def test_one_file_of_labels_beside_scores_and_something_else(tmp_path):
    save(tmp_path / "val_logits.npy", PROBS[0])
    save(tmp_path / "val_y.npy", LABELS[0])
    save(tmp_path / "val_embeddings.npy", RNG.normal(size=(N, 9)))
    with pytest.raises(ClassliftError, match="holds 1 file of labels and 2 of scores") as caught:
        read(tmp_path)
    scores, labels = caught.value.fix.removeprefix("name ").split(" with --labels ")
    assert np.array_equal(read(scores, labels=labels, kind="probabilities")[2], LABELS[0])
