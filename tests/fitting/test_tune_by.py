"""`tune --by`: what each group of rows must hold, out of fold."""

import json

import numpy as np
import pytest

from classlift import tune
from classlift.gates.result import State
from classlift.output.verdict.wished import required
from support.process import classlift

EVERY = "every group.total.change >= -1pp"


def sample(n=1500, k=5, seed=0):
    """At `night` the model is right of the classes that a layer would lower; by day it is not."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(k, n, p=[0.4, 0.25, 0.15, 0.12, 0.08])
    z = rng.normal(0, 1, (n, k)) + np.log([0.4, 0.25, 0.15, 0.12, 0.08])
    z[np.arange(n), labels] += 1.5
    site = np.where(rng.random(n) < np.where(labels == 0, 0.45, 0.05), "night", "day")
    p = np.exp(z)
    return {"probs": (p / p.sum(axis=1, keepdims=True)).astype(np.float32), "labels": labels, "site": site}


def test_a_group_bounds_what_is_chosen():
    data = sample()
    free = tune(data, methods=("raw",), by=["site"], max_total_drop=0.05)
    assert free.effect.group("site", "night").change("total") < -0.03, "without the requirement night loses"
    bound = tune(data, methods=("raw",), by=["site"], max_total_drop=0.05, require=[EVERY])
    assert bound.met
    changes = {name: bound.effect.group("site", name).change("total") for name in ("night", "day")}
    assert min(changes.values()) >= -0.01 - 1e-12
    (found,) = bound.requirements
    assert found.state is State.PASSED
    assert found.value == pytest.approx(min(changes.values()))


def test_what_no_layer_holds_is_said():
    result = tune(sample(), methods=("raw",), by=["site"], require=['group["night"].total.change >= 90pp'])
    assert not result.met
    assert "what is required cannot be met" in result.notes[-1]


def test_a_figure_of_a_class_in_a_group_is_checked_there():
    condition = 'group["day"].class["1"].recall >= 5%'
    result = tune(sample(), methods=("raw",), by=["site"], require=[condition], max_total_drop=0.05)
    assert result.met
    assert result.requirements[0].value == pytest.approx(result.effect.group("site", "day").after.counts.recall[1])


def test_the_verdict_gives_the_interval_of_the_group():
    result = tune(sample(), methods=("raw",), max_total_drop="5pp", by=("site",), require=['group["night"].total >= 0'])
    low, high = result.effect.group("site", "night").interval("total.change")
    assert result.effect.interval("total.change") != (low, high)
    assert f"95 %: {100 * low:+z.1f} to {100 * high:+z.1f})" in required(result)[0].replace("\xa0", " ")


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_the_command(tmp_path, suffix):
    data = sample()
    if suffix == ".npz":
        np.savez(tmp_path / "v.npz", **data)
    else:
        head = ",".join([*(f"p_{k}" for k in range(5)), "label", "site"])
        lines = [",".join(map(str, [*p, y, s])) for p, y, s in zip(*data.values(), strict=True)]
        (tmp_path / "v.csv").write_text("\n".join([head, *lines]) + "\n")
    words = ["tune", f"v{suffix}", "-o", "l.npz", "--methods", "raw", "--max-total-drop", "5pp", "--json", "o.json"]
    done = classlift(*words, "--by", "site", "--require", EVERY, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "o.json").read_text())
    groups = document["out_of_fold"]["groups"]["site"]
    assert {one["name"] for one in groups} == {"day", "night"}
    assert min(one["total_change"] for one in groups) >= -0.01
    lacking = classlift(*words, "--require", EVERY, cwd=tmp_path)
    assert lacking.returncode == 2
    assert "fix: give --by COLUMN" in lacking.stderr
    unknown = classlift(*words, "--by", "site", "--require", 'group["nigh"].total >= 0', cwd=tmp_path)
    assert unknown.returncode == 2
    assert "there is no group 'nigh'; did you mean 'night'?\nfix: " in unknown.stderr
    wrong = classlift(*words, "--by", "sight", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "has no column 'sight' of one value per row, expected one of site" in wrong.stderr
