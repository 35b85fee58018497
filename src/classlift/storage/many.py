"""Several files as one container: the shards in a folder, those that a pattern names, those named one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.storage.errors import ours
from classlift.storage.formats import FORMATS, format_of_file
from classlift.storage.paths import not_a_file
from classlift.storage.read.chain import Chain
from classlift.storage.read.npy import NpyContainer
from classlift.storage.shards import in_order, look_into, without_number

if TYPE_CHECKING:
    from pathlib import Path

    from classlift.storage.read.container import Container


def open_folder(path: Path, header: bool | None) -> Container:
    """Open the shards that lie in a folder."""
    found = look_into(path)
    box = chained(str(path), list(found.shards), header)
    box.notes = found.notes  # type: ignore[attr-defined]  # told with what the source has to say
    return box


def chained(name: str, paths: list[Path], header: bool | None = None, *, sort: bool = True) -> Container:
    """Open files one after the other as one container, in the order of their numbers unless `sort` is false."""
    if not paths:
        raise ClassliftError(
            name, "no file in it can be read", fix=f"put files there that end in {', '.join(FORMATS)}."
        )
    shards = []
    for path in in_order(paths) if sort else paths:
        if path.exists() and not path.is_file():
            raise not_a_file(str(path))
        with ours(str(path)):
            shards.append(format_of_file(path, str(path)).open(path, str(path), header))
    if len(shards) == 1:
        return shards[0]
    arrays = [shard for shard in shards if isinstance(shard, NpyContainer)]
    key = without_number(arrays[0].key) if arrays else ""
    for shard in arrays:  # what they hold is named after the file
        shard.called(key)
    return Chain(name, shards)
