"""What a user may say about a file that its names and values do not."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from numbers import Integral
from typing import Any, Literal, NamedTuple

from classlift.data.kind import Kind
from classlift.errors import ClassliftError


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How to read predictions where names and values leave a choice.

    Parameters
    ----------
    scores_key, labels_key : str, optional
        Name of the array or column that holds the scores, the labels.
    prefix : str, optional
        What the names of the score columns begin with, one column per class.
    labels : path, optional
        Another file (folder, glob) that holds the labels.
    classes : path, optional
        File with the class names in the order of the columns: ``.txt`` one per line, ``.json``, ``.npy``, ``.csv``.
    kind : Kind, optional
        What the scores are, where neither name nor values say it, or say it wrongly.
    labels_as : {'index', 'name', 'one-hot'}, optional
        What the labels are, where it can be read in two ways. Reading itself settles on 'number' (the numbers in the
        names of the classes) and 'sign' (-1 and 1 of two classes).
    ignore_label : str or int, optional
        One more value that means "unlabelled", besides -1 and an empty cell.
    bad_rows : {'error', 'drop', 'normalize'}
        What to do with a row that is not a row of probabilities.
    format : str, optional
        Suffix that stands for the format of standard input, for example ``.csv``; without it the first bytes tell.
    header : bool, optional
        Whether the first line of a text file holds names; without it the lines tell.
    id : str, optional
        Column of ids by which the rows of two files pair (scores and `labels`, or two results), where its name is
        not a usual one.
    cluster : str, optional
        Column that says which rows belong together, such as patient, video or source image: intervals, tests and folds
        then go by clusters.
    """

    scores_key: str | None = None
    labels_key: str | None = None
    prefix: str | None = None
    labels: str | os.PathLike[str] | None = None
    classes: str | os.PathLike[str] | None = None
    kind: Kind | None = None
    labels_as: Literal["index", "name", "one-hot", "number", "sign"] | None = None
    ignore_label: str | int | None = None
    bad_rows: Literal["error", "drop", "normalize"] = "error"
    format: str | None = None
    header: bool | None = None
    id: str | None = None
    cluster: str | None = None

    def __post_init__(self) -> None:
        """Refuse values of other types, and empty names."""
        for entry in fields(self):
            value, allowed = getattr(self, entry.name), _ALLOWED.get(entry.name, _TEXT)
            if value is None and entry.default is None:
                continue
            if not allowed.fits(value):
                raise ClassliftError(
                    f"--{entry.name.replace('_', '-')}", f"is {value!r}, expected {allowed.words}", fix=allowed.fix
                )
        if self.kind is not None:
            object.__setattr__(self, "kind", Kind(self.kind))


class _Allowed(NamedTuple):
    """What a value may be, in words, and what to do where it is something else."""

    words: str
    fits: Callable[[Any], bool]
    fix: str = "correct it, or leave it out."


def _one_of(*words: str) -> _Allowed:
    return _Allowed(" or ".join(map(repr, words)), lambda value: isinstance(value, str) and value in words)


_TEXT = _Allowed("a text of one character or more", lambda value: isinstance(value, str) and value != "")
_PATH = _Allowed("a path", lambda value: isinstance(value, str | os.PathLike) and os.fspath(value) != "")
_ALLOWED = {
    "labels": _PATH,
    "classes": _PATH,
    "kind": _one_of(*Kind),
    "labels_as": _one_of("index", "name", "one-hot", "number", "sign"),
    "ignore_label": _Allowed("a label", lambda value: isinstance(value, str | Integral)),
    "bad_rows": _one_of("error", "drop", "normalize"),
    "header": _Allowed("True or False", lambda value: isinstance(value, bool)),
}
