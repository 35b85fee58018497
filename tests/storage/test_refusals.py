"""Bad input: one ClassliftError of two lines that names the file and the place."""

import gzip
import io
import json
import os
import struct
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, check_writable, open_predictions, open_writer, whole_file
from classlift.storage.recipes import REFUSED

P = np.array([[0.7, 0.3], [0.4, 0.6], [0.5, 0.5]])
Y = np.array([0, 1, 1])


def npz(**arrays):
    return lambda path: np.savez(path, **arrays)


def text(content):
    return lambda path: path.write_bytes(content if isinstance(content, bytes) else content.encode())


def parquet(**columns):
    return lambda path: pq.write_table(pa.table(columns), path)


def huge_npz(path):
    head = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (10**12, 1000)}
    np.lib.format.write_array_header_1_0(head, header)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("probs.npy", head.getvalue() + b"\0" * 64)


def objects_npz(path):
    np.savez(path, probs=np.array([[0.5, "x"], [0.5, 1]], object), labels=Y[:2])


def named_csv(path):
    np.savez(path.with_suffix(".npz"), probs=P)
    path.with_suffix(".npz").rename(path)


def flipped_npz(path):
    np.savez(path, probs=BIG, labels=np.tile(Y, 2000))
    data = bytearray(path.read_bytes())
    data[data.find(P.tobytes()) + BIG.nbytes // 2] ^= 1
    path.write_bytes(data)


def half(make):
    def cut(path):
        make(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return cut


def tensors(header, data=b""):
    def make(path):
        raw = header if isinstance(header, bytes) else json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(raw)) + raw + data)

    return make


