"""The map of the house: which room may import which, and where each foreign package lives.

A room is a folder or a module at the top of the package. Imports go to a strictly lower floor. A new room is put into
FLOORS, here and in the guide `architecture`, in the same step.
"""

import ast
import json
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow
import pytest

from classlift.layer.layer import OutputLayer
from classlift.storage import open_writer
from classlift.storage.own.layers import save_layer

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "classlift"

FLOORS = {
    9: ("cli", "sklearn"),
    8: ("api",),
    7: ("batches", "exports", "reports"),
    6: ("output", "storage"),
    5: ("fitting",),
    4: ("gates", "methods"),
    3: ("evaluation", "layer", "engines"),
    2: ("data",),
    1: ("kernels", "intervals", "errors", "_version"),
}
DOORS = {"__init__", "__main__"}
"""The package's face, which loads what users import when it is used, and its entry; no room imports them."""

HOMES = {  # foreign package -> the files or folders in which it may be imported
    "click": {"cli"},
    "rich": {"output/render/terminal.py", "output/render/guide.py", "cli/progress.py"},
    "pyarrow": {"storage"},
    "pandas": {"storage", "data/notebook.py", "evaluation", "fitting", "batches/outcome.py", "reports/data.py", "api"},
    "scipy": {"kernels", "intervals"},
    "safetensors": {"storage/read/safetensors.py", "storage/write/safetensors.py", "storage/own/layer_bytes.py"},
    "numpy": {
        *("kernels", "intervals", "data", "layer", "evaluation", "gates", "methods", "fitting", "storage"),
        *("output/tables", "output/documents", "output/verdict", "api", "sklearn.py", "reports", "exports"),
    },
    "matplotlib": {"reports"},
    "jinja2": {"reports"},
    "markupsafe": {"reports"},
    "PIL": {"reports"},
    "onnx": {"exports/onnx"},
    "google": {"exports/onnx/graphs.py"},
    "sklearn": {"sklearn.py"},
    "torch": {"exports/torch.py"},
    "keras": {"exports/keras.py"},
    "onnxruntime": {"exports/onnx"},
    "distributed": {"engines/dask.py"},
    "fsspec": {"storage/stores.py"},
}
WHEN_USED = {
    *("pandas", "safetensors", "matplotlib", "jinja2", "markupsafe", "PIL", "onnx", "google", "onnxruntime", "torch"),
    *("keras", "distributed", "fsspec"),
}


FILES = sorted(SRC.rglob("*.py"))
MODULES = {
    ".".join(("classlift", *path.relative_to(SRC).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in FILES
}


class Import(NamedTuple):
    """One import of one file."""

    file: str
    line: int
    module: str
    runs_on_import: bool

    def __str__(self):
        return f"{self.file}:{self.line} imports {self.module}"


def imports_of(path):
    """Every import of a file; `runs_on_import` is false inside functions and under TYPE_CHECKING."""
    file = path.relative_to(SRC).as_posix()

    def walk(node, runs):
        for child in ast.iter_child_nodes(node):
            later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for inner in child.body:
                    yield from walk(ast.Module([inner], []), False)
                for inner in child.orelse:
                    yield from walk(ast.Module([inner], []), runs)
                continue
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(file, child.lineno, alias.name, runs)
            elif isinstance(child, ast.ImportFrom):
                assert not child.level, f"{file}:{child.lineno}: relative import"
                for alias in child.names:
                    inside = f"{child.module}.{alias.name}"
                    named = inside if inside in MODULES or child.module == "classlift" else child.module
                    yield Import(file, child.lineno, named, runs)
            yield from walk(child, runs and not later)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), True)


IMPORTS = [found for path in FILES for found in imports_of(path)]
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms}


def room_of(file):
    return file.split("/")[0].removesuffix(".py")


def own_imports():
    """(room, imported room, import) of all imports inside the package, those of the doors left out."""
    for found in IMPORTS:
        parts = found.module.split(".")
        if parts[0] == "classlift" and room_of(found.file) not in DOORS:
            yield room_of(found.file), parts[1] if len(parts) > 1 else "__init__", found


