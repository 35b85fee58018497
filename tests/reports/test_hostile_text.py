"""Text from files that is HTML stays text: in pages of one run and of many, and in notebooks."""

from html.parser import HTMLParser

import numpy as np
import pytest

import classlift
from support.page import Page
from support.process import classlift as command
from support.report_cases import save

pytest.importorskip("jinja2", reason="the page needs the extra `report`")

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</title></style></pre></svg><b onmouseover=alert(1)>",
    "<!-- {{ 7 * 7 }} {% raw %} ]]>",
    "<a href=javascript:alert(1)>x</a>&lt;i&gt;",
    "<iframe srcdoc='<script>alert(1)</script>'>",
)
PLAIN = tuple(chr(97 + i) * len(text) for i, text in enumerate(HOSTILE))


def names(texts):
    """What files and runs can be called."""
    return [text.replace("/", "|") for text in texts]


def make(folder, words):
    """Two files with these class names, ids and groups, and runs of which one fails; the names of the files."""
    texts, files = np.array(words), names(words)
    folder.mkdir()
    for seed in range(2):
        ids = np.array([f"{texts[i % 6]}{i}" for i in range(300)])
        where = folder / f"{files[seed]}.npz"
        save(where, 6, 300, seed, class_names=texts, image_id=ids, site=texts[np.arange(300) % 6])
    for name in files[2:5]:
        (folder / "runs" / name).mkdir(parents=True)
        save(folder / "runs" / name / "val.npz", 6, 300, 0, class_names=texts)
    (folder / "runs" / files[4] / "val.npz").write_bytes(words[0].encode())
    return files


def run(folder, *words):
    done = command(*words, cwd=folder)
    assert "Traceback" not in done.stderr
    return done.returncode


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The page of one run and the page of a batch, with plain texts and with HTML in their place."""
    found = {}
    for kind, words in (("plain", PLAIN), ("hostile", HOSTILE)):
        folder = tmp_path_factory.mktemp(kind) / "here"
        files = make(folder, words)
        a, b = (f"{name}.npz" for name in files[:2])
        assert run(folder, "fit", a, "-o", f"{files[5]}.json", "-q", "--effect", "none") == 0
        more = ["--layer", f"{files[5]}.json", "--by", "site", "-o", "one.html", "--no-sweeps", "-q"]
        assert run(folder, "report", a, b, *more) == 0
        runs = [f"runs/{name}" for name in files[2:5]]
        assert run(folder, "batch", *runs, "--verb", "fit", "-o", "results", "-q") == 2
        assert run(folder, "report", "results", "-o", "many.html", "-q") == 0
        found[kind] = {name: (folder / name).read_text(encoding="utf-8") for name in ("one.html", "many.html")}
    return found


@pytest.mark.parametrize("name", ["one.html", "many.html"])
def test_pages_have_the_elements_of_plain_texts(pages, name):
    plain, hostile = (Page(pages[kind][name]) for kind in ("plain", "hostile"))
    assert {tag for tag, _ in hostile.elements} <= {tag for tag, _ in plain.elements}
    for tag in ("script", "style", "img", "a", "title", "section", "table", "tr", "td"):
        assert len(hostile.named(tag)) == len(plain.named(tag)), tag
    known = {(tag, key) for tag, attrs in plain.elements for key in attrs}
    assert {(tag, key) for tag, attrs in hostile.elements for key in attrs} <= known
    assert all(attrs["href"].startswith("#") for attrs in hostile.named("a"))
    text = pages["hostile"][name]
    assert "alert(1)" in text
    assert "{{ 7 * 7 }}" in text
    assert "&amp;lt;i&amp;gt;" in text


class Tags(HTMLParser):
    """Names of all elements and attributes."""

    def __init__(self, text):
        super().__init__()
        self.found, self.text = set(), ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found |= {tag, *(name for name, _ in attrs)}

    def handle_data(self, text):
        self.text += text


def test_notebooks_show_text(tmp_path, monkeypatch):
    files = make(tmp_path / "here", HOSTILE)
    monkeypatch.chdir(tmp_path / "here")
    a, b = (f"{name}.npz" for name in files[:2])
    fitted = classlift.fit(a)
    checked = classlift.evaluate(b, layer=fitted.layer)
    results = {
        "fit": fitted,
        "layer": fitted.layer,
        "evaluate": checked,
        "raw": classlift.evaluate(b),
        "tune": classlift.tune(a, jobs=1),
        "compare": classlift.compare(a, b, jobs=1),
        "flips": classlift.flips(b, layer=fitted.layer),
        "weights": classlift.weights(a),
        "inspect": classlift.inspect(b),
        "apply": classlift.apply(fitted.layer, b, "out.csv"),
    }
    shown = {name: result._repr_html_() for name, result in results.items() if hasattr(result, "_repr_html_")}
    assert {"fit", "layer", "evaluate", "raw", "tune"} <= set(shown)
    for name, html in shown.items():
        tags = Tags(html)
        assert tags.found <= {"pre", "table", "thead", "tbody", "tr", "th", "td", "p", "border", "class", "style"}, name
        assert HOSTILE[0] in tags.text or name not in ("fit", "layer", "evaluate"), name
