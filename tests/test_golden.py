"""What commands print on the sample, word for word; `python -m pytest tests/test_golden.py --update` writes it anew.

Words are compared exactly, numbers to 1e-7 of their size: another BLAS may round another way. Read the difference
before you commit it.
"""

import math
import re
import shutil
from pathlib import Path

import click
import pytest

from classlift import __version__
from classlift.cli.command import Command
from classlift.cli.main import COMMANDS as NAMES
from classlift.cli.main import group
from classlift.cli.usage import FOLDER, Usage
from support.process import classlift
from support.shared_files import SAMPLE

GOLDEN = Path(__file__).with_name("golden")
COMMANDS = {
    "evaluate.txt": "evaluate test.npz",
    "evaluate.csv": "evaluate test.npz --layer layer.npz --format csv",
    "evaluate.md": "evaluate test.npz --layer layer.npz --format markdown --gate low20.change>=0 --gate total>=60%",
    "evaluate.json": "evaluate test.npz --confusion --format json",
    "fit.txt": "fit val.npz -o new.npz",
    "fit.json": "fit val.npz -o new.npz --effect in-sample --format json",
    "blend.txt": "blend test.npz test.npz -o blend.npz --fit-weights",
    "apply.txt": "apply layer.npz test.npz -o out.npz",
    "inspect.txt": "inspect layer.npz",
    "inspect.json": "inspect layer.npz --format json",
    "flips.csv": "flips test.npz --layer layer.npz --format csv",
    "sweep.md": "sweep val.npz --format markdown",
    "weights.json": "weights val.npz --format json",
    "no-file.err": "evaluate vall.npz",
    "bad-setting.err": "fit val.npz -o new.npz --alpha -1",
    "harm.err": "fit val.npz -o new.npz --quiet",
}
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("golden")
    for name in ("val.npz", "test.npz"):
        shutil.copy(SAMPLE / name, path / name)
    assert classlift("fit", "val.npz", "-o", "layer.npz", "--effect", "none", "-q", cwd=path).returncode == 0
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_said(name, folder, request):
    done = classlift(*COMMANDS[name].split(), cwd=folder)
    text = (done.stderr if name.endswith(".err") else done.stdout).replace("\r\n", "\n")
    text = text.replace(f'"{__version__}"', '"VERSION"')
    assert text, done.stderr
    if request.config.getoption("--update"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert_alike(text, (GOLDEN / name).read_text(encoding="utf-8"))


WITH_HELP = {name: one for name in NAMES if isinstance(one := group.get_command(click.Context(group), name), Command)}


@pytest.mark.parametrize("name", WITH_HELP)
def test_the_stored_help_is_that_of_the_command(name, request):
    parent = group.make_context("classlift", [], resilient_parsing=True)
    parent.terminal_width = 98
    with WITH_HELP[name].make_context(name, [], parent=parent, resilient_parsing=True) as context:
        usage, shown = WITH_HELP[name].usage(context), WITH_HELP[name].get_help(context)
    path = Path(FOLDER) / f"{name}.txt"
    if request.config.getoption("--update"):
        path.write_text(usage.text(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == usage.text(), "run .ci/tasks golden"
    assert Usage.parse(usage.text()) == usage
    assert classlift(name, "--help", COLUMNS="100").stdout.rstrip("\n") == shown


def test_every_stored_help_has_a_command():
    assert {path.name for path in Path(FOLDER).iterdir()} == {f"{name}.txt" for name in WITH_HELP}


def assert_alike(text, golden):
    """The same words, and the same numbers to rounding."""
    assert NUMBER.sub("#", text) == NUMBER.sub("#", golden)
    for found, kept in zip(NUMBER.findall(text), NUMBER.findall(golden), strict=True):
        one, two = (float(number.replace(",", "").replace("−", "-")) for number in (found, kept))
        assert math.isclose(one, two, rel_tol=1e-7, abs_tol=1e-12), f"{found}, and before {kept}"


def test_every_golden_file_has_a_command():
    assert {path.name for path in GOLDEN.iterdir()} == set(COMMANDS)
