"""The guides that ship in the package: their names, what each is about, and their text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from classlift.errors import alike

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "guides")  # noqa: PTH118, PTH120  (pathlib is slow)

GUIDES = {
    "export-predictions": "Get predictions out of your framework, and which files can be read",
    "export-frameworks": "Recipes for more frameworks",
    "aim": "Say what a tuned layer must hold, and what it may cost",
    "costs": "What mistakes cost, and the class of least expected cost",
    "shares": "Classes that are more or less frequent in production",
    "methods": "The ways to fit a layer, and how tune chooses among them",
    "statistics": "Which intervals are shown, and what they cover",
    "rows": "Rows in groups, and rows that belong together",
    "ci": "Gates and exit statuses for scripts and CI",
    "many-runs": "Many runs, models together, the rows that changed, and class weights",
    "report": "The HTML page, charts and pictures",
    "python": "Everything from Python",
    "deploy": "From the layer to the deployed model: ONNX, PyTorch, Keras, scikit-learn",
    "layer-file": "What a layer file holds, for readers in any language",
    "cluster": "When one machine is not enough: dask, shards and object stores",
    "speed": "How long it takes and how much memory it needs",
    "measured": "What was measured on real predictions, beside other tools",
    "security": "What is promised of files from strangers, and how it is tested",
    "architecture": "How the code is laid out, for the people who carry it on",
    "glossary": "Every name, and what it means",
}
"""Name of a guide -> its title, in the order in which a new user needs them."""


MOST_LINES = 8
"""A word that has no entry is shown in so many lines of the guides."""


def text_of(name: str) -> str:
    """Text of a guide, in Markdown."""
    with open(os.path.join(FOLDER, f"{name}.md"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        return file.read()


def glossary_entry(word: str) -> str:
    r"""What the glossary says of a figure or a word, a line for each entry; nothing where it has none.

    Examples
    --------
    >>> glossary_entry("guard")
    'guard: what a layer must not cost: `max_total_drop`\n'
    """
    wanted = re.sub(r"^(low|top)\d+(?=$|\.)", lambda found: {"low": "low20", "top": "top5"}[found[1]], word.lower())
    wanted = re.sub(r"\.(before|after|change)$", "", wanted).replace("-", "_").replace("_", " ")
    found = ""
    for line in text_of("glossary").splitlines():
        name, _, told = line.strip("| ").partition(" | ")
        names = name.replace("`", "").replace("_", " ").split(", ")
        if line.startswith("| ") and wanted in (each.lower() for each in names):
            found += f"{name.replace('`', '')}: {told}\n"
    return found


def mentions(word: str, *, rows_only: bool = False) -> str:
    """Lines of the guides that hold a word, rows of tables first, MOST_LINES at most; nothing where none does."""
    whole = re.compile(rf"(?<!\w)(?<!\w-){re.escape(word)}(?![\w-])", re.IGNORECASE)
    found: list[tuple[bool, str, str]] = []
    for name in GUIDES:
        lines = (line for line in text_of(name).splitlines() if whole.search(line) and not line.startswith("$"))
        found += [(not line.startswith("|"), name, line.strip("|#- ")) for line in lines]
    shown = sorted(found, key=lambda one: one[0])[:MOST_LINES]
    return "".join(f"{line}  [classlift help {name}]\n" for text, name, line in shown if not (text and rows_only))


def nearest(name: str, known: Iterable[str]) -> str:
    """What to add to an error about a misspelt name: the nearest known one, or nothing."""
    near = alike(name.lower(), known)
    return f"; did you mean {near[0]!r}?" if near else ""
