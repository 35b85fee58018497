"""Which files of a folder are read, in which order, and which of them hold the labels; what is left out is said."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.storage.formats import FORMATS, format_of_file, suffix_of
from classlift.storage.meaning.names import CLASS_NAMES, SPLITS
from classlift.storage.recipes import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from classlift.storage.read.chain import Chain

LABEL_WORDS = frozenset("label labels target targets truth true gt y gold groundtruth actual".split())  # noqa: SIM905
SCORE_WORDS = frozenset(
    [
        *("prob", "probs", "proba", "probas", "probability", "probabilities", "softmax", "logit", "logits"),
        *("score", "scores", "pred", "preds", "prediction", "predictions", "predicted", "output", "outputs", "hat"),
    ]
)


@dataclass(frozen=True)
class Folder:
    """The files of a folder.

    Parameters
    ----------
    shards : tuple of Path
        Those with rows of scores.
    labels, classes : Path, optional
        The one that holds the labels of the others, and the one that holds names of classes.
    notes : tuple of str
        What a user should know of it.
    """

    shards: tuple[Path, ...]
    labels: Path | None = None
    classes: Path | None = None
    notes: tuple[str, ...] = ()


def look_into(folder: Path) -> Folder:
    """Find out what the files of a folder are, by their names.

    Raises
    ------
    ClassliftError
        If none can be read, or several hold only labels.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    hidden = [path for path in files if path.name.startswith((".", "_"))]
    shown = [path for path in files if path not in hidden]
    readable = [path for path in shown if suffix_of(path.name) in FORMATS]
    refused = [path for path in shown if suffix_of(path.name) in REFUSED]
    if refused and not readable:
        format_of_file(refused[0], str(refused[0]))
    left = [*(path for path in hidden if suffix_of(path.name) in FORMATS), *refused, *_folders_of_shards(folder)]
    notes = (_said(folder, left),) if left else ()
    classes = next((path for path in readable if path.name.split(".")[0].lower() in CLASS_NAMES), None)
    rest = [path for path in readable if path != classes] or readable
    classes = None if classes in rest else classes
    labels = [path for path in rest if _holds_labels(path)]
    _check_one_split(folder, rest, labels)
    if not labels or len(labels) == len(rest):
        return Folder(tuple(rest), None, classes, notes)
    scores = [path for path in rest if path not in labels]
    if len(labels) > 1 or len(scores) > 1:
        raise _many(folder, scores, labels)
    return Folder(tuple(scores), labels[0], classes, (f"labels from {labels[0]}", *notes))


def _holds_labels(path: Path) -> bool:
    words = set(_words(path.name.rsplit(".", 1)[0]))
    return bool(words & LABEL_WORDS) and not words & SCORE_WORDS


def _folders_of_shards(folder: Path) -> list[Path]:
    """Folders in it that hold files which could be read."""
    below = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return [path for path in below if any(suffix_of(file.name) in FORMATS for file in path.iterdir())]


def _said(folder: Path, left: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in in_order(left)[:3]) + (", …" if len(left) > 3 else "")
    return f"{len(left)} of what lies in {folder} is not read: {names}"


def _check_one_split(folder: Path, files: Sequence[Path], labels: Sequence[Path]) -> None:
    """Refuse files whose names tell them apart as parts of a data set: train, val, test."""
    found: dict[str, list[Path]] = {}
    for path, telling in zip(files, _telling([_key(path.name) for path in files]) if files else (), strict=True):
        split = next((word for word in telling if word in SPLITS), None)
        if split is not None:
            found.setdefault(split, []).append(path)
    if len(found) < 2:
        return
    split = max(found, key=lambda word: (word not in ("train", "training"), word in ("test", "testing"), word))
    one, theirs = ([p for p in found[split] if (p in labels) == wanted] for wanted in (False, True))
    labelled = f" with --labels {_pattern(folder, theirs)}" if one and theirs else ""
    raise ClassliftError(
        str(folder),
        f"holds several splits: {', '.join(sorted(found))}",
        fix=f"name one: {_pattern(folder, one or theirs)}{labelled}"
        if _pattern(folder, one or theirs)
        else "put each into a folder of its own.",
    )


