"""Files of our own, read back: whatever is wrong with one is said of that file, in two lines."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.storage.errors import DAMAGED, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOT_OURS = (*DAMAGED, ValueError, LookupError, TypeError, AttributeError, OverflowError, RuntimeError)
"""What reading a file raises besides our own errors."""


@contextlib.contextmanager
def decoded(target: Path, noun: str, fix: str) -> Iterator[None]:
    """Turn what decoding `target` as a `noun` raises into one `ClassliftError` that names the file."""
    try:
        yield
    except ClassliftError as error:
        where = "" if error.where == str(target) else f"{error.where}: "
        raise ClassliftError(str(target), where + error.problem, fix=error.fix) from None
    except OSError as error:
        raise ClassliftError(
            str(target),
            f"cannot be read ({error.strerror or error})",
            fix="check the name and that you may read it.",
        ) from None
    except NOT_OURS as error:
        kind = "without" if isinstance(error, KeyError) else f"{type(error).__name__}:"
        problem = f"is not a {noun}, or a damaged one ({kind} {one_line(error)[:120]})"
        raise ClassliftError(str(target), problem, fix=fix) from None


def whole_number(value: object) -> int:
    """Give `value` if it is a whole number; TypeError otherwise."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def plain_text(value: object) -> str:
    """Give `value` if it is text; TypeError otherwise."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value
