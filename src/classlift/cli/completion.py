"""`classlift completion`: the script that makes a shell complete commands, options and file names."""

from __future__ import annotations

import sys

import click
from click.shell_completion import get_completion_class

from classlift.cli.main import VARIABLE, group

SHELLS = ("bash", "zsh", "fish")
HELP = """Print the completion script of a SHELL: bash 4.4 or newer, zsh or fish.

\b
bash, in ~/.bashrc:                eval "$(classlift completion bash)"
zsh, in ~/.zshrc after compinit:   eval "$(classlift completion zsh)"
fish:   classlift completion fish > ~/.config/fish/completions/classlift.fish
"""


@click.command("completion", help=HELP)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a shell."""
    kind = get_completion_class(shell)
    if kind is None:  # click would have lost one of its own
        raise click.UsageError(f"click {click.__version__} cannot complete in {shell}")
    script = kind(group, {}, "classlift", VARIABLE)
    sys.stdout.write(script.source_template % script.source_vars() + "\n")
