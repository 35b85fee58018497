"""What the columns of a container mean: the one place that decides it, for every format."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.predictions import Kind
from classlift.storage import names as known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlift.storage.container import Column, Container
    from classlift.storage.options import ReadOptions

WIDEST_CARRIED = 64
"""A matrix beside the scores that is wider than this is not carried through."""


@dataclass(frozen=True)
class Layout:
    """Which columns are what.

    Parameters
    ----------
    scores : tuple of str
        One matrix, or one plain column per class.
    kind : Kind, optional
        What the scores are, as far as a name says it.
    suffixes : tuple of str, optional
        What distinguishes the score columns, where there is one per class.
    labels : tuple of str
        One column, or K columns that are one-hot together, or none.
    class_names : str, optional
        The column that holds the class names.
    carried : tuple of str
        What else has one value per row.
    guessed : bool
        Whether the scores are only what was left over; they must prove to be probabilities then.
    """

    scores: tuple[str, ...]
    kind: Kind | None
    suffixes: tuple[str, ...] | None
    labels: tuple[str, ...]
    class_names: str | None
    carried: tuple[str, ...]
    guessed: bool = False


def find_layout(box: Container, options: ReadOptions, classes: tuple[str, ...] | None) -> Layout:
    """Decide what the columns of `box` are.

    Parameters
    ----------
    box : Container
        What was read.
    options : ReadOptions
        What the user said.
    classes : tuple of str, optional
        Class names that the user gave.

    Raises
    ------
    ClassliftError
        If nothing, or more than one thing, can be the scores or the labels.
    """
    scores, kind, suffixes, guessed = _find_scores(box, options, classes)
    _refuse_top_k(box, scores)
    n_classes = len(scores) if suffixes is not None else _width(box.columns[scores[0]])
    labels = () if options.labels is not None else find_labels(box, options, n_classes, required=False, taken=scores)
    names = _find_class_names(box, n_classes, {*scores, *labels})
    rows = box.columns[scores[0]].rows
    taken = {*scores, *labels, *([names] if names else [])}
    if options.labels is not None:
        taken |= {name for name in box.columns if name.lower() in known.LABEL_NAMES}
    carried = tuple(name for name, column in box.columns.items() if name not in taken and _fits(column, rows))
    return Layout(scores, options.kind or kind, suffixes, labels, names, carried, guessed)


def find_labels(
    box: Container, options: ReadOptions, n_classes: int, *, required: bool, taken: Iterable[str] = ()
) -> tuple[str, ...]:
    """Find the column of labels in `box`, or K one-hot columns; empty where there is none and none is `required`."""
    free = {name: column for name, column in box.columns.items() if name not in set(taken)}
    if options.labels_key is not None and (required or options.labels is None):
        return _named_labels(box, free, options.labels_key, n_classes)
    usual = [name for name in free if name.lower() in known.LABEL_NAMES]
    refused = [name for name in box.refused if name.lower() in known.LABEL_NAMES]
    if refused and not usual:
        raise ClassliftError(f"{box.name}, {refused[0]!r}", "cannot be read", fix=box.refused[refused[0]])
    if len(usual) > 1:
        raise _ambiguous(box, usual, "labels", "--labels-key")
    if usual or not required:
        return tuple(usual)
    if len(free) in (1, n_classes):
        return tuple(free)
    raise ClassliftError(
        box.name,
        f"no labels found; it holds {_listed(free)}",
        fix="name the array or column that holds the labels with --labels-key.",
    )


def _named_labels(box: Container, free: dict[str, Column], key: str, n_classes: int) -> tuple[str, ...]:
    exact = _lookup(free, key)
    if exact is not None:
        return (exact,)
    family = tuple(name for name in free if name.startswith(key))
    if len(family) == n_classes:
        return family
    raise _unknown(box, key, "--labels-key")


def _find_scores(
    box: Container, options: ReadOptions, classes: tuple[str, ...] | None
) -> tuple[tuple[str, ...], Kind | None, tuple[str, ...] | None, bool]:
    """Names, kind, suffixes of the score columns, and whether they were only left over."""
    if options.scores_key is not None:
        name = _lookup(box.columns, options.scores_key)
        if name is None:
            raise _unknown(box, options.scores_key, "--scores-key")
        return (name,), known.kind_of(name), None, False
    if options.prefix is not None:
        return *_by_prefix(box, options.prefix), False
    plain = [name for name, column in box.columns.items() if not column.width]
    if classes is not None and set(classes) <= set(plain):
        return classes, None, classes, False
    usual = _usual_matrix(box, options.kind)
    if usual is not None:
        return (usual,), known.kind_of(usual), None, False
    family = _family(box, plain, options.kind)
    if family is not None:
        return *family, False
    return _left_over(box, plain)


def _by_prefix(box: Container, prefix: str) -> tuple[tuple[str, ...], Kind | None, tuple[str, ...]]:
    members = tuple(name for name, c in box.columns.items() if name.startswith(prefix) and not c.width)
    if len(members) < 2:
        raise _unknown(box, prefix, "--prefix")
    return members, known.kind_of(prefix), tuple(name[len(prefix) :] for name in members)


def _usual_matrix(box: Container, wanted: Kind | None) -> str | None:
    found = [name for name, c in box.columns.items() if c.width and name.lower() in known.SCORE_NAMES]
    found = _of_kind(found, wanted)
    if len(found) > 1:
        raise _ambiguous(box, found, "scores", "--scores-key")
    if found:
        return found[0]
    refused = [name for name in box.refused if name.lower() in known.SCORE_NAMES]
    if refused:
        raise ClassliftError(f"{box.name}, {refused[0]!r}", "cannot be read", fix=box.refused[refused[0]])
    return None


def _of_kind(found: list[str], wanted: Kind | None) -> list[str]:
    """Those of several candidates whose name says the kind that the user asked for."""
    narrowed = [name for name in found if known.kind_of(name) == wanted]
    return narrowed if len(found) > 1 and wanted and narrowed else found


def _family(
    box: Container, plain: list[str], wanted: Kind | None
) -> tuple[tuple[str, ...], Kind | None, tuple[str, ...]] | None:
    """Plain columns that share a usual prefix, or whose names are numbers."""
    families: dict[str, list[str]] = {}
    for name in plain:
        match = known.FAMILY.fullmatch(name)
        if match or name.isdigit():
            families.setdefault(match["prefix"] if match else "", []).append(name)
    large = [prefix for prefix, members in families.items() if _mostly_numbers(box, members)]
    large = _of_kind([prefix for prefix in large if known.kind_of(prefix)] or large, wanted)
    if len(large) > 1:
        raise _ambiguous(box, [f"{prefix}…" for prefix in large], "scores", "--prefix")
    if not large:
        return None
    members = tuple(families[large[0]])
    return members, known.kind_of(large[0]), tuple(name[len(large[0]) :] for name in members)


def _mostly_numbers(box: Container, members: list[str]) -> bool:
    """Whether two or more columns hold numbers; a stray text cell must not hide a column of scores."""
    numbers = [name for name in members if not box.columns[name].is_text]
    return len(numbers) > 1 and 2 * len(numbers) > len(members)


def _left_over(box: Container, plain: list[str]) -> tuple[tuple[str, ...], Kind | None, tuple[str, ...] | None, bool]:
    """The only matrix of numbers, or all plain columns of decimal numbers."""
    matrices = [name for name, c in box.columns.items() if c.width and not c.is_text]
    floating = [name for name in matrices if box.columns[name].dtype.kind == "f"] or matrices
    if len(floating) > 1:
        raise _ambiguous(box, floating, "scores", "--scores-key")
    if floating:
        return (floating[0],), known.kind_of(floating[0]), None, False
    usual = [name for name in plain if name.lower() in known.SCORE_NAMES]
    decimal = tuple(name for name in plain if box.columns[name].dtype.kind == "f" and name not in usual)
    if len(decimal) > 1:
        return decimal, None, decimal, True
    raise _no_scores(box, usual)


def _refuse_top_k(box: Container, scores: tuple[str, ...]) -> None:
    """Refuse the scores of the best few classes of each row: they lie beside a matrix of class numbers."""
    width = box.columns[scores[0]].width
    beside = [
        name
        for name, column in box.columns.items()
        if width and column.width == width and column.dtype.kind in "iu" and known.TOP_K.search(name)
    ]
    if beside or (width and known.TOP_K.search(scores[0])):
        raise ClassliftError(
            f"{box.name}, {scores[0]!r}",
            f"holds the scores of the best {width[0]} classes of each row, expected those of all classes",
            fix="save the whole rows of probabilities or logits; what top-k leaves out cannot be restored.",
        )


def _no_scores(box: Container, usual: list[str]) -> ClassliftError:
    if usual:
        return ClassliftError(
            f"{box.name}, {usual[0]!r}",
            "holds one value per row, expected one score per class",
            fix="save the scores of all classes; for a binary model both 1 - p and p.",
        )
    if box.refused and not box.columns:
        name, fix = next(iter(box.refused.items()))
        return ClassliftError(f"{box.name}, {name!r}", "cannot be read", fix=fix)
    return ClassliftError(
        box.name,
        f"no scores found; it holds {_listed(box.columns)}",
        fix="name the array with --scores-key, or what the score columns begin with by --prefix.",
    )


def _find_class_names(box: Container, n_classes: int, taken: set[str]) -> str | None:
    lower = {name.lower(): name for name in box.columns if name not in taken}
    for usual in known.CLASS_NAMES:
        name = lower.get(usual)
        if name is not None and not box.columns[name].width and box.columns[name].rows is not None:
            if box.columns[name].dtype.kind in "Oiu" and len(box.whole(name)) == n_classes:
                return name
    return None


def _fits(column: Column, rows: int | None) -> bool:
    narrow = not column.width or (len(column.width) == 1 and 0 < column.width[0] <= WIDEST_CARRIED)
    return column.rows == rows and narrow


def _width(column: Column) -> int:
    return column.width[0] if column.width else 1


def _lookup(columns: Iterable[str], key: str) -> str | None:
    every = list(columns)
    if key in every:
        return key
    alike = [name for name in every if name.lower() == key.lower()]
    return alike[0] if len(alike) == 1 else None


def _unknown(box: Container, key: str, flag: str) -> ClassliftError:
    if key in box.refused:
        return ClassliftError(f"{box.name}, {key!r}", "cannot be read", fix=box.refused[key])
    near = difflib.get_close_matches(key, list(box.columns), 1)
    hint = f"did you mean {near[0]!r}?" if near else "give one of the names in the file."
    return ClassliftError(box.name, f"{flag} {key} fits nothing in it; it holds {_listed(box.columns)}", fix=hint)


def _ambiguous(box: Container, found: list[str], what: str, flag: str) -> ClassliftError:
    return ClassliftError(
        box.name,
        f"more than one thing in it can be the {what}: {', '.join(found)}",
        fix=f"choose one with {flag} {found[0].rstrip('…')}.",
    )


def _listed(columns: Iterable[str]) -> str:
    every = list(columns)
    shown = ", ".join(every[:8])
    return f"{shown} and {len(every) - 8} more" if len(every) > 8 else shown or "nothing that can be read"
