"""Public names explain themselves: a summary, true parameter names, examples that run."""

import ast
import doctest
import importlib
import re
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "classlift"
FILES = sorted(SRC.rglob("*.py"))
SECTIONS = {"Parameters", "Returns", "Yields", "Raises", "Notes", "Examples", "See Also", "Attributes", "Source"}
SECTIONS |= {"References", "Warnings", "Warns", "Other Parameters"}
all_files = pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(SRC).as_posix())


def public_nodes(tree):
    """(qualified name, node, class or None) of public classes, functions and methods."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node, None
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner, node
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, node, None


def decorators(node):
    return [ast.unparse(d) for d in node.decorator_list]


def is_exempt(node):
    """Overloads and setters share the docstring of what they belong to."""
    return any(d.endswith(("overload", ".setter")) for d in decorators(node))


@all_files
def test_every_public_name_has_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module has none"
    missing = [n for n, node, _ in public_nodes(tree) if not is_exempt(node) and not ast.get_docstring(node)]
    assert missing == []


@all_files
def test_the_first_line_is_one_sentence(path):
    wrong = []
    for name, node, _ in public_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        first, *rest = (ast.get_docstring(node) or "x.").splitlines()
        if not first.endswith((".", "?", ":")) or (rest and rest[0].strip()):
            wrong.append(name)
    assert wrong == []


def documented_parameters(docstring):
    """Names under `Parameters`, or None where there is no such section."""
    match = re.search(r"^Parameters\n-{10}\n(.*?)(?=^\S[^\n]*\n-{3,}$|\Z)", docstring, re.M | re.S)
    if not match:
        return None
    heads = re.findall(r"^(\*{0,2}\w[\w, *]*?)(?: :.*)?$", match.group(1), re.M)
    return [name.strip().lstrip("*") for head in heads for name in head.split(",")]


def true_parameters(node):
    """Arguments of a function; of a class those of its constructor, or the fields of a dataclass."""
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
                return true_parameters(inner)
        return [n.target.id for n in node.body if isinstance(n, ast.AnnAssign)]
    a = node.args
    listed = [*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg]
    return [x.arg for x in listed if x and x.arg not in ("self", "cls")]


@all_files
def test_documented_parameters_are_the_true_ones(path):
    tree, wrong = ast.parse(path.read_text(encoding="utf-8")), []
    for name, node, _ in public_nodes(tree):
        listed = documented_parameters(ast.get_docstring(node) or "")
        if listed is not None and listed != true_parameters(node):
            wrong.append(f"{name}: documented {listed}, true {true_parameters(node)}")
    assert wrong == []


@all_files
def test_sections_are_those_of_numpydoc(path):
    wrong = []
    for name, node, _ in public_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        for title, line in re.findall(r"^(\S[^\n]*)\n(-{3,})$", ast.get_docstring(node) or "", re.M):
            if title not in SECTIONS or len(line) != len(title):
                wrong.append(f"{name}: {title!r}")
    assert wrong == []


@all_files
def test_examples_run(path):
    if path.name == "__main__.py":
        pytest.skip("importing it runs the command line")
    if ">>>" not in path.read_text(encoding="utf-8"):
        return
    name = ".".join(("classlift", *path.relative_to(SRC).with_suffix("").parts)).removesuffix(".__init__")
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.attempted
    assert not result.failed


def test_the_verbs_have_examples():
    import classlift

    assert [n for n in ("fit", "apply", "evaluate") if ">>>" not in (getattr(classlift, n).__doc__ or "")] == []
