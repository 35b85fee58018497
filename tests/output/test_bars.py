"""Small bars in a terminal's tables: true to their shares, plain where signs are missing, nowhere else."""

import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classlift.output.render.bars import ASCII, LINES, WIDTH, bar
from support.process import classlift
from support.report_cases import save
from support.terminal import in_terminal

shares = st.floats(0, 1)


@given(shares, shares)
def test_a_bar_is_as_long_as_the_larger_share(before, after):
    kept, moved, rest = (part.text for part in bar(before, after, ASCII))
    assert len(kept + moved + rest) == WIDTH
    assert abs(len(kept) - min(before, after) * WIDTH) <= 0.5
    assert abs(len(kept + moved) - max(before, after) * WIDTH) <= 0.5
    assert set(moved) <= {ASCII.gained if after > before else ASCII.lost}


def test_no_bar_of_what_is_not_known():
    assert bar(float("nan"), 0.5, LINES) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bars")
    save(path / "v.npz", 4, 300, 0, class_names=np.array(list("abcd")))
    assert classlift("fit", "v.npz", "-o", "l.npz", "-q", "--effect", "none", cwd=path).returncode == 0
    return path


WORDS = ("evaluate", "v.npz", "--layer", "l.npz")


def last_lines(text):
    return [line for line in text.splitlines() if line.startswith(("a ", "b ", "c ", "d "))]


def test_bars_stand_in_a_terminal_that_is_wide_enough(folder):
    lines = last_lines(in_terminal(*WORDS, cwd=folder))
    assert len(lines) == 4
    assert all(LINES.kept in line for line in lines)
    lines = last_lines(in_terminal(*WORDS, cwd=folder, columns=80))
    assert len(lines) == 4
    assert not any(LINES.kept in line for line in lines)


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"PYTHONIOENCODING": "ascii:replace"}])
def test_bars_of_plain_signs(folder, environment):
    lines = last_lines(in_terminal(*WORDS, cwd=folder, **environment))
    assert len(lines) == 4
    assert all(ASCII.kept in line and LINES.kept not in line for line in lines)


@pytest.mark.parametrize("form", ["table", "csv", "markdown", "json"])
def test_no_bars_elsewhere(folder, form):
    done = classlift(*WORDS, "--format", form, cwd=folder)
    assert done.returncode == 0
    assert not set(done.stdout) & set(LINES[:3])
    assert not any(ASCII.kept in line for line in last_lines(done.stdout))


def test_the_terminal_of_a_test_is_one(folder):
    """The helper really is a terminal: colours come out of it, and do not come out of a pipe."""
    assert "\x1b[" in in_terminal(*WORDS, cwd=folder)
    done = classlift(*WORDS, cwd=folder)
    assert isinstance(done, subprocess.CompletedProcess)
    assert "\x1b" not in done.stdout
