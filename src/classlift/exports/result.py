"""What an export made: files, names of inputs and outputs, and how well it agrees with `apply`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.data.notebook import Shown

if TYPE_CHECKING:
    from classlift.exports.check import Agreement


@dataclass(frozen=True, repr=False)
class Exported(Shown):
    """A layer in the form of another world.

    Parameters
    ----------
    name : str
        The layer file.
    target : str
        A name in EXPORTS.
    files : tuple of str
        What was written.
    form : str
        What it is, for people: ``a layer of its own``, ``attached to model.onnx``.
    takes : str
        What goes into the layer, for people.
    outputs : tuple of (str, str)
        Name of each output that comes from the layer, and what it holds.
    notes : tuple of str
        What a user should know.
    agreement : Agreement, optional
        What the check found, where one was asked for.
    """

    name: str
    target: str
    files: tuple[str, ...]
    form: str
    takes: str
    outputs: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()
    agreement: Agreement | None = None

    def _lines(self) -> tuple[str, str]:
        checked = "not checked" if self.agreement is None else "agrees" if self.agreement.holds else "does not agree"
        return f"Exported {self.name} for {self.target}: {self.form}", f"{', '.join(self.files)}; {checked}"
