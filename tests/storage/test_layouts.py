"""What the columns mean: usual names, flags, kinds, labels of every form, class names, carried columns."""

import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions

P3 = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.1, 0.1, 0.8]])
Y3 = np.array([0, 1, 2, 1])


def labels_of(where, **options):
    source = open_predictions(where, ReadOptions(**options))
    return np.concatenate([block.labels.copy() for block in source.blocks()]).tolist()


def text(tmp_path, content, name="a.csv"):
    path = tmp_path / name
    path.write_text(content)
    return path


@pytest.mark.shared
@pytest.mark.parametrize(
    ("scores", "labels", "kind", "n_classes", "accuracy"),
    [
        ("netcal_npz/wideresnet-16-4-cifar-10.npz", None, Kind.PROBABILITIES, 10, 0.9109),
        ("logits_npz/cal_logits.npz", None, Kind.LOGITS, 10, 0.939),
        ("npy_pair/scores.npy", "npy_pair/targets.npy", Kind.LOGITS, 9, 0.9075),
        (
            "npy_uint16_labels/20news_test_set_pyx.npy",
            "npy_uint16_labels/20news_test_set_original_labels.npy",
            Kind.PROBABILITIES,
            20,
            0.9234,
        ),
        (
            "spaces_csv_onehot/predicted_prob_TemplatesSVM.csv",
            "spaces_csv_onehot/truth_table_TemplatesSVM.csv",
            Kind.PROBABILITIES,
            3,
            0.8830,
        ),
    ],
)
def test_as_exported(shared, scores, labels, kind, n_classes, accuracy):
    folder = shared / "as_exported"
    source = open_predictions(folder / scores, ReadOptions(labels=folder / labels if labels else None))
    assert (source.kind, source.n_classes) == (kind, n_classes)
    hits = [np.mean(block.predicted == block.labels) * block.n_samples for block in source.blocks()]
    rows = sum(block.n_samples for block in source.blocks())
    assert sum(hits) / rows == pytest.approx(accuracy, abs=5e-5)
    assert any("log-probabilities" in note for note in source.notes) == (scores == "npy_pair/scores.npy")


@pytest.mark.parametrize(
    "score_name", ["probs", "Probabilities", "y_prob", "SOFTMAX", "predictions", "scores", "outputs"]
)
@pytest.mark.parametrize("label_name", ["labels", "label", "y", "y_true", "Target", "targets", "ground_truth"])
def test_usual_names(score_name, label_name):
    source = open_predictions({label_name: Y3, score_name: P3})
    assert source.kind is Kind.PROBABILITIES and source.has_labels


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("logits", P3, Kind.LOGITS),
        ("scores", np.log(P3) + 1, Kind.LOGITS),
        ("scores", P3 * 1.5 - np.array([0.3, 0.15, 0.05]), Kind.SCORES),
        ("anything", P3, Kind.PROBABILITIES),
    ],
)
def test_kind_from_name_or_values(name, values, kind):
    assert open_predictions({name: values}).kind is kind


def test_kind_by_flag_wins():
    assert open_predictions({"probs": P3 + 1}, ReadOptions(kind=Kind.LOGITS)).kind is Kind.LOGITS
    both = {"probs": P3, "logits": np.log(P3)}
    assert open_predictions(both, ReadOptions(kind=Kind.LOGITS)).kind is Kind.LOGITS


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i4"])
def test_labels_of_any_integer_width(dtype):
    assert labels_of({"probs": P3, "labels": Y3.astype(dtype)}) == Y3.tolist()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64, np.bool_])
def test_one_hot_labels(dtype):
    assert labels_of({"probs": P3, "labels": np.eye(3, dtype=dtype)[Y3]}) == Y3.tolist()


def test_labels_by_name_and_unlabelled_rows():
    arrays = {
        "probs": P3,
        "labels": np.array(["cat", "", "dog", "?"]),
        "class_names": np.array(["dog", "cat", "ant"]),
    }
    assert labels_of(arrays, ignore_label="?") == [1, -1, 0, -1]
    assert labels_of({"probs": P3, "labels": np.array([0, 255, -1, 2])}, ignore_label=255) == [0, -1, -1, 2]
    for ignored in ("void", "2.0"):
        with pytest.raises(ClassliftError, match="labels are numbers here"):
            labels_of({"probs": P3, "labels": np.array([0, 1, -1, 2])}, ignore_label=ignored)


def test_empty_cells_and_nulls_are_unlabelled(tmp_path):
    path = text(tmp_path, "label,prob_a,prob_b\na,.5,.5\n,.5,.5\n-1,.5,.5\nb,.5,.5\n")
    assert labels_of(path) == [0, -1, -1, 1]
    pq.write_table(pa.table({"probs": P3.tolist(), "label": pa.array([2, None, 0, -1])}), tmp_path / "a.parquet")
    assert labels_of(tmp_path / "a.parquet") == [2, -1, 0, -1]


