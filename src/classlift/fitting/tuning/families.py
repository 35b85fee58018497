"""What tuning tries: families of first steps, and strengths of the step that lifts the lowest classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from classlift import kernels
from classlift.data.counts import ClassCounts
from classlift.errors import ClassliftError
from classlift.methods import METHODS, make_settings, matrix_scaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.costs import Costs
    from classlift.layer.step import AffineStep
    from classlift.methods.shared.labelled_rows import LabelledRows

    Steps = tuple[AffineStep, ...]

DECIDED_AT_ONCE = 2**20
"""Expected costs that are worked out at a time (8 MB)."""

STRENGTHS = (0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
"""Shares of the weight that the cvar step gives to the lowest classes; 0, no such step, is tried too."""

TUNED_METHODS = ("raw", "elaborated", "matrix-scaling")

MOST_WORK = 5e8
"""Full matrices of logarithms are tried where n_samples n_classes^2 is at most this."""


MOST_FULL = 4096
"""Classes up to which other first steps than raw are tried: a full fit of 4,000 classes takes 0.6 GB."""

TOO_MANY = f"more than {MOST_FULL:,} classes: only a temperature and biases on the raw predictions were tried"


@dataclass(frozen=True)
class FirstStep:
    """A method and its settings, taken before the cvar step; no method: the raw predictions.

    Parameters
    ----------
    method : str
        Name in METHODS, or ``raw``.
    settings : mapping
        Settings that differ from the defaults.
    calibrated : bool
        Whether its probabilities take part in the second opinion on total accuracy.
    """

    method: str
    settings: Mapping[str, Any]
    calibrated: bool = False


@dataclass(frozen=True)
class Family:
    """First steps that are fitted together, and the function that does it, in their order."""

    members: tuple[FirstStep, ...]
    fit: Callable[[LabelledRows, tuple[FirstStep, ...]], Iterator[Steps]]


@dataclass(frozen=True)
class Candidate:
    """A first step, the strength of the cvar step behind it (0: none), what else its biases are for, how it decides."""

    first: FirstStep
    strength: float
    purpose: str = ""
    least_cost: bool = False

    @property
    def name(self) -> str:
        """What tables call it."""
        numbers = ", ".join(_shown(key, value) for key, value in self.first.settings.items())
        first = f"{self.first.method} ({numbers})" if numbers else self.first.method
        cvar, costs = f"cvar {self.strength:g}" if self.strength else "", "least cost" if self.least_cost else ""
        parts = (first, cvar, self.purpose, costs)
        return " + ".join(part for part in parts if part)

    @property
    def has_bias(self) -> bool:
        """Whether a step of temperature and biases stands behind the first step; costs need its temperature."""
        return bool(self.strength or self.purpose or self.least_cost)


def _shown(key: str, value: float) -> str:
    biases_alone = key == "ridge" and value >= matrix_scaling.BIAS_ONLY
    return "only biases" if biases_alone else f"{key.replace('_', ' ')} {value:g}"


LEAST_SHARE = 1e-6
"""A class whose share is 0 counts as this times its share in the rows, so that every bias is finite."""


class Plan(NamedTuple):
    """What is tried on which folds.

    families : first steps, raw first; strengths : of the bias step, without 0; low_size : number of lowest classes;
    fold : shape (n_samples,), fold of each row in 0..n_folds-1; weights : shape (n_classes,), what a row of each class
    counts in total accuracy, 1 where class shares are those of the rows; enough : whether there are rows enough to fit
    on; costs : by which all but raw decide, in the order of the classes.
    """

    families: tuple[Family, ...]
    strengths: tuple[float, ...]
    low_size: int
    fold: NDArray[np.int64]
    n_folds: int
    weights: NDArray[np.float64]
    enough: bool = True
    costs: Costs | None = None

    @property
    def base(self) -> NDArray[np.float64]:
        """Wanted shares of the classes over those of the rows, at least 1e-6, shape (n_classes,)."""
        return np.maximum(self.weights, LEAST_SHARE)

    @property
    def members(self) -> list[FirstStep]:
        """All first steps, raw first."""
        return [first for family in self.families for first in family.members]

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates, raw first."""
        pairs = [(first, strength) for first in self.members for strength in (0.0, *self.strengths)]
        by_costs = self.costs is not None
        return tuple(Candidate(*pair, least_cost=by_costs and place > 0) for place, pair in enumerate(pairs))

    def decide(self, log_p: NDArray[np.floating]) -> NDArray[np.intp]:
        """Classes that rows of log-probabilities, up to a constant, are decided for."""
        if self.costs is None:
            return np.asarray(log_p.argmax(axis=1))
        starts = np.arange(0, len(log_p), max(1, DECIDED_AT_ONCE // log_p.shape[1]))[1:]
        return np.concatenate([self.costs.decide(kernels.softmax(part)) for part in np.split(log_p, starts)])


def families(n_samples: int, n_classes: int, methods: tuple[str, ...] | None) -> tuple[Family, ...]:
    """Families for a file of this size; only of the named methods, if any are named (raw always)."""
    unknown = [name for name in methods or () if name not in TUNED_METHODS]
    if unknown:
        raise ClassliftError(
            "--methods",
            f"there is no first step {unknown[0]!r} that tuning tries",
            fix=f"choose among: {', '.join(TUNED_METHODS)}.",
        )
    found = [
        Family((FirstStep("raw", {}),), _raw),
        Family(_ELABORATED, _one_by_one),
        Family(_BIASES, _one_by_one),
        Family(_MATRICES if n_samples * n_classes**2 <= MOST_WORK else _MATRICES[:1], _matrices),
    ]
    return tuple(
        family
        for family in (found if n_classes <= MOST_FULL else found[:1])
        if methods is None or family.members[0].method == "raw" or family.members[0].method in methods
    )


def _raw(rows: LabelledRows, members: tuple[FirstStep, ...]) -> Iterator[Steps]:
    del rows
    yield from (() for _ in members)


def _one_by_one(rows: LabelledRows, members: tuple[FirstStep, ...]) -> Iterator[Steps]:
    counts = ClassCounts.of(rows.labels, rows.block.predicted, rows.block.n_classes)
    for member in members:
        settings = make_settings(member.method, member.settings)
        yield METHODS[member.method].fit(rows, counts, settings).steps


def _matrices(rows: LabelledRows, members: tuple[FirstStep, ...]) -> Iterator[Steps]:
    ridges = [member.settings["ridge"] for member in members]
    yield from matrix_scaling.fit_path(rows, ridges, matrix_scaling.MatrixScalingSettings())


_ELABORATED = (FirstStep("elaborated", {"beta": 0.0, "rlow": 0.0, "rhigh": 2.0}),)
_PLAIN = {"ridge": matrix_scaling.BIAS_ONLY, "bias_ridge": 10.0, "softening": 0.0, "focus": 0.0}
_BIASES = (FirstStep("matrix-scaling", {**_PLAIN, "offset": 1e-6}, True),)
_MATRICES = tuple(
    FirstStep("matrix-scaling", {"ridge": ridge}, ridge == 15) for ridge in (matrix_scaling.BIAS_ONLY, 15.0, 1.5)
)
