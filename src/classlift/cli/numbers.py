"""The numbers that options take: each has a finite range, and what is not a number is none."""

from __future__ import annotations

import math

import click


class Whole(click.IntRange):
    """A whole number of a range."""

    name = "number"


class Number(click.FloatRange):
    """A number of a range; NaN, which no comparison refuses, is refused."""

    name = "number"

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the text as a number."""
        number: float = super().convert(value, param, ctx)
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
