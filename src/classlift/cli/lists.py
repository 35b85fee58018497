"""Several numbers as one option: in order, or by class name; written there, or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from classlift.cli.collisions import note_input
from classlift.cli.numbers import plain
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from classlift.data.shares import Shares


class NumberList(click.ParamType):
    """Numbers between commas, or the name of a file of numbers."""

    name = "numbers"

    def convert(
        self, value: str | tuple[float, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Read the text as numbers where it is that, else as the name of a file."""
        del param
        if not isinstance(value, str):
            return value
        try:
            return tuple(float(part) for part in value.split(","))
        except ValueError:
            from classlift.storage.own.numbers import read_numbers  # noqa: PLC0415  (not everybody's way)

            note_input(ctx, value)
            return read_numbers(value)


class NamedNumbers(click.ParamType):
    """Numbers by class name, or the name of a .json or .csv file of them."""

    name = "named numbers"
    per_cent = False
    """Whether 20% and 0.2 are the same."""

    def convert(
        self, value: str | dict[str, float], param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, float]:
        """Read ``cat=2,dog=0.5``, else the file of that name."""
        if not isinstance(value, str):
            return value
        if "=" not in value:
            from classlift.storage.own.numbers import read_named_numbers  # noqa: PLC0415  (not everybody's way)

            note_input(ctx, value)
            return read_named_numbers(value)
        pairs = [part.rpartition("=") for part in value.split(",")]
        try:
            found = {name.strip(): float(plain(number) if self.per_cent else number) for name, _, number in pairs}
        except ValueError:
            found = {}
        if len(found) < len(pairs):
            raise ClassliftError(
                param.opts[0] if param else "weights",
                f"is {value!r}, expected one number for each class, each class once",
                fix="write cat=2,dog=0.5, or give a .json or .csv file of them where names hold , or =",
            )
        return found


class ClassShares(NamedNumbers):
    """Class shares: by class name, or the name of a file of them."""

    name = "class shares"
    per_cent = True

    def convert(self, value: str | Shares, param: click.Parameter | None, ctx: click.Context | None) -> Shares:  # type: ignore[override]
        """Read ``cat=0.2,dog=0.8``, else the file of that name."""
        if not isinstance(value, str):
            return value
        from classlift.data.shares import ESTIMATE, Shares  # noqa: PLC0415  (not everybody's way)

        if value in ("", ESTIMATE):
            problem = f"is {value!r}, expected the share of each class, or a file of them"
            raise ClassliftError("--shares", problem, fix="write cat=0.2,dog=0.8; only classlift apply estimates them.")
        return Shares(super().convert(value, param, ctx), "--shares" if "=" in value else value)


class SharesOrEstimate(ClassShares):
    """Class shares, or the word that asks for an estimate."""

    def convert(  # type: ignore[override]
        self, value: str | Shares, param: click.Parameter | None, ctx: click.Context | None
    ) -> Shares | str:
        """Read class shares, unless it is the word."""
        from classlift.data.shares import ESTIMATE  # noqa: PLC0415  (not everybody's way)

        return ESTIMATE if value == ESTIMATE else super().convert(value, param, ctx)
