"""Files made to do harm, through the command line: refused with status 2, in two lines, in little time and memory."""

import gzip
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np

from . import seeds

SECONDS, MEGABYTES = 2.0, 300
P = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]])


def array_head(shape, kind="<f4"):
    """Header of an .npy file."""
    out = io.BytesIO()
    np.lib.format.write_array_header_2_0(out, {"descr": kind, "fortran_order": False, "shape": shape})
    return out.getvalue()


def bomb(shape, stored):
    """A compressed member of zeros: as many as declared, or fewer."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("probs.npy", "w") as member:
        member.write(array_head(shape))
        for _ in range(stored >> 20):
            member.write(bytes(1 << 20))
    return out.getvalue()


def lying_sizes(content):
    """A zip whose directory claims 2 GB for its member."""
    data = bytearray(content)
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 20 : entry + 28] = struct.pack("<II", 2**31 - 1, 2**31 - 1)
    return bytes(data)


def overlapping():
    """A zip with two entries over the same bytes."""
    members = [("probs.npy", seeds.npy(P)), ("labels.npy", seeds.npy(P))]
    data = bytearray(seeds.zipped(members))
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 42 : entry + 46] = bytes(4)
    return bytes(data)


def tensor(shape, offsets, **more):
    """A tensor's entry."""
    return {"dtype": "F64", "shape": shape, "data_offsets": offsets} | more


def deep_parquet(depth):
    """A parquet file whose only column nests lists."""
    value = 0.5
    for _ in range(depth):
        value = [value]
    return seeds.parquet({"probs": [value]})


def many_rows(content):
    """A parquet footer that claims 10^12 rows: the varint of 4 rows becomes that of 10^12."""
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    footer = content[start:-8].replace(b"\x16\x08", b"\x16" + varint(2 * 10**12))
    return content[:start] + footer + struct.pack("<I", len(footer)) + b"PAR1"


def varint(value):
    """Thrift's variable-length number."""
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def layer(edit, suffix=".json"):
    """The layer of the seeds with an edited document."""
    document = json.loads(seeds.layer_bytes(".json"))
    edit(document)
    return json.dumps(document).encode()


def setting(*keys, value):
    """An edit that sets one entry."""

    def edit(tree):
        for key in keys[:-1]:
            tree = tree[key]
        tree[keys[-1]] = value

    return edit


class Payload:
    """What runs where pickle is used."""

    def __reduce__(self):
        return Path.touch, (Path(tempfile.gettempdir()) / "classlift-was-here",)


PICKLE = pickle.dumps(Payload())
OBJECTS = io.BytesIO()
np.save(OBJECTS, np.array([Payload()], object), allow_pickle=True)
TWICE = b'{"probs":{"dtype":"F64","shape":[2,3],"data_offsets":[0,48]},"probs":1}'
HEAD = b"prob_a,prob_b,label\n"

