"""Words and surroundings that nobody meant: two lines and status 2, at once."""

import subprocess
import sys

import numpy as np
import pytest

from support.cases import predictions
from support.process import classlift


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    probs, labels = predictions(400)
    np.savez(folder / "v.npz", probs=probs, labels=labels, site=labels % 2)
    assert classlift("fit", "v.npz", "-o", "l.npz", "--effect", "none", "-q", cwd=folder).returncode == 0
    return folder


LINES = {
    "weights v.npz --counts 1e19,1,1,1": ("--counts: are not 4 whole numbers", "give one for each class"),
    "evaluate v.npz --gate=-total<=0": ("found -0", "write a share between 0% and 100%"),
    "evaluate v.npz --gate=total>=500": ("found 500", "write a share between 0% and 100%"),
    "evaluate v.npz --gate=total>=60": ("found 60", "did you mean 60%?"),
    "evaluate v.npz --gate=group['x'].group['y'].total>=0": ("names a group within a group", "name one"),
    f"evaluate v.npz --gate={'x' * 30_000}>=0": ("there is no figure", "use one of: class, group"),
    f"evaluate v.npz --scores-key {'x' * 30_000}": ("--scores-key xxx", "give one of the names in the file"),
    "flips v.npz --layer l.npz -o rows.csv --csv q.csv": ("would hold the rows, and -o OUT gets them", "leave one"),
    "evaluate v.npz --shares estimate": ("--shares: is 'estimate', expected the share", "only classlift apply"),
    "evaluate v.npz --shares=": ("--shares: is '', expected the share", "write cat=0.2,dog=0.8"),
    "tune v.npz --require top3>=0": ("names top3, and tuning knows only what is predicted", "evaluate --gate"),
    "tune v.npz --require worst_group>=0": ("and there are no groups", "give --by COLUMN"),
    "tune v.npz --require every~group.total>=0": ("and there are no groups", "give --by COLUMN"),
    "tune v.npz --require group['1'].total>=0": ("and there are no groups", "give --by COLUMN"),
}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:50])
def test_refused_in_two_lines(folder, line):
    done = classlift(*(word.replace("~", " ") for word in line.split()), cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    problem, fix = LINES[line]
    assert problem in first
    assert second.startswith("fix: ")
    assert fix in second
    assert len(done.stderr) < 6000


def test_figures_of_groups_may_be_required_with_them(folder):
    assert classlift("tune", "v.npz", "--by", "site", "--require", "worst_group >= 0", cwd=folder).returncode == 0


@pytest.mark.parametrize("said", ["abc", "1e99", "-1e30"])
def test_a_day_that_is_none(folder, said):
    done = classlift("report", "v.npz", "v.npz", "--layer", "l.npz", "-o", "r.html", cwd=folder, SOURCE_DATE_EPOCH=said)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"SOURCE_DATE_EPOCH: is {said!r}, expected seconds since 1970"
    assert not (folder / "r.html").exists()


@pytest.mark.parametrize("more", [{}, {"COMP_WORDS": "classlift e"}, {"COMP_WORDS": "c", "COMP_CWORD": "x"}])
def test_completion_that_no_shell_asks_for(more):
    done = classlift(_CLASSLIFT_COMPLETE="bash_complete", **more)
    assert done.returncode == 2
    assert done.stderr.splitlines()[1].startswith("fix: unset _CLASSLIFT_COMPLETE")


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/stdout is that of Linux")
def test_a_pipe_without_a_name_is_written_to(folder):
    done = classlift("evaluate", "v.npz", "-q", "--json", "/dev/stdout", cwd=folder)
    assert (done.returncode, done.stdout[0]) == (0, "{"), done.stderr


@pytest.mark.parametrize("lacking", ["unicodedata", "pyarrow", "classlift.cli.main"])
def test_what_cannot_be_loaded_is_said(folder, lacking):
    """As where memory is short: `ulimit -v 102400`."""
    pq = folder / "v.parquet"
    pq.write_bytes(b"PAR1" * 9)
    script = f"import sys; sys.modules[{lacking!r}] = None; sys.argv = ['classlift', 'evaluate', 'v.parquet']\n"
    script += "from classlift.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "loaded" in done.stderr
    assert done.stderr.splitlines()[1].startswith("fix: allow it more memory")


def test_a_csv_without_a_row_is_there(folder):
    (folder / "q.csv").write_text("old")
    assert classlift("flips", "v.npz", "--against", "v.npz", "--csv", "q.csv", cwd=folder).returncode == 0
    assert not (folder / "q.csv").read_text()
