"""Do what the `fix:` of a refusal says: say its options, name its files, run its Python, save its expression."""

from __future__ import annotations

import ast
import importlib
import itertools
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from classlift.data.predictions import require_labels
from classlift.data.stretches import WORD
from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions

FLAGS = {
    "--logits": {"kind": "logits"},
    "--probabilities": {"kind": "probabilities"},
    "--header": {"header": True},
    "--no-header": {"header": False},
}
VALUED = ("scores-key", "labels-key", "prefix", "labels", "labels-as", "ignore-label", "bad-rows", "id", "classes")
OPTION = re.compile(r"--[a-z-]+")
VALUE = re.compile(r" ('[^']+'|(?!for\b|with\b|that\b|where\b|if\b|to\b|by\b|or\b|and\b|FILE\b)[^\s,;()']+)")
ALTERNATIVE = re.compile(r",? or (?=name |say |pass |use |--)|,? else (?=--)|; ")
NAMED = re.compile(r"name (?:one: |one file: |only the file of scores, )?(?:'([^']+)'|(/\S+?))(?=[ ;,]|$)")
PYTHON = re.compile(r"(?:once: |\b(?=d = )|\b(?=lines = ))(.+)$", re.DOTALL)
EXPRESSION = re.compile(
    r"save (?:[\w\s]+, )?(np\.\w+\(.*?\)(?=[,;.]? |$)|-scores|\d+ \*\* x|scores / scores\.sum\([^)]*\))"
)
ARRAYS = ("scores", "probs", "logits", "x", "p")
DEPTH = 4


@dataclass(frozen=True)
class Input:
    """A file or folder, and what is said of it."""

    path: Any
    options: dict[str, Any] = field(default_factory=dict)

    def with_more(self, **options: Any) -> Input:
        return Input(self.path, self.options | options)


@dataclass
class Trail:
    """What came of following fixes: how each way ended, and the words on the way."""

    ends: list[tuple[str, str]] = field(default_factory=list)

    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.ends}


def outcome(given: Input, truths: tuple[float, ...]) -> tuple[str, ClassliftError | str]:
    """``right``, ``noted`` (wrong, and doubted), ``wrong``, or ``asked`` with the refusal."""
    try:
        source = open_predictions(given.path, ReadOptions(**given.options))
        right = rows = 0
        for block in source.blocks():
            labels = require_labels(block)
            right += int((block.predicted == labels)[labels >= 0].sum())
            rows += int((labels >= 0).sum())
    except ClassliftError as error:
        return "asked", error
    if any(abs(right / max(rows, 1) - truth) < 1e-12 for truth in truths):
        return "right", ""
    notes = " | ".join(source.notes)
    return ("noted" if WORD in notes else "wrong"), f"{right / max(rows, 1):.4f}, not one of {truths}; {notes}"


def follow(given: Input, truths: tuple[float, ...], folder: Path, words: str = "", depth: int = DEPTH) -> Trail:
    """Read it; where that is refused, do what the fix says in each of its ways, and so on."""
    kind, said = outcome(given, truths)
    if not isinstance(said, ClassliftError):
        return Trail([(kind, f"{words}{given.options}: {said}")])
    ways = [way for way in ways_of(said, given, folder) if way != given] if depth else []
    words = f"{words}{given.options}: {said.problem} -> {said.fix}\n"
    if not ways:
        return Trail([("asked", words)])
    return Trail([end for way in ways for end in follow(way, truths, folder, words, depth - 1).ends])


def ways_of(error: ClassliftError, given: Input, folder: Path) -> list[Input]:
    """What the fix of a refusal says to do, each way as an input; none where only people can do it."""
    fix = error.fix.rstrip(".")
    code = PYTHON.search(fix)
    if code:
        return [ran(code[1], given, error, folder)]
    if "--classes FILE" in fix:
        names = [ast.literal_eval(name) for name in re.findall(r"'[^']*'", error.problem)][-2:]
        return [given.with_more(classes=listed(order, folder)) for order in itertools.permutations(names)]
    parts = ALTERNATIVE.split(fix)
    return [way for part in parts for way in _way(part, given, folder)]


def _way(part: str, given: Input, folder: Path) -> list[Input]:
    options = options_of(part)
    named = NAMED.search(part)
    if named:
        given = Input(named[1] or named[2], given.options)
    expression = EXPRESSION.search(part)
    saved = expression and str(given.path).endswith(".npz")
    if saved:
        given = Input(resaved(expression[1], Path(given.path), folder), given.options)
    return [given.with_more(**options)] if options or named or saved else []


def options_of(text: str) -> dict[str, Any]:
    """The options that a text says, as those of reading; an option that lacks its value is left out."""
    found: dict[str, Any] = {}
    for match in OPTION.finditer(text):
        if match[0] in FLAGS:
            found |= FLAGS[match[0]]
            continue
        value = VALUE.match(text, match.end())
        if match[0][2:] in VALUED and value:
            found[match[0][2:].replace("-", "_")] = value[1].strip("'").rstrip(".")
    return found


def ran(code: str, given: Input, error: ClassliftError, folder: Path) -> Input:
    """Run a line of Python on the file that a refusal names; what it writes takes the place of that file."""
    named = str(error).split(", ")[0].split(": ")[0]
    files = [given.options.get("labels"), given.path]
    file = next((f for f in files if f is not None and str(f) == named), given.path)
    code = code.split("  (", maxsplit=1)[0].replace("(names: list(f))", "")
    names = re.findall(r"\b(np|numpy|pandas|pd|pickle|json|ast|csv|re|torch|scipy|h5py|pyarrow)\b", code)
    aliases = {"np": "numpy", "pd": "pandas"}
    scope = {name: importlib.import_module(aliases.get(name, name)) for name in names} | {"FILE": str(file)}
    here = Path.cwd()
    before = set(folder.iterdir())
    os.chdir(folder)
    try:
        exec(code, scope)
    finally:
        os.chdir(here)
    made = [path for path in folder.iterdir() if path.name.startswith(("out", "labels_of"))] or [
        *(set(folder.iterdir()) - before)
    ]
    new = max(made, key=lambda path: path.stat().st_mtime_ns)
    return given.with_more(labels=str(new)) if file == given.options.get("labels") else Input(str(new), given.options)


def resaved(expression: str, path: Path, folder: Path) -> str:
    """The arrays of a file with the scores as an expression says."""
    arrays = dict(np.load(path))
    key = max(arrays, key=lambda name: arrays[name].ndim)
    scope = {"np": np} | dict.fromkeys(ARRAYS, arrays[key].astype(np.float64))
    arrays[key] = eval(expression, scope)
    target = folder / f"saved{len(list(folder.iterdir()))}.npz"
    np.savez(target, **arrays)
    return str(target)


def listed(names: Any, folder: Path) -> str:
    """A file of class names."""
    path = folder / f"names{len(list(folder.iterdir()))}.json"
    path.write_text(json.dumps(list(names)))
    return str(path)
