"""Class and run names that mean something to a terminal, a spreadsheet, a log, XML, Markdown: no output breaks."""

import csv
import io
import json
import re
import unicodedata
from xml.etree import ElementTree

import junitparser
import numpy as np
import pytest

from classlift.output.printable import printable
from classlift.output.render.delimited import guard
from support.process import classlift

NAMES = {
    "comma": "a, b;c",
    "pipe": "a|b | c",
    "angle": "<script>alert(1)</script>&amp;",
    "ansi": "red\x1b[31m!\x1b]0;title\x07",
    "command": "::error::x%0Ay",
    "old command": "x##[error]y",
    "blank command": "  ::stop-commands::z",
    "formula": "=cmd('/C calc')!A0",
    "at": "@SUM(1+1)",
    "minus": "-1+2",
    "right to left": "abc\u202egnp.exe\u200f",
    "long": "x" * 120,
    "emoji": "👩‍👩‍👧 🦊",
    "line ends": "one\ntwo\r\nthree\u2028four",
    "quotes": "say \"hi\" 'there' \\ `now`",
    "markdown": "**b** [l](https://e.example) # _i_ ![p](x) ~~s~~ @user",
    "no xml": "a\x01b\ufffec\x7f",
    "blank": " ",
    "ordinary": "größe.v2",
}
CLASSES = list(NAMES.values())
K = len(CLASSES)


def quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def toml(text):
    return '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("escaping")
    rng = np.random.default_rng(0)
    labels = np.arange(40 * K) % K
    logits = rng.normal(size=(len(labels), K))
    logits[np.arange(len(labels)), labels] += 1.5
    probs = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    ids = np.array(CLASSES)[rng.integers(0, K, len(labels))]
    np.savez(path / "v.npz", probs=probs, labels=labels, class_names=np.array(CLASSES), note=ids)
    (path / "pyproject.toml").write_text("")
    gates = ",\n".join(toml(f"class[{quoted(name)}].recall >= 100%") for name in CLASSES)
    (path / "g.toml").write_text(f"gates = [\n{gates}]\n", encoding="utf-8")
    assert classlift("fit", "v.npz", "-o", "l.npz", "-q", "--effect", "none", cwd=path).returncode == 0
    return path


@pytest.fixture(scope="module")
def outputs(folder):
    """Everything that one evaluation writes."""
    words = ["--gates", "g.toml", "--annotations", "--gate", f"class[{quoted('::nobody, <x>')}].f1 > 1%"]
    files = ["--json", "e.json", "--csv", "e.csv", "--summary", "e.md", "--junit", "e.xml"]
    done = classlift("evaluate", "v.npz", "--layer", "l.npz", "--top", "0", *words, *files, cwd=folder)
    assert done.returncode == 3, done.stderr
    return {name: (folder / name).read_bytes().decode() for name in ("e.json", "e.csv", "e.md", "e.xml")} | {
        "stdout": done.stdout,
        "stderr": done.stderr,
    }


def assert_harmless(text):
    """Nothing that moves a cursor, turns the direction of text, or is a command to the log of a CI job."""
    bad = {c for c in text if c not in "\n\r\u200b\u200d" and unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}}
    assert bad == set()
    assert "##[" not in text
    assert [line for line in text.split("\n") if line.lstrip().startswith("::")] == []


def test_terminal(outputs):
    assert_harmless(outputs["stdout"])
    for name in CLASSES:
        assert printable(name) in outputs["stdout"]


def test_json(outputs):
    document = json.loads(outputs["e.json"])
    assert [entry["name"] for entry in document["classes"]] == CLASSES
    failed = [gate for gate in document["gates"] if gate["state"] == "failed"]
    assert [next(iter(gate["classes"])) for gate in failed] == CLASSES
    assert "\x1b" not in outputs["e.json"]


def test_csv(outputs):
    rows = list(csv.reader(io.StringIO(outputs["e.csv"], newline="")))
    cells = [row[0] for row in rows if row]
    for name in CLASSES:
        assert guard(name) in cells
    for row in rows:
        for cell in row:
            assert cell[:1] not in ("=", "@", "\t", "\r"), cell
            assert cell[:1] not in ("+", "-") or re.fullmatch(r"-?[\d.e+-]+", cell), cell
    width = {len(row) for row in rows if len(row) > 4}
    assert len(width) <= 3


