"""The page in a real browser: silent, alone, as wide as the window, sorted on click, open to everybody."""

import shutil

import numpy as np
import pytest

from support.browser import axe_script, chromium, opened
from support.process import classlift
from support.report_cases import NASTY, save
from support.shared_files import SAMPLE

pytest.importorskip("jinja2", reason="the page needs the extra `report`")

PAGES = ("sample", "thousand", "two", "odd", "batch")
WIDTHS = (360, 1400)


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pages of the sample, of 1,000 classes, of two, of odd names, and of a batch."""
    path = tmp_path_factory.mktemp("browser")
    for name in ("val", "test"):
        shutil.copy(SAMPLE / f"{name}.npz", path / f"sample-{name}.npz")
    more = {"class_names": np.array([*NASTY, "a-name-without-an-end-" * 12])}
    sizes = {"thousand": (1000, 4000, {}), "two": (2, 400, {}), "odd": (6, 400, more)}
    for kind, (n_classes, n_samples, extra) in sizes.items():
        for seed, name in enumerate(("val", "test")):
            save(path / f"{kind}-{name}.npz", n_classes, n_samples, seed, **extra)
    for run in ("a", "b"):
        (path / "runs" / run).mkdir(parents=True)
        shutil.copy(path / "odd-val.npz", path / "runs" / run / "val.npz")
    assert classlift("batch", "runs/a", "runs/b", "--verb", "fit", "-q", cwd=path).returncode == 0
    for kind in PAGES[:4]:
        assert classlift("fit", f"{kind}-val.npz", "-o", "l.npz", "-q", "--effect", "none", cwd=path).returncode == 0
        words = [f"{kind}-val.npz", f"{kind}-test.npz", "--layer", "l.npz", "-o", f"{kind}.html", "-q"]
        assert classlift("report", *words, cwd=path).returncode == 0
    assert classlift("report", "batch-results", "-o", "batch.html", "-q", cwd=path).returncode == 0
    return path


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", PAGES)
def test_nothing_scrolls_sideways_and_nothing_is_asked_for(browser, folder, kind, width):
    with opened(browser, folder / f"{kind}.html", viewport={"width": width, "height": 900}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.title().endswith("classlift")
        wide = page.locator(".wide" if width > 640 else ".narrow").first
        assert wide.is_visible()


@pytest.mark.parametrize("kind", ["sample", "thousand"])
def test_the_table_sorts_and_filters(browser, folder, kind):
    with opened(browser, folder / f"{kind}.html") as page:
        table = page.locator("table[data-sortable]").first
        head = table.locator("thead th").nth(5)
        values = "rows => rows.map(row => row.cells[5].querySelector('data')?.value)"
        for order in ("ascending", "descending"):
            start = page.evaluate("performance.now()")
            head.locator("button").click()
            found = table.locator("tbody tr").evaluate_all(values)
            assert page.evaluate("performance.now()") - start < 2000
            known = [float(value) for value in found if value is not None]
            assert known == sorted(known, reverse=order == "descending")
            assert found[len(known) :] == [None] * (len(found) - len(known)), "classes without samples stand last"
            assert head.get_attribute("aria-sort") == order
        head.locator("button").focus()
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == "ascending"
        name = table.locator("tbody tr").nth(3).locator("th").inner_text()
        page.locator("input[type=search]").first.fill(name.upper())
        shown = table.locator("tbody tr:visible").all_inner_texts()
        assert shown
        assert all(name in text for text in shown)


def test_without_javascript_everything_is_there(browser, folder):
    with opened(browser, folder / "sample.html", java_script_enabled=False) as page:
        assert page.locator("table[data-sortable] tbody tr").count() == 10
        assert page.locator(".filter").first.is_hidden()
        page.locator("summary").first.click()
        assert page.locator("details table").first.is_visible()


def test_names_are_text(browser, folder):
    with opened(browser, folder / "odd.html") as page:
        assert NASTY[0] in page.locator("table[data-sortable] tbody th").all_inner_texts()
        assert page.locator("script").count() == 1


def test_it_prints(browser, folder):
    with opened(browser, folder / "sample.html") as page:
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert len(page.pdf()) > 20_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", PAGES)
def test_the_accessibility_checker_finds_nothing(browser, folder, kind, scheme):
    source = axe_script()
    with opened(browser, folder / f"{kind}.html", color_scheme=scheme, bypass_csp=True) as page:
        page.evaluate(source)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found = page.evaluate("axe.run().then(result => result.violations)")
        assert [(one["id"], one["impact"], one["nodes"][0]["html"][:200]) for one in found] == []
