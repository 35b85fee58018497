"""Costs of mistakes as a user gives them: every command, every kind of file, what is refused."""

import json

import numpy as np
import pytest

from classlift.storage import open_predictions
from classlift.storage.own.costs import read_costs
from classlift.storage.own.layers import load_layer
from support.process import classlift

NAMES = ("ant", "bee", "cat", "dog")
MATRIX = np.array([[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 2], [8, 8, 8, 0.5]])


def rows(path, seed=0, n=600):
    """Predictions that underrate the last of four classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    logits = rng.normal(size=(n, 4)) - [0, 0, 0, 1]
    logits[np.arange(n), labels] += 2
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.savez(path, probs=probs.astype(np.float32), labels=labels, class_names=np.array(NAMES))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files of predictions and of costs, and layers fitted and tuned under them."""
    folder = tmp_path_factory.mktemp("costs")
    (folder / "pyproject.toml").write_text("")
    rows(folder / "val.npz")
    rows(folder / "test.npz", 1)
    lines = [",".join(["true", *NAMES]), *(",".join([n, *map(str, c)]) for n, c in zip(NAMES, MATRIX, strict=True))]
    (folder / "costs.csv").write_text("\n".join(lines) + "\n")
    (folder / "groups.csv").write_text("class,superclass\nant,small\nbee,small\ncat,big\ndog,big\n")
    for words in (["fit", "--method", "cvar"], ["tune"]):
        done = classlift(*words, "val.npz", "--costs", "costs.csv", "-o", f"{words[0]}.npz", cwd=folder)
        assert done.returncode == 0, done.stderr
        assert "lowers the mean cost of a row" in " ".join(done.stdout.split())
    return folder


def run(folder, *words):
    """Status, JSON of standard output, standard error."""
    done = classlift(*words, "--format", "json", cwd=folder)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def cost_of(folder, name, predicted=None):
    with np.load(folder / name) as file:
        predicted = file["probs"].argmax(axis=1) if predicted is None else predicted
        return MATRIX[file["labels"], predicted].mean()


def test_evaluate_shows_the_mean_cost_with_its_interval(folder):
    _, found, _ = run(folder, "evaluate", "test.npz", "--costs", "costs.csv")
    assert found["figures"]["cost"] == pytest.approx(cost_of(folder, "test.npz"), abs=1e-12)
    low, high = found["intervals"]["cost"]
    assert low < found["figures"]["cost"] < high
    shown = classlift("evaluate", "test.npz", "--costs", "costs.csv", cwd=folder).stdout
    assert f"Mean cost of a row {found['figures']['cost']:.4g}" in " ".join(shown.split())
    _, without, _ = run(folder, "evaluate", "test.npz")
    assert "cost" not in without["figures"] and without["intervals"]["cost"] is None


@pytest.mark.parametrize("layer", ["fit.npz", "tune.npz"])
def test_a_layer_knows_its_costs_and_decides_by_them_everywhere(folder, layer):
    _, found, _ = run(folder, "evaluate", "test.npz", "--layer", layer)
    assert found["before"]["cost"] == pytest.approx(cost_of(folder, "test.npz"), abs=1e-12)
    assert classlift("apply", layer, "test.npz", "-o", "out.npz", cwd=folder).returncode == 0
    with np.load(folder / "out.npz") as file:
        predicted, probs = file["predicted"], file["probs"].astype(np.float64)
    assert found["after"]["cost"] == pytest.approx(cost_of(folder, "test.npz", predicted), abs=1e-12)
    assert found["after"]["cost"] < found["before"]["cost"] - 0.3
    np.testing.assert_array_equal(predicted, (probs @ MATRIX).argmin(axis=1))
    assert (predicted != probs.argmax(axis=1)).any()
    kept = load_layer(folder / layer).costs
    np.testing.assert_array_equal(kept.matrix, MATRIX)
    told = classlift("inspect", layer, cwd=folder).stdout
    assert "the class of least expected cost; costs from 0 to 8" in told


