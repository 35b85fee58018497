"""A table of classes that is cut still shows the classes that a layer harms."""

import numpy as np
import pytest

from classlift.data.counts import PairedCounts
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.options import Resampling
from classlift.output.tables.evaluation import classes

NAMES = tuple(f"c{k:02d}" for k in range(60))


def result(falling):
    """60 classes of 50 rows, class k with k % 50 right rows before; the given ones lose rows."""
    right = np.minimum(np.arange(60), 49)
    labels = np.repeat(np.arange(60), 50)
    before = np.concatenate([np.where(np.arange(50) < right[k], k, (k + 1) % 60) for k in range(60)])
    after = before.copy()
    for k, rows in falling.items():
        after[np.flatnonzero((labels == k) & (before == k))[:rows]] = (k + 1) % 60
    return Comparison("x", PairedCounts.of(labels, before, after, 60), NAMES, resampling=Resampling(0))


def shown(table):
    return [row[0] for row in table.rows]


def test_those_that_most_surely_lose_are_last():
    table = classes(result({55: 30, 40: 10, 50: 20, 45: 1}), 30)
    assert shown(table) == [*NAMES[:26], "c55", "c50", "c40", "c45"]
    assert table.footer == ("the last 4 shown are those of the others that most surely lose.",
                            "30 of 60 classes shown; --top 0 shows all.")  # fmt: skip


@pytest.mark.parametrize("n", [5, 6, 9])
def test_there_are_never_more_than_a_sixth(n):
    table = classes(result({59 - k: 40 - k for k in range(n)}), 30)
    assert shown(table) == [*NAMES[:25], *(f"c{59 - k}" for k in range(5))]


def test_a_class_that_is_there_anyhow_is_there_once():
    table = classes(result({27: 20, 28: 5, 3: 2}), 30)
    assert len(set(shown(table))) == 30
    assert shown(table) == [*(name for name in NAMES[:30] if name not in ("c27", "c28")), "c27", "c28"]


def test_a_whole_table_keeps_its_order():
    table = classes(result({55: 30}), None)
    assert shown(table) == list(NAMES)
    assert table.footer == ()
