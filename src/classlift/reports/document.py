"""Document of a report: everything that its page is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.evaluation.flips import Flips
from classlift.output.documents.base import head
from classlift.output.documents.evaluation import comparison_document
from classlift.output.documents.files import inspection_document, stored_layer_document
from classlift.output.documents.fitted import sweep_document
from classlift.output.documents.flips import flip_document

if TYPE_CHECKING:
    from classlift.output.documents.types.files import ReportDocument
    from classlift.reports.data import ReportData


def report_document(report_data: ReportData) -> ReportDocument:
    """Document of a report."""
    name, sweep, reading = report_data.comparison.name, report_data.sweep, report_data.comparison.reading
    return {
        **head("report", name, (), reading),
        "figures": report_data.to_dict(),
        "comparison": comparison_document(report_data.comparison),
        "layer": stored_layer_document("layer", report_data.layer),
        "fitted_on_validation": report_data.fitted_on_validation,
        "validation": inspection_document(report_data.validation),
        "sweep": None if isinstance(sweep, str) else sweep_document(sweep),
        "flips": flip_document(Flips(name, report_data.flip_counts, (report_data.flips,), reading)),
        "not_helped": [
            {"class": report_data.comparison.classes[one.number], "reason": one.reason} for one in report_data.unhelped
        ],
        "files": [{"role": one.role, "name": one.name, "sha256": one.sha256 or None} for one in report_data.files],
    }
