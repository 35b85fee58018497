"""Write a page, and its pictures as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.reports.chart_files import SUFFIXES, check_matplotlib, picture
from classlift.reports.html import check_jinja, to_html
from classlift.storage import whole_file
from classlift.storage.atomic import check_here, check_target, write_text
from classlift.storage.errors import written
from classlift.storage.paths import place

if TYPE_CHECKING:
    from classlift.reports.blocks import Page

PAGE_SUFFIXES = (".html", ".htm")


def check_report(out: str, plots: str | None) -> None:
    """Refuse names that could not be written, and missing packages, before any work is done."""
    check_jinja()
    if not out.lower().endswith(PAGE_SUFFIXES):
        raise ClassliftError(out, "is not the name of a page", fix="end it with .html.")
    check_target(place(out))
    if plots is not None:
        check_matplotlib("--plots")
        check_here(plots)
        if Path(plots).exists() and not Path(plots).is_dir():
            raise ClassliftError(plots, "is a file, expected a folder", fix="name a folder; it is made if need be.")


def write_page(page: Page, out: str, plots: str | None) -> None:
    """Write the page, and each of its charts as PNG and SVG into the folder `plots`."""
    write_text(out, to_html(page))
    if plots is None:
        return
    with written(plots):
        Path(plots).mkdir(parents=True, exist_ok=True)
    for part in page.runs:
        for chart in part.charts():
            for suffix in SUFFIXES:
                with whole_file(Path(plots) / f"{part.key}{chart.name}{suffix}") as file:
                    file.write(picture([chart], suffix))
