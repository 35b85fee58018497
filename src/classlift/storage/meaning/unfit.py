"""Columns that are named like the scores and cannot be taken as such: a class less would be another result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.storage.meaning import names as known
from classlift.storage.meaning.checks import AS_NUMBERS, text_instead
from classlift.storage.meaning.column_groups import is_derived
from classlift.storage.meaning.wrapping import common_affixes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlift.storage.meaning.column_groups import ScoreColumns
    from classlift.storage.meaning.sample import Sample
    from classlift.storage.read.container import Container

NUMBER = r"(?i)[-+]?[\d.,]*\d[\d.,]*(e[-+]?\d+)?\s*%?"
"""A number, also one that needs to be written in another way."""

SHOWN = 8
"""Most columns that a message names."""


def refuse_unfit(sample: Sample, found: ScoreColumns, words: set[str]) -> None:
    """Refuse a column that is named like the scores and does not hold one number per row.

    Words that name no class are not scores: ``pred_file`` beside ``pred_0`` and ``pred_1`` is left alone.

    Raises
    ------
    ClassliftError
        Naming the column, what it holds, and the scores that are named alike.
    """
    box, patterns = sample.box, list(_patterns(found))
    taken = {*found.names, *filter(sample.is_numeric, sample.plain)}
    digits = all(_inner(name, patterns).isdigit() for name in found.names)
    for name in [*box.columns, *box.refused]:
        if name in taken or known.is_true_label(name) or name.lower() in known.CLASS_NAMES:
            continue
        inner = _inner(name, patterns)
        certain = inner in words or (digits and inner.isdigit())
        if certain or (inner != name and not is_derived(name)):
            what = _held(sample, name, certain=certain)
            if what is not None:
                raise _unfit(sample, found, name, what)


def refuse_text(box: Container, names: Sequence[str]) -> None:
    """Refuse text where scores should be.

    Raises
    ------
    ClassliftError
        Naming the column.
    """
    text = next((name for name in names if box.columns[name].is_text), None)
    if text is not None:
        raise text_instead(box.name, text)


def _patterns(found: ScoreColumns) -> Iterator[tuple[str, str]]:
    """What stands before and after the class in every name of a score column; something does."""
    families = [re.fullmatch(known.FAMILY, name) for name in found.names]
    prefixes = {match["prefix"] if match else "" for match in families}
    if len(prefixes) == 1 and prefixes != {""}:
        yield prefixes.pop(), ""
    first, inner = found.names[0], found.suffixes[0] if found.suffixes else ""
    start = first.find(inner) if inner else -1
    while start != -1:
        head, tail = first[:start], first[start + len(inner) :]
        if (head or tail) and all(map(_within, found.names, [head] * len(found.names), [tail] * len(found.names))):
            yield head, tail
        start = first.find(inner, start + 1)


def _within(name: str, head: str, tail: str) -> str:
    """What a name holds between `head` and `tail`; nothing where it does not have them."""
    fits = name.startswith(head) and name.endswith(tail) and len(name) > len(head) + len(tail)
    return name[len(head) : len(name) - len(tail)] if fits else ""


def _inner(name: str, patterns: list[tuple[str, str]]) -> str:
    """What stands where the scores name their class, or the whole name."""
    return next((inner for head, tail in patterns if (inner := _within(name, head, tail))), name)


def _held(sample: Sample, name: str, *, certain: bool) -> str | None:
    """What a column holds that is named like a score, or None where it may be something else."""
    box = sample.box
    if name in box.refused:
        return "cannot be read"
    column = box.columns[name]
    if column.width:
        return f"has the shape {column.shape}" if certain else None
    longest = max((box.columns[n].rows or 0 for n in sample.plain), default=0)
    if name not in sample.plain:
        near = column.rows is not None and 2 * column.rows > longest
        return f"has {column.rows} rows, expected {longest}" if certain or near else None
    cells = sample.texts(name)
    if not cells:
        return "holds no value"
    return f"holds {cells[0][:40]!r} as text or decimal" if certain or _are_numbers(cells) else None


def _are_numbers(cells: list[str]) -> bool:
    return 2 * sum(re.fullmatch(NUMBER, cell) is not None for cell in cells) > len(cells)


def scores_as_text(sample: Sample, labels: str | None) -> ClassliftError | None:
    """The error for columns that have the usual names of scores, and no numbers but text or decimals; else None."""
    texts = [n for n in sample.plain if n != labels and sample.box.columns[n].is_text]
    families = [[n for n in texts if re.fullmatch(known.FAMILY, n)], *common_affixes(texts)]
    for family in families:
        unfit = [n for n in family if (cells := sample.texts(n)) and not is_derived(n) and _are_numbers(cells)]
        if unfit:
            return ClassliftError(
                f"{sample.box.name}, {unfit[0]!r}",
                f"holds {sample.texts(unfit[0])[0][:40]!r} as text or decimal, and is named like scores",
                fix=f"{AS_NUMBERS}.",
            )
    return None


def _unfit(sample: Sample, found: ScoreColumns, name: str, what: str) -> ClassliftError:
    others = ", ".join(found.names[:SHOWN]) + (" …" if len(found.names) > SHOWN else "")
    fix = sample.box.refused.get(name, AS_NUMBERS).rstrip(".")
    return ClassliftError(
        f"{sample.box.name}, {name!r}",
        f"{what}, and is named like the scores {others}",
        fix=f"{fix}; if it is not a score, give it another name.",
    )
