"""A page as one HTML file: style, script and pictures are inside, and nothing may be fetched."""

from __future__ import annotations

import base64
import hashlib
import math
from importlib import resources
from typing import TYPE_CHECKING

from classlift.errors import MissingExtraError
from classlift.output.printable import printable
from classlift.output.render.values import show
from classlift.output.tables.spans import OF_CHANGES
from classlift.reports.chart_svg import draw

if TYPE_CHECKING:
    from classlift.output.tables.table import Table, Value
    from classlift.reports.blocks import Page
    from classlift.reports.drawing import Chart

SPARED = ("samples", "among the lowest", OF_CHANGES)
"""Columns that a phone has no room for, besides those of detail."""

WIDE, SMALL, NARROW = 960, 460, 328
"""Pixels: every chart is drawn for a screen, two of them side by side where they are small, and for a phone."""


def check_jinja() -> None:
    """Refuse to go on where jinja2 is missing, before any work is done."""
    try:
        import jinja2  # noqa: F401, PLC0415  (an extra)
    except ImportError:
        raise MissingExtraError("report", "jinja2", extra="report") from None


def to_html(page: Page) -> str:
    """Write a page as HTML.

    Parameters
    ----------
    page : Page
        What stands on it. All its text is escaped.

    Returns
    -------
    str
        A whole document; the same for the same page.
    """
    import jinja2  # noqa: PLC0415  (an extra)
    from markupsafe import Markup  # noqa: PLC0415  (comes with jinja2)

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )

    def drawn(chart: Chart, width: int) -> Markup:
        return Markup(draw(chart, width))

    environment.filters |= {
        "drawn": drawn,
        "shown": show,
        "printable": printable,
        "number": _raw,
        "kinds": _kinds,
        "sentence": _sentence,
    }
    script = _template("page.js")
    return environment.from_string(_template("page.html")).render(
        page=page,
        style=Markup(_template("page.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        wide=WIDE,
        small=SMALL,
        narrow=NARROW,
    )


def _template(name: str) -> str:
    return (resources.files("classlift.reports") / "template" / name).read_text(encoding="utf-8")


def _raw(value: Value) -> str | None:
    """Raw number of a value for scripts and tests; None for text and what is not known."""
    if isinstance(value, str) or value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return repr(float(value)) if isinstance(value, float) else str(value)


def _kinds(table: Table) -> list[str]:
    """Class of each column: numbers and intervals to the right, names to the left; a phone hides what it can spare."""
    spare = {*table.detail_columns, *SPARED}
    sides = (_side([row[i] for row in table.rows]) for i in range(len(table.columns)))
    return [
        " ".join(filter(None, (side, "spare" if name in spare else "")))
        for side, name in zip(sides, table.columns, strict=True)
    ]


def _sentence(text: str) -> str:
    return printable(f"{text[:1].upper()}{text[1:]}")


def _side(cells: list[Value]) -> str:
    texts = [cell for cell in cells if isinstance(cell, str) and cell not in ("", "no samples")]
    spans = all(cell.startswith("[") and cell.endswith("]") and "," in cell for cell in texts)
    return "num" if spans and (texts or any(cell is not None and not isinstance(cell, str) for cell in cells)) else ""
