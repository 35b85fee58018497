"""Charts of the numbers of a layer: which score feeds which class, and what is added to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.reports.drawing import Axis, Boxes, Chart, Mark, points_axis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.layer.step import AffineStep

MOST_CLASSES = 30
"""More classes than this: only those with the strongest entries."""

BIAS = "bias"


def parameter_matrix(step: AffineStep) -> NDArray[np.float64]:
    """Give what a step changes: H - [I | 0], shape (n_classes, n_classes + 1), the bias in the last column."""
    weight = np.zeros((step.n_classes, step.n_classes))
    if step.weight is not None:
        weight = (step.weight if step.is_full else np.diag(step.weight)) - np.eye(step.n_classes)
    return np.column_stack([weight, step.bias])


def step_chart(step: AffineStep, classes: tuple[str, ...], number: int) -> Chart:
    """Heat map of a full matrix, bars of a bias."""
    return _heat_map(step, classes, number) if step.is_full else _bars(step, classes, number)


def _heat_map(step: AffineStep, classes: tuple[str, ...], number: int) -> Chart:
    matrix = parameter_matrix(step)
    shown = strongest(np.abs(matrix).max(axis=1), MOST_CLASSES)
    columns = [*shown.tolist(), step.n_classes]
    names = [*(classes[k] for k in shown), BIAS]
    part = matrix[shown][:, columns]
    between, bias = (float(np.abs(values).max()) for values in (part[:, :-1], part[:, -1]))
    share = part / np.where(np.arange(len(columns)) < len(shown), between or 1.0, bias or 1.0)
    marks = [_cells(part, share, sign, [classes[k] for k in shown], names) for sign in (1, -1)]
    n = len(shown)
    r, c = np.unravel_index(int(np.abs(part).argmax()), part.shape)
    return Chart(
        f"step-{number}-matrix",
        f"step {number}: which score (column) feeds which class (row)",
        f"Difference from the identity. The darkest weight is {between:.3g}, the darkest bias {bias:.3g} (the biases "
        f"have a scale of their own). Strongest: {classes[shown[r]]} from {names[int(c)]} ({part[r, c]:+.3g}).",
        Axis("score of", -0.6, n + 0.6, tuple((float(i), name) for i, name in enumerate(names)), names=True),
        Axis("", n - 0.4, -0.6, tuple((float(i), classes[k]) for i, k in enumerate(shown)), names=True),
        tuple(mark for mark in marks if mark.x0),
        height=max(18 * n, 60),
    )


def _cells(
    part: NDArray[np.float64], share: NDArray[np.float64], sign: int, rows: list[str], columns: list[str]
) -> Boxes:
    """Cells of one sign, each as dark as its share of the largest entry."""
    cells = [(int(r), int(c)) for r, c in np.argwhere(share * sign > 0.005)]
    return Boxes(
        tuple(c - 0.47 for _, c in cells),
        tuple(r - 0.47 for r, _ in cells),
        tuple(c + 0.47 for _, c in cells),
        tuple(r + 0.47 for r, _ in cells),
        "after" if sign > 0 else "loss",
        "raises the class" if sign > 0 else "lowers the class",
        tuple(round(abs(float(share[cell])), 2) for cell in cells),
        tuple(f"{rows[r]} from {columns[c]}: {part[r, c]:+.3g}" for r, c in cells),
    )


def _bars(step: AffineStep, classes: tuple[str, ...], number: int) -> Chart:
    values = step.bias if step.weight is None or np.ptp(step.bias) else step.weight - 1
    what = "added to each score" if values is step.bias else "change of the factor of each score"
    shown = strongest(np.abs(values), MOST_CLASSES)
    shown = shown[np.argsort(-values[shown], kind="stable")]
    marks: list[Mark] = []
    for sign, role in ((1, "after"), (-1, "loss")):
        rows = [(i, float(values[k])) for i, k in enumerate(shown.tolist()) if values[k] * sign > 0]
        if rows:
            x0, x1 = (tuple(f(0.0, v) for _, v in rows) for f in (min, max))
            y0, y1 = (tuple(i + shift for i, _ in rows) for shift in (-0.35, 0.35))
            titles = tuple(f"{classes[shown[i]]}: {v:+.3g}" for i, v in rows)
            marks.append(Boxes(x0, y0, x1, y1, "after" if role == "after" else "loss", titles=titles))
    axis = points_axis("", tuple(float(v) / 100 for v in values[shown]))
    ticks = tuple((at * 100, text) for at, text in axis.ticks)
    top, bottom = classes[shown[0]], classes[shown[-1]]
    return Chart(
        f"step-{number}-bias",
        f"step {number}: {what}",
        f"From {values[shown[0]]:+.3g} ({top}) to {values[shown[-1]]:+.3g} ({bottom}).",
        Axis(what, axis.low * 100, axis.high * 100, ticks),
        Axis("", len(shown) - 0.4, -0.6, tuple((float(i), classes[k]) for i, k in enumerate(shown)), names=True),
        tuple(marks),
        height=18 * len(shown) + 8,
    )


def strongest(values: NDArray[np.float64], n: int) -> NDArray[np.intp]:
    """Numbers of the n largest values, in class order."""
    return np.sort(np.argsort(-values, kind="stable")[:n])
