"""Documents as tidy tables: one row per thing, one number per cell, names as in JSON, shares as fractions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = dict[str, Any]

SIDES = ("before", "after")
ENDS = ("low", "high")
INTERVAL = "_interval"


def tidy_tables(document: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Make the tables of a document, by name: its figures first, then its classes, groups, gates and so on.

    A document inside a document gives tables whose names begin with its own: ``out_of_fold.classes``.
    """
    found: dict[str, list[Row]] = {}
    if document.get("figures"):
        found["figures"] = _figures(document)
    found |= _lists(document)
    for key, value in document.items():
        if _is_document(value):
            inside = {name: rows for name, rows in tidy_tables(value).items() if name != "figures"}
            found |= {f"{key}.{name}": rows for name, rows in inside.items()}
        elif key == "groups":
            found[key] = [{"by": column, **_flat(row)} for column, rows in value.items() for row in rows]
        elif key == "confusion":
            found[key] = _confusion(value or {}, [one["name"] for one in document["classes"]])
        else:
            found |= {name: [_flat(row) for row in rows] for name, rows in _rows_in(key, value) if name not in found}
    return {name: rows for name, rows in found.items() if rows}


def columns_of(rows: list[Row]) -> list[str]:
    """Names of the columns of a table, in the order in which they are first met."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _is_document(value: object) -> bool:
    return isinstance(value, Mapping) and "schema" in value


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _rows_in(key: str, value: object) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Lists of rows, and those inside of mappings, such as the candidates of a search."""
    if isinstance(value, list) and _is_rows(value):
        yield key, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _rows_in(name, inner)


def _figures(document: Mapping[str, Any]) -> list[Row]:
    """A row per figure: its value, or before, after and change; and the ends of its interval, where there is one."""
    rows: dict[str, Row] = {}
    for name, value in document["figures"].items():
        figure, dot, side = name.rpartition(".")
        if not dot or side not in (*SIDES, "change", *ENDS):
            figure, side = name, "value"
        rows.setdefault(figure, {"figure": figure})[side] = value
    intervals = document.get("intervals") or {}
    for figure, ends in (intervals.get("change") or intervals).items():
        if figure in rows:
            rows[figure] |= _ends("", ends)
    known = [name for name in ("figure", "value", *SIDES, "change", *ENDS) if any(name in row for row in rows.values())]
    return [{name: row.get(name) for name in known} for row in rows.values()]


def _ends(name: str, value: Any) -> Row:  # noqa: ANN401  (a pair, a mapping of its ends, or nothing)
    pair = [value[end] for end in ENDS] if isinstance(value, Mapping) else (value or [None, None])
    return dict(zip((f"{name}_{end}" if name else end for end in ENDS), pair, strict=True))


def _lists(document: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Lists beside the class names, one entry for each class, as one table."""
    names = document.get("classes") or []
    if _is_rows(names):
        return {}
    same = {key: value for key, value in document.items() if isinstance(value, list) and len(value) == len(names)}
    if len(same) < 2:
        return {}
    heads = ["name" if key == "classes" else key for key in same]
    return {"classes": [dict(zip(heads, row, strict=True)) for row in zip(*same.values(), strict=True)]}


def _confusion(value: Mapping[str, Any], names: Sequence[str]) -> list[Row]:
    """A row per pair of classes that occurs, by their names."""
    sides = {side: value[side] or {} for side in SIDES} if "before" in value else {"": value}
    return [
        {**({"side": side} if side else {}), "true": names[true], "predicted": names[predicted], "rows": rows}
        for side, columns in sides.items()
        for true, predicted, rows in zip(*columns.values(), strict=True)
    ]


def _flat(row: Mapping[str, Any]) -> Row:
    first = {"name": row["name"]} if "name" in row else {}
    return first | {name: value for key, given in row.items() for name, value in _cells(key, given)}


def _cells(key: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  (whatever a document holds)
    """Cells of one entry of a row: figures and sides become columns of their own, other lists and mappings JSON."""
    if key.endswith(INTERVAL):
        yield from _ends(key.removesuffix(INTERVAL), value).items()
    elif _is_document(value):
        prefix = "" if key == "result" else f"{key}_"
        yield from ((f"{prefix}{name.replace('.', '_')}", number) for name, number in value["figures"].items())
    elif key in SIDES and isinstance(value, Mapping):
        for name, given in _flat(value).items():
            base = next((name.removesuffix(f"_{end}") for end in ENDS if name.endswith(f"_{end}")), name)
            yield f"{base}_{key}{name.removeprefix(base)}", given
    elif key == "figures":
        for name, given in value.items():
            sides = given if isinstance(given, Mapping) else {"": given}
            yield from ((f"{name}_{side}" if side else name, number) for side, number in sides.items())
    elif isinstance(value, Mapping | list):
        yield key, json.dumps(value, ensure_ascii=False) if value else None
    else:
        yield key, value
