"""Tables as text in the dialects that people have: without header, with remarks, other separators, lists in cells."""

import ast
import csv
import itertools

import numpy as np
import pandas as pd
import pytest

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions
from support.process import classlift

RNG = np.random.default_rng(21)
N, NAMES = 60, ("otter", "lynx", "crane", "mole")
PROBS = RNG.dirichlet(np.ones(4), N).round(6)
PROBS[:, 0] = (1 - PROBS[:, 1:].sum(axis=1)).round(6)
LABELS = RNG.integers(0, 4, N)
HEAD = ["file", "label", *(f"prob_{name}" for name in NAMES)]


def lines(separator=",", head=HEAD, first=lambda i: [f"img_{i:03}.png", NAMES[LABELS[i]]], sign="."):
    rows = ([*first(i), *(f"{p:.6f}".replace(".", sign) for p in PROBS[i])] for i in range(N))
    return [separator.join(map(str, row)) for row in [*([head] if head else []), *rows]]


def write(path, content):
    path.write_text("\n".join(content) + "\n")
    return path


def read(path, **options):
    source = open_predictions(path, ReadOptions(**options))
    blocks = list(source.blocks())
    labels = None if blocks[0].labels is None else np.concatenate([b.labels for b in blocks])
    carried = {name: np.concatenate([b.columns[name] for b in blocks]).tolist() for name in blocks[0].columns}
    return np.concatenate([b.scores for b in blocks]), labels, carried


DIALECTS = {
    "bars": lines("|"),
    "bars and a comma": lines("|", sign=","),
    "Excel's first line": ["sep=;", *lines(";", sign=",")],
    "Excel's first line in quotes": ['"sep=,"', *lines()],
    "remarks": ["# model: resnet", "# date: 2026-01-01, 12:00", *lines()],
    "remarks with tabs": ["# a\tb", *lines("\t")],
    "a header that is a remark": ["#" + line if i == 0 else line for i, line in enumerate(lines("\t"))],
    "remarks above such a header": ["# made by", *("#" + line if i == 0 else line for i, line in enumerate(lines()))],
    "an index without name": [f"{i - 1 if i else ''},{line}" for i, line in enumerate(lines())],
    "an index of decimals": [f"{i - 1.0 if i else ''},{line}" for i, line in enumerate(lines())],
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(tmp_path, dialect):
    scores, labels, carried = read(write(tmp_path / "p.csv", DIALECTS[dialect]))
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS)
    assert carried["file"] == [f"img_{i:03}.png" for i in range(N)]


HEADERLESS = {
    "an id": (lambda i: [f"img_{i}.png"], False, "id"),
    "a label": (lambda i: [LABELS[i]], True, None),
    "a row number": (lambda i: [i], False, "index"),
    "a row number from 1": (lambda i: [i + 1], False, "index"),
    "an id that is a number": (lambda i: [90210 + 7 * i], False, "index"),
    "an id and a label": (lambda i: [f"s{i}", LABELS[i]], True, "id"),
    "a row number and a label": (lambda i: [i, LABELS[i]], True, "index"),
}


@pytest.mark.parametrize("separator", [",", "\t", ";", "|", "  "])
@pytest.mark.parametrize("what", HEADERLESS)
def test_what_stands_before_the_scores_of_a_file_without_header(tmp_path, what, separator):
    first, labelled, name = HEADERLESS[what]
    path = write(tmp_path / "p.txt", lines(separator, None, first))
    scores, labels, carried = read(path)
    assert np.array_equal(scores, PROBS)
    assert (labels is not None) == labelled and (labels is None or np.array_equal(labels, LABELS))
    assert list(carried) == ([name] if name else [])


def test_labels_behind_the_scores(tmp_path):
    rows = [",".join([*map(str, p.tolist()), str(y)]) for p, y in zip(PROBS, LABELS, strict=True)]
    scores, labels, _ = read(write(tmp_path / "p.csv", rows))
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS)


def test_names_of_classes_behind_an_id(tmp_path):
    path = write(tmp_path / "p.csv", lines(",", None))
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    scores, labels, carried = read(path, classes=tmp_path / "names.txt")
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS) and list(carried) == ["id"]


def test_rows_that_are_0_or_1_are_no_labels(tmp_path):
    sure = np.zeros((N, 3))
    sure[np.arange(N), LABELS % 3] = 1
    rows = [f"{int(a)},{b / 2},{c + b / 2}" for a, b, c in sure]
    scores, labels, _ = read(write(tmp_path / "p.csv", rows))
    assert labels is None and scores.shape == (N, 3)


