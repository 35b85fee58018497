"""What must hold for every engine; the walk over ENGINES finds a new one by its entry there."""

import contextlib
import os
import time

import numpy as np
import pytest

import classlift
from classlift.engines import ENGINES
from classlift.errors import ClassliftError, MissingExtraError
from support.cases import predictions

every_engine = pytest.mark.parametrize("name", ENGINES)


@contextlib.contextmanager
def started(name):
    """An engine of its own; skips where its extra is missing."""
    with contextlib.ExitStack() as stack:
        try:
            engine = stack.enter_context(ENGINES[name].open(None))
        except MissingExtraError as error:
            pytest.skip(error.fix)
        yield engine


def letters(item, more):
    time.sleep(0.01 * (5 - item % 5))  # the first to start are the last to end
    return chr(ord("a") + item) + more


def process(item):
    return os.getpid()


def refuse(item):
    raise ClassliftError(f"item {item}", "is bad", fix="leave it out.")


@every_engine
def test_an_engine_keeps_the_order_and_ends(name):
    """One start for all of these: a cluster takes seconds."""
    with started(name) as engine:
        assert engine.width >= 1
        assert engine.map(letters, range(9), "-") == [letters(i, "-") for i in range(9)]
        assert engine.reduce(letters, range(9), "-") == "".join(letters(i, "-") for i in range(9))
        assert engine.map(letters, [], "-") == []
        assert engine.reduce(letters, [3], "-") == "d-"
        with pytest.raises(ClassliftError, match="item 0: is bad") as caught:
            engine.map(refuse, [0])
        assert caught.value.fix == "leave it out."
        others = set(engine.map(process, range(4))) - {os.getpid()}
    deadline = time.monotonic() + 30
    while any(alive(pid) for pid in others):
        assert time.monotonic() < deadline, "a process outlives its engine"
        time.sleep(0.05)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@every_engine
def test_memory_and_an_unasked_scheduler_are_refused(name, tmp_path):
    probs, labels = predictions(50)
    with pytest.raises(ClassliftError, match="seen only by this process"):
        classlift.fit({"probs": probs, "labels": labels}, engine=name)
    if not ENGINES[name].takes_scheduler:
        path = tmp_path / "v.npz"
        np.savez(path, probs=probs, labels=labels)
        with pytest.raises(ClassliftError, match=f"is not for --engine {name}"):
            classlift.fit(path, engine=name, scheduler="tcp://127.0.0.1:1")


def test_an_unknown_engine_is_answered_with_the_known_ones():
    with pytest.raises(ClassliftError, match="there is no engine") as caught:
        classlift.fit("v.npz", engine="nonsense")
    assert all(name in caught.value.fix for name in ENGINES)
