"""Check a result by a gate."""

from __future__ import annotations

from classlift.api.arguments import check_arguments
from classlift.errors import ClassliftError
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.result import Evaluation
from classlift.gates.check import Gate
from classlift.gates.result import GateResult


def check(result: Evaluation | Comparison, gate: str, *, confidence: float | None = None) -> GateResult:
    """Check a result by a gate, as `classlift evaluate --gate` does.

    Parameters
    ----------
    result : Evaluation or Comparison
        What `evaluate` gave; of `tune` with a test file ``.test``, of `compare` a value of ``.between``.
    gate : str
        What must hold, such as ``"low20.change >= 0pp"``; see `classlift help ci`.
    confidence : float, optional
        Ask it of the one-sided bound at this confidence, too.

    Returns
    -------
    GateResult
        ``.passed`` is whether it holds, ``.message`` why it does or not. Where ``.state`` is ``"undefined"``, the
        figure has no value.

    Raises
    ------
    ClassliftError
        If it is not a condition, or `result` is another thing.

    Examples
    --------
    >>> import numpy as np
    >>> from classlift import evaluate
    >>> rows = {"probs": np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.1, 0.9]]), "labels": np.array([0, 1, 1, 1])}
    >>> check(evaluate(rows), "total >= 90%").message
    'total is 75.00 %, expected >= 90.00 %; look at: 1 (1 of 3 rows wrong)'
    """
    check_arguments(gate=gate, confidence=confidence)
    if not isinstance(result, Evaluation | Comparison):
        problem = f"is of type {type(result).__name__}, expected an Evaluation or a Comparison"
        raise ClassliftError("result", problem, fix="pass what evaluate gave, or .test of what tune gave.")
    return Gate.parse(gate, "gate").check(result, confidence=confidence)
