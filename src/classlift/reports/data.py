"""The report_data noun: everything that a report says about one layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classlift.data.notebook import Shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.flips import FlipCounts
    from classlift.fitting.inspection import Inspection
    from classlift.fitting.sweep import Sweep
    from classlift.layer.layer import OutputLayer
    from classlift.reports.unhelped_classes import NotHelped

    Columns = Mapping[str, NDArray[Any]]


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


@dataclass(frozen=True, eq=False, repr=False)
class ReportData(Shown):
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
    sweep : Sweep or str
        One setting at a time; or why nothing was swept.
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
    sweep: Sweep | str
    flips: Columns
    flip_counts: FlipCounts
    unhelped: tuple[NotHelped, ...]
    files: tuple[FileMark, ...] = ()
    command: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row per class of the test file; see `Comparison.to_frame`."""
        return self.comparison.to_frame()

    def to_dict(self) -> dict[str, float]:
        """Every figure of the test file; see `Comparison.to_dict`."""
        return self.comparison.to_dict()

    def _lines(self) -> tuple[str, str]:
        return f"Report of {self.layer.method}", self.comparison._lines()[1]

    def _frame(self) -> pd.DataFrame:
        return self.to_frame()
