"""Random exports with known truth: read right, or asked about, and never wrong in silence."""

import pytest

from support.random_exports import draw, outcome


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_none_is_wrong_in_silence(tmp_path, first):
    found = []
    for seed in range(first, first + 20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        export = draw(seed, folder)
        how, said = outcome(export)
        assert how != "wrong", (seed, export.said, said)
        found.append(how)
    assert found.count("read") >= 0.85 * len(found)
