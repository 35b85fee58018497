"""sums, merge and fit --from-partials as real processes, as a scheduler runs them."""

import json

import numpy as np
import pytest

from support.cases import predictions
from support.process import classlift, files_below


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sums")
    probs, labels = predictions(900)
    names = np.array(["ant", "bee", "cat", "dog"])
    np.savez(path / "all.npz", probs=probs, labels=labels, class_names=names)
    for i, rows in enumerate(np.array_split(np.arange(900), 3)):
        np.savez(path / f"shard-{i}.npz", probs=probs[rows], labels=labels[rows], class_names=names)
    for i in range(3):
        good(classlift("partials", f"shard-{i}.npz", "-o", f"c{i}.npz", "-q", cwd=path))
    good(classlift("merge", "c2.npz", "c0.npz", "c1.npz", "-o", "counts.npz", "-q", cwd=path))
    for i in range(3):
        good(classlift("partials", f"shard-{i}.npz", "--counts", "counts.npz", "-o", f"m{i}.npz", "-q", cwd=path))
    good(classlift("merge", "m1.npz", "m2.npz", "m0.npz", "-o", "moments.npz", "-q", cwd=path))
    return path


def good(done):
    assert (done.returncode, done.stderr) == (0, "")
    return done


def arrays(path):
    document = json.loads(path.read_text())
    return {name: np.array(values) for name, values in document["arrays"].items()}


def test_the_layer_is_that_of_one_process(folder):
    good(classlift("fit", "--from-partials", "moments.npz", "-o", "merged.json", "-q", cwd=folder))
    good(classlift("fit", "all.npz", "-o", "one.json", "-q", "--effect", "none", cwd=folder))
    merged, one = arrays(folder / "merged.json"), arrays(folder / "one.json")
    for name, values in one.items():
        np.testing.assert_allclose(merged[name], values, rtol=1e-9, atol=1e-9)
    checked = good(classlift("evaluate", "all.npz", "--layer", "merged.json", cwd=folder)).stdout
    assert "in-sample" in checked


def test_the_order_does_not_matter(folder):
    good(classlift("merge", "m0.npz", "m1.npz", "m2.npz", "-o", "other.npz", "-q", cwd=folder))
    assert (folder / "other.npz").read_bytes() == (folder / "moments.npz").read_bytes()


def test_one_step_for_naive(folder):
    for i in range(3):
        good(classlift("partials", f"shard-{i}.npz", "--method", "naive", "-o", f"n{i}.npz", "-q", cwd=folder))
    shown = good(classlift("merge", "n0.npz", "n1.npz", "n2.npz", "-o", "n.npz", cwd=folder)).stdout
    assert "counts and moments" in shown
    shown = good(classlift("fit", "--from-partials", "n.npz", "-o", "naive.npz", cwd=folder)).stdout
    assert "naive" in shown and "cannot be known from their sums" in shown


def test_settings_at_the_solution_and_others(folder):
    good(classlift("fit", "--from-partials", "moments.npz", "--alpha", "9", "-o", "a.npz", "-q", cwd=folder))
    good(classlift("fit", "--from-partials", "moments.npz", "--beta", "1.5", "-o", "a.npz", "-q", cwd=folder))


def test_inspect_shows_them(folder):
    shown = good(classlift("inspect", "moments.npz", cwd=folder)).stdout
    assert "sums of moments.npz" in shown and "shards summed" in shown
    shown = good(classlift("inspect", "counts.npz", "--format", "json", cwd=folder)).stdout
    assert json.loads(shown)["stage"] == "counts"


REFUSED = {
    "fit --from-partials moments.npz -o x.npz --beta 1": "--beta: is 1.5 in moments.npz",
    "fit --from-partials moments.npz -o x.npz --method naive": "--method: is elaborated in moments.npz",
    "fit --from-partials moments.npz -o x.npz --effect in-sample": "--effect: in-sample cannot be known from sums",
    "fit --from-partials moments.npz -o x.npz --strength 1": "--strength: is not a setting of elaborated",
    "fit --from-partials moments.npz -o x.npz --logits": "given together with --logits",
    "fit all.npz --from-partials moments.npz -o x.npz": "given together with VAL",
    "fit --from-partials counts.npz -o x.npz": "only counts",
    "fit --from-partials m1.npz -o x.npz": "misses the moments of 2 of 3 shards",
    "fit --from-partials all.npz -o x.npz": "all.npz: is not a file of sums",
    "fit --from-partials missing.npz -o x.npz": "missing.npz: cannot be read",
    "fit -o x.npz": "Missing argument VAL",
    "merge m0.npz m0.npz -o x.npz": "count twice",
    "merge m0.npz c1.npz -o x.npz": "holds counts",
    "merge m0.npz -o x.json": "sums are kept in .npz files",
    "merge -o x.npz": "Missing argument",
    "partials shard-0.npz -o x.json": "sums are kept in .npz files",
    "partials shard-0.npz -o x.npz --beta 1": "--beta: does not change counts",
    "partials shard-0.npz -o x.npz --method elaborated": "--counts: is missing",
    "partials shard-0.npz -o x.npz --method cvar": "Invalid value",
    "partials all.npz -o x.npz --counts counts.npz": "not among the shards that were counted",
    "partials shard-0.npz -o x.npz --counts m0.npz": "expected counts",
    "partials shard-0.npz -o missing/x.npz": "folder does not exist",
}


@pytest.mark.parametrize("words", REFUSED)
def test_refusals_have_two_lines_and_write_nothing(folder, words):
    before = set(files_below(folder))
    done = classlift(*words.split(), cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert REFUSED[words] in first
    assert second.startswith("fix: ")
    assert set(files_below(folder)) == before