def test_every_module_has_a_room():
    rooms = {room_of(path.relative_to(SRC).as_posix()) for path in FILES} - DOORS
    assert rooms == set(FLOOR), "FLOORS names other rooms than there are"


def test_the_house_is_small():
    loose = {path.stem for path in SRC.glob("*.py")} - DOORS
    assert len(FLOOR) <= 22, "at most 22 rooms can be held in the head"
    assert len(FLOORS) <= 9
    assert len(loose) <= 5, f"loose modules: {sorted(loose)}"


def test_the_guide_shows_the_same_map():
    text = (SRC / "guides" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^ *(\d)  ([\w/ ]+?)(?:   .*)?$", text, re.MULTILINE)
    shown = {int(floor): {name.rstrip("/") for name in names.split()} for floor, names in rows}
    assert shown == {floor: set(rooms) for floor, rooms in FLOORS.items()}


def test_imports_go_to_a_strictly_lower_floor():
    wrong = [
        str(found)
        for room, other, found in own_imports()
        if room != other and (other in DOORS or FLOOR[other] >= FLOOR[room])
    ]
    assert wrong == []


def test_no_circle():
    """Modules whose imports run at import can be put into an order."""
    home = {path.relative_to(SRC).as_posix(): name for name, path in MODULES.items()}
    graph = {}
    for found in IMPORTS:
        if found.runs_on_import and found.module in MODULES:
            graph.setdefault(home[found.file], set()).add(found.module)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' → '.join(error.args[1])}")


@pytest.mark.parametrize("package", HOMES)
def test_a_foreign_package_lives_at_home(package):
    wrong = [
        str(found)
        for found in IMPORTS
        if found.module.split(".")[0] == package
        and not any(found.file == home or found.file.startswith(f"{home}/") for home in HOMES[package])
    ]
    assert wrong == []


def test_heavy_and_optional_packages_are_imported_when_used():
    wrong = [str(f) for f in IMPORTS if f.module.split(".")[0] in WHEN_USED and f.runs_on_import]
    assert wrong == []


def test_no_other_foreign_package():
    allowed = {"classlift", *HOMES, *sys.stdlib_module_names}
    assert [str(f) for f in IMPORTS if f.module.split(".")[0] not in allowed] == []


def test_nothing_prints_or_exits_below_the_command_line():
    wrong = []
    for path in FILES:
        file = path.relative_to(SRC).as_posix()
        if room_of(file) in ("cli", *DOORS) or file in ("output/render/terminal.py", "engines/workers.py"):
            continue  # a worker ends itself when its parent is gone
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "exit", "sys.exit", "os._exit"):
                wrong.append(f"{file}:{node.lineno} calls {ast.unparse(node.func)}")
    assert wrong == []


def test_no_room_is_too_large_to_see_across():
    long = {p.relative_to(SRC).as_posix(): n for p in FILES if (n := len(p.read_text().splitlines())) > 250}
    assert long == {}, "split a file before it has 250 lines"


HEAVY = ("numpy", "pandas", "pyarrow", "scipy", "rich")


def modules_loaded(words, cwd=None):
    """Modules that a command leaves loaded, in a process of its own."""
    code = (
        "import sys, json, runpy\n"
        f"sys.argv = ['classlift', *{words!r}]\n"
        "try:\n    runpy.run_module('classlift', run_name='__main__')\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=cwd)
    return done.stdout, json.loads(done.stderr.splitlines()[-1])


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["help"], ["help", "ci"], ["completion", "bash"]], ids=" ".join
)
def test_help_is_light(words):
    out, loaded = modules_loaded(words)
    assert "classlift" in out
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.skipif(pyarrow.__version__.startswith("16."), reason="pyarrow 16 loads pandas when it is imported")
@pytest.mark.parametrize("suffix", [".npz", ".parquet", ".csv", ".jsonl"])
def test_reading_numbers_loads_no_table_library(tmp_path, suffix):
    """pyarrow loads pandas (0.2 s) and pyarrow.compute for conversions that numpy does; who judges fits nothing."""
    probs = np.array([[0.8, 0.2], [0.3, 0.7]] * 20)
    with open_writer(tmp_path / f"p{suffix}", classes=None, n_classes=2, n_samples=40) as writer:
        writer.write({"probs": probs, "label": np.array([0, 1] * 20)})
    _, loaded = modules_loaded(["evaluate", str(tmp_path / f"p{suffix}")])
    foreign = ("pandas", "pyarrow.compute", "scipy", "classlift.methods", "classlift.fitting.tuning")
    assert [name for name in foreign if name in loaded] == []
    assert ("pyarrow" in loaded) == (suffix != ".npz")


