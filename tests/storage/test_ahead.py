"""The next pieces are made while one is worked on."""

from threading import Event

import numpy as np
import pytest

from classlift.storage.read.ahead import DEPTH, ahead
from classlift.storage.read.npz import open_container


def test_the_next_items_are_made_while_one_is_used():
    made = [Event() for _ in range(9)]

    def items():
        for k, event in enumerate(made):
            event.set()
            yield k

    found = []
    for k in ahead(items()):
        found.append(k)
        assert all(event.wait(10) for event in made[: k + 1 + DEPTH])
    assert found == list(range(9))


def test_what_goes_wrong_is_told_in_its_place():
    def items():
        yield 1
        raise ValueError("torn")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="torn"):
        next(found)


def test_who_stops_early_leaves_no_thread_at_work():
    asked = []

    def items():
        for k in range(1000):
            asked.append(k)
            yield k

    found = ahead(items())
    assert next(found) == 0
    found.close()
    assert len(asked) <= 1 + DEPTH


def test_rows_of_a_packed_npz_stay_while_a_thread_unpacks_the_next(tmp_path, monkeypatch):
    path, rows = tmp_path / "p.npz", np.random.default_rng(0).normal(size=(900, 7))
    np.savez_compressed(path, a=rows, b=np.arange(900))
    box, made = open_container(path, "p.npz"), [Event() for _ in range(9)]
    inner = box._successive

    def told(names, n):
        for event, chunk in zip(made, inner(names, n), strict=True):
            event.set()
            yield chunk

    monkeypatch.setattr(box, "_successive", told)
    for k, chunk in enumerate(box.chunks(["a"], ["b"], 100)):
        assert k in (0, 8) or made[k + 1].wait(10)
        assert (chunk["a"] == rows[100 * k :][:100]).all()
        assert (chunk["b"] == np.arange(100 * k, 100 * k + 100)).all()
