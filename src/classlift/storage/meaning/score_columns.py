"""Which columns are the scores."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.storage.meaning import names as known
from classlift.storage.meaning.column_groups import ScoreColumns, find_columns, is_derived, refined
from classlift.storage.meaning.lookup import ambiguous, lookup, unknown
from classlift.storage.meaning.missing import no_scores
from classlift.storage.meaning.one_column import one_of_two
from classlift.storage.meaning.unfit import refuse_text, refuse_unfit, scores_as_text
from classlift.storage.meaning.wrapping import unwrapped

if TYPE_CHECKING:
    from classlift.storage.meaning.sample import Sample
    from classlift.storage.options import ReadOptions
    from classlift.storage.read.container import Container


def find_scores(
    sample: Sample, options: ReadOptions, classes: tuple[str, ...] | None, labels: str | None,
    elsewhere: frozenset[str] = frozenset(),
) -> ScoreColumns:  # fmt: skip
    """Find the columns of scores by flag, by class names, by usual name, by what is left over, in this order."""
    texts = set(sample.texts(labels)) if labels is not None and not sample.box.columns[labels].width else set(elsewhere)
    found = _find(sample, options, classes, labels, texts)
    _refuse_top_k(sample.box, found.names)
    refuse_text(sample.box, found.names)
    if options.scores_key is None and (classes is None or len(classes) > len(found.names)):
        refuse_unfit(sample, found, texts | set(classes or ()))
    return found


def _find(
    sample: Sample, options: ReadOptions, classes: tuple[str, ...] | None, labels: str | None, texts: set[str]
) -> ScoreColumns:
    box = sample.box
    if options.scores_key is not None:
        name = lookup(box.columns, options.scores_key)
        if name is None:
            raise unknown(box, options.scores_key, "--scores-key")
        if not box.columns[name].width and not box.columns[name].is_text:
            return _one_column(sample, name, texts, classes, options.kind)
        return ScoreColumns((name,), known.kind_of(name))
    words = set(classes) if classes is not None else {t for t in texts if not t.lstrip("-").isdigit()}
    if options.prefix is not None:
        return _by_prefix(sample, options.prefix, words, classes)
    usual = _usual_matrix(box, options.kind)
    if usual is not None:
        return ScoreColumns((usual,), known.kind_of(usual))
    matrix = any(c.width and c.dtype.kind == "f" and n != labels and not _is_truth(n) for n, c in box.columns.items())
    columns = None if matrix else find_columns(sample, options.kind, labels, words, texts, classes)
    return columns or _left_over(sample, labels, texts, classes, options.kind)


def _one_column(
    sample: Sample, name: str, texts: set[str], classes: tuple[str, ...] | None, wanted: Kind | None
) -> ScoreColumns:
    found = one_of_two(sample, name, texts, classes, wanted)
    return ScoreColumns((name,), found.kind, None, binary=found)


def _by_prefix(sample: Sample, prefix: str, words: set[str], classes: tuple[str, ...] | None) -> ScoreColumns:
    box = sample.box
    members = tuple(n for n, c in box.columns.items() if n.startswith(prefix) and not c.width and not c.is_text)
    if len(members) < 2:
        members = tuple(n for n, c in box.columns.items() if n.startswith(prefix) and not c.width)
    if len(members) < 2:
        raise unknown(box, prefix, "--prefix")
    if any(box.columns[n].is_text for n in members):
        return ScoreColumns(members, known.kind_of(prefix), tuple(name[len(prefix) :] for name in members))
    inner = tuple(name[len(prefix) :] for name in members)
    if classes is not None and set(classes) <= set(inner):
        return ScoreColumns(tuple(prefix + name for name in classes), known.kind_of(prefix), classes)
    members = refined(sample, members, words)
    inner = (unwrapped(members, words) if words else None) or tuple(name[len(prefix) :] for name in members)
    return ScoreColumns(members, known.kind_of(prefix), inner)


def _usual_matrix(box: Container, wanted: Kind | None) -> str | None:
    found = [name for name, c in box.columns.items() if c.width and known.is_score(name)]
    found = _of_kind(found, wanted)
    if len(found) > 1:
        raise ambiguous(box, sorted(found, key=lambda name: known.kind_of(name) is None), "scores", "--scores-key")
    if found:
        return found[0]
    refused = [name for name in box.refused if known.is_score(name)]
    if refused:
        raise ClassliftError(f"{box.name}, {refused[0]!r}", "cannot be read", fix=box.refused[refused[0]])
    return None


def _of_kind(found: list[str], wanted: Kind | None) -> list[str]:
    """Those of several candidates whose name says the kind that the user asked for."""
    narrowed = [name for name in found if known.kind_of(name) == wanted]
    return narrowed if len(found) > 1 and wanted and narrowed else found


def _left_over(
    sample: Sample, labels: str | None, texts: set[str], classes: tuple[str, ...] | None, wanted: Kind | None
) -> ScoreColumns:
    """The only matrix of numbers, or the one column of probabilities of two classes."""
    box = sample.box
    matrices = [n for n, c in box.columns.items() if c.width and not c.is_text and n != labels and not _is_truth(n)]
    floating = [name for name in matrices if box.columns[name].dtype.kind == "f"] or matrices
    able = [name for name in floating if not re.search(known.NO_SCORES, name)]
    if len(able) > 1:
        raise ambiguous(box, able, "scores", "--scores-key")
    if able:
        return ScoreColumns((able[0],), known.kind_of(able[0]))
    if floating:
        raise ClassliftError(
            f"{box.name}, {floating[0]!r}",
            "is by its name no array of scores of classes",
            fix=f"if it is, name it with --scores-key {floating[0]}.",
        )
    plain = [n for n in sample.plain if n != labels and box.columns[n].dtype.kind == "f"]
    lone = [n for n in plain if known.is_score(n)] or [n for n in plain if "prob" in n.lower()]
    lone = lone or [n for n in plain if not (known.is_id(n) or re.search(known.NO_SCORES, n) or is_derived(n))]
    if len(lone) == 1 and texts and len(texts) <= 2:
        return _one_column(sample, lone[0], texts, classes, wanted)
    raise scores_as_text(sample, labels) or no_scores(sample, labels)


def _is_truth(name: str) -> bool:
    """Whether a matrix is by its name truth, one-hot or of several labels."""
    return known.is_label(name) or any(word in name.lower() for word in ("label", "target", "truth"))


def _refuse_top_k(box: Container, scores: tuple[str, ...]) -> None:
    """Refuse the scores of the best few classes of each row: they lie beside a matrix of class numbers."""
    width = box.columns[scores[0]].width
    beside = [
        name
        for name, column in box.columns.items()
        if width and column.width == width and column.dtype.kind in "iu" and re.search(known.TOP_K, name)
    ]
    if beside or (width and re.search(known.TOP_K, scores[0])):
        raise ClassliftError(
            f"{box.name}, {scores[0]!r}",
            f"holds the scores of the best {width[0]} classes of each row, expected those of all classes",
            fix="save the whole rows of probabilities or logits; what top-k leaves out cannot be restored.",
        )
