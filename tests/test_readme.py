"""README and guides are true: every command in them runs, what they show is what comes out, no option is missing."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from classlift.cli.topics import FOLDER, GUIDES, glossary_entry, text_of
from support.shared_files import ROOT

SAMPLE = ROOT / "sample_data"
SAMPLE_FILES = ("val.npz", "test.npz", "test.parquet", "unlabelled.csv")
TEXTS = {"README": (ROOT / "README.md").read_text(encoding="utf-8")} | {name: text_of(name) for name in GUIDES}
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
BLOCKS = {page: BLOCK.findall(text) for page, text in TEXTS.items()}
WIDEST, LONGEST = 120, 150
README_LINES, README_WORDS = 176, 1400


@pytest.fixture
def folder(tmp_path):
    """A user's folder: the sample's files, under the names that the pages use."""
    for name in SAMPLE_FILES:
        shutil.copy(SAMPLE / name, tmp_path / name)
    return tmp_path


def commands(text):
    """Command and expected output lines of a console block; a line that ends in a backslash goes on."""
    found = []
    for line in text.replace("\\\n", "").splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line.rstrip())
    return found


def run(command, folder):
    """Run a line in bash, where `classlift` is this checkout's."""
    line = f'python() {{ {sys.executable} "$@"; }}; classlift() {{ python -m classlift "$@"; }}; {command}'
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": os.environ["PYTHONPATH"]}
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def shown_by(page):
    """Commands of a page with the lines that they show, in order."""
    return [pair for kind, _, text in BLOCKS[page] if kind == "console" for pair in commands(text)]


def rounded(line):
    """A line with four decimals at most: another kind of processor may round the sixth another way."""
    return re.sub(r"\d+\.\d{5,}", lambda number: f"{float(number[0]):.4f}", line)


@pytest.mark.parametrize("page", [page for page in TEXTS if shown_by(page)])
def test_commands_run_in_order_and_print_what_is_shown(page, folder):
    for command, shown in shown_by(page):
        done = run(command, folder)
        status = int(m.group(1)) if (m := re.search(r"# status (\d+)", command)) else 0
        assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
        printed = [rounded(line.rstrip()) for line in (done.stdout + done.stderr).splitlines()]
        expected = [rounded(line) for line in shown]
        if page == "README" and expected:
            assert expected == printed, f"{command}\nis not shown as it is printed"
        for line in expected:
            assert line in ("...", "") or line in printed, f"{command}\nshows {line!r}, printed:\n{done.stdout}"


PYTHON = [
    pytest.param(info, text, id=f"{page}-{i}")
    for page, blocks in BLOCKS.items()
    for i, (kind, info, text) in enumerate(blocks)
    if kind == "python"
]


@pytest.mark.parametrize(("info", "text"), PYTHON)
def test_python_blocks_run(info, text, folder):
    for package in re.findall(r"needs=(\w+)", info):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed; the example is for its users")
    backend = next((name for name in ("tensorflow", "torch", "jax") if importlib.util.find_spec(name)), "")
    if "keras" in info and not backend:
        pytest.skip("Keras is installed without a backend")
    others_warn = re.search("lightning|transformers|keras|flax", info)
    strict = [] if others_warn else ["-W", "error"]
    done = subprocess.run(
        [sys.executable, *strict, "-c", text],
        cwd=folder,
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_option_of_every_command_is_mentioned():
    import click

    from classlift.cli.main import COMMANDS, group

    text = "\n".join(TEXTS.values())
    context = click.Context(group)
    for name in COMMANDS:
        assert re.search(rf"(`|\$ |^)classlift {name}\b", text, re.MULTILINE), f"no page shows classlift {name}"
        command = group.get_command(context, name)
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                if option.startswith("--"):
                    assert re.search(rf"{option}\b", text), f"no page mentions {option} of {name}"


def test_links_inside_the_project_lead_somewhere():
    for page, text in TEXTS.items():
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert ((ROOT if page == "README" else Path(FOLDER)) / target).exists(), target


@pytest.mark.parametrize("page", GUIDES)
def test_a_guide_is_short_and_narrow(page):
    lines = TEXTS[page].splitlines()
    assert lines[0] == f"# {GUIDES[page]}"
    assert len(lines) < LONGEST
    assert [line for line in lines if len(line) > WIDEST] == []


def test_the_readme_is_short_and_narrow():
    lines = TEXTS["README"].splitlines()
    assert len(lines) <= README_LINES
    assert len(TEXTS["README"].split()) <= README_WORDS
    assert [line for line in lines if len(line) > WIDEST] == []


def test_the_readme_names_every_guide():
    assert [name for name in GUIDES if f"`{name}`" not in TEXTS["README"]] == []


def test_every_guide_is_listed():
    assert {path.name for path in Path(FOLDER).iterdir()} == {f"{name}.md" for name in GUIDES}


def test_guides_that_are_named_exist():
    from classlift.cli.main import COMMANDS

    for page, text in TEXTS.items():
        for name in re.findall(r"classlift help ([a-z][a-z0-9-]*)", text):
            assert name in GUIDES or name in COMMANDS or glossary_entry(name), f"{page} names {name}"


PLACES = {
    "Install and see": ("README", "Install"),
    "The main job": ("README", "The main job"),
    "Three ways to count the lowest classes": ("methods", "Three ways to count the lowest classes"),
    "See it": ("report", "The HTML page, charts and pictures"),
    "Honest statistics": ("statistics", "Which intervals are shown, and what they cover"),
    "Export your predictions": ("export-predictions", "Recipes"),
    "Which command when": ("README", "Commands"),
    "What was measured": ("measured", "What was measured on real predictions, beside other tools"),
    "In scripts and CI": ("ci", "What is written where"),
    "A gate in three lines": ("ci", "A gate in one line"),
    "Which rows, which weights, many runs": ("many-runs", "The rows that changed"),
    "When one machine is not enough": ("cluster", "When one machine is not enough: dask, shards and object stores"),
    "On a cluster: `--engine dask`": ("cluster", "On a cluster: `--engine dask`"),
    "With any scheduler: sums of shards": ("cluster", "With any scheduler: partial sums"),
    "In object stores": ("cluster", "In object stores"),
    "From Python": ("python", "Everything from Python"),
    "From the layer to the deployed model": ("deploy", GUIDES["deploy"]),
    "What a layer file holds": ("layer-file", "How a row is adjusted"),
    "Speed and size": ("speed", "How cost grows with rows and classes"),
    "Security": ("security", "What is not promised"),
    "For the people who carry this on": ("architecture", "One file and one entry"),
    "Sources": ("methods", "Sources"),
}
"""Heading of the README of 0.1.0 -> the page and heading where that is told now."""


@pytest.mark.parametrize("old", PLACES)
def test_what_the_readme_of_0_1_told_has_a_place(old):
    page, heading = PLACES[old]
    assert re.search(rf"^#+ {re.escape(heading)}$", TEXTS[page], re.MULTILINE), f"{page} has no heading {heading!r}"
