"""TOML files: gates and manifests."""

from __future__ import annotations

import os
import tomllib
from typing import Any

from classlift.errors import ClassliftError
from classlift.storage.atomic import check_regular
from classlift.storage.paths import place


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    dict

    Raises
    ------
    ClassliftError
        If it cannot be read, or is not TOML.
    """
    try:
        target = place(path)
        check_regular(target)
        return tomllib.loads(target.read_text(encoding="utf-8-sig"))
    except ClassliftError:
        raise
    except OSError as error:
        raise ClassliftError(str(path), f"cannot be read: {error.strerror or error}", fix="check the path.") from None
    except UnicodeDecodeError:
        raise ClassliftError(str(path), "is not UTF-8 text, as TOML must be", fix="save it as UTF-8.") from None
    except RecursionError:
        raise ClassliftError(str(path), "nests too many lists or tables", fix="write it without them.") from None
    except ValueError as error:
        problem = " ".join(str(error).split())
        raise ClassliftError(str(path), f"is not TOML: {problem}", fix="correct the line that it names.") from None
