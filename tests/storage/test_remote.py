"""Other stores than S3, by those that fsspec has in memory and on disk."""

import numpy as np
import pytest

import classlift
from classlift import load_layer, save_layer
from classlift.errors import ClassliftError
from classlift.storage import open_predictions, whole_file
from classlift.storage.paths import is_remote, place

fsspec = pytest.importorskip("fsspec", reason="the extra cloud is not installed")

PROBS = np.random.default_rng(0).dirichlet(np.ones(3), 200).astype(np.float32)
LABELS = np.random.default_rng(1).integers(0, 3, 200)


@pytest.fixture
def memory():
    store = fsspec.filesystem("memory")
    yield store
    store.rm("/", recursive=True)


@pytest.fixture
def slow(tmp_path):
    """A store in which a file that is being written can be seen: files of this machine under another protocol."""
    from fsspec.implementations.dirfs import DirFileSystem
    from fsspec.implementations.local import LocalFileSystem

    class Slow(DirFileSystem):
        protocol = "slow"

        def __init__(self, **more):
            super().__init__(path=str(tmp_path), fs=LocalFileSystem(), **more)

    fsspec.register_implementation("slow", Slow, clobber=True)
    return tmp_path


@pytest.mark.parametrize("suffix", ["npz", "npy", "parquet", "csv", "safetensors"])
def test_what_is_written_to_memory_is_read_back(memory, suffix):
    layer = classlift.fit({"probs": PROBS, "labels": LABELS}, effect="none").layer
    save_layer(layer, "memory://made/layer.npz")
    assert load_layer("memory://made/layer.npz").provenance == layer.provenance
    if suffix == "npy":
        with whole_file("memory://made/out.npy") as file:
            np.save(file, PROBS)
    else:
        classlift.apply(layer, {"probs": PROBS, "labels": LABELS}, f"memory://made/out.{suffix}")
    blocks = list(open_predictions(f"memory://made/out.{suffix}").blocks())
    assert sum(block.n_samples for block in blocks) == 200
    if suffix == "npy":
        assert blocks[0].scores.tobytes() == PROBS.tobytes()


def test_nothing_appears_when_writing_fails(memory):
    with pytest.raises(RuntimeError), whole_file("memory://made/x.txt") as file:
        file.write(b"half")
        raise RuntimeError
    assert memory.find("/") == []


def test_elsewhere_files_take_their_name_at_the_end(slow):
    (slow / "old.txt").write_text("old")
    with whole_file("slow://old.txt") as file:
        file.write(b"new")
        assert (slow / "old.txt").read_text() == "old"
    assert {path.name: path.read_text() for path in slow.iterdir()} == {"old.txt": "new"}


def test_what_a_store_raises_is_ours(memory):
    with whole_file("memory://made/a.npz") as file:
        np.savez(file, probs=PROBS, labels=LABELS)
    source = open_predictions("memory://made/a.npz")
    memory.rm("/made/a.npz")
    with pytest.raises(ClassliftError, match=r"memory://made/a\.npz: no such object"):
        list(source.blocks())


@pytest.mark.parametrize(
    ("name", "remote"),
    [
        ("s3://bucket/key.npz", True),
        ("s3:/bucket/key.npz", True),
        ("hdfs://host:8020/key", True),
        ("S3://bucket/key", True),
        ("a.npz", False),
        ("/a/b:/c.npz", False),
        ("c:/windows.npz", False),
        ("./s3://x", False),
        ("s3:key", False),
    ],
)
def test_addresses_are_told_from_paths(name, remote):
    assert is_remote(name) is remote


def test_addresses_of_this_machine_are_paths(tmp_path):
    assert place(f"file://{tmp_path}/with%20blank.npz") == tmp_path / "with blank.npz"


@pytest.mark.parametrize("name", ["memory://", "memory://folder/"])
def test_folders_are_no_targets(memory, name):
    with pytest.raises(ClassliftError, match="is a folder"), whole_file(name):
        pass


@pytest.mark.parametrize("name", ["nonsense://x/y.npz", "hdfs://nowhere.invalid/y.npz"])
def test_unknown_stores_are_refused(name):
    with pytest.raises(ClassliftError):
        open_predictions(name)
