"""Stores of fsspec, by those that it has in memory and on disk, and what is said of stores that cannot be used."""

import io
from concurrent.futures import wait

import numpy as np
import pytest

import classlift
from classlift import load_layer, save_layer
from classlift.errors import ClassliftError
from classlift.storage import open_predictions, remote_file, stores, whole_file
from classlift.storage.paths import is_remote, place
from support.process import classlift as run

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")

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


def test_unknown_stores_are_refused():
    with pytest.raises(ClassliftError, match=r"nonsense://x/y\.npz: cannot be reached"):
        open_predictions("nonsense://x/y.npz")


def test_hadoop_needs_its_own_client(tmp_path):
    none = {"JAVA_HOME": str(tmp_path), "HADOOP_HOME": str(tmp_path), "ARROW_LIBHDFS_DIR": str(tmp_path)}
    done = run("evaluate", "hdfs://nowhere.invalid/y.npz", **none)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert "needs Hadoop's libhdfs and Java" in first
    assert second.startswith("fix: install Hadoop's client")


@pytest.mark.parametrize("package", ["fsspec", "paramiko"])
def test_a_missing_package_is_named(tmp_path, package):
    (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError('no', name={package!r})")
    done = run("evaluate", "sftp://host/val.npz", PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert f"needs the package {package}, which is not installed" in done.stderr
    assert f"fix: install it with: pip install {package}" in done.stderr


@pytest.mark.parametrize("scheme", ["s3", "gs", "az", "abfs"])
def test_passwords_in_addresses_are_refused_and_not_shown(scheme):
    done = run("evaluate", f"{scheme}://key:hunter2@bucket/val.npz")
    assert done.returncode == 2
    assert f"{scheme}://***@bucket/val.npz: holds a password" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


def test_azure_needs_an_account():
    done = run("evaluate", "az://data/val.npz", AZURE_STORAGE_ACCOUNT_NAME="", AZURE_STORAGE_CONNECTION_STRING="")
    assert (done.returncode, "does not tell the account" in done.stderr) == (2, True)


HOSTS = {
    "AccountName=a;AccountKey=k": {},
    "AccountName=a;EndpointSuffix=core.chinacloudapi.cn": {
        "blob_storage_authority": ".blob.core.chinacloudapi.cn",
        "dfs_storage_authority": ".dfs.core.chinacloudapi.cn",
    },
    "AccountName=a;BlobEndpoint=https://a.blob.core.windows.net/": {
        "blob_storage_authority": ".blob.core.windows.net",
        "dfs_storage_authority": ".dfs.core.windows.net",
        "blob_storage_scheme": "https",
        "dfs_storage_scheme": "https",
    },
    "UseDevelopmentStorage=true": {
        "blob_storage_authority": "127.0.0.1:10000",
        "dfs_storage_authority": "127.0.0.1:10000",
        "blob_storage_scheme": "http",
        "dfs_storage_scheme": "http",
    },
}


@pytest.mark.parametrize("text", HOSTS)
def test_a_connection_string_tells_where_the_account_is(text):
    assert stores._azure_hosts("a", "", stores._connection(text)) == HOSTS[text]


def test_an_address_of_azure_tells_where_the_account_is():
    assert stores._azure_hosts("a", "a.dfs.core.usgovcloudapi.net", {}) == {
        "blob_storage_authority": ".blob.core.usgovcloudapi.net",
        "dfs_storage_authority": ".dfs.core.usgovcloudapi.net",
    }


@pytest.fixture
def stored_file(tmp_path, monkeypatch):
    """Opens 1,000 bytes that are fetched in parts of 10 and 100; gives what was asked for, too."""
    monkeypatch.setattr(remote_file, "LOOK", 10)
    monkeypatch.setattr(remote_file, "BLOCK", 100)
    content, asked = bytes(range(250)) * 4, []

    class Inner:
        def size(self):
            return len(content)

        def read_at(self, length, start):
            asked.append((start, length))
            return content[start : start + length]

        def close(self):
            pass

    return lambda **how: (remote_file.StoredFile(Inner(), "s3://b/x", **how), content, asked)


def test_parts_are_asked_for_once_each_and_one_ahead(stored_file):
    file, content, asked = stored_file(ahead=True, alone=False)
    with io.BufferedReader(file, 7) as reader:
        assert reader.read(130) == content[:130]
        wait([part.content for part in file._parts])
        assert asked == [(0, 10), (10, 100), (110, 100), (210, 100)]
        assert reader.read() == content[130:]
    assert asked == [(0, 10), *((start, 100) for start in range(10, 910, 100)), (910, 90)]


def test_without_order_only_what_is_wanted_is_asked_for(stored_file):
    file, content, asked = stored_file(ahead=False, alone=True)
    file.seek(-30, 2)
    assert (file.tell(), file.read(20), file.read(50), file.read(5)) == (970, content[970:990], content[990:], b"")
    assert asked == [(970, 20), (990, 10)]
    file.close()


def test_other_places_are_looked_at_without_reading_on(stored_file):
    file, content, asked = stored_file(ahead=True, alone=False)
    for start in (990, 0, 500):
        file.seek(start)
        assert file.read(5) == content[start : start + 5]
    assert asked == [(990, 10), (0, 10), (500, 10)]
    file.close()
