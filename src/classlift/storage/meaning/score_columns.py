"""Which columns are the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.storage.meaning import names as known
from classlift.storage.meaning.lookup import ambiguous, listed, lookup, unknown

if TYPE_CHECKING:
    from classlift.storage.options import ReadOptions
    from classlift.storage.read.container import Container


class ScoreColumns(NamedTuple):
    """Names of the score columns: one matrix, or one plain column per class, which then have suffixes.

    `kind` is what a name says, `guessed` whether the columns are only what was left over.
    """

    names: tuple[str, ...]
    kind: Kind | None
    suffixes: tuple[str, ...] | None = None
    guessed: bool = False


def find_scores(box: Container, options: ReadOptions, classes: tuple[str, ...] | None) -> ScoreColumns:
    """Find the columns of scores by flag, by class names, by usual name, by what is left over, in this order."""
    found = _find(box, options, classes)
    _refuse_top_k(box, found.names)
    return found


def _find(box: Container, options: ReadOptions, classes: tuple[str, ...] | None) -> ScoreColumns:
    if options.scores_key is not None:
        name = lookup(box.columns, options.scores_key)
        if name is None:
            raise unknown(box, options.scores_key, "--scores-key")
        return ScoreColumns((name,), known.kind_of(name))
    if options.prefix is not None:
        return _by_prefix(box, options.prefix)
    plain = [name for name, column in box.columns.items() if not column.width]
    if classes is not None and set(classes) <= set(plain):
        return ScoreColumns(classes, None, classes)
    usual = _usual_matrix(box, options.kind)
    if usual is not None:
        return ScoreColumns((usual,), known.kind_of(usual))
    family = _family(box, plain, options.kind)
    return family if family is not None else _left_over(box, plain)


def _by_prefix(box: Container, prefix: str) -> ScoreColumns:
    members = tuple(name for name, c in box.columns.items() if name.startswith(prefix) and not c.width)
    if len(members) < 2:
        raise unknown(box, prefix, "--prefix")
    return ScoreColumns(members, known.kind_of(prefix), tuple(name[len(prefix) :] for name in members))


def _usual_matrix(box: Container, wanted: Kind | None) -> str | None:
    found = [name for name, c in box.columns.items() if c.width and name.lower() in known.SCORE_NAMES]
    found = _of_kind(found, wanted)
    if len(found) > 1:
        raise ambiguous(box, found, "scores", "--scores-key")
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


def _family(box: Container, plain: list[str], wanted: Kind | None) -> ScoreColumns | None:
    """Plain columns that share a usual prefix, or whose names are numbers."""
    families: dict[str, list[str]] = {}
    for name in plain:
        match = known.FAMILY.fullmatch(name)
        if match or name.isdigit():
            families.setdefault(match["prefix"] if match else "", []).append(name)
    large = [prefix for prefix, members in families.items() if _mostly_numbers(box, members)]
    large = _of_kind([prefix for prefix in large if known.kind_of(prefix)] or large, wanted)
    if len(large) > 1:
        raise ambiguous(box, [f"{prefix}…" for prefix in large], "scores", "--prefix")
    if not large:
        return None
    members = tuple(families[large[0]])
    return ScoreColumns(members, known.kind_of(large[0]), tuple(name[len(large[0]) :] for name in members))


def _mostly_numbers(box: Container, members: list[str]) -> bool:
    """Whether two or more columns hold numbers; a stray text cell must not hide a column of scores."""
    numbers = [name for name in members if not box.columns[name].is_text]
    return len(numbers) > 1 and 2 * len(numbers) > len(members)


def _left_over(box: Container, plain: list[str]) -> ScoreColumns:
    """The only matrix of numbers, or all plain columns of decimal numbers."""
    matrices = [name for name, c in box.columns.items() if c.width and not c.is_text]
    floating = [name for name in matrices if box.columns[name].dtype.kind == "f"] or matrices
    if len(floating) > 1:
        raise ambiguous(box, floating, "scores", "--scores-key")
    if floating:
        return ScoreColumns((floating[0],), known.kind_of(floating[0]))
    usual = [name for name in plain if name.lower() in known.SCORE_NAMES]
    decimal = tuple(name for name in plain if box.columns[name].dtype.kind == "f" and name not in usual)
    if len(decimal) > 1:
        return ScoreColumns(decimal, None, decimal, guessed=True)
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
        f"no scores found; it holds {listed(box.columns)}",
        fix="name the array with --scores-key, or what the score columns begin with by --prefix.",
    )
