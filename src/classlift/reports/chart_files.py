"""Charts as PNG and SVG files, by matplotlib."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from classlift.errors import ClassliftError, MissingExtraError
from classlift.output.printable import printable
from classlift.reports.drawing import Boxes, Chart, Dots, Line, Mark, Role, Rule, Strokes, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg")

COLOURS: dict[Role, str] = {
    "before": "#6b7785",
    "after": "#0b62a4",
    "gain": "#0b62a4",
    "loss": "#c2540a",
    "muted": "#a3adb8",
    "chosen": "#b7791f",
    "guard": "#c2540a",
    "band": "#a9c9e6",
}
"""Of the light page; told apart by those who do not see red or green."""

PIXELS = 96.0
"""To the inch: the unit of a chart's height."""

WIDTH = 7.5
"""Inches."""


def check_picture(path: str) -> None:
    """Refuse a file name that is not a picture, or a missing matplotlib, before any work is done."""
    if not path.lower().endswith(SUFFIXES):
        raise ClassliftError(path, "is not the name of a picture", fix=f"end it with one of {', '.join(SUFFIXES)}.")
    check_matplotlib("--plot")


def check_matplotlib(option: str) -> None:
    """Refuse an option that needs matplotlib where that is missing, before any work is done."""
    try:
        import matplotlib.figure  # noqa: F401, PLC0415  (an extra)
    except ImportError:
        raise MissingExtraError(option, "matplotlib", extra="report") from None


def picture(charts: Sequence[Chart], suffix: str) -> bytes:
    """Draw charts one below the other as the bytes of a file; the same bytes each time.

    Parameters
    ----------
    charts : sequence of Chart
        What to draw.
    suffix : str
        ``.png`` or ``.svg``.
    """
    import matplotlib as mpl  # noqa: PLC0415  (an extra)
    from matplotlib.figure import Figure  # noqa: PLC0415

    heights = [chart.height + 90 for chart in charts]
    buffer = io.BytesIO()
    nothing: dict[str, Any] = {"Date": None} if suffix == ".svg" else {"Software": None}
    with (
        warnings.catch_warnings(),
        mpl.rc_context({"svg.hashsalt": "classlift", "svg.fonttype": "none", "font.size": 9, "text.parse_math": False}),
    ):
        figure = Figure(figsize=(WIDTH, sum(heights) / PIXELS), layout="constrained")
        panels = figure.subplots(len(charts), 1, squeeze=False, height_ratios=heights)[:, 0]
        for axes, chart in zip(panels, charts, strict=True):
            _draw(axes, chart)
        warnings.filterwarnings("ignore", message="Glyph")  # a name in a script that the font lacks
        figure.savefig(buffer, format=suffix.removeprefix("."), dpi=_resolution(figure), metadata=nothing)
    return buffer.getvalue()


def _resolution(figure: Figure) -> int:
    return 144 if figure.get_size_inches()[1] < 100 else 72


def _draw(axes: Axes, chart: Chart) -> None:
    for mark in chart.marks:
        _MARKS[type(mark)](axes, mark, COLOURS[mark.role])
    axes.set_xlim(chart.x.low, chart.x.high)
    axes.set_ylim(chart.y.low, chart.y.high)
    turned = 45 if chart.x.names else 0
    axes.set_xticks(*_ticks(chart.x.ticks), rotation=turned, ha="right" if turned else "center")
    axes.set_yticks(*_ticks(chart.y.ticks))
    axes.set_xlabel(printable(chart.x.label))
    axes.set_ylabel(printable(chart.y.label))
    axes.set_title(printable(chart.title), loc="left", fontsize=10)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
    axes.grid(alpha=0.25, axis="both" if not (chart.y.names or chart.x.names) else "x" if chart.y.names else "y")
    if chart.x.names:
        axes.grid(visible=False)
    if chart.legend():
        axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _ticks(ticks: Sequence[tuple[float, str]]) -> tuple[list[float], list[str]]:
    return [at for at, _ in ticks], [printable(shortened(text, 30)) for _, text in ticks]


def _label(mark: Mark) -> str:
    """Legend as matplotlib wants it: text that begins with an underscore is left out."""
    return printable(mark.legend) or "_"


def _dots(axes: Axes, mark: Dots, colour: str) -> None:
    axes.plot(mark.x, mark.y, "o", color=colour, markersize=mark.size * 1.5, linewidth=0, label=_label(mark))


def _line(axes: Axes, mark: Line, colour: str) -> None:
    axes.plot(mark.x, mark.y, "--" if mark.dashed else "-", color=colour, linewidth=1.5, label=_label(mark))


def _strokes(axes: Axes, mark: Strokes, colour: str) -> None:
    from matplotlib.collections import LineCollection  # noqa: PLC0415  (an extra)

    pieces = [[(a, b), (c, d)] for a, b, c, d in zip(mark.x0, mark.y0, mark.x1, mark.y1, strict=True)]
    axes.add_collection(LineCollection(pieces, colors=colour, linewidths=mark.width, label=_label(mark)))


def _boxes(axes: Axes, mark: Boxes, colour: str) -> None:
    from matplotlib.collections import PatchCollection  # noqa: PLC0415  (an extra)
    from matplotlib.colors import to_rgba  # noqa: PLC0415
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    corners = zip(mark.x0, mark.y0, mark.x1, mark.y1, strict=True)
    patches = [Rectangle((a, b), c - a, d - b) for a, b, c, d in corners]
    shades = mark.strength or (1.0,) * len(patches)
    colours = [to_rgba(colour, alpha) for alpha in shades]
    axes.add_collection(PatchCollection(patches, facecolors=colours, edgecolors="none"))
    if mark.legend:
        axes.fill_between([], [], color=colour, alpha=max(shades), label=_label(mark))


def _rule(axes: Axes, mark: Rule, colour: str) -> None:
    draw = axes.axvline if mark.along == "x" else axes.axhline
    draw(mark.at, color=colour, linestyle=":", linewidth=1.2, label=_label(mark))


_MARKS: dict[type[Mark], Callable[..., None]] = {
    Dots: _dots,
    Line: _line,
    Strokes: _strokes,
    Boxes: _boxes,
    Rule: _rule,
}
