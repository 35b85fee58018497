"""What is tested is this checkout, here and in the processes that tests start, whatever is installed."""

import subprocess
import sys
from pathlib import Path

import classlift
from support.shared_files import ROOT

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
