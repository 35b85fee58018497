"""Charts: one description, drawn for the page and for files; every text escaped, every mark on the canvas."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classlift.reports.chart_svg import draw
from classlift.reports.drawing import (
    Axis,
    Boxes,
    Chart,
    Dots,
    Line,
    Rule,
    Strokes,
    places,
    points_axis,
    share_axis,
    shortened,
)

SVG = "{http://www.w3.org/2000/svg}"
values = st.floats(-1e6, 1e6)


def chart(name, y=(0.1, 0.9)):
    rows = Axis("", 1.6, -0.6, ((0.0, name), (1.0, "b")), names=True)
    marks = (
        Boxes((0.0,), (-0.3,), (1.0,), (0.3,), "gain", name, (0.2,), (name,)),
        Strokes(y, (0.0, 1.0), y, (0.2, 1.2), "before", name),
        Line(y, (0.0, 1.0), "after", name, dashed=True),
        Dots(y, (0.0, 1.0), "after", name),
        Dots(y, (0.0, 1.0), "after", name, titles=(name, name)),
        Rule("x", 0.5, "guard", name),
        Rule("y", 0.5, "guard", name),
    )
    return Chart("c", name, name, share_axis("accuracy"), rows, marks)


@pytest.mark.parametrize("width", [328, 960])
@pytest.mark.parametrize("name", ["a", "<script>&\"'", "x" * 300, "\x00\x1b", "ü 日本"])
def test_a_chart_is_valid_and_stays_on_its_canvas(name, width):
    root = ET.fromstring(draw(chart(name), width))
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "g", "path", "rect", "circle", "text", "title"),
    }
    for element in root.iter(f"{SVG}circle"):
        assert 0 <= float(element.get("cx")) <= width
        assert 0 <= float(element.get("cy")) <= float(root.get("height"))
    for text in root.iter(f"{SVG}text"):
        assert len(text.text) <= width / 6


def test_the_same_marks_for_the_page_and_for_a_file():
    pytest.importorskip("matplotlib", reason="files are drawn with the extra `report`")
    from classlift.reports.chart_files import picture

    found = picture([chart("a $x$ <b>")], ".svg")
    assert found == picture([chart("a $x$ <b>")], ".svg")
    ET.fromstring(found)
    assert b"a $x$ &lt;b&gt;" in found
    for name in ("\x1b", "日本"):
        assert picture([chart(name)], ".png").startswith(b"\x89PNG")


@given(values, st.floats(1e-6, 1e6))
def test_ticks_are_few_and_inside(low, width):
    high = low + width
    if high > low:
        found = places(low, high)
        assert len(found) <= 7
        room = (high - low) * 1e-6 + 1e-9
        assert all(low - room <= at <= high + room for at in found)
        assert found == sorted(found)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20))
def test_an_axis_of_changes_holds_them_and_zero(changes):
    axis = points_axis("change", tuple(changes))
    assert axis.low < min(0, *changes) <= max(0, *changes) < axis.high
    assert all(re.fullmatch(r"0|[+-][\d.]+", text) for _, text in axis.ticks)


@given(st.text(max_size=40), st.integers(3, 30))
def test_a_shortened_name_keeps_its_ends(text, room):
    short = shortened(text, room)
    assert len(short) <= room or short == text
    if len(text) > room:
        head, tail = short.split("…", 1) if "…" not in text else (short[:1], short[-1:])
        assert text.startswith(head)
        assert text.endswith(tail)