def tensor(dtype="F32", shape=(3, 2), offsets=(0, 24)):
    return {"probs": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


WIDE = "prob_a,prob_b,label\n"
BIG = np.tile(P, (2000, 1))

CASES = {
    "empty npz": ("a.npz", text(""), {}, "empty"),
    "empty csv": ("a.csv", text(""), {}, "empty"),
    "blank csv": ("a.csv", text("\n \n"), {}, "empty"),
    "header alone": ("a.csv", text(WIDE), {}, "rows"),
    "empty gzip": ("a.csv.gz", text(gzip.compress(b"")), {}, "empty"),
    "half npz": ("a.npz", half(npz(probs=BIG, labels=Y)), {}, "damaged"),
    "half compressed npz": ("a.npz", half(lambda p: np.savez_compressed(p, probs=BIG)), {}, "damaged"),
    "half npy": ("a.npy", half(lambda p: np.save(p, BIG)), {}, "declares"),
    "half parquet": ("a.parquet", half(parquet(probs=BIG.tolist())), {}, "a.parquet"),
    "half gzip": (
        "a.csv.gz",
        half(text(gzip.compress(WIDE.encode() + os.urandom(4000).hex().encode()))),
        {},
        "a.csv.gz",
    ),
    "half safetensors": ("a.safetensors", tensors(tensor(), b"\0" * 10), {}, "probs"),
    "flipped bit": ("a.npz", flipped_npz, {}, "checksum"),
    "huge declared shape": ("a.npz", huge_npz, {}, "declares"),
    "object array": ("a.npz", objects_npz, {}, "tolist"),
    "object labels": ("a.npz", npz(probs=P, labels=np.array([0, "b", None], object)), {}, "tolist"),
    "zip without arrays": ("a.npz", lambda p: zipfile.ZipFile(p, "w").close(), {}, "a.npz"),
    "parquet named npz": ("a.npz", parquet(probs=P.tolist()), {}, "looks like Parquet"),
    "npz named csv": ("a.csv", named_csv, {}, "looks like npz"),
    "text named parquet": ("a.parquet", text("a,b\n1,2\n"), {}, "not of the format Parquet"),
    "no suffix": ("predictions", text("a,b\n1,2\n"), {}, "suffix"),
    "unknown suffix": ("a.xyz", text("a,b\n1,2\n"), {}, ".xyz"),
    "utf-16": ("a.csv", text("prob_a,prob_b\n.5,.5\n".encode("utf-16")), {}, "UTF-8"),
    "huge safetensors header": (
        "a.safetensors",
        lambda p: p.write_bytes(struct.pack("<Q", 2**60) + b"{}"),
        {},
        "header",
    ),
    "safetensors header no JSON": ("a.safetensors", tensors(b"{probs"), {}, "a.safetensors"),
    "safetensors header a list": ("a.safetensors", tensors([1, 2]), {}, "tensors"),
    "safetensors beyond the end": ("a.safetensors", tensors(tensor(offsets=(0, 2**40))), {}, "probs"),
    "safetensors negative shape": ("a.safetensors", tensors(tensor(shape=(-3, -2)), b"\0" * 24), {}, "probs"),
    "safetensors unknown type": (
        "a.safetensors",
        tensors(tensor("F8_E4M3", (3, 2), (0, 6)), b"\0" * 6),
        {},
        "F8_E4M3",
    ),
    "one column of scores": ("a.npz", npz(probs=P[:, :1]), {}, "at least 2"),
    "plain scores": ("a.npz", npz(probs=P[:, 0]), {}, "probs"),
    "scores of three dimensions": ("a.npz", npz(probs=P[None]), {}, "shape"),
    "integer scores": ("a.npz", npz(probs=np.eye(2, dtype=int)[Y]), {}, "int64"),
    "top 5": ("a.npz", npz(top5_classes=np.zeros((3, 5), int), top5_probs=np.full((3, 5), 0.1)), {}, "best 5"),
    "two matrices": ("a.npz", npz(probs=P, scores=P), {}, "--scores-key"),
    "two families": ("a.csv", text("prob_a,prob_b,logit_a,logit_b\n.5,.5,0,0\n"), {}, "--prefix"),
    "two label arrays": ("a.npz", npz(probs=P, y=Y, targets=Y), {}, "--labels-key"),
    "nothing that can be scores": ("a.npz", npz(x=Y), {}, "--scores-key"),
    "unknown scores key": ("a.npz", npz(probs=P), {"scores_key": "prob"}, "did you mean 'probs'"),
    "unknown labels key": ("a.npz", npz(probs=P, truth=Y), {"labels_key": "trut"}, "did you mean 'truth'"),
    "unknown prefix": ("a.csv", text(WIDE + ".5,.5,a\n"), {"prefix": "zz"}, "--prefix zz"),
    "neither probabilities nor logits": ("a.npz", npz(scores=P * 0.9), {}, "--probabilities or --logits"),
    "row sum": ("a.npz", npz(probs=np.vstack([P, [0.5, 0.6]])), {}, "row 3: probabilities sum to 1.1"),
    "not a number": ("a.npz", npz(probs=np.vstack([P, [np.nan, 0.6]])), {}, "row 3: class 0"),
    "infinite logit": ("a.npz", npz(logits=np.vstack([P, [0, np.inf]])), {}, "row 3: class 1"),
    "negative probability": ("a.npz", npz(probs=np.vstack([P, [-0.1, 1.1]])), {}, "row 3: class 0"),
    "empty cell": ("a.csv", text(WIDE + ".5,.5,a\n,.5,a\n"), {}, "row 1: class 0"),
    "nan cell": ("a.csv", text(WIDE + ".5,.5,a\n.5,nan,a\n"), {}, "row 1: class 1"),
    "word among numbers": ("a.csv", text(WIDE + ".5,.5,a\n" * 3 + ".5,abc,a\n"), {}, "row 3, column 'prob_b': 'abc'"),
    "short line": ("a.csv", text(WIDE + ".5,.5,a\n" * 30 + ".5,.5\n"), {}, "row 30: 2 cells"),
    "long line": ("a.csv", text(WIDE + ".5,.5,a\n" * 30 + ".5,.5,a,b\n"), {}, "row 30: 4 cells"),
    "a column twice": ("a.csv", text("prob_a,prob_a\n.5,.5\n"), {}, "'prob_a'"),
    "null in a list": ("a.parquet", parquet(probs=[[0.5, 0.5], [None, 0.5]]), {}, "row 1: class 0"),
    "null row": ("a.parquet", parquet(probs=[[0.5, 0.5], None]), {}, "row 1: class 0"),
    "ragged lists": ("a.parquet", parquet(probs=[[0.5, 0.5], [0.1, 0.2, 0.7]]), {}, "row 1, 'probs': 3 values"),
    "lists of text": ("a.parquet", parquet(probs=[["a", "b"]]), {}, "probs"),
    "label out of range": ("a.npz", npz(probs=P, labels=np.array([0, 1, 2])), {}, "row 2: label 2 is not in 0..1"),
    "a number that is no name": (
        "a.npz",
        npz(probs=P, labels=np.array([0, 1, 1]), class_names=np.array(["cat", "dog"])),
        {"labels_as": "name"},
        "row 0: label 0 is unknown, expected a class name",
    ),
    "label below -1": ("a.npz", npz(probs=P, labels=np.array([0, -2, 1])), {}, "row 1: label -2"),
    "large unsigned label": (
        "a.npz",
        npz(probs=P, labels=np.array([0, 2**64 - 1, 1], np.uint64)),
        {},
        "row 1: label",
    ),
    "floating labels": ("a.npz", npz(probs=P, labels=Y + 0.5), {}, "astype(int)"),
    "floating label in text": ("a.csv", text(WIDE + ".5,.5,1.5\n"), {}, "astype(int)"),
    "unknown class name": ("a.csv", text("label,prob_cat,prob_dog\ndgo,.5,.5\n"), {}, "did you mean 'dog'"),
    "two ones": ("a.npz", npz(probs=P, labels=np.array([[1, 0], [1, 1], [0, 1]])), {}, "row 1"),
    "soft labels": ("a.npz", npz(probs=P, labels=P), {}, "row 0"),
    "one-hot of another width": ("a.npz", npz(probs=P, labels=np.eye(3)), {}, "(3,)"),
    "fewer labels": ("a.npz", npz(probs=P, labels=Y[:2]), {}, "2 labels for 3 rows"),
    "class name twice": ("a.csv", text("label,prob_cat,prob_cat\n0,.5,.5\n"), {}, "cat"),
    "class names of a file twice": ("a.npz", npz(probs=P, class_names=np.array(["a", "a"])), {}, "'a'"),
    "no rows": ("a.npz", npz(probs=P[:0], labels=Y[:0]), {}, "rows"),
    "every row dropped": (
        "a.npz",
        npz(probs=P * 2),
        {"bad_rows": "drop", "kind": Kind.PROBABILITIES},
        "none of its 3 rows",
    ),
    "left over columns that are no probabilities": ("a.csv", text("mass,speed\n.5,.9\n.1,.2\n"), {}, "a.csv"),
}


def passes(where, options):
    for _ in open_predictions(where, options).blocks():
        pass


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_refused(tmp_path, case):
    name, make, options, expected = case
    make(tmp_path / name)
    with pytest.raises(ClassliftError) as error:
        passes(tmp_path / name, ReadOptions(**options))
    message = str(error.value)
    assert name in message and expected in message
    assert message.count("\n") == 1 and "\nfix: " in message


@pytest.mark.parametrize("suffix", REFUSED)
def test_formats_that_are_not_read_come_with_a_recipe(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"\x80\x04whatever")
    with pytest.raises(ClassliftError, match="are not read") as error:
        open_predictions(path)
    assert "convert it once: " in str(error.value)
    with pytest.raises(ClassliftError):
        check_writable(path)


def test_missing_things(tmp_path):
    np.savez(tmp_path / "test_probs.npz", probs=P)
    for where, expected in {
        tmp_path / "test_prob.npz": "did you mean",
        tmp_path / "no" / "a.npz": "does not exist",
        str(tmp_path / "*.parquet"): "no file in it",
    }.items():
        with pytest.raises(ClassliftError, match=expected):
            open_predictions(where)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ClassliftError, match="no file in it"):
        open_predictions(tmp_path / "empty")
    (tmp_path / "empty" / "a.pkl").write_bytes(b"x")
    with pytest.raises(ClassliftError, match="convert it once"):
        open_predictions(tmp_path / "empty")