def test_wide_header_with_numbered_names(tmp_path):
    path = text(
        tmp_path, "filename,y_true,y_pred,prob_0_dog,prob_1_rooster\na.wav,dog,rooster,.4,.6\nb.wav,1,dog,.9,.1\n"
    )
    source = open_predictions(path)
    block = next(iter(source.blocks()))
    assert source.classes == ("dog", "rooster") and source.kind is Kind.PROBABILITIES
    assert list(block.columns) == ["filename", "y_pred"]
    assert block.columns["filename"].tolist() == ["a.wav", "b.wav"]


def test_suffixes_in_another_order_are_what_integer_labels_mean(tmp_path):
    path = text(tmp_path, "label,prob_2,prob_0,prob_1\n2,.8,.1,.1\n0,.1,.8,.1\n")
    assert open_predictions(path).classes == ("2", "0", "1")
    assert labels_of(path) == [0, 1]
    assert open_predictions(text(tmp_path, "label,prob_0,prob_1\n1,.8,.2\n", "b.csv")).classes is None
    path = text(tmp_path, "label,prob_1_cat,prob_0_dog\n1,.8,.2\ndog,.1,.9\n", "c.csv")
    assert labels_of(path) == [0, 1]


def test_names_that_are_numbers_need_a_word(tmp_path):
    path = text(tmp_path, "label,prob_1,prob_2\n1,.8,.2\n")
    assert labels_of(path, labels_as="index") == [1]
    assert labels_of(path, labels_as="name") == [0]
    with pytest.raises(ClassliftError, match="--labels-as"):
        labels_of(path)


