"""Which column holds the true labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.data.classes import spelling
from classlift.errors import ClassliftError
from classlift.storage.meaning import names as known
from classlift.storage.meaning.lookup import ambiguous, listed, lookup, unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from classlift.storage.meaning.sample import Sample
    from classlift.storage.options import ReadOptions


def named_labels(sample: Sample, options: ReadOptions, taken: Collection[str] = ()) -> str | None:
    """The column whose name says that it holds the labels; what is true goes before what may be predicted.

    Raises
    ------
    ClassliftError
        If several do and they differ.
    """
    box = sample.box
    free = [name for name in box.columns if name not in taken]
    if options.labels_key is not None:
        return lookup(free, options.labels_key)
    usual = [name for name in free if known.is_label(name)]
    usual = [name for name in usual if not _is_soft(sample, name)] or usual
    refused = [name for name in box.refused if known.is_label(name)]
    if refused and not usual:
        raise ClassliftError(f"{box.name}, {refused[0]!r}", "cannot be read", fix=box.refused[refused[0]])
    surely = [name for name in usual if known.is_true_label(name)]
    doubtful = [name for name in usual if name not in surely]
    if surely and not any(name.lower() == "y" for name in doubtful):
        usual = surely
    if len(usual) > 1:
        surest = sorted(usual, key=lambda name: not known.is_true_label(name))
        raise ambiguous(box, surest, "labels", "--labels-key")
    return usual[0] if usual else None


def _is_soft(sample: Sample, name: str) -> bool:
    """Whether an array holds rows of decimal numbers that are not one-hot: targets of a teacher, smoothed labels."""
    width = sample.box.columns[name].width
    if not width or width == (1,) or sample.box.columns[name].dtype.kind != "f":
        return False
    rows = sample.values(name)
    return bool(((rows != 0) & (rows != 1)).any())


def label_texts(sample: Sample, options: ReadOptions) -> frozenset[str]:
    """What stands in the column of labels of a file of labels; nothing where only the classes will tell which it is."""
    columns = sample.box.columns
    name = named_labels(sample, options) or (next(iter(columns)) if len(columns) == 1 else None)
    return frozenset(sample.texts(name)) if name is not None and not columns[name].width else frozenset()


def fitting_labels(sample: Sample, names: Sequence[str] | None, n_classes: int, taken: Collection[str]) -> list[str]:
    """Columns that could be the labels by what they hold: class names, or whole numbers of classes."""
    found = []
    for name in sample.plain:
        if name in taken or known.is_id(name):
            continue
        texts = set(sample.texts(name))
        if not texts or len(texts) > n_classes:
            continue
        if (names and {spelling(t) or t for t in texts} <= {spelling(n) or n for n in names}) or all(
            t.isdigit() and int(t) < n_classes for t in texts
        ):
            found.append(name)
    return found


def labels_of_file(
    sample: Sample, options: ReadOptions, names: Sequence[str] | None, n_classes: int
) -> tuple[str, ...]:
    """The column of labels in a file of labels, or its one-hot columns in the order of the classes."""
    box = sample.box
    if options.labels_key is not None:
        return _by_key(sample, options.labels_key, names, n_classes)
    hot = one_hot_columns(sample, names, n_classes, ())
    usual = named_labels(sample, options)
    if usual is not None:
        return (usual,)
    if hot:
        return hot
    free = list(box.columns)
    if len(free) == 1:
        return tuple(free)
    fitting = fitting_labels(sample, names, n_classes, ())
    if len(fitting) == 1 and all(not sample.is_numeric(n) or known.is_id(n) for n in free if n != fitting[0]):
        return tuple(fitting)
    raise ClassliftError(
        box.name,
        f"no labels found; it holds {listed(free)}",
        fix=f"name the array or column that holds the labels with --labels-key {fitting[0] if fitting else ''}".rstrip()
        + ".",
    )


def one_hot_columns(
    sample: Sample, names: Sequence[str] | None, n_classes: int, taken: Collection[str]
) -> tuple[str, ...]:
    """Columns that are one-hot together, one for each class, in the order of the classes; none where there are none."""
    from classlift.storage.meaning.wrapping import unwrapped, usual_names  # noqa: PLC0415

    free = [n for n in sample.plain if n not in taken and sample.is_numeric(n)]
    if len(free) < n_classes:
        return ()
    hot = [n for n in free if set(sample.texts(n)) <= {"0", "1", "False", "True"}]
    if len(hot) != n_classes or not sample.proper(hot):
        return ()
    if names is None:
        inner = usual_names(hot)
        order = {name: k for k, name in enumerate(map(str, range(n_classes)))}
        if all(name in order for name in inner):
            return tuple(sorted(hot, key=lambda n: order[inner[hot.index(n)]]))
        return tuple(hot) if not taken and len(free) == n_classes else ()
    inner_names = unwrapped(hot, names)
    if inner_names is None:
        if set(hot) == {str(k) for k in range(n_classes)} and not bare(names):
            return tuple(sorted(hot, key=int))
        if taken:
            return ()
        raise ClassliftError(
            sample.box.name,
            f"one-hot columns are named {listed(hot)}, the classes {listed(names)}",
            fix="name the one-hot columns by the classes of the scores.",
        )
    place = dict(zip(inner_names, hot, strict=True))
    return tuple(place[name] for name in names)


def bare(names: Sequence[str]) -> bool:
    """Whether all names are numbers."""
    return all(name.isdigit() for name in names)


def _by_key(sample: Sample, key: str, names: Sequence[str] | None, n_classes: int) -> tuple[str, ...]:
    exact = lookup(sample.box.columns, key)
    if exact is not None:
        return (exact,)
    family = tuple(name for name in sample.plain if name.startswith(key))
    if len(family) == n_classes:
        inner = [name[len(key) :] for name in family]
        if names is not None and set(inner) == set(names):
            return tuple(family[inner.index(name)] for name in names)
        if names is None and set(inner) == {str(k) for k in range(n_classes)}:
            return tuple(key + str(k) for k in range(n_classes))
        return family
    raise unknown(sample.box, key, "--labels-key")


def key_labels(sample: Sample, key: str, names: Sequence[str] | None, n_classes: int) -> tuple[str, ...]:
    """Labels that --labels-key names."""
    return _by_key(sample, key, names, n_classes)
