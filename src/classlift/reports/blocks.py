"""The page noun: sections of a few kinds of blocks, in plain values; the template knows only these kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from classlift.output.tables.table import Table, Value
from classlift.output.verdict.noun import Verdict
from classlift.reports.drawing import Chart


@dataclass(frozen=True)
class Prose:
    """A paragraph of texts and values in turn; `note` is a smaller one."""

    kind: ClassVar[str] = "prose"
    pieces: tuple[Value, ...]
    note: bool = False


@dataclass(frozen=True)
class Tile:
    """A figure before and after, and the interval of its change in words."""

    label: str
    before: Value
    after: Value
    change: Value
    interval: str = ""


@dataclass(frozen=True)
class Tiles:
    """The figures that matter most, large."""

    kind: ClassVar[str] = "tiles"
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Grid:
    """A table; one that can be sorted and filtered where there is JavaScript; one that is closed at first."""

    kind: ClassVar[str] = "grid"
    table: Table
    sortable: bool = False
    closed: bool = False


@dataclass(frozen=True)
class Drawing:
    """A chart, or small ones of one kind side by side, which share their legend."""

    kind: ClassVar[str] = "drawing"
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class Example:
    """A row before and after, with a picture where there is one."""

    label: str
    true: str
    before: str
    p_before: Value
    after: str
    p_after: Value
    fixed: bool
    thumbnail: str = ""


@dataclass(frozen=True)
class Examples:
    """Rows of one kind."""

    kind: ClassVar[str] = "examples"
    title: str
    rows: tuple[Example, ...]


@dataclass(frozen=True)
class Code:
    """Words for a shell."""

    kind: ClassVar[str] = "code"
    text: str


Block = Prose | Tiles | Grid | Drawing | Examples | Code


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class RunPart:
    """One layer on one test file: the verdict, and the sections that explain it."""

    key: str
    name: str
    verdict: Verdict
    sections: tuple[Section, ...]

    def charts(self) -> list[Chart]:
        """All charts, in their order."""
        blocks = (block for section in self.sections for block in section.blocks)
        return [chart for block in blocks if isinstance(block, Drawing) for chart in block.charts]


@dataclass(frozen=True)
class Page:
    """A whole page: one run, or several with a table of them.

    Parameters
    ----------
    title : str
        What it is about.
    runs : sequence of RunPart
        One for each layer.
    made_by : str
        Program, version and day.
    overview : tuple of Table
        The runs side by side; the names in a first column lead to their parts.
    """

    title: str
    runs: Sequence[RunPart]
    made_by: str
    overview: tuple[Table, ...] = ()
