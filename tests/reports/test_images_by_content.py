"""Pictures are known by their content, and by names that stay in their folder."""

import numpy as np
import pytest

from classlift.errors import ClassliftError
from classlift.reports.thumbnails import thumbnails

Image = pytest.importorskip("PIL.Image", reason="needs the extra `report`")

SCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n(ran.txt) (w) file closefile\nshowpage\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    Image.new("RGB", (9, 9), "red").save(tmp_path / "in/good.png")
    Image.new("RGB", (9, 9), "red").save(tmp_path / "out.png")
    (tmp_path / "in/script.png").write_bytes(SCRIPT)
    return tmp_path / "in"


def test_no_other_program_is_started_for_a_picture(folder, monkeypatch):
    def refuse(*words, **more):
        raise AssertionError(f"{words} was started")

    monkeypatch.setattr("subprocess.Popen", refuse)
    monkeypatch.setattr("os.system", refuse)
    rows = {"row": np.arange(2), "id": np.array(["good", "script"])}
    picture = thumbnails(str(folder), rows, [])
    assert picture({"row": 0}).startswith("data:image/jpeg")
    assert picture({"row": 1}) == ""


def test_names_that_leave_the_folder_find_nothing(folder):
    names = ["good", "../out", "../out.png", str(folder.parent / "out.png"), "x/../../out"]
    rows = {"row": np.arange(len(names)), "id": np.array(names)}
    picture = thumbnails(str(folder), rows, [])
    assert [bool(picture({"row": i})) for i in range(len(names))] == [True, False, False, False, False]
    of_column = thumbnails("id", rows, [folder])
    assert [bool(of_column({"row": i})) for i in range(len(names))] == [True, False, False, False, False]


def test_whole_paths_below_the_folder_find_their_picture(folder):
    names = [str(folder / "good.png"), str(folder / "x/../good.png"), "./good", str(folder), "good\0", "/", ""]
    rows = {"row": np.arange(len(names)), "path": np.array(names, object)}
    picture = thumbnails("path", rows, [folder.parent / "elsewhere", folder])
    assert [bool(picture({"row": i})) for i in range(len(names))] == [True, True, True, False, False, False, False]


def test_links_that_leave_the_folder_find_nothing(folder):
    (folder / "away.png").symlink_to(folder.parent / "out.png")
    (folder / "up").symlink_to(folder.parent)
    (folder / "beside.png").symlink_to("good.png")
    (folder.parent / "link").symlink_to(folder)
    names = ["good", "beside", "away", "up/out"]
    rows = {"row": np.arange(len(names)), "id": np.array(names)}
    for where in (folder, folder.parent / "link"):
        picture = thumbnails(str(where), rows, [])
        assert [bool(picture({"row": i})) for i in range(len(names))] == [True, True, False, False]
    rows = {"row": np.arange(2), "id": np.array(["away", "up/out"])}
    with pytest.raises(ClassliftError, match="not one of the rows") as refused:
        thumbnails(str(folder), rows, [])
    assert "links that lead elsewhere" in refused.value.fix
