"""Whole numbers written as text."""

from __future__ import annotations

import math

from classlift.errors import ClassliftError

WHOLE = 2**53
"""From here on float64 does not hold every whole number."""


def without_point(text: str) -> str:
    """A whole number that is written as a decimal one without its point: ``3.0`` is 3."""
    if not is_decimal(text):
        return text
    number = float(text)
    return str(int(number)) if number.is_integer() and abs(number) < WHOLE else text


def is_integer(text: str) -> bool:
    """Whether text is a whole number."""
    digits = text[1:] if text[:1] in "+-" else text
    return digits.isascii() and digits.isdigit()


def is_decimal(text: str) -> bool:
    """Whether text is a number, and not a whole one as it is written."""
    try:
        return math.isfinite(float(text)) and not is_integer(text)
    except ValueError:
        return False


def check_ignored(ignored: str | int, where: str) -> None:
    """Refuse a label to be ignored that no label which is a number can be; NaN means unlabelled anyway."""
    if not is_integer(str(ignored)) and str(ignored).lower() != "nan":
        problem = f"labels are numbers here, and --ignore-label {ignored!r} is not a whole one"
        raise ClassliftError(where, problem, fix="give the number that means unlabelled, or leave it out.")
