"""The small campaign, part by part; with --long the long one, an hour or more."""

import pytest

from . import parts, run


@pytest.mark.parametrize("part", parts.PARTS)
def test_small(part, tmp_path):
    assert run.main(["--part", part, "--json", str(tmp_path / "figures.json")]) == 0
    assert "findings" in (tmp_path / "figures.json").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("part", parts.PARTS)
def test_long(part):
    assert run.main(["--size", "long", "--part", part]) == 0
