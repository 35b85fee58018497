"""Everything that a report tells of one layer: its effect, its search, its rows."""

from classlift.findings.gather import Gathering, gather
from classlift.findings.noun import FileMark, Findings, Sweeps
from classlift.findings.unhelped import NotHelped

__all__ = ["FileMark", "Findings", "Gathering", "NotHelped", "Sweeps", "gather"]