LIGHT = {
    "evaluate {npz}": (
        "scipy pyarrow pandas concurrent multiprocessing tomllib html.entities gates layer methods reports batches "
        "exports engines.pool fitting.tuning fitting.fit evaluation.compare evaluation.comparison evaluation.pairing "
        "evaluation.confusion data.costs data.shares data.surest data.scoring_by_class data.class_order storage.many "
        "storage.shards storage.replay storage.views storage.own storage.write storage.read.memory storage.read.npy "
        "storage.read.ahead output.verdict.comparison output.verdict.tuned output.tables.tune "
        "output.documents.fitted output.render.markdown output.render.delimited output.render.guide"
    ),
    "evaluate {npz} --layer {layer}": "scipy pyarrow pandas gates methods fitting.fit storage.many storage.write",
    "evaluate {npz} --json {json} --quiet": "rich scipy gates",
    "apply {layer} {npz} -o {out}": (
        "scipy pyarrow pandas gates methods evaluation.evaluate evaluation.comparison kernels.calibration "
        "fitting.shares output.verdict.comparison storage.write.text storage.many"
    ),
    "fit {npz} -o {fitted} --quiet": "scipy pyarrow pandas gates rich concurrent evaluation.compare fitting.tuning",
    "inspect {npz}": "scipy pyarrow pandas gates evaluation.evaluate fitting.fit fitting.tuning",
    "weights {npz}": "scipy pyarrow pandas gates methods evaluation.comparison fitting.tuning",
}
"""What commands do without: packages, and rooms or modules of ours; each costs time of every call."""

MOST_MODULES = 200
"""Modules of ours that such a command loads at most."""


@pytest.fixture(scope="module")
def small_files(tmp_path_factory):
    """Words of LIGHT: predictions as npz, a layer that was fitted on them, and files to be written."""
    folder = tmp_path_factory.mktemp("light")
    probs, labels = np.array([[0.8, 0.2], [0.3, 0.7]] * 20), np.array([0, 1] * 20)
    np.savez(folder / "p.npz", probs=probs, label=labels)
    save_layer(OutputLayer((), 2), folder / "layer.npz")
    return {
        "npz": folder / "p.npz",
        "layer": folder / "layer.npz",
        "json": folder / "r.json",
        "out": folder / "o.npz",
        "fitted": folder / "f.npz",
    }


@pytest.mark.parametrize("words", LIGHT)
def test_a_command_loads_nothing_of_other_paths(small_files, words):
    _, loaded = modules_loaded(words.format(**small_files).split(), small_files["npz"].parent)
    own = [name.removeprefix("classlift.") for name in loaded if name.startswith("classlift.")]
    foreign = [name for name in loaded if not name.startswith("classlift")]
    assert [name for name in LIGHT[words].split() if name in own or name in foreign] == []
    assert len(own) <= MOST_MODULES


def test_rooms_hand_on_no_names():
    """Names are imported from where they are made; a room that hands them on would load all that it has."""
    doors = [found for found in IMPORTS if found.file.endswith("/__init__.py") and found.runs_on_import]
    handing = {found.file.removesuffix("/__init__.py") for found in doors if found.module.startswith("classlift.")}
    families = {"kernels", "methods", "data/metrics", "storage", "exports", "exports/onnx", "batches"}
    assert handing == families | {"output/documents/types"}


def test_importing_the_package_is_light():
    code = f"import sys, classlift; print([m for m in sys.modules if m.split('.')[0] in {HEAVY}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_names_of_the_face_exist():
    import classlift

    for name in classlift.__all__:
        assert getattr(classlift, name) is not None
