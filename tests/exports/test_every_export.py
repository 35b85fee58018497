"""What must hold for every target; the walk over EXPORTS finds a new one by its entry there."""

import os
from importlib.util import find_spec

import numpy as np
import pytest

from classlift.errors import ClassliftError, MissingExtraError
from classlift.exports import EXPORTS, Request, export_layer
from classlift.layer.apply import Output
from classlift.storage import open_predictions
from support.export_cases import FORMS, kinds_of, make_layer, make_rows

K = 5
every_target = pytest.mark.parametrize("target", EXPORTS)

if find_spec("torch") is not None:
    os.environ.setdefault("KERAS_BACKEND", "torch")


def attempt(action, *words):
    """What an action gives; skips where the package of a target is missing."""
    try:
        return action(*words)
    except MissingExtraError as error:
        pytest.skip(error.fix)
    except ImportError as error:
        pytest.skip(f"installed, but cannot be loaded: {error}")


def request(target, folder, form="the paper's", *, costs=False, **more):
    layer = make_layer(form, K, costs=costs)
    out = folder / f"a_layer{EXPORTS[target].suffix}"
    return Request(name="layer.npz", layer=layer, out=out, kind=kinds_of(form)[-1], **more)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@every_target
def test_what_is_written_is_told_and_nothing_else_is(target, tmp_path):
    asked = request(target, tmp_path)
    result = attempt(export_layer, target, asked)
    assert result.target == target
    assert result.files[0] == str(asked.out)
    assert {tmp_path / name for name in content(tmp_path)} == {tmp_path / name for name in result.files}
    assert result.form and result.takes and result.outputs


@every_target
def test_the_same_layer_gives_the_same_bytes(target, tmp_path):
    attempt(export_layer, target, request(target, tmp_path))
    before = content(tmp_path)
    export_layer(target, request(target, tmp_path))
    assert content(tmp_path) == before


@every_target
@pytest.mark.parametrize("output", [Output.PROBS, Output.SCORES])
@pytest.mark.parametrize("form", FORMS)
def test_it_does_what_apply_does(target, form, output, tmp_path):
    asked = request(target, tmp_path, form, output=output)
    rows = open_predictions(make_rows(asked.kind, K).mapping)
    found = attempt(export_layer, target, asked, rows).agreement
    assert found.holds, found
    assert found.n_samples == 150


@every_target
@pytest.mark.parametrize("output", [Output.PROBS, Output.SCORES])
@pytest.mark.parametrize("form", FORMS)
def test_costs_decide_as_apply_does(target, form, output, tmp_path):
    asked = request(target, tmp_path, form, costs=True, output=output)
    rows = make_rows(asked.kind, K, n=400)
    assert attempt(export_layer, target, asked, open_predictions(rows.mapping)).agreement.holds
    values, predicted = EXPORTS[target].load(asked).run(rows.scores)
    plain = request(target, tmp_path / "plain", form, output=output)
    plain.out.parent.mkdir()
    export_layer(target, plain)
    unchanged, most_probable = EXPORTS[target].load(plain).run(rows.scores)
    np.testing.assert_array_equal(values, unchanged)
    assert (predicted != most_probable).any()


@every_target
def test_another_suffix_is_refused_before_anything_is_written(target, tmp_path):
    asked = request(target, tmp_path)
    wrong = Request(name=asked.name, layer=asked.layer, out=asked.out.with_suffix(".wrong"), kind=asked.kind)
    with pytest.raises(ClassliftError, match="a_layer") as caught:
        export_layer(target, wrong)
    assert EXPORTS[target].suffix in caught.value.fix
    assert content(tmp_path) == {}


@every_target
def test_rows_that_do_not_fit_are_refused_before_anything_is_written(target, tmp_path):
    asked = request(target, tmp_path)
    with pytest.raises(ClassliftError):
        attempt(export_layer, target, asked, open_predictions(make_rows(asked.kind, K + 1).mapping))
    assert content(tmp_path) == {}
