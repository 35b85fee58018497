"""`classlift fit`."""

from __future__ import annotations

import shlex
from dataclasses import Field, fields, replace
from typing import TYPE_CHECKING, Any

import click

from classlift.api.fit import fit
from classlift.cli.command import LAYER, Command, Setting, typed
from classlift.cli.costs import costs_options
from classlift.cli.engine import Place, engine_options
from classlift.cli.lists import NamedNumbers, NumberList
from classlift.cli.numbers import FRACTION, SEED
from classlift.cli.options import Outputs, cluster_option, low_fraction_option, output_options, read_options
from classlift.cli.warned import warn
from classlift.data.kind import Kind
from classlift.engines.cores import machine_memory
from classlift.errors import ClassliftError
from classlift.fitting.fit import decided_by, memory_needed
from classlift.fitting.result import EffectKind
from classlift.methods import METHODS, make_settings
from classlift.methods.base import shown_default
from classlift.output.documents.fitted import fit_document
from classlift.output.tables.fit import fit_tables
from classlift.output.verdict.noun import Outcome
from classlift.output.verdict.results import fitted
from classlift.storage import ReadOptions, open_validation
from classlift.storage.own.layers import check_layer_path, save_layer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from classlift.data.costs import Costs
    from classlift.data.source import PredictionSource
    from classlift.fitting.result import FitResult
    from classlift.methods import Method
    from classlift.output.verdict.noun import Verdict

MUCH_MEMORY = 2e9
"""A fit that takes more bytes says so before it starts."""

LARGEST_FRACTION = 2
"""Settings up to this are read in per cent, too: `rhigh` takes 2 for every row."""


def setting_options(
    command: click.Command, methods: Mapping[str, Method] = METHODS, leave_out: Collection[str] = ()
) -> click.Command:
    """Add an option for each setting of each method, from the settings classes; methods may share one.

    A setting with the name of an option that the command has already is given by that option.
    """
    present = {*leave_out, *(param.name for param in command.params)}
    owners: dict[str, dict[str, Field[Any]]] = {}
    for method, entry in ((name, e) for name, m in methods.items() for e in fields(m.settings)):
        if entry.name not in present:
            owners.setdefault(entry.name, {})[method] = entry
    for place, (name, entries) in enumerate(owners.items(), start=3):
        command.params.insert(place, _option(name, entries))
    return command


def _option(name: str, entries: Mapping[str, Field[Any]]) -> click.Option:
    """Option of one setting and the methods that have it; not given, it is None."""
    texts: dict[str, list[str]] = {}
    for method, entry in entries.items():
        default = (
            f" [default: {shown_default(entry.default)}]"
            if entry.default is not None and entry.default is not False
            else ""
        )
        texts.setdefault(f"{entry.metadata['help']}.{default}", []).append(method)
    help_text = " ".join(f"{', '.join(methods)}: {text}" for text, methods in texts.items())
    about = next(iter(entries.values())).metadata
    words = [f"--{name.replace('_', '-')}"]
    match about["kind"]:
        case "flag":
            return Setting(words, is_flag=True, default=None, help=help_text)
        case "numbers":
            return Setting(words, type=NumberList(), help=help_text, metavar="NUMBERS|FILE")
        case "named_numbers":
            return Setting(words, type=NamedNumbers(), help=help_text, metavar="CLASS=NUMBER,…|FILE")
        case "choice":
            return Setting(words, type=click.Choice(about["choices"]), help=help_text)
        case _:
            kind = FRACTION if about["bounds"][1] <= LARGEST_FRACTION else float
            return Setting(words, type=kind, help=help_text, metavar="NUMBER")


