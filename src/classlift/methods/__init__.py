"""Ways to fit a layer: METHODS maps a name to its settings and its function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.errors import ClassliftError, alike
from classlift.methods import cvar, elaborated, final_bn, logit_adjust, matrix_scaling, naive, scaled_bn, weights
from classlift.methods.base import Fitted, Method, Needs, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlift.methods.base import Additive

__all__ = ["METHODS", "Fitted", "Method", "Needs", "Settings", "additive_of", "make_settings"]

METHODS: dict[str, Method] = {
    "elaborated": elaborated.METHOD,
    "naive": naive.METHOD,
    "scaled-bn": scaled_bn.METHOD,
    "final-bn": final_bn.METHOD,
    "logit-adjust": logit_adjust.METHOD,
    "matrix-scaling": matrix_scaling.METHOD,
    "cvar": cvar.METHOD,
    "weights": weights.METHOD,
}


def make_settings(method: str, values: Mapping[str, object]) -> Settings:
    """Settings of `method` from named values; a name that the method does not have is an error."""
    if method not in METHODS:
        raise ClassliftError("--method", f"there is no method {method!r}", fix=f"choose one of: {', '.join(METHODS)}.")
    settings = METHODS[method].settings
    known = settings.names()
    for name in values:
        if name not in known:
            owners = [m for m, entry in METHODS.items() if name in entry.settings.names()]
            near = alike(name, known)
            named = f"did you mean {near[0]}?" if near else f"leave it out; {method} has {', '.join(known) or 'none'}."
            raise ClassliftError(
                f"--{name.replace('_', '-')}",
                f"is not a setting of {method}" + (f" (it belongs to {', '.join(owners)})" if owners else ""),
                fix=f"leave it out, or choose --method {owners[0]}." if owners else named,
            )
    return settings(**values)


def additive_of(method: str) -> Additive:
    """How a method fits from sums.

    Raises
    ------
    ClassliftError
        If it does not.
    """
    found = METHODS[method].additive
    if found is None:
        able = ", ".join(name for name, entry in METHODS.items() if entry.additive)
        raise ClassliftError(
            "--method",
            f"{method} is not fitted from sums, so it cannot be put together from pieces",
            fix=f"choose one of {able}, or fit it on one machine: classlift fit VAL --method {method}.",
        )
    return found
