"""What must hold for every renderer; the walk over RENDERERS finds a new one by its entry there."""

import csv
import io
import unicodedata

import pytest

from classlift.output.render import RENDERERS
from classlift.output.tables.table import Points, Share, Table

DATA = {"csv"}
"""Renderers whose text is for programs: names come back as they are."""

ODD = ["red\x1b[31m!\x07", "abc\u202egnp.exe", "one\ntwo", "<b>x</b>", "a|b", "=1+1", "::error::x", "größe🦊"]
every_renderer = pytest.mark.parametrize("name", RENDERERS)


def table(*rows, **more):
    return Table("a title", ("class", "value"), rows, **more)


@every_renderer
def test_what_is_unknown_is_shown_as_that(name):
    unknown = [RENDERERS[name]([table(("a", value))]) for value in (float("nan"), None, Share("nan"), Points("nan"))]
    assert len(set(unknown)) == 1
    assert "nan" not in unknown[0].lower() and "none" not in unknown[0].lower()
    assert unknown[0] not in [RENDERERS[name]([table(("a", value))]) for value in (0, 0.0, Share(0), "nan")]


@every_renderer
@pytest.mark.parametrize("length", [79, 300])
def test_no_name_is_cut(name, length):
    long = "".join(chr(ord("a") + i % 26) for i in range(length))
    text = RENDERERS[name]([table((long, 1), ("b", 2))])
    assert long in "".join(text.split())


@every_renderer
@pytest.mark.parametrize("odd", ODD)
def test_text_is_escaped(name, odd):
    text = RENDERERS[name]([Table(odd, (odd, "value"), ((odd, 1.5),), () if name in DATA else (odd,))])
    if name in DATA:
        (head, row) = csv.reader(io.StringIO(text, newline=""))
        assert head[0].removeprefix("'") == row[0].removeprefix("'") == odd
        assert not row[0].startswith(("=", "::"))
        return
    bad = {c for c in text if c not in "\n\u200b\u200d" and unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}}
    assert bad == set()
    assert len(text.splitlines()) == len(RENDERERS[name]([Table("t", ("c", "v"), (("x", 1.5),), ("f",))]).splitlines())


@every_renderer
def test_every_value_of_every_table_is_there(name):
    text = RENDERERS[name]([table(("ant", 12), ("bee", 0.125)), table(("cat", Share(0.5)), ("dog", Points(-0.25)))])
    for part in ("ant", "12", "bee", "0.125", "cat", "dog", "0.5" if name in DATA else "50.00 %", "-"):
        assert part in text


@every_renderer
def test_nothing_to_show(name):
    assert RENDERERS[name]([]).strip() == ""
    assert RENDERERS[name]([table()])


@every_renderer
def test_the_same_tables_give_the_same_text(name):
    tables = [table(("ant", 1 / 3), footer=("a sentence",))]
    assert RENDERERS[name](tables) == RENDERERS[name](tables)