def test_other_costs_than_those_of_the_layer_may_be_asked(folder):
    _, found, _ = run(folder, "evaluate", "test.npz", "--layer", "tune.npz", "--costs", "groups.csv")
    groups = read_costs(folder / "groups.csv").matrix
    with np.load(folder / "test.npz") as file:
        assert found["before"]["cost"] == pytest.approx(
            groups[file["labels"], file["probs"].argmax(1)].mean(), abs=1e-9
        )


def test_what_apply_wrote_is_judged_by_what_it_predicted(folder):
    assert classlift("apply", "tune.npz", "test.npz", "-o", "applied.csv", "-q", cwd=folder).returncode == 0
    _, by_layer, _ = run(folder, "evaluate", "test.npz", "--layer", "tune.npz")
    words = ["evaluate", "applied.csv", "--costs", "costs.csv"]
    _, alone, _ = run(folder, *words)
    same = [name for name, value in by_layer["after"].items() if value is not None and "." not in name]
    assert "cost" in same and "nll" in same
    for name in same:
        assert alone["figures"][name] == pytest.approx(by_layer["after"][name], abs=1e-6), name
    _, against, _ = run(folder, *words, "--against", "test.npz")
    assert against["after"]["cost"] == pytest.approx(by_layer["after"]["cost"], abs=1e-12)
    assert against["broken"] == by_layer["broken"]


@pytest.mark.parametrize(
    ("gate", "status"),
    [
        ("cost <= 3", 0),
        ("cost <= 0.001", 1),
        ("cost.change <= -0.1", 0),
        ("cost.change <= 0", 0),
        ("cost.change <= -10%", 0),
        ("cost.before >= cost.after + 0.1", 0),
        ("cost.change >= 0", 1),
    ],
)
def test_gates(folder, gate, status):
    assert run(folder, "evaluate", "test.npz", "--layer", "tune.npz", "--gate", gate)[0] == status


def test_gates_with_a_confidence_ask_the_bound(folder):
    words = ["evaluate", "test.npz", "--layer", "tune.npz", "--confidence", "0.95"]
    _, found, _ = run(folder, *words, "--gate", "cost <= 3", "--gate", "cost.change <= 0")
    level, change = found["gates"]
    assert level["value"] < level["limit"] < 3
    assert change["value"] < change["limit"] < 0
    status, found, error = run(folder, *words, "--gate", f"cost <= {level['value'] + 1e-6}")
    assert status == 1 and found["gates"][0]["state"] == "failed"
    assert "dog (costs" in error


def test_a_gate_on_the_cost_without_costs_is_undefined(folder):
    status, _, error = run(folder, "evaluate", "test.npz", "--gate", "cost <= 1")
    assert status == 3 and "give --costs FILE" in error


def test_groups_of_rows_have_a_cost(folder):
    with np.load(folder / "test.npz") as file:
        np.savez(folder / "sites.npz", **file, site=np.where(np.arange(600) % 3 == 0, "north", "south"))
        north = MATRIX[file["labels"], file["probs"].argmax(axis=1)][::3].mean()
    words = ["evaluate", "sites.npz", "--costs", "costs.csv", "--by", "site"]
    assert run(folder, *words, "--gate", f'group["north"].cost <= {north + 1e-9}')[0] == 0
    assert run(folder, *words, "--gate", f'group["north"].cost <= {north - 1e-6}')[0] == 1


def test_tune_promises_the_cost_and_holds_what_is_required(folder):
    status, found, _ = run(folder, "tune", "val.npz", "--costs", "costs.csv", "--require", "cost.change <= -0.2")
    assert status == 0 and found["met"] and found["objective"] == "cost"
    promise = found["promise"]["cost"]
    assert promise["low"] < promise["change"] < promise["high"] < 0
    moved = found["out_of_fold"]["after"]["cost"] - found["out_of_fold"]["before"]["cost"]
    assert promise["change"] == pytest.approx(moved, abs=0.1)
    status, found, error = run(folder, "tune", "val.npz", "--costs", "costs.csv", "--require", "cost <= 0.01")
    assert status == 3 and not found["met"] and "cost is" in error


