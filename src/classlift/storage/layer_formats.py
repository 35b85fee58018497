"""Layer formats: a header and named arrays to bytes and back, without pickle."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from classlift.errors import MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Header = Mapping[str, Any]
    Arrays = Mapping[str, NDArray[np.float64]]

METADATA_KEY = "classlift-layer"


class LayerFormat(NamedTuple):
    """Two functions: header and arrays to the same bytes each time, and back."""

    encode: Callable[[Header, Arrays], bytes]
    decode: Callable[[bytes], tuple[Header, Arrays]]


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)


def _parse(text: str | bytes) -> Any:  # noqa: ANN401
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not strict JSON")


def _encode_npz(header: Header, arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, header=np.frombuffer(_dump(header).encode(), np.uint8), **arrays)
    return buffer.getvalue()


def _decode_npz(content: bytes) -> tuple[Header, Arrays]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise ValueError("its members are compressed; layers are stored")
        members = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    arrays = {name.removesuffix(".npy"): _decode_npy(member) for name, member in members.items()}
    header = arrays.pop("header")
    return _parse(header.astype(np.uint8).tobytes()), arrays


def _decode_npy(member: bytes) -> NDArray[Any]:
    """Read one array; its declared size must be that of its bytes before memory is taken."""
    stream = io.BytesIO(member)
    version = np.lib.format.read_magic(stream)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
    shape, fortran, dtype = read(stream)
    if dtype.hasobject or fortran or math.prod(shape) * dtype.itemsize != len(member) - stream.tell():
        raise ValueError(f"an array declares shape {shape} of {dtype}, its bytes do not hold that")
    return np.frombuffer(member, dtype, offset=stream.tell()).reshape(shape)


def _encode_json(header: Header, arrays: Arrays) -> bytes:
    lists = {name: array.tolist() for name, array in arrays.items()}
    return (_dump({"header": header, "arrays": lists}) + "\n").encode()


def _decode_json(content: bytes) -> tuple[Header, Arrays]:
    document = _parse(content)
    return document["header"], {name: np.array(rows, np.float64) for name, rows in document["arrays"].items()}


def _encode_safetensors(header: Header, arrays: Arrays) -> bytes:
    return bytes(_safetensors().save(dict(arrays), metadata={METADATA_KEY: _dump(header)}))


def _decode_safetensors(content: bytes) -> tuple[Header, Arrays]:
    length = int.from_bytes(content[:8], "little")
    metadata = _parse(content[8 : 8 + length])["__metadata__"]
    return _parse(metadata[METADATA_KEY]), _safetensors().load(content)


def _safetensors() -> Any:  # noqa: ANN401
    try:
        import safetensors.numpy  # noqa: PLC0415  (an extra)
    except ImportError:
        raise MissingExtraError("layer file", "safetensors", extra="safetensors") from None
    return safetensors.numpy


LAYER_FORMATS = {
    ".npz": LayerFormat(_encode_npz, _decode_npz),
    ".json": LayerFormat(_encode_json, _decode_json),
    ".safetensors": LayerFormat(_encode_safetensors, _decode_safetensors),
}
