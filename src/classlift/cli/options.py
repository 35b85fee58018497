"""Options that several commands share, and what becomes of them."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from classlift.cli.numbers import COUNT, SHARE_ABOVE_0
from classlift.cli.progress import progress
from classlift.cli.status import pipe_may_close
from classlift.cli.warned import tell_warnings
from classlift.data.kind import Kind
from classlift.errors import ClassliftError, without_secrets
from classlift.output.documents.base import Document, to_json, with_verdict
from classlift.output.render import RENDERERS
from classlift.output.render.words import in_markdown, in_terminal, reading_line
from classlift.output.tables.table import brief, detailed, said_once
from classlift.storage import ReadOptions, whole_file
from classlift.storage.atomic import write_text

if TYPE_CHECKING:
    from classlift.api.progress import Progress
    from classlift.output.tables.table import Table
    from classlift.output.verdict.noun import Verdict

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_TOP = 30

_READ = [
    click.option("--scores-key", metavar="NAME", help="Array or column that holds the scores."),
    click.option("--labels-key", metavar="NAME", help="Array or column that holds the labels."),
    click.option("--prefix", metavar="TEXT", help="What the names of the score columns begin with."),
    click.option("--labels", metavar="FILE", help="File that holds the labels, if not the same."),
    click.option("--id", metavar="NAME", help="Column of ids by which the rows of two files pair."),
    click.option("--classes", metavar="FILE", help="File that holds the class names, in order."),
    click.option("--logits", "kind", flag_value="logits", help="The scores are logits."),
    click.option("--probabilities", "kind", flag_value="probabilities", help="The scores are probabilities."),
    click.option(
        "--labels-as",
        type=click.Choice(["index", "name", "one-hot"]),
        help="What the labels are, where it cannot be told.",
    ),
    click.option("--ignore-label", metavar="LABEL", help="A label that means unlabelled (besides -1)."),
    click.option(
        "--bad-rows",
        type=click.Choice(["error", "drop", "normalize"]),
        default=ReadOptions.bad_rows,
        show_default=True,
        help="What to do with rows that are not valid.",
    ),
    click.option("--header/--no-header", default=None, help="Whether the first line of a text file holds names."),
    click.option("--input-format", "format", metavar="SUFFIX", help="Format of standard input, such as csv."),
]


low_fraction_option = click.option(
    "--low-fraction",
    type=SHARE_ABOVE_0,
    default=0.2,
    show_default=True,
    help="Share of the classes that counts as the lowest.",
)


cluster_option = click.option(
    "--cluster",
    metavar="COLUMN",
    help="Column of patients, videos or source images: their rows stay together in intervals, tests and folds.",
)


predictions_out = click.option(
    "-o",
    "--out",
    required=True,
    metavar="OUT",
    help="File to write: .npz, .parquet, .csv, .tsv, .safetensors (text also .gz); - for csv on standard output.",
)
"""Where predictions are written."""


def read_options(command: F) -> F:
    """Add the options of reading; the command gets them as `reading`, a ReadOptions."""
    names = [entry.name for entry in fields(ReadOptions)]

    @functools.wraps(command)
    def wrapped(**values: Any) -> Any:  # noqa: ANN401
        given = {name: values.pop(name) for name in names if name in values}
        kind = given.pop("kind")
        reading = ReadOptions(**given, kind=None if kind is None else Kind(kind))
        if reading.id is not None and reading.labels is None and not (values.get("against") or "blended" in values):
            other = " or that of another result with --against" if "against" in values else ""
            raise ClassliftError(
                "--id",
                "names the column by which rows pair with those of another file; none is named that pairs",
                fix=f"name the file of labels with --labels{other}.",
            )
        return command(reading=reading, **values)

    for option in reversed(_READ):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def write_picture(path: str, draw: Callable[[str], bytes]) -> None:
    """Write what `draw` makes for the suffix of `path`, whole or not at all."""
    picture = draw(Path(path).suffix.lower())
    with whole_file(path) as handle:
        handle.write(picture)


class Outputs(NamedTuple):
    """Where results go: one format to standard output, and files besides it."""

    format: str
    quiet: bool
    top: int | None
    details: bool
    files: dict[str, Path]

    def emit(
        self, tables: Callable[[int | None], Sequence[Table]], document: Document, verdict: Verdict | None = None
    ) -> None:
        """Write a result everywhere it was asked for.

        Parameters
        ----------
        tables : callable
            Called with how many classes to show, None for all.
        document : dict
            The JSON document of the same result.
        verdict : Verdict, optional
            What people read first.
        """
        warned = tell_warnings(document.get("notes") or ())
        document = with_verdict(document, verdict)
        if "json" in self.files:
            write_text(self.files["json"], to_json(document))
        if "csv" in self.files:
            from classlift.cli.summary import write_tables  # noqa: PLC0415  (not everybody's way)

            write_tables(self.files["csv"], document)
        if "markdown" in self.files:
            from classlift.cli.summary import marker, write_summary  # noqa: PLC0415  (not everybody's way)

            head = marker(document) + _head(document, verdict, markdown=True)
            write_summary(self.files["markdown"], self._shown(tables(self.top), verdict), head)
        if not self.quiet:
            with pipe_may_close():
                sys.stdout.write(without_secrets(self._standard(tables, document, verdict, warned)))

    @property
    def progress(self) -> Progress | None:
        """What shows how far a verb is; None where nobody looks."""
        return progress(quiet=self.quiet)

    def silenced(self) -> Outputs:
        """The same without standard output, where that carries data."""
        return self._replace(quiet=True)

    def _standard(
        self,
        tables: Callable[[int | None], Sequence[Table]],
        document: Document,
        verdict: Verdict | None,
        warned: Sequence[str],
    ) -> str:
        if self.format == "json":
            return to_json(document, sys.stdout.encoding or "utf-8")
        if self.format == "csv":
            from classlift.output.render import delimited  # noqa: PLC0415  (not everybody's way)

            return "\r\n".join(delimited.render(document).values())
        shown = self._shown(tables(self.top), verdict, warned if self.format == "table" else ())
        text = RENDERERS[self.format](shown)
        return _head(document, verdict, markdown=self.format == "markdown") + text

    def _shown(self, tables: Sequence[Table], verdict: Verdict | None, warned: Sequence[str] = ()) -> list[Table]:
        """The tables that are wanted, each sentence once; people who see a warning need not read it again."""
        wanted = map(detailed, tables) if self.details else (brief(table) for table in tables if not table.detail)
        return said_once(list(wanted), [*(() if verdict is None else verdict.sentences), *warned])


def _head(document: Document, verdict: Verdict | None, *, markdown: bool) -> str:
    """What people read first: the verdict, and what was read."""
    said = reading_line(document.get("reading"), markdown=markdown)
    head = "" if verdict is None else in_markdown(verdict) if markdown else in_terminal(verdict)
    return head + said + ("\n" if (head or said) and not markdown else "")


_OUTPUT = [
    click.option(
        "--format",
        "output_format",
        type=click.Choice(["table", "json", "csv", *(name for name in RENDERERS if name != "table")]),
        default="table",
        show_default=True,
        help="What standard output gets.",
    ),
    click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write JSON there too."),
    click.option(
        "--csv",
        "csv_file",
        type=click.Path(path_type=Path),
        help="Write csv there too; r.csv: figures, r.classes.csv: classes, and so on.",
    ),
    click.option(
        "--summary",
        "markdown_file",
        type=click.Path(path_type=Path),
        metavar="FILE|auto",
        help="Write Markdown there too, below 60,000 bytes; auto: add it to the step summary of GitHub Actions.",
    ),
    click.option(
        "--top",
        type=COUNT,
        default=DEFAULT_TOP,
        show_default=True,
        help="How many classes a table for people shows; 0 shows all.",
    ),
    click.option("--details", is_flag=True, help="Show every table: what was tried, settings, all figures."),
    click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors and warnings."),
]


def output_options(command: F) -> F:
    """Add the options of writing results; the command gets them as `outputs`, an Outputs."""

    @functools.wraps(command)
    def wrapped(output_format: str, top: int, details: bool, quiet: bool, **values: Any) -> Any:  # noqa: ANN401
        named = {name: values.pop(f"{name}_file") for name in ("json", "csv", "markdown")}
        files = {name: path for name, path in named.items() if path is not None}
        return command(outputs=Outputs(output_format, quiet, top or None, details, files), **values)

    for option in reversed(_OUTPUT):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]
