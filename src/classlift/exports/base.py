"""What every target agrees on: a request in, files and a way to run them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.layer.apply import Output

if TYPE_CHECKING:
    from classlift.exports.check import Agreement, Runner
    from classlift.exports.result import Exported
    from classlift.layer.layer import OutputLayer


@dataclass(frozen=True)
class HostRequest:
    """What is said about the model that the layer goes into.

    Parameters
    ----------
    path : Path
        The model.
    output : str, optional
        Name of the tensor that holds its probabilities or logits.
    keep_output : bool
        Whether that output stays beside the new ones.
    fold : bool
        Whether to work the layer into the model's last linear node instead of appending nodes.
    """

    path: Path
    output: str | None = None
    keep_output: bool = False
    fold: bool = False


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be exported, and how.

    Parameters
    ----------
    name : str
        The layer file, for messages.
    layer : OutputLayer
        The layer.
    out : Path
        File to write.
    kind : Kind, optional
        What goes into the layer; None: what the layer was fitted on, or what the host gives.
    output : Output
        What comes out of it: probs or scores.
    opset : int, optional
        ONNX operator version; None: the target's choice.
    dtype : str, optional
        Floating type of the input; None: float32.
    host : HostRequest, optional
        The model that the layer goes into; None: a layer of its own.
    """

    name: str
    layer: OutputLayer
    out: Path
    kind: Kind | None = None
    output: Output = Output.PROBS
    opset: int | None = None
    dtype: str | None = None
    host: HostRequest | None = None

    @property
    def own_kind(self) -> Kind:
        """What a layer of its own takes: what was asked for, else what it was fitted on."""
        if self.kind is not None:
            if self.layer.needs_logits and self.kind is not Kind.LOGITS:
                raise ClassliftError(
                    self.name,
                    f"takes only logits, --{self.kind} was asked for",
                    fix="leave that option out, or fit a layer of a probability method.",
                )
            return self.kind
        fitted_on = self.layer.provenance.get("kind")
        return Kind.LOGITS if self.layer.needs_logits or fitted_on == Kind.LOGITS else Kind.PROBABILITIES


def working_type(layer: OutputLayer, dtype: np.dtype) -> np.dtype:
    """Type of the arithmetic: float32, or float64 where that comes in or the layer needs it."""
    return np.dtype(np.float64 if layer.needs_float64 or dtype == np.float64 else np.float32)


def written_type(dtype: np.dtype) -> np.dtype:
    """Type of what comes out for rows of a type: float32 at least, as `apply` writes."""
    return np.dtype(np.float64 if dtype == np.float64 else np.float32)


@dataclass(frozen=True)
class Running:
    """An exported layer in its own runtime.

    Parameters
    ----------
    run : callable
        Gives values (n_rows, n_classes) and predicted classes (n_rows,) of raw rows.
    dtype : dtype
        Floating type that it takes; rows are rounded to it before they are compared.
    kind : Kind
        What it takes.
    """

    run: Runner
    dtype: np.dtype
    kind: Kind


@dataclass(frozen=True)
class Export:
    """A target of `classlift export`.

    Parameters
    ----------
    suffix : str
        Suffix of the file that is named.
    write : callable
        Writes the files of a request, each whole or not at all.
    load : callable
        Reads what was written and gives it ready to run.
    check_whole : callable, optional
        Runs a host and what was made of it on a file of the host's inputs; None where there are no hosts.
    """

    suffix: str
    write: Callable[[Request], Exported]
    load: Callable[[Request], Running]
    check_whole: Callable[[Request, Path], Agreement] | None = None
