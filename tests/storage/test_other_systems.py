"""What Windows and macOS would do otherwise, as far as it can be seen here: the differences are patched in."""

import os
import subprocess
import sys
import types
import urllib.request

import numpy as np
import pytest

from classlift.batches.manifest import read_manifest
from classlift.engines import workers
from classlift.engines.cores import available_cores, free_cores
from classlift.errors import ClassliftError
from classlift.storage import atomic, atomic_folders, errors, paths
from support.cases import predictions
from support.process import classlift, files_below
from support.windows import like_windows

WINDOWS = types.SimpleNamespace(**vars(os) | {"name": "nt"})

LINES = (
    "fit val.npz -o layer.npz --effect none",
    "tune val.npz -o tuned.json --jobs 2 --methods raw",
    "evaluate val.npz --layer layer.npz --json result.json --csv result.csv --junit result.xml --resamples 20",
    "apply layer.npz val.npz -o out.npz",
    "apply layer.npz val.npz -o out.csv",
    "apply layer.npz val.csv -o out.parquet",
    "apply layer.npz val.csv -o out.safetensors",
    "apply layer.npz packed.npz -o out.jsonl",
    "apply layer.npz val.npz -o parts.npz --engine processes",
    "partials val.npz -o sums.npz",
    "merge sums.npz -o merged.npz",
    "batch runs/a --verb fit -o results --jobs 2",
    "report val.npz val.npz --layer layer.npz -o page.html --no-sweeps --jobs 1",
)


@pytest.fixture
def here(tmp_path):
    probs, labels = predictions(60, 3)
    (tmp_path / "runs/a").mkdir(parents=True)
    (tmp_path / "parts.npz").mkdir()
    for name in ("val.npz", "runs/a/val.npz"):
        np.savez(tmp_path / name, probs=probs, labels=labels)
    rows = np.column_stack([probs, labels])
    np.savetxt(tmp_path / "val.csv", rows, delimiter=",", header="prob_0,prob_1,prob_2,label", comments="", fmt="%.9g")
    np.savez_compressed(tmp_path / "packed.npz", probs=np.asfortranarray(probs), labels=labels)
    return tmp_path


def test_commands_run_without_what_windows_lacks(here, tmp_path_factory):
    pytest.importorskip("jinja2", reason="report needs the extra")
    pytest.importorskip("safetensors", reason="the extra safetensors is not installed")
    windows = like_windows(tmp_path_factory.mktemp("system") / "windows")
    bites = "import os; a = open('x', 'w'); os.replace('x', 'y')"
    done = subprocess.run(
        [sys.executable, "-c", bites], check=False, cwd=here, env=os.environ | windows, capture_output=True
    )
    assert b"PermissionError" in done.stderr
    (here / "x").unlink()
    for line in LINES:
        done = classlift(*line.split(), "--quiet", cwd=here, **windows)
        told = [said for said in done.stderr.splitlines() if "others pay" not in said]
        assert (done.returncode, told) == (0, []), line
    done = classlift("inspect", "-", cwd=here, stdin=(here / "val.npz").read_bytes(), **windows)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in files_below(here) if path.suffix == ".part"] == []


@pytest.mark.parametrize("name", ["con", "NUL.npz", "com1.csv", "a:b", "a?", "x.", "x ", "a\tb", 'q"'])
def test_windows_has_names_of_its_own(monkeypatch, tmp_path, name):
    assert not paths.is_reserved(name)
    monkeypatch.setattr(paths, "os", WINDOWS)
    assert paths.is_reserved(name)
    with pytest.raises(ClassliftError, match=r"cannot name a file on Windows\nfix: choose another"):
        atomic.check_target(tmp_path / name)
    (tmp_path / "m.toml").write_text(f"[[run]]\nname = '{name}'\nval = 'v.npz'\n")
    with pytest.raises(ClassliftError, match="cannot name a folder on Windows"):
        read_manifest(tmp_path / "m.toml", out=tmp_path / "out")


