"""Every line that the refusal of a format gives is run, on a real file of that format, and what it writes is read."""

import csv
import importlib
import json
import pickle
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.recipes import REFUSED

RNG = np.random.default_rng(11)
N, NAMES = 40, ("cat", "dog", "bird")
PROBS = RNG.dirichlet(np.ones(3), N).round(6)
PROBS[:, 0] += 1 - PROBS.sum(axis=1)
LABELS = np.arange(N) % 3
ARRAYS = {"probs": PROBS, "labels": LABELS}
FRAME = pd.DataFrame({"id": [f"i{k}" for k in range(N)], "label": [NAMES[k] for k in LABELS]}).assign(
    **{f"prob_{name}": PROBS[:, k] for k, name in enumerate(NAMES)}
)
TABLE = pa.table({name: pa.array(FRAME[name].tolist()) for name in FRAME})
LISTS = pa.table({"probs": PROBS.tolist(), "label": LABELS})


def arrow_stream(path, table=TABLE):
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)


def arrow_file(path):
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, TABLE.schema) as out:
        out.write_table(TABLE)


def datasets_arrow(path):
    """As `datasets.Dataset.save_to_disk` writes it: a stream, with the features in the schema's metadata."""
    features = {"info": {"features": {"probs": {"feature": {"dtype": "float64"}, "_type": "Sequence"}}}}
    arrow_stream(path, LISTS.replace_schema_metadata({"huggingface": json.dumps(features)}))


def pickled(path):
    path.write_bytes(pickle.dumps(ARRAYS))


def joblib(path):
    pytest.importorskip("joblib").dump(ARRAYS, path)


def hdf5(path):
    with pytest.importorskip("h5py").File(path, "w") as file:
        file.update(ARRAYS)


def matlab(shift, dtype=float):
    def make(path):
        scipy_io = importlib.import_module("scipy.io")
        scipy_io.savemat(path, {"probs": PROBS, "labels": (LABELS + shift).astype(dtype).reshape(-1, 1)})

    return make


def matlab_73(path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w", userblock_size=512) as file:
        file.update({"probs": PROBS.T, "labels": (LABELS + 1.0).reshape(1, -1)})
    data = path.read_bytes()
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(512, b" ") + data[512:])


def arff(path):
    kinds = ["@attribute class {cat,dog,bird}", *(f"@attribute prob_{name} numeric" for name in NAMES)]
    rows = (f"{NAMES[y]},{','.join(map(repr, row.tolist()))}" for y, row in zip(LABELS, PROBS, strict=True))
    path.write_text("\n".join(["@relation predictions", *kinds, "@data", *rows]) + "\n")


def torch(make):
    def written(path):
        library = pytest.importorskip("torch")
        library.save(make(library.tensor(PROBS), library.tensor(LABELS)), path)

    return written


def tfrecord(path):
    tf = pytest.importorskip("tensorflow").train
    writer = importlib.import_module("tensorflow").io.TFRecordWriter(str(path))
    with writer:
        for row, label in zip(PROBS, LABELS, strict=True):
            feature = {
                "probs": tf.Feature(float_list=tf.FloatList(value=row)),
                "labels": tf.Feature(int64_list=tf.Int64List(value=[label])),
            }
            writer.write(tf.Example(features=tf.Features(feature=feature)).SerializeToString())


def split_json(path):
    path.write_text(FRAME.to_json(orient="split", index=False))


def excel(path):
    pytest.importorskip("openpyxl")
    FRAME.to_excel(path, index=False)