HEADERS = {
    "numbers behind an id": ("id,0,1,2,3", True),
    "numbers in another order": ("image,2,0,3,1", True),
    "numbers behind a name that nobody knows": ("zeile,0,1,2,3", True),
    "an empty name": (",0,1,2,3", True),
    "a row of 0 and 1": ("img_7.png,1,0,0,0", False),
    "a row of decimals": ("img_7.png,0.25,0.25,0.25,0.25", False),
}


@pytest.mark.parametrize("what", HEADERS)
def test_the_first_line_is_a_row_where_it_looks_like_one(tmp_path, what):
    first, header = HEADERS[what]
    path = write(tmp_path / "p.csv", [first, *lines(",", None, lambda i: [f"img_{i}.png"])])
    source = open_predictions(path)
    assert sum(b.n_samples for b in source.blocks()) == N + (not header)
    assert source.n_classes == 4


def test_the_user_says_whether_there_is_a_header(tmp_path):
    words = ["".join(letters) for letters in itertools.product("abcd", repeat=3)]
    path = write(
        tmp_path / "p.csv", ["x,3,1", *(f"{word},{p},{1 - p}" for word, p in zip(words, PROBS[:, 0], strict=False))]
    )
    with pytest.raises(ClassliftError, match=r"first line, x, 3, 1, holds names or a row\nfix: .*--no-header"):
        open_predictions(path)
    assert sum(b.n_samples for b in open_predictions(path, ReadOptions(header=True)).blocks()) == N
    done = classlift("inspect", path, "--header", "--format", "json")
    assert done.returncode == 0 and '"n_samples": 60' in done.stdout
    done = classlift("inspect", path, "--no-header", "--logits", "--format", "json")
    assert done.returncode == 0 and '"n_samples": 61' in done.stdout


def test_a_list_of_files_with_a_number_each_holds_labels(tmp_path):
    write(tmp_path / "p.csv", lines(",", [f"prob_{k}" for k in range(4)], lambda i: []))
    write(tmp_path / "list.txt", [f"train/img_{i}.png {y}" for i, y in enumerate(LABELS)])
    scores, labels, _ = read(tmp_path / "p.csv", labels=tmp_path / "list.txt")
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS)


THOUSANDS = {
    "German": (";", "1.234,5", "-2.000,25"),
    "English": (";", "1,234.5", "-2,000.25"),
    "English in quotes": (",", '"1,234.5"', '"-2,000.25"'),
    "French": (";", "1 234,5", "0,5"),
    "Swiss": (";", "1'234.5", "0.5"),
}


@pytest.mark.parametrize("where", THOUSANDS)
def test_separators_of_thousands_are_refused(tmp_path, where):
    separator, a, b = THOUSANDS[where]
    rows = [separator.join(row) for row in [["label", "logit_a", "logit_b"], *[["0", a, b], ["1", b, a]] * 3]]
    with pytest.raises(ClassliftError, match="separator of thousands"):
        read(write(tmp_path / "p.csv", rows))


def test_points_among_decimal_commas_are_named(tmp_path):
    rows = ["label;logit_a;logit_b", *["0;1,25;-0,5"] * 30, "1;1.234;0,5"]
    with pytest.raises(ClassliftError, match=r"row 30, column 'logit_a': '1.234' is not a number"):
        read(write(tmp_path / "p.csv", rows))


def test_a_quote_that_begins_a_cell_and_does_not_end_it(tmp_path):
    rows = lines("\t", first=lambda i: ['"Great film' if i in (5, 6) else "good", NAMES[LABELS[i]]])
    with pytest.raises(ClassliftError, match=r"row 5: .*quote"):
        read(write(tmp_path / "p.tsv", rows))


LISTS = {
    "numpy": str,
    "a list": lambda row: str(row.tolist()),
    "a tuple": lambda row: str(tuple(row.tolist())),
    "torch": lambda row: f"tensor({row.tolist()})",
    "torch on a device": lambda row: f"tensor({row.tolist()}, device='cuda:0')",
    "numpy over two lines": lambda row: str(row).replace(" ", "\n ", 1),
}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("what", LISTS)
def test_cells_that_hold_a_list_as_text(tmp_path, what, separator):
    frame = pd.DataFrame({"id": range(N), "label": LABELS, "probs": [LISTS[what](row) for row in PROBS]})
    frame.to_csv(tmp_path / "p.csv", index=False, sep=separator)
    scores, labels, _ = read(tmp_path / "p.csv")
    assert np.allclose(scores, PROBS, atol=1e-8) and np.array_equal(labels, LABELS)


