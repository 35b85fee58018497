"""How a run makes its layer: VERBS maps a verb to its check of settings and its function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from classlift.errors import ClassliftError
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.fitting.tuning.tune import tune
from classlift.fitting.tuning.wishes import check_objective, parse_drop
from classlift.methods import METHODS, Settings, make_settings
from classlift.storage.own.fields import check_table

if TYPE_CHECKING:
    from classlift.data.source import PredictionSource
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.options import EvaluationOptions
    from classlift.layer.layer import OutputLayer

    Made = tuple[OutputLayer, Comparison | None, tuple[str, ...]]
    Make = Callable[[PredictionSource, Mapping[str, Any], EvaluationOptions, int, bool], Made]


@dataclass(frozen=True)
class Verb:
    """A way to make a layer.

    Parameters
    ----------
    check : callable
        Takes settings and the place that messages name; refuses what the verb does not know.
    make : callable
        Takes the source, the settings, how results are evaluated, the seed, and whether the effect on rows that the fit
        has not seen is wanted; gives layer, effect, notes.
    """

    check: Callable[[Mapping[str, Any], str], None]
    make: Make


def _method_and_settings(values: Mapping[str, Any], low_fraction: float = 0.2) -> tuple[str, Settings]:
    """Method and settings as a manifest names them; lists become tuples."""
    named = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    method = str(named.pop("method", "elaborated"))
    if method in METHODS and "low_fraction" in METHODS[method].settings.names():
        named.setdefault("low_fraction", low_fraction)
    return method, make_settings(method, named)


def _check_fit(settings: Mapping[str, Any], where: str) -> None:
    try:
        _method_and_settings(settings)
    except ClassliftError as error:
        raise ClassliftError(where, f"{error.where} {error.problem}", fix=error.fix) from None
    except (TypeError, ValueError):
        raise ClassliftError(where, "has a value of the wrong type", fix="see classlift fit --help.") from None


def _fit(
    source: PredictionSource,
    settings: Mapping[str, Any],
    options: EvaluationOptions,
    seed: int,
    effect: bool,
) -> Made:
    method, chosen = _method_and_settings(settings, options.low_fraction)
    result = fit(
        source,
        method=method,
        settings=chosen,
        effect=EffectKind.OUT_OF_FOLD if effect else EffectKind.NONE,
        low_fraction=options.low_fraction,
        seed=seed,
        costs=options.costs,
    )
    return result.layer, result.out_of_fold, result.notes


def _check_tune(settings: Mapping[str, Any], where: str) -> None:
    check_table(settings, {"objective": str, "methods": list, "max_total_drop": str}, where)
    check_objective(settings.get("objective", "low20"), f"{where}, objective")
    wrong = [name for name in settings.get("methods", ()) if name not in METHODS]
    if wrong:
        raise ClassliftError(f"{where}, methods", f"there is no method {wrong[0]!r}", fix=f"{', '.join(METHODS)}.")
    try:
        parse_drop(settings.get("max_total_drop", "0.1pp"))
    except ClassliftError as error:
        raise ClassliftError(f"{where}, max_total_drop", error.problem, fix=error.fix) from None


def _tune(
    source: PredictionSource,
    settings: Mapping[str, Any],
    options: EvaluationOptions,
    seed: int,
    effect: bool,
) -> Made:
    methods = settings.get("methods")
    result = tune(
        source,
        objective=settings.get("objective"),
        methods=None if methods is None else tuple(methods),
        shares=options.shares,
        costs=options.costs,
        max_total_drop=parse_drop(settings["max_total_drop"]) if "max_total_drop" in settings else None,
        low_fraction=options.low_fraction,
        seed=seed,
    )
    promised = replace(result.effect, expected=result.promise.of_figures())
    return result.layer, promised if effect else None, result.notes


VERBS = {"tune": Verb(_check_tune, _tune), "fit": Verb(_check_fit, _fit)}