FILES = {
    "a bomb, 1 GB of zeros as one row": ("a.npz", lambda: bomb((1, 2**28), 2**30)),
    "a bomb that declares more": ("a.npz", lambda: bomb((2**40, 4), 2**22)),
    "10^12 rows declared": ("a.npz", lambda: seeds.zipped([("probs.npy", array_head((10**12, 10)))])),
    "more bytes than there are numbers": ("a.npy", lambda: array_head((2**62, 2**62))),
    "2^60 rows of no width": ("a.npy", lambda: array_head((2**60, 0))),
    "60 dimensions": ("a.npy", lambda: array_head((1,) * 60)),
    "a type of 2 GB": ("a.npy", lambda: array_head((1, 2), "<U536870911")),
    "sizes that lie": ("a.npz", lambda: lying_sizes(seeds.npz(probs=P))),
    "entries one over the other": ("a.npz", overlapping),
    "10,000 members": ("a.npz", lambda: seeds.zipped([(f"x{i}.npy", b"") for i in range(10_000)])),
    "a zip in a zip": ("a.npz", lambda: seeds.zipped([("a.npz", seeds.npz(probs=P))])),
    "members that are called ../": ("a.npz", lambda: seeds.zipped([("../../etc/x.npy", seeds.npy(P[:, 0]))])),
    "a pickle in a member": ("a.npz", lambda: seeds.zipped([("probs.npy", OBJECTS.getvalue())])),
    "tensors that overlap": ("a.safetensors", lambda: seeds.tensors(
        {"probs": tensor([2, 3], [0, 48]), "logits": tensor([2, 3], [8, 56])}, bytes(56))),
    "tensors with a gap": ("a.safetensors", lambda: seeds.tensors({"probs": tensor([2, 3], [8, 56])}, bytes(64))),
    "a tensor of 2^63": ("a.safetensors", lambda: seeds.tensors({"probs": tensor([2**63, 2], [0, 48])}, bytes(48))),
    "a tensor of no width": ("a.safetensors", lambda: seeds.tensors({"probs": tensor([2**60, 0], [0, 0])}, b"")),
    "JSON 100,000 deep": ("a.safetensors", lambda: struct.pack("<Q", 200_000) + b"[" * 100_000 + b"]" * 100_000),
    "a header of 99 MB": ("a.safetensors", lambda: struct.pack("<Q", 99_000_000) + b"{" + b" " * 98_999_999),
    "a key twice": ("a.safetensors", lambda: struct.pack("<Q", len(TWICE)) + TWICE + bytes(48)),
    "10^12 rows in a footer": ("a.parquet", lambda: many_rows(seeds.parquet({"probs": [[0.5, 0.5]] * 4}))),
    "lists 90 deep": ("a.parquet", lambda: deep_parquet(90)),
    "a footer of 4 GB": ("a.parquet", lambda: b"PAR1" + bytes(99) + b"\xff\xff\xff\xffPAR1"),
    "one line of 200 MB": ("a.csv", lambda: b"1" * 200_000_000),
    "one cell of 50 MB": ("a.csv", lambda: HEAD + b".5,.5," + b"a" * 50_000_000),
    "a million columns": ("a.csv", lambda: b",".join([b"x"] * 1_000_000) + b"\n" + b",".join([b"y"] * 1_000_000)),
    "a quote that is never closed": ("a.csv", lambda: HEAD + b'.5,.5,"0\n' + b".5,.5,0\n" * 2_000_000),
    "a quote in row 100 that is never closed": ("a.csv", lambda: HEAD + b".5,.5,0\n" * 100 + b'.5,.5,"0\n'
                                                + b".5,.5,0\n" * 2_000_000),
    "NUL bytes": ("a.csv", lambda: bytes(10_000_000)),
    "NUL bytes in a cell": ("a.csv", lambda: HEAD + b".5,\0.5,0\n"),
    "UTF-16": ("a.csv", lambda: (HEAD + b".5,.5,0\n" * 9).decode().encode("utf-16")),
    "UTF-32 without a mark": ("a.csv", lambda: (HEAD + b".5,.5,0\n" * 9).decode().encode("utf-32-le")),
    "a gzip bomb of one line": ("a.csv.gz", lambda: gzip.compress(bytes(400_000_000), 9)),
    "a gzip bomb of empty lines": ("a.csv.gz", lambda: gzip.compress(b"\n" * 100_000_000, 9)),
    "line ends of the old Mac": ("a.csv", lambda: (HEAD + b".5,.9,0\n" * 9).replace(b"\n", b"\r")),
}  # fmt: skip
"""Prediction files: their name and how they are made."""

LAYERS = {
    "NaN in a layer": layer(setting("arrays", "step_0_bias", value=[float("nan"), 0, 0])),
    "infinity in a layer": layer(setting("arrays", "step_0_bias", value=[1e999, 0, 0])),
    "1e308 in a layer": layer(setting("arrays", "step_0_bias", value=[1e308, 0, 0])),
    "a temperature of 1e-300": layer(setting("header", "steps", 1, "temperature", value=1e-300)),
    "a weight of another shape": layer(setting("arrays", "step_0_weight", value=[[1.0, 0.0]])),
    "a layer of 10^9 classes": layer(setting("header", "n_classes", value=10**9)),
    "a layer of other classes": layer(setting("header", "classes", value=["x", "y", "z"])),
    "a class name twice": layer(setting("header", "classes", value=["x", "x", "z"])),
    "a layer 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "half a layer": seeds.layer_bytes(".json")[:-40],
    "a layer of another version": layer(setting("header", "version", value=2)),
}
SUFFIXES = (".npz", ".npy", ".parquet", ".csv", ".safetensors", ".pt", ".pkl", ".joblib", ".csv.gz", "")


