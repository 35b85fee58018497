"""Where independent pieces of work are done: in this process, in several on this machine, or on a cluster."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from classlift.data.pieces import Engine


class EngineEntry(NamedTuple):
    """One engine.

    Parameters
    ----------
    module : str
        Module of this room with ``open_engine(scheduler)``, a context manager; imported when used.
    place : str
        Where it works, for help texts.
    takes_scheduler : bool
        Whether it can work on a cluster that runs already.
    """

    module: str
    place: str
    takes_scheduler: bool = False

    def open(self, scheduler: str | None) -> AbstractContextManager[Engine]:
        """Start it; its processes end with the context."""
        found: Callable[[str | None], AbstractContextManager[Engine]]
        found = import_module(f"classlift.engines.{self.module}").open_engine
        return found(scheduler)


ENGINES = {
    "processes": EngineEntry("pool", "in processes on all cores"),
    "dask": EngineEntry("dask", "on a dask cluster", takes_scheduler=True),
}
"""Engines that work a source in pieces, by name."""
