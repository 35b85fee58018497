"""The small campaign, part by part; with --long the long one, an hour or more."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from . import parts

RUN = Path(__file__).with_name("run.py")


@pytest.mark.parametrize("part", parts.PARTS)
def test_small(part, tmp_path):
    words = [sys.executable, RUN, "--part", part, "--json", tmp_path / "figures.json"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "figures.json").read_text())
    assert (list(found["figures"]), found["findings"]) == ([part], [])


@pytest.mark.slow
@pytest.mark.parametrize("part", parts.PARTS)
def test_long(part):
    assert subprocess.run([sys.executable, RUN, "--size", "long", "--part", part], check=False).returncode == 0
