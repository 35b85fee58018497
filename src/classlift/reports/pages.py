"""From report_data to pages: of one layer, and of a batch."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from classlift._version import __version__
from classlift.output.verdict.comparison import compared
from classlift.reports.blocks import Page, RunPart
from classlift.reports.sections_effect import (
    classes_sections,
    confusion_section,
    coverage_section,
    groups_sections,
    numbers_section,
    unhelped_section,
)
from classlift.reports.sections_examples import Thumbnail, examples_section
from classlift.reports.sections_layer import (
    matrix_section,
    provenance_section,
    rows_section,
    sweeps_section,
    trade_off_section,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlift.output.tables.table import Table
    from classlift.reports.data import ReportData


def made_by() -> str:
    """Program, version and day; SOURCE_DATE_EPOCH stands for the day where pages must be the same on every one."""
    at = float(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return f"classlift {__version__} on {time.strftime('%Y-%m-%d', time.gmtime(at))}"


def run_part(report_data: ReportData, thumbnail: Thumbnail, *, key: str = "", name: str = "") -> RunPart:
    """Make the part of a page that explains one layer.

    Parameters
    ----------
    report_data : ReportData
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
        compared(report_data.comparison),
        (
            numbers_section(report_data),
            *groups_sections(report_data),
            *classes_sections(report_data),
            coverage_section(report_data),
            trade_off_section(report_data),
            rows_section(report_data),
            sweeps_section(report_data),
            confusion_section(report_data),
            examples_section(report_data, thumbnail),
            matrix_section(report_data),
            unhelped_section(report_data),
            provenance_section(report_data),
        ),
    )


def layer_page(report_data: ReportData, thumbnail: Thumbnail) -> Page:
    """Make the page of one layer."""
    layer = next((file.name for file in report_data.files if file.role == "layer"), "the tuned layer")
    title = f"What {layer} does to {report_data.comparison.name}"
    return Page(title, (run_part(report_data, thumbnail),), made_by())


def batch_page(title: str, runs: Sequence[RunPart], overview: Sequence[Table]) -> Page:
    """Make the page of several runs, side by side in its first tables."""
    return Page(title, tuple(runs), made_by(), tuple(overview))
