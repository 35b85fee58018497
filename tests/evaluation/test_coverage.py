"""The surest rows: a slow count, ties, class shares, pieces, two files, and what `apply` then leaves out."""

import json

import numpy as np
import pandas as pd
import pytest

import classlift
from classlift.data.surest import Confidences
from classlift.errors import ClassliftError
from classlift.evaluation.coverage import SHARES
from classlift.output.documents.types.parts import Coverage
from support.process import classlift as run

theirs = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")

CLASSES = 6
FIGURES = ["n_samples", "abstain_below", "total", "low20", "n_classes"]


@pytest.fixture
def given():
    """Rows with many ties (rounded to hundredths), and some without a label."""
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.full(CLASSES, 0.7), 701).round(2).astype(np.float32)
    p[np.arange(701), p.argmax(axis=1)] += 1 - p.sum(axis=1)
    labels = np.where(rng.random(701) < 0.6, p.argmax(axis=1), rng.integers(0, CLASSES, 701))
    labels[::50] = -1
    return p, labels


def slowly(p, labels, share, weights=None):
    """Count row by row, surest first, until the share is reached; rows that are as sure come along."""
    rows = sorted((i for i in range(len(p)) if labels[i] >= 0), key=lambda i: -p[i].max())
    weight = {i: 1.0 if weights is None else weights[labels[i]] for i in rows}
    kept, reached = [], 0.0
    for i in rows:
        if reached >= share * sum(weight.values()) - 1e-9 and p[i].max() < p[kept[-1]].max():
            break
        kept.append(i)
        reached += weight[i]
    true, predicted = labels[kept], p[kept].argmax(axis=1)
    seen = np.unique(true)
    recalls = np.sort(theirs.recall_score(true, predicted, labels=seen, average=None))
    lowest = recalls[: max(1, int(0.2 * len(seen) + 0.5))].mean()
    total = theirs.accuracy_score(true, predicted, sample_weight=[weight[i] for i in kept])
    return [len(kept), float(p[kept[-1]].max()), total, lowest, len(seen)]


@pytest.mark.parametrize("share", [1, 0.95, 0.9, 0.8, 0.5, 0.02, 1e-9])
def test_as_counted_slowly(given, share):
    p, labels = given
    found = classlift.evaluate(p, labels, coverage=True).coverage([share])
    np.testing.assert_allclose(found[FIGURES].iloc[0], slowly(p, labels, share), rtol=1e-12)


def test_ties_come_along_and_the_order_of_rows_does_not_matter(given):
    p, labels = given
    found = classlift.evaluate(p, labels, coverage=True).coverage()
    assert (found["n_samples"] > np.ceil(np.array(SHARES) * (labels >= 0).sum())).sum() >= 2
    other = np.random.default_rng(0).permutation(len(p))
    pd.testing.assert_frame_equal(found, classlift.evaluate(p[other], labels[other], coverage=True).coverage())
    same = np.full((10, 2), 0.5)
    every = classlift.evaluate(same, np.arange(10) % 2, coverage=True).coverage()
    assert every["n_samples"].tolist() == [10] * 5


def test_parts_are_put_together(given):
    p, labels = given
    whole = Confidences.of(p, labels, *[p.argmax(axis=1)] * 2)
    halves = slice(300), slice(300, None)
    parts = [Confidences.of(p[rows], labels[rows], *[p[rows].argmax(axis=1)] * 2) for rows in halves]
    for one, other in zip(whole.cut(SHARES), (parts[1] + parts[0]).cut(SHARES), strict=True):
        assert (one.least, one.total) == (other.least, other.total)
        assert (one.counts.support == other.counts.support).all()


def test_under_other_class_shares(given):
    p, labels = given
    shares = {str(k): share for k, share in enumerate([0.5, 0.2, 0.1, 0.1, 0.1, 0.0])}
    rows = {"probs": p, "labels": labels}
    found = classlift.evaluate(rows, coverage=True, shares=shares)
    support = np.bincount(labels[labels >= 0], minlength=CLASSES)
    weights = np.array(list(shares.values())) / support
    for share, row in found.coverage().iterrows():
        np.testing.assert_allclose(row[FIGURES], slowly(p, labels, share, weights), rtol=1e-9)
    assert found.coverage().loc[1.0, "total"] == pytest.approx(found.total)


