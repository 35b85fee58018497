"""Class names: their order is meaning, carried with every array and compared, never sorted."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from collections.abc import Iterable

INSIDE = 0.5
"""Cost of taking a class for another one of its superclass, unless another one is said."""


def check_unique(classes: tuple[str, ...] | None, source: str) -> None:
    """Refuse a list of class names in which one occurs twice."""
    if classes is None or len(set(classes)) == len(classes):
        return
    twice = next(name for i, name in enumerate(classes) if name in classes[:i])
    raise ClassliftError(
        source,
        f"the class name {twice!r} occurs more than once",
        fix="give every class its own name.",
    )


def by_spelling(names: Iterable[str]) -> dict[str, str]:
    """Names by how they are spelled but for case, blanks, ``_``, ``-`` and how accents are stored; none that are alike.

    Examples
    --------
    >>> by_spelling(["Golden retriever", "pug", "PUG", "1.0"])
    {'goldenretriever': 'Golden retriever'}
    """
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        found.setdefault(spelling(name), []).append(name)
    return {key: group[0] for key, group in found.items() if key and len(group) == 1}


def spelling(name: str) -> str:
    """A name without case, blanks, ``_`` and ``-``, accents in one form; nothing for a number."""
    key = re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFC", name).casefold())
    return "" if re.fullmatch(r"[\d.,+]*", key) else key


def inner_names(names: tuple[str, ...], others: tuple[str, ...]) -> dict[str, str]:
    """What `others` call each of `names`, where they are the same but for what all of one side begin or end with.

    Examples
    --------
    >>> inner_names(("a", "b"), ("class_b", "class_a"))
    {'a': 'class_a', 'b': 'class_b'}
    >>> inner_names(("a", "b"), ("class_b", "kind_a"))
    {}
    """
    if sum(map(len, names)) > sum(map(len, others)):
        return {outer: inner for inner, outer in inner_names(others, names).items()}
    more, rest = divmod(sum(map(len, others)) - sum(map(len, names)), max(1, len(names)))
    for head in range(more + 1 if more and not rest else 0):
        ends = {(name[:head], name[len(name) - more + head :]) for name in others}
        inner = {name[head : len(name) - more + head]: name for name in others}
        if len(ends) == 1 and inner.keys() == set(names):
            return {name: inner[name] for name in names}
    return {}


def class_names(classes: tuple[str, ...] | None, n_classes: int) -> tuple[str, ...]:
    """Names to show: the file's own, or the class numbers."""
    return classes if classes is not None else tuple(str(k) for k in range(n_classes))


def _numbers(classes: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Names of a list; where it has none beside one whose names are the class numbers, these numbers in order."""
    if classes is None and other is not None:
        counted = tuple(str(k) for k in range(len(other)))
        return counted if sorted(other) == sorted(counted) else None
    return classes


def check_same_classes(
    a: tuple[str, ...] | None, b: tuple[str, ...] | None, n_a: int, n_b: int, *, where: str, other: str
) -> None:
    """Refuse two class lists that differ; a list without names fits any of its length."""
    if n_a != n_b:
        raise ClassliftError(
            where, f"has {n_a} classes, {other} has {n_b}", fix="use files and a layer of the same model."
        )
    a, b = (_numbers(one, other) for one, other in ((a, b), (b, a)))
    if a is None or b is None or a == b:
        return
    k = next(i for i in range(n_a) if a[i] != b[i])
    order = " (the same names in another order)" if sorted(a) == sorted(b) else ""
    raise ClassliftError(
        where,
        f"class {k} is {a[k]!r}, in {other} it is {b[k]!r}{order}",
        fix="use files and a layer with the same classes in the same order.",
    )
