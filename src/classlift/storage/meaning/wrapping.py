"""Class names within column names: what all score columns share before and after is not part of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classlift.storage.meaning import names as known

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

BEFORE = r"(?<=[\s_.:\-(\[\"'=|/])"
SIGNS_BEFORE = r"[\[(\"'](\w+ ?==? ?)?[\"']?"
SIGNS_AFTER = r"[\])\"']+$"
NUMBER = r"\d+"


def unwrapped(names: Sequence[str], labels: Collection[str]) -> tuple[str, ...] | None:
    """Class names within `names` under which all `labels` are class names, or None.

    Examples
    --------
    >>> unwrapped(["confidence(cat)", "confidence(dog)"], {"dog"})
    ('cat', 'dog')
    >>> unwrapped(["Class_1", "Class_2"], {"Class_2"})
    ('Class_1', 'Class_2')
    """
    if not labels:
        return None
    wanted = set(labels)
    for head, tail in _cuts(names, max(wanted, key=len)):
        inner = _cut(names, head, tail)
        if wanted <= set(inner) and len(set(inner)) == len(inner):
            return inner
    return None


def usual_names(names: Sequence[str]) -> tuple[str, ...]:
    """Class names within `names` where no label decides: without what they share, if that has a usual word.

    Examples
    --------
    >>> usual_names(["cat_prob", "car_prob"]), usual_names(["V1", "V2"]), usual_names(["cat", "dog"])
    (('cat', 'car'), ('1', '2'), ('cat', 'dog'))
    """
    families = [re.fullmatch(known.FAMILY, name) for name in names]
    if all(families) and len({m["prefix"] for m in families if m}) == 1:
        inner = _without_signs(tuple(m["suffix"] for m in families if m))
        tail = _shared_tail(inner)
        return _cut(inner, 0, tail) if tail and _is_word(inner[0][-tail:]) else inner
    head, tail = _shared_head(names), _shared_tail(names)
    head = head if _is_word(names[0][:head]) else 0
    tail = tail if tail and _is_word(names[0][len(names[0]) - tail :]) else 0
    inner = _cut(names, head, tail)
    if all(inner) and (head or tail):
        return inner
    lead = len(_common(names).rstrip("0123456789"))
    numbers = _cut(names, lead, 0)
    if lead and all(re.fullmatch(NUMBER, n.removeprefix("-")) for n in numbers):
        return numbers
    return tuple(names)


def _common(names: Sequence[str]) -> str:
    """What all names begin with."""
    low, high = min(names), max(names)
    return next((low[:i] for i, sign in enumerate(low) if high[i : i + 1] != sign), low)


def _without_signs(inner: tuple[str, ...]) -> tuple[str, ...]:
    """Names without brackets and quotes around all of them, and a variable before: ``(y=cat)`` is ``cat``."""
    head = re.match(SIGNS_BEFORE, inner[0])
    tail = re.search(SIGNS_AFTER, inner[0])
    if head is None or tail is None or not all(n.startswith(head[0]) and n.endswith(tail[0]) for n in inner):
        return inner
    return _cut(inner, len(head[0]), len(tail[0]))


def common_affixes(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of names that share their first or their last words, where those have a usual word."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in names:
        for cut in {m.start() for m in re.finditer(BEFORE, name)}:
            if _is_word(name[:cut]):
                groups.setdefault(("head", name[:cut]), []).append(name)
        for match in re.finditer(r"[\s_.:\-]", name):
            if _is_word(name[match.start() :]):
                groups.setdefault(("tail", name[match.start() :]), []).append(name)
    found = dict.fromkeys(tuple(group) for group in groups.values() if len(group) > 1)
    return sorted(found, key=len, reverse=True)


def _cuts(names: Sequence[str], label: str) -> list[tuple[int, int]]:
    """Heads and tails of equal length that leave `label` of one of the names; the whole name first."""
    head, tail = len(_common(names)), len(_common([n[::-1] for n in names]))
    found = []
    for name in names:
        start = name.find(label)
        while start != -1:
            end = len(name) - start - len(label)
            if start <= head and end <= tail:
                found.append((start, end))
            start = name.find(label, start + 1)
    return sorted(set(found), key=sum)


def _cut(names: Sequence[str], head: int, tail: int) -> tuple[str, ...]:
    return tuple(name[head : len(name) - tail] for name in names)


def _shared_head(names: Sequence[str]) -> int:
    shared = _common(names)
    return max((m.start() for m in re.finditer(BEFORE, shared + " ") if m.start() <= len(shared)), default=0)


def _shared_tail(names: Sequence[str]) -> int:
    shared = _common([name[::-1] for name in names])[::-1]
    match = re.search(r"[\s_.:\-)\]\"']", shared)
    return len(shared) - match.start() if match else 0


def _is_word(affix: str) -> bool:
    bare = re.sub(r"[^\w\s]", " ", affix).replace("_", " ").strip()
    return (bool(bare) and re.search(known.SCORE_WORD, bare) is not None) or affix in (")", '"', '")', "']", "]")