def test_a_list_of_another_length_is_named(tmp_path):
    cells = [str(row) for row in PROBS]
    cells[33] = "[0.5 0.5]"
    pd.DataFrame({"label": LABELS, "probs": cells}).to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(ClassliftError, match=r"row 33, column 'probs': '.0.5 0.5.' is not a list of 4 numbers"):
        read(tmp_path / "p.csv")


def test_a_list_that_numpy_shortened_is_refused(tmp_path):
    cells = [np.array2string(np.ones(2000) / 2000) for _ in range(3)]
    pd.DataFrame({"label": [0, 1, 2], "probs": cells}).to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(ClassliftError, match="shortened"):
        read(tmp_path / "p.csv")


UNCLOSED = pytest.mark.filterwarnings("ignore:.*:pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


def follow(message, path, monkeypatch):
    """Run the line that a refusal gives."""
    monkeypatch.chdir(path.parent)
    line = message.split("once: ")[1]
    exec(line, {"FILE": str(path), "pandas": pd, "ast": ast})


def test_objects_as_text_come_with_a_line_that_expands_them(tmp_path, monkeypatch):
    cells = [str(dict(zip(NAMES, row.tolist(), strict=True))) for row in PROBS]
    path = tmp_path / "p.csv"
    pd.DataFrame({"label": [NAMES[k] for k in LABELS], "probs": cells}).to_csv(path, index=False)
    with pytest.raises(ClassliftError, match="cannot be read\nfix: its cells hold objects as text") as caught:
        read(path)
    monkeypatch.setattr(pd, "read_csv", lambda file, real=pd.read_csv: real(path if file == str(path) else file))
    follow(str(caught.value), path, monkeypatch)
    scores, labels, _ = read(tmp_path / "out.csv")
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS)


def pairs(i, mark=":"):
    return " ".join(f"{k}{mark}{PROBS[i, k]}" for k in np.argsort(-PROBS[i]))


@UNCLOSED
def test_pairs_of_number_and_probability_come_with_a_line_that_makes_a_table(tmp_path, monkeypatch):
    path = write(tmp_path / "p.txt", [f"{y}\t{pairs(i)}" for i, y in enumerate(LABELS)])
    with pytest.raises(ClassliftError, match="pairs of name and probability") as caught:
        read(path)
    follow(str(caught.value), path, monkeypatch)
    scores, labels, _ = read(tmp_path / "out.csv")
    hits = (scores.argmax(axis=1) == labels).sum()
    assert hits == (PROBS.argmax(axis=1) == LABELS).sum()


@UNCLOSED
def test_classes_and_probabilities_in_turn_come_with_a_line_that_makes_a_table(tmp_path, monkeypatch):
    rows = [" ".join(f"__label__{NAMES[k]} {PROBS[i, k]}" for k in np.argsort(-PROBS[i])) for i in range(N)]
    path = write(tmp_path / "p.txt", rows)
    with pytest.raises(ClassliftError, match="sorted by probability") as caught:
        read(path)
    follow(str(caught.value), path, monkeypatch)
    source = open_predictions(tmp_path / "out.csv")
    scores = np.concatenate([b.scores for b in source.blocks()])
    assert np.array_equal(scores[:, [source.classes.index(name) for name in NAMES]], PROBS)


def test_the_predicted_class_of_libsvm_is_no_truth(tmp_path):
    order = [2, 0, 3, 1]
    rows = [f"{p.argmax()} {' '.join(map(str, p[order].tolist()))}" for p in PROBS]
    path = write(tmp_path / "out.txt", [f"labels {' '.join(map(str, order))}", *rows])
    with pytest.raises(ClassliftError, match="predicted class"):
        read(path)
    write(tmp_path / "truth.txt", ["label", *map(str, LABELS)])
    scores, labels, _ = read(path, labels=tmp_path / "truth.txt")
    assert (scores.argmax(axis=1) == labels).mean() == (PROBS.argmax(axis=1) == LABELS).mean()


def test_quoted_cells_over_several_lines_are_read(tmp_path):
    with (tmp_path / "p.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["note", "label", "prob_0", "prob_1"])
        out.writerows([f"one\ntwo, {i}", i % 2, 0.25, 0.75] for i in range(N))
    _, labels, carried = read(tmp_path / "p.csv")
    assert labels.tolist() == [i % 2 for i in range(N)] and carried["note"][3] == "one\ntwo, 3"
