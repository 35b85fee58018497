"""The numbers that options take: each has a finite range, and what is not a number is none."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import click


class Whole(click.IntRange):
    """A whole number of a range."""

    name = "number"


def plain(value: Any) -> Any:  # noqa: ANN401  (whatever click hands on)
    """Write what is in per cent as a fraction, so that ``60%`` and ``0.6`` are the same number.

    Examples
    --------
    >>> plain("60%"), plain("0.6"), plain("%")
    ('0.6', '0.6', '%')
    """
    with contextlib.suppress(ValueError):
        if isinstance(value, str) and value.rstrip().endswith("%"):
            return str(float(f"{value.rstrip()[:-1].rstrip()}e-2"))
    return value


class Setting(click.types.FloatParamType):
    """A number whose range is checked elsewhere, as a fraction or in per cent."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Read the text as a number."""
        return float(super().convert(plain(value), param, ctx))


class Number(click.FloatRange):
    """A number of a range; up to 1, also in per cent. NaN, which no comparison refuses, is refused."""

    name = "number"

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the text as a number."""
        number: float = super().convert(plain(value) if self.max == 1 else value, param, ctx)
        if math.isnan(number):
            self.fail(f"{number} is not in the range {self._describe_range()}.", param, ctx)
        return number


SEED = Whole(0, 2**32 - 1)
COUNT = Whole(0, 1_000_000)
JOBS = Whole(1, 1024)
ROWS = Whole(1, 1_000_000_000)
OPSET = Whole(1, 1000)
SHARE = Number(0, 1)
SHARE_ABOVE_0 = Number(0, 1, min_open=True)
CONFIDENCE = Number(0.5, 1, min_open=True, max_open=True)
STRENGTH = Number(0, 1_000_000)
FRACTION = Setting()
