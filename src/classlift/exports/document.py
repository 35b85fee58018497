"""Document of an export."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from classlift.output.documents.base import head

if TYPE_CHECKING:
    from classlift.exports.result import Exported
    from classlift.output.documents.types.files import AgreementDocument, ExportDocument


def export_document(result: Exported) -> ExportDocument:
    """Document of an export, with what the check found; null where there was none."""
    found = result.agreement
    return {
        **head("export", result.name, result.notes),
        "target": result.target,
        "files": list(result.files),
        "form": result.form,
        "takes": result.takes,
        "outputs": [{"name": name, "holds": what} for name, what in result.outputs],
        "agreement": None if found is None else cast("AgreementDocument", {"holds": found.holds, **asdict(found)}),
    }
