"""Search for the layer that lifts the lowest classes most within the allowed loss of total accuracy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from classlift.data import metrics
from classlift.data.classes import class_names
from classlift.data.folds import assign_folds
from classlift.data.pieces import as_pieces
from classlift.data.source import Noted
from classlift.evaluation.evaluate import require_rows
from classlift.fitting.fit import require_fittable
from classlift.fitting.gathering import gather
from classlift.fitting.passes import read_pieces
from classlift.fitting.tuning.aim import DEFAULT_DROP, Aim, Objective, readable_objective
from classlift.fitting.tuning.choice import spared
from classlift.fitting.tuning.decision import FEWEST_ROWS, UNHELPED, few_clusters
from classlift.fitting.tuning.families import STRENGTHS, Plan, families
from classlift.fitting.tuning.requirements import Requirements, allowed_drop, nudged
from classlift.fitting.tuning.runs import run_trials
from classlift.fitting.tuning.trials import least_cost
from classlift.fitting.tuning.tried import Tried
from classlift.fitting.tuning.under import refuse_by_shares, shifted, weights_of
from classlift.fitting.tuning.wishes import check_costs_known, check_objective, find_candidate
from classlift.gates.settings import GateSet
from classlift.methods import METHODS, make_settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.costs import Costs
    from classlift.data.pieces import Pieces
    from classlift.data.shares import Shares
    from classlift.data.source import PredictionSource
    from classlift.fitting.tuning.families import FirstStep
    from classlift.fitting.tuning.result import TuneResult
    from classlift.fitting.tuning.trials import Trials
    from classlift.methods.shared.labelled_rows import LabelledRows

N_FOLDS = 5
NOTHING = GateSet()
OBJECTIVE = "objective (--maximize)"


def tune(
    source: PredictionSource | Pieces,
    *,
    objective: str | None = None,
    methods: tuple[str, ...] | None = None,
    costs: Costs | None = None,
    max_total_drop: float | None = None,
    require: GateSet = NOTHING,
    best_effort: bool = False,
    choose: str | None = None,
    by: tuple[str, ...] = (),
    low_fraction: float = metrics.LOW_FRACTION,
    sample: int | None = None,
    shares: Shares | None = None,
    seed: int = 0,
    jobs: int = 1,
    watch: Callable[[float], None] = lambda share: None,
) -> TuneResult:
    """Search methods and settings by stratified cross-validation; keep what holds the guard and gains most.

    Parameters
    ----------
    source : PredictionSource or Pieces
        Labelled probabilities or logits of the validation rows. The engine of pieces chooses the rows that are held,
        and fits the first steps without each fold.
    objective : str, optional
        What to lift: a figure as gates name it, such as ``low20``, ``worst``, ``macro_f1``, ``class["cat"].recall``; by
        default ``low20``, or ``cost`` where there are costs.
    methods : tuple of str, optional
        Methods whose first steps are tried; all by default.
    costs : Costs, optional
        What mistakes cost: every layer that is tried predicts the class of least expected cost.
    max_total_drop : float
        How far the out-of-fold total accuracy may fall below raw, as a fraction: 0.001 by default, or as far as what
        is required makes it fall; as far as costs make it fall where these are the objective.
    require : GateSet
        What the layer has to hold on rows that its fit has not seen.
    best_effort : bool
        Whether to give the layer that comes nearest where nothing holds what is required; the identity otherwise.
    choose : str, optional
        Name or number of the candidate to take, whatever the guard says of it.
    by : tuple of str
        Carried columns whose values part the rows into the groups that requirements may name.
    low_fraction : float
        Share of the classes that the low figures are about.
    sample : int, optional
        Tune on about this many rows at most, chosen evenly from every class.
    shares : Shares, optional
        Class shares under which total accuracy is guarded, where they are not those of the rows.
    seed : int
        Seed of the folds and draws.
    jobs : int
        Threads to work in.
    watch : callable
        Called with the share of the work that is done.

    Returns
    -------
    TuneResult
        Its layer is the identity where nothing holds the guard and gains.

    Raises
    ------
    ClassliftError
        If there is no labelled row, the scores are of no use, or there is no such candidate.
    """
    objective = objective or ("low20" if costs is None else "cost")
    check_objective(objective, OBJECTIVE)
    cut = as_pieces(source)
    names = class_names(cut.source.classes, cut.source.n_classes)
    costs = costs and costs.in_order(names, cut.source.name)
    lift = Objective.parse(objective, names, low_fraction, OBJECTIVE)
    if shares is not None:
        refuse_by_shares(readable_objective(objective, OBJECTIVE), OBJECTIVE)
    asked = Requirements(require, names, low_fraction, shares, by)
    check_costs_known(lift, require, costs)
    drops = [drop for drop in (max_total_drop, allowed_drop(require.gates)) if drop is not None]
    require_fittable(cut.source)
    placed, read = read_pieces(cut, seed, needs_labels=True, folded=False)
    source = Noted(cut.source, read.repairs.notes)
    require_rows(source.name, read.counts)
    rows, _ = gather(cut, placed, read.counts, seed=seed, columns=by, most_rows=sample)
    asked.check_groups(rows.block.columns)
    plan = _plan(rows, methods, low_fraction, seed, weights_of(rows, shares, names))._replace(costs=costs)
    if lift.is_cost:
        plan = plan._replace(strengths=())  # costs say which classes matter
    if choose is not None and not require.gates and costs is None:
        find_candidate(choose, [one.name for one in plan.candidates])
    trials = run_trials(rows, plan, jobs, watch, None if cut.in_process else cut.engine.map)
    drop = min(drops, default=1.0 if lift.is_cost else DEFAULT_DROP)
    aim = Aim(lift, drop, low_fraction, scale=float(trials.cost[0].mean()) if lift.is_cost else 1.0)
    trials = _with_asked(trials, aim, asked)
    bars, free = [(UNHELPED, _harms_unhelped(trials, rows))], not drops
    tried = Tried(source, read, rows, trials, objective, names, aim, asked, bars, free, best_effort, seed)
    result = tried.take(choose)
    watch(1.0)
    return result


def _plan(
    rows: LabelledRows, methods: tuple[str, ...] | None, low_fraction: float, seed: int, weights: NDArray[np.float64]
) -> Plan:
    seen, clusters = int(np.count_nonzero(np.bincount(rows.labels))), rows.block.clusters
    enough = len(rows.labels) >= FEWEST_ROWS and seen > 1 and not few_clusters(clusters)
    tried = families(len(rows.labels), rows.n_classes, methods)
    fold = assign_folds(rows.labels, np.zeros(rows.n_classes, np.int64), N_FOLDS, seed, clusters, {}).astype(np.int64)
    size = metrics.low_size(seen, low_fraction)
    strengths = STRENGTHS if enough else ()
    return Plan(tried if enough else tried[:1], strengths, size, fold, N_FOLDS, weights, enough)


def _with_asked(trials: Trials, aim: Aim, asked: Requirements) -> Trials:
    """Add candidates that costs, the figure of one class, shares and requirements ask for."""
    if trials.plan.costs is not None and trials.plan.enough:
        trials = trials.reaching([least_cost(trials)])
    if aim.objective.of_class is not None:
        trials = nudged(trials, aim.objective.of_class)
    if asked.shares is not None:
        trials = shifted(trials)
    return asked.reach(trials, aim)


def _harms_unhelped(trials: Trials, rows: LabelledRows) -> NDArray[np.bool_]:
    """Candidates under which a class loses that their first step is not fitted on, shape (C,)."""
    unhelped = np.stack([_unhelped(rows, first) for first in trials.plan.members])
    return ~spared(trials, unhelped[[trials.first_of(i) for i in range(len(trials.candidates))]])


def _unhelped(rows: LabelledRows, first: FirstStep) -> NDArray[np.bool_]:
    """Classes with rows of which the first step is fitted on none, shape (n_classes,)."""
    additive = METHODS[first.method].additive if first.method in METHODS else None
    if additive is None:
        return np.zeros(rows.n_classes, bool)
    used = rows.labels[additive.rows(rows.block, make_settings(first.method, first.settings))]
    support, helped = (np.bincount(labels, minlength=rows.n_classes) for labels in (rows.labels, used))
    return np.asarray((support > 0) & (helped == 0))
