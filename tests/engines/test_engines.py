"""Processes that are killed cost no more than their own item; threads keep order and errors."""

import os
import signal
import time
from pathlib import Path

import pytest

from classlift.engines.threads import map_in_threads
from classlift.engines.workers import workers
from classlift.errors import ClassliftError


def fragile(item):
    """Double a number; ("once", path) is killed the first time, "always" each time."""
    if item == "always":
        os.kill(os.getpid(), signal.SIGKILL)
    if isinstance(item, tuple):
        marker = Path(item[1])
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "again"
    return 2 * item


def test_a_killed_process_costs_its_own_item_alone(tmp_path):
    with workers(2) as work:
        assert list(work(fragile, [1, ("once", str(tmp_path / "m")), 3])) == [2, "again", 6]
        assert list(work(fragile, [1, "always", 5], lost=lambda item: f"lost {item}")) == [2, "lost always", 10]
        assert list(work(fragile, [7])) == [14]


def test_a_killed_process_is_told_of_where_nothing_can_stand_for_its_result():
    with pytest.raises(ClassliftError, match="was killed"), workers(2) as work:
        list(work(fragile, [1, "always"]))


def test_in_this_process_nothing_changes():
    with workers(1) as work:
        assert list(work(fragile, [1, 2])) == [2, 4]


@pytest.mark.parametrize("jobs", [1, 3])
def test_threads_keep_the_order_and_raise_what_was_raised(jobs):
    def slow_first(item):
        time.sleep(0.02 if item == 0 else 0)
        return 10 // (5 - item)

    assert list(map_in_threads(jobs, slow_first, range(5))) == [2, 2, 3, 5, 10]
    found = map_in_threads(jobs, slow_first, range(4, 9))
    assert next(found) == 10
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_threads_stop_taking_items_when_nobody_asks_any_more():
    seen = []

    def slow(item):
        seen.append(item)
        time.sleep(0.01)

    found = map_in_threads(2, slow, range(1000))
    next(found)
    found.close()
    time.sleep(0.05)
    assert len(seen) < 100
