"""The README is true: every command in it runs, what it shows is what comes out, and no option is missing from it."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)([^\n]*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
SAMPLE = ROOT / "sample_data"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A user's folder: the sample's files, under the names that the guide uses."""
    path = tmp_path_factory.mktemp("readme")
    for name in ("val.npz", "test.npz", "test.parquet", "unlabelled.csv"):
        shutil.copy(SAMPLE / name, path / name)
    return path


def commands(text):
    """Command and expected output lines of a console block; a line that ends in a backslash goes on."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line.rstrip())
    return found


def run(command, folder):
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


CONSOLE = [(i, text) for i, (kind, _, text) in enumerate(BLOCKS) if kind == "console"]


def test_console_blocks_run_in_order_and_print_what_is_shown(folder):
    assert CONSOLE
    for _, text in CONSOLE:
        for command, expected in commands(text):
            done = run(command, folder)
            status = int(m.group(1)) if (m := re.search(r"# status (\d+)", command)) else 0
            assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
            printed = [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]
            for line in expected:
                assert line in ("...", "") or line in printed, f"{command}\nshows {line!r}, printed:\n{done.stdout}"


@pytest.mark.parametrize(
    ("info", "text"), [(info, text) for kind, info, text in BLOCKS if kind == "python"], ids=lambda value: value[:30]
)
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

    context = click.Context(group)
    for name in COMMANDS:
        assert f"`classlift {name}" in README, f"the README does not show classlift {name}"
        command = group.get_command(context, name)
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                if option.startswith("--"):
                    assert re.search(rf"{option}\b", README), f"the README does not mention {option} of {name}"


def test_links_inside_the_project_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
