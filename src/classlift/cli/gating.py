"""Options of gates, and what becomes of checked ones: JUnit XML, annotations, the exit status."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from classlift.cli.numbers import CONFIDENCE
from classlift.cli.project import Project, table_of
from classlift.cli.status import Status, gravest, status_of_gate
from classlift.errors import ClassliftError
from classlift.output.printable import printable
from classlift.storage.atomic import write_text

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation
    from classlift.gates.result import GateResult
    from classlift.gates.settings import GateSet
    from classlift.output.render.suites import Suite

F = TypeVar("F", bound=Callable[..., Any])

MOST = 10
"""At most this many gates that did not pass are written to standard error."""


class Gating(NamedTuple):
    """The gates of a command, and where their results go besides the tables.

    What gates need is imported where there are some.

    Parameters
    ----------
    gates : GateSet, optional
        What is asked.
    junit : Path, optional
        JUnit XML file.
    annotations : bool
        Write workflow commands of GitHub Actions to standard error.
    """

    gates: GateSet | None
    junit: Path | None
    annotations: bool

    def check(self, result: Evaluation | Comparison) -> tuple[GateResult, ...]:
        """Evaluate a result by all gates."""
        return () if self.gates is None else self.gates.check(result)

    def report(self, suites: Sequence[Suite]) -> Status:
        """Write the JUnit file and the annotations, where asked for, and give the exit status.

        A gate that did not pass has a line on standard error in any case.
        """
        if self.junit is not None:
            from classlift.output.render import junit  # noqa: PLC0415

            write_text(self.junit, junit.render(suites))
        if self.annotations:
            from classlift.output.render import github  # noqa: PLC0415

            sys.stderr.write(github.render(suites))
        else:
            sys.stderr.write(not_passed(suites))
        broken = [Status.COULD_NOT_RUN for suite in suites if suite.error is not None]
        return gravest(broken + [status_of_gate(result.state) for suite in suites for result in suite.results])


def not_passed(suites: Sequence[Suite]) -> str:
    """A line for each gate that did not pass; of more than MOST the first ones and how many more there are."""
    lines = [
        printable(f"{suite.name}: gate {result.state}: {result.gate}: {result.message}") + "\n"
        for suite in suites
        for result in suite.results
        if result.state != "passed"
    ]
    more = len(lines) - MOST
    return "".join(lines[:MOST]) + (f"{more} more gates did not pass\n" if more > 0 else "")


def gate_options(command: F) -> F:
    """Add the options of gates; the command gets them as `gating`, a Gating."""

    @functools.wraps(command)
    def wrapped(
        gate: tuple[str, ...],
        gates_file: Path | None,
        confidence: float | None,
        junit_file: Path | None,
        annotations: bool,
        **values: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        gates = given_gates(gate, gates_file, confidence)
        if confidence is not None and (gates is None or not gates.gates):
            raise click.UsageError("--confidence is about gates, and none is given by --gate, --gates or a project")
        return command(gating=Gating(gates, junit_file, annotations), **values)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def given_gates(texts: Sequence[str], file: Path | None, confidence: float | None) -> GateSet | None:
    """Gates of the command line and of a file; where neither is given, those of the nearest pyproject.toml, if any."""
    project = Project.nearest()
    if not texts and file is None and (project is None or not project.table):
        return None
    from classlift.gates.settings import GateSet  # noqa: PLC0415

    if texts or file is not None:
        found = GateSet() if file is None else gates_of_file(file)
        asked = GateSet.from_texts(texts)
        both = GateSet(found.gates + asked.gates, found.confidence)
        if file is not None and not found.gates:
            raise ClassliftError(str(file), "holds no gate", fix="write gates = ['total >= 70%'] there.")
        if project is not None and file is None and project.gates.gates:
            sys.stderr.write(f"note: the gates of {project.path} are not asked, as gates were given by --gate\n")
    else:
        both = GateSet() if project is None else project.gates
    return both.with_confidence(confidence)


def gates_of_file(path: Path) -> GateSet:
    """Gates of a TOML file: of its table ``tool.classlift``, or of a file that holds nothing else."""
    from classlift.gates.settings import GateSet  # noqa: PLC0415
    from classlift.storage.own.toml import read_toml  # noqa: PLC0415

    content = read_toml(path)
    if path.name != "pyproject.toml" and "tool" not in content:
        return GateSet.from_table(content, str(path))
    return Project(path, table_of(path)).gates


_FILE = click.Path(path_type=Path)
_OPTIONS = [
    click.option(
        "--gate",
        multiple=True,
        metavar="CONDITION",
        help="What must hold, such as 'total >= 70%' or 'low20.change >= -0.1pp'; may be given again.",
    ),
    click.option(
        "--gates",
        "gates_file",
        type=_FILE,
        metavar="TOML",
        help="File with gates = [...].  [default: the nearest pyproject.toml, [tool.classlift]]",
    ),
    click.option(
        "--confidence",
        type=CONFIDENCE,
        metavar="SHARE",
        help="Ask gates of one-sided bounds, too, that hold with this confidence, such as 0.95.",
    ),
    click.option("--junit", "junit_file", type=_FILE, help="Write the gates as JUnit XML there."),
    click.option(
        "--annotations", is_flag=True, help="Write gates that did not hold as GitHub annotations to standard error."
    ),
]
