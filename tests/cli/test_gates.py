"""Gates on the command line: where they come from, the exit status, and every output at once."""

import json
import subprocess
import sys
from xml.etree import ElementTree

import junitparser
import numpy as np
import pytest

from support.cases import predictions
from support.process import classlift
from support.terminal import in_terminal


@pytest.fixture
def files(tmp_path):
    """A folder of its own with val.npz, and a layer."""
    (tmp_path / "pyproject.toml").write_text("")
    for name, seed in (("val", 0), ("test", 1)):
        probs, labels = predictions(seed=seed)
        np.savez(
            tmp_path / f"{name}.npz", probs=probs, labels=labels, class_names=np.array(["ant", "b,e", "c.t", "dog"])
        )
    assert classlift("fit", "val.npz", "-o", "l.npz", "-q", "--effect", "none", cwd=tmp_path).returncode == 0
    return tmp_path


@pytest.mark.parametrize(
    ("gates", "status"),
    [
        (["total >= 1%"], 0),
        (["total >= 99%"], 1),
        (["total >= 99%", "total >= 1%"], 1),
        (["total.change >= 0pp"], 3),
        (['class["cow"].recall >= 1%', "total >= 99%"], 3),
        (["total >= 99"], 2),
        (["total >= 99%", "nonsense"], 2),
    ],
)
def test_status(files, gates, status):
    words = [word for gate in gates for word in ("--gate", gate)]
    done = classlift("evaluate", "test.npz", "-q", *words, cwd=files)
    assert done.returncode == status, done.stderr
    assert (done.stderr == "") == (status == 0)


def test_quiet_is_not_mute(files):
    words = ["--gate", "total >= 99%", "--gate", "total >= 1%", "--gate", 'class["cow"].recall >= 1%']
    done = classlift("evaluate", "test.npz", "--quiet", *words, cwd=files)
    failed, undefined = done.stderr.splitlines()
    assert failed.startswith("test.npz: gate failed: total >= 99%: total is ")
    assert undefined.startswith('test.npz: gate undefined: class["cow"].recall >= 1%: ')
    assert done.stdout == ""


def test_reasons_that_make_the_table_too_wide_stand_below_it(files):
    words = ["evaluate", "test.npz", "--layer", "l.npz"]
    failing = [word for gate in ("total >= 99%", "every class.recall >= 99%") for word in ("--gate", gate)]
    done = classlift(*words, *failing, "--confidence", "95%", cwd=files)
    gates = done.stdout[done.stdout.index("\ngates\n") :].partition("\n\n")[0]
    assert max(map(len, gates.splitlines())) <= 100
    assert "total >= 99%: total is " in gates
    assert "every class.recall >= 99%: 4 of 4 classes fail" in gates
    holds = ("--gate", "total >= 1%", "--gate", "total.change <= 50pp")
    narrow = in_terminal(*words, *holds, columns=80, rows=400, cwd=files, NO_COLOR="1")
    assert max(map(len, narrow[narrow.index("\ngates\n") :].partition("\n\n")[0].splitlines())) <= 80


def test_at_most_ten_gates_are_named(files):
    words = [word for k in range(30, 42) for word in ("--gate", f"total >= {k + 58}%")]
    lines = classlift("evaluate", "test.npz", "-q", *words, cwd=files).stderr.splitlines()
    assert (len(lines), lines[-1]) == (11, "2 more gates did not pass")


def test_all_outputs_at_once(files):
    words = ["--gate", "total >= 99%", "--gate", 'class["dog"].recall >= 99%', "--gate", 'class["emu"].f1 > 1%']
    outputs = ["--json", "e.json", "--junit", "e.xml", "--csv", "e.csv", "--summary", "e.md", "--annotations"]
    done = classlift("evaluate", "test.npz", "--layer", "l.npz", *words, *outputs, "--format", "json", cwd=files)
    assert done.returncode == 3
    document = json.loads(done.stdout)
    assert document == json.loads((files / "e.json").read_text())
    assert [gate["state"] for gate in document["gates"]] == ["failed", "failed", "undefined"]
    assert document["gates"][1]["classes"].keys() == {"dog"}
    assert document["gates"][0]["value"] == document["after"]["total"]
    kinds = [line.split(" ")[0] for line in done.stderr.splitlines()]
    assert kinds == ["::error", "::error", "::error"]
    suite = next(iter(junitparser.JUnitXml.fromfile(str(files / "e.xml"))))
    assert (suite.tests, suite.failures, suite.errors) == (3, 2, 1)
    assert [case.name for case in suite][2] == 'class["emu"].f1 > 1%'
    assert "undefined" in (files / "e.md").read_text()
    assert "undefined" in (files / "e.gates.csv").read_text()


def test_annotations_and_tables_do_not_mix(files):
    done = classlift("evaluate", "test.npz", "--gate", "total >= 99%", "--annotations", cwd=files)
    assert done.stderr.startswith("::error title=test.npz%3A gate failed%3A total >= 99%25::total is ")
    assert "::error" not in done.stdout


def test_at_most_ten_annotations_worst_first(files):
    words = [word for k in range(30, 42) for word in ("--gate", f"total >= {k + 58}%")]
    done = classlift("evaluate", "test.npz", "-q", *words, "--annotations", cwd=files)
    lines = done.stderr.splitlines()
    assert len(lines) == 10
    assert "total >= 99%25" in lines[0]
    assert "total >= 98%25" in lines[1]
    assert "3 more" in lines[9]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.classlift]\ngates = ['total >= 99%']"),
        ("g.toml", "gates = ['total >= 99%']"),
        ("g.toml", "[tool.classlift]\ngates = ['total >= 99%']\n"),
    ],
)
def test_gates_in_toml(files, name, text):
    (files / name).write_text(text)
    words = [] if name == "pyproject.toml" else ["--gates", name]
    assert classlift("evaluate", "test.npz", "-q", *words, cwd=files).returncode == 1