MADE = {
    "an Arrow stream": ("a.arrow", arrow_stream),
    "an Arrow file": ("a.arrow", arrow_file),
    "a folder of Hugging Face datasets": ("data-00000-of-00001.arrow", datasets_arrow),
    "a Feather file": ("a.feather", lambda path: pyarrow.feather.write_feather(TABLE, path)),
    "a pickle": ("a.pkl", pickled),
    "a .pickle": ("a.pickle", pickled),
    "a joblib dump": ("a.joblib", joblib),
    "HDF5": ("a.h5", hdf5),
    "a .hdf5": ("a.hdf5", hdf5),
    "MATLAB from 1": ("a.mat", matlab(1)),
    "MATLAB from 0": ("a.mat", matlab(0)),
    "MATLAB bytes from 1": ("a.mat", matlab(1, np.uint8)),
    "MATLAB 7.3": ("a.mat", matlab_73),
    "ARFF": ("a.arff", arff),
    "a dict of tensors": ("a.pt", torch(lambda p, y: {"probs": p, "labels": y, "epoch": 3})),
    "a pair of tensors": ("a.pt", torch(lambda p, y: (p, y))),
    "a list of tensors": ("a.pth", torch(lambda p, y: [p, y])),
    "a tensor": ("a.pth", torch(lambda p, y: p)),
    "TFRecord": ("a.tfrecord", tfrecord),
    "a .tfrecords": ("a.tfrecords", tfrecord),
    "a table of wandb or mlflow": ("a.table.json", split_json),
    "a JSON list of rows": ("a.json", lambda path: path.write_text(FRAME.to_json(orient="records"))),
    "JSON by column": ("a.json", lambda path: path.write_text(FRAME.to_json())),
    "Excel": ("a.xlsx", excel),
}


def recipe_of(path):
    with pytest.raises(ClassliftError, match="are not read") as caught:
        open_predictions(path)
    return re.search(r"convert it once: (.+)", str(caught.value)).group(1)


def run(line, path):
    """Run the line of a recipe as a user would: what it names is imported, FILE is the file."""
    names = {"FILE": str(path), "np": np}
    limit = csv.field_size_limit()  # scipy.io.arff sets another for the whole process
    modules = (
        "pandas",
        "pickle",
        "json",
        "pyarrow.parquet",
        "pyarrow.feather",
        "scipy.io.arff",
        "joblib",
        "h5py",
        "torch",
    )
    for module in modules:
        room = module.split(".")[0]
        if f"{room}." in line:
            importlib.import_module(module)
            names[room] = importlib.import_module(room)
    if "tf." in line:
        names["tf"] = importlib.import_module("tensorflow")
    exec(line.split("  (")[0], names)
    csv.field_size_limit(limit)


@pytest.mark.filterwarnings("ignore:.*:pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("what", MADE)
def test_the_recipe_leads_to_the_right_predictions(tmp_path, monkeypatch, what):
    name, make = MADE[what]
    make(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    run(recipe_of(tmp_path / name), tmp_path / name)
    (out,) = tmp_path.glob("out.*")
    labels = None
    if what == "a tensor":
        np.save("y.npy", LABELS)
        labels = "y.npy"
    blocks = list(open_predictions(out, ReadOptions(labels=labels)).blocks())
    assert np.allclose(np.concatenate([b.scores for b in blocks]), PROBS, atol=1e-6)
    assert np.array_equal(np.concatenate([b.labels for b in blocks]), LABELS)


def test_every_suffix_has_a_file_here():
    assert {"." + name.rsplit(".", 1)[1] for name, _ in MADE.values()} == set(REFUSED)


def test_json_with_an_object_in_every_line_is_renamed(tmp_path):
    FRAME.to_json(tmp_path / "a.json", orient="records", lines=True)
    assert ".jsonl" in recipe_of(tmp_path / "a.json")
    (tmp_path / "a.json").rename(tmp_path / "a.jsonl")
    blocks = list(open_predictions(tmp_path / "a.jsonl").blocks())
    assert np.array_equal(np.concatenate([b.labels for b in blocks]), LABELS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x80\x02(ctorch._utils\n", "t[0]"),
        (b"\x80\x02]q\x00(", "t[0]"),
        (b"\x80\x02}q\x00(", "items()"),
        (b"\x80\x02ccollections\nOrderedDict\n", "items()"),
        (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n", "probs=torch.load(FILE"),
    ],
)
def test_what_a_torch_file_holds_is_seen_without_running_it(tmp_path, content, said):
    zipfile = importlib.import_module("zipfile")
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("archive/data.pkl", content)
    assert said in recipe_of(tmp_path / "a.pt")
