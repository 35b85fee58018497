"""What a CI server is told: per file or run, the checked gates, or why it could not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from classlift.gates.result import GateResult


class Suite(NamedTuple):
    """The gates of one file or run.

    Parameters
    ----------
    name : str
        The file or the run.
    results : tuple of GateResult
        Its checked gates.
    error : str, optional
        Why it could not run.
    """

    name: str
    results: tuple[GateResult, ...] = ()
    error: str | None = None
