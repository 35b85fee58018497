"""A validation file that is slow to read is read once; later passes come from a temporary file."""

import errno

import numpy as np
import pytest

from classlift.storage import open_predictions, open_validation, replay
from classlift.storage.write.spool import Spool


def write(path, n=1000, k=5, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.ones(k), n)
    lines = [",".join([*(f"prob_{i}" for i in range(k)), "label", "id"])]
    lines += [
        ",".join([*(repr(float(v)) for v in row), str(rng.integers(k)), f"row{i}"]) for i, row in enumerate(scores)
    ]
    path.write_text("\n".join(lines) + "\n")


def rows(source):
    blocks = [(b.scores.copy(), b.labels.copy(), b.first_row) for b in source.blocks()]
    return np.concatenate([b[0] for b in blocks]), np.concatenate([b[1] for b in blocks]), [b[2] for b in blocks]


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        assert np.array_equal(a, b)


def test_the_second_pass_needs_the_file_no_more(tmp_path):
    path = tmp_path / "val.csv"
    write(path)
    plain, source = rows(open_predictions(path)), open_validation(path)
    first = rows(source)
    path.unlink()
    assert_same(first, plain)
    assert_same(rows(source), plain)


def test_two_replays_at_once_do_not_disturb_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr("classlift.storage.source.block_rows", lambda k: 256)
    path = tmp_path / "val.csv"
    write(path)
    source = open_validation(path)
    whole = rows(source)
    pairs = [(a.scores.copy(), b.scores.copy()) for a, b in zip(source.blocks(), source.blocks(), strict=True)]
    assert len(pairs) == 4
    assert all(np.array_equal(np.concatenate(side), whole[0]) for side in zip(*pairs, strict=True))


def test_a_broken_off_pass_is_not_taken_for_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("classlift.storage.source.block_rows", lambda k: 256)
    path = tmp_path / "val.csv"
    write(path)
    source = open_validation(path)
    next(iter(source.blocks()))
    assert_same(rows(source), rows(open_predictions(path)))


def test_what_is_large_or_finds_the_disk_full_is_read_anew(tmp_path, monkeypatch):
    path = tmp_path / "val.csv"
    write(path)
    expected = rows(open_predictions(path))

    def full(self, values):
        raise OSError(errno.ENOSPC, "No space left on device")

    for target, name, value in ((replay, "LARGEST", 1000), (Spool, "add", full)):
        with monkeypatch.context() as patched:
            patched.setattr(target, name, value)
            source = open_validation(path)
            assert_same(rows(source), expected)
            assert_same(rows(source), expected)
            write(path, seed=1)
            assert not np.array_equal(rows(source)[0], expected[0]), "read anew: the change is seen"
            write(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_only_slow_files_are_kept(tmp_path, save):
    save(tmp_path / "val.npz", probs=np.eye(3), labels=np.arange(3), weather=np.array(["a", "b", "c"]))
    source = open_validation(tmp_path / "val.npz")
    assert isinstance(source, replay.Replay) == (save is np.savez_compressed)
    assert [list(block.columns) for block in source.blocks()] == [[]]