WATCH = """
import resource, subprocess, sys
try:
    status = subprocess.run(sys.argv[1:], timeout=20).returncode
except subprocess.TimeoutExpired:
    status = -1
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status % 256)
"""


def run(words, cwd, stdin=subprocess.DEVNULL):
    """A real process: status, standard error, seconds, and the peak of its memory in MB."""
    start = time.perf_counter()
    command = [sys.executable, "-c", WATCH, sys.executable, "-m", "classlift", *map(str, words)]
    done = subprocess.run(command, cwd=cwd, stdin=stdin, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    *lines, peak = done.stderr.rstrip("\n").split("\n")
    return done.returncode, lines, seconds, int(peak) / (1024 if sys.platform == "linux" else 2**20)


def check(name, ending):
    """What is wrong with how a process ended, or nothing."""
    status, lines, seconds, peak = ending
    if status != 2 or len(lines) != 2 or not lines[1].startswith("fix: "):
        return [f"{name}: status {status}, {lines[:4]}"]
    slow = [f"{name}: {seconds:.1f} s"] if seconds > SECONDS + start_up() else []
    return slow + ([f"{name}: {peak:.0f} MB"] if peak > MEGABYTES else [])


def cases(folder):
    """Names and commands of all cases, one after the other; a file exists until the next case."""
    good = folder / "good.npz"
    good.write_bytes(seeds.npz(probs=seeds.PROBS, labels=seeds.LABELS, class_names=seeds.NAMES))
    for name, (file, make) in FILES.items():
        (folder / file).write_bytes(make())
        yield name, ["inspect", file]
        (folder / file).unlink()
    for name, content in LAYERS.items():
        (folder / "l.json").write_bytes(content)
        yield name, ["apply", "l.json", good, "-o", "out.npz"]
    for suffix in SUFFIXES:
        (folder / f"p{suffix}").write_bytes(PICKLE)
        yield f"a pickle called p{suffix}", ["inspect", f"p{suffix}"]
        (folder / f"p{suffix}").rename(folder / "l.npz")
        yield f"a pickle as a layer, {suffix}", ["apply", "l.npz", good, "-o", "out.npz"]
    (folder / "loop.npz").symlink_to("loop.npz")
    (folder / "gone.npz").symlink_to("nowhere.npz")
    (folder / "zero.npz").symlink_to("/dev/zero")
    os.mkfifo(folder / "fifo.npz")
    (folder / "sub.npz").mkdir()
    for file in ("loop.npz", "gone.npz", "zero.npz", "fifo.npz", "sub.npz", "/dev/zero", "/dev/null"):
        yield f"{file} as predictions", ["inspect", file]
        yield f"{file} as a layer", ["apply", file, good, "-o", "out.npz"]
    for file in ("loop.npz", "sub.npz"):
        yield f"{file} as output", ["fit", good, "-o", file]


def run_all(every=1):
    """How many cases there were, and the findings; with `every` 4 each fourth case is run."""
    findings, count = [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        marker = Path(tempfile.gettempdir()) / "classlift-was-here"
        marker.unlink(missing_ok=True)
        for number, (case, words) in enumerate(cases(folder)):
            if number % every:
                continue
            count += 1
            findings += check(case, run(words, folder))
        findings += ["a pickle ran"] if marker.exists() else []
        findings += [f"left behind: {path.name}" for path in folder.glob(".*")]
    return count, findings


def start_up(known=[]):  # noqa: B006
    """Seconds that a process takes here to do nothing with a good file, measured once: the machine may be busy."""
    if not known:
        known.append(run(["inspect", "nothing.npz"], ".")[2])
    return known[0]
