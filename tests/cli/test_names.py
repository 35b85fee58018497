"""Names that are not UTF-8, long, or with signs in them, through every command; what earlier runs left behind."""

import os
import shutil
import sys

import numpy as np
import pytest

from support.cases import predictions
from support.many import Commands
from support.process import started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
NAMES = {
    "not UTF-8": os.fsdecode(b"v\xff\xfe"),
    "255 bytes": "n" * 251,
    "255 bytes of three each": "\u4e2d" * 83,
    "a line end": "a\nb",
    "a dash": "-v",
    "a pattern": "v[1]*?",
    "a device of Windows": "con",
    "only blanks": "  ",
    "markup": "[bold]<b>&amp;'\"",
    "from right to left": "\u202evpz",
    "a colon": "s3:v",
    "a percent sign": "%s%n",
}


@pytest.fixture(scope="module")
def run():
    with Commands() as commands:
        yield commands


@pytest.fixture
def folder(tmp_path):
    probs, labels = predictions(90, 3)
    np.savez(tmp_path / "plain.npz", probs=probs, labels=labels)
    return tmp_path


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_command_takes_it(folder, run, name):
    file, layer = f"{name}.npz", f"{name}.json" if len(os.fsencode(name)) < 250 else f"{name[:-1]}.json"
    shutil.copy(folder / "plain.npz", folder / file)
    (folder / "runs" / name).mkdir(parents=True)
    shutil.copy(folder / "plain.npz", folder / "runs" / name / "val.npz")
    for words in (
        ["tune", "-o", layer, "--jobs=1", "--", file],
        ["fit", "-o", layer, "--format=json", "--", file],
        ["apply", "-o", f"{name[:-1]}.csv", "--json=a.json", "--", layer, file],
        ["evaluate", f"--layer={layer}", "--format=json", "--details", "--", file],
        ["evaluate", f"--against={file}", "--format=csv", "--summary=s.md", "--", file],
        ["sweep", "--method=logit-adjust", "--format=json", "--", file],
        ["compare", "--jobs=1", "--format=json", "--", file, file],
        ["report", f"--layer={layer}", "-o", "p.html", "--no-sweeps", "--", file, file],
        ["flips", f"--layer={layer}", "--format=markdown", "--", file],
        ["blend", "-o", "b.npz", "--format=markdown", "--", file, file],
        ["weights", "--format=json", "--", file],
        ["partials", "-o", "c.npz", "--format=json", "--", file],
        ["export", "--to=onnx", "-o", "o.onnx", "--format=json", "--", layer],
        ["inspect", "--format=json", "--", file],
        ["inspect", "--format=table", "--", layer],
        ["batch", "--verb=fit", "-o", "results", "--format=json", "--junit=j.xml", "--", f"runs/{name}"],
        ["report", "-o", "b.html", "--", "results"],
    ):
        ended = run(words, folder)
        assert ended.status in (0, 2), (words, ended)
        if ended.status == 2:
            assert name in ("v[1]*?", "  ") or words[0] in ("batch", "report"), (words, ended.stderr)
        assert "Traceback" not in ended.stderr
        ended.stdout.decode("utf-8")
    (folder / "p.html").read_text(encoding="utf-8")


def test_a_link_to_itself_as_output(folder, run):
    (folder / "loop.npz").symlink_to("loop.npz")
    assert run(["fit", "plain.npz", "-o", "l.npz"], folder).status == 0
    for words in (
        ["fit", "plain.npz", "-o"],
        ["apply", "l.npz", "plain.npz", "-o"],
        ["evaluate", "plain.npz", "--json"],
    ):
        ended = run([*words, "loop.npz"], folder)
        assert ended.status == 2
        assert "leads to itself" in ended.stderr
        assert len(ended.stderr.splitlines()) == 2


def parts(folder):
    return {path.name for path in folder.glob(".*.part")}


@pytest.mark.parametrize("name", [".o.npz.²-ab.part", f".o.npz.{10**30}-ab.part", ".o.npz.part", ".o.npz.x-1-ab.part"])
def test_files_that_others_called_alike_stay(folder, run, name):
    (folder / name).write_bytes(b"theirs")
    assert run(["fit", "plain.npz", "-o", "o.npz"], folder).status == 0
    assert parts(folder) == {name}


def test_only_what_dead_processes_of_this_system_left_is_removed(folder, run, monkeypatch):
    from classlift.storage import atomic

    dead = started([sys.executable, "-c", ""])
    dead.wait()
    here = atomic._this_system()
    names = {
        "dead": f".o.npz.{here}-{dead.pid}-0123abcd.part",
        "living": f".o.npz.{here}-{os.getpid()}-0123abcd.part",
        "of another container": f".o.npz.{'0' * 12}-{dead.pid}-0123abcd.part",
    }
    for name in names.values():
        (folder / name).write_bytes(b"half")
    assert run(["fit", "plain.npz", "-o", "o.npz"], folder).status == 0
    assert parts(folder) == {names["living"], names["of another container"]}
    monkeypatch.setattr(os, "name", "nt")
    assert not atomic._is_running(os.getpid()), "there a question with os.kill would end the process"
