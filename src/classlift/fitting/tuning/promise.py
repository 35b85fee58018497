"""The promise: what a chosen layer will do in a new sample, corrected for having been chosen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classlift.evaluation import Z95, Expected
from classlift.fitting.tuning.choice import assess

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from classlift.fitting.tuning.aim import Aim
    from classlift.fitting.tuning.biases import CrossFitted
    from classlift.fitting.tuning.evidence import Evidence
    from classlift.fitting.tuning.trials import Trials

    Floats = NDArray[np.float64]
    Value = Callable[[Floats, Floats | None], Floats]
    """A figure of rows right and rows predicted so, (..., K) -> (...)."""

BOOTSTRAP_DRAWS = 60
FEEDBACK_DRAWS = 400


class Promise(NamedTuple):
    """Expected changes of low-20 %, of total accuracy, and of what was lifted, which may be one of these."""

    low20: Expected
    total: Expected
    objective: Expected

    def as_dict(self) -> dict[str, dict[str, float]]:
        """Give plain numbers, as JSON and the layer file keep them."""
        return {name: one._asdict() for name, one in self._asdict().items()}


NO_CHANGE = Expected(0.0, 0.0, 0.0)
NOTHING_CHANGES = Promise(NO_CHANGE, NO_CHANGE, NO_CHANGE)


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
    class likewise. For total accuracy and all other figures the mean optimism of the choice in the draws is taken off.
    The interval holds the noise of the estimate, of the choice and of the new sample.

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
        return NOTHING_CHANGES
    drawn, predicted = _draws(trials, np.random.default_rng(seed), with_predicted=not aim.objective.is_low)
    picks = np.full(len(drawn), chosen)
    if eligible is not None:
        picks = assess(evidence, aim, drawn, predicted, guarded=True).pick(eligible)
    support, here = evidence.support, (evidence.right, evidence.predicted)

    def lowest(m: int) -> Expected:
        figure = _Figure.of(lambda right, _: low_of(right, support, m), here, (drawn, None), chosen, picks)
        right = evidence.right[chosen] / evidence.worth
        return figure.expected(figure.by_mirror() + feedback(right, support / evidence.worth, m, adapted))

    def other(value: Value) -> Expected:
        figure = _Figure.of(value, here, (drawn, predicted), chosen, picks)
        return figure.expected(figure.by_optimism())

    low, total = lowest(evidence.low_size), other(lambda right, _: right @ evidence.weights / support.sum())
    wanted = aim.objective
    if wanted.of_class is None and wanted.figure in ("low20", "total"):
        return Promise(low, total, low if wanted.is_low else total)
    if wanted.of_class is None and wanted.figure == "worst":
        return Promise(low, total, lowest(1))
    return Promise(low, total, other(partial(wanted.of_counts, support, aim.low_fraction)))


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

    def expected(self, correction: float) -> Expected:
        """Corrected change against raw, with the spread of the choice and of a new sample."""
        change = float(self.here[self.chosen] - self.here[0]) + correction
        picked, again = self._picked(self.mirror) - self.mirror[:, 0], self.drawn[:, self.chosen] - self.drawn[:, 0]
        error = Z95 * float(np.sqrt(picked.var() + again.var()))
        return Expected(change, change - error, change + error)

    def _picked(self, values: Floats) -> Floats:
        return np.asarray(values[np.arange(len(values)), self.picks])


def low_of(right: Floats, support: Floats, m: int) -> Floats:
    """Mean recall of the m lowest classes by counts, (..., K) -> (...)."""
    seen = support > 0
    return np.asarray(np.sort(right[..., seen] / support[seen], -1)[..., :m].mean(-1))


def _draws(trials: Trials, rng: np.random.Generator, *, with_predicted: bool) -> tuple[Floats, Floats | None]:
    """Rows right, and predicted so, per class, shape (draws, C, n_classes).

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
    if not with_predicted:
        return right, None
    predicted = [[np.bincount(one, w, trials.n_classes) for one in trials.predicted] for w in weights]
    return right, np.array(predicted)


def _multinomial(rng: np.random.Generator, n: int) -> NDArray[np.integer]:
    return rng.multinomial(n, np.full(n, 1 / n), size=BOOTSTRAP_DRAWS)


def feedback(right: Floats, support: Floats, m: int, adapted: float) -> float:
    """What low-20 % loses when the noise that pooled folds take back is given back.

    A layer made without a fold answers the noise of the other folds, so that the pooled recalls vary less than those
    of a new sample: by ``2 g q (1 - q) / n_k``, g the `adaptation`.
    """
    seen = support > 0
    rows = support[seen]
    recall, share = right[seen] / rows, (right[seen] + 1) / (rows + 2)
    z = np.random.default_rng(1).standard_normal((FEEDBACK_DRAWS // 2, len(rows)))
    noisy = recall + np.concatenate([z, -z]) * np.sqrt(2 * max(adapted, 0.0) * share * (1 - share) / rows)
    return float(np.sort(noisy, axis=1)[:, :m].mean() - np.sort(recall)[:m].mean())


def adaptation(rows: CrossFitted, biases: Floats, m: int) -> float:
    """Find how much of the noise of its own rows a bias makes good, among the 2 m lowest classes.

    The slope of [recall on all rows under the bias without fold f, less that under the bias of all rows] on
    [recall of fold f less that of all rows, under the bias of all rows], times F - 1; `biases` has shape (F + 1, K).
    """
    n_classes, n_folds = rows.log_p.shape[1], rows.n_folds
    right = np.stack([_right_by_fold(rows, bias) for bias in biases])
    support = np.bincount(rows.labels, minlength=n_classes)
    per_fold = np.bincount(rows.fold * n_classes + rows.labels, minlength=n_folds * n_classes).reshape(n_folds, -1)
    seen = np.flatnonzero((per_fold > 0).all(axis=0))
    whole = right[-1].sum(axis=0) / np.maximum(support, 1)
    low = seen[np.argsort(whole[seen])[: max(2 * m, 3)]]
    moved = (right[:-1].sum(axis=1) / np.maximum(support, 1) - whole)[:, low]
    noise = (right[-1] / np.maximum(per_fold, 1) - whole)[:, low]
    weight = support[low]
    return (n_folds - 1) * float((weight * moved * noise).sum()) / max(float((weight * noise**2).sum()), 1e-12)


def _right_by_fold(rows: CrossFitted, bias: Floats) -> Floats:
    """Rows right under a bias, shape (n_folds, n_classes)."""
    n_classes = rows.log_p.shape[1]
    hit = (rows.log_p + bias).argmax(axis=1) == rows.labels
    where = rows.fold[hit] * n_classes + rows.labels[hit]
    return np.bincount(where, minlength=rows.n_folds * n_classes).reshape(rows.n_folds, -1).astype(float)


def worth_it(gain: float, found: Promise, aim: Aim) -> bool:
    """Whether the mean of expected and corrected gain outweighs the corrected fall of total accuracy."""
    gained = (gain + found.low20.change) / 2 if aim.objective.is_low else gain
    return gained + aim.total_worth * min(found.total.change, 0.0) > 0
