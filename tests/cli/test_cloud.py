"""Inputs and outputs in an object store: a real server of the S3 protocol on this machine, and real processes."""

import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from support.cases import predictions
from support.process import classlift, other_than_who_pays, started

s3fs = pytest.importorskip("s3fs", reason="the extra cloud is not installed")
pytest.importorskip("moto", reason="the server of the tests is not installed")

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(**environment):
    """Start a server; gives the process and its address."""
    port = free_port()
    process = started(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | environment,
    )
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            assert time.monotonic() < end and process.poll() is None, "the server did not start"
            time.sleep(0.1)


def client(address):
    return s3fs.S3FileSystem(key="testing", secret="testing", endpoint_url=address, skip_instance_cache=True)


@pytest.fixture(scope="module")
def server():
    process, address = serve()
    yield address
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, server):
    """Predictions in all formats, here and in the bucket `data`."""
    path = tmp_path_factory.mktemp("cloud")
    probs, labels = predictions(900)
    names = np.array(["ant", "bee", "cat", "dog"])
    np.savez(path / "val.npz", probs=probs, labels=labels, class_names=names)
    np.savez_compressed(path / "packed.npz", probs=probs, labels=labels, class_names=names)
    np.save(path / "probs.npy", probs)
    np.save(path / "labels.npy", labels)
    (path / "names.txt").write_text("\n".join(names))
    np.save(path / "names.npy", names)
    frame = pd.DataFrame(probs, columns=[f"prob_{name}" for name in names]).assign(label=names[labels])
    frame.to_csv(path / "val.csv", index=False)
    frame.to_csv(path / "val.csv.gz", index=False)
    frame.to_parquet(path / "wide.parquet", row_group_size=200)
    (path / "shards").mkdir()
    for i, rows in enumerate(np.array_split(np.arange(900), 3)):
        np.savez(path / "shards" / f"part-{i}.npz", probs=probs[rows], labels=labels[rows], class_names=names)
    good(classlift("fit", "val.npz", "-o", "layer.npz", "-q", cwd=path))
    good(classlift("fit", "val.npz", "-o", "layer.json", "-q", cwd=path))
    for suffix in ("parquet", "safetensors"):
        good(classlift("apply", "layer.npz", "val.npz", "-o", f"val.{suffix}", "-q", cwd=path))
    store = client(server)
    store.mkdir("data")
    for file in path.rglob("*"):
        if file.is_file():
            store.put_file(str(file), f"data/{file.relative_to(path)}")
    return path


@pytest.fixture
def run(folder, server):
    def run(*words, **environment):
        return classlift(*words, cwd=folder, AWS_ENDPOINT_URL=server, **(KEYS | environment))

    return run


@pytest.fixture
def store(server):
    return client(server)


def good(done):
    assert (done.returncode, other_than_who_pays(done.stderr)) == (0, []), done.stderr
    return done


INPUTS = {
    "stored npz": ("val.npz",),
    "compressed npz": ("packed.npz",),
    "csv": ("val.csv",),
    "gzip": ("val.csv.gz",),
    "lists of parquet": ("val.parquet",),
    "columns of parquet": ("wide.parquet",),
    "safetensors": ("val.safetensors",),
    "folder": ("shards",),
    "pattern": ("shards/part-*.npz",),
    "npy with labels and names": ("probs.npy", "--labels", "{}labels.npy", "--classes", "{}names.txt"),
    "npy with names of npy": ("probs.npy", "--labels", "{}labels.npy", "--classes", "{}names.npy"),
}


@pytest.mark.parametrize("name", INPUTS)
def test_every_format_is_read_as_it_is_here(run, name):
    documents = []
    for root in ("", "s3://data/"):
        file, *words = INPUTS[name]
        done = good(run("evaluate", root + file, *(word.format(root) for word in words), "--format", "json"))
        documents.append(json.loads(done.stdout.replace(root, "") if root else done.stdout))
    assert documents[0] == documents[1]


OUTPUTS = ["npz", "parquet", "csv", "csv.gz", "safetensors"]


@pytest.mark.parametrize("suffix", OUTPUTS)
def test_every_format_is_written_as_it_is_here(run, folder, store, suffix):
    good(run("apply", "s3://data/layer.json", "s3://data/val.npz", "-o", f"s3://data/out/new.{suffix}", "-q"))
    good(run("apply", "layer.json", "val.npz", "-o", f"new.{suffix}", "-q"))
    assert store.cat_file(f"data/out/new.{suffix}") == (folder / f"new.{suffix}").read_bytes()


def test_layers_sums_and_documents_go_there_and_come_back(run, folder, store):
    root = "s3://data/made/"
    good(run("fit", "s3://data/val.npz", "-o", f"{root}l.npz", "--json", f"{root}fit.json", "-q"))
    assert store.cat_file("data/made/l.npz") == (folder / "layer.npz").read_bytes()
    assert json.loads(store.cat_file("data/made/fit.json"))["schema"] == "classlift-fit-2"
    assert "elaborated" in good(run("inspect", f"{root}l.npz")).stdout
    assert "probabilities" in good(run("inspect", "s3://data/val.npz")).stdout
    good(run("partials", "s3://data/val.npz", "-o", f"{root}c.npz", "-q"))
    good(run("partials", "s3://data/val.npz", "--counts", f"{root}c.npz", "-o", f"{root}m.npz", "-q"))
    good(run("fit", "--from-partials", f"{root}m.npz", "-o", f"{root}l2.npz", "-q"))
    good(run("evaluate", "s3://data/val.npz", "--layer", f"{root}l2.npz", "--summary", f"{root}s.md", "-q"))
    assert store.exists("data/made/s.md")