def _tell_memory(source: PredictionSource, method: str, effect: EffectKind, val: str, out: str | None) -> None:
    """Say before a fit of very many classes how much memory it takes, and name a diagonal layer instead."""
    needed = memory_needed(method, source.n_classes, effect)
    if needed > MUCH_MEMORY:
        diagonal = "final-bn" if source.kind is Kind.LOGITS else "logit-adjust"
        instead = shlex.join(["classlift", "fit", val, "-o", out or LAYER, "--method", diagonal])
        told = f"a full matrix for {source.n_classes:,} classes: this fit takes about {needed / 1e9:.1f} GB of memory"
        if needed > (there := machine_memory()):
            raise ClassliftError(source.name, f"{told}, this machine has {there / 1e9:.1f}", fix=f"run: {instead}")
        warn(told, fix=instead)


@click.command("fit", cls=Command, example="classlift fit val.npz -o paper.npz --method elaborated --beta 1")
@click.argument("val", required=False)
@click.option("--from-partials", metavar="PARTIALS", help="Fit from merged sums of shards instead of VAL.")
@click.option(
    "-o", "--out", metavar="LAYER", help="Layer file: .npz, .json or .safetensors; without it nothing is written."
)
@click.option(
    "--method",
    type=click.Choice(list(METHODS)),
    default="elaborated",
    show_default=True,
    help="How to fit; `classlift help methods` explains each.",
)
@click.option(
    "--effect",
    type=click.Choice([str(effect) for effect in EffectKind]),
    default=str(EffectKind.OUT_OF_FOLD),
    show_default=True,
    help="Which effect on the validation file to find out.",
)
@low_fraction_option
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the folds.")
@cluster_option
@costs_options
@read_options
@output_options
@engine_options
def command(
    val: str | None,
    from_partials: str | None,
    out: str | None,
    method: str,
    effect: str,
    costs: Costs | None,
    low_fraction: float,
    seed: int,
    reading: ReadOptions,
    outputs: Outputs,
    place: Place,
    **numbers: Any,  # noqa: ANN401  (one option per setting of the methods)
) -> None:
    """Fit an output layer with fixed numbers on the validation predictions VAL.

    The defaults are the paper's. They often cost total accuracy; `classlift tune` looks for numbers that cost less.
    """
    given = {name: value for name, value in numbers.items() if value is not None}
    if out is not None:
        check_layer_path(out)
    if from_partials is not None:
        from classlift.cli.from_partials import fit_of_partials  # noqa: PLC0415  (not everybody's way)

        result = fit_of_partials(click.get_current_context(), from_partials, given, low_fraction)
        result = replace(result, layer=decided_by(costs, result.layer, result.layer.classes))
        outputs.emit(lambda top: fit_tables(result, top=top), fit_document(result), _saved(result, out))
        return
    if val is None:
        raise click.MissingParameter(param_type="argument", param_hint="VAL")
    make_settings(method, given)  # a wrong number is said before the file is read
    source: str | PredictionSource = val
    if place.engine is None:
        source = open_validation(val, reading)
        _tell_memory(source, method, EffectKind(effect), val, out)
    result = fit(
        source, method=method, settings=given, effect=effect, costs=costs, low_fraction=low_fraction, seed=seed,
        **place._asdict(), reading=reading, progress=outputs.progress,
    )  # fmt: skip
    instead = shlex.join(["classlift", "tune", val, "-o", out or LAYER])
    verdict = _saved(result, out, instead)
    outputs.emit(lambda top: fit_tables(result, top=top), fit_document(result), verdict)
    if result.harm is not None:
        warn(result.harm, fix=instead)


def _saved(result: FitResult, out: str | None, instead: str | None = None) -> Verdict:
    """Write the layer where that is wanted, and give the verdict with the command to run next."""
    found = fitted(result)
    better = instead if result.harm is not None or found.outcome is Outcome.NOTHING else None
    if out is None:
        return found.unwritten(better or typed("-o", LAYER))
    save_layer(result.layer, out)
    return found.followed_by(better or shlex.join(["classlift", "evaluate", "TEST", "--layer", out]), out)


setting_options(command)
