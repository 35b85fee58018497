"""Our own JSON with an odd value in each place: layers and state files of a batch, through all that reads them."""

import copy
import itertools
import json
import tempfile
from pathlib import Path

from support.many import Commands

from .lines import world, wrong

NUMBERS = (-1, 0.5, 1e308, 10**400, float("nan"))
ODD = (None, True, *NUMBERS, "", "x", "\u202e[red]", "../../x", [], [None], [[1]], {}, {"a": 1})
READ = {
    "layer.json": [
        "inspect layer.json --format json",
        "apply layer.json v.npz -o new.npz",
        "evaluate v.npz --layer layer.json --resamples 20",
        "report v.npz t.npz --layer layer.json -o new.html --no-sweeps",
        "export layer.json --to onnx -o new.onnx",
    ],
    "results/a/state.json": ["report results -o new.html", "batch m.toml -o results"],
}
"""Files, and what reads them."""


def places(value, path=()):
    """Every place in a document, with the way to it; of a list the first two."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, entry in inner:
        yield from places(entry, (*path, key))


def changed(document, path, value):
    """A copy with another value in one place."""
    if not path:
        return value
    made = copy.deepcopy(document)
    spot = made
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return made


def without(document, path):
    """A copy that lacks one place."""
    made = copy.deepcopy(document)
    spot = made
    for key in path[:-1]:
        spot = spot[key]
    del spot[path[-1]]
    return made


def damaged(document):
    """What was changed, and the document."""
    for path in places(document):
        if path:
            yield path, "nothing", without(document, path)
        for value in ODD:
            yield path, value, changed(document, path, value)


def run_all(every=1, first=0):
    """How many files were read, and the findings."""
    findings, count = [], 0
    with tempfile.TemporaryDirectory() as name, Commands() as run:
        folder = Path(name)
        world(folder)
        for line in ("tune v.npz -o layer.json --jobs 1", "batch m.toml -o results"):
            assert run(line.split(), folder).status == 0
        for file, lines in READ.items():
            original = (folder / file).read_text()
            cases = itertools.product(damaged(json.loads(original)), lines)
            for (path, value, document), line in itertools.islice(cases, first % every, None, every):
                (folder / file).write_text(json.dumps(document, ensure_ascii=False))
                count += 1
                problem = wrong(run(line.split(), folder))
                findings += [f"{line}: {path} is {value!r}: {problem}"] if problem else []
            (folder / file).write_text(original)
    return count, findings
