"""Every format gives back what it was given; a new entry in FORMATS is tested by being there."""

import numpy as np
import pytest

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.storage import FORMATS, ReadOptions, open_predictions, open_writer
from classlift.storage.formats import LINES
from classlift.storage.read.rechunk import block_rows

RNG = np.random.default_rng(7)
N = 700
ODD = ("a,b", 'q"x', "=cmd", "0", "ü é", "tab\tx", " left", "new\nline", "'quoted", "prob_x")
PROBS = RNG.dirichlet(np.ones(10), N)
LABELS = RNG.integers(-1, 10, N)
IDS = np.array([("-id", "=1+1", "img, ", 'x"y', "ü", "")[i % 6] + (str(i) if i % 6 != 5 else "") for i in range(N)])
WRITTEN = [suffix for suffix, f in FORMATS.items() if f.writer]


def write(path, columns, *, classes=ODD, n_samples=None, score_name="probs", step=300):
    with open_writer(path, classes=classes, n_classes=10, n_samples=n_samples, score_name=score_name) as out:
        for start in range(0, N, step):
            out.write({name: values[start : start + step] for name, values in columns.items()})
    return path


def read(source):
    """Scores, labels and carried columns of all blocks, and the blocks' lengths."""
    scores, labels, columns, lengths = [], [], {}, []
    for block in source.blocks():
        scores.append(block.scores.copy())
        labels.append(None if block.labels is None else block.labels.copy())
        lengths.append(block.n_samples)
        for name, values in block.columns.items():
            columns.setdefault(name, []).append(values.copy())
    joined = None if labels[0] is None else np.concatenate(labels)
    return np.concatenate(scores), joined, {k: np.concatenate(v) for k, v in columns.items()}, lengths


def is_text(suffix):
    return FORMATS[suffix].reader in LINES


@pytest.mark.parametrize("suffix", WRITTEN)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_samples", [None, N])
def test_round_trip_to_the_bit(tmp_path, suffix, dtype, n_samples):
    scores = PROBS.astype(dtype)
    columns = {"probs": scores, "labels": LABELS, "id": IDS, "changed": LABELS > 3}
    source = open_predictions(write(tmp_path / f"out{suffix}", columns, n_samples=n_samples))
    got, labels, carried, _ = read(source)
    assert (source.kind, source.classes, source.n_classes) == (Kind.PROBABILITIES, ODD, 10)
    assert got.dtype == (np.float64 if is_text(suffix) else dtype)
    assert got.astype(dtype).tobytes() == scores.tobytes()
    assert labels.tolist() == LABELS.tolist()
    assert carried["id"].tolist() == IDS.tolist()
    assert [str(v).lower() for v in carried["changed"]] == [str(v).lower() for v in LABELS > 3]


@pytest.mark.parametrize("suffix", WRITTEN)
def test_without_labels_and_names(tmp_path, suffix):
    source = open_predictions(write(tmp_path / f"out{suffix}", {"probs": PROBS}, classes=None))
    got, labels, carried, _ = read(source)
    assert (source.classes, source.has_labels, labels, carried) == (None, False, None, {})
    assert np.array_equal(got, PROBS)


@pytest.mark.parametrize("suffix", WRITTEN)
def test_scores_of_a_layer_and_logits(tmp_path, suffix):
    adjusted = PROBS * 1.2 - 0.02
    adjusted[:, 0] += 1 - adjusted.sum(axis=1)
    path = write(tmp_path / f"scores{suffix}", {"scores": adjusted}, score_name="scores")
    assert open_predictions(path).kind is Kind.SCORES
    path = write(tmp_path / f"logits{suffix}", {"logits": np.log(PROBS) + 3}, score_name="logits")
    assert open_predictions(path).kind is Kind.LOGITS


@pytest.mark.parametrize("suffix", WRITTEN)
def test_only_labels_are_written(tmp_path, suffix):
    path = write(tmp_path / f"labels{suffix}", {"predicted": LABELS, "id": IDS}, score_name=None)
    with pytest.raises(ClassliftError, match="no scores found"):
        open_predictions(path)


@pytest.mark.parametrize("suffix", WRITTEN)
def test_same_content_same_bytes_and_overwriting_the_input(tmp_path, suffix):
    columns = {"probs": PROBS, "labels": LABELS, "id": IDS}
    first = write(tmp_path / f"a{suffix}", columns)
    second = write(tmp_path / f"b{suffix}", columns)
    assert first.read_bytes() == second.read_bytes()
    source = open_predictions(first)
    with open_writer(first, classes=source.classes, n_classes=10, n_samples=source.n_samples) as out:
        for block in source.blocks():
            out.write({"probs": block.scores, "labels": block.labels, "id": block.columns["id"]})
    again, before = read(open_predictions(first)), read(open_predictions(second))
    assert np.array_equal(again[0], before[0]) and np.array_equal(again[1], before[1])
    assert again[2]["id"].tolist() == before[2]["id"].tolist()
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"a{suffix}", f"b{suffix}"]


