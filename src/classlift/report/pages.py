"""From findings to pages: of one layer, and of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift import __version__
from classlift.report.page import Page, RunPart
from classlift.report.sections_effect import (
    classes_sections,
    confusion_section,
    numbers_section,
    unhelped_section,
)
from classlift.report.sections_layer import (
    matrix_section,
    provenance_section,
    rows_section,
    sweeps_section,
    trade_off_section,
)
from classlift.report.sections_rows import Thumbnail, examples_section
from classlift.report.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlift.findings import Findings
    from classlift.tables import Table

MADE_BY = f"classlift {__version__}"


def run_part(findings: Findings, thumbnail: Thumbnail, *, key: str = "", name: str = "") -> RunPart:
    """Make the part of a page that explains one layer.

    Parameters
    ----------
    findings : Findings
        What is known of it.
    thumbnail : callable
        Gives the picture of a row.
    key : str
        What the anchors of its sections begin with.
    name : str
        What the part is called where there are several.
    """
    return RunPart(
        key,
        name,
        verdict(findings),
        (
            numbers_section(findings),
            *classes_sections(findings),
            trade_off_section(findings),
            rows_section(findings),
            sweeps_section(findings),
            confusion_section(findings),
            examples_section(findings, thumbnail),
            matrix_section(findings),
            unhelped_section(findings),
            provenance_section(findings),
        ),
    )


def layer_page(findings: Findings, thumbnail: Thumbnail) -> Page:
    """Make the page of one layer."""
    return Page(findings.comparison.name, (run_part(findings, thumbnail),), MADE_BY)


def batch_page(title: str, runs: Sequence[RunPart], overview: Sequence[Table]) -> Page:
    """Make the page of several runs, side by side in its first tables."""
    return Page(title, tuple(runs), MADE_BY, tuple(overview))
