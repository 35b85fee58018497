"""Document of a report: everything that its page is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.documents.base import Document, head
from classlift.documents.changes import change_document
from classlift.documents.files import inspection_document, stored_layer_document
from classlift.documents.fitted import sweep_document
from classlift.documents.judged import comparison_document

if TYPE_CHECKING:
    from classlift.findings import Findings


def report_document(findings: Findings) -> Document:
    """Document of a report."""
    name, sweeps = findings.comparison.name, findings.sweeps
    counts = findings.change_counts
    return head("report", name, ()) | {
        "comparison": comparison_document(findings.comparison),
        "layer": stored_layer_document("layer", findings.layer),
        "fitted_on_validation": findings.fitted_on_validation,
        "validation": inspection_document(findings.validation),
        "sweep": sweep_document(name, sweeps.method, sweeps.points) if sweeps.points else None,
        "changes": change_document(name, counts, [findings.changes]),
        "not_helped": [
            {"class": findings.comparison.classes[one.number], "reason": one.reason} for one in findings.unhelped
        ],
        "files": [{"role": one.role, "name": one.name, "sha256": one.sha256 or None} for one in findings.files],
    }