@pytest.mark.parametrize("suffix", WRITTEN)
def test_an_interrupted_write_leaves_the_old_file(tmp_path, suffix):
    path = write(tmp_path / f"out{suffix}", {"probs": PROBS})
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt), open_writer(path, classes=None, n_classes=10) as out:
        out.write({"probs": PROBS[:5]})
        raise KeyboardInterrupt
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", WRITTEN)
def test_half_a_file_is_refused_by_name(tmp_path, suffix):
    path = write(tmp_path / f"out{suffix}", {"probs": PROBS, "labels": LABELS})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 - 3])
    with pytest.raises(ClassliftError, match="out") as error:
        read(open_predictions(path))
    assert str(error.value).count("\n") == 1


@pytest.mark.parametrize("suffix", WRITTEN)
def test_blocks_are_cut_alike(tmp_path, suffix):
    n, k = 600, 3000
    rows = block_rows(k)
    scores = RNG.dirichlet(np.ones(k), n).astype(np.float32)
    path = tmp_path / f"wide{suffix}"
    with open_writer(path, classes=None, n_classes=k) as out:
        for start in range(0, n, 333):
            out.write({"probs": scores[start : start + 333], "labels": np.arange(start, min(n, start + 333)) % k})
    got, labels, _, lengths = read(open_predictions(path))
    assert lengths == [rows, rows, n - 2 * rows] == [256, 256, 88]
    assert np.array_equal(got.astype(np.float32), scores)
    assert np.array_equal(labels, np.arange(n) % k)


def test_npy_is_read_and_not_written(tmp_path):
    np.save(tmp_path / "probs.npy", PROBS.astype(np.float16))
    np.save(tmp_path / "y.npy", LABELS.astype(np.int16))
    source = open_predictions(tmp_path / "probs.npy", ReadOptions(labels=tmp_path / "y.npy"))
    got, labels, _, _ = read(source)
    assert got.dtype == np.float32 and np.array_equal(got, PROBS.astype(np.float16).astype(np.float32))
    assert np.array_equal(labels, LABELS)
    with (
        pytest.raises(ClassliftError, match="no format that is written"),
        open_writer(tmp_path / "x.npy", classes=None, n_classes=2),
    ):
        pass


def test_bfloat16_of_safetensors(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    scores = np.array([[0.5, 0.25, 0.25], [0.125, 0.375, 0.5]], np.float32)
    raw = (scores.view(np.uint32) >> 16).astype(np.uint16)
    library.save_file({"probs": raw, "labels": np.array([0, 2], np.uint8)}, tmp_path / "a.safetensors")
    data = (tmp_path / "a.safetensors").read_bytes().replace(b'"U16"', b'"BF16"')
    length = int.from_bytes(data[:8], "little") + 1
    (tmp_path / "a.safetensors").write_bytes(length.to_bytes(8, "little") + data[8:])
    got, labels, _, _ = read(open_predictions(tmp_path / "a.safetensors"))
    assert np.array_equal(got, scores) and labels.tolist() == [0, 2]


def test_ours_and_the_library_agree_on_safetensors(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    path = write(tmp_path / "out.safetensors", {"probs": PROBS, "labels": LABELS, "changed": LABELS > 2})
    tensors = library.load_file(path)
    assert np.array_equal(tensors["probs"], PROBS) and np.array_equal(tensors["changed"], LABELS > 2)


def test_numpy_reads_our_npz(tmp_path):
    path = write(tmp_path / "out.npz", {"probs": PROBS, "id": IDS}, n_samples=N)
    with np.load(path, allow_pickle=False) as arrays:
        assert np.array_equal(arrays["probs"], PROBS)
        assert arrays["id"].tolist() == IDS.tolist()
        assert tuple(arrays["class_names"]) == ODD


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2"])
def test_npz_in_fortran_order_and_foreign_byte_order(tmp_path, compressed, dtype):
    scores = np.asfortranarray(PROBS.astype(dtype))
    save = np.savez_compressed if compressed else np.savez
    save(
        tmp_path / "f.npz",
        probs=scores,
        labels=LABELS.astype(">i2"),
        id=IDS.astype("S") if IDS.dtype.kind == "S" else IDS,
    )
    got, labels, carried, _ = read(open_predictions(tmp_path / "f.npz"))
    assert np.array_equal(got, scores.astype(np.float32 if dtype == "<f2" else scores.dtype.newbyteorder("=")))
    assert np.array_equal(labels, LABELS) and carried["id"].tolist() == IDS.tolist()


def test_text_cells_are_guarded_and_numbers_never(tmp_path):
    path = tmp_path / "out.csv"
    with open_writer(path, classes=None, n_classes=2) as out:
        text = np.array(["=1+1", "-3.5", "@x", "+a", "plain"], object)
        out.write({"probs": np.full((5, 2), 0.5, np.float32), "note": text, "margin": np.array([-1.0, 2, 3, 4, 5])})
    lines = path.read_text().splitlines()
    assert [line.split(",")[2].strip('"') for line in lines[1:]] == ["'=1+1", "-3.5", "'@x", "'+a", "plain"]
    assert [line.split(",")[3] for line in lines[1:]] == ["-1", "2", "3", "4", "5"]
    assert read(open_predictions(path))[2]["note"].tolist() == text.tolist()
