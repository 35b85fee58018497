"""No command writes over what it reads, nor two outputs into one file: by what file it is, whatever it is called."""

import importlib
import shutil
import subprocess

import click
import numpy as np
import pandas as pd
import pytest

from classlift.cli.main import COMMANDS
from support.cases import predictions
from support.many import Commands
from support.process import classlift

READ_NOTHING = {"demo", "help", "completion"}
OUTPUTS = {"out", "json_file", "csv_file", "markdown_file", "junit_file", "plot"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("collisions")
    probs, labels = predictions(90)
    (folder / "shards").mkdir()
    (folder / "runs" / "a").mkdir(parents=True)
    for name in ("v", "shards/0", "shards/1", "runs/a/val"):
        np.savez(folder / f"{name}.npz", probs=probs, labels=labels)
    np.save(folder / "y.npy", labels)
    (folder / "link.npz").symlink_to("v.npz")
    (folder / "hard.npz").hardlink_to(folder / "v.npz")
    (folder / "names.txt").write_text("a\nb\nc\nd\n")
    (folder / "numbers.json").write_text("[1, 2, 3, 4]")
    (folder / "named.json").write_text('{"0": 2}')
    (folder / "gates.toml").write_text("gates = ['total >= 1%']\n")
    (folder / "m.toml").write_text('[[run]]\nname = "a"\nval = "v.npz"\nnew = "x.npz"\nverb = "fit"\nout = "r"\n'[:-10])
    (folder / "r" / "a").mkdir(parents=True)
    shutil.copy(folder / "v.npz", folder / "x.npz")
    frame = pd.DataFrame(probs, columns=[f"prob_{k}" for k in range(4)]).assign(label=labels)
    frame.to_csv(folder / "t.classes.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def run(folder):
    with Commands() as commands:
        for line in (
            "fit v.npz -o l.npz --effect none",
            "fit v.npz -o l.safetensors --effect none",
            "partials v.npz -o c.npz",
            "export l.npz --to onnx -o h.onnx",
        ):
            assert commands(line.split(), folder).status == 0, line
        yield lambda line: commands(line.split() if isinstance(line, str) else line, folder)


def content(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


LINES = {
    "tune v.npz -o v.npz": "v.npz",
    "fit v.npz -o ./v.npz --effect none": "v.npz",
    "fit v.npz -o link.npz": "link.npz",
    "fit link.npz -o v.npz": "v.npz",
    "fit v.npz -o hard.npz": "hard.npz",
    "fit v.npz -o shards/../v.npz": "shards/../v.npz",
    "fit shards -o shards/1.npz": "shards/1.npz",
    "fit shards/*.npz -o shards/0.npz": "shards/0.npz",
    "fit v.npz --labels y.npy -o l.npz --json y.npy": "y.npy",
    "fit v.npz --classes names.txt -o l.npz --csv names.txt": "names.txt",
    "fit v.npz --method logit-adjust --prior numbers.json -o l2.npz --json numbers.json": "numbers.json",
    "fit v.npz --method weights --weights named.json -o l2.npz --json named.json": "named.json",
    "fit --from-partials c.npz -o c.npz": "c.npz",
    "weights v.npz --counts numbers.json --json numbers.json": "numbers.json",
    "apply l.npz v.npz -o v.npz": "v.npz",
    "apply l.npz v.npz -o l.npz": "l.npz",
    "apply l.npz shards -o shards/0.npz": "shards/0.npz",
    "evaluate v.npz --json v.npz": "v.npz",
    "evaluate v.npz --layer l.npz --csv l.npz": "l.npz",
    "evaluate v.npz --against x.npz --summary x.npz": "x.npz",
    "evaluate v.npz --gates gates.toml --junit gates.toml": "gates.toml",
    "compare v.npz x.npz --json x.npz": "x.npz",
    "sweep v.npz x.npz --csv x.npz": "x.npz",
    "report v.npz x.npz -o p.html --json x.npz": "x.npz",
    "report v.npz x.npz --layer l.npz -o p.html --csv l.npz": "l.npz",
    "flips v.npz --layer l.npz -o v.npz": "v.npz",
    "blend x.npz v.npz -o v.npz": "v.npz",
    "batch m.toml -o r --json v.npz": "v.npz",
    "batch m.toml -o r --csv m.toml": "m.toml",
    "batch runs/a -o runs": "runs/a",
    "export l.safetensors --to torch -o l.py": "l.safetensors",
    "export l.npz --to onnx --attach h.onnx -o h.onnx": "h.onnx",
    "export l.npz --to onnx -o n.onnx --check v.npz --json v.npz": "v.npz",
    "partials v.npz --counts c.npz -o c.npz": "c.npz",
    "merge c.npz -o c.npz": "c.npz",
    "inspect v.npz --csv v.npz": "v.npz",
    "evaluate s3://bucket/v.npz --json s3://bucket/x/../v.npz": "bucket/x/../v.npz",
    "evaluate s3://bucket/shards --json s3a://bucket/shards/1.npz": "bucket/shards/1.npz",
    "evaluate s3://bucket/v*.npz --json s3://bucket/v1.npz": "bucket/v1.npz",
    "evaluate v.npz --csv a.txt --json ./a.txt": "a.txt",
    "evaluate v.npz --csv a.csv --json ./a.classes.csv": "a.classes.csv",
    "tune v.npz -o a.x.npz --csv a.npz": "a.x.npz",
    "fit t.classes.csv -o l3.npz --csv t.csv": "t.classes.csv",
    "evaluate v.npz --json new.json --csv -": "--csv -",
    "evaluate v.npz --json -": "--json -",
    "evaluate v.npz --summary -": "--summary -",
    "evaluate v.npz --gate total>=0 --junit -": "--junit -",
    "evaluate v.npz --json none/x.json": "none/x.json",
    "fit shards -o shards/l.npz": "shards/l.npz",
    "fit shards/*.npz -o shards/l.npz": "shards/l.npz",
    "evaluate shards --csv shards/r.csv": "shards/r.csv",
    "evaluate v.npz --against shards --csv shards/r.csv": "shards/r.csv",
    "tune v.npz shards -o shards/l.npz": "shards/l.npz",
    "fit v.npz -o l4.npz --csv none/x.csv": "none/x.csv",
    "apply l.npz v.npz -o o.npz --shares 0=0.1,1=0.2,2=0.3,3=0.4 --shares-out none/s.csv": "none/s.csv",
    f"fit v.npz -o l4.npz --csv {'j' * 260}.csv": "jjj",
    "apply l.npz v.npz -o o.npz --json s3://b/k --csv s3://b//k": "b/k",
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_refused_and_nothing_lost(folder, run, line):
    before = content(folder)
    done = run(line)
    assert (done.status, done.stdout) == (2, b""), done.stderr
    first, second = done.stderr.splitlines()
    assert LINES[line] in first
    assert second.startswith("fix: ")
    assert content(folder) == before


def test_the_lines_walk_all_commands():
    assert {line.split()[0] for line in LINES} == set(COMMANDS) - READ_NOTHING


@pytest.mark.parametrize("name", COMMANDS)
def test_every_output_is_known(name):
    """An option that names a file to write says so in its help, and is among those that are compared."""
    from classlift.cli.collisions import OUTPUTS as COMPARED

    command = importlib.import_module(f"classlift.cli.{name}").command
    said = {
        option.name
        for option in command.params
        if isinstance(option, click.Option) and option.help and option.help.startswith(WRITES)
    }
    assert said <= {*COMPARED, "plots", "annotations", "abstain_below"}
    assert {option.name for option in command.params if option.name in OUTPUTS} <= set(COMPARED)


WRITES = ("Write ", "Also save", "Also write", "Draw ", "Layer file", "File to write", "The page", "File of sums to")


def test_manifests_do_not_write_over_what_they_read(folder, run):
    for new, out in (("r/a/layer.npz", "r"), ("r/a/result.json", "r")):
        shutil.copy(folder / "x.npz", folder / new)
        text = f'[[run]]\nname = "a"\nval = "v.npz"\nnew = "{new}"\nverb = "fit"\n'
        (folder / "n.toml").write_text(text)
        before = (folder / new).read_bytes()
        done = run(f"batch n.toml -o {out}")
        assert done.status == 2, done.stderr
        assert new in done.stderr
        assert (folder / new).read_bytes() == before


def test_the_summary_of_a_step_is_no_input(folder, run):
    before = content(folder)
    done = classlift("evaluate", "v.npz", "--summary", "auto", cwd=folder, GITHUB_STEP_SUMMARY=str(folder / "hard.npz"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "hard.npz: is an input" in done.stderr
    assert content(folder) == before


def test_a_table_is_not_written_over_another_output(folder, run):
    done = run("evaluate v.npz --json plain.classes --csv plain -q")
    assert done.status == 2
    assert b"{" in (folder / "plain.classes").read_bytes()
    (folder / "plain.classes").unlink()


def test_a_folder_is_made_where_the_fix_says(folder, run):
    (folder / "gone.json").symlink_to("in there/x.json")
    for name in ("gone.json", "not there/x.json"):
        done = run(["evaluate", "v.npz", "--json", name, "-q"])
        subprocess.run(done.stderr.split("create it first: ")[1], shell=True, cwd=folder, check=True)
        assert run(["evaluate", "v.npz", "--json", name, "-q"]).status == 0
    assert "v.npz is a file" in run("evaluate v.npz --json v.npz/x/y.json").stderr


def test_an_output_may_lie_beside_one_file(folder, run):
    done = run("evaluate shards/0.npz -q --json shards/r.json --csv shards/r.csv")
    for path in (folder / "shards").glob("r.*"):
        path.unlink()
    assert done.status == 0, done.stderr


def test_an_old_output_is_replaced(run):
    for _ in range(2):
        assert run("apply l.npz v.npz -o new.npz -q").status == 0
        assert run("batch m.toml -o again -q").status == 0
