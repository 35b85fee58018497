"""At least sixty kinds of bad input: status 2, one two-line message that names the place, nothing left behind."""

import json
import os
import pickle
import zipfile

import numpy as np
import pytest

from support.process import classlift, files_below

PROBS = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2]], np.float32)
LABELS = np.array([0, 1, 2, 0])


def npz(path, **arrays):
    np.savez(path, **({"probs": PROBS, "labels": LABELS} | arrays))
    return path


def changed(row, column, value):
    probs = PROBS.copy()
    probs[row, column] = value
    return probs


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def good_layer(folder, suffix=".npz", **arrays):
    """A layer of three classes, fitted on good rows."""
    done = classlift("fit", npz(folder / "good.npz", **arrays), "-o", folder / f"layer{suffix}", "--quiet")
    assert done.returncode == 0, done.stderr
    return folder / f"layer{suffix}"


def edited_layer(folder, edit):
    """A layer in JSON, changed by `edit`."""
    path = good_layer(folder, ".json")
    document = json.loads(path.read_text())
    edit(document)
    return write(path, json.dumps(document))


def set_item(*keys, value):
    def edit(document):
        place = document
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return edit


def half(path):
    content = path.read_bytes()
    return write(path, content[: len(content) // 2])


def fit(path, *more):
    return ["fit", path, "-o", path.parent / "out.npz", *more]


def apply(layer, new):
    return ["apply", layer, new, "-o", layer.parent / "out.npz"]


def parquet(path, columns):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)
    return path


def huge_npz(path):
    """An npz member whose header declares far more than it holds."""
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("probs.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return path


SCORE_CASES = {
    "missing file": lambda d: (fit(d / "nowhere.npz"), ["nowhere.npz"]),
    "missing file, near name": lambda d: (npz(d / "valid.npz") and fit(d / "vaild.npz"), ["valid.npz"]),
    "empty file": lambda d: (fit(write(d / "a.npz", b"")), ["a.npz", "empty"]),
    "half an npz": lambda d: (fit(half(npz(d / "a.npz"))), ["a.npz"]),
    "half a csv row": lambda d: (fit(write(d / "a.csv", "p_0,p_1,label\n0.5,0.5,0\n0.5")), ["a.csv"]),
    "csv under the name npz": lambda d: (fit(write(d / "a.npz", "p_0,p_1,label\n0.5,0.5,0\n")), ["a.npz"]),
    "npz under the name parquet": lambda d: (fit(npz(d / "a.npz").rename(d / "a.parquet")), ["a.parquet"]),
    "unknown suffix": lambda d: (fit(write(d / "a.xyz", b"?")), ["a.xyz"]),
    "no suffix": lambda d: (fit(write(d / "plain", b"\x00\x01")), ["plain"]),
    "a folder without files": lambda d: ((d / "sub").mkdir() or fit(d / "sub"), ["sub"]),
    "a pattern without files": lambda d: (fit(d / "none*.npz"), ["none*.npz"]),
    "one dimension": lambda d: (fit(npz(d / "a.npz", probs=PROBS[:, 0])), ["a.npz"]),
    "one column": lambda d: (fit(npz(d / "a.npz", probs=PROBS[:, :1])), ["a.npz"]),
    "three dimensions": lambda d: (fit(npz(d / "a.npz", probs=PROBS[None])), ["a.npz"]),
    "no rows": lambda d: (fit(npz(d / "a.npz", probs=PROBS[:0], labels=LABELS[:0])), ["a.npz"]),
    "NaN": lambda d: (fit(npz(d / "a.npz", probs=changed(2, 1, np.nan))), ["a.npz, row 2", "nan"]),
    "infinity": lambda d: (fit(npz(d / "a.npz", probs=changed(1, 0, np.inf))), ["a.npz, row 1", "inf"]),
    "NaN in logits": lambda d: (fit(npz(d / "a.npz", probs=changed(2, 1, np.nan)), "--logits"), ["row 2"]),
    "negative": lambda d: (fit(npz(d / "a.npz", probs=changed(3, 2, -0.1))), ["a.npz, row 3", "-0.1"]),
    "sum 1.3": lambda d: (fit(npz(d / "a.npz", probs=changed(0, 2, 0.4))), ["a.npz, row 0", "1.3"]),
    "normalize cannot mend NaN": lambda d: (
        fit(npz(d / "a.npz", probs=changed(2, 1, np.nan)), "--bad-rows", "normalize"),
        ["row 2"],
    ),
    "label too large": lambda d: (fit(npz(d / "a.npz", labels=np.array([0, 1, 3, 0]))), ["row 2", "3"]),
    "label too small": lambda d: (fit(npz(d / "a.npz", labels=np.array([0, -7, 1, 0]))), ["row 1", "-7"]),
    "float labels": lambda d: (fit(npz(d / "a.npz", labels=np.array([0.5, 1, 2, 0]))), ["a.npz", "float"]),
    "two labels too many": lambda d: (fit(npz(d / "a.npz", labels=np.array([0, 1, 2, 0, 1, 1]))), ["a.npz", "6"]),
    "no labels": lambda d: (fit(npz_without_labels(d / "a.npz")), ["a.npz", "labels"]),
    "all unlabelled": lambda d: (fit(npz(d / "a.npz", labels=np.full(4, -1))), ["a.npz", "label"]),
    "one-hot with two ones": lambda d: (
        fit(npz(d / "a.npz", labels=np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]))),
        ["row 0"],
    ),
    "class name twice": lambda d: (fit(npz(d / "a.npz", class_names=np.array(["x", "y", "x"]))), ["'x'"]),
    "too few class names": lambda d: (
        fit(npz(d / "a.npz"), "--classes", write(d / "c.txt", "x\ny\n")),
        ["c.txt", "2"],
    ),
    "unknown class name": lambda d: (
        fit(
            npz(
                d / "a.npz",
                labels=np.array(["cat", "dog", "cow", "cat"]),
                class_names=np.array(["cat", "dog", "hen"]),
            )
        ),
        ["row 2", "cow"],
    ),
    "names without a list": lambda d: (fit(npz(d / "a.npz", labels=np.array(["a", "b", "c", "a"]))), ["a.npz"]),
    "object array": lambda d: (fit(npz(d / "a.npz", probs=np.array([[0.5, None, 1]], object))), ["a.npz"]),
    "pickle": lambda d: (fit(write(d / "a.pkl", pickle.dumps([1]))), ["a.pkl"]),
    "pickle under the name npz": lambda d: (fit(write(d / "a.npz", pickle.dumps([1]))), ["a.npz"]),
    "torch file": lambda d: (fit(write(d / "a.pt", b"PK\x03\x04")), ["a.pt", "torch"]),
    "hdf5": lambda d: (fit(write(d / "a.h5", b"\x89HDF")), ["a.h5"]),
    "integers as scores": lambda d: (fit(npz(d / "a.npz", probs=np.eye(4, 3, dtype=int))), ["a.npz", "int"]),
    "text as scores": lambda d: (fit(npz(d / "a.npz", probs=PROBS.astype(str))), ["a.npz"]),
    "complex scores": lambda d: (fit(npz(d / "a.npz", probs=PROBS.astype(complex))), ["a.npz"]),
    "nothing that looks like scores": lambda d: (
        fit(only(d / "a.npz", x=PROBS, z=PROBS, y=LABELS)),
        ["a.npz", "--scores-key"],
    ),
    "two that look like scores": lambda d: (fit(npz(d / "a.npz", probabilities=PROBS)), ["a.npz", "--scores-key"]),
    "unknown scores key": lambda d: (fit(npz(d / "a.npz"), "--scores-key", "nope"), ["a.npz", "nope"]),
    "unknown labels key": lambda d: (fit(npz(d / "a.npz"), "--labels-key", "nope"), ["a.npz", "nope"]),
    "unknown prefix": lambda d: (
        fit(write(d / "a.csv", "p_0,p_1,label\n.5,.5,0\n"), "--prefix", "q_"),
        ["a.csv", "q_"],
    ),
    "neither probabilities nor logits": lambda d: (
        fit(only(d / "a.npz", scores=np.array([[0.5, 0.9], [0.4, 0.3]]), labels=np.array([0, 1]))),
        ["a.npz", "--logits"],
    ),
    "declared far larger than stored": lambda d: (fit(huge_npz(d / "a.npz")), ["a.npz"]),
    "label file too short": lambda d: (
        fit(only(d / "a.npz", probs=PROBS), "--labels", array(d / "y.npy", LABELS[:3])),
        ["y.npy", "3"],
    ),
    "missing label file": lambda d: (fit(only(d / "a.npz", probs=PROBS), "--labels", d / "y.npy"), ["y.npy"]),
    "csv with a word among numbers": lambda d: (
        fit(write(d / "a.csv", "p_0,p_1,p_2,label\n0.5,0.4,0.1,0\n0.5,oops,0.1,1\n")),
        ["a.csv", "oops"],
    ),
    "csv with an empty cell": lambda d: (
        fit(write(d / "a.csv", "p_0,p_1,label\n0.5,0.5,0\n0.5,,1\n")),
        ["a.csv, row 1"],
    ),
    "csv with a header alone": lambda d: (fit(write(d / "a.csv", "p_0,p_1,label\n")), ["a.csv"]),
    "parquet with null": lambda d: (
        fit(parquet(d / "a.parquet", {"probs": [[0.5, 0.5], None], "label": [0, 1]})),
        ["a.parquet"],
    ),
    "parquet with ragged lists": lambda d: (
        fit(parquet(d / "a.parquet", {"probs": [[0.5, 0.5], [1.0]], "label": [0, 1]})),
        ["a.parquet"],
    ),
    "half a parquet": lambda d: (
        fit(half(parquet(d / "a.parquet", {"p_0": [0.5] * 99, "p_1": [0.5] * 99}))),
        ["a.parquet"],
    ),
    "top-5 arrays": lambda d: (
        fit(
            only(
                d / "a.npz",
                top5_classes=np.array([[1, 2, 3, 4, 5]]),
                top5_probs=np.array([[0.5, 0.2, 0.1, 0.1, 0.1]]),
            )
        ),
        ["a.npz"],
    ),
}

