"""A layer that decides by costs: probabilities stay, the predicted class is that of least expected cost."""

import numpy as np
import pytest

from classlift.data.costs import Costs
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.errors import ClassliftError
from classlift.layer.apply import Output, output_columns
from classlift.layer.layer import OutputLayer
from classlift.layer.step import AffineStep, Domain
from classlift.storage.own.layers import load_layer, save_layer

COSTS = Costs(np.array([[0, 1, 1], [5, 0, 1], [1, 9, 0.0]]))
STEPS = {
    "no step": (),
    "biases": (AffineStep(Domain.LOG_PROBABILITY, np.array([0.5, -0.5, 0]), temperature=1.5),),
    "a gate": (AffineStep(Domain.PROBABILITY, np.array([0.1, 0, -0.1]), np.eye(3), 0.6),),
}
every_form = pytest.mark.parametrize("form", STEPS)


def rows(kind=Kind.PROBABILITIES, n=500, dtype=np.float64):
    p = np.random.default_rng(0).dirichlet(np.full(3, 0.7), n).astype(dtype)
    return Predictions(np.log(np.maximum(p, 1e-30)) if kind is Kind.LOGITS else p, kind)


@every_form
@pytest.mark.parametrize("kind", [Kind.PROBABILITIES, Kind.LOGITS])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_are_those_without_costs_and_the_cheapest_class_is_predicted(form, kind, dtype):
    plain, block = OutputLayer(STEPS[form], 3), rows(kind, dtype=dtype)
    before, after = plain.apply(block), OutputLayer(STEPS[form], 3, costs=COSTS).apply(block)
    np.testing.assert_array_equal(after.probabilities(), before.probabilities())
    np.testing.assert_array_equal(after.adjusted, before.adjusted)
    wanted = (before.probabilities().astype(np.float64) @ COSTS.matrix).argmin(axis=1)
    np.testing.assert_array_equal(after.predicted, wanted)
    np.testing.assert_array_equal(after.changed, wanted != block.predicted)
    assert (after.predicted != before.predicted).any()


@every_form
@pytest.mark.parametrize("output", Output)
def test_whatever_is_written_has_the_cheapest_class(form, output):
    result = OutputLayer(STEPS[form], 3, costs=COSTS).apply(rows())
    np.testing.assert_array_equal(output_columns(result, output, None)["predicted"], result.predicted)


@pytest.mark.parametrize("suffix", [".npz", ".json", ".safetensors"])
def test_a_layer_file_keeps_costs_and_its_version_says_so(suffix, tmp_path):
    layer = OutputLayer(STEPS["biases"], 3, ("a", "b", "c"), costs=Costs(COSTS.matrix, ("a", "b", "c")))
    save_layer(layer, tmp_path / f"l{suffix}")
    back = load_layer(tmp_path / f"l{suffix}")
    np.testing.assert_array_equal(back.costs.matrix, COSTS.matrix)
    assert back.costs.classes == ("a", "b", "c")
    save_layer(back, tmp_path / f"m{suffix}")
    assert (tmp_path / f"l{suffix}").read_bytes() == (tmp_path / f"m{suffix}").read_bytes()
    assert b'"version": 2' in (tmp_path / f"l{suffix}").read_bytes().replace(b'\\"', b'"')


def test_a_layer_without_costs_is_of_the_first_version(tmp_path):
    save_layer(OutputLayer((), 3), tmp_path / "l.json")
    assert '"version": 1' in (tmp_path / "l.json").read_text()


@pytest.mark.parametrize(("old", "new"), [('"version": 2', '"version": 1'), ('"costs": [[0.0', '"costs": [[-1.0')])
def test_a_changed_file_is_refused(old, new, tmp_path):
    path = tmp_path / "l.json"
    save_layer(OutputLayer((), 3, costs=COSTS), path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ClassliftError, match=r"l\.json"):
        load_layer(path)


def test_costs_of_another_number_of_classes_are_refused():
    with pytest.raises(ClassliftError, match="costs for 3 classes, the layer has 2"):
        OutputLayer((), 2, costs=COSTS)
