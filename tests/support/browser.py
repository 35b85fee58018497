"""A headless Chromium for tests, and the accessibility checker; either may be missing."""

import contextlib
import os
import shutil
from pathlib import Path

import pytest

AXE = "axe-core is not there: npm install axe-core, and name its axe.min.js in CLASSLIFT_AXE"


def chromium_path():
    """Where Chromium is, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextlib.contextmanager
def chromium():
    """Start Chromium; skips the test, saying why, where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="pages are looked at with playwright, which is missing")
    if chromium_path() is None:
        pytest.skip("pages are looked at with Chromium, which is missing (apt-get install chromium)")
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextlib.contextmanager
def opened(browser, path, **look):
    """Open a page from disk; afterwards it has said nothing on the console and asked for nothing but itself."""
    context = browser.new_context(**look)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(Path(path).resolve().as_uri())
    yield page
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [Path(path).resolve().as_uri()]
    context.close()


def axe_script():
    """Source of axe-core; skips the test where it is missing."""
    path = Path(os.environ.get("CLASSLIFT_AXE", "node_modules/axe-core/axe.min.js"))
    if not path.is_file():
        pytest.skip(AXE)
    return path.read_text(encoding="utf-8")
