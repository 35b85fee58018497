"""`classlift help`: what there is, the help of a command, a guide."""

from __future__ import annotations

import sys

import click

from classlift.cli.main import COMMANDS, RENAMED, group, load, written
from classlift.cli.topics import GUIDES, glossary_entry, mentions, nearest, text_of
from classlift.cli.usage import stored


class TopicName(click.ParamType):
    """Name of a command or a guide, or a word of the glossary or of the guides; shells complete the first two."""

    name = "topic"

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


def _known(value: str, context: click.Context) -> str:
    """A topic by its present name; what is none is refused, naming the nearest one."""
    name = RENAMED.get(value, value).removesuffix(".md")
    if name in COMMANDS or name in GUIDES or glossary_entry(name):
        return name
    hint = nearest(name, (*COMMANDS, *GUIDES))
    if mentions(value, rows_only=bool(hint)):
        return value
    raise click.UsageError(f"there is no command, guide or word {value!r}{hint}", context)


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
@click.argument("words", nargs=-1, type=TopicName(), metavar="[COMMAND|GUIDE|WORD]")
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> None:
    """Show what commands and guides there are, the help of a command, a guide, or what a word or figure means.

    A word that the glossary lacks is shown in the lines of the guides that hold it. In a terminal a guide is drawn and
    paged; in a pipe it is the plain Markdown file.
    """
    if not words:
        sys.stdout.write(overview())
        return
    topic = _known(" ".join(words), context)
    parent = context.parent or click.Context(group, info_name="classlift")
    if topic in COMMANDS:
        sys.stdout.write(_help_of(topic, parent))
    if topic in GUIDES:
        if topic in COMMANDS:
            sys.stdout.write("\n")
        _show(text_of(topic))
    if topic not in COMMANDS and topic not in GUIDES:
        sys.stdout.write(glossary_entry(topic) or mentions(topic))
