"""Standard input and output, and what comes in through them."""

import io
import sys

import numpy as np
import pytest

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions, open_writer, whole_file

P = np.array([[0.7, 0.3], [0.4, 0.6]])


class Piped(io.BytesIO):
    """Stands for sys.stdin or sys.stdout."""

    @property
    def buffer(self):
        return self


@pytest.mark.parametrize("suffix", [".npz", ".parquet", ".csv", ".csv.gz", ".safetensors"])
def test_standard_input_is_known_by_its_first_bytes(tmp_path, monkeypatch, suffix):
    with open_writer(tmp_path / f"a{suffix}", classes=("x", "y"), n_classes=2) as out:
        out.write({"probs": P, "labels": np.array([0, 1])})
    monkeypatch.setattr(sys, "stdin", Piped((tmp_path / f"a{suffix}").read_bytes()))
    source = open_predictions("-")
    for _pass in range(2):
        block = next(iter(source.blocks()))
        assert block.scores.tolist() == P.tolist() and block.classes == ("x", "y")


def test_a_named_format_of_standard_input_must_fit(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Piped(b"p0\tp1\n.5\t.5\n"))
    assert open_predictions("-", ReadOptions(format="tsv")).n_classes == 2
    monkeypatch.setattr(sys, "stdin", Piped(b"p0,p1\n.5,.5\n"))
    with pytest.raises(ClassliftError, match="standard input: is not of the format npz"):
        open_predictions("-", ReadOptions(format=".npz"))
    monkeypatch.setattr(sys, "stdin", Piped(b""))
    with pytest.raises(ClassliftError, match="empty"):
        open_predictions("-")


def test_standard_output_is_csv(monkeypatch):
    piped = Piped()
    monkeypatch.setattr(sys, "stdout", piped)
    with open_writer("-", classes=("x", "y"), n_classes=2) as out:
        out.write({"probs": P.astype(np.float32), "id": np.array(["=a", "b"])})
    assert piped.getvalue().decode() == """prob_x,prob_y,id\n0.7,0.3,"'=a"\n0.4,0.6,"b"\n"""


def test_whole_file_keeps_permissions_and_follows_links(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    target.chmod(0o640)
    (tmp_path / "link").symlink_to(target)
    with whole_file(tmp_path / "link") as out:
        out.write(b"new")
        assert target.read_text() == "old"
    assert target.read_text() == "new" and target.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link").is_symlink()


def test_a_device_is_written_to_directly():
    with whole_file("/dev/null") as out:
        out.write(b"nothing")
