"""Inputs and outputs in object stores: servers of their protocols on this machine, and real processes."""

import json

import numpy as np
import pandas as pd
import pytest

from support.cases import predictions
from support.process import classlift, other_than_who_pays
from support.stores import S3_KEYS, SERVERS, free_port, s3


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    with SERVERS[request.param]() as running:
        yield running


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
    server.client.create_dir("data")
    for file in path.rglob("*"):
        if file.is_file():
            server.write(f"data/{file.relative_to(path)}", file.read_bytes())
    return path


@pytest.fixture
def run(folder, server):
    """Run a command whose addresses are written for S3."""

    def run(*words, **environment):
        words = (str(word).replace("s3://", f"{server.scheme}://") for word in words)
        done = classlift(*words, cwd=folder, **(server.environment | environment))
        for name in ("stdout", "stderr"):
            setattr(done, name, getattr(done, name).replace(f"{server.scheme}://", "s3://"))
        return done

    return run


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
def test_every_format_is_written_as_it_is_here(run, folder, server, suffix):
    good(run("apply", "s3://data/layer.json", "s3://data/val.npz", "-o", f"s3://data/out/new.{suffix}", "-q"))
    good(run("apply", "layer.json", "val.npz", "-o", f"new.{suffix}", "-q"))
    assert server.read(f"data/out/new.{suffix}") == (folder / f"new.{suffix}").read_bytes()


def test_layers_sums_and_documents_go_there_and_come_back(run, folder, server):
    root = "s3://data/made/"
    good(run("fit", "s3://data/val.npz", "-o", f"{root}l.npz", "--json", f"{root}fit.json", "-q"))
    assert server.read("data/made/l.npz") == (folder / "layer.npz").read_bytes()
    assert json.loads(server.read("data/made/fit.json"))["schema"] == "classlift-fit-2"
    assert "elaborated" in good(run("inspect", f"{root}l.npz")).stdout
    assert "probabilities" in good(run("inspect", "s3://data/val.npz")).stdout
    good(run("partials", "s3://data/val.npz", "-o", f"{root}c.npz", "-q"))
    good(run("partials", "s3://data/val.npz", "--counts", f"{root}c.npz", "-o", f"{root}m.npz", "-q"))
    good(run("fit", "--from-partials", f"{root}m.npz", "-o", f"{root}l2.npz", "-q"))
    good(run("evaluate", "s3://data/val.npz", "--layer", f"{root}l2.npz", "--summary", f"{root}s.md", "-q"))
    assert "data/made/s.md" in server.names("data/made")
    pytest.importorskip("jinja2", reason="the page needs the extra `report`")
    words = ("--layer", f"{root}l.npz", "--no-sweeps", "-q", "-o", f"{root}page.html")
    good(run("report", "s3://data/val.npz", "s3://data/val.npz", *words))
    assert server.read("data/made/page.html").lstrip().startswith(b"<!doctype html>")


def test_workers_of_a_cluster_read_and_write_there(run, folder, server):
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    if server.scheme != "s3":
        pytest.skip("workers open addresses as every process does, which the other tests look at")
    dask = ("--engine", "dask", "-q")
    good(run("fit", "s3://data/shards", "-o", "s3://data/made/many.json", *dask))
    made = json.loads(server.read("data/made/many.json"))["arrays"]
    for name, values in json.loads((folder / "layer.json").read_text())["arrays"].items():
        np.testing.assert_allclose(made[name], values, rtol=1e-9, atol=1e-9)
    good(run("apply", "s3://data/layer.npz", "s3://data/shards", "-o", "s3://data/parts.parquet", *dask))
    assert server.names("data/parts.parquet")
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


def test_a_failed_command_leaves_the_old_object(run, folder, server):
    bad = np.load(folder / "val.npz")["probs"].copy()
    bad[-1, 0] = np.nan
    np.savez(folder / "bad.npz", probs=bad)
    server.write("data/old.npz", b"old")
    before = server.names("data")
    assert_two_lines(run("apply", "layer.npz", "bad.npz", "-o", "s3://data/old.npz"), "row 899")
    assert_two_lines(run("apply", "layer.npz", "bad.npz", "-o", "s3://data/new.npz"), "row 899")
    assert (server.read("data/old.npz"), server.names("data")) == (b"old", before)


def test_a_profile_tells_keys_and_endpoint(tmp_path):
    np.savez(tmp_path / "val.npz", probs=np.eye(3), labels=np.arange(3))
    with s3() as server:
        server.client.create_dir("data")
        server.write("data/val.npz", (tmp_path / "val.npz").read_bytes())
        (tmp_path / "config").write_text(f"[profile mine]\nregion = eu-west-1\nendpoint_url = {server.address}\n")
        (tmp_path / "keys").write_text("[mine]\naws_access_key_id = testing\naws_secret_access_key = testing\n")
        files = {name: str(tmp_path / file) for name, file in PROFILE.items()}
        good(classlift("evaluate", "s3://data/val.npz", "-q", AWS_PROFILE="mine", **files))


PROFILE = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "keys"}


def test_an_address_of_azure_names_its_account(run, server):
    if server.scheme != "az":
        pytest.skip("only of Azure")
    there = "abfs://data@devstoreaccount1.dfs.core.windows.net/"
    good(run("evaluate", f"{there}val.npz", "-q"))
    good(run("evaluate", f"{there}shards/part-*.npz", "--json", f"{there}e.json", "-q"))
    document = server.read("data/e.json").decode()
    assert json.loads(document)["schema"].startswith("classlift-evaluation")
    assert "AccountKey" not in document


def test_nobody_is_there(folder):
    address = f"http://127.0.0.1:{free_port()}"
    environment = {"AWS_ENDPOINT_URL": address, "AWS_MAX_ATTEMPTS": "1", **S3_KEYS}
    assert_two_lines(
        classlift("evaluate", "s3://data/val.npz", cwd=folder, **environment), "s3://data/val.npz: cannot be reached"
    )


def test_who_may_not_is_told_so(tmp_path):
    np.savez(tmp_path / "val.npz", probs=np.eye(3), labels=np.arange(3))
    with s3(INITIAL_NO_AUTH_ACTION_COUNT="0") as server:  # it refuses every request from the first on
        for words in (("evaluate", "s3://data/val.npz"), ("evaluate", "val.npz", "--json", "s3://data/e.json")):
            done = classlift(*words, cwd=tmp_path, **server.environment)
            assert (done.returncode, "permission denied" in done.stderr.splitlines()[-2]) == (2, True), done.stderr
