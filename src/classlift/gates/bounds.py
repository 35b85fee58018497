"""One-sided bounds in the place of figures, where a confidence is asked for."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from classlift.gates.figures import Exact, UndefinedError, class_number, side_of
from classlift.gates.grammar import ROWS, Amount, Figure, Term

if TYPE_CHECKING:
    from classlift.evaluation import Comparison, Evaluation

    Result = Evaluation | Comparison


def bound_of_sum(terms: list[Term], result: Result, *, lower: bool, confidence: float) -> Exact:
    """Bound a sum of figures and amounts from one side.

    Parameters
    ----------
    terms : list of Term
        What is added up.
    result : Evaluation or Comparison
        What is checked.
    lower : bool
        From below, or from above.
    confidence : float
        With which the sum as a whole lies on that side.

    Returns
    -------
    Exact

    Raises
    ------
    UndefinedError
        If a figure has no bound.

    Notes
    -----
    With n figures each gets the confidence ``1 - (1 - confidence) / n`` (Bonferroni), so that the sum has at least
    what was asked for, however the figures depend on each other.
    """
    n_figures = sum(isinstance(term.item, Figure) for term in terms)
    each = 1 - (1 - confidence) / n_figures
    total = Fraction(0)
    for term in terms:
        if isinstance(term.item, Amount):
            total += term.sign * term.item.value
        else:
            low, high = _bounds(term.item, result, each)
            total += term.sign * Fraction(low if (term.sign > 0) == lower else high)
    return Exact(total)


def check_boundable(figures: tuple[Figure, ...], operator: str) -> None:
    """Refuse what no one-sided bound can answer: equality, rows fixed and broken."""
    if any(figure.name in ROWS for figure in figures):
        raise UndefinedError("rows fixed and broken have no bound; with a confidence write total.change > 0pp")
    if operator in ("==", "!="):
        raise UndefinedError(f"no one-sided bound can answer {operator}; with a confidence write >= or <=")


def _bounds(figure: Figure, result: Result, confidence: float) -> tuple[float, float]:
    source: Result = side_of(figure, result) if figure.side == "before" else result
    try:
        low, high = source.bounds(_name(figure, result.classes), confidence)
    except KeyError:
        low = high = math.nan
    if math.isnan(low) or math.isnan(high):
        raise UndefinedError(f"{figure} has no one-sided bound; evaluate it without a confidence")
    return low, high


def _name(figure: Figure, classes: tuple[str, ...]) -> str:
    """A figure as `bounds` of the nouns knows it; what has none is a KeyError."""
    change = ".change" if figure.side == "change" else ""
    if figure.class_name is not None:
        if figure.name != "recall":
            raise KeyError(figure.name)
        return f"class:{class_number(figure, classes)}{change}"
    if figure.name != "low":
        return figure.name + change
    return "low20" + ("" if figure.choice == "low20" else f".{figure.choice}") + change
