"""Files of class names, in the order of the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.storage.atomic import check_regular
from classlift.storage.own.json_text import read_json
from classlift.storage.paths import place
from classlift.storage.read.npy import read_array

if TYPE_CHECKING:
    import os
    from pathlib import Path


def read_class_names(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Class names of a file: ``.json`` list, ``.npy``, else text, one per line (csv: one line or one column)."""
    file = place(path)
    check_regular(file)
    if file.suffix == ".npy":
        values = read_array(file).tolist()
    elif file.suffix == ".json":
        values = read_json(file.read_text(encoding="utf-8-sig"))
    else:
        values = _lines(file)
    if not isinstance(values, list) or not values or any(isinstance(v, dict | list) or v is None for v in values):
        raise ClassliftError(
            file.name,
            "is not a plain list of class names",
            fix="write one class name per line, in the order of the columns.",
        )
    return tuple(str(value) for value in values)


def _lines(file: Path) -> list[str]:
    lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    if file.suffix == ".csv" and len(lines) == 1:
        lines = [cell.strip() for cell in lines[0].split(",")]
    if (
        file.suffix == ".csv"
        and lines
        and lines[0].lower() in ("class", "classes", "class_name", "class_names", "name")
    ):
        lines = lines[1:]
    return [line[1:-1] if len(line) > 1 and line[0] == line[-1] == '"' else line for line in lines]