def test_tune_lifts_other_figures_under_costs_too(folder):
    words = ["tune", "val.npz", "--costs", "groups.csv", "--cost-inside", "0.9", "--maximize", "low20"]
    _, found, _ = run(folder, *words, "--max-total-drop", "5pp")
    assert found["objective"] == "low20"
    assert found["promise"]["low20"]["change"] > 0.02
    assert "least cost" in found["name"]


@pytest.mark.parametrize("words", [["--maximize", "cost"], ["--require", "cost <= 1"]])
def test_tune_does_not_know_a_cost_without_costs(folder, words):
    status, _, error = run(folder, "tune", "val.npz", *words)
    assert status == 2
    assert len(error.splitlines()) == 2
    assert "no costs are given\nfix: give them with --costs FILE." in error


def test_compare_puts_the_cheapest_first(folder):
    _, found, _ = run(folder, "compare", "val.npz", "test.npz", "--costs", "costs.csv")
    costs = [one["result"]["after"]["cost"] for one in found["methods"]]
    assert costs == sorted(costs)
    shown = classlift("compare", "val.npz", "test.npz", "--costs", "costs.csv", cwd=folder)
    assert "by mean cost" in " ".join(shown.stdout.split())
    assert "--costs costs.csv" in shown.stdout


def test_report_shows_the_cost(folder):
    words = ["report", "val.npz", "test.npz", "--layer", "tune.npz", "-o", "page.html", "--no-sweeps"]
    done = classlift(*words, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "mean cost of a row" in (folder / "page.html").read_text(encoding="utf-8")


def test_batch_takes_costs_and_notices_that_they_changed(folder):
    (folder / "runs.toml").write_text(
        '[defaults]\ncosts = "mine.csv"\nval = "val.npz"\ngates = ["cost.change <= 0"]\n'
        '[[run]]\nname = "tuned"\n[[run]]\nname = "fitted"\nverb = "fit"\ntest = "test.npz"\n'
        'settings = {method = "cvar"}\n'
    )
    (folder / "mine.csv").write_bytes((folder / "costs.csv").read_bytes())
    status, found, error = run(folder, "batch", "runs.toml")
    assert status == 0, error
    assert [one["evaluated_on"] for one in found["runs"]] == ["promise", "test"]
    assert all(one["figures"]["cost"]["after"] < one["figures"]["cost"]["before"] for one in found["runs"])
    assert "expected in a new sample" in found["runs"][0]["gates"][0]["message"]
    assert run(folder, "batch", "runs.toml")[1]["counts"]["kept"] == 2
    (folder / "mine.csv").write_bytes((folder / "groups.csv").read_bytes())
    assert run(folder, "batch", "runs.toml")[1]["counts"]["kept"] == 0


@pytest.mark.parametrize("kind", ["tsv", "parquet", "index.parquet", "json", "order.csv"])
def test_every_kind_of_file_says_the_same(folder, kind):
    frame = pytest.importorskip("pandas").DataFrame(MATRIX, index=list(NAMES), columns=list(NAMES))
    path = folder / f"other.{kind}"
    if kind == "tsv":
        frame.rename_axis("true").reset_index().to_csv(path, sep="\t", index=False)
    elif kind == "parquet":
        frame.rename_axis("true").reset_index().to_parquet(path)
    elif kind == "index.parquet":
        frame.to_parquet(path)
    elif kind == "json":
        path.write_text(json.dumps(frame.T.to_dict()))
    else:
        frame.iloc[::-1, [2, 0, 3, 1]].to_csv(path)
    found = read_costs(path).in_order(NAMES, "test")
    np.testing.assert_array_equal(found.matrix, MATRIX)


def test_superclasses_in_json_and_csv(folder):
    (folder / "groups.json").write_text('{"ant": "small", "bee": "small", "cat": "big", "dog": "big"}')
    one, other = (read_costs(folder / f"groups.{kind}", 0.3) for kind in ("json", "csv"))
    np.testing.assert_array_equal(one.in_order(NAMES, "").matrix, other.in_order(NAMES, "").matrix)
    assert one.matrix[0, 1] == 0.3


REFUSED = {
    "negative.csv": ("true,ant,bee,cat,dog\nant,0,-1,1,1\nbee,1,0,1,1\ncat,1,1,0,1\ndog,1,1,1,0\n", "costs -1"),
    "empty cell.csv": ("true,ant,bee,cat,dog\nant,0,,1,1\nbee,1,0,1,1\ncat,1,1,0,1\ndog,1,1,1,0\n", "costs nan"),
    "word.csv": ("true,ant,bee,cat,dog\nant,0,x,1,1\nbee,1,0,1,1\ncat,1,1,0,1\ndog,1,1,1,0\n", "is not a number"),
    "fewer.csv": ("class,superclass\nant,a\nbee,a\ncat,b\n", "do not name the class 'dog'"),
    "more.csv": ("class,superclass\nant,a\nbee,a\ncat,b\ndog,b\ncow,b\n", "name the class 'cow'"),
    "twice.csv": ("class,superclass\nant,a\nant,b\nbee,a\ncat,b\ndog,b\n", "the class 'ant' more than once"),
    "one column.csv": ("class\nant\nbee\n", "is not a table"),
    "list.json": ("[1, 2]", "do not hold costs"),
    "broken.json": ("{", "is not a file of costs"),
    "nothing.csv": ("", "is empty"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_of_costs_is_named_in_two_lines(folder, name):
    content, told = REFUSED[name]
    (folder / name).write_text(content)
    status, _, error = run(folder, "evaluate", "test.npz", "--costs", name)
    assert status == 2
    assert name in error and told in error
    assert len(error.splitlines()) == 2 and "\nfix: " in error


def test_a_missing_file_and_a_share_without_costs(folder):
    assert run(folder, "evaluate", "test.npz", "--costs", "no.csv")[0] == 2
    status, _, error = run(folder, "evaluate", "test.npz", "--cost-inside", "0.3")
    assert status == 2 and "--costs" in error


def test_costs_are_not_written_over(folder):
    status, _, error = run(folder, "evaluate", "test.npz", "--costs", "costs.csv", "--csv", "costs.csv")
    assert status == 2 and "would be overwritten" in error


def test_processes_give_the_same_cost(folder):
    words = ["evaluate", "test.npz", "--layer", "tune.npz"]
    whole, cut = (run(folder, *words, *more)[1] for more in ([], ["--engine", "processes"]))
    assert cut["after"] == whole["after"]
    assert cut["intervals"]["change"]["cost"] == whole["intervals"]["change"]["cost"]


def test_columns_in_another_order(folder):
    with np.load(folder / "test.npz") as file:
        order = [2, 0, 3, 1]
        labels = np.argsort(order)[file["labels"]]
        np.savez(folder / "moved.npz", probs=file["probs"][:, order], labels=labels, class_names=np.array(NAMES)[order])
    _, whole, _ = run(folder, "evaluate", "test.npz", "--costs", "costs.csv")
    _, moved, _ = run(folder, "evaluate", "moved.npz", "--costs", "costs.csv")
    assert moved["figures"]["cost"] == whole["figures"]["cost"]
    _, layered, _ = run(folder, "evaluate", "moved.npz", "--layer", "tune.npz", "--costs", "costs.csv")
    assert layered["after"] == run(folder, "evaluate", "test.npz", "--layer", "tune.npz")[1]["after"]


def test_python_takes_paths_mappings_frames_and_arrays(folder):
    import classlift as cl

    frame = pytest.importorskip("pandas").DataFrame(MATRIX, index=list(NAMES), columns=list(NAMES))
    wanted = cost_of(folder, "test.npz")
    source = open_predictions(folder / "test.npz")
    for costs in (folder / "costs.csv", frame.T.to_dict(), frame, frame.iloc[::-1], MATRIX, MATRIX.tolist()):
        assert cl.evaluate(source, costs=costs).value("cost") == pytest.approx(wanted, abs=1e-12)
    layer = cl.fit(folder / "val.npz", method="cvar", costs=frame, effect="none").layer
    np.testing.assert_array_equal(layer.costs.matrix, MATRIX)
    with pytest.raises(cl.ClassliftError, match="costs"):
        cl.evaluate(source, costs=object())
