"""Writing .safetensors: its header names every size, so the columns wait in temporary files; text goes into it."""

from __future__ import annotations

import json
import math
import struct
from typing import IO, TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.read.safetensors import DTYPES, LONGEST_HEADER, TEXT_PREFIX
from classlift.storage.write.spool import Spools, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlift.storage.write.base import WriterSpec

NAMES = {np.dtype(text): name for name, text in DTYPES.items() if name != "BF16"}


class SafetensorsWriter:
    """Writes blocks as tensors, text columns as JSON lists in the metadata."""

    def __init__(self, file: IO[bytes], spec: WriterSpec) -> None:
        self.file, self.spec = file, spec
        self.spools = Spools(spec.folder)
        self.texts: dict[str, list[str]] = {}

    def write(self, columns: Mapping[str, NDArray]) -> None:
        """Add rows."""
        for name, values in columns.items():
            if values.dtype.kind in "OUST":
                self.texts.setdefault(name, []).extend(plain(values).tolist())
            else:
                self.spools.add(name, plain(values))

    def finish(self) -> None:
        """Write the header, then the tensors, widest types first as the format asks for alignment."""
        order = sorted(self.spools, key=lambda name: (-self.spools[name].dtype.itemsize, name))
        header = json.dumps(self._header(order), ensure_ascii=False, separators=(",", ":")).encode()
        header += b" " * (-len(header) % 8)
        if len(header) > LONGEST_HEADER:
            raise ClassliftError(
                "output", "the text columns do not fit into a safetensors header", fix="write .npz or .parquet."
            )
        self.file.write(struct.pack("<Q", len(header)) + header)
        for name in order:
            for block in self.spools[name].blocks():
                self.file.write(block.reshape(-1).view(np.uint8).data)

    def close(self) -> None:
        """Let go of the temporary files."""
        self.spools.close()

    def _header(self, order: list[str]) -> dict[str, object]:
        texts = dict(self.texts)
        if self.spec.classes is not None:
            texts.setdefault("class_names", list(self.spec.classes))
        header: dict[str, object] = {}
        if texts:
            header["__metadata__"] = {TEXT_PREFIX + k: json.dumps(v, ensure_ascii=False) for k, v in texts.items()}
        end = 0
        for name in order:
            spool = self.spools[name]
            start, end = end, end + math.prod(spool.shape) * spool.dtype.itemsize
            header[name] = {"dtype": NAMES[spool.dtype], "shape": list(spool.shape), "data_offsets": [start, end]}
        return header


def start_writer(file: IO[bytes], spec: WriterSpec) -> SafetensorsWriter:
    """Start writing."""
    return SafetensorsWriter(file, spec)