def test_markdown(outputs):
    text = outputs["e.md"]
    assert_harmless(text)
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.M)
    assert len(tables) >= 3
    for table in tables:
        widths = {len(re.split(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table[:300]
    assert not re.search(r"(?<!\\)[<>`\[\]]", text.replace("&lt;", ""))
    assert "@user" not in text
    assert "https://" not in text


def test_junit(outputs):
    root = ElementTree.fromstring(outputs["e.xml"])
    cases = list(root.iter("testcase"))
    assert len(cases) == K + 1
    suite = next(iter(junitparser.JUnitXml.fromstring(outputs["e.xml"].encode())))
    assert (suite.tests, suite.failures, suite.errors) == (K + 1, K, 1)
    for name, case in zip(CLASSES, cases, strict=False):
        assert printable(name).replace("\ufffe", "\ufffd") in case.find("failure").text
        assert_harmless(case.get("name").lstrip(":"))


def test_annotations(outputs):
    lines = outputs["stderr"].splitlines()
    assert len(lines) == 10
    for line in lines:
        match = re.fullmatch(r"::(error|warning) title=([^:,]*)::(.*)", line)
        assert match, line
        for part in match.groups():
            assert "\x1b" not in part
            assert not re.search(r"%(?!25|0A|0D|3A|2C)", part), line
    assert all(line.startswith("::error ") for line in lines)


@pytest.mark.parametrize("format_", ["table", "csv", "markdown"])
@pytest.mark.parametrize("words", [["flips", "v.npz", "--layer", "l.npz"], ["weights", "v.npz", "--top", "0"]])
def test_other_commands(folder, words, format_):
    done = classlift(*words, "--format", format_, cwd=folder)
    assert done.returncode == 0, done.stderr
    if format_ == "csv":
        rows = list(csv.reader(io.StringIO(done.stdout, newline="")))
        assert not [cell for row in rows for cell in row if cell[:1] in ("=", "@")]
    else:
        assert_harmless(done.stdout)


def test_changes_in_files(folder):
    for name in ("c.csv", "c.parquet", "c.npz"):
        done = classlift("flips", "v.npz", "--layer", "l.npz", "-o", name, "--kind", "changed", cwd=folder)
        assert done.returncode == 0, done.stderr
    import pyarrow.parquet as pq

    seen = set(pq.read_table(folder / "c.parquet")["true"].to_pylist())
    assert seen <= set(CLASSES)
    assert len(seen) > K / 2
    with (folder / "c.csv").open(newline="", encoding="utf-8") as file:
        cells = {row["true"] for row in csv.DictReader(file)}
    assert not [cell for cell in cells if cell[:1] in ("=", "@", "-")]


def test_run_names(folder):
    names = [name for name in CLASSES if not set(name) & set("/\\\0") and len(name) < 100]
    runs = "".join(f"[[run]]\nname = {toml(name)}\nval = 'v.npz'\nverb = 'fit'\n" for name in [*names, "broken"])
    (folder / "m.toml").write_text(runs.replace("broken\"\nval = 'v.npz'", "broken\"\nval = '::x'"), encoding="utf-8")
    words = ["--gate", "total >= 100%", "--annotations", "--junit", "b.xml", "--summary", "b.md", "--json", "b.json"]
    done = classlift("batch", "m.toml", *words, cwd=folder)
    assert done.returncode == 2, done.stderr
    assert_harmless(done.stdout)
    assert_harmless((folder / "b.md").read_text())
    document = json.loads((folder / "b.json").read_text())
    assert [run["name"] for run in document["runs"]] == [*names, "broken"]
    suites = list(junitparser.JUnitXml.fromfile(str(folder / "b.xml")))
    assert [suite.failures for suite in suites] == [*[1] * len(names), 0]
    own = [line for line in done.stderr.splitlines() if line.lstrip().startswith("::")]
    assert len(own) == 10
    for line in own:
        assert re.fullmatch(r"::error title=[^:,]*::.*", line)
