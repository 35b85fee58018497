"""The report_data noun: everything that a report says about one layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.evaluation import Comparison
    from classlift.evaluation.flips import FlipCounts
    from classlift.fitting.inspection import Inspection
    from classlift.fitting.sweep import SweepPoint
    from classlift.layer.layer import OutputLayer
    from classlift.reports.unhelped_classes import NotHelped

    Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Sweeps:
    """What sweeps found.

    Parameters
    ----------
    method : str
        Method whose settings were varied.
    points : tuple of SweepPoint
        Empty where nothing was swept.
    why_not : str
        Why nothing was swept.
    """

    method: str = ""
    points: tuple[SweepPoint, ...] = ()
    why_not: str = ""


@dataclass(frozen=True)
class FileMark:
    """A file that a result depends on.

    Parameters
    ----------
    role : str
        ``validation``, ``test`` or ``layer``.
    name : str
        As it was given.
    sha256 : str
        Hash of its bytes; empty where there is no file, such as for standard input.
    """

    role: str
    name: str
    sha256: str


@dataclass(frozen=True, eq=False)
class ReportData:
    """What is known of a layer.

    Parameters
    ----------
    comparison : Comparison
        Raw against adjusted rows of the test file, with confusions.
    layer : OutputLayer
        The layer.
    validation : Inspection
        The validation file.
    fitted_on_validation : bool
        Whether the layer was fitted on the rows of that file.
    sweeps : Sweeps
        One setting at a time.
    flips : mapping of str to ndarray
        Examples of rows fixed and broken, largest move first; see `evaluation.flips`.
    flip_counts : FlipCounts
        How many.
    unhelped : tuple of NotHelped
        Classes that could not be helped.
    files : tuple of FileMark
        What it was made from.
    command : str
        How to make it again.
    """

    comparison: Comparison
    layer: OutputLayer
    validation: Inspection
    fitted_on_validation: bool
    sweeps: Sweeps
    flips: Columns
    flip_counts: FlipCounts
    unhelped: tuple[NotHelped, ...]
    files: tuple[FileMark, ...] = ()
    command: str = ""
