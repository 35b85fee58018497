"""What arrays of Python objects hold, seen from their pickle, which is not run, and a recipe for each."""

from __future__ import annotations

import contextlib
import warnings
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOKED_AT = 1 << 16
WHY = "the array holds Python objects, which only pickle reads, and pickle runs code; "
TRUSTED = WHY + "if you trust the file, save it anew, once: "

DICT = (
    "d = {value}.item(); np.savez('out.npz', id=list(d), probs=np.stack(list(d.values())))  "
    "(or, where d holds whole arrays, np.savez('out.npz', **d))"
)
ARRAYS_DICT = "d = {value}.item(); np.savez('out.npz', **{{k: np.asarray(v) for k, v in d.items()}})"
DICTS = "pandas.DataFrame(list({value})).to_parquet('out.parquet')"
ROWS = "np.{save}('{out}', {name}np.vstack(list({value})))  (rows, or batches of rows, below one another)"
VALUES = "np.{save}('{out}', {name}np.asarray({value}.tolist()))"
STRUCTURED = "a = {value}; np.savez('out.npz', **{{name: a[name] for name in a.dtype.names}})"
"""For an array with named fields that lies in an npz; an npy file of that sort is read."""

USUAL = ("prob", "logit", "label", "target", "score", "pred")


def object_fix(stream: IO[bytes], shape: Sequence[int], key: str | None = None) -> str:
    """How to save an array of objects anew.

    Parameters
    ----------
    stream : binary file
        Stands at the start of the pickle.
    shape : sequence of int
        Shape of the array.
    key : str, optional
        Its name in an npz file.
    """
    value = "np.load(FILE, allow_pickle=True)" + (f"[{key!r}]" if key else "")
    names = {
        "save": "savez" if key else "save",
        "out": "out.npz" if key else "out.npy",
        "name": f"{key}=" if key and key.isidentifier() else "",
        "value": value,
    }
    held, words = _looked_through(stream.read(LOOKED_AT))
    if not shape:
        arrays = any(word.lower().startswith(USUAL) or word in ("y", "y_true") for word in words)
        return TRUSTED + (ARRAYS_DICT if arrays else DICT).format(**names)
    return TRUSTED + {"dicts": DICTS, "rows": ROWS}.get(held, VALUES).format(**names)


def _looked_through(pickled: bytes) -> tuple[str, list[str]]:
    """What the cells are, dicts, rows (arrays or lists) or plain values, and the first words in the pickle."""
    calls, lists, dicts, words = 0, 0, 0, []
    import pickletools  # noqa: PLC0415  (seldom needed)

    with warnings.catch_warnings(), contextlib.suppress(ValueError, UnicodeDecodeError, IndexError):
        warnings.simplefilter("ignore")  # it may be cut where we stopped looking, or no pickle at all
        for code, value, _ in pickletools.genops(pickled):
            calls += code.name == "REDUCE"
            lists += code.name == "EMPTY_LIST"
            dicts += code.name == "EMPTY_DICT"
            if isinstance(value, str) and value and not value.startswith("numpy"):
                words.append(value)
    if dicts:
        return "dicts", words
    return "rows" if calls > ALWAYS_CALLED or lists > 1 else "values", words


ALWAYS_CALLED = 2
"""Calls in the pickle of every array: of the array itself and of its type."""
