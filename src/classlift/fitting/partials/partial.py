"""Sums of shards: what a fit needs of some rows, which rows these were, and what they can be added to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from classlift.data.classes import check_same_classes
from classlift.errors import ClassliftError
from classlift.methods import additive_of, make_settings

if TYPE_CHECKING:
    from classlift.data.counts import ClassCounts
    from classlift.data.fingerprint import Fingerprint
    from classlift.data.kind import Kind
    from classlift.data.moments import Moments
    from classlift.methods import Settings
    from classlift.methods.base import Additive

SAME_MODEL = "sum shards of one model, all read with the same options."
ONLY_ONE_NAMED = "only some shards name their classes: columns are matched by their order"
ONE_SETTING = "sum all shards with the same method and settings."


class Stage(StrEnum):
    """How far sums have come."""

    COUNTS = "counts"
    MOMENTS = "moments"
    BOTH = "counts and moments"


@dataclass(frozen=True, eq=False)
class Partials:
    """What a fit needs of the rows of some shards.

    Parameters
    ----------
    classes : tuple of str, optional
        Class names in the order of the columns.
    fingerprint : Fingerprint
        Of all counted rows; knows the number of classes and the kind of scores.
    counts : ClassCounts
        Raw counts of all counted rows.
    counted : frozenset of str
        Fingerprints of the shards in `counts`.
    method : str, optional
        Method that the moments are for; None: there are no moments.
    settings : mapping
        Its settings on which moments depend.
    moments : Moments, optional
        Second moments of the rows of the shards in `summed`.
    summed : frozenset of str
        Fingerprints of these shards.
    notes : tuple of str
        What a user should know of how shards were read.
    """

    classes: tuple[str, ...] | None
    fingerprint: Fingerprint
    counts: ClassCounts
    counted: frozenset[str]
    method: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    moments: Moments | None = None
    summed: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """What the scores are."""
        return self.fingerprint.kind

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.fingerprint.n_classes

    @property
    def stage(self) -> Stage:
        """Counts; moments under final counts; or both at once, where weights do not depend on counts."""
        if self.method is None:
            return Stage.COUNTS
        return Stage.MOMENTS if self.additive.needs_counts(self.full_settings({})) else Stage.BOTH

    @property
    def additive(self) -> Additive:
        """How the method fits from sums."""
        assert self.method is not None
        return additive_of(self.method)

    def full_settings(self, at_solve: Mapping[str, Any]) -> Settings:
        """All settings of the method; those that enter only at the solution are given now."""
        assert self.method is not None
        return make_settings(self.method, {**self.settings, **at_solve})

    def merged(self, other: Self, *, where: str, beside: str) -> Self:
        """Add the sums of other shards; `where` names them, `beside` what they are added to.

        Raises
        ------
        ClassliftError
            If they are of other classes, scores, settings or another stage, or a shard is in both.
        """
        self._check_alike(other, where, beside)
        self._check_disjoint(other, where, beside)
        counts, fingerprint, counted = self.counts, self.fingerprint, self.counted
        if self.stage is not Stage.MOMENTS:
            counts, fingerprint = counts + other.counts, fingerprint + other.fingerprint
            counted |= other.counted
        moments = None
        if self.moments is not None and other.moments is not None:
            moments = self.moments + other.moments
        unnamed = (ONLY_ONE_NAMED,) if (self.classes is None) != (other.classes is None) else ()
        return type(self)(
            self.classes or other.classes,
            fingerprint,
            counts,
            counted,
            self.method,
            self.settings,
            moments,
            self.summed | other.summed,
            tuple(dict.fromkeys((*self.notes, *other.notes, *unnamed))),
        )

    def _check_alike(self, other: Self, where: str, beside: str) -> None:
        check_same_classes(other.classes, self.classes, other.n_classes, self.n_classes, where=where, other=beside)
        if other.kind is not self.kind:
            raise ClassliftError(where, f"was summed of {other.kind}, {beside} of {self.kind}", fix=SAME_MODEL)
        if (other.method is None) != (self.method is None):
            raise ClassliftError(
                where,
                f"holds {other.stage}, {beside} holds {self.stage}",
                fix="merge counts with counts; then sum each shard again with --counts, and merge these.",
            )
        if other.method != self.method:
            raise ClassliftError(where, f"was summed for {other.method}, {beside} for {self.method}", fix=ONE_SETTING)
        for name, value in self.settings.items():
            if other.settings[name] != value:
                raise ClassliftError(
                    where, f"was summed with {name} {other.settings[name]}, {beside} with {value}", fix=ONE_SETTING
                )
        if self.stage is Stage.MOMENTS and other.counted != self.counted:
            raise ClassliftError(
                where,
                f"was summed under other counts than {beside}",
                fix="give the same merged counts file as --counts to every shard.",
            )

    def _check_disjoint(self, other: Self, where: str, beside: str) -> None:
        twice = self.summed & other.summed if self.stage is Stage.MOMENTS else self.counted & other.counted
        if twice:
            raise ClassliftError(
                where,
                f"holds a shard that is also in {beside} (fingerprint {min(twice)[:12]}): it would count twice",
                fix="give every shard once; of two files that share shards, give one.",
            )
