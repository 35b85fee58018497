"""The case at the head of the README: what its script makes gives the figures that stand there."""

import re
import subprocess
import sys

import pytest

import classlift
from support.shared_files import ROOT

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

README = (ROOT / "README.md").read_text(encoding="utf-8")
NEAR = 0.051  # points, as the table shows one place: the script fits so closely that versions do not matter


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """The layer tuned on the digits, judged on the test images."""
    folder = tmp_path_factory.mktemp("digits")
    subprocess.run([sys.executable, str(ROOT / "sample_data" / "digits.py")], cwd=folder, check=True, timeout=120)
    tuned = classlift.tune(str(folder / "val.npz"))
    return classlift.evaluate(str(folder / "test.npz"), layer=tuned.layer)


def shown(row):
    """Figures of a row of the README's table."""
    line = re.search(rf"^\| {row} \|(.*)\|$", README, re.MULTILINE).group(1)
    return [float(figure) for figure in re.findall(r"([\d.]+) %", line)]


@pytest.mark.parametrize(("row", "side"), [("right before", "before"), ("right after", "after")])
def test_the_table_is_what_comes_out(judged, row, side):
    result = getattr(judged, side)
    figures = [result.total, *(result.counts.recall[digit] for digit in (3, 8, 9, 1))]
    assert shown(row) == pytest.approx([100 * figure for figure in figures], abs=NEAR)


def test_three_classes_are_not_predicted_before(judged):
    assert {k for k, n in enumerate(judged.before.counts.predicted) if n == 0} == {3, 8, 9}


def test_the_ones_pay_most(judged):
    change = [
        after - before for before, after in zip(judged.before.counts.recall, judged.after.counts.recall, strict=True)
    ]
    assert change[1] == pytest.approx(min(change), abs=NEAR / 100)
