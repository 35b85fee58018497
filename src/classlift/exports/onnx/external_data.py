"""Tensors that a host keeps in files of their own (external data)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.storage import whole_file
from classlift.storage.errors import ours

if TYPE_CHECKING:
    import onnx


def keep_outside_files(model: onnx.ModelProto, host: Path, out: Path) -> tuple[str, ...]:
    """Copy the files that hold a host's tensors beside `out`, where it lies in another folder; gives their names."""
    names = tuple(dict.fromkeys(_locations(model)))
    for name in names:
        _check_inside(name, host)
    if host.resolve().parent == out.resolve().parent:
        return ()
    return tuple(_copied(host.parent / name, out.parent / name) for name in names)


def _check_inside(name: str, host: Path) -> None:
    """Refuse names that lead out of the folder, here or on Windows."""
    if any(path.root or path.drive or ".." in path.parts for path in (PurePosixPath(name), PureWindowsPath(name))):
        raise ClassliftError(
            str(host),
            f"keeps tensors in {name!r}, outside its folder",
            fix="save the host again with its external data beside it.",
        )


def _copied(source: Path, target: Path) -> str:
    if target.exists():
        with ours(str(target)):
            same = _same_content(source, target)
        if not same:
            raise ClassliftError(
                str(target),
                "is in the way: the host's external data must be copied to this name",
                fix="choose another folder for -o, or remove that file.",
            )
        return str(target)
    with ours(str(source)), source.open("rb") as data:
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as file:
            shutil.copyfileobj(data, file, 1 << 20)
    return str(target)


def _same_content(a: Path, b: Path) -> bool:
    if a.stat().st_size != b.stat().st_size:
        return False
    with a.open("rb") as first, b.open("rb") as second:
        while block := first.read(1 << 20):
            if block != second.read(1 << 20):
                return False
    return True


def _locations(model: onnx.ModelProto) -> Iterator[str]:
    """Names of the files, as the model has them."""
    from onnx import TensorProto  # noqa: PLC0415  (an extra)

    for tensor in _tensors(model.graph):
        if tensor.data_location == TensorProto.EXTERNAL:
            yield from (entry.value for entry in tensor.external_data if entry.key == "location")


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Every tensor of a graph, those in attributes and in graphs inside it too."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for inner in (attribute.g, *attribute.graphs):
                yield from _tensors(inner)
