"""JSON Lines: an object in every line, as people's tools write it."""

import gzip
import json
import math

import numpy as np
import pytest

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions, open_writer
from support.process import classlift as run

RNG = np.random.default_rng(5)
N, K = 300, 3
NAMES = ("cat", "dog", "bird")
PROBS = RNG.dirichlet(np.ones(K), N)
LABELS = RNG.integers(0, K, N)


def rows_of(path, options=None):
    source = open_predictions(path, options or ReadOptions())
    blocks = list(source.blocks())
    labels = None if blocks[0].labels is None else np.concatenate([b.labels for b in blocks])
    carried = {name: np.concatenate([b.columns[name] for b in blocks]) for name in blocks[0].columns}
    return source, np.concatenate([b.scores for b in blocks]), labels, carried


def write(path, rows):
    text = "\n".join(json.dumps(row) for row in rows) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def records(**made):
    return [{key: make(i) for key, make in made.items()} for i in range(N)]


def by_class(i):
    return dict(zip(NAMES, PROBS[i].tolist(), strict=True))


def sorted_pairs(i):
    order = np.argsort(-PROBS[i])
    return [{"label": NAMES[k], "score": float(PROBS[i, k])} for k in order]


@pytest.mark.parametrize("name", ["p.jsonl", "p.ndjson", "p.jsonl.gz", "p.ndjson.gz", "P.JSONL"])
def test_scores_as_a_list_with_labels_beside_them(tmp_path, name):
    path = write(
        tmp_path / name,
        records(id=lambda i: f"img_{i}", y_true=lambda i: int(LABELS[i]), probs=lambda i: list(PROBS[i])),
    )
    source, scores, labels, carried = rows_of(path)
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS)
    assert source.classes is None and carried["id"].tolist() == [f"img_{i}" for i in range(N)]


@pytest.mark.parametrize("key", ["probs", "confidence by class"])
def test_scores_as_an_object_by_class(tmp_path, key):
    path = write(tmp_path / "p.jsonl", records(**{key: by_class, "label": lambda i: NAMES[LABELS[i]]}))
    source, scores, labels, _ = rows_of(path)
    assert source.classes == NAMES
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS)


def test_members_in_another_order_go_to_their_class(tmp_path):
    def turned(i):
        return dict(sorted(by_class(i).items(), key=lambda pair: (pair[0] + str(i))[::-1])) if i else by_class(0)

    path = write(tmp_path / "p.jsonl", records(probs=turned, label=lambda i: NAMES[LABELS[i]]))
    _, scores, labels, _ = rows_of(path)
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS)


def test_pairs_sorted_by_score_go_to_their_class(tmp_path):
    path = write(tmp_path / "p.jsonl", records(output=sorted_pairs, label=lambda i: NAMES[LABELS[i]]))
    source, scores, labels, _ = rows_of(path)
    assert source.classes == tuple(sorted(NAMES))
    hits = (scores.argmax(axis=1) == labels).mean()
    assert hits == (PROBS.argmax(axis=1) == LABELS).mean()


def test_numbers_as_labels_are_refused_beside_classes_in_no_order(tmp_path):
    path = write(tmp_path / "p.jsonl", records(output=sorted_pairs, label=lambda i: int(LABELS[i])))
    with pytest.raises(ClassliftError, match="no order"):
        open_predictions(path)


def test_labels_of_a_model_that_numbers_its_classes_are_in_order(tmp_path):
    def pairs(i):
        return [{"label": f"LABEL_{k}", "score": float(PROBS[i, k])} for k in np.argsort(-PROBS[i])]

    path = write(tmp_path / "p.jsonl", records(output=pairs, label=lambda i: int(LABELS[i])))
    _, scores, labels, _ = rows_of(path)
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS)


def test_a_plain_column_for_each_class(tmp_path):
    made = {f"prob_{name}": (lambda i, k=k: float(PROBS[i, k])) for k, name in enumerate(NAMES)}
    _, scores, labels, _ = rows_of(write(tmp_path / "p.jsonl", records(**made, label=lambda i: NAMES[LABELS[i]])))
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS)


def test_what_the_first_lines_do_not_show(tmp_path):
    """Whole numbers as scores, missing labels, ids that turn from number to text."""
    rows = [
        {"id": i if i < 50 else f"x{i}", "probs": [1, 0, 0], "label": None if i % 7 == 0 and i > 40 else 2}
        for i in range(N)
    ]
    _, scores, labels, carried = rows_of(write(tmp_path / "p.jsonl", rows))
    assert scores.tolist() == [[1.0, 0.0, 0.0]] * N
    assert labels.tolist() == [-1 if i % 7 == 0 and i > 40 else 2 for i in range(N)]
    assert carried["id"].tolist() == [row["id"] for row in rows]


