"""The promise: what a chosen layer will do in a new sample, corrected for having been chosen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classlift.evaluation.comparison import Z95, Expected
from classlift.fitting.tuning.adaptation import feedback
from classlift.fitting.tuning.choice import Drawn, assess

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from classlift.fitting.tuning.aim import Aim
    from classlift.fitting.tuning.evidence import Evidence
    from classlift.fitting.tuning.trials import Trials

    Floats = NDArray[np.float64]
    Value = Callable[[Floats, Floats | None], Floats]
    """A figure of rows right and rows predicted so, (..., K) -> (...)."""

BOOTSTRAP_DRAWS = 60


class Promise(NamedTuple):
    """Expected changes of low-20 %, total accuracy, what was lifted (it may be one of these), and cost."""

    low20: Expected
    total: Expected
    objective: Expected
    cost: Expected | None = None

    def of_figures(self) -> dict[str, Expected]:
        """Give the changes of figures by their names, as comparisons keep them."""
        cost = {} if self.cost is None else {"cost": self.cost}
        return {"low20": self.low20, "total": self.total, **cost}

    def as_dict(self) -> dict[str, dict[str, float]]:
        """Give plain numbers, as JSON and the layer file keep them."""
        return {name: one._asdict() for name, one in self._asdict().items() if one is not None}


NO_CHANGE = Expected(0.0, 0.0, 0.0)


def nothing_changes(trials: Trials) -> Promise:
    """Promise of the identity."""
    return Promise(NO_CHANGE, NO_CHANGE, NO_CHANGE, None if trials.plan.costs is None else NO_CHANGE)


def promise(
    trials: Trials,
    evidence: Evidence,
    aim: Aim,
    chosen: int,
    eligible: NDArray[np.bool_] | None,
    adapted: float,
    seed: int,
) -> Promise:
    """Correct the out-of-fold effect of the chosen candidate for the choice, by choosing again in bootstrap draws.

    With right counts R, drawn ones R_b and their mirror image ``M_b = 2 R - R_b``, which stands for the rows left out
    at full size, the expected change of low-20 % is that of R plus the mean over draws of what the candidate chosen
    in R_b does in M_b less what the chosen one does there, plus what pooled folds hide (`feedback`); that of the worst
    class and of the cost likewise. For total accuracy and all other figures the mean optimism of the choice in the
    draws is taken off. The interval holds the noise of the estimate, of the choice and of the new sample.

    Parameters
    ----------
    trials, evidence, aim
        What was tried, what is known of it, and what was wanted.
    chosen : int
        Number of the chosen candidate.
    eligible : ndarray of bool, shape (C,), or None
        Candidates that may be chosen; None: the candidate was named, not chosen.
    adapted : float
        How much of the noise of its own rows the bias step makes good, see `adaptation`.
    seed : int
        Seed of the draws.

    Returns
    -------
    Promise

    Notes
    -----
    After the bootstrap bias-corrected cross-validation of Tsamardinos 2018, with mirrored counts in place of the rows
    left out.
    """
    if not chosen:
        return nothing_changes(trials)
    by_counts = aim.objective.is_low or aim.objective.is_cost
    every = _draws(trials, np.random.default_rng(seed), with_predicted=not by_counts)
    drawn, predicted, picks = every.right, every.predicted, np.full(BOOTSTRAP_DRAWS, chosen)
    if eligible is not None:
        picks = assess(evidence, aim, every, guarded=True).pick(eligible)
        picks = np.where(aim.forced & (picks == 0), chosen, picks)  # raw does not do where something is required
    support, here = evidence.support, (evidence.right, evidence.predicted)

    def lowest(m: int) -> Expected:
        figure = _Figure.of(lambda right, _: low_of(right, support, m), here, (drawn, None), chosen, picks)
        right = evidence.right[chosen] / evidence.worth
        return figure.expected(figure.by_mirror() + feedback(right, support / evidence.worth, m, adapted))

    def other(value: Value) -> Expected:
        figure = _Figure.of(value, here, (drawn, predicted), chosen, picks)
        return figure.expected(figure.by_optimism())

    low, total = lowest(evidence.low_size), other(lambda right, _: right @ evidence.weights / support.sum())
    wanted, cost = aim.objective, None
    if evidence.cost is not None and every.cost is not None:
        figure = _Figure(evidence.cost, every.cost, 2 * evidence.cost - every.cost, chosen, picks)
        cost = figure.expected(figure.by_mirror(), 2 * _by_classes(trials, chosen) * evidence.moved_worth[chosen])
    if wanted.of_class is None and wanted.figure in ("low20", "total"):
        return Promise(low, total, low if wanted.is_low else total, cost)
    if wanted.of_class is None and wanted.figure == "worst":
        return Promise(low, total, lowest(1), cost)
    if cost is not None and wanted.is_cost:
        return Promise(low, total, cost, cost)
    return Promise(low, total, other(partial(wanted.of_counts, support, aim.low_fraction)), cost)


class _Figure(NamedTuple):
    """A figure of all candidates: of all rows, in the draws and in their mirror images; which are chosen in them."""

    here: Floats
    drawn: Floats
    mirror: Floats
    chosen: int
    picks: NDArray[np.intp]

    @classmethod
    def of(
        cls,
        value: Value,
        here: tuple[Floats, Floats],
        drawn: tuple[Floats, Floats | None],
        chosen: int,
        picks: NDArray[np.intp],
    ) -> Self:
        """Work a figure out from rows right and rows predicted so; those drawn are needed by some figures only."""
        right = 2 * here[0] - drawn[0]
        mirror = value(right, None if drawn[1] is None else np.maximum(2 * here[1] - drawn[1], right))
        return cls(value(*here), value(*drawn), mirror, chosen, picks)

    def by_mirror(self) -> float:
        """What the candidates chosen in the draws do less in the mirror images than the chosen one."""
        return float((self._picked(self.mirror) - self.mirror[:, self.chosen]).mean())

    def by_optimism(self) -> float:
        """What the candidates chosen in the draws lose from the draw to all rows, against the chosen one."""
        there = self._picked(self.drawn) - self.drawn[:, self.chosen]
        return float((self.here[self.picks] - self.here[self.chosen] - there).mean())

    def expected(self, correction: float, more: float = 0.0) -> Expected:
        """Corrected change against raw, with the spread of the choice and of a new sample, and `more` variance."""
        change = float(self.here[self.chosen] - self.here[0]) + correction
        picked, again = self._picked(self.mirror) - self.mirror[:, 0], self.drawn[:, self.chosen] - self.drawn[:, 0]
        error = Z95 * float(np.sqrt(picked.var() + again.var() + more))
        return Expected(change, change - error, change + error)

    def _picked(self, values: Floats) -> Floats:
        return np.asarray(values[np.arange(len(values)), self.picks])


def low_of(right: Floats, support: Floats, m: int) -> Floats:
    """Mean recall of the m lowest classes by counts, (..., K) -> (...)."""
    seen = support > 0
    return np.asarray(np.sort(right[..., seen] / support[seen], -1)[..., :m].mean(-1))


def _by_classes(trials: Trials, chosen: int) -> float:
    """Variance of a mean change of cost by the classes that a sample happens to have; draws within them lack it."""
    change, rows = trials.cost[chosen] - trials.cost[0], np.maximum(trials.support, 1)
    of_class = np.bincount(trials.labels, change, trials.n_classes) / rows
    return float(trials.support @ of_class**2 / trials.n_samples - change.mean() ** 2) / trials.n_samples


def _draws(trials: Trials, rng: np.random.Generator, *, with_predicted: bool) -> Drawn:
    """Rows right, and predicted so, per class, shape (draws, C, n_classes), and costs, shape (draws, C).

    Rows are drawn within the classes; of clusters whole ones are, and then weigh as many rows of each class as before.
    """
    shape = (BOOTSTRAP_DRAWS, len(trials.predicted), trials.n_classes)
    right, weights = np.zeros(shape), np.zeros((BOOTSTRAP_DRAWS, trials.n_samples), np.float32)
    if trials.clusters is not None:
        names, place = np.unique(trials.clusters, return_inverse=True)
        weights[:] = _multinomial(rng, len(names))[:, place]
    for k in np.flatnonzero(trials.support):
        rows = np.flatnonzero(trials.labels == k)
        if trials.clusters is None:
            weights[:, rows] = _multinomial(rng, len(rows))
        else:  # as many rows of the class as there are, where a draw has any
            drawn = weights[:, rows].sum(axis=1, keepdims=True)
            weights[:, rows] = np.where(drawn > 0, weights[:, rows], 1) * (
                len(rows) / np.where(drawn > 0, drawn, len(rows))
            )
        right[:, :, k] = weights[:, rows] @ trials.hits[:, rows].T.astype(np.float32)
    cost = None if trials.plan.costs is None else weights @ trials.cost.T / trials.n_samples
    if not with_predicted:
        return Drawn(right, None, cost)
    predicted = [[np.bincount(one, w, trials.n_classes) for one in trials.predicted] for w in weights]
    return Drawn(right, np.array(predicted), cost)


def _multinomial(rng: np.random.Generator, n: int) -> NDArray[np.integer]:
    return rng.multinomial(n, np.full(n, 1 / n), size=BOOTSTRAP_DRAWS)


def worth_it(gain: float, found: Promise, aim: Aim) -> bool:
    """Whether the mean of expected and corrected gain outweighs the corrected fall of total accuracy."""
    if aim.objective.is_low:
        gain = (gain + found.low20.change) / 2
    if aim.objective.is_cost:
        gain = (gain - found.objective.change) / 2
    return gain + aim.total_worth * min(found.total.change, 0.0) > 0
