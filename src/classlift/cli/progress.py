"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from classlift.data.predictions import Predictions
from classlift.data.source import PredictionSource, SourceView

if TYPE_CHECKING:
    from rich.progress import Progress


def tracked(source: PredictionSource, *, quiet: bool) -> PredictionSource:
    """Wrap a source so that each pass over it shows a bar; the source itself where nobody looks."""
    return source if quiet or not sys.stderr.isatty() else _Tracked(source)


class _Tracked(SourceView):
    """A source whose passes show how far they are."""

    def blocks(self) -> Iterator[Predictions]:
        with _bar() as bar:
            task = bar.add_task(f"reading {self.source.name}", total=self.source.n_samples)
            for block in self.source.blocks():
                yield block
                bar.advance(task, block.n_samples)


def _bar() -> Progress:
    from rich.console import Console  # noqa: PLC0415  (only where a bar is drawn)
    from rich.progress import Progress, TimeElapsedColumn  # noqa: PLC0415

    columns = (*Progress.get_default_columns(), TimeElapsedColumn())  # it moves every second, whatever a step takes
    return Progress(*columns, console=Console(stderr=True), transient=True)


@contextlib.contextmanager
def share_bar(what: str, *, quiet: bool) -> Iterator[Callable[[float], None]]:
    """Draw a bar on standard error, where that is a terminal; gives the function that moves it to a share."""
    if quiet or not sys.stderr.isatty():
        yield lambda share: None
        return
    with _bar() as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)
