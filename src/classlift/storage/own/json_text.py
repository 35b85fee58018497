"""JSON from files, checked like all that a file says: numbers that JSON knows, text that can be written again."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(stored: str | bytes, *, strict: bool = False) -> Any:  # noqa: ANN401
    """Value of a JSON text.

    Parameters
    ----------
    stored : str or bytes
        The text.
    strict : bool
        Whether NaN and infinities, which JSON does not know, are refused.

    Raises
    ------
    ValueError
        If it is not JSON, or holds halves of characters, which no file can hold again.
    RecursionError
        If it nests too deeply.
    """
    text = stored.decode("utf-8") if isinstance(stored, bytes) else stored
    value = json.loads(text, parse_constant=_no_constant if strict else None)
    if HALF_CHARACTER.search(text):
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def text_list(stored: object) -> NDArray:
    """The texts of a JSON list that one of our writers left in a file's metadata, shape (n,); None where there is none.

    Raises
    ------
    ValueError
        If `stored` is something else.
    """
    if not isinstance(stored, str | bytes):
        raise ValueError("its metadata holds something else than text")
    values = read_json(stored)
    if not isinstance(values, list) or not all(value is None or isinstance(value, str) for value in values):
        raise ValueError("its metadata holds a text column that is not a list of texts")
    return np.array(values, object)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not strict JSON")
