"""The pictures of the README are what the command that makes them makes."""

import html
import re
from pathlib import Path

import pytest

import readme_pictures as pictures
from support.browser import chromium

pytest.importorskip("jinja2", reason="the page needs the extra `report`")

FOLDER = Path(__file__).parents[1] / "sample_data" / "pictures"
README = (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures")
    pictures.prepare(path)
    return path


def words(svg):
    """What is written in a picture, whatever its lines and colours."""
    return re.sub(r"\s+", "", html.unescape("".join(re.findall(r">([^<]*)</text>", svg)))).replace("\xa0", "")


def test_the_terminal(folder):
    stored = (FOLDER / pictures.TERMINAL).read_text(encoding="utf-8")
    assert "cat" in words(stored)
    assert words(pictures.terminal_picture(folder)) == words(stored)
    assert "url(http" not in stored


def test_the_page(folder):
    image = pytest.importorskip("PIL.Image", reason="pictures are made with pillow")
    with chromium() as browser:
        made = pictures.page_pictures(browser, folder)
    for name, content in made.items():
        (folder / name).write_bytes(content)
        with image.open(folder / name) as new, image.open(FOLDER / name) as stored:
            assert new.size == stored.size
            assert len(stored.getcolors()) > 30, "an empty page has few colours"


def test_they_are_shown_and_small():
    for name in pictures.PAGES.values():
        assert f"sample_data/pictures/{name}" in README
    assert f"pictures/{pictures.TERMINAL}" in (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 400_000
