"""The glossary explains every row and column of every table, by the tables themselves."""

import re
import shutil
from dataclasses import fields

import pytest

from classlift.cli.topics import text_of
from classlift.methods import METHODS
from support.process import classlift
from support.shared_files import SAMPLE

COMMANDS = (
    "evaluate test.npz --confusion --gate total>=1% --confidence 0.95",
    "evaluate test.npz --layer layer.npz --confusion --coverage",
    "tune val.npz test.npz --require total>=1%",
    "fit val.npz",
    "fit val.npz --effect none",
    "compare val.npz test.npz",
    "sweep val.npz test.npz --method cvar",
    "inspect val.npz",
    "inspect layer.npz",
    "inspect tuned.npz",
    "flips test.npz --layer layer.npz --limit 3",
    "weights val.npz",
    "batch runs/a -o results",
    "apply layer.npz test.npz -o out.npz",
    "blend val.npz val.npz -o blend.npz",
    "demo",
)
CLASSES = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
EVERYDAY = {
    *("class", "classes", "figure", "figures", "value", "why", "what", "state", "from", "to", "no.", "row", "run"),
    *(
        "seconds",
        "probability",
        "share",
        "test",
        "class names",
        "chosen",
        "input",
        "rows given here",
        "candidates tried",
    ),
    *("scores from", "labels from", "labels are", "ids from", "fitted on rows", "fitted on", "these included"),
    *("guard: total accuracy may fall by", "candidates that hold the guard and gain", "parameters of the layer"),
    *("share of the probabilities", "competitive share of the labelled rows", "rows whose predicted class changed"),
}
"""Words that need no explanation, whose value explains them, or that are made of words that are explained."""

SETTINGS = {field.name.replace("_", " ") for method in METHODS.values() for field in fields(method.settings)}
"""Explained in the guide on methods, and by the help of `fit`."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("glossary")
    (path / "runs" / "a").mkdir(parents=True)
    for name in ("val.npz", "test.npz"):
        shutil.copy(SAMPLE / name, path / name)
        shutil.copy(SAMPLE / name, path / "runs" / "a" / name)
    for words in (["fit", "val.npz", "-o", "layer.npz", "-q"], ["tune", "val.npz", "-o", "tuned.npz", "-q"]):
        assert classlift(*words, cwd=path).returncode == 0
    return path


def terms_of(markdown):
    """Names of columns, and of rows where these are figures or facts."""
    for table in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
        head, _, *rows = (
            [re.sub(r"\\(.)", r"\1", cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in table.splitlines()
        )
        yield from head
        if head[0] in ("figure", "what"):
            yield from (row[0] for row in rows)


def is_explained(term, glossary):
    """Whether the glossary has a term, or its parts: a figure in parentheses, what is counted, before or after."""
    for key in re.findall(r"\((\w+[\w.]*)\)$", term):
        if f"`{key}`" in glossary:
            return True
    plain = re.sub(r" ?\(.*\)| \d$", "", term.lower()).strip()
    parts = [part for part in re.split(r", | (?=before$|after$|change$|95%)|95% |^largest \|", plain) if part]
    return all(part.strip("| ") in EVERYDAY or f" {part.strip('| ')}" in glossary for part in parts)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_row_and_column_is_in_the_glossary(folder, command):
    done = classlift(*command.split(), "--details", "--format", "markdown", cwd=folder)
    assert done.returncode == 0, done.stderr
    glossary = re.sub(r"[\s|`]+", " ", text_of("glossary").lower()).replace("(", " ")
    named = text_of("glossary")
    terms = dict.fromkeys(terms_of(done.stdout))
    assert len(terms) > 3
    missing = [
        term
        for term in terms
        if term
        and term not in CLASSES | SETTINGS | {*METHODS, "tuned"}
        and not (is_explained(term, named) or is_explained(term, glossary))
    ]
    assert not missing, "; ".join(missing)
