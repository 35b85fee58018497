"""Standard streams that were closed before we began."""

from __future__ import annotations

import os
import sys


def open_closed_streams() -> None:
    """Open closed standard streams on the null device, so that no file that we open gets their numbers.

    Standard input that was closed cannot be read and standard output cannot be written: whoever needs them gets the
    error of the system. What is said on standard error is lost.
    """
    modes = (("stdin", os.O_WRONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))
    for number, (name, flags, mode) in enumerate(modes):
        if getattr(sys, name) is None and _is_closed(number):
            _open_at(number, flags)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  (kept open)


def _is_closed(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False


def _open_at(number: int, flags: int) -> None:
    found = os.open(os.devnull, flags)
    if found != number:
        os.dup2(found, number)
        os.close(found)