def test_shards_that_differ(tmp_path):
    np.savez(tmp_path / "1.npz", probs=P)
    np.savez(tmp_path / "2.npz", probs=np.eye(3))
    with pytest.raises(ClassliftError, match=r"2\.npz: its columns differ"):
        open_predictions(tmp_path)
    for i in (1, 2):
        np.savez(tmp_path / f"{i}.npz", probs=P, class_names=["a", "bc"[i - 1]])
    with pytest.raises(ClassliftError, match="'class_names' differs"):
        open_predictions(tmp_path)


@pytest.mark.parametrize(("rows", "expected"), [(2, "2 labels for 3"), (4, "4 labels for 3")])
def test_another_number_of_labels(tmp_path, rows, expected):
    np.save(tmp_path / "p.npy", P)
    np.save(tmp_path / "y.npy", np.zeros(rows, int))
    (tmp_path / "y.txt").write_text("0\n" * rows)
    with pytest.raises(ClassliftError, match=f"y.npy: {expected}"):
        open_predictions(tmp_path / "p.npy", ReadOptions(labels=tmp_path / "y.npy"))
    with pytest.raises(ClassliftError, match=r"y\.txt: "):
        passes(tmp_path / "p.npy", ReadOptions(labels=tmp_path / "y.txt"))


def test_class_files_that_do_not_fit(tmp_path):
    for name, content in {"a.txt": "x\ny\nz\n", "b.json": '{"0": "x"}', "c.json": "[", "d.txt": ""}.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(ClassliftError, match=name):
            open_predictions({"probs": P}, ReadOptions(classes=tmp_path / name))


def test_places_that_cannot_be_written(tmp_path):
    for where in (tmp_path, tmp_path / "no" / "a.npz"):
        with pytest.raises(ClassliftError), whole_file(where):
            pytest.fail("no work may start")
    with pytest.raises(ClassliftError, match="no format"), open_writer(tmp_path / "a.doc", classes=None, n_classes=2):
        pytest.fail("no work may start")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write and read everywhere")
def test_permissions(tmp_path):
    np.savez(tmp_path / "a.npz", probs=P)
    (tmp_path / "a.npz").chmod(0)
    with pytest.raises(ClassliftError, match="permission"):
        open_predictions(tmp_path / "a.npz")
    tmp_path.chmod(0o500)
    with pytest.raises(ClassliftError, match="permission"), whole_file(tmp_path / "b.npz"):
        pytest.fail("no work may start")


def test_a_defect_of_the_caller_stays_what_it_is(tmp_path):
    with pytest.raises(ValueError, match="mine"), open_writer(tmp_path / "a.npz", classes=None, n_classes=2):
        raise ValueError("mine")
    with pytest.raises(ClassliftError, match="1 rows were written, 3 were announced"):  # noqa: SIM117
        with open_writer(tmp_path / "a.npz", classes=None, n_classes=2, n_samples=3) as out:
            out.write({"probs": P[:1]})
    assert list(tmp_path.iterdir()) == []