def test_gates_of_the_command_line_replace_those_of_the_project(files):
    (files / "pyproject.toml").write_text("[tool.classlift]\ngates = ['total >= 99%']")
    (files / "deep").mkdir()
    assert classlift("evaluate", "../test.npz", "-q", cwd=files / "deep").returncode == 1
    assert classlift("evaluate", "test.npz", "-q", "--gate", "total > 1%", cwd=files).returncode == 0
    (files / "g.toml").write_text("gates = ['total >= 99%']")
    done = classlift("evaluate", "test.npz", "-q", "--gate", "total > 1%", "--gates", "g.toml", cwd=files)
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gates = ['total >= 99']", "gates[0] 'total >= 99', position 10"),
        ("gates = 'total >= 99%'", "is not a list of conditions"),
        ("gate = ['total >= 99%']", "a key 'gate' that classlift does not know"),
        ("gates = ['total >= 1%']\nconfidence = 95", "confidence: is 95"),
        ("gates = [", "is not TOML"),
    ],
)
def test_bad_toml(files, text, words):
    (files / "g.toml").write_text(text)
    done = classlift("evaluate", "test.npz", "--gates", "g.toml", cwd=files)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_a_confidence_without_a_gate_is_refused(files):
    done = classlift("evaluate", "test.npz", "-q", "--confidence", "0.95", cwd=files)
    assert done.returncode == 2
    assert "--confidence is about gates, and none is given" in done.stderr


def test_confidence(files):
    total = json.loads(classlift("evaluate", "test.npz", "--format", "json", cwd=files).stdout)["figures"]["total"]
    gate = f"total >= {100 * total - 0.5:.6f}%"
    assert classlift("evaluate", "test.npz", "-q", "--gate", gate, cwd=files).returncode == 0
    assert classlift("evaluate", "test.npz", "-q", "--gate", gate, "--confidence", "0.95", cwd=files).returncode == 1
    (files / "g.toml").write_text(f"gates = ['{gate}']\nconfidence = 0.95")
    assert classlift("evaluate", "test.npz", "-q", "--gates", "g.toml", cwd=files).returncode == 1
    assert classlift("evaluate", "test.npz", "-q", "--gate", gate, "--confidence", "95", cwd=files).returncode == 2


def test_the_step_summary_is_added_to(files):
    page = files / "summary.md"
    page.write_text("before\n")
    words = ["evaluate", "test.npz", "-q", "--gate", "total > 1%", "--summary", "auto"]
    assert classlift(*words, cwd=files, GITHUB_STEP_SUMMARY=str(page)).returncode == 0
    assert page.read_text().startswith("before\n")
    assert "passed" in page.read_text()
    assert classlift(*words, cwd=files, GITHUB_STEP_SUMMARY="").returncode == 0
    assert not (files / "auto").exists()
    assert classlift(*words, cwd=files, GITHUB_STEP_SUMMARY=str(files)).returncode == 2


def test_a_summary_stays_below_a_comment(tmp_path):
    n = 4000
    names = np.array([f"{'long ' * 60}{k}" for k in range(n)])
    probs = np.full((2, n), 1 / n, np.float32)
    np.savez(tmp_path / "v.npz", probs=probs, labels=np.array([0, 1]), class_names=names)
    words = ["-q", "--top", "0", "--summary", "s.md", "--gate", "total >= 99%"]
    done = classlift("evaluate", "v.npz", *words, cwd=tmp_path)
    assert done.returncode == 1
    page = (tmp_path / "s.md").read_bytes()
    assert 50_000 < len(page) <= 60_000
    assert b"of 4000 rows shown" in page
    assert b"### gates" in page
    assert page.endswith(b"\n")


def test_a_closed_pipe_keeps_the_status(files):
    command = f"'{sys.executable}' -m classlift evaluate test.npz --gate 'total > 99%' | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=files)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "gate failed: total > 99%" in done.stderr


def test_junit_without_gates_is_valid(files):
    assert classlift("evaluate", "test.npz", "-q", "--junit", "e.xml", cwd=files).returncode == 0
    assert ElementTree.parse(files / "e.xml").getroot().get("tests") == "0"


def test_gravest():
    from classlift.cli.status import Status, gravest

    order = [Status.DONE, Status.GATE_FAILED, Status.UNDEFINED, Status.COULD_NOT_RUN, Status.TERMINATED]
    order += [Status.INTERRUPTED, Status.INTERNAL_ERROR]
    for i, status in enumerate(order):
        assert gravest(order[: i + 1]) is status
    assert gravest([]) is Status.DONE


def test_a_file_of_no_gates_is_refused(files):
    (files / "none.toml").write_text("gates = []\n")
    done = classlift("evaluate", "test.npz", "--gates", "none.toml", cwd=files)
    assert done.returncode == 2
    assert "holds no gate" in done.stderr


def test_gates_of_the_project_that_are_not_asked_are_named(files):
    (files / "pyproject.toml").write_text("[tool.classlift]\ngates = ['total >= 99%']\n")
    assert classlift("evaluate", "test.npz", "-q", cwd=files).returncode == 1
    done = classlift("evaluate", "test.npz", "-q", "--gate", "total >= 1%", cwd=files)
    assert (done.returncode, done.stdout) == (0, "")
    assert "pyproject.toml are not asked" in done.stderr
