"""A command whose help shows its options in groups, and an example first."""

from __future__ import annotations

import inspect
import shlex
import sys
from typing import Any

import click

from classlift.cli.usage import Usage

TASK, SETTINGS = "What to do", "Settings of the methods"

LAYER = "layer.npz"
"""Name of a layer file in suggested commands."""

GROUPS = {
    "Costs of mistakes": ("costs", "cost_inside"),
    "Statistics": (
        *("low_fraction", "shares", "confusion", "coverage"),
        *("resamples", "simultaneous", "no_intervals", "seed"),
    ),
    "Gates": ("gate", "gates_file", "confidence", "junit_file", "annotations"),
    "Reading": (
        *("labels", "classes", "kind", "id", "cluster", "scores_key", "labels_key", "prefix", "labels_as"),
        *("ignore_label", "bad_rows", "header", "format"),
    ),
    "Output": ("details", "top", "quiet", "output_format", "json_file", "csv_file", "markdown_file", "plot"),
    "Where to work": ("sample", "jobs", "engine", "scheduler"),
}
"""Titles of the groups that commands share, with the parameters in each; all others say what to do."""

TITLE = {name: title for title, names in GROUPS.items() for name in names}


def typed(*more: str) -> str:
    """Give the command line that was typed, with `more` words at its end."""
    return shlex.join(["classlift", *sys.argv[1:], *more])


class Setting(click.Option):
    """An option that is a setting of methods."""


class Command(click.Command):
    """A command with an example: a command line that works on the sample data."""

    def __init__(self, *words: Any, example: str, **more: Any) -> None:  # noqa: ANN401  (what click passes)
        super().__init__(*words, **more)
        self.example = example

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  (whatever it gives)
        """Do it, with the defaults of the project where nobody typed a value."""
        from classlift.cli.project import use_defaults  # noqa: PLC0415  (--help does without it)

        use_defaults(ctx)
        return super().invoke(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; of two flags with one meaning, as --logits and --probabilities, both cannot be meant."""
        if not ctx.resilient_parsing:
            typed_before: dict[str | None, click.Parameter] = {}
            for param in self.make_parser(ctx).parse_args(list(args))[2]:
                other = typed_before.setdefault(param.name, param)
                if other is not param:
                    raise click.UsageError(f"{other.opts[0]} and {param.opts[0]} exclude each other", ctx)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how it is called, what it does, the example, and the options by group."""
        self.usage(ctx).write(formatter, ctx.command_path)

    def usage(self, ctx: click.Context) -> Usage:
        """Give what its help says."""
        found: dict[str, list[click.Option]] = {title: [] for title in (TASK, SETTINGS, *GROUPS)}
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        for option in options:
            found[_title(option)].append(option)
        for title, group in found.items():
            order = GROUPS.get(title, ())
            group.sort(key=lambda option: order.index(option.name) if option.name in order else len(order))
        return Usage(
            " ".join(self.collect_usage_pieces(ctx)),
            self.example,
            tuple(name for option in options if not option.is_flag for name in option.opts),
            inspect.cleandoc(self.help or ""),
            {
                title: [r for option in group if (r := option.get_help_record(ctx))]
                for title, group in found.items()
                if group
            },
        )


def _title(param: click.Parameter) -> str:
    if "--help" in param.opts:  # whose name depends on the version of click
        return "Output"
    return SETTINGS if isinstance(param, Setting) else TITLE.get(param.name or "", TASK)