def test_the_same_in_many_pieces(tmp_path, monkeypatch):
    rows = records(probs=by_class, label=lambda i: NAMES[LABELS[i]], n=lambda i: i)
    path = write(tmp_path / "p.jsonl", rows)
    monkeypatch.setattr("classlift.storage.read.lines.PIECE", 777)
    _, scores, labels, carried = rows_of(path)
    assert np.array_equal(scores, PROBS) and np.array_equal(labels, LABELS) and carried["n"].tolist() == list(range(N))


BAD = {
    "a list in a line": ("[0.5, 0.5]\n", "row 0: the line holds a list"),
    "a line that is cut": ('{"probs": [0.5, 0.5]}\n{"probs": [0.5, ', "row 1: the line is not a whole JSON object"),
    "an object over lines": ('{\n"probs": [0.5, 0.5]\n}\n', "first bytes|row 0: the line is not a whole JSON object"),
    "one value more": ('{"probs": [0.5, 0.5]}\n{"probs": [0.5, 0.25, 0.25]}\n', "row 1, 'probs'.*: 3 values"),
    "another class": (
        '{"probs": {"a": 0.5, "b": 0.5}}\n{"probs": {"a": 0.5, "c": 0.5}}\n',
        "scores of other classes each",
    ),
    "text among the scores": ('{"probs": [0.5, 0.5]}\n{"probs": "none"}\n', "row 1, 'probs'"),
    "a member twice": ('{"probs": [0.5, 0.5], "probs": [1, 0]}\n', "row 0: two members are named 'probs'"),
    "texts in a list": ('{"probs": ["0.5", "0.5"]}\n', "cannot be read"),
    "a number that is text": (
        '{"prob_a": 0.5, "prob_b": 0.5}\n' * 30 + '{"prob_a": "x", "prob_b": 1}\n',
        "row 30, 'prob_a'",
    ),
    "half a character": ('{"probs": [0.5, 0.5], "id": "\\ud800"}\n', "row 0: the line holds half of a character"),
}  # fmt: skip


def test_a_line_of_another_encoding_is_named(tmp_path):
    (tmp_path / "p.jsonl").write_bytes('{"probs": [0.5, 0.5], "label": "é"}\n'.encode("latin-1"))
    with pytest.raises(ClassliftError, match="row 0: the line is not UTF-8 text"):
        rows_of(tmp_path / "p.jsonl")


@pytest.mark.parametrize("fault", BAD)
def test_what_is_wrong_is_named_with_its_row(tmp_path, fault):
    content, said = BAD[fault]
    (tmp_path / "p.jsonl").write_text(content)
    with pytest.raises(ClassliftError, match=said) as caught:
        rows_of(tmp_path / "p.jsonl")
    assert str(caught.value).count("\n") == 1


def test_what_is_written_is_strict_json(tmp_path):
    path = tmp_path / "out.jsonl"
    columns = {
        "probs": PROBS[:4].astype(np.float32),
        "labels": LABELS[:4],
        "weight": np.array([1.0, 0.5, np.nan, 3e20]),
        "note": np.array(['a"b', None, "ü\n", 3], object),
        "changed": np.array([True, False, True, False]),
        "box": np.arange(8.0).reshape(4, 2),
    }
    with open_writer(path, classes=NAMES, n_classes=K) as out:
        out.write(columns)

    def refuse(name):
        raise ValueError(name)

    rows = [json.loads(line, parse_constant=refuse) for line in path.read_text().splitlines()]
    assert [list(row["probs"]) for row in rows] == [list(NAMES)] * 4
    assert np.array_equal(np.array([list(row["probs"].values()) for row in rows], np.float32), columns["probs"])
    assert [row["note"] for row in rows] == columns["note"].tolist()
    assert [row["changed"] for row in rows] == columns["changed"].tolist()
    assert [row["weight"] for row in rows] == [1.0, 0.5, None, 3e20] and isinstance(rows[0]["weight"], float)
    assert [row["box"] for row in rows] == columns["box"].tolist()
    _, scores, _, carried = rows_of(path)
    assert np.array_equal(scores.astype(np.float32), columns["probs"])
    assert math.isnan(carried["weight"][2]) and carried["box"].tolist() == columns["box"].tolist()


def test_the_commands_read_and_write_it(tmp_path):
    path = write(tmp_path / "val.jsonl", records(probs=by_class, label=lambda i: NAMES[LABELS[i]]))
    assert run("tune", path, "-o", tmp_path / "layer.json", "--quiet").returncode == 0
    done = run("apply", tmp_path / "layer.json", path, "-o", tmp_path / "out.ndjson", "--quiet")
    assert done.returncode == 0, done.stderr
    source, _, labels, _ = rows_of(tmp_path / "out.ndjson")
    assert source.classes == NAMES and np.array_equal(labels, LABELS)
    piped = run("inspect", "-", "--format", "json", stdin=path.read_text())
    assert json.loads(piped.stdout)["n_samples"] == N
