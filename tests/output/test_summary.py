"""The Markdown page: short enough for a comment, found again by its first line, as long as --top says."""

import re

import numpy as np
import pytest

from support.process import classlift

LIMIT = 60_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("summary")
    rng = np.random.default_rng(0)
    k, n = 1000, 6000
    labels = np.arange(n) % k
    logits = rng.normal(size=(n, k)).astype(np.float32)
    logits[np.arange(n), labels] += 4
    names = np.array([f"class {i} with a rather long name of many words" for i in range(k)])
    np.savez(folder / "many.npz", logits=logits, labels=labels, class_names=names)
    words = ["fit", "many.npz", "-o", "l.npz", "--method", "logit-adjust", "--effect", "none", "-q"]
    assert classlift(*words, cwd=folder).returncode == 0
    return folder


def written(folder, *words, **environment):
    done = classlift("evaluate", "many.npz", *words, "-q", "--summary", "s.md", cwd=folder, **environment)
    assert done.returncode == 0, done.stderr
    return (folder / "s.md").read_text(encoding="utf-8")


def n_classes(text):
    return len(re.findall(r"^\| class \d+ ", text, re.M))


def test_top_says_how_many_classes(folder):
    assert n_classes(written(folder, "--layer", "l.npz")) == 30
    text = written(folder, "--top", "5")
    assert n_classes(text) == 5
    assert "5 of 1000 classes shown" in text


@pytest.mark.parametrize("more", [[], ["--layer", "l.npz", "--details", "--confusion"]])
def test_the_page_of_a_thousand_classes_fits_a_comment(folder, more):
    text = written(folder, "--top", "0", *more)
    assert len(text.encode()) < LIMIT
    assert 100 < n_classes(text) < 1000
    assert "the others are too long for this page" in text


def test_the_first_line_is_the_same_for_the_same_job(folder):
    first = [written(folder, *more).splitlines()[0] for more in ([], ["--top", "3"], ["--gate", "total >= 1%"])]
    assert set(first) == {"<!-- classlift evaluation: many.npz -->"}
    assert written(folder, "--layer", "l.npz").splitlines()[0] == "<!-- classlift comparison: many.npz -->"


def test_a_name_does_not_end_the_marker(folder):
    odd = "a--b-->c.npz"
    (folder / odd).write_bytes((folder / "many.npz").read_bytes())
    assert classlift("evaluate", f"./{odd}", "-q", "--summary", "o.md", cwd=folder).returncode == 0
    first = (folder / "o.md").read_text().splitlines()[0]
    assert re.fullmatch(r"<!-- [^>]*[^>-] -->", first)
    assert "--" not in first[4:-3]


def test_steps_add_up_and_stop_at_the_limit_of_a_summary(folder, tmp_path):
    target = tmp_path / "steps.md"
    target.write_text("x" * 950_000)
    words = ["evaluate", "many.npz", "--top", "0", "-q", "--summary", "auto"]
    done = classlift(*words, cwd=folder, GITHUB_STEP_SUMMARY=str(target))
    assert done.returncode == 0, done.stderr
    added = target.read_text()[950_000:]
    assert added.startswith("<!-- classlift evaluation: many.npz -->")
    assert len(added.encode()) <= 50_000
