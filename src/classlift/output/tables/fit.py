"""Tables of a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.output.tables.evaluation import classes, figures
from classlift.output.tables.table import Table, Value, setting_value, with_notes

if TYPE_CHECKING:
    from classlift.fitting.result import FitResult

IN_SAMPLE = "effect on the rows it was fitted on (in-sample: too good)"


def fit_tables(result: FitResult, *, top: int | None = None) -> list[Table]:
    """Tables of a fit: the layer, and its effect, in-sample and out-of-fold, where it was found out."""
    return [layer_table(result), *_effect_tables(result, top)]


def layer_table(result: FitResult) -> Table:
    """What was fitted: settings, rows, condition, squared error."""
    fitted, counts = result.fitted, result.counts
    rows: list[tuple[Value, ...]] = [("method", result.layer.method)]
    rows += [(name.replace("_", " "), setting_value(value)) for name, value in result.settings.values().items()]
    rows += [("classes", counts.n_classes), ("labelled rows", counts.n_samples)]
    if fitted.fitted_rows is not None:
        rows.append(("rows in the fit", int(fitted.fitted_rows.sum())))
        rows.append(("classes without a row in the fit", int((fitted.fitted_rows == 0).sum())))
    if fitted.squared_error is not None:
        rows.append(("squared error before", float(fitted.squared_error[0])))
        rows.append(("squared error after", float(fitted.squared_error[1])))
    rows += [("condition number", fitted.condition), ("largest |bias|", result.layer.largest_bias)]
    return Table("layer", ("what", "value"), tuple(rows), detail=result.effect is not None, footer=result.notes)


def _effect_tables(result: FitResult, top: int | None) -> list[Table]:
    tables = []
    if result.in_sample is not None:
        inside = with_notes(figures(result.in_sample, IN_SAMPLE, intervals=False), result.notes)
        tables.append(inside._replace(detail=result.out_of_fold is not None))
    if result.out_of_fold is not None:
        held_out = figures(result.out_of_fold, "effect on rows left out of the fit (out-of-fold)")
        tables.append(with_notes(held_out, result.notes))
    if result.effect is not None:
        tables.append(classes(result.effect, top))
    return tables
