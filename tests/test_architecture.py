"""The map of the house: which room may import which, and where each foreign package lives.

    street    cli · api · batch                         click, exit status, many runs; the verbs for Python
    ground    storage     tables → render     documents · report · export
    heart     predictions · statistics · layer · methods · fitting · evaluation …
    cellar    kernels · errors · text                   arrays only · words only
    beside    engines                                   where blocks are worked

Imports point down. A new module or folder is put into ROOMS, here and in the README, in the same step.
"""

import ast
import json
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

SRC = Path(__file__).parents[1] / "src" / "classlift"

FLOORS = ("cellar", "heart", "ground", "street")
ROOMS = {
    "cellar": {"errors", "kernels", "logistic", "text"},
    "heart": {
        *(
            "kinds",
            "steps",
            "judging",
            "pairing",
            "classes",
            "sources",
            "predictions",
            "statistics",
            "moments",
            "crossfit",
            "layer",
            "methods",
            "metrics",
            "intervals",
            "evaluation",
            "gates",
        ),
        *(
            "folds",
            "fitting",
            "tuning",
            "fingerprint",
            "inspection",
            "findings",
            "lifting",
            "changes",
            "weighting",
            "comparing",
            "sweep",
            "engines",
            "agreement",
            "exported",
            "sharding",
            "mended",
            "tallies",
            "effects",
        ),
    },
    "ground": {"storage", "tables", "render", "documents", "report", "export"},
    "street": {"cli", "api", "scale", "sklearn", "batch", "__main__"},
}
FACE = {"__init__": {"api", "errors", "layer", "storage"}}
"""The package's face names what users import; it loads it when it is used."""

STRANGERS = {  # rooms of the same floor that never meet, and what a room may not know though it lies below
    "storage": {"tables", "render", "documents", "report", "export"},
    "render": {"storage", "documents", "report", "export"},
    "tables": {"storage", "render", "report", "export"},
    "documents": {"storage", "render", "report", "export"},
    "api": {"cli", "batch", "tables", "render", "scale"},
    "scale": {"cli", "batch", "tables", "render"},
}
HOMES = {  # foreign package -> the files or folders in which it may be imported
    "click": {"cli"},
    "rich": {"render/terminal.py", "cli/progress.py"},
    "pyarrow": {"storage"},
    "pandas": {"storage", "evaluation", "api"},
    "scipy": {"kernels", "intervals"},
    "safetensors": {"storage/safetensors.py", "storage/write_safetensors.py", "storage/layer_formats.py"},
    "numpy": {
        *ROOMS["heart"],
        *(f"{room}.py" for room in ROOMS["heart"]),
        *("kernels", "logistic.py", "storage", "tables", "documents", "api", "sklearn.py", "report", "export"),
    },
    "matplotlib": {"report"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "PIL": {"report"},
    "onnx": {"export/onnx"},
    "google": {"export/onnx/graphs.py"},
    "sklearn": {"sklearn.py"},
    "torch": {"export/torch.py"},
    "keras": {"export/keras.py"},
    "onnxruntime": {"export/onnx"},
    "distributed": {"engines/dask.py"},
    "fsspec": {"storage/remote.py"},
}
WHEN_USED = {
    "pandas",
    "safetensors",
    "matplotlib",
    "jinja2",
    "markupsafe",
    "PIL",
    "onnx",
    "google",
    "onnxruntime",
    "torch",
    "keras",
    "distributed",
    "fsspec",
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
FLOOR = {room: FLOORS.index(floor) for floor, rooms in ROOMS.items() for room in rooms}


def room_of(file):
    return file.split("/")[0].removesuffix(".py")


def own_imports():
    """(room, imported room, import) of all imports inside the package; dunder names belong to no room."""
    for found in IMPORTS:
        parts = found.module.split(".")
        if parts[0] == "classlift" and len(parts) > 1 and not parts[1].startswith("__"):
            yield room_of(found.file), parts[1], found


def test_every_module_has_a_room():
    rooms = {room_of(path.relative_to(SRC).as_posix()) for path in FILES} - {"__init__"}
    assert rooms <= set(FLOOR), f"put {sorted(rooms - set(FLOOR))} into ROOMS, and into the README"


def test_imports_point_down():
    wrong = [
        str(found)
        for room, other, found in own_imports()
        if (other not in FACE[room] if room in FACE else FLOOR[other] > FLOOR[room])
    ]
    assert wrong == []


def test_rooms_that_never_meet():
    assert [str(found) for room, other, found in own_imports() if other in STRANGERS.get(room, ())] == []


def test_nobody_imports_the_street():
    wrong = [str(f) for room, other, f in own_imports() if other == "cli" and room not in ("cli", "__main__")]
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


def test_nothing_prints_or_exits_below_the_street():
    wrong = []
    for path in FILES:
        file = path.relative_to(SRC).as_posix()
        if room_of(file) in ROOMS["street"] or file == "render/terminal.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "exit", "sys.exit", "os._exit"):
                wrong.append(f"{file}:{node.lineno} calls {ast.unparse(node.func)}")
    assert wrong == []


def test_no_room_is_too_large_to_see_across():
    long = {p.relative_to(SRC).as_posix(): n for p in FILES if (n := len(p.read_text().splitlines())) > 300}
    assert long == {}, "split a file near 250 lines; 300 is too long for any"


HEAVY = ("numpy", "pandas", "pyarrow", "scipy", "rich")


@pytest.mark.parametrize("words", [["--help"], ["--version"]], ids=" ".join)
def test_help_is_light(words):
    code = (
        "import sys, json, runpy\n"
        f"sys.argv = ['classlift', *{words!r}]\n"
        "try:\n    runpy.run_module('classlift', run_name='__main__')\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "classlift" in done.stdout
    loaded = json.loads(done.stderr.splitlines()[-1])
    assert [name for name in HEAVY if name in loaded] == []


def test_importing_the_package_is_light():
    code = f"import sys, classlift; print([m for m in sys.modules if m.split('.')[0] in {HEAVY}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_names_of_the_face_exist():
    import classlift

    for name in classlift.__all__:
        assert getattr(classlift, name) is not None
