"""Nothing is sent anywhere: no command, and no process that it starts, asks for a name or connects to a host."""

import os
import socket

import numpy as np
import pytest

from campaign.lines import BASES, world
from support.process import classlift

HOOK = """
import sys

def watch(event, words):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto") or (
        event in ("socket.connect", "socket.bind") and isinstance(words[1], tuple)
    ):
        with open({log!r}, "a") as log:
            print(event, words, sys.argv[:2], file=log)

sys.addaudithook(watch)
"""
PROCESSES = (
    "evaluate v.npz --engine processes --resamples 20",
    "batch m.toml -o many --jobs 2",
    "export l.npz --to onnx -o checked.onnx --check v.npz",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("offline")
    world(folder)
    hooks = folder / "hooks"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(HOOK.format(log=str(folder / "log.txt")))
    return folder


@pytest.mark.parametrize("line", [*BASES.values(), *PROCESSES])
def test_no_command_opens_a_connection(folder, line):
    done = classlift(*line.split(), cwd=folder, PYTHONPATH=str(folder / "hooks"))
    assert done.returncode == 0, done.stderr
    assert not (folder / "log.txt").exists(), (folder / "log.txt").read_text()


def test_a_connection_would_be_seen(folder):
    pytest.importorskip("aiohttp")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = classlift("evaluate", f"http://127.0.0.1:{port}/x.npz", cwd=folder, PYTHONPATH=str(folder / "hooks"))
    assert done.returncode == 2
    assert "socket." in (folder / "log.txt").read_text()
    (folder / "log.txt").unlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_devices_where_files_are_read_whole_do_not_wait(folder):
    os.mkfifo(folder / "pipe")
    (folder / "lines.txt").write_text("x")
    np.savez(folder / "w.npz", probs=np.load(folder / "v.npz")["probs"])
    for name in ("pipe", "/dev/zero"):
        for key in ("val", "test", "new"):
            files = {"val": "v.npz", key: name}
            text = "".join(f'{word} = "{file}"\n' for word, file in files.items())
            (folder / "odd.toml").write_text(f'[[run]]\nname = "a"\nverb = "fit"\n{text}')
            done = classlift("batch", "odd.toml", "-o", f"odd-{key}", "-q", cwd=folder)
            assert (done.returncode, "is a pipe or a device" in done.stderr) == (2, True), done.stderr
        for line in (
            f"export l.npz --to onnx -o a.onnx --attach {name}",
            f"batch {name} -o x",
            f"evaluate v.npz --gates {name}",
            f"evaluate w.npz --labels {name}",
            f"evaluate v.npz --layer {name}",
            f"fit v.npz -o q.npz --method weights --weights {name}",
            f"merge {name} -o q.npz",
        ):
            done = classlift(*line.split(), cwd=folder)
            assert done.returncode == 2, (line, done.stderr)
            assert len(done.stderr.splitlines()) == 2, (line, done.stderr)
