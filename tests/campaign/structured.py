"""Mutations that know the format: what is inside changes, checksums and lengths are made right again."""

import gzip
import io
import json
import struct
import zipfile

import numpy as np

from .bytewise import NUMBERS, WORDS, mutate
from .seeds import npy, zipped

DTYPES = [
    *(
        "<f2",
        "<f4",
        "<f8",
        ">f4",
        "<f16",
        "|b1",
        "|i1",
        "<i8",
        ">i8",
        "<u8",
        "|u1",
        "<U3",
        ">U3",
        "|S4",
        "<U0",
        "|S0",
        "|O",
    ),
    *("<c16", "<M8[ns]", "<m8[s]", "|V8", "<f3", "<U99999999999", "|S2147483647", "f", "<i16", "|T16"),
    [("a", "<f4"), ("b", "<i4")],
    [("a", "<f4", (3,))],
    [("a", "|O")],
]
SIZES = [0, 1, 2, 3, 4, 5, 100, 65536, 2**31, 2**32, 2**62, 2**63, 2**64, 10**30, -1, -4, True, None, 1.5, "3"]
ARRAY_NAMES = [
    *(
        "probs",
        "logits",
        "scores",
        "labels",
        "y",
        "class_names",
        "classes",
        "id",
        "image_id",
        "weights",
        "",
        "a/b",
        "../x",
    ),
    *(
        "probs.npy",
        "\n",
        "\u202e",
        "predicted",
        "adjusted",
        "changed",
        "top5_probs",
        "file",
        "self",
        "label\0",
        "prob_0",
    ),
]


def odd_array(rng):
    """An array that somebody could save."""
    kind = rng.choice(("f2", "f4", "f8", ">f8", "i1", "i8", "u8", "?", "U2", "S2", "f16", "c8", "M8[s]", "U0"))
    shape = rng.choice(((4, 3), (4,), (4, 1), (0, 3), (4, 0), (), (4, 3, 1), (3,), (1, 4, 3), (5, 3), (4, 2), (12,)))
    scale = rng.choice((1.0, 0.3, 1e-300, 1e300, -1.0, 0.0, 1e-45, 65504.0))
    values = np.array([rng.random() * scale for _ in range(int(np.prod(shape)))]).reshape(shape)
    if kind not in ("U2", "S2", "U0", "M8[s]") and rng.random() < 0.3 and values.size:
        values.flat[rng.randrange(values.size)] = rng.choice((np.nan, np.inf, -np.inf, 1e308, 5e-324))
    if rng.random() < 0.4 and values.ndim == 2 and values.size and np.isfinite(values).all() and (values > 0).all():
        values /= values.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        made = np.trunc(values).astype("i8").astype(kind) if kind == "M8[s]" else values.astype(kind)
    return np.asfortranarray(made) if rng.random() < 0.3 else made


def edit_npy(rng, content, others):
    """Another header of the right length before the same data, other data, or other bytes."""
    if rng.random() < 0.25:
        return npy(odd_array(rng))
    stream = io.BytesIO(content)
    try:
        np.lib.format.read_magic(stream)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    except ValueError:
        return mutate(rng, content, others)
    data = content[stream.tell() :]
    header = {"descr": dtype.str, "fortran_order": fortran, "shape": shape}
    for _ in range(rng.randint(1, 2)):
        key = rng.choice(("descr", "fortran_order", "shape", "shape", "extra"))
        header[key] = rng.choice(DTYPES) if key == "descr" else rng.choice((True, False, 1, None, "x"))
        if key == "shape":
            header[key] = tuple(rng.choice(SIZES) for _ in range(rng.choice((0, 1, 2, 2, 2, 3, 33, 70))))
    text = repr(header)
    if rng.random() < 0.3:
        text = mutate(rng, text.encode(), [text.encode()]).decode("latin-1")
    text = (text + " " * 64).encode("latin-1", "replace")[:65000] + b"\n"
    if rng.random() < 0.2:
        data = mutate(rng, data, [data])
    version = rng.choice((b"\1\0", b"\1\0", b"\1\0", b"\2\0", b"\3\0", b"\4\0", b"\0\0"))
    length = struct.pack("<H" if version == b"\1\0" else "<I", len(text))
    return b"\x93NUMPY" + version + length + text + data