def test_workers_of_a_cluster_read_and_write_there(run, folder, store):
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    dask = ("--engine", "dask", "-q")
    good(run("fit", "s3://data/shards", "-o", "s3://data/made/many.json", *dask))
    made = json.loads(store.cat_file("data/made/many.json"))["arrays"]
    for name, values in json.loads((folder / "layer.json").read_text())["arrays"].items():
        np.testing.assert_allclose(made[name], values, rtol=1e-9, atol=1e-9)
    good(run("apply", "s3://data/layer.npz", "s3://data/shards", "-o", "s3://data/parts.parquet", *dask))
    assert store.ls("data/parts.parquet")
    shown = (good(run("inspect", file)).stdout for file in ("s3://data/val.parquet", "s3://data/parts.parquet"))
    one, many = ([line for line in text.splitlines() if "s3://" not in line] for text in shown)
    assert one == many
    done = run("apply", "s3://data/layer.npz", "s3://data/shards", "-o", "s3://data/parts.parquet", *dask)
    assert (done.returncode, "exists already" in done.stderr) == (2, True)


REFUSED = {
    "evaluate s3://data/missing.npz": "s3://data/missing.npz: no such object or folder",
    "evaluate s3://nowhere/val.npz": "s3://nowhere/val.npz: there is no bucket 'nowhere'",
    "evaluate s3://data/none*.npz": "s3://data/none*.npz: no file in it can be read",
    "evaluate val.npz --layer s3://data/missing.npz": "s3://data/missing.npz: no such object",
    "evaluate val.npz --layer s3://data/val.npz": "s3://data/val.npz: is not a classlift layer",
    "evaluate val.npz --labels s3://data/missing.npy": "s3://data/missing.npy: no such object",
    "evaluate s3://data/names.txt": "s3://data/names.txt",
    "fit val.npz -o s3://nowhere/l.npz": "s3://nowhere/l.npz: there is no bucket 'nowhere'",
    "fit val.npz -o s3://data/l.txt": "a layer file is one of",
    "apply layer.npz val.npz -o s3://data/": "",
    "evaluate nonsense://data/val.npz": "nonsense://data/val.npz: cannot be reached",
    "merge s3://data/val.npz -o x.npz": "s3://data/val.npz: is not a file of sums",
}


def assert_two_lines(done, words):
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    first, second = done.stderr.splitlines()
    assert words in first
    assert second.startswith("fix: ")


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_not_there_is_said_in_two_lines(run, words):
    assert_two_lines(run(*words.split()), REFUSED[words])


def test_a_failed_command_leaves_the_old_object(run, folder, store):
    bad = np.load(folder / "val.npz")["probs"].copy()
    bad[-1, 0] = np.nan
    np.savez(folder / "bad.npz", probs=bad)
    store.pipe_file("data/old.npz", b"old")
    before = store.find("data")
    assert_two_lines(run("apply", "layer.npz", "bad.npz", "-o", "s3://data/old.npz"), "row 899")
    assert_two_lines(run("apply", "layer.npz", "bad.npz", "-o", "s3://data/new.npz"), "row 899")
    assert (store.cat_file("data/old.npz"), store.find("data")) == (b"old", before)


def test_who_has_no_credentials_is_told_so(run, folder):
    hidden = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    assert_two_lines(
        run("evaluate", "s3://data/val.npz", HOME=str(folder), **hidden), "s3://data/val.npz: cannot be reached"
    )


def test_nobody_is_there(folder):
    address = f"http://127.0.0.1:{free_port()}"
    done = classlift(
        "evaluate", "s3://data/val.npz", cwd=folder, AWS_ENDPOINT_URL=address, AWS_MAX_ATTEMPTS="1", **KEYS
    )
    assert_two_lines(done, "s3://data/val.npz: cannot be reached")


def test_who_may_not_is_told_so(folder):
    process, address = serve(INITIAL_NO_AUTH_ACTION_COUNT="0")  # it refuses every request from the first on
    try:
        for words in (("evaluate", "s3://data/val.npz"), ("fit", "val.npz", "-o", "s3://data/l.npz")):
            done = classlift(*words, cwd=folder, AWS_ENDPOINT_URL=address, **KEYS)
            assert_two_lines(done, "permission denied")
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("package", ["fsspec", "s3fs"])
def test_without_the_extra_it_is_named(folder, package):
    hidden = folder / f"without {package}"
    hidden.mkdir()
    (hidden / f"{package}.py").write_text(f"raise ModuleNotFoundError('no', name={package!r})")
    done = classlift("evaluate", "s3://data/val.npz", cwd=folder, PYTHONPATH=str(hidden))
    assert_two_lines(done, f"needs the package {package}")
    assert "pip install 'classlift[cloud]'" in done.stderr
