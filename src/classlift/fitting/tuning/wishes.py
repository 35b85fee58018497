"""What users write to say what they want of a tuning, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError, alike
from classlift.fitting.tuning.aim import readable_objective

if TYPE_CHECKING:
    from classlift.data.costs import Costs
    from classlift.fitting.tuning.aim import Objective
    from classlift.gates.settings import GateSet


def check_objective(text: str, where: str = "objective") -> None:
    """Refuse what tuning cannot lift, whatever the file; ClassliftError with the name that comes nearest."""
    readable_objective(text, where)


def check_costs_known(lift: Objective, require: GateSet, costs: Costs | None) -> None:
    """Refuse to lift or to require costs where none are given."""
    asked = [("objective", lift.figure)] if lift.is_cost else []
    asked += [(f"--require {gate.text!r}", figure.name) for gate in require.gates for figure in gate.figures]
    for where, name in asked:
        if name == "cost" and costs is None:
            raise ClassliftError(where, "names cost, and no costs are given", fix="give them with --costs FILE.")


def parse_drop(text: str, where: str = "--max-total-drop") -> float:
    """Largest allowed fall, such as ``0.1pp``, as a fraction; a bare number is refused."""
    number = text.strip().removesuffix("pp").strip()
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not text.strip().endswith("pp") or not 0 <= value <= 100:
        raise ClassliftError(
            where,
            f"is {text!r}, expected percentage points from 0pp to 100pp",
            fix=f"did you mean {number}pp?" if 0 <= value <= 100 else "say it with its unit, for example 0.1pp.",
        )
    return value / 100


def allowed_fall(value: float | str | None) -> float | None:
    """Largest allowed fall as a fraction, from a fraction or from points with their unit; None where it is not said."""
    return None if value is None else given_fall(value)


def given_fall(value: float | str) -> float:
    """Largest allowed fall as a fraction, from a fraction or from points with their unit."""
    if isinstance(value, str):
        return parse_drop(value, "max_total_drop")
    if not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ClassliftError(
            "max_total_drop",
            f"is {value!r}, expected a fraction from 0 to 1",
            fix="give 0.05 or '5pp' for five points.",
        )
    return float(value)


def find_candidate(wanted: str, names: Sequence[str]) -> int:
    """Number of the candidate with this name, or with this number in the tables."""
    if wanted in names:
        return names.index(wanted)
    if wanted.strip().isdecimal() and int(wanted) < len(names):
        return int(wanted)
    near = alike(wanted, names)
    meant = f"did you mean {near[0]!r}? " if near else ""
    raise ClassliftError(
        "--choose",
        f"there is no candidate {wanted!r} among the {len(names)} that were tried",
        fix=f"{meant}take a name or a number from 0 to {len(names) - 1} of the tables of tune.",
    )
