"""Pictures: valid PNG and SVG, the same bytes each time, missing matplotlib and wrong names told before any work."""

import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="pictures need the extra `report`")


@pytest.fixture
def val(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    logits = rng.normal(size=(300, 3)) - [0, 0, 1.5]
    logits[np.arange(300), labels] += 2
    np.savez(tmp_path / "val.npz", logits=logits, labels=labels)
    return tmp_path / "val.npz"


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "classlift", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


MORE = {"tune": ["-o", "l.npz", "--methods", "raw"], "sweep": ["val.npz"], "evaluate": []}


@pytest.mark.parametrize("command", MORE)
def test_pictures(val, command):
    target = [val.parent / word if word.endswith(".npz") else word for word in MORE[command]]
    for suffix in ("png", "svg"):
        done = run(command, val, *target, "--quiet", "--plot", val.parent / f"p.{suffix}")
        assert done.returncode == 0, done.stderr
    assert (val.parent / "p.png").read_bytes().startswith(b"\x89PNG")
    twice = (val.parent / "p.svg").read_bytes()
    assert run(command, val, *target, "--quiet", "--plot", val.parent / "p.svg").returncode == 0
    assert (val.parent / "p.svg").read_bytes() == twice
    assert ET.parse(val.parent / "p.svg").getroot().tag.endswith("svg")


def test_a_wrong_name_is_refused_before_any_work(val):
    done = run("tune", val, "-o", val.parent / "l.npz", "--plot", val.parent / "p.doc")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 2
    assert not (val.parent / "l.npz").exists()


def test_without_matplotlib_the_extra_is_named(val):
    code = "import sys; sys.modules['matplotlib'] = None; from classlift.cli.main import main; main()"
    words = ["tune", str(val), "-o", str(val.parent / "l.npz"), "--plot", str(val.parent / "p.png")]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "classlift[report]" in done.stderr
