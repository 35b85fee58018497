"""Layer formats: a header and named arrays to bytes and back, without pickle."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np

from classlift.storage.own.json_text import read_json
from classlift.storage.read.arrays import parse_header

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Header = Mapping[str, Any]
    Arrays = Mapping[str, NDArray[np.float64]]

METADATA_KEY = "classlift-layer"


class LayerFormat(NamedTuple):
    """Two functions: header and arrays into a file, the same bytes each time, and back."""

    write: Callable[[IO[bytes], Header, Arrays], None]
    decode: Callable[[bytes], tuple[Header, Arrays]]


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)


def _write_npz(file: IO[bytes], header: Header, arrays: Arrays) -> None:
    members: dict[str, Any] = {"header": np.frombuffer(_dump(header).encode(errors="replace"), np.uint8), **arrays}
    np.savez(file, **members)


def _decode_npz(content: bytes) -> tuple[Header, Arrays]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise ValueError("its members are compressed; layers are stored")
        members = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    arrays = {name.removesuffix(".npy"): _decode_npy(member) for name, member in members.items()}
    header = arrays.pop("header")
    if header.dtype != np.uint8:
        raise ValueError("its header is not text")
    return read_json(header.tobytes(), strict=True), arrays


def _decode_npy(member: bytes) -> NDArray[Any]:
    """Read one array; its declared size must be that of its bytes before memory is taken."""
    stream = io.BytesIO(member)
    shape, fortran, dtype = parse_header(stream)
    if dtype.hasobject or fortran or math.prod(shape) * dtype.itemsize != len(member) - stream.tell():
        raise ValueError(f"an array declares shape {shape} of {dtype}, its bytes do not hold that")
    return np.frombuffer(member, dtype, offset=stream.tell()).reshape(shape)


def _write_json(file: IO[bytes], header: Header, arrays: Arrays) -> None:
    lists = {name: array.tolist() for name, array in arrays.items()}
    file.write((_dump({"header": header, "arrays": lists}) + "\n").encode(errors="replace"))


def _decode_json(content: bytes) -> tuple[Header, Arrays]:
    document = read_json(content, strict=True)
    return document["header"], {name: np.array(rows, np.float64) for name, rows in document["arrays"].items()}


def _write_safetensors(file: IO[bytes], header: Header, arrays: Arrays) -> None:
    table: dict[str, Any] = {"__metadata__": {METADATA_KEY: _dump(header)}}
    end = 0
    for name, array in arrays.items():
        start, end = end, end + array.nbytes
        table[name] = {"dtype": "F64", "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for array in arrays.values():
        file.write(np.ascontiguousarray(array, "<f8").data)


def _decode_safetensors(content: bytes) -> tuple[Header, Arrays]:
    start = 8 + int.from_bytes(content[:8], "little")
    table = read_json(content[8:start], strict=True)
    header = read_json(table.pop("__metadata__")[METADATA_KEY], strict=True)
    arrays = {}
    for name, entry in table.items():
        begin, end = entry["data_offsets"]
        shape = tuple(entry["shape"])
        if entry["dtype"] != "F64" or not 0 <= begin <= end <= len(content) - start:
            raise ValueError(f"tensor {name!r} is not float64 within the file")
        arrays[name] = np.frombuffer(content[start + begin : start + end], "<f8").reshape(shape)
    return header, arrays


LAYER_FORMATS = {
    ".npz": LayerFormat(_write_npz, _decode_npz),
    ".json": LayerFormat(_write_json, _decode_json),
    ".safetensors": LayerFormat(_write_safetensors, _decode_safetensors),
}
