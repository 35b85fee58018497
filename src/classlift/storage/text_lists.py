"""Text columns that our writers leave in the metadata of a file: JSON lists, checked like all that a file says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def text_list(stored: object) -> NDArray:
    """The texts of a JSON list, shape (n,), None where there is none.

    Raises
    ------
    ValueError
        If `stored` is something else.
    """
    if not isinstance(stored, str | bytes):
        raise ValueError("its metadata holds something else than text")
    values = json.loads(stored)
    if not isinstance(values, list) or not all(value is None or isinstance(value, str) for value in values):
        raise ValueError("its metadata holds a text column that is no list of texts")
    return np.array(values, object)