OTHER_CASES = {
    "unknown layer version": lambda d: (
        apply(edited_layer(d, set_item("header", "version", value=99)), d / "good.npz"),
        ["layer.json", "99"],
    ),
    "layer with NaN": lambda d: (
        apply(
            write(good_layer(d, ".json"), (d / "layer.json").read_text().replace("0.", "NaN, 0.", 1)), d / "good.npz"
        ),
        ["layer.json"],
    ),
    "layer with text for numbers": lambda d: (
        apply(edited_layer(d, set_item("arrays", "step_0_bias", value=["a", "b", "c"])), d / "good.npz"),
        ["layer.json"],
    ),
    "layer of a wrong shape": lambda d: (
        apply(edited_layer(d, set_item("arrays", "step_0_bias", value=[0.0, 0.0])), d / "good.npz"),
        ["layer.json", "bias"],
    ),
    "layer without an array": lambda d: (
        apply(edited_layer(d, lambda document: document["arrays"].pop("step_0_bias")), d / "good.npz"),
        ["layer.json"],
    ),
    "layer of an unknown domain": lambda d: (
        apply(edited_layer(d, lambda document: document["header"]["steps"][0].update(domain="magic")), d / "good.npz"),
        ["layer.json", "magic"],
    ),
    "layer with provenance of another type": lambda d: (
        ["inspect", edited_layer(d, set_item("header", "provenance", "condition", value=[1]))],
        ["layer.json", "condition"],
    ),
    "layer with a low class that does not exist": lambda d: (
        [
            "evaluate",
            d / "good.npz",
            "--layer",
            edited_layer(d, set_item("header", "provenance", "low_classes", value=[7])),
        ],
        ["layer.json", "low_classes"],
    ),
    "layer with an integer beyond all numbers": lambda d: (
        apply(edited_layer(d, set_item("arrays", "step_0_bias", value=[10**400, 0, 0])), d / "good.npz"),
        ["layer.json"],
    ),
    "an output name that is too long": lambda d: (
        ["fit", npz(d / "a.npz"), "-o", d / f"{'x' * 300}.npz"],
        ["too long"],
    ),
    "half a layer": lambda d: (apply(half(good_layer(d)), d / "good.npz"), ["layer.npz"]),
    "predictions for a layer": lambda d: (apply(npz(d / "good.npz"), d / "good.npz"), ["good.npz"]),
    "a layer for predictions": lambda d: (fit(good_layer(d)), ["layer.npz"]),
    "layer for other classes": lambda d: (
        apply(
            good_layer(d, class_names=np.array(["a", "b", "c"])),
            npz(d / "n.npz", class_names=np.array(["a", "c", "d"])),
        ),
        ["n.npz", "class"],
    ),
    "layer for more classes": lambda d: (
        apply(good_layer(d), only(d / "n.npz", probs=np.full((2, 4), 0.25, np.float32))),
        ["n.npz", "4 classes"],
    ),
    "layer with an unknown suffix": lambda d: (["fit", npz(d / "a.npz"), "-o", d / "l.txt"], ["l.txt", ".npz"]),
    "output folder missing": lambda d: (["fit", npz(d / "a.npz"), "-o", d / "no" / "l.npz"], ["l.npz", "mkdir"]),
    "output is a folder": lambda d: (
        (d / "l.npz").mkdir() or ["fit", npz(d / "a.npz"), "-o", d / "l.npz"],
        ["l.npz"],
    ),
    "output of an unknown suffix": lambda d: (
        ["apply", good_layer(d), d / "good.npz", "-o", d / "o.doc"],
        ["o.doc"],
    ),
    "output through a pickle": lambda d: (["apply", good_layer(d), d / "good.npz", "-o", d / "o.pkl"], ["o.pkl"]),
    "setting out of range": lambda d: (fit(npz(d / "a.npz"), "--rlow", "2"), ["--rlow", "2"]),
    "setting that is no number": lambda d: (fit(npz(d / "a.npz"), "--alpha", "x"), ["--alpha", "'x'"]),
    "setting NaN": lambda d: (fit(npz(d / "a.npz"), "--alpha", "nan"), ["--alpha", "nan"]),
    "setting of another method": lambda d: (fit(npz(d / "a.npz"), "--method", "naive", "--beta", "1"), ["--beta"]),
    "unknown method": lambda d: (fit(npz(d / "a.npz"), "--method", "magic"), ["--method", "magic"]),
    "unknown option": lambda d: (fit(npz(d / "a.npz"), "--rhihg", "0.8"), ["--rhihg", "--rhigh"]),
    "unknown command": lambda d: (["evalute", d / "a.npz"], ["evalute", "evaluate"]),
    "no output given": lambda d: (["apply", d / "l.npz", npz(d / "a.npz")], ["--out"]),
    "zero accuracy and no floor": lambda d: (
        fit(npz(d / "a.npz", labels=np.array([0, 1, 1, 2])), "--accuracy-floor", "0"),
        ["--accuracy-floor"],
    ),
    "layer and predictions against": lambda d: (
        ["evaluate", npz(d / "a.npz"), "--layer", good_layer(d), "--against", d / "a.npz"],
        ["--layer", "--against"],
    ),
    "against other labels": lambda d: (
        ["evaluate", npz(d / "a.npz"), "--against", npz(d / "b.npz", labels=np.array([0, 1, 1, 0]))],
        ["row 2"],
    ),
    "against fewer rows": lambda d: (
        ["evaluate", npz(d / "a.npz"), "--against", npz(d / "b.npz", probs=PROBS[:3], labels=LABELS[:3])],
        ["rows"],
    ),
    "probabilities for a scores file": lambda d: (
        fit(only(d / "a.npz", scores=np.array([[1.1, -0.1], [0.4, 0.6]]), labels=np.array([0, 1]))),
        ["a.npz", "scores"],
    ),
}


def npz_without_labels(path):
    return only(path, probs=PROBS)


def only(path, **arrays):
    np.savez(path, **arrays)
    return path


def array(path, values):
    np.save(path, values)
    return path


CASES = SCORE_CASES | OTHER_CASES


def test_there_are_sixty_kinds():
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name, tmp_path):
    words, parts = CASES[name](tmp_path)
    before = files_below(tmp_path)
    done = classlift(*words)
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().split("\n")
    assert len(lines) == 2, done.stderr
    assert lines[1].startswith("fix: ")
    assert len(lines[1]) > len("fix: ")
    for part in parts:
        assert part in done.stderr
    assert done.stdout == ""
    assert files_below(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a read-only folder")
def test_read_only_folder(tmp_path):
    path = npz(tmp_path / "a.npz")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    done = classlift("fit", path, "-o", locked / "l.npz")
    assert done.returncode == 2
    assert "locked" in done.stderr