@pytest.fixture
def folder(tmp_path, given):
    p, labels = given
    known = labels >= 0
    data = {"probs": p[known], "labels": labels[known], "id": np.arange(known.sum())}
    np.savez(tmp_path / "t.npz", **data)
    np.savez(tmp_path / "moved.npz", **{name: column[::-1] for name, column in data.items()})
    np.savez(tmp_path / "scores.npz", scores=p[known] * 1.5 - 0.5 / CLASSES, labels=labels[known])
    done = run("fit", "t.npz", "-o", "l.npz", "--beta", "0.5", "--effect", "none", "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_apply_leaves_out_exactly_the_other_rows(folder):
    found = classlift.evaluate(folder / "t.npz", layer=folder / "l.npz", coverage=True).coverage()
    for share in (0.95, 0.5):
        row = found.loc[share]
        left = classlift.apply(
            folder / "l.npz", folder / "t.npz", folder / "o.npz", abstain_below=row["abstain_below_after"]
        )
        assert left.n_samples - left.n_abstained == row["n_samples_after"]
        written = np.load(folder / "o.npz")
        kept = written["predicted"] >= 0
        assert (written["predicted"] == written["labels"])[kept].mean() == pytest.approx(row["total_after"])


def test_the_command(folder):
    words = ["evaluate", "t.npz", "--layer", "l.npz", "--coverage", "--json", "o.json", "--csv", "o.csv"]
    done = run(*words, "--format", "markdown", cwd=folder)
    assert done.returncode == 0, done.stderr
    listed = json.loads((folder / "o.json").read_text())["coverage"]
    expected = classlift.evaluate(folder / "t.npz", layer=folder / "l.npz", coverage=True).coverage()
    assert [one["share"] for one in listed] == list(SHARES)
    for side in ("before", "after"):
        assert set(listed[0][side]) | {"share"} == set(Coverage.__annotations__)
        for name in FIGURES:
            assert [one[side][name] for one in listed] == pytest.approx(expected[f"{name}_{side}"].tolist())
    tidy = pd.read_csv(folder / "o.coverage.csv")
    assert tidy["total_after"].tolist() == pytest.approx(expected["total_after"].tolist())
    assert "the surest rows" in done.stdout
    line = next(line for line in done.stdout.splitlines() if line.startswith("| 80 %"))
    assert f" {100 * expected.loc[0.8, 'total_before']:.2f} % " in line
    plain = run("evaluate", "t.npz", "--format", "json", cwd=folder)
    assert json.loads(plain.stdout)["coverage"] == []


def test_pieces_and_two_files(folder):
    one = classlift.evaluate(folder / "t.npz", coverage=True).coverage()
    pieces = classlift.evaluate(folder / "t.npz", coverage=True, engine="processes").coverage()
    pd.testing.assert_frame_equal(one, pieces)
    two = classlift.evaluate(folder / "moved.npz", against=folder / "t.npz", coverage=True).coverage()
    for side in ("before", "after"):
        assert two[f"low20_{side}"].tolist() == one["low20"].tolist()


def test_what_cannot_be_asked(folder):
    plain = classlift.evaluate(folder / "t.npz")
    with pytest.raises(ClassliftError, match="coverage=True"):
        plain.coverage()
    with pytest.raises(ClassliftError, match="above 0 and at most 1"):
        classlift.evaluate(folder / "t.npz", coverage=True).coverage([1.5])
    done = run("evaluate", "scores.npz", "--coverage", cwd=folder)
    assert done.returncode == 2
    assert "do not say how sure a row is" in done.stderr
    assert "fix: leave out --coverage" in done.stderr
    assert run("evaluate", "scores.npz", cwd=folder).returncode == 0
