"""Users, passwords and signatures in addresses: nothing that is said or written holds them."""

import contextlib
import http.server
import threading

import numpy as np
import pytest

from support.cases import predictions
from support.many import Commands
from support.process import files_below

ADDRESSES = (
    "http://me:s3cret@localhost:1/x.npz",
    "https://me:s3cret/+=@localhost:1/x.npz",
    "https://me:1@s3cret@localhost:1/x.npz",
    "https://s3cret@localhost:1/x.npz",
    "s3a://me:s3cret@bucket/x.npz",
    "s3://AKIAKEY:s3cret/+=@bucket/x.npz",
    "s3://key%3As3cret@bucket/x.npz",
    "gs:/me:s3cret@bucket/x.npz",
    "ftp://me:s3cret@localhost:1/x.npz",
    "nope://me:s3cret@h/x.npz",
)
LINES = [
    "evaluate ADDRESS",
    "apply ADDRESS plain.npz -o o.npz",
    "evaluate plain.npz --against ADDRESS",
    "evaluate plain.npz --labels ADDRESS",
    "apply l.npz plain.npz -o ADDRESS",
    "inspect plain.npz --json ADDRESS",
    "batch m.toml -o results",
]


@pytest.fixture(scope="module")
def run():
    with Commands() as commands:
        yield commands


@pytest.fixture
def folder(tmp_path, run):
    probs, labels = predictions(90, 3)
    names = np.arange(90)
    np.savez(tmp_path / "plain.npz", probs=probs, labels=labels, id=names)
    assert run(["fit", "plain.npz", "-o", "l.npz", "--effect", "none"], tmp_path).status == 0
    return tmp_path


@pytest.mark.parametrize("address", ADDRESSES)
def test_users_in_addresses_are_refused_and_not_said(folder, run, address):
    (folder / "m.toml").write_text(f'[[run]]\nname = "a"\nval = "{address}"\nverb = "fit"\n')
    for line in LINES:
        ended = run(line.replace("ADDRESS", address).split(), folder)
        assert ended.status == 2, ended
        said = ended.stderr + ended.stdout.decode()
        assert ("s3cret" in said, "AKIAKEY" in said, "holds a password" in said) == (False, False, True), said
        assert len(ended.stderr.splitlines()) == 2 or line.startswith("batch")
    written = files_below(folder)
    assert (folder / "results/a/state.json") in written
    del written[folder / "m.toml"]
    assert [path.name for path, content in written.items() if b"s3cret" in content] == []


@pytest.mark.parametrize("name", ["b%0ac", "b c", "", "b\nc", "b'", "\u00fc"])
def test_names_that_no_bucket_has(folder, run, name):
    ended = run(["evaluate", f"s3://{name}/x.npz"], folder, seconds=10)
    assert ended.status == 2
    first, second = ended.stderr.splitlines()
    assert "cannot be the name of a bucket" in first
    assert second.startswith("fix: ")


@pytest.mark.parametrize(
    "line",
    [
        "batch m.toml -o s3://b/x",
        "batch away.toml",
        "report plain.npz plain.npz --no-sweeps -o p.html --plots s3://b/plots",
        "export l.npz --to onnx -o s3://b/l.onnx",
        "export l.npz --to torch -o s3://b/l.py",
    ],
)
def test_what_needs_a_folder_of_this_machine_takes_no_address(folder, run, line):
    run_table = '[[run]]\nname = "a"\nval = "plain.npz"\nverb = "fit"\n'
    (folder / "m.toml").write_text(run_table)
    (folder / "away.toml").write_text('out = "s3://b/x"\n' + run_table)
    before = files_below(folder)
    ended = run(line.split(), folder, seconds=20)
    assert (ended.status, "expected a name on this machine" in ended.stderr) == (2, True), ended.stderr
    assert len(ended.stderr.splitlines()) == 2
    assert files_below(folder) == before
    assert not (folder / "s3:").exists()


class Ranges(http.server.BaseHTTPRequestHandler):
    """Serves one file, whole or in parts, to who signs."""

    content = b""

    def do_HEAD(self):
        self.answer(with_content=False)

    def do_GET(self):
        self.answer(with_content=True)

    def answer(self, *, with_content):
        content, status = self.content, 200 if "Signature=s3cret" in self.path else 403
        if with_content and "Range" in self.headers:
            start, _, end = self.headers["Range"].removeprefix("bytes=").partition("-")
            content, status = content[int(start) : int(end or len(content)) + 1], 206
            self.send_response(status)
            self.send_header("Content-Range", f"bytes {start}-{int(start) + len(content) - 1}/{len(self.content)}")
        else:
            self.send_response(status)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_content:
            self.wfile.write(content)

    def log_message(self, *words):
        del words


@contextlib.contextmanager
def serving(content):
    handler = type("Handler", (Ranges,), {"content": content})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v.npz?X-Amz-Expires=60&X-Amz-Signature=s3cret"
        server.shutdown()


SIGNED = [
    "tune ADDRESS -o t.npz --jobs 1 --json t.json --csv t.csv",
    "fit ADDRESS -o f.npz --json f.json",
    "fit ADDRESS -o f.safetensors --summary f.md",
    "apply l.npz ADDRESS -o a.parquet --json a.json",
    "apply l.npz ADDRESS -o a.csv",
    "evaluate ADDRESS --layer l.npz --json e.json --csv e.csv --summary e.md --junit e.xml --gate total>=1%",
    "evaluate plain.npz --labels ADDRESS --labels-key labels --json p.json",
    "evaluate ADDRESS --against plain.npz --format json",
    "compare ADDRESS ADDRESS --jobs 1 --format csv",
    "sweep ADDRESS ADDRESS --method logit-adjust --format markdown",
    "report ADDRESS ADDRESS --layer l.npz -o r.html --no-sweeps --json r.json",
    "flips ADDRESS --layer l.npz -o flips.csv",
    "blend ADDRESS ADDRESS -o blend.npz --json b.json",
    "weights ADDRESS --format json",
    "partials ADDRESS -o c.npz --json c.json",
    "inspect ADDRESS --json i.json",
    "inspect t.npz --format json",
    "batch m.toml -o results --json b.json",
    "report results -o b.html",
    "evaluate ADDRESS --classes plain.npz",
    "evaluate ADDRESS --labels-key nothing",
]


def test_what_signs_an_address_is_not_kept(
    folder, run
):  # so results that hold addresses cannot be read from them again
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    with serving((folder / "plain.npz").read_bytes()) as address:
        (folder / "m.toml").write_text(f'[[run]]\nname = "a"\nval = "{address}"\ntest = "{address}"\nverb = "fit"\n')
        for line in SIGNED:
            ended = run(line.replace("ADDRESS", address).split(), folder)
            assert ended.status == (2 if line in SIGNED[-3:] else 0), (line, ended.stderr)
            assert "s3cret" not in ended.stderr + ended.stdout.decode(), line
    written = files_below(folder)
    assert len(written) > 25
    del written[folder / "m.toml"]
    assert [path.name for path, content in written.items() if b"s3cret" in content] == []
