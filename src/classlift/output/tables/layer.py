"""Tables of a stored layer, and of one that was applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.classes import class_names
from classlift.output.tables.spans import OF_SHARES, span
from classlift.output.tables.table import Share, Table, Value, setting_value, shown, without

if TYPE_CHECKING:
    from classlift.layer.apply import ApplySummary
    from classlift.layer.layer import OutputLayer


def stored_layer_tables(name: str, layer: OutputLayer, *, top: int | None = None) -> list[Table]:
    """Tables of a layer file: what it is, its steps, and what each class got."""
    known = layer.provenance
    rows: list[tuple[Value, ...]] = [("method", layer.method)]
    rows += [(key.replace("_", " "), setting_value(value)) for key, value in layer.settings.items()]
    rows += [("classes", layer.n_classes), ("parameters", layer.n_parameters)]
    if layer.costs is not None:
        ends = f"{layer.costs.scale.least:g} to {layer.costs.scale.most:g}"
        rows.append(("predicts", f"the class of least expected cost; costs from {ends}"))
    rows += [
        (label, known[key])
        for key, label in (
            ("n_samples", "fitted on rows"),
            ("kind", "fitted on"),
            ("condition", "condition number"),
            ("fingerprint", "fingerprint of the fitted rows"),
        )
        if known.get(key) is not None
    ]
    steps: list[tuple[Value, ...]] = [
        (
            i + 1,
            str(step.domain),
            "none" if step.weight is None else "full" if step.is_full else "diagonal",
            step.temperature,
            "all rows" if step.maximum_probability is None else f"largest probability < {step.maximum_probability:g}",
            float(np.abs(step.bias).max()),
        )
        for i, step in enumerate(layer.steps)
    ]
    step_columns = ("step", "domain", "weight", "temperature", "taken by", "largest |bias|")
    tables = [
        Table(name, ("what", "value"), tuple(rows), tuple(known.get("notes", ()))),
        Table("steps" if steps else "steps: none, the layer is the identity", step_columns, tuple(steps)),
    ]
    return [*tables, _layer_classes(layer, top)] if steps else tables


def _layer_classes(layer: OutputLayer, top: int | None) -> Table:
    """Bias and own weight of each class in each step, strongest last bias first."""
    names = class_names(layer.classes, layer.n_classes)
    order = np.argsort(-np.abs(layer.steps[-1].bias), kind="stable").tolist()
    columns = ["class"]
    for i, step in enumerate(layer.steps):
        columns += [f"bias {i + 1}"] + ([] if step.weight is None else [f"own weight {i + 1}"])
    rows = tuple((names[k], *_class_numbers(layer, k)) for k in order[:top])
    return Table("classes, strongest bias first", tuple(columns), rows, shown(len(rows), len(order)))


def _class_numbers(layer: OutputLayer, k: int) -> list[float]:
    numbers: list[float] = []
    for step in layer.steps:
        numbers.append(float(step.bias[k]))
        if step.weight is not None:
            numbers.append(float(step.weight[k, k] if step.is_full else step.weight[k]))
    return numbers


def apply_tables(result: ApplySummary, *, top: int | None = None) -> list[Table]:
    """Tables of an applied layer: rows adjusted and changed, and how often each class is predicted."""
    rows: list[tuple[Value, ...]] = [
        ("rows", result.n_samples),
        ("rows adjusted", result.n_adjusted),
        ("rows whose predicted class changed", result.n_changed),
    ]
    if result.n_abstained is not None:
        rows.append(("rows without a predicted class", result.n_abstained))
    order = np.argsort(result.predicted_before - result.predicted_after, kind="stable").tolist()
    lines = tuple(
        (
            result.classes[k],
            int(result.predicted_before[k]),
            int(result.predicted_after[k]),
            int(result.predicted_after[k] - result.predicted_before[k]),
        )
        for k in order[:top]
    )
    columns = ("class", "predicted before", "predicted after", "change")
    return [
        Table(result.name, ("what", "value"), tuple(rows), result.notes),
        *_share_tables(result, top),
        Table("classes, most gained first", columns, lines, shown(len(lines), len(order))),
    ]


def _share_tables(result: ApplySummary, top: int | None) -> list[Table]:
    """Table of the class shares that the scores were shifted to, most changed first; none where they were not."""
    shift = result.shift
    if shift is None:
        return []
    order = np.argsort(-np.abs(shift.new - shift.old), kind="stable")[:top].tolist()
    ends = {k: "" if shift.low is None or shift.high is None else span(shift.low[k], shift.high[k]) for k in order}
    rows = [(result.classes[k], Share(shift.old[k]), Share(shift.new[k]), ends[k]) for k in order]
    title = f"class shares of {shift.name}" if not shift.n_samples else f"class shares, from {shift.n_samples:,} rows"
    table = Table(title, ("class", "validation", "here", OF_SHARES), tuple(rows), shown(len(rows), len(shift.new)))
    return [without(table, OF_SHARES) if shift.low is None else table]
