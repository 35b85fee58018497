"""What is tested is this checkout, here and in the processes that tests start, whatever is installed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import classlift
from support.shared_files import ROOT
from test_architecture import WHEN_USED

HERE = ROOT / "src" / "classlift" / "__init__.py"


def test_the_tests_import_this_checkout():
    assert Path(classlift.__file__) == HERE


def test_processes_import_this_checkout(tmp_path):
    code = "import classlift; print(classlift.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == HERE


def test_every_room_has_a_folder_of_tests():
    rooms = {path.name for path in (ROOT / "src" / "classlift").iterdir() if (path / "__init__.py").is_file()}
    assert rooms - {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("test_*.py"))} == set()


EXTRAS = WHEN_USED - {"pandas"} | {"sklearn", "fsspec", "s3fs", "moto", "h5py", "openpyxl", "playwright", "skl2onnx"}
"""Packages without which the tests must still be collected."""


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda path: path.stem)
def test_tests_ask_for_extras_before_they_import_them(path):
    asked, wrong = set(), []
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        for node in ast.walk(statement) if not isinstance(statement, ast.FunctionDef | ast.ClassDef) else ():
            match node:
                case ast.Call(func=ast.Attribute(attr="importorskip"), args=[ast.Constant(name), *_]):
                    asked.add(name.split(".")[0])
                case ast.Import(names):
                    wrong += {alias.name.split(".")[0] for alias in names} & EXTRAS - asked
                case ast.ImportFrom(module=str(name)):
                    wrong += {name.split(".")[0]} & EXTRAS - asked
    assert wrong == []
