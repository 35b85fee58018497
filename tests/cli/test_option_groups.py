"""Options stand in groups in the help of every command, and its example runs."""

import re
import shutil
from dataclasses import fields

import click
import pytest

from classlift.cli.command import GROUPS, SETTINGS, TASK, TITLE, Command
from classlift.cli.main import COMMANDS, group
from classlift.storage import ReadOptions
from support.process import classlift
from support.shared_files import ROOT

CONTEXT = click.Context(group)
DESCRIBED = {name: command for name in COMMANDS if isinstance(command := group.get_command(CONTEXT, name), Command)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the examples need: the sample, a layer, counts and a folder of runs."""
    folder = tmp_path_factory.mktemp("examples")
    run = folder / "runs" / "first"
    run.mkdir(parents=True)
    for name in ("val.npz", "test.npz", "test.parquet", "unlabelled.csv"):
        shutil.copy(ROOT / "sample_data" / name, folder / name)
    for name in ("val.npz", "test.npz"):
        shutil.copy(folder / name, run / name)
    for words in (["fit", "val.npz", "-o", "layer.npz"], ["partials", "val.npz", "-o", "counts.npz"]):
        assert classlift(*words, cwd=folder).returncode == 0
    return folder


@pytest.mark.parametrize("words", [("--logits", "--probabilities"), ("--probabilities", "--logits")])
def test_two_flags_of_one_meaning_are_refused(words, folder):
    done = classlift("evaluate", "val.npz", *words, cwd=folder)
    assert done.returncode == 2
    assert f"{' and '.join(words)} exclude each other\nfix: " in done.stderr
    assert classlift("evaluate", "val.npz", "-q", "--probabilities", "--probabilities", cwd=folder).returncode == 0


def test_every_command_that_works_on_files_has_an_example():
    assert {*COMMANDS} - {*DESCRIBED} <= {"help", "completion"}


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_example_runs(name, folder):
    import shlex

    example = DESCRIBED[name].example
    assert example in classlift(name, "--help").stdout
    words = shlex.split(example)
    assert words[:2] == ["classlift", name]
    runs = [str(folder / "runs" / "first")]
    words = [path for word in words[1:] for path in (runs if word == "runs/*" else [word])]
    done = classlift(*words, cwd=folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_option_is_in_one_group(name):
    command = DESCRIBED[name]
    options = [param for param in command.params if isinstance(param, click.Option)]
    text = classlift(name, "--help").stdout
    sections = re.split(r"^(\S.*):$", text, flags=re.MULTILINE)
    shown = dict(zip(sections[1::2], sections[2::2], strict=True))
    order = [title for title in (TASK, SETTINGS, *GROUPS) if title in shown]
    assert [title for title in shown if title != "Example"] == order
    for option in options:
        longest = max(option.opts, key=len)
        places = [
            title for title, part in shown.items() if re.search(rf"^  (-\w, )?{longest}\b(?!-)", part, re.MULTILINE)
        ]
        assert len(places) == 1, longest
        if option.name in TITLE:
            assert places == [TITLE[option.name]]


def test_every_way_of_reading_is_under_reading():
    assert {entry.name for entry in fields(ReadOptions)} == {*GROUPS["Reading"]}


def test_settings_follow_the_method():
    text = classlift("fit", "--help").stdout
    assert text.index("--method") < text.index(f"{SETTINGS}:") < text.index("--rlow")
    assert "RANGE" not in text