def edit_npz(rng, content, others):
    """Members edited, added, named anew, twice, packed otherwise; the zip around them is right, or nearly."""
    members = _members(content)
    for _ in range(rng.randint(1, 3)):
        i = rng.randrange(len(members)) if members else 0
        what = rng.random()
        if what < 0.4 and members:
            members[i] = (members[i][0], edit_npy(rng, members[i][1], [m for _, m in members]))
        elif what < 0.55 and members:
            members[i] = (rng.choice(ARRAY_NAMES) + rng.choice((".npy", ".npy", "", ".NPY", ".txt")), members[i][1])
        elif what < 0.75:
            members.insert(i, (f"{rng.choice(ARRAY_NAMES)}.npy", npy(odd_array(rng))))
        elif what < 0.85 and members:
            members.append(rng.choice(members))
        elif members:
            members[i] = (members[i][0], mutate(rng, members[i][1], [m for _, m in members]))
    packed = rng.choice(
        (zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    )
    made = zipped(members, packed)
    directory = made.rfind(b"PK\5\6") - 46 * len(members)
    return mutate(rng, made, others, (max(0, directory), len(made))) if rng.random() < 0.3 else made


def _members(content):
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [(info.filename, archive.read(info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return []


def odd_value(rng, depth=0):
    """A JSON value."""
    what = rng.randrange(8)
    if what == 0 and depth < 3:
        return [odd_value(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    if what == 1 and depth < 3:
        return {rng.choice(WORDS): odd_value(rng, depth + 1) for _ in range(rng.randint(0, 3))}
    if what == 2:
        return rng.choice((None, True, False, "", -1, 0, 1, 3, 2**63, 10**400, -(2**63), 10**18))
    if what in (3, 4):
        return rng.choice((0.5, 1e308, -1e308, 1e-300, 5e-324, float("nan"), float("inf"), 1.0, -0.0))
    return rng.choice(WORDS) if what == 5 else rng.choice(SIZES)


def edit_tree(rng, tree):
    """Another value, key or length somewhere in a JSON tree; the tree is changed in place."""
    for _ in range(rng.randint(1, 3)):
        node, parent, key = tree, None, None
        while isinstance(node, dict | list) and node and (parent is None or rng.random() < 0.8):
            parent, key = node, rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
            node = parent[key]
        if parent is None:
            return odd_value(rng)
        what = rng.random()
        if what < 0.6:
            parent[key] = odd_value(rng)
        elif what < 0.75:
            del parent[key]
        elif isinstance(parent, list):
            parent.insert(key, odd_value(rng) if rng.random() < 0.5 else node)
        else:
            parent[rng.choice((rng.choice(WORDS), rng.choice(list(parent))))] = node
    return tree


def dump(tree):
    """JSON bytes, NaN and lone surrogates too."""
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def edit_json(rng, content, others):
    """The tree edited; bytes where it is no JSON."""
    try:
        return dump(edit_tree(rng, json.loads(content)))
    except (ValueError, RecursionError):
        return mutate(rng, content, others)


def edit_tensors(rng, content, others):
    """The JSON header of a safetensors file edited, with its length made right; layers keep JSON in the metadata."""
    length = int.from_bytes(content[:8], "little")
    try:
        table = json.loads(content[8 : 8 + length])
        inner = (table.get("__metadata__") or {}).get("classlift-layer")
        if inner is not None and rng.random() < 0.5:
            table["__metadata__"]["classlift-layer"] = dump(edit_tree(rng, json.loads(inner))).decode()
        else:
            table = edit_tree(rng, table)
        text = dump(table)
    except (ValueError, RecursionError, AttributeError):
        return mutate(rng, content, others)
    data = content[8 + length :]
    if rng.random() < 0.3:
        data = mutate(rng, data, [data])
    return struct.pack("<Q", len(text)) + text + data


def edit_layer_npz(rng, content, others):
    """The header of an npz layer edited as JSON, or its arrays."""
    members = dict(_members(content))
    if "header.npy" not in members or rng.random() < 0.4:
        return edit_npz(rng, content, others)
    header = json.loads(np.load(io.BytesIO(members["header.npy"])).tobytes())
    members["header.npy"] = npy(np.frombuffer(dump(edit_tree(rng, header)), np.uint8))
    return zipped(members.items())


def edit_cells(rng, content, others):
    """Cells, rows and line ends of a text file."""
    lines = content.split(b"\n")
    for _ in range(rng.randint(1, 4)):
        i = rng.randrange(len(lines))
        separator = rng.choice((b",", b";", b"\t", b" "))
        cells = lines[i].split(separator)
        what = rng.random()
        if what < 0.6:
            cells[rng.randrange(len(cells))] = rng.choice((*NUMBERS, *WORDS)).encode("utf-8", "surrogatepass")
        elif what < 0.7:
            cells.insert(rng.randrange(len(cells) + 1), rng.choice(cells))
        elif what < 0.8:
            del cells[rng.randrange(len(cells))]
        elif what < 0.9:
            lines.insert(i, rng.choice(lines))
        lines[i] = rng.choice((separator, separator, separator, b",", b"\t")).join(cells)
    made = rng.choice((b"\n", b"\n", b"\n", b"\r\n", b"\r")).join(lines)
    return rng.choice((made, made, made, b"\xef\xbb\xbf" + made, b"# " + made, b'"' + made, made.rstrip(b"\n")))


def edit_gzip(rng, content, others):
    """The text inside edited and packed again, maybe in two members or with something behind them."""
    try:
        inner = gzip.decompress(content)
    except (OSError, EOFError, ValueError):
        return mutate(rng, content, others)
    made = gzip.compress(edit_cells(rng, inner, others), 1)
    return rng.choice((made, made, made + made, made + b"\0" * 9, made + b"x", made[:-4], content + made))
