"""What the fuzzing campaign found: files that are refused in two lines, or read, without a word on standard error."""

import io
import json
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import classlift
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.gates.check import Gate
from classlift.layer.layer import OutputLayer
from classlift.layer.step import AffineStep, Domain
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.own.layers import is_layer_file, load_layer, save_layer
from classlift.storage.own.numbers import read_numbers
from classlift.storage.own.toml import read_toml

P = np.array([[0.7, 0.3], [0.4, 0.6], [0.5, 0.5]])
Y = np.array([0, 1, 1])
STORED = P.tobytes()
NESTED = b"{'descr': '<f8', 'fortran_order': False, 'shape': " + b"(" * 300 + b"}"


def npy(header, data=STORED):
    header += b" " * (-len(header) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


def blocks(where, **options):
    return list(open_predictions(where, ReadOptions(**options)).blocks())


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (3, '''2)}",
        b"\0",
        NESTED,
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (-3, -2)}",
        b"{'descr': '|O', 'fortran_order': False, 'shape': (3, 2)}",
    ],
)
def test_array_headers_that_cannot_be_understood(tmp_path, header):
    content = npy(header)
    (tmp_path / "a.npy").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("probs.npy", content)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ClassliftError, match=name):
            blocks(tmp_path / name)
    with pytest.raises(ClassliftError, match=r"a\.npy"):
        blocks({"probs": P}, classes=tmp_path / "a.npy")
    with pytest.raises(ClassliftError, match=r"a\.npy"):
        read_numbers(tmp_path / "a.npy")
    with pytest.raises(ClassliftError, match=r"a\.npz"):
        load_layer(tmp_path / "a.npz")


def test_header_that_python_2_wrote_is_read_quietly(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (3L, 2L)}"))
    np.testing.assert_array_equal(blocks(tmp_path / "a.npy")[0].scores, P)


def test_small_arrays_declare_no_more_than_they_hold(tmp_path):
    huge = npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967295,)}")
    (tmp_path / "n.npy").write_bytes(huge)
    for read in (read_numbers, lambda path: blocks({"probs": P}, classes=path)):
        with pytest.raises(ClassliftError, match="declares"):
            read(tmp_path / "n.npy")


def test_floats_longer_than_64_bits_are_read_as_float64(tmp_path):
    values = P.astype(np.longdouble)
    np.savez(tmp_path / "a.npz", probs=values, weight=values[:, 0])
    assert blocks(tmp_path / "a.npz")[0].scores.dtype == np.float64
    classlift.apply(OutputLayer((), 2), tmp_path / "a.npz", tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").column("weight").to_pylist() == P[:, 0].tolist()
    if np.finfo(np.longdouble).max > np.finfo(np.float64).max:
        np.save(tmp_path / "b.npy", values * np.longdouble("1e4000"))
        with pytest.raises(ClassliftError, match="row 0"):
            blocks(tmp_path / "b.npy", kind=Kind.PROBABILITIES)


@pytest.mark.parametrize("code", [0x110000, 0xD800, 0xFFFFFFFF])
def test_text_that_is_no_text(tmp_path, code):
    names = np.array([97, code, 98], np.uint32).view("<U1")
    np.savez(tmp_path / "a.npz", probs=P, labels=names)
    with pytest.raises(ClassliftError, match="not characters"):
        blocks(tmp_path / "a.npz")
    (tmp_path / "c.json").write_text('["a", "\\ud800"]')
    with pytest.raises(ClassliftError, match=r"c\.json"):
        blocks({"probs": P}, classes=tmp_path / "c.json")


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_are_packed_as_numpy_packs_them(tmp_path, packed):
    buffer = io.BytesIO()
    np.save(buffer, P)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", packed) as archive:
        archive.writestr("probs.npy", buffer.getvalue())
    with pytest.raises(ClassliftError, match="savez"):
        blocks(tmp_path / "a.npz")


@pytest.mark.parametrize("metadata", [[1], "x", {"text:id": 5}, {"text:id": "5"}, {"text:id": "[[1]]"}])
def test_safetensors_metadata_of_other_types(tmp_path, metadata):
    entry = {"dtype": "F64", "shape": [3, 2], "data_offsets": [0, 48]}
    text = json.dumps({"__metadata__": metadata, "probs": entry}).encode()
    (tmp_path / "a.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + P.tobytes())
    with pytest.raises(ClassliftError, match=r"metadata|does not describe"):
        blocks(tmp_path / "a.safetensors")


@pytest.mark.parametrize("names", ["null", '"ab"', "[1, 2]", "[[]]", "{"])
def test_parquet_class_names_of_other_types(tmp_path, names):
    table = pa.table({"probs": P.tolist()}).replace_schema_metadata({"classlift.class_names": names})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(ClassliftError, match=r"a\.parquet"):
        blocks(tmp_path / "a.parquet")


def test_missing_values_among_numbers_are_named(tmp_path):
    lists = pa.array([[True, None], [False, True]], pa.list_(pa.bool_(), 2))
    plain = {"prob_a": pa.array([1, None]), "prob_b": pa.array([True, None])}
    for columns in ({"probs": lists}, plain):
        pq.write_table(pa.table(columns), tmp_path / "a.parquet")
        with pytest.raises(ClassliftError, match=r"a\.parquet"):
            blocks(tmp_path / "a.parquet")
    pq.write_table(pa.table({"prob_a": [0.5], "prob_b": ["x"]}), tmp_path / "b.parquet")
    with pytest.raises(ClassliftError, match="'prob_b': holds text"):
        blocks(tmp_path / "b.parquet", prefix="prob_")


def test_carried_whole_numbers_with_gaps_stay_whole_numbers(tmp_path):
    numbers, truths = pa.array([2**60 + 1, None, 3]), pa.array([None, True, False])
    pq.write_table(pa.table({"probs": P.tolist(), "n": numbers, "t": truths}), tmp_path / "a.parquet")
    classlift.apply(OutputLayer((), 2), tmp_path / "a.parquet", tmp_path / "b.parquet")
    written = pq.read_table(tmp_path / "b.parquet")
    assert written.column("n").combine_chunks() == numbers
    assert written.column("t").combine_chunks() == truths


@pytest.mark.parametrize("suffix", ["npz", "parquet", "csv", "safetensors"])
def test_missing_values_of_pandas(tmp_path, suffix):
    columns = {"n": pd.array([1, None, 3], "Int64"), "s": pd.array(["x", None, "z"], "string")}
    frame = pd.DataFrame({"prob_a": P[:, 0], "prob_b": P[:, 1], **columns})
    classlift.apply(OutputLayer((), 2), frame, tmp_path / f"a.{suffix}")
    carried = blocks(tmp_path / f"a.{suffix}", scores_key="probs" if suffix not in ("csv",) else None)[0].columns
    assert carried["s"].tolist()[1] in (None, "")
    assert "NA" not in str(carried["n"].tolist())


def test_cells_that_are_no_text_beside_a_row_of_another_length(tmp_path, capfd):
    (tmp_path / "a.csv").write_bytes(b"prob_a,prob_b,label\n" + b".5,.5,0\n" * 100 + b".5,.5,\x83,1\n")
    with pytest.raises(ClassliftError, match="row 100: 4 cells"):
        blocks(tmp_path / "a.csv")
    assert capfd.readouterr().err == ""


def test_a_message_has_two_lines_whatever_the_names(tmp_path):
    np.savez(tmp_path / "a.npz", **{"x\ny": Y, "b\r": Y})
    with pytest.raises(ClassliftError) as error:
        blocks(tmp_path / "a.npz")
    assert len(str(error.value).splitlines()) == 2
    assert r"x\ny" in str(error.value)


def test_numbers_of_thousands_of_digits(tmp_path):
    (tmp_path / "g.toml").write_text(f"confidence = {'1' * 5000}")
    with pytest.raises(ClassliftError, match=r"g\.toml"):
        read_toml(tmp_path / "g.toml")
    with pytest.raises(ClassliftError, match="5000 digits"):
        Gate.parse(f"total >= {'1' * 5000}")
    (tmp_path / "n.json").write_text("[1" + "0" * 400 + "]")
    with pytest.raises(ClassliftError, match=r"n\.json"):
        read_numbers(tmp_path / "n.json")


def test_rows_and_labels_near_the_end_of_float64():
    rows = np.array([[1e308, 1e308], [0.5, 0.5]])
    with pytest.raises(ClassliftError, match="row 0"):
        blocks({"probs": rows}, bad_rows="normalize", kind=Kind.PROBABILITIES)
    (block,) = blocks({"x": rows, "labels": Y[:2]}, kind=Kind.LOGITS)
    assert block.probabilities.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    with pytest.raises(ClassliftError, match="one-hot"):
        blocks({"probs": P, "labels": np.array([[np.inf, -np.inf]] * 3)})


def test_layer_header_of_another_type(tmp_path):
    np.savez(tmp_path / "l.npz", header=np.array([1e300, np.nan]))
    with pytest.raises(ClassliftError, match="not text"):
        load_layer(tmp_path / "l.npz")


def test_layer_members_that_zip_cannot_give(tmp_path):
    save_layer(OutputLayer((), 2), tmp_path / "l.npz")
    content = bytearray((tmp_path / "l.npz").read_bytes())
    entry = content.rfind(b"PK\x01\x02")
    for offset, value in ((6, 127), (8, 1)):  # version needed, flag "encrypted"
        changed = content.copy()
        changed[entry + offset] = value
        (tmp_path / "l.npz").write_bytes(changed)
        assert not is_layer_file(tmp_path / "l.npz") or offset == 8
        with pytest.raises(ClassliftError, match=r"l\.npz"):
            load_layer(tmp_path / "l.npz")


HEAD = b"prob_a,prob_b,label\n"


@pytest.mark.parametrize(
    "content",
    [
        b"1" * (9 << 20),
        b"prob_a," * 2_000_000,
        HEAD + b".5,.5," + b"a" * (9 << 20),
        HEAD + b".5,.5,0\n" * 100 + b".5,.5," + b"a" * (12 << 20),
        HEAD + b'.5,.5,"0\n' + b".5,.5,0\n" * 1_500_000,
        HEAD + b".5,.5,0\n" * 100 + b'.5,.5,"0\n' + b".5,.5,0\n" * 1_500_000,
    ],
    ids=["line", "header", "cell", "cell in row 100", "quote", "quote in row 100"],
)
def test_what_never_ends_in_a_text_file(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ClassliftError, match="longer than"):
        blocks(tmp_path / "a.csv")


def test_a_cell_of_200_kb_is_refused_in_two_lines(tmp_path):
    (tmp_path / "a.csv").write_bytes(HEAD + b".5,.5," + b"a" * 200_000 + b"\n")
    with pytest.raises(ClassliftError, match="field larger"):
        blocks(tmp_path / "a.csv")


def test_quoted_line_ends_at_the_cut_of_a_piece(tmp_path):
    rows = b"".join(b'.5,.5,"a\n%d"\n' % i for i in range(200_000))
    (tmp_path / "a.csv").write_bytes(b"prob_x,prob_y,note\n" + rows)
    source = open_predictions(tmp_path / "a.csv")
    read = [note for block in source.blocks() for note in block.columns["note"].tolist()]
    assert read == [f"a\n{i}" for i in range(200_000)]


def test_parquet_that_declares_other_rows_than_it_holds(tmp_path):
    pq.write_table(pa.table({"probs": [[0.5, 0.5]] * 4}), tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    footer = content[-8 - int.from_bytes(content[-8:-4], "little") : -8]
    many = footer.replace(b"\x16\x08", b"\x16\x80\xc0\xa8\xca\x9a\x3a")
    (tmp_path / "a.parquet").write_bytes(content[: -8 - len(footer)] + many + len(many).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(ClassliftError, match=r"a\.parquet"):
        blocks(tmp_path / "a.parquet")


def test_more_classes_than_fit(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", probs=np.zeros((1, 2**17 + 1), np.float32))
    with pytest.raises(ClassliftError, match="131,073 classes"):
        blocks(tmp_path / "a.npz")


def test_devices_are_no_small_files():
    for read in (load_layer, read_toml, read_numbers, lambda path: blocks({"probs": P}, classes=path)):
        with pytest.raises(ClassliftError):
            read("/dev/zero")


@pytest.mark.parametrize(("bias", "temperature"), [(1e308, 1.0), (0.0, 1e-300), (0.0, 1e16), (np.nan, 1.0)])
def test_layer_numbers_that_overflow_are_refused(bias, temperature):
    with pytest.raises(ClassliftError, match="beyond 1e\\+15"):
        AffineStep(Domain.PROBABILITY, np.full(2, bias), None, None, temperature)


def test_a_name_of_240_bytes_is_written(tmp_path):
    target = tmp_path / ("😀" * 60 + ".npz")
    save_layer(OutputLayer((), 2), target)
    assert load_layer(target).n_classes == 2
    assert list(tmp_path.iterdir()) == [target]
