"""Options, markers and fixtures of all tests."""

import os
import signal

import hypothesis
import pytest

from support import shared_files
from support.quick import is_quick

os.environ["PYTHONPATH"] = str(shared_files.ROOT / "src")  # processes run this checkout, whatever is installed

hypothesis.settings.register_profile("steady", deadline=None, derandomize=True, max_examples=60, database=None)
hypothesis.settings.register_profile("long", deadline=None, max_examples=1000)


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run the long size of the campaigns (marker: slow)")
    parser.addoption("--update", action="store_true", help="write the golden files anew instead of comparing with them")


def pytest_configure(config):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background hands on that it is ignored
    hypothesis.settings.load_profile("long" if config.getoption("--long") else "steady")


def pytest_collection_modifyitems(config, items):
    for item in items:
        if is_quick(item):
            item.add_marker(pytest.mark.quick)
    if config.getoption("--long"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="the long size of a campaign; run with --long"))


@pytest.fixture(scope="session")
def shared():
    """Folder of files beside the checkout."""
    if not shared_files.SHARED.is_dir():
        pytest.skip(shared_files.MISSING)
    return shared_files.SHARED


@pytest.fixture(scope="session")
def sample():
    """Validation and test predictions of the sample: {"val": (probs, labels), "test": …}."""
    return shared_files.load_sample()
