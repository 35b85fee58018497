"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich import progress as bars

    from classlift.api.progress import Progress


def _bar() -> bars.Progress:
    from rich.console import Console  # noqa: PLC0415  (only where a bar is drawn)
    from rich.progress import Progress, TimeElapsedColumn  # noqa: PLC0415

    columns = (*Progress.get_default_columns(), TimeElapsedColumn())  # it moves every second, whatever a step takes
    return Progress(*columns, console=Console(stderr=True), transient=True)


def progress(*, quiet: bool) -> Progress | None:
    """Give what draws a bar on standard error; None where nobody looks."""
    return None if quiet or not sys.stderr.isatty() else _share_bar


@contextlib.contextmanager
def _share_bar(what: str) -> Iterator[Callable[[float], None]]:
    """Draw a bar; gives the function that moves it to a share."""
    with _bar() as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)
