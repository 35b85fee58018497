"""Defaults of a project: the table [tool.classlift] of the nearest pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from classlift.errors import ClassliftError
from classlift.storage.paths import find_pyproject, is_remote, place, seen_from

if TYPE_CHECKING:
    from classlift.gates.settings import GateSet
    from classlift.storage import ReadOptions

KEYS = {"gates": list, "confidence": float | int, "low_fraction": float | int, "reading": dict}
"""Keys of the table, and their types."""

PATHS = ("labels", "classes")
"""Keys of reading that name files, from the folder of pyproject.toml."""

OF_LABELS = ("labels", "labels_key", "labels_as")
WITHOUT_LABELS = ("apply", "export")
"""Commands that take new rows, of which nothing about labels is asked."""


class Project(NamedTuple):
    """What the nearest pyproject.toml says.

    Parameters
    ----------
    path : Path
        The file.
    table : mapping
        Its table ``tool.classlift``, checked; empty where it has none.
    """

    path: Path
    table: Mapping[str, Any]

    @classmethod
    def nearest(cls) -> Project | None:
        """Read that of the working folder, or of the nearest one above it; None where there is none."""
        try:
            path = find_pyproject(Path.cwd())
        except FileNotFoundError:  # the working folder was removed
            return None
        return None if path is None else cls(path, table_of(path))

    @property
    def gates(self) -> GateSet:
        """Its gates, and the confidence with which they are asked."""
        from classlift.gates.settings import GateSet  # noqa: PLC0415  (keeps the start light)

        own = {key: self.table[key] for key in ("gates", "confidence") if key in self.table}
        return GateSet.from_table(own, f"{self.path}, tool.classlift")

    @property
    def defaults(self) -> dict[str, Any]:
        """Its values of options, by the names of their parameters; files as seen from the working folder."""
        found = dict(self.table.get("reading", {}))
        for key in set(PATHS) & set(found):
            if not is_remote(found[key]):
                found[key] = seen_from(self.path.parent / place(found[key]))
        return found | {key: float(self.table[key]) for key in ("low_fraction",) if key in self.table}

    def reading(self) -> ReadOptions:
        """How it says that files are read."""
        from classlift.storage import ReadOptions  # noqa: PLC0415  (keeps the start light)

        return ReadOptions(**{key: value for key, value in self.defaults.items() if key != "low_fraction"})

    def tell(self, names: list[str]) -> None:
        """Say on standard error which of its values are used."""
        sys.stderr.write(f"note: {', '.join(names)} as {seen_from(self.path)} says, [tool.classlift]\n")


def table_of(path: Path) -> Mapping[str, Any]:
    """Table ``tool.classlift`` of a TOML file, empty where it has none.

    Raises
    ------
    ClassliftError
        If it is not a table, or holds an unknown key or value; it names the choices.
    """
    from classlift.storage.own.toml import read_toml  # noqa: PLC0415  (many folders have no such file)

    tool = read_toml(path).get("tool")
    table = tool.get("classlift", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ClassliftError(
            str(path), "tool.classlift is not a table", fix="write [tool.classlift] and gates below it."
        )
    if table:
        from classlift.storage import ReadOptions  # noqa: PLC0415  (most projects have no table)
        from classlift.storage.own.fields import check_table, choices_of, keys_of  # noqa: PLC0415

        where = f"{path}, tool.classlift"
        check_table(table, KEYS, where)
        check_table(table.get("reading", {}), keys_of(ReadOptions), f"{where}.reading", choices_of(ReadOptions))
    return table


def use_defaults(ctx: click.Context) -> None:
    """Give the options of a command that nobody typed the values of the project, and say which."""
    names = {param.name for param in ctx.command.params if isinstance(param, click.Option)}
    project = Project.nearest() if names & {"low_fraction", "scores_key"} else None
    if project is None:
        return
    used = {name: value for name, value in project.defaults.items() if name in names and _is_free(ctx, name)}
    if ctx.info_name in WITHOUT_LABELS:
        used = {name: value for name, value in used.items() if name not in OF_LABELS}
    if "labels" not in used and not any(ctx.params.get(name) for name in ("labels", "against")):
        used.pop("id", None)  # there is only one file
    ctx.params.update(used)
    if used and not ctx.params.get("quiet"):
        project.tell(list(used))


def _is_free(ctx: click.Context, name: str) -> bool:
    """Whether an option has no value, or its own default; flags that share a name have the source of the last one."""
    return ctx.params[name] is None or (name != "kind" and ctx.get_parameter_source(name) is ParameterSource.DEFAULT)
