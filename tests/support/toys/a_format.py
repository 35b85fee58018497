"""A format: JSON with an array for each column. It would be `columns.py` in `storage/read` and in `storage/write`."""

import json
import sys

import numpy as np

from classlift.storage.formats import FORMATS, Format
from classlift.storage.read.container import Column

MAGIC = b"COLUMNS\n"


class ColumnsFile:
    """Reads: a `Container`."""

    slow = False  # whether a second pass costs as much as parsing

    def __init__(self, path, name):
        self.name = name
        told = json.loads(path.read_bytes().removeprefix(MAGIC))
        self.arrays = {key: np.array(entry["values"], entry["type"]) for key, entry in told.items()}
        self.columns = {key: Column(a.dtype, a.shape[1:], len(a)) for key, a in self.arrays.items()}
        self.refused = {}

    def chunks(self, numbers, others, rows):
        names = [*numbers, *others]
        for start in range(0, len(self.arrays[names[0]]), rows):
            yield {name: self.arrays[name][start : start + rows] for name in names}

    def whole(self, name):
        return self.arrays[name]

    def locate(self, row):
        return f"{self.name}, row {row}"


class ColumnsWriter:
    """Writes: a `Writer`."""

    def __init__(self, file, spec):
        self.file, self.columns = file, {}
        if spec.classes is not None:
            self.write({"class_names": np.array(spec.classes, object)})

    def write(self, columns):
        for name, values in columns.items():
            kind = "O" if values.dtype.kind in "OU" else values.dtype.str
            entry = self.columns.setdefault(name, {"type": kind, "values": []})
            entry["values"] += values.tolist()

    def finish(self):
        self.file.write(MAGIC + json.dumps(self.columns).encode())

    def close(self):
        self.columns.clear()


open_container, start_writer = ColumnsFile, ColumnsWriter

sys.modules["classlift.storage.toy"] = sys.modules[__name__]  # where its file would be
FORMATS[".columns"] = Format("columns", ".columns", "toy", "toy", MAGIC)
