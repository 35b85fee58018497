"""Charts as SVG inside the page: colours come from the page's style sheet, so they follow light, dark and print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from classlift.output.printable import printable
from classlift.reports.drawing import Axis, Boxes, Chart, Dots, Line, Mark, Rule, Strokes, shortened

CHARACTER = 6.9
"""Width of a character of text of size 12, about."""


@dataclass(frozen=True)
class Field:
    """Where the marks of a chart lie on its canvas, in pixels.

    Parameters
    ----------
    chart : Chart
        What is drawn.
    width : int
        Of the canvas.
    left, top, bottom : float
        Room for the texts around the field.
    """

    chart: Chart
    width: int
    left: float
    top: float
    bottom: float

    @classmethod
    def of(cls, chart: Chart, width: int) -> Field:
        """Leave room for the texts of the axes, at most a third of the width for names."""
        longest = max((len(text) for _, text in chart.y.ticks), default=0)
        left = min(longest * CHARACTER + 14, width / 3)
        names = min(max((len(text) for _, text in chart.x.ticks), default=0), 14) if chart.x.names else 0
        bottom = (names * CHARACTER * 0.75 + 12 if chart.x.names else 20) + (18 if chart.x.label else 0)
        return cls(chart, width, left, 26 if chart.y.label else 6, bottom)

    @property
    def height(self) -> float:
        """Height of the canvas."""
        return self.top + self.chart.height + self.bottom

    def x(self, value: float) -> float:
        """Place of a value from left to right."""
        axis = self.chart.x
        return self.left + (value - axis.low) / (axis.high - axis.low) * (self.width - 12 - self.left)

    def y(self, value: float) -> float:
        """Place of a value from top to bottom."""
        axis = self.chart.y
        return self.top + (axis.high - value) / (axis.high - axis.low) * self.chart.height


def draw(chart: Chart, width: int) -> str:
    """Draw a chart as an `svg` element of a given width, with its meaning in words."""
    field = Field.of(chart, width)
    parts = [
        f'<svg role="img" aria-label="{_text(f"{chart.title}. {chart.about}")}" viewBox="0 0 {width} '
        f'{_n(field.height)}" width="{width}" height="{_n(field.height)}" xmlns="http://www.w3.org/2000/svg">',
        *_axes(field),
        *(_MARKS[type(mark)](mark, field) for mark in chart.marks),
        "</svg>",
    ]
    return "".join(parts)


def _axes(field: Field) -> Iterator[str]:
    chart, right, floor = field.chart, field.width - 12, field.top + field.chart.height
    if not chart.y.names:
        lines = "".join(f"M{_n(field.left)} {_n(field.y(at))}H{_n(right)}" for at, _ in chart.y.ticks)
        yield f'<path class="grid" d="{lines}"/>'
    if not chart.x.names:
        lines = "".join(f"M{_n(field.x(at))} {_n(field.top)}V{_n(floor)}" for at, _ in chart.x.ticks)
        yield f'<path class="grid" d="{lines}"/>'
    room = int((field.left - 9) / CHARACTER)
    for at, text in chart.y.ticks:
        yield _label(field.left - 7, field.y(at) + 4, text, "end", room)
    yield from _x_texts(chart.x, field, floor)
    if chart.y.label:
        yield _label(2, 13, chart.y.label, "start", 80)
    if chart.x.label:
        yield _label((field.left + right) / 2, field.height - 4, chart.x.label, "middle", 80)


def _x_texts(axis: Axis, field: Field, floor: float) -> Iterator[str]:
    ticks = axis.ticks
    if axis.names and len(ticks) > 1:  # turned names that would overlap are left out, each column has its title
        apart = field.x(ticks[1][0]) - field.x(ticks[0][0])
        ticks = ticks[:: max(1, round(16 / apart))]
    for at, text in ticks:
        x = field.x(at)
        if axis.names:
            turned = f' transform="rotate(-48 {_n(x)} {_n(floor + 12)})"'
            yield _label(x + 4, floor + 12, text, "end", 14, turned)
        else:
            yield _label(x, floor + 16, text, "middle", 80)


def _label(x: float, y: float, text: str, anchor: str, room: int, more: str = "") -> str:
    short = shortened(text, max(room, 3))
    title = f"<title>{_text(text)}</title>" if short != text else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"{more}>{_text(short)}{title}</text>'


def _dots(mark: Dots, field: Field) -> str:
    at = [(_n(field.x(x)), _n(field.y(y))) for x, y in zip(mark.x, mark.y, strict=True)]
    if not mark.titles:  # a stroke without length has round ends: the shortest way to write a dot
        path = "".join(f"M{x} {y}h0" for x, y in at)
        return f'<path class="s {mark.role} dots" stroke-width="{_n(mark.size * 2)}" d="{path}"/>'
    circles = "".join(
        f'<circle cx="{x}" cy="{y}" r="{_n(mark.size)}"><title>{_text(title)}</title></circle>'
        for (x, y), title in zip(at, mark.titles, strict=True)
    )
    return f'<g class="f {mark.role}">{circles}</g>'


def _line(mark: Line, field: Field) -> str:
    path = "L".join(f"{_n(field.x(x))} {_n(field.y(y))}" for x, y in zip(mark.x, mark.y, strict=True))
    dashes = ' stroke-dasharray="5 4"' if mark.dashed else ""
    return f'<path class="s {mark.role}" stroke-width="2"{dashes} d="M{path}"/>'


def _strokes(mark: Strokes, field: Field) -> str:
    pieces = zip(mark.x0, mark.y0, mark.x1, mark.y1, strict=True)
    path = "".join(f"M{_n(field.x(a))} {_n(field.y(b))}L{_n(field.x(c))} {_n(field.y(d))}" for a, b, c, d in pieces)
    return f'<path class="s {mark.role}" stroke-width="{_n(mark.width)}" d="{path}"/>'


def _boxes(mark: Boxes, field: Field) -> str:
    found = []
    for i, (a, b, c, d) in enumerate(zip(mark.x0, mark.y0, mark.x1, mark.y1, strict=True)):
        x0, x1 = sorted((field.x(a), field.x(c)))
        y0, y1 = sorted((field.y(b), field.y(d)))
        shade = f' fill-opacity="{_n(mark.strength[i])}"' if mark.strength else ""
        inside = f"><title>{_text(mark.titles[i])}</title></rect>" if mark.titles else "/>"
        size = f'width="{_n(x1 - x0)}" height="{_n(y1 - y0)}"'
        found.append(f'<rect x="{_n(x0)}" y="{_n(y0)}" {size} rx="1.5"{shade}{inside}')
    return f'<g class="f {mark.role}">{"".join(found)}</g>'


def _rule(mark: Rule, field: Field) -> str:
    if mark.along == "x":
        path = f"M{_n(field.x(mark.at))} {_n(field.top)}v{field.chart.height}"
    else:
        path = f"M{_n(field.left)} {_n(field.y(mark.at))}H{_n(field.width - 12)}"
    return f'<path class="s {mark.role}" stroke-width="1.5" stroke-dasharray="3 3" d="{path}"/>'


_MARKS: dict[type[Mark], Callable[..., str]] = {
    Dots: _dots,
    Line: _line,
    Strokes: _strokes,
    Boxes: _boxes,
    Rule: _rule,
}


def _n(value: float) -> str:
    """A number as short as a tenth of a pixel needs."""
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    return escape(printable(text))
