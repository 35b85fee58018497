"""The help of a command as a file in `usage/`, so that `--help` needs none of what the command itself imports."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple, Self

import click

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "usage")  # noqa: PTH118, PTH120  (pathlib is slow)

Records = list[tuple[str, str]]


class Usage(NamedTuple):
    """What the help of a command says.

    Parameters
    ----------
    arguments : str
        What follows the name of the command.
    example : str
        A command line that works on the sample data.
    values : tuple of str
        Options that take the next word for their value.
    about : str
        What the command does.
    groups : dict of str to list of (str, str)
        Title of a group to its options, each with what it does.
    """

    arguments: str
    example: str
    values: tuple[str, ...]
    about: str
    groups: dict[str, Records]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a file of `usage/`."""
        head, *parts = text.rstrip("\n").split("\n\n# ")
        arguments, example, values, _, *about = head.split("\n")
        groups = {}
        for part in parts:
            title, *lines = part.split("\n")
            groups[title] = [(name, told) for name, _, told in (line.partition("\t") for line in lines)]
        return cls(arguments, example, tuple(values.split()), "\n".join(about), groups)

    def text(self) -> str:
        """Write it as a file: an option is a line, with a tab before what it does."""
        groups = [
            "\n".join([f"# {title}", *(f"{name}\t{told}" for name, told in records)])
            for title, records in self.groups.items()
        ]
        head = f"{self.arguments}\n{self.example}\n{' '.join(self.values)}\n\n{self.about}"
        return "\n\n".join([head, *groups]) + "\n"

    def write(self, formatter: click.HelpFormatter, path: str) -> None:
        """Write it for people, `path` being the words that call the command."""
        formatter.write_usage(path, self.arguments)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.about)
        with formatter.section("Example"):
            formatter.write(f"{'':{formatter.current_indent}}{self.example}\n")
        for title, records in self.groups.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def is_asked(self, words: Sequence[str]) -> bool:
        """Tell whether ``--help`` is among the words of a command, and not the value of an option."""
        rest = iter(words)
        for word in rest:
            if word == "--":
                return False
            if word in ("--help", "-h"):
                return True
            if word in self.values:
                next(rest, None)
        return False


def stored(name: str) -> Usage | None:
    """Help of a command from its file; None where it has none, or where numpy is there anyway and nothing is saved."""
    path = os.path.join(FOLDER, f"{name}.txt")  # noqa: PTH118
    if "numpy" in sys.modules or not os.path.exists(path):  # noqa: PTH110
        return None
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        return Usage.parse(file.read())
