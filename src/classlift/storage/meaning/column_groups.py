"""Plain columns that are the scores together: candidates, each judged by what it does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.kind import Kind
from classlift.storage.meaning import names as known
from classlift.storage.meaning.lookup import ambiguous
from classlift.storage.meaning.missing import not_probabilities
from classlift.storage.meaning.sample import are_proper
from classlift.storage.meaning.vocabulary import DERIVED
from classlift.storage.meaning.wrapping import common_affixes, unwrapped, usual_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from classlift.storage.meaning.one_column import OneOfTwo
    from classlift.storage.meaning.sample import Sample

LARGEST = frozenset(("max", "maximum", "conf", "confidence", "score", "top", "top1", "prob", "logit"))

HUGE = 1e300
"""No row of probabilities holds such a number; sums of smaller ones stay finite."""

Group = tuple[str, ...]


class ScoreColumns(NamedTuple):
    """Names of the score columns: one matrix, or one plain column per class, which then have suffixes.

    `kind` is what a name says, `guessed` whether the columns are only what was left over, `binary` which of two
    classes the one column belongs to.
    """

    names: tuple[str, ...]
    kind: Kind | None
    suffixes: tuple[str, ...] | None = None
    guessed: bool = False
    binary: OneOfTwo | None = None


def find_columns(
    sample: Sample, wanted: Kind | None, labels: str | None, words: set[str], texts: set[str],
    classes: Sequence[str] | None,
) -> ScoreColumns | None:  # fmt: skip
    """Find the plain columns that are the scores; None where there are no candidates.

    Candidates: columns named by the labels or classes, families with a usual beginning or end, columns whose names
    are numbers, neighbours that sum to 1, all decimal columns. Those whose rows sum to 1 go before others.
    """
    free = [n for n in sample.plain if n != labels and sample.is_numeric(n)]
    decimal = [n for n in free if not known.is_id(n) and not _is_index(n)]
    named = _named(sample, decimal, words)
    if named is not None and classes is not None:
        return _made(sample, _in_order(named, classes), words, wanted)
    families = _families(sample, decimal, words)
    if named is not None:
        others = [f for f in families if _names_all(f, words) and set(f) != set(named)]
        good = [g for g in [named, *others] if sample.proper(g)]
        if others and len(good) != 1:
            others = _kinds(dict.fromkeys([named, *others]), wanted)
            if len(others) > 1:
                raise ambiguous(sample.box, [f"{_stem(g)}…" for g in others], "scores", "--prefix")
            named = others[0]
        elif good:
            named = good[0]
        if sample.proper(named) or wanted is not None or _stem_kind(named) or re.fullmatch(known.FAMILY, named[0]):
            return _made(sample, named, words, wanted)
        raise not_probabilities(sample, named, labels)
    families = list(dict.fromkeys(families))
    proper = [f for f in families if sample.proper(f)]
    usual = [f for f in families if re.fullmatch(known.FAMILY, f[0]) or f[0].isdigit() or _stem_kind(f) is Kind.LOGITS]
    if proper or usual:
        pool = _kinds(dict.fromkeys([*proper, *(u for u in usual if _stem_kind(u) is not None or not proper)]), wanted)
        pool = [g for g in pool if not any(set(g) < set(h) for h in pool)]
        if len(pool) > 1:
            raise ambiguous(sample.box, [f"{_stem(g)}…" for g in pool], "scores", "--prefix")
        return _made(sample, pool[0], words, wanted)
    floats = [n for n in decimal if sample.box.columns[n].dtype.kind == "f" and not known.is_score(n)]
    run = _run(sample, floats)
    if run is not None:
        return _made(sample, run, words, wanted, guessed=True)
    if len(floats) > 1 and (len(floats) > 2 or not any("prob" in n.lower() for n in floats)):
        if wanted is not None and len(floats) == len(free):
            return _made(sample, tuple(floats), words, wanted)
        raise not_probabilities(sample, floats, labels)
    return None


def refined(sample: Sample, members: Group, words: set[str]) -> Group:
    """Members without what is derived of the others (a maximum, a margin), unless the rows sum to 1 with it."""
    rest = tuple(m for m in members if _labelled(m, words) or not is_derived(m) or not _computed(sample, m, members))
    if len(rest) == len(members) or len(rest) < 2 or sample.proper(members):
        return members
    return rest


def _labelled(name: str, words: set[str]) -> bool:
    """Whether a label stands in a name."""
    return any(name.endswith(word) or name.startswith(word) for word in words)


def _computed(sample: Sample, name: str, members: Group) -> bool:
    """Whether a column with the name of a largest value holds it; other derived values are told only by name."""
    match = re.fullmatch(known.FAMILY, name)
    tail = known.folded(match["suffix"] if match else name.rsplit("_", maxsplit=1)[-1].rsplit(".", maxsplit=1)[-1])
    if tail not in LARGEST:
        return True
    others = sample.numbers([m for m in members if m != name and not is_derived(m)])
    return others.shape[1] > 0 and bool((sample.numbers([name])[:, 0] >= others.max(axis=1) - 1e-6).all())


def is_derived(name: str) -> bool:
    """Whether a column is by its name computed of the scores."""
    match = re.fullmatch(known.FAMILY, name)
    tail = match["suffix"] if match else name.rsplit("_", maxsplit=1)[-1].rsplit(".", maxsplit=1)[-1]
    return known.folded(tail) in DERIVED


def _is_index(name: str) -> bool:
    return name.strip() == "" or name.lower().startswith("unnamed:") or name == "level_0"


def _named(sample: Sample, names: Sequence[str], words: set[str]) -> Group | None:
    """The columns that the labels name, whole or wrapped: those of the wrapping that most columns share."""
    if not words:
        return None
    if words <= set(names):
        return _widest(sample, tuple(n for n in names if n in words), names)
    found = []
    for label in [max(words, key=len)]:
        for name in names:
            start = name.find(label)
            while start != -1:
                head, tail = name[:start], name[start + len(label) :]
                members = tuple(
                    n for n in names if n.startswith(head) and n.endswith(tail) and len(n) > len(head + tail)
                )
                if {head + w + tail for w in words} <= set(members) and (head or tail):
                    inner = tuple(n for n in members if n[len(head) : len(n) - len(tail)] in words)
                    whole = refined(sample, members, words) if re.search(known.SCORE_WORD, f"{head} {tail}") else inner
                    found.append(members if _all_good(sample, members) else _widest(sample, whole, members))
                start = name.find(label, start + 1)
    found.sort(key=lambda g: (not sample.proper(g), len(g)))
    return found[0] if found else None


def _all_good(sample: Sample, members: Group) -> bool:
    return len(members) > 1 and sample.proper(members)


def _widest(sample: Sample, inner: Group, members: Iterable[str]) -> Group:
    """The named columns, with unnamed neighbours where only all of them sum to 1 (classes without a label)."""
    if len(inner) > 1 and sample.proper(inner):
        return inner
    rest = tuple(m for m in members if m in inner or not is_derived(m))
    if len(rest) > len(inner) and sample.proper(rest):
        return rest
    run = _run(sample, [m for m in members])
    if run is not None and set(inner) <= set(run):
        return run
    if rest and _stem(inner[0]) and all(re.fullmatch(known.FAMILY, m) for m in rest):
        return rest
    return inner


def _names_all(family: Group, words: set[str]) -> bool:
    return unwrapped(family, words) is not None


def _families(sample: Sample, names: Sequence[str], words: set[str]) -> list[Group]:
    groups: dict[str, list[str]] = {}
    for name in names:
        match = re.fullmatch(known.FAMILY, name)
        if match or name.isdigit():
            groups.setdefault(match["prefix"] if match else "", []).append(name)
    found = [tuple(g) for g in groups.values() if len(g) > 1]
    found += common_affixes(names)
    return [g for g in (refined(sample, g, words) for g in found) if len(g) > 1]


def _run(sample: Sample, names: Sequence[str]) -> Group | None:
    """The only neighbours, or all of them, whose rows sum to 1."""
    if len(names) < 2:
        return None
    if sample.proper(names):
        return tuple(names)
    if len(names) > 400:
        return None
    rows = sample.numbers(names)
    rows = rows[(np.abs(rows) < HUGE).all(axis=1)][:200]
    if len(rows) < 2:
        return None
    sums = np.concatenate([np.zeros((len(rows), 1)), rows.cumsum(axis=1)], axis=1)
    runs = []
    for start in range(len(names) - 1):
        inside = (np.abs(sums[:, start + 2 :] - sums[:, start : start + 1] - 1) <= 0.002).all(axis=0)
        for k in np.flatnonzero(inside):
            end = start + 2 + int(k)
            if are_proper(rows[:, start:end]):
                runs.append((start, end))
    return tuple(names[runs[0][0] : runs[0][1]]) if len(runs) == 1 else None


def _kinds(groups: Iterable[Group], wanted: Kind | None) -> list[Group]:
    """Groups whose names say the kind that was asked for, else those whose names say a kind, else all."""
    pool = list(groups)
    narrowed = [g for g in pool if _stem_kind(g) == wanted]
    if len(pool) > 1 and wanted is not None and narrowed:
        return narrowed
    return [g for g in pool if _stem_kind(g)] or pool if len(pool) > 1 else pool


def _stem(group: Group | str) -> str:
    name = group if isinstance(group, str) else group[0]
    match = re.fullmatch(known.FAMILY, name)
    return match["prefix"].rstrip("…") if match else ""


def _stem_kind(group: Group) -> Kind | None:
    match = re.fullmatch(known.FAMILY, group[0])
    if match:
        return known.kind_of(match["prefix"])
    low = group[0].lower()
    return Kind.LOGITS if "logit" in low else Kind.PROBABILITIES if "prob" in low else None


def _in_order(group: Group, classes: Sequence[str]) -> Group:
    """The columns in the order of the classes."""
    inner = unwrapped(group, classes)
    if inner is None:
        return group
    at = dict(zip(inner, group, strict=True))
    return tuple(at[name] for name in classes) if len(classes) == len(group) else group


def _made(sample: Sample, group: Group, words: set[str], wanted: Kind | None, *, guessed: bool = False) -> ScoreColumns:
    del wanted
    inner = unwrapped(group, words) or usual_names(group)
    kind = _stem_kind(group)
    if kind is Kind.PROBABILITIES and not re.fullmatch(known.FAMILY, group[0]):
        kind = None
    return ScoreColumns(group, kind, inner, guessed)
