"""Pictures of a tuning and of a sweep, as PNG or SVG, by matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from classlift.errors import ClassliftError, MissingExtraError
from classlift.evaluation import LowChoice

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from classlift.evaluation import Comparison
    from classlift.sweep import SweepPoint
    from classlift.tuning import TuneResult

SUFFIXES = (".png", ".svg")


def check_picture(path: str) -> None:
    """Refuse a file name that is no picture, or a missing matplotlib, before any work is done."""
    if not path.lower().endswith(SUFFIXES):
        raise ClassliftError(path, "is no name of a picture", fix=f"end it with one of {', '.join(SUFFIXES)}.")
    _new_figure()


def trade_off_picture(result: TuneResult, suffix: str) -> bytes:
    """Draw all candidates, total accuracy against the objective, the trade-off curve and the chosen one."""
    judged, curve = result.judgement, result.trade_off()
    figure = _new_figure()
    axes = figure.subplots()
    total, gain = judged.total_change * 100, judged.gain * 100
    axes.scatter(total, gain, s=14, color="0.6", label="candidates", zorder=2)
    axes.plot(total[curve], gain[curve], color="tab:blue", marker="o", markersize=4, label="trade-off", zorder=3)
    chosen = result.chosen
    axes.scatter(total[chosen], gain[chosen], s=90, color="tab:orange", marker="*", label="chosen", zorder=4)
    axes.axvline(-result.largest_drop * 100, color="tab:red", linestyle="--", linewidth=1, label="guard")
    axes.set_xlabel("change of total accuracy, points")
    axes.set_ylabel(f"change of {result.objective}, points")
    axes.set_title("out of fold")
    axes.grid(alpha=0.3)
    axes.legend()
    return _drawn(figure, suffix)


def sweep_picture(points: Sequence[SweepPoint], suffix: str) -> bytes:
    """Draw one panel per setting: change of total accuracy and of the lowest classes over its values."""
    names = list(dict.fromkeys(point.setting for point in points))
    figure = _new_figure(height=2.4 * len(names))
    panels = figure.subplots(len(names), 1, squeeze=False)[:, 0]
    for axes, name in zip(panels, names, strict=True):
        _panel(axes, name, [point for point in points if point.setting == name])
    panels[0].legend(fontsize="small")
    return _drawn(figure, suffix)


def _panel(axes: Axes, name: str, points: Sequence[SweepPoint]) -> None:
    values = [point.value for point in points]
    lines: list[tuple[str, str, list[Comparison]]] = [("out of fold", "-", [point.out_of_fold for point in points])]
    if points[0].test is not None:
        lines.append(("test (a look)", "--", [point.test for point in points if point.test is not None]))
    for label, style, results in lines:
        total = [(r.after.total - r.before.total) * 100 for r in results]
        own = [(r.low(LowChoice.OWN)[1] - r.low(LowChoice.OWN)[0]) * 100 for r in results]
        axes.plot(values, total, style, color="tab:blue", marker="o", markersize=3, label=f"total, {label}")
        axes.plot(values, own, style, color="tab:orange", marker="o", markersize=3, label=f"own, {label}")
    axes.axvline(next(point.value for point in points if point.chosen), color="0.5", linewidth=1)
    axes.axhline(0, color="0.5", linewidth=0.5)
    axes.set_xlabel(name.replace("_", " "))
    axes.set_ylabel("change, points")
    axes.grid(alpha=0.3)


def _new_figure(height: float = 4.5) -> Figure:
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  (an extra)
    except ImportError:
        raise MissingExtraError("--plot", "matplotlib", extra="report") from None
    return Figure(figsize=(7, height), layout="constrained")


def _drawn(figure: Figure, suffix: str) -> bytes:
    buffer = io.BytesIO()
    nothing: dict[str, Any] = {"Date": None} if suffix == ".svg" else {"Software": None}
    figure.savefig(buffer, format=suffix.removeprefix("."), dpi=144, metadata=nothing)
    return buffer.getvalue()
