"""A tuned layer, and everything that was tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.data.notebook import OutOfFold, Shown, frame_of
from classlift.errors import ClassliftError
from classlift.fitting.tuning.search import Search, trade_off
from classlift.gates.check import Gate

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.reading import Reading
    from classlift.data.shares import Shares
    from classlift.evaluation.comparison import Comparison
    from classlift.fitting.tuning.choice import Assessment
    from classlift.fitting.tuning.promise import Promise
    from classlift.fitting.tuning.trials import Trials
    from classlift.fitting.tuning.tried import Tried
    from classlift.gates.result import GateResult
    from classlift.layer.layer import OutputLayer


@dataclass(frozen=True, eq=False, repr=False)
class TuneResult(Shown):
    """A tuned layer, and everything that was tried.

    Parameters
    ----------
    layer : OutputLayer
        The layer; the identity where nothing was better.
    chosen : int
        Number of the chosen candidate; 0: raw.
    promise : Promise
        What the layer is expected to do in a new sample, corrected for the choice; zeros for the identity.
    trials : Trials
        Out-of-fold predictions of all candidates.
    assessment : Assessment
        Their figures.
    reasons : tuple of str
        Why each candidate could not be chosen; empty where it could.
    objective : str
        What was lifted.
    max_total_drop : float
        Guard: how far the out-of-fold total accuracy might fall.
    counts : ClassCounts
        Raw counts of the validation rows.
    classes : tuple of str
        Class names to show.
    effect : Comparison
        Out-of-fold effect of the chosen candidate, not corrected for the choice.
    notes : tuple of str
        What a user should know.
    requirements : tuple of GateResult
        What was required, checked out of fold on the layer; where it cannot be met, on the one that comes nearest.
    met : bool
        Whether the layer holds all that was required.
    reading : Reading, optional
        What was taken for what.
    tried : Tried, optional
        The search, from which another candidate can be taken.
    test : Comparison, optional
        Effect of the layer on a test file, where one was given.
    shares : Shares, optional
        Class shares that it was tuned under, where they are not those of the rows.
    """

    layer: OutputLayer
    chosen: int
    promise: Promise
    trials: Trials
    assessment: Assessment
    reasons: tuple[str, ...]
    objective: str
    max_total_drop: float
    counts: ClassCounts
    classes: tuple[str, ...]
    effect: Comparison
    notes: tuple[str, ...]
    requirements: tuple[GateResult, ...] = ()
    met: bool = True
    reading: Reading | None = None
    tried: Tried | None = None
    test: Comparison | None = None
    shares: Shares | None = None

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Candidates that could be chosen, shape (C,)."""
        return self.search.allowed

    @property
    def test_requirements(self) -> tuple[GateResult, ...]:
        """Whether the figures on the test file hold what is required; nothing where there is no test file."""
        if self.test is None:
            return ()
        return tuple(Gate.parse(one.gate).check(self.test) for one in self.requirements)

    @property
    def total(self) -> OutOfFold:
        """Total accuracy out of fold, before and after, as counted; ``.promise.total`` is what to expect."""
        return OutOfFold(*self.effect.total)

    @property
    def low20(self) -> OutOfFold:
        """Mean recall of the lowest classes out of fold, as counted; ``.promise.low20`` is what to expect."""
        return OutOfFold(*self.effect.low20)

    def to_frame(self) -> pd.DataFrame:
        """One row per class, out of fold; see `Comparison.to_frame`."""
        return self.effect.to_frame()

    def to_dict(self) -> dict[str, float]:
        """Every figure in one flat dictionary: out of fold, promised and on a test file.

        Names of the latter begin with their word, as in ``promise.total.change`` and ``test.total.after``.
        """
        promised = {
            f"promise.{name}.{part}": value
            for name, expected in self.promise.as_dict().items()
            for part, value in expected.items()
        }
        on_test = {} if self.test is None else {f"test.{name}": value for name, value in self.test.to_dict().items()}
        return self.effect.to_dict() | promised | on_test

    def choose(self, name: str | int) -> TuneResult:
        """Take another candidate, whatever the guard says of it; nothing is searched anew.

        Parameters
        ----------
        name : str or int
            Its name, or its number in the tables and in `trade_off`; 0: raw.

        Returns
        -------
        TuneResult
            As `tune` gives it with ``choose``; what it does on a test file is left out.

        Raises
        ------
        ClassliftError
            If there is no such candidate, with the name that comes nearest.
        """
        if self.tried is None:
            raise ClassliftError("choose", "this result does not know its search", fix="call tune with choose=.")
        return self.tried.take(str(name))

    def curve(self) -> list[int]:
        """Give the candidates that none beats in both total accuracy and gain, dearest total last."""
        return trade_off(self.assessment.total_change, self.assessment.gain)

    @property
    def trade_off(self) -> pd.DataFrame:
        """What more gain costs: the candidates that none beats in both, changes as fractions, by candidate number."""
        curve = self.curve()
        columns = {
            "candidate": [self.search.names[i] for i in curve],
            "gain": self.assessment.gain[curve],
            "total_change": self.assessment.total_change[curve],
            "allowed": self.allowed[curve],
            "chosen": [i == self.chosen for i in curve],
        }
        return frame_of(columns, curve, "number")

    def _lines(self) -> tuple[str, str]:
        name = self.search.names[self.chosen] if self.layer.steps else "the identity, which changes nothing"
        low20, total = (
            f"{100 * e.change:+z.1f} pp [{100 * e.low:+z.1f}, {100 * e.high:+z.1f}]"
            for e in (self.promise.low20, self.promise.total)
        )
        head = f"TuneResult: {name}, {len(self.classes):,} classes"
        return head, f"expected in a new sample: total accuracy {total}; low20 {low20}"

    def _frame(self) -> pd.DataFrame:
        return self.to_frame()

    def reason(self, candidate: int) -> str:
        """Why a candidate could not be chosen; empty where it could."""
        return self.reasons[candidate]

    @property
    def search(self) -> Search:
        """What was tried, as the layer keeps it."""
        found = Search.of_layer(self.layer)
        assert found is not None
        return found
