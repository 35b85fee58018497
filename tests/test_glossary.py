"""One name for one thing: options, JSON, figures of gates and Python use the names of the glossary.

A name that is new goes into the glossary (`guides/glossary.md`), or below, with what it belongs to.
"""

import importlib
import inspect
import json
import re
from dataclasses import fields
from importlib import resources

import click

import classlift
from classlift.cli.main import COMMANDS
from classlift.data.metrics import CLASS_METRICS, METRICS
from classlift.methods import METHODS
from classlift.storage import ReadOptions

ELSEWHERE = {
    "files to write, and what is shown": """
        out shares_out json csv summary junit annotations plot plots details quiet top format output images
    """,
    "what an input is, in words of its own": """
        where val test targets sums path scores options input_format header no_header from_partials
        probabilities counts
    """,
    "how to work": """
        engine scheduler jobs seed progress sample
    """,
    "short for another option": """
        careful generous maximize max_class_drop no_intervals resamples no_sweeps gate
    """,
    "Python only: several options in one": """
        reading settings resampling command also_written
    """,
    "one command only": """
        fit_weights abstain_below accuracy_floor attach best_effort check check_inputs confusion dtype fold host_output
        keep_output kind limit methods opset scheme sort sweeps to verb simultaneous
    """,
    "the frame of a document": """
        schema classlift name line notes kind state status sentence more next wrote why version matched ids
        rejected scores message measure value bound limit error reason role sha256 files
    """,
    "parts of documents": """
        fit gain inputs most_likely taken
        beyond_chance interval share chosen class columns comparison could_not_run done evaluated_on
        exact_zeros fitted_on_validation flips form given has_class_names holds intervals in_sample kept keras
        label_probability_histogram largest largest_bias least low_classes mcnemar_p mean met most not_helped
        out_of_fold outputs paper points predicted_after predicted_before provenance pytorch rank ranked reading
        requirements result right row rows runs seconds setting settings stage steps summed_rows summed_shards
        counted_rows counted_shards sweep takes target temperature test tuned validation weight domain bias
        maximum_probability competitive agreement estimate gate move true clusters n_classes n_draws
        n_labelled n_near_gate n_near_tie n_other_class n_other_values n_parameters p_after p_before
        p_true_after p_true_before worst_class n_abstained
    """,
}
"""Names that are not in the glossary, by what they belong to."""

ENDINGS = ("_interval", "_change")
"""What may stand behind a name of the glossary."""

PYTHON_ONLY = {"where", "val", "test", "targets", "sums", "path", "scores", "options"}
PYTHON_ONLY |= {"result", "reading", "settings", "resampling", "command", "also_written", "progress"}
"""Parameters that are arguments of commands, or several options in one."""

OF_MANIFESTS = {"batch": {"low_fraction"}}
"""Parameters that a manifest names, or a project, and no option."""


def glossary():
    """Names in the first column of its tables."""
    text = (resources.files("classlift") / "guides" / "glossary.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def options():
    """Long names of the options of all commands, as Python spells them."""
    commands = [importlib.import_module(f"classlift.cli.{name}").command for name in COMMANDS]
    found = [param for command in commands for param in command.params if isinstance(param, click.Option)]
    words = [word for option in found for word in (*option.opts, *option.secondary_opts)]
    return {word[2:].replace("-", "_") for word in words if word.startswith("--")} - {"help"}


def parameters():
    """Names of the parameters of all public functions."""
    functions = [f for f in (getattr(classlift, name) for name in classlift.__all__) if inspect.isfunction(f)]
    return {name for function in functions for name in inspect.signature(function).parameters}


def keys():
    """Names of the properties of all schemas."""

    def walk(schema):
        if isinstance(schema, dict):
            inside = schema.get("properties")
            yield from inside if isinstance(inside, dict) else ()
            schema = list(schema.values())
        for part in schema if isinstance(schema, list) else ():
            yield from walk(part)

    files = (resources.files("classlift") / "schemas").iterdir()
    return {name for path in files for name in walk(json.loads(path.read_text(encoding="utf-8")))}


def explained():
    """Every name that is accounted for."""
    methods = {name for method in METHODS.values() for name in method.settings.names()}
    reading = {entry.name for entry in fields(ReadOptions)}
    return glossary() | methods | reading | {name for names in ELSEWHERE.values() for name in names.split()}


def base(name):
    """The name without what may stand behind it."""
    ending = next((ending for ending in ENDINGS if name.endswith(ending)), "")
    return name.removesuffix(ending)


def test_figures_are_in_the_glossary():
    assert {*METRICS, *CLASS_METRICS} <= glossary()


def test_names_are_in_the_glossary_or_in_the_list():
    known = explained()
    for world, names in (("options", options()), ("parameters", parameters()), ("keys of JSON", keys())):
        unknown = sorted(name for name in names if name not in known and base(base(name)) not in known)
        assert not unknown, f"{world} that neither the glossary nor ELSEWHERE knows: {unknown}"


def test_python_says_what_the_command_line_says():
    assert sorted(parameters() - options() - PYTHON_ONLY) == []


def test_the_same_parameter_has_the_same_name_in_both():
    """A function has no parameter that only another command has as an option."""
    for name in set(COMMANDS) & set(classlift.__all__):
        command = importlib.import_module(f"classlift.cli.{name}").command
        own = {
            word.lstrip("-").replace("-", "_")
            for param in command.params
            for word in ([*param.opts, *param.secondary_opts] if isinstance(param, click.Option) else [param.name])
        }
        given = set(inspect.signature(getattr(classlift, name)).parameters)
        assert sorted(given - own - PYTHON_ONLY - OF_MANIFESTS.get(name, set()) - {"labels", "logits"}) == [], name


def test_no_name_stands_in_both_places():
    listed = [name for names in ELSEWHERE.values() for name in names.split()]
    assert sorted(set(listed) & glossary()) == []
