"""Sum a shard, merge sums, and fit a layer from them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlift.data import metrics
from classlift.data.classes import check_same_classes, class_names
from classlift.data.fingerprint import Fingerprint
from classlift.data.source import Watched
from classlift.errors import ClassliftError
from classlift.evaluation.accumulate import Accumulator, no_rows, raw_block
from classlift.evaluation.evaluate import require_rows
from classlift.fitting.fit import make_layer, require_fittable
from classlift.fitting.partials.partial import Partials, Stage
from classlift.fitting.passes import read_rows
from classlift.fitting.result import FitResult
from classlift.methods import additive_of
from classlift.methods.shared.least_squares import moments_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource
    from classlift.methods import Settings

NO_EFFECT = (
    "what the layer does to the rows cannot be known from their sums: run classlift evaluate on them with --layer"
)


def shard_partials(
    source: PredictionSource,
    *,
    method: str | None = None,
    settings: Settings | None = None,
    final: Partials | None = None,
) -> Partials:
    """Sum the rows of one shard.

    Parameters
    ----------
    source : PredictionSource
        Labelled probabilities or logits of the shard.
    method : str, optional
        Method that moments are summed for; None: only counts.
    settings : Settings, optional
        Settings of that method.
    final : Partials, optional
        Merged counts of all shards, where the method's class weights need them.

    Returns
    -------
    Partials

    Raises
    ------
    ClassliftError
        If these scores cannot be fitted on, `final` is missing, or is of other classes, or does not hold this shard.
    """
    require_fittable(source)
    read, moments, summed = no_rows(source.n_classes), None, {}
    if method is None or settings is None:
        read = read_rows(source)
    else:

        def watch(block: Predictions) -> None:
            nonlocal read
            read += raw_block(block)

        additive = additive_of(method)
        if additive.needs_counts(settings):
            check_final(source, method, final)
        known = read.counts if final is None else final.counts
        moments = moments_of(Watched(source, watch), known, settings, additive)
        summed = {name: value for name, value in settings.values().items() if name not in additive.at_solve}
    fingerprint = read.fingerprint or Fingerprint(source.n_classes, source.kind)
    digests = frozenset([fingerprint.hexdigest()])
    own = Partials(
        source.classes, fingerprint, read.counts, digests, method, summed, moments,
        frozenset() if moments is None else digests, source.notes,
    )  # fmt: skip
    return own if final is None else _under(final, own, source.name)


def check_final(source: PredictionSource, method: str, final: Partials | None) -> None:
    """Refuse merged counts that are missing, of another stage, or of another model than `source`."""
    if final is None:
        raise ClassliftError(
            "--counts",
            f"is missing: the class weights of {method} come from the recalls over all shards",
            fix="sum the counts of every shard first (classlift partials SHARD -o S), merge them, and give the result.",
        )
    if final.stage is not Stage.COUNTS:
        raise ClassliftError("--counts", f"holds {final.stage}, expected counts", fix="give merged counts.")
    check_same_classes(
        source.classes, final.classes, source.n_classes, final.n_classes, where=source.name, other="the counts"
    )
    if source.kind is not final.kind:
        raise ClassliftError(
            source.name, f"holds {source.kind}, the counts are of {final.kind}", fix="give shards of one model."
        )


def _under(final: Partials, own: Partials, name: str) -> Partials:
    """Moments of a shard under the counts of all shards."""
    if not own.summed <= final.counted:
        raise ClassliftError(
            name,
            "is not among the shards that were counted",
            fix="count it too (classlift partials SHARD -o S) and merge the counts again, or leave it out.",
        )
    return replace(
        own, classes=own.classes or final.classes, counts=final.counts, fingerprint=final.fingerprint,
        counted=final.counted,
    )  # fmt: skip


def merge_partials(named: Sequence[tuple[str, Partials]]) -> Partials:
    """Add sums of shards.

    Parameters
    ----------
    named : sequence of (str, Partials)
        Sums and what messages call them; at least one.

    Returns
    -------
    Partials
        The same to the bit in whatever order they are named; to rounding where merged sums are merged again.

    Raises
    ------
    ClassliftError
        If they do not belong together, or a shard is in two of them.
    """
    (beside, total), *rest = sorted(named, key=lambda entry: min(entry[1].summed or entry[1].counted))
    for name, sums in rest:
        total = total.merged(sums, where=name, beside=beside)
        beside = "the others"
    return total


def fit_partials(
    name: str, sums: Partials, *, at_solve: Mapping[str, Any], low_fraction: float = metrics.LOW_FRACTION
) -> FitResult:
    """Fit a layer from merged sums.

    Parameters
    ----------
    name : str
        What messages call them.
    sums : Partials
        Moments of all shards that were counted.
    at_solve : mapping
        Settings that sums do not depend on.
    low_fraction : float
        Share of the classes that the low figures are about.

    Returns
    -------
    FitResult
        Without effects: those need the rows.

    Raises
    ------
    ClassliftError
        If moments are missing, of all shards or of some, or no row is labelled.
    """
    if sums.moments is None or sums.method is None:
        raise ClassliftError(
            name,
            "holds only counts, no moments",
            fix="sum each shard again with --counts and this file, then merge and fit.",
        )
    missing = len(sums.counted - sums.summed)
    if missing:
        raise ClassliftError(
            name,
            f"misses the moments of {missing} of {len(sums.counted)} shards that were counted",
            fix="sum these with --counts too, and merge them in.",
        )
    require_rows(name, sums.counts)
    settings = sums.full_settings(at_solve)
    fitted = sums.additive.solve(sums.moments, settings)
    layer = make_layer(
        sums,
        Accumulator(sums.counts, fingerprint=sums.fingerprint),
        fitted,
        method=sums.method,
        settings=settings.values(),
        low_fraction=low_fraction,
    )
    names = class_names(sums.classes, sums.n_classes)
    notes = (*sums.notes, *fitted.notes, NO_EFFECT)
    return FitResult(layer, settings, fitted, sums.counts, names, None, None, notes)