def _many(folder: Path, scores: Sequence[Path], labels: Sequence[Path]) -> ClassliftError:
    surely = [path for path in scores if set(_words(path.name)) & SCORE_WORDS]
    named = _pattern(folder, surely if len(surely) == len(labels) else scores), _pattern(folder, labels)
    return ClassliftError(
        str(folder),
        f"holds {len(labels)} file{'s' * (len(labels) > 1)} of labels and {len(scores)} of scores",
        fix=f"name {named[0]} with --labels {named[1]}" if all(named) else "put the labels into a folder of their own.",
    )


def _pattern(folder: Path, paths: Sequence[Path]) -> str:
    """The one file, or a quoted pattern that fits these files of the folder and no other."""
    if len(paths) == 1:
        return str(paths[0])
    names, every = {path.name for path in paths}, [path.name for path in folder.iterdir() if path.is_file()]
    words = dict.fromkeys(word for path in paths for word in re.split(r"[^a-zA-Z]+", path.name) if word)
    patterns = [f"{head}{word}{tail}" for word in words for head in ("*", "") for tail in ("*", ".*")]
    fits = next((p for p in patterns if set(fnmatch.filter(every, p)) == names), None)
    return f"'{folder}/{fits}'" if fits else ""


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Sort shards: numbers in their names by value, words without regard to upper case, on every system alike.

    What marks a file as one of scores or of labels does not count: files of both sorts come in the same order.
    """
    return sorted(paths, key=lambda path: (_ranked(_key(str(path))), str(path)))


def check_paired(scores: Chain, labels: Chain) -> None:
    """Refuse files of scores and of labels of which it is not clear which belong together.

    Raises
    ------
    ClassliftError
        If there are more of one sort, if the names that tell them apart differ, or their numbers of rows do.
    """
    names = [[shard.name for shard in chain.shards] for chain in (scores, labels)]
    if len(names[0]) != len(names[1]):
        raise ClassliftError(
            labels.name,
            f"{len(names[1])} files of labels for {len(names[0])} of scores in {scores.name}",
            fix="give a file of labels for each file of scores, named alike, or one for all.",
        )
    keys = [_telling([_key(name) for name in group]) for group in names]
    wrong = next((i for i, (a, b) in enumerate(zip(*keys, strict=True)) if a != b), None)
    if wrong is not None or len(set(keys[0])) < len(keys[0]):
        at = wrong or 0
        raise ClassliftError(
            names[1][at],
            f"cannot tell whether it holds the labels of {names[0][at]}",
            fix="give both the same name but for a word such as probs and labels, or put all rows into one file.",
        )
    for shard, other in zip(scores.shards, labels.shards, strict=True):
        rows, theirs = (next(iter(box.columns.values())).rows for box in (shard, other))
        if rows is not None and theirs is not None and rows != theirs:
            raise ClassliftError(
                other.name,
                f"{theirs} labels for {rows} rows of scores in {shard.name}",
                fix="give scores and labels of the same rows, in the same order.",
            )


def without_number(stem: str) -> str:
    """Name of what the shards of a row of arrays hold: ``probs`` of ``probs_0``."""
    return re.sub(r"(?:[\W_]*\d+)+$", "", stem) or stem


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", name.lower())


def _key(name: str) -> tuple[str, ...]:
    """Words and numbers of a path, without its suffix and without what says scores or labels."""
    stem = name[: -len(suffix_of(name))] if suffix_of(name) else name
    return tuple(
        str(int(word)) if word.isdecimal() else word for word in _words(stem) if word not in LABEL_WORDS | SCORE_WORDS
    )


def _ranked(key: Sequence[str]) -> list[tuple[int, str]]:
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in key]


def _telling(keys: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """What tells the names of a group apart: all that they share before and after is left out."""
    shortest = min(map(len, keys))
    start = next((i for i in range(shortest) if len({key[i] for key in keys}) > 1), shortest)
    short = shortest - start
    end = next((i for i in range(short) if len({key[len(key) - 1 - i] for key in keys}) > 1), short)
    return [key[start : len(key) - end] for key in keys]
