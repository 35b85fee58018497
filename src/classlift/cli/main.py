"""The group of commands; a command's module is imported when it is called, so --help is quick."""

from __future__ import annotations

import functools
import importlib
import os
import textwrap
from typing import Any, NoReturn

import click

from classlift._version import __version__
from classlift.cli.status import Status, pipe_errors_of_ours, run
from classlift.cli.topics import GUIDES, nearest
from classlift.cli.usage import Usage, stored
from classlift.errors import ClassliftError

COMMANDS = {
    "tune": "Find the layer that lifts the lowest classes within the allowed loss of total accuracy.",
    "fit": "Fit an output layer with fixed numbers on validation predictions.",
    "apply": "Apply a layer to new predictions.",
    "evaluate": "Show total accuracy, the lowest classes and every class.",
    "compare": "Fit every method, tune, and evaluate all of them in one table.",
    "sweep": "Vary one setting at a time around the chosen values.",
    "report": "Explain a layer in one HTML page that needs no network.",
    "flips": "Show the rows that a layer, or another result, fixed and broke.",
    "blend": "Blend models, checkpoints or views of the same rows into one file.",
    "batch": "Do many runs and give one table with their mean.",
    "weights": "Give class weights for the next training run.",
    "export": "Write a layer for ONNX, PyTorch or Keras, or attach it to a model.",
    "partials": "Sum what a fit needs of one shard, on any machine.",
    "merge": "Add the sums of shards, in any order.",
    "inspect": "Show what a prediction file or a layer file holds.",
    "demo": "Do the main job on the sample data, in one line.",
    "help": "Show the help of a command, or a guide.",
    "completion": "Print the script that makes bash, zsh or fish complete.",
}

VARIABLE = "_CLASSLIFT_COMPLETE"
"""Environment variable by which a shell asks for completions."""


RENAMED = {"changes": "flips", "sums": "partials"}
"""Commands of 0.1.0 that have another name now."""

IN_THREADS = ("tune", "compare", "demo", "report")
"""Commands that work in threads of their own, each with one thread of BLAS."""

THREADS = "classlift.threads"
"""Where the number of threads is kept that `--threads` says."""

ABOUT = """Lift the weak classes of a trained classifier, after training, from its saved predictions.

\b
classlift tune val.npz -o layer.npz             find a layer on validation predictions
classlift apply layer.npz new.npz -o out.npz    apply it to new ones
classlift evaluate test.npz --layer layer.npz   see what it does, class by class
"""


class LazyGroup(click.Group):
    """Knows its commands by name and summary; imports one when it is called."""

    def make_context(self, *words: Any, **more: Any) -> click.Context:  # noqa: ANN401  (what click passes)
        """Parse the command line; `--help` and `--version` print here."""
        with pipe_errors_of_ours():
            return super().make_context(*words, **more)

    def invoke(self, ctx: click.Context) -> object:
        """Do the command."""
        with pipe_errors_of_ours():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of a user's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in COMMANDS:
            return None
        return load(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where one is misspelled."""
        name = args[0] if args else ""
        if name not in COMMANDS and not name.startswith("-"):
            hint = f"; did you mean {RENAMED[name]!r}?" if name in RENAMED else nearest(name, COMMANDS)
            if name in GUIDES:
                hint = f", but a guide: classlift help {name}"
            raise click.UsageError(f"there is no command {name!r}{hint}", ctx)
        usage = None if ctx.resilient_parsing else stored(name)
        if usage is not None and usage.is_asked(args[1:]):
            click.echo(written(usage, name, ctx))
            ctx.exit()
        if name != "help":
            from classlift.engines.cores import limit_threads  # noqa: PLC0415  (--help does without it)

            limit_threads(ctx.meta.get(THREADS))  # before numpy is imported
            if name in IN_THREADS:
                limit_threads(1)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        with formatter.section("Guides, shown by classlift help GUIDE"):
            lines = textwrap.wrap(", ".join(GUIDES), formatter.width - 4, break_on_hyphens=False)
            formatter.write("".join(f"  {line}\n" for line in lines))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[click.shell_completion.CompletionItem]:
        """Complete the name of a command without importing any."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            click.shell_completion.CompletionItem(name, help=about)
            for name, about in COMMANDS.items()
            if name.startswith(incomplete)
        ]


def written(usage: Usage, name: str, ctx: click.Context) -> str:
    """Write the help of a command below the group."""
    formatter = ctx.make_formatter()
    usage.write(formatter, f"{ctx.command_path} {name}")
    return formatter.getvalue().rstrip("\n")


@functools.cache
def load(name: str) -> click.Command:
    """Import a command; it refuses to write over what it reads."""
    command: click.Command = importlib.import_module(f"classlift.cli.{name}").command
    if command.callback is not None and any(param.name == "json_file" for param in command.params):  # it writes files
        from classlift.cli.collisions import guarded  # noqa: PLC0415  (--help and help do without it)

        command.callback = guarded(command.callback)
    return command


def _note_threads(ctx: click.Context, param: click.Parameter, value: int | None) -> None:
    """Keep how many threads there are to be, for this command and for processes that it starts."""
    del param
    if value is not None:
        ctx.meta[THREADS] = value
        os.environ["CLASSLIFT_THREADS"] = str(value)


WIDEST = 100
"""Columns of help, at most."""


def _columns() -> int:
    """Give what click takes for the width of help, without `shutil`, which takes long to import."""
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(1).columns)
    except (ValueError, OSError):
        columns = 0
    return max(min(columns if columns > 0 else 80, WIDEST) - 2, 50)


EPILOG = "Exit status: {} done, {} a gate failed, {} could not run, {} a gate is undefined.".format(
    *map(int, (Status.DONE, Status.GATE_FAILED, Status.COULD_NOT_RUN, Status.UNDEFINED))
)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": _columns()},
    help=ABOUT,
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name="classlift", message="%(prog)s %(version)s")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    envvar="CLASSLIFT_THREADS",
    expose_value=False,
    callback=_note_threads,
    help="Threads of a command, before its name.  [default: as many as cores are free]",
)
def group() -> None:
    """Hold the commands."""


def main() -> NoReturn:
    """Run the command line and end the process with its status."""
    run(_group)


def _group() -> object:
    day = os.environ.get("SOURCE_DATE_EPOCH", "0")
    if not (day.isdecimal() and len(day) <= len("99999999999")):
        problem = f"is {day!r:.80}, expected seconds since 1970"
        raise ClassliftError("SOURCE_DATE_EPOCH", problem, fix="unset it, or write a whole number.")
    try:
        return group(standalone_mode=False, prog_name="classlift")
    except (KeyError, ValueError) as error:
        if VARIABLE not in os.environ or isinstance(error, ClassliftError):
            raise
        problem = "asks for completions, and COMP_WORDS and COMP_CWORD do not say of what"
        raise ClassliftError(VARIABLE, problem, fix=f"unset {VARIABLE}; a shell sets all three.") from None
