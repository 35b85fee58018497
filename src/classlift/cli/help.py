"""`classlift help`: what there is, the help of a command, a guide."""

from __future__ import annotations

import sys

import click

from classlift.cli.main import COMMANDS, RENAMED, group, load, written
from classlift.cli.topics import GUIDES, glossary_entry, mentions, nearest, text_of
from classlift.cli.usage import stored


class TopicName(click.ParamType):
    """Name of a command or a guide, or a word of the glossary or of the guides."""

    name = "topic"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is neither, naming the nearest one."""
        del param
        name = RENAMED.get(value, value).removesuffix(".md")
        if name not in COMMANDS and name not in GUIDES and not glossary_entry(name):
            hint = nearest(name, (*COMMANDS, *GUIDES))
            if mentions(value, rows_only=bool(hint)):
                return value
            raise click.UsageError(f"there is no command, guide or word {value!r}{hint}", ctx)
        return name

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """Offer the names that begin so."""
        del ctx, param
        about = GUIDES | COMMANDS
        return [
            click.shell_completion.CompletionItem(name, help=text)
            for name, text in about.items()
            if name.startswith(incomplete)
        ]


def overview() -> str:
    """Every command and every guide, one line each."""
    formatter = click.HelpFormatter(width=100)
    for title, entries in (
        ("Commands (classlift help COMMAND shows its options)", COMMANDS),
        ("Guides (classlift help GUIDE shows one; classlift help low20 says what a word means)", GUIDES),
    ):
        with formatter.section(title):
            formatter.write_dl(list(entries.items()))
    return formatter.getvalue()


def _help_of(name: str, parent: click.Context) -> str:
    usage = stored(name)
    if usage is not None:
        return written(usage, name, parent) + "\n"
    command = load(name)
    with command.make_context(name, [], parent=parent, resilient_parsing=True) as context:
        return command.get_help(context) + "\n"


def _show(markdown: str) -> None:
    """Print a guide: as it is into a pipe; in a terminal drawn, and by the pager where it is longer than the screen."""
    if not sys.stdout.isatty():
        sys.stdout.write(markdown)
        return
    import shutil  # noqa: PLC0415  (a pipe does not need it)

    from classlift.output.render.guide import in_terminal  # noqa: PLC0415  (a pipe does not need it)

    size = shutil.get_terminal_size()
    drawn = in_terminal(markdown, size.columns)
    if drawn.count("\n") < size.lines:
        sys.stdout.write(drawn)
    else:
        click.echo_via_pager(drawn)


@click.command("help")
@click.argument("topic", required=False, type=TopicName(), metavar="[COMMAND|GUIDE|WORD]")
@click.pass_context
def command(context: click.Context, topic: str | None) -> None:
    """Show what commands and guides there are, the help of a command, a guide, or what a word or figure means.

    A word that the glossary lacks is shown in the lines of the guides that hold it. In a terminal a guide is drawn and
    paged; in a pipe it is the plain Markdown file.
    """
    if topic is None:
        sys.stdout.write(overview())
        return
    parent = context.parent or click.Context(group, info_name="classlift")
    if topic in COMMANDS:
        sys.stdout.write(_help_of(topic, parent))
    if topic in GUIDES:
        if topic in COMMANDS:
            sys.stdout.write("\n")
        _show(text_of(topic))
    if topic not in COMMANDS and topic not in GUIDES:
        sys.stdout.write(glossary_entry(topic) or mentions(topic))
