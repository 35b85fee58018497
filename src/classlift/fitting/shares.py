"""Class shares of unlabelled rows, from calibrated probabilities and the class shares of a layer's validation file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlift import kernels
from classlift.data.class_order import in_order_of
from classlift.data.classes import class_names
from classlift.data.shares import ESTIMATE
from classlift.data.source import require_raw
from classlift.errors import ClassliftError
from classlift.kernels.calibration import Calibration, fit_calibration
from classlift.kernels.shares import most_likely_shares, share_errors
from classlift.layer.layer import log_probabilities
from classlift.layer.shift import Shift, old_shares

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlift.data.source import PredictionSource
    from classlift.kernels.shares import ShareErrors
    from classlift.layer.layer import OutputLayer
    from classlift.methods.shared.labelled_rows import LabelledRows

    Floats = NDArray[np.float64]

MOST_SCORES = 2**23
"""Scores that shares are estimated from; of longer files every second, fourth, … row is taken (64 MiB)."""

MOST_UNSURE = 0.15
"""Shares are refused where the interval of one reaches further than this from it."""


def calibration_of(rows: LabelledRows) -> dict[str, Any] | None:
    """Temperature and biases that calibrate raw scores, as a layer file keeps them; None of rows of one class."""
    if len(np.unique(rows.labels)) < 2:
        return None
    found = fit_calibration(log_probabilities((), rows.block), rows.labels)
    return {"inverse_temperature": found.inverse, "bias": found.bias.tolist(), "n_samples": len(rows.labels)}


def estimate_shares(source: PredictionSource, layer: OutputLayer) -> Shift:
    """Estimate the class shares of unlabelled rows by expectation and maximisation, in one pass over the file.

    Parameters
    ----------
    source : PredictionSource
        Raw scores of the model that the layer was fitted for.
    layer : OutputLayer
        What knows calibration and class shares of its validation file.

    Returns
    -------
    Shift
        To the new shares, with their intervals.

    Raises
    ------
    ClassliftError
        If the layer has no calibration, or the rows do not tell the shares.

    Notes
    -----
    Saerens, Latinne and Decaestecker 2002, on scores calibrated as in Alexandari, Kundaje and Shrikumar 2020.
    """
    require_raw(source)
    source = in_order_of(source, layer.classes, layer.n_classes, "the layer")
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    old = old_shares(layer, source.classes)
    calibration, n_validation = _stored(layer)
    log_p = _some_rows(source)
    if not len(log_p):
        raise ClassliftError(source.name, "has no row, so its class shares are not known", fix="give --shares a file.")
    ratios = kernels.softmax_in_place(calibration(log_p)) / old
    shares = most_likely_shares(ratios, old)
    errors = share_errors(ratios, shares, old, calibration.bias, n_validation)
    low, high = errors.ends(shares)
    _check(source.name, class_names(layer.classes or source.classes, len(old)), np.maximum(high - shares, shares - low),
           errors, len(log_p))  # fmt: skip
    return Shift(old, shares, ESTIMATE, low, high, len(log_p))


def _stored(layer: OutputLayer) -> tuple[Calibration, int]:
    known: Mapping[str, Any] | None = layer.provenance.get("calibration")
    try:
        bias = np.array(known["bias"], np.float64)  # type: ignore[index]
        found = Calibration(float(known["inverse_temperature"]), bias), int(known["n_samples"])  # type: ignore[index]
        good = bias.shape == (layer.n_classes,) and np.isfinite(bias).all() and found[0].inverse > 0 < found[1]
    except (KeyError, TypeError, ValueError):
        good = False
    if good:
        return found
    raise ClassliftError(
        "--shares estimate",
        "the layer keeps no calibration of raw scores",
        fix="estimate with a layer of `tune`, and give what --shares-out wrote here as --shares.",
    )


def _some_rows(source: PredictionSource) -> Floats:
    """Log-probabilities of all rows, or of every second, fourth, … one."""
    every, first, held = 1, 0, 0
    parts: list[Floats] = [np.zeros((0, source.n_classes))]
    for block in source.blocks():
        rows = np.arange(-first % every, block.n_samples, every)
        first += block.n_samples
        parts.append(np.asarray(log_probabilities((), block.take(rows)), np.float64))
        held += len(rows)
        while held * source.n_classes > MOST_SCORES:
            kept = np.concatenate(parts)[::2]
            parts, held, every = [kept], len(kept), 2 * every
    return np.concatenate(parts)


def _check(name: str, classes: tuple[str, ...], reach: Floats, errors: ShareErrors, n_samples: int) -> None:
    """Refuse shares of which one is too unsure, and name the classes that cannot be told apart."""
    worst = int(reach.argmax())
    if reach[worst] <= MOST_UNSURE:
        return
    pair = [classes[int(end)] for end in (errors.direction.argmax(), errors.direction.argmin())]
    why = (
        f"classes {pair[0]!r} and {pair[1]!r} cannot be told apart well enough"
        if errors.told_apart < 0.5
        else f"{n_samples:,} rows are too few"
    )
    raise ClassliftError(
        name,
        f"does not tell its class shares: {why}; the share of {classes[worst]!r} is unsure by "
        f"{100 * reach[worst]:.0f} points (at most {100 * MOST_UNSURE:.0f})",
        fix="give --shares a file of class shares, or more rows.",
    )
