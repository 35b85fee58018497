"""Writing .npz: scores go straight into the zip where their number is known, the rest waits in temporary files."""

from __future__ import annotations

import contextlib
import zipfile
from typing import IO, TYPE_CHECKING

import numpy as np

from classlift.storage.write.spool import Spools, check_rows, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlift.storage.write.base import WriterSpec

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every member: the same content gives the same bytes."""


class NpzWriter:
    """Writes blocks as the members of one stored (not compressed) zip."""

    def __init__(self, file: IO[bytes], spec: WriterSpec) -> None:
        self.spec = spec
        self.archive = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self.direct: IO[bytes] | None = None
        self.rows = 0
        self.spools = Spools(spec.folder)

    def write(self, columns: Mapping[str, NDArray]) -> None:
        """Add rows."""
        for name, values in columns.items():
            if name == self.spec.score_name and self.spec.n_samples is not None:
                self._write_scores(plain(values))
            else:
                self.spools.add(name, plain(values))
        self.rows += len(next(iter(columns.values())))

    def finish(self) -> None:
        """Write the columns that waited, then the class names."""
        if self.direct is not None:
            self.direct.close()
            check_rows(self.rows, self.spec.n_samples, "output")
        for name, spool in self.spools.items():
            with self._member(name, spool.shape, spool.dtype) as member:
                for block in spool.blocks():
                    member.write(block.reshape(-1).view(np.uint8).data)
        if self.spec.classes is not None and "class_names" not in self.spools:
            names = np.array(self.spec.classes, dtype=np.str_).astype("<U")
            with self._member("class_names", names.shape, names.dtype) as member:
                member.write(names.tobytes())
        self.archive.close()

    def close(self) -> None:
        """Let go of the zip and of the temporary files; an unfinished zip is thrown away with its file."""
        with contextlib.suppress(OSError):
            if self.direct is not None:
                self.direct.close()
        with contextlib.suppress(
            OSError
        ):  # closed in any case: left open, the zip would try again when it is collected
            self.archive.close()
        self.spools.close()

    def _write_scores(self, scores: NDArray) -> None:
        if self.direct is None:
            assert self.spec.score_name is not None and self.spec.n_samples is not None
            self.direct = self._member(self.spec.score_name, (self.spec.n_samples, *scores.shape[1:]), scores.dtype)
        self.direct.write(np.ascontiguousarray(scores).data)

    def _member(self, name: str, shape: tuple[int, ...], dtype: np.dtype) -> IO[bytes]:
        member = self.archive.open(zipfile.ZipInfo(f"{name}.npy", EPOCH), "w", force_zip64=True)
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(member, header)
        return member


def start_writer(file: IO[bytes], spec: WriterSpec) -> NpzWriter:
    """Start writing."""
    return NpzWriter(file, spec)
