"""Lines that convert, once, what is not read: each suits what the file holds, as far as its first bytes tell."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from classlift.storage.paths import readable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TENSOR = "np.savez('out.npz', probs=torch.load(FILE, weights_only=True).float().numpy())"
_TENSORS = (
    "t = torch.load(FILE, weights_only=True); np.savez('out.npz', probs=t[0].float().numpy(), labels=t[1].numpy())"
)
_TENSOR_DICT = (
    "d = torch.load(FILE, weights_only=True); "
    "np.savez('out.npz', **{k: v.numpy() for k, v in d.items() if hasattr(v, 'numpy')})"
)
_PICKLED = "np.savez('out.npz', probs=d['probs'], labels=d['labels'])  (or the names in it)"
PICKLE = f"d = pickle.load(open(FILE, 'rb')); {_PICKLED}"
PICKLED_ARRAY = (
    "d = pickle.load(open(FILE, 'rb')); np.save('out.npy', d)  (or, where d is a dict, np.savez('out.npz', **d))"
)
_HDF5 = "f = h5py.File(FILE); np.savez('out.npz', probs=f['probs'][:], labels=f['labels'][:])  (names: list(f))"
_FEATHER = "pyarrow.parquet.write_table(pyarrow.feather.read_table(FILE), 'out.parquet')"
_STREAM = "pyarrow.parquet.write_table(pyarrow.ipc.open_stream(FILE).read_all(), 'out.parquet')"
_MATLAB = (
    "m = scipy.io.loadmat(FILE); y = m['labels'].ravel().astype(int); "
    "np.savez('out.npz', probs=m['probs'], labels=y - (y.min() > 0))  (MATLAB counts from 1)"
)
_MATLAB_73 = (
    "f = h5py.File(FILE); y = f['labels'][:].ravel().astype(int); "
    "np.savez('out.npz', probs=f['probs'][:].T, labels=y - (y.min() > 0))  (MATLAB counts from 1)"
)
_SPLIT = "d = json.load(open(FILE)); pandas.DataFrame(d['data'], columns=d['columns']).to_parquet('out.parquet')"
_JSON = "pandas.read_json(FILE).to_parquet('out.parquet')"
_JSON_LINES = "it holds an object in every line: rename it to end in .jsonl"
_ARFF = (
    "d = pandas.DataFrame(scipy.io.arff.loadarff(FILE)[0]); "
    "d.map(lambda v: v.decode() if isinstance(v, bytes) else v).to_csv('out.csv', index=False)"
)
_TFRECORD = (
    "r = [tf.train.Example.FromString(x.numpy()).features.feature for x in tf.data.TFRecordDataset(FILE)]; "
    "np.savez('out.npz', probs=[x['probs'].float_list.value for x in r], "
    "labels=[x['labels'].int64_list.value[0] for x in r])"
)
_EXCEL = "pandas.read_excel(FILE).to_csv('out.csv', index=False)"


def _head(path: Path, n: int = 256) -> bytes:
    with path.open("rb") as stream:
        return stream.read(n)


def _torch(path: Path) -> str:
    """The line for a tensor, a pair of them, or a dict: the file's own pickle begins with what it holds."""
    try:
        with zipfile.ZipFile(readable(path)) as archive:
            name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
            held = archive.read(name)[2:]
    except (zipfile.BadZipFile, StopIteration):
        return _TENSOR_DICT
    if held.startswith((b"(", b"]")):
        return _TENSORS
    return _TENSOR if held.startswith(b"ctorch._utils\n") else _TENSOR_DICT


def _arrow(path: Path) -> str:
    return _FEATHER if _head(path).startswith((b"ARROW1", b"FEA1")) else _STREAM


def _matlab(path: Path) -> str:
    return _MATLAB_73 if _head(path).startswith(b"MATLAB 7.3") else _MATLAB


def _json(path: Path) -> str:
    """The line for a table as {"columns": …, "data": …}, for one object a line, and for what pandas reads."""
    head = _head(path, 1 << 16).decode("utf-8-sig", "replace").lstrip()
    if head.startswith("{") and '"data"' in head and '"columns"' in head:
        return _SPLIT
    lines = head.split("\n")
    whole = len(lines) > 1 and lines[0].startswith("{") and lines[0].rstrip().endswith("}")
    return _JSON_LINES if whole and lines[1].lstrip().startswith("{") else _JSON


_ALWAYS = {
    ".pkl": PICKLE,
    ".pickle": PICKLE,
    ".joblib": f"d = joblib.load(FILE); {_PICKLED}",
    ".h5": _HDF5,
    ".hdf5": _HDF5,
    ".pt": _TENSOR_DICT,
    ".pth": _TENSOR_DICT,
    ".mat": _MATLAB,
    ".arff": _ARFF,
    ".feather": _FEATHER,
    ".arrow": _STREAM,
    ".json": _JSON,
    ".tfrecord": _TFRECORD,
    ".tfrecords": _TFRECORD,
    ".xlsx": _EXCEL,
}
_BY_CONTENT: dict[str, Callable[[Path], str]] = {
    ".pt": _torch,
    ".pth": _torch,
    ".mat": _matlab,
    ".arrow": _arrow,
    ".feather": _arrow,
    ".json": _json,
}

REFUSED = tuple(_ALWAYS)
"""Suffixes of files that are not read, because reading can run code or the layout has no rows."""


def recipe(suffix: str, path: Path | None = None) -> str:
    """The line that converts a file of this suffix, and of this content where there is a file."""
    by_content = _BY_CONTENT.get(suffix)
    return _ALWAYS[suffix] if path is None or by_content is None else by_content(path)
