"""What a manifest, or a row of folders, says of the runs."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classlift.batches.verbs import VERBS
from classlift.data.classes import INSIDE
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.gates.settings import GateSet
from classlift.storage import FORMATS, ReadOptions
from classlift.storage.own.fields import Type, check_table, choices_of, keys_of
from classlift.storage.own.toml import read_toml
from classlift.storage.paths import beside, is_reserved

RESULTS = "batch-results"
"""Folder of the results, where none is named."""


@dataclass(frozen=True)
class RunSpec:
    """One run: its files and settings.

    Parameters
    ----------
    name : str
        Also the name of its folder of results.
    folder : Path
        Where its results go.
    val : str
        Validation predictions that the layer is fitted on.
    test : str, optional
        Predictions that it is checked on; where left out, rows of `val` that the fit has not seen.
    new : tuple of str
        More predictions to apply the layer to.
    verb : str
        How the layer is made: a name in VERBS.
    settings : mapping
        Settings of the verb.
    seed : int
        Seed of folds and draws.
    low_fraction : float
        Share of the classes that the low figures are about.
    costs : str, optional
        File of what mistakes cost; the layer decides by them.
    cost_inside : float
        Cost of a mistake inside of a superclass.
    shares : str, optional
        File of class shares; the layer is tuned under them, and figures go by them.
    gates : GateSet
        What must hold.
    reading : ReadOptions
        How to read its files.
    """

    name: str
    folder: Path
    val: str
    test: str | None = None
    new: tuple[str, ...] = ()
    verb: str = "tune"
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    low_fraction: float = 0.2
    costs: str | None = None
    cost_inside: float = INSIDE
    shares: str | None = None
    gates: GateSet = field(default_factory=GateSet)
    reading: ReadOptions = field(default_factory=ReadOptions)


def read_manifest(path: Path, *, out: Path | None = None) -> list[RunSpec]:
    """Read the runs of a manifest; paths in it are relative to its folder.

    Parameters
    ----------
    path : Path
        TOML file with ``[defaults]`` and ``[[run]]`` tables.
    out : Path, optional
        Folder of the results, instead of the manifest's.

    Returns
    -------
    list of RunSpec

    Raises
    ------
    ClassliftError
        Naming the run and the key, for anything that is not known or has the wrong type.
    """
    content = read_toml(path)
    check_table(content, {"out": str, "defaults": dict, "run": list}, str(path))
    defaults = content.get("defaults", {})
    check_table(defaults, {key: kind for key, kind in _run_keys().items() if key != "name"}, f"{path}, defaults")
    tables = content.get("run", [])
    if not tables or not all(isinstance(table, dict) for table in tables):
        raise ClassliftError(str(path), "has no runs", fix='write [[run]] with name = "…" and val = "…" below it.')
    folder = out if out is not None else Path(_beside(path, content.get("out", RESULTS)))
    runs = [_run(table, defaults, path, i, folder) for i, table in enumerate(tables)]
    _check_names([run.name for run in runs], str(path))
    return runs


def runs_of_folders(folders: Sequence[Path], *, out: Path, verb: str = "tune") -> list[RunSpec]:
    """Make a run of each folder that holds ``val.*``, and maybe ``test.*`` and ``new.*``.

    Raises
    ------
    ClassliftError
        If a folder has no such file or two, or two folders have one name.
    """
    runs = []
    for folder in folders:
        found = {stem: _only_file(folder, stem) for stem in ("val", "test", "new")}
        val = found["val"] or str(folder / "val.npz")  # where there is none, this run fails and the others go on
        new = () if found["new"] is None else (found["new"],)
        name = folder.resolve().name
        runs.append(RunSpec(name, out / name, val, found["test"], new, verb))
    _check_names([run.name for run in runs], "the folders")
    return runs


def _run(table: Mapping[str, Any], defaults: Mapping[str, Any], path: Path, i: int, out: Path) -> RunSpec:
    """Settle one run: its own keys over the defaults; the tables `settings` and `reading` key by key."""
    where = f"{path}, run {table.get('name', i + 1)!r}"
    check_table(table, _run_keys(), where)
    both = {**defaults, **table}
    for key in ("settings", "reading"):
        both[key] = {**defaults.get(key, {}), **table.get(key, {})}
    for key in ("name", "val"):
        if key not in both:
            raise ClassliftError(where, f"has no {key}", fix=f'write {key} = "…".')
    if empty := [key for key in ("val", "test", "new", "costs", "shares") if both.get(key) == ""]:
        raise ClassliftError(f"{where}, {empty[0]}", "is empty, expected a file", fix=f'write {empty[0]} = "…".')
    verb = both.get("verb", "tune")
    if verb not in VERBS:
        raise ClassliftError(f"{where}, verb", f"is {verb!r}", fix=f"write one of: {', '.join(VERBS)}.")
    VERBS[verb].check(both["settings"], f"{where}, settings")
    new = both.get("new", [])
    return RunSpec(
        name=both["name"],
        folder=out / both["name"],
        val=_beside(path, both["val"]),
        test=_beside(path, both["test"]) if "test" in both else None,
        new=tuple(_beside(path, name) for name in ([new] if isinstance(new, str) else new)),
        verb=verb,
        settings=both["settings"],
        seed=both.get("seed", 0),
        low_fraction=float(both.get("low_fraction", 0.2)),
        costs=_beside(path, both["costs"]) if "costs" in both else None,
        shares=_shares(both, verb, path, where),
        cost_inside=_share(both.get("cost_inside", INSIDE), f"{where}, cost_inside"),
        gates=GateSet.from_table({key: both[key] for key in ("gates", "confidence") if key in both}, where),
        reading=_reading(both["reading"], path, where),
    )


def _share(value: float, where: str) -> float:
    if not 0 <= value <= 1:
        raise ClassliftError(where, f"is {value!r}, expected a number from 0 to 1", fix=f"write {INSIDE}.")
    return float(value)


def _shares(run: Mapping[str, Any], verb: str, path: Path, where: str) -> str | None:
    """File of class shares; out of fold `fit` is not judged under them."""
    if "shares" not in run:
        return None
    if verb == "fit" and "test" not in run:
        raise ClassliftError(f"{where}, shares", "need a test file with verb = 'fit'", fix='write test = "…".')
    return _beside(path, run["shares"])


def _run_keys() -> dict[str, Type]:
    """Keys of a run: those of RunSpec that a manifest says itself, and those of its gates."""
    own = {name: kind for name, kind in keys_of(RunSpec).items() if name not in ("folder", "gates", "reading")}
    return {**own, "new": str | list, "reading": dict, **keys_of(GateSet)}


def _reading(table: Mapping[str, Any], path: Path, where: str) -> ReadOptions:
    check_table(table, keys_of(ReadOptions), f"{where}, reading", choices_of(ReadOptions))
    values = dict(table)
    for key in ("labels", "classes"):
        if key in values:
            values[key] = _beside(path, values[key])
    if "kind" in values:
        values["kind"] = Kind(values["kind"])
    return ReadOptions(**values)


def _beside(path: Path, name: str) -> str:
    return beside(path.parent, name)


def _only_file(folder: Path, stem: str) -> str | None:
    names = [f"{stem}{suffix}" for suffix in FORMATS]
    found = [folder / name for name in names if (folder / name).is_file()]
    if len(found) > 1:
        raise ClassliftError(str(folder), f"holds {found[0].name} and {found[1].name}", fix="leave one of them there.")
    return str(found[0]) if found else None


def _check_names(names: Sequence[str], where: str) -> None:
    """Refuse names that cannot name a folder, or occur twice: case and the form of accents make no other folder."""
    seen: set[str] = set()
    for name in names:
        if not name or name in (".", "..") or any(sign in name for sign in "/\\\0"):
            raise ClassliftError(where, f"{name!r} cannot name a folder of results", fix="leave out / and \\.")
        if is_reserved(name):
            raise ClassliftError(where, f"{name!r} cannot name a folder on Windows", fix="give the run another name.")
        same = unicodedata.normalize("NFC", name).casefold()
        if same in seen:
            raise ClassliftError(where, f"the run name {name!r} occurs twice", fix="give every run its own name.")
        seen.add(same)
