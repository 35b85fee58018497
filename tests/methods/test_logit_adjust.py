"""logit-adjust: the bias is -tau log(prior), from given counts or from the labels."""

import json

import numpy as np
import pytest

from classlift.errors import ClassliftError
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.layer.step import Domain
from classlift.methods import make_settings
from classlift.storage.own.numbers import read_numbers
from support.array_source import ArraySource

LABELS = np.repeat([0, 1, 2], [6, 3, 1])
P = np.full((10, 3), 1 / 3)


def result_of(labels=LABELS, p=P, **settings):
    return fit(
        ArraySource(p, labels),
        method="logit-adjust",
        settings=make_settings("logit-adjust", settings),
        effect=EffectKind.NONE,
    )


@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0])
def test_bias_from_the_labels(tau):
    (step,) = result_of(tau=tau).layer.steps
    np.testing.assert_allclose(step.bias, -tau * np.log([0.6, 0.3, 0.1]))
    assert step.weight is None
    assert step.domain is Domain.LOG_PROBABILITY
    assert step.temperature == 1


def test_given_counts_go_before_the_labels_and_into_the_layer():
    result = result_of(prior=[70, 20, 10])
    np.testing.assert_allclose(result.layer.steps[0].bias, -np.log([0.7, 0.2, 0.1]))
    assert result.layer.settings == {"tau": 1.0, "prior": [70, 20, 10]}
    assert json.loads(json.dumps(result.layer.settings)) == result.layer.settings
    assert not any("--prior" in note for note in result.notes)
    assert any("--prior" in note for note in result_of().notes)


def test_a_class_without_rows_is_not_raised():
    result = result_of(np.repeat([0, 1], [6, 4]))
    np.testing.assert_allclose(result.layer.steps[0].bias, -np.log(np.array([6, 4, 6]) / 16))
    assert any("1 without a labelled row" in note for note in result.notes)


def test_a_zero_of_a_given_prior_is_half_a_sample():
    result = result_of(np.repeat([0, 1], [6, 4]), prior=(6.0, 4.0, 0.0))
    np.testing.assert_allclose(result.layer.steps[0].bias, -np.log(np.array([6, 4, 0.5]) / 10.5))
    assert any("half a sample" in note for note in result.notes)


@pytest.mark.parametrize(
    ("prior", "found"),
    [
        ([1, 2], "has 2 numbers"),
        ([0, 0, 0], "0 throughout"),
        ([0.5, 0.5, 0], "gives shares"),
        ([1, float("inf"), 1], "expected a list of numbers"),
        ([1, -2, 3], "expected a list"),
        ([1, float("nan"), 3], "expected a list"),
        ("many", "expected a list"),
    ],
)
def test_a_prior_that_cannot_be(prior, found):
    with pytest.raises(ClassliftError, match=found) as caught:
        result_of(prior=prior)
    assert caught.value.where == "--prior"


def test_priors_in_files(tmp_path):
    np.save(tmp_path / "a.npy", np.array([3, 1, 2]))
    (tmp_path / "a.json").write_text("[3, 1, 2]")
    (tmp_path / "a.txt").write_text("3\n1, 2\n")
    for name in ("a.npy", "a.json", "a.txt"):
        assert read_numbers(tmp_path / name) == (3.0, 1.0, 2.0)


@pytest.mark.parametrize("content", ["", "[[1, 2]]", "{}", '["a"]', "[1,", "\x00"])
def test_files_that_are_no_list_of_numbers(tmp_path, content):
    for suffix in (".json", ".txt", ".npy"):
        path = tmp_path / f"a{suffix}"
        path.write_text(content)
        with pytest.raises(ClassliftError, match="number"):
            read_numbers(path)
    with pytest.raises(ClassliftError, match="no file that can be read"):
        read_numbers(tmp_path / "missing.txt")