def test_class_names_as_column_names(tmp_path):
    path = text(tmp_path, "id,label,cat,dog\n7,dog,.4,.6\n8,cat,.9,.1\n")
    assert open_predictions(path).classes == ("cat", "dog") and labels_of(path) == [1, 0]
    (tmp_path / "names.txt").write_text("dog\ncat\n")
    source = open_predictions(path, ReadOptions(classes=tmp_path / "names.txt"))
    assert source.classes == ("dog", "cat")
    assert next(iter(source.blocks())).scores[0].tolist() == [0.6, 0.4]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.txt", "dog\ncat\nant\n"),
        ("c.json", '["dog", "cat", "ant"]'),
        ("c.csv", "class\ndog\ncat\nant\n"),
        ("d.csv", "dog,cat,ant"),
    ],
)
def test_class_files(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    source = open_predictions({"probs": P3}, ReadOptions(classes=tmp_path / name))
    assert source.classes == ("dog", "cat", "ant")


@pytest.mark.parametrize(
    "content",
    [
        ".7,.2,.1\n.1,.8,.1\n",
        ".7\t.2\t.1\n.1\t.8\t.1",
        "  7e-1   2e-1 .1  \r\n .1 .8   .1\r\n",
        "0,7;0,2;0,1\n0,1;0,8;0,1\n",
        "0,1,2\n.7,.2,.1\n.1,.8,.1\n",
        ",0,1,2\n0,.7,.2,.1\n1,.1,.8,.1\n",
        "# prob_0 prob_1 prob_2\n.7 .2 .1\n.1 .8 .1\n",
        "\ufeffprob_0, prob_1, prob_2\n.7, .2, .1\n.1, .8, .1\n",
        "\n\np0;p1;p2\n.7;.2;.1\n\n.1;.8;.1\n",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_dialects(tmp_path, content, packed):
    path = tmp_path / ("a.txt.gz" if packed else "a.txt")
    path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
    block = next(iter(open_predictions(path).blocks()))
    assert block.scores.tolist() == P3[:2].tolist() and block.classes is None


def test_labels_in_another_file_of_any_form(tmp_path):
    np.save(tmp_path / "p.npy", P3)
    for name, content in {
        "a.txt": "0\n1\n2\n1\n",
        "b.csv": "file,label\na,0\nb,1\nc,2\nd,1\n",
        "c.txt": "1 0 0\n0 1 0\n0 0 1\n0 1 0\n",
        "d.csv": "label\n0\n1\n2\n1\n",
    }.items():
        assert labels_of(tmp_path / "p.npy", labels=text(tmp_path, content, name)) == Y3.tolist()
    (tmp_path / "names.txt").write_text("ant\nbee\ncat\n")
    named = text(tmp_path, "ant\nbee\ncat\nbee\n", "e.txt")
    assert labels_of(tmp_path / "p.npy", labels=named, classes=tmp_path / "names.txt") == Y3.tolist()


def test_shards_in_order_of_their_numbers(tmp_path):
    for i in (10, 2, 1):
        np.savez(tmp_path / f"part-{i}.npz", probs=np.tile(P3[:1], (i, 1)), labels=np.full(i, i % 3), names=list("abc"))
    source = open_predictions(tmp_path)
    assert source.n_samples == 13 and source.classes == ("a", "b", "c")
    assert labels_of(tmp_path) == [1] + [2] * 2 + [1] * 10
    assert labels_of(str(tmp_path / "part-1*.npz")) == [1] * 11
    bad = np.tile(P3[:1], (4, 1))
    bad[3] = 9
    np.savez(tmp_path / "part-11.npz", probs=bad, labels=np.zeros(4, int), names=list("abc"))
    with pytest.raises(ClassliftError, match=r"part-11.npz, row 3: probabilities sum to 27"):
        labels_of(tmp_path)


def test_data_frames_and_lists():
    frame = pd.DataFrame({"id": ["x", "y"], "label": [1, 0], "prob_a": [0.5, 0.25], "prob_b": [0.5, 0.75]})
    source = open_predictions(frame)
    block = next(iter(source.blocks()))
    assert (
        source.classes == ("a", "b") and block.labels.tolist() == [1, 0] and block.columns["id"].tolist() == ["x", "y"]
    )
    assert open_predictions(pd.DataFrame(P3)).n_classes == 3
    assert open_predictions({"probs": P3.tolist(), "labels": [0, 1, 2, 1]}).n_samples == 4


def test_parquet_lists_and_a_column_per_class(tmp_path):
    tables = [
        pa.table({"softmax": P3.astype(np.float32).tolist(), "y": Y3.astype(np.uint8)}),
        pa.table({"y": Y3, **{f"probs.{k}": P3[:, k] for k in range(3)}}),
        pa.table({"softmax": pa.FixedSizeListArray.from_arrays(pa.array(P3.astype(np.float16).ravel()), 3), "y": Y3}),
        pa.table({"softmax": P3.tolist(), "y": pa.array(["0", "1", "2", "1"]).dictionary_encode()}),
    ]
    for table in tables:
        pq.write_table(table, tmp_path / "a.parquet", row_group_size=3)
        block = next(iter(open_predictions(tmp_path / "a.parquet").blocks()))
        assert np.allclose(block.scores, P3, atol=1e-3) and block.labels.tolist() == Y3.tolist()


def test_bad_rows_dropped_and_normalized():
    scores = np.array([[0.5, 0.5], [0.5, 0.6], [np.nan, 1], [0.9, 0.1]])
    arrays = {"probs": scores, "labels": np.array([0, 1, 1, 0]), "id": np.arange(4)}
    source = open_predictions(arrays, ReadOptions(bad_rows="drop"))
    block = next(iter(source.blocks()))
    assert block.columns["id"].tolist() == [0, 3] and source.n_samples is None
    list(source.blocks())
    assert source.notes == ("2 of 4 rows dropped: probabilities sum to 1.1, expected 1 within 0.01, first: row 1",)
    with pytest.raises(ClassliftError, match="row 2: class 0 has the value nan"):
        list(open_predictions(arrays, ReadOptions(bad_rows="normalize")).blocks())
    source = open_predictions({"probs": scores[:2]}, ReadOptions(bad_rows="normalize"))
    assert next(iter(source.blocks())).scores[1].sum() == pytest.approx(1)
    list(source.blocks())
    assert source.notes[0].startswith("1 of 2 rows normalized")


def test_flags_choose():
    arrays = {"a": P3, "b": P3[::-1], "u": Y3, "v": Y3[::-1]}
    source = open_predictions(arrays, ReadOptions(scores_key="b", labels_key="v"))
    block = next(iter(source.blocks()))
    assert block.scores.tolist() == P3[::-1].tolist() and block.labels.tolist() == Y3[::-1].tolist()
    frame = pd.DataFrame({"net1_x": [0.5], "net1_y": [0.5], "net2_x": [0.1], "net2_y": [0.9]})
    source = open_predictions(frame, ReadOptions(prefix="net2_"))
    assert source.classes == ("x", "y") and list(next(iter(source.blocks())).columns) == ["net1_x", "net1_y"]


def test_labels_among_the_shards_are_not_taken_for_predictions(tmp_path):
    folder = tmp_path / "shards"
    folder.mkdir()
    rng = np.random.default_rng(0)
    np.savetxt(folder / "part-1.txt", rng.dirichlet(np.ones(3), 30))
    np.savetxt(folder / "part-2.txt", np.eye(3)[rng.integers(3, size=30)])
    with pytest.raises(ClassliftError, match="as one-hot labels do"):
        open_predictions(folder)
    np.savetxt(folder / "part-1.txt", np.eye(3)[rng.integers(3, size=30)])
    assert sum(block.n_samples for block in open_predictions(folder).blocks()) == 60
