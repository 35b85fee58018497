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
from markdown_it import MarkdownIt

from classlift.output.printable import printable
from classlift.output.render.delimited import guard
from classlift.output.render.markdown import escape, paragraph
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
    names = ("e.json", "e.classes.csv", "e.gates.csv", "e.md", "e.xml")
    return {name: (folder / name).read_bytes().decode() for name in names} | {
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
    rows = list(csv.reader(io.StringIO(outputs["e.classes.csv"], newline="")))
    cells = [row[0] for row in rows]
    for name in CLASSES:
        assert guard(name) in cells
    for row in rows:
        for cell in row:
            assert cell[:1] not in ("=", "@", "\t", "\r"), cell
            assert cell[:1] not in ("+", "-") or re.fullmatch(r"-?[\d.e+-]+", cell), cell
    assert len({len(row) for row in rows}) == 1
    gates = list(csv.reader(io.StringIO(outputs["e.gates.csv"], newline="")))
    assert len(gates) == K + 2
    assert not [cell for row in gates for cell in row if cell.startswith(("=", "@", "::"))]


def test_markdown(outputs):
    marker, text = outputs["e.md"].split("\n", 1)
    assert marker == "<!-- classlift comparison: v.npz -->"
    assert_harmless(text)
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.M)
    assert len(tables) >= 3
    for table in tables:
        widths = {len(re.split(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table[:300]
    shown = plain_text(text)
    for name in CLASSES:
        assert printable(name).strip() in shown.replace("\u200b", ""), name
    assert "@user" not in text
    assert "https://" not in text


def plain_text(markdown):
    """What a reader of GitHub sees; nothing may be markup but headings and tables."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    inside = [token for block in tokens if block.type == "inline" for token in block.children]
    assert {token.type for token in inside} <= {"text", "text_special"}
    assert {token.type.rpartition("_")[0] or token.type for token in tokens} <= {
        *("heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "inline")
    }
    return "".join(token.content for token in inside)


NEEDED = {
    "low-20 % (low20), +1.5 to -2!": "low-20 % (low20), +1.5 to -2!",
    "macro_f1 is snake_case": "macro_f1 is snake_case",
    "_quiet_ and __loud__": "\\_quiet\\_ and \\_\\_loud\\_\\_",
    "[a](b)": "\\[a](b)",
    "5 * 3 | #7 `x`": "5 \\* 3 \\| \\#7 \\`x\\`",
}


@pytest.mark.parametrize("text", NEEDED)
def test_only_what_markdown_needs_is_escaped(text):
    assert escape(text) == NEEDED[text]
    assert plain_text(escape(text)) == text


@pytest.mark.parametrize(
    "text", ["# x", "+ x", "- x", "> x", "1. x", "12) x", "--- x", "    x", "== x", "x\\y", "~~x~~"]
)
def test_a_line_of_its_own_is_no_list_and_no_heading(text):
    assert plain_text(paragraph(text)) == text.strip()


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