@pytest.mark.parametrize("name", ["config", "nulls.npz", "com.csv", "a b", "é", ".x", "com10.npz"])
def test_other_names_are_free_on_windows(monkeypatch, name):
    monkeypatch.setattr(paths, "os", WINDOWS)
    assert not paths.is_reserved(name)


@pytest.mark.parametrize("pair", [("A", "a"), ("é", "e\u0301"), ("straße", "STRASSE")])
def test_runs_whose_folders_are_one_where_case_or_accents_do_not_count(tmp_path, pair):
    table = "[[run]]\nname = '{}'\nval = 'v.npz'\n"
    (tmp_path / "m.toml").write_text("".join(map(table.format, pair)), encoding="utf-8")
    with pytest.raises(ClassliftError, match="occurs twice"):
        read_manifest(tmp_path / "m.toml", out=tmp_path / "out")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_addresses_of_files_have_a_drive_on_windows(monkeypatch):
    assert str(paths.place("file:///tmp/a%20b.npz")) == "/tmp/a b.npz"
    monkeypatch.setattr(urllib.request, "url2pathname", pytest.importorskip("nturl2path").url2pathname)
    assert str(paths.place("file:///C:/data/a%20b.npz")) == r"C:\data\a b.npz"


@pytest.mark.parametrize("name", ["C:\\data\\v.npz", "c:/v.npz", "C:v.npz"])
def test_drives_are_no_stores(name):
    assert not paths.is_remote(name)


def test_no_way_leads_to_another_drive(monkeypatch, tmp_path):
    assert paths.seen_from(tmp_path / "a", tmp_path / "b") == f"..{os.sep}a"

    def refuse(path, start=None):
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    monkeypatch.setattr(os.path, "relpath", refuse)
    assert paths.seen_from(tmp_path / "a", tmp_path / "b") == str(tmp_path / "a")


def test_an_address_is_the_same_from_everywhere(tmp_path):
    assert paths.seen_from("s3://bucket/val.npz", tmp_path) == "s3://bucket/val.npz"
    assert paths.beside(tmp_path, "s3://bucket/val.npz") == "s3://bucket/val.npz"


def test_windows_waits_for_few_processes(monkeypatch):
    monkeypatch.setattr(workers, "MOST", 1)
    with workers.workers(3) as spread:
        assert list(spread(abs, [-1, 2])) == [1, 2]
        assert spread.__self__.now._max_workers == 1


def test_an_empty_folder_makes_room_on_windows(monkeypatch, tmp_path):
    target = tmp_path / "parts"
    target.mkdir()
    monkeypatch.setattr(atomic_folders, "os", WINDOWS)
    made = []
    monkeypatch.setattr(type(target), "replace", lambda path, to: made.append(to.exists()) or path.rename(to))
    with atomic_folders.whole_folder(target) as folder:
        (tmp_path / folder / "0.npz").write_bytes(b"1")
    assert made == [False]
    assert [path.name for path in target.iterdir()] == ["0.npz"]


def test_the_slower_of_two_that_make_one_folder_says_so(tmp_path):
    target = tmp_path / "parts"
    with pytest.raises(ClassliftError, match="parts: exists already"), atomic_folders.whole_folder(target) as folder:
        target.mkdir()
        (target / "of_the_other.npz").write_bytes(b"1")
        (tmp_path / folder / "0.npz").write_bytes(b"2")
    assert [path.name for path in tmp_path.rglob("*")] == ["parts", "of_the_other.npz"]


def test_nobody_is_asked_whether_it_runs_on_windows(monkeypatch):
    """`os.kill(number, 0)` interrupts the process there."""
    monkeypatch.setattr(atomic, "os", types.SimpleNamespace(name="nt"))
    assert atomic._is_running(os.getpid()) is False


def test_a_file_that_another_program_has_open_is_told():
    error = PermissionError(13, "The process cannot access the file")
    error.winerror = 32
    with pytest.raises(ClassliftError, match="is open in another program"), errors.written("x.npz"):
        raise error


def test_systems_that_do_not_tell_their_load(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    assert available_cores() == os.cpu_count() == free_cores(tmp_path / "missing")
