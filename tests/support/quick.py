"""Which tests are quick: files of every room that tell most of what breaks, in less than a minute together."""

from support.shared_files import ROOT

QUICK = (
    "test_architecture.py",
    "test_checkout.py",
    "test_docstrings.py",
    "test_golden.py",
    "test_families.py",
    "api/test_engine_verbs.py",
    "batches/",
    "cli/test_evaluate.py",
    "cli/test_weights.py",
    "data/",
    "engines/test_engines.py",
    "engines/test_every_engine.py",
    "evaluation/test_pairing.py",
    "exports/test_every_export.py",
    "fitting/test_partials.py",
    "gates/",
    "intervals/test_intervals.py",
    "kernels/test_kernels.py",
    "layer/",
    "methods/test_methods.py",
    "output/test_renderers.py",
    "reports/test_charts.py",
    "storage/test_every_format.py",
    "storage/test_formats.py",
    "storage/test_layouts.py",
    "storage/test_refusals.py",
)
"""Files and folders below `tests`."""

LONGER = (
    "test_blocks_are_cut_alike",
    "test_the_interval_of_the_change_covers_what_it_claims",
    "test_the_suites_walk_them",
)
"""Tests in them that take seconds."""


def is_quick(item):
    """Whether a test belongs to the quick ones."""
    file = item.path.relative_to(ROOT / "tests").as_posix()
    return file.startswith(QUICK) and item.originalname not in LONGER and "slow" not in item.keywords
