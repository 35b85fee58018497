"""Layer files: npz, json and safetensors, without pickle, the same bytes for the same layer."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift._version import __version__
from classlift.data.costs import Costs
from classlift.errors import ClassliftError
from classlift.layer.layer import OutputLayer
from classlift.layer.step import AffineStep, Domain
from classlift.storage.atomic import check_regular, check_target, whole_file
from classlift.storage.own.decoding import NOT_OURS, decoded, plain_text, whole_number
from classlift.storage.own.layer_bytes import LAYER_FORMATS, METADATA_KEY, LayerFormat
from classlift.storage.paths import place, readable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.float64]]

FORMAT = METADATA_KEY
VERSION = 1
WITH_COSTS = 2
"""Version of layers that decide by costs: a reader that does not know them must not take such a layer for another."""


def save_layer(layer: OutputLayer, path: str | os.PathLike[str]) -> None:
    """Write a layer, whole or not at all; the suffix chooses npz, json or safetensors.

    Raises
    ------
    ClassliftError
        If the suffix is none of these, or the folder cannot be written.
    """
    if not isinstance(layer, OutputLayer) or not isinstance(path, str | os.PathLike):
        problem = f"was given {type(layer).__name__} and {type(path).__name__}, expected an OutputLayer and a path"
        raise ClassliftError("save_layer", problem, fix="write save_layer(layer, path).")
    target = place(path)
    write = _format(target).write
    with whole_file(target) as handle:
        write(handle, _header(layer), _arrays(layer))


def check_layer_path(path: str | os.PathLike[str]) -> None:
    """Refuse a layer file name that could not be written, before any work is done."""
    _format(place(path))
    check_target(place(path))


def load_layer(path: str | os.PathLike[str]) -> OutputLayer:
    """Read a layer file.

    Raises
    ------
    ClassliftError
        If it cannot be read, is not a layer, is of an unknown version, damaged, or of wrong shapes.
    """
    target = place(path)
    with decoded(target, "classlift layer", "give a file that `classlift fit` or `classlift tune` wrote."):
        check_regular(target)
        header, arrays = _format(target).decode(target.read_bytes())
        return _layer(header, arrays)


def is_layer_file(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is a layer rather than predictions, by its first member or key."""
    target = place(path)
    if not target.is_file():
        return False
    try:
        if target.suffix == ".npz":
            with zipfile.ZipFile(readable(target)) as archive:
                return "header.npy" in archive.namelist()
        with target.open("rb") as handle:
            return FORMAT.encode() in handle.read(4096)
    except (OSError, *NOT_OURS):
        return False


def _header(layer: OutputLayer) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION if layer.costs is None else WITH_COSTS,
        "classlift": __version__,
        "n_classes": layer.n_classes,
        "classes": None if layer.classes is None else list(layer.classes),
        "method": layer.method,
        "settings": dict(layer.settings),
        "provenance": dict(layer.provenance),
        "steps": [
            {
                "domain": str(step.domain),
                "temperature": step.temperature,
                "maximum_probability": step.maximum_probability,
            }
            for step in layer.steps
        ],
    }


def _arrays(layer: OutputLayer) -> dict[str, NDArray[np.float64]]:
    arrays = {}
    for i, step in enumerate(layer.steps):
        arrays[f"step_{i}_bias"] = step.bias
        if step.weight is not None:
            arrays[f"step_{i}_weight"] = step.weight
    if layer.costs is not None:
        arrays["costs"] = layer.costs.matrix
    return arrays


def _layer(header: Mapping[str, Any], arrays: Arrays) -> OutputLayer:
    if header.get("format") != FORMAT:
        raise ClassliftError(
            "header", "is not that of a classlift layer", fix="give a file that `classlift fit` wrote."
        )
    with_costs = "costs" in arrays
    if header.get("version") != (WITH_COSTS if with_costs else VERSION):
        raise ClassliftError(
            "header",
            f"has layer version {header.get('version')!r}, this classlift reads versions {VERSION} and {WITH_COSTS}",
            fix="upgrade classlift, or fit the layer again with this one.",
        )
    _check_settings(header["settings"])
    _check_provenance(header["provenance"], header["n_classes"])
    known = [f"step_{i}_" for i in range(len(header["steps"]))]
    left = [name for name in arrays if name.startswith("step_") and not name.startswith(tuple(known))]
    if left:
        raise ClassliftError(
            "arrays",
            f"hold {left[0]}, a step that the header does not name",
            fix="fit the layer again; this one was damaged or written by another program.",
        )
    steps = tuple(_step(step, arrays, i) for i, step in enumerate(header["steps"]))
    names = header["classes"]
    classes = None if names is None else tuple(plain_text(name) for name in names)
    return OutputLayer(
        steps,
        whole_number(header["n_classes"]),
        classes,
        plain_text(header["method"]),
        dict(header["settings"]),
        dict(header["provenance"]),
        Costs(_finite(arrays["costs"]), classes) if with_costs else None,
    )


def _check_settings(known: Mapping[str, Any]) -> None:
    """Refuse settings that are neither one value, nor numbers in order or by name."""
    for key, value in known.items():
        inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else []
        if not isinstance(value, list | dict | str | int | float | None) or not all(
            isinstance(entry, int | float) for entry in inner
        ):
            raise TypeError(f"setting {key!r} is {type(value).__name__}")


def _check_provenance(known: Mapping[str, Any], n_classes: int) -> None:
    """Refuse provenance whose known entries are of other types than we write."""
    for key, kinds in (("kind", str), ("fingerprint", str), ("condition", (int, float)), ("low_fraction", float)):
        if known.get(key) is not None and not isinstance(known[key], kinds):
            raise TypeError(f"provenance {key!r} is {type(known[key]).__name__}")
    for key, kind in (("low_classes", int), ("notes", str)):
        entries = known.get(key)
        if entries is not None and not (isinstance(entries, list) and all(type(entry) is kind for entry in entries)):
            raise TypeError(f"provenance {key!r} is not a list of {kind.__name__}")
    if not all(0 <= k < n_classes for k in known.get("low_classes") or ()):
        raise ValueError("provenance 'low_classes' names a class that does not exist")


def _step(entry: Mapping[str, Any], arrays: Arrays, i: int) -> AffineStep:
    gate = entry["maximum_probability"]
    return AffineStep(
        Domain(entry["domain"]),
        bias=_finite(arrays[f"step_{i}_bias"]),
        weight=_finite(arrays[f"step_{i}_weight"]) if f"step_{i}_weight" in arrays else None,
        maximum_probability=None if gate is None else float(gate),
        temperature=float(entry["temperature"]),
    )


def _finite(array: NDArray[np.float64]) -> NDArray[np.float64]:
    if array.dtype != np.float64 or array.ndim == 0 or not np.isfinite(array).all():
        raise ClassliftError(
            "arrays",
            "hold something else than finite float64 numbers",
            fix="fit the layer again; this one was damaged or written by another program.",
        )
    return array


def _format(path: Path) -> LayerFormat:
    found = LAYER_FORMATS.get(path.suffix.lower())
    if found is None:
        raise ClassliftError(
            str(path),
            f"has the suffix {path.suffix!r}; a layer file is one of {', '.join(LAYER_FORMATS)}",
            fix="choose one of these suffixes.",
        )
    return found
