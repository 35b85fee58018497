"""Small pictures of rows, from a column of file names or a folder of image files."""

from __future__ import annotations

import base64
import io
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlift.errors import ClassliftError, MissingExtraError
from classlift.evaluation.pairing import ID_NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 96
KINDS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
"""What a file may hold, whatever its name: no kind whose reader starts other programs."""

SUFFIXES = ("", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")


def no_thumbnail(row: Mapping[str, Any]) -> str:
    """Give no picture of any row."""
    del row
    return ""


def check_pillow() -> None:
    """Refuse `--images` where the package that reads them is missing, before any work is done."""
    try:
        import PIL.Image  # noqa: F401, PLC0415  (an extra)
    except ImportError:
        raise MissingExtraError("--images", "pillow", extra="report") from None


def thumbnails(
    where: str, rows: Mapping[str, NDArray[Any]], folders: Sequence[Path]
) -> Callable[[Mapping[str, Any]], str]:
    """Find how to get the picture of a row.

    Parameters
    ----------
    where : str
        A column of image files, or a folder of them that are named by the ids or the numbers of the rows.
    rows : mapping of str to ndarray
        Columns of the rows that are shown.
    folders : sequence of Path
        Where image files of a column are looked for.

    Returns
    -------
    callable
        From the values of a row to a ``data:`` address, empty where its file is missing or is not an image.

    Raises
    ------
    ClassliftError
        If it is neither a column nor a folder, or not one of the rows has a picture there.
    """
    own = {"row", "change", "true", "before", "after", "p_true_before", "p_true_after", "p_before", "p_after", "move"}
    carried = [name for name in rows if name not in own]
    if where in carried:
        keys, places = [where], list(folders)
    elif Path(where).is_dir():
        known = [name for wanted in ID_NAMES for name in carried if name.lower() == wanted]
        keys, places = [*known, "row"], [Path(where)]
    else:
        columns = f"its columns: {', '.join(carried)}" if carried else "it has no columns besides scores and labels"
        raise ClassliftError(where, f"is neither a folder nor a column of the test file ({columns})", fix=_FIX)
    found = {int(row): _file(keys, rows, i, places) for i, row in enumerate(rows["row"])}
    if found and not any(found.values()):
        raise ClassliftError(where, "holds the picture of not one of the rows to be shown", fix=_FIX)
    return lambda row: _data(found.get(int(row["row"])))


_FIX = (
    "name a column of image files below the folder of the test file or the working folder, "
    "or a folder of images whose names are the ids or the numbers of the rows; "
    "links that lead elsewhere are not followed."
)


def _file(keys: Sequence[str], rows: Mapping[str, NDArray[Any]], i: int, places: Sequence[Path]) -> Path | None:
    """First file that has the name of a row, with or without the suffix of an image."""
    names = [str(rows[key][i]) for key in keys]
    stems = [(path, place) for name in names if name for place in places if (path := _inside(place, name)) is not None]
    candidates = ((path.with_name(path.name + suffix), place) for path, place in stems for suffix in SUFFIXES)
    return next((path for path, place in candidates if _is_file_of(place, path)), None)


def _inside(folder: Path, name: str) -> Path | None:
    """The file of a name, relative or whole, below a folder; None outside: somebody else may have made the names."""
    path = Path(os.path.normpath(folder.absolute() / name))
    return path if path.is_relative_to(folder.absolute()) and path.name else None


def _is_file_of(folder: Path, path: Path) -> bool:
    """Whether it is a file that lies below the folder, wherever links lead."""
    try:
        return path.is_file() and path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # a name that no file can have
        return False


def _data(path: Path | None) -> str:
    """Draw a file anew at the size of a thumbnail: what it held besides pixels is gone."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  (an extra)

    if path is None:
        return ""
    buffer = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=KINDS) as image:
                image.draft("RGB", (SIZE * 2, SIZE * 2))
                small = image.convert("RGB")
        small.thumbnail((SIZE, SIZE))
        small.save(buffer, "JPEG", quality=82)
    except (
        OSError,
        ValueError,
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
