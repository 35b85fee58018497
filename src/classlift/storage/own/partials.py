"""Files of sums: npz without pickle, the same bytes for the same sums, written whole."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift._version import __version__
from classlift.data.classes import check_unique
from classlift.data.counts import ClassCounts
from classlift.data.fingerprint import MODULUS, Fingerprint
from classlift.data.kind import Kind
from classlift.data.moments import Moments
from classlift.errors import ClassliftError
from classlift.fitting.partials.partial import Partials
from classlift.storage.atomic import check_regular, check_target, whole_file
from classlift.storage.own.decoding import decoded, plain_text, whole_number
from classlift.storage.own.layer_bytes import LAYER_FORMATS
from classlift.storage.paths import place, readable

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

SUFFIX = ".npz"
NPZ = LAYER_FORMATS[SUFFIX]
FORMAT, VERSION = "classlift-partials", 1
DIGEST_DIGITS = 64
COUNTS = ("support", "right", "predicted")


def check_partials_path(path: str | os.PathLike[str]) -> None:
    """Refuse the name of a sums file that could not be written, before any work is done."""
    _check_suffix(place(path))
    check_target(place(path))


def save_partials(sums: Partials, path: str | os.PathLike[str]) -> None:
    """Write sums, whole or not at all."""
    header = {
        "format": FORMAT,
        "version": VERSION,
        "classlift": __version__,
        "n_classes": sums.n_classes,
        "classes": None if sums.classes is None else list(sums.classes),
        "kind": str(sums.kind),
        "rows": sums.fingerprint.n_samples,
        "hashes": [str(value) for value in sums.fingerprint.sums],
        "counted": sorted(sums.counted),
        "summed": sorted(sums.summed),
        "method": sums.method,
        "settings": dict(sums.settings),
        "weight": None if sums.moments is None else sums.moments.weight,
        "notes": list(sums.notes),
    }
    arrays = {name: getattr(sums.counts, name) for name in COUNTS}
    if sums.moments is not None:
        arrays |= {name: getattr(sums.moments, name) for name in ("gram", "cross", "rows")}
    with whole_file(path) as handle:
        NPZ.write(handle, header, arrays)


def load_partials(path: str | os.PathLike[str]) -> Partials:
    """Read sums.

    Raises
    ------
    ClassliftError
        If the file cannot be read, holds no sums, or those of another version, or is damaged.
    """
    target = place(path)
    _check_suffix(target)
    with decoded(target, "file of sums", "give a file that `classlift partials` or `classlift merge` wrote."):
        check_regular(target)
        header, arrays = NPZ.decode(target.read_bytes())
        _check_version(header)
        return _sums(header, arrays)


def is_partials_file(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file holds sums, by the names of its members."""
    target = place(path)
    if target.suffix.lower() != SUFFIX or not target.is_file():
        return False
    try:
        with zipfile.ZipFile(readable(target)) as archive:
            return {"header.npy", *(f"{name}.npy" for name in COUNTS)} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() != SUFFIX:
        raise ClassliftError(
            str(path), f"has the suffix {path.suffix!r}; sums are kept in {SUFFIX} files", fix=f"use {SUFFIX}."
        )


def _check_version(header: Mapping[str, Any]) -> None:
    if header.get("format") != FORMAT:
        raise ClassliftError("header", "is not that of sums", fix="give a file that `classlift partials` wrote.")
    if (header.get("version"), header.get("classlift")) != (VERSION, __version__):
        raise ClassliftError(
            "header",
            f"was written by classlift {header.get('classlift')!r}, this is {__version__}",
            fix="sum all shards with one version of classlift.",
        )


def _sums(header: Mapping[str, Any], arrays: Arrays) -> Partials:
    n_classes = whole_number(header["n_classes"])
    classes = None if header["classes"] is None else tuple(plain_text(name) for name in header["classes"])
    _require(n_classes >= 2 and (classes is None or len(classes) == n_classes), "the number of classes")
    check_unique(classes, "header")
    first, second = (int(plain_text(value)) for value in header["hashes"])
    rows = whole_number(header["rows"])
    _require(rows >= 0 and 0 <= first < MODULUS and 0 <= second < MODULUS, "the fingerprint")
    support, right, predicted = (_whole(arrays[name], n_classes) for name in COUNTS)
    counts = ClassCounts(support, right, predicted)
    _require((counts.right <= np.minimum(counts.support, counts.predicted)).all(), "right rows")
    _require(counts.support.sum() == counts.predicted.sum() <= rows, "counts of rows")
    method = None if header["method"] is None else plain_text(header["method"])
    sums = Partials(
        classes,
        Fingerprint(n_classes, Kind(header["kind"]), rows, (first, second)),
        counts,
        _digests(header["counted"]),
        method,
        dict(header["settings"]),
        None if method is None else _moments(header, arrays, n_classes),
        _digests(header["summed"]),
        tuple(plain_text(note) for note in header["notes"]),
    )
    _check_settings(sums)
    return sums


def _check_settings(sums: Partials) -> None:
    """Refuse settings that are not exactly those on which the method's moments depend."""
    if sums.method is None:
        _require(bool(sums.counted) and not sums.settings and not sums.summed, "settings without a method")
        return
    known = set(sums.full_settings({}).names()) - set(sums.additive.at_solve)
    _require(set(sums.settings) == known, "settings")
    _require(bool(sums.summed) and sums.summed <= sums.counted, "shards")


def _moments(header: Mapping[str, Any], arrays: Arrays, n_classes: int) -> Moments:
    gram, cross = (_finite(arrays[name]) for name in ("gram", "cross"))
    weight = header["weight"]
    _require(gram.shape == (n_classes + 1, n_classes + 1) and cross.shape == (n_classes, n_classes + 1), "shapes")
    _require(isinstance(weight, int | float) and 0 <= weight < float("inf"), "the weight")
    return Moments(gram, cross, _whole(arrays["rows"], n_classes), float(weight))


def _digests(values: object) -> frozenset[str]:
    _require(isinstance(values, list), "fingerprints")
    assert isinstance(values, list)
    digests = frozenset(plain_text(value) for value in values)
    _require(len(digests) == len(values) and all(len(digest) == DIGEST_DIGITS for digest in digests), "fingerprints")
    return digests


def _whole(array: NDArray[Any], n_classes: int) -> NDArray[np.int64]:
    _require(array.dtype == np.int64 and array.shape == (n_classes,) and bool((array >= 0).all()), "counts")
    return array


def _finite(array: NDArray[Any]) -> NDArray[np.float64]:
    _require(array.dtype == np.float64 and bool(np.isfinite(array).all()), "moments")
    return array


def _require(good: object, what: str) -> None:
    if not good:
        raise ValueError(f"{what} cannot be as they stand there")
