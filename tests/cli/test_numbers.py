"""Every number that an option of a command takes has a finite range, and NaN is out of it."""

import importlib

import click
import numpy as np
import pytest

from classlift.cli.lists import ClassShares
from classlift.cli.main import COMMANDS
from classlift.cli.numbers import Setting
from support.cases import predictions
from support.process import classlift

OPTIONS = [
    pytest.param(name, option, id=f"{name} {option.opts[0]}")
    for name in COMMANDS
    for option in importlib.import_module(f"classlift.cli.{name}").command.params
    if isinstance(option.type, click.types.FloatParamType | click.types.IntParamType)
]


def is_bare(option):
    """Whether the type takes any number, as the settings of methods do."""
    return isinstance(option.type, click.types.FloatParamType) and not isinstance(option.type, click.FloatRange)


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_a_fraction_is_read_in_per_cent_too(name, option):
    """One rule for all: abstain-below, confidence, low-fraction, accuracy-floor and settings that are fractions."""
    if not isinstance(option.type, click.types.FloatParamType):
        pytest.skip("a whole number")
    a_fraction = getattr(option.type, "max", None) == 1 or isinstance(option.type, Setting)
    assert refused(option, "62.5%") != a_fraction
    if a_fraction:
        assert option.type.convert("62.5%", option, None) == option.type.convert("0.625", option, None) == 0.625
        assert all(refused(option, text) for text in ("%", "pp%", "5e1%"))


def test_shares_of_classes_are_read_in_per_cent_too():
    found = ClassShares().convert("cat=20%,dog=0.8", None, None)
    assert found.of == {"cat": 0.2, "dog": 0.8}


def refused(option, text):
    """Whether the option does not take the text, by its type or by the settings that it goes into."""
    try:
        option.type.convert(text, option, None)
    except click.BadParameter:
        return True
    return False


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_each_has_a_finite_range(name, option):
    if is_bare(option):
        assert name in ("fit", "sweep", "partials"), "a bare number; settings of methods check theirs"
        return
    assert option.type.min is not None, "no lowest number"
    assert option.type.max is not None, "no largest number"
    for text in ("nan", "inf", "-inf", "1e308", "-1e308", str(2**70), str(-(2**70)), "", "x"):
        assert refused(option, text), text


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("numbers")
    probs, labels = predictions()
    np.savez(folder / "v.npz", probs=probs, labels=labels)
    return folder


SETTINGS = [
    pytest.param(option.opts[0], id=option.opts[0])
    for option in importlib.import_module("classlift.cli.fit").command.params
    if is_bare(option)
]


@pytest.mark.parametrize("word", SETTINGS)
def test_settings_of_methods_are_finite(folder, word):
    from classlift.methods import METHODS

    name = word[2:].replace("-", "_")
    owner = next(key for key, method in METHODS.items() if name in method.settings.__dataclass_fields__)
    for text in ("nan", "inf", "1e308"):
        done = classlift("fit", "v.npz", "-o", "l.npz", "--method", owner, f"{word}={text}", "-q", cwd=folder)
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.splitlines()) == 2
