"""What `classlift fit --from-partials` may be told, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click.core import ParameterSource

from classlift.errors import ClassliftError
from classlift.fitting.partials.summing import fit_partials
from classlift.fitting.result import EffectKind
from classlift.storage.own.partials import load_partials

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click

    from classlift.fitting.partials.partial import Partials
    from classlift.fitting.result import FitResult

OF_ROWS = ("val", "seed", "scores_key", "labels_key", "prefix", "labels", "classes", "kind", "labels_as",
           "ignore_label", "bad_rows", "format", "engine", "scheduler")  # fmt: skip
"""Parameters of `fit` that are about rows, which sums do not hold."""


def fit_of_partials(context: click.Context, path: str, given: Mapping[str, Any], low_fraction: float) -> FitResult:
    """Fit from the sums in `path` with the settings that were `given`; refuses what only rows could answer."""
    for name in OF_ROWS:
        if context.params.get(name) is not None and _was_said(context, name):
            raise ClassliftError(
                "--from-partials",
                f"was given together with {_option(context, name)}, which is about rows",
                fix="leave one of them out.",
            )
    if _was_said(context, "effect") and context.params["effect"] != EffectKind.NONE:
        raise ClassliftError(
            "--effect",
            f"{context.params['effect']} cannot be known from sums: it needs the rows",
            fix="leave it out, and run classlift evaluate on the rows with --layer.",
        )
    sums = load_partials(path)
    if sums.method is not None:
        if _was_said(context, "method") and context.params["method"] != sums.method:
            raise _summed_otherwise(path, "method", sums.method)
        _check_settings(path, sums, given)
    return fit_partials(path, sums, at_solve=given, low_fraction=low_fraction)


def _check_settings(path: str, sums: Partials, given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if name in sums.settings and sums.settings[name] != value:
            raise _summed_otherwise(path, name, sums.settings[name])


def _summed_otherwise(path: str, name: str, value: object) -> ClassliftError:
    return ClassliftError(
        f"--{name.replace('_', '-')}",
        f"is {value} in {path}, and sums depend on it",
        fix="leave it out, or sum all shards again with the other value.",
    )


def _was_said(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _option(context: click.Context, name: str) -> str:
    return next((p.opts[0] for p in context.command.params if p.name == name), name).replace("val", "VAL")
