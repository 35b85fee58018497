"""Do the runs, one after the other or in several processes; one that fails does not stop the others."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from classlift.batches.outcome import PROMISE, Outcome, RunState, figures_of
from classlift.batches.state import STATE, key_of, load_outcome, save_outcome
from classlift.batches.stored import LAYER
from classlift.batches.verbs import VERBS
from classlift.data.shares import Shares
from classlift.engines.workers import workers
from classlift.errors import ClassliftError
from classlift.evaluation.compare import evaluate_layer
from classlift.evaluation.options import EvaluationOptions
from classlift.layer.apply import Output
from classlift.output.documents.base import to_json
from classlift.output.documents.evaluation import comparison_document
from classlift.storage import FORMATS, open_predictions, open_validation
from classlift.storage.applied import write_applied
from classlift.storage.atomic import check_here, write_text
from classlift.storage.errors import written
from classlift.storage.formats import suffix_of
from classlift.storage.own.costs import read_costs
from classlift.storage.own.layers import save_layer
from classlift.storage.own.numbers import read_named_numbers

if TYPE_CHECKING:
    from classlift.batches.manifest import RunSpec
    from classlift.evaluation.comparison import Comparison
    from classlift.layer.layer import OutputLayer

RESULT = "result.json"


def run_all(
    specs: Iterable[RunSpec], *, jobs: int = 1, watch: Callable[[Outcome], None] = lambda outcome: None
) -> list[Outcome]:
    """Do all runs.

    Parameters
    ----------
    specs : iterable of RunSpec
        The runs.
    jobs : int
        Processes to work in.
    watch : callable
        Called with each outcome, in the order of the runs.

    Returns
    -------
    list of Outcome
        In the order of the runs, the failed ones too.
    """
    outcomes, runs = [], list(specs)
    with workers(jobs) as work:
        for spec, outcome in zip(runs, work(run_one, runs, lost=_lost), strict=True):
            if outcome.state is not RunState.DONE:
                _save_failure(spec, outcome)
            watch(outcome)
            outcomes.append(outcome)
    return outcomes


def run_one(spec: RunSpec) -> Outcome:
    """Fit or tune, evaluate, apply, and write the results of one run; what goes wrong is in the outcome."""
    try:
        key = key_of(spec)
        return load_outcome(spec, key) or _do(spec, key)
    except ClassliftError as error:
        return Outcome(spec.name, RunState.FAILED, str(error))
    except MemoryError:
        message = f"{spec.name}: ran out of memory\nfix: use fewer --jobs, or files cut into shards."
        return Outcome(spec.name, RunState.FAILED, message)
    except Exception as error:  # a defect in one run does not take the others with it
        return Outcome(spec.name, RunState.INTERNAL_ERROR, _internal_error(error))


def results_of(spec: RunSpec) -> list[Path]:
    """List the files that a run writes.

    Raises
    ------
    ClassliftError
        If they would lie among its inputs, or not on this machine.
    """
    check_here(spec.folder)
    if os.path.realpath(spec.folder) == os.path.realpath(Path(spec.val).parent):
        raise ClassliftError(
            str(spec.folder), "is the folder of the inputs; results would lie among them", fix="choose another -o."
        )
    return [spec.folder / name for name in (LAYER, RESULT, STATE, *map(_lifted_name, spec.new))]


def _lost(spec: RunSpec) -> Outcome:
    message = f"{spec.name}: its process was killed, perhaps because it took too much memory"
    return Outcome(spec.name, RunState.FAILED, f"{message}\nfix: use fewer --jobs, or files cut into shards.")


def _save_failure(spec: RunSpec, outcome: Outcome) -> None:
    """Keep why a run failed, for the page; where its folder cannot be written either, that is told all the same."""
    with contextlib.suppress(ClassliftError), written(str(spec.folder)):
        spec.folder.mkdir(parents=True, exist_ok=True)
        _refuse_foreign(spec)
        save_outcome(spec, "", outcome, [])


def _do(spec: RunSpec, key: str) -> Outcome:
    val = open_validation(spec.val, spec.reading)
    options, wanted = _options(spec), spec.test is None
    layer, effect, notes = VERBS[spec.verb].make(val, spec.settings, options, spec.seed, wanted)
    if spec.test is not None:
        test = open_predictions(spec.test, spec.reading)
        effect = evaluate_layer(test, layer, options)
    assert effect is not None
    gates = spec.gates.check(effect)
    outcome = Outcome(
        spec.name,
        RunState.DONE,
        evaluated_on="test" if spec.test is not None else PROMISE if effect.expected else "out-of-fold",
        method=layer.method,
        n_samples=effect.counts.before.n_samples,
        figures=figures_of(effect),
        fixed=effect.fixed,
        broken=effect.broken,
        gates=gates,
        notes=(*notes, *effect.notes),
    )
    results = _write(spec, layer, effect, outcome)
    save_outcome(spec, key, outcome, results)
    return outcome


def _options(spec: RunSpec) -> EvaluationOptions:
    costs = None if spec.costs is None else read_costs(spec.costs, spec.cost_inside)
    shares = None if spec.shares is None else Shares(read_named_numbers(spec.shares), spec.shares)
    return EvaluationOptions(spec.low_fraction, shares=shares, costs=costs)


def _write(spec: RunSpec, layer: OutputLayer, effect: Comparison, outcome: Outcome) -> list[str]:
    """Write the layer, the result, and what was lifted; give their names."""
    with written(str(spec.folder)):
        spec.folder.mkdir(parents=True, exist_ok=True)
        _refuse_foreign(spec)
        unfinished = f"{spec.name}: was not finished\nfix: run classlift batch again."
        save_outcome(spec, "", Outcome(spec.name, RunState.FAILED, unfinished), [])
    save_layer(layer, spec.folder / LAYER)
    document = comparison_document(replace(effect, expected={}), outcome.gates)
    write_text(spec.folder / RESULT, to_json(document))
    names = [LAYER, RESULT]
    for new in spec.new:
        name = _lifted_name(new)
        if name in names:
            raise ClassliftError(spec.name, f"two files in new would be written as {name}", fix="rename one of them.")
        write_applied(layer, open_predictions(new, spec.reading), spec.folder / name, output=Output.PROBS)
        names.append(name)
    return names


def _refuse_foreign(spec: RunSpec) -> None:
    """Refuse to write over files that no batch has written: a manifest of others may name any folder."""
    if not (spec.folder / STATE).exists():
        for path in results_of(spec):
            if path.exists():
                problem = f"is there, and no {STATE} beside it says that a batch wrote it"
                raise ClassliftError(str(path), problem, fix="choose another -o, or move it away.")


def _lifted_name(new: str) -> str:
    """Name of a lifted file: in the format of the input, where that is written."""
    name = Path(new).name
    suffix = suffix_of(name)
    found = FORMATS.get(suffix)
    stem = name.removesuffix(suffix) if suffix else name
    return f"{stem}.lifted{suffix if found is not None and found.writer else '.npz'}"


def _internal_error(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    what = f"an internal error: {type(error).__name__} in {frame.name} (line {frame.lineno}): {error}"
    fix = f"fix: report it with the manifest and Python {sys.version_info.major}.{sys.version_info.minor}."
    return f"{' '.join(what.split())}\n{fix}"
