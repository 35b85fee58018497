"""What to say where a file has no scores, or columns that are not scores of classes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.meaning import names as known
from classlift.storage.meaning.kind import check_not_per_cent
from classlift.storage.meaning.lookup import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlift.storage.meaning.sample import Sample


def no_scores(sample: Sample, labels: str | None) -> ClassliftError:
    """The error for a file in which nothing can be the scores."""
    box = sample.box
    if box.refused:
        name, fix = next(((n, f) for n, f in box.refused.items() if known.is_score(n)), next(iter(box.refused.items())))
        if known.is_score(name) or not box.columns:
            return ClassliftError(f"{box.name}, {name!r}", "cannot be read", fix=fix)
    for name in sample.plain:
        cells = [str(c) for c in sample.values(name)[:3].tolist()] if box.columns[name].is_text else []
        if any(cells) and all(cell.strip()[:1] in "[({" and cell.strip()[-1:] in "])}" for cell in cells if cell):
            return ClassliftError(
                f"{box.name}, {name!r}",
                "holds a list as text in each cell, expected one number per cell",
                fix="save one column per class, or expand it: np.savez('out.npz', probs=np.stack([np.fromstring("
                f"s.strip('[]').replace(',', ' '), sep=' ') for s in pd.read_csv(FILE)[{name!r}]]), labels=labels)",
            )
    usual = [name for name in sample.plain if known.is_score(name) and not box.columns[name].is_text]
    lone = usual or [
        n for n in sample.plain if n != labels and box.columns[n].dtype.kind == "f" and "prob" in n.lower()
    ]
    if lone:
        return ClassliftError(
            f"{box.name}, {lone[0]!r}",
            "holds one value per row, expected one score per class",
            fix="save the scores of all classes; for a binary model both 1 - p and p, the class of p last.",
        )
    predicted = [name for name in box.columns if known.is_predicted(name)]
    if predicted:
        return ClassliftError(
            box.name,
            f"no scores found, only predicted classes ({predicted[0]!r})",
            fix="export the probabilities or logits of all classes of each row.",
        )
    return ClassliftError(
        box.name,
        f"no scores found; it holds {listed(box.columns)}",
        fix="name the array with --scores-key, or what the score columns begin with by --prefix.",
    )


def not_probabilities(sample: Sample, names: Sequence[str], labels: str | None) -> ClassliftError:
    """The error for columns of decimal numbers that together are not probabilities and have no usual name."""
    where, shown = sample.box.name, f"{', '.join(names[:4])}{' …' if len(names) > 4 else ''}"
    rows = sample.numbers(names)
    rows = rows[np.isfinite(rows).all(axis=1)]
    check_not_per_cent(rows, where)
    inside = len(rows) > 0 and bool(((rows >= 0) & (rows <= 1)).all())
    if all(re.search(known.NO_SCORES, name) for name in names) and len(rows) and (rows >= 0).all():
        raise ClassliftError(
            where,
            f"{shown} are by their names distances or losses, of which the lowest is the best, expected scores",
            fix="save their negatives, -scores, and say --logits.",
        )
    texts = sample.texts(labels) if labels is not None and not sample.box.columns[labels].width else []
    two = bool(texts) and set(texts) <= {"0", "1"}
    if inside and two and len(names) > 2:
        return ClassliftError(
            where,
            f"{shown} do not sum to 1: no classes; they may be several models, or labels of their own",
            fix="give one model: a column of 1 - p and one of p.",
        )
    if inside:
        return ClassliftError(
            where,
            f"{shown} lie in 0..1 and do not sum to 1: independent (sigmoid) probabilities of several labels per row",
            fix="give scores of which one class per row is right; one label per row is expected.",
        )
    family = next(
        (n[: i + 1] for n in names for i, c in enumerate(n) if i and c in "_." and re.search(known.SCORE_WORD, n[:i])),
        "",
    )
    alike = [n for n in names if family and n.startswith(family)]
    if len(alike) > 1:
        fix = (
            f"say what the names of the score columns begin with: --prefix {family}, with --labels-key for the labels."
        )
    else:
        fix = "say --logits if they are logits, name the columns with --classes, or what they begin with by --prefix."
    return ClassliftError(where, f"no usual name, and {shown} together are not probabilities", fix=fix)
